/* test: differential valgrind engines */
/* What reports say for each number of acknowledgements. */
#include "deliveries.h"

static void with_acks(const char *acks) {
    rd_kafka_topic_t *rkt;
    forget_deliveries();
    rd_kafka_t *rk = mock_producer(quiet_conf("acks", acks, "linger.ms", "0", NULL), &rkt);
    for (int i = 0; i < 20; i++)
        CHECK(!rd_kafka_produce(rkt, i % 4, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)(intptr_t)i), "produce");
    await_deliveries(rk, 20);
    for (int i = 0; i < 20; i++)
        printf("acks %s, %d: %s partition %d offset %s status %d\n", acks, i, rd_kafka_err2name(deliveries[i].err),
               deliveries[i].partition, deliveries[i].offset >= 0 ? "known" : "none",
               deliveries[i].status);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

int main(void) {
    with_acks("0");
    with_acks("1");
    with_acks("all");
    with_acks("-1");
    return 0;
}
