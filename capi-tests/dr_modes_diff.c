/* test: differential valgrind engines */
/* Which settings give delivery reports, by callback or as events, and where they are to be fetched. */
#include "requests.h"

static int old_calls, new_calls, background_calls, failures;

static void old_cb(rd_kafka_t *rk, void *payload, size_t len, rd_kafka_resp_err_t err, void *opaque, void *msg_opaque) {
    (void)rk, (void)payload, (void)len, (void)opaque, (void)msg_opaque;
    old_calls++;
    failures += err != 0;
}

static void new_cb(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    new_calls++;
    failures += m->err != 0;
}

static void on_event(rd_kafka_t *rk, rd_kafka_event_t *ev, void *opaque) {
    (void)rk, (void)opaque;
    if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DR)
        __atomic_add_fetch(&background_calls, (int)rd_kafka_event_message_count(ev), __ATOMIC_SEQ_CST);
    rd_kafka_event_destroy(ev);
}

enum { OLD = 1, NEW = 2, EVENT = 4, ONLY_ERRORS = 8, BACKGROUND = 16, QUEUE = 32 };

static void mode(int flags) {
    int events = 0, in_events = 0, served = 0;
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "linger.ms", "1", "delivery.report.only.error",
                                       flags & ONLY_ERRORS ? "true" : "false", NULL);
    old_calls = new_calls = background_calls = failures = 0;
    if (flags & OLD)
        rd_kafka_conf_set_dr_cb(conf, old_cb);
    if (flags & NEW)
        rd_kafka_conf_set_dr_msg_cb(conf, new_cb);
    if (flags & EVENT)
        rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    if (flags & BACKGROUND)
        rd_kafka_conf_set_background_event_cb(conf, on_event);
    count_requests(conf);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "t", 2);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk), *background = NULL;
    if (flags & BACKGROUND) {
        background = rd_kafka_queue_get_background(rk);
        rd_kafka_queue_forward(queue, background);
    }
    for (int i = 0; i < 6; i++) {
        if (i == 3) { /* What follows fails, in one request or in three, with an error that says nothing of the topic. */
            await_acknowledgements(3);
            rd_kafka_mock_push_request_errors(cluster, 0, 3, RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_RECORD,
                                              RD_KAFKA_RESP_ERR_INVALID_RECORD);
        }
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    }
    bool reported = flags & (OLD | NEW | EVENT);
    int wanted = !reported ? 0 : flags & ONLY_ERRORS ? 3 : 6;
    double deadline = give_up_at();
    while (old_calls + new_calls + __atomic_load_n(&background_calls, __ATOMIC_SEQ_CST) + in_events < wanted || rd_kafka_outq_len(rk)) {
        CHECK(now_s() < deadline, "mode %d: %d %d %d %d of %d reports, outq_len %d", flags, old_calls, new_calls, background_calls, in_events, wanted,
              rd_kafka_outq_len(rk));
        if (flags & BACKGROUND)
            sleep_ms(2); /* a poll would take what is the background thread's */
        else if (flags & QUEUE) {
            rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 20);
            if (ev && rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DR) {
                events++;
                in_events += (int)rd_kafka_event_message_count(ev);
            }
            if (ev)
                rd_kafka_event_destroy(ev);
        } else
            served += rd_kafka_poll(rk, 20);
    }
    printf("old %d new %d event %d only errors %d background %d queue %d: %d %d calls, %d in the background, %s events, %d messages, %d failed, left %d\n",
           !!(flags & OLD), !!(flags & NEW), !!(flags & EVENT), !!(flags & ONLY_ERRORS), !!(flags & BACKGROUND), !!(flags & QUEUE), old_calls,
           new_calls, background_calls, events ? "some" : "no", in_events, failures, rd_kafka_outq_len(rk));
    rd_kafka_queue_destroy(queue);
    if (background)
        rd_kafka_queue_destroy(background);
    rd_kafka_destroy(rk);
}

int main(void) {
    static const int modes[] = {
        0, OLD, NEW, OLD | NEW, OLD | EVENT, NEW | EVENT, EVENT | QUEUE, OLD | QUEUE, NEW | QUEUE, NEW | EVENT | QUEUE,
        ONLY_ERRORS, NEW | ONLY_ERRORS, EVENT | QUEUE | ONLY_ERRORS, EVENT | BACKGROUND, NEW | BACKGROUND,
    };
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        mode(modes[i]);
    return 0;
}
