/* test: differential on-mock valgrind */
/* Closing a consumer that assigns itself partitions: what comes to which queue, in which order, what wakes who waits, and what
 * calls say afterwards. */
#include "consumed.h"

static int commits;

static void commit_cb(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque) {
    (void)opaque;
    printf("  offset commit callback: %s, closed %d", err_name(err), rd_kafka_consumer_closed(rk));
    for (int i = 0; list && i < list->cnt; i++)
        printf(", [%d] @%" PRId64, (int)list->elems[i].partition, list->elems[i].offset);
    printf("\n");
    commits++;
}

static void count(rd_kafka_t *rk, void *opaque) {
    (void)rk;
    __atomic_add_fetch((int *)opaque, 1, __ATOMIC_SEQ_CST);
}

static rd_kafka_t *open_consumer(const char *servers, const char *group, int with_callback) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", servers, "group.id", group, "auto.offset.reset", "earliest",
                                       "auto.commit.interval.ms", "600000", "fetch.wait.max.ms", "10", NULL);
    if (with_callback)
        rd_kafka_conf_set_offset_commit_cb(conf, commit_cb);
    return new_consumer(conf);
}

static rd_kafka_topic_partition_list_t *one(int64_t offset) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = offset;
    return list;
}

/* Reads all that there is: nothing is left that could come to another queue. */
static void read_all(rd_kafka_t *rk, int messages) {
    rd_kafka_topic_partition_list_t *list = one(0);
    CHECK(!rd_kafka_assign(rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
    while (messages > 0) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (!m)
            continue;
        CHECK(!m->err, "%s", rd_kafka_message_errstr(m));
        messages--;
        rd_kafka_message_destroy(m);
    }
}

static void close_to(rd_kafka_t *rk, rd_kafka_queue_t *queue) {
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(rk, queue);
    printf("  close_queue: %s\n", error ? rd_kafka_error_string(error) : "ok");
    if (error)
        rd_kafka_error_destroy(error);
}

static void await_closed(rd_kafka_t *rk) {
    double end = give_up_at();
    while (!rd_kafka_consumer_closed(rk)) {
        CHECK(now_s() < end, "it does not close");
        sleep_ms(5);
    }
}

static void show_error(const char *what, rd_kafka_error_t *error) {
    printf("  %s: %s\n", what, error ? rd_kafka_error_string(error) : "ok");
    if (error)
        rd_kafka_error_destroy(error);
}

static void afterwards(rd_kafka_t *rk) {
    rd_kafka_topic_partition_list_t *list = one(0), *none = NULL;
    rd_kafka_resp_err_t err = rd_kafka_assignment(rk, &none);
    printf("  assignment: %s, %s\n", err_name(err), none ? "a list" : "no list");
    printf("  commit: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    printf("  commit of what is stored: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    err = rd_kafka_committed(rk, list, hang_ms());
    printf("  committed: %s %s\n", err_name(err), err_name(list->elems[0].err));
    err = rd_kafka_position(rk, list);
    printf("  position: %s %s\n", err_name(err), err_name(list->elems[0].err));
    list->elems[0].offset = 0;
    show_error("seek", rd_kafka_seek_partitions(rk, list, hang_ms()));
    printf("  seek [0]: %s\n", err_name(list->elems[0].err));
    printf("  poll_set_consumer: %s\n", err_name(rd_kafka_poll_set_consumer(rk)));
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    printf("  the consumer's queue: %s\n", queue ? "there" : "NULL");
    rd_kafka_queue_destroy(queue);
    rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 0);
    printf("  consumer_poll: %s\n", m ? err_name(m->err) : "nothing");
    printf("  close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    printf("  closed: %d\n", rd_kafka_consumer_closed(rk));
    rd_kafka_topic_partition_list_destroy(list);
}

/* Not here: assigning afterwards. The reference takes that, and its instance never ends. */
static void by_a_call(const char *servers) {
    printf("consumer_close\n");
    rd_kafka_t *rk = open_consumer(servers, "call", 1);
    read_all(rk, 5);
    printf("  close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    for (double end = give_up_at(); !commits && now_s() < end;)
        rd_kafka_poll(rk, 10);
    afterwards(rk);
    rd_kafka_destroy(rk);
}

/* What the waking of an empty queue looks like, by each way of polling. */
static void wakes(const char *servers, int way) {
    static const char *const ways[] = {"queue_poll", "poll_callback", "consume_queue", "consume_batch_queue", "not served"};
    printf("%s\n", ways[way]);
    rd_kafka_t *rk = open_consumer(servers, "wakes", 0);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    int woken = 0;
    rd_kafka_queue_cb_event_enable(queue, count, &woken);
    close_to(rk, queue);
    rd_kafka_message_t *messages[2];
    switch (way) {
    case 0:
        printf("  %s\n", rd_kafka_queue_poll(queue, hang_ms()) ? "an event" : "NULL");
        break;
    case 1:
        printf("  %d\n", rd_kafka_queue_poll_callback(queue, hang_ms()));
        break;
    case 2:
        printf("  %s\n", rd_kafka_consume_queue(queue, hang_ms()) ? "a message" : "NULL");
        break;
    case 3:
        printf("  %d\n", (int)rd_kafka_consume_batch_queue(queue, hang_ms(), messages, 2));
        break;
    default:
        await_closed(rk);
        double end = give_up_at();
        while (!rd_kafka_queue_length(queue) && now_s() < end)
            sleep_ms(5);
    }
    /* A call that has begun is over after this: the poll may have returned before. */
    rd_kafka_queue_cb_event_enable(queue, NULL, NULL);
    printf("  closed %d, length %zu, woken %s\n", rd_kafka_consumer_closed(rk), rd_kafka_queue_length(queue),
           __atomic_load_n(&woken, __ATOMIC_SEQ_CST) ? "yes" : "no");
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

/* Where the outcome of the last commit comes: to the main queue, which may be the consumer's by then, or the one given. */
static void commit_at_the_end(const char *servers, const char *what, int poll_set, int to_main) {
    printf("%s\n", what);
    rd_kafka_t *rk = open_consumer(servers, what, 1);
    if (poll_set)
        rd_kafka_poll_set_consumer(rk);
    read_all(rk, 5);
    rd_kafka_queue_t *queue = to_main ? rd_kafka_queue_get_main(rk) : rd_kafka_queue_new(rk);
    close_to(rk, queue);
    rd_kafka_event_t *event;
    double end = give_up_at();
    commits = 0;
    int events = 0;
    while (!events && !commits) {
        CHECK(now_s() < end, "no commit");
        if (rd_kafka_consumer_closed(rk) && !poll_set && !to_main)
            rd_kafka_poll(rk, 10);
        else if ((event = rd_kafka_queue_poll(queue, 10))) {
            rd_kafka_event_type_t type = rd_kafka_event_type(event);
            if (type == RD_KAFKA_EVENT_OFFSET_COMMIT) {
                events++;
                printf("  event %s %s\n", rd_kafka_event_name(event), err_name(rd_kafka_event_error(event)));
            }
            rd_kafka_event_destroy(event);
        }
    }
    await_closed(rk);
    close_to(rk, queue);
    rd_kafka_queue_destroy(queue);
    afterwards(rk);
    rd_kafka_destroy(rk);
}

static void refused(const char *servers) {
    printf("refused\n");
    rd_kafka_t *rk = new_consumer(quiet_conf("bootstrap.servers", servers, NULL));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    close_to(rk, queue);
    close_to(rk, NULL);
    printf("  close: %s\n  closed: %d\n", err_name(rd_kafka_consumer_close(rk)), rd_kafka_consumer_closed(rk));
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: closing_diff BOOTSTRAP");
    fill(argv[1], "none", 0, 0, 5);
    refused(argv[1]);
    by_a_call(argv[1]);
    for (int way = 0; way < 5; way++)
        wakes(argv[1], way);
    commit_at_the_end(argv[1], "main queue", 0, 0);
    commit_at_the_end(argv[1], "main queue is the consumer's", 1, 0);
    commit_at_the_end(argv[1], "closed by the main queue", 0, 1);
    return 0;
}
