/* test: alone valgrind engines limit=90 */
/* Four threads produce to the same partitions, two poll, one asks around: every message is reported exactly once. */
#include "common.h"

#include <pthread.h>
#include <stdatomic.h>

#define PRODUCERS 4
#define MAX_EACH 50000

static rd_kafka_t *rk;
static int each;
static atomic_uchar reports[PRODUCERS * MAX_EACH];
static atomic_int reported, finished;

static void on_delivery(rd_kafka_t *rk_, const rd_kafka_message_t *m, void *opaque) {
    (void)rk_;
    (void)opaque;
    intptr_t n = (intptr_t)m->_private;
    CHECK(!m->err, "message %" PRIdPTR ": %s", n, rd_kafka_err2name(m->err));
    CHECK(atomic_fetch_add(&reports[n], 1) == 0, "message %" PRIdPTR " reported twice", n);
    CHECK(m->len == sizeof(n) && !memcmp(m->payload, &n, sizeof(n)), "message %" PRIdPTR " has another's payload", n);
    atomic_fetch_add(&reported, 1);
}

static void *produce(void *arg) {
    intptr_t who = (intptr_t)arg;
    for (intptr_t i = 0; i < each; i++) {
        intptr_t n = who * each + i;
        const char *topic = i % 3 ? "a" : "b";
        rd_kafka_resp_err_t err;
        while ((err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION((int32_t)(i % 5) - 1),
                                        RD_KAFKA_V_VALUE(&n, sizeof(n)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                        RD_KAFKA_V_OPAQUE((void *)n), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            sleep_ms(1);
        CHECK(!err, "producev: %s", rd_kafka_err2name(err));
    }
    atomic_fetch_add(&finished, 1);
    return NULL;
}

static void *poll_all(void *arg) {
    while (atomic_load(&reported) < PRODUCERS * each && now_s() < *(double *)arg)
        rd_kafka_poll(rk, 10);
    return NULL;
}

static void *ask(void *arg) {
    (void)arg;
    while (atomic_load(&finished) < PRODUCERS) {
        CHECK(rd_kafka_outq_len(rk) >= 0 && rd_kafka_name(rk), "outq_len");
        rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "a", NULL);
        rd_kafka_topic_partition_available(rkt, 1);
        rd_kafka_topic_destroy(rkt);
        sleep_ms(1);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[PRODUCERS + 3];
    double deadline = give_up_at();
    each = getenv("UNDER_VALGRIND") ? 2000 : MAX_EACH;
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "3", "queue.buffering.max.messages", "20000", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rk = new_producer(conf);
    mock_with_topic(rk, "a", 4);
    CHECK(!rd_kafka_mock_topic_create(rd_kafka_handle_mock_cluster(rk), "b", 4, 1), "topic");
    for (intptr_t i = 0; i < PRODUCERS; i++)
        CHECK(!pthread_create(&threads[i], NULL, produce, (void *)i), "thread");
    CHECK(!pthread_create(&threads[PRODUCERS], NULL, poll_all, &deadline), "thread");
    CHECK(!pthread_create(&threads[PRODUCERS + 1], NULL, poll_all, &deadline), "thread");
    CHECK(!pthread_create(&threads[PRODUCERS + 2], NULL, ask, NULL), "thread");
    for (int i = 0; i < PRODUCERS + 3; i++)
        pthread_join(threads[i], NULL);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    CHECK(atomic_load(&reported) == PRODUCERS * each, "%d reported", atomic_load(&reported));
    CHECK(rd_kafka_outq_len(rk) == 0, "outq_len %d", rd_kafka_outq_len(rk));
    rd_kafka_destroy(rk);
    return 0;
}
