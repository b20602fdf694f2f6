/* test: alone valgrind engines on-mock=--sasl=alice:secret-of-alice,--sasl-session=1000 limit=90 */
/*
 * Producers that say who they are, on a cluster that asks again every second (KIP-368): every message arrives, none is refused, and no
 * secret reaches the log. Wrong credentials cost no message: it is sent once they are right.
 */
#include "deliveries.h"

#define SECRET "secret-of-alice"

static int lines, authentication_errors, renewals;

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk;
    __atomic_add_fetch(&lines, 1, __ATOMIC_SEQ_CST);
    if (strstr(text, "Broker changed state REAUTH -> UP"))
        __atomic_add_fetch(&renewals, 1, __ATOMIC_SEQ_CST);
    CHECK(!strstr(text, SECRET), "the password is in the log: %s: %s", facility, text);
    CHECK(level > 3 || !strcmp(facility, "FAIL"), "%s: %s", facility, text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    if (strstr(reason, "Local: Broker transport failure"))
        return; /* On a crowded machine the client may be late, and the session over. Nothing is lost by that. */
    authentication_errors += err == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    CHECK(!strstr(reason, SECRET), "the password is in an error: %s", reason);
    CHECK(err == RD_KAFKA_RESP_ERR__AUTHENTICATION || err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "%s", reason);
}

static rd_kafka_t *producer(const char *servers, const char *mechanism, const char *password) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "security.protocol", "SASL_PLAINTEXT");
    conf_set(conf, "sasl.mechanism", mechanism);
    conf_set(conf, "sasl.username", "alice");
    conf_set(conf, "sasl.password", password);
    conf_set(conf, "enable.idempotence", "true");
    conf_set(conf, "reconnect.backoff.max.ms", "200");
    conf_set(conf, "debug", "all");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    forget_deliveries();
    authentication_errors = 0;
    __atomic_store_n(&renewals, 0, __ATOMIC_SEQ_CST);
    return new_producer(conf);
}

static void produce(rd_kafka_t *rk) {
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
}

/* Until sessions have been renewed, while messages are sent. */
static void through_sessions(const char *servers, const char *mechanism) {
    rd_kafka_t *rk = producer(servers, mechanism, SECRET);
    int produced = 0;
    AWAIT((produce(rk), produced++, rd_kafka_poll(rk, 5), __atomic_load_n(&renewals, __ATOMIC_SEQ_CST) >= 3), "%s: %d renewals", mechanism,
          __atomic_load_n(&renewals, __ATOMIC_SEQ_CST));
    await_deliveries(rk, produced);
    for (int i = 0; i < produced; i++)
        CHECK(!deliveries[i].err, "%s: message %d: %s", mechanism, i, rd_kafka_err2name(deliveries[i].err));
    CHECK(!authentication_errors, "%s: %d errors", mechanism, authentication_errors);
    rd_kafka_destroy(rk);
}

static void wrong_at_first(const char *servers, const char *mechanism) {
    rd_kafka_t *rk = producer(servers, mechanism, "wrong");
    produce(rk);
    AWAIT((rd_kafka_poll(rk, 10), authentication_errors), "%s: no error", mechanism);
    CHECK(rd_kafka_outq_len(rk) == 1 && !delivery_count, "%s: the message is gone", mechanism);
    CHECK(!rd_kafka_sasl_set_credentials(rk, "alice", SECRET), "credentials");
    await_deliveries(rk, 1);
    CHECK(!deliveries[0].err, "%s: %s", mechanism, rd_kafka_err2name(deliveries[0].err));
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "bootstrap servers?");
    static const char *mechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
    for (int i = 0; i < 3; i++) {
        through_sessions(argv[1], mechanisms[i]);
        wrong_at_first(argv[1], mechanisms[i]);
    }
    CHECK(lines > 100, "no log");
    return 0;
}
