/* test: differential valgrind engines */
/* What produce, producev, produceva and produce_batch refuse, with which error, errno and text. */
#include "deliveries.h"

#include <errno.h>

static void show(const char *what, int result) {
    int number = errno;
    printf("%s: %d", what, result);
    if (result)
        printf(" %s errno %d", rd_kafka_err2name(rd_kafka_last_error()), number);
    putchar('\n');
    errno = 0;
}

/* The longest value that message.max.bytes lets through, for some key lengths. */
static void size_limit(rd_kafka_topic_t *rkt, int *n) {
    static char bytes[4096];
    static const size_t keys[] = {0, 1, 100};
    for (size_t k = 0; k < 3; k++) {
        size_t longest = 0;
        rd_kafka_resp_err_t err = 0;
        for (size_t length = 600; length < 1200; length++) {
            int result = rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, bytes, length, keys[k] ? bytes : NULL, keys[k],
                                          (void *)(intptr_t)*n);
            if (result) {
                err = rd_kafka_last_error();
                break;
            }
            ++*n;
            longest = length;
        }
        printf("key of %zu bytes: longest value %zu, then %s\n", keys[k], longest, rd_kafka_err2name(err));
    }
}

static void show_va(const char *what, rd_kafka_error_t *error) {
    printf("%s: %s", what, rd_kafka_error_name(error));
    if (error)
        printf(" | %s", rd_kafka_error_string(error));
    putchar('\n');
    rd_kafka_error_destroy(error);
}

static void variadic(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int *n) {
    static char big[2000];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
    rd_kafka_header_add(headers, "a", -1, "b", -1);

    printf("no topic: %s\n", rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END)));
    printf("header and headers: %s\n",
           rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_HEADER("x", "y", 1),
                                               RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END)));
    printf("headers and header: %s\n",
           rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_HEADERS(headers),
                                               RD_KAFKA_V_HEADER("x", "y", 1), RD_KAFKA_V_END)));
    printf("unknown tag: %s\n", rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), 4711, RD_KAFKA_V_END)));
    printf("unknown partition: %s\n",
           rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(99), RD_KAFKA_V_END)));
    printf("too large, with headers: %s\n",
           rd_kafka_err2name(rd_kafka_producev(rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_VALUE(big, sizeof(big)),
                                               RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END)));
    /* After all these refusals the list is still the caller's. */
    printf("headers still hold %zu\n", rd_kafka_header_cnt(headers));
    printf("accepted: %s\n", rd_kafka_err2name(rd_kafka_producev(
                                 rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_HEADERS(headers),
                                 RD_KAFKA_V_OPAQUE((void *)(intptr_t)(*n)++), RD_KAFKA_V_END)));

    rd_kafka_vu_t none[1] = {{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {"v", 1}}};
    show_va("va without topic", rd_kafka_produceva(rk, none, 1));
    rd_kafka_vu_t odd[2] = {{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = rkt}, {.vtype = (rd_kafka_vtype_t)4711}};
    show_va("va with an unknown tag", rd_kafka_produceva(rk, odd, 2));
    rd_kafka_vu_t large[2] = {{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = rkt},
                              {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {big, sizeof(big)}}};
    show_va("va too large", rd_kafka_produceva(rk, large, 2));
    rd_kafka_vu_t where[2] = {{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = rkt},
                              {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 99}};
    show_va("va to an unknown partition", rd_kafka_produceva(rk, where, 2));
    rd_kafka_vu_t good[2] = {{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "t"},
                             {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(intptr_t)(*n)++}};
    show_va("va accepted", rd_kafka_produceva(rk, good, 2));
}

static void batches(rd_kafka_topic_t *rkt, int *n) {
    static char big[2000];
    rd_kafka_message_t m[5];
    memset(m, 0, sizeof(m));
    for (int i = 0; i < 5; i++) {
        m[i].payload = i == 2 ? big : "value";
        m[i].len = i == 2 ? sizeof(big) : 5;
        m[i].key = i % 2 ? "key" : NULL;
        m[i].key_len = i % 2 ? 3 : 0;
        m[i].partition = i % 4; /* an unknown one here stays in the reference's outq_len for ever: see batch_refusal.c */
        m[i]._private = (void *)(intptr_t)(*n + i);
    }
    int accepted = rd_kafka_produce_batch(rkt, 2, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION, m, 5);
    printf("batch with own partitions: %d accepted\n", accepted);
    for (int i = 0; i < 5; i++)
        printf("  %d: %s\n", i, rd_kafka_err2name(m[i].err));
    *n += 5;
    for (int i = 0; i < 5; i++)
        m[i]._private = (void *)(intptr_t)(*n + i);
    accepted = rd_kafka_produce_batch(rkt, 2, RD_KAFKA_MSG_F_COPY, m, 5);
    printf("batch to one partition: %d accepted\n", accepted);
    for (int i = 0; i < 5; i++)
        printf("  %d: %s\n", i, rd_kafka_err2name(m[i].err));
    *n += 5;
    for (int i = 0; i < 5; i++)
        m[i]._private = (void *)(intptr_t)(*n + i);
    accepted = rd_kafka_produce_batch(rkt, 99, RD_KAFKA_MSG_F_COPY, m, 5);
    printf("batch to an unknown partition: %d accepted\n", accepted);
    for (int i = 0; i < 5; i++)
        printf("  %d: %s\n", i, rd_kafka_err2name(m[i].err));
    *n += 5;
    printf("batch of none: %d\n", rd_kafka_produce_batch(rkt, 0, RD_KAFKA_MSG_F_COPY, m, 0));
}

int main(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("message.max.bytes", "1000", "message.copy.max.bytes", "500", NULL), &rkt);
    int n = 1;

    errno = 0;
    show("unknown partition", rd_kafka_produce(rkt, 99, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL));
    show("partition -2", rd_kafka_produce(rkt, -2, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL));
    static char big[2000];
    show("too large", rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, big, sizeof(big), NULL, 0, NULL));
    size_limit(rkt, &n);
    variadic(rk, rkt, &n);
    batches(rkt, &n);

    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    CHECK(rd_kafka_outq_len(rk) == 0, "outq_len");
    for (int i = 0; i < n + 5; i++) {
        CHECK(deliveries[i].reports <= 1, "message %d reported %d times", i, deliveries[i].reports);
        if (deliveries[i].reports)
            printf("report %d: %s, %zu bytes, partition %s\n", i, rd_kafka_err2name(deliveries[i].err),
                   deliveries[i].length, deliveries[i].partition >= 0 ? "known" : "unknown");
    }
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
