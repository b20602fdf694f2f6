/* test: differential on-mock valgrind */
/*
 * More is fetched as soon as the last message that waited has been taken, also if nobody polls again, and not before: with
 * queued.min.messages=1 one message is enough to wait for.
 */
#include "consumed.h"

/* Of each lot, and each is smaller: what waits tells which one it is. */
static const int LOTS[] = {10, 5, 3};

/* Messages that wait, by the last statistics. */
static long waiting = -1;

static int on_stats(rd_kafka_t *rk, char *json, size_t len, void *opaque) {
    (void)rk, (void)len, (void)opaque;
    waiting = 0;
    for (const char *at = json; (at = strstr(at, "\"fetchq_cnt\":")); at++)
        waiting += atol(at + strlen("\"fetchq_cnt\":"));
    return 0;
}

/* Awaits that so many messages wait, without polling for any. */
static void await_waiting(rd_kafka_t *rk, long count, const char *when) {
    AWAIT(rd_kafka_poll(rk, 0) >= 0 && waiting == count, "%s: %ld messages wait", when, waiting);
}

static rd_kafka_t *simple_consumer(const char *servers, const char *check_crcs) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "queued.min.messages", "1");
    conf_set(conf, "check.crcs", check_crcs);
    conf_set(conf, "fetch.wait.max.ms", "10");
    conf_set(conf, "fetch.queue.backoff.ms", "10");
    conf_set(conf, "statistics.interval.ms", "10");
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    return new_consumer(conf);
}

static void one_by_one(rd_kafka_queue_t *queue, int first, int count) {
    for (int i = first; i < first + count; i++) {
        rd_kafka_message_t *m = rd_kafka_consume_queue(queue, hang_ms());
        CHECK(m && !m->err && m->offset == i, "message %d", i);
        rd_kafka_message_destroy(m);
    }
}

static void at_once(rd_kafka_queue_t *queue, int first, int count) {
    rd_kafka_message_t *messages[10];
    for (int taken = 0; taken < count;) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, hang_ms(), messages, (size_t)(count - taken));
        CHECK(n > 0, "no messages");
        for (ssize_t i = 0; i < n; i++) {
            CHECK(!messages[i]->err && messages[i]->offset == first + taken + i, "message %d", first + taken + (int)i);
            rd_kafka_message_destroy(messages[i]);
        }
        taken += (int)n;
    }
}

static void fetch(const char *servers, const char *codec, const char *check_crcs, int partition) {
    rd_kafka_t *rk = simple_consumer(servers, check_crcs);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    fill(servers, codec, partition, 0, LOTS[0]);
    CHECK(!rd_kafka_consume_start_queue(rkt, partition, 0, queue), "start");
    one_by_one(queue, 0, LOTS[0]);
    int next = LOTS[0];
    fill(servers, codec, partition, next, next + LOTS[1]);
    await_waiting(rk, LOTS[1], "nobody polls");
    at_once(queue, next, LOTS[1]);
    next += LOTS[1];
    fill(servers, codec, partition, next, next + LOTS[2]);
    await_waiting(rk, LOTS[2], "nobody polls behind a batch");
    one_by_one(queue, next, LOTS[2]);
    printf("%s, check.crcs=%s: more is fetched without a poll\n", codec, check_crcs);
    CHECK(!rd_kafka_consume_stop(rkt, partition), "stop");
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "the address of a mock cluster");
    fetch(argv[1], "none", "false", 0);
    fetch(argv[1], "lz4", "true", 1);
    return 0;
}
