/* test: alone valgrind engines */
/*
 * queue.buffering.max.broker.percent: a broker that is gone takes its part of the queue and no more, and whoever is refused for it
 * learns which one it is. Leaders that change, deliveries, purges and blocking calls.
 */
#include "common.h"

#define QUEUE 100
#define SHARE 20
#define FULL "part of it" /* after the broker's name, or that of partitions without a leader: a broker that is gone leads nothing soon */

static int delivered, purged, full_lines;
static char full_line[512];

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    if (!m->err)
        delivered++;
    else if (m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        purged++;
    else
        FAIL("partition %d: %s", m->partition, rd_kafka_message_errstr(m));
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level;
    if (strcmp(facility, "BROKERFULL"))
        return;
    snprintf(full_line, sizeof(full_line), "%s", text);
    __atomic_add_fetch(&full_lines, 1, __ATOMIC_RELAXED);
}

static rd_kafka_conf_t *configured(const char *percent) {
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "0", "queue.buffering.max.messages", "100", "queue.buffering.max.broker.percent", percent,
                                       "topic.metadata.refresh.interval.ms", "50", "retry.backoff.ms", "10", "reconnect.backoff.max.ms", "100", NULL);
    conf_set(conf, "log_level", "4");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return conf;
}

/* A producer that knows the topic `t`: brokers 1 and 2 of a cluster lead two partitions each. */
static rd_kafka_t *connected(const char *percent, rd_kafka_mock_cluster_t **cluster) {
    rd_kafka_conf_t *conf = configured(percent);
    conf_set(conf, "test.mock.num.brokers", "2");
    rd_kafka_t *rk = new_producer(conf);
    *cluster = rd_kafka_handle_mock_cluster(rk);
    rd_kafka_mock_topic_create(*cluster, "t", 4, 2);
    for (int p = 0; p < 4; p++)
        rd_kafka_mock_partition_set_leader(*cluster, "t", p, 1 + p / 2);
    delivered = purged = full_lines = 0;
    return rk;
}

static rd_kafka_error_t *try_produce(rd_kafka_t *rk, int32_t partition, int flags) {
    rd_kafka_vu_t vus[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "t"},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = "value", .size = 5}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY | flags},
    };
    return rd_kafka_produceva(rk, vus, sizeof(vus) / sizeof(*vus));
}

/* Waits until the client knows so many brokers, and has handed the partitions to all of them. */
static void await_brokers(rd_kafka_t *rk, int n) {
    const struct rd_kafka_metadata *metadata;
    int brokers = -1;
    AWAIT((!rd_kafka_metadata(rk, 1, NULL, &metadata, hang_ms()) && (brokers = metadata->broker_cnt, rd_kafka_metadata_destroy(metadata), brokers == n)),
          "%d brokers", brokers);
}

/* Broker 2 goes, and the client knows: its partitions are without a leader, one after the other, so that they take no two parts. */
static void lose_broker_2(rd_kafka_t *rk, rd_kafka_mock_cluster_t *cluster) {
    rd_kafka_mock_broker_set_down(cluster, 2);
    await_brokers(rk, 1);
}

/* Produces until a message is refused, to two partitions by turns; how many were taken. The text is checked. */
static int fill(rd_kafka_t *rk, int32_t first, const char *text) {
    rd_kafka_error_t *error;
    int n = 0;
    while (!(error = try_produce(rk, first + n % 2, 0)))
        CHECK(++n <= QUEUE, "more than the whole queue");
    CHECK(rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__QUEUE_FULL, "%s", rd_kafka_error_string(error));
    CHECK(strstr(rd_kafka_error_string(error), text), "'%s' without '%s'", rd_kafka_error_string(error), text);
    CHECK(!strstr(rd_kafka_error_string(error), FULL) == !strstr(text, FULL), "%s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return n;
}

static void produce(rd_kafka_t *rk, int32_t partition) {
    rd_kafka_error_t *error = try_produce(rk, partition, 0);
    CHECK(!error, "partition %d: %s", partition, rd_kafka_error_string(error));
}

static void await_delivered(rd_kafka_t *rk, int n) {
    AWAIT((rd_kafka_poll(rk, 5), delivered == n), "%d of %d delivered", delivered, n);
}

struct blocked {
    rd_kafka_t *rk;
    int is_over;
};

static void *produce_and_wait(void *opaque) {
    struct blocked *b = opaque;
    rd_kafka_error_t *error = try_produce(b->rk, 2, RD_KAFKA_MSG_F_BLOCK);
    CHECK(!error, "a call that waits: %s", rd_kafka_error_string(error));
    __atomic_store_n(&b->is_over, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* Each message has its own outcome. */
static void check_batch(rd_kafka_t *rk) {
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    rd_kafka_message_t messages[4] = {{.partition = 2}, {.partition = 0}, {.partition = 3}, {.partition = 1}};
    int n = rd_kafka_produce_batch(rkt, 0, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION, messages, 4);
    CHECK(n == 2, "%d of a batch were taken", n);
    for (int i = 0; i < 4; i++) {
        rd_kafka_resp_err_t expected = i % 2 ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR__QUEUE_FULL;
        CHECK(messages[i].err == expected, "message %d: %s", i, rd_kafka_err2name(messages[i].err));
    }
    CHECK(rd_kafka_produce(rkt, 2, RD_KAFKA_MSG_F_COPY, "value", 5, NULL, 0, NULL) == -1, "rd_kafka_produce()");
    CHECK(rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL, "%s", rd_kafka_err2name(rd_kafka_last_error()));
    rd_kafka_topic_destroy(rkt);
}

static void one_broker_is_gone(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *rk = connected("20", &cluster);
    for (int p = 0; p < 4; p++)
        produce(rk, p);
    await_delivered(rk, 4);
    lose_broker_2(rk, cluster);

    int n = fill(rk, 2, FULL);
    CHECK(n == SHARE, "%d messages wait for a broker that is gone", n);
    CHECK(full_lines == 1, "%d lines of the log", full_lines);
    CHECK(strstr(full_line, "20 message(s) (100 bytes) wait for ") && strstr(full_line, "(queue.buffering.max.broker.percent=20)"), "%s", full_line);
    for (int i = 0; i < 10; i++) {
        n = fill(rk, 2, FULL);
        CHECK(n == 0 && full_lines <= 2, "%d more, %d lines of the log", n, full_lines);
    }

    for (int i = 0; i < 50; i++) {
        produce(rk, i % 2);
        if (i % 10 == 9)
            await_delivered(rk, 5 + i);
    }
    check_batch(rk);
    await_delivered(rk, 56);

    /* Half of what waits is for the other broker from now on; a call that waits for space has it. */
    struct blocked blocked = {.rk = rk};
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, produce_and_wait, &blocked), "pthread_create");
    sleep_ms(100);
    CHECK(!__atomic_load_n(&blocked.is_over, __ATOMIC_ACQUIRE), "there was space");
    rd_kafka_mock_partition_set_leader(cluster, "t", 3, 1);
    AWAIT((rd_kafka_poll(rk, 5), __atomic_load_n(&blocked.is_over, __ATOMIC_ACQUIRE)), "a call waits for space that there is");
    pthread_join(thread, NULL);
    await_delivered(rk, 66);
    for (int i = 11; i < SHARE; i++)
        produce(rk, 2);
    rd_kafka_error_t *error = try_produce(rk, 2, 0);
    CHECK(error, "one more than there is space for");
    rd_kafka_error_destroy(error);

    /* What is delivered or purged makes space. */
    rd_kafka_mock_partition_set_leader(cluster, "t", 3, 2);
    rd_kafka_mock_broker_set_up(cluster, 2);
    await_delivered(rk, 66 + SHARE);
    produce(rk, 3);
    await_delivered(rk, 67 + SHARE);
    lose_broker_2(rk, cluster);
    n = fill(rk, 2, FULL);
    CHECK(n == SHARE, "%d messages after deliveries", n);
    CHECK(!rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT), "purge");
    AWAIT((rd_kafka_poll(rk, 5), purged == SHARE), "%d messages are purged", purged);
    n = fill(rk, 2, FULL);
    CHECK(n == SHARE, "%d messages after a purge", n);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(rk);
}

/* While no leader is known there is nobody whose part it could be. */
static void no_leader(void) {
    rd_kafka_conf_t *conf = configured("20");
    conf_set(conf, "bootstrap.servers", "127.0.0.1:1");
    rd_kafka_t *rk = new_producer(conf);
    int n = fill(rk, 0, "Local: Queue full");
    CHECK(n == QUEUE, "%d messages without a leader", n);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(rk);
}

/* What was queued before a leader was known counts for it then. */
static void queued_before(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *rk = connected("20", &cluster);
    rd_kafka_mock_broker_set_down(cluster, 1);
    rd_kafka_mock_broker_set_down(cluster, 2);
    for (int i = 0; i < 2 * SHARE; i++)
        produce(rk, 2);
    produce(rk, 0);
    rd_kafka_mock_broker_set_up(cluster, 1);
    await_delivered(rk, 1);
    await_brokers(rk, 1); /* partition 0 has its leader before partition 2 is known to have none */
    int n = fill(rk, 2, FULL);
    CHECK(n == 0, "%d more than before", n);
    rd_kafka_mock_broker_set_up(cluster, 2);
    await_delivered(rk, 1 + 2 * SHARE);
    produce(rk, 2);
    await_delivered(rk, 2 + 2 * SHARE);
    rd_kafka_destroy(rk);
}

static void without_limit(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *rk = connected("100", &cluster);
    for (int p = 0; p < 4; p++)
        produce(rk, p);
    await_delivered(rk, 4);
    rd_kafka_mock_broker_set_down(cluster, 2);
    int n = fill(rk, 2, "Local: Queue full");
    CHECK(n == QUEUE && !full_lines, "%d messages, %d lines of the log", n, full_lines);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(rk);
}

int main(void) {
    one_broker_is_gone();
    no_leader();
    queued_before();
    without_limit();
    return 0;
}
