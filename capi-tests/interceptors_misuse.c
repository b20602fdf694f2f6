/* test: alone valgrind */
/* Adding interceptors with missing arguments, or when it is too late. */
#include "common.h"

static rd_kafka_resp_err_t on_send(rd_kafka_t *rk, rd_kafka_message_t *m, void *ic_opaque) {
    (void)rk, (void)m, (void)ic_opaque;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *ic_opaque, char *errstr, size_t size) {
    (void)conf, (void)errstr, (void)size;
    CHECK(rd_kafka_interceptor_add_on_send(rk, NULL, on_send, NULL) == RD_KAFKA_RESP_ERR__INVALID_ARG, "no name");
    CHECK(rd_kafka_interceptor_add_on_send(rk, "a", NULL, NULL) == RD_KAFKA_RESP_ERR__INVALID_ARG, "no function");
    (*(int *)ic_opaque)++;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Reads the old configuration and changes the new one: neither is in use meanwhile. */
static rd_kafka_resp_err_t on_conf_dup(rd_kafka_conf_t *new_conf, const rd_kafka_conf_t *old_conf, size_t filter_cnt,
                                       const char **filter, void *ic_opaque) {
    (void)filter_cnt, (void)filter, (void)ic_opaque;
    char value[16];
    size_t size = sizeof(value);
    CHECK(rd_kafka_conf_get(old_conf, "client.id", value, &size) == RD_KAFKA_CONF_OK && !strcmp(value, "old"), "%s", value);
    conf_set(new_conf, "client.rack", "set by interceptor");
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

int main(void) {
    rd_kafka_conf_t *conf = quiet_conf("client.id", "old", NULL), *copy;
    rd_kafka_t *rk;
    char value[64];
    size_t size = sizeof(value);
    int called = 0;

    CHECK(rd_kafka_conf_interceptor_add_on_new(NULL, "a", on_new, &called) == RD_KAFKA_RESP_ERR__INVALID_ARG, "no conf");
    CHECK(rd_kafka_conf_interceptor_add_on_new(conf, NULL, on_new, &called) == RD_KAFKA_RESP_ERR__INVALID_ARG, "no name");
    CHECK(rd_kafka_conf_interceptor_add_on_new(conf, "a", NULL, &called) == RD_KAFKA_RESP_ERR__INVALID_ARG, "no function");
    CHECK(!rd_kafka_conf_interceptor_add_on_conf_dup(conf, "a", on_conf_dup, NULL), "on_conf_dup");
    copy = rd_kafka_conf_dup(conf);
    CHECK(rd_kafka_conf_get(copy, "client.rack", value, &size) == RD_KAFKA_CONF_OK && !strcmp(value, "set by interceptor"),
          "what an interceptor sets in a copy stays: %s", value);
    rd_kafka_conf_destroy(copy);

    CHECK(!rd_kafka_conf_interceptor_add_on_new(conf, "a", on_new, &called), "on_new");
    /* These two contradict each other. */
    conf_set(conf, "enable.idempotence", "true");
    conf_set(conf, "max.in.flight", "1000");
    CHECK(!rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0) && called == 0, "an instance that is not made has no interceptors");
    conf_set(conf, "enable.idempotence", "false");
    rk = new_producer(conf);
    CHECK(called == 1, "on_new called %d times", called);
    CHECK(rd_kafka_interceptor_add_on_send(NULL, "a", on_send, NULL) == RD_KAFKA_RESP_ERR__INVALID_ARG, "no instance");
    /* librdkafka's assertion would end the process here. */
    CHECK(rd_kafka_interceptor_add_on_send(rk, "a", on_send, NULL) == RD_KAFKA_RESP_ERR__STATE, "too late");
    rd_kafka_destroy(rk);
    return 0;
}
