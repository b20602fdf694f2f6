/* test: alone valgrind engines limit=60 */
/*
 * No broker at all: every message fails with _MSG_TIMED_OUT, in time, once; destroy does not wait for what is queued.
 */
#include "common.h"

#define TIMEOUT_S 1.5
#define PER_ROUND 200
#define ROUNDS 5

static struct stopwatch produced[PER_ROUND * ROUNDS];
static int reports[PER_ROUND * ROUNDS];
static int reported;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    (void)opaque;
    int n = (int)(intptr_t)m->_private;
    double allowed = getenv("UNDER_VALGRIND") ? 5 : 1;
    CHECK(reports[n]++ == 0, "message %d reported twice", n);
    CHECK(m->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, "message %d: %s", n, rd_kafka_err2name(m->err));
    const char *when = in_time(produced[n], TIMEOUT_S - 0.1, TIMEOUT_S + allowed);
    CHECK(!strcmp(when, "in time"), "message %d failed %.3f s after it was produced: %s", n, now_s() - produced[n].wall, when);
    CHECK(rd_kafka_message_status(m) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED, "status %d", rd_kafka_message_status(m));
    reported++;
}

static rd_kafka_t *lonely_producer(const char *timeout_ms) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", "message.timeout.ms", timeout_ms, NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return new_producer(conf);
}

static void everything_times_out(void) {
    static const char *const topics[] = {"a", "b", "c"};
    rd_kafka_t *rk = lonely_producer("1500");
    int n = 0;

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < PER_ROUND; i++, n++) {
            produced[n] = start_watch();
            rd_kafka_resp_err_t err =
                rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topics[n % 3]), RD_KAFKA_V_PARTITION(n % 5 - 1),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE("value", 5),
                                  RD_KAFKA_V_OPAQUE((void *)(intptr_t)n), RD_KAFKA_V_END);
            CHECK(!err, "producev: %s", rd_kafka_err2name(err));
        }
        double until = now_s() + 0.25;
        while (now_s() < until)
            rd_kafka_poll(rk, 10);
    }
    AWAIT((rd_kafka_poll(rk, 10), reported == n), "%d of %d reported", reported, n);
    check_nothing_queued(rk);
    rd_kafka_destroy(rk);
}

static void destroy_does_not_wait(int messages, int flags) {
    rd_kafka_t *rk = lonely_producer("300000");
    for (int i = 0; i < messages; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("a"), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_VALUE("value", 5), RD_KAFKA_V_END),
              "producev");
    double began = pace_s();
    if (flags >= 0)
        rd_kafka_destroy_flags(rk, flags);
    else
        rd_kafka_destroy(rk);
    double took = pace_s() - began;
    CHECK(took < 5, "destroy with %d messages took %.2f s", messages, took);
}

int main(void) {
    everything_times_out();
    destroy_does_not_wait(0, -1);
    destroy_does_not_wait(1000, -1);
    destroy_does_not_wait(1000, 0);
    destroy_does_not_wait(1000, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    CHECK(rd_kafka_wait_destroyed(hang_ms()) == 0, "instances are left");
    return 0;
}
