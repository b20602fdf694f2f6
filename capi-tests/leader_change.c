/* test: alone valgrind engines limit=90 */
/* Leaders move between three brokers while messages flow: all are delivered once, in order. */
#include "deliveries.h"

#define ROUNDS 12
#define PER_ROUND 300

int main(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "3", "linger.ms", "1", "max.in.flight", "1", "retry.backoff.ms",
                                       "20", "topic.metadata.refresh.fast.interval.ms", "50", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    CHECK(!rd_kafka_mock_topic_create(cluster, "t", 2, 3), "topic");
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    int n = 0;

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < PER_ROUND; i++, n++) {
            CHECK(!rd_kafka_produce(rkt, n % 2, RD_KAFKA_MSG_F_COPY, &n, sizeof(n), NULL, 0, (void *)(intptr_t)n), "produce");
            if (i == PER_ROUND / 2) { /* in the middle of the traffic */
                rd_kafka_resp_err_t err = rd_kafka_mock_partition_set_leader(cluster, "t", round % 2, round % 3 + 1);
                CHECK(!err, "set_leader: %s", rd_kafka_err2name(err));
            }
            if (i % 50 == 0)
                rd_kafka_poll(rk, 5);
        }
    }
    await_deliveries(rk, n);
    int64_t last[2] = {-1, -1};
    for (int i = 0; i < n; i++) {
        CHECK(!deliveries[i].err, "message %d: %s", i, rd_kafka_err2name(deliveries[i].err));
        CHECK(deliveries[i].reports == 1 && deliveries[i].partition == i % 2, "message %d", i);
        CHECK(deliveries[i].offset > last[i % 2], "message %d: offset %" PRId64 " after %" PRId64, i, deliveries[i].offset,
              last[i % 2]);
        last[i % 2] = deliveries[i].offset;
    }
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
