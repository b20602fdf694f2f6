/* test: differential valgrind */
/* The small objects of the API: header lists, partition lists, error objects, UUIDs. */
#include "common.h"

static void show_value(rd_kafka_resp_err_t err, const void *value, size_t size) {
    if (err)
        printf("%s\n", rd_kafka_err2name(err));
    else
        printf("%s size %zu \"%.*s\" end %d\n", value ? "value" : "NULL", size, (int)size, value ? (const char *)value : "",
               value ? ((const char *)value)[size] : 0);
}

static void show_headers(const char *what, const rd_kafka_headers_t *h) {
    printf("%s: %zu headers\n", what, rd_kafka_header_cnt(h));
    for (size_t i = 0;; i++) {
        const char *name = NULL;
        const void *value = NULL;
        size_t size = 0;
        rd_kafka_resp_err_t err = rd_kafka_header_get_all(h, i, &name, &value, &size);
        printf("  %zu %s ", i, name ? name : "-");
        show_value(err, value, size);
        if (err)
            break;
    }
}

static void headers(void) {
    rd_kafka_headers_t *h = rd_kafka_headers_new(0), *copy;
    const void *value = NULL;
    size_t size = 0;

    show_headers("empty", h);
    printf("add %d\n", rd_kafka_header_add(h, "one", -1, "first", -1));
    printf("add %d\n", rd_kafka_header_add(h, "twofold", 3, "second value", 6));
    printf("add %d\n", rd_kafka_header_add(h, "null", -1, NULL, 0));
    printf("add %d\n", rd_kafka_header_add(h, "null sized", -1, NULL, 17));
    printf("add %d\n", rd_kafka_header_add(h, "null unsized", -1, NULL, -1));
    printf("add %d\n", rd_kafka_header_add(h, "empty", -1, "", 0));
    printf("add %d\n", rd_kafka_header_add(h, "binary", -1, "a\0b", 3));
    printf("add %d\n", rd_kafka_header_add(h, "one", -1, "last", -1));
    printf("add %d\n", rd_kafka_header_add(h, "", 0, "no name", -1));
    show_headers("filled", h);
    for (size_t i = 0; i < 3; i++) {
        rd_kafka_resp_err_t err = rd_kafka_header_get(h, i, "one", &value, &size);
        printf("one[%zu] ", i);
        show_value(err, value, size);
    }
    printf("last ");
    show_value(rd_kafka_header_get_last(h, "one", &value, &size), value, size);
    printf("last of none ");
    show_value(rd_kafka_header_get_last(h, "On", &value, &size), value, size);
    copy = rd_kafka_headers_copy(h);
    printf("remove %s\n", rd_kafka_err2name(rd_kafka_header_remove(h, "one")));
    printf("remove %s\n", rd_kafka_err2name(rd_kafka_header_remove(h, "one")));
    printf("remove %s\n", rd_kafka_err2name(rd_kafka_header_remove(h, "nul")));
    show_headers("after removal", h);
    rd_kafka_headers_destroy(h);
    show_headers("copy", copy);
    rd_kafka_headers_destroy(copy);
}

static void show_list(const char *what, const rd_kafka_topic_partition_list_t *l) {
    printf("%s: cnt %d size %d\n", what, l->cnt, l->size);
    for (int i = 0; i < l->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &l->elems[i];
        printf("  %s [%d] offset %" PRId64 " metadata %zu %.*s opaque %d err %s epoch %d\n", p->topic, p->partition,
               p->offset, p->metadata_size, (int)p->metadata_size, p->metadata ? (char *)p->metadata : "",
               (int)(intptr_t)p->opaque, rd_kafka_err2name(p->err), rd_kafka_topic_partition_get_leader_epoch(p));
    }
}

static int by_partition_down(const void *a, const void *b, void *opaque) {
    int sign = *(int *)opaque;
    return sign * (((const rd_kafka_topic_partition_t *)b)->partition - ((const rd_kafka_topic_partition_t *)a)->partition);
}

static void partition_lists(void) {
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(0), *copy;
    rd_kafka_topic_partition_t *p;
    int sign = 1;

    show_list("new", l);
    for (int i = 0; i < 40; i++) {
        rd_kafka_topic_partition_list_add(l, i % 2 ? "odd" : "even", i);
        if (i < 4 || i == 36)
            printf("after %d: size %d\n", i + 1, l->size);
    }
    rd_kafka_topic_partition_list_destroy(l);

    l = rd_kafka_topic_partition_list_new(2);
    p = rd_kafka_topic_partition_list_add(l, "b", 1);
    p->metadata = strdup("meta");
    p->metadata_size = 4;
    p->opaque = (void *)(intptr_t)5;
    p->err = RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_topic_partition_set_leader_epoch(p, 3);
    rd_kafka_topic_partition_list_add_range(l, "a", 2, 5);
    rd_kafka_topic_partition_list_add_range(l, "a", 5, 4);
    rd_kafka_topic_partition_list_add(l, "a", 10);
    rd_kafka_topic_partition_list_add(l, "", RD_KAFKA_PARTITION_UA);
    show_list("filled", l);
    printf("set %s\n", rd_kafka_err2name(rd_kafka_topic_partition_list_set_offset(l, "a", 3, 33)));
    printf("set %s\n", rd_kafka_err2name(rd_kafka_topic_partition_list_set_offset(l, "a", 6, 33)));
    printf("find %d %d\n", rd_kafka_topic_partition_list_find(l, "a", 10) == &l->elems[5],
           rd_kafka_topic_partition_list_find(l, "a", 11) == NULL);
    rd_kafka_topic_partition_list_sort(l, NULL, NULL);
    show_list("sorted", l);
    rd_kafka_topic_partition_list_sort(l, by_partition_down, &sign);
    show_list("sorted downwards", l);
    printf("del %d %d\n", rd_kafka_topic_partition_list_del(l, "a", 4), rd_kafka_topic_partition_list_del(l, "a", 4));
    printf("del by index %d %d %d\n", rd_kafka_topic_partition_list_del_by_idx(l, 0),
           rd_kafka_topic_partition_list_del_by_idx(l, -1), rd_kafka_topic_partition_list_del_by_idx(l, l->cnt));
    copy = rd_kafka_topic_partition_list_copy(l);
    rd_kafka_topic_partition_list_destroy(l);
    show_list("copy", copy);
    rd_kafka_topic_partition_list_destroy(copy);
}

static void show_error(rd_kafka_error_t *e) {
    printf("error %d %s \"%s\" fatal %d retriable %d abort %d\n", rd_kafka_error_code(e), rd_kafka_error_name(e),
           rd_kafka_error_string(e), rd_kafka_error_is_fatal(e), rd_kafka_error_is_retriable(e),
           rd_kafka_error_txn_requires_abort(e));
    rd_kafka_error_destroy(e);
}

static void error_objects(void) {
    char longer[3000];
    const char *none = NULL;

    show_error(NULL);
    show_error(rd_kafka_error_new(RD_KAFKA_RESP_ERR__TIMED_OUT, none));
    show_error(rd_kafka_error_new(RD_KAFKA_RESP_ERR__TIMED_OUT, "%s", ""));
    show_error(rd_kafka_error_new(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "%s %d %5.2f %c %lld %%", "text", -7, 3.14159,
                                  'c', 1LL << 40));
    show_error(rd_kafka_error_new((rd_kafka_resp_err_t)-12345, "%d%d%d%d%d%d%d%d %g%g%g%g%g%g%g%g%g", 1, 2, 3, 4, 5, 6,
                                  7, 8, .1, .2, .3, .4, .5, .6, .7, .8, .9));
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    show_error(rd_kafka_error_new(RD_KAFKA_RESP_ERR__FAIL, "<%s>", longer));
}

static void uuids(void) {
    static const int64_t halves[][2] = {{0, 0}, {0, 1}, {-1, -1}, {INT64_MIN, INT64_MAX}, {0x0123456789abcdef, 42}};
    for (size_t i = 0; i < sizeof(halves) / sizeof(*halves); i++) {
        rd_kafka_Uuid_t *u = rd_kafka_Uuid_new(halves[i][0], halves[i][1]);
        rd_kafka_Uuid_t *copy = rd_kafka_Uuid_copy(u);
        printf("uuid %s %" PRId64 " %" PRId64 "\n", rd_kafka_Uuid_base64str(u), rd_kafka_Uuid_most_significant_bits(copy),
               rd_kafka_Uuid_least_significant_bits(copy));
        rd_kafka_Uuid_destroy(u);
        printf("copy %s\n", rd_kafka_Uuid_base64str(copy));
        rd_kafka_Uuid_destroy(copy);
    }
}

int main(void) {
    headers();
    partition_lists();
    error_objects();
    uuids();
    return 0;
}
