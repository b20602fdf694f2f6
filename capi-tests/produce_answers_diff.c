/* test: differential valgrind engines */
/* Answers to Produce that a broker should not give, and those that name culprits: the error, status, offset and text of each message. */
#include "deliveries.h"
#include "odd_broker.h"

static const char *texts[3];

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    const char *text = rd_kafka_message_produce_errstr(m);
    keep_delivery(rk, m, opaque);
    texts[(intptr_t)m->_private] = text ? strdup(text) : NULL;
}

static const struct answer {
    const char *name;
    int topics, partitions; /* as counted in the answer */
    int code;
    int64_t offset;
    int culprits[3], culprit_count;
    int messages;
} answers[] = {
    {"no topics", 0, 1, 0, 0, {0}, 0, 1},
    {"topics: NULL", -1, 1, 0, 0, {0}, 0, 1},
    {"topics: negative", -2, 1, 0, 0, {0}, 0, 1},
    {"topics: more than there are", 2, 1, 0, 0, {0}, 0, 1},
    {"no partitions", 1, 0, 0, 0, {0}, 0, 1},
    {"partitions: NULL", 1, -1, 0, 0, {0}, 0, 1},
    {"partitions: negative", 1, -5, 0, 0, {0}, 0, 1},
    {"partitions: as many as possible", 1, 0x7fffffff, 0, 0, {0}, 0, 1},
    {"too large", 1, 1, 10, -1, {0}, 0, 1},
    {"invalid", 1, 1, 87, -1, {0}, 0, 1},
    {"invalid, with an offset", 1, 1, 87, 100, {0}, 0, 3},
    {"invalid, with an odd offset", 1, 1, 87, -7, {0}, 0, 1},
    {"one culprit of one", 1, 1, 87, -1, {0}, 1, 1},
    {"one culprit of three", 1, 1, 87, -1, {1}, 1, 3},
    {"one culprit of three, another code", 1, 1, 10, -1, {1}, 1, 3},
    {"one culprit that was not sent", 1, 1, 87, -1, {7}, 1, 3},
    {"one culprit before the first", 1, 1, 87, -1, {-1}, 1, 3},
    {"two culprits", 1, 1, 87, -1, {0, 2}, 2, 3},
    {"two culprits, another code", 1, 1, 10, -1, {0, 1}, 2, 3},
    {"all are culprits", 1, 1, 87, -1, {0, 1, 2}, 3, 3},
};

static const struct answer *answer;

static void answer_produce(int version) {
    put(answer->topics, 4), put_text("t"), put(answer->partitions, 4), put_produced(version, answer->code, answer->offset);
    put(answer->culprit_count, 4);
    /* The reference shows what is left in memory where the text of a culprit was, so there is none. */
    for (int i = 0; i < answer->culprit_count; i++)
        put(answer->culprits[i], 4), put_text(NULL);
    put_text(NULL), put(0, 4);
}

static void run(const char *idempotent) {
    start_odd_broker();
    odd.produce = answer_produce;
    forget_deliveries();
    /* The messages are one batch, which leaves when it is full. */
    char count[8];
    snprintf(count, sizeof(count), "%d", answer->messages);
    rd_kafka_conf_t *conf = quiet_conf("enable.idempotence", idempotent, "linger.ms", "30000", "batch.num.messages", count, "retries", "2", "retry.backoff.ms", "20",
                                       "message.timeout.ms", "300000", NULL);
    odd_bootstrap(conf);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    CHECK(rkt, "topic_new");
    rd_kafka_message_t messages[3] = {{0}};
    for (int i = 0; i < answer->messages; i++)
        messages[i] = (rd_kafka_message_t){.payload = "v", .len = 1, ._private = (void *)(intptr_t)i};
    CHECK(rd_kafka_produce_batch(rkt, 0, RD_KAFKA_MSG_F_COPY, messages, answer->messages) == answer->messages, "produce_batch");
    await_deliveries(rk, answer->messages);
    printf("%s%s:\n", answer->name, idempotent[0] == 't' ? ", idempotent" : "");
    for (int i = 0; i < answer->messages; i++) {
        const struct delivery *d = &deliveries[i];
        printf("  %s status %d", rd_kafka_err2name(d->err), d->status);
        /* From a negative offset the reference counts up. */
        if (i == 0 || answer->offset >= 0)
            printf(" offset %" PRId64, d->offset);
        printf(" %s\n", texts[i] ? texts[i] : "-");
        free((void *)texts[i]);
    }
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    stop_odd_broker();
}

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        answer = &answers[i];
        if (argc > 1 && strcmp(argv[1], answer->name))
            continue;
        run("false");
        run("true");
    }
    return 0;
}
