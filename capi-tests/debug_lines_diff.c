/* test: differential on-mock */
/* The debug lines of a consumer that people search logs for: their facilities and levels, step by step. */
#include "consumed.h"

#include <pthread.h>

#define FACILITIES 12

static const char *const facilities[FACILITIES] = {"BARRIER",  "CONSUMER", "PARTSTATE", "OFFREQ", "OFFSET", "FETCH",
                                                   "FETCHADD", "CONSUME",  "PAUSE",     "RESUME", "BACKOFF", "FETCHERR"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned levels[FACILITIES]; /* a bit for each level that was seen */
static char last_words[256];        /* of CONSUMER, without the version */

static void log_cb(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < FACILITIES; i++)
        if (!strcmp(facility, facilities[i]))
            levels[i] |= 1u << level;
    if (!strcmp(facility, "CONSUMER")) {
        const char *words = strchr(text, ']'); /* behind the thread's name */
        snprintf(last_words, sizeof(last_words), "%s", words ? words + 3 : text);
        char *version = strstr(last_words, " (v");
        if (version)
            *version = '\0';
    }
    pthread_mutex_unlock(&lock);
}

static int seen(const char *facility, int level) {
    unsigned found = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < FACILITIES; i++)
        if (!strcmp(facility, facilities[i]))
            found = levels[i];
    pthread_mutex_unlock(&lock);
    return (found >> level) & 1;
}

/* Waits for the lines of a step, and forgets them. */
static void expect(const char *step, const char *const *expected) {
    printf("%s:", step);
    for (; *expected; expected++) {
        int level = (*expected)[0] - '0';
        double end = give_up_at();
        while (!seen(*expected + 1, level) && now_s() < end)
            sleep_ms(5);
        printf(" %s %d%s", *expected + 1, level, seen(*expected + 1, level) ? "" : " is missing");
    }
    pthread_mutex_lock(&lock);
    printf(" (%s)\n", last_words);
    memset(levels, 0, sizeof(levels));
    last_words[0] = '\0';
    pthread_mutex_unlock(&lock);
}

#define EXPECT(STEP, ...) expect(STEP, (const char *const[]){__VA_ARGS__, NULL})

static void read_messages(rd_kafka_t *rk, int count) {
    while (count > 0) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (!m)
            continue;
        count -= !m->err;
        rd_kafka_message_destroy(m);
    }
    CHECK(!rd_kafka_consumer_poll(rk, 0), "there is more"); /* ours counts messages as taken when the one behind them is asked for */
}

static void assign(rd_kafka_t *rk, int64_t offset) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = offset;
    CHECK(!rd_kafka_assign(rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: debug_lines_diff BOOTSTRAP");
    fill(argv[1], "none", 0, 0, 10);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "group.id", "g");
    conf_set(conf, "auto.offset.reset", "earliest");
    conf_set(conf, "enable.auto.commit", "false");
    conf_set(conf, "fetch.wait.max.ms", "100");
    conf_set(conf, "queued.min.messages", "5");
    conf_set(conf, "fetch.queue.backoff.ms", "10");
    conf_set(conf, "debug", "fetch,topic,consumer,cgrp,msg");
    rd_kafka_conf_set_log_cb(conf, log_cb);
    rd_kafka_t *rk = new_consumer(conf);
    assign(rk, RD_KAFKA_OFFSET_BEGINNING);
    read_messages(rk, 10);
    EXPECT("assign", "7BARRIER", "7CONSUMER", "7PARTSTATE", "7OFFREQ", "7OFFSET", "7FETCH", "7FETCHADD", "7CONSUME");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 5;
    CHECK(!rd_kafka_seek_partitions(rk, list, hang_ms()), "seek");
    EXPECT("seek, nobody polls", "7BARRIER", "7CONSUMER", "7FETCH", "7FETCHADD", "7CONSUME", "7BACKOFF");
    read_messages(rk, 5);
    CHECK(!rd_kafka_pause_partitions(rk, list), "pause");
    EXPECT("pause", "7PAUSE");
    CHECK(!rd_kafka_resume_partitions(rk, list), "resume");
    EXPECT("resume", "7RESUME");
    assign(rk, 1000);
    read_messages(rk, 10);
    EXPECT("out of range", "7BARRIER", "7CONSUMER", "7FETCHERR", "7BACKOFF", "4OFFSET", "7PARTSTATE", "7CONSUME");
    CHECK(!rd_kafka_assign(rk, NULL), "unassign");
    EXPECT("unassign", "7BARRIER", "7CONSUMER", "7PARTSTATE");
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return 0;
}
