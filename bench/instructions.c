/*
 * What instructions.py counts the instructions of: rounds of messages that are queued, then sent, then reported.
 *
 *   instructions BROKERS PARTITIONS MESSAGES_PER_PARTITION [name=value]...
 *
 * No two of these overlap, so every run does the same: the linger time is long, so that the broker's thread finds all of a round
 * at once, and the first callback returns when all reports have arrived. The first message of each batch is very old, so that the
 * time stamps of the others, which are relative to it, are of the same length on any machine.
 */
#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

enum { ROUNDS = 3 };

static sem_t all_arrived;
static int reported; /* in this round */

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    if (m->err)
        die(rd_kafka_err2str(m->err));
    if (!reported++)
        sem_wait(&all_arrived);
}

/* What has been counted when this is called does not count: in the first round pools and caches were empty. */
__attribute__((noinline, noclone)) void instructions_begin(void) {
    __asm__ volatile("");
}

static void *flush(void *rk) {
    if (rd_kafka_flush(rk, -1)) /* who waits for it has a limit */
        die("flush");
    return NULL;
}

static void round_of_messages(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int partitions, int each) {
    static char value[100];
    for (int i = 0; i < each; i++) {
        for (int32_t p = 0; p < partitions; p++) {
            if (i % 2) {
                if (rd_kafka_produce(rkt, p, RD_KAFKA_MSG_F_COPY, value, sizeof(value), NULL, 0, NULL))
                    die(rd_kafka_err2str(rd_kafka_last_error()));
                continue;
            }
            rd_kafka_resp_err_t err =
                rd_kafka_producev(rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(p), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                  RD_KAFKA_V_VALUE(value, sizeof(value)), RD_KAFKA_V_KEY("0123456789", 10),
                                  RD_KAFKA_V_TIMESTAMP(1), RD_KAFKA_V_END);
            if (err)
                die(rd_kafka_err2str(err));
        }
    }
    reported = 0;
    pthread_t flusher;
    if (pthread_create(&flusher, NULL, flush, rk))
        die("thread");
    /* A report for each batch, and a batch for each partition; the first has left the queue when its callback waits. */
    rd_kafka_queue_t *reports = rd_kafka_queue_get_main(rk);
    while (rd_kafka_queue_length(reports) + 1 < (size_t)partitions)
        sched_yield();
    rd_kafka_queue_destroy(reports);
    sem_post(&all_arrived);
    pthread_join(flusher, NULL);
}

int main(int argc, char **argv) {
    program = "instructions";
    if (argc < 4)
        die("usage: instructions BROKERS PARTITIONS MESSAGES_PER_PARTITION [name=value]...");
    sem_init(&all_arrived, 0, 0);
    rd_kafka_conf_t *conf = configuration(argv[1], argc, argv, 4);
    set(conf, "linger.ms", "900000");
    set(conf, "message.timeout.ms", "1000000");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = producer(conf, &rkt);
    for (int round = 0; round < ROUNDS; round++) {
        if (round == 1)
            instructions_begin();
        round_of_messages(rk, rkt, atoi(argv[2]), atoi(argv[3]));
    }
    printf("messages=%d\n", (ROUNDS - 1) * atoi(argv[2]) * atoi(argv[3]));
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
