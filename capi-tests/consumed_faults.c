/* test: alone */
/*
 * What is wrong with fetched records, as a consumer is told it, and that what stands behind it is read. Codes, texts and offsets are the
 * reference's; it is not compared here because it reads the same bad batch again for ever.
 */
#include "odd_broker.h"

#include "consumed.h"

static unsigned char records[4096];
static size_t size;

static void add(int64_t value, int bytes) {
    while (bytes--)
        records[size++] = (unsigned char)((uint64_t)value >> (8 * bytes));
}

static void set(size_t at, int64_t value, int bytes) {
    while (bytes--)
        records[at++] = (unsigned char)((uint64_t)value >> (8 * bytes));
}

/* A batch of two records with values of one byte, without a sum. */
static void add_batch(int64_t offset) {
    size_t start = size;
    add(offset, 8), add(0, 4), add(3, 4), add(2, 1), add(0, 4), add(0, 2), add(1, 4), add(1000, 8), add(1001, 8);
    add(-1, 8), add(-1, 2), add(-1, 4), add(2, 4);
    for (int i = 0; i < 2; i++) /* length, attributes, two deltas, no key, a value, no headers */
        add(7 << 1, 1), add(0, 1), add(i << 1, 1), add(i << 1, 1), add(1, 1), add(1 << 1, 1), add('a' + i, 1), add(0, 1);
    set(start + 8, (int64_t)(size - start - 12), 4);
}

/* A message of format 0 or 1 with a value of one byte, without a sum. */
static void add_message(int64_t offset, int magic) {
    add(offset, 8), add(magic ? 23 : 15, 4), add(0, 4), add(magic, 1), add(0, 1);
    if (magic)
        add(777, 8);
    add(-1, 4), add(1, 4), add('m', 1);
}

static void bad_codec(size_t batch) { set(batch + 21, 6, 2); }
static void bad_gzip(size_t batch) { set(batch + 21, 1, 2); }
static void bad_snappy(size_t batch) { set(batch + 21, 2, 2); }
static void bad_lz4(size_t batch) { set(batch + 21, 3, 2); }
static void bad_zstd(size_t batch) { set(batch + 21, 4, 2); }
static void bad_magic(size_t batch) { set(batch + 16, 3, 1); }
static void good(size_t batch) { (void)batch; }
static void append_time(size_t batch) { set(batch + 21, 8, 2); }
static void control(size_t batch) { set(batch + 21, 0x20, 2); }

static void answer(int version, int64_t offset) {
    if (version >= 1)
        put(0, 4);
    if (version >= 7)
        put(0, 2), put(0, 4);
    put(1, 4), put_text("t"), put(1, 4), put(0, 4), put(0, 2), put(6, 8), put(6, 8), put(0, 8), put(-1, 4), put(-1, 4);
    if (offset >= 6)
        size = 0, sleep_ms(10);
    put((int64_t)size, 4);
    memcpy(odd_out + odd_used, records, size);
    odd_used += size;
}

/* Reads to the end: offsets of messages, and errors with their offsets and texts. */
static void read_all(const char *what, bool check_crcs, const char *expected) {
    char seen[1000] = "";
    odd.fetch = answer;
    start_odd_broker();
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    odd_bootstrap(conf);
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "check.crcs", check_crcs ? "true" : "false");
    rd_kafka_t *rk = new_consumer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    CHECK(!rd_kafka_consume_start(rkt, 0, 0), "start");
    for (bool more = true; more;) {
        rd_kafka_message_t *m = rd_kafka_consume(rkt, 0, hang_ms());
        CHECK(m, "%s: nothing after %s", what, seen);
        more = m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF;
        size_t used = strlen(seen);
        rd_kafka_timestamp_type_t type;
        rd_kafka_message_timestamp(m, &type);
        if (m->err && more)
            snprintf(seen + used, sizeof(seen) - used, "%" PRId64 " %s %s; ", m->offset, err_name(m->err), rd_kafka_message_errstr(m));
        else if (more)
            snprintf(seen + used, sizeof(seen) - used, "%" PRId64 "/%d%.*s ", m->offset, (int)type, (int)m->len, (char *)m->payload);
        rd_kafka_message_destroy(m);
    }
    rd_kafka_consume_stop(rkt, 0);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    stop_odd_broker();
    CHECK(!strcmp(seen, expected), "%s:\n  %s\ninstead of\n  %s", what, seen, expected);
}

static void batches(const char *what, void (*how)(size_t batch), bool check_crcs, const char *expected) {
    size = 0;
    for (int i = 0; i < 3; i++) {
        size_t start = size;
        add_batch(2 * i);
        if (i == 1)
            how(start);
    }
    read_all(what, check_crcs, expected);
}

static void messages(const char *what, int magic, void (*how)(size_t batch), bool check_crcs, const char *expected) {
    size = 0;
    for (int i = 0; i < 6; i++) {
        size_t start = size;
        add_message(i, magic);
        if (i == 3)
            how(start);
    }
    read_all(what, check_crcs, expected);
}

static void message_codec(size_t message) { set(message + 17, 6, 1); }
static void message_gzip(size_t message) { set(message + 17, 1, 1); }
static void message_append_time(size_t message) { set(message + 17, 8, 1); }

#define AROUND(second) "0/1a 1/1b " second "4/1a 5/1b "
#define BAD(codec)                                                                                                     \
    AROUND("2 _BAD_COMPRESSION Decompression (codec " codec ") of message at 2 of 16 bytes failed: Local: Invalid compressed data; ")

int main(void) {
    batches("good", good, false, AROUND("2/1a 3/1b "));
    batches("append time", append_time, false, AROUND("2/2a 3/2b "));
    batches("control batch", control, false, AROUND(""));
    batches("unknown magic", bad_magic, false, AROUND("2 _NOT_IMPLEMENTED Unsupported Message(Set) MagicByte 3 at offset 2; "));
    batches("unknown codec", bad_codec, false,
            AROUND("2 _NOT_IMPLEMENTED Decompression (codec 0x6) of message at 2 of 16 bytes failed: Local: Not implemented; "));
    batches("bad gzip", bad_gzip, false, BAD("0x1"));
    batches("bad snappy", bad_snappy, false, BAD("0x2"));
    batches("bad lz4", bad_lz4, false, BAD("0x3"));
    batches("bad zstd", bad_zstd, false, BAD("0x4"));
    batches("bad sums", good, true,
            "0 _BAD_MSG MessageSet at offset 0 (65 bytes) failed CRC32C check (original 0x0 != calculated 0x541f3f80); "
            "2 _BAD_MSG MessageSet at offset 2 (65 bytes) failed CRC32C check (original 0x0 != calculated 0x541f3f80); "
            "4 _BAD_MSG MessageSet at offset 4 (65 bytes) failed CRC32C check (original 0x0 != calculated 0x541f3f80); ");
    messages("format 0", 0, good, false, "0/0m 1/0m 2/0m 3/0m 4/0m 5/0m ");
    messages("format 1", 1, good, false, "0/1m 1/1m 2/1m 3/1m 4/1m 5/1m ");
    messages("format 1, append time", 1, message_append_time, false, "0/1m 1/1m 2/1m 3/2m 4/1m 5/1m ");
    messages("format 1, unknown magic", 1, bad_magic, false,
             "0/1m 1/1m 2/1m 3 _NOT_IMPLEMENTED Unsupported Message(Set) MagicByte 3 at offset 3; 4/1m 5/1m ");
    messages("format 1, unknown codec", 1, message_codec, false,
             "0/1m 1/1m 2/1m 3 _NOT_IMPLEMENTED Decompression (codec 0x6) of message at 3 of 1 bytes failed: Local: Not implemented; "
             "4/1m 5/1m ");
    messages("format 0, bad gzip", 0, message_gzip, false,
             "0/0m 1/0m 2/0m 3 _BAD_COMPRESSION Decompression (codec 0x1) of message at 3 of 1 bytes failed: Local: Invalid compressed "
             "data; 4/0m 5/0m ");
    return 0;
}
