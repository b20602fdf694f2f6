/* test: differential valgrind engines */
/* flush with too little time, purge of what waits and of what is in flight, what their reports say. */
#include "deliveries.h"
#include "requests.h"

static void show(const char *what, int from, int to) {
    printf("%s:", what);
    for (int i = from; i < to; i++)
        printf(" %s/%d", deliveries[i].reports ? rd_kafka_err2name(deliveries[i].err) : "-", deliveries[i].status);
    putchar('\n');
}

static void produce(rd_kafka_topic_t *rkt, int partition, int from, int to) {
    for (int i = from; i < to; i++)
        CHECK(!rd_kafka_produce(rkt, partition, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)(intptr_t)i), "produce");
}

/* Messages that wait for a linger longer than the test: flush sends them at once. */
static void flush_ignores_linger(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("linger.ms", "30000", NULL), &rkt);
    produce(rkt, 0, 0, 5);
    struct stopwatch began = start_watch();
    printf("flush: %s", rd_kafka_err2name(rd_kafka_flush(rk, hang_ms())));
    printf(" %s, %d reports\n", in_time(began, 0, 5), delivery_count);
    forget_deliveries();
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void with_broker(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "30000", "batch.num.messages", "3", NULL);
    count_requests(conf);
    rd_kafka_t *rk = mock_producer(conf, &rkt);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    rd_kafka_mock_broker_set_rtt(cluster, 1, 20000); /* longer than anybody waits */

    produce(rkt, 0, 0, 3); /* a full batch: it leaves at once */
    struct stopwatch began = start_watch();
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, 300);
    printf("flush 300 ms: %s, %s, outq_len %d\n", rd_kafka_err2name(err), in_time(began, 0.25, 1), rd_kafka_outq_len(rk));
    printf("flush 0 ms: %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 0)));
    await_requests(API_PRODUCE, 2);
    printf("purge queue: %s\n", rd_kafka_err2name(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE)));
    rd_kafka_poll(rk, 100);
    printf("reports after purging the queue: %d\n", delivery_count);
    printf("purge inflight: %s\n", rd_kafka_err2name(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_INFLIGHT)));
    await_deliveries(rk, 3);
    show("purged in flight", 0, 3);
    rd_kafka_mock_broker_set_rtt(cluster, 1, 0);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    forget_deliveries();
}

static void without_broker(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    printf("flush of nothing: %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 1000)));
    produce(rkt, RD_KAFKA_PARTITION_UA, 0, 3);
    produce(rkt, 1, 3, 6);
    printf("flush 100 ms: %s, outq_len %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 100)),
           rd_kafka_outq_len(rk) >= 6 ? "6" : "less");
    printf("purge inflight: %s\n", rd_kafka_err2name(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_INFLIGHT)));
    rd_kafka_poll(rk, 100);
    printf("reports after purging what is in flight: %d\n", delivery_count);
    printf("purge nothing: %s\n", rd_kafka_err2name(rd_kafka_purge(rk, 0)));
    printf("purge unknown: %s\n", rd_kafka_err2name(rd_kafka_purge(rk, 0x40)));
    printf("purge queue: %s\n", rd_kafka_err2name(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING)));
    AWAIT((rd_kafka_poll(rk, 50), delivery_count == 6), "%d reports", delivery_count);
    show("purged in queue", 0, 6);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    forget_deliveries();
}

int main(void) {
    flush_ignores_linger();
    with_broker();
    without_broker();
    return 0;
}
