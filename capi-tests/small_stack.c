/* test: alone engines */
/*
 * Every call of a producer's life on a thread with 24 KiB of stack, which holds the thread's own data as well. The reference
 * needs 25 KiB. A call that needs more ends in the guard page below.
 */
#include "common.h"

#include <pthread.h>

#define STACK (24 * 1024)

static rd_kafka_conf_t *conf;
static rd_kafka_t *rk;
static char reason[512];

static void *create(void *arg) {
    (void)arg;
    conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", reason, sizeof(reason));
    rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1,127.0.0.1:2", reason, sizeof(reason));
    rd_kafka_conf_set(conf, "statistics.interval.ms", "1000", reason, sizeof(reason));
    const char *settings = getenv("TEST_CONF");
    if (settings && strchr(settings, '=')) { /* one setting, as the suite gives it */
        char *name = strdup(settings), *value = strchr(name, '=');
        *value++ = '\0';
        rd_kafka_conf_set(conf, name, value, reason, sizeof(reason));
        free(name);
    }
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    return NULL;
}

static void *use(void *arg) {
    (void)arg;
    rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END);
    rd_kafka_poll(rk, 0);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_flush(rk, 10);
    return NULL;
}

static void *destroy(void *arg) {
    (void)arg;
    rd_kafka_destroy(rk);
    return NULL;
}

static void on_small_stack(void *(*start)(void *)) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    CHECK(!pthread_attr_setstacksize(&attributes, STACK), "stack size");
    CHECK(!pthread_create(&thread, &attributes, start, NULL), "thread");
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

int main(void) {
    on_small_stack(create);
    CHECK(rk, "rd_kafka_new: %s", reason);
    on_small_stack(use);
    on_small_stack(destroy);
    return 0;
}
