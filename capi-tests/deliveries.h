/* Delivery reports kept by message number, so that what a program prints does not hang on their order. */
#ifndef CAPI_TESTS_DELIVERIES_H
#define CAPI_TESTS_DELIVERIES_H

#include "common.h"

#define MAX_DELIVERIES 20000

struct delivery {
    int reports;
    rd_kafka_resp_err_t err;
    int32_t partition;
    int64_t offset;
    const void *payload;
    size_t length;
    const void *key;
    size_t key_length;
    char payload_text[32]; /* the first bytes, as the report showed them */
    char key_text[32];
    rd_kafka_msg_status_t status;
    rd_kafka_timestamp_type_t timestamp_type;
    int64_t timestamp;
    int64_t latency;
    int32_t broker;
};

static struct delivery deliveries[MAX_DELIVERIES];
static int delivery_count;

__attribute__((unused)) static void keep_text(char *to, size_t size, const void *from, size_t length) {
    size_t n = from ? (length < size - 1 ? length : size - 1) : 0;
    if (n)
        memcpy(to, from, n);
    to[n] = '\0';
}

__attribute__((unused)) static void keep_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    (void)opaque;
    intptr_t n = (intptr_t)m->_private;
    CHECK(n >= 0 && n < MAX_DELIVERIES, "report with opaque %" PRIdPTR, n);
    struct delivery *d = &deliveries[n];
    d->reports++;
    delivery_count++;
    d->err = m->err;
    d->partition = m->partition;
    d->offset = m->offset;
    d->payload = m->payload;
    d->length = m->len;
    d->key = m->key;
    d->key_length = m->key_len;
    keep_text(d->payload_text, sizeof(d->payload_text), m->payload, m->len);
    keep_text(d->key_text, sizeof(d->key_text), m->key, m->key_len);
    d->status = rd_kafka_message_status(m);
    d->timestamp = rd_kafka_message_timestamp(m, &d->timestamp_type);
    d->latency = rd_kafka_message_latency(m);
    d->broker = rd_kafka_message_broker_id(m);
}

/* Serves reports until `count` came, and a moment longer for one too many. */
__attribute__((unused)) static void await_reports(rd_kafka_t *rk, int count) {
    double deadline = give_up_at();
    while (delivery_count < count && now_s() < deadline)
        rd_kafka_poll(rk, 50);
    CHECK(delivery_count == count, "%d of %d reports came", delivery_count, count);
    rd_kafka_poll(rk, 50);
    CHECK(delivery_count == count, "%d reports for %d messages", delivery_count, count);
}

/* The same, and then nothing is left. */
__attribute__((unused)) static void await_deliveries(rd_kafka_t *rk, int count) {
    await_reports(rk, count);
    CHECK(rd_kafka_outq_len(rk) == 0, "outq_len %d", rd_kafka_outq_len(rk));
}

__attribute__((unused)) static void forget_deliveries(void) {
    memset(deliveries, 0, sizeof(deliveries));
    delivery_count = 0;
}

/* A producer on a mock cluster in this process with topic `t` of 4 partitions, its metadata known. */
__attribute__((unused)) static rd_kafka_t *mock_producer(rd_kafka_conf_t *conf, rd_kafka_topic_t **rkt) {
    conf_set(conf, "test.mock.num.brokers", "1");
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    *rkt = rd_kafka_topic_new(rk, "t", NULL);
    CHECK(*rkt, "topic_new: %s", rd_kafka_err2name(rd_kafka_last_error()));
    CHECK(!rd_kafka_produce(*rkt, 3, RD_KAFKA_MSG_F_COPY, "first", 5, NULL, 0, NULL), "produce");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush"); /* whatever linger.ms says */
    await_deliveries(rk, 1);
    forget_deliveries();
    return rk;
}

#endif
