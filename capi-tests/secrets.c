/* test: alone valgrind on-mock=--sasl=alice:pw-of-alice-7391,--sasl-oauthbearer limit=120 */
/*
 * No secret is seen anywhere but on its way to the broker: neither in the log with `debug=all`, nor in an error, the statistics or
 * rd_kafka_dump(). Looked for are passwords, secrets and tokens, also wrong ones, and what SCRAM makes of a password, as they are, in
 * hexadecimal and in Base64.
 */
#include "deliveries.h"
#include "token_endpoint.h"

#include <time.h>

#define PASSWORD "pw-of-alice-7391"
#define WRONG "wrong-pw-8264"
#define PRINCIPAL "principal-4455"
/* {"alg":"none"} */
#define TOKEN_HEAD "eyJhbGciOiJub25lIn0"

static const char *secrets[] = {
    PASSWORD, "cHctb2YtYWxpY2UtNzM5MQ", "70772d6f662d616c6963652d37333931",
    WRONG, "d3JvbmctcHctODI2NA", "77726f6e672d70772d38323634",
    "oidc-secret-9911", "RjLXNlY3JldC05OT", "6f6964632d7365637265742d39393131",
    TOKEN_HEAD, PRINCIPAL " lifeSeconds",
    /* Salted passwords, client keys and server keys of PASSWORD with the mock's salt and 4096 iterations. */
    "8ba298971af31907bb107ab5", "i6KYlxrzGQe7EHq1iaqk",
    "e90b48cec2f231c7e4d79c7e", "6QtIzsLyMcfk15x++URS",
    "04a377d830fad504c69e19a1", "BKN32DD61QTGnhmhQPJf",
    "fe7988624d9b57e336b91434", "/nmIYk2bV+M2uRQ0AF1W",
    "63a0e1657a32342e5f41136d", "Y6DhZXoyNC5fQRNt61v7",
    "8cf490470c173678a7592cbe", "jPSQRwwXNninWSy+AKsR",
};

static int lines, errors, statistics;

static void look_at(const char *where, const char *text) {
    for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
        CHECK(!strcasestr(text, secrets[i]), "%s shows %s: %s", where, secrets[i], text);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level;
    __atomic_add_fetch(&lines, 1, __ATOMIC_SEQ_CST);
    look_at(facility, text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    errors += err == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    look_at("an error", reason);
}

static int on_stats(rd_kafka_t *rk, char *json, size_t length, void *opaque) {
    (void)rk, (void)length, (void)opaque;
    statistics++;
    look_at("statistics", json);
    return 0;
}

static void on_refresh(rd_kafka_t *rk, const char *config, void *opaque) {
    (void)config, (void)opaque;
    /* Nobody takes it: it has no signature and no claims. */
    char text[256] = "";
    int64_t expires = (int64_t)time(NULL) * 1000 + 2000;
    CHECK(!rd_kafka_oauthbearer_set_token(rk, TOKEN_HEAD ".e30.", expires, "me", NULL, 0, text, sizeof(text)), "%s", text);
    CHECK(rd_kafka_oauthbearer_set_token(rk, TOKEN_HEAD "\x01", expires, "me", NULL, 0, text, sizeof(text)), "a bad token is taken");
    look_at("a refusal", text);
    CHECK(rd_kafka_oauthbearer_set_token(rk, TOKEN_HEAD, 1, "me", NULL, 0, text, sizeof(text)), "an old token is taken");
    look_at("a refusal", text);
}

static void look_at_dump(rd_kafka_t *rk) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    rd_kafka_dump(file, rk);
    fclose(file);
    CHECK(size, "no dump");
    look_at("rd_kafka_dump()", text);
    free(text);
}

static rd_kafka_conf_t *start_conf(const char *servers, const char *mechanism) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "security.protocol", "SASL_PLAINTEXT");
    conf_set(conf, "sasl.mechanism", mechanism);
    conf_set(conf, "statistics.interval.ms", "50");
    conf_set(conf, "reconnect.backoff.max.ms", "200");
    conf_set(conf, "debug", "all");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    forget_deliveries();
    errors = statistics = 0;
    return conf;
}

/* Until a message has arrived, or the client has been refused. */
static void run(rd_kafka_conf_t *conf, const char *what, bool good) {
    rd_kafka_t *rk = new_producer(conf);
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    AWAIT((rd_kafka_poll(rk, 10), statistics && (good ? delivery_count : errors)), "%s: %d errors", what, errors);
    look_at_dump(rk);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_destroy(rk);
}

static bool answer(const char *head, const char *body, struct endpoint_answer *out) {
    (void)body;
    char claims[100];
    snprintf(claims, sizeof(claims), "{\"sub\":\"me\",\"exp\":%" PRId64 "}", (int64_t)time(NULL) + 60);
    endpoint_token(out, claims);
    out->status = strstr(head, "dGhlLWNsaWVudDpvaWRjLXNlY3JldC05OTEx") ? 200 : 401; /* What it is refused with repeats nothing. */
    if (out->status == 401)
        snprintf(out->body, sizeof(out->body), "{\"error\":\"invalid_client\"}");
    return true;
}

static void ask_endpoint(const char *servers, const char *secret, bool good) {
    char url[100];
    rd_kafka_conf_t *conf = start_conf(servers, "OAUTHBEARER");
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/token", endpoint.port);
    conf_set(conf, "sasl.oauthbearer.method", "oidc");
    conf_set(conf, "sasl.oauthbearer.token.endpoint.url", url);
    conf_set(conf, "sasl.oauthbearer.client.id", "the-client");
    conf_set(conf, "sasl.oauthbearer.client.secret", secret);
    run(conf, "a token endpoint", good);
}

static void log_in(const char *servers, const char *mechanism, const char *password) {
    rd_kafka_conf_t *conf = start_conf(servers, mechanism);
    conf_set(conf, "sasl.username", "alice");
    conf_set(conf, "sasl.password", password);
    run(conf, mechanism, !strcmp(password, PASSWORD));
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "bootstrap servers?");
    static const char *mechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
    for (int i = 0; i < 3; i++) {
        log_in(argv[1], mechanisms[i], PASSWORD);
        log_in(argv[1], mechanisms[i], WRONG);
    }
    rd_kafka_conf_t *conf = start_conf(argv[1], "OAUTHBEARER");
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, on_refresh);
    run(conf, "a token of the application's", false);

    conf = start_conf(argv[1], "OAUTHBEARER");
    conf_set(conf, "enable.sasl.oauthbearer.unsecure.jwt", "true");
    conf_set(conf, "sasl.oauthbearer.config", "principal=" PRINCIPAL " lifeSeconds=60");
    run(conf, "an unsecured token", true);
    endpoint.answer = answer;
    start_endpoint();
    ask_endpoint(argv[1], "oidc-secret-9911", true);
    ask_endpoint(argv[1], WRONG, false);
    stop_endpoint();
    CHECK(lines > 100, "no log");
    return 0;
}
