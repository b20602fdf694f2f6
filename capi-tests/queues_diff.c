/* test: differential valgrind engines */
/* Queues: forwarding, lengths, wake-ups by descriptor and by callback, yielding, timeouts, the log queue, the background
 * queue and its thread. */
#include "common.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>

static rd_kafka_t *producer(rd_kafka_conf_t *conf) {
    conf_set(conf, "test.mock.num.brokers", "1");
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 4);
    return rk;
}

static void produce(rd_kafka_t *rk, int partition, int messages) {
    for (int i = 0; i < messages; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END),
              "produce");
}

static void await_length(rd_kafka_queue_t *queue, size_t length) {
    AWAIT(rd_kafka_queue_length(queue) >= length, "queue length %zu instead of %zu", rd_kafka_queue_length(queue), length);
    CHECK(rd_kafka_queue_length(queue) == length, "queue length %zu instead of %zu", rd_kafka_queue_length(queue), length);
}

/* A batch of its own. */
static void one_report(rd_kafka_t *rk, rd_kafka_queue_t *queue, size_t length) {
    produce(rk, 0, 1);
    await_length(queue, length);
}

static const char *poll_name(rd_kafka_queue_t *queue, int timeout_ms) {
    rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, timeout_ms);
    const char *name = rd_kafka_event_name(ev);
    rd_kafka_event_destroy(ev);
    return name;
}

static void timeouts(rd_kafka_t *rk) {
    rd_kafka_queue_t *own = rd_kafka_queue_new(rk), *main_queue = rd_kafka_queue_get_main(rk);
    struct stopwatch began = start_watch();
    printf("poll 0: %s", poll_name(own, 0));
    printf(" %s\n", in_time(began, 0, 0.2));
    began = start_watch();
    printf("poll 300: %s", poll_name(own, 300));
    printf(" %s\n", in_time(began, 0.29, 1));
    began = start_watch();
    printf("poll_callback 300: %d", rd_kafka_queue_poll_callback(own, 300));
    printf(" %s\n", in_time(began, 0.29, 1));
    rd_kafka_queue_forward(own, main_queue);
    began = start_watch();
    printf("forwarded poll 300: %s", poll_name(own, 300));
    printf(" %s\n", in_time(began, 0.29, 1));
    rd_kafka_queue_destroy(own);
    rd_kafka_queue_destroy(main_queue);
}

/* main -> a -> b; what waits moves along. */
static void forwarding(rd_kafka_t *rk) {
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk), *a = rd_kafka_queue_new(rk), *b = rd_kafka_queue_new(rk);
    one_report(rk, m, 1);
    printf("lengths %zu %zu %zu outq_len %d\n", rd_kafka_queue_length(m), rd_kafka_queue_length(a), rd_kafka_queue_length(b), rd_kafka_outq_len(rk));
    rd_kafka_queue_forward(m, a);
    printf("m to a: lengths %zu %zu %zu outq_len %d\n", rd_kafka_queue_length(m), rd_kafka_queue_length(a), rd_kafka_queue_length(b), rd_kafka_outq_len(rk));
    one_report(rk, a, 2);
    rd_kafka_queue_forward(a, b);
    printf("a to b: lengths %zu %zu %zu outq_len %d\n", rd_kafka_queue_length(m), rd_kafka_queue_length(a), rd_kafka_queue_length(b), rd_kafka_outq_len(rk));
    one_report(rk, b, 3);
    printf("poll m: %s, b: %s\n", poll_name(m, 1000), poll_name(b, 1000));
    printf("lengths %zu %zu %zu\n", rd_kafka_queue_length(m), rd_kafka_queue_length(a), rd_kafka_queue_length(b));
    rd_kafka_queue_forward(a, a); /* changes nothing */
    printf("a to a: lengths %zu %zu %zu\n", rd_kafka_queue_length(m), rd_kafka_queue_length(a), rd_kafka_queue_length(b));
    rd_kafka_queue_forward(a, NULL);
    one_report(rk, a, 1);
    printf("a to nowhere: lengths %zu %zu %zu\n", rd_kafka_queue_length(m), rd_kafka_queue_length(a), rd_kafka_queue_length(b));
    rd_kafka_queue_forward(m, b);
    one_report(rk, m, 2);
    printf("m to b: lengths %zu %zu %zu outq_len %d\n", rd_kafka_queue_length(m), rd_kafka_queue_length(a), rd_kafka_queue_length(b), rd_kafka_outq_len(rk));
    /* The application's handle of the main queue goes; the queue stays. */
    rd_kafka_queue_destroy(m);
    printf("poll a: %s, b: %s %s %s\n", poll_name(a, 100), poll_name(b, 100), poll_name(b, 100), poll_name(b, 100));
    m = rd_kafka_queue_get_main(rk);
    rd_kafka_queue_forward(m, NULL);
    one_report(rk, m, 1);
    printf("m to nowhere: poll m: %s\n", poll_name(m, 100));
    /* Events that go to a queue that is no more are dropped, with their messages. */
    rd_kafka_queue_forward(m, b);
    rd_kafka_queue_destroy(b);
    produce(rk, 0, 3);
    AWAIT(!rd_kafka_outq_len(rk), "outq_len %d", rd_kafka_outq_len(rk));
    printf("to a destroyed queue: outq_len %d\n", rd_kafka_outq_len(rk));
    rd_kafka_queue_forward(m, NULL);
    one_report(rk, m, 1);
    printf("m to nowhere: poll m: %s\n", poll_name(m, 100));
    /* A queue of the application's is destroyed with what is in it. */
    rd_kafka_queue_forward(m, a);
    one_report(rk, a, 1);
    rd_kafka_queue_forward(m, NULL);
    rd_kafka_queue_destroy(a);
    printf("destroyed with an event: outq_len %d\n", rd_kafka_outq_len(rk));
    rd_kafka_queue_destroy(m);
}

/* Reads everything there is, after waiting for something if something is to come. */
static int drain_pipe(int fd, bool wait) {
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    CHECK(!wait || poll(&readable, 1, hang_ms()) == 1, "nothing came");
    char buf[64];
    int got = 0;
    ssize_t n;
    while ((n = read(fd, buf, sizeof(buf))) > 0)
        got += (int)n;
    return got;
}

static void io_events(rd_kafka_t *rk) {
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk), *own = rd_kafka_queue_new(rk);
    int fds[2];
    CHECK(!pipe2(fds, O_NONBLOCK), "pipe: %s", strerror(errno));
    rd_kafka_queue_io_event_enable(m, fds[1], "12345", 5);
    printf("io: %d bytes at first\n", drain_pipe(fds[0], false));
    one_report(rk, m, 1);
    printf("io: %d bytes for an event\n", drain_pipe(fds[0], true));
    one_report(rk, m, 2);
    printf("io: %d bytes for one more\n", drain_pipe(fds[0], false));
    printf("poll: %s %s\n", poll_name(m, 100), poll_name(m, 100));
    one_report(rk, m, 1);
    printf("io: %d bytes after a poll\n", drain_pipe(fds[0], true));
    poll_name(m, 100);
    rd_kafka_queue_yield(m);
    printf("io: %d bytes for a yield\n", drain_pipe(fds[0], false));
    rd_kafka_queue_yield(m);
    printf("io: %d bytes for another yield\n", drain_pipe(fds[0], false));
    poll_name(m, 0);
    /* The destination's wake-up counts, not the source's. */
    rd_kafka_queue_forward(m, own);
    one_report(rk, own, 1);
    printf("io: %d bytes when forwarded\n", drain_pipe(fds[0], false));
    rd_kafka_queue_io_event_enable(own, fds[1], "x", 1);
    one_report(rk, own, 2);
    printf("io: %d bytes when enabled late\n", drain_pipe(fds[0], false));
    poll_name(own, 100);
    poll_name(own, 100);
    rd_kafka_queue_forward(m, NULL);
    rd_kafka_queue_io_event_enable(m, -1, NULL, 0);
    one_report(rk, m, 1);
    printf("io: %d bytes when disabled\n", drain_pipe(fds[0], false));
    rd_kafka_queue_forward(m, own); /* moves the event */
    printf("io: %d bytes when moved\n", drain_pipe(fds[0], false));
    rd_kafka_queue_forward(m, NULL);
    rd_kafka_queue_destroy(own);
    rd_kafka_queue_destroy(m);
    close(fds[0]);
    close(fds[1]);
}

static int woken;

static void on_wakeup(rd_kafka_t *rk, void *opaque) {
    (void)rk;
    CHECK(!strcmp(opaque, "wake"), "opaque");
    __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
}

/* The event is in the queue before the wake-up is through. */
static void await_woken(int times) {
    AWAIT(__atomic_load_n(&woken, __ATOMIC_SEQ_CST) >= times, "woken %d times", woken);
}

static void cb_events(rd_kafka_t *rk) {
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk);
    rd_kafka_queue_cb_event_enable(m, on_wakeup, "wake");
    one_report(rk, m, 1);
    await_woken(1);
    printf("cb: %d for an event\n", woken);
    one_report(rk, m, 2);
    printf("cb: %d for one more\n", woken);
    poll_name(m, 100);
    poll_name(m, 100);
    one_report(rk, m, 1);
    await_woken(2);
    printf("cb: %d after a poll\n", woken);
    poll_name(m, 100);
    rd_kafka_queue_yield(m);
    rd_kafka_queue_yield(m);
    printf("cb: %d after two yields\n", woken);
    poll_name(m, 0);
    rd_kafka_queue_cb_event_enable(m, NULL, NULL);
    one_report(rk, m, 1);
    printf("cb: %d when disabled\n", woken);
    poll_name(m, 100);
    rd_kafka_queue_destroy(m);
}

static void *yield_soon(void *queue) {
    sleep_ms(300);
    rd_kafka_queue_yield(queue);
    return NULL;
}

static void yielding(rd_kafka_t *rk) {
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk), *own = rd_kafka_queue_new(rk);
    pthread_t thread;
    struct stopwatch began = start_watch();
    pthread_create(&thread, NULL, yield_soon, own);
    printf("yield during a poll: %s", poll_name(own, hang_ms()));
    printf(" %s\n", in_time(began, 0.29, 3));
    pthread_join(thread, NULL);
    began = start_watch();
    rd_kafka_queue_yield(own);
    printf("yield before a poll: %s", poll_name(own, hang_ms()));
    printf(" %s\n", in_time(began, 0, 1));
    began = start_watch();
    printf("and the next poll: %s", poll_name(own, 300));
    printf(" %s\n", in_time(began, 0.29, 1));
    rd_kafka_queue_forward(own, m);
    began = start_watch();
    pthread_create(&thread, NULL, yield_soon, own);
    printf("yield through a forwarded queue: %d", rd_kafka_poll(rk, 20000));
    printf(" %s\n", in_time(began, 0.29, 3));
    pthread_join(thread, NULL);
    /* An event is found first; the yield stays for the next poll. */
    rd_kafka_queue_yield(m);
    one_report(rk, m, 1);
    printf("yield and event: %s", poll_name(m, 1000));
    began = start_watch();
    printf(" %s", poll_name(m, hang_ms()));
    printf(" %s\n", in_time(began, 0, 1));
    rd_kafka_queue_destroy(own);
    rd_kafka_queue_destroy(m);
}

static int logged, logged_elsewhere;
static pthread_t log_thread;

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf) {
    (void)rk;
    (void)level;
    (void)fac;
    (void)buf;
    if (pthread_equal(pthread_self(), log_thread))
        logged++;
    else
        logged_elsewhere++;
}

static void log_queue(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char contexts[64], tiny[6];
    const char *fac = NULL, *str = NULL;
    int level = -1;
    conf_set(conf, "log.queue", "true");
    conf_set(conf, "debug", "topic,metadata");
    rd_kafka_conf_set_log_cb(conf, on_log);
    log_thread = pthread_self();
    rd_kafka_t *rk = producer(conf);
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk), *own = rd_kafka_queue_new(rk);
    one_report(rk, m, 1);
    printf("log: lines before the log queue is set %d %d\n", logged, logged_elsewhere);
    printf("set_log_queue %s\n", rd_kafka_err2name(rd_kafka_set_log_queue(rk, own)));
    rd_kafka_event_t *ev = rd_kafka_queue_poll(own, hang_ms());
    CHECK(ev && rd_kafka_event_type(ev) == RD_KAFKA_EVENT_LOG, "event %s", rd_kafka_event_name(ev));
    printf("%s: parts %d", rd_kafka_event_name(ev), rd_kafka_event_log(ev, &fac, &str, &level));
    printf(" fac %s str %s level %s", fac && *fac ? "set" : "unset", str && *str ? "set" : "unset", level >= 0 && level <= 7 ? "fine" : "wrong");
    printf(" no outs %d, error %s \"%s\", count %zu\n", rd_kafka_event_log(ev, NULL, NULL, NULL),
           rd_kafka_err2name(rd_kafka_event_error(ev)), rd_kafka_event_error_string(ev), rd_kafka_event_message_count(ev));
    rd_kafka_event_destroy(ev);
    /* Among the lines are some of each context. */
    int topic = 0, metadata = 0, others = 0;
    double deadline = give_up_at();
    while (!(topic && metadata) && now_s() < deadline) {
        ev = rd_kafka_queue_poll(own, 200);
        if (!ev) {
            produce(rk, 1, 1);
            continue;
        }
        memset(contexts, '$', sizeof(contexts));
        CHECK(!rd_kafka_event_debug_contexts(ev, contexts, sizeof(contexts)), "debug_contexts");
        topic += strstr(contexts, "topic") != NULL;
        if (strstr(contexts, "metadata") && !metadata++) {
            CHECK(!rd_kafka_event_debug_contexts(ev, tiny, sizeof(tiny)), "debug_contexts");
            /* Which line comes first is open, and so are its contexts. */
            printf("cut to fit: %s, length %zu\n", strncmp(tiny, contexts, 3) ? tiny : "their beginning", strlen(tiny));
        }
        others += strchr(contexts, '$') != NULL;
        rd_kafka_event_destroy(ev);
    }
    printf("contexts: topic %d metadata %d unset %d\n", topic > 0, metadata > 0, others);
    /* The callback is called by who polls. */
    deadline = give_up_at();
    produce(rk, 2, 1);
    while (!logged && now_s() < deadline)
        rd_kafka_queue_poll_callback(own, 100);
    printf("served by the callback: here %d, elsewhere %d\n", logged > 0, logged_elsewhere > 0);
    printf("set_log_queue to main %s\n", rd_kafka_err2name(rd_kafka_set_log_queue(rk, NULL)));
    logged = 0;
    deadline = give_up_at();
    while (!logged && now_s() < deadline) {
        produce(rk, 3, 1);
        rd_kafka_poll(rk, 100);
    }
    printf("served by rd_kafka_poll: here %d, elsewhere %d\n", logged > 0, logged_elsewhere > 0);
    rd_kafka_queue_destroy(own);
    rd_kafka_queue_destroy(m);
    rd_kafka_destroy(rk);
}

/* Log lines pass delivery reports. */
static void log_priority(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "log.queue", "true");
    conf_set(conf, "debug", "topic,metadata");
    rd_kafka_t *rk = producer(conf);
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk);
    one_report(rk, m, 1);
    printf("priority: set_log_queue %s", rd_kafka_err2name(rd_kafka_set_log_queue(rk, m)));
    printf(", more in the queue %d", rd_kafka_queue_length(m) > 1);
    printf(", first %s\n", poll_name(m, 1000));
    rd_kafka_queue_destroy(m);
    rd_kafka_destroy(rk);
}

static void without_log_queue(rd_kafka_t *rk) {
    printf("set_log_queue without log.queue: %s\n", rd_kafka_err2name(rd_kafka_set_log_queue(rk, NULL)));
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int background_events, background_messages;
static char background_name[32];
static pthread_t background_thread;

static void on_background(rd_kafka_t *rk, rd_kafka_event_t *ev, void *opaque) {
    CHECK(rk && !strcmp(opaque, "of the instance"), "opaque");
    pthread_mutex_lock(&lock);
    background_events++;
    background_messages += (int)rd_kafka_event_message_count(ev);
    background_thread = pthread_self();
    pthread_getname_np(pthread_self(), background_name, sizeof(background_name));
    pthread_mutex_unlock(&lock);
    rd_kafka_event_destroy(ev);
}

/* How many threads of this process have a name. */
static int threads_named(const char *name) {
    char path[300], comm[32];
    int count = 0;
    struct dirent *entry;
    DIR *dir = opendir("/proc/self/task");
    CHECK(dir, "/proc");
    while ((entry = readdir(dir))) {
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file && fgets(comm, sizeof(comm), file))
            count += !strncmp(comm, name, strlen(name));
        if (file)
            fclose(file);
    }
    closedir(dir);
    return count;
}

static void background(int with_callback) {
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "20", NULL);
    if (with_callback)
        rd_kafka_conf_set_background_event_cb(conf, on_background);
    rd_kafka_conf_set_opaque(conf, "of the instance");
    rd_kafka_t *rk = producer(conf);
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk);
    /* A thread names itself once it runs. */
    AWAIT(!with_callback || threads_named("rdk:bg"), "no background thread");
    int before = threads_named("rdk:bg"); /* others may start meanwhile */
    rd_kafka_queue_t *bg = rd_kafka_queue_get_background(rk), *again = rd_kafka_queue_get_background(rk);
    AWAIT(with_callback || threads_named("rdk:bg") != before, "no background thread");
    printf("background: %d, threads started by asking %d\n", bg != NULL && again != NULL, threads_named("rdk:bg") - before);
    rd_kafka_queue_forward(m, bg);
    produce(rk, 0, 10);
    printf("flush: %s", rd_kafka_err2name(rd_kafka_flush(rk, hang_ms())));
    printf(" outq_len %d\n", rd_kafka_outq_len(rk));
    pthread_mutex_lock(&lock);
    printf("background callback: %s, %d messages, on %s, another thread %d\n", background_events > 0 ? "called" : "not called",
           background_messages, background_name, background_events > 0 && !pthread_equal(background_thread, pthread_self()));
    pthread_mutex_unlock(&lock);
    rd_kafka_queue_destroy(again);
    rd_kafka_queue_destroy(bg);
    rd_kafka_queue_destroy(m);
    rd_kafka_destroy(rk);
}

/* Asked for by the configuration alone. */
static void background_by_configuration(void) {
    for (int wanted = 0; wanted < 2; wanted++) {
        rd_kafka_conf_t *conf = quiet_conf("linger.ms", "5", NULL);
        rd_kafka_conf_set_events(conf, wanted ? RD_KAFKA_EVENT_BACKGROUND : 0);
        rd_kafka_t *rk = new_producer(conf);
        /* A thread names itself once it runs. */
        AWAIT(!wanted || threads_named("rdk:bg"), "no background thread");
        printf("background threads: %d\n", threads_named("rdk:bg"));
        rd_kafka_destroy(rk);
        printf("and afterwards: %d\n", threads_named("rdk:bg"));
    }
}

/* What a producer does not have. */
static void others(rd_kafka_t *rk) {
    printf("consumer %p partition %p\n", (void *)rd_kafka_queue_get_consumer(rk), (void *)rd_kafka_queue_get_partition(rk, "t", 0));
    printf("sasl %p\n", (void *)rd_kafka_queue_get_sasl(rk));
}

int main(void) {
    rd_kafka_t *rk = producer(quiet_conf("linger.ms", "0", NULL));
    produce(rk, 0, 1); /* connects */
    rd_kafka_queue_t *m = rd_kafka_queue_get_main(rk);
    printf("first: %s\n", poll_name(m, hang_ms()));
    rd_kafka_queue_destroy(m);
    timeouts(rk);
    forwarding(rk);
    io_events(rk);
    cb_events(rk);
    yielding(rk);
    without_log_queue(rk);
    others(rk);
    rd_kafka_destroy(rk);
    log_queue();
    log_priority();
    background(1);
    background_events = background_messages = 0;
    background_by_configuration();
    return 0;
}
