/* test: differential valgrind engines */
/* rd_kafka_pause_partitions() and rd_kafka_resume_partitions() of a producer, and which partitions a consumer can pause. */
#include "deliveries.h"

/* Pauses or resumes partitions of topic `t` up to -2, and shows what is said of each. */
static void change(rd_kafka_t *rk, bool pause, const char *what, int first, ...) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    va_list ap;
    va_start(ap, first);
    for (int partition = first; partition > -2; partition = va_arg(ap, int))
        rd_kafka_topic_partition_list_add(list, "t", partition)->err = 77;
    va_end(ap);
    rd_kafka_topic_partition_list_add(list, "never heard of", 0);
    rd_kafka_resp_err_t err = pause ? rd_kafka_pause_partitions(rk, list) : rd_kafka_resume_partitions(rk, list);
    printf("%s %s: %s", what, pause ? "paused" : "resumed", rd_kafka_err2name(err));
    for (int i = 0; i < list->cnt; i++)
        printf(" %s[%d]=%s", list->elems[i].topic, list->elems[i].partition, rd_kafka_err2name(list->elems[i].err));
    putchar('\n');
    rd_kafka_topic_partition_list_destroy(list);
}

static void produce(rd_kafka_topic_t *rkt, int partition, int from, int to) {
    for (int i = from; i < to; i++)
        CHECK(!rd_kafka_produce(rkt, partition, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)(intptr_t)i), "produce");
}

static void show(const char *what, int from, int to) {
    printf("%s:", what);
    for (int i = from; i < to; i++)
        printf(" %s", deliveries[i].reports ? rd_kafka_err2name(deliveries[i].err) : "-");
    putchar('\n');
}

/* Another partition's messages come and go, while those of the paused one stay. */
static void held_back(const char *name, const char *value) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("linger.ms", "0", name, value, NULL), &rkt);
    printf("%s\n", name);
    change(rk, true, "one", 0, -2);
    change(rk, true, "again, and others", 0, 3, 4, -1, -2);
    change(rk, false, "others", 3, 4, -1, -2);
    produce(rkt, 0, 0, 3);
    produce(rkt, 1, 3, 6);
    await_reports(rk, 3);
    printf("flush: %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 500)));
    show("paused", 0, 6);
    printf("available: %d\n", rd_kafka_topic_partition_available(rkt, 0));
    printf("purge: %s\n", rd_kafka_err2name(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE)));
    await_reports(rk, 6);
    show("purged", 0, 3);
    produce(rkt, 0, 6, 9);
    change(rk, false, "one", 0, -2);
    change(rk, false, "again", 0, -2);
    await_reports(rk, 9);
    show("resumed", 6, 9);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    forget_deliveries();
}

static void timed_out(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("linger.ms", "0", "message.timeout.ms", "300000", NULL), &rkt);
    rd_kafka_topic_conf_t *conf = rd_kafka_topic_conf_new();
    rd_kafka_topic_conf_set(conf, "message.timeout.ms", "500", NULL, 0);
    rd_kafka_mock_topic_create(rd_kafka_handle_mock_cluster(rk), "hasty", 2, 1);
    rd_kafka_topic_t *hasty = rd_kafka_topic_new(rk, "hasty", conf);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "hasty", 1);
    AWAIT((rd_kafka_poll(rk, 10), rd_kafka_pause_partitions(rk, list), !list->elems[0].err), "the topic is not known");
    produce(hasty, 1, 0, 2);
    await_reports(rk, 2);
    show("timed out", 0, 2);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_topic_destroy(hasty);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    forget_deliveries();
}

static void not_known(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL);
    rd_kafka_t *rk = new_producer(conf);
    change(rk, true, "nothing known", 0, -1, -2);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    produce(rkt, 0, 0, 1);
    change(rk, true, "produced to", 0, -2);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(0);
    printf("empty list: %s\n", rd_kafka_err2name(rd_kafka_pause_partitions(rk, list)));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

/* Until metadata says that there are such partitions, a consumer can pause those that it has been assigned. */
static void of_a_consumer(void) {
    char reason[512];
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", "group.id", "g", NULL);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    CHECK(rk, "%s", reason);
    change(rk, true, "consumer, before", 0, 1, -1, -2);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 0;
    CHECK(!rd_kafka_assign(rk, list), "assign");
    change(rk, true, "consumer, assigned", 0, 1, -2);
    change(rk, false, "consumer, assigned", 0, 1, -2);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
}

int main(void) {
    held_back("enable.idempotence", "false");
    held_back("enable.idempotence", "true");
    held_back("max.in.flight", "1");
    timed_out();
    not_known();
    of_a_consumer();
    return 0;
}
