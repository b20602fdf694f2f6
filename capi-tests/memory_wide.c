/* test: tool */
/*
 * What messages in many partitions cost, and what stays of it: memory_wide BROKERS TOPICS PARTITIONS MESSAGES SIZE ROUNDS
 * Produces to topics w0, w1, ... (PARTITIONS each). Every round queues MESSAGES messages of SIZE bytes in each partition
 * (nothing leaves meanwhile) and then delivers them. Prints `queued N` and `drained N` for each round, and first
 * `own N` and `start N`, when one small message has been delivered to each partition. N is the RSS in KiB; with `own`, what of it is no
 * page of a file: how many pages of libraries are resident hangs on who else has read them.
 */
#include "memory.h"

struct width {
    int topics, partitions;
    rd_kafka_topic_t **handles;
};

static size_t produce(const struct width *w, int messages, const char *value, size_t size) {
    size_t n = 0;
    for (int m = 0; m < messages; m++)
        for (int p = 0; p < w->partitions; p++)
            for (int t = 0; t < w->topics; t++, n++)
                CHECK(!rd_kafka_produce(w->handles[t], p, RD_KAFKA_MSG_F_COPY, (void *)value, size, NULL, 0, NULL),
                      "produce: %s", rd_kafka_err2name(rd_kafka_last_error()));
    return n;
}

static void deliver(rd_kafka_t *rk, size_t count) {
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    CHECK(delivered == count, "%zu of %zu delivered", delivered, count);
    delivered = 0;
}

/* Memory comes back within a few rounds of housekeeping. */
static long settled_rss(rd_kafka_t *rk, long bound_kib) {
    for (int i = 0; i < 100 && (i < 25 || rss_kib() > bound_kib); i++)
        rd_kafka_poll(rk, 100);
    return rss_kib();
}

int main(int argc, char **argv) {
    CHECK(argc == 7, "usage: memory_wide BROKERS TOPICS PARTITIONS MESSAGES SIZE ROUNDS");
    struct width w = {.topics = atoi(argv[2]), .partitions = atoi(argv[3])};
    int messages = atoi(argv[4]), rounds = atoi(argv[6]);
    size_t size = (size_t)atol(argv[5]);
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", argv[1], "queue.buffering.max.messages", "2000000",
                                       "queue.buffering.max.kbytes", "2000000", "linger.ms", "30000", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf);
    w.handles = calloc((size_t)w.topics, sizeof(*w.handles));
    char *value = malloc(size);
    CHECK(w.handles && value, "no memory");
    memset(value, 'v', size);
    for (int t = 0; t < w.topics; t++) {
        char name[32];
        snprintf(name, sizeof(name), "w%d", t);
        w.handles[t] = rd_kafka_topic_new(rk, name, NULL);
    }
    deliver(rk, produce(&w, 1, value, 1));
    long start = settled_rss(rk, LONG_MAX);
    say("own", own_kib());
    say("start", start);
    for (int round = 0; round < rounds; round++) {
        size_t count = produce(&w, messages, value, size);
        say("queued", rss_kib());
        deliver(rk, count);
        say("drained", settled_rss(rk, start + start / 5));
    }
    for (int t = 0; t < w.topics; t++)
        rd_kafka_topic_destroy(w.handles[t]);
    free(w.handles);
    free(value);
    rd_kafka_destroy(rk);
    return 0;
}
