/* test: alone valgrind engines */
/* What would bring the reference down, or hang it: NULL everywhere, queues in a circle, handles that outlive their
 * instance, callbacks that destroy what they are called for; and everything at once from several threads. */
#include "common.h"
#include <pthread.h>

static rd_kafka_t *producer(rd_kafka_conf_t *conf, int events) {
    conf_set(conf, "test.mock.num.brokers", "1");
    rd_kafka_conf_set_events(conf, events);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    return rk;
}

static void produce(rd_kafka_t *rk, int partition, int messages) {
    for (int i = 0; i < messages; i++) {
        rd_kafka_resp_err_t err =
            rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK),
                              RD_KAFKA_V_VALUE("value", 5), RD_KAFKA_V_HEADER("h", "x", 1), RD_KAFKA_V_END);
        CHECK(!err, "produce: %s", rd_kafka_err2name(err));
    }
}

static void nulls(void) {
    const char *text;
    int level;
    char buf[8];
    const rd_kafka_message_t *message;
    CHECK(!rd_kafka_queue_new(NULL) && !rd_kafka_queue_get_main(NULL) && !rd_kafka_queue_get_background(NULL), "new");
    CHECK(!rd_kafka_queue_get_consumer(NULL) && !rd_kafka_queue_get_partition(NULL, NULL, 0) && !rd_kafka_queue_get_sasl(NULL), "get");
    rd_kafka_queue_destroy(NULL);
    rd_kafka_queue_forward(NULL, NULL);
    rd_kafka_queue_io_event_enable(NULL, 1, "x", 1);
    rd_kafka_queue_cb_event_enable(NULL, NULL, NULL);
    rd_kafka_queue_yield(NULL);
    CHECK(rd_kafka_queue_length(NULL) == 0 && !rd_kafka_queue_poll(NULL, 0) && !rd_kafka_queue_poll_callback(NULL, 0), "poll");
    CHECK(rd_kafka_set_log_queue(NULL, NULL) == RD_KAFKA_RESP_ERR__INVALID_ARG, "set_log_queue");
    CHECK(!rd_kafka_event_message_next(NULL) && !rd_kafka_event_message_count(NULL), "messages");
    CHECK(!rd_kafka_event_message_array(NULL, &message, 1) && !rd_kafka_event_message_array(NULL, NULL, 1), "array");
    CHECK(!rd_kafka_event_error(NULL) && !rd_kafka_event_error_is_fatal(NULL) && !rd_kafka_event_stats(NULL), "error");
    CHECK(!rd_kafka_event_opaque(NULL) && !rd_kafka_event_config_string(NULL) && !rd_kafka_event_topic_partition_list(NULL), "parts");
    CHECK(!rd_kafka_event_topic_partition(NULL) && !rd_kafka_event_CreateTopics_result(NULL), "parts");
    CHECK(rd_kafka_event_log(NULL, &text, &text, &level) == -1 && rd_kafka_event_debug_contexts(NULL, buf, sizeof(buf)) == -1, "log");
    rd_kafka_event_error_string(NULL);
    rd_kafka_event_destroy(NULL);
}

static void circles(void) {
    rd_kafka_t *rk = producer(quiet_conf("linger.ms", "5", NULL), RD_KAFKA_EVENT_DR);
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk), *a = rd_kafka_queue_new(rk), *b = rd_kafka_queue_new(rk);
    rd_kafka_queue_forward(m, a);
    rd_kafka_queue_forward(a, b);
    rd_kafka_queue_forward(b, m);
    rd_kafka_queue_forward(b, a);
    produce(rk, 0, 3);
    rd_kafka_event_t *ev = rd_kafka_queue_poll(b, hang_ms());
    CHECK(rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DR, "event %s", rd_kafka_event_name(ev));
    rd_kafka_event_destroy(ev);
    /* A payload of nothing. */
    rd_kafka_queue_io_event_enable(b, 2, NULL, 0);
    rd_kafka_queue_io_event_enable(b, -1, NULL, 0);
    /* Destroying the queues in the middle of the chain takes nothing from its end. */
    rd_kafka_queue_destroy(a);
    produce(rk, 0, 1);
    rd_kafka_queue_destroy(m);
    rd_kafka_queue_destroy(b);
    rd_kafka_destroy(rk);
}

/* Handles and events that are released after their instance. */
static void survivors(void) {
    rd_kafka_t *rk = producer(quiet_conf("linger.ms", "5", NULL), RD_KAFKA_EVENT_DR);
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk), *own = rd_kafka_queue_new(rk), *bg = rd_kafka_queue_get_background(rk);
    produce(rk, 0, 5);
    rd_kafka_event_t *ev = rd_kafka_queue_poll(m, hang_ms());
    const rd_kafka_message_t *message = rd_kafka_event_message_next(ev);
    rd_kafka_queue_forward(m, own);
    produce(rk, 0, 5);
    rd_kafka_destroy(rk);
    CHECK(message->len == 5 && !memcmp(message->payload, "value", 5), "message");
    CHECK(!rd_kafka_event_error(ev), "error");
    rd_kafka_event_destroy(ev);
    CHECK(rd_kafka_queue_length(m) == 0 && rd_kafka_queue_length(bg) == 0, "length");
    rd_kafka_event_destroy(rd_kafka_queue_poll(own, 0));
    rd_kafka_queue_yield(m);
    rd_kafka_queue_destroy(bg);
    rd_kafka_queue_destroy(own);
    rd_kafka_queue_destroy(m);
}

static rd_kafka_queue_t *to_be_destroyed;

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    (void)m;
    (void)opaque;
    if (to_be_destroyed)
        rd_kafka_queue_destroy(to_be_destroyed);
    to_be_destroyed = NULL;
}

/* A callback destroys the queue that is being polled. */
static void destroyed_inside(void) {
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "5", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_t *rk = producer(conf, 0);
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk);
    to_be_destroyed = rd_kafka_queue_new(rk);
    rd_kafka_queue_forward(m, to_be_destroyed);
    produce(rk, 0, 5);
    CHECK(rd_kafka_queue_poll_callback(to_be_destroyed, hang_ms()) > 0, "poll_callback");
    CHECK(!to_be_destroyed, "not called");
    produce(rk, 0, 5);
    rd_kafka_queue_forward(m, NULL);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_queue_destroy(m);
    rd_kafka_destroy(rk);
}

static int destroyed_from_background;

static void on_background(rd_kafka_t *rk, rd_kafka_event_t *ev, void *opaque) {
    (void)opaque;
    /* Forbidden, and refused. */
    rd_kafka_destroy(rk);
    __atomic_add_fetch(&destroyed_from_background, 1, __ATOMIC_SEQ_CST);
    rd_kafka_event_destroy(ev);
}

static void destroyed_on_own_thread(void) {
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "5", NULL);
    rd_kafka_conf_set_background_event_cb(conf, on_background);
    rd_kafka_t *rk = producer(conf, RD_KAFKA_EVENT_DR);
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk), *bg = rd_kafka_queue_get_background(rk);
    rd_kafka_queue_forward(m, bg);
    produce(rk, 0, 1);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    CHECK(destroyed_from_background == 1, "background callback called %d times", destroyed_from_background);
    rd_kafka_queue_destroy(bg);
    rd_kafka_queue_destroy(m);
    rd_kafka_destroy(rk);
}

/* An admin request that this library cannot do says so on its queue. */
static void refused_request(void) {
    rd_kafka_t *rk = producer(quiet_conf("linger.ms", "5", NULL), 0);
    rd_kafka_queue_t *own = rd_kafka_queue_new(rk);
    rd_kafka_ListConsumerGroups(rk, NULL, own);
    rd_kafka_event_t *ev = rd_kafka_queue_poll(own, hang_ms());
    CHECK(rd_kafka_event_type(ev) == RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT, "event %s", rd_kafka_event_name(ev));
    CHECK(rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, "error %s", rd_kafka_err2name(rd_kafka_event_error(ev)));
    CHECK(strstr(rd_kafka_event_error_string(ev), "ListConsumerGroups"), "text %s", rd_kafka_event_error_string(ev));
    CHECK((const void *)rd_kafka_event_ListConsumerGroups_result(ev) == (const void *)ev && !rd_kafka_event_CreateTopics_result(ev), "result");
    rd_kafka_event_destroy(ev);
    rd_kafka_queue_destroy(own);
    rd_kafka_destroy(rk);
}

#define PRODUCERS 2
#define POLLERS 3

static rd_kafka_t *shared;
static rd_kafka_queue_t *queues[POLLERS];
static long reported;
static int over;
static int per_producer;

static void *produce_many(void *number) {
    for (int i = 0; i < per_producer; i++)
        produce(shared, (int)(intptr_t)number, 1);
    return NULL;
}

static void *poll_some(void *number) {
    while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST)) {
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queues[(intptr_t)number], 20);
        long got = 0;
        while (rd_kafka_event_message_next(ev))
            got++;
        __atomic_add_fetch(&reported, got, __ATOMIC_SEQ_CST);
        rd_kafka_event_destroy(ev);
    }
    return NULL;
}

static void on_wakeup(rd_kafka_t *rk, void *opaque) {
    CHECK(rk == shared && *(int *)opaque == 7, "opaque");
    /* Calls into the library are fine. */
    CHECK(rd_kafka_outq_len(rk) >= 0 && rd_kafka_queue_length(queues[0]) < 1000000, "lengths");
}

/* Routes and wake-ups change while messages flow; every message is reported once. */
static void all_at_once(void) {
    pthread_t producers[PRODUCERS], pollers[POLLERS];
    rd_kafka_queue_t *m;
    per_producer = getenv("UNDER_VALGRIND") ? 500 : 20000;
    shared = producer(quiet_conf("linger.ms", "0", "queue.buffering.max.messages", "1000", NULL), RD_KAFKA_EVENT_DR);
    m = rd_kafka_queue_get_main(shared);
    for (int i = 0; i < POLLERS; i++)
        queues[i] = rd_kafka_queue_new(shared);
    rd_kafka_queue_forward(m, queues[0]);
    for (intptr_t i = 0; i < POLLERS; i++)
        pthread_create(&pollers[i], NULL, poll_some, (void *)i);
    for (intptr_t i = 0; i < PRODUCERS; i++)
        pthread_create(&producers[i], NULL, produce_many, (void *)i);
    for (int i = 0; i < 300; i++) {
        int opaque = 7;
        rd_kafka_queue_forward(m, queues[i % POLLERS]);
        rd_kafka_queue_forward(queues[i % 2], i % 5 ? NULL : queues[2]);
        rd_kafka_queue_cb_event_enable(queues[i % POLLERS], on_wakeup, &opaque);
        rd_kafka_queue_yield(m);
        usleep(200);
        rd_kafka_queue_cb_event_enable(queues[i % POLLERS], NULL, NULL);
        opaque = 0; /* nobody looks at it any more */
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i], NULL);
    CHECK(!rd_kafka_flush(shared, 2 * hang_ms()), "flush");
    __atomic_store_n(&over, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < POLLERS; i++)
        pthread_join(pollers[i], NULL);
    CHECK(reported == (long)PRODUCERS * per_producer, "%ld messages reported", reported);
    for (int i = 0; i < POLLERS; i++)
        rd_kafka_queue_destroy(queues[i]);
    rd_kafka_queue_destroy(m);
    rd_kafka_destroy(shared);
}

int main(void) {
    nulls();
    circles();
    survivors();
    destroyed_inside();
    destroyed_on_own_thread();
    refused_request();
    all_at_once();
    return 0;
}
