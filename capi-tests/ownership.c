/* test: alone valgrind engines */
/*
 * Who owns payload and headers where the reference itself breaks the rules, or crashes:
 * - a message of produce_batch that the partitioner fails is freed with RD_KAFKA_MSG_F_FREE, although the call says that it was
 *   refused, and one refused for its own partition stays in the queue's count for ever;
 * - what an interceptor does to the headers in on_send is done to the caller's list, also when the call then fails: a list that
 *   is replaced is gone, a list that grows has grown once more with the next try;
 * - on an instance that a child process has inherited;
 * and where ours once freed an address that was none.
 */
#include "ownership.h"

#include <sys/wait.h>

static int32_t beyond(const rd_kafka_topic_t *rkt, const void *key, size_t keylen, int32_t partitions, void *topic_opaque, void *msg_opaque) {
    (void)rkt, (void)key, (void)keylen, (void)partitions, (void)topic_opaque, (void)msg_opaque;
    return 99;
}

static rd_kafka_resp_err_t replace(rd_kafka_t *rk, rd_kafka_message_t *m, void *ic_opaque) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
    (void)rk, (void)ic_opaque;
    rd_kafka_header_add(headers, "instead", -1, "x", 1);
    rd_kafka_message_set_headers(m, headers);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t extend(rd_kafka_t *rk, rd_kafka_message_t *m, void *ic_opaque) {
    rd_kafka_headers_t *headers;
    (void)rk, (void)ic_opaque;
    if (!rd_kafka_message_headers(m, &headers))
        rd_kafka_header_add(headers, "more", -1, "x", 1);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *ic_opaque, char *errstr, size_t size) {
    (void)conf, (void)errstr, (void)size;
    return rd_kafka_interceptor_add_on_send(rk, "changes", *(rd_kafka_interceptor_f_on_send_t **)ic_opaque, NULL);
}

static struct target start(bool partitioner, rd_kafka_interceptor_f_on_send_t **on_send) {
    struct target to = {.partition = RD_KAFKA_PARTITION_UA};
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", NULL);
    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    if (partitioner)
        rd_kafka_topic_conf_set_partitioner_cb(topic_conf, beyond);
    if (on_send)
        rd_kafka_conf_interceptor_add_on_new(conf, "changes", on_new, on_send);
    rd_kafka_conf_set_default_topic_conf(conf, topic_conf);
    conf_set(conf, "message.max.bytes", "5000");
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    to.rk = new_producer(conf);
    mock_with_topic(to.rk, "t", 4);
    to.rkt = rd_kafka_topic_new(to.rk, "t", NULL);
    CHECK(!rd_kafka_produce(to.rkt, 3, RD_KAFKA_MSG_F_COPY, "first", 5, NULL, 0, NULL), "produce");
    CHECK(!rd_kafka_flush(to.rk, hang_ms()), "flush");
    return to;
}

static void check_refused(struct item *it, rd_kafka_resp_err_t err) {
    CHECK(it->err == err, "%s of %s %s%s", rd_kafka_err2name(it->err), api_names[it->api], flag_sets[it->set].name, kind_names[it->kind]);
    CHECK(arena_frees[it->slot] == 0, "%s %s: freed", api_names[it->api], flag_sets[it->set].name);
    CHECK(flag_sets[it->set].flags & RD_KAFKA_MSG_F_COPY || is_intact(it, it->payload, it->length), "the value has changed");
    if (it->headers)
        CHECK(list_frees[it->slot] == 0 && rd_kafka_header_cnt(it->headers) == 2, "%s: the list has changed", api_names[it->api]);
    CHECK(!it->reports, "a report of what was refused");
}

static void end(struct target *to) {
    CHECK(!rd_kafka_flush(to->rk, hang_ms()), "flush: %d left", rd_kafka_outq_len(to->rk));
    rd_kafka_topic_destroy(to->rkt);
    rd_kafka_destroy(to->rk);
}

static void every_way(const struct target *to) {
    for (int api = 0; api < APIS; api++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int set = 0; set < FLAG_SETS && (kind == NO_HEADERS || api == PRODUCEV || api == PRODUCEVA); set++)
                produce_item(to, new_item(api, kind, set, 20, false));
}

static void refused_by_partitioner(void) {
    struct target to = start(true, NULL);
    every_way(&to);
    end(&to);
    for (int i = 0; i < item_count; i++)
        check_refused(&items[i], RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION);
    show_items("refused by the partitioner");
}

static void changed_by_interceptor(rd_kafka_interceptor_f_on_send_t *on_send, size_t expected) {
    struct target to = start(false, &on_send);
    to.partition = 99;
    every_way(&to);
    for (int i = 0; i < item_count; i++)
        check_refused(&items[i], RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION);
    show_items("changed by an interceptor, refused");
    to.partition = 1;
    struct item *it = new_item(PRODUCEV, LIST, 2, 20, false);
    produce_item(&to, it);
    CHECK(!it->err, "producev: %s", rd_kafka_err2name(it->err));
    CHECK(!rd_kafka_flush(to.rk, hang_ms()), "flush");
    CHECK(it->reports == 1 && it->headers_in_report == expected, "%zu headers", it->headers_in_report);
    end(&to);
    CHECK(REAL_FREES || (arena_frees[it->slot] == 1 && list_frees[it->slot] == 1), "freed %d, %d", arena_frees[it->slot], list_frees[it->slot]);
    show_items("changed by an interceptor, accepted");
}

/* One array with everything: each message is judged by itself. */
static void mixed_batch(void) {
    static const struct {
        size_t length;
        int32_t partition;
        rd_kafka_resp_err_t err;
    } rows[] = {{20, 0, 0},       {6000, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE}, {20, 77, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION},
                {20, -2, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION}, {0, 2, 0},         {4000, 3, 0}};
    enum { N = sizeof(rows) / sizeof(rows[0]) };
    struct target to = start(false, NULL);
    for (int set = 0; set < FLAG_SETS; set++) {
        rd_kafka_message_t m[N];
        memset(m, 0, sizeof(m));
        for (int i = 0; i < N; i++) {
            struct item *it = new_item(BATCH_OWN, NO_HEADERS, set, rows[i].length, false);
            m[i] = (rd_kafka_message_t){.payload = it->payload, .len = it->length, .partition = rows[i].partition,
                                        ._private = (void *)(intptr_t)(it->slot + 1), .err = RD_KAFKA_RESP_ERR__FAIL};
        }
        CHECK(rd_kafka_produce_batch(to.rkt, 0, flag_sets[set].flags | RD_KAFKA_MSG_F_PARTITION, m, N) == 3, "accepted another number than 3");
        for (int i = 0; i < N; i++)
            note(&items[i], m[i].err, 0);
        CHECK(!rd_kafka_flush(to.rk, hang_ms()), "flush: %d left", rd_kafka_outq_len(to.rk));
        for (int i = 0; i < N; i++)
            if (rows[i].err)
                check_refused(&items[i], rows[i].err);
            else
                CHECK(!items[i].err && items[i].reports == 1 && items[i].intact &&
                          (REAL_FREES || arena_frees[i] == (flag_sets[set].flags == RD_KAFKA_MSG_F_FREE)),
                      "%d: %s, %d reports, freed %d", i, rd_kafka_err2name(items[i].err), items[i].reports, arena_frees[i]);
        show_items("one array");
    }
    end(&to);
}

/* Values without bytes that the library is to free, for a topic that the client does not know yet: they wait in one place and go to
 * their partition from there. Each is freed once; one of NULL is none. */
static void empty_values_for_an_unknown_topic(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", NULL);
    rd_kafka_t *rk = new_producer(conf);
    for (int i = 0; i < 6; i++) {
        void *value = i % 2 ? malloc(1) : NULL;
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("unknown"), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_FREE), RD_KAFKA_V_VALUE(value, 0),
                                 RD_KAFKA_V_END),
              "producev %d", i);
    }
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush: %d left", rd_kafka_outq_len(rk));
    rd_kafka_destroy(rk);
}

/* In a child nothing is taken, nothing is freed, and every way of producing says so. */
static void inherited(void) {
    struct target to = start(false, NULL);
    int status;
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0, "fork: %s", strerror(errno));
    if (!pid) {
        alarm((unsigned)hang_ms() / 1000);
        every_way(&to);
        for (int i = 0; i < item_count; i++) {
            CHECK(items[i].err, "%s was accepted in a child", api_names[items[i].api]);
            check_refused(&items[i], items[i].err);
        }
        show_items("in a child");
        rd_kafka_error_t *error = rd_kafka_commit_transaction(to.rk, 100);
        CHECK(error, "commit_transaction in a child");
        rd_kafka_error_destroy(error);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %#x", (unsigned)status);
    end(&to);
}

int main(void) {
    refused_by_partitioner();
    changed_by_interceptor(replace, 1);
    changed_by_interceptor(extend, 3);
    mixed_batch();
    empty_values_for_an_unknown_topic();
    /* What a child has inherited is lost there on purpose, which valgrind would call a leak. */
    if (!getenv("UNDER_VALGRIND"))
        inherited();
    rd_kafka_error_t *error = rd_kafka_produceva(NULL, NULL, 0);
    CHECK(error, "produceva without an instance");
    rd_kafka_error_destroy(error);
    return 0;
}
