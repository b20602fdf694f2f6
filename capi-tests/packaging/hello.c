/* The smallest producer: one message to a mock cluster. Built by the packaging tests in every way that we install. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>

static int delivered;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk;
    (void)opaque;
    delivered += !message->err;
}

int main(void) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", reason, sizeof(reason));
    rd_kafka_conf_set(conf, "log_level", "0", reason, sizeof(reason));
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    if (!rk || rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("hello"), RD_KAFKA_V_VALUE("hello", 5),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END))
        return 1;
    rd_kafka_flush(rk, 20000);
    rd_kafka_destroy(rk);
    printf("hello delivered %d\n", delivered);
    return delivered == 1 ? 0 : 1;
}
