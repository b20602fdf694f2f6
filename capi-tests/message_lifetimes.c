/* test: alone on-mock valgrind */
/* Messages of a consumer that are released late: on other threads, in any order, after their instance is gone. And many threads that
 * take messages from one queue: each message is given once. */
#include "consumed.h"

#include <pthread.h>

enum { MESSAGES = 3000, THREADS = 64, AT_ONCE = 7 };

static rd_kafka_t *rk;
static rd_kafka_queue_t *all;
static int given[2][MESSAGES], left;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* What the threads have taken and nobody has released. */
static rd_kafka_message_t *kept[2 * MESSAGES];
static int kept_count;

static void check_message(const rd_kafka_message_t *m) {
    char value[32];
    snprintf(value, sizeof(value), "value %d", (int)m->offset);
    int null = m->offset % 5 == 4;
    CHECK(m->len == (null ? 0 : strlen(value)) && (null || !memcmp(m->payload, value, m->len)), "offset %d has another value", (int)m->offset);
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &headers);
    CHECK((m->offset % 3 == 0) == !err, "offset %d: headers %s", (int)m->offset, rd_kafka_err2name(err));
    CHECK(err || rd_kafka_header_cnt(headers) == 2, "offset %d: other headers", (int)m->offset);
}

static void take(rd_kafka_message_t *m) {
    CHECK(!m->err, "%s", rd_kafka_message_errstr(m));
    check_message(m);
    pthread_mutex_lock(&lock);
    CHECK(!given[m->partition][m->offset]++, "partition %d, offset %d is given twice", (int)m->partition, (int)m->offset);
    left--;
    int keep = m->offset % 2;
    if (keep)
        kept[kept_count++] = m;
    pthread_mutex_unlock(&lock);
    if (!keep)
        rd_kafka_message_destroy(m);
}

static int some_left(void) {
    pthread_mutex_lock(&lock);
    int some = left > 0;
    pthread_mutex_unlock(&lock);
    return some;
}

/* Every second thread takes one message at a time, the others several. */
static void *taker(void *number) {
    while (some_left()) {
        rd_kafka_message_t *messages[AT_ONCE];
        int count = 0;
        if ((size_t)number % 2)
            count = (int)rd_kafka_consume_batch_queue(all, 10, messages, AT_ONCE);
        else if ((messages[0] = rd_kafka_consume_queue(all, 10)))
            count = 1;
        for (int i = 0; i < count; i++)
            take(messages[i]);
    }
    return NULL;
}

/* Releases its share of what was kept, from the last to the first. The instance is gone. */
static void *releaser(void *number) {
    for (int i = kept_count - 1; i >= 0; i--) {
        if (i % THREADS != (int)(size_t)number)
            continue;
        check_message(kept[i]);
        rd_kafka_message_destroy(kept[i]);
    }
    return NULL;
}

static void on_threads(void *(*work)(void *)) {
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        CHECK(!pthread_create(&threads[i], NULL, work, (void *)i), "thread %zu", i);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "bootstrap servers");
    fill(argv[1], "none", 0, 0, MESSAGES / 2);
    fill(argv[1], "zstd", 0, MESSAGES / 2, MESSAGES);
    fill(argv[1], "lz4", 1, 0, MESSAGES);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "fetch.wait.max.ms", "10");
    conf_set(conf, "max.partition.fetch.bytes", "10000");
    rk = new_consumer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    all = rd_kafka_queue_new(rk);
    left = 2 * MESSAGES;
    for (int p = 0; p < 2; p++)
        CHECK(!rd_kafka_consume_start_queue(rkt, p, 0, all), "start");
    on_threads(taker);
    for (int i = 0; i < MESSAGES; i++)
        CHECK(given[0][i] == 1 && given[1][i] == 1, "offset %d was not given", i);
    CHECK(kept_count == MESSAGES, "%d kept", kept_count);
    rd_kafka_queue_destroy(all);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    on_threads(releaser);
    printf("%d messages, %d of them released after the instance\n", 2 * MESSAGES, kept_count);
    return 0;
}
