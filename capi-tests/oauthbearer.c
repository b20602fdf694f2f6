/* test: alone valgrind on-mock=--sasl-oauthbearer,--sasl-session=1000 limit=90 */
/*
 * Tokens that the application supplies: from polling, from a queue of its own, on the background thread. They live for two seconds and
 * are renewed in time; until there is one the client waits, and nothing that is queued is lost. No token reaches the log.
 */
#include "deliveries.h"

static int tokens, failures, authentication_errors, renewals;
static bool fail_first;

/* What must not be seen: the middle part of a token. */
static char claims[200];

static void encode(const char *text, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;
        bits |= i + 1 < n ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0;
        bits |= i + 2 < n ? (uint32_t)(unsigned char)text[i + 2] : 0;
        for (size_t d = 0; d < (i + 2 < n ? 4 : i + 1 < n ? 3 : 2); d++)
            *out++ = digits[bits >> (18 - 6 * d) & 63];
    }
    *out = '\0';
}

static void on_refresh(rd_kafka_t *rk, const char *config, void *opaque) {
    (void)opaque;
    CHECK(config && !strcmp(config, "of the test"), "config %s", config);
    if (fail_first) {
        fail_first = false, failures++;
        CHECK(!rd_kafka_oauthbearer_set_token_failure(rk, "none today"), "failure");
        return;
    }
    char text[200], token[400], errstr[256] = "";
    int64_t expires = (int64_t)time(NULL) * 1000 + 2000;
    const char *extensions[] = {"traceId", "123"};
    snprintf(text, sizeof(text), "{\"sub\":\"me\",\"exp\":%" PRId64 "}", expires / 1000 + 60);
    encode(text, claims);
    snprintf(token, sizeof(token), "eyJhbGciOiJub25lIn0.%s.", claims);
    CHECK(!rd_kafka_oauthbearer_set_token(rk, token, expires, "me", extensions, 2, errstr, sizeof(errstr)), "%s", errstr);
    __atomic_add_fetch(&tokens, 1, __ATOMIC_SEQ_CST);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level;
    if (strstr(text, "Broker changed state REAUTH -> UP"))
        __atomic_add_fetch(&renewals, 1, __ATOMIC_SEQ_CST);
    CHECK(!strstr(text, "eyJhbGciOiJub25lIn0"), "a token is in the log: %s: %s", facility, text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    if (strstr(reason, "Local: Broker transport failure"))
        return; /* On a crowded machine the client may be late, and the session over. Nothing is lost by that. */
    authentication_errors += err == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    CHECK(strstr(reason, "none today") || err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "%s", reason);
}

enum way { POLL, QUEUE, BACKGROUND };

static void run(const char *servers, enum way way) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "security.protocol", "SASL_PLAINTEXT");
    conf_set(conf, "sasl.mechanism", "OAUTHBEARER");
    conf_set(conf, "sasl.oauthbearer.config", "of the test");
    conf_set(conf, "debug", "all");
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, on_refresh);
    rd_kafka_conf_enable_sasl_queue(conf, way != POLL);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    forget_deliveries();
    tokens = 0;
    __atomic_store_n(&renewals, 0, __ATOMIC_SEQ_CST);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_sasl(rk);
    CHECK(!queue == (way == POLL), "way %d has %s queue", way, queue ? "a" : "no");
    if (way == BACKGROUND)
        CHECK(!rd_kafka_sasl_background_callbacks_enable(rk), "background");
    int produced = 0;
    double hang = give_up_at();
    while (__atomic_load_n(&tokens, __ATOMIC_SEQ_CST) < 3 || __atomic_load_n(&renewals, __ATOMIC_SEQ_CST) < 3) {
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
        produced++;
        rd_kafka_poll(rk, 5);
        if (way == QUEUE)
            rd_kafka_queue_poll_callback(queue, 0);
        CHECK(now_s() < hang, "way %d: %d tokens, %d renewals", way, tokens, renewals);
    }
    await_deliveries(rk, produced);
    for (int i = 0; i < produced; i++)
        CHECK(!deliveries[i].err, "way %d: message %d: %s", way, i, rd_kafka_err2name(deliveries[i].err));
    if (queue)
        rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "bootstrap servers?");
    run(argv[1], POLL);
    run(argv[1], QUEUE);
    fail_first = true;
    run(argv[1], BACKGROUND);
    CHECK(failures == 1 && authentication_errors == 1, "%d failures, %d errors", failures, authentication_errors);
    return 0;
}
