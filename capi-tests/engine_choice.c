/* test: alone valgrind */
/*
 * Which producer engine runs: the configuration wins over RDKAFKA_PRODUCE_ENGINE, which wins over the default, without the
 * application being built anew. It shows by the requests that carry one message of each of many partitions.
 */
#include "common.h"

#define PARTITIONS 100

static int delivered;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    CHECK(!m->err, "not delivered: %s", rd_kafka_err2name(m->err));
    delivered++;
}

static rd_kafka_conf_t *conf_of(const char *options) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", NULL);
    char *text = strdup(options), *rest = text, *pair;
    while ((pair = strsep(&rest, ","))) {
        char *equals = strchr(pair, '=');
        if (!equals)
            continue;
        *equals = '\0';
        conf_set(conf, pair, equals + 1);
    }
    free(text);
    return conf;
}

/* ProduceRequests for a message to each partition, all produced before the broker can be reached. */
static int requests(const char *variable, const char *options) {
    if (variable)
        setenv("RDKAFKA_PRODUCE_ENGINE", variable, 1);
    rd_kafka_conf_t *conf = conf_of(options);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    char reason[512];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    CHECK(rk, "%s: %s", options, reason);
    unsetenv("RDKAFKA_PRODUCE_ENGINE"); /* read once, when the instance is made */
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "t", PARTITIONS);
    rd_kafka_mock_start_request_tracking(cluster);
    CHECK(!rd_kafka_mock_broker_set_down(cluster, 1), "set_down");
    delivered = 0;
    for (int p = 0; p < PARTITIONS; p++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(p), RD_KAFKA_V_VALUE("x", 1), RD_KAFKA_V_END),
              "produce");
    CHECK(!rd_kafka_mock_broker_set_up(cluster, 1), "set_up");
    CHECK(!rd_kafka_flush(rk, hang_ms()) && delivered == PARTITIONS, "%s: %d delivered", options, delivered);
    size_t count;
    int found = 0;
    rd_kafka_mock_request_t **all = rd_kafka_mock_get_requests(cluster, &count);
    for (size_t i = 0; i < count; i++)
        found += rd_kafka_mock_request_api_key(all[i]) == 0;
    rd_kafka_mock_request_destroy_array(all, count);
    rd_kafka_destroy(rk);
    return found;
}

static void refused(const char *variable, const char *options, const char *why) {
    if (variable)
        setenv("RDKAFKA_PRODUCE_ENGINE", variable, 1);
    char reason[512];
    rd_kafka_conf_t *conf = conf_of(options);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    CHECK(!rk, "%s was not refused", options);
    CHECK(strstr(reason, why), "%s: %s", options, reason);
    rd_kafka_conf_destroy(conf);
    unsetenv("RDKAFKA_PRODUCE_ENGINE");
}

#define EACH(n) ((n) == PARTITIONS)
#define FEW(n) ((n) <= 10)

int main(void) {
    struct {
        const char *variable, *options;
        bool few;
    } cases[] = {
        {NULL, "", false},
        {"", "", false},
        {"legacy", "", false},
        {"v2", "", true},
        {"V2", "", true},
        {NULL, "produce.engine=legacy", false},
        {NULL, "produce.engine=v1", false},
        {NULL, "produce.engine=v2", true},
        {"v2", "produce.engine=legacy", false},
        {"legacy", "produce.engine=v2", true},
        {NULL, "multibatch=true,linger.ms=5", true},
        {"legacy", "multibatch=true,linger.ms=5", true},
        {NULL, "multibatch=true,linger.ms=5,enable.idempotence=true", false},
        {NULL, "produce.engine=v2,enable.idempotence=true", true},
        /* Made for the other engine: taken, without effect. */
        {"v2", "multibatch=true", true},
        {NULL, "broker.batch.max.bytes=1000,adaptive.batching.enable=true", false},
        {"legacy", "produce.request.max.partitions=5,broker.linger.ms=20", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int n = requests(cases[i].variable, cases[i].options);
        CHECK(cases[i].few ? FEW(n) : EACH(n), "%s %s: %d requests", cases[i].variable ? cases[i].variable : "-", cases[i].options, n);
    }
    refused("v3", "", "RDKAFKA_PRODUCE_ENGINE");
    refused(NULL, "produce.engine=v2,multibatch=true", "multibatch");
    return 0;
}
