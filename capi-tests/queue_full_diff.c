/* test: differential valgrind engines */
/* The queue limits hold to the message, space returns with the report, F_BLOCK waits for it. */
#include "deliveries.h"
#include "requests.h"

#include <errno.h>
#include <pthread.h>

static int fill(rd_kafka_topic_t *rkt, size_t size, int *n) {
    static char bytes[100000];
    int accepted = 0;
    while (!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, bytes, size, NULL, 0, (void *)(intptr_t)*n)) {
        accepted++;
        ++*n;
        CHECK(accepted < 20000, "no limit");
    }
    printf("accepted %d of %zu bytes, then %s errno %d\n", accepted, size, rd_kafka_err2name(rd_kafka_last_error()),
           errno == ENOBUFS);
    return accepted;
}

static void by_count(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_conf_t *conf = quiet_conf("queue.buffering.max.messages", "1000", "linger.ms", "1000", NULL);
    count_requests(conf);
    rd_kafka_t *rk = mock_producer(conf, &rkt);
    int n = 0;
    fill(rkt, 10, &n);
    printf("outq_len %d\n", rd_kafka_outq_len(rk));
    printf("producev: %s\n",
           rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END)));
    rd_kafka_message_t batch[3];
    memset(batch, 0, sizeof(batch));
    printf("batch: %d", rd_kafka_produce_batch(rkt, 0, RD_KAFKA_MSG_F_COPY, batch, 3));
    printf(" %s\n", rd_kafka_err2name(batch[2].err));
    /* Delivered is not yet reported: the space comes back when the report is served. */
    await_acknowledgements(1 + n);
    printf("before polling: %d\n", rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL));
    await_deliveries(rk, n);
    forget_deliveries();
    n = 0;
    fill(rkt, 10, &n);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void by_bytes(void) {
    rd_kafka_topic_t *rkt;
    forget_deliveries();
    rd_kafka_t *rk = mock_producer(quiet_conf("queue.buffering.max.kbytes", "100", "linger.ms", "500", NULL), &rkt);
    int n = 0;
    fill(rkt, 1000, &n);
    await_deliveries(rk, n);
    forget_deliveries();
    n = 0;
    fill(rkt, 30000, &n);
    await_deliveries(rk, n);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void *poll_thread(void *arg) {
    AWAIT((rd_kafka_poll(arg, 50), delivery_count == 500), "%d of 500 reports", delivery_count);
    return NULL;
}

static void blocking(void) {
    rd_kafka_topic_t *rkt;
    pthread_t thread;
    forget_deliveries();
    rd_kafka_t *rk = mock_producer(quiet_conf("queue.buffering.max.messages", "10", "linger.ms", "0", NULL), &rkt);
    CHECK(!pthread_create(&thread, NULL, poll_thread, rk), "thread");
    int refused = 0;
    for (int i = 0; i < 500; i++)
        refused += rd_kafka_produce(rkt, i % 4, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK, "v", 1, NULL, 0,
                                    (void *)(intptr_t)i) != 0;
    pthread_join(thread, NULL);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    printf("blocking: %d refused, %d reported\n", refused, delivery_count);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void blocking_without_reports(void) {
    rd_kafka_t *rk = new_producer(
        quiet_conf("test.mock.num.brokers", "1", "queue.buffering.max.messages", "10", "linger.ms", "0", NULL));
    mock_with_topic(rk, "t", 4);
    int refused = 0;
    for (int i = 0; i < 300; i++)
        refused += rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(i % 4),
                                     RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK),
                                     RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END) != 0;
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    printf("blocking without reports: %d refused, outq_len %d\n", refused, rd_kafka_outq_len(rk));
    rd_kafka_destroy(rk);
}

int main(void) {
    by_count();
    by_bytes();
    blocking();
    blocking_without_reports();
    return 0;
}
