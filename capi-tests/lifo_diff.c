/* test: differential valgrind engines */
/* queuing.strategy=lifo: what waits for its broker leaves newest first, within a batch too. */
#include "deliveries.h"

#define COUNT 23

/* The places of the messages in the log. A batch that was sent again, after its answer was late, stands behind its first copy. */
static void show(const char *what) {
    printf("%s:", what);
    for (int i = 0; i < COUNT; i++) {
        int before = 0;
        for (int other = 0; other < COUNT; other++)
            before += deliveries[other].offset < deliveries[i].offset;
        printf(" %s%d", deliveries[i].err ? rd_kafka_err2name(deliveries[i].err) : "", before);
    }
    puts("");
}

static void produce_all(rd_kafka_topic_t *rkt) {
    for (int i = 0; i < COUNT; i++) {
        char value[32];
        int n = snprintf(value, sizeof(value), "value %d", i);
        CHECK(!rd_kafka_produce(rkt, 1, RD_KAFKA_MSG_F_COPY, value, (size_t)n, NULL, 0, (void *)(intptr_t)i), "produce");
    }
}

static int all_down;

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)reason, (void)opaque;
    all_down += err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

static void behind_a_broker_that_is_down(const char *strategy, const char *per_batch) {
    rd_kafka_topic_t *rkt;
    forget_deliveries();
    rd_kafka_conf_t *conf = quiet_conf("queuing.strategy", strategy, "batch.num.messages", per_batch, "linger.ms", "20",
                                       "reconnect.backoff.ms", "10", "reconnect.backoff.max.ms", "100", "max.in.flight", "1", NULL);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_t *rk = mock_producer(conf, &rkt);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    all_down = 0;
    rd_kafka_mock_broker_set_down(cluster, 1);
    AWAIT((rd_kafka_poll(rk, 10), all_down), "the broker that is down is not missed");
    produce_all(rkt);
    rd_kafka_mock_broker_set_up(cluster, 1);
    await_deliveries(rk, COUNT);
    printf("%s, %s in a batch", strategy, per_batch);
    show("");
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

/* The broker is not there to tell of the topic: the messages wait for that. */
static void behind_a_topic_that_is_not_known(const char *strategy) {
    forget_deliveries();
    rd_kafka_conf_t *conf = quiet_conf("queuing.strategy", strategy, "test.mock.num.brokers", "1", "linger.ms", "50",
                                       "reconnect.backoff.ms", "10", "reconnect.backoff.max.ms", "100", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "t", 4);
    CHECK(!rd_kafka_mock_broker_set_down(cluster, 1), "set_down");
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    produce_all(rkt);
    CHECK(!rd_kafka_mock_broker_set_up(cluster, 1), "set_up");
    await_deliveries(rk, COUNT);
    printf("%s, before the topic is known", strategy);
    show("");
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

int main(void) {
    behind_a_broker_that_is_down("fifo", "5");
    behind_a_broker_that_is_down("lifo", "5");
    behind_a_broker_that_is_down("lifo", "10000");
    behind_a_topic_that_is_not_known("fifo");
    behind_a_topic_that_is_not_known("lifo");
    char reason[200];
    rd_kafka_conf_t *conf = quiet_conf("queuing.strategy", "lifo", "enable.idempotence", "true", NULL);
    CHECK(!rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason)), "lifo with idempotence");
    puts(reason);
    rd_kafka_conf_destroy(conf);
    return 0;
}
