/*
 * Producers in the situations of edges.py.
 *
 *   edges_bench down BROKERS PARTITIONS MESSAGES SECONDS [name=value]...
 *   edges_bench topics BROKERS TOPICS PARTITIONS [name=value]...
 *   edges_bench slow BROKERS PARTITIONS RATE SECONDS [name=value]...
 *   edges_bench instances BROKERS INSTANCES PARTITIONS RATE SECONDS [name=value]...
 *
 * `down` and `slow` know the topic `bench` when they write the line "ready"; they go on when they get a line.
 */
#include "bench.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BROKERS 5    /* of `slow`: partition p is led by broker p % BROKERS + 1, and the last one is slow */
#define SETTLE_S 1   /* before anything is measured */
#define PATIENCE_MS 120000

static long delivered, failed, delivered_by[BROKERS];

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    if (m->err)
        failed++;
    else
        delivered++, delivered_by[m->partition % BROKERS]++;
}

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A message of 100 bytes; false when the queue is full. */
static int produce(rd_kafka_topic_t *rkt, int32_t partition) {
    static char value[100];
    if (!rd_kafka_produce(rkt, partition, RD_KAFKA_MSG_F_COPY, value, sizeof(value), NULL, 0, NULL))
        return 1;
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        die(rd_kafka_err2str(rd_kafka_last_error()));
    return 0;
}

static void ready(void) {
    char line[16];
    puts("ready");
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        die("nobody says go");
}

/* Messages wait for brokers that are gone: what waiting costs. */
static void down(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int partitions, int messages, int time) {
    ready();
    for (int i = 0; i < messages; i++)
        if (!produce(rkt, i % partitions))
            die("the queue is full");
    sleep(SETTLE_S);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    sleep((unsigned)time);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("cpu=%f waiting=%d\n", cpu / time, rd_kafka_outq_len(rk));
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(rk, PATIENCE_MS);
}

/* One message to each partition of so many topics that nothing is known of yet. */
static void topics(rd_kafka_t *rk, int count, int partitions) {
    rd_kafka_topic_t **all = calloc((size_t)count, sizeof(*all));
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    for (int t = 0; t < count; t++) {
        char name[32];
        snprintf(name, sizeof(name), "bench%d", t);
        all[t] = rd_kafka_topic_new(rk, name, NULL);
        for (int p = 0; p < partitions; p++)
            if (!produce(all[t], p))
                die("the queue is full");
    }
    if (rd_kafka_flush(rk, PATIENCE_MS))
        die("flush");
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, wall = seconds(CLOCK_MONOTONIC) - wall;
    printf("cpu_ns=%.0f wall_s=%.2f delivered=%ld failed=%ld\n", cpu * 1e9 / ((double)count * partitions), wall, delivered, failed);
    for (int t = 0; t < count; t++)
        rd_kafka_topic_destroy(all[t]);
    free(all);
}

/*
 * What brokers take while another one hardly answers. Messages go to all partitions by turns. A message that is refused is passed over,
 * and when all partitions have refused one, reports are waited for.
 */
static void slow(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int partitions, int rate, int time) {
    ready();
    double began = seconds(CLOCK_MONOTONIC), now = began;
    long sent = 0, refused = 0;
    for (long i = 0; now - began < time; i++) {
        if (produce(rkt, (int32_t)(i % partitions)))
            sent++, refused = 0;
        else if (++refused % partitions == 0)
            rd_kafka_poll(rk, 10), now = seconds(CLOCK_MONOTONIC);
        while ((rate <= 0 ? i % 1000 == 0 : (double)sent > (now - began) * (double)rate) && now - began < time) {
            rd_kafka_poll(rk, rate > 0);
            now = seconds(CLOCK_MONOTONIC);
            if (rate <= 0)
                break;
        }
    }
    long others = 0;
    for (int b = 0; b < BROKERS - 1; b++)
        others += delivered_by[b];
    printf("others=%.0f slow=%.0f\n", (double)others / time, (double)delivered_by[BROKERS - 1] / time);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(rk, PATIENCE_MS);
}

static int threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    int n = 0;
    while (tasks && readdir(tasks))
        n++;
    closedir(tasks);
    return n - 2; /* without . and .. */
}

/* Produces `rate` messages a second for `time` seconds, to all partitions of all producers by turns. */
static void produce_at(rd_kafka_t **all, rd_kafka_topic_t **topics, int count, int partitions, int rate, double time) {
    double began = seconds(CLOCK_MONOTONIC), now = began;
    for (long i = 0; now - began < time; now = seconds(CLOCK_MONOTONIC)) {
        for (; (double)i < (now - began) * rate; i++)
            if (!produce(topics[i % count], (int32_t)(i / count % partitions)))
                die("the queue is full");
        for (int r = 0; r < count; r++)
            rd_kafka_poll(all[r], 0);
        usleep(2000);
    }
}

/* Many producers on many brokers, each of which has little to do: what that costs, and how many threads it takes. */
static void instances(int argc, char **argv) {
    int count = atoi(argv[3]), partitions = atoi(argv[4]), rate = atoi(argv[5]), time = atoi(argv[6]);
    rd_kafka_t **all = calloc((size_t)count, sizeof(*all));
    rd_kafka_topic_t **topics = calloc((size_t)count, sizeof(*topics));
    for (int i = 0; i < count; i++) {
        rd_kafka_conf_t *conf = configuration(argv[2], argc, argv, 7);
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        all[i] = producer(conf, &topics[i]);
    }
    /* One message for each partition has everybody connected. */
    produce_at(all, topics, count, partitions, rate, (double)count * partitions / rate + SETTLE_S);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    long before = delivered;
    produce_at(all, topics, count, partitions, rate, time);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("cpu_ns=%.0f threads=%d delivered=%ld failed=%ld\n", cpu * 1e9 / (double)(delivered - before), threads(), delivered - before, failed);
    for (int i = 0; i < count; i++) {
        rd_kafka_flush(all[i], PATIENCE_MS);
        rd_kafka_topic_destroy(topics[i]);
        rd_kafka_destroy(all[i]);
    }
    free(all), free(topics);
}

int main(int argc, char **argv) {
    program = "edges_bench";
    int fixed = argc > 1 && !strcmp(argv[1], "topics") ? 5 : 6;
    if (argc < fixed)
        die("usage: edges_bench down|topics|slow|instances BROKERS ...");
    if (!strcmp(argv[1], "instances") && argc >= 7) {
        instances(argc, argv);
        return 0;
    }
    rd_kafka_conf_t *conf = configuration(argv[2], argc, argv, fixed);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    int first = atoi(argv[3]), second = atoi(argv[4]);
    if (fixed == 5) {
        char why[512];
        rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
        if (!rk)
            die(why);
        topics(rk, first, second);
        rd_kafka_destroy(rk);
        return 0;
    }
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = producer(conf, &rkt);
    (strcmp(argv[1], "down") ? slow : down)(rk, rkt, first, second, atoi(argv[5]));
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
