/* test: differential limit=90 */
/*
 * When ProduceRequests leave and what is in them: every request's size, seen by an interceptor, under batch.num.messages,
 * batch.size, message.max.bytes, linger.ms, flush(), max.in.flight and retry back-off. Timestamps are fixed, so a size says
 * which messages are in the request.
 */
#include "deliveries.h"

#define MAX_REQUESTS 4096

static struct {
    size_t size;
    struct stopwatch at;
} requests[MAX_REQUESTS];
static int request_count; /* written by one broker thread, read after flush */

static rd_kafka_resp_err_t on_request_sent(rd_kafka_t *rk, int fd, const char *name, int32_t id, int16_t key, int16_t version,
                                           int32_t correlation_id, size_t size, void *opaque) {
    (void)rk, (void)fd, (void)name, (void)id, (void)version, (void)correlation_id, (void)opaque;
    if (key == 0) {
        int n = __atomic_load_n(&request_count, __ATOMIC_ACQUIRE);
        CHECK(n < MAX_REQUESTS, "too many requests");
        requests[n].size = size;
        requests[n].at = start_watch();
        __atomic_store_n(&request_count, n + 1, __ATOMIC_RELEASE);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text, size_t size) {
    (void)conf, (void)opaque, (void)text, (void)size;
    return rd_kafka_interceptor_add_on_request_sent(rk, "count", on_request_sent, NULL);
}

/* A producer on one broker with topic `t` of 4 partitions, connected, nothing counted yet. */
static rd_kafka_t *start(rd_kafka_conf_t *conf, rd_kafka_mock_cluster_t **cluster) {
    conf_set(conf, "test.mock.num.brokers", "1");
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_conf_interceptor_add_on_new(conf, "count", on_new, NULL);
    rd_kafka_t *rk = new_producer(conf);
    *cluster = mock_with_topic(rk, "t", 4);
    CHECK(!rd_kafka_mock_set_apiversion(*cluster, 0, 0, 7), "set_apiversion");
    for (int p = 0; p < 4; p++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(p), RD_KAFKA_V_VALUE("first", 5),
                                 RD_KAFKA_V_END),
              "produce");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    forget_deliveries();
    request_count = 0;
    return rk;
}

static int produced;

/* The same, but the broker is down: what is produced now is found in one piece when it comes up. */
static rd_kafka_t *start_cold(rd_kafka_conf_t *conf, rd_kafka_mock_cluster_t **cluster) {
    conf_set(conf, "test.mock.num.brokers", "1");
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_conf_interceptor_add_on_new(conf, "count", on_new, NULL);
    rd_kafka_t *rk = new_producer(conf);
    *cluster = mock_with_topic(rk, "t", 4);
    /* Whoever has asked for the versions already has to ask again. */
    CHECK(!rd_kafka_mock_broker_set_down(*cluster, 1), "set_down");
    CHECK(!rd_kafka_mock_set_apiversion(*cluster, 0, 0, 7), "set_apiversion");
    request_count = 0;
    return rk;
}

static void produce(rd_kafka_t *rk, int partition, int size) {
    static char value[100000];
    rd_kafka_resp_err_t err = rd_kafka_producev(
        rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE(value, (size_t)size),
        RD_KAFKA_V_TIMESTAMP(1700000000000), RD_KAFKA_V_OPAQUE((void *)(intptr_t)produced++), RD_KAFKA_V_END);
    CHECK(!err, "produce: %s", rd_kafka_err2name(err));
}

/* All is delivered: says in which requests. */
static void finish(rd_kafka_t *rk, const char *what) {
    int n = produced;
    CHECK(!rd_kafka_flush(rk, hang_ms()), "%s: flush", what);
    await_deliveries(rk, n);
    printf("%s:", what);
    for (int i = 0; i < request_count; i++)
        printf(" %zu", requests[i].size);
    printf("\n");
    CHECK(request_count > 0, "%s: no request was seen", what);
    for (int i = 0; i < n; i++)
        CHECK(!deliveries[i].err && deliveries[i].reports == 1, "%s: message %d: %s", what, i, rd_kafka_err2name(deliveries[i].err));
    produced = 0;
    forget_deliveries();
    request_count = 0;
    rd_kafka_destroy(rk);
}

/* `n` messages of growing size to one partition, cut into batches when flush() begins. */
static void limits(const char *what, const char *name, const char *value, int n, int size, int step) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *rk = start(quiet_conf("linger.ms", "10000", name, value, NULL), &cluster);
    for (int i = 0; i < n; i++)
        produce(rk, 1, size + i * step);
    finish(rk, what);
}

static int by_size(const void *a, const void *b) {
    const size_t *x = a, *y = b; /* the size is the first member */
    return (*x > *y) - (*x < *y);
}

int main(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *rk;

    limits("batch.num.messages=7", "batch.num.messages", "7", 40, 10, 1);
    limits("batch.num.messages=1", "batch.num.messages", "1", 9, 10, 1);
    limits("batch.size=1000", "batch.size", "1000", 60, 50, 1);
    limits("batch.size=1", "batch.size", "1", 9, 50, 1);
    limits("batch.size=1000, large messages", "batch.size", "1000", 8, 900, 30);
    limits("message.max.bytes=2000", "message.max.bytes", "2000", 40, 300, 7);
    limits("message.max.bytes=1000, as large as may be", "message.max.bytes", "1000", 8, 920, 1);
    limits("lz4", "compression.codec", "lz4", 300, 1000, 0);
    limits("batch.size by default", "compression.codec", "none", 1200, 1000, 0);

    /* Full batches, then what is left: at once as far as the output buffer goes, else after its linger time. */
    /* (Not for just as many as there are batches: another request may stand in the buffer of the reference.) */
    const char *thresholds[] = {"1", "10"};
    for (int i = 0; i < 2; i++) {
        rk = start_cold(quiet_conf("linger.ms", "30000", "batch.num.messages", "4", "queue.buffering.backpressure.threshold",
                                   thresholds[i], NULL),
                        &cluster);
        for (int n = 0; n < 10; n++)
            produce(rk, 1, 10 + n);
        CHECK(!rd_kafka_mock_broker_set_up(cluster, 1), "set_up");
        AWAIT((rd_kafka_poll(rk, 10), delivery_count >= 8), "%d of 8 reports", delivery_count);
        double before = pace_s();
        while (delivery_count < 10 && pace_s() - before < 0.5)
            rd_kafka_poll(rk, 10);
        printf("threshold %s: the rest %s\n", thresholds[i], delivery_count < 10 ? "later" : "at once");
        finish(rk, "backpressure");
    }

    /* Several partitions: the same batches of each. Whose turn comes when hangs on timing in the reference. */
    rk = start(quiet_conf("linger.ms", "10000", "batch.num.messages", "3", NULL), &cluster);
    for (int i = 0; i < 36; i++)
        produce(rk, i % 4, 100 * (i % 4 + 1));
    CHECK(!rd_kafka_flush(rk, hang_ms()), "turns: flush");
    qsort(requests, (size_t)request_count, sizeof(requests[0]), by_size);
    finish(rk, "turns");

    /* A batch that is full leaves before its linger time. */
    rk = start(quiet_conf("linger.ms", "30000", "batch.num.messages", "10", NULL), &cluster);
    for (int i = 0; i < 25; i++)
        produce(rk, 2, 10 + i);
    AWAIT((rd_kafka_poll(rk, 10), delivery_count >= 20), "%d of 20 reports", delivery_count);
    printf("full batches leave at once: %d requests, %d delivered\n", request_count, delivery_count);
    finish(rk, "full and the rest");

    /* Messages within the linger time share a request; one that comes later waits as long. */
    rk = start(quiet_conf("linger.ms", "2000", NULL), &cluster);
    for (int i = 0; i < 4; i++) {
        produce(rk, 3, 20);
        sleep_ms(20);
    }
    AWAIT((rd_kafka_poll(rk, 10), delivery_count == 4), "%d of 4 reports", delivery_count);
    struct stopwatch began = start_watch();
    produce(rk, 3, 30);
    AWAIT((rd_kafka_poll(rk, 10), delivery_count == 5), "%d of 5 reports", delivery_count);
    printf("waited for the linger time: %s\n", in_time(began, 1.99, 2.5));
    finish(rk, "linger.ms=2000");

    /* flush() ends the linger time, also of what is produced while somebody waits in it. */
    rk = start(quiet_conf("linger.ms", "10000", NULL), &cluster);
    for (int i = 0; i < 5; i++)
        produce(rk, 0, 40 + i);
    began = start_watch();
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    printf("flush is immediate: %s\n", in_time(began, 0, 5));
    finish(rk, "flush");

    /* One request at a time: nobody overtakes. */
    rk = start(quiet_conf("linger.ms", "30000", "max.in.flight", "1", "batch.num.messages", "2", NULL), &cluster);
    rd_kafka_mock_broker_set_rtt(cluster, 1, 50);
    for (int i = 0; i < 8; i++)
        produce(rk, 1, 10 + i);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    for (int i = 1; i < request_count; i++)
        CHECK(requests[i].at.wall - requests[i - 1].at.wall > 0.04, "request %d left %.3f s after the one before", i,
              requests[i].at.wall - requests[i - 1].at.wall);
    finish(rk, "max.in.flight=1");

    /*
     * A refused batch goes again as it was, after its back-off time. (What the reference does with the batch behind it is not
     * compared: with max.in.flight=1 it has that in its output buffer already, where it overtakes the refused one. Ours keeps
     * the order.)
     */
    rk = start(quiet_conf("linger.ms", "30000", "batch.num.messages", "8", "retry.backoff.ms", "400", NULL), &cluster);
    rd_kafka_mock_push_request_errors(cluster, 0, 1, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    for (int i = 0; i < 8; i++)
        produce(rk, 1, 10 + i);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    CHECK(request_count == 2, "%d requests", request_count);
    /* 400 ms and a fifth more or less, by chance. */
    double gap = requests[1].at.wall - requests[0].at.wall, pace = requests[1].at.pace - requests[0].at.pace;
    printf("back-off: %s\n", gap > 0.31 && pace < 0.9 ? "retry.backoff.ms" : "another");
    finish(rk, "retry");
    return 0;
}
