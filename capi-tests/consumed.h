/* What a consumer received, as text, and what is there to be received. */
#ifndef CAPI_TESTS_CONSUMED_H
#define CAPI_TESTS_CONSUMED_H

#include "common.h"

#include <errno.h>

static const char *err_name(rd_kafka_resp_err_t err) { return rd_kafka_err2name(err); }

/* The thread's last error, and errno. */
__attribute__((unused)) static void show_last(const char *what) {
    int number = errno;
    printf("%s: %s, %s\n", what, err_name(rd_kafka_last_error()), strerror(number));
}

/* A message or an error, which is released. */
__attribute__((unused)) static void show_consumed(const char *what, const rd_kafka_message_t *m) {
    if (!m) {
        show_last(what);
        return;
    }
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(m, &type);
    rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &headers);
    printf("%s: %s %s [%d] @%" PRId64 " ", what, err_name(m->err), m->rkt ? rd_kafka_topic_name(m->rkt) : "-", (int)m->partition,
           m->offset);
    printf("%zu:%.*s%s %zu:%.*s%s", m->key_len, (int)m->key_len, m->key ? (char *)m->key : "", m->key ? "" : "NULL", m->len, (int)m->len,
           m->payload ? (char *)m->payload : "", m->payload ? "" : "NULL");
    printf(" headers %s", err_name(err));
    for (size_t i = 0; !err && i < rd_kafka_header_cnt(headers); i++) {
        const char *name;
        const void *value;
        size_t size;
        CHECK(!rd_kafka_header_get_all(headers, i, &name, &value, &size), "header %zu", i);
        printf(" %s=%zu:%s", name, size, value ? (const char *)value : "NULL");
    }
    printf(" timestamp %s/%d epoch %d broker %d status %d errstr %s produce_errstr %s\n",
           timestamp > 0 ? "set" : timestamp == 0 ? "0" : "-1", (int)type, (int)rd_kafka_message_leader_epoch(m),
           (int)rd_kafka_message_broker_id(m), (int)rd_kafka_message_status(m),
           rd_kafka_message_errstr(m) ? rd_kafka_message_errstr(m) : "NULL",
           rd_kafka_message_produce_errstr(m) ? rd_kafka_message_produce_errstr(m) : "NULL");
}

__attribute__((unused)) static void show_and_destroy(const char *what, rd_kafka_message_t *m) {
    show_consumed(what, m);
    if (m) /* the reference does not take NULL */
        rd_kafka_message_destroy(m);
}

/* Produces messages from `first` to before `end` to a partition of `t`: with and without keys, values and headers. */
__attribute__((unused)) static void fill(const char *servers, const char *codec, int partition, int first, int end) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "compression.codec", codec);
    conf_set(conf, "linger.ms", "10000");
    rd_kafka_t *rk = new_producer(conf);
    for (int i = first; i < end; i++) {
        char value[32], key[32];
        snprintf(value, sizeof(value), "value %d", i);
        snprintf(key, sizeof(key), "key %d", i);
        rd_kafka_headers_t *headers = rd_kafka_headers_new(2);
        if (i % 3 == 0) {
            rd_kafka_header_add(headers, "a", -1, value, -1);
            rd_kafka_header_add(headers, "a", -1, NULL, 0);
        }
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_VALUE(i % 5 == 4 ? NULL : value, i % 5 == 4 ? 0 : strlen(value)),
                                 RD_KAFKA_V_KEY(i % 4 == 3 ? NULL : key, i % 4 == 3 ? 0 : strlen(key)), RD_KAFKA_V_HEADERS(headers),
                                 RD_KAFKA_V_END),
              "produce");
    }
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_destroy(rk);
}

__attribute__((unused)) static rd_kafka_t *new_consumer(rd_kafka_conf_t *conf) {
    char reason[512];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    CHECK(rk, "rd_kafka_new: %s", reason);
    return rk;
}

#endif
