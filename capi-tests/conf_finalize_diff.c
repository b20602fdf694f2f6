/* test: differential valgrind */
/* What rd_kafka_new() and rd_kafka_topic_new() say about configurations that contradict themselves. */
#include "common.h"
#include <netdb.h>

#define MOST 4

static const struct {
    const char *pairs[MOST][2];
} cases[] = {
    {{{"message.timeout.ms", "5"}, {"linger.ms", "5"}}},
    {{{"message.timeout.ms", "4"}}},
    {{{"delivery.timeout.ms", "1"}, {"queue.buffering.max.ms", "0.5"}}},
    {{{"reconnect.backoff.ms", "101"}, {"reconnect.backoff.max.ms", "100"}}},
    {{{"reconnect.backoff.ms", "10001"}}},
    {{{"enable.idempotence", "false"}, {"acks", "1"}}},
    {{{"socket.timeout.ms", "10"}, {"request.timeout.ms", "900000"}}},
    {{{"client.id", ""}, {"client.software.name", "my lib!"}}},
    {{{"batch.size", "1"}, {"message.max.bytes", "1000"}, {"queue.buffering.max.messages", "0"}}},
    {{{"retry.backoff.ms", "300000"}, {"retry.backoff.max.ms", "1"}}},
    {{{"api.version.request", "false"}, {"broker.version.fallback", "2.0.0"}}},
};

/* Which properties an instance has adjusted. */
static void print_effective(rd_kafka_t *rk) {
    static const char *const names[] = {
        "client.id", "client.software.name", "linger.ms", "sticky.partitioning.linger.ms", "metadata.max.age.ms",
        "topic.metadata.refresh.fast.interval.ms", "allow.auto.create.topics", "api.version.request",
        "connections.max.idle.ms", "message.timeout.ms", "acks", "max.in.flight",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char value[64] = "";
        size_t size = sizeof(value);
        int res = rd_kafka_conf_get(rd_kafka_conf(rk), names[i], value, &size);
        printf("    %s: %d %s\n", names[i], res, value);
    }
}

static void try_topic(rd_kafka_t *rk, const char *timeout) {
    rd_kafka_topic_conf_t *conf = rd_kafka_topic_conf_new();
    rd_kafka_topic_t *topic;

    CHECK(rd_kafka_topic_conf_set(conf, "message.timeout.ms", timeout, NULL, 0) == RD_KAFKA_CONF_OK, "set");
    topic = rd_kafka_topic_new(rk, "t", conf);
    printf("    topic with message.timeout.ms=%s: %s\n", timeout,
           topic ? "made" : rd_kafka_err2name(rd_kafka_last_error()));
    if (topic)
        rd_kafka_topic_destroy(topic);
}

/* Names are not looked up. */
static int no_names(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res,
                    void *opaque) {
    (void)node, (void)service, (void)hints, (void)opaque;
    *res = NULL;
    return node ? EAI_FAIL : 0;
}

static void try_case(size_t which, const char *bootstrap) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", bootstrap, NULL);
    char reason[512] = "";
    rd_kafka_t *rk;

    rd_kafka_conf_set_resolve_cb(conf, no_names);
    printf("case %zu %s\n", which, bootstrap);
    for (size_t i = 0; i < MOST && cases[which].pairs[i][0]; i++) {
        printf("  %s=%s\n", cases[which].pairs[i][0], cases[which].pairs[i][1]);
        conf_set(conf, cases[which].pairs[i][0], cases[which].pairs[i][1]);
    }
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    if (!rk) {
        printf("  refused (%s): %s\n", rd_kafka_err2name(rd_kafka_last_error()), reason);
        rd_kafka_conf_destroy(conf);
        return;
    }
    print_effective(rk);
    try_topic(rk, "3");
    rd_kafka_destroy(rk);
}

static void copied_default(void) {
    rd_kafka_t *rk =
        rd_kafka_new(RD_KAFKA_PRODUCER, quiet_conf("bootstrap.servers", "127.0.0.1:1", "acks", "1", NULL), NULL, 0);
    rd_kafka_topic_conf_t *copy = rd_kafka_default_topic_conf_dup(rk);
    char value[64] = "";
    size_t size = sizeof(value);

    CHECK(rd_kafka_topic_conf_get(copy, "acks", value, &size) == RD_KAFKA_CONF_OK, "get");
    printf("acks of the copied default topic configuration: %s\n", value);
    rd_kafka_topic_conf_destroy(copy);
    rd_kafka_destroy(rk);
}

static void without_socket_cb(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL);
    char reason[512] = "";

    rd_kafka_conf_set_socket_cb(conf, NULL);
    CHECK(!rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason)), "no sockets");
    printf("no socket_cb: %s\n", reason);
    rd_kafka_conf_destroy(conf);
}

int main(void) {
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        try_case(i, "127.0.0.1:1");
    /* Azure gets another default. */
    try_case(5, "127.0.0.1:1,azure.invalid:1");
    copied_default();
    without_socket_cb();
    return 0;
}
