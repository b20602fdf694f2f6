/* test: differential on-mock valgrind */
/* Admin requests around the end of things: outstanding when the instance goes, with their queue gone, after a fatal error and flush, on the
 * main and the background queue, results that outlive their queue. argv[1]: the brokers. */
#include "common.h"

#include <stdatomic.h>

static const char *brokers;

/* For requests that are answered: reaching it is a hang. */
#define LONG_MS 600000

static const rd_kafka_admin_op_t ops[] = {
    RD_KAFKA_ADMIN_OP_CREATETOPICS,    RD_KAFKA_ADMIN_OP_DELETETOPICS, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS,
    RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
    RD_KAFKA_ADMIN_OP_LISTOFFSETS,     RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER,
};
enum { OPS = sizeof(ops) / sizeof(ops[0]) };

static rd_kafka_t *producer(const char *servers, const char *name, const char *value) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", servers, NULL);
    if (name)
        conf_set(conf, name, value);
    return new_producer(conf);
}

/* Sends one request of each kind; `nth` tells the topics of one round from those of another. */
static void request(rd_kafka_t *rk, rd_kafka_admin_op_t op, rd_kafka_queue_t *queue, int timeout_ms, bool no_options) {
    char reason[256];
    rd_kafka_AdminOptions_t *options = no_options ? NULL : rd_kafka_AdminOptions_new(rk, op);
    if (options) {
        CHECK(!rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, reason, sizeof(reason)), "%s", reason);
        rd_kafka_AdminOptions_set_opaque(options, (void *)(intptr_t)(op + 1));
    }
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new("closing", 1, 1, reason, sizeof(reason));
    rd_kafka_DeleteTopic_t *del = rd_kafka_DeleteTopic_new("closing");
    rd_kafka_NewPartitions_t *parts = rd_kafka_NewPartitions_new("t", 1, reason, sizeof(reason));
    rd_kafka_ConfigResource_t *config = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, "no such topic");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    const char *names[] = {"no such topic"};
    rd_kafka_TopicCollection_t *topics = rd_kafka_TopicCollection_of_topic_names(names, 1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
    switch (op) {
    case RD_KAFKA_ADMIN_OP_CREATETOPICS: rd_kafka_CreateTopics(rk, &topic, 1, options, queue); break;
    case RD_KAFKA_ADMIN_OP_DELETETOPICS: rd_kafka_DeleteTopics(rk, &del, 1, options, queue); break;
    case RD_KAFKA_ADMIN_OP_CREATEPARTITIONS: rd_kafka_CreatePartitions(rk, &parts, 1, options, queue); break;
    case RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS: rd_kafka_DescribeConfigs(rk, &config, 1, options, queue); break;
    case RD_KAFKA_ADMIN_OP_ALTERCONFIGS: rd_kafka_AlterConfigs(rk, &config, 1, options, queue); break;
    case RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS:
        rd_kafka_ConfigResource_add_incremental_config(config, "retention.ms", RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, "1");
        rd_kafka_IncrementalAlterConfigs(rk, &config, 1, options, queue);
        break;
    case RD_KAFKA_ADMIN_OP_LISTOFFSETS: rd_kafka_ListOffsets(rk, list, options, queue); break;
    case RD_KAFKA_ADMIN_OP_DESCRIBETOPICS: rd_kafka_DescribeTopics(rk, topics, options, queue); break;
    default: rd_kafka_DescribeCluster(rk, options, queue); break;
    }
    rd_kafka_TopicCollection_destroy(topics);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_ConfigResource_destroy(config);
    rd_kafka_NewPartitions_destroy(parts);
    rd_kafka_DeleteTopic_destroy(del);
    rd_kafka_NewTopic_destroy(topic);
    if (options)
        rd_kafka_AdminOptions_destroy(options);
}

static int number(rd_kafka_event_t *ev) { return (int)(intptr_t)rd_kafka_event_opaque(ev); }

static void show_results(rd_kafka_event_t *ev) {
    size_t n = 0;
    switch (rd_kafka_event_type(ev)) {
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT: rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(ev), &n); break;
    case RD_KAFKA_EVENT_DELETETOPICS_RESULT: rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(ev), &n); break;
    case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT: rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(ev), &n); break;
    case RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT: rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(ev), &n); break;
    case RD_KAFKA_EVENT_ALTERCONFIGS_RESULT: rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(ev), &n); break;
    case RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT:
        rd_kafka_IncrementalAlterConfigs_result_resources(rd_kafka_event_IncrementalAlterConfigs_result(ev), &n);
        break;
    case RD_KAFKA_EVENT_LISTOFFSETS_RESULT: rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(ev), &n); break;
    case RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT:
        if (!rd_kafka_event_error(ev))
            rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(ev), &n);
        break;
    default:
        if (!rd_kafka_event_error(ev))
            rd_kafka_DescribeCluster_result_nodes(rd_kafka_event_DescribeCluster_result(ev), &n);
    }
    printf("    %zu results\n", n);
}

static void show(rd_kafka_event_t *ev) {
    if (!ev) {
        printf("  nothing\n");
        return;
    }
    const char *text = rd_kafka_event_error_string(ev), *reason = text ? strchr(text, ':') : NULL;
    /* The reference gives a reason for the end that depends on how far the request had come. */
    int length = rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR__DESTROY && reason ? (int)(reason - text) : 1000;
    printf("  %s of %d: %s \"%.*s\"\n", rd_kafka_event_name(ev), number(ev), rd_kafka_err2name(rd_kafka_event_error(ev)), length,
           text ? text : "");
    show_results(ev);
}

/* Outcomes of requests made together come in any order. */
static int collect(rd_kafka_queue_t *queue, rd_kafka_event_t **found, int most, int timeout_ms) {
    int n = 0;
    rd_kafka_event_t *ev;
    while (n < most && (ev = rd_kafka_queue_poll(queue, timeout_ms)))
        found[n++] = ev;
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && rd_kafka_event_type(found[k]) < rd_kafka_event_type(found[k - 1]); k--)
            ev = found[k], found[k] = found[k - 1], found[k - 1] = ev;
    return n;
}

static void show_all(rd_kafka_event_t **events, int n) {
    for (int i = 0; i < n; i++)
        show(events[i]);
}

static void destroy_all(rd_kafka_event_t **events, int n) {
    while (n)
        rd_kafka_event_destroy(events[--n]);
}

/* Nobody answers, and the instance goes. */
static void outstanding(bool queue_goes_first) {
    rd_kafka_t *rk = producer("127.0.0.1:1", NULL, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_event_t *events[OPS];
    printf("outstanding at the end%s\n", queue_goes_first ? ", their queue gone" : "");
    for (int i = 0; i < OPS; i++)
        request(rk, ops[i], queue, 30000, false);
    printf("  yet: %zu\n", rd_kafka_queue_length(queue));
    show(rd_kafka_queue_poll(queue, 100));
    if (queue_goes_first)
        rd_kafka_queue_destroy(queue);
    struct stopwatch began = start_watch();
    rd_kafka_destroy(rk);
    printf("  destroy %s\n", in_time(began, 0, 3));
    if (queue_goes_first)
        return;
    int n = collect(queue, events, OPS, 100);
    printf("  afterwards: %d\n", n);
    show_all(events, n);
    destroy_all(events, n);
    rd_kafka_queue_destroy(queue);
}

/* Answered, and not fetched. */
static void unfetched(void) {
    rd_kafka_t *rk = producer(brokers, NULL, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_event_t *events[OPS];
    for (int i = 0; i < OPS; i++)
        request(rk, ops[i], queue, LONG_MS, false);
    AWAIT(rd_kafka_queue_length(queue) == OPS, "%zu of %d are answered", rd_kafka_queue_length(queue), OPS);
    printf("answered and not fetched: %zu\n", rd_kafka_queue_length(queue));
    rd_kafka_destroy(rk);
    int n = collect(queue, events, OPS, 0);
    printf("  afterwards: %d\n", n);
    show_all(events, n);
    destroy_all(events, n);
    rd_kafka_queue_destroy(queue);
}

/* The results stay when their queue is gone. */
static void outliving(void) {
    rd_kafka_t *rk = producer(brokers, NULL, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_event_t *events[OPS];
    for (int i = 0; i < OPS; i++)
        request(rk, ops[i], queue, LONG_MS, i % 2);
    int n = collect(queue, events, OPS, hang_ms());
    rd_kafka_queue_destroy(queue);
    printf("queue destroyed before its results\n");
    show_all(events, n);
    destroy_all(events, n);
    rd_kafka_destroy(rk);
}

static void after_fatal_error(void) {
    rd_kafka_t *rk = producer(brokers, "enable.idempotence", "true");
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_event_t *events[OPS];
    CHECK(!rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made up"), "test_fatal_error");
    printf("after a fatal error, flush %s, purge %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 1000)),
           rd_kafka_err2name(rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)));
    for (int i = 0; i < OPS; i++)
        request(rk, ops[i], queue, LONG_MS, false);
    int n = collect(queue, events, OPS, hang_ms());
    show_all(events, n);
    destroy_all(events, n);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

/* rd_kafka_flush() does not wait for requests, and rd_kafka_poll() on the main queue drops their outcomes. */
static void on_main_queue(void) {
    rd_kafka_t *rk = producer(brokers, NULL, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    struct stopwatch began = start_watch();
    printf("on the main queue\n");
    rd_kafka_t *nobody = producer("127.0.0.1:1", NULL, NULL);
    rd_kafka_queue_t *of_nobody = rd_kafka_queue_get_main(nobody);
    request(nobody, RD_KAFKA_ADMIN_OP_CREATETOPICS, of_nobody, 30000, false);
    printf("  flush %s, %s\n", rd_kafka_err2name(rd_kafka_flush(nobody, 5000)), in_time(began, 0, 3));
    rd_kafka_queue_destroy(of_nobody);
    rd_kafka_destroy(nobody);
    for (int round = 0; round < 2; round++) {
        int served = 0;
        request(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, queue, LONG_MS, false);
        AWAIT(rd_kafka_queue_length(queue), "not answered");
        if (round == 0)
            served = rd_kafka_poll(rk, 100);
        printf("  %s: %d served, left %zu, outq_len %d\n", round ? "not polled" : "polled", served, rd_kafka_queue_length(queue), rd_kafka_outq_len(rk));
    }
    rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 1000);
    show(ev);
    rd_kafka_event_destroy(ev);
    request(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS, queue, LONG_MS, false);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

static atomic_int in_background;

static void on_event(rd_kafka_t *rk, rd_kafka_event_t *ev, void *opaque) {
    (void)rk, (void)opaque;
    if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT || rd_kafka_event_type(ev) == RD_KAFKA_EVENT_CREATETOPICS_RESULT) {
        show(ev);
        in_background++;
    }
    rd_kafka_event_destroy(ev);
}

static void on_background_queue(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, NULL);
    rd_kafka_conf_set_background_event_cb(conf, on_event);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_background(rk);
    printf("on the background queue\n");
    request(rk, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER, queue, LONG_MS, false);
    AWAIT(in_background, "not answered");
    printf("  %d served\n", in_background);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    brokers = argc > 1 ? argv[1] : "127.0.0.1:1";
    outstanding(false);
    outstanding(true);
    unfetched();
    outliving();
    after_fatal_error();
    on_main_queue();
    on_background_queue();
    return 0;
}
