/* test: alone valgrind engines */
/* Messages that wait are in one of a partition's two queues, with their bytes. (The v2 engine has a linger time of its own.) */
#include "common.h"

int main(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "statistics.interval.ms", "50", "linger.ms", "60000", NULL);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 3);
    for (int i = 0; i < 300; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(i % 3), RD_KAFKA_V_VALUE("value", 5),
                                 RD_KAFKA_V_KEY("key", 3), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              "producev");
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    bool assigned = false;
    while (!assigned) {
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 1000);
        const rd_kafka_stats_t *s = rd_kafka_event_stats_typed(ev);
        int64_t messages = 0, bytes = 0, ever = 0;
        for (uint32_t i = 0; s && s->topic_cnt == 1 && i < s->topics[0].partition_cnt; i++) {
            const rd_kafka_partition_stats_t *p = &s->topics[0].partitions[i];
            messages += p->msgq_cnt + p->xmit_msgq_cnt;
            bytes += p->msgq_bytes + p->xmit_msgq_bytes;
            ever += p->partition >= 0 ? p->msgs : 0;
            assigned |= p->partition >= 0;
        }
        if (assigned)
            CHECK(messages == 300 && bytes == 300 * 8 && ever == 300 && s->msg_cnt == 300 && s->msg_size == 1500,
                  "%" PRId64 " messages of %" PRId64 " bytes wait, %" PRId64 " were produced, %u are counted", messages,
                  bytes, ever, s->msg_cnt);
        rd_kafka_event_destroy(ev);
    }
    CHECK(!rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE), "purge");
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    return 0;
}
