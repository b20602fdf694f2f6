/* test: alone valgrind engines */
/* A broker whose host name has line breaks and escape sequences in it writes no line of its own to the log. (Not so in the reference.) */
#include "heard.h"
#include "odd_broker.h"

static void check(const char *text) {
    for (const char *at = text; *at; at++)
        CHECK(!iscntrl((unsigned char)*at), "a control character in: %s", text);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)facility;
    check(text);
    hear("log", level, text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    check(reason);
    hear("error", err, reason);
}

int main(void) {
    start_odd_broker();
    odd.host = "a\r\n%3|0|FAKE|line\x1b[2J";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    odd_bootstrap(conf);
    conf_set(conf, "debug", "all");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL), "produce");
    AWAIT((rd_kafka_poll(rk, 10), has_heard("error -193")), "the broker's address is not looked for");
    CHECK(has_heard("a\\r\\n%3|0|FAKE|line\\u{1b}[2J"), "the broker's name is not shown");
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    stop_odd_broker();
    return 0;
}
