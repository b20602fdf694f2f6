/* test: differential valgrind engines limit=120 */
/* What brokers say to an idempotent producer: what becomes of the message, with what status and offset; what is fatal, and what an
 * application sees of that. Where our producer recovers and the reference's does not, idempotence.c looks. */
#include "deliveries.h"

static int errors;

/* Broker, producer id and sequence are those of this run: a reason is printed up to them. */
static int stable(const char *reason) {
    const char *address = strstr(reason, "127.0.0.1");
    size_t n = strcspn(reason, "(");
    return (int)(address && (size_t)(address - reason) < n ? (size_t)(address - reason) : n);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    char text[512];
    (void)opaque;
    if (err != RD_KAFKA_RESP_ERR__FATAL)
        return;
    errors++;
    printf("error_cb: %.*s\n", stable(reason), reason);
    err = rd_kafka_fatal_error(rk, text, sizeof(text));
    printf("fatal_error: %s %.*s\n", rd_kafka_err2name(err), stable(text), text);
}

static rd_kafka_t *producer(rd_kafka_topic_t **rkt, const char *gapless) {
    rd_kafka_conf_t *conf = quiet_conf("enable.idempotence", "true", "enable.gapless.guarantee", gapless, "retry.backoff.ms", "20",
                                       "retry.backoff.max.ms", "40", "linger.ms", "0",
                                       "topic.metadata.refresh.fast.interval.ms", "50", "message.timeout.ms", "300000", NULL);
    rd_kafka_conf_set_error_cb(conf, on_error);
    errors = 0;
    forget_deliveries();
    return mock_producer(conf, rkt);
}

static void one(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int count, rd_kafka_resp_err_t code) {
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    forget_deliveries();
    for (int i = 0; i < count; i++)
        rd_kafka_mock_push_request_errors(cluster, 0 /* Produce */, 1, code);
    CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)1), "produce: %s",
          rd_kafka_err2name(rd_kafka_last_error()));
    await_deliveries(rk, 1);
    printf("%d x %s: %s status %d offset %s\n", count, rd_kafka_err2name(code), rd_kafka_err2name(deliveries[1].err),
           deliveries[1].status, deliveries[1].offset >= 0 ? "known" : "unknown");
    rd_kafka_mock_clear_request_errors(cluster, 0);
}

static void codes(void) {
    static const rd_kafka_resp_err_t list[] = {
        RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER,
        RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
        RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
        RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
        RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
        RD_KAFKA_RESP_ERR_INVALID_MSG,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
        RD_KAFKA_RESP_ERR_INVALID_RECORD,
        RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
        RD_KAFKA_RESP_ERR_UNKNOWN,
        RD_KAFKA_RESP_ERR__TRANSPORT,
    };
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = producer(&rkt, "false");

    for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
        one(rk, rkt, 1, list[i]);
    one(rk, rkt, 6, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    one(rk, rkt, 3, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID);
    one(rk, rkt, 0, RD_KAFKA_RESP_ERR_NO_ERROR);
    printf("fatal errors: %d, %s\n", errors, rd_kafka_err2name(rd_kafka_fatal_error(rk, NULL, 0)));
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void after_fatal(rd_kafka_t *rk, rd_kafka_topic_t *rkt) {
    AWAIT((rd_kafka_poll(rk, 50), errors), "no error");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    int res = rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL);
    printf("produce after it: %d %s\n", res, rd_kafka_err2name(rd_kafka_last_error()));
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void gapless(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = producer(&rkt, "true");
    one(rk, rkt, 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    one(rk, rkt, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    after_fatal(rk, rkt);
}

static void made_fatal(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = producer(&rkt, "false");
    printf("test_fatal_error: %s\n",
           rd_kafka_err2name(rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made up")));
    printf("again: %s\n", rd_kafka_err2name(rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR__FENCED, "another")));
    after_fatal(rk, rkt);
}

/* Refusals of the producer id itself. The cluster is there before the producer, which asks for its id at once, and it cannot be
 * reached before the message has been produced. */
static void no_id(rd_kafka_resp_err_t code) {
    rd_kafka_t *host = new_producer(quiet_conf("test.mock.num.brokers", "1", NULL));
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(host, "t", 4);
    rd_kafka_mock_push_request_errors(cluster, 22 /* InitProducerId */, 1, code);
    CHECK(!rd_kafka_mock_broker_set_down(cluster, 1), "set_down");
    rd_kafka_conf_t *conf =
        quiet_conf("enable.idempotence", "true", "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), "linger.ms", "0", NULL);
    char reason[512];
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    errors = 0;
    forget_deliveries();
    conf_from_environment(conf);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    CHECK(rk, "%s", reason);
    rd_kafka_resp_err_t err =
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_OPAQUE((void *)1), RD_KAFKA_V_END);
    CHECK(!err, "produce: %s", rd_kafka_err2name(err));
    CHECK(!rd_kafka_mock_broker_set_up(cluster, 1), "set_up");
    AWAIT((rd_kafka_poll(rk, 50), errors || delivery_count), "neither an error nor a report");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    printf("InitProducerId %s: %s status %d\n", rd_kafka_err2name(code), rd_kafka_err2name(deliveries[1].err),
           deliveries[1].status);
    rd_kafka_destroy(rk);
    rd_kafka_destroy(host);
}

int main(void) {
    codes();
    gapless();
    made_fatal();
    no_id(RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    no_id(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    return 0;
}
