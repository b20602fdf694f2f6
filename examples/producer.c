/*
 * Produces the lines of a text file (or of standard input) to a Kafka topic and says what became of them.
 *
 *   producer -b localhost:9092 -t demo -K : -z lz4 words.txt
 *   producer --mock 3 -t demo words.txt          (needs no broker: a mock cluster inside this process)
 *
 * Uses nothing but the public API, and runs on any librdkafka.
 */
#define _GNU_SOURCE /* memmem */
#include <errno.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Exit codes. */
enum {
    EXIT_OK = 0,          /* everything was delivered */
    EXIT_UNDELIVERED = 1, /* some messages were not delivered */
    EXIT_USAGE = 2,       /* unknown option or bad value */
    EXIT_FILE = 3,        /* the input cannot be read */
    EXIT_UNREACHABLE = 4, /* no broker answered */
};

#define MAX_PARTITIONS 4096

static const char *usage =
    "Usage: producer [options] [FILE]\n"
    "\n"
    "Sends every line of FILE (default, or -: standard input) as one message.\n"
    "\n"
    "  -b HOST:PORT[,..]  brokers to start from\n"
    "  --mock N           use a mock cluster of N brokers inside this process instead of -b\n"
    "  -t TOPIC           topic to produce to (required)\n"
    "  -p N               partition; without it the partitioner chooses\n"
    "  -K DELIMITER       lines are key<DELIMITER>value\n"
    "  -H NAME=VALUE      header on every message (repeatable)\n"
    "  -z CODEC           compression: none, gzip, snappy, lz4, zstd\n"
    "  -X NAME=VALUE      any configuration property (repeatable)\n"
    "  --reach SECONDS    give up when no broker has answered for this long (default 10)\n"
    "  -q                 no progress lines\n"
    "  -h                 this text\n"
    "\n"
    "Exit code: 0 all delivered, 1 some not delivered, 2 usage, 3 input unreadable, 4 no broker reachable.\n";

struct counters {
    uint64_t sent;
    uint64_t bytes;
    uint64_t delivered;
    uint64_t failed;
    uint64_t per_partition[MAX_PARTITIONS];
    rd_kafka_resp_err_t first_error;
    int last_error;
};

struct options {
    const char *topic;
    const char *delimiter;
    const char *file;
    int32_t partition;
    double reach;
    bool quiet;
    bool has_brokers;
    rd_kafka_headers_t *headers;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Called from rd_kafka_poll() and rd_kafka_flush(), once for every message. */
static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    struct counters *counters = opaque;
    (void)rk;
    if (message->err) {
        if (!counters->failed++)
            counters->first_error = message->err;
        return;
    }
    counters->delivered++;
    if (message->partition >= 0 && message->partition < MAX_PARTITIONS)
        counters->per_partition[message->partition]++;
}

/* Reconnecting repeats the same news; each is told when it differs from the one before. */
static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    struct counters *counters = opaque;
    (void)rk;
    if (err == counters->last_error)
        return;
    counters->last_error = err;
    fprintf(stderr, "producer: %s: %s\n", rd_kafka_err2name(err), reason);
}

static int fail_usage(const char *what, const char *detail) {
    fprintf(stderr, "producer: %s%s%s\n\n%s", what, detail ? ": " : "", detail ? detail : "", usage);
    return EXIT_USAGE;
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char reason[512];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof(reason)) == RD_KAFKA_CONF_OK)
        return EXIT_OK;
    fprintf(stderr, "producer: %s\n", reason);
    return EXIT_USAGE;
}

/* NAME=VALUE, as -X and -H take it. Returns false when there is no '='. */
static bool split_pair(const char *pair, char *name, size_t size, const char **value) {
    const char *equals = strchr(pair, '=');
    if (!equals || equals == pair || (size_t)(equals - pair) >= size)
        return false;
    memcpy(name, pair, (size_t)(equals - pair));
    name[equals - pair] = '\0';
    *value = equals + 1;
    return true;
}

static int apply_option(struct options *o, rd_kafka_conf_t *conf, const char *flag, const char *value) {
    char name[256];
    const char *right;

    if (!strcmp(flag, "-b") || !strcmp(flag, "--mock")) {
        o->has_brokers = true;
        return set(conf, *(flag + 1) == 'b' ? "bootstrap.servers" : "test.mock.num.brokers", value);
    }
    if (!strcmp(flag, "-z"))
        return set(conf, "compression.codec", value);
    if (!strcmp(flag, "-X")) {
        if (!split_pair(value, name, sizeof(name), &right))
            return fail_usage("-X wants NAME=VALUE", value);
        if (!strcmp(name, "bootstrap.servers") || !strcmp(name, "metadata.broker.list"))
            o->has_brokers = true;
        return set(conf, name, right);
    }
    if (!strcmp(flag, "-H")) {
        if (!split_pair(value, name, sizeof(name), &right))
            return fail_usage("-H wants NAME=VALUE", value);
        if (!o->headers)
            o->headers = rd_kafka_headers_new(4);
        rd_kafka_header_add(o->headers, name, -1, right, -1);
        return EXIT_OK;
    }
    if (!strcmp(flag, "-t"))
        o->topic = value;
    else if (!strcmp(flag, "-K"))
        o->delimiter = value;
    else if (!strcmp(flag, "-p") || !strcmp(flag, "--reach")) {
        char *end;
        double number = strtod(value, &end);
        if (end == value || *end || number < 0 || number > INT32_MAX)
            return fail_usage("not a number", value);
        if (flag[1] == 'p')
            o->partition = (int32_t)number;
        else
            o->reach = number;
    } else
        return fail_usage("unknown option", flag);
    return EXIT_OK;
}

/* The option that an argument names, and its value when it is attached (-K:, --mock=3). NULL: no such option. */
static const char *option_name(const char *arg, const char **value) {
    static const char *const names[] = {"-b", "-t", "-p", "-K", "-H", "-z", "-X", "--mock", "--reach"};
    for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
        size_t length = strlen(names[k]);
        bool is_long = names[k][1] == '-';
        if (strncmp(arg, names[k], length))
            continue;
        if (!arg[length])
            return names[k];
        if (is_long && arg[length] != '=')
            continue;
        *value = arg + length + (is_long ? 1 : 0);
        return names[k];
    }
    return NULL;
}

static int parse(int argc, char **argv, struct options *o, rd_kafka_conf_t *conf) {
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (!strcmp(arg, "-h") || !strcmp(arg, "--help")) {
            fputs(usage, stdout);
            exit(EXIT_OK);
        } else if (!strcmp(arg, "-q")) {
            o->quiet = true;
        } else if (arg[0] != '-' || !strcmp(arg, "-")) {
            if (o->file)
                return fail_usage("more than one input file", arg);
            o->file = arg;
        } else {
            const char *value = NULL;
            const char *flag = option_name(arg, &value);
            if (!flag)
                return fail_usage("unknown option", arg);
            if (!value && i + 1 == argc)
                return fail_usage("option wants a value", arg);
            int code = apply_option(o, conf, flag, value ? value : argv[++i]);
            if (code)
                return code;
        }
    }
    if (!o->topic)
        return fail_usage("no topic (-t)", NULL);
    if (!o->has_brokers)
        return fail_usage("no brokers (-b HOST:PORT, or --mock N)", NULL);
    if (o->delimiter && !*o->delimiter)
        return fail_usage("-K wants a delimiter", NULL);
    return EXIT_OK;
}

/* Asks the cluster for its metadata: an unreachable broker is better told now than after message.timeout.ms. */
static int reach(rd_kafka_t *rk, const struct options *o) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, NULL, &metadata, (int)(o->reach * 1000));
    if (err) {
        rd_kafka_poll(rk, 0); /* the error callback has the particulars */
        fprintf(stderr, "producer: no broker could be reached within %g s: %s\n", o->reach, rd_kafka_err2str(err));
        return EXIT_UNREACHABLE;
    }
    fprintf(stderr, "connected: %d broker%s\n", metadata->broker_cnt, metadata->broker_cnt == 1 ? "" : "s");
    rd_kafka_metadata_destroy(metadata);
    return EXIT_OK;
}

static rd_kafka_resp_err_t send_line(rd_kafka_t *rk, const struct options *o, const char *line, size_t length) {
    const char *key = NULL, *value = line;
    size_t key_length = 0;

    if (o->delimiter) {
        const char *found = memmem(line, length, o->delimiter, strlen(o->delimiter));
        if (found) {
            key = line;
            key_length = (size_t)(found - line);
            value = found + strlen(o->delimiter);
            length -= (size_t)(value - line);
        }
    }
    rd_kafka_headers_t *headers = o->headers ? rd_kafka_headers_copy(o->headers) : NULL;
    rd_kafka_resp_err_t err;
    for (;;) {
        err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(o->topic), RD_KAFKA_V_PARTITION(o->partition),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_length),
                                RD_KAFKA_V_VALUE((void *)value, length), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL || interrupted)
            break;
        rd_kafka_poll(rk, 100); /* space returns as delivery reports are served */
    }
    if (err && headers)
        rd_kafka_headers_destroy(headers); /* ownership passes on success only */
    return err;
}

static void progress(rd_kafka_t *rk, const struct counters *c, double began, const char *what) {
    double elapsed = seconds_now() - began;
    fprintf(stderr, "%s %6.1f s: %" PRIu64 " sent, %" PRIu64 " delivered, %" PRIu64 " failed, %d in queue, %.0f msgs/s\n",
            what, elapsed, c->sent, c->delivered, c->failed, rd_kafka_outq_len(rk),
            elapsed > 0 ? (double)c->delivered / elapsed : 0.0);
}

static int send_all(rd_kafka_t *rk, const struct options *o, struct counters *c, FILE *input, double began) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    double next_report = began + 1;
    int code = EXIT_OK;

    while (!interrupted && (length = getline(&line, &capacity, input)) >= 0) {
        if (length > 0 && line[length - 1] == '\n')
            length--;
        rd_kafka_resp_err_t err = send_line(rk, o, line, (size_t)length);
        if (err) {
            fprintf(stderr, "producer: line %" PRIu64 ": %s\n", c->sent + 1, rd_kafka_err2str(err));
            code = EXIT_UNDELIVERED;
            break;
        }
        c->sent++;
        c->bytes += (uint64_t)length;
        if ((c->sent & 1023) == 0) {
            rd_kafka_poll(rk, 0);
            if (!o->quiet && seconds_now() >= next_report) {
                progress(rk, c, began, "...");
                next_report += 1;
            }
        }
    }
    if (ferror(input)) {
        fprintf(stderr, "producer: cannot read %s: %s\n", o->file, strerror(errno));
        code = EXIT_FILE;
    }
    free(line);
    return code;
}

static void print_result(rd_kafka_t *rk, const struct options *o, const struct counters *c, double began) {
    double elapsed = seconds_now() - began;
    progress(rk, c, began, "end");
    printf("%" PRIu64 " of %" PRIu64 " messages delivered to %s in %.2f s: %.0f msgs/s, %.2f MB/s\n", c->delivered, c->sent,
           o->topic, elapsed, (double)c->delivered / elapsed, (double)c->bytes / elapsed / 1e6);
    for (int p = 0; p < MAX_PARTITIONS; p++)
        if (c->per_partition[p])
            printf("  partition %d: %" PRIu64 "\n", p, c->per_partition[p]);
    if (c->failed)
        printf("  not delivered: %" PRIu64 ", first reason: %s\n", c->failed, rd_kafka_err2str(c->first_error));
}

static int run(rd_kafka_t *rk, const struct options *o, struct counters *c) {
    FILE *input = stdin;
    int code;

    if (o->file && strcmp(o->file, "-") && !(input = fopen(o->file, "r"))) {
        fprintf(stderr, "producer: cannot read %s: %s\n", o->file, strerror(errno));
        return EXIT_FILE;
    }
    if ((code = reach(rk, o)) == EXIT_OK) {
        double began = seconds_now();
        code = send_all(rk, o, c, input, began);
        while (!interrupted && rd_kafka_flush(rk, 1000) == RD_KAFKA_RESP_ERR__TIMED_OUT)
            if (!o->quiet)
                progress(rk, c, began, "...");
        if (rd_kafka_outq_len(rk) > 0) {
            rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
            rd_kafka_flush(rk, 1000);
        }
        print_result(rk, o, c, began);
        if (!code && c->delivered != c->sent)
            code = EXIT_UNDELIVERED;
    }
    if (input != stdin)
        fclose(input);
    return code;
}

int main(int argc, char **argv) {
    static struct counters counters;
    struct options options = {.partition = RD_KAFKA_PARTITION_UA, .reach = 10};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[512];

    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_opaque(conf, &counters);
    int code = parse(argc, argv, &options, conf);
    if (code) {
        rd_kafka_conf_destroy(conf);
        if (options.headers)
            rd_kafka_headers_destroy(options.headers);
        return code;
    }
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);

    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    if (!rk) {
        fprintf(stderr, "producer: %s\n", reason);
        rd_kafka_conf_destroy(conf);
        if (options.headers)
            rd_kafka_headers_destroy(options.headers);
        return EXIT_USAGE;
    }
    fprintf(stderr, "librdkafka %s\n", rd_kafka_version_str());
    code = run(rk, &options, &counters);
    rd_kafka_destroy(rk);
    if (options.headers)
        rd_kafka_headers_destroy(options.headers);
    return code;
}
