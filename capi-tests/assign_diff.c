/* test: differential on-mock valgrind */
/* A consumer that assigns itself partitions, without joining its group. */
#include "consumed.h"

static rd_kafka_topic_partition_list_t *list_of(int count, ...) {
    va_list numbers;
    va_start(numbers, count);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = 0; i < count; i++) {
        int partition = va_arg(numbers, int);
        rd_kafka_topic_partition_list_add(list, "t", partition)->offset = va_arg(numbers, int);
    }
    va_end(numbers);
    return list;
}

static void show_list(const char *what, rd_kafka_topic_partition_list_t *list) {
    rd_kafka_topic_partition_list_sort(list, NULL, NULL);
    printf("%s:", what);
    for (int i = 0; i < list->cnt; i++)
        printf(" %s [%d] @%" PRId64 " %s", list->elems[i].topic, (int)list->elems[i].partition, list->elems[i].offset,
               err_name(list->elems[i].err));
    printf("\n");
    rd_kafka_topic_partition_list_destroy(list);
}

static void show_error(const char *what, rd_kafka_error_t *error) {
    printf("%s: %s, %s\n", what, error ? rd_kafka_error_name(error) : "-", error ? rd_kafka_error_string(error) : "-");
    rd_kafka_error_destroy(error);
}

static void show_assignment(rd_kafka_t *rk) {
    rd_kafka_topic_partition_list_t *list = NULL;
    CHECK(!rd_kafka_assignment(rk, &list), "assignment");
    show_list("assignment", list);
}

/* Polls until so many ends of partitions have been seen; counts messages by partition. */
static void read_to_ends(rd_kafka_t *rk, int ends, const char *what) {
    int count[2] = {0, 0};
    while (ends > 0) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (!m)
            continue;
        CHECK(!m->err || m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF, "%s", rd_kafka_message_errstr(m));
        ends -= m->err != 0;
        count[m->partition] += !m->err;
        rd_kafka_message_destroy(m);
    }
    printf("%s: %d and %d messages\n", what, count[0], count[1]);
}

static void assigning(rd_kafka_t *rk) {
    rd_kafka_topic_partition_list_t *list = list_of(1, 0, 3);
    printf("assign: %s\n", err_name(rd_kafka_assign(rk, list)));
    rd_kafka_topic_partition_list_destroy(list);
    show_assignment(rk);
    for (int i = 0; i < 3; i++)
        show_and_destroy("poll", rd_kafka_consumer_poll(rk, hang_ms()));
    rd_kafka_topic_partition_list_t *places = list_of(2, 0, 0, 1, 0);
    printf("position: %s\n", err_name(rd_kafka_position(rk, places)));
    show_list("position", places);
    read_to_ends(rk, 1, "to the end");
    list = list_of(1, 1, 0);
    show_error("incremental_assign", rd_kafka_incremental_assign(rk, list));
    read_to_ends(rk, 1, "the other one, too");
    show_assignment(rk);
    show_error("incremental_assign again", rd_kafka_incremental_assign(rk, list));
    show_error("incremental_assign NULL", rd_kafka_incremental_assign(rk, NULL));
    rd_kafka_topic_partition_list_destroy(list);
    list = list_of(1, 0, 0);
    show_error("incremental_unassign", rd_kafka_incremental_unassign(rk, list));
    show_error("incremental_unassign again", rd_kafka_incremental_unassign(rk, list));
    rd_kafka_topic_partition_list_destroy(list);
    show_assignment(rk);
}

static void pausing(rd_kafka_t *rk) {
    rd_kafka_topic_partition_list_t *list = list_of(2, 0, 0, 1, 0);
    CHECK(!rd_kafka_assign(rk, list), "assign");
    read_to_ends(rk, 2, "both");
    rd_kafka_topic_partition_list_t *one = list_of(2, 0, 0, 9, 0);
    printf("pause: %s\n", err_name(rd_kafka_pause_partitions(rk, one)));
    printf("%s, %s\n", err_name(one->elems[0].err), err_name(one->elems[1].err));
    show_error("seek", rd_kafka_seek_partitions(rk, list, hang_ms()));
    read_to_ends(rk, 1, "one is paused");
    rd_kafka_topic_partition_list_del_by_idx(one, 1);
    printf("resume: %s\n", err_name(rd_kafka_resume_partitions(rk, one)));
    read_to_ends(rk, 1, "it is resumed");
    show_list("resumed", one);
    rd_kafka_topic_partition_list_destroy(list);
}

static void queues(rd_kafka_t *rk) {
    rd_kafka_topic_partition_list_t *list = list_of(2, 0, 0, 1, 0);
    CHECK(!rd_kafka_assign(rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_t *own = rd_kafka_queue_get_partition(rk, "t", 1), *all = rd_kafka_queue_get_consumer(rk);
    rd_kafka_queue_forward(own, NULL);
    printf("queues: %s %s\n", own ? "of the partition" : "NULL", all ? "of the consumer" : "NULL");
    int64_t next[2] = {0, 0};
    for (int ends = 0; ends < 2;) {
        rd_kafka_message_t *m = rd_kafka_consume_queue(ends % 2 ? own : all, 50);
        if (!m)
            m = rd_kafka_consume_queue(ends % 2 ? all : own, 50);
        if (!m)
            continue;
        ends += m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        CHECK(m->err || m->offset >= next[m->partition], "offset %d after %d", (int)m->offset, (int)next[m->partition]);
        next[m->partition] = m->offset + !m->err;
        rd_kafka_message_destroy(m);
    }
    printf("from both queues up to %d and %d\n", (int)next[0], (int)next[1]);
    rd_kafka_queue_destroy(own);
    rd_kafka_queue_destroy(all);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "bootstrap servers");
    fill(argv[1], "zstd", 0, 0, 20);
    fill(argv[1], "snappy", 1, 0, 7);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "group.id", "g");
    conf_set(conf, "enable.auto.commit", "false");
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "fetch.wait.max.ms", "10");
    rd_kafka_t *rk = new_consumer(conf);
    printf("poll_set_consumer: %s\n", err_name(rd_kafka_poll_set_consumer(rk)));
    show_assignment(rk);
    assigning(rk);
    pausing(rk);
    queues(rk);
    printf("assign NULL: %s\n", err_name(rd_kafka_assign(rk, NULL)));
    show_assignment(rk);
    printf("closed %d\n", rd_kafka_consumer_closed(rk));
    printf("close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    printf("closed %d\n", rd_kafka_consumer_closed(rk));
    rd_kafka_destroy(rk);
    return 0;
}
