/* test: differential valgrind engines */
/* Delivery callbacks: the old and the new form, what they get, producing from inside, yield, opaques, topic opaques. */
#include "deliveries.h"

static int served, chained;
static rd_kafka_topic_t *topic;

static void on_old_report(rd_kafka_t *rk, void *payload, size_t len, rd_kafka_resp_err_t err, void *opaque, void *msg_opaque) {
    (void)rk;
    printf("dr_cb: %.*s %zu %s opaque %s message %d\n", (int)len, (char *)payload, len, rd_kafka_err2name(err),
           (char *)opaque, (int)(intptr_t)msg_opaque);
    served++;
}

static void old_form(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", NULL);
    rd_kafka_conf_set_dr_cb(conf, on_old_report);
    rd_kafka_conf_set_opaque(conf, "instance");
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    for (int i = 0; i < 5; i++) {
        char value[16];
        snprintf(value, sizeof(value), "value %d", i);
        CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, value, strlen(value), "k", 1, (void *)(intptr_t)i), "produce");
    }
    printf("opaque %s\n", (char *)rd_kafka_opaque(rk));
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    printf("old form served %d\n", served);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

/* Each report but the last of a chain produces the next message. */
static void on_chain(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)opaque;
    int n = (int)(intptr_t)m->_private;
    printf("chain %d: %s partition %d offset %" PRId64 " topic %s opaque %s rkt opaque %s\n", n, rd_kafka_err2name(m->err),
           m->partition, m->offset, rd_kafka_topic_name(m->rkt), (char *)opaque, (char *)rd_kafka_topic_opaque(m->rkt));
    chained++;
    if (n < 9)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_VALUE("again", 5), RD_KAFKA_V_OPAQUE((void *)(intptr_t)(n + 1)), RD_KAFKA_V_END),
              "produce in callback");
}

static void producing_again(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "linger.ms", "0", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_chain);
    rd_kafka_conf_set_opaque(conf, "chain");
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    rd_kafka_topic_conf_set_opaque(topic_conf, "of the topic");
    topic = rd_kafka_topic_new(rk, "t", topic_conf);
    CHECK(!rd_kafka_produce(topic, 1, RD_KAFKA_MSG_F_COPY, "first", 5, NULL, 0, NULL), "produce");
    AWAIT((rd_kafka_poll(rk, 100), chained >= 10), "a chain of %d", chained);
    printf("chain of %d, outq_len %d\n", chained, rd_kafka_outq_len(rk));
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
}

static int yield_served;

static void on_yielding(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)m;
    (void)opaque;
    yield_served++;
    rd_kafka_yield(rk);
}

/* After rd_kafka_yield() the poll returns with what it has served. */
static void yielding(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "linger.ms", "20", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_yielding);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    for (int i = 0; i < 20; i++)
        CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL), "produce");
    int most = 0;
    while (yield_served < 20) {
        int before = yield_served;
        CHECK(rd_kafka_poll(rk, hang_ms()), "no report");
        if (yield_served - before > most)
            most = yield_served - before;
    }
    printf("yield: %d served, at most %d in one poll, outq_len %d\n", yield_served, most, rd_kafka_outq_len(rk));
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void on_both(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    (void)opaque;
    printf("both set: new form got %.*s\n", (int)m->len, (char *)m->payload);
}

/* With both forms set; and with the reports of good messages switched off. */
static void choices(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", NULL);
    rd_kafka_conf_set_dr_cb(conf, on_old_report);
    rd_kafka_conf_set_dr_msg_cb(conf, on_both);
    rd_kafka_conf_set_opaque(conf, "both");
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 1);
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("x", 1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_END),
          "producev");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_destroy(rk);

    conf = quiet_conf("test.mock.num.brokers", "1", "delivery.report.only.error", "true", "message.max.bytes", "1000", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "t", 1);
    for (int i = 0; i < 10; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("x", 1),
                                 RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              "producev");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    printf("only errors: %d reports of 10 good messages\n", delivery_count);
    rd_kafka_mock_push_request_errors(cluster, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("y", 1), RD_KAFKA_V_OPAQUE((void *)(intptr_t)11),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
          "producev");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    printf("only errors: %d report, %s\n", delivery_count, rd_kafka_err2name(deliveries[11].err));
    rd_kafka_destroy(rk);
}

int main(void) {
    old_form();
    producing_again();
    yielding();
    choices();
    return 0;
}
