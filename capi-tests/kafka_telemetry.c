/* test: tool */
/*
 * A client that is asked for metrics by a broker, from its first request to its last push: kafka_telemetry BOOTSTRAP producer|consumer
 * TOPIC MESSAGES PUSHES [name=value ...]. With 0 pushes, the only one is that at the client's end. Prints warnings about telemetry.
 */
#include "common.h"

#include <stdatomic.h>

static atomic_int asked, pushed;

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk;
    asked += !strcmp(facility, "GETSUBSCRIPTIONS") && strstr(text, "Handled GetTelemetrySubscriptions");
    pushed += !strcmp(facility, "PUSH") && strstr(text, "PushTelemetryRequest succeeded");
    if (!strcmp(facility, "TELEMETRY") || strstr(text, "Request failed"))
        printf("%d %s %s\n", level, facility, text);
}

static void produce(rd_kafka_t *rk, const char *topic, int messages) {
    for (int i = 0; i < messages; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("value", 5), RD_KAFKA_V_END),
              "produce");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
}

static void run_producer(rd_kafka_t *rk, const char *topic, int messages, bool transactional) {
    if (transactional) {
        CHECK(!rd_kafka_init_transactions(rk, hang_ms()), "init_transactions");
        CHECK(!rd_kafka_begin_transaction(rk), "begin_transaction");
    }
    produce(rk, topic, 1);
    AWAIT(asked, "nobody asks what is wanted");
    produce(rk, topic, messages - 1);
    if (transactional)
        CHECK(!rd_kafka_commit_transaction(rk, hang_ms()), "commit_transaction");
}

static void poll_once(rd_kafka_t *rk, int *got) {
    rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 50);
    if (m) {
        CHECK(!m->err, "%s", rd_kafka_message_errstr(m));
        ++*got;
        rd_kafka_message_destroy(m);
    }
}

/* Reads what is there, asks for the time that it takes to commit, and goes on waiting for more. */
static void run_consumer(rd_kafka_t *rk, const char *topic, int messages, int pushes) {
    int got = 0;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, 0)->offset = 0;
    CHECK(!rd_kafka_assign(rk, list), "assign");
    AWAIT((poll_once(rk, &got), asked), "nobody asks what is wanted");
    AWAIT((poll_once(rk, &got), got >= messages), "%d messages", got);
    CHECK(!rd_kafka_seek_partitions(rk, list, hang_ms()), "seek");
    got = 0;
    AWAIT((poll_once(rk, &got), got >= messages), "%d messages once more", got);
    list->elems[0].offset = messages;
    CHECK(!rd_kafka_commit(rk, list, 0), "commit");
    AWAIT((poll_once(rk, &got), pushed >= pushes), "%d pushes", pushed);
    rd_kafka_topic_partition_list_destroy(list);
}

int main(int argc, char **argv) {
    CHECK(argc >= 6, "kafka_telemetry BOOTSTRAP producer|consumer TOPIC MESSAGES PUSHES [name=value ...]");
    bool consumer = !strcmp(argv[2], "consumer"), transactional = false;
    int messages = atoi(argv[4]), pushes = atoi(argv[5]);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "debug", "telemetry");
    rd_kafka_conf_set_log_cb(conf, on_log);
    for (int i = 6; i < argc; i++) {
        transactional |= !strncmp(argv[i], "transactional.id=", 17);
        conf_set_pair(conf, argv[i]);
    }
    if (consumer) {
        char reason[512];
        rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
        CHECK(rk, "%s", reason);
        rd_kafka_poll_set_consumer(rk);
        run_consumer(rk, argv[3], messages, pushes);
        rd_kafka_destroy(rk);
        return 0;
    }
    rd_kafka_t *rk = new_producer(conf);
    run_producer(rk, argv[3], messages, transactional);
    AWAIT(pushed >= pushes, "%d pushes", pushed);
    rd_kafka_destroy(rk);
    return 0;
}
