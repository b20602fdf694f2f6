/* test: alone engines on-mock limit=120 */
/* Threads or descriptors run out while a producer starts, and can be had again later. Either rd_kafka_new() refuses and leaves
 * nothing behind, or nothing is fatal, the application is told, and every message is delivered once there is enough again. */
#include "deliveries.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

/* So many threads can be had, then so many cannot, then all can again. */
static _Atomic int threads_left, threads_refused;
static double refused_at;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real)
        real = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, "pthread_create");
    if (threads_left > 0)
        threads_left--;
    else if (threads_refused > 0) {
        /* A thread is asked for by one thread of the library at a time. */
        CHECK(now_s() - refused_at > 0.9, "asked for a thread %.3f s after none could be had", now_s() - refused_at);
        refused_at = now_s();
        threads_refused--;
        return EAGAIN;
    }
    return real(thread, attr, start, arg);
}

static int told; /* of threads that could not be created */
static int failures; /* errors of any kind */

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    char text[256];
    (void)opaque;
    CHECK(err != RD_KAFKA_RESP_ERR__FATAL && !rd_kafka_fatal_error(rk, text, sizeof(text)), "fatal: %s", reason);
    failures++;
    if (err != RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE)
        return;
    if (threads_left >= 0) {
        CHECK(!strcmp(reason, "Unable to create broker thread"), "told: %s", reason);
    }
    told++;
}

static int descriptors(void) {
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static rd_kafka_t *make(const char *brokers, const char *transactional_id, char *reason, size_t size) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, "reconnect.backoff.ms", "20", "reconnect.backoff.max.ms",
                                       "50", NULL);
    conf_from_environment(conf);
    if (transactional_id)
        conf_set(conf, "transactional.id", transactional_id);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, size);
    if (!rk)
        rd_kafka_conf_destroy(conf);
    return rk;
}

static void produce(rd_kafka_t *rk, int from, int to) {
    for (int i = from; i < to; i++) {
        rd_kafka_resp_err_t err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(i % 2),
                                                    RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_END);
        CHECK(!err, "produce: %s", rd_kafka_err2name(err));
    }
}

static void check_delivered(rd_kafka_t *rk, int count) {
    await_deliveries(rk, count);
    for (int i = 0; i < count; i++)
        CHECK(deliveries[i].reports == 1 && !deliveries[i].err, "message %d: %s", i, rd_kafka_err2name(deliveries[i].err));
    forget_deliveries();
}

static void transact(rd_kafka_t *rk) {
    rd_kafka_error_t *e = rd_kafka_init_transactions(rk, hang_ms());
    CHECK(!e, "init_transactions: %s", rd_kafka_error_string(e));
    e = rd_kafka_begin_transaction(rk);
    CHECK(!e, "begin_transaction: %s", rd_kafka_error_string(e));
    produce(rk, 0, 6);
    e = rd_kafka_commit_transaction(rk, hang_ms());
    CHECK(!e, "commit_transaction: %s", rd_kafka_error_string(e));
}

/* `left` threads can be had, the next two cannot. */
static void threads_run_out(const char *brokers, const char *transactional_id, int left) {
    char reason[512] = "";
    int before = descriptors();
    told = 0;
    refused_at = 0;
    threads_left = left;
    threads_refused = 2;
    rd_kafka_t *rk = make(brokers, transactional_id, reason, sizeof(reason));
    CHECK(!rk == (left == 0), "%d threads: %s", left, rk ? "made" : reason);
    if (rk) {
        if (transactional_id)
            transact(rk);
        else
            produce(rk, 0, 6);
        check_delivered(rk, 6);
        /* What was refused was said, each time. */
        int refused = 2 - threads_refused;
        CHECK(told == refused, "%d threads: %d refused, told of %d", left, refused, told);
        rd_kafka_destroy(rk);
    } else
        CHECK(rd_kafka_last_error() == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, "%s", reason);
    threads_left = threads_refused = 0;
    CHECK(descriptors() == before, "%d threads: %d descriptors before, %d after", left, before, descriptors());
}

#define LIMIT 128
static int taken[LIMIT], taken_count;

/* Leaves so many descriptors to the process. */
static void take_descriptors(int left) {
    int fd;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        taken[taken_count++] = fd;
    CHECK(errno == EMFILE && taken_count >= left, "open: %s", strerror(errno));
    for (; left; left--)
        close(taken[--taken_count]);
}

static void give_descriptors(void) {
    while (taken_count)
        close(taken[--taken_count]);
}

static void descriptors_run_out(const char *brokers, const char *transactional_id, int left) {
    char reason[512] = "";
    int before = descriptors();
    failures = 0;
    take_descriptors(left);
    rd_kafka_t *rk = make(brokers, transactional_id, reason, sizeof(reason));
    CHECK(rk || left < 2, "%d descriptors: %s", left, reason);
    if (rk && transactional_id) {
        /* Time for every attempt to fail. */
        rd_kafka_error_t *e = rd_kafka_init_transactions(rk, 300);
        CHECK(!e || rd_kafka_error_is_retriable(e), "init_transactions: %s", rd_kafka_error_string(e));
        if (e)
            rd_kafka_error_destroy(e);
        give_descriptors();
        if (e)
            transact(rk);
    } else if (rk) {
        produce(rk, 0, 6);
        while (!failures && delivery_count < 6)
            rd_kafka_poll(rk, 50);
        give_descriptors();
        produce(rk, 6, 12);
        check_delivered(rk, 12);
    }
    give_descriptors();
    if (rk)
        rd_kafka_destroy(rk);
    forget_deliveries();
    CHECK(descriptors() == before, "%d descriptors: %d before, %d after", left, before, descriptors());
}

int main(int argc, char **argv) {
    struct rlimit r;
    CHECK(argc == 2, "usage: shortages BROKERS");
    threads_run_out(argv[1], NULL, 20); /* nothing runs out; whatever is opened once per process is open now */
    for (int left = 0; left < 6; left++) {
        threads_run_out(argv[1], NULL, left);
        threads_run_out(argv[1], "id", left);
    }

    /* Reading the hosts file takes a descriptor, too. */
    const char *port = strrchr(argv[1], ':');
    char by_name[64];
    snprintf(by_name, sizeof(by_name), "localhost%s", port);
    CHECK(!getrlimit(RLIMIT_NOFILE, &r), "getrlimit");
    r.rlim_cur = LIMIT;
    CHECK(!setrlimit(RLIMIT_NOFILE, &r), "setrlimit");
    threads_left = -1;
    for (int left = 0; left < 10; left++) {
        descriptors_run_out(argv[1], NULL, left);
        descriptors_run_out(by_name, NULL, left);
        descriptors_run_out(argv[1], "id", left);
    }
    return 0;
}
