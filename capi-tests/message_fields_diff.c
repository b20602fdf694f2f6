/* test: differential valgrind engines */
/* Latency, status, broker and headers of a delivered message, and the header list functions. */
#include "deliveries.h"

static void show_headers(rd_kafka_headers_t *headers) {
    const char *name;
    const void *value;
    size_t size;
    for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++)
        printf("  %zu: %s = %s%.*s (%zu)\n", i, name, value ? "" : "null", (int)size, value ? (const char *)value : "", size);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    rd_kafka_headers_t *headers = NULL;
    keep_delivery(rk, m, opaque);
    printf("report %d: headers %s\n", (int)(intptr_t)m->_private, rd_kafka_err2name(rd_kafka_message_headers(m, &headers)));
    if (headers)
        show_headers(headers);
    printf("  leader epoch %s\n", rd_kafka_message_leader_epoch(m) >= -1 ? "fine" : "odd");
    printf("  errstr %s\n", rd_kafka_message_errstr(m) ? rd_kafka_message_errstr(m) : "none");
}

static void header_list(void) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(2);
    const void *value;
    size_t size;
    rd_kafka_resp_err_t first = rd_kafka_header_add(headers, "a", -1, "one", -1);
    rd_kafka_resp_err_t second = rd_kafka_header_add(headers, "bbb", 1, "two", 2);
    rd_kafka_resp_err_t third = rd_kafka_header_add(headers, "a", -1, NULL, 0);
    rd_kafka_resp_err_t fourth = rd_kafka_header_add(headers, "empty", -1, "", 0);
    rd_kafka_resp_err_t fifth = rd_kafka_header_add(headers, "a", 1, "last", -1);
    printf("add: %d %d %d %d %d\n", first, second, third, fourth, fifth);
    show_headers(headers);
    printf("count %zu\n", rd_kafka_header_cnt(headers));
    for (size_t i = 0; !rd_kafka_header_get(headers, i, "a", &value, &size); i++)
        printf("a[%zu]: %zu\n", i, size);
    printf("last a: %s", rd_kafka_err2name(rd_kafka_header_get_last(headers, "a", &value, &size)));
    printf(" %.*s\n", (int)size, (const char *)value);
    printf("last c: %s\n", rd_kafka_err2name(rd_kafka_header_get_last(headers, "c", &value, &size)));
    rd_kafka_headers_t *copy = rd_kafka_headers_copy(headers);
    printf("remove a: %s\n", rd_kafka_err2name(rd_kafka_header_remove(headers, "a")));
    printf("remove a: %s\n", rd_kafka_err2name(rd_kafka_header_remove(headers, "a")));
    show_headers(headers);
    show_headers(copy);
    rd_kafka_headers_destroy(headers);
    rd_kafka_headers_destroy(copy);
}

int main(void) {
    header_list();

    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "linger.ms", "50", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
    rd_kafka_header_add(headers, "whole", -1, "list", -1);
#define SEND(N, ...)                                                                                                   \
    do {                                                                                                               \
        rd_kafka_resp_err_t err =                                                                                      \
            rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(2), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), \
                              RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_OPAQUE((void *)(intptr_t)N), __VA_ARGS__, RD_KAFKA_V_END); \
        CHECK(!err, "producev: %s", rd_kafka_err2name(err));                                                           \
    } while (0)
    SEND(0, RD_KAFKA_V_TIMESTAMP(0));
    SEND(1, RD_KAFKA_V_TIMESTAMP(1234567890123));
    SEND(2, RD_KAFKA_V_HEADER("name", "value", 5), RD_KAFKA_V_HEADER("other", NULL, 0), RD_KAFKA_V_HEADER("name", "v2", -1));
    SEND(3, RD_KAFKA_V_HEADERS(headers));
    SEND(4, RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_TIMESTAMP(4102444800000));
    /* An older timestamp than the one before it in the batch: deltas are signed. */
    SEND(5, RD_KAFKA_V_TIMESTAMP(1));
    await_deliveries(rk, 6);
    for (int i = 0; i < 6; i++) {
        struct delivery *d = &deliveries[i];
        printf("%d: %s offset %" PRId64 " status %d latency %s broker %d\n", i, rd_kafka_err2name(d->err), d->offset, d->status,
               d->latency > 0 && d->latency < 20000000 ? "plausible" : "wrong", d->broker);
    }
    rd_kafka_destroy(rk);
    return 0;
}
