/* test: differential on-mock valgrind */
/* Admin requests on topics, configurations and the cluster: what the outcomes say, what is refused, and by whom. argv[1]: the brokers. */
#include "common.h"

static rd_kafka_t *rk;
static rd_kafka_queue_t *queue;

static rd_kafka_AdminOptions_t *options_for(rd_kafka_admin_op_t op) {
    char reason[256];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, op);
    CHECK(!rd_kafka_AdminOptions_set_request_timeout(options, 600000, reason, sizeof(reason)), "%s", reason);
    rd_kafka_AdminOptions_set_opaque(options, (void *)0x1234);
    return options;
}

static rd_kafka_AdminOptions_t *only_validated(rd_kafka_AdminOptions_t *options) {
    char reason[256];
    CHECK(!rd_kafka_AdminOptions_set_validate_only(options, 1, reason, sizeof(reason)), "%s", reason);
    return options;
}

/* `ms` -1 keeps the timeout. */
static rd_kafka_AdminOptions_t *to_broker(rd_kafka_AdminOptions_t *options, int id, int ms) {
    char reason[256];
    CHECK(!rd_kafka_AdminOptions_set_broker(options, id, reason, sizeof(reason)), "%s", reason);
    if (ms >= 0)
        CHECK(!rd_kafka_AdminOptions_set_request_timeout(options, ms, reason, sizeof(reason)), "%s", reason);
    return options;
}

static rd_kafka_event_t *outcome(const char *what, rd_kafka_AdminOptions_t *options) {
    rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, hang_ms());
    CHECK(ev, "%s: no outcome", what);
    printf("%s: %s, error %s, text %s, opaque %p\n", what, rd_kafka_event_name(ev),
           rd_kafka_err2name(rd_kafka_event_error(ev)), rd_kafka_event_error_string(ev), rd_kafka_event_opaque(ev));
    if (options)
        rd_kafka_AdminOptions_destroy(options);
    return ev;
}

static void show_topics(const rd_kafka_topic_result_t **topics, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *text = rd_kafka_topic_result_error_string(topics[i]);
        printf("  topic %s: %s %s\n", rd_kafka_topic_result_name(topics[i]),
               rd_kafka_err2name(rd_kafka_topic_result_error(topics[i])), text ? text : "-");
    }
}

static void show_entry(const char *indent, const rd_kafka_ConfigEntry_t *e) {
    const char *value = rd_kafka_ConfigEntry_value(e);
    size_t n;
    printf("%s%s = %s, source %d %s, read-only %d default %d sensitive %d synonym %d\n", indent, rd_kafka_ConfigEntry_name(e),
           value ? value : "(null)", (int)rd_kafka_ConfigEntry_source(e), rd_kafka_ConfigSource_name(rd_kafka_ConfigEntry_source(e)),
           rd_kafka_ConfigEntry_is_read_only(e), rd_kafka_ConfigEntry_is_default(e), rd_kafka_ConfigEntry_is_sensitive(e),
           rd_kafka_ConfigEntry_is_synonym(e));
    const rd_kafka_ConfigEntry_t **synonyms = rd_kafka_ConfigEntry_synonyms(e, &n);
    for (size_t i = 0; i < n; i++)
        show_entry("      ", synonyms[i]);
}

static void show_resources(const rd_kafka_ConfigResource_t **resources, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *text = rd_kafka_ConfigResource_error_string(resources[i]);
        size_t entries;
        const rd_kafka_ConfigEntry_t **all = rd_kafka_ConfigResource_configs(resources[i], &entries);
        printf("  %s %s: %s %s, %zu entries\n", rd_kafka_ResourceType_name(rd_kafka_ConfigResource_type(resources[i])),
               rd_kafka_ConfigResource_name(resources[i]), rd_kafka_err2name(rd_kafka_ConfigResource_error(resources[i])),
               text ? text : "-", entries);
        for (size_t e = 0; e < entries; e++)
            show_entry("    ", all[e]);
    }
}

static void create(void) {
    char reason[256];
    rd_kafka_NewTopic_t *topics[] = {rd_kafka_NewTopic_new("a", 3, 2, reason, sizeof(reason)),
                                     rd_kafka_NewTopic_new("b", 1, 1, reason, sizeof(reason)),
                                     rd_kafka_NewTopic_new("t", 1, 1, reason, sizeof(reason))};
    rd_kafka_NewTopic_set_config(topics[0], "retention.ms", "1000000");
    rd_kafka_CreateTopics(rk, topics, 3, NULL, queue);
    rd_kafka_event_t *ev = outcome("CreateTopics", NULL);
    size_t n;
    const rd_kafka_topic_result_t **found = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(ev), &n);
    show_topics(found, n);
    rd_kafka_event_destroy(ev);
    rd_kafka_NewTopic_destroy_array(topics, 3);
}

static void grow(const char *what, rd_kafka_NewPartitions_t **parts, size_t cnt, rd_kafka_AdminOptions_t *options) {
    size_t n = 99;
    rd_kafka_CreatePartitions(rk, parts, cnt, options, queue);
    rd_kafka_event_t *ev = outcome(what, options);
    printf("  as another kind: %p\n", (void *)rd_kafka_event_CreateTopics_result(ev));
    const rd_kafka_topic_result_t **topics = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(ev), &n);
    printf("  %zu results\n", n);
    show_topics(topics, n);
    rd_kafka_event_destroy(ev);
    rd_kafka_NewPartitions_destroy_array(parts, cnt);
}

static rd_kafka_NewPartitions_t *to(const char *topic, size_t count) {
    char reason[256];
    rd_kafka_NewPartitions_t *parts = rd_kafka_NewPartitions_new(topic, count, reason, sizeof(reason));
    CHECK(parts, "%s", reason);
    return parts;
}

static rd_kafka_NewPartitions_t *on(rd_kafka_NewPartitions_t *parts, int nth, int32_t broker) {
    char reason[256];
    int32_t ids[] = {broker, broker % 3 + 1};
    CHECK(!rd_kafka_NewPartitions_set_replica_assignment(parts, nth, ids, 2, reason, sizeof(reason)), "%s", reason);
    return parts;
}

static void partitions(void) {
    rd_kafka_admin_op_t op = RD_KAFKA_ADMIN_OP_CREATEPARTITIONS;
    grow("validated", (rd_kafka_NewPartitions_t *[]){to("a", 5)}, 1, only_validated(options_for(op)));
    grow("three topics", (rd_kafka_NewPartitions_t *[]){to("b", 4), to("none", 5), to("a", 5)}, 3, options_for(op));
    grow("as many as there are", (rd_kafka_NewPartitions_t *[]){to("a", 5)}, 1, NULL);
    grow("placed", (rd_kafka_NewPartitions_t *[]){on(on(to("a", 7), 0, 2), 1, 3)}, 1, options_for(op));
    grow("placed nowhere", (rd_kafka_NewPartitions_t *[]){on(to("a", 8), 0, 9)}, 1, options_for(op));
    grow("twice", (rd_kafka_NewPartitions_t *[]){to("b", 8), to("b", 9)}, 2, options_for(op));
    grow("nothing", NULL, 0, options_for(op));
    grow("a broker that does not exist", (rd_kafka_NewPartitions_t *[]){to("a", 8)}, 1, to_broker(options_for(op), 99, 300));
    grow("not the controller", (rd_kafka_NewPartitions_t *[]){to("a", 8)}, 1, to_broker(options_for(op), 2, -1));
}

typedef void request_t(rd_kafka_t *, rd_kafka_ConfigResource_t **, size_t, const rd_kafka_AdminOptions_t *, rd_kafka_queue_t *);

static void configs(const char *what, request_t *request, rd_kafka_ConfigResource_t **resources, size_t cnt,
                    rd_kafka_AdminOptions_t *options) {
    size_t n = 0;
    request(rk, resources, cnt, options, queue);
    rd_kafka_event_t *ev = outcome(what, options);
    const rd_kafka_ConfigResource_t **found =
        request == rd_kafka_DescribeConfigs ? rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(ev), &n)
        : request == rd_kafka_AlterConfigs  ? rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(ev), &n)
                                            : rd_kafka_IncrementalAlterConfigs_result_resources(
                                                 rd_kafka_event_IncrementalAlterConfigs_result(ev), &n);
    show_resources(found, n);
    rd_kafka_event_destroy(ev);
    rd_kafka_ConfigResource_destroy_array(resources, cnt);
}

static rd_kafka_ConfigResource_t *resource(rd_kafka_ResourceType_t type, const char *name) {
    return rd_kafka_ConfigResource_new(type, name);
}

static rd_kafka_ConfigResource_t *with(rd_kafka_ConfigResource_t *resource, const char *name, const char *value) {
    rd_kafka_ConfigResource_set_config(resource, name, value);
    return resource;
}

static rd_kafka_ConfigResource_t *change(rd_kafka_ConfigResource_t *resource, const char *name, rd_kafka_AlterConfigOpType_t op,
                                         const char *value) {
    CHECK(!rd_kafka_ConfigResource_add_incremental_config(resource, name, op, value), "%s", name);
    return resource;
}

#define TOPIC(name) resource(RD_KAFKA_RESOURCE_TOPIC, name)
#define BROKER(name) resource(RD_KAFKA_RESOURCE_BROKER, name)
#define LIST(...) (rd_kafka_ConfigResource_t *[]){__VA_ARGS__}, sizeof((rd_kafka_ConfigResource_t *[]){__VA_ARGS__}) / sizeof(void *)

static void describe(const char *what) {
    configs(what, rd_kafka_DescribeConfigs, LIST(TOPIC("a")), options_for(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
}

static void describing(void) {
    rd_kafka_admin_op_t op = RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
    request_t *request = rd_kafka_DescribeConfigs;
    describe("describe a topic");
    configs("some entries", request, LIST(with(with(TOPIC("a"), "retention.ms", "x"), "cleanup.policy", "x"), TOPIC("none")), NULL);
    configs("several", request, LIST(with(TOPIC("b"), "retention.ms", ""), with(BROKER("2"), "log.retention.ms", "x"),
                                     with(TOPIC("a"), "retention.ms", "x")), options_for(op));
    configs("a group", request, LIST(resource(RD_KAFKA_RESOURCE_GROUP, "g")), options_for(op));
    configs("brokers", request, LIST(BROKER("1"), TOPIC("a"), BROKER("2")), options_for(op));
    configs("no broker", request, LIST(BROKER("one")), options_for(op));
    configs("another broker than asked", request, LIST(BROKER("1")), to_broker(options_for(op), 2, -1));
    configs("a broker that does not exist", request, LIST(BROKER("77")), to_broker(options_for(op), 77, 300));
    configs("nothing", request, NULL, 0, options_for(op));
}

static void altering(void) {
    rd_kafka_admin_op_t op = RD_KAFKA_ADMIN_OP_ALTERCONFIGS;
    request_t *request = rd_kafka_AlterConfigs;
    configs("alter", request, LIST(with(with(TOPIC("a"), "retention.bytes", "12345"), "cleanup.policy", "compact"),
                                   with(TOPIC("none"), "retention.ms", "1")), options_for(op));
    configs("alter, validated", request, LIST(with(TOPIC("b"), "retention.ms", "5")), only_validated(options_for(op)));
    configs("alter wrongly", request, LIST(with(TOPIC("a"), "no.such.property", "5")), options_for(op));
    configs("alter to nonsense", request, LIST(with(TOPIC("a"), "retention.ms", "soon")), options_for(op));
    configs("alter brokers", request, LIST(BROKER("1"), BROKER("1")), options_for(op));
    configs("alter nothing", request, NULL, 0, options_for(op));
    describe("after alter");
    op = RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS;
    request = rd_kafka_IncrementalAlterConfigs;
    configs("change", request,
            LIST(change(change(TOPIC("a"), "retention.ms", RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, "777"), "cleanup.policy",
                        RD_KAFKA_ALTER_CONFIG_OP_TYPE_APPEND, "delete"), TOPIC("b")), options_for(op));
    describe("after change");
    configs("change back", request,
            LIST(change(change(TOPIC("a"), "retention.ms", RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE, NULL), "cleanup.policy",
                        RD_KAFKA_ALTER_CONFIG_OP_TYPE_SUBTRACT, "compact")), options_for(op));
    describe("after change back");
    configs("change, validated", request, LIST(change(TOPIC("a"), "retention.ms", RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, "8")),
            only_validated(options_for(op)));
    configs("append to a number", request, LIST(change(TOPIC("a"), "retention.ms", RD_KAFKA_ALTER_CONFIG_OP_TYPE_APPEND, "8")),
            options_for(op));
    configs("twice the same", request, LIST(TOPIC("a"), TOPIC("a")), options_for(op));
    configs("twice the same entry", request,
            LIST(change(change(TOPIC("a"), "x", RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, "1"), "x", RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, "2")),
            options_for(op));
    configs("change brokers", request, LIST(BROKER("1"), BROKER("2")), options_for(op));
    configs("change nothing", request, NULL, 0, options_for(op));
    describe("at the end");
}

static void show_partitions(const char *topic) {
    const struct rd_kafka_metadata *md;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, rkt, &md, hang_ms());
    CHECK(!err, "metadata: %s", rd_kafka_err2name(err));
    printf("%s has %d partitions; the last ones:", topic, md->topics[0].partition_cnt);
    for (int i = md->topics[0].partition_cnt - 2; i >= 0 && i < md->topics[0].partition_cnt; i++)
        printf(" leader %d", md->topics[0].partitions[i].leader);
    printf("\n");
    rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(rkt);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct rd_kafka_metadata_topic *)a)->topic, ((const struct rd_kafka_metadata_topic *)b)->topic);
}

static void show_all_topics(void) {
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 1, NULL, &md, hang_ms());
    CHECK(!err, "metadata: %s", rd_kafka_err2name(err));
    qsort(md->topics, (size_t)md->topic_cnt, sizeof(md->topics[0]), by_name);
    printf("%d brokers, all topics:", md->broker_cnt);
    for (int i = 0; i < md->topic_cnt; i++)
        printf(" %s with %d", md->topics[i].topic, md->topics[i].partition_cnt);
    printf("\n");
    rd_kafka_metadata_destroy(md);
}

static rd_kafka_AdminOptions_t *with_operations(rd_kafka_AdminOptions_t *options) {
    CHECK(!rd_kafka_AdminOptions_set_include_authorized_operations(options, 1), "operations");
    return options;
}

static void show_operations(const rd_kafka_AclOperation_t *operations, size_t n) {
    printf(", operations%s", operations ? "" : " unknown");
    for (size_t i = 0; i < n; i++)
        printf(" %s", rd_kafka_AclOperation_name(operations[i]));
    printf("\n");
}

static void show_node(const char *what, const rd_kafka_Node_t *node) {
    printf(" %s ", what);
    if (!node)
        printf("-");
    else if (!rd_kafka_Node_host(node))
        printf("%d, not there", rd_kafka_Node_id(node));
    else
        printf("%d %s port %s rack %s", rd_kafka_Node_id(node), rd_kafka_Node_host(node), rd_kafka_Node_port(node) ? "given" : "0",
               rd_kafka_Node_rack(node) ? rd_kafka_Node_rack(node) : "-");
}

static void describe_cluster(const char *what, rd_kafka_AdminOptions_t *options) {
    size_t n, operations_cnt;
    rd_kafka_DescribeCluster(rk, options, queue);
    rd_kafka_event_t *ev = outcome(what, options);
    const rd_kafka_DescribeCluster_result_t *result = rd_kafka_event_DescribeCluster_result(ev);
    if (!rd_kafka_event_error(ev)) { /* the reference ends the process when a failed result is asked for its contents */
        char *id = rd_kafka_clusterid(rk, hang_ms());
        CHECK(id && !strcmp(id, rd_kafka_DescribeCluster_result_cluster_id(result)), "cluster id %s", id);
        rd_kafka_mem_free(rk, id);
        const rd_kafka_Node_t **nodes = rd_kafka_DescribeCluster_result_nodes(result, &n);
        show_node(" controller", rd_kafka_DescribeCluster_result_controller(result));
        for (size_t i = 0; i < n; i++)
            show_node("broker", nodes[i]);
        const rd_kafka_AclOperation_t *operations = rd_kafka_DescribeCluster_result_authorized_operations(result, &operations_cnt);
        show_operations(operations, operations_cnt);
    }
    rd_kafka_event_destroy(ev);
}

static void show_description(const rd_kafka_TopicDescription_t *topic) {
    size_t n;
    const rd_kafka_error_t *error = rd_kafka_TopicDescription_error(topic);
    printf("  %s: internal %d, id %s, error %s %s", rd_kafka_TopicDescription_name(topic), rd_kafka_TopicDescription_is_internal(topic),
           strcmp(rd_kafka_Uuid_base64str(rd_kafka_TopicDescription_topic_id(topic)), "AAAAAAAAAAAAAAAAAAAAAA") ? "given" : "none",
           error ? rd_kafka_error_name(error) : "-", error ? rd_kafka_error_string(error) : "-");
    const rd_kafka_AclOperation_t *operations = rd_kafka_TopicDescription_authorized_operations(topic, &n);
    show_operations(operations, n);
    const rd_kafka_TopicPartitionInfo_t **partitions = rd_kafka_TopicDescription_partitions(topic, &n);
    for (size_t i = 0; i < n; i++) {
        size_t isr_cnt, replica_cnt;
        const rd_kafka_Node_t **isr = rd_kafka_TopicPartitionInfo_isr(partitions[i], &isr_cnt);
        const rd_kafka_Node_t **replicas = rd_kafka_TopicPartitionInfo_replicas(partitions[i], &replica_cnt);
        printf("    partition %d:", rd_kafka_TopicPartitionInfo_partition(partitions[i]));
        show_node("leader", rd_kafka_TopicPartitionInfo_leader(partitions[i]));
        for (size_t r = 0; r < replica_cnt; r++)
            show_node("replica", replicas[r]);
        for (size_t r = 0; r < isr_cnt; r++)
            show_node("in sync", isr[r]);
        printf("\n");
    }
}

static void describe_topics(const char *what, const char **names, size_t cnt, rd_kafka_AdminOptions_t *options) {
    size_t n;
    rd_kafka_TopicCollection_t *topics = rd_kafka_TopicCollection_of_topic_names(names, cnt);
    rd_kafka_DescribeTopics(rk, topics, options, queue);
    rd_kafka_TopicCollection_destroy(topics);
    rd_kafka_event_t *ev = outcome(what, options);
    if (!rd_kafka_event_error(ev)) {
        const rd_kafka_TopicDescription_t **found =
            rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(ev), &n);
        printf("  %zu topics\n", n);
        for (size_t i = 0; i < n; i++)
            show_description(found[i]);
    }
    rd_kafka_event_destroy(ev);
}

#define NAMES(...) (const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)

static void descriptions(void) {
    rd_kafka_admin_op_t op = RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;
    describe_cluster("the cluster", NULL);
    describe_cluster("the cluster, with operations", with_operations(options_for(op)));
    describe_cluster("the cluster, as broker 2 sees it", to_broker(options_for(op), 2, -1));
    describe_cluster("the cluster, as nobody sees it", to_broker(options_for(op), 99, 300));
    op = RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
    describe_topics("topics", NAMES("b", "none", "a"), options_for(op));
    describe_topics("a topic, with operations", NAMES("a"), with_operations(options_for(op)));
    describe_topics("a topic, as broker 3 sees it", NAMES("b"), to_broker(options_for(op), 3, -1));
    describe_topics("bad names", NAMES("a/b", "b"), options_for(op));
    describe_topics("the same topic twice", NAMES("a", "b", "a"), options_for(op));
    describe_topics("a topic without a name", NAMES("a", ""), options_for(op));
    describe_topics("no topics", NULL, 0, options_for(op));
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: admin_diff BOOTSTRAP");
    rk = new_producer(quiet_conf("bootstrap.servers", argv[1], NULL));
    queue = rd_kafka_queue_new(rk);
    create();
    partitions();
    show_partitions("a");
    show_partitions("b");
    show_all_topics();
    describing();
    altering();
    descriptions();
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    return 0;
}
