/* test: tool */
/*
 * What a million waiting messages cost: memory BROKERS TOPIC COUNT WARM
 * Delivers WARM messages, prints `warm N` and waits for a line on standard input; prints `start N`, queues COUNT messages,
 * prints `queued N`, waits for a line; delivers them and prints `drained N`. N is the RSS in KiB.
 */
#include "memory.h"

static void wait_for_word(void) {
    char line[16];
    CHECK(fgets(line, sizeof(line), stdin), "nobody said to go on");
}

static void produce(rd_kafka_topic_t *rkt, size_t count) {
    char value[100];
    for (size_t i = 0; i < count; i++) {
        memset(value, 'a' + (int)(i % 26), sizeof(value));
        CHECK(!rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, sizeof(value), NULL, 0, NULL),
              "produce %zu: %s", i, rd_kafka_err2name(rd_kafka_last_error()));
    }
}

/* Delivers what is queued; returns when the memory is back below the bound, which housekeeping may take a moment for, or
 * is still not after ten seconds. */
static void drain(rd_kafka_t *rk, size_t count, long bound_kib) {
    double deadline = give_up_at();
    while (delivered < count && now_s() < deadline)
        rd_kafka_poll(rk, 100);
    CHECK(delivered == count, "%zu of %zu delivered", delivered, count);
    check_nothing_queued(rk);
    delivered = 0;
    for (int i = 0; i < 100 && (i < 25 || rss_kib() > bound_kib); i++)
        rd_kafka_poll(rk, 100);
}

int main(int argc, char **argv) {
    CHECK(argc == 5, "usage: memory BROKERS TOPIC COUNT WARM");
    size_t count = (size_t)atol(argv[3]), warm = (size_t)atol(argv[4]);
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", argv[1], "queue.buffering.max.messages", "2000000",
                                       "queue.buffering.max.kbytes", "2000000", "reconnect.backoff.max.ms", "300", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, argv[2], NULL);
    produce(rkt, warm);
    drain(rk, warm, LONG_MAX);
    say("warm", rss_kib());

    wait_for_word(); /* the broker has gone */
    rd_kafka_poll(rk, 300);
    long start = rss_kib();
    say("start", rss_kib());
    produce(rkt, count);
    CHECK(rd_kafka_outq_len(rk) >= (int)count, "outq_len %d", rd_kafka_outq_len(rk));
    say("queued", rss_kib());

    wait_for_word(); /* it is back */
    drain(rk, count, start + start / 5);
    say("drained", rss_kib());
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
