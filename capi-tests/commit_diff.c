/* test: differential on-mock valgrind */
/* Offsets that a consumer commits which assigns itself partitions, without being a member of its group. */
#include "consumed.h"

static int commits;

static void show_bytes(const unsigned char *bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        printf(bytes[i] >= ' ' && bytes[i] < 127 ? "%c" : "\\x%02x", bytes[i]);
}

static void show_offsets(const char *what, rd_kafka_resp_err_t err, const rd_kafka_topic_partition_list_t *list) {
    printf("%s: %s", what, err_name(err));
    for (int i = 0; list && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &list->elems[i];
        printf(", %s [%d] @%" PRId64 " %s '", p->topic, (int)p->partition, p->offset, err_name(p->err));
        show_bytes(p->metadata, p->metadata ? p->metadata_size : 0);
        printf("' epoch %d", (int)rd_kafka_topic_partition_get_leader_epoch(p));
    }
    printf("%s\n", list ? "" : ", no list");
}

static void commit_cb(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque) {
    (void)rk;
    char what[64];
    snprintf(what, sizeof(what), "callback %s", (const char *)opaque);
    show_offsets(what, err, list);
    commits++;
}

static rd_kafka_topic_partition_list_t *two(int64_t first, int64_t second) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = first;
    rd_kafka_topic_partition_list_add(list, "t", 1)->offset = second;
    return list;
}

static void committed(rd_kafka_t *rk, const char *what) {
    rd_kafka_topic_partition_list_t *list = two(77, 77);
    rd_kafka_resp_err_t err = rd_kafka_committed(rk, list, hang_ms());
    show_offsets(what, err, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static rd_kafka_conf_t *conf_of(const char *servers, const char *group) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "group.id", group);
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "auto.offset.reset", "earliest");
    conf_set(conf, "fetch.wait.max.ms", "10");
    rd_kafka_conf_set_opaque(conf, "of the configuration");
    return conf;
}

static rd_kafka_t *by_hand(const char *servers, const char *group) {
    rd_kafka_conf_t *conf = conf_of(servers, group);
    conf_set(conf, "enable.auto.commit", "false");
    conf_set(conf, "enable.auto.offset.store", "false");
    rd_kafka_t *rk = new_consumer(conf);
    rd_kafka_poll_set_consumer(rk);
    return rk;
}

static void assign(rd_kafka_t *rk, int64_t first, int64_t second) {
    rd_kafka_topic_partition_list_t *list = two(first, second);
    CHECK(!rd_kafka_assign(rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
}

/* Reads up to the message of this offset and leaves it to the caller. */
static rd_kafka_message_t *read_to(rd_kafka_t *rk, int partition, int64_t offset) {
    for (;;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (!m)
            continue;
        if (!m->err && m->partition == partition && m->offset == offset)
            return m;
        rd_kafka_message_destroy(m);
    }
}

static void first_of(rd_kafka_t *rk, int partition, const char *what) {
    for (;;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (m && m->partition == partition) {
            printf("%s: %s @%" PRId64 "\n", what, err_name(m->err), m->offset);
            rd_kafka_message_destroy(m);
            return;
        }
        if (m)
            rd_kafka_message_destroy(m);
    }
}

static void nothing_yet(rd_kafka_t *rk) {
    committed(rk, "committed at first");
    printf("commit of nothing: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    rd_kafka_topic_partition_list_t *list = two(3, RD_KAFKA_OFFSET_INVALID);
    printf("offsets_store before there is an assignment: %s", err_name(rd_kafka_offsets_store(rk, list)));
    printf(", %s, %s\n", err_name(list->elems[0].err), err_name(list->elems[1].err));
    rd_kafka_topic_partition_list_destroy(list);
    list = rd_kafka_topic_partition_list_new(1);
    printf("commit of an empty list: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    printf("store of an empty list: %s\n", err_name(rd_kafka_offsets_store(rk, list)));
    printf("committed of an empty list: %s\n", err_name(rd_kafka_committed(rk, list, hang_ms())));
    printf("committed of NULL: %s\n", err_name(rd_kafka_committed(rk, NULL, hang_ms())));
    rd_kafka_topic_partition_list_destroy(list);
}

static void lists(rd_kafka_t *rk) {
    rd_kafka_topic_partition_list_t *list = two(3, 4);
    list->elems[0].metadata = strdup("note");
    list->elems[0].metadata_size = 4;
    rd_kafka_topic_partition_set_leader_epoch(&list->elems[0], 0);
    printf("commit: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    show_offsets("afterwards", 0, list);
    committed(rk, "committed");
    rd_kafka_topic_partition_list_destroy(list);
    list = two(2, RD_KAFKA_OFFSET_INVALID);
    printf("commit of one and an invalid one: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    show_offsets("afterwards", 0, list);
    committed(rk, "committed");
    rd_kafka_topic_partition_list_destroy(list);
    list = two(RD_KAFKA_OFFSET_INVALID, RD_KAFKA_OFFSET_INVALID);
    printf("commit of invalid ones: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    rd_kafka_topic_partition_list_destroy(list);
    list = two(1, 1);
    rd_kafka_topic_partition_list_add(list, "t", 17)->offset = 1;
    printf("commit of one that is not there: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    show_offsets("afterwards", 0, list);
    rd_kafka_topic_partition_list_add(list, "nothing", 0)->offset = 1;
    printf("committed with those that are not there: %s\n", err_name(rd_kafka_committed(rk, list, hang_ms())));
    show_offsets("afterwards", 0, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void stored(rd_kafka_t *rk) {
    assign(rk, RD_KAFKA_OFFSET_STORED, 0);
    first_of(rk, 0, "from the stored offset");
    rd_kafka_topic_partition_list_t *list = two(6, 2);
    rd_kafka_topic_partition_list_add(list, "nothing", 0)->offset = 1;
    printf("offsets_store: %s\n", err_name(rd_kafka_offsets_store(rk, list)));
    show_offsets("afterwards", 0, list);
    rd_kafka_topic_partition_list_destroy(list);
    committed(rk, "committed before");
    printf("commit: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    committed(rk, "committed");
    printf("commit once more: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    list = two(5, RD_KAFKA_OFFSET_INVALID);
    list->elems[0].metadata = strdup("kept");
    list->elems[0].metadata_size = 4;
    printf("offsets_store of a lower one: %s\n", err_name(rd_kafka_offsets_store(rk, list)));
    show_offsets("afterwards", 0, list);
    rd_kafka_topic_partition_list_destroy(list);
    printf("commit: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    committed(rk, "committed");
}

static void note(rd_kafka_topic_partition_t *p, const char *bytes, size_t len) {
    p->metadata = malloc(len + 1);
    memcpy(p->metadata, bytes, len);
    p->metadata_size = len;
}

/* Metadata is bytes and comes back as it was, committed at once and stored before. */
static void notes(rd_kafka_t *rk) {
    static const char bytes[] = "\xff\0 \xc3(\n\xe2\x82";
    rd_kafka_topic_partition_list_t *list = two(6, 3);
    note(&list->elems[0], bytes, sizeof(bytes)); /* with the 0 at its end */
    note(&list->elems[1], bytes + 1, 1);
    printf("commit with bytes: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    show_offsets("afterwards", 0, list);
    committed(rk, "committed");
    list->elems[0].offset = 7;
    list->elems[1].offset = 4;
    printf("offsets_store with bytes: %s\n", err_name(rd_kafka_offsets_store(rk, list)));
    printf("commit: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    committed(rk, "committed");
    rd_kafka_topic_partition_list_destroy(list);
    list = two(7, 4);
    note(&list->elems[0], "", 0);
    printf("commit with nothing: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    committed(rk, "committed");
    rd_kafka_topic_partition_list_destroy(list);
}

static void messages(rd_kafka_t *rk) {
    rd_kafka_message_t *m = read_to(rk, 0, 7);
    rd_kafka_error_t *error = rd_kafka_offset_store_message(m);
    printf("offset_store_message: %s\n", error ? rd_kafka_error_string(error) : "-");
    rd_kafka_error_destroy(error);
    printf("commit: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    committed(rk, "committed");
    rd_kafka_message_destroy(m);
    m = read_to(rk, 0, 8);
    printf("commit_message: %s\n", err_name(rd_kafka_commit_message(rk, m, 0)));
    committed(rk, "committed");
    rd_kafka_message_destroy(m);
    for (;;) {
        m = rd_kafka_consumer_poll(rk, 100);
        if (m && m->err)
            break;
        if (m)
            rd_kafka_message_destroy(m);
    }
    printf("commit_message of an error: %s\n", err_name(rd_kafka_commit_message(rk, m, 0)));
    error = rd_kafka_offset_store_message(m);
    printf("offset_store_message of an error: %s, %s\n", error ? rd_kafka_error_name(error) : "-", error ? rd_kafka_error_string(error) : "-");
    rd_kafka_error_destroy(error);
    rd_kafka_message_destroy(m);
}

static void too_late(rd_kafka_t *rk) {
    assign(rk, 0, 0);
    rd_kafka_message_t *m = read_to(rk, 0, 0);
    CHECK(!rd_kafka_assign(rk, NULL), "assign");
    rd_kafka_error_t *error = rd_kafka_offset_store_message(m);
    printf("offset_store_message too late: %s, %s\n", error ? rd_kafka_error_name(error) : "-", error ? rd_kafka_error_string(error) : "-");
    rd_kafka_error_destroy(error);
    rd_kafka_message_destroy(m);
}

static void queues(rd_kafka_t *rk) {
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_topic_partition_list_t *list = two(1, 2);
    printf("commit_queue: %s\n", err_name(rd_kafka_commit_queue(rk, list, queue, NULL, "opaque")));
    rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, hang_ms());
    printf("event %s %d, opaque %s, %s, %s\n", rd_kafka_event_name(ev), (int)rd_kafka_event_type(ev), (char *)rd_kafka_event_opaque(ev),
           err_name(rd_kafka_event_error(ev)), rd_kafka_event_error_string(ev));
    show_offsets("of the event", 0, rd_kafka_event_topic_partition_list(ev));
    rd_kafka_event_destroy(ev);
    printf("commit_queue: %s\n", err_name(rd_kafka_commit_queue(rk, list, queue, commit_cb, "of the call")));
    for (commits = 0; !commits;)
        rd_kafka_queue_poll_callback(queue, hang_ms());
    printf("commit_queue without a queue: %s\n", err_name(rd_kafka_commit_queue(rk, list, NULL, commit_cb, "of the call")));
    printf("commit_queue without anything: %s\n", err_name(rd_kafka_commit_queue(rk, list, NULL, NULL, NULL)));
    rd_kafka_topic_partition_list_destroy(list);
    list = two(RD_KAFKA_OFFSET_INVALID, RD_KAFKA_OFFSET_INVALID);
    printf("commit_queue of nothing: %s\n", err_name(rd_kafka_commit_queue(rk, list, queue, NULL, NULL)));
    ev = rd_kafka_queue_poll(queue, hang_ms());
    printf("event %s, %s, %s\n", rd_kafka_event_name(ev), err_name(rd_kafka_event_error(ev)), rd_kafka_event_error_string(ev));
    show_offsets("of the event", 0, rd_kafka_event_topic_partition_list(ev));
    rd_kafka_event_destroy(ev);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
}

static void asynchronous(const char *servers) {
    rd_kafka_conf_t *conf = conf_of(servers, "async");
    conf_set(conf, "enable.auto.commit", "false");
    rd_kafka_conf_set_offset_commit_cb(conf, commit_cb);
    rd_kafka_t *rk = new_consumer(conf);
    rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *list = two(1, 2);
    commits = 0;
    printf("asynchronous commit: %s\n", err_name(rd_kafka_commit(rk, list, 1)));
    while (!commits)
        rd_kafka_poll(rk, 100);
    printf("synchronous commit: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    while (commits < 2)
        rd_kafka_poll(rk, 100);
    list->elems[0].offset = list->elems[1].offset = RD_KAFKA_OFFSET_INVALID;
    printf("asynchronous commit of nothing: %s\n", err_name(rd_kafka_commit(rk, list, 1)));
    while (commits < 3)
        rd_kafka_poll(rk, 100);
    rd_kafka_topic_partition_list_destroy(list);
    assign(rk, 0, RD_KAFKA_OFFSET_END);
    rd_kafka_message_destroy(read_to(rk, 0, 5));
    list = two(1, 1);
    printf("offsets_store although that is done: %s\n", err_name(rd_kafka_offsets_store(rk, list)));
    show_offsets("afterwards", 0, list);
    rd_kafka_topic_partition_list_destroy(list);
    printf("commit of what was read: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    while (commits < 4) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 0);
        if (m)
            rd_kafka_message_destroy(m);
    }
    printf("close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    rd_kafka_destroy(rk);
}

/* What is committed without being asked. */
static void automatic(const char *servers) {
    rd_kafka_conf_t *conf = conf_of(servers, "auto");
    conf_set(conf, "auto.commit.interval.ms", "20");
    rd_kafka_conf_set_offset_commit_cb(conf, commit_cb);
    rd_kafka_t *rk = new_consumer(conf);
    assign(rk, 0, 0);
    rd_kafka_message_destroy(read_to(rk, 0, 9));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    do {
        rd_kafka_topic_partition_list_destroy(list);
        list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, "t", 0);
        CHECK(!rd_kafka_committed(rk, list, hang_ms()), "committed");
    } while (list->elems[0].offset < 10);
    printf("committed in the background: %" PRId64 "\n", list->elems[0].offset);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    conf = conf_of(servers, "unassigned");
    conf_set(conf, "auto.commit.interval.ms", "100000");
    rk = new_consumer(conf);
    assign(rk, 0, 0);
    rd_kafka_message_destroy(read_to(rk, 0, 9));
    CHECK(!rd_kafka_assign(rk, NULL), "assign");
    assign(rk, RD_KAFKA_OFFSET_STORED, RD_KAFKA_OFFSET_STORED);
    first_of(rk, 0, "after another assignment");
    rd_kafka_message_destroy(read_to(rk, 0, 15));
    printf("close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    printf("commit when it is closed: %s\n", err_name(rd_kafka_commit(rk, NULL, 0)));
    rd_kafka_destroy(rk);
    rk = by_hand(servers, "unassigned");
    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0);
    printf("committed: %s\n", err_name(rd_kafka_committed(rk, list, hang_ms())));
    show_offsets("by closing", 0, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
}

static void no_group(const char *servers) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    rd_kafka_t *rk = new_consumer(conf);
    rd_kafka_topic_partition_list_t *list = two(1, 1);
    printf("commit without a group: %s\n", err_name(rd_kafka_commit(rk, list, 0)));
    printf("committed without a group: %s\n", err_name(rd_kafka_committed(rk, list, 100)));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "bootstrap servers");
    fill(argv[1], "none", 0, 0, 20);
    fill(argv[1], "lz4", 1, 0, 5);
    rd_kafka_t *rk = by_hand(argv[1], "by hand");
    nothing_yet(rk);
    lists(rk);
    stored(rk);
    notes(rk);
    messages(rk);
    too_late(rk);
    queues(rk);
    printf("close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    rd_kafka_destroy(rk);
    asynchronous(argv[1]);
    automatic(argv[1]);
    no_group(argv[1]);
    return 0;
}
