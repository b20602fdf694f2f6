/*
 * What the start of a partition costs: messages by turns to partitions that are all new.
 *
 *   fresh_bench BROKERS PARTITIONS [name=value]...
 *
 * Prints the messages that were reported delivered in the first and in the second second, counted from the first message on.
 */
#include "bench.h"

#include <time.h>

static long delivered[3]; /* in the first second, in the second, later */
static double began;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    if (m->err)
        die(rd_kafka_err2str(m->err));
    double second = now_s() - began;
    delivered[second < 1 ? 0 : second < 2 ? 1 : 2]++;
}

int main(int argc, char **argv) {
    program = "fresh_bench";
    if (argc < 3)
        die("usage: fresh_bench BROKERS PARTITIONS [name=value]...");
    int partitions = atoi(argv[2]);
    static char value[100];
    rd_kafka_conf_t *conf = configuration(argv[1], argc, argv, 3);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = producer(conf, &rkt);

    began = now_s();
    for (long n = 0; now_s() - began < 2; n++) {
        while (rd_kafka_produce(rkt, (int32_t)(n % partitions), RD_KAFKA_MSG_F_COPY, value, sizeof(value), NULL, 0, NULL)) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                die(rd_kafka_err2str(rd_kafka_last_error()));
            rd_kafka_poll(rk, 10);
        }
        if (n % 1000 == 0)
            rd_kafka_poll(rk, 0);
    }
    if (rd_kafka_flush(rk, -1)) /* who waits for it has a limit */
        die("flush");
    printf("first=%ld second=%ld later=%ld\n", delivered[0], delivered[1], delivered[2]);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
