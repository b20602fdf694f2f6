/* test: tool */
/* A client of a broker that means harm (harness/hostile_broker.py). One instance after the other is made, works for a second and is
 * destroyed, until the broker has tried everything it knows. Whatever it says, every message has its report in time, every call
 * returns, memory is bounded, and destroy takes next to no time.
 *
 *   hostile_client BOOTSTRAP MODE CLIENT_ID DONE MEMORY_KIB CPU_MS
 *
 * MODE: plain, patient (the same, and the first instance works until DONE is there), idempotent, transactional, offsets, admin.
 * DONE: the file that appears when everything has been tried; "-": one instance is enough. MEMORY_KIB: what the process may take
 * beside what it has at the beginning. CPU_MS: the CPU time that an instance may take, and more in proportion if it lives longer than
 * ORDINARY_LIFE_S. */
#include "common.h"

#include <math.h>

#define MESSAGE_TIMEOUT_MS 1000
/* Times are the machine's pace (pace_s): on a busy one, an instance needs longer to come to anything. */
#define WORK_S 1.0
/* A producer id is asked for once in an instance. */
#define SHORT_WORK_S 0.05
/* Other processes may need the machine: what is late is late by far. */
#define MARGIN_S 20
/* Of the whole process, while an instance is destroyed. */
#define DESTROY_CPU_S 0.5
#define CALL_MS 300
/* The slowest table takes a tenth of this on a quiet machine. */
#define PATIENCE_S 180
/* CPU_MS is for this time. On a busy machine an instance lives longer, and tries to connect all the while. */
#define ORDINARY_LIFE_S 20

static int produced, reported;
static bool fatal;
static const char *mode, *done_file;

static bool is_done(void) {
    return !strcmp(done_file, "-") || !access(done_file, F_OK);
}

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The most memory that the process has had. */
static long peak_kib(void) {
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && kib < 0 && fgets(line, sizeof(line), file))
        sscanf(line, "VmHWM: %ld", &kib);
    CHECK(file && kib >= 0, "no VmHWM");
    fclose(file);
    return kib;
}

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    (void)opaque;
    CHECK(m->_private == (void *)&reported, "a report with another opaque");
    reported++;
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk;
    (void)opaque;
    CHECK(reason && strlen(reason) < 100000, "no reason");
    fatal |= err == RD_KAFKA_RESP_ERR__FATAL;
}

static bool is(const char *other) {
    return !strcmp(mode, other);
}

static rd_kafka_t *new_client(const char *bootstrap, const char *client_id) {
    char text[32];
    rd_kafka_conf_t *conf =
        quiet_conf("bootstrap.servers", bootstrap, "client.id", client_id, "reconnect.backoff.ms", "1",
                   "reconnect.backoff.max.ms", "20", "retry.backoff.ms", "1", "retry.backoff.max.ms", "20",
                   "socket.timeout.ms", "300", "api.version.request.timeout.ms", "300",
                   "topic.metadata.refresh.interval.ms", "10", "topic.metadata.refresh.fast.interval.ms", "1", "linger.ms", "0", NULL);
    snprintf(text, sizeof(text), "%d", MESSAGE_TIMEOUT_MS);
    if (is("transactional")) {
        conf_set(conf, "transactional.id", client_id);
        conf_set(conf, "transaction.timeout.ms", text);
    } else if (is("idempotent")) {
        conf_set(conf, "enable.idempotence", "true");
    }
    conf_set(conf, "message.timeout.ms", text);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_error_cb(conf, on_error);
    return new_producer(conf);
}

static bool produce(rd_kafka_t *rk) {
    rd_kafka_resp_err_t err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("value", 5),
                                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(&reported), RD_KAFKA_V_END);
    produced += !err;
    return !err;
}

/* Fails unless a call that was given CALL_MS has taken about that. */
static void check_pace(const char *call, double began) {
    CHECK(pace_s() - began < CALL_MS / 1000.0 + MARGIN_S, "%s took %.1f s", call, pace_s() - began);
}

/* Whether the call succeeded. */
static bool ended(rd_kafka_error_t *error, const char *call, double began) {
    check_pace(call, began);
    fatal |= error && rd_kafka_error_is_fatal(error);
    bool good = !error;
    rd_kafka_error_destroy(error);
    return good;
}

static bool send_offsets(rd_kafka_t *rk) {
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, "t", 0)->offset = 1;
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new("group");
    double began = pace_s();
    rd_kafka_error_t *error = rd_kafka_send_offsets_to_transaction(rk, offsets, group, CALL_MS);
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    return ended(error, "send_offsets_to_transaction", began);
}

static void transaction(rd_kafka_t *rk) {
    static int number;
    double began = pace_s();
    if (!ended(rd_kafka_begin_transaction(rk), "begin_transaction", began)) {
        ended(rd_kafka_init_transactions(rk, CALL_MS), "init_transactions", began);
        return;
    }
    bool good = produce(rk) && produce(rk) && send_offsets(rk);
    began = pace_s();
    if (good && ++number % 4) {
        if (ended(rd_kafka_commit_transaction(rk, CALL_MS), "commit_transaction", began))
            return;
        began = pace_s();
    }
    ended(rd_kafka_abort_transaction(rk, CALL_MS), "abort_transaction", began);
}

static void ask_for_offsets(rd_kafka_t *rk) {
    int64_t low, high;
    double began = pace_s();
    rd_kafka_query_watermark_offsets(rk, "t", 0, &low, &high, CALL_MS);
    check_pace("query_watermark_offsets", began);
    rd_kafka_topic_partition_list_t *times = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(times, "t", 0)->offset = 1;
    rd_kafka_topic_partition_list_add(times, "t", 1)->offset = 1;
    began = pace_s();
    rd_kafka_offsets_for_times(rk, times, CALL_MS);
    check_pace("offsets_for_times", began);
    rd_kafka_topic_partition_list_destroy(times);
}

/* Reads everything that an outcome has. */
static size_t read_outcome(rd_kafka_event_t *event) {
    size_t n = 0, sum = 0;
    const rd_kafka_topic_result_t **topics = NULL;
    const rd_kafka_ConfigResource_t **resources = NULL;
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
        topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
        break;
    case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
        topics = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &n);
        break;
    case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT:
        topics = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &n);
        break;
    case RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT:
        resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &n);
        break;
    case RD_KAFKA_EVENT_ALTERCONFIGS_RESULT:
        resources = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &n);
        break;
    case RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT:
        resources = rd_kafka_IncrementalAlterConfigs_result_resources(rd_kafka_event_IncrementalAlterConfigs_result(event), &n);
        break;
    }
    for (size_t i = 0; topics && i < n; i++) {
        const char *text = rd_kafka_topic_result_error_string(topics[i]);
        sum += strlen(rd_kafka_topic_result_name(topics[i])) + (text ? strlen(text) : 0);
    }
    for (size_t i = 0; resources && i < n; i++) {
        size_t entries;
        const rd_kafka_ConfigEntry_t **all = rd_kafka_ConfigResource_configs(resources[i], &entries);
        for (size_t k = 0; k < entries; k++)
            sum += strlen(rd_kafka_ConfigEntry_name(all[k]));
    }
    return sum;
}

static void administer(rd_kafka_t *rk) {
    static int number;
    char reason[256], name[32];
    double began = pace_s();
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_ANY);
    CHECK(!rd_kafka_AdminOptions_set_request_timeout(options, CALL_MS, reason, sizeof(reason)), "%s", reason);
    snprintf(name, sizeof(name), "admin%d", ++number);
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, 1, 1, reason, sizeof(reason));
    rd_kafka_CreateTopics(rk, &topic, 1, options, queue);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_NewPartitions_t *partitions = rd_kafka_NewPartitions_new("t", 2, reason, sizeof(reason));
    rd_kafka_CreatePartitions(rk, &partitions, 1, options, queue);
    rd_kafka_NewPartitions_destroy(partitions);
    rd_kafka_DeleteTopic_t *no_topic = rd_kafka_DeleteTopic_new("nothing");
    rd_kafka_DeleteTopics(rk, &no_topic, 1, options, queue);
    rd_kafka_DeleteTopic_destroy(no_topic);
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, "t");
    rd_kafka_DescribeConfigs(rk, &resource, 1, options, queue);
    rd_kafka_ConfigResource_add_incremental_config(resource, "retention.ms", RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, "-1");
    rd_kafka_IncrementalAlterConfigs(rk, &resource, 1, options, queue);
    rd_kafka_ConfigResource_destroy(resource);
    resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, "t");
    rd_kafka_ConfigResource_set_config(resource, "retention.ms", "-1");
    rd_kafka_AlterConfigs(rk, &resource, 1, options, queue);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_DescribeCluster(rk, options, queue);
    for (int i = 0; i < 7; i++) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CALL_MS + MARGIN_S * 1000);
        CHECK(event, "outcome %d did not come", i);
        read_outcome(event);
        rd_kafka_event_destroy(event);
    }
    check_pace("seven outcomes", began);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
}

/* Works for a while, then waits for what is owed. */
static void work(rd_kafka_t *rk) {
    double end = pace_s() + (is("idempotent") ? SHORT_WORK_S : WORK_S), patience = pace_s() + PATIENCE_S;
    while ((pace_s() < end || (is("patient") && !is_done() && pace_s() < patience)) && !fatal) {
        if (is("transactional"))
            transaction(rk);
        else if (is("offsets"))
            ask_for_offsets(rk);
        else if (is("admin"))
            administer(rk);
        else if (!produce(rk))
            break;
        rd_kafka_poll(rk, 3);
    }
    end = pace_s() + MESSAGE_TIMEOUT_MS / 1000.0 + MARGIN_S;
    while (reported < produced && pace_s() < end)
        rd_kafka_poll(rk, 10);
    CHECK(reported == produced, "%d of %d messages have a report", reported, produced);
    const struct rd_kafka_metadata *metadata;
    double began = pace_s();
    if (!rd_kafka_metadata(rk, 0, NULL, &metadata, CALL_MS))
        rd_kafka_metadata_destroy(metadata);
    check_pace("metadata", began);
}

static void destroy(rd_kafka_t *rk) {
    double began = pace_s(), spent = cpu_s();
    rd_kafka_destroy(rk);
    CHECK(cpu_s() - spent < DESTROY_CPU_S, "destroy took %.2f s of CPU time", cpu_s() - spent);
    CHECK(pace_s() - began < MARGIN_S, "destroy took %.2f s", pace_s() - began);
}

int main(int argc, char **argv) {
    CHECK(argc == 7, "usage: hostile_client BOOTSTRAP MODE CLIENT_ID DONE MEMORY_KIB CPU_MS");
    mode = argv[2];
    done_file = argv[4];
    double began = now_s();
    pace_s(); /* its thread's memory is not the library's */
    long allowed = atol(argv[5]), before = peak_kib();
    int instances = 0;
    do {
        double spent = cpu_s(), born = now_s();
        fatal = false;
        rd_kafka_t *rk = new_client(argv[1], argv[3]);
        work(rk);
        destroy(rk);
        CHECK(peak_kib() - before <= allowed, "%ld KiB of memory", peak_kib() - before);
        double limit = atof(argv[6]) / 1000 * fmax(1, (now_s() - born) / ORDINARY_LIFE_S);
        CHECK(cpu_s() - spent < limit, "%.2f of %.2f s of CPU time for one instance", cpu_s() - spent, limit);
        instances++;
        CHECK(now_s() - began < PATIENCE_S * crowding(), "the broker has not tried everything after %d instances", instances);
    } while (!is_done());
    printf("%d instances, %d messages, %ld KiB, %.2f s of CPU time\n", instances, produced, peak_kib() - before, cpu_s());
    return 0;
}
