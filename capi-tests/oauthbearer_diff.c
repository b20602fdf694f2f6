/* test: differential valgrind */
/* Tokens that are refused and taken, and how the application is asked for one. Texts are compared up to where they may hold secrets. */
#include "common.h"

#include <time.h>

static char told[500];
static int asked;

static rd_kafka_conf_t *bearer_conf(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "log_level", "0");
    conf_set(conf, "security.protocol", "sasl_plaintext");
    conf_set(conf, "sasl.mechanism", "OAUTHBEARER");
    return conf;
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    if (err == RD_KAFKA_RESP_ERR__AUTHENTICATION)
        snprintf(told, sizeof(told), "%s", reason);
}

static void on_refresh(rd_kafka_t *rk, const char *config, void *opaque) {
    (void)opaque;
    asked++;
    printf("asked with %s: failure without a reason %d, with an empty one %d, with one %d\n", config ? config : "nothing",
           rd_kafka_oauthbearer_set_token_failure(rk, NULL), rd_kafka_oauthbearer_set_token_failure(rk, ""),
           rd_kafka_oauthbearer_set_token_failure(rk, "because"));
}

static void set(rd_kafka_t *rk, const char *what, const char *token, int64_t expires, const char *principal, const char **extensions, size_t size) {
    char text[512] = "";
    rd_kafka_resp_err_t err = rd_kafka_oauthbearer_set_token(rk, token, expires, principal, extensions, size, text, sizeof(text));
    for (char *at = text; *at; at++)
        if (strspn(at, "0123456789") >= 13)
            memmove(at + 1, at + 13, strlen(at + 13) + 1), *at = 'T';
    char *values = strstr(text, "(%x21-7E)");
    if (values)
        values[9] = '\0';
    printf("%s: %s %s\n", what, rd_kafka_err2name(err), strstr(what, "token with") ? "" : text);
}

static void tokens(rd_kafka_t *rk) {
    int64_t now = (int64_t)time(NULL) * 1000, later = now + 60000;
    const char *good[] = {"a", "b c", "Z", ""}, *reserved[] = {"auth", "b"}, *digit[] = {"a1", "b"}, *empty[] = {"", "b"};
    const char *control[] = {"a", "b\x01"}, *visible[] = {"a", "~}|\t\r\n"};
    set(rk, "a good one", "tok", later, "me", NULL, 0);
    set(rk, "expired", "tok", now - 1000, "me", NULL, 0);
    set(rk, "never expires", "tok", INT64_MAX, "me", NULL, 0);
    set(rk, "negative", "tok", -1, "me", NULL, 0);
    set(rk, "empty", "", later, "me", NULL, 0);
    set(rk, "nobody's", "tok", later, "", NULL, 0);
    set(rk, "token with a control character", "to\x01k", later, "me", NULL, 0);
    set(rk, "token with a letter that is not ASCII", "\xc3\xa9", later, "me", NULL, 0);
    set(rk, "extensions", "tok", later, "me", good, 4);
    set(rk, "half an extension", "tok", later, "me", good, 1);
    set(rk, "reserved name", "tok", later, "me", reserved, 2);
    set(rk, "a digit in a name", "tok", later, "me", digit, 2);
    set(rk, "an empty name", "tok", later, "me", empty, 2);
    set(rk, "a control character in a value", "tok", later, "me", control, 2);
    set(rk, "everything that may be in a value", "tok", later, "me", visible, 2);
}

static void unsecured(const char *config) {
    rd_kafka_conf_t *conf = bearer_conf();
    conf_set(conf, "enable.sasl.oauthbearer.unsecure.jwt", "true");
    if (*config)
        conf_set(conf, "sasl.oauthbearer.config", config);
    rd_kafka_conf_set_error_cb(conf, on_error);
    told[0] = '\0';
    rd_kafka_t *rk = new_producer(conf);
    AWAIT((rd_kafka_poll(rk, 10), told[0]), "nothing is wrong with %s", config);
    printf("[%s] %s\n", config, told);
    rd_kafka_destroy(rk);
}

static void queues(bool own) {
    rd_kafka_conf_t *conf = bearer_conf();
    conf_set(conf, "sasl.oauthbearer.config", "hello");
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH);
    rd_kafka_conf_enable_sasl_queue(conf, own);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_queue_t *sasl = rd_kafka_queue_get_sasl(rk), *queue = sasl ? sasl : rd_kafka_queue_get_main(rk);
    rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 10000);
    printf("own queue %d: %s, type %d, config %s, error %d\n", sasl != NULL, rd_kafka_event_name(ev), rd_kafka_event_type(ev),
           rd_kafka_event_config_string(ev), rd_kafka_event_error(ev));
    rd_kafka_event_destroy(ev);
    rd_kafka_queue_destroy(queue);
    rd_kafka_error_t *error = rd_kafka_sasl_background_callbacks_enable(rk);
    printf("background: %s %s\n", rd_kafka_error_name(error), error ? rd_kafka_error_string(error) : "");
    rd_kafka_error_destroy(error);
    rd_kafka_destroy(rk);
}

int main(void) {
    rd_kafka_conf_t *conf = bearer_conf();
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, on_refresh);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_t *rk = new_producer(conf);
    AWAIT((rd_kafka_poll(rk, 10), told[0]), "not asked");
    printf("%s\n", told);
    tokens(rk);
    rd_kafka_destroy(rk);

    conf = rd_kafka_conf_new();
    conf_set(conf, "log_level", "0");
    rk = new_producer(conf);
    set(rk, "without the mechanism", "tok", 0, "me", NULL, 1);
    printf("failure without the mechanism: %d %d\n", rd_kafka_oauthbearer_set_token_failure(rk, "x"), rd_kafka_oauthbearer_set_token_failure(rk, NULL));
    rd_kafka_error_t *error = rd_kafka_sasl_set_credentials(rk, "me", NULL);
    printf("half of the credentials: %s %s\n", rd_kafka_error_name(error), rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    printf("credentials without SASL: %d\n", rd_kafka_sasl_set_credentials(rk, "me", "secret") != NULL);
    rd_kafka_destroy(rk);

    queues(false);
    queues(true);
    static const char *wrong[] = {
        "", " ", "principal=", "principalClaimName=x", "foo=bar principal=a", "principal=a lifeSeconds=0", "principal=a lifeSeconds=x",
        "principal=a lifeSeconds=-1", "principal=a lifeSeconds=99999999999999999999", "principal=a\"b", "principal=a scopeClaimName=",
        "principal=a extension_=v", "x", "principal=a principal=b", "principal", "principal=a scope=", "PRINCIPAL=a",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        unsecured(wrong[i]);
    return 0;
}
