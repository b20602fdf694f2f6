/* test: alone valgrind engines */
/* Callbacks call back: produce, poll, flush, purge, ask and even destroy from inside a delivery report, an error callback
 * and a log callback. */
#include "common.h"

#include <pthread.h>

enum { CHAIN = 2000 };

static int reports, failed, depth, deepest;
static rd_kafka_topic_t *topic;

static void chain_cb(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)opaque;
    reports++;
    failed += m->err != 0;
    if (++depth > deepest)
        deepest = depth;
    if (m->_private) {
        int left = (int)(intptr_t)m->_private - 1;
        int r = rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, "x", 1, NULL, 0, (void *)(intptr_t)left);
        CHECK(!r, "produce in a report: %s", rd_kafka_err2name(rd_kafka_last_error()));
        if (left % 7 == 0 && depth < 20)
            rd_kafka_poll(rk, 0);
        if (left % 11 == 0 && depth < 20)
            rd_kafka_flush(rk, 0);
        if (left % 13 == 0)
            rd_kafka_topic_destroy(rd_kafka_topic_new(rk, "another", NULL));
        CHECK(rd_kafka_outq_len(rk) > 0, "the message being served does not count");
    }
    depth--;
}

static void chain(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "2", "linger.ms", "0", "queue.buffering.max.messages", "2000", NULL); /* a report that is being served holds its whole batch */
    rd_kafka_conf_set_dr_msg_cb(conf, chain_cb);
    rd_kafka_t *rk = new_producer(conf);
    topic = rd_kafka_topic_new(rk, "chain", NULL);
    for (int i = 0; i < 20; i++)
        CHECK(!rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, "x", 1, NULL, 0,
                                (void *)(intptr_t)(CHAIN / 20)),
              "produce");
    AWAIT(!rd_kafka_flush(rk, 1000), "flush");
    CHECK(reports == CHAIN + 20 && !failed, "%d reports, %d failed", reports, failed);
    CHECK(deepest > 1, "no report was served from inside another");
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
}

static void purge_cb(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)opaque;
    reports++;
    failed += m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE;
    CHECK(!rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT), "purge");
    rd_kafka_yield(rk);
}

/* Each report yields: one poll, one report. */
static void purge_and_yield(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, purge_cb);
    rd_kafka_t *rk = new_producer(conf);
    reports = failed = 0;
    for (int i = 0; i < 10; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(i % 3), RD_KAFKA_V_END), "producev");
    CHECK(!rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE), "purge");
    for (int polls = 0; reports < 10; polls++) {
        int before = reports;
        rd_kafka_poll(rk, 1000);
        CHECK(reports <= before + 1, "%d reports in one poll", reports - before);
        CHECK(polls < 1000, "only %d reports", reports);
    }
    CHECK(failed == 10, "%d purged", failed);
    /* Error events count as well, and may arrive at any time. */
    for (int polls = 0; rd_kafka_outq_len(rk) > 0; polls++) {
        rd_kafka_poll(rk, 10);
        CHECK(polls < 1000, "%d left", rd_kafka_outq_len(rk));
    }
    rd_kafka_destroy(rk);
}

static bool destroyed;

static void destroy_cb(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)m;
    (void)opaque;
    if (!destroyed) {
        destroyed = true;
        rd_kafka_destroy(rk);
    }
}

/* librdkafka does not promise this one; here it must not crash. */
static void destroy_inside_a_report(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, destroy_cb);
    rd_kafka_t *rk = new_producer(conf);
    for (int i = 0; i < 3; i++)
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_END);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_poll(rk, hang_ms());
    CHECK(destroyed, "no report came");
    CHECK(!rd_kafka_wait_destroyed(hang_ms()), "the instance is still there");
}

static pthread_mutex_t lines_lock = PTHREAD_MUTEX_INITIALIZER;
static int lines;

/* On any thread of the library: asks about the instance, and produces. */
static void log_cb(const rd_kafka_t *crk, int level, const char *fac, const char *buf) {
    rd_kafka_t *rk = (rd_kafka_t *)(uintptr_t)crk;
    (void)level;
    (void)fac;
    (void)buf;
    pthread_mutex_lock(&lines_lock);
    lines++;
    pthread_mutex_unlock(&lines_lock);
    if (rk) {
        CHECK(rd_kafka_name(rk), "no name");
        rd_kafka_outq_len(rk);
    }
}

static void log_from_everywhere(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "test.mock.num.brokers", "1");
    conf_set(conf, "debug", "all");
    rd_kafka_conf_set_log_cb(conf, log_cb);
    rd_kafka_t *rk = new_producer(conf);
    for (int i = 0; i < 20; i++)
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("x", 1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_END);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_destroy(rk);
    CHECK(lines > 5, "%d log lines", lines);
}

int main(void) {
    chain();
    purge_and_yield();
    destroy_inside_a_report();
    log_from_everywhere();
    return 0;
}
