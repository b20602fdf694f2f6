/* test: differential valgrind engines limit=90 */
/* Topics and partitions that are not there, by the time of producing and by the word of the broker. */
#include "deliveries.h"

int main(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "topic.metadata.propagation.max.ms", "1000",
                                       "topic.metadata.refresh.fast.interval.ms", "100", "reconnect.backoff.ms", "10",
                                       "reconnect.backoff.max.ms", "100", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "known", 2);
    rd_kafka_mock_topic_set_error(cluster, "missing", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    rd_kafka_mock_topic_set_error(cluster, "denied", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    rd_kafka_mock_topic_set_error(cluster, "odd", RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION);

    /* Nothing is known yet, and will not be before the broker is up: everything is taken and fails later. */
    CHECK(!rd_kafka_mock_broker_set_down(cluster, 1), "set_down");
    static const struct {
        const char *topic;
        int32_t partition;
    } to[] = {{"known", 0},    {"known", 7},   {"known", -1},  {"missing", 0}, {"missing", -1},
              {"denied", 0},   {"denied", -1}, {"odd", 0},     {"odd", -1}};
    for (int i = 0; i < 9; i++)
        printf("produce to %s [%d]: %s\n", to[i].topic, to[i].partition,
               rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(to[i].topic), RD_KAFKA_V_PARTITION(to[i].partition),
                                                   RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                                   RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_END)));
    CHECK(!rd_kafka_mock_broker_set_up(cluster, 1), "set_up");
    await_deliveries(rk, 9);
    for (int i = 0; i < 9; i++)
        printf("report %s [%d]: %s status %d partition %s\n", to[i].topic, to[i].partition,
               rd_kafka_err2name(deliveries[i].err), deliveries[i].status,
               to[i].partition == -1 ? (deliveries[i].partition >= 0 ? "chosen" : "none")
                                     : (deliveries[i].partition == to[i].partition ? "as given" : "changed"));

    /* Now it is known. */
    for (int i = 0; i < 9; i++)
        printf("produce again to %s [%d]: %s\n", to[i].topic, to[i].partition,
               rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(to[i].topic), RD_KAFKA_V_PARTITION(to[i].partition),
                                                   RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                                   RD_KAFKA_V_OPAQUE((void *)(intptr_t)(i + 20)), RD_KAFKA_V_END)));
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush: %d left", rd_kafka_outq_len(rk));
    for (int i = 20; i < 29; i++)
        if (deliveries[i].reports)
            printf("report %d: %s\n", i, rd_kafka_err2name(deliveries[i].err));
    rd_kafka_destroy(rk);
    return 0;
}
