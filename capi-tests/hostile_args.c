/* test: tool */
/*
 * Calls every function with arguments that no application should pass: hostile_args [PATTERN [SHARE SHARES]]
 * In the environment of a checker (CHECKED) there is more time, and memory is the checker's affair.
 * The calls are generated from the prototypes (harness/hostile.py). Each runs in a child process of its own, and what
 * came of it is one line on standard output: `function variant: result`, or the signal, or `hangs`.
 */
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

static char scratch[4096];
static char errstr[512];

static void no_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf) {
    (void)rk, (void)level, (void)fac, (void)buf;
}

/* Live objects, one of each kind. */
static rd_kafka_t *live_rk(void) {
    static rd_kafka_t *rk;
    if (!rk) {
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(conf, no_log);
        rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
        if (!rk)
            _exit(99);
    }
    return rk;
}

static rd_kafka_topic_partition_list_t *live_list(void) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0);
    return list;
}

#define live_conf() rd_kafka_conf_new()
#define live_topic_conf() rd_kafka_topic_conf_new()
#define live_topic() rd_kafka_topic_new(live_rk(), "t", NULL)
#define live_headers() rd_kafka_headers_new(1)
#define live_partition() (&live_list()->elems[0])
#define live_queue() rd_kafka_queue_new(live_rk())
#define live_mock() rd_kafka_mock_cluster_new(live_rk(), 1)
#define live_uuid() rd_kafka_Uuid_new(1, 2)
#define live_error() rd_kafka_error_new(RD_KAFKA_RESP_ERR__TIMED_OUT, "text")
#define live_options() rd_kafka_AdminOptions_new(live_rk(), RD_KAFKA_ADMIN_OP_ANY)
#define live_new_topic() rd_kafka_NewTopic_new("t", 1, -1, NULL, 0)
#define live_new_partitions() rd_kafka_NewPartitions_new("t", 2, NULL, 0)
#define live_delete_topic() rd_kafka_DeleteTopic_new("t")
#define live_resource() rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, "t")
#define live_group_metadata() rd_kafka_consumer_group_metadata_new("g")
#define live_acl()                                                                                                     \
    rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_TOPIC, "t", RD_KAFKA_RESOURCE_PATTERN_LITERAL, "p", "h",                \
                            RD_KAFKA_ACL_OPERATION_READ, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, NULL, 0)
#define live_file() fopen("/dev/null", "w")

static FILE *out;

static void show_number(long long n) {
    fprintf(out, "%lld", n);
}
static void show_text(const char *s) {
    if (s)
        fprintf(out, "\"%s\"", s);
    else
        fprintf(out, "NULL");
}
static void show_pointer(const void *p) {
    fprintf(out, p ? "object" : "NULL");
}
static void show_error(const rd_kafka_error_t *error) {
    if (error)
        fprintf(out, "error %s \"%s\"", rd_kafka_error_name(error), rd_kafka_error_string(error));
    else
        fprintf(out, "NULL");
}

struct call {
    const char *name;
    const char *variant;
    void (*run)(void);
};

#include "hostile_calls.h"

static void child(const struct call *call, int fd) {
    struct rlimit none = {0, 0}, memory = {3ul << 30, 3ul << 30};
    setrlimit(RLIMIT_CORE, &none);
    if (!getenv("CHECKED"))
        setrlimit(RLIMIT_AS, &memory);
    /* What the library itself prints goes nowhere; the report has a way of its own. */
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
        _exit(98);
    out = fdopen(fd, "w");
    call->run();
    if (*errstr)
        fprintf(out, " errstr \"%s\"", errstr);
    fflush(out);
    _exit(0);
}

/* A call hangs when nothing came of it for so many naps of 5 ms, which take longer on a busy machine, as everything does. */
#define NAP_MS 5
#define NAPS ((getenv("CHECKED") ? 60 : 3) * 1000 / NAP_MS)

/* What the child says until its end, or until it hangs and is ended. Returns the number of bytes. */
static ssize_t listen_to(pid_t pid, int fd, char *text, ssize_t space) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    ssize_t n = 0, got;
    for (int naps = 0; n < space;) {
        if (poll(&poll_fd, 1, NAP_MS) == 0) {
            if (++naps == NAPS)
                kill(pid, SIGALRM);
            continue;
        }
        if ((got = read(fd, text + n, space - n)) <= 0)
            break;
        n += got;
    }
    return n;
}

static void attempt(const struct call *call) {
    int fds[2], status;
    char text[1024];

    if (pipe(fds))
        abort();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        child(call, fds[1]);
    }
    close(fds[1]);
    ssize_t n = listen_to(pid, fds[0], text, sizeof(text) - 1);
    text[n] = '\0';
    close(fds[0]);
    waitpid(pid, &status, 0);
    for (ssize_t i = 0; i < n; i++)
        if (text[i] == '\n')
            text[i] = ' ';
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        printf("%s %s: hangs\n", call->name, call->variant);
    else if (WIFSIGNALED(status))
        printf("%s %s: crashes (%s)\n", call->name, call->variant, strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status))
        printf("%s %s: exits with %d\n", call->name, call->variant, WEXITSTATUS(status));
    else
        printf("%s %s: %s\n", call->name, call->variant, text);
}

/* Valgrind translates what runs, and a child has what its parent had translated. Most calls need an instance, and its start is most of
 * what has to be translated for them. No thread of it is left when the first child begins. */
static void warm_up(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, no_log);
    rd_kafka_destroy(rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0));
}

int main(int argc, char **argv) {
    if (getenv("UNDER_VALGRIND"))
        warm_up();
    size_t share = argc > 3 ? strtoul(argv[2], NULL, 10) : 0, shares = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (i % shares == share && (argc < 2 || !fnmatch(argv[1], calls[i].name, 0)))
            attempt(&calls[i]);
    return 0;
}
