/* test: tool */
/*
 * A producer and consumers on a cluster: reference_on_mock BROKERS idempotent|transactions COUNT [name=value ...]
 *
 * Produces COUNT messages to the topic `t`, in transactions with aborted ones between them where that is asked for, and
 * reads them back: every byte of every message in its partition's order, and nothing of what was aborted.
 */
#include "common.h"
#include "content.h"

#define PER_TRANSACTION 1000

static size_t delivered;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    CHECK(!m->err, "not delivered: %s", rd_kafka_err2name(m->err));
    delivered++;
}

static void apply(rd_kafka_conf_t *conf, char **options, int count) {
    for (int i = 0; i < count; i++) {
        char name[64];
        const char *equals = strchr(options[i], '=');
        CHECK(equals && (size_t)(equals - options[i]) < sizeof(name), "%s: not name=value", options[i]);
        snprintf(name, sizeof(name), "%.*s", (int)(equals - options[i]), options[i]);
        conf_set(conf, name, equals + 1);
    }
}

static void produce(rd_kafka_t *rk, size_t n, bool aborted) {
    unsigned char value[MAX_VALUE];
    size_t length = content(n, value);
    rd_kafka_resp_err_t err;
    for (;;) {
        err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION((int32_t)(n % PARTITIONS)),
                                RD_KAFKA_V_KEY(aborted ? "aborted" : "good", aborted ? 7 : 4),
                                RD_KAFKA_V_VALUE(value, length), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                RD_KAFKA_V_END);
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            break;
        rd_kafka_poll(rk, 10);
    }
    CHECK(!err, "message %zu: %s", n, rd_kafka_err2name(err));
    if (n % 256 == 0)
        rd_kafka_poll(rk, 0);
}

static void must(rd_kafka_error_t *error, const char *what) {
    CHECK(!error, "%s: %s", what, rd_kafka_error_string(error));
}

/* Position `offset` of the group `g` in partition 0, as part of the transaction. */
static void send_offset(rd_kafka_t *rk, int64_t offset) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = offset;
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new("g");
    must(rd_kafka_send_offsets_to_transaction(rk, list, group, 20000), "send_offsets_to_transaction");
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Every fifth transaction is aborted. Returns how many messages were. */
static size_t in_transactions(rd_kafka_t *rk, size_t count) {
    size_t aborted = 0, round = 0;
    must(rd_kafka_init_transactions(rk, hang_ms()), "init_transactions");
    for (size_t n = 0; n < count; round++) {
        bool abort = round % 5 == 2;
        size_t until = n + PER_TRANSACTION < count ? n + PER_TRANSACTION : count;
        must(rd_kafka_begin_transaction(rk), "begin_transaction");
        for (size_t i = n; i < until; i++)
            produce(rk, i, abort);
        if (round % 5 >= 1 && round % 5 <= 2)
            send_offset(rk, (int64_t)round);
        if (abort) {
            CHECK(!rd_kafka_flush(rk, hang_ms()), "flush"); /* so that there is something in the log to be left out */
            must(rd_kafka_abort_transaction(rk, hang_ms()), "abort_transaction");
            aborted += until - n;
        } else {
            must(rd_kafka_commit_transaction(rk, hang_ms()), "commit_transaction");
            n = until;
        }
    }
    return aborted;
}

static size_t read_back(const char *brokers, const char *isolation, char **options, int option_count, bool exact) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[512];
    apply(conf, options, option_count);
    conf_set(conf, "bootstrap.servers", brokers);
    conf_set(conf, "group.id", "reader");
    conf_set(conf, "isolation.level", isolation);
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "auto.offset.reset", "error");
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    CHECK(rk, "%s", reason);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int p = 0; p < PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(list, "t", p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    CHECK(!rd_kafka_assign(rk, list), "assign");
    size_t count = 0, next[PARTITIONS], ended = 0;
    for (size_t p = 0; p < PARTITIONS; p++)
        next[p] = p;
    double deadline = give_up_at();
    while (ended < PARTITIONS) {
        CHECK(now_s() < deadline, "%s: only %zu messages in time", isolation, count);
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 1000);
        if (!m)
            continue;
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ended++;
        } else {
            CHECK(!m->err, "%s", rd_kafka_message_errstr(m));
            count++;
            if (exact) {
                unsigned char value[MAX_VALUE];
                size_t length = content(next[m->partition], value);
                CHECK(m->len == length && !memcmp(m->payload, value, length), "message %zu differs", next[m->partition]);
                CHECK(m->key_len == 4 && !memcmp(m->key, "good", 4), "an aborted message is visible");
                next[m->partition] += PARTITIONS;
            }
        }
        rd_kafka_message_destroy(m);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return count;
}

static int64_t committed(const char *brokers, char **options, int option_count) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[512];
    apply(conf, options, option_count);
    conf_set(conf, "bootstrap.servers", brokers);
    conf_set(conf, "group.id", "g");
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    CHECK(rk, "%s", reason);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0);
    rd_kafka_resp_err_t err = rd_kafka_committed(rk, list, 20000);
    CHECK(!err, "committed: %s", rd_kafka_err2name(err));
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
    return offset;
}

static size_t produce_all(const char *brokers, bool transactions, size_t count, char **options, int option_count) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    apply(conf, options, option_count);
    conf_set(conf, "bootstrap.servers", brokers);
    conf_set(conf, "enable.idempotence", "true");
    conf_set(conf, "linger.ms", "5");
    if (transactions)
        conf_set(conf, "transactional.id", "tx");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    CHECK(rk, "%s", reason);
    size_t aborted = 0;
    if (transactions) {
        aborted = in_transactions(rk, count);
        CHECK(aborted > 0 || count < 3 * PER_TRANSACTION, "nothing was aborted");
    } else {
        for (size_t n = 0; n < count; n++)
            produce(rk, n, false);
    }
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush: %d left", rd_kafka_outq_len(rk));
    CHECK(delivered == count + aborted, "%zu reports for %zu messages", delivered, count + aborted);
    rd_kafka_destroy(rk);
    return aborted;
}

int main(int argc, char **argv) {
    CHECK(argc >= 4, "usage: reference_on_mock BROKERS idempotent|transactions COUNT [name=value ...]");
    bool transactions = !strcmp(argv[2], "transactions");
    size_t count = (size_t)atol(argv[3]);
    char **options = argv + 4;
    int option_count = argc - 4;
    /* Another library may have produced: then this only produces, or only reads, be it what was committed. */
    const char *only = getenv("ONLY"), *known = getenv("ABORTED");
    size_t aborted = known ? (size_t)atol(known) : 0;

    if (!only || !strcmp(only, "produce"))
        aborted = produce_all(argv[1], transactions, count, options, option_count);
    if (only && !strcmp(only, "produce")) {
        printf("aborted %zu\n", aborted);
        return 0;
    }
    size_t good = read_back(argv[1], "read_committed", options, option_count, true);
    CHECK(good == count, "%zu messages read, %zu produced", good, count);
    if (only && !strcmp(only, "committed")) {
        printf("%zu messages of %s, offset %" PRId64 "\n", good, rd_kafka_version_str(),
               committed(argv[1], options, option_count));
        return 0;
    }
    size_t all = read_back(argv[1], "read_uncommitted", options, option_count, false);
    CHECK(all == count + aborted, "%zu messages in all, %zu expected", all, count + aborted);
    if (transactions && count > 2 * PER_TRANSACTION) {
        int64_t offset = committed(argv[1], options, option_count);
        CHECK(offset > 0 && offset % 5 == 1, "committed offset %" PRId64 " is not of a committed transaction", offset);
    }
    printf("%zu messages of %s, %zu aborted\n", good, rd_kafka_version_str(), aborted);
    return 0;
}
