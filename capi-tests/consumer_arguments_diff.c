/* test: differential on-mock valgrind */
/* What the functions of consumers say to arguments that they cannot do much with: empty lists, partitions that nobody reads or
 * that do not exist, offsets that are none, and instances that are no consumers or have no group. */
#include "consumed.h"

typedef rd_kafka_topic_partition_list_t list_t;

static list_t *list_of(const char *topic, int partition, int64_t offset) {
    list_t *list = rd_kafka_topic_partition_list_new(1);
    if (topic)
        rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    return list;
}

static void show_list(const char *what, rd_kafka_resp_err_t err, list_t *list) {
    printf("  %s: %s", what, err_name(err));
    for (int i = 0; list && i < list->cnt; i++)
        printf(", %s [%d] @%" PRId64 " %s", list->elems[i].topic, (int)list->elems[i].partition, list->elems[i].offset,
               err_name(list->elems[i].err));
    printf("\n");
    if (list)
        rd_kafka_topic_partition_list_destroy(list);
}

static void show_error(const char *what, rd_kafka_error_t *error, list_t *list) {
    printf("  %s: %s", what, error ? rd_kafka_error_string(error) : "ok");
    if (error)
        printf(" (%s)", err_name(rd_kafka_error_code(error)));
    for (int i = 0; list && i < list->cnt; i++)
        printf(", [%d] %s", (int)list->elems[i].partition, err_name(list->elems[i].err));
    printf("\n");
    if (error)
        rd_kafka_error_destroy(error);
    if (list)
        rd_kafka_topic_partition_list_destroy(list);
}

/* The functions that take a list of partitions, with this one. */
static void with_list(rd_kafka_t *rk, const char *topic, int partition, int64_t offset) {
    printf(" %s [%d] @%" PRId64 "\n", topic ? topic : "empty list", partition, offset);
    list_t *list = list_of(topic, partition, offset);
    rd_kafka_resp_err_t err = rd_kafka_position(rk, list);
    show_list("position", err, list);
    list = list_of(topic, partition, offset);
    err = rd_kafka_pause_partitions(rk, list);
    show_list("pause", err, list);
    list = list_of(topic, partition, offset);
    err = rd_kafka_resume_partitions(rk, list);
    show_list("resume", err, list);
    list = list_of(topic, partition, offset);
    show_error("seek_partitions", rd_kafka_seek_partitions(rk, list, hang_ms()), list);
    list = list_of(topic, partition, offset);
    show_error("seek_partitions without waiting", rd_kafka_seek_partitions(rk, list, 0), NULL);
    rd_kafka_topic_partition_list_destroy(list); /* the outcome comes later */
    list = list_of(topic, partition, offset);
    show_error("incremental_unassign", rd_kafka_incremental_unassign(rk, list), NULL);
    rd_kafka_topic_partition_list_destroy(list);
    list = list_of(topic, partition, offset);
    err = rd_kafka_offsets_store(rk, list);
    show_list("offsets_store", err, list);
}

static void committing(rd_kafka_t *rk, const char *topic, int partition, int64_t offset) {
    printf(" %s [%d] @%" PRId64 "\n", topic ? topic : "empty list", partition, offset);
    list_t *list = list_of(topic, partition, offset);
    rd_kafka_resp_err_t err = rd_kafka_commit(rk, list, 0);
    show_list("commit", err, list);
    list = list_of(topic, partition, offset);
    err = rd_kafka_committed(rk, list, hang_ms());
    show_list("committed", err, list);
}

static void assigning(rd_kafka_t *rk) {
    printf(" assigning\n");
    list_t *list = list_of("t", 0, 0), *found = NULL;
    show_list("assign nothing", rd_kafka_assign(rk, NULL), NULL);
    show_error("incremental_assign", rd_kafka_incremental_assign(rk, list), NULL);
    show_error("incremental_assign again", rd_kafka_incremental_assign(rk, list), NULL);
    rd_kafka_topic_partition_list_add(list, "t", 0);
    show_list("assign twice the same", rd_kafka_assign(rk, list), NULL);
    show_error("incremental_assign twice the same", rd_kafka_incremental_assign(rk, list), NULL);
    show_error("incremental_unassign twice the same", rd_kafka_incremental_unassign(rk, list), NULL);
    rd_kafka_resp_err_t err = rd_kafka_assignment(rk, &found);
    show_list("assignment", err, found);
    rd_kafka_topic_partition_list_destroy(list);
    list = list_of(NULL, 0, 0);
    show_list("assign an empty list", rd_kafka_assign(rk, list), NULL);
    show_error("incremental_assign an empty list", rd_kafka_incremental_assign(rk, list), NULL);
    show_error("incremental_unassign an empty list", rd_kafka_incremental_unassign(rk, list), NULL);
    rd_kafka_topic_partition_list_destroy(list);
    found = NULL;
    err = rd_kafka_assignment(rk, &found);
    show_list("assignment", err, found);
}

/* Neither a partition nor a group is needed for these. */
static void others(rd_kafka_t *rk) {
    int64_t low = -7, high = -7;
    printf(" others\n");
    printf("  get_watermark_offsets: %s", err_name(rd_kafka_get_watermark_offsets(rk, "t", 9, &low, &high)));
    printf(" %" PRId64 " %" PRId64 "\n", low, high);
    printf("  get_watermark_offsets of no topic: %s\n", err_name(rd_kafka_get_watermark_offsets(rk, "none", 0, &low, &high)));
    printf("  query_watermark_offsets: %s\n", err_name(rd_kafka_query_watermark_offsets(rk, "t", 0, &low, &high, hang_ms())));
    list_t *list = list_of(NULL, 0, 0);
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(rk, list, 100);
    show_list("offsets_for_times of nothing", err, list);
    list = list_of("t", 0, 0);
    err = rd_kafka_offsets_for_times(rk, list, hang_ms());
    show_list("offsets_for_times", err, list);
    printf("  poll_set_consumer: %s\n", err_name(rd_kafka_poll_set_consumer(rk)));
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    printf("  queue_get_consumer: %s\n", queue ? "a queue" : "NULL");
    if (queue)
        rd_kafka_queue_destroy(queue);
    printf("  consumer_closed: %d\n", rd_kafka_consumer_closed(rk));
}

static void queues(rd_kafka_t *rk) {
    printf(" queues\n");
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_message_t *messages[2] = {NULL, NULL};
    rd_kafka_message_t *m = rd_kafka_consume_queue(queue, 0);
    printf("  consume_queue: %s", m ? "a message" : "NULL");
    printf(" %s\n", err_name(rd_kafka_last_error()));
    printf("  consume_batch_queue: %d", (int)rd_kafka_consume_batch_queue(queue, 0, messages, 2));
    printf(" %s\n", messages[0] ? "a message" : "NULL");
    printf("  consume_batch_queue of none: %d\n", (int)rd_kafka_consume_batch_queue(queue, 0, messages, 0));
    rd_kafka_queue_destroy(queue);
}

static void no_message(rd_kafka_message_t *m, void *opaque) {
    (void)opaque;
    printf("  a message: %s\n", err_name(m->err));
}

static void show_call(const char *what, int result) {
    int number = errno;
    printf("  %s: %d", what, result);
    if (result < 0)
        printf(" %s %s", err_name(rd_kafka_last_error()), strerror(number));
    printf("\n");
}

/* The functions of consumers that read partitions one by one. */
static void simple(rd_kafka_t *rk) {
    printf(" one by one\n");
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    rd_kafka_message_t *messages[1];
    show_call("consume_stop before", rd_kafka_consume_stop(rkt, 0));
    rd_kafka_message_t *m = rd_kafka_consume(rkt, 7, 0);
    printf("  consume: %s", m ? "a message" : "NULL");
    printf(" %s\n", err_name(rd_kafka_last_error()));
    show_call("consume_batch", (int)rd_kafka_consume_batch(rkt, 7, 0, messages, 1));
    show_call("consume_callback", rd_kafka_consume_callback(rkt, 7, 0, no_message, NULL));
    show_call("consume_start at no offset", rd_kafka_consume_start(rkt, 0, -77));
    show_call("consume_start of no partition", rd_kafka_consume_start(rkt, -1, 0));
    show_call("consume_start of another", rd_kafka_consume_start(rkt, -3, 0));
    printf("  seek before: %s\n", err_name(rd_kafka_seek(rkt, 1, 0, hang_ms())));
    printf("  seek in no partition: %s\n", err_name(rd_kafka_seek(rkt, -1, 0, hang_ms())));
    printf("  offset_store before: %s\n", err_name(rd_kafka_offset_store(rkt, 1, 0)));
    printf("  offset_store in no partition: %s\n", err_name(rd_kafka_offset_store(rkt, -1, 0)));
    rd_kafka_topic_destroy(rkt);
}

static void partition_queues(rd_kafka_t *rk) {
    static const int partitions[] = {0, 9, -1};
    for (int i = 0; i < 3; i++) {
        rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(rk, "t", partitions[i]);
        printf("  queue_get_partition %d: %s\n", partitions[i], queue ? "a queue" : "NULL");
        if (queue)
            rd_kafka_queue_destroy(queue);
    }
}

static void closing(rd_kafka_t *rk) {
    printf(" closing\n");
    rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 0);
    show_and_destroy("  consumer_poll", m);
    printf("  consumer_close: %s\n", err_name(rd_kafka_consumer_close(rk)));
}

/* Each with a topic that nothing has been done with before. */
static void first_use(rd_kafka_t *rk) {
    printf(" for the first time\n");
    list_t *list = list_of("n1", 0, 5);
    rd_kafka_resp_err_t err = rd_kafka_pause_partitions(rk, list);
    show_list("pause", err, list);
    list = list_of("n2", 0, 5);
    err = rd_kafka_resume_partitions(rk, list);
    show_list("resume", err, list);
    list = list_of("n3", 0, 5);
    show_error("seek_partitions", rd_kafka_seek_partitions(rk, list, hang_ms()), list);
    list = list_of("n4", 0, 5);
    err = rd_kafka_offsets_store(rk, list);
    show_list("offsets_store", err, list);
    list = list_of("n5", 0, 5);
    show_error("incremental_unassign", rd_kafka_incremental_unassign(rk, list), list);
    int64_t low = -7, high = -7;
    printf("  get_watermark_offsets: %s\n", err_name(rd_kafka_get_watermark_offsets(rk, "n6", 0, &low, &high)));
    list = list_of("n7", 0, 5);
    err = rd_kafka_position(rk, list);
    show_list("position", err, list);
}

static void all_of(rd_kafka_t *rk) {
    first_use(rk);
    with_list(rk, NULL, 0, 0);
    with_list(rk, "t", 0, 0);
    with_list(rk, "t", 9, -1001);
    with_list(rk, "none", 0, 5);
    assigning(rk);
    others(rk);
    queues(rk);
    partition_queues(rk);
}

static rd_kafka_conf_t *conf_of(const char *servers) {
    return quiet_conf("bootstrap.servers", servers, "fetch.wait.max.ms", "10", NULL);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: consumer_arguments_diff BOOTSTRAP");
    printf("a producer\n");
    rd_kafka_t *rk = new_producer(conf_of(argv[1]));
    others(rk);
    rd_kafka_destroy(rk);
    printf("without a group\n");
    rk = new_consumer(conf_of(argv[1]));
    all_of(rk);
    simple(rk);
    committing(rk, NULL, 0, 0);
    committing(rk, "t", 0, 5);
    closing(rk);
    rd_kafka_destroy(rk);
    printf("with a group\n");
    rd_kafka_conf_t *conf = conf_of(argv[1]);
    conf_set(conf, "group.id", "g");
    conf_set(conf, "enable.auto.offset.store", "false");
    rk = new_consumer(conf);
    all_of(rk);
    committing(rk, NULL, 0, 0);
    committing(rk, "t", 0, -1001);
    committing(rk, "t", 0, -5);
    committing(rk, "t", 9, 5);
    closing(rk);
    rd_kafka_destroy(rk);
    return 0;
}
