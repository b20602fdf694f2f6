/* test: differential valgrind engines limit=120 */
/* Who owns payload and headers on every path of success and failure of produce, producev, produceva and produce_batch. Where the
 * reference itself breaks the rules, ownership.c looks. */
#include "ownership.h"
#include "requests.h"

/* How the application hears of its messages. */
enum reports { BY_CALLBACK, BY_OLD_CALLBACK, BY_EVENT, BY_EVENT_ARRAY, BY_UNREAD_EVENT, NOT_AT_ALL };

struct situation {
    const char *name;
    const char *conf[9]; /* names and values */
    enum reports reports;
    bool no_cluster, unknown_topic; /* nothing is there to produce to; nothing is known about the topic yet */
    bool learns_later;              /* ... and nothing can be before everything is produced */
    rd_kafka_resp_err_t topic_error; /* from before anybody asks for the topic */
    int32_t partition;
    size_t length;
    bool no_payload;
    int64_t timestamp;
    int more_flags;
    unsigned without; /* 1 << api, each */
    void (*configure)(rd_kafka_conf_t *conf, rd_kafka_topic_conf_t *topic_conf);
    void (*before)(struct target *to, rd_kafka_mock_cluster_t *cluster);
    void (*after)(struct target *to); /* until nothing is under way; without it: flush */
};

#define WITHOUT(api) (1u << (api))

/* What comes before the calls. */

static void know_topic(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    (void)cluster;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(to->rk);
    CHECK(!rd_kafka_produce(to->rkt, 3, RD_KAFKA_MSG_F_COPY, "first", 5, NULL, 0, NULL), "produce");
    for (double deadline = give_up_at(); rd_kafka_flush(to->rk, 100);) {
        CHECK(now_s() < deadline, "the first message: flush: %d left", rd_kafka_outq_len(to->rk));
        rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 0));
    }
    rd_kafka_queue_destroy(queue);
}

static void one_waits(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    (void)cluster;
    CHECK(!rd_kafka_produce(to->rkt, 3, RD_KAFKA_MSG_F_COPY, "first", 5, NULL, 0, NULL), "produce");
}

static void topic_fails(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    (void)cluster;
    /* Refused at once if that is known by now; otherwise its report says that it is. */
    rd_kafka_produce(to->rkt, 3, RD_KAFKA_MSG_F_COPY, "first", 5, NULL, 0, NULL);
    CHECK(!rd_kafka_flush(to->rk, hang_ms()), "flush");
}

static void topic_will_be_missing(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    (void)to;
    rd_kafka_mock_topic_set_error(cluster, "t", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

static void fatal_error(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    (void)cluster;
    CHECK(!rd_kafka_test_fatal_error(to->rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made up"), "test_fatal_error");
}

static void slow_broker(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    (void)to;
    rd_kafka_mock_broker_set_rtt(cluster, 1, 20000); /* longer than anybody waits */
}

static void broker_refuses(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    rd_kafka_resp_err_t errors[300];
    (void)to;
    for (size_t i = 0; i < 300; i++)
        errors[i] = RD_KAFKA_RESP_ERR_POLICY_VIOLATION; /* says nothing of the topic, so what comes after is still taken */
    rd_kafka_mock_push_request_errors_array(cluster, 0 /* Produce */, 300, errors);
}

static void transactional(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    (void)cluster;
    rd_kafka_error_t *error = rd_kafka_init_transactions(to->rk, hang_ms());
    CHECK(!error, "init_transactions: %s", rd_kafka_error_string(error));
}

static void in_transaction(struct target *to, rd_kafka_mock_cluster_t *cluster) {
    transactional(to, cluster);
    rd_kafka_error_t *error = rd_kafka_begin_transaction(to->rk);
    CHECK(!error, "begin_transaction: %s", rd_kafka_error_string(error));
}

/* What comes after them. */

static void event_of(rd_kafka_event_t *event, enum reports reports) {
    const rd_kafka_message_t *m, *all[SLOTS];
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR && reports == BY_EVENT)
        while ((m = rd_kafka_event_message_next(event)))
            report(m);
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR && reports == BY_EVENT_ARRAY)
        for (size_t i = 0, n = rd_kafka_event_message_array(event, all, SLOTS); i < n; i++)
            report(all[i]);
    rd_kafka_event_destroy(event);
}

static void serve(struct target *to, enum reports reports) {
    double deadline = give_up_at();
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(to->rk);
    while (rd_kafka_flush(to->rk, reports >= BY_EVENT && reports <= BY_UNREAD_EVENT ? 50 : 1000)) {
        CHECK(now_s() < deadline, "flush: %d left", rd_kafka_outq_len(to->rk));
        if (reports >= BY_EVENT && reports <= BY_UNREAD_EVENT)
            event_of(rd_kafka_queue_poll(queue, 0), reports);
    }
    rd_kafka_queue_destroy(queue);
}

static void close_instance(struct target *to) {
    if (to->rk) {
        rd_kafka_topic_destroy(to->rkt);
        rd_kafka_destroy(to->rk);
    }
    to->rk = NULL;
}

static void purge_queue(struct target *to) {
    CHECK(!rd_kafka_purge(to->rk, RD_KAFKA_PURGE_F_QUEUE), "purge");
    serve(to, BY_CALLBACK);
}

/* With this, everything a situation produces is in the second request: the first is that of know_topic(). */
#define PRODUCED 36
#define IN_ONE_REQUEST "linger.ms", "30000", "batch.num.messages", "36"

static void purge_in_flight(struct target *to) {
    await_requests(API_PRODUCE, 2);
    CHECK(!rd_kafka_purge(to->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT), "purge");
    serve(to, BY_CALLBACK);
}

static void wait_for_time_outs(struct target *to) {
    AWAIT(rd_kafka_poll(to->rk, 100) == 0 && !rd_kafka_outq_len(to->rk), "%d left", rd_kafka_outq_len(to->rk));
}

static void time_out_in_flight(struct target *to) {
    await_requests(API_PRODUCE, 2);
    wait_for_time_outs(to);
}

static void destroy_in_flight(struct target *to) {
    await_requests(API_PRODUCE, 2);
    close_instance(to);
}

static void destroy_unserved(struct target *to) {
    await_acknowledgements(1 + PRODUCED); /* and nobody asks */
    close_instance(to);
}

static void purge_and_destroy(struct target *to) {
    CHECK(!rd_kafka_purge(to->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT), "purge");
    close_instance(to);
}

static void no_error(rd_kafka_error_t *error) {
    CHECK(!error, "%s", rd_kafka_error_string(error));
}

static void commit(struct target *to) {
    no_error(rd_kafka_commit_transaction(to->rk, hang_ms()));
}

static void abort_it(struct target *to) {
    no_error(rd_kafka_abort_transaction(to->rk, hang_ms()));
    serve(to, BY_CALLBACK);
}

static void destroy_in_transaction(struct target *to) {
    close_instance(to);
}

/* Callbacks of the application. */

static int32_t chosen;

static int32_t choose(const rd_kafka_topic_t *rkt, const void *key, size_t keylen, int32_t partitions, void *topic_opaque,
                      void *msg_opaque) {
    (void)rkt, (void)key, (void)keylen, (void)partitions, (void)topic_opaque;
    return msg_opaque ? chosen : 3;
}

static void beyond(rd_kafka_conf_t *conf, rd_kafka_topic_conf_t *topic_conf) {
    (void)conf;
    chosen = 99;
    rd_kafka_topic_conf_set_partitioner_cb(topic_conf, choose);
}

static void negative(rd_kafka_conf_t *conf, rd_kafka_topic_conf_t *topic_conf) {
    (void)conf;
    chosen = -2;
    rd_kafka_topic_conf_set_partitioner_cb(topic_conf, choose);
}

static void nowhere(rd_kafka_conf_t *conf, rd_kafka_topic_conf_t *topic_conf) {
    (void)conf;
    chosen = RD_KAFKA_PARTITION_UA;
    rd_kafka_topic_conf_set_partitioner_cb(topic_conf, choose);
}

static void good(rd_kafka_conf_t *conf, rd_kafka_topic_conf_t *topic_conf) {
    (void)conf;
    chosen = 2;
    rd_kafka_topic_conf_set_partitioner_cb(topic_conf, choose);
}

static int acknowledged;

static rd_kafka_resp_err_t fail(rd_kafka_t *rk, rd_kafka_message_t *m, void *ic_opaque) {
    (void)rk, (void)ic_opaque;
    acknowledged += m->_private != NULL;
    return RD_KAFKA_RESP_ERR__FAIL;
}

/* Looks at the headers, and adds some where the message has none that are the application's. */
static rd_kafka_resp_err_t add_header(rd_kafka_t *rk, rd_kafka_message_t *m, void *ic_opaque) {
    rd_kafka_headers_t *headers;
    (void)rk, (void)ic_opaque;
    if (rd_kafka_message_headers(m, &headers)) {
        headers = rd_kafka_headers_new(2);
        rd_kafka_message_set_headers(m, headers);
        rd_kafka_header_add(headers, "added", -1, "x", 1);
    } else if (rd_kafka_header_cnt(headers) == 1)
        rd_kafka_header_add(headers, "added", -1, "x", 1);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t new_failing(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *ic_opaque, char *errstr, size_t size) {
    (void)conf, (void)ic_opaque, (void)errstr, (void)size;
    rd_kafka_interceptor_add_on_send(rk, "fails", fail, NULL);
    rd_kafka_interceptor_add_on_acknowledgement(rk, "fails", fail, NULL);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t new_adding(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *ic_opaque, char *errstr, size_t size) {
    (void)conf, (void)ic_opaque, (void)errstr, (void)size;
    rd_kafka_interceptor_add_on_send(rk, "adds", add_header, NULL);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void failing_interceptor(rd_kafka_conf_t *conf, rd_kafka_topic_conf_t *topic_conf) {
    (void)topic_conf;
    rd_kafka_conf_interceptor_add_on_new(conf, "fails", new_failing, NULL);
}

static void adding_interceptor(rd_kafka_conf_t *conf, rd_kafka_topic_conf_t *topic_conf) {
    (void)topic_conf;
    rd_kafka_conf_interceptor_add_on_new(conf, "adds", new_adding, NULL);
}

#define UA RD_KAFKA_PARTITION_UA
#define SOON "topic.metadata.propagation.max.ms", "0", "topic.metadata.refresh.fast.interval.ms", "50"

static const struct situation situations[] = {
    /* Accepted and delivered. */
    {.name = "delivered", .length = 20},
    {.name = "delivered where the partitioner says", .length = 20, .partition = UA},
    {.name = "delivered where the application's partitioner says", .length = 20, .partition = UA, .configure = good},
    {.name = "long values", .length = 6000},
    {.name = "long values, compressed", .length = 6000, .conf = {"compression.type", "lz4"}},
    {.name = "empty values"},
    {.name = "no values", .no_payload = true},
    {.name = "without acks", .length = 20, .conf = {"acks", "0"}},
    {.name = "idempotent", .length = 20, .conf = {"enable.idempotence", "true"}},
    {.name = "old form of reports", .length = 20, .reports = BY_OLD_CALLBACK},
    {.name = "reports as events", .length = 20, .reports = BY_EVENT},
    {.name = "reports as events, read as an array", .length = 20, .reports = BY_EVENT_ARRAY},
    {.name = "reports as events that are not read", .length = 20, .reports = BY_UNREAD_EVENT},
    {.name = "no reports", .length = 20, .reports = NOT_AT_ALL},
    {.name = "no reports, waiting for space", .length = 20, .reports = NOT_AT_ALL, .more_flags = RD_KAFKA_MSG_F_BLOCK,
     .conf = {"queue.buffering.max.messages", "1", "linger.ms", "0"}},
    {.name = "reports of errors only", .length = 20, .conf = {"delivery.report.only.error", "true"}},
    {.name = "with time-stamp 1", .length = 20, .timestamp = 1, .without = WITHOUT(PRODUCE) | WITHOUT(BATCH) | WITHOUT(BATCH_OWN)},
    {.name = "with time-stamp -1", .length = 20, .timestamp = -1, .without = WITHOUT(PRODUCE) | WITHOUT(BATCH) | WITHOUT(BATCH_OWN)},
    {.name = "with the earliest time-stamp", .length = 20, .timestamp = INT64_MIN, .without = WITHOUT(PRODUCE) | WITHOUT(BATCH) | WITHOUT(BATCH_OWN)},
    {.name = "with the latest time-stamp", .length = 20, .timestamp = INT64_MAX, .without = WITHOUT(PRODUCE) | WITHOUT(BATCH) | WITHOUT(BATCH_OWN)},
    {.name = "interceptors that fail", .length = 20, .configure = failing_interceptor},
    {.name = "interceptors that add headers", .length = 20, .configure = adding_interceptor},
    {.name = "in a transaction", .length = 20, .conf = {"transactional.id", "id"}, .before = in_transaction, .after = commit},
    /* Refused by the call. */
    {.name = "unknown partition", .length = 20, .partition = 99, .before = know_topic, .without = WITHOUT(BATCH_OWN)},
    {.name = "partition -2", .length = 20, .partition = -2, .before = know_topic, .without = WITHOUT(BATCH) | WITHOUT(BATCH_OWN)},
    {.name = "unknown partition, interceptors that fail", .length = 20, .partition = 99, .before = know_topic, .without = WITHOUT(BATCH_OWN),
     .configure = failing_interceptor},
    {.name = "too large", .length = 2000, .conf = {"message.max.bytes", "1000", "message.copy.max.bytes", "500"}},
    {.name = "too large for its headers", .length = 955, .conf = {"message.max.bytes", "1000", "message.copy.max.bytes", "500"}},
    {.name = "queue full", .length = 20, .conf = {"queue.buffering.max.messages", "1", "linger.ms", "30000"}, .before = one_waits},
    {.name = "queue full of bytes", .length = 1200, .conf = {"queue.buffering.max.kbytes", "1"}},
    {.name = "the topic does not exist", .length = 20, .conf = {SOON}, .unknown_topic = true, .topic_error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, .before = topic_fails, .without = WITHOUT(BATCH_OWN)},
    {.name = "the topic does not exist, interceptors that fail", .length = 20, .conf = {SOON}, .unknown_topic = true, .topic_error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, .before = topic_fails,
     .configure = failing_interceptor, .without = WITHOUT(BATCH_OWN)},
    {.name = "the topic is not allowed", .length = 20, .conf = {SOON}, .unknown_topic = true, .topic_error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, .before = topic_fails, .without = WITHOUT(BATCH_OWN)},
    {.name = "the partitioner says 99", .length = 20, .partition = UA, .before = know_topic, .configure = beyond, .without = WITHOUT(BATCH) | WITHOUT(BATCH_OWN)},
    {.name = "the partitioner says -2", .length = 20, .partition = UA, .before = know_topic, .configure = negative, .without = WITHOUT(BATCH) | WITHOUT(BATCH_OWN)},
    {.name = "the partitioner does not know", .length = 20, .partition = UA, .before = know_topic, .configure = nowhere, .conf = {"message.timeout.ms", "1500"},
     .after = wait_for_time_outs},
    {.name = "after a fatal error", .length = 20, .conf = {"enable.idempotence", "true"}, .before = fatal_error},
    {.name = "after a fatal error, too large", .length = 2000, .conf = {"enable.idempotence", "true", "message.max.bytes", "1000", "message.copy.max.bytes", "500"}, .before = fatal_error},
    {.name = "before a transaction", .length = 20, .conf = {"transactional.id", "id"}, .before = transactional, .unknown_topic = true},
    {.name = "before init_transactions", .length = 20, .conf = {"transactional.id", "id"}, .unknown_topic = true},
    {.name = "before a transaction, too large", .length = 2000, .conf = {"transactional.id", "id", "message.max.bytes", "1000", "message.copy.max.bytes", "500"},
     .before = transactional, .unknown_topic = true},
    /* Accepted, and failed later. */
    {.name = "the topic turns out not to exist", .length = 20, .conf = {SOON}, .unknown_topic = true, .learns_later = true, .before = topic_will_be_missing},
    {.name = "the partition turns out not to exist", .length = 20, .partition = 99, .unknown_topic = true, .learns_later = true},
    {.name = "the partitioner says 99 when it is asked", .length = 20, .partition = UA, .unknown_topic = true, .learns_later = true, .configure = beyond},
    {.name = "the broker refuses", .length = 20, .before = broker_refuses},
    {.name = "the broker refuses long values", .length = 6000, .before = broker_refuses},
    {.name = "purged in the queue", .length = 20, .conf = {"linger.ms", "30000"}, .before = know_topic, .after = purge_queue},
    {.name = "purged before the topic is known", .length = 20, .no_cluster = true, .unknown_topic = true, .after = purge_queue},
    {.name = "purged on their way", .length = 20, .conf = {IN_ONE_REQUEST}, .before = slow_broker, .after = purge_in_flight},
    {.name = "purged on their way, long values", .length = 6000, .conf = {IN_ONE_REQUEST}, .before = slow_broker, .after = purge_in_flight},
    {.name = "timed out without a broker", .length = 20, .no_cluster = true, .unknown_topic = true, .conf = {"message.timeout.ms", "300"}, .after = wait_for_time_outs},
    {.name = "timed out on their way", .length = 6000, .before = slow_broker, .conf = {"linger.ms", "3000", "batch.num.messages", "36", "message.timeout.ms", "4000"},
     .after = time_out_in_flight},
    {.name = "aborted", .length = 20, .conf = {"transactional.id", "id", "linger.ms", "30000"}, .before = in_transaction, .unknown_topic = true, .after = abort_it},
    /* Accepted, and the end comes first. */
    {.name = "destroyed with messages queued", .length = 20, .no_cluster = true, .unknown_topic = true, .after = close_instance},
    {.name = "destroyed while messages linger", .length = 20, .conf = {"linger.ms", "30000"}, .before = know_topic, .after = close_instance},
    {.name = "destroyed with messages on their way", .length = 6000, .conf = {IN_ONE_REQUEST}, .before = slow_broker, .after = destroy_in_flight},
    {.name = "destroyed before reports were served", .length = 20, .after = destroy_unserved},
    {.name = "destroyed before events were served", .length = 20, .reports = BY_EVENT, .after = destroy_unserved},
    {.name = "purged and destroyed", .length = 20, .no_cluster = true, .unknown_topic = true, .after = purge_and_destroy},
    {.name = "destroyed in a transaction", .length = 20, .conf = {"transactional.id", "id", "linger.ms", "30000"}, .before = in_transaction, .unknown_topic = true,
     .after = destroy_in_transaction},
};

/* What the list of arguments itself can have wrong with it: what producev and produceva get beside value and flags. */

struct arguments {
    const char *name;
    rd_kafka_vtype_t first, second, third;
};

#define A_TOPIC RD_KAFKA_VTYPE_TOPIC
#define A_HEADER RD_KAFKA_VTYPE_HEADER
#define A_HEADERS RD_KAFKA_VTYPE_HEADERS
#define UNKNOWN ((rd_kafka_vtype_t)4711)
#define NOTHING RD_KAFKA_VTYPE_END

static const struct arguments argument_lists[] = {
    {"topic and headers", A_TOPIC, A_HEADERS, NOTHING},
    {"topic, header and headers", A_TOPIC, A_HEADER, A_HEADERS},
    {"topic, headers and header", A_TOPIC, A_HEADERS, A_HEADER},
    {"header, headers and topic", A_HEADER, A_HEADERS, A_TOPIC},
    {"headers, header and topic", A_HEADERS, A_HEADER, A_TOPIC},
    {"header, topic and headers", A_HEADER, A_TOPIC, A_HEADERS},
    {"headers", A_HEADERS, NOTHING, NOTHING},
    {"headers and header", A_HEADERS, A_HEADER, NOTHING},
    {"nothing", NOTHING, NOTHING, NOTHING},
    {"an unknown tag", UNKNOWN, NOTHING, NOTHING},
    {"an unknown tag, headers and topic", UNKNOWN, A_HEADERS, A_TOPIC},
    {"topic, an unknown tag and headers", A_TOPIC, UNKNOWN, A_HEADERS},
    {"topic, headers and an unknown tag", A_TOPIC, A_HEADERS, UNKNOWN},
    {"headers, an unknown tag and header", A_HEADERS, UNKNOWN, A_HEADER},
};

static size_t argument(rd_kafka_vu_t *vus, size_t n, rd_kafka_vtype_t type, const char *topic, struct item *it) {
    if (type == NOTHING)
        return n;
    memset(&vus[n], 0, sizeof(vus[n]));
    vus[n].vtype = type;
    if (type == A_TOPIC)
        vus[n].u.cstr = topic;
    else if (type == A_HEADERS)
        vus[n].u.headers = it->headers;
    else if (type == A_HEADER) {
        vus[n].u.header.name = "single";
        vus[n].u.header.val = "x";
        vus[n].u.header.size = 1;
    }
    return n + 1;
}

/* Value and flags come first, so that nothing of them is missing when the rest is refused. */
static void produce_arguments(struct target *to, const struct arguments *a, const char *topic, bool v) {
    struct item *it = new_item(v ? PRODUCEV : PRODUCEVA, LIST, 2, 20, false);
    void *opaque = (void *)(intptr_t)(it->slot + 1);
    rd_kafka_vu_t vus[8] = {
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {it->payload, it->length}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_FREE},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = opaque},
    };
    size_t n = argument(vus, 3, a->first, topic, it);
    n = argument(vus, n, a->second, topic, it);
    n = argument(vus, n, a->third, topic, it);
    if (!v) {
        rd_kafka_error_t *error = rd_kafka_produceva(to->rk, vus, n);
        note(it, rd_kafka_error_code(error), 0);
        snprintf(it->text, sizeof(it->text), "%s", error ? rd_kafka_error_string(error) : "");
        rd_kafka_error_destroy(error);
        return;
    }
    /* The tags decide what is read of an argument, so a header takes three words, and all others one. */
#define WORDS(k) vus[k].vtype, vus[k].vtype == A_TOPIC ? (const void *)vus[k].u.cstr : (const void *)vus[k].u.headers
#define V RD_KAFKA_V_VALUE(it->payload, it->length), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_FREE), RD_KAFKA_V_OPAQUE(opaque)
#define H A_HEADER, "single", "x", (ssize_t)1
    rd_kafka_resp_err_t err;
    bool h[3] = {n > 3 && vus[3].vtype == A_HEADER, n > 4 && vus[4].vtype == A_HEADER, n > 5 && vus[5].vtype == A_HEADER};
    if (n == 3)
        err = rd_kafka_producev(to->rk, V, RD_KAFKA_V_END);
    else if (n == 4)
        err = rd_kafka_producev(to->rk, V, WORDS(3), RD_KAFKA_V_END);
    else if (n == 5)
        err = h[1] ? rd_kafka_producev(to->rk, V, WORDS(3), H, RD_KAFKA_V_END) : rd_kafka_producev(to->rk, V, WORDS(3), WORDS(4), RD_KAFKA_V_END);
    else if (h[0])
        err = rd_kafka_producev(to->rk, V, H, WORDS(4), WORDS(5), RD_KAFKA_V_END);
    else if (h[1])
        err = rd_kafka_producev(to->rk, V, WORDS(3), H, WORDS(5), RD_KAFKA_V_END);
    else if (h[2])
        err = rd_kafka_producev(to->rk, V, WORDS(3), WORDS(4), H, RD_KAFKA_V_END);
    else
        err = rd_kafka_producev(to->rk, V, WORDS(3), WORDS(4), WORDS(5), RD_KAFKA_V_END);
    note(it, err, 0);
}

static struct target begin(const struct situation *s, rd_kafka_mock_cluster_t **cluster) {
    struct target to = {.partition = s->partition, .more_flags = s->more_flags, .timestamp = s->timestamp};
    rd_kafka_conf_t *conf = quiet_conf(s->no_cluster ? "bootstrap.servers" : "test.mock.num.brokers", s->no_cluster ? "127.0.0.1:1" : "1", NULL);
    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    if (s->configure)
        s->configure(conf, topic_conf);
    else
        count_requests(conf);
    rd_kafka_conf_set_default_topic_conf(conf, topic_conf);
    for (size_t i = 0; s->conf[i]; i += 2)
        conf_set(conf, s->conf[i], s->conf[i + 1]);
    without_reports = s->reports == NOT_AT_ALL;
    if (s->reports == BY_CALLBACK)
        rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    else if (s->reports == BY_OLD_CALLBACK)
        rd_kafka_conf_set_dr_cb(conf, on_old_report);
    else if (s->reports != NOT_AT_ALL)
        rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    to.rk = new_producer(conf);
    *cluster = s->no_cluster ? NULL : mock_with_topic(to.rk, "t", 4);
    CHECK(!s->learns_later || !rd_kafka_mock_broker_set_down(*cluster, 1), "set_down");
    if (s->topic_error)
        rd_kafka_mock_topic_set_error(*cluster, "t", s->topic_error);
    to.rkt = rd_kafka_topic_new(to.rk, "t", NULL);
    CHECK(to.rkt, "topic_new");
    return to;
}

static void run(const struct situation *s) {
    rd_kafka_mock_cluster_t *cluster;
    struct target to = begin(s, &cluster);
    acknowledged = 0;
    if (!s->unknown_topic && s->before != in_transaction && s->before != one_waits)
        know_topic(&to, cluster);
    if (s->before && s->before != know_topic)
        s->before(&to, cluster);
    for (int api = 0; api < APIS; api++)
        for (int kind = 0; kind < KINDS && !(s->without & WITHOUT(api)); kind++)
            for (int set = 0; set < FLAG_SETS && (kind == NO_HEADERS || api == PRODUCEV || api == PRODUCEVA); set++)
                produce_item(&to, new_item(api, kind, set, s->length, s->no_payload));
    CHECK(!s->learns_later || !rd_kafka_mock_broker_set_up(cluster, 1), "set_up");
    CHECK(s->without || item_count == PRODUCED, "%d messages", item_count);
    if (s->after)
        s->after(&to);
    else
        serve(&to, s->reports);
    int before_destroy = 0;
    for (int i = 0; i < item_count; i++)
        before_destroy += arena_frees[i];
    bool destroyed = !to.rk;
    close_instance(&to);
    if (s->reports == BY_CALLBACK || s->reports == BY_OLD_CALLBACK)
        printf("freed after the next report: %d\n", freed_late());
    show_items(s->name);
    if (!destroyed)
        printf("freed before destroy: %d\n", before_destroy);
    if (s->configure == failing_interceptor)
        printf("told interceptors %d times\n", acknowledged);
    fflush(stdout);
}

static void run_arguments(const char *situation, const char *topic, bool transactional_id) {
    static const struct situation plain = {.length = 20}, outside = {.conf = {"transactional.id", "id"}};
    rd_kafka_mock_cluster_t *cluster;
    struct target to = begin(transactional_id ? &outside : &plain, &cluster);
    if (!transactional_id)
        know_topic(&to, cluster);
    for (size_t i = 0; i < sizeof(argument_lists) / sizeof(argument_lists[0]); i++)
        for (int v = 0; v < 2; v++)
            produce_arguments(&to, &argument_lists[i], topic, v);
    serve(&to, BY_CALLBACK);
    close_instance(&to);
    show_items(situation);
}

/* Given twice: what comes last counts, and what came before it stays the caller's. */
static void run_twice(void) {
    static const struct situation plain = {.length = 20};
    rd_kafka_mock_cluster_t *cluster;
    struct target to = begin(&plain, &cluster);
    know_topic(&to, cluster);
    for (int last = 0; last < 2; last++) {
        struct item *a = new_item(PRODUCEV, LIST, 2, 20, false), *b = new_item(PRODUCEV, LIST, 2, 20, false);
        rd_kafka_headers_t *list = last ? b->headers : NULL;
        a->err = RD_KAFKA_RESP_ERR__CONFLICT; /* what the caller has to release */
        note(b, rd_kafka_producev(to.rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE(a->payload, 20), RD_KAFKA_V_HEADERS(a->headers),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(b->payload, 20), RD_KAFKA_V_HEADERS(list),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_FREE), RD_KAFKA_V_OPAQUE((void *)(intptr_t)(b->slot + 1)), RD_KAFKA_V_END),
             0);
        CHECK(!b->err, "producev: %s", rd_kafka_err2name(b->err));
        if (!last)
            rd_kafka_headers_destroy(b->headers), b->headers = NULL;
    }
    serve(&to, BY_CALLBACK);
    close_instance(&to);
    show_items("value and headers twice");
}

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++)
        if (argc < 2 || strstr(situations[i].name, argv[1])) {
            double began = now_s();
            run(&situations[i]);
            if (getenv("TIMES"))
                fprintf(stderr, "%.2f %s\n", now_s() - began, situations[i].name);
        }
    if (argc < 2) {
        static char long_name[700];
        memset(long_name, 'x', sizeof(long_name) - 1);
        run_arguments("arguments", "t", false);
        run_arguments("arguments with a topic whose name is too long", long_name, false);
        run_arguments("arguments without the name of the topic", NULL, false);
        run_arguments("arguments, outside of a transaction", "t", true);
        run_twice();
    }
    return 0;
}
