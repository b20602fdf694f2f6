/* test: alone valgrind on-mock limit=90 */
/*
 * client.io.threads: a few threads serve the brokers of many instances. How many there are and what they are called, that an instance
 * is told of them, that none waits for another's name server or broker, that a child of fork() has its own, and that nothing is left at the end.
 */
#include "common.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netdb.h>
#include <sys/wait.h>

#define INSTANCES 20
#define IO_THREADS 2
#define EACH 50 /* messages of an instance */

static const char *brokers;
static int delivered[INSTANCES + 1];

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)opaque;
    CHECK(!m->err, "%s: %s", rd_kafka_name(rk), rd_kafka_message_errstr(m));
    ++*(int *)rd_kafka_opaque(rk);
}

/* --- threads, as the system knows them and as interceptors are told of them --- */

static int count_threads(const char *prefix) {
    DIR *tasks = opendir("/proc/self/task");
    int n = 0;
    CHECK(tasks, "/proc/self/task");
    for (struct dirent *task; (task = readdir(tasks));) {
        char path[300], name[32] = "";
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        n += fgets(name, sizeof(name), file) && !strncmp(name, prefix, strlen(prefix));
        fclose(file);
    }
    closedir(tasks);
    return n;
}

/* A thread has its name when it first runs, and is there for a moment after it was joined. */
static void await_threads(const char *prefix, int n) {
    AWAIT(count_threads(prefix) == n, "%d threads of %s, and not %d", count_threads(prefix), prefix, n);
}

static void await_the_end(void) {
    CHECK(!rd_kafka_thread_cnt(), "%d threads are left", rd_kafka_thread_cnt());
    await_threads("rdk:", 0);
}

static int descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    int n = 0;
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static int begun, ended;

static rd_kafka_resp_err_t on_thread_start(rd_kafka_t *rk, rd_kafka_thread_type_t type, const char *name, void *opaque) {
    (void)rk, (void)opaque;
    /* Interceptors bring a thread along for partitions without a leader. */
    if (type != RD_KAFKA_THREAD_BROKER || !strcmp(name, ":0/internal"))
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    CHECK(!strcmp(name, "io1") || !strcmp(name, "io2"), "a broker's thread is called %s", name);
    __atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_thread_exit(rd_kafka_t *rk, rd_kafka_thread_type_t type, const char *name, void *opaque) {
    (void)rk, (void)opaque;
    if (type == RD_KAFKA_THREAD_BROKER && !strncmp(name, "io", 2))
        __atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *reason, size_t size) {
    (void)conf, (void)opaque, (void)reason, (void)size;
    rd_kafka_interceptor_add_on_thread_start(rk, "io", on_thread_start, NULL);
    rd_kafka_interceptor_add_on_thread_exit(rk, "io", on_thread_exit, NULL);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_conf_t *configured(const char *servers, const char *threads, int *counter) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", servers, "client.io.threads", threads, "linger.ms", "0", NULL);
    rd_kafka_conf_set_opaque(conf, counter);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return conf;
}

static void produce(rd_kafka_t *rk, int n) {
    for (int i = 0; i < n; i++) {
        rd_kafka_resp_err_t err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(i % 2), RD_KAFKA_V_VALUE("v", 1),
                                                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        CHECK(!err, "produce: %s", rd_kafka_err2name(err));
    }
}

static void flush(rd_kafka_t *rk) {
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, hang_ms());
    CHECK(!err, "flush: %s", rd_kafka_err2name(err));
}

static void many_instances(void) {
    rd_kafka_t *all[INSTANCES];
    for (int i = 0; i < INSTANCES; i++) {
        rd_kafka_conf_t *conf = configured(brokers, "2", &delivered[i]);
        rd_kafka_conf_interceptor_add_on_new(conf, "io", on_new, NULL);
        /* Connections to all brokers, not only to those that are needed. */
        conf_set(conf, "enable.sparse.connections", "false");
        all[i] = new_producer(conf);
    }
    for (int i = 0; i < INSTANCES; i++)
        produce(all[i], EACH);
    for (int i = 0; i < INSTANCES; i++) {
        flush(all[i]);
        CHECK(delivered[i] == EACH, "instance %d: %d delivered", i, delivered[i]);
    }
    await_threads("rdk:io", IO_THREADS);
    await_threads("rdk:main", INSTANCES);
    /* Those for partitions without a leader. */
    await_threads("rdk:broker", INSTANCES);
    for (int i = 0; i < INSTANCES; i++)
        rd_kafka_destroy(all[i]);
    CHECK(begun >= INSTANCES && begun <= INSTANCES * IO_THREADS && begun == ended, "%d begun, %d ended", begun, ended);
    await_the_end();
}

/* --- names are resolved elsewhere --- */

static int resolving, may_answer;

static int slow_resolver(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res, void *opaque) {
    (void)opaque;
    if (!node) {
        if (*res)
            freeaddrinfo(*res);
        return 0;
    }
    __atomic_add_fetch(&resolving, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&may_answer, __ATOMIC_SEQ_CST))
        sleep_ms(2);
    return getaddrinfo("127.0.0.1", service, hints, res);
}

/* An instance whose name server does not answer does not keep another one of the same thread from its work, nor from its end. */
static void slow_names(void) {
    int of_slow = 0, of_other = 0;
    char named[64];
    snprintf(named, sizeof(named), "somewhere.invalid%s", strchr(brokers, ':'));
    *strchr(named, ',') = '\0';
    rd_kafka_conf_t *conf = configured(named, "1", &of_slow);
    rd_kafka_conf_set_resolve_cb(conf, slow_resolver);
    rd_kafka_t *slow = new_producer(conf);
    produce(slow, 1);
    AWAIT(__atomic_load_n(&resolving, __ATOMIC_SEQ_CST), "the name is not resolved");
    rd_kafka_t *other = new_producer(configured(brokers, "1", &of_other));
    await_threads("rdk:io", 1);
    produce(other, EACH);
    flush(other);
    CHECK(of_other == EACH && !of_slow, "%d and %d delivered", of_other, of_slow);
    rd_kafka_destroy(other);
    __atomic_store_n(&may_answer, 1, __ATOMIC_SEQ_CST);
    flush(slow);
    CHECK(of_slow == 1, "%d delivered", of_slow);
    rd_kafka_destroy(slow);
    await_the_end();
}

/* Nor does one whose broker takes a connection and never says anything. */
static void silent_broker(void) {
    int of_silent = 0, of_other = 0, server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    CHECK(server >= 0 && !bind(server, (struct sockaddr *)&address, length) && !listen(server, 1) &&
              !getsockname(server, (struct sockaddr *)&address, &length),
          "no server");
    char silent[32];
    snprintf(silent, sizeof(silent), "127.0.0.1:%d", ntohs(address.sin_port));
    rd_kafka_t *waiting = new_producer(configured(silent, "1", &of_silent));
    produce(waiting, 1);
    int connection = accept(server, NULL, NULL);
    CHECK(connection >= 0, "accept");
    rd_kafka_t *other = new_producer(configured(brokers, "1", &of_other));
    produce(other, EACH);
    flush(other);
    await_threads("rdk:io", 1);
    CHECK(of_other == EACH && !of_silent, "%d and %d delivered", of_other, of_silent);
    rd_kafka_destroy(other);
    rd_kafka_destroy(waiting);
    close(connection), close(server);
    await_the_end();
}

/* The end of an instance waits for the application's resolver: nobody calls it afterwards. */
static int answered;

static int counting_resolver(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res, void *opaque) {
    if (node) {
        __atomic_store_n(&resolving, 1, __ATOMIC_SEQ_CST);
        sleep_ms(200);
    }
    int err = node ? getaddrinfo("127.0.0.1", service, hints, res) : slow_resolver(node, service, hints, res, opaque);
    __atomic_store_n(&answered, 1, __ATOMIC_SEQ_CST);
    return err;
}

static void destroyed_while_resolving(void) {
    int ignored = 0;
    rd_kafka_conf_t *conf = configured("somewhere.invalid:1", "1", &ignored);
    rd_kafka_conf_set_resolve_cb(conf, counting_resolver);
    resolving = 0;
    rd_kafka_t *rk = new_producer(conf);
    AWAIT(__atomic_load_n(&resolving, __ATOMIC_SEQ_CST), "the name is not resolved");
    rd_kafka_destroy(rk);
    CHECK(answered, "destroyed before the resolver has answered");
}

/* --- fork --- */

#define FORKS 30

static int forks_are_over;

/* getaddrinfo() of the C library has a lock of its own, which a child may find held for ever. */
static int resolver_without_locks(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res, void *opaque) {
    struct answer {
        struct addrinfo info;
        struct sockaddr_in address;
    } *answer;
    (void)hints, (void)opaque;
    if (!node) {
        free(*res);
        return 0;
    }
    answer = calloc(1, sizeof(*answer));
    answer->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(node), .sin_port = htons((uint16_t)atoi(service))};
    answer->info = (struct addrinfo){.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_addrlen = sizeof(answer->address)};
    answer->info.ai_addr = (struct sockaddr *)&answer->address;
    *res = &answer->info;
    return 0;
}

static void come_once(void) {
    int count = 0;
    rd_kafka_conf_t *conf = configured(brokers, "1", &count);
    rd_kafka_conf_set_resolve_cb(conf, resolver_without_locks);
    rd_kafka_t *rk = new_producer(conf);
    produce(rk, 1);
    flush(rk);
    rd_kafka_destroy(rk);
    CHECK(count == 1, "%d delivered", count);
}

static void *come_and_go(void *unused) {
    while (!__atomic_load_n(&forks_are_over, __ATOMIC_SEQ_CST))
        come_once();
    return unused;
}

/* A child has threads of its own, whatever those of its parent were doing: they may have held any lock. */
__attribute__((unused)) static void forked(void) {
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, come_and_go, NULL), "no thread");
    for (int i = 0; i < FORKS; i++) {
        sleep_ms(i % 7);
        pid_t child = fork();
        CHECK(child >= 0, "fork");
        if (!child) {
            alarm((unsigned)(give_up_at() - now_s()));
            come_once();
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && !status, "child %d ended with %d", i, status);
    }
    __atomic_store_n(&forks_are_over, 1, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    await_the_end();
}

/* --- instances with and without --- */

static void mixed(void) {
    int counts[3] = {0};
    rd_kafka_t *with = new_producer(configured(brokers, "1", &counts[0])), *without = new_producer(configured(brokers, "0", &counts[1]));
    produce(with, EACH), produce(without, EACH);
    flush(with), flush(without);
    await_threads("rdk:io", 1);
    CHECK(count_threads("rdk:broker") >= 1, "threads of an instance without");
    /* Whoever wants the most counts. */
    rd_kafka_t *more = new_producer(configured(brokers, "2", &counts[2]));
    produce(more, EACH);
    flush(more);
    await_threads("rdk:io", 2);
    rd_kafka_destroy(more);
    produce(with, EACH);
    flush(with);
    rd_kafka_destroy(with);
    await_threads("rdk:io", 0);
    CHECK(count_threads("rdk:broker") >= 1, "threads of an instance without");
    rd_kafka_destroy(without);
    await_the_end();
    CHECK(counts[0] == 2 * EACH && counts[1] == EACH && counts[2] == EACH, "%d, %d, %d delivered", counts[0], counts[1], counts[2]);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: io_threads BROKERS");
    brokers = argv[1];
    mixed();
    int before = descriptors();
    many_instances();
    slow_names();
    silent_broker();
    destroyed_while_resolving();
#ifndef __SANITIZE_ADDRESS__ /* whose allocator has locks that a child may find held */
    if (!getenv("UNDER_VALGRIND")) /* to which a child leaks what its parent's threads had */
        forked();
#endif
    CHECK(descriptors() == before, "%d descriptors before, %d after", before, descriptors());
    return 0;
}
