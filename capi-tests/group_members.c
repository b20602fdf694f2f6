/* test: tool */
/*
 * Members of a consumer group of the newer protocol: group_members BROKERS GROUP TOPIC COUNT
 *
 * TOPIC may be a pattern. Prints `ID=PARTITION,... ID=... read N` for all members in the order in which they were made,
 * whenever that changes and what was read is committed; members without a partition show as `ID=`. Leaves the group at the end of input.
 */
#include "common.h"
#include <poll.h>

#define MOST 8

static int by_number(const void *a, const void *b) {
    return ((const rd_kafka_topic_partition_t *)a)->partition - ((const rd_kafka_topic_partition_t *)b)->partition;
}

static void describe(rd_kafka_t *rk, char *out, size_t size) {
    rd_kafka_topic_partition_list_t *list;
    CHECK(!rd_kafka_assignment(rk, &list), "assignment");
    qsort(list->elems, (size_t)list->cnt, sizeof(*list->elems), by_number);
    char *id = rd_kafka_memberid(rk);
    size_t at = (size_t)snprintf(out, size, "%s=", id ? id : "?");
    for (int i = 0; i < list->cnt; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%d", i ? "," : "", (int)list->elems[i].partition);
    snprintf(out + at, size - at, " ");
    if (id)
        rd_kafka_mem_free(rk, id);
    rd_kafka_topic_partition_list_destroy(list);
}

static rd_kafka_t *member(char **argv) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[512];
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "group.id", argv[2]);
    conf_set(conf, "group.protocol", "consumer");
    conf_set(conf, "auto.offset.reset", "earliest");
    conf_set(conf, "topic.metadata.refresh.interval.ms", "500");
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    CHECK(rk, "%s", reason);
    rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, argv[3], RD_KAFKA_PARTITION_UA);
    CHECK(!rd_kafka_subscribe(rk, topics), "subscribe");
    rd_kafka_topic_partition_list_destroy(topics);
    return rk;
}

static bool commit(rd_kafka_t **members, int count) {
    bool done = true;
    for (int i = 0; i < count; i++) {
        rd_kafka_resp_err_t err = rd_kafka_commit(members[i], NULL, 0);
        done = done && (!err || err == RD_KAFKA_RESP_ERR__NO_OFFSET);
    }
    return done;
}

int main(int argc, char **argv) {
    CHECK(argc == 5 && atoi(argv[4]) <= MOST, "usage: group_members BROKERS GROUP TOPIC COUNT");
    int count = atoi(argv[4]);
    rd_kafka_t *members[MOST];
    for (int i = 0; i < count; i++)
        members[i] = member(argv);

    static char last[4096], now[4096];
    size_t read = 0, committed = 0;
    struct pollfd input = {.fd = 0, .events = POLLIN};
    while (poll(&input, 1, 0) == 0) {
        size_t at = 0;
        for (int i = 0; i < count; i++) {
            rd_kafka_message_t *m;
            while ((m = rd_kafka_consumer_poll(members[i], 5))) {
                CHECK(!m->err, "%s", rd_kafka_message_errstr(m));
                read++;
                rd_kafka_message_destroy(m);
            }
            describe(members[i], now + at, sizeof(now) - at);
            at += strlen(now + at);
        }
        snprintf(now + at, sizeof(now) - at, "read %zu", read);
        /* What is said to be read is committed, so that whoever comes next does not read it again. */
        bool kept = read == committed || commit(members, count);
        if (kept)
            committed = read;
        if (kept && strcmp(now, last)) {
            puts(now);
            fflush(stdout);
            strcpy(last, now);
        }
    }
    for (int i = 0; i < count; i++) {
        CHECK(!rd_kafka_consumer_close(members[i]), "close");
        rd_kafka_destroy(members[i]);
    }
    puts("left");
    return 0;
}
