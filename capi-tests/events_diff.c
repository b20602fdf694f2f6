/* test: differential valgrind engines */
/* Events: delivery reports, errors and log lines as objects, what may be asked of which, and when messages stop counting. */
#include "deliveries.h"
#include <pthread.h>

static rd_kafka_t *event_producer(rd_kafka_conf_t *conf, int events, rd_kafka_queue_t **queue) {
    conf_set(conf, "test.mock.num.brokers", "1");
    rd_kafka_conf_set_events(conf, events);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    *queue = rd_kafka_queue_get_main(rk);
    return rk;
}

static void produce(rd_kafka_t *rk, int from, int to) {
    for (int i = from; i < to; i++) {
        char value[32];
        snprintf(value, sizeof(value), "value %d", i);
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_VALUE(value, strlen(value)), RD_KAFKA_V_KEY("key", 3),
                                 RD_KAFKA_V_HEADER("name", "header", -1), RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_END),
              "produce");
    }
}

/* The next event of a type; others are shown. */
static rd_kafka_event_t *await_event(rd_kafka_queue_t *queue, rd_kafka_event_type_t type) {
    double deadline = give_up_at();
    while (now_s() < deadline) {
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 100);
        if (rd_kafka_event_type(ev) == type)
            return ev;
        if (ev)
            printf("unexpected event %s\n", rd_kafka_event_name(ev));
        rd_kafka_event_destroy(ev);
    }
    FAIL("no event %d", (int)type);
}

/* Has what lingers sent in one batch, now that all of it is there: flush() does, whether or not it waits until the end. */
static void send_now(rd_kafka_t *rk, rd_kafka_queue_t *queue) {
    AWAIT((rd_kafka_flush(rk, 50), rd_kafka_queue_length(queue)), "no report");
}

static void show_message(const rd_kafka_message_t *m, int64_t expected) {
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t size = 0;
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(m, &type);
    rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &headers);
    if (!err)
        rd_kafka_header_get(headers, 0, "name", &value, &size);
    CHECK((intptr_t)m->_private == expected, "message %d instead of %d", (int)(intptr_t)m->_private, (int)expected);
    /* Without an error, the mocks differ in the kind of timestamp; with one, offsets mean nothing. */
    printf("%d: %s %s [%d] @%" PRId64 " %.*s %.*s header %.*s status %d broker %d timestamp %s latency %s\n",
           (int)expected, rd_kafka_err2name(m->err), rd_kafka_topic_name(m->rkt), (int)m->partition, m->err ? 0 : m->offset, (int)m->len,
           (char *)m->payload, (int)m->key_len, (char *)m->key, (int)size, (char *)value, rd_kafka_message_status(m),
           (int)rd_kafka_message_broker_id(m), timestamp > 0 ? "set" : "unset",
           rd_kafka_message_latency(m) > 0 ? "known" : "unknown");
}

/* What each question says about an event that it does not fit. */
static void ask_everything(const char *what, rd_kafka_event_t *ev) {
    const char *fac = "unset", *str = "unset";
    char contexts[8] = "unset";
    int level = -7;
    printf("%s: type %d name %s error %s text \"%s\"", what, (int)rd_kafka_event_type(ev), rd_kafka_event_name(ev),
           rd_kafka_err2name(rd_kafka_event_error(ev)), rd_kafka_event_error_string(ev));
    printf(" opaque %p config %p list %p partition %p\n", rd_kafka_event_opaque(ev), (void *)rd_kafka_event_config_string(ev),
           (void *)rd_kafka_event_topic_partition_list(ev), (void *)rd_kafka_event_topic_partition(ev));
    if (rd_kafka_event_type(ev) != RD_KAFKA_EVENT_LOG) {
        printf("  log %d", rd_kafka_event_log(ev, &fac, &str, &level));
        printf(" contexts %d", rd_kafka_event_debug_contexts(ev, contexts, sizeof(contexts)));
        printf(" %s %s %s %d\n", fac, str, contexts, level);
    }
    if (rd_kafka_event_type(ev) != RD_KAFKA_EVENT_DR)
        printf("  messages %zu next %p array %zu\n", rd_kafka_event_message_count(ev),
               (void *)rd_kafka_event_message_next(ev), rd_kafka_event_message_array(ev, NULL, 0));
    printf("  results %p %p\n", (void *)rd_kafka_event_CreateTopics_result(ev), (void *)rd_kafka_event_ListOffsets_result(ev));
}

/* One batch, taken message by message and as arrays; everything stays valid until the event goes. */
static void reports(void) {
    rd_kafka_queue_t *queue;
    rd_kafka_t *rk = event_producer(quiet_conf("linger.ms", "100000", NULL), RD_KAFKA_EVENT_DR, &queue);
    const rd_kafka_message_t *all[32];
    size_t n = 0;

    printf("none: type %d name %s\n", (int)rd_kafka_event_type(NULL), rd_kafka_event_name(NULL));
    rd_kafka_event_destroy(NULL);
    produce(rk, 0, 10);
    printf("outq_len %d\n", rd_kafka_outq_len(rk));
    send_now(rk, queue);
    printf("outq_len with the event in the queue %d, queue length %zu\n", rd_kafka_outq_len(rk), rd_kafka_queue_length(queue));
    rd_kafka_event_t *ev = await_event(queue, RD_KAFKA_EVENT_DR);
    printf("outq_len with the event taken %d\n", rd_kafka_outq_len(rk));
    ask_everything("report", ev);
    printf("count %zu\n", rd_kafka_event_message_count(ev));
    all[n++] = rd_kafka_event_message_next(ev);
    all[n++] = rd_kafka_event_message_next(ev);
    printf("count %zu\n", rd_kafka_event_message_count(ev));
    size_t got = rd_kafka_event_message_array(ev, all + n, 5);
    printf("array %zu, count %zu\n", got, rd_kafka_event_message_count(ev));
    n += got;
    got = rd_kafka_event_message_array(ev, all + n, 20);
    n += got;
    printf("array %zu, count %zu, next %p, array %zu\n", got, rd_kafka_event_message_count(ev),
           (void *)rd_kafka_event_message_next(ev), rd_kafka_event_message_array(ev, all + n, 5));
    for (size_t i = 0; i < n; i++)
        show_message(all[i], (int64_t)i);
    printf("outq_len with the messages seen %d\n", rd_kafka_outq_len(rk));
    printf("flush: %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 100)));
    rd_kafka_event_destroy(ev);
    printf("outq_len with the event destroyed %d\n", rd_kafka_outq_len(rk));
    printf("flush: %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 100)));

    /* Headers can be taken out of a message in an event, too; an event need not be read at all. */
    produce(rk, 10, 12);
    send_now(rk, queue);
    ev = await_event(queue, RD_KAFKA_EVENT_DR);
    const rd_kafka_message_t *m = rd_kafka_event_message_next(ev);
    rd_kafka_headers_t *headers = NULL;
    printf("detach %s\n", rd_kafka_err2name(rd_kafka_message_detach_headers((rd_kafka_message_t *)m, &headers)));
    printf("headers %zu, again %s\n", rd_kafka_header_cnt(headers), rd_kafka_err2name(rd_kafka_message_headers(m, &headers)));
    rd_kafka_event_destroy(ev);
    rd_kafka_headers_destroy(headers);
    produce(rk, 12, 14);
    send_now(rk, queue);
    rd_kafka_event_destroy(await_event(queue, RD_KAFKA_EVENT_DR));
    printf("outq_len %d\n", rd_kafka_outq_len(rk));
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

/* Reports of messages that failed, with and without a broker's answer. */
static void failures(void) {
    rd_kafka_queue_t *queue;
    rd_kafka_t *rk = event_producer(quiet_conf("linger.ms", "100000", "delivery.report.only.error", "true", NULL), RD_KAFKA_EVENT_DR, &queue);
    produce(rk, 0, 5);
    printf("flush: %s, queue length %zu\n", rd_kafka_err2name(rd_kafka_flush(rk, hang_ms())), rd_kafka_queue_length(queue));
    rd_kafka_mock_push_request_errors(rd_kafka_handle_mock_cluster(rk), 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    produce(rk, 5, 8);
    send_now(rk, queue);
    rd_kafka_event_t *ev = await_event(queue, RD_KAFKA_EVENT_DR);
    ask_everything("failed", ev);
    for (int64_t i = 5; i < 8; i++)
        show_message(rd_kafka_event_message_next(ev), i);
    rd_kafka_event_destroy(ev);
    produce(rk, 8, 10);
    printf("purge: %s\n", rd_kafka_err2name(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE)));
    size_t purged = 0;
    while (purged < 2) {
        ev = await_event(queue, RD_KAFKA_EVENT_DR);
        CHECK(rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR__PURGE_QUEUE, "%s", rd_kafka_err2name(rd_kafka_event_error(ev)));
        purged += rd_kafka_event_message_count(ev);
        rd_kafka_event_destroy(ev);
    }
    printf("purged: %zu\n", purged);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

static volatile int stop_serving;
static int served;

static void *serve(void *queue) {
    while (!stop_serving) {
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 50);
        if (ev) {
            sleep_ms(100); /* flush has to wait for this */
            served += (int)rd_kafka_event_message_count(ev);
        }
        rd_kafka_event_destroy(ev);
    }
    return NULL;
}

/* A flush in event mode serves nothing: it waits for another thread. */
static void flushing(void) {
    rd_kafka_queue_t *queue;
    pthread_t thread;
    rd_kafka_t *rk = event_producer(quiet_conf("linger.ms", "30000", NULL), RD_KAFKA_EVENT_DR, &queue);
    produce(rk, 0, 5);
    struct stopwatch began = start_watch();
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, 700);
    const char *when = in_time(began, 0.69, 2);
    AWAIT(rd_kafka_queue_length(queue), "no report");
    printf("flush without a server: %s, %s, outq_len %d, queue length %zu\n", rd_kafka_err2name(err),
           when, rd_kafka_outq_len(rk), rd_kafka_queue_length(queue));
    pthread_create(&thread, NULL, serve, queue);
    began = start_watch();
    err = rd_kafka_flush(rk, hang_ms());
    printf("flush with a server: %s, %s, served %d\n", rd_kafka_err2name(err), in_time(began, 0, 10), served);
    produce(rk, 5, 50);
    err = rd_kafka_flush(rk, -1);
    printf("flush with a server: %s, served %d\n", rd_kafka_err2name(err), served);
    stop_serving = 1;
    pthread_join(thread, NULL);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf) {
    (void)rk;
    /* The pointer and the thread's name differ between runs. */
    const char *text = strstr(buf, "opaque ");
    if (!strcmp(fac, "DRDROP"))
        printf("log %d %s %.*s.. %s\n", level, fac, text ? (int)(text - buf) : 0, buf, text ? strchr(text, ':') : "");
}

/* rd_kafka_poll() finds no callback. */
static void polling(void) {
    rd_kafka_queue_t *queue;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "linger.ms", "100000");
    conf_set(conf, "log.thread.name", "false");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_t *rk = event_producer(conf, RD_KAFKA_EVENT_DR, &queue);
    produce(rk, 0, 2);
    send_now(rk, queue);
    AWAIT((rd_kafka_poll(rk, 50), !rd_kafka_outq_len(rk)), "outq_len %d", rd_kafka_outq_len(rk));
    printf("outq_len after dropping %d\n", rd_kafka_outq_len(rk));
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

/* A callback and events: who takes first gets it. */
static void both(void) {
    rd_kafka_queue_t *queue;
    /* Here flush() would call the callback: a batch leaves when it has three messages. */
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "100000", "batch.num.messages", "3", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = event_producer(conf, RD_KAFKA_EVENT_DR, &queue);
    produce(rk, 0, 3);
    rd_kafka_event_t *ev = await_event(queue, RD_KAFKA_EVENT_DR);
    printf("taken as an event: %zu, by the callback: %d\n", rd_kafka_event_message_count(ev), delivery_count);
    rd_kafka_event_destroy(ev);
    produce(rk, 3, 6);
    printf("flush: %s, by the callback: %d\n", rd_kafka_err2name(rd_kafka_flush(rk, hang_ms())), delivery_count);
    produce(rk, 6, 9);
    int polled = 0;
    AWAIT((polled += rd_kafka_queue_poll_callback(queue, 50), delivery_count >= 6), "%d reports", delivery_count);
    printf("poll_callback: %s, by the callback: %d\n", polled > 0 ? "some" : "none", delivery_count);
    /* What a poll returns: a report is one event, however many messages it has. */
    for (int i = 0; i < 9; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(i % 3), RD_KAFKA_V_VALUE("v", 1),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE((void *)(intptr_t)(100 + i)), RD_KAFKA_V_END),
              "produce");
    AWAIT(rd_kafka_queue_length(queue) >= 3, "%zu events", rd_kafka_queue_length(queue));
    printf("events served by one poll: %d", rd_kafka_poll(rk, 1000));
    printf(", by the callback: %d\n", delivery_count);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    forget_deliveries();
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk;
    (void)opaque;
    printf("error_cb: %s %s\n", rd_kafka_err2name(err), reason);
}

/* Errors with their event, with their callback, and fatal ones. */
static void errors(void) {
    for (int with_cb = 0; with_cb < 2; with_cb++) {
        rd_kafka_queue_t *queue;
        rd_kafka_conf_t *conf = quiet_conf("linger.ms", "5", NULL);
        if (with_cb)
            rd_kafka_conf_set_error_cb(conf, on_error);
        rd_kafka_t *rk = event_producer(conf, with_cb ? 0 : RD_KAFKA_EVENT_ERROR, &queue);
        printf("test_fatal_error: %s\n", rd_kafka_err2name(rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "for a test")));
        printf("outq_len %d\n", rd_kafka_outq_len(rk));
        rd_kafka_event_t *ev = await_event(queue, RD_KAFKA_EVENT_ERROR);
        ask_everything("fatal", ev);
        printf("fatal %d\n", rd_kafka_event_error_is_fatal(ev));
        rd_kafka_event_destroy(ev);
        rd_kafka_queue_destroy(queue);
        rd_kafka_destroy(rk);
    }
    /* Without either it is logged, and there is no event. */
    rd_kafka_queue_t *queue;
    rd_kafka_t *rk = event_producer(quiet_conf("linger.ms", "5", NULL), 0, &queue);
    rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "for a test");
    printf("nobody wants errors: outq_len %d event %p\n", rd_kafka_outq_len(rk), (void *)rd_kafka_queue_poll(queue, 100));
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    /* A broker that is not there. */
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_ERROR);
    rk = new_producer(conf);
    queue = rd_kafka_queue_get_main(rk);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL); /* something to connect for */
    int seen_transport = 0, seen_all_down = 0;
    double deadline = give_up_at();
    while ((!seen_transport || !seen_all_down) && now_s() < deadline) {
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 100);
        seen_transport |= ev && rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR__TRANSPORT;
        if (ev && rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !seen_all_down++)
            printf("all down: ..%s fatal %d\n", strstr(rd_kafka_event_error_string(ev), " brokers"), rd_kafka_event_error_is_fatal(ev));
        rd_kafka_event_destroy(ev);
    }
    printf("seen: transport %d, all brokers down %d\n", seen_transport, seen_all_down > 0);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

int main(void) {
    reports();
    failures();
    flushing();
    polling();
    both();
    errors();
    return 0;
}
