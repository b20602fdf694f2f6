/* test: alone valgrind engines */
/* A message that produce_batch refuses for its own partition leaves nothing behind: not in outq_len, not in the queue limit. */
#include "deliveries.h"

int main(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("queue.buffering.max.messages", "10", NULL), &rkt);
    for (int round = 0; round < 20; round++) {
        rd_kafka_message_t m[4];
        memset(m, 0, sizeof(m));
        for (int i = 0; i < 4; i++) {
            m[i].payload = "value";
            m[i].len = 5;
            m[i].partition = i == 1 ? 77 : i;
            m[i]._private = (void *)(intptr_t)i;
        }
        int accepted = rd_kafka_produce_batch(rkt, 0, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION, m, 4);
        CHECK(accepted == 3, "round %d: %d accepted", round, accepted);
        for (int i = 0; i < 4; i++)
            CHECK(m[i].err == (i == 1 ? RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION : RD_KAFKA_RESP_ERR_NO_ERROR),
                  "message %d: %s", i, rd_kafka_err2name(m[i].err));
        forget_deliveries();
        CHECK(!rd_kafka_flush(rk, hang_ms()), "flush: %d left", rd_kafka_outq_len(rk));
        CHECK(delivery_count == 3 && deliveries[1].reports == 0, "%d reports", delivery_count);
    }
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
