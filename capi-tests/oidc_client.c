/* test: tool */
/*
 * oidc_client BROKERS NAME=VALUE...: a producer with tokens of a token endpoint and these properties. Prints `delivered` when its
 * message has arrived, or what it is told why it has no token.
 */
#include "deliveries.h"

static char told[2000];

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    if (err == RD_KAFKA_RESP_ERR__AUTHENTICATION)
        snprintf(told, sizeof(told), "%s", reason);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level;
    if (!strcmp(facility, "JWT") || !strcmp(facility, "OIDC"))
        fprintf(stderr, "%s: %s\n", facility, text);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "bootstrap servers?");
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", argv[1], "security.protocol", "sasl_plaintext", "sasl.mechanism", "OAUTHBEARER",
                                       "sasl.oauthbearer.method", "oidc", NULL);
    conf_set(conf, "log_level", "6");
    for (int i = 2; i < argc; i++)
        conf_set_pair(conf, argv[i]);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    AWAIT((rd_kafka_poll(rk, 10), told[0] || delivery_count), "neither a token nor a word");
    printf("%s\n", told[0] ? told : deliveries[0].err ? rd_kafka_err2name(deliveries[0].err) : "delivered");
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_destroy(rk);
    return 0;
}
