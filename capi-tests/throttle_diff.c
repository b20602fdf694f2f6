/* test: differential on-mock=--throttle=25 valgrind engines */
/* The throttle callback: for each response that says so, from rd_kafka_poll() only. argv[1]: the brokers. */
#include "deliveries.h"

static const char *brokers;
static int calls;
static bool quiet = true;

/* The name that the broker with this id, 1 to 3, has in argv[1]. */
static const char *name_of(int32_t id) {
    static char text[256];
    char *rest = text, *name = NULL;
    snprintf(text, sizeof(text), "%s", brokers);
    while (id-- > 0 && (name = strsep(&rest, ",")))
        ;
    return name ? name : "?";
}

static void throttled(rd_kafka_t *rk, const char *name, int32_t id, int ms, void *opaque) {
    calls++;
    if (!quiet)
        printf("  %d ms, broker %s, named %s, opaque %s, instance %s\n", ms, id > 0 ? "known" : "unknown",
               strcmp(name, name_of(id)) ? name : "as its address", opaque == (void *)&brokers ? "ours" : "?", rd_kafka_name(rk));
}

static void produce(rd_kafka_t *rk, rd_kafka_topic_t *rkt, intptr_t number) {
    CHECK(!rd_kafka_produce(rkt, (int32_t)(number % 2), RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)number), "produce");
    await_deliveries(rk, (int)number + 1);
    CHECK(!deliveries[number].err, "message %d: %s", (int)number, rd_kafka_err2name(deliveries[number].err));
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: %s BROKERS", argv[0]);
    brokers = argv[1];
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, "linger.ms", "0", NULL);
    rd_kafka_conf_set_throttle_cb(conf, throttled);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_conf_set_opaque(conf, (void *)&brokers);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    intptr_t number = 0;

    /* How many connections and metadata requests it takes until both leaders are known and connected is chance. */
    while (number < 4)
        produce(rk, rkt, number++);
    AWAIT((rd_kafka_poll(rk, 10), calls >= 4 + 2), "not told of responses to ApiVersions and Metadata: %d calls", calls);
    for (double quiet_since = pace_s(); pace_s() - quiet_since < 0.5;)
        if (rd_kafka_poll(rk, 10))
            quiet_since = pace_s();

    quiet = false;
    for (; number < 8; number++) {
        printf("message %d\n", (int)number);
        calls = 0;
        produce(rk, rkt, number);
        AWAIT((rd_kafka_poll(rk, 10), calls), "not told of the response to Produce");
        printf("  delivered, %d calls\n", calls);
    }
    const struct rd_kafka_metadata *metadata;
    printf("metadata\n");
    CHECK(!rd_kafka_metadata(rk, 0, rkt, &metadata, hang_ms()), "metadata");
    rd_kafka_metadata_destroy(metadata);
    CHECK(calls == 1, "called by another function than poll");
    AWAIT((rd_kafka_poll(rk, 10), calls > 1), "not told of the response to Metadata");
    printf("  %d calls\n", calls - 1);

    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
