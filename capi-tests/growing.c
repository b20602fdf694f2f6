/* test: tool */
/*
 * Produces to topics that grow: partitions are added and topics made while the producer runs, so that messages reach
 * partitions of which their broker has just been told, or has not been told yet.
 *
 *   growing BROKERS MESSAGES RATE REPLICATION REPORT [-X name=value]...
 *
 * REPORT gets one line per delivery report: topic, partition, offset, message number, error name. The value of a message is its number.
 */
#include "common.h"

#define PARTITIONS_ADDED 4
#define MOST_PARTITIONS 32

static FILE *report;
static int reported;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    reported++;
    fprintf(report, "%s\t%d\t%" PRId64 "\t%.*s\t%s\n", rd_kafka_topic_name(m->rkt), m->partition, m->offset, (int)m->len,
            (const char *)m->payload, rd_kafka_err2name(m->err));
}

/* What becomes of admin requests does not matter: brokers are killed on the way, and the next one does what this one has not. */
static void create_topic(rd_kafka_t *rk, rd_kafka_queue_t *outcomes, const char *name, int replication) {
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, PARTITIONS_ADDED, replication, NULL, 0);
    rd_kafka_CreateTopics(rk, &topic, 1, NULL, outcomes);
    rd_kafka_NewTopic_destroy(topic);
}

static void add_partitions(rd_kafka_t *rk, rd_kafka_queue_t *outcomes, const char *name, size_t total) {
    char reason[256];
    rd_kafka_NewPartitions_t *more = rd_kafka_NewPartitions_new(name, total, reason, sizeof(reason));
    CHECK(more, "%s", reason);
    rd_kafka_CreatePartitions(rk, &more, 1, NULL, outcomes);
    rd_kafka_NewPartitions_destroy(more);
}

static void forget_outcomes(rd_kafka_queue_t *outcomes) {
    for (rd_kafka_event_t *ev; (ev = rd_kafka_queue_poll(outcomes, 0));)
        rd_kafka_event_destroy(ev);
}

int main(int argc, char **argv) {
    CHECK(argc >= 6, "usage: growing BROKERS MESSAGES RATE REPLICATION REPORT [options]");
    int messages = atoi(argv[2]), rate = atoi(argv[3]), replication = atoi(argv[4]);
    rd_kafka_conf_t *conf = rd_kafka_conf_new(), *admin_conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(admin_conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "log_level", "2");
    conf_set(admin_conf, "log_level", "2");
    conf_set(conf, "enable.idempotence", "true");
    /* Each message is a batch, so that many are in flight; and new partitions are known as early as can be. */
    conf_set(conf, "batch.num.messages", "1");
    conf_set(conf, "sticky.partitioning.linger.ms", "0");
    conf_set(conf, "partitioner", "random");
    conf_set(conf, "topic.metadata.refresh.interval.ms", "50");
    /* However long a broker takes to come back. */
    conf_set(conf, "message.timeout.ms", "0");
    for (int i = 6; i + 1 < argc; i += 2) {
        CHECK(!strcmp(argv[i], "-X"), "unknown option %s", argv[i]);
        conf_set_pair(conf, argv[i + 1]);
    }
    CHECK((report = fopen(argv[5], "w")), "%s: cannot write", argv[5]);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf), *admin = new_producer(admin_conf);
    rd_kafka_queue_t *outcomes = rd_kafka_queue_new(admin);

    char name[32], value[16];
    size_t partitions = 0;
    double began = now_s();
    for (int n = 0; n < messages; n++) {
        if (n % (rate / 4) == 0) {
            forget_outcomes(outcomes);
            if (partitions % MOST_PARTITIONS == 0) {
                snprintf(name, sizeof(name), "growing-%d", n);
                create_topic(admin, outcomes, name, replication);
                partitions = PARTITIONS_ADDED;
            } else {
                partitions += PARTITIONS_ADDED;
                add_partitions(admin, outcomes, name, partitions);
            }
        }
        int len = snprintf(value, sizeof(value), "%d", n);
        rd_kafka_resp_err_t err;
        while ((err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                        RD_KAFKA_V_VALUE(value, (size_t)len), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(rk, 50);
        CHECK(!err, "produce %d: %s", n, rd_kafka_err2name(err));
        while (now_s() - began < (double)n / rate)
            rd_kafka_poll(rk, 1);
    }
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, -1);
    CHECK(!err, "flush: %s, %d in queue", rd_kafka_err2name(err), rd_kafka_outq_len(rk));
    CHECK(reported == messages, "%d of %d messages were reported", reported, messages);
    CHECK(!rd_kafka_fatal_error(rk, NULL, 0), "a fatal error");
    fclose(report);
    forget_outcomes(outcomes);
    rd_kafka_queue_destroy(outcomes);
    rd_kafka_destroy(admin);
    rd_kafka_destroy(rk);
    return 0;
}
