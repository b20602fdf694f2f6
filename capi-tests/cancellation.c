/* test: alone engines on-mock=--throttle=25 */
/*
 * pthread_exit() inside callbacks, and pthread_cancel() of threads that wait in the library: the thread ends, its clean-up
 * handlers run, and the instance can be used by the others as if nothing had happened. argv[1]: brokers that throttle.
 */
#include "common.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
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

/* Callbacks other than reports. The one that is to end its thread does so once. */
static const char *brokers;
static const char *_Atomic leaves;
static int wanted; /* reports, of all that was produced */

static void may_leave(const char *where) {
    const char *here = leaves;
    if (here && !strcmp(here, where) && atomic_compare_exchange_strong(&leaves, &here, NULL))
        pthread_exit((void *)7);
}

static int on_stats(rd_kafka_t *instance, char *json, size_t length, void *opaque) {
    (void)instance, (void)json, (void)length, (void)opaque;
    may_leave("stats_cb");
    return 0;
}

static void on_typed_stats(rd_kafka_t *instance, const rd_kafka_stats_t *stats, void *opaque) {
    (void)instance, (void)stats, (void)opaque;
    may_leave("stats_cb_typed");
}

static void on_error(rd_kafka_t *instance, int err, const char *reason, void *opaque) {
    (void)instance, (void)err, (void)reason, (void)opaque;
    may_leave("error_cb");
}

static void on_throttle(rd_kafka_t *instance, const char *name, int32_t id, int ms, void *opaque) {
    (void)instance, (void)name, (void)id, (void)ms, (void)opaque;
    may_leave("throttle_cb");
}

static void on_queued_log(const rd_kafka_t *instance, int level, const char *facility, const char *text) {
    (void)instance, (void)level, (void)facility, (void)text;
    may_leave("log_cb");
}

static void on_event(rd_kafka_t *instance, rd_kafka_event_t *event, void *opaque) {
    (void)instance, (void)opaque;
    rd_kafka_event_destroy(event);
    may_leave("background_event_cb");
}

static void on_wakeup(rd_kafka_t *instance, void *opaque) {
    (void)instance, (void)opaque;
    may_leave("event_cb");
}

static int on_socket(int domain, int type, int protocol, void *opaque) {
    (void)opaque;
    may_leave("socket_cb");
    return socket(domain, type, protocol);
}

static int on_connect(int fd, const struct sockaddr *address, int length, const char *id, void *opaque) {
    (void)id, (void)opaque;
    may_leave("connect_cb");
    return connect(fd, address, (socklen_t)length) && errno != EINPROGRESS ? errno : 0;
}

static int on_close(int fd, void *opaque) {
    (void)opaque;
    int result = close(fd);
    may_leave("closesocket_cb");
    return result;
}

static int on_resolve(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list, void *opaque) {
    (void)opaque;
    if (!node) {
        freeaddrinfo(*list);
        may_leave("resolve_cb that releases");
        return 0;
    }
    may_leave("resolve_cb");
    return getaddrinfo(node, service, hints, list);
}

static rd_kafka_t *with_callbacks(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, "linger.ms", "0", "statistics.interval.ms", "50", "log.queue", "true",
                                       "debug", "all", "log_level", "7", "reconnect.backoff.ms", "20", "reconnect.backoff.max.ms", "50", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_message);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    rd_kafka_conf_set_stats_cb_typed(conf, on_typed_stats);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_throttle_cb(conf, on_throttle);
    rd_kafka_conf_set_log_cb(conf, on_queued_log);
    rd_kafka_conf_set_background_event_cb(conf, on_event);
    rd_kafka_conf_set_socket_cb(conf, on_socket);
    rd_kafka_conf_set_connect_cb(conf, on_connect);
    rd_kafka_conf_set_closesocket_cb(conf, on_close);
    rd_kafka_conf_set_resolve_cb(conf, on_resolve);
    reports = exit_at = wanted = 0;
    return new_producer(conf);
}

static void still_works(const char *where) {
    CHECK(!produce(0), "%s: produce", where);
    wanted++;
    AWAIT((rd_kafka_poll(rk, 50), reports == wanted), "%s: %d reports, not %d", where, reports, wanted);
    CHECK(!leaves, "%s was not called", where);
}

/* Called by a thread of the application's that polls: it ends. */
static void exits_of_callers(void) {
    static const char *const callbacks[] = {"stats_cb", "stats_cb_typed", "error_cb", "throttle_cb", "log_cb"};
    for (size_t i = 0; i < sizeof(callbacks) / sizeof(*callbacks); i++) {
        rk = with_callbacks();
        CHECK(!rd_kafka_set_log_queue(rk, NULL) && !produce(0), "produce");
        wanted = 1;
        leaves = callbacks[i];
        cleaned = 0;
        bool error = !strcmp(callbacks[i], "error_cb");
        if (error)
            rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR__FAIL, "as a test");
        CHECK(on_thread(poll_for_ever) == (void *)7 && cleaned == 1, "%s: another end, or %d clean-up handlers", callbacks[i], cleaned);
        if (error) /* it was fatal: nothing can be produced any more, and all else works */
            CHECK(!rd_kafka_flush(rk, hang_ms()) && reports == 1, "%d reports", reports);
        else
            still_works(callbacks[i]);
        rd_kafka_destroy(rk);
    }
}

/* Called by threads of the library's: only the callback ends. The connection fails that it was asked for, and another is made. */
static void exits_of_the_librarys_callbacks(void) {
    static const char *const callbacks[] = {"socket_cb", "connect_cb", "resolve_cb", "resolve_cb that releases", "background_event_cb",
                                            "event_cb"};
    for (size_t i = 0; i < sizeof(callbacks) / sizeof(*callbacks); i++) {
        leaves = callbacks[i];
        rk = with_callbacks();
        rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk), *background = rd_kafka_queue_get_background(rk);
        if (!strcmp(callbacks[i], "event_cb"))
            rd_kafka_queue_cb_event_enable(queue, on_wakeup, NULL);
        if (!strcmp(callbacks[i], "background_event_cb")) {
            rd_kafka_queue_forward(queue, background);
            AWAIT(!leaves, "no event in the background");
            rd_kafka_queue_forward(queue, NULL);
        }
        still_works(callbacks[i]);
        still_works(callbacks[i]);
        rd_kafka_queue_destroy(background);
        rd_kafka_queue_destroy(queue);
        rd_kafka_destroy(rk);
    }
    rk = with_callbacks();
    leaves = NULL;
    still_works("a connection");
    leaves = "closesocket_cb";
    rd_kafka_destroy(rk);
    CHECK(!leaves, "closesocket_cb was not called");
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

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: cancellation BROKERS");
    brokers = argv[1];
    exits(poll_for_ever);
    exits(flush_for_ever);
    exits_of_the_librarys_threads();
    exits_of_callers();
    exits_of_the_librarys_callbacks();
    waits_with_brokers();
    waits_without_brokers();
    produces_while_cancelled();
    return 0;
}
