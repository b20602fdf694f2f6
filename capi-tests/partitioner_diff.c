/* test: differential valgrind engines */
/* Where messages go: 1,000 keys over 7 partitions by the default partitioner, no key, sticky, fixed, unknown topic yet. */
#include "deliveries.h"

static void produce_keys(rd_kafka_t *rk, const char *topic, int count, const char *format) {
    for (int i = 0; i < count; i++) {
        char key[64];
        int length = snprintf(key, sizeof(key), format, i, i * 7919);
        rd_kafka_resp_err_t err;
        while ((err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key, (size_t)length),
                                        RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_OPAQUE((void *)(intptr_t)i),
                                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)))
            FAIL("producev: %s", rd_kafka_err2name(err));
    }
    await_deliveries(rk, count);
    for (int i = 0; i < count; i++)
        CHECK(!deliveries[i].err, "%s", rd_kafka_err2name(deliveries[i].err));
}

static void by_key(const char *name, const char *value) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", NULL);
    if (name)
        conf_set(conf, name, value);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "seven", 7);
    forget_deliveries();
    /* The first round starts before the topic is known: the partition is chosen when its metadata comes. */
    for (int round = 0; round < 2; round++) {
        produce_keys(rk, "seven", 1000, "key-%d-%d");
        printf("%s round %d:", name ? value : "default", round);
        for (int i = 0; i < 1000; i++)
            printf(" %d", deliveries[i].partition);
        putchar('\n');
        forget_deliveries();
    }
    rd_kafka_destroy(rk);
}

/* How many partitions 2,000 messages without a key reach, as a class. */
static void without_key(const char *sticky_ms, const char *partitioner, const void *key) {
    int reached = 0, seen[7] = {0};
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "sticky.partitioning.linger.ms", sticky_ms, "partitioner", partitioner, NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "seven", 7);
    forget_deliveries();
    produce_keys(rk, "seven", 1, "warm"); /* the topic is known from here on */
    forget_deliveries();
    double began = pace_s();
    for (int i = 0; i < 2000; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("seven"), RD_KAFKA_V_KEY(key, 0), RD_KAFKA_V_VALUE("v", 1),
                                 RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              "producev");
    double took = pace_s() - began;
    await_deliveries(rk, 2000);
    for (int i = 0; i < 2000; i++)
        seen[deliveries[i].partition]++;
    for (int p = 0; p < 7; p++)
        reached += seen[p] > 0;
    CHECK(took < 10, "producing took %.1f s", took);
    int fewest = 2000;
    for (int p = 0; p < 7; p++)
        fewest = seen[p] < fewest ? seen[p] : fewest;
    /* Where the key says, also if there is none, it is the same one in every run. */
    char where[32];
    snprintf(where, sizeof(where), "partition %d", deliveries[0].partition);
    /* At random, the expected 286 per partition fall below 200 about once in ten million runs. */
    printf("sticky %s, %s, key %s: %s\n", sticky_ms, partitioner, key ? "empty" : "null",
           reached == 1                    ? (strstr(partitioner, "random") ? "one partition" : where)
           : reached == 7 && fewest >= 200 ? "spread evenly"
                                           : "something between");
    forget_deliveries();
    rd_kafka_destroy(rk);
}

/* The application's own partitioner: the last byte of the key. */
static int32_t last_byte(const rd_kafka_topic_t *rkt, const void *key, size_t length, int32_t count, void *topic_opaque,
                         void *message_opaque) {
    CHECK(topic_opaque == deliveries, "wrong topic opaque");
    CHECK((intptr_t)message_opaque >= 0 && (intptr_t)message_opaque < 100, "wrong message opaque");
    int32_t partition = ((const unsigned char *)key)[length - 1] % count;
    return rd_kafka_topic_partition_available(rkt, partition) ? partition : 0;
}

static void by_callback(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "seven", 7);
    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    rd_kafka_topic_conf_set_partitioner_cb(topic_conf, last_byte);
    rd_kafka_topic_conf_set_opaque(topic_conf, deliveries);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "seven", topic_conf);
    CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "warm", 4, NULL, 0, NULL), "produce");
    await_deliveries(rk, 1);
    forget_deliveries();
    int accepted = 0;
    for (int i = 0; i < 100; i++) {
        char key[16];
        int length = snprintf(key, sizeof(key), "%d", i);
        int result = rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, "v", 1, key, (size_t)length,
                                      (void *)(intptr_t)i);
        if (result)
            printf("refused %d: %s\n", i, rd_kafka_err2name(rd_kafka_last_error()));
        accepted += !result;
    }
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    printf("accepted %d:", accepted);
    for (int i = 0; i < 100; i++)
        if (deliveries[i].reports)
            printf(" %d/%s", deliveries[i].partition, rd_kafka_err2name(deliveries[i].err));
    putchar('\n');
    forget_deliveries();
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static int asked;

static int32_t count_calls(const rd_kafka_topic_t *rkt, const void *key, size_t length, int32_t count, void *topic_opaque, void *message_opaque) {
    (void)rkt, (void)key, (void)length, (void)count, (void)topic_opaque, (void)message_opaque;
    asked++;
    return 2;
}

/* Whether the application's own partitioner is asked about messages that have no key, or an empty one. */
static void by_callback_without_key(const char *sticky_ms) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "sticky.partitioning.linger.ms", sticky_ms, NULL);
    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    rd_kafka_topic_conf_set_partitioner_cb(topic_conf, count_calls);
    rd_kafka_conf_set_default_topic_conf(conf, topic_conf);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "seven", 7);
    forget_deliveries();
    for (int round = 0; round < 2; round++) { /* before the topic is known, and after */
        asked = 0;
        for (int i = 0; i < 100; i++)
            CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("seven"), RD_KAFKA_V_KEY((i % 2 ? "" : NULL), 0), RD_KAFKA_V_VALUE("v", 1),
                                     RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
                  "producev");
        await_deliveries(rk, 100);
        printf("own partitioner, sticky %s: asked %d times of 100\n", sticky_ms, asked);
        for (int i = 1; i < 100; i += 2)
            CHECK(deliveries[i].partition == 2, "partition %d", deliveries[i].partition);
        forget_deliveries();
    }
    rd_kafka_destroy(rk);
}

static const char *const partitioners[] = {"random", "consistent", "consistent_random", "murmur2", "murmur2_random", "fnv1a", "fnv1a_random"};

int main(void) {
    by_key(NULL, NULL);
    by_key("partitioner", "consistent");
    by_key("partitioner", "murmur2");
    by_key("partitioner", "murmur2_random");
    by_key("partitioner", "fnv1a");
    by_key("partitioner", "fnv1a_random");
    by_callback();
    by_callback_without_key("0");
    by_callback_without_key("10");
    for (size_t i = 0; i < sizeof(partitioners) / sizeof(partitioners[0]); i++) {
        without_key("0", partitioners[i], NULL);
        without_key("600000", partitioners[i], NULL);
        without_key("600000", partitioners[i], "");
    }

    rd_kafka_t *rk = new_producer(quiet_conf(NULL, NULL));
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    for (int i = 0; i < 20; i++) {
        char key[32];
        int length = snprintf(key, sizeof(key), "%d", i * i * 31);
        printf("%s: %d\n", key, rd_kafka_msg_partitioner_consistent(rkt, key, (size_t)length, 1000, NULL, NULL));
    }
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
