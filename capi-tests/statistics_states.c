/* test: tool */
/* Statistics of clients in as many states as there are: a line for each document, `STATE<TAB>DOCUMENT`. harness/statistics.py reads them.
 * An argument: the address of a socket for `statistics.sink`, which the documents are sent to as well. */
#include "common.h"

#define EVERY_MS "50"

static const char *sink, *text; /* TEXT is used as the client's id and as the reason of a fatal error */
static int documents;
static char *last;

static int on_stats(rd_kafka_t *rk, char *json, size_t length, void *opaque) {
    (void)rk, (void)opaque;
    CHECK(strlen(json) == length, "%zu bytes, but length %zu", strlen(json), length);
    free(last);
    last = strdup(json);
    documents++;
    return 0;
}

static rd_kafka_conf_t *conf_with_stats(void) {
    rd_kafka_conf_t *conf = quiet_conf("statistics.interval.ms", EVERY_MS, "linger.ms", "0", "retry.backoff.ms", "20", NULL);
    if (sink)
        conf_set(conf, "statistics.sink", sink);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    return conf;
}

/* Whether the last document has the text, blanks aside: the reference writes some. */
static bool says(const char *text) {
    char *plain = strdup(last), *end = plain;
    for (const char *c = last; *c; c++)
        if (*c != ' ')
            *end++ = *c;
    *end = '\0';
    bool found = strstr(plain, text);
    free(plain);
    return found;
}

/* Serves the client until a document has the text, and prints it. */
static void show(rd_kafka_t *rk, bool consumer, const char *name, const char *text) {
    double given_up = give_up_at();
    bool shown = false;
    documents = 0;
    while (!shown) {
        CHECK(now_s() < given_up, "%s: no document with %s; the last one is %s", name, text, last ? last : "none");
        int before = documents;
        if (consumer) {
            rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 10);
            if (m)
                rd_kafka_message_destroy(m);
        } else {
            rd_kafka_poll(rk, 10);
        }
        shown = documents > before && documents > 1 && says(text);
    }
    printf("%s\t%s\n", name, last);
    fflush(stdout);
}

static void produce(rd_kafka_t *rk, const char *topic, int partition, int count) {
    for (int i = 0; i < count; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE("value", 5),
                                 RD_KAFKA_V_KEY("key", 3), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              "producev");
}

static void without_brokers(void) {
    rd_kafka_t *rk = new_producer(conf_with_stats());
    show(rk, false, "no brokers", "\"brokers\"");
    rd_kafka_destroy(rk);
    rd_kafka_conf_t *conf = conf_with_stats();
    conf_set(conf, "bootstrap.servers", "127.0.0.1:1");
    rk = new_producer(conf);
    produce(rk, "t", 1, 3);
    produce(rk, "t", RD_KAFKA_PARTITION_UA, 3);
    show(rk, false, "unreachable", "\"disconnects\":");
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_destroy(rk);
}

/* A producer that has delivered, one with failures, and consumers of what it wrote. */
static void plain(void) {
    rd_kafka_conf_t *conf = conf_with_stats();
    conf_set(conf, "test.mock.num.brokers", "2");
    conf_set(conf, "client.id", text);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "t", 4);
    produce(rk, "t", RD_KAFKA_PARTITION_UA, 2);
    for (int i = 0; i < 4; i++)
        produce(rk, "t", i, 50);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    show(rk, false, "delivered", "\"msg_cnt\":0,");

    rd_kafka_conf_t *reading = conf_with_stats();
    conf_set(reading, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster));
    conf_set(reading, "group.id", "a group");
    conf_set(reading, "auto.offset.reset", "earliest");
    char reason[512];
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, reading, reason, sizeof(reason));
    CHECK(consumer, "rd_kafka_new: %s", reason);
    rd_kafka_poll_set_consumer(consumer);
    show(consumer, true, "consumer", "\"consumer\"");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(3);
    for (int i = 0; i < 2; i++)
        rd_kafka_topic_partition_list_add(list, "t", i)->offset = 0;
    rd_kafka_topic_partition_list_add(list, "no such topic", 0)->offset = 0;
    CHECK(!rd_kafka_assign(consumer, list), "assign");
    show(consumer, true, "assigned", "\"rxmsgs\":50,");
    rd_kafka_topic_partition_list_destroy(list);
    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 20;
    CHECK(!rd_kafka_commit(consumer, list, false), "commit");
    rd_kafka_topic_partition_list_destroy(list);
    show(consumer, true, "committed", "\"committed_offset\":20,");
    rd_kafka_destroy(consumer);

    rd_kafka_mock_push_request_errors(cluster, 0, 2, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    produce(rk, "t", 0, 1);
    produce(rk, "t", 1, 1);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_mock_broker_set_down(cluster, 2);
    produce(rk, "t", 1, 1);
    show(rk, false, "broker down", "\"msg_cnt\":1,");
    CHECK(!rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT), "purge");
    rd_kafka_destroy(rk);
}

static void idempotent(void) {
    rd_kafka_conf_t *conf = conf_with_stats();
    conf_set(conf, "test.mock.num.brokers", "1");
    conf_set(conf, "enable.idempotence", "true");
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 2);
    produce(rk, "t", 0, 10);
    show(rk, false, "idempotent", "\"idemp_state\":\"Assigned\"");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    CHECK(!rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, text), "fatal");
    show(rk, false, "fatal", "\"fatal\"");
    rd_kafka_destroy(rk);
}

static void done(const char *what, rd_kafka_error_t *error) { CHECK(!error, "%s: %s", what, rd_kafka_error_string(error)); }

static void transactional(void) {
    rd_kafka_conf_t *conf = conf_with_stats();
    conf_set(conf, "test.mock.num.brokers", "1");
    conf_set(conf, "transactional.id", "an id");
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 2);
    done("init", rd_kafka_init_transactions(rk, hang_ms()));
    show(rk, false, "transactional", "\"txn_state\":\"Ready\"");
    done("begin", rd_kafka_begin_transaction(rk));
    produce(rk, "t", 0, 10);
    show(rk, false, "transaction", "\"txn_state\":\"InTransaction\"");
    done("commit", rd_kafka_commit_transaction(rk, hang_ms()));
    show(rk, false, "committed transaction", "\"txn_state\":\"Ready\"");
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    sink = argc > 1 ? argv[1] : NULL;
    text = getenv("TEXT") ? getenv("TEXT") : "a text";
    without_brokers();
    plain();
    idempotent();
    transactional();
    free(last);
    return 0;
}
