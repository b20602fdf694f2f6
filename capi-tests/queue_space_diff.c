/* test: differential valgrind engines */
/*
 * When a message's space in the queue returns: with its own report, not with those of its batch. Reports by either callback,
 * of messages that were delivered or purged; the event that holds them; outq_len() inside a callback; a blocked produce call.
 */
#include "common.h"

#include <pthread.h>

enum way { BY_MESSAGE, BY_DR_CB, PURGED, WAYS };
static const char *names[] = {"dr_msg_cb", "dr_cb", "purged"};

static int reports, again, refused, first_refused, lengths_wrong, limit;

static int produce(rd_kafka_t *rk, int partition, int flags) {
    return rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE("value", 5),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | flags), RD_KAFKA_V_END);
}

/* Each report produces one message, until each of the first ones has been followed by another. */
static void one_report(rd_kafka_t *rk) {
    reports++;
    if (again < limit && produce(rk, again++ % 4, 0)) {
        refused++;
        first_refused = first_refused ? first_refused : reports;
    }
}

static void on_message(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)message, (void)opaque;
    one_report(rk);
}

static void on_report(rd_kafka_t *rk, void *payload, size_t len, rd_kafka_resp_err_t err, void *opaque, void *message_opaque) {
    (void)payload, (void)len, (void)err, (void)opaque, (void)message_opaque;
    one_report(rk);
}

static rd_kafka_t *producer(rd_kafka_conf_t *conf, int partitions) {
    char text[16];
    snprintf(text, sizeof(text), "%d", limit);
    conf_set(conf, "test.mock.num.brokers", "1");
    conf_set(conf, "queue.buffering.max.messages", text);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", partitions);
    return rk;
}

static void produced_again(enum way way, int partitions) {
    /* What is to be purged waits in the queue however long producing it takes. */
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", way == PURGED ? "100000" : "20", NULL);
    if (way == BY_DR_CB)
        rd_kafka_conf_set_dr_cb(conf, on_report);
    else
        rd_kafka_conf_set_dr_msg_cb(conf, on_message);
    rd_kafka_t *rk = producer(conf, 4);
    reports = again = refused = first_refused = 0;
    for (int i = 0; i < limit; i++)
        CHECK(!produce(rk, i % partitions, 0), "message %d", i);
    CHECK(produce(rk, 0, 0), "one too many was taken");
    if (way == PURGED)
        rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (reports < limit)
        CHECK(rd_kafka_poll(rk, hang_ms()), "no report");
    CHECK(!rd_kafka_flush(rk, hang_ms()) && reports == limit + again - refused, "%d reports", reports);
    printf("%s, limit %d, %d partition(s): %d produced again, %d refused, the first by report %d\n", names[way], limit,
           partitions, again, refused, first_refused);
    rd_kafka_destroy(rk);
}

static void count(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)message, (void)opaque;
    /* There is nothing else in the queue: the brokers have no faults, and nothing but reports is wanted. */
    lengths_wrong += rd_kafka_outq_len(rk) != limit - reports++;
}

static void length_inside(bool by_flush) {
    /* One batch, however long producing it takes: librdkafka counts what tells of a second one, too. */
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "100000", "batch.num.messages", "700", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, count);
    rd_kafka_t *rk = producer(conf, 1);
    reports = lengths_wrong = 0;
    for (int i = 0; i < limit; i++)
        CHECK(!produce(rk, 0, 0), "message %d", i);
    if (by_flush)
        CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    while (reports < limit)
        CHECK(rd_kafka_poll(rk, hang_ms()), "no report");
    if (by_flush) /* reports are still coming while some are served */
        printf("flush: outq_len %d at the end\n", rd_kafka_outq_len(rk));
    else
        printf("poll: outq_len is one less after each report, but for %d; %d at the end\n", lengths_wrong, rd_kafka_outq_len(rk));
    rd_kafka_destroy(rk);
}

/* The space of an event's messages returns when the event is destroyed, whether they were looked at or not. */
static void events(bool purged) {
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "100000", "batch.num.messages", purged ? "1000" : "10", NULL);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    rd_kafka_t *rk = producer(conf, 1);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    for (int i = 0; i < limit; i++)
        CHECK(!produce(rk, 0, 0), "message %d", i);
    if (purged)
        rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_event_t *ev;
    CHECK((ev = rd_kafka_queue_poll(queue, hang_ms())), "no event");
    while (rd_kafka_event_message_next(ev))
        ;
    printf("event%s: with all messages taken %d", purged ? " of purged messages" : "", rd_kafka_outq_len(rk));
    printf(", produce: %s", rd_kafka_err2name(produce(rk, 0, 0)));
    rd_kafka_event_destroy(ev);
    printf(", destroyed: %d", rd_kafka_outq_len(rk));
    printf(", produce: %s\n", rd_kafka_err2name(produce(rk, 0, 0)));
    rd_kafka_queue_destroy(queue);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(rk);
}

/* A call that waits for space gets that of the first report while the second one is still being served. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool accepted, was_accepted;

static void *blocked(void *rk) {
    int err = produce(rk, 0, RD_KAFKA_MSG_F_BLOCK);
    CHECK(!err, "blocked produce: %s", rd_kafka_err2name(err));
    pthread_mutex_lock(&lock);
    accepted = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void wait_in_second(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk, (void)message, (void)opaque;
    if (++reports != 2)
        return;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += hang_ms() / 1000;
    pthread_mutex_lock(&lock);
    while (!accepted && !pthread_cond_timedwait(&changed, &lock, &end))
        ;
    was_accepted = accepted;
    pthread_mutex_unlock(&lock);
}

static void blocked_call(void) {
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "20", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, wait_in_second);
    rd_kafka_t *rk = producer(conf, 1);
    reports = 0;
    for (int i = 0; i < limit; i++)
        CHECK(!produce(rk, 0, 0), "message %d", i);
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, blocked, rk), "thread");
    while (reports < limit + 1)
        CHECK(rd_kafka_poll(rk, hang_ms()), "no report");
    pthread_join(thread, NULL);
    printf("a blocked produce call returns %s\n", was_accepted ? "after the first report" : "only after the second report");
    rd_kafka_destroy(rk);
}

int main(void) {
    for (limit = 10; limit <= 1000; limit *= 10)
        for (enum way way = 0; way < WAYS; way++)
            for (int partitions = 1; partitions <= 4; partitions += 3)
                produced_again(way, partitions);
    limit = 700; /* more than are served at once, and one batch */
    length_inside(false);
    length_inside(true);
    limit = 10;
    events(false);
    events(true);
    blocked_call();
    return 0;
}
