/* Shared by the C tests: stopping with a reason, clocks, and a producer on a mock cluster in this process. */
#ifndef CAPI_TESTS_COMMON_H
#define CAPI_TESTS_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Ends the program with a failure that says where and why. */
#define FAIL(...)                                                                                                      \
    do {                                                                                                               \
        fflush(stdout);                                                                                                \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                                                \
        fprintf(stderr, __VA_ARGS__);                                                                                  \
        fputc('\n', stderr);                                                                                           \
        _exit(1);                                                                                                      \
    } while (0)

#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            FAIL(__VA_ARGS__);                                                                                         \
    } while (0)

__attribute__((unused)) static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((unused)) static void sleep_ms(int ms) {
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&t, NULL);
}

/* How many are waiting for each processor, between 1 and 40. The load average lags behind: it is at least what runs right now. */
__attribute__((unused)) static double crowding(void) {
    double load = 0;
    int running = 0;
    FILE *file = fopen("/proc/loadavg", "r");
    if (file) { /* not where a test has used up the descriptors */
        CHECK(fscanf(file, "%lf %*f %*f %d/", &load, &running) == 2, "/proc/loadavg");
        fclose(file);
    }
    load = (load > running ? load : running) / (double)sysconf(_SC_NPROCESSORS_ONLN);
    return load < 1 ? 1 : load > 40 ? 40 : load;
}

/* When a wait for what is sure to happen is a hang. The same work takes longer on a busy machine, and under valgrind. */
__attribute__((unused)) static double give_up_at(void) { return now_s() + (getenv("UNDER_VALGRIND") ? 500 : 60) * crowding(); }

/* The time limit of a call whose reaching it is a hang: flush(), metadata(), ... */
__attribute__((unused)) static int hang_ms(void) { return (int)((give_up_at() - now_s()) * 1000); }

/* Waits for what another thread or process brings about. That it never happens is a failure, which the rest describes. */
#define AWAIT(condition, ...)                                                                                          \
    do {                                                                                                               \
        double given_up_ = give_up_at();                                                                               \
        while (!(condition)) {                                                                                         \
            CHECK(now_s() < given_up_, __VA_ARGS__);                                                                   \
            sleep_ms(2);                                                                                               \
        }                                                                                                              \
    } while (0)

/*
 * A clock for upper limits. A thread counts the naps of 5 ms that it gets to take: on a busy machine they are fewer, and what is
 * measured takes longer for the same reason. Lower limits need no such care: now_s().
 */
static int naps_taken, naps_over;
static pid_t naps_of; /* threads do not survive fork() */
static pthread_t naps_thread;

__attribute__((unused)) static void *take_naps(void *unused) {
    while (!__atomic_load_n(&naps_over, __ATOMIC_RELAXED)) {
        sleep_ms(5);
        __atomic_add_fetch(&naps_taken, 1, __ATOMIC_RELAXED);
    }
    return unused;
}

/* At the end of the program: whoever looks for leaks would find the stack of a thread that still runs. */
__attribute__((unused)) static void end_naps(void) {
    if (naps_of == getpid()) {
        __atomic_store_n(&naps_over, 1, __ATOMIC_RELAXED);
        pthread_join(naps_thread, NULL);
    }
}

__attribute__((unused)) static double pace_s(void) {
    if (naps_of != getpid()) {
        CHECK(!pthread_create(&naps_thread, NULL, take_naps, NULL), "no thread");
        naps_of = getpid();
        atexit(end_naps);
    }
    return __atomic_load_n(&naps_taken, __ATOMIC_RELAXED) * 0.005;
}

struct stopwatch {
    double wall, pace;
};

__attribute__((unused)) static struct stopwatch start_watch(void) {
    return (struct stopwatch){.wall = now_s(), .pace = pace_s()};
}

/* At least so many seconds by the wall, at most so many by the machine's pace. */
__attribute__((unused)) static const char *in_time(struct stopwatch since, double least, double most) {
    return now_s() - since.wall < least ? "early" : pace_s() - since.pace > most ? "late" : "in time";
}

__attribute__((unused)) static void conf_set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char reason[512];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof(reason)) != RD_KAFKA_CONF_OK)
        FAIL("%s=%s: %s", name, value, reason);
}

/* "name=value". The text is cut in two. */
__attribute__((unused)) static void conf_set_pair(rd_kafka_conf_t *conf, char *pair) {
    char *equals = strchr(pair, '=');
    CHECK(equals, "%s is not name=value", pair);
    *equals = '\0';
    conf_set(conf, pair, equals + 1);
}

/* outq_len() counts events too, and news of a broker that is down may come at any moment: serve those first. */
__attribute__((unused)) static void check_nothing_queued(rd_kafka_t *rk) {
    AWAIT(rd_kafka_poll(rk, 0) == 0 && rd_kafka_outq_len(rk) == 0, "outq_len %d", rd_kafka_outq_len(rk));
}

/* Configuration that says nothing on stderr; pairs of name and value, ended by NULL. */
__attribute__((unused, sentinel)) static rd_kafka_conf_t *quiet_conf(const char *name, ...) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    va_list ap;

    conf_set(conf, "log_level", "0");
    va_start(ap, name);
    for (; name; name = va_arg(ap, const char *))
        conf_set(conf, name, va_arg(ap, const char *));
    va_end(ap);
    return conf;
}

/* Configuration from outside (TEST_CONF=name=value,...): the suite runs programs on several engine settings. */
__attribute__((unused)) static void conf_from_environment(rd_kafka_conf_t *conf) {
    char *from = getenv("TEST_CONF"), *text = from ? strdup(from) : NULL, *rest = text, *pair;
    while ((pair = strsep(&rest, ",")))
        conf_set_pair(conf, pair);
    free(text);
}

__attribute__((unused)) static rd_kafka_t *new_producer(rd_kafka_conf_t *conf) {
    char reason[512];
    conf_from_environment(conf);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    if (!rk)
        FAIL("rd_kafka_new: %s", reason);
    return rk;
}

/* The mock cluster behind test.mock.num.brokers, with one topic. */
__attribute__((unused)) static rd_kafka_mock_cluster_t *mock_with_topic(rd_kafka_t *rk, const char *topic, int partitions) {
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    CHECK(cluster, "no mock cluster behind test.mock.num.brokers");
    rd_kafka_resp_err_t err = rd_kafka_mock_topic_create(cluster, topic, partitions, 1);
    CHECK(!err, "mock_topic_create: %s", rd_kafka_err2name(err));
    return cluster;
}

#endif
