/* test: differential on-mock valgrind */
/* The consume callback of a configuration: which calls it is called by, and where errors go meanwhile. */
#include "consumed.h"

static int called, yield_after, errors;

static void consume_cb(rd_kafka_message_t *m, void *opaque) {
    show_consumed((const char *)opaque, m);
    if (++called == yield_after)
        rd_kafka_yield(NULL);
}

static void error_cb(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk;
    printf("error callback %s: %s, %s\n", (const char *)opaque, err_name((rd_kafka_resp_err_t)err), reason);
    errors++;
}

static rd_kafka_t *consumer(const char *servers, int with_callback) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "group.id", "g");
    conf_set(conf, "enable.auto.commit", "false");
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "fetch.wait.max.ms", "10");
    rd_kafka_conf_set_error_cb(conf, error_cb);
    rd_kafka_conf_set_opaque(conf, "opaque");
    if (with_callback)
        rd_kafka_conf_set_consume_cb(conf, consume_cb);
    rd_kafka_t *rk = new_consumer(conf);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 0;
    CHECK(!rd_kafka_assign(rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
    return rk;
}

static void polled(const char *servers) {
    rd_kafka_t *rk = consumer(servers, 1);
    CHECK(!rd_kafka_poll_set_consumer(rk), "poll_set_consumer");
    yield_after = 2;
    for (int served = 0; called < 5 || !errors;) {
        served = rd_kafka_poll(rk, hang_ms());
        CHECK(served > 0, "poll");
    }
    CHECK(rd_kafka_poll(rk, 0) == 0, "nothing more");
    rd_kafka_topic_partition_list_t *at = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(at, "t", 0);
    CHECK(!rd_kafka_position(rk, at), "position");
    printf("position %d\n", (int)at->elems[0].offset);
    rd_kafka_topic_partition_list_destroy(at);
    printf("close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    rd_kafka_destroy(rk);
}

/* Messages are returned, whatever callback there is. */
static void returned(const char *servers) {
    rd_kafka_t *rk = consumer(servers, 1);
    for (int i = 0; i < 6; i++)
        show_and_destroy("consumer_poll", rd_kafka_consumer_poll(rk, hang_ms()));
    printf("close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    rd_kafka_destroy(rk);
}

static void of_a_queue(const char *servers) {
    rd_kafka_t *rk = consumer(servers, 1);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    called = errors = yield_after = 0;
    while (called < 5 || !errors)
        rd_kafka_queue_poll_callback(queue, hang_ms());
    rd_kafka_queue_destroy(queue);
    printf("close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    rd_kafka_destroy(rk);
}

/* A partition that is there twice in one list. */
static void twice(const char *servers) {
    rd_kafka_t *rk = consumer(servers, 0);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(3), *assigned = NULL;
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 0;
    rd_kafka_topic_partition_list_add(list, "t", 1)->offset = 0;
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 3;
    printf("assign: %s\n", err_name(rd_kafka_assign(rk, list)));
    CHECK(!rd_kafka_assignment(rk, &assigned), "assignment");
    for (int i = 0; i < assigned->cnt; i++)
        printf("assigned %s [%d] @%d\n", assigned->elems[i].topic, (int)assigned->elems[i].partition, (int)assigned->elems[i].offset);
    rd_kafka_topic_partition_list_destroy(assigned);
    CHECK(!rd_kafka_assign(rk, NULL), "assign");
    rd_kafka_error_t *error = rd_kafka_incremental_assign(rk, list);
    printf("incremental_assign: %s, %s\n", error ? rd_kafka_error_name(error) : "-", error ? rd_kafka_error_string(error) : "-");
    rd_kafka_error_destroy(error);
    CHECK(!rd_kafka_assignment(rk, &assigned), "assignment");
    printf("%d assigned\n", assigned->cnt);
    rd_kafka_topic_partition_list_destroy(assigned);
    rd_kafka_topic_partition_list_destroy(list);
    printf("close: %s\n", err_name(rd_kafka_consumer_close(rk)));
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "bootstrap servers");
    fill(argv[1], "none", 0, 0, 5);
    polled(argv[1]);
    returned(argv[1]);
    of_a_queue(argv[1]);
    twice(argv[1]);
    return 0;
}
