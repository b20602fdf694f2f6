/*
 * Consumes as fast as it can and says what it cost. Public API only: runs on any librdkafka.
 *
 *   consumer_bench BROKERS TOPIC fill COUNT SIZE [name=value ...]           produces one batch of so many messages
 *   consumer_bench BROKERS TOPIC poll COUNT PARTITIONS [name=value ...]     rd_kafka_consumer_poll()
 *   consumer_bench BROKERS TOPIC batch COUNT PARTITIONS [name=value ...]    rd_kafka_consume_batch_queue(), 1,000 at a time
 *   consumer_bench BROKERS TOPIC drain ROUNDS PARTITIONS [name=value ...]   waits until the queue is full, empties it, waits for more
 *   consumer_bench BROKERS TOPIC pause ROUNDS PARTITIONS [name=value ...]   polls a little, pauses, polls, resumes
 *   consumer_bench BROKERS TOPIC idle SECONDS PARTITIONS [name=value ...]   nothing, until the queue is full: memory
 *
 * The clock starts behind the first tenth of the messages. Each message's offset is compared with the one before it.
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MOST 1000

static int64_t *expected; /* offsets, by partition */
static int32_t partitions;
static uint64_t seen, bytes;

static int64_t wall_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Of /proc/self/status, in KiB. */
static long memory_kib(const char *field) {
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof(line), file))
        if (!strncmp(line, field, strlen(field)))
            kib = atol(line + strlen(field) + 1);
    if (file)
        fclose(file);
    return kib;
}

static void die(const char *what, const char *why) {
    fprintf(stderr, "consumer_bench: %s: %s\n", what, why);
    exit(1);
}

/* As events are: names that repeat, and numbers that do not. */
static void fill_value(char *value, size_t size, uint64_t number) {
    static const char *names[] = {"user", "session", "amount", "currency", "country", "page", "referrer", "elapsed"};
    size_t at = 0;
    uint64_t random = number * 0x9e3779b97f4a7c15ULL + 1;
    for (int i = 0; at < size; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        char field[64];
        size_t n = (size_t)snprintf(field, sizeof(field), "%c\"%s\":\"%" PRIx64 "\"", i ? ',' : '{', names[i % 8], random >> 20);
        n = n < size - at ? n : size - at;
        memcpy(value + at, field, n);
        at += n;
    }
}

static void fill(rd_kafka_t *rk, const char *topic, uint64_t count, size_t size) {
    char *value = malloc(size + 1);
    for (uint64_t i = 0; i < count; i++) {
        fill_value(value, size, i);
        rd_kafka_resp_err_t err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(value, size),
                                                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (err)
            die("produce", rd_kafka_err2str(err));
    }
    if (rd_kafka_flush(rk, 30000))
        die("fill", "not delivered");
    free(value);
}

static void take(rd_kafka_message_t *m) {
    if (m->err)
        die("consume", rd_kafka_message_errstr(m));
    if (m->partition < 0 || m->partition >= partitions || m->offset != expected[m->partition])
        die("consume", "a message is missing, or there twice");
    expected[m->partition]++;
    bytes += m->len + (m->len ? *(const unsigned char *)m->payload & 1 : 0);
    seen++;
    rd_kafka_message_destroy(m);
}

static void consume(rd_kafka_t *rk, rd_kafka_queue_t *queue, int batches, uint64_t until) {
    static rd_kafka_message_t *messages[MOST];
    while (seen < until) {
        if (!batches) {
            rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 10000);
            if (!m)
                die("consume", "nothing comes");
            take(m);
            continue;
        }
        size_t most = until - seen < MOST ? (size_t)(until - seen) : MOST;
        ssize_t n = rd_kafka_consume_batch_queue(queue, 1000, messages, most);
        if (n < 0)
            die("consume", rd_kafka_err2str(rd_kafka_last_error()));
        for (ssize_t i = 0; i < n; i++)
            take(messages[i]);
    }
}

static int by_size(const void *a, const void *b) {
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* How long nothing comes once a full queue has been emptied: the median and the longest of the rounds, in us. */
static void drain(rd_kafka_t *rk, uint64_t rounds) {
    int64_t *waits = calloc(rounds, sizeof(*waits));
    for (uint64_t i = 0; i < rounds; i++) {
        rd_kafka_message_t *m;
        usleep(50000);
        while ((m = rd_kafka_consumer_poll(rk, 0)))
            take(m);
        int64_t began = wall_ns();
        if (!(m = rd_kafka_consumer_poll(rk, 10000)))
            die("drain", "nothing comes");
        waits[i] = (wall_ns() - began) / 1000;
        take(m);
    }
    qsort(waits, rounds, sizeof(*waits), by_size);
    printf("wait_us=%" PRId64 " longest_us=%" PRId64 " ", waits[rounds / 2], waits[rounds - 1]);
    free(waits);
}

/* Pauses and resumes everything, with a few polls in between. What is fetched and never given has been fetched in vain. */
static void pause_and_resume(rd_kafka_t *rk, uint64_t rounds) {
    rd_kafka_topic_partition_list_t *all = NULL;
    if (rd_kafka_assignment(rk, &all))
        die("pause", "no assignment");
    for (uint64_t i = 0; i < rounds; i++) {
        for (int j = 0; j < 10; j++) {
            rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 10000);
            if (!m)
                die("pause", "nothing comes");
            take(m);
        }
        rd_kafka_pause_partitions(rk, all);
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 1);
        if (m)
            die("pause", "a message of a paused partition");
        rd_kafka_resume_partitions(rk, all);
    }
    rd_kafka_topic_partition_list_destroy(all);
}

int main(int argc, char **argv) {
    char reason[512];
    if (argc < 6)
        die("usage", "consumer_bench BROKERS TOPIC fill|poll|batch|drain|pause|idle COUNT SIZE|PARTITIONS [name=value ...]");
    const char *what = argv[3];
    int is_fill = !strcmp(what, "fill");
    uint64_t count = strtoull(argv[4], NULL, 10);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], reason, sizeof(reason)) != RD_KAFKA_CONF_OK)
        die("bootstrap.servers", reason);
    if (!is_fill && (rd_kafka_conf_set(conf, "group.id", "bench", reason, sizeof(reason)) != RD_KAFKA_CONF_OK ||
                     rd_kafka_conf_set(conf, "enable.auto.commit", "false", reason, sizeof(reason)) != RD_KAFKA_CONF_OK))
        die("configuration", reason);
    for (int i = 6; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            die(argv[i], "not name=value");
        *equals = '\0';
        if (rd_kafka_conf_set(conf, argv[i], equals + 1, reason, sizeof(reason)) != RD_KAFKA_CONF_OK)
            die(argv[i], reason);
    }
    rd_kafka_t *rk = rd_kafka_new(is_fill ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    if (!rk)
        die("rd_kafka_new", reason);
    if (is_fill) {
        fill(rk, argv[2], count, (size_t)atol(argv[5]));
        rd_kafka_destroy(rk);
        return 0;
    }

    partitions = atoi(argv[5]);
    expected = calloc((size_t)partitions, sizeof(*expected));
    long before = memory_kib("VmRSS");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int32_t p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(list, argv[2], p)->offset = 0;
    if (rd_kafka_assign(rk, list))
        die("assign", "failed");
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);

    int64_t wall = 0, cpu = 0;
    if (!strcmp(what, "idle")) {
        sleep((unsigned)count);
    } else if (!strcmp(what, "drain")) {
        drain(rk, count);
    } else if (!strcmp(what, "pause")) {
        pause_and_resume(rk, count);
    } else {
        int batches = !strcmp(what, "batch");
        consume(rk, queue, batches, count / 10);
        wall = wall_ns(), cpu = cpu_ns();
        uint64_t from = seen;
        consume(rk, queue, batches, count);
        wall = wall_ns() - wall, cpu = cpu_ns() - cpu;
        count -= from;
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("version=%s measured=%" PRIu64 " seen=%" PRIu64 " bytes=%" PRIu64 " wall_ns=%" PRId64 " cpu_ns=%" PRId64
           " rss_kib=%ld rss_before_kib=%ld switches=%ld\n",
           rd_kafka_version_str(), count, seen, bytes, wall, cpu, memory_kib("VmHWM"), before, used.ru_nvcsw + used.ru_nivcsw);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    free(expected);
    return 0;
}
