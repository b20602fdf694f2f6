/* test: alone engines */
/*
 * A purge of the queues, while the connection of what is in flight breaks: that comes back to its queue after the purge has emptied
 * it, and is purged all the same. The broker's thread is held in the log callback in between.
 */
#include "deliveries.h"
#include "requests.h"

static int is_armed, is_held;

static void hold_broker(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level, (void)facility;
    /* The broker's first line is about the break, which may come while something is sent, or be a reset. */
    if (!count_of(&is_armed) || !strstr(text, "/1: "))
        return;
    __atomic_add_fetch(&is_held, 1, __ATOMIC_SEQ_CST);
    while (count_of(&is_armed))
        sleep_ms(2);
}

static void *purge(void *rk) {
    rd_kafka_resp_err_t err = rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    CHECK(!err, "purge: %s", rd_kafka_err2name(err));
    return NULL;
}

int main(void) {
    rd_kafka_topic_t *known, *unknown;
    rd_kafka_conf_t *conf = quiet_conf("log_level", "6", "linger.ms", "0", "topic.metadata.refresh.sparse", "true", NULL);
    rd_kafka_conf_set_log_cb(conf, hold_broker);
    count_requests(conf);
    rd_kafka_t *rk = mock_producer(conf, &known);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    CHECK(!rd_kafka_mock_broker_set_rtt(cluster, 1, 20000), "set_rtt"); /* nothing is answered any more */
    CHECK(!rd_kafka_produce(known, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)0), "produce");
    await_requests(API_PRODUCE, 2); /* mock_producer() has sent one */
    unknown = rd_kafka_topic_new(rk, "unknown", NULL);
    CHECK(!rd_kafka_produce(unknown, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)1), "produce");

    __atomic_store_n(&is_armed, 1, __ATOMIC_SEQ_CST);
    CHECK(!rd_kafka_mock_broker_set_down(cluster, 1), "set_down");
    AWAIT(count_of(&is_held), "the connection does not break");
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, purge, rk), "thread");
    /* With this report the queues have been emptied. */
    AWAIT((rd_kafka_poll(rk, 10), deliveries[1].reports), "what waits is not purged");
    CHECK(!deliveries[0].reports, "what is in flight is purged");
    __atomic_store_n(&is_armed, 0, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    await_deliveries(rk, 2);
    for (int i = 0; i < 2; i++)
        CHECK(deliveries[i].err == RD_KAFKA_RESP_ERR__PURGE_QUEUE, "message %d: %s", i, rd_kafka_err2name(deliveries[i].err));
    rd_kafka_topic_destroy(known);
    rd_kafka_topic_destroy(unknown);
    rd_kafka_destroy(rk);
    return 0;
}
