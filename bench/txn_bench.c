/*
 * Back-to-back transactions of one message: txn_bench BROKERS TRANSACTIONS [name=value ...]
 *
 * Prints the time of all of them, and how long the median one took from its beginning to the end of its commit.
 */
#define _GNU_SOURCE
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(rd_kafka_error_t *error, const char *what) {
    if (!error)
        return;
    fprintf(stderr, "%s: %s\n", what, rd_kafka_error_string(error));
    exit(1);
}

static void transaction(rd_kafka_t *rk) {
    must(rd_kafka_begin_transaction(rk), "begin_transaction");
    must(rd_kafka_produceva(rk,
                            (rd_kafka_vu_t[]){{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "bench"},
                                              {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 0},
                                              {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {"message", 7}},
                                              {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY}},
                            4),
         "produce");
    must(rd_kafka_commit_transaction(rk, 30000), "commit_transaction");
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[512];
    int count = atoi(argv[2]);
    rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], NULL, 0);
    rd_kafka_conf_set(conf, "transactional.id", "bench", NULL, 0);
    for (int i = 3; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals)
            *equals = '\0';
        if (!equals || rd_kafka_conf_set(conf, argv[i], equals + 1, reason, sizeof(reason)) != RD_KAFKA_CONF_OK) {
            fprintf(stderr, "%s: %s\n", argv[i], equals ? reason : "not name=value");
            return 1;
        }
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    double *took = calloc((size_t)count + 1, sizeof(*took));
    if (!rk || !took)
        return 1;
    must(rd_kafka_init_transactions(rk, 30000), "init_transactions");
    /* Connections and leaders are there after the first one. */
    transaction(rk);
    double began = now_s();
    for (int i = 0; i < count; i++) {
        double start = now_s();
        transaction(rk);
        took[i] = now_s() - start;
    }
    double wall = now_s() - began;
    qsort(took, (size_t)count, sizeof(*took), by_size);
    printf("transactions=%d wall_us=%.0f p50_us=%.0f\n", count, wall * 1e6, took[count / 2] * 1e6);
    free(took);
    rd_kafka_destroy(rk);
    return 0;
}
