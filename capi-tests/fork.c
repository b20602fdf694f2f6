/* test: alone engines limit=120 */
/*
 * fork() under load. In the child every call on what it inherited returns at once, and a producer of its own works; the
 * parent does not notice.
 */
#include "deliveries.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define FORKS 25

static rd_kafka_t *rk;
static rd_kafka_topic_t *rkt;
static rd_kafka_queue_t *own_queue, *main_queue;
static atomic_int stop;
static atomic_long sent, reported, failed;

static void count_report(rd_kafka_t *of, const rd_kafka_message_t *m, void *opaque) {
    (void)of, (void)opaque;
    reported++;
    if (m->err)
        failed++;
}

static void *produce(void *unused) {
    char value[200] = "v";
    (void)unused;
    while (!stop)
        if (!rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, sizeof(value), NULL, 0, NULL))
            sent++;
        else
            sleep_ms(1);
    return NULL;
}

static void *serve(void *unused) {
    (void)unused;
    while (!stop)
        rd_kafka_poll(rk, 10);
    return NULL;
}

static void in_child(void) {
    double start = pace_s();
    const struct rd_kafka_metadata *metadata;
    int64_t low, high;

    CHECK(rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL) == -1, "produce");
    CHECK(rd_kafka_last_error() == RD_KAFKA_RESP_ERR__STATE, "last error %s", rd_kafka_err2name(rd_kafka_last_error()));
    CHECK(errno == EINVAL, "errno %d", errno);
    CHECK(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    CHECK(rd_kafka_poll(rk, 10000) == 0, "poll");
    CHECK(rd_kafka_flush(rk, 10000), "flush");
    CHECK(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT), "purge");
    CHECK(rd_kafka_metadata(rk, 1, NULL, &metadata, 10000), "metadata");
    CHECK(rd_kafka_query_watermark_offsets(rk, "t", 0, &low, &high, 10000), "query_watermark_offsets");
    CHECK(rd_kafka_topic_new(rk, "u", NULL) == NULL, "topic_new");
    CHECK(rd_kafka_queue_poll(own_queue, 10000) == NULL, "queue_poll");
    CHECK(rd_kafka_queue_poll(main_queue, 10000) == NULL, "queue_poll");
    CHECK(rd_kafka_clusterid(rk, 10000) == NULL, "clusterid");
    CHECK(rd_kafka_controllerid(rk, 10000) < 0, "controllerid");
    CHECK(rd_kafka_brokers_add(rk, "127.0.0.1:1") == 0, "brokers_add");
    rd_kafka_outq_len(rk);
    rd_kafka_set_log_level(rk, 3);
    rd_kafka_yield(rk);
    rd_kafka_queue_destroy(own_queue);
    rd_kafka_queue_destroy(main_queue);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    CHECK(rd_kafka_wait_destroyed(1000) == 0, "instances in the child that never were its own");
    CHECK(pace_s() - start < 2, "calls in the child took %.1f s", pace_s() - start);

    /* A producer of the child's own. */
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, count_report);
    rd_kafka_t *mine = new_producer(conf);
    reported = failed = 0;
    for (int i = 0; i < 100; i++)
        CHECK(!rd_kafka_producev(mine, RD_KAFKA_V_TOPIC("mine"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    CHECK(!rd_kafka_flush(mine, hang_ms()), "flush of the child's own");
    CHECK(reported == 100 && failed == 0, "%ld reports, %ld failed", (long)reported, (long)failed);
    rd_kafka_destroy(mine);
    CHECK(rd_kafka_wait_destroyed(hang_ms()) == 0, "the child's own instance is left");
    _exit(0);
}

int main(void) {
    pthread_t threads[3];
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "queue.buffering.max.messages", "2000", "linger.ms", "1", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, count_report);
    rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    rkt = rd_kafka_topic_new(rk, "t", NULL);
    own_queue = rd_kafka_queue_new(rk);
    main_queue = rd_kafka_queue_get_main(rk);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, produce, NULL);
    pthread_create(&threads[2], NULL, serve, NULL);
    while (reported < 100)
        sleep_ms(1);
    for (int i = 0; i < FORKS; i++) {
        int status;
        pid_t pid = fork();
        CHECK(pid >= 0, "fork: %s", strerror(errno));
        if (pid == 0) {
            alarm((unsigned)hang_ms() / 1000);
            in_child();
        }
        CHECK(waitpid(pid, &status, 0) == pid, "waitpid");
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child %d ended with %#x", i, (unsigned)status);
    }
    stop = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush in the parent");
    CHECK(reported == sent && failed == 0, "%ld sent, %ld reports, %ld failed", (long)sent, (long)reported, (long)failed);
    rd_kafka_queue_destroy(own_queue);
    rd_kafka_queue_destroy(main_queue);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    CHECK(rd_kafka_wait_destroyed(hang_ms()) == 0, "an instance is left");
    return 0;
}
