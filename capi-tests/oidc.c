/* test: alone valgrind on-mock=--sasl-oauthbearer,--sasl-session=1000 limit=120 */
/*
 * A producer whose tokens come from a token endpoint. They live for two to three seconds and are replaced in time; while the endpoint is
 * down nothing that is queued is lost; an endpoint that never answers does not hold up the end of the instance. Neither tokens nor the
 * client's secret reach the log.
 */
#include "deliveries.h"
#include "token_endpoint.h"

#define SECRET "the-clients-secret"

static int renewals, token_errors, told_of_the_endpoint;
static double asked_at[100];

static bool answer(const char *head, const char *body, struct endpoint_answer *out) {
    bool known = strstr(head, "\r\nAuthorization: Basic bWU6dGhlLWNsaWVudHMtc2VjcmV0\r\n") != NULL;
    bool wanted = !strcmp(body, "grant_type=client_credentials&scope=producing");
    if (!known || !wanted) {
        out->status = 401;
        snprintf(out->body, sizeof(out->body), "{\"error\":\"invalid_client\"}");
        return true;
    }
    char claims[100];
    snprintf(claims, sizeof(claims), "{\"sub\":\"me\",\"exp\":%" PRId64 "}", (int64_t)time(NULL) + 3);
    endpoint_token(out, claims);
    if (endpoint.requests < 100)
        asked_at[endpoint.requests] = now_s();
    return true;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level;
    if (strstr(text, "Broker changed state REAUTH -> UP"))
        __atomic_add_fetch(&renewals, 1, __ATOMIC_SEQ_CST);
    CHECK(!strstr(text, "eyJhbGciOiJub25lIn0"), "a token is in the log: %s: %s", facility, text);
    CHECK(!strstr(text, SECRET) && !strstr(text, "bWU6dGhl"), "the secret is in the log: %s: %s", facility, text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    token_errors += err == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    told_of_the_endpoint += strstr(reason, "Failed to acquire SASL OAUTHBEARER token: Connect to ipv4#127.0.0.1:") != NULL;
}

static rd_kafka_conf_t *start_conf(const char *servers, const char *secret) {
    rd_kafka_conf_t *conf = endpoint_conf("/token");
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "sasl.oauthbearer.client.id", "me");
    conf_set(conf, "sasl.oauthbearer.client.secret", secret);
    conf_set(conf, "sasl.oauthbearer.scope", "producing");
    conf_set(conf, "enable.idempotence", "true");
    conf_set(conf, "reconnect.backoff.max.ms", "200");
    conf_set(conf, "debug", "all");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    return conf;
}

static int produced;

static void produce(rd_kafka_t *rk) {
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    produced++;
    rd_kafka_poll(rk, 5);
}

static void tokens_are_replaced(const char *servers) {
    rd_kafka_t *rk = new_producer(start_conf(servers, SECRET));
    forget_deliveries();
    AWAIT((produce(rk), endpoint.requests >= 4 && __atomic_load_n(&renewals, __ATOMIC_SEQ_CST) >= 3), "%d tokens, %d renewals", endpoint.requests, renewals);
    for (int i = 1; i < 4; i++)
        CHECK(asked_at[i] - asked_at[i - 1] > 1.5, "asked again after %g seconds", asked_at[i] - asked_at[i - 1]);

    stop_endpoint();
    AWAIT((produce(rk), told_of_the_endpoint), "nobody says that the endpoint is down");
    int before = endpoint.requests;
    start_endpoint();
    AWAIT((produce(rk), endpoint.requests > before), "the endpoint is not asked again");
    await_deliveries(rk, produced);
    for (int i = 0; i < produced; i++)
        CHECK(!deliveries[i].err, "message %d: %s", i, rd_kafka_err2name(deliveries[i].err));
    CHECK(told_of_the_endpoint == 1, "told %d times", told_of_the_endpoint);
    rd_kafka_destroy(rk);
}

static void wrong_secret(const char *servers) {
    token_errors = 0;
    rd_kafka_t *rk = new_producer(start_conf(servers, "wrong"));
    AWAIT((rd_kafka_poll(rk, 10), token_errors), "a wrong secret is taken");
    /* The application may supply a token itself. */
    char encoded[200], token[300], claims[100], text[256] = "";
    int64_t expires = (int64_t)time(NULL) + 60;
    snprintf(claims, sizeof(claims), "{\"sub\":\"me\",\"exp\":%" PRId64 "}", expires);
    endpoint_encode(claims, encoded);
    snprintf(token, sizeof(token), "eyJhbGciOiJub25lIn0.%s.", encoded);
    CHECK(!rd_kafka_oauthbearer_set_token(rk, token, expires * 1000, "me", NULL, 0, text, sizeof(text)), "%s", text);
    forget_deliveries();
    produced = 0;
    produce(rk);
    await_deliveries(rk, 1);
    CHECK(!deliveries[0].err, "%s", rd_kafka_err2name(deliveries[0].err));
    rd_kafka_destroy(rk);
}

/* The system takes the connection, and nobody reads from it. */
static void an_endpoint_that_never_answers(const char *servers) {
    endpoint.stop = true;
    pthread_join(endpoint.thread, NULL);
    rd_kafka_t *rk = new_producer(start_conf(servers, SECRET));
    struct pollfd fd = {.fd = endpoint.listener, .events = POLLIN};
    AWAIT((rd_kafka_poll(rk, 10), poll(&fd, 1, 0) == 1), "the endpoint is not asked");
    double begin = pace_s();
    rd_kafka_destroy(rk);
    CHECK(pace_s() - begin < 5, "the end took %g seconds", pace_s() - begin);
    close(endpoint.listener);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "bootstrap servers?");
    endpoint.answer = answer;
    start_endpoint();
    tokens_are_replaced(argv[1]);
    wrong_secret(argv[1]);
    an_endpoint_that_never_answers(argv[1]);
    return 0;
}
