/* test: alone valgrind engines */
/*
 * compression.threads: a hot partition's batches are compressed by several threads where there are several processors. They are
 * there when there is work for them, not before and not beyond the limit, and end with the instance. Order is kept.
 */
#include "common.h"
#include <dirent.h>
#include <sched.h>

#define SIZE 1000

static int64_t next_offset;
static intptr_t delivered;

/* The messages of the one partition come back in the order in which they were produced, and have been stored in that order. */
static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    CHECK(!m->err, "%s", rd_kafka_message_errstr(m));
    CHECK((intptr_t)m->_private == delivered, "message %td came as number %td", (intptr_t)m->_private, delivered);
    CHECK(m->offset == next_offset, "message %td has offset %" PRId64 ", not %" PRId64, delivered, m->offset, next_offset);
    delivered++;
    next_offset++;
}

/* Threads of this process that help with compression. */
static int helpers(void) {
    int n = 0;
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks, "/proc/self/task");
    for (struct dirent *task; (task = readdir(tasks));) {
        char path[300], name[32] = "";
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file && fgets(name, sizeof(name), file))
            n += !strcmp(name, "rdk:compress\n");
        if (file)
            fclose(file);
    }
    closedir(tasks);
    return n;
}

static int processors(void) {
    cpu_set_t set;
    CHECK(!sched_getaffinity(0, sizeof(set), &set), "no affinity");
    return CPU_COUNT(&set);
}

/* Produces `count` messages, of which every other byte is random, and returns how many threads have helped. */
static int produce(const char *codec, const char *threads, const char *idempotent, int count) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "compression.codec", codec, "compression.threads", threads,
                                       "enable.idempotence", idempotent, "batch.size", "200000", "reconnect.backoff.max.ms", "100", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    rd_kafka_mock_topic_create(cluster, "t", 1, 1);
    /* Nothing leaves before all messages wait: then there are several batches at a time. */
    rd_kafka_mock_broker_set_down(cluster, 1);
    CHECK(!helpers(), "threads without work");
    next_offset = delivered = 0;
    unsigned seed = 1;
    for (intptr_t i = 0; i < count; i++) {
        char value[SIZE];
        memset(value, 'x', SIZE);
        for (int at = 0; at < SIZE; at += 2)
            value[at] = (char)((seed = seed * 1103515245 + 12345) >> 16);
        rd_kafka_resp_err_t err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(value, SIZE),
                                                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE((void *)i), RD_KAFKA_V_END);
        CHECK(!err, "%s", rd_kafka_err2str(err));
    }
    rd_kafka_mock_broker_set_up(cluster, 1);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "not delivered");
    CHECK(delivered == count, "%td of %d delivered", delivered, count);
    int found = helpers();
    rd_kafka_destroy(rk);
    CHECK(!helpers() && !rd_kafka_thread_cnt(), "threads that outlive their instance");
    return found;
}

/* With multibatch a pass takes one batch of each partition, so one partition alone has nothing to share. */
static bool shares(const char *idempotent) {
    const char *engine = getenv("TEST_CONF");
    return strcmp(idempotent, "false") || !engine || !strstr(engine, "multibatch");
}

int main(void) {
    int count = getenv("UNDER_VALGRIND") ? 1000 : 5000, others = processors() - 1, found;
    const char *const codecs[] = {"gzip", "snappy", "lz4", "zstd"};
    for (int i = 0; i < 8; i++) {
        const char *idempotent = i % 2 ? "true" : "false";
        found = produce(codecs[i / 2], "-1", idempotent, count);
        CHECK(found == 0 ? !others || !shares(idempotent) : found <= (others < 3 ? others : 3), "%s: %d threads beside %d processors", codecs[i / 2], found, others);
    }
    CHECK(!produce("zstd", "0", "false", count), "threads that are switched off");
    CHECK(!produce("none", "-1", "false", count), "threads without compression");
    found = produce("gzip", "1", "true", count);
    CHECK(found == (others > 0), "%d threads, not one", found);

    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    CHECK(!sched_setaffinity(0, sizeof(one), &one), "no processor");
    CHECK(!produce("zstd", "4", "false", count), "threads on a single processor");
    printf("compression_threads: ok\n");
    return 0;
}
