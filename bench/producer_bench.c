/*
 * Produces as fast as it can and says what it cost. Public API only: runs on any librdkafka.
 *
 *   producer_bench BROKERS TOPIC COUNT SIZE PARTITIONS [rate=MESSAGES_PER_SECOND] [hot=PERCENT] [latency=1]
 *                  [text=1] [broker=PID] [name=value ...]
 *
 * hot: so much of it goes to partition 0. latency: tells percentiles of the time from produce to report, for partition 0 and for the others.
 * text: another piece of a text of made-up words in each message. Otherwise all messages are alike.
 * broker: tells the CPU time that this process has used meanwhile.
 * The clock starts when the topic is known and every partition has taken one message, and stops with the last report.
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static uint64_t delivered, failed;

/* Microseconds: of partition 0 (if it is hot), of the others. */
static struct {
    int32_t *us;
    size_t n;
} latency[2];
static int hot, wants_latency, is_text;

/* So much text is made; messages are pieces of it. */
enum { TEXT = 4 << 20, WORDS = 4096, LETTERS = 10 };

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk;
    (void)opaque;
    if (message->err)
        failed++;
    else
        delivered++;
    if (wants_latency && !message->err) {
        int which = hot && message->partition == 0 ? 0 : 1;
        latency[which].us[latency[which].n++] = (int32_t)rd_kafka_message_latency(message);
    }
}

static int ascending(const void *a, const void *b) {
    return (*(const int32_t *)a > *(const int32_t *)b) - (*(const int32_t *)a < *(const int32_t *)b);
}

static int32_t per_mille(int which, size_t share) {
    size_t n = latency[which].n;
    if (!n)
        return 0;
    qsort(latency[which].us, n, sizeof(int32_t), ascending);
    return latency[which].us[(n - 1) * share / 1000];
}

static int64_t wall_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t cpu_ns(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000LL + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000LL;
}

/* Of another process, threads that have ended included. */
static int64_t cpu_ns_of(int pid) {
    char path[64];
    unsigned long user, system;
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    /* The command's name, in parentheses, has no blank here. */
    int found = file ? fscanf(file, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user, &system) : 0;
    if (file)
        fclose(file);
    return found == 2 ? (int64_t)(user + system) * (1000000000LL / sysconf(_SC_CLK_TCK)) : -1;
}

/* Peak resident set; getrusage would count what the parent had before exec. */
static long peak_kib(void) {
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

static uint32_t random_below(uint32_t limit) {
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 32) * limit >> 32);
}

/* Words that are made up. Few of them come often and most seldom, as in a language. */
static char *make_text(void) {
    static char words[WORDS][LETTERS + 1];
    for (int i = 0; i < WORDS; i++)
        for (uint32_t n = 2 + random_below(LETTERS - 2); n; n--)
            words[i][n - 1] = "eeeettaaooiinnsshhrrddlucmfwyp"[random_below(30)];
    char *text = malloc(TEXT + LETTERS + 2);
    for (size_t n = 0; text && n < TEXT;) {
        uint32_t rank = random_below(WORDS);
        for (int i = 0; i < 3; i++)
            rank = random_below(rank + 1);
        n += (size_t)sprintf(text + n, "%s ", words[rank]);
    }
    return text;
}

static void die(const char *what, const char *why) {
    fprintf(stderr, "producer_bench: %s: %s\n", what, why);
    exit(1);
}

static void produce(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int32_t partition, char *value, size_t size) {
    while (rd_kafka_produce(rkt, partition, RD_KAFKA_MSG_F_COPY, value, size, NULL, 0, NULL)) {
        rd_kafka_resp_err_t err = rd_kafka_last_error();
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            die("produce", rd_kafka_err2str(err));
        rd_kafka_poll(rk, 10);
    }
}

int main(int argc, char **argv) {
    char reason[512];
    if (argc < 6)
        die("usage", "producer_bench BROKERS TOPIC COUNT SIZE PARTITIONS [name=value ...]");
    uint64_t count = strtoull(argv[3], NULL, 10);
    size_t size = (size_t)atol(argv[4]);
    int32_t partitions = atoi(argv[5]);
    double rate = 0; /* 0: as fast as it goes */
    int broker = 0;

    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], reason, sizeof(reason)) != RD_KAFKA_CONF_OK)
        die("bootstrap.servers", reason);
    for (int i = 6; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            die(argv[i], "not name=value");
        *equals = '\0';
        if (!strcmp(argv[i], "rate")) {
            rate = strtod(equals + 1, NULL);
            continue;
        }
        if (!strcmp(argv[i], "hot")) {
            hot = atoi(equals + 1);
            continue;
        }
        if (!strcmp(argv[i], "latency")) {
            wants_latency = atoi(equals + 1);
            continue;
        }
        if (!strcmp(argv[i], "text")) {
            is_text = atoi(equals + 1);
            continue;
        }
        if (!strcmp(argv[i], "broker")) {
            broker = atoi(equals + 1);
            continue;
        }
        if (rd_kafka_conf_set(conf, argv[i], equals + 1, reason, sizeof(reason)) != RD_KAFKA_CONF_OK)
            die(argv[i], reason);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    if (!rk)
        die("rd_kafka_new", reason);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, argv[2], NULL);
    char *value = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        value[i] = (char)(' ' + i % 90);
    char *text = is_text ? make_text() : NULL;
    if (is_text && (!text || size > TEXT / 2))
        die("text", "no memory for messages of this size");

    for (int i = 0; i < 2; i++)
        if (!(latency[i].us = malloc((count + (uint64_t)partitions) * sizeof(int32_t))))
            die("latencies", "no memory");
    for (int32_t p = 0; p < partitions; p++)
        produce(rk, rkt, p, value, size);
    if (rd_kafka_flush(rk, 120000))
        die("warm-up", "not delivered");
    delivered = 0;
    latency[0].n = latency[1].n = 0;

    int64_t wall = wall_ns(), cpu = cpu_ns(), theirs = broker ? cpu_ns_of(broker) : 0;
    int32_t partition = 0;
    for (uint64_t i = 0; i < count; i++) {
        int32_t to = hot && (int)(i % 100) < hot ? 0 : partition;
        produce(rk, rkt, to, text ? text + i * 1009 % (TEXT - size) : value, size);
        if (!hot || to)
            partition = partition + 1 < partitions ? partition + 1 : hot ? 1 : 0;
        else if (!partition)
            partition = 1;
        if (i % 1024 == 0)
            rd_kafka_poll(rk, 0);
        while (rate > 0 && (double)i > (double)(wall_ns() - wall) * rate / 1e9)
            rd_kafka_poll(rk, 1);
    }
    if (rd_kafka_flush(rk, 120000))
        die("flush", "not delivered");
    wall = wall_ns() - wall;
    cpu = cpu_ns() - cpu;
    if (broker)
        printf("broker_cpu_ns=%" PRId64 " ", cpu_ns_of(broker) - theirs);

    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    if (wants_latency)
        printf("p50_us=%d p90_us=%d p99_us=%d p999_us=%d hot_p99_us=%d ", per_mille(1, 500), per_mille(1, 900), per_mille(1, 990),
               per_mille(1, 999), per_mille(0, 990));
    printf("version=%s delivered=%" PRIu64 " failed=%" PRIu64 " wall_ns=%" PRId64 " cpu_ns=%" PRId64 " rss_kib=%ld switches=%ld\n",
           rd_kafka_version_str(), delivered, failed, wall, cpu, peak_kib(), used.ru_nvcsw + used.ru_nivcsw);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    free(value);
    free(text);
    free(latency[0].us);
    free(latency[1].us);
    return failed || delivered != count;
}
