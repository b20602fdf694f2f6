/* test: differential valgrind engines */
/* Fatal errors, all flags of purge, and what is left when instances are gone. */
#include "deliveries.h"
#include "requests.h"

#include <errno.h>

static int errors;

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    /* Brokers that cannot be reached are no news here. */
    if (err != RD_KAFKA_RESP_ERR__FATAL)
        return;
    errors++;
    printf("error_cb: %s %s\n", rd_kafka_err2name(err), reason);
}

static void show_fatal(rd_kafka_t *rk) {
    char text[256] = "unset", tight[10] = "unset";
    rd_kafka_resp_err_t err = rd_kafka_fatal_error(rk, text, sizeof(text));
    printf("fatal_error: %s \"%s\"", rd_kafka_err2name(err), text);
    err = rd_kafka_fatal_error(rk, tight, sizeof(tight));
    printf(" tight \"%s\"", tight);
    printf(" none %s\n", rd_kafka_err2name(rd_kafka_fatal_error(rk, NULL, 0)));
}

static rd_kafka_t *producer(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", "linger.ms", "30000", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    return new_producer(conf);
}

static void try_producing(rd_kafka_t *rk, rd_kafka_topic_t *rkt) {
    rd_kafka_message_t batch[2] = {{.payload = "a", .len = 1}, {.payload = "b", .len = 1}};
    rd_kafka_vu_t vus[] = {{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "t"}};
    rd_kafka_error_t *error;
    int res;

    errno = 0;
    res = rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL);
    printf("produce: %d %s errno %d\n", res, rd_kafka_err2name(rd_kafka_last_error()), res ? errno : 0);
    res = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_END);
    printf("producev: %s\n", rd_kafka_err2name(res));
    error = rd_kafka_produceva(rk, vus, 1);
    printf("produceva: %s fatal %d retriable %d \"%s\"\n", error ? rd_kafka_error_name(error) : "-",
           error ? rd_kafka_error_is_fatal(error) : 0, error ? rd_kafka_error_is_retriable(error) : 0,
           error ? rd_kafka_error_string(error) : "");
    rd_kafka_error_destroy(error);
    res = rd_kafka_produce_batch(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, batch, 2);
    printf("produce_batch: %d %s %s\n", res, rd_kafka_err2name(batch[0].err), rd_kafka_err2name(batch[1].err));
}

static void fatal(void) {
    rd_kafka_t *rk = producer();
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);

    show_fatal(rk);
    try_producing(rk, rkt);
    printf("queued: %s\n", rd_kafka_outq_len(rk) >= 5 ? "all" : "not all");
    forget_deliveries();
    printf("raise: %s\n", rd_kafka_err2name(rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made up")));
    show_fatal(rk);
    /* Everything that is queued fails. */
    AWAIT((rd_kafka_poll(rk, 50), delivery_count >= 5 && errors), "%d reports, %d errors", delivery_count, errors);
    printf("reports %d, errors %d\n", delivery_count, errors);
    for (int i = 0; i < 2; i++)
        if (deliveries[i].reports)
            printf("  %d: %s status %d\n", i, rd_kafka_err2name(deliveries[i].err), deliveries[i].status);
    try_producing(rk, rkt);
    printf("raise again: %s\n", rd_kafka_err2name(rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR__FATAL, "too late")));
    show_fatal(rk);
    printf("flush %s purge %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 1000)), rd_kafka_err2name(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE)));
    rd_kafka_poll(rk, 0);
    printf("errors %d\n", errors);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    forget_deliveries();
}

/* A message in flight gets its proper report after a fatal error. */
static void fatal_in_flight(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "linger.ms", "0", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    count_requests(conf);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = mock_with_topic(rk, "t", 1);
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("1", 1), RD_KAFKA_V_END), "producev");
    rd_kafka_flush(rk, hang_ms());
    rd_kafka_mock_broker_set_rtt(cluster, 1, 700);
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("2", 1), RD_KAFKA_V_OPAQUE((void *)1), RD_KAFKA_V_END), "producev");
    await_requests(API_PRODUCE, 2);
    printf("raise: %s\n", rd_kafka_err2name(rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR__FAIL, NULL)));
    printf("flush %s\n", rd_kafka_err2name(rd_kafka_flush(rk, hang_ms())));
    for (int i = 0; i < 2; i++)
        if (deliveries[i].reports)
            printf("  %d: %s status %d\n", i, rd_kafka_err2name(deliveries[i].err), deliveries[i].status);
    show_fatal(rk);
    rd_kafka_destroy(rk);
    forget_deliveries();
}

static void purge_flags(void) {
    for (int flags = -1; flags <= 9; flags++) {
        rd_kafka_t *rk = producer();
        rd_kafka_resp_err_t err;

        for (int i = 0; i < 3; i++)
            CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(i - 1), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
        err = rd_kafka_purge(rk, flags);
        /* What does not block may take a moment. */
        if (!err && flags & RD_KAFKA_PURGE_F_QUEUE)
            AWAIT((rd_kafka_poll(rk, 100), delivery_count >= 3), "purge %d: %d reports", flags, delivery_count);
        rd_kafka_poll(rk, 50); /* one that should not be would come now */
        printf("purge %d: %s, %d reports %s, queued %s\n", flags, rd_kafka_err2name(err), delivery_count,
               delivery_count ? rd_kafka_err2name(deliveries[0].err) : "-", rd_kafka_outq_len(rk) >= 3 ? "3" : "less");
        forget_deliveries();
        rd_kafka_destroy(rk);
    }
}

static void counted(void) {
    rd_kafka_t *rk;

    printf("all gone: %d, threads %d\n", rd_kafka_wait_destroyed(hang_ms()), rd_kafka_thread_cnt());
    rk = producer();
    AWAIT(rd_kafka_thread_cnt() >= 1, "no threads");
    printf("wait for one that lives: %d %s\n", rd_kafka_wait_destroyed(50), rd_kafka_err2name(rd_kafka_last_error()));
    printf("do not wait: %d\n", rd_kafka_wait_destroyed(0));
    rd_kafka_destroy(rk);
    printf("gone: %d, threads %d\n", rd_kafka_wait_destroyed(hang_ms()), rd_kafka_thread_cnt());
}

int main(void) {
    fatal();
    fatal_in_flight();
    purge_flags();
    counted();
    return 0;
}
