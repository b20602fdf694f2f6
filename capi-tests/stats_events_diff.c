/* test: differential valgrind engines */
/* Who gets statistics, how often, and whose the document is. */
#include "json.h"
#include <pthread.h>

static int calls;
static char *kept;

static int keep(rd_kafka_t *rk, char *json, size_t length, void *opaque) {
    (void)rk;
    CHECK(json[length] == '\0' && strlen(json) == length, "length %zu", length);
    CHECK(opaque == &calls, "opaque");
    calls++;
    if (kept)
        return 0;
    kept = json;
    return 1; /* the document is ours now */
}

static rd_kafka_t *client(const char *interval, int events, int (*callback)(rd_kafka_t *, char *, size_t, void *)) {
    rd_kafka_conf_t *conf = quiet_conf("statistics.interval.ms", interval, NULL);
    rd_kafka_conf_set_events(conf, events);
    rd_kafka_conf_set_opaque(conf, &calls);
    if (callback)
        rd_kafka_conf_set_stats_cb(conf, callback);
    calls = 0;
    return new_producer(conf);
}

static rd_kafka_event_t *next(rd_kafka_queue_t *queue) {
    for (double end = give_up_at(); now_s() < end;) {
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 100);
        if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_STATS)
            return ev;
        rd_kafka_event_destroy(ev);
    }
    FAIL("no statistics");
}

static void show(const char *what, rd_kafka_event_t *ev) {
    const char *text = rd_kafka_event_stats(ev), *fac;
    CHECK(text && text == rd_kafka_event_stats(ev), "one document per event");
    struct json *doc = json_parse(text);
    printf("%s: type %d, %s, error %d, messages %zu, log %d, %s\n", what, rd_kafka_event_type(ev),
           rd_kafka_event_name(ev), rd_kafka_event_error(ev), rd_kafka_event_message_count(ev),
           rd_kafka_event_log(ev, &fac, &fac, NULL), json_find(doc, "type")->text);
    json_free(doc);
    rd_kafka_event_destroy(ev);
}

static void callback(void) {
    rd_kafka_t *rk = client("50", 0, keep);
    int served = 0;
    while (calls < 3)
        served += rd_kafka_poll(rk, 100);
    printf("callback: every served event was one: %d\n", served == calls);
    struct json *doc = json_parse(kept);
    printf("the kept document is of a %s\n", json_find(doc, "type")->text);
    json_free(doc);
    rd_kafka_mem_free(rk, kept);
    kept = NULL;
    rd_kafka_destroy(rk);
}

/* Statistics are events whether or not they were asked for, also if there is a callback. */
static void events(int enabled, int (*callback)(rd_kafka_t *, char *, size_t, void *)) {
    rd_kafka_t *rk = client("50", enabled, callback);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    char what[100];
    snprintf(what, sizeof(what), "events %#x%s", enabled, callback ? ", callback" : "");
    show(what, next(queue));
    printf("calls %d\n", calls);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

static void without_taker(void) {
    rd_kafka_t *rk = client("50", 0, NULL);
    AWAIT(rd_kafka_outq_len(rk) > 0, "no statistics");
    printf("without a taker: %d in the queue", rd_kafka_outq_len(rk) > 0);
    printf(", %d served\n", rd_kafka_poll(rk, 1000) > 0);
    rd_kafka_destroy(rk);
}

static void forwarded(void) {
    rd_kafka_t *rk = client("50", RD_KAFKA_EVENT_STATS, NULL);
    rd_kafka_queue_t *main_queue = rd_kafka_queue_get_main(rk), *own = rd_kafka_queue_new(rk);
    rd_kafka_queue_forward(main_queue, own);
    show("forwarded", next(own));
    rd_kafka_queue_forward(main_queue, NULL);
    rd_kafka_queue_destroy(own);
    rd_kafka_queue_destroy(main_queue);
    rd_kafka_destroy(rk);
}

static void *poll_background(void *rk) {
    while (!__atomic_load_n(&calls, __ATOMIC_SEQ_CST))
        rd_kafka_poll(rk, 100);
    return NULL;
}

static void from_another_thread(void) {
    rd_kafka_t *rk = client("50", 0, keep);
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, poll_background, rk), "pthread_create");
    pthread_join(thread, NULL);
    puts("from another thread");
    rd_kafka_mem_free(rk, kept);
    kept = NULL;
    rd_kafka_destroy(rk);
}

static void off(void) {
    rd_kafka_t *rk = client("0", RD_KAFKA_EVENT_STATS, keep);
    int served = rd_kafka_poll(rk, 300);
    printf("off: %d calls, %d served, %d queued\n", calls, served, rd_kafka_outq_len(rk));
    rd_kafka_destroy(rk);
}

/* They come at their interval, however long a poll takes; those that were not fetched wait. */
static void rhythm(void) {
    rd_kafka_t *rk = client("100", 0, keep);
    struct stopwatch start = start_watch();
    AWAIT((rd_kafka_poll(rk, 1000), calls >= 10), "%d calls", calls);
    printf("rhythm: ten of 100 ms came %s\n", getenv("UNDER_VALGRIND") ? "in time" : in_time(start, 0.9, 3));
    AWAIT(rd_kafka_outq_len(rk) >= 4, "%d of 4 wait", rd_kafka_outq_len(rk));
    int before = calls;
    rd_kafka_poll(rk, 0);
    printf("rhythm: several had waited: %d\n", calls - before >= 4);
    rd_kafka_mem_free(rk, kept);
    kept = NULL;
    rd_kafka_destroy(rk);
}

int main(void) {
    callback();
    events(RD_KAFKA_EVENT_STATS, NULL);
    events(0, NULL);
    events(RD_KAFKA_EVENT_STATS, keep);
    without_taker();
    forwarded();
    from_another_thread();
    off();
    rhythm();
    return 0;
}
