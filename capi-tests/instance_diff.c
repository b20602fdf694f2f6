/* test: differential valgrind limit=90 */
/* What an instance can be asked: metadata, ids of cluster, controller and brokers, more brokers, log level and logger, memory, the
 * built-in partitioners, group metadata as bytes, texts of failed messages. */
#include "deliveries.h"
#include "requests.h"

#include <errno.h>

static rd_kafka_t *cluster_of(int brokers, rd_kafka_conf_t *conf, rd_kafka_mock_cluster_t **cluster) {
    char count[8];
    snprintf(count, sizeof(count), "%d", brokers);
    conf_set(conf, "test.mock.num.brokers", count);
    rd_kafka_t *rk = new_producer(conf);
    *cluster = rd_kafka_handle_mock_cluster(rk);
    return rk;
}

static int by_topic(const void *a, const void *b) {
    return strcmp(((const struct rd_kafka_metadata_topic *)a)->topic, ((const struct rd_kafka_metadata_topic *)b)->topic);
}

static int by_id(const void *a, const void *b) { return *(const int32_t *)a - *(const int32_t *)b; }

static void metadata(rd_kafka_t *rk, const char *what, int all, rd_kafka_topic_t *only, int timeout_ms) {
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, all, only, &md, timeout_ms);
    printf("%s: %s", what, rd_kafka_err2name(err));
    if (!md) {
        printf(", nothing\n");
        return;
    }
    printf(", from broker %s named %s, %d brokers:", md->orig_broker_id >= -1 && md->orig_broker_id <= 3 ? "N" : "?", strncmp(md->orig_broker_name, "127.0.0.1:", 10) ? md->orig_broker_name : "127.0.0.1:P",
           md->broker_cnt);
    int32_t ids[16];
    for (int i = 0; i < md->broker_cnt && i < 16; i++) {
        CHECK(!strcmp(md->brokers[i].host, "127.0.0.1") && md->brokers[i].port > 0, "broker %s:%d", md->brokers[i].host, md->brokers[i].port);
        ids[i] = md->brokers[i].id;
    }
    qsort(ids, (size_t)md->broker_cnt, sizeof(ids[0]), by_id);
    for (int i = 0; i < md->broker_cnt; i++)
        printf(" %d", ids[i]);
    putchar('\n');
    qsort(md->topics, (size_t)md->topic_cnt, sizeof(md->topics[0]), by_topic);
    for (int t = 0; t < md->topic_cnt; t++) {
        const struct rd_kafka_metadata_topic *topic = &md->topics[t];
        printf("  %s: %s, %d partitions", topic->topic, rd_kafka_err2name(topic->err), topic->partition_cnt);
        for (int p = 0; p < topic->partition_cnt; p++)
            printf("; %d: %s leader %d, %d replicas, %d in sync", topic->partitions[p].id, rd_kafka_err2name(topic->partitions[p].err),
                   topic->err ? 0 : topic->partitions[p].leader, topic->partitions[p].replica_cnt, topic->partitions[p].isr_cnt);
        putchar('\n');
    }
    rd_kafka_metadata_destroy(md);
}

static void known_cluster(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *rk = cluster_of(3, quiet_conf("allow.auto.create.topics", "true", NULL), &cluster);
    CHECK(!rd_kafka_mock_topic_create(cluster, "a", 2, 2) && !rd_kafka_mock_topic_create(cluster, "b", 1, 1), "topics");
    for (int p = 0; p < 2; p++)
        rd_kafka_mock_partition_set_leader(cluster, "a", p, p + 1);
    rd_kafka_mock_partition_set_leader(cluster, "b", 0, 3);
    rd_kafka_mock_topic_set_error(cluster, "bad", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    rd_kafka_topic_t *a = rd_kafka_topic_new(rk, "a", NULL), *bad = rd_kafka_topic_new(rk, "bad", NULL);
    metadata(rk, "one topic", 0, a, 20000);
    metadata(rk, "the topics of this client", 0, NULL, 20000);
    metadata(rk, "a topic with an error", 0, bad, 20000);
    metadata(rk, "all topics", 1, NULL, 20000);
    metadata(rk, "all topics, although one is named", 1, a, 20000);
    /* On a crowded machine the answer could be there before the call has looked. */
    for (int b = 1; b <= 3; b++)
        rd_kafka_mock_broker_set_rtt(cluster, b, 2000);
    metadata(rk, "no time", 0, a, 0);
    for (int b = 1; b <= 3; b++)
        rd_kafka_mock_broker_set_rtt(cluster, b, 0);
    rd_kafka_mock_partition_set_leader(cluster, "a", 1, -1);
    metadata(rk, "a partition without a leader", 0, a, 20000);

    char *id = rd_kafka_clusterid(rk, hang_ms()), *again = rd_kafka_clusterid(rk, 0);
    printf("clusterid: %s, again %s\n", id ? "there" : "none", id && again && !strcmp(id, again) ? "the same" : "another");
    rd_kafka_mem_free(rk, id);
    rd_kafka_mem_free(rk, again);
    size_t n = 99;
    int32_t *ids = rd_kafka_brokers_learned_ids(rk, &n);
    printf("learned ids: %zu:", n);
    qsort(ids, n, sizeof(*ids), by_id);
    for (size_t i = 0; i < n; i++)
        printf(" %d", ids[i]);
    putchar('\n');
    rd_kafka_mem_free(rk, ids);
    rd_kafka_topic_destroy(a);
    rd_kafka_topic_destroy(bad);
    rd_kafka_destroy(rk);
}

static void took(const char *what, struct stopwatch began, double least, double most) {
    printf("  %s %s\n", what, in_time(began, least, most));
}

static void unknown_cluster(void) {
    rd_kafka_t *rk = new_producer(quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL));
    size_t n = 99;
    struct stopwatch began = start_watch();
    printf("clusterid: %s\n", rd_kafka_clusterid(rk, 300) ? "there" : "none");
    took("clusterid", began, 0.25, 1.5);
    began = start_watch();
    printf("controllerid: %d\n", rd_kafka_controllerid(rk, 300));
    took("controllerid", began, 0.25, 1.5);
    began = start_watch();
    metadata(rk, "metadata", 1, NULL, 300);
    took("metadata", began, 0.25, 1.5);
    int32_t *ids = rd_kafka_brokers_learned_ids(rk, &n);
    printf("learned ids: %zu, %s\n", n, ids ? "an array" : "none");
    rd_kafka_mem_free(rk, ids);
    static const char *const lists[] = {"127.0.0.1:2", "127.0.0.1:1", "127.0.0.1:3,127.0.0.1:4", "", ",", "127.0.0.1", " 127.0.0.1:5 , 127.0.0.1:6", "PLAINTEXT://127.0.0.1:7",
                                        "SSL://127.0.0.1:8", "nonsense://127.0.0.1:9", "127.0.0.1:10,,127.0.0.1:11", "127.0.0.1:99999", "[::1]:12"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        printf("brokers_add \"%s\": %d\n", lists[i], rd_kafka_brokers_add(rk, lists[i]));
    rd_kafka_destroy(rk);
}

/* A client that learns of its brokers from brokers_add() alone. */
static void brokers_added(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *holder = cluster_of(1, quiet_conf(NULL, NULL), &cluster);
    CHECK(!rd_kafka_mock_topic_create(cluster, "t", 1, 1), "topic");
    rd_kafka_conf_t *conf = quiet_conf(NULL, NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    printf("without brokers: flush %s\n", rd_kafka_err2name(rd_kafka_flush(rk, 200)));
    printf("brokers_add: %d\n", rd_kafka_brokers_add(rk, rd_kafka_mock_cluster_bootstraps(cluster)));
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, hang_ms());
    printf("with one: flush %s, %d reports, %s\n", rd_kafka_err2name(err), delivery_count, rd_kafka_err2name(deliveries[0].err));
    forget_deliveries();
    rd_kafka_destroy(rk);
    rd_kafka_destroy(holder);
}

static int lines, other_lines;

static void count_lines(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level, (void)facility, (void)text;
    __atomic_add_fetch(&lines, 1, __ATOMIC_SEQ_CST);
}

static void count_other_lines(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level, (void)facility, (void)text;
    __atomic_add_fetch(&other_lines, 1, __ATOMIC_SEQ_CST);
}

static bool grows(rd_kafka_t *rk, int *count) {
    int before = *count;
    double deadline = give_up_at();
    while (*count == before && now_s() < deadline) {
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_END);
        rd_kafka_poll(rk, 20);
    }
    return *count > before;
}

static void produce_and_wait(rd_kafka_t *rk) {
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_END), "producev");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
}

static void logging(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "debug", "broker,msg,metadata,topic");
    conf_set(conf, "linger.ms", "0");
    rd_kafka_conf_set_log_cb(conf, count_lines);
    rd_kafka_t *rk = cluster_of(1, conf, &cluster);
    CHECK(!rd_kafka_mock_topic_create(cluster, "t", 1, 1), "topic");
    printf("debug lines: %s\n", grows(rk, &lines) ? "come" : "do not");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_set_log_level(rk, 0);
    produce_and_wait(rk); /* whoever had something to say before has said it */
    lines = 0;
    for (int i = 0; i < 5; i++)
        produce_and_wait(rk);
    printf("at level 0: %s\n", lines ? "come" : "do not");
    rd_kafka_set_log_level(rk, 7);
    printf("at level 7: %s\n", grows(rk, &lines) ? "come" : "do not");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    rd_kafka_set_logger(rk, count_other_lines);
    printf("another logger: %s\n", grows(rk, &other_lines) ? "come" : "do not");
    rd_kafka_destroy(rk);
    errno = ENOENT;
    printf("errno %d\n", rd_kafka_errno() == ENOENT);
#pragma GCC diagnostic pop
    rd_kafka_log_syslog(NULL, 7, "TEST", "a line for nobody");

    /* What the default logger prints, but for its time. */
    FILE *file = tmpfile();
    int saved = dup(2);
    char line[300] = "";
    CHECK(file && saved >= 0, "files");
    fflush(stderr);
    dup2(fileno(file), 2);
    rd_kafka_log_print(NULL, 4, "FACILITY", "the text");
    rk = new_producer(quiet_conf("client.id", "me", NULL));
    rd_kafka_log_print(rk, 6, "F", "another text");
    rd_kafka_destroy(rk);
    fflush(stderr);
    dup2(saved, 2);
    close(saved);
    rewind(file);
    while (fgets(line, sizeof(line), file)) {
        char *bar = strstr(line, "|"), *name = strstr(line, "me#producer-");
        CHECK(bar, "no bar in %s", line);
        if (name)
            memmove(name + 12, name + 12 + strspn(name + 12, "0123456789"), strlen(name + 12 + strspn(name + 12, "0123456789")) + 1);
        printf("%%%c %s", line[1], strchr(bar + 1, '|') ? strchr(bar + 1, '|') : bar);
    }
    fclose(file);
    printf("debug contexts: %s\n", rd_kafka_get_debug_contexts());
}

static void dumped(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *rk = cluster_of(1, quiet_conf(NULL, NULL), &cluster);
    FILE *file = tmpfile();
    CHECK(file, "file");
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "a topic of its own", NULL);
    rd_kafka_dump(file, rk);
    long length = ftell(file);
    char *text = calloc(1, (size_t)length + 1);
    rewind(file);
    CHECK(fread(text, 1, (size_t)length, file) == (size_t)length, "read");
    printf("dump: %s, name %d, topic %d\n", length > 50 ? "something" : "nothing", strstr(text, rd_kafka_name(rk)) != NULL, strstr(text, "a topic of its own") != NULL);
    free(text);
    fclose(file);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void memory(void) {
    rd_kafka_t *rk = new_producer(quiet_conf(NULL, NULL));
    char *a = rd_kafka_mem_malloc(rk, 100), *b = rd_kafka_mem_calloc(rk, 10, 10), *c = rd_kafka_mem_malloc(NULL, 10), *d = rd_kafka_mem_calloc(NULL, 1, 1);
    int sum = 0;
    memset(a, 1, 100), memset(c, 1, 10);
    for (int i = 0; i < 100; i++)
        sum += b[i];
    printf("calloc: %d %d\n", sum, d[0]);
    rd_kafka_mem_free(rk, a);
    rd_kafka_mem_free(rk, b);
    rd_kafka_mem_free(NULL, c);
    rd_kafka_mem_free(NULL, d);
    rd_kafka_mem_free(rk, NULL);
    rd_kafka_destroy(rk);
    printf("version %s\n", rd_kafka_version() == RD_KAFKA_VERSION ? "known" : "odd");
}

typedef int32_t partitioner_t(const rd_kafka_topic_t *, const void *, size_t, int32_t, void *, void *);

static void partitioners(void) {
    static const struct {
        const char *name;
        partitioner_t *function;
        bool random_null, random_empty;
    } all[] = {{"random", rd_kafka_msg_partitioner_random, true, true},
               {"consistent", rd_kafka_msg_partitioner_consistent, false, false},
               {"consistent_random", rd_kafka_msg_partitioner_consistent_random, true, true},
               {"murmur2", rd_kafka_msg_partitioner_murmur2, false, false},
               {"murmur2_random", rd_kafka_msg_partitioner_murmur2_random, true, false},
               {"fnv1a", rd_kafka_msg_partitioner_fnv1a, false, false},
               {"fnv1a_random", rd_kafka_msg_partitioner_fnv1a_random, true, false}};
    rd_kafka_t *rk = new_producer(quiet_conf(NULL, NULL));
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    unsigned char key[300];
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (unsigned char)(i * 167 + 13);
    for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
        printf("%s:", all[k].name);
        for (int32_t partitions = 1; partitions <= 1000000; partitions *= 10) {
            uint64_t sum = 0;
            for (size_t length = 1; length < sizeof(key); length++) {
                int32_t p = all[k].function(rkt, key, length, partitions, NULL, NULL);
                CHECK(p >= 0 && p < partitions, "%s: %d of %d", all[k].name, p, partitions);
                sum = sum * 31 + (uint64_t)p;
            }
            if (k)
                printf(" %016" PRIx64, sum);
        }
        int32_t null = all[k].function(rkt, NULL, 0, 1000, NULL, NULL), empty = all[k].function(rkt, "", 0, 1000, NULL, NULL);
        CHECK(null >= 0 && null < 1000 && empty >= 0 && empty < 1000, "%s without a key", all[k].name);
        printf(" null %d empty %d\n", all[k].random_null ? -1 : null, all[k].random_empty ? -1 : empty);
    }
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void group_metadata(void) {
    rd_kafka_consumer_group_metadata_t *md[2] = {rd_kafka_consumer_group_metadata_new("a group"),
                                                 rd_kafka_consumer_group_metadata_new_with_genid("another", 7, "member", "instance")};
    for (int i = 0; i < 2; i++) {
        void *bytes = NULL;
        size_t n = 0;
        rd_kafka_consumer_group_metadata_t *back = NULL;
        rd_kafka_error_t *error = rd_kafka_consumer_group_metadata_write(md[i], &bytes, &n);
        printf("written: %s, %zu bytes:", rd_kafka_error_name(error), n);
        for (size_t b = 0; b < n; b++)
            printf(" %02x", ((unsigned char *)bytes)[b]);
        putchar('\n');
        error = rd_kafka_consumer_group_metadata_read(&back, bytes, n);
        CHECK(!error && back, "read: %s", rd_kafka_error_string(error));
        rd_kafka_consumer_group_metadata_destroy(back);
        for (size_t cut = 0; cut < 14; cut++) { /* from there on the reference reads beyond the end */
            error = rd_kafka_consumer_group_metadata_read(&back, bytes, cut);
            printf("  %zu of them: %s %s\n", cut, rd_kafka_error_name(error), rd_kafka_error_string(error));
            rd_kafka_error_destroy(error);
        }
        rd_kafka_mem_free(NULL, bytes);
        rd_kafka_consumer_group_metadata_destroy(md[i]);
    }
}

static void on_failure(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    const char *text = rd_kafka_message_produce_errstr(m), *errstr = rd_kafka_message_errstr(m);
    (void)rk, (void)opaque;
    printf("report: %s, produce_errstr %s, errstr %s, leader epoch %d\n", rd_kafka_err2name(m->err), text ? text : "none", errstr ? errstr : "none",
           rd_kafka_message_leader_epoch(m));
}

static void produce_one(rd_kafka_t *rk, const char *topic) {
    rd_kafka_resp_err_t err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_END);
    if (err)
        printf("producev: %s\n", rd_kafka_err2name(err));
}

static void texts_of_failures(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "0", NULL);
    count_requests(conf);
    rd_kafka_conf_set_dr_msg_cb(conf, on_failure);
    rd_kafka_t *rk = cluster_of(1, conf, &cluster);
    CHECK(!rd_kafka_mock_topic_create(cluster, "t", 1, 1), "topic");
    produce_one(rk, "t");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_mock_push_request_errors(cluster, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    produce_one(rk, "t");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_mock_broker_set_rtt(cluster, 1, 20000); /* longer than anybody waits */
    produce_one(rk, "t");
    await_requests(API_PRODUCE, 3);
    CHECK(!rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT), "purge");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_destroy(rk);
}

int main(void) {
    known_cluster();
    unknown_cluster();
    brokers_added();
    logging();
    dumped();
    memory();
    partitioners();
    group_metadata();
    texts_of_failures();
    return 0;
}
