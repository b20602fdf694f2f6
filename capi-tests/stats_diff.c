/* The statistics document: its keys and types, and the values that do not hang on time. */
#include "json.h"

#define PARTITIONS 4
#define PER_PARTITION 300 /* beyond the exact part of the histogram */

static struct json *last;
static int documents;
/* Windows begin anew with every document: these are sums over all of them. */
static int64_t batches, batch_bytes, messages_waited, answers, biggest_batch, p50_of_counts;

static int on_stats(rd_kafka_t *rk, char *json, size_t length, void *opaque) {
    (void)rk, (void)opaque;
    CHECK(strlen(json) == length, "%zu bytes, but length %zu", strlen(json), length);
    if (last)
        json_free(last);
    last = json_parse(json);
    documents++;
    for (size_t i = 0; i < last->count; i++) {
        const struct json_value *v = &last->values[i];
        size_t n = strlen(v->path);
        if (n > 16 && !strcmp(v->path + n - 16, "|int_latency|cnt"))
            messages_waited += strtoll(v->text, NULL, 10);
        if (n > 8 && !strcmp(v->path + n - 8, "|rtt|cnt"))
            answers += strtoll(v->text, NULL, 10);
    }
    if (json_find(last, "topics|t") && json_int(last, "topics|t|batchcnt|cnt") > 0) {
        batches += json_int(last, "topics|t|batchcnt|cnt");
        batch_bytes += json_int(last, "topics|t|batchsize|sum");
        if (json_int(last, "topics|t|batchcnt|max") > biggest_batch)
            biggest_batch = json_int(last, "topics|t|batchcnt|max");
        if (json_int(last, "topics|t|batchcnt|p50") > p50_of_counts)
            p50_of_counts = json_int(last, "topics|t|batchcnt|p50");
    }
    return 0;
}

/* Names that differ from run to run become what they stand for: brokers, and APIs that the reference has no name for. */
static const char *canonical(const char *path) {
    static char out[2000];
    const char *prefix = "brokers|", *rest = path;

    if (strstr(path, "|req|Unknown-"))
        return NULL;
    if (!strncmp(path, prefix, strlen(prefix))) {
        rest = strchr(path + strlen(prefix), '|');
        snprintf(out, sizeof(out), "brokers|BROKER%s", rest ? rest : "");
    } else {
        snprintf(out, sizeof(out), "%s", path);
    }
    return out;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_structure(const char *what) {
    char **lines = calloc(last->count, sizeof(*lines));
    size_t n = 0;

    printf("== %s\n", what);
    for (size_t i = 0; i < last->count; i++) {
        const char *path = canonical(last->values[i].path);
        /* This library asks brokers for nothing that share consumers need; the reference lists such requests. */
        if (!path || strstr(path, "|req|Share"))
            continue;
        if (asprintf(&lines[n++], "%s: %s", path, last->values[i].type) < 0)
            FAIL("memory");
    }
    qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(lines[i], lines[i - 1]))
            puts(lines[i]);
    }
    for (size_t i = 0; i < n; i++)
        free(lines[i]);
    free(lines);
}

/* Values that hang on time, on the machine or on which requests a library makes of its own accord. */
static bool is_fixed(const char *path) {
    static const char *const loose[] = {
        "name", "ts", "time", "age", "tx", "tx_bytes", "rx", "rx_bytes", "replyq", "eos|producer_id",
    };
    for (size_t i = 0; i < sizeof(loose) / sizeof(*loose); i++)
        if (!strcmp(path, loose[i]))
            return false;
    return !strstr(path, "age") && !strstr(path, "batchsize") && !strstr(path, "batchcnt") &&
           strncmp(path, "brokers|", 8);
}

static void print_values(void) {
    puts("== values");
    for (size_t i = 0; i < last->count; i++) {
        const struct json_value *v = &last->values[i];
        if (strcmp(v->type, "object") && is_fixed(v->path))
            printf("%s = %s\n", v->path, v->text);
    }
}

static void print_brokers(void) {
    static const char *const fixed[] = {
        "nodeid",     "source",         "state",        "outbuf_cnt", "outbuf_msg_cnt", "waitresp_cnt", "waitresp_msg_cnt",
        "txerrs",     "txretries",      "req_timeouts", "rxerrs",     "rxcorriderrs",   "rxpartial",    "zbuf_grow",
        "buf_grow",   "connects",       "disconnects",  "req|Produce",
    };
    char path[300], *name = NULL;

    puts("== broker");
    for (size_t i = 0; i < last->count && !name; i++) {
        const char *p = last->values[i].path;
        if (!strncmp(p, "brokers|", 8) && !strchr(p + 8, '|') && strcmp(last->values[i].type, "string"))
            name = last->values[i].path;
    }
    CHECK(name, "no broker");
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
        snprintf(path, sizeof(path), "%s|%s", name, fixed[i]);
        const struct json_value *v = json_find(last, path);
        CHECK(v, "%s is missing", path);
        printf("%s = %s\n", fixed[i], v->text);
    }
    CHECK(json_int(last, "%s|wakeups", name) > 0, "no wakeups");
    CHECK(json_int(last, "%s|txidle", name) >= 0, "txidle");
    CHECK(json_int(last, "%s|rxidle", name) >= 0, "rxidle");
    CHECK(json_int(last, "%s|stateage", name) > 0, "stateage");
    CHECK(json_int(last, "%s|tx", name) == json_int(last, "%s|rx", name), "everything was answered");
    CHECK(json_int(last, "%s|txbytes", name) == json_int(last, "tx_bytes"), "the only broker has sent all");
}

static void produce(rd_kafka_t *rk, int partition) {
    char value[100];
    memset(value, 'v', sizeof(value));
    rd_kafka_resp_err_t err = rd_kafka_producev(
        rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE(value, sizeof(value)),
        RD_KAFKA_V_KEY("key", 3), RD_KAFKA_V_TIMESTAMP(1700000000000), RD_KAFKA_V_HEADER("h", "123", 3),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    CHECK(!err, "producev: %s", rd_kafka_err2name(err));
}

static void run(const char *idempotence) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "statistics.interval.ms", "300", "linger.ms",
                                       "60000", "client.id", "a client", "queue.buffering.max.messages", "5000",
                                       "enable.idempotence", idempotence, NULL);
    documents = 0;
    batches = batch_bytes = messages_waited = answers = biggest_batch = p50_of_counts = 0;
    printf("==== enable.idempotence=%s\n", idempotence);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", PARTITIONS);
    /* Before anything is known of the cluster, the broker of the configuration is listed. */
    while (documents < 1)
        rd_kafka_poll(rk, 1000);
    print_structure("at the beginning");
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    CHECK(rkt, "topic_new");
    const struct rd_kafka_metadata *metadata;
    CHECK(!rd_kafka_metadata(rk, 0, rkt, &metadata, hang_ms()), "metadata");
    rd_kafka_metadata_destroy(metadata);
    /* The partitions are known now, and each gets one batch. */
    for (int i = 0; i < PARTITIONS * PER_PARTITION; i++)
        produce(rk, i % PARTITIONS);
    int before = documents;
    while (documents < before + 2)
        rd_kafka_poll(rk, 1000);
    printf("queued: msg_cnt %" PRId64 ", msg_size %" PRId64 "\n", json_int(last, "msg_cnt"), json_int(last, "msg_size"));
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    before = documents;
    while (documents < before + 2 || answers < PARTITIONS)
        rd_kafka_poll(rk, 1000);
    print_structure("at the end");
    print_values();
    print_brokers();
    puts("== windows");
    printf("batches %" PRId64 " of %" PRId64 " bytes, the biggest of %" PRId64 " (p50 %" PRId64 "), %" PRId64 " messages waited\n",
           batches, batch_bytes, biggest_batch, p50_of_counts, messages_waited);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    json_free(last);
    last = NULL;
}

int main(void) {
    run("false");
    run("true");
    return 0;
}
