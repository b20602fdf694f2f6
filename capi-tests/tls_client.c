/* test: tool */
/*
 * A producer with the properties given: tls_client name=value ... Prints why rd_kafka_new() refuses them, or what is heard until the
 * first error. Then it waits for a line on standard input, by which the cause has been mended, and for its messages to be delivered.
 * Beside properties there are words for what has a function of its own, see tls_words.h.
 */
#include "deliveries.h"
#include "heard.h"
#include "tls_words.h"

#define MESSAGES 3

static bool failed, down;

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk;
    if (!strcmp(facility, "FAIL") || !strncmp(facility, "SSL", 3))
        hear(facility, level, text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        down = true; /* How many brokers the reference counts depends on its threads. */
    else
        hear("error", err, reason), failed = true;
}

int main(int argc, char **argv) {
    char text[512] = "", name[64];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "log.thread.name", "false");
    conf_set(conf, "reconnect.backoff.max.ms", "200");
    for (int i = 1; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        CHECK(equals && (size_t)(equals - argv[i]) < sizeof(name), "%s: not name=value", argv[i]);
        snprintf(name, sizeof(name), "%.*s", (int)(equals - argv[i]), argv[i]);
        if (!is_tls_word(&conf, name, equals + 1))
            conf_set(conf, name, equals + 1);
    }
    if (new_only)
        conf_set(conf, "log_level", "3");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (!rk) {
        printf("refused: %s (%s)\n", text, rd_kafka_err2name(rd_kafka_last_error()));
        print_heard();
        rd_kafka_conf_destroy(conf);
        return 0;
    }
    if (new_only) {
        rd_kafka_destroy(rk);
        printf("created\n");
        return 0;
    }
    for (int i = 0; i < MESSAGES; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_END),
              "producev");
    AWAIT((rd_kafka_poll(rk, 10), (failed && down) || delivery_count == MESSAGES), "neither an error nor reports");
    printf("%d in the queue, fatal error %s\n", rd_kafka_outq_len(rk), rd_kafka_err2name(rd_kafka_fatal_error(rk, NULL, 0)));
    print_heard();
    fflush(stdout);
    if (fgets(name, sizeof(name), stdin)) {
        await_deliveries(rk, MESSAGES);
        for (int i = 0; i < MESSAGES; i++)
            printf("message %d: %d report, %s\n", i, deliveries[i].reports, rd_kafka_err2name(deliveries[i].err));
    }
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_destroy(rk);
    return 0;
}
