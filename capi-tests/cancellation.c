/* test: alone engines */
/*
 * pthread_exit() inside callbacks, and pthread_cancel() of threads that wait in the library: the thread ends, its clean-up
 * handlers run, and the instance can be used by the others as if nothing had happened.
 */
#include "common.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

static rd_kafka_t *rk;
static rd_kafka_queue_t *empty;
static int reports, exit_at;
static atomic_int cleaned, tid, logs;

static void clean(void *arg) {
    (void)arg;
    cleaned++;
}

static void on_message(rd_kafka_t *instance, const rd_kafka_message_t *message, void *opaque) {
    (void)instance, (void)message, (void)opaque;
    pthread_cleanup_push(clean, NULL);
    if (++reports == exit_at)
        pthread_exit((void *)7);
    pthread_cleanup_pop(0);
}

static int produce(int flags) {
    return rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | flags),
                             RD_KAFKA_V_END);
}

static rd_kafka_t *producer(rd_kafka_conf_t *conf) {
    conf_set(conf, "test.mock.num.brokers", "1");
    rd_kafka_conf_set_dr_msg_cb(conf, on_message);
    rd_kafka_t *instance = new_producer(conf);
    mock_with_topic(instance, "t", 1);
    return instance;
}

/* Runs `start` on a thread of its own. Returns what it ended with. */
static void *on_thread(void *(*start)(void *)) {
    pthread_t thread;
    void *result;
    CHECK(!pthread_create(&thread, NULL, start, NULL), "thread");
    CHECK(!pthread_join(thread, &result), "join");
    return result;
}

static void *poll_for_ever(void *arg) {
    pthread_cleanup_push(clean, NULL);
    for (;;)
        rd_kafka_poll(rk, -1);
    pthread_cleanup_pop(0);
    return arg;
}

static void *flush_for_ever(void *arg) {
    pthread_cleanup_push(clean, NULL);
    rd_kafka_flush(rk, -1);
    pthread_cleanup_pop(0);
    return arg;
}

static void exits(void *(*start)(void *)) {
    for (exit_at = 1; exit_at <= 10; exit_at += 3) {
        /* The ten are one batch, which leaves when it is full. */
        rk = producer(quiet_conf("linger.ms", "30000", "batch.num.messages", "10", NULL));
        reports = cleaned = 0;
        for (int i = 0; i < 10; i++)
            CHECK(!produce(0), "produce");
        CHECK(on_thread(start) == (void *)7, "another result");
        CHECK(cleaned == 2, "%d clean-up handlers", cleaned);
        /* The others, and the event that holds them. */
        CHECK(reports == exit_at && rd_kafka_outq_len(rk) == 10 - exit_at + (exit_at < 10), "%d reports, outq_len %d", reports,
              rd_kafka_outq_len(rk));
        while (reports < 10)
            CHECK(rd_kafka_poll(rk, hang_ms()), "no report");
        CHECK(!produce(0) && !rd_kafka_flush(rk, hang_ms()) && reports == 11, "%d reports", reports);
        rd_kafka_destroy(rk);
    }
}

/* On the library's own threads it ends the callback, not the thread. */
static void on_log(const rd_kafka_t *instance, int level, const char *facility, const char *text) {
    (void)instance, (void)level, (void)facility, (void)text;
    if (syscall(SYS_gettid) != getpid()) {
        logs++;
        pthread_exit(NULL);
    }
}

static void exits_of_the_librarys_threads(void) {
    rd_kafka_conf_t *conf = quiet_conf("debug", "all", "log_level", "7", NULL);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rk = producer(conf);
    reports = exit_at = 0;
    CHECK(!produce(0) && !rd_kafka_flush(rk, hang_ms()) && reports == 1, "%d reports", reports);
    rd_kafka_destroy(rk);
    CHECK(logs > 10, "%d lines", logs);
}

/* The calls that wait, each without an end. */
static void wait_in_poll(void) { rd_kafka_poll(rk, -1); }
static void wait_in_flush(void) { rd_kafka_flush(rk, -1); }
static void wait_in_produce(void) { produce(RD_KAFKA_MSG_F_BLOCK); }
static void wait_in_queue_poll(void) { rd_kafka_queue_poll(empty, -1); }
static void wait_in_queue_callback(void) { rd_kafka_queue_poll_callback(empty, -1); }
static void wait_in_cluster_id(void) { rd_kafka_clusterid(rk, -1); }
static void wait_for_destroyed(void) { rd_kafka_wait_destroyed(0x7fffffff); }

static void wait_in_metadata(void) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_metadata(rk, 1, NULL, &metadata, 0x7fffffff);
}

static void wait_in_offsets(void) {
    int64_t low, high;
    rd_kafka_query_watermark_offsets(rk, "t", 0, &low, &high, 0x7fffffff);
}

static void wait_in_init_transactions(void) { rd_kafka_init_transactions(rk, 0x7fffffff); }

static void (*waits)(void);
static bool cancelled_before;

static void *waiting(void *arg) {
    int old;
    pthread_cleanup_push(clean, NULL);
    if (cancelled_before) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
        pthread_cancel(pthread_self());
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    }
    tid = (int)syscall(SYS_gettid);
    waits();
    pthread_cleanup_pop(0);
    return arg;
}

/* Waits until the thread sleeps. */
static void await_sleep(int thread) {
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
    for (const char *state = ""; strncmp(state, ") S", 3);) {
        FILE *file = fopen(path, "r");
        CHECK(file && fgets(text, sizeof(text), file), "%s", path);
        fclose(file);
        state = strrchr(text, ')');
    }
}

static void cancelled(const char *name, void (*in)(void)) {
    for (int before = 0; before < 2; before++) {
        pthread_t thread;
        void *result;
        waits = in;
        cancelled_before = before;
        cleaned = tid = 0;
        CHECK(!pthread_create(&thread, NULL, waiting, NULL), "thread");
        if (!before) {
            while (!tid)
                sched_yield();
            await_sleep(tid);
            CHECK(!pthread_cancel(thread), "cancel");
        }
        CHECK(!pthread_join(thread, &result), "join");
        CHECK(result == PTHREAD_CANCELED && cleaned == 1, "%s: not cancelled, or %d clean-up handlers", name, cleaned);
    }
}

static void waits_with_brokers(void) {
    rk = producer(quiet_conf("queue.buffering.max.messages", "1", "linger.ms", "0", NULL));
    empty = rd_kafka_queue_new(rk);
    reports = exit_at = 0;
    cancelled("poll", wait_in_poll);
    cancelled("queue_poll", wait_in_queue_poll);
    cancelled("queue_poll_callback", wait_in_queue_callback);
    cancelled("wait_destroyed", wait_for_destroyed);
    /* The report is not served, so the queue stays full. */
    CHECK(!produce(0), "produce");
    cancelled("produce", wait_in_produce);
    CHECK(rd_kafka_outq_len(rk) >= 1 && produce(0) == RD_KAFKA_RESP_ERR__QUEUE_FULL, "a message of a cancelled call");
    CHECK(!rd_kafka_flush(rk, hang_ms()) && reports == 1, "%d reports", reports);
    CHECK(!produce(0) && !rd_kafka_flush(rk, hang_ms()) && reports == 2, "%d reports", reports);
    rd_kafka_queue_destroy(empty);
    rd_kafka_destroy(rk);
}

static void waits_without_brokers(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_message);
    rk = new_producer(conf);
    reports = exit_at = 0;
    cancelled("metadata", wait_in_metadata);
    cancelled("clusterid", wait_in_cluster_id);
    cancelled("query_watermark_offsets", wait_in_offsets);
    CHECK(!produce(0), "produce");
    cancelled("flush", wait_in_flush);
    CHECK(rd_kafka_outq_len(rk) >= 1, "the message is gone");
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    CHECK(!rd_kafka_flush(rk, hang_ms()) && reports == 1, "%d reports", reports);
    rd_kafka_destroy(rk);

    rk = new_producer(quiet_conf("bootstrap.servers", "127.0.0.1:1", "transactional.id", "t", NULL));
    cancelled("init_transactions", wait_in_init_transactions);
    rd_kafka_error_t *error = rd_kafka_init_transactions(rk, 100);
    CHECK(rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__TIMED_OUT, "%s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    rd_kafka_destroy(rk);
}

/* Cancelled while it produces without waiting: nothing takes effect inside the library, and no message is lost. */
static void *produce_for_ever(void *arg) {
    int n = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    for (;; n++) {
        if (produce(0) && !n)
            return arg;
        if (n == 1000)
            pthread_cancel(pthread_self());
        if (n == 2000)
            pthread_testcancel();
    }
}

static void produces_while_cancelled(void) {
    rk = producer(quiet_conf("linger.ms", "0", NULL));
    reports = exit_at = 0;
    CHECK(on_thread(produce_for_ever) == PTHREAD_CANCELED, "not cancelled");
    CHECK(!rd_kafka_flush(rk, hang_ms()) && reports == 2001, "%d reports", reports);
    rd_kafka_destroy(rk);
}

int main(void) {
    exits(poll_for_ever);
    exits(flush_for_ever);
    exits_of_the_librarys_threads();
    waits_with_brokers();
    waits_without_brokers();
    produces_while_cancelled();
    return 0;
}
