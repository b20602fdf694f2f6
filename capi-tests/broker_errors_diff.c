/* test: differential valgrind engines limit=90 */
/* Error codes of the broker: which are retried, which end the message, and with what status. */
#include "cases.h"
#include "deliveries.h"

static void one(rd_kafka_t *rk, rd_kafka_topic_t *rkt, rd_kafka_mock_cluster_t *cluster, int count, rd_kafka_resp_err_t code) {
    rd_kafka_resp_err_t codes[8];
    for (int i = 0; i < count; i++)
        codes[i] = code;
    forget_deliveries();
    rd_kafka_mock_push_request_errors_array(cluster, 0 /* Produce */, (size_t)count, codes);
    CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)1), "produce: %s",
          rd_kafka_err2name(rd_kafka_last_error()));
    await_deliveries(rk, 1);
    printf("%d x %s: %s status %d\n", count, rd_kafka_err2name(code), rd_kafka_err2name(deliveries[1].err),
           deliveries[1].status);
    rd_kafka_mock_clear_request_errors(cluster, 0);
}

int main(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(
        quiet_conf("retries", "2", "retry.backoff.ms", "20", "retry.backoff.max.ms", "40", "linger.ms", "0",
                   "topic.metadata.refresh.fast.interval.ms", "50", "message.timeout.ms", "300000", NULL),
        &rkt);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);

    for (int code = FIRST_CODE; code <= LAST_CODE; code++)
        if (code && code != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) /* is the topic's from then on: see below */
            one(rk, rkt, cluster, 1, (rd_kafka_resp_err_t)code);
    /* Two retries allow two failures; the third ends a message, unless the error has no part in the count. */
    one(rk, rkt, cluster, 2, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    one(rk, rkt, cluster, 3, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    one(rk, rkt, cluster, 3, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    one(rk, rkt, cluster, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    one(rk, rkt, cluster, 6, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    one(rk, rkt, cluster, 3, RD_KAFKA_RESP_ERR__TRANSPORT); /* the mock cuts the connection */
    one(rk, rkt, cluster, 2, RD_KAFKA_RESP_ERR__TRANSPORT);
    one(rk, rkt, cluster, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);

    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
