/* What the small benchmark programs share: arguments, and a producer that knows its topic. */
#ifndef BENCH_H
#define BENCH_H

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *program;

static void die(const char *what) {
    fprintf(stderr, "%s: %s\n", program, what);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char why[512];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) != RD_KAFKA_CONF_OK)
        die(why);
}

/* A configuration with these brokers and the properties that stand as NAME=VALUE from the argument `first` on. */
static rd_kafka_conf_t *configuration(const char *brokers, int argc, char **argv, int first) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "log_level", "4");
    for (int i = first; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            die("name=value");
        *equals = '\0';
        set(conf, argv[i], equals + 1);
        *equals = '=';
    }
    return conf;
}

/* A producer, and its topic `bench` in *rkt, whose partitions it knows. */
static rd_kafka_t *producer(rd_kafka_conf_t *conf, rd_kafka_topic_t **rkt) {
    char why[512];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (!rk)
        die(why);
    *rkt = rd_kafka_topic_new(rk, "bench", NULL);
    const struct rd_kafka_metadata *metadata;
    if (rd_kafka_metadata(rk, 0, *rkt, &metadata, 60000))
        die("no metadata");
    rd_kafka_metadata_destroy(metadata);
    return rk;
}

#endif
