/* test: alone valgrind engines limit=90 */
/* Faults after which librdkafka's idempotent producer is done for (a fatal error) and ours goes on: everything is delivered, once
 * and in order. */
#include "deliveries.h"

#define MESSAGES 200

static void run(const char *what, const rd_kafka_resp_err_t *codes, size_t count) {
    rd_kafka_topic_t *rkt;
    forget_deliveries();
    rd_kafka_t *rk = mock_producer(quiet_conf("enable.idempotence", "true", "retry.backoff.ms", "10", "linger.ms", "0",
                                              "batch.num.messages", "7", NULL),
                                   &rkt);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    int64_t last[2] = {-1, -1};

    rd_kafka_mock_push_request_errors_array(cluster, 0 /* Produce */, count, codes);
    for (intptr_t i = 0; i < MESSAGES; i++) {
        CHECK(!rd_kafka_produce(rkt, (int32_t)(i % 2), RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)i), "produce");
        if (i % 10 == 0)
            sleep_ms(1);
    }
    await_deliveries(rk, MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
        const struct delivery *d = &deliveries[i];
        CHECK(!d->err, "%s: message %d: %s", what, i, rd_kafka_err2name(d->err));
        CHECK(d->offset == last[i % 2] + 1, "%s: message %d of partition %d has offset %" PRId64 ", the one before %" PRId64,
              what, i, d->partition, d->offset, last[i % 2]);
        last[i % 2] = d->offset;
    }
    CHECK(!rd_kafka_fatal_error(rk, NULL, 0), "%s: fatal", what);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    printf("%s: all delivered\n", what);
}

int main(void) {
    static const rd_kafka_resp_err_t out_of_order[] = {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER};
    static const rd_kafka_resp_err_t unknown[] = {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID};
    static const rd_kafka_resp_err_t mixed[] = {
        RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT,
        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT};
    run("out of order at the head", out_of_order, sizeof(out_of_order) / sizeof(*out_of_order));
    run("unknown producer id", unknown, sizeof(unknown) / sizeof(*unknown));
    run("one after the other", mixed, sizeof(mixed) / sizeof(*mixed));
    return 0;
}
