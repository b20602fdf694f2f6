/* test: alone engines limit=120 */
/*
 * A broker stores every request and answers none. Messages time out, and a connection without answers is given up only when
 * messages have had all their time on it: none is sent on more than two, whatever the pace of the machine.
 */
#include "deliveries.h"

#define MESSAGES 600
#define PARTITIONS 8
#define PRODUCE 0
#define NEVER_MS 600000
#define REQUESTS 20000

static int64_t stored(const char *bootstrap) {
    rd_kafka_t *rk = new_producer(quiet_conf("bootstrap.servers", bootstrap, NULL));
    int64_t total = 0;
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        int64_t low, high;
        rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(rk, "t", partition, &low, &high, 30 * 1000);
        CHECK(!err, "offsets of partition %d: %s", partition, rd_kafka_err2name(err));
        total += high - low;
    }
    rd_kafka_destroy(rk);
    return total;
}

int main(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "message.timeout.ms", "1500", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "t", PARTITIONS);
    for (int i = 0; i < REQUESTS; i++)
        rd_kafka_mock_broker_push_request_error_rtts(cluster, 1, PRODUCE, 1, RD_KAFKA_RESP_ERR_NO_ERROR, NEVER_MS);
    for (int n = 0; n < MESSAGES; n++) {
        rd_kafka_resp_err_t err =
            rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(n % PARTITIONS),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE("value", 5),
                              RD_KAFKA_V_OPAQUE((void *)(intptr_t)n), RD_KAFKA_V_END);
        CHECK(!err, "produce: %s", rd_kafka_err2name(err));
        rd_kafka_poll(rk, 10); /* spreads the messages over a few of their lifetimes */
    }
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush: %d in queue", rd_kafka_outq_len(rk));
    for (int n = 0; n < MESSAGES; n++) {
        CHECK(deliveries[n].reports == 1, "message %d has %d reports", n, deliveries[n].reports);
        CHECK(deliveries[n].err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, "message %d: %s", n,
              rd_kafka_err2name(deliveries[n].err));
    }
    int64_t copies = stored(rd_kafka_mock_cluster_bootstraps(cluster));
    printf("%" PRId64 " copies of %d messages\n", copies, MESSAGES);
    CHECK(copies <= 2 * MESSAGES, "%" PRId64 " copies of %d messages", copies, MESSAGES);
    rd_kafka_destroy(rk);
    return 0;
}
