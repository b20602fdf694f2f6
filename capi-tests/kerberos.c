/* test: tool */
/*
 * A producer that goes on until it is ended by SIGTERM, ten messages at a time as long as less than a hundred wait.
 *
 *   kerberos BROKERS [--until-refused] [-X name=value]...
 *
 * It says what becomes of them (`delivered`, `failed NAME`), what error_cb hears (`error NAME text`), what is logged (`log LEVEL
 * FACILITY text`), and every half a second how long it has been running (`seconds N`). Each message has its number as its value, and
 * the last line says how many there were: `produced N delivered N`.
 */
#include "common.h"

#include <signal.h>

static volatile sig_atomic_t ended;
static bool until_refused; /* end at the first error of authentication */
static size_t produced, delivered;

static void end(int number) {
    (void)number;
    ended = 1;
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    if (m->err)
        printf("failed %s\n", rd_kafka_err2name(m->err));
    else
        delivered++, printf("delivered %" PRId64 "\n", m->offset);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    printf("error %s %s\n", rd_kafka_err2name(err), reason);
    ended |= until_refused && err == RD_KAFKA_RESP_ERR__AUTHENTICATION;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk;
    printf("log %d %s %s\n", level, facility, text);
}

int main(int argc, char **argv) {
    char text[512];
    CHECK(argc >= 2, "usage: kerberos BROKERS [--until-refused] [-X name=value]...");
    setvbuf(stdout, NULL, _IOLBF, 0);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    int first = argc > 2 && !strcmp(argv[2], "--until-refused") ? 3 : 2;
    until_refused = first == 3;
    for (int i = first; i + 1 < argc; i += 2) {
        CHECK(!strcmp(argv[i], "-X"), "%s %s", argv[i], argv[i + 1]);
        conf_set_pair(conf, argv[i + 1]);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    CHECK(rk, "rd_kafka_new: %s", text);
    signal(SIGTERM, end);
    double started = now_s(), told = started;
    while (!ended) {
        for (int i = 0; i < 10 && rd_kafka_outq_len(rk) < 100; i++) {
            int n = snprintf(text, sizeof(text), "%zu", produced++);
            rd_kafka_resp_err_t err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("kerberos"), RD_KAFKA_V_VALUE(text, (size_t)n),
                                                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
            CHECK(!err, "produce: %s", rd_kafka_err2name(err));
        }
        rd_kafka_poll(rk, 20);
        if (now_s() - told >= 0.5)
            told = now_s(), printf("seconds %.1f\n", told - started);
    }
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(rk);
    printf("produced %zu delivered %zu\n", produced, delivered);
    return 0;
}
