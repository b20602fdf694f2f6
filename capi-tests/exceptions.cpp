/* test: alone valgrind engines on-mock=--throttle=25 */
/*
 * C++ exceptions out of callbacks pass through the functions of the library that called them, run the destructors on their
 * way, and leave an instance that can be used: nothing locked, nothing reported twice or not at all, no space lost. On a thread
 * of the library's, where nobody could catch it, an exception ends the process as on any thread. argv[1]: brokers that throttle.
 */
#include "common.h"

#include <atomic>
#include <errno.h>
#include <exception>
#include <functional>
#include <netdb.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>

namespace {

struct Oops : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/* What the callbacks do. */
int reports, throw_at;
std::atomic<const char *> throws{""};
int destroyed;

struct Witness {
    ~Witness() { destroyed++; }
};

/* Throws if `where` is what the test at hand is about. */
void maybe_throw(const char *where) {
    Witness witness;
    if (!strcmp(throws, where)) {
        throws = "";
        throw Oops(where);
    }
}

void on_message(rd_kafka_t *, const rd_kafka_message_t *, void *) {
    if (++reports == throw_at)
        maybe_throw("dr_msg_cb");
}

void on_report(rd_kafka_t *, void *, size_t, rd_kafka_resp_err_t, void *, void *) {
    if (++reports == throw_at)
        maybe_throw("dr_cb");
}

void on_error(rd_kafka_t *, int, const char *, void *) { maybe_throw("error_cb"); }
void on_throttle(rd_kafka_t *, const char *, int32_t, int, void *) { maybe_throw("throttle_cb"); }

int on_stats(rd_kafka_t *, char *, size_t, void *) {
    maybe_throw("stats_cb");
    return 0;
}

void on_typed_stats(rd_kafka_t *, const rd_kafka_stats_t *, void *) { maybe_throw("stats_cb_typed"); }
void on_log(const rd_kafka_t *, int, const char *, const char *) { maybe_throw("log_cb"); }

void on_wakeup(rd_kafka_t *, void *) { maybe_throw("event_cb"); }

void on_background(rd_kafka_t *, rd_kafka_event_t *event, void *) {
    rd_kafka_event_destroy(event);
    maybe_throw("background_event_cb");
}

int on_socket(int domain, int type, int protocol, void *) {
    maybe_throw("socket_cb");
    return socket(domain, type, protocol);
}

int on_connect(int fd, const struct sockaddr *address, int length, const char *, void *) {
    maybe_throw("connect_cb");
    return connect(fd, address, (socklen_t)length) && errno != EINPROGRESS ? errno : 0;
}

int on_close(int fd, void *) {
    maybe_throw("closesocket_cb");
    return close(fd);
}

int on_resolve(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list, void *) {
    maybe_throw("resolve_cb");
    if (node)
        return getaddrinfo(node, service, hints, list);
    freeaddrinfo(*list);
    return 0;
}

int32_t partitioner(const rd_kafka_topic_t *, const void *, size_t, int32_t, void *, void *) {
    maybe_throw("partitioner");
    return 0;
}

rd_kafka_resp_err_t on_send(rd_kafka_t *, rd_kafka_message_t *, void *) {
    maybe_throw("on_send");
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *, void *, char *, size_t) {
    return rd_kafka_interceptor_add_on_send(rk, "test", on_send, nullptr);
}

rd_kafka_conf_res_t on_conf_set(rd_kafka_conf_t *, const char *, const char *, char *, size_t, void *) {
    maybe_throw("on_conf_set");
    return RD_KAFKA_CONF_UNKNOWN;
}

/* Whether `call` lets the exception of a callback pass. */
bool passes(const char *where, const std::function<void()> &call) {
    throws = where;
    destroyed = 0;
    try {
        Witness witness;
        call();
    } catch (const Oops &oops) {
        CHECK(!strcmp(oops.what(), where), "%s instead of %s", oops.what(), where);
        /* That of the callback, and the caller's. */
        CHECK(destroyed >= 2, "%s: %d destructors", where, destroyed);
        return true;
    }
    return false;
}

int produce(rd_kafka_t *rk) {
    /* With a key: partitioners of the application's are not asked about messages without one. */
    return rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_VALUE((void *)"v", 1),
                             RD_KAFKA_V_END);
}

rd_kafka_t *producer(rd_kafka_conf_t *conf) {
    conf_set(conf, "test.mock.num.brokers", "1");
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 1);
    return rk;
}

/* The instance does everything that it should. Where log lines or throttling may come at any time, they count as waiting, too. */
void finish(rd_kafka_t *rk, bool hears_more = false) {
    throws = "";
    CHECK(!produce(rk), "produce afterwards");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush afterwards");
    if (hears_more)
        AWAIT((rd_kafka_poll(rk, 0), rd_kafka_outq_len(rk) == 0), "outq_len %d", rd_kafka_outq_len(rk));
    else
        CHECK(rd_kafka_outq_len(rk) == 0, "outq_len %d", rd_kafka_outq_len(rk));
    rd_kafka_destroy(rk);
}

/* In the first, a middle, and the last report of a batch: the others are reported all the same. */
void reports_of(bool by_message, const std::function<void(rd_kafka_t *)> &call) {
    for (int at : {1, 4, 10}) {
        rd_kafka_conf_t *conf = quiet_conf("linger.ms", "30000", "batch.num.messages", "10", "queue.buffering.max.messages", "10", NULL);
        if (by_message)
            rd_kafka_conf_set_dr_msg_cb(conf, on_message);
        else
            rd_kafka_conf_set_dr_cb(conf, on_report);
        rd_kafka_t *rk = producer(conf);
        reports = 0;
        throw_at = at;
        for (int i = 0; i < 10; i++)
            CHECK(!produce(rk), "produce");
        CHECK(passes(by_message ? "dr_msg_cb" : "dr_cb", [&] { call(rk); }), "no exception from report %d", at);
        CHECK(reports == at, "%d reports, not %d", reports, at);
        /* The others, and the event that holds them. */
        CHECK(rd_kafka_outq_len(rk) == 10 - at + (at < 10), "outq_len %d after report %d", rd_kafka_outq_len(rk), at);
        while (reports < 10)
            CHECK(rd_kafka_poll(rk, hang_ms()), "no report");
        finish(rk);
        CHECK(reports == 11, "%d reports", reports);
    }
}

void poll_until_thrown(rd_kafka_t *rk) {
    for (double end = give_up_at(); now_s() < end;)
        rd_kafka_poll(rk, 1000);
}

void other_callbacks() {
    rd_kafka_conf_t *conf = quiet_conf("statistics.interval.ms", "50", NULL);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    rd_kafka_conf_set_stats_cb_typed(conf, on_typed_stats);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_throttle_cb(conf, on_throttle);
    rd_kafka_t *rk = producer(conf);
    CHECK(passes("stats_cb", [&] { poll_until_thrown(rk); }), "stats_cb");
    CHECK(passes("stats_cb_typed", [&] { poll_until_thrown(rk); }), "stats_cb_typed");
    rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR__FAIL, "as a test");
    CHECK(passes("error_cb", [&] { poll_until_thrown(rk); }), "error_cb");
    rd_kafka_destroy(rk);

    /* With the log in a queue, lines are served by the thread that polls. */
    conf = quiet_conf("log.queue", "true", "debug", "all", "log_level", "7", NULL);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rk = producer(conf);
    rd_kafka_set_log_queue(rk, NULL);
    CHECK(passes("log_cb", [&] { poll_until_thrown(rk); }), "log_cb");
    finish(rk, true);
}

void throttled(const char *brokers) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, "linger.ms", "0", NULL);
    rd_kafka_conf_set_throttle_cb(conf, on_throttle);
    rd_kafka_t *rk = new_producer(conf);
    CHECK(!produce(rk), "produce");
    CHECK(passes("throttle_cb", [&] { poll_until_thrown(rk); }), "throttle_cb");
    finish(rk, true);
}

/* Called by the thread that calls rd_kafka_queue_yield(), among others. */
void woken() {
    rd_kafka_t *rk = producer(quiet_conf("linger.ms", "0", NULL));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_queue_cb_event_enable(queue, on_wakeup, nullptr);
    CHECK(passes("event_cb", [&] { rd_kafka_queue_yield(queue); }), "event_cb");
    CHECK(!rd_kafka_queue_poll(queue, 0), "an event");
    rd_kafka_queue_destroy(queue);
    finish(rk);
}

enum { TERMINATED = 42 };

/* In a child: an exception on a thread of the library's. */
[[noreturn]] void throw_on_own_thread(const char *where, const char *brokers) {
    alarm((unsigned)hang_ms() / 1000);
    std::set_terminate([] {
        try {
            if (std::current_exception())
                std::rethrow_exception(std::current_exception());
        } catch (const Oops &) {
            _exit(TERMINATED);
        } catch (...) {
        }
        _exit(1);
    });
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, "statistics.interval.ms", "50", "debug", "all", "log_level", "7", NULL);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    rd_kafka_conf_set_background_event_cb(conf, on_background);
    rd_kafka_conf_set_socket_cb(conf, on_socket);
    rd_kafka_conf_set_connect_cb(conf, on_connect);
    rd_kafka_conf_set_closesocket_cb(conf, on_close);
    rd_kafka_conf_set_resolve_cb(conf, on_resolve);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_queue_forward(rd_kafka_queue_get_main(rk), rd_kafka_queue_get_background(rk));
    throws = where;
    produce(rk);
    if (!strcmp(where, "closesocket_cb")) {
        CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
        rd_kafka_destroy(rk);
    }
    for (;;)
        pause();
}

void on_own_threads(const char *brokers) {
    for (const char *where : {"socket_cb", "connect_cb", "closesocket_cb", "resolve_cb", "background_event_cb", "log_cb"}) {
        fflush(stdout);
        pid_t child = fork();
        CHECK(child >= 0, "fork: %s", strerror(errno));
        if (!child)
            throw_on_own_thread(where, brokers);
        int status;
        CHECK(waitpid(child, &status, 0) == child, "waitpid");
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == TERMINATED, "%s: ended with %#x", where, (unsigned)status);
    }
}

void produce_calls() {
    rd_kafka_conf_t *conf = quiet_conf("queue.buffering.max.messages", "2", NULL);
    rd_kafka_conf_interceptor_add_on_new(conf, "test", on_new, nullptr);
    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    rd_kafka_topic_conf_set_partitioner_cb(topic_conf, partitioner);
    rd_kafka_conf_set_default_topic_conf(conf, topic_conf);
    rd_kafka_t *rk = producer(conf);
    const struct rd_kafka_metadata *metadata;
    CHECK(!produce(rk) && !rd_kafka_flush(rk, hang_ms()), "the first one");
    CHECK(!rd_kafka_metadata(rk, 1, NULL, &metadata, hang_ms()), "metadata");
    rd_kafka_metadata_destroy(metadata);
    /* More often than there is space in the queue: none of it is lost. */
    for (int i = 0; i < 5; i++)
        CHECK(passes("partitioner", [&] { produce(rk); }), "partitioner");
    CHECK(rd_kafka_outq_len(rk) == 0, "outq_len %d", rd_kafka_outq_len(rk));
    CHECK(passes("on_send", [&] { produce(rk); }), "on_send");
    finish(rk);
}

void configuration() {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[512];
    rd_kafka_conf_interceptor_add_on_conf_set(conf, "test", on_conf_set, nullptr);
    CHECK(passes("on_conf_set", [&] { rd_kafka_conf_set(conf, "linger.ms", "7", reason, sizeof(reason)); }), "on_conf_set");
    CHECK(rd_kafka_conf_set(conf, "linger.ms", "7", reason, sizeof(reason)) == RD_KAFKA_CONF_OK, "%s", reason);
    rd_kafka_conf_destroy(conf);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(list, "b", 0);
    rd_kafka_topic_partition_list_add(list, "a", 0);
    auto compare = [](const void *, const void *, void *) -> int {
        maybe_throw("compare");
        return 0;
    };
    CHECK(passes("compare", [&] { rd_kafka_topic_partition_list_sort(list, compare, nullptr); }), "compare");
    rd_kafka_topic_partition_list_destroy(list);
}

/* Thrown and caught inside a callback, by way of another call of the library's: what lies outside notices nothing. */
void on_message_nested(rd_kafka_t *rk, const rd_kafka_message_t *, void *) {
    /* The message makes sure that there is a report to be served inside. */
    if (++reports == 1)
        CHECK(!produce(rk) && passes("dr_msg_cb", [&] { rd_kafka_flush(rk, hang_ms()); }), "nested flush");
    else
        maybe_throw("dr_msg_cb");
}

void nested() {
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "0", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_message_nested);
    rd_kafka_t *rk = producer(conf);
    reports = 0;
    for (int i = 0; i < 10; i++)
        CHECK(!produce(rk), "produce");
    while (reports < 11)
        CHECK(rd_kafka_poll(rk, hang_ms()), "no report");
    finish(rk);
}

void transactions() {
    rd_kafka_conf_t *conf = quiet_conf("transactional.id", "t", "linger.ms", "50", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_message);
    rd_kafka_t *rk = producer(conf);
    CHECK(!rd_kafka_init_transactions(rk, hang_ms()) && !rd_kafka_begin_transaction(rk), "begin");
    reports = 0;
    throw_at = 2;
    for (int i = 0; i < 5; i++)
        CHECK(!produce(rk), "produce");
    CHECK(passes("dr_msg_cb", [&] { rd_kafka_commit_transaction(rk, hang_ms()); }), "commit");
    rd_kafka_error_t *error = rd_kafka_commit_transaction(rk, hang_ms());
    CHECK(!error && reports == 5, "%d reports: %s", reports, error ? rd_kafka_error_string(error) : "");
    rd_kafka_destroy(rk);
}

} // namespace

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: exceptions BROKERS");
    /* First: a child inherits no instance. What it leaves behind valgrind would call a leak. */
    if (!getenv("UNDER_VALGRIND"))
        on_own_threads(argv[1]);
    reports_of(true, poll_until_thrown);
    reports_of(false, poll_until_thrown);
    reports_of(true, [](rd_kafka_t *rk) { rd_kafka_flush(rk, hang_ms()); });
    reports_of(true, [](rd_kafka_t *rk) {
        rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
        struct Release {
            rd_kafka_queue_t *queue;
            ~Release() { rd_kafka_queue_destroy(queue); }
        } release{queue};
        for (double end = give_up_at(); now_s() < end;)
            rd_kafka_queue_poll_callback(queue, 1000);
    });
    other_callbacks();
    throttled(argv[1]);
    woken();
    produce_calls();
    configuration();
    nested();
    transactions();
    return 0;
}
