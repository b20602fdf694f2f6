/* test: tool */
/*
 * Produces the lines of a file and proves the delivery reports right, one by one.
 *
 *   produce_verify BROKERS TOPIC INPUT REPORT [--rate N] [--mark LINE] [--expect delivered|timeout] [--late S] [-X name=value]...
 *
 * A line of INPUT is key TAB value; the key `-` stands for no key. Messages go out by turns through rd_kafka_produce()
 * and rd_kafka_producev(), with the value copied, handed over and lent. REPORT gets one line per delivery report:
 * line number, partition, offset, error name. `--mark LINE` prints `mark` when that line was produced. With `--expect timeout`
 * messages may time out, `--late` seconds after their time at the most (1).
 */
#include "common.h"

#include <sys/mman.h>
#include <sys/stat.h>

struct line {
    const char *key; /* NULL: no key */
    const char *value;
    uint32_t key_length;
    uint32_t value_length;
    struct stopwatch produced;
    uint32_t reports;
    char *owned; /* the buffer that was handed over with F_FREE */
};

static struct line *lines;
static size_t line_count;
static FILE *report;
static size_t delivered, failed, reported;
static size_t overdue; /* delivered when their time was over */
static double timeout_s = 300, late_s = 1, latest;
static bool expect_timeout;
static bool idempotent; /* then a broker may say of a retried batch that it has it, and not where */
static const char *topic_name;

static void read_input(const char *path) {
    FILE *file = fopen(path, "r");
    struct stat st;
    CHECK(file && !fstat(fileno(file), &st) && st.st_size > 0, "%s: cannot read", path);
    char *text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    CHECK(text != MAP_FAILED, "mmap");
    fclose(file);

    size_t capacity = 0;
    for (char *at = text, *end = text + st.st_size; at < end;) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        CHECK(newline, "last line of %s is not ended", path);
        char *tab = memchr(at, '\t', (size_t)(newline - at));
        CHECK(tab, "line %zu has no tab", line_count);
        if (line_count == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            CHECK((lines = realloc(lines, capacity * sizeof(*lines))), "memory");
        }
        struct line *l = &lines[line_count++];
        memset(l, 0, sizeof(*l));
        l->key_length = (uint32_t)(tab - at);
        l->key = l->key_length == 1 && *at == '-' ? NULL : at;
        if (!l->key)
            l->key_length = 0;
        l->value = tab + 1;
        l->value_length = (uint32_t)(newline - l->value);
        at = newline + 1;
    }
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    CHECK(opaque == &lines, "the callback got a wrong opaque");
    size_t n = (size_t)(intptr_t)m->_private;
    CHECK(n < line_count, "report for line %zu of %zu", n, line_count);
    struct line *l = &lines[n];
    CHECK(l->reports++ == 0, "line %zu was reported %u times", n, l->reports);
    CHECK(m->len == l->value_length && (!m->len || !memcmp(m->payload, l->value, m->len)), "line %zu: wrong payload", n);
    CHECK(m->key_len == l->key_length && (!m->key_len || !memcmp(m->key, l->key, m->key_len)), "line %zu: wrong key", n);
    CHECK(n % 8 != 5 || m->payload == l->value, "line %zu: the lent payload moved", n);
    CHECK(n % 8 != 6 || m->payload == l->owned, "line %zu: the payload handed over moved", n);
    CHECK(!strcmp(rd_kafka_topic_name(m->rkt), topic_name), "line %zu: wrong topic", n);

    reported++;
    if (m->err) {
        double late = now_s() - l->produced.wall - timeout_s, late_by_pace = pace_s() - l->produced.pace - timeout_s;
        failed++;
        CHECK(expect_timeout && m->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, "line %zu: %s", n, rd_kafka_err2name(m->err));
        CHECK(late_by_pace <= late_s, "line %zu: failed %.3f s after its timeout", n, late);
        CHECK(late >= -0.1, "line %zu: failed %.3f s before its timeout", n, -late);
        if (late > latest)
            latest = late;
    } else {
        delivered++;
        overdue += timeout_s > 0 && now_s() - l->produced.wall > timeout_s;
        /* A broker may answer that it has a retried batch already, and not where: then it says -1. */
        CHECK(m->partition >= 0 && (m->offset >= 0 || (idempotent && m->offset == -1)), "line %zu: partition %d offset %" PRId64, n, m->partition, m->offset);
        CHECK(rd_kafka_message_status(m) == RD_KAFKA_MSG_STATUS_PERSISTED, "line %zu: delivered, not persisted", n);
    }
    fprintf(report, "%zu\t%d\t%" PRId64 "\t%s\n", n, m->partition, m->offset, rd_kafka_err2name(m->err));
}

static rd_kafka_headers_t *headers_of(size_t n) {
    char text[32];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(2);
    snprintf(text, sizeof(text), "%zu", n);
    rd_kafka_header_add(headers, "n", -1, text, -1);
    if (n % 3 == 0) {
        snprintf(text, sizeof(text), "%u", lines[n].value_length);
        rd_kafka_header_add(headers, "length", -1, text, (ssize_t)strlen(text));
    }
    return headers;
}

static rd_kafka_resp_err_t send_line(rd_kafka_t *rk, rd_kafka_topic_t *rkt, size_t n) {
    struct line *l = &lines[n];
    void *value = (void *)l->value, *opaque = (void *)(intptr_t)n;
    int flags = RD_KAFKA_MSG_F_COPY;

    if (n % 8 == 7) { /* no headers this way */
        int failed_ = rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, flags, value, l->value_length, l->key, l->key_length, opaque);
        return failed_ ? rd_kafka_last_error() : RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    if (n % 8 == 6) {
        flags = RD_KAFKA_MSG_F_FREE;
        if (!l->owned) {
            CHECK((l->owned = malloc(l->value_length + 1)), "memory");
            memcpy(l->owned, l->value, l->value_length);
        }
        value = l->owned;
    } else if (n % 8 == 5) {
        flags = 0;
    }
    rd_kafka_headers_t *headers = headers_of(n);
    int64_t timestamp = n % 8 == 4 ? 1700000000000 + (int64_t)n : 0; /* 0: the library takes the time */
    rd_kafka_resp_err_t err = rd_kafka_producev(
        rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_MSGFLAGS(flags), RD_KAFKA_V_VALUE(value, l->value_length),
        RD_KAFKA_V_KEY(l->key, l->key_length), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
    if (err)
        rd_kafka_headers_destroy(headers);
    return err;
}

static void produce_all(rd_kafka_t *rk, rd_kafka_topic_t *rkt, double rate, size_t mark) {
    double began = now_s();
    for (size_t n = 0; n < line_count; n++) {
        rd_kafka_resp_err_t err;
        do {
            lines[n].produced = start_watch();
            err = send_line(rk, rkt, n);
            if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
                rd_kafka_poll(rk, 50);
        } while (err == RD_KAFKA_RESP_ERR__QUEUE_FULL);
        CHECK(!err, "produce line %zu: %s", n, rd_kafka_err2name(err));
        if (n == mark) {
            puts("mark");
            fflush(stdout);
        }
        if (n % 256 == 0)
            rd_kafka_poll(rk, 0);
        while (rate > 0 && now_s() - began < (double)n / rate)
            rd_kafka_poll(rk, 1);
    }
}

int main(int argc, char **argv) {
    double rate = 0;
    size_t mark = SIZE_MAX;
    CHECK(argc >= 5, "usage: produce_verify BROKERS TOPIC INPUT REPORT [options]");
    topic_name = argv[2];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "log_level", "2");
    for (int i = 5; i + 1 < argc; i += 2) {
        char *value = argv[i + 1];
        if (!strcmp(argv[i], "--rate"))
            rate = atof(value);
        else if (!strcmp(argv[i], "--mark"))
            mark = (size_t)atol(value);
        else if (!strcmp(argv[i], "--expect"))
            expect_timeout = !strcmp(value, "timeout");
        else if (!strcmp(argv[i], "--late"))
            late_s = atof(value);
        else if (!strcmp(argv[i], "-X") && strchr(value, '=')) {
            char *equals = strchr(value, '=');
            *equals = '\0';
            if (!strcmp(value, "message.timeout.ms"))
                timeout_s = atof(equals + 1) / 1000;
            if (!strcmp(value, "enable.idempotence"))
                idempotent = !strcmp(equals + 1, "true");
            conf_set(conf, value, equals + 1);
        } else
            FAIL("unknown option %s", argv[i]);
    }
    read_input(argv[3]);
    CHECK((report = fopen(argv[4], "w")), "%s: cannot write", argv[4]);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, &lines);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic_name, NULL);
    CHECK(rkt, "topic_new");

    double began = now_s();
    produce_all(rk, rkt, rate, mark);
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, -1);
    CHECK(!err, "flush: %s, %d in queue", rd_kafka_err2name(err), rd_kafka_outq_len(rk));
    double elapsed = now_s() - began;
    check_nothing_queued(rk);
    rd_kafka_poll(rk, 200); /* a report too many would come now */
    CHECK(reported == line_count, "%zu of %zu messages were reported", reported, line_count);
    for (size_t n = 0; n < line_count; n++)
        CHECK(lines[n].reports == 1, "line %zu was reported %u times", n, lines[n].reports);

    rd_kafka_topic_destroy(rkt);
    double before = pace_s();
    rd_kafka_destroy(rk);
    double destroy = pace_s() - before;
    CHECK(destroy < 5, "rd_kafka_destroy took %.1f s", destroy);
    fclose(report);
    printf("delivered=%zu failed=%zu overdue=%zu latest_ms=%.0f destroy_ms=%.0f seconds=%.2f\n", delivered, failed, overdue,
           latest * 1000, destroy * 1000, elapsed);
    return 0;
}
