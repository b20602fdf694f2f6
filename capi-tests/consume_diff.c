/* test: differential on-mock valgrind */
/* The legacy functions of a consumer without a group, each with what it refuses. */
#include "consumed.h"

static int yield_after, called;

static void consume_cb(rd_kafka_message_t *m, void *opaque) {
    printf("callback %s: %s @%" PRId64 "\n", (char *)opaque, err_name(m->err), m->offset);
    if (++called == yield_after)
        rd_kafka_yield(NULL);
}

static rd_kafka_t *simple_consumer(const char *servers) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "check.crcs", "true");
    conf_set(conf, "fetch.wait.max.ms", "10");
    return new_consumer(conf);
}

static void show_return(const char *what, int returned) {
    int number = errno;
    printf("%s: %d, %s, %s\n", what, returned, err_name(rd_kafka_last_error()), returned ? strerror(number) : "-");
}

static void refusals(rd_kafka_topic_t *rkt) {
    show_return("start at a negative partition", rd_kafka_consume_start(rkt, -1, 0));
    show_return("start at the stored offset", rd_kafka_consume_start(rkt, 0, RD_KAFKA_OFFSET_STORED));
    show_return("stop what was not started", rd_kafka_consume_stop(rkt, 7));
    show_and_destroy("consume what was not started", rd_kafka_consume(rkt, 7, 0));
    rd_kafka_message_t *messages[1];
    show_return("batch of what was not started", (int)rd_kafka_consume_batch(rkt, 7, 0, messages, 1));
    show_return("callback of what was not started", rd_kafka_consume_callback(rkt, 7, 0, consume_cb, "a"));
    printf("seek what was not started: %s\n", err_name(rd_kafka_seek(rkt, 7, 0, 0)));
    printf("seek at a negative partition: %s\n", err_name(rd_kafka_seek(rkt, -1, 0, 0)));
    printf("store an offset of what was not started: %s\n", err_name(rd_kafka_offset_store(rkt, 7, 0)));
}

static void group_calls(rd_kafka_t *rk) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 0;
    printf("assign: %s\n", err_name(rd_kafka_assign(rk, list)));
    printf("poll_set_consumer: %s\n", err_name(rd_kafka_poll_set_consumer(rk)));
    rd_kafka_topic_partition_list_t *assigned = NULL;
    printf("assignment: %s\n", err_name(rd_kafka_assignment(rk, &assigned)));
    rd_kafka_error_t *error = rd_kafka_incremental_assign(rk, list);
    printf("incremental_assign: %s, %s\n", rd_kafka_error_name(error), rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    error = rd_kafka_incremental_unassign(rk, list);
    printf("incremental_unassign: %s, %s\n", rd_kafka_error_name(error), rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 0);
    printf("consumer_poll: %s, %s\n", m ? err_name(m->err) : "NULL", m && m->payload ? (char *)m->payload : "no text");
    rd_kafka_message_destroy(m);
    printf("consumer_close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    printf("consumer_closed: %d\n", rd_kafka_consumer_closed(rk));
    printf("queue_get_consumer: %s\n", rd_kafka_queue_get_consumer(rk) ? "a queue" : "NULL");
    rd_kafka_topic_partition_list_destroy(list);
}

static void one_by_one(rd_kafka_topic_t *rkt) {
    show_return("start", rd_kafka_consume_start(rkt, 0, 2));
    for (int i = 0; i < 19; i++) {
        char what[16];
        snprintf(what, sizeof(what), "consume %d", i);
        show_and_destroy(what, rd_kafka_consume(rkt, 0, hang_ms()));
    }
    show_and_destroy("nothing more", rd_kafka_consume(rkt, 0, 10));
    show_and_destroy("nothing at once", rd_kafka_consume(rkt, 0, 0));
}

static void elsewhere(rd_kafka_t *rk, rd_kafka_topic_t *rkt) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(list, "t", 0);
    rd_kafka_topic_partition_list_add(list, "nothing", 3)->offset = 5;
    rd_kafka_resp_err_t err = rd_kafka_position(rk, list);
    for (int i = 0; i < list->cnt; i++)
        printf("position: %s, %s %" PRId64 "\n", err_name(err), err_name(list->elems[i].err), list->elems[i].offset);
    rd_kafka_topic_partition_list_destroy(list);
    int64_t low = 77, high = 77;
    err = rd_kafka_get_watermark_offsets(rk, "t", 0, &low, &high);
    printf("watermarks: %s, %" PRId64 " to %" PRId64 "\n", err_name(err), low, high);
    printf("watermarks of nothing: %s\n", err_name(rd_kafka_get_watermark_offsets(rk, "nothing", 0, &low, &high)));
    printf("seek: %s\n", err_name(rd_kafka_seek(rkt, 0, 17, hang_ms())));
    show_and_destroy("behind the seek", rd_kafka_consume(rkt, 0, hang_ms()));
    printf("seek to the beginning: %s\n", err_name(rd_kafka_seek(rkt, 0, RD_KAFKA_OFFSET_BEGINNING, hang_ms())));
    show_and_destroy("at the beginning", rd_kafka_consume(rkt, 0, hang_ms()));
    printf("seek to the tail: %s\n", err_name(rd_kafka_seek(rkt, 0, RD_KAFKA_OFFSET_TAIL(3), hang_ms())));
    show_and_destroy("at the tail", rd_kafka_consume(rkt, 0, hang_ms()));
    printf("store: %s\n", err_name(rd_kafka_offset_store(rkt, 0, 3)));
}

static void many(rd_kafka_topic_t *rkt) {
    rd_kafka_message_t *messages[15];
    CHECK(!rd_kafka_seek(rkt, 0, 3, hang_ms()), "seek");
    ssize_t got = rd_kafka_consume_batch(rkt, 0, hang_ms(), messages, 15);
    printf("batch: %d\n", (int)got);
    for (ssize_t i = 0; i < got; i++)
        show_and_destroy("in the batch", messages[i]);
    got = rd_kafka_consume_batch(rkt, 0, 300, messages, 15);
    printf("rest: %d\n", (int)got);
    for (ssize_t i = 0; i < got; i++)
        show_and_destroy("in the rest", messages[i]);
    CHECK(!rd_kafka_seek(rkt, 0, 15, hang_ms()), "seek");
    yield_after = 2;
    while (called < 6) /* 5 messages and the end */
        CHECK(rd_kafka_consume_callback(rkt, 0, 100, consume_cb, "of a partition") >= 0, "callback");
    show_return("stop", rd_kafka_consume_stop(rkt, 0));
}

static void into_a_queue(rd_kafka_t *rk, rd_kafka_topic_t *rkt) {
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    show_return("start 0", rd_kafka_consume_start_queue(rkt, 0, RD_KAFKA_OFFSET_BEGINNING, queue));
    show_return("start 1", rd_kafka_consume_start_queue(rkt, 1, RD_KAFKA_OFFSET_BEGINNING, queue));
    int64_t next[2] = {0, 0};
    for (int ends = 0; ends < 2;) {
        rd_kafka_message_t *messages[7];
        ssize_t got = rd_kafka_consume_batch_queue(queue, 100, messages, 7);
        for (ssize_t i = 0; i < got; i++) {
            rd_kafka_message_t *m = messages[i];
            ends += m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
            CHECK(m->err || m->offset == next[m->partition], "offset %d", (int)m->offset);
            next[m->partition] += !m->err;
            rd_kafka_message_destroy(m);
        }
    }
    printf("from the queue: %d and %d\n", (int)next[0], (int)next[1]);
    CHECK(!rd_kafka_seek(rkt, 0, 18, hang_ms()), "seek");
    show_and_destroy("of the queue", rd_kafka_consume_queue(queue, hang_ms()));
    for (int i = 0; i < 2; i++) {
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, hang_ms());
        const rd_kafka_message_t *m = rd_kafka_event_message_next(ev);
        printf("event %s, %d: %s, %s\n", rd_kafka_event_name(ev), (int)rd_kafka_event_message_count(ev), err_name(rd_kafka_event_error(ev)),
               rd_kafka_event_error_string(ev));
        if (m)
            show_consumed("of the event", m);
        rd_kafka_topic_partition_t *of = rd_kafka_event_topic_partition(ev);
        if (of)
            printf("about %s [%d] @%" PRId64 " %s\n", of->topic, (int)of->partition, of->offset, err_name(of->err));
        if (of)
            rd_kafka_topic_partition_destroy(of);
        rd_kafka_event_destroy(ev);
    }
    CHECK(!rd_kafka_seek(rkt, 1, 0, hang_ms()), "seek");
    called = 0, yield_after = 0;
    while (called < 4)
        rd_kafka_consume_callback_queue(queue, 100, consume_cb, "of a queue");
    show_return("stop 0", rd_kafka_consume_stop(rkt, 0));
    show_return("stop 1", rd_kafka_consume_stop(rkt, 1));
    rd_kafka_queue_destroy(queue);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "bootstrap servers");
    fill(argv[1], "none", 0, 0, 10);
    fill(argv[1], "gzip", 0, 10, 15);
    fill(argv[1], "lz4", 0, 15, 20);
    fill(argv[1], "none", 1, 0, 3);
    rd_kafka_t *rk = simple_consumer(argv[1]);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    printf("type %d, topic %s\n", rd_kafka_type(rk), rd_kafka_topic_name(rkt));
    refusals(rkt);
    group_calls(rk);
    one_by_one(rkt);
    elsewhere(rk, rkt);
    many(rkt);
    into_a_queue(rk, rkt);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
