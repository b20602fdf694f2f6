/*
 * Requests that leave a producer and messages that are done, counted by interceptors: what a test waits for when something has to
 * be in flight or delivered before it goes on. No report is served for that. (Responses are not counted: the reference calls the
 * interceptor for them once or twice.)
 */
#ifndef CAPI_TESTS_REQUESTS_H
#define CAPI_TESTS_REQUESTS_H

#include "common.h"

#define API_PRODUCE 0
#define API_LIST_OFFSETS 2
#define API_METADATA 3
#define API_KEYS 128

static int requests_sent[API_KEYS], acknowledgements;

static rd_kafka_resp_err_t count_sent(rd_kafka_t *rk, int fd, const char *name, int32_t id, int16_t key, int16_t version,
                                      int32_t correlation_id, size_t size, void *opaque) {
    (void)rk, (void)fd, (void)name, (void)id, (void)version, (void)correlation_id, (void)size, (void)opaque;
    if (key >= 0 && key < API_KEYS)
        __atomic_add_fetch(&requests_sent[key], 1, __ATOMIC_SEQ_CST);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t count_acknowledgement(rd_kafka_t *rk, rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)m, (void)opaque;
    __atomic_add_fetch(&acknowledgements, 1, __ATOMIC_SEQ_CST);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t add_counters(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text, size_t size) {
    (void)conf, (void)opaque, (void)text, (void)size;
    rd_kafka_interceptor_add_on_request_sent(rk, "counters", count_sent, NULL);
    rd_kafka_interceptor_add_on_acknowledgement(rk, "counters", count_acknowledgement, NULL);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void zero(int *count) { __atomic_store_n(count, 0, __ATOMIC_SEQ_CST); }

static int count_of(const int *count) { return __atomic_load_n(count, __ATOMIC_SEQ_CST); }

/* The instance made with this configuration is counted, from zero. */
__attribute__((unused)) static void count_requests(rd_kafka_conf_t *conf) {
    for (int key = 0; key < API_KEYS; key++)
        zero(&requests_sent[key]);
    zero(&acknowledgements);
    rd_kafka_conf_interceptor_add_on_new(conf, "counters", add_counters, NULL);
}

/* `count` requests of an API have left, altogether. */
__attribute__((unused)) static void await_requests(int api, int count) {
    AWAIT(count_of(&requests_sent[api]) >= count, "%d of %d requests %d were sent", count_of(&requests_sent[api]), count, api);
}

/* The broker has acknowledged `count` messages, or they have failed; nobody need have served their reports. */
__attribute__((unused)) static void await_acknowledgements(int count) {
    AWAIT(count_of(&acknowledgements) >= count, "%d of %d messages are done", count_of(&acknowledgements), count);
}

#endif
