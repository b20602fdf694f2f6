/* test: differential valgrind engines */
/* Interceptors: what they are told, in which order and how often, on configurations and on instances. */
#include "common.h"

#include <pthread.h>

static const char *name_of(const char *name) {
    return name ? name : "(null)";
}

/* Configurations. */

static rd_kafka_conf_res_t on_conf_set(rd_kafka_conf_t *conf, const char *name, const char *val, char *errstr, size_t size,
                                       void *ic_opaque) {
    char current[128];
    size_t current_size = sizeof(current);
    rd_kafka_conf_res_t res = rd_kafka_conf_get(conf, name, current, &current_size);

    printf("  %s: set %s=%s, errstr %d, before: %s\n", (const char *)ic_opaque, name, name_of(val), errstr != NULL,
           res == RD_KAFKA_CONF_OK ? current : "-");
    if (!strcmp(name, "mine.good"))
        return RD_KAFKA_CONF_OK;
    if (!strcmp(name, "mine.bad")) {
        snprintf(errstr, size, "%s does not like it", (const char *)ic_opaque);
        return RD_KAFKA_CONF_INVALID;
    }
    return RD_KAFKA_CONF_UNKNOWN;
}

static rd_kafka_resp_err_t on_conf_dup(rd_kafka_conf_t *new_conf, const rd_kafka_conf_t *old_conf, size_t filter_cnt,
                                       const char **filter, void *ic_opaque) {
    printf("  %s: dup, different %d, filters %zu %s\n", (const char *)ic_opaque, new_conf != old_conf, filter_cnt,
           filter_cnt ? filter[0] : "-");
    printf("  added to copy: %d\n", rd_kafka_conf_interceptor_add_on_conf_set(new_conf, "copy", on_conf_set, "copy"));
    return RD_KAFKA_RESP_ERR__FAIL;
}

static rd_kafka_resp_err_t on_conf_destroy(void *ic_opaque) {
    printf("  %s: destroy\n", (const char *)ic_opaque);
    return RD_KAFKA_RESP_ERR__FAIL;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char reason[256] = "";
    printf("set %s=%s\n", name, name_of(value));
    rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, name, value, reason, sizeof(reason));
    printf("-> %d \"%s\"\n", res, res == RD_KAFKA_CONF_OK ? "" : reason);
}

static void configurations(void) {
    static const char *filter[] = {"client.", "mine"};
    rd_kafka_conf_t *conf = rd_kafka_conf_new(), *copy;

    printf("add: %d", rd_kafka_conf_interceptor_add_on_conf_set(conf, "a", on_conf_set, "a"));
    printf(" %d", rd_kafka_conf_interceptor_add_on_conf_set(conf, "a", on_conf_set, "again"));
    printf(" %d", rd_kafka_conf_interceptor_add_on_conf_set(conf, "b", on_conf_set, "b"));
    printf(" %d", rd_kafka_conf_interceptor_add_on_conf_dup(conf, "a", on_conf_dup, "dup"));
    printf(" %d", rd_kafka_conf_interceptor_add_on_conf_dup(conf, "a", on_conf_dup, "again"));
    printf(" %d", rd_kafka_conf_interceptor_add_on_conf_destroy(conf, "a", on_conf_destroy, "1"));
    printf(" %d\n", rd_kafka_conf_interceptor_add_on_conf_destroy(conf, "a", on_conf_destroy, "2"));
    set(conf, "client.id", "me");
    set(conf, "linger.ms", "7");
    set(conf, "linger.ms", "bad");
    set(conf, "debug", "broker,topic");
    set(conf, "debug", "broker,nonsense,msg");
    set(conf, "debug", "-broker,,+topic");
    set(conf, "debug", ",");
    set(conf, "socket.timeout.ms", "1");
    set(conf, "client.rack", "");
    set(conf, "client.rack", NULL);
    set(conf, "mine.good", "1");
    set(conf, "mine.good", "");
    set(conf, "mine.bad", "1");
    set(conf, "nobodys", "1");
    set(conf, "acks", "1");
    set(conf, "topic.acks", "-1");
    set(conf, "dr_cb", "1");
    set(conf, "interceptors", "1");
    printf("no space for reasons: %d\n", rd_kafka_conf_set(conf, "mine.bad", "2", NULL, 0));
    printf("copy\n");
    copy = rd_kafka_conf_dup(conf);
    printf("change copy\n");
    set(copy, "client.id", "other");
    printf("destroy copy\n");
    rd_kafka_conf_destroy(copy);
    printf("filtered copy\n");
    copy = rd_kafka_conf_dup_filter(conf, 2, filter);
    rd_kafka_conf_destroy(copy);
    printf("destroy\n");
    rd_kafka_conf_destroy(conf);
}

/* Instances. */

static char main_thread[32];
static int sent, acked, acked_error[3], reports, threads_begun, threads_ended;
static int produce_requests, produce_responses, odd;
static bool talk = true;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *shown(const rd_kafka_message_t *m, char *text, size_t size) {
    rd_kafka_headers_t *hdrs = NULL;
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(m, &type);
    rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &hdrs);

    snprintf(text, size, "%s [%d] %s key %.*s value %.*s opaque %ld headers %d/%zu ts %d %d status %d broker %d",
             rd_kafka_topic_name(m->rkt), m->partition, rd_kafka_err2name(m->err), (int)m->key_len, (char *)m->key,
             (int)m->len, (char *)m->payload, (long)(intptr_t)m->_private, err, hdrs ? rd_kafka_header_cnt(hdrs) : 0,
             timestamp > 0, type > 0, rd_kafka_message_status(m), rd_kafka_message_broker_id(m) > 0);
    return text;
}

static rd_kafka_resp_err_t on_send(rd_kafka_t *rk, rd_kafka_message_t *m, void *ic_opaque) {
    char text[256];
    rd_kafka_headers_t *hdrs;
    (void)rk;
    sent++;
    if (talk)
        printf("  %s: send %s\n", (const char *)ic_opaque, shown(m, text, sizeof(text)));
    if (!strcmp(ic_opaque, "first") && !rd_kafka_message_headers(m, &hdrs))
        rd_kafka_header_add(hdrs, "trace", -1, "added", -1);
    return strcmp(ic_opaque, "first") ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR__BAD_MSG;
}

/* The message may be acknowledged before the call that produces it has returned: its interceptors wait until that has said so. */
static int producing;

static rd_kafka_resp_err_t on_acknowledgement(rd_kafka_t *rk, rd_kafka_message_t *m, void *ic_opaque) {
    char text[256];
    (void)rk;
    AWAIT(!__atomic_load_n(&producing, __ATOMIC_SEQ_CST), "the call does not return");
    pthread_mutex_lock(&lock);
    acked++;
    if (talk)
        printf("  %s: ack %s at %d\n", (const char *)ic_opaque, shown(m, text, sizeof(text)), (int)m->offset);
    acked_error[m->err == RD_KAFKA_RESP_ERR__DESTROY ? 0 : m->err ? 1 : 2]++;
    pthread_mutex_unlock(&lock);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_request_sent(rd_kafka_t *rk, int sockfd, const char *brokername, int32_t brokerid, int16_t key,
                                           int16_t version, int32_t id, size_t size, void *ic_opaque) {
    (void)rk, (void)ic_opaque, (void)id;
    pthread_mutex_lock(&lock);
    if (sockfd < 0 || !*brokername || brokerid < -1 || version < 0 || size < 12)
        odd++;
    if (key == 0)
        produce_requests++;
    pthread_mutex_unlock(&lock);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_response_received(rd_kafka_t *rk, int sockfd, const char *brokername, int32_t brokerid,
                                                int16_t key, int16_t version, int32_t id, size_t size, int64_t rtt,
                                                rd_kafka_resp_err_t err, void *ic_opaque) {
    (void)rk, (void)ic_opaque, (void)id;
    pthread_mutex_lock(&lock);
    if (sockfd != -1 || !*brokername || brokerid < -1 || version < 0)
        odd++;
    if (!err && (size < 4 || rtt < 0 || rtt > 60 * 1000000))
        odd++;
    if (err && (size != 0 || rtt != -1))
        odd++;
    if (key == 0)
        produce_responses++;
    if (key == 0 && getenv("SHOW"))
        fprintf(stderr, "produce response id %d size %zu rtt %d err %d\n", id, size, (int)rtt, err);
    pthread_mutex_unlock(&lock);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_thread_start(rd_kafka_t *rk, rd_kafka_thread_type_t type, const char *name, void *ic_opaque) {
    (void)rk, (void)ic_opaque;
    pthread_mutex_lock(&lock);
    /* The mock cluster's threads are not told of here. */
    if (type != RD_KAFKA_THREAD_BACKGROUND)
        threads_begun++;
    if (type == RD_KAFKA_THREAD_MAIN) /* it starts at its own time: the name is printed later */
        snprintf(main_thread, sizeof(main_thread), "%s", name);
    pthread_mutex_unlock(&lock);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_thread_exit(rd_kafka_t *rk, rd_kafka_thread_type_t type, const char *name, void *ic_opaque) {
    (void)rk, (void)ic_opaque;
    pthread_mutex_lock(&lock);
    if (type != RD_KAFKA_THREAD_BACKGROUND)
        threads_ended++;
    /* In librdkafka the main thread ends before on_destroy is called, and after that here. */
    if (type == RD_KAFKA_THREAD_MAIN && strcmp(name, "main"))
        printf("  main thread is called %s\n", name);
    pthread_mutex_unlock(&lock);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int up, states;

static rd_kafka_resp_err_t on_broker_state_change(rd_kafka_t *rk, int32_t broker_id, const char *secproto, const char *name,
                                                  int port, const char *state, void *ic_opaque) {
    (void)rk, (void)ic_opaque;
    pthread_mutex_lock(&lock);
    states++;
    if (!strcmp(state, "UP") && broker_id > 0 && port > 0 && !strcmp(name, "127.0.0.1") && !strcmp(secproto, "plaintext"))
        up++;
    pthread_mutex_unlock(&lock);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_nothing(rd_kafka_t *rk, rd_kafka_message_t *m, void *ic_opaque) {
    (void)rk, (void)m, (void)ic_opaque;
    printf("consumer's interceptor called\n");
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_commit(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *offsets, rd_kafka_resp_err_t err,
                                     void *ic_opaque) {
    (void)rk, (void)offsets, (void)err, (void)ic_opaque;
    printf("consumer's interceptor called\n");
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_destroy(rd_kafka_t *rk, void *ic_opaque) {
    (void)rk;
    printf("  %s: on_destroy\n", (const char *)ic_opaque);
    return RD_KAFKA_RESP_ERR__FAIL;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *ic_opaque, char *errstr, size_t size) {
    char value[64];
    size_t value_size = sizeof(value);
    const char *ic = ic_opaque;

    rd_kafka_conf_get(conf, "client.id", value, &value_size);
    printf("  %s: on_new for %s, space %zu\n", ic, value, size);
    printf("  add: %d", rd_kafka_interceptor_add_on_send(rk, ic, on_send, ic_opaque));
    printf(" %d", rd_kafka_interceptor_add_on_send(rk, ic, on_send, "again"));
    printf(" %d", rd_kafka_interceptor_add_on_acknowledgement(rk, ic, on_acknowledgement, ic_opaque));
    printf(" %d", rd_kafka_interceptor_add_on_acknowledgement(rk, ic, on_acknowledgement, ic_opaque));
    printf(" %d", rd_kafka_interceptor_add_on_destroy(rk, ic, on_destroy, ic_opaque));
    if (!strcmp(ic, "first")) {
        printf(" %d", rd_kafka_interceptor_add_on_request_sent(rk, ic, on_request_sent, NULL));
        printf(" %d", rd_kafka_interceptor_add_on_response_received(rk, ic, on_response_received, NULL));
        printf(" %d", rd_kafka_interceptor_add_on_thread_start(rk, ic, on_thread_start, NULL));
        printf(" %d", rd_kafka_interceptor_add_on_thread_exit(rk, ic, on_thread_exit, NULL));
        printf(" %d", rd_kafka_interceptor_add_on_broker_state_change(rk, ic, on_broker_state_change, NULL));
        printf(" %d", rd_kafka_interceptor_add_on_consume(rk, ic, on_nothing, NULL));
        printf(" %d", rd_kafka_interceptor_add_on_commit(rk, ic, on_commit, NULL));
        printf(" %d", rd_kafka_interceptor_add_on_commit(rk, ic, on_commit, NULL));
    }
    printf("\n");
    snprintf(errstr, size, "%s failed", ic);
    return RD_KAFKA_RESP_ERR__BAD_MSG;
}

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    char text[256];
    (void)rk, (void)opaque;
    reports++;
    if (talk)
        printf("  report %s at %d\n", shown(m, text, sizeof(text)), (int)m->offset);
}

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf) {
    (void)rk;
    if (!strcmp(fac, "ICFAIL"))
        printf("  log %d %s\n", level, strstr(buf, "Interceptor"));
}

static rd_kafka_t *intercepted(const char *extra_name, const char *extra_value) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "client.id", "watched");
    conf_set(conf, "test.mock.num.brokers", "1");
    conf_set(conf, "linger.ms", "0");
    conf_set(conf, extra_name, extra_value);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_interceptor_add_on_new(conf, "first", on_new, "first");
    rd_kafka_conf_interceptor_add_on_new(conf, "first", on_new, "first");
    rd_kafka_conf_interceptor_add_on_new(conf, "second", on_new, "second");
    rd_kafka_conf_interceptor_add_on_conf_destroy(conf, "c", on_conf_destroy, "instance's configuration");
    return new_producer(conf);
}

static int counted(const int *count) {
    pthread_mutex_lock(&lock);
    int now = *count;
    pthread_mutex_unlock(&lock);
    return now;
}

static void wait_acks(int want) {
    __atomic_store_n(&producing, 0, __ATOMIC_SEQ_CST);
    AWAIT(counted(&acked) >= want, "acknowledged %d", acked);
    printf("acknowledged %d\n", acked);
}

static void produced(void) {
    rd_kafka_t *rk = intercepted("message.max.bytes", "1000");
    char large[2000] = "";
    rd_kafka_resp_err_t err;

    mock_with_topic(rk, "topic", 2);
    printf("with headers\n");
    producing = 1;
    err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_KEY("k", 1),
                            RD_KAFKA_V_VALUE("value", 5), RD_KAFKA_V_HEADER("h", "1", 1), RD_KAFKA_V_OPAQUE((void *)1),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    printf("%d\n", err);
    wait_acks(2);
    printf("flush %d\n", rd_kafka_flush(rk, hang_ms()));
    printf("without headers\n");
    producing = 1;
    err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("v", 1),
                            RD_KAFKA_V_OPAQUE((void *)2), RD_KAFKA_V_END);
    printf("%d\n", err);
    wait_acks(4);
    printf("flush %d\n", rd_kafka_flush(rk, hang_ms()));
    printf("unknown partition\n");
    err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_PARTITION(9), RD_KAFKA_V_VALUE("v", 1),
                            RD_KAFKA_V_OPAQUE((void *)3), RD_KAFKA_V_END);
    printf("%d\n", err);
    printf("too large\n");
    err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_VALUE(large, sizeof(large)), RD_KAFKA_V_END);
    printf("%d\n", err);
    printf("requests %d, responses %d, odd %d, up %d\n", produce_requests, produce_responses, odd, up > 0);
    printf("sent %d acked %d reports %d\n", sent, acked, reports);
    printf("destroy\n");
    rd_kafka_destroy(rk);
    printf("main thread %s, threads that did not end: %d\n", main_thread, threads_begun - threads_ended);
}

/* Messages that are not delivered: purged, and dropped with the instance. */
static void dropped(void) {
    rd_kafka_t *rk;

    sent = acked = reports = 0;
    rk = intercepted("client.rack", "x");
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "topic", 1);
    printf("delivered\n");
    rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_VALUE("a", 1), RD_KAFKA_V_END);
    rd_kafka_flush(rk, hang_ms());
    rd_kafka_mock_broker_set_rtt(cluster, 1, 20000); /* longer than anybody waits */
    int requests = counted(&produce_requests);
    printf("in flight\n");
    rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("b", 1), RD_KAFKA_V_END);
    AWAIT(counted(&produce_requests) == requests + 1, "%d requests", produce_requests);
    printf("purge %d\n", rd_kafka_purge(rk, RD_KAFKA_PURGE_F_INFLIGHT));
    rd_kafka_flush(rk, 1000);
    printf("in flight at the end\n");
    rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("c", 1), RD_KAFKA_V_END);
    AWAIT(counted(&produce_requests) == requests + 2, "%d requests", produce_requests);
    talk = false;
    acked_error[0] = acked_error[1] = acked_error[2] = 0;
    printf("destroy\n");
    rd_kafka_destroy(rk);
    printf("sent %d acked %d, with _DESTROY %d, other errors %d\n", sent, acked, acked_error[0], acked_error[1]);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    configurations();
    produced();
    dropped();
    return 0;
}
