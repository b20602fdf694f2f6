/* test: tool */
/*
 * Messages of every shape, produced and read back; each is a function of its number.
 *
 *   scenario produce BROKERS REPORT TOPICS PARTITIONS COUNT RATE SHAPES [--mark N]... [name=value]...
 *   scenario verify  BROKERS REPORT TOPICS PARTITIONS COUNT SHAPES
 *
 * Message n goes to topic n mod TOPICS, partition (n / TOPICS) mod PARTITIONS. SHAPES is a list of words separated by commas, which
 * take turns: K key, H headers, E the first header's value is empty, N it is NULL, V the value is empty, Z a header list
 * without headers. `produce` demands one report without error for each message and growing offsets in each partition, and writes
 * the offsets to REPORT; it prints `mark` when it comes to message N. `verify` (any consumer's library) demands the same messages at those
 * offsets, nothing else, in order, from offset 0 on without a gap, and reads every partition to its end.
 */
#include "common.h"

#define MAX_TOPICS 8
#define MAX_SHAPES 8
#define MIN_VALUE 256
#define MAX_VALUE 10000
#define MAGIC 0x7363656e /* in front of the value of a message without a key */

static int topics, partitions;
static size_t count;
static const char *shapes[MAX_SHAPES];
static int shape_count;

struct header {
    char name[32];
    char value[64];
    ssize_t length; /* -1: NULL */
};

struct content {
    char key[64];
    size_t key_length; /* 0: no key */
    unsigned char value[MAX_VALUE];
    size_t length;
    struct header headers[4];
    int header_count;
    bool header_list;
};

static uint64_t state;

static uint64_t next_random(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static int topic_of(size_t n) {
    return (int)(n % (size_t)topics);
}

static int partition_of(size_t n) {
    return (int)(n / (size_t)topics % (size_t)partitions);
}

static void put_be32(unsigned char *to, uint32_t v) {
    to[0] = (unsigned char)(v >> 24), to[1] = (unsigned char)(v >> 16), to[2] = (unsigned char)(v >> 8), to[3] = (unsigned char)v;
}

static void add_headers(struct content *c, size_t n, const char *shape) {
    c->header_count = 2 + (int)(next_random() % 3);
    for (int i = 0; i < c->header_count; i++) {
        struct header *h = &c->headers[i];
        snprintf(h->name, sizeof(h->name), "header-%d-%zu", i, n);
        h->length = 8 + (ssize_t)(next_random() % 57);
        for (ssize_t b = 0; b < h->length; b++)
            h->value[b] = (char)next_random();
    }
    if (strchr(shape, 'E'))
        c->headers[0].length = 0;
    if (strchr(shape, 'N'))
        c->headers[0].length = -1;
}

/* What message n is. */
static void compose(size_t n, struct content *c) {
    const char *shape = shapes[n % (size_t)shape_count];
    state = (n + 1) * 0x9e3779b97f4a7c15u ^ ((uint64_t)partition_of(n) << 32) ^ (uint64_t)topic_of(n);
    c->key_length = 0;
    if (strchr(shape, 'K'))
        c->key_length = (size_t)snprintf(c->key, sizeof(c->key), "scenario/%d/%d/%zu", topic_of(n), partition_of(n), n);
    c->length = MIN_VALUE + next_random() % (MAX_VALUE - MIN_VALUE + 1);
    for (size_t i = 0; i < c->length; i++)
        c->value[i] = (unsigned char)(next_random() >> 24);
    if (!c->key_length) {
        put_be32(c->value, MAGIC);
        put_be32(c->value + 4, (uint32_t)topic_of(n));
        put_be32(c->value + 8, (uint32_t)partition_of(n));
        put_be32(c->value + 12, (uint32_t)(n >> 31 >> 1));
        put_be32(c->value + 16, (uint32_t)n);
    }
    if (strchr(shape, 'V'))
        c->length = 0;
    c->header_count = 0;
    if (strchr(shape, 'H'))
        add_headers(c, n, shape);
    c->header_list = c->header_count || strchr(shape, 'Z');
}

/* ---- producing ---- */

static int *reports;
static int64_t *offsets;
static size_t reported;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    size_t n = (size_t)(intptr_t)m->_private;
    CHECK(n < count, "report for message %zu of %zu", n, count);
    CHECK(!m->err, "message %zu: %s", n, rd_kafka_err2name(m->err));
    CHECK(reports[n]++ == 0, "message %zu was reported twice", n);
    CHECK(m->partition == partition_of(n), "message %zu: partition %d", n, m->partition);
    offsets[n] = m->offset;
    reported++;
}

static rd_kafka_resp_err_t send_message(rd_kafka_t *rk, rd_kafka_topic_t *rkt, size_t n) {
    static struct content c;
    rd_kafka_headers_t *headers = NULL;
    compose(n, &c);
    if (c.header_list) {
        headers = rd_kafka_headers_new(4);
        for (int i = 0; i < c.header_count; i++) {
            struct header *h = &c.headers[i];
            rd_kafka_header_add(headers, h->name, -1, h->length < 0 ? NULL : h->value, h->length < 0 ? 0 : h->length);
        }
    }
    rd_kafka_resp_err_t err = rd_kafka_producev(
        rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(partition_of(n)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(c.value, c.length), RD_KAFKA_V_KEY(c.key_length ? c.key : NULL, c.key_length),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE((void *)(intptr_t)n), RD_KAFKA_V_END);
    if (err && headers)
        rd_kafka_headers_destroy(headers);
    return err;
}

static void check_offsets_grow(void) {
    size_t places = (size_t)topics * (size_t)partitions;
    int64_t *last = malloc(places * sizeof(*last));
    CHECK(last, "memory");
    for (size_t i = 0; i < places; i++)
        last[i] = -1;
    for (size_t n = 0; n < count; n++) {
        int64_t *l = &last[(size_t)topic_of(n) * (size_t)partitions + (size_t)partition_of(n)];
        CHECK(offsets[n] > *l, "message %zu: offset %" PRId64 " after %" PRId64, n, offsets[n], *l);
        *l = offsets[n];
    }
    free(last);
}

static int produce(const char *brokers, const char *report, double rate, char **options, int option_count) {
    size_t marks[4];
    int mark_count = 0, next_mark = 0;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", brokers);
    conf_set(conf, "log_level", "0");
    for (int i = 0; i < option_count; i++) {
        char *equals = strchr(options[i], '=');
        if (!strcmp(options[i], "--mark") && i + 1 < option_count && mark_count < 4) {
            marks[mark_count++] = (size_t)atol(options[++i]);
            continue;
        }
        CHECK(equals, "%s: not name=value", options[i]);
        *equals = '\0';
        conf_set(conf, options[i], equals + 1);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_topic_t *rkt[MAX_TOPICS];
    for (int t = 0; t < topics; t++) {
        char name[16];
        snprintf(name, sizeof(name), "t%d", t);
        CHECK((rkt[t] = rd_kafka_topic_new(rk, name, NULL)), "topic_new");
    }
    reports = calloc(count, sizeof(*reports));
    offsets = calloc(count, sizeof(*offsets));
    CHECK(reports && offsets, "memory");

    double began = now_s();
    for (size_t n = 0; n < count; n++) {
        if (next_mark < mark_count && n == marks[next_mark]) {
            next_mark++;
            puts("mark");
            fflush(stdout);
        }
        double deadline = give_up_at();
        rd_kafka_resp_err_t err;
        while ((err = send_message(rk, rkt[topic_of(n)], n)) == RD_KAFKA_RESP_ERR__QUEUE_FULL && now_s() < deadline)
            rd_kafka_poll(rk, 100);
        CHECK(!err, "produce of message %zu: %s", n, rd_kafka_err2name(err));
        rd_kafka_poll(rk, 0);
        while (now_s() - began < (double)n / rate)
            rd_kafka_poll(rk, 1);
    }
    puts("produced");
    fflush(stdout);
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, 2 * hang_ms());
    CHECK(!err, "flush: %s, %d in queue", rd_kafka_err2name(err), rd_kafka_outq_len(rk));
    check_nothing_queued(rk);
    rd_kafka_poll(rk, 100); /* a report too many would come now */
    CHECK(reported == count, "%zu reports for %zu messages", reported, count);
    check_offsets_grow();
    for (int t = 0; t < topics; t++)
        rd_kafka_topic_destroy(rkt[t]);
    rd_kafka_destroy(rk);

    FILE *file = fopen(report, "wb");
    CHECK(file && fwrite(offsets, sizeof(*offsets), count, file) == count && !fclose(file), "%s: cannot write", report);
    printf("produced %zu messages in %.1f s\n", count, now_s() - began);
    return 0;
}

/* ---- reading back ---- */

/* Which message this says it is. */
static size_t identify(const rd_kafka_message_t *m, int topic) {
    size_t n = SIZE_MAX;
    int t = -1, p = -1;
    if (m->key) {
        char text[64];
        CHECK(m->key_len < sizeof(text), "a key of %zu bytes", m->key_len);
        memcpy(text, m->key, m->key_len);
        text[m->key_len] = '\0';
        CHECK(sscanf(text, "scenario/%d/%d/%zu", &t, &p, &n) == 3, "key %s", text);
    } else {
        unsigned char want[20];
        CHECK(m->len >= sizeof(want), "a value of %zu bytes without a key", m->len);
        const unsigned char *v = m->payload;
        n = (size_t)v[16] << 24 | (size_t)v[17] << 16 | (size_t)v[18] << 8 | v[19];
        put_be32(want, MAGIC), put_be32(want + 4, (uint32_t)topic), put_be32(want + 8, (uint32_t)m->partition);
        put_be32(want + 12, 0), put_be32(want + 16, (uint32_t)n);
        CHECK(!memcmp(want, v, sizeof(want)), "%d/%d/%" PRId64 ": a strange prefix", topic, m->partition, m->offset);
        t = topic, p = m->partition;
    }
    CHECK(n < count && t == topic && p == m->partition && topic_of(n) == t && partition_of(n) == p,
          "message %zu (%d/%d) is in %d/%d", n, t, p, topic, m->partition);
    return n;
}

static void compare_headers(const rd_kafka_message_t *m, size_t n, const struct content *want) {
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &headers);
    CHECK(!err || err == RD_KAFKA_RESP_ERR__NOENT, "message %zu: headers: %s", n, rd_kafka_err2name(err));
    int found = err ? 0 : (int)rd_kafka_header_cnt(headers);
    CHECK(found == want->header_count, "message %zu: %d headers instead of %d", n, found, want->header_count);
    for (int i = 0; i < found; i++) {
        const char *name;
        const void *value;
        size_t size;
        const struct header *h = &want->headers[i];
        CHECK(!rd_kafka_header_get_all(headers, (size_t)i, &name, &value, &size), "header_get_all");
        CHECK(!strcmp(name, h->name), "message %zu: header %d is %s instead of %s", n, i, name, h->name);
        CHECK(!value == (h->length < 0), "message %zu: header %d: NULL or not", n, i);
        if (h->length >= 0)
            CHECK(size == (size_t)h->length && !memcmp(value, h->value, size), "message %zu: header %d differs", n, i);
    }
}

static void compare(const rd_kafka_message_t *m, size_t n) {
    static struct content want;
    compose(n, &want);
    CHECK(!m->key == !want.key_length && m->key_len == want.key_length && !memcmp(m->key ? m->key : "", want.key, m->key_len),
          "message %zu: another key", n);
    CHECK(m->len == want.length && m->payload && !memcmp(m->payload, want.value, m->len), "message %zu: another value", n);
    compare_headers(m, n, &want);
}

struct place {
    int64_t next; /* offset */
    int64_t last; /* message number */
};

static rd_kafka_t *reader(const char *brokers) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, "group.id", "verify", "enable.auto.commit", "false",
                                       "enable.partition.eof", "true", "auto.offset.reset", "error",
                                       "fetch.wait.max.ms", "20", "queued.min.messages", "100000", NULL);
    char reason[512];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    CHECK(rk, "%s", reason);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(topics * partitions);
    for (int t = 0; t < topics; t++)
        for (int p = 0; p < partitions; p++) {
            char name[16];
            snprintf(name, sizeof(name), "t%d", t);
            rd_kafka_topic_partition_list_add(list, name, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
        }
    CHECK(!rd_kafka_assign(rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
    return rk;
}

static int verify(const char *brokers, const char *report) {
    size_t places = (size_t)topics * (size_t)partitions, ended = 0, found = 0;
    struct place *at = calloc(places, sizeof(*at));
    bool *seen = calloc(count, 1);
    offsets = calloc(count, sizeof(*offsets));
    FILE *file = fopen(report, "rb");
    CHECK(at && seen && offsets && file && fread(offsets, sizeof(*offsets), count, file) == count, "%s: cannot read", report);
    fclose(file);
    for (size_t i = 0; i < places; i++)
        at[i].last = -1;

    rd_kafka_t *rk = reader(brokers);
    double deadline = give_up_at();
    while (ended < places) {
        CHECK(now_s() < deadline, "%zu of %zu messages, %zu of %zu partitions read in time", found, count, ended, places);
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 1000);
        if (!m)
            continue;
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ended++;
        } else {
            CHECK(!m->err, "%s", rd_kafka_message_errstr(m));
            int topic = atoi(rd_kafka_topic_name(m->rkt) + 1);
            struct place *p = &at[(size_t)topic * (size_t)partitions + (size_t)m->partition];
            size_t n = identify(m, topic);
            CHECK(m->offset == p->next, "%d/%d: offset %" PRId64 " instead of %" PRId64, topic, m->partition, m->offset, p->next);
            CHECK(!seen[n], "message %zu is there twice (%d/%d/%" PRId64 ")", n, topic, m->partition, m->offset);
            CHECK((int64_t)n > p->last, "%d/%d: message %zu after %" PRId64, topic, m->partition, n, p->last);
            CHECK(m->offset == offsets[n], "message %zu is at %" PRId64 ", reported was %" PRId64, n, m->offset, offsets[n]);
            compare(m, n);
            seen[n] = true;
            p->next++;
            p->last = (int64_t)n;
            found++;
        }
        rd_kafka_message_destroy(m);
    }
    CHECK(found == count, "%zu of %zu messages are there", found, count);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    printf("read %zu messages\n", found);
    return 0;
}

int main(int argc, char **argv) {
    CHECK(argc >= 8, "usage: scenario produce|verify BROKERS REPORT TOPICS PARTITIONS COUNT ...");
    bool producing = !strcmp(argv[1], "produce");
    topics = atoi(argv[4]), partitions = atoi(argv[5]), count = (size_t)atol(argv[6]);
    CHECK(topics > 0 && topics <= MAX_TOPICS && partitions > 0 && count > 0, "bad numbers");
    CHECK(!producing || argc >= 9, "usage: scenario produce BROKERS REPORT TOPICS PARTITIONS COUNT RATE SHAPES");
    char *list = strdup(argv[producing ? 8 : 7]), *shape;
    while ((shape = strsep(&list, ",")) && shape_count < MAX_SHAPES)
        shapes[shape_count++] = shape;
    if (producing)
        return produce(argv[2], argv[3], atof(argv[7]), argv + 9, argc - 9);
    return verify(argv[2], argv[3]);
}
