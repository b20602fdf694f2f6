/*
 * Who owns what after a call that produces: for every way of producing, every flag and every kind of headers, in a situation.
 *
 * What the library frees is counted, not guessed: free() is this program's own, and payloads come from memory that is never
 * given back, so that even a double free is a number and no crash. Under valgrind and AddressSanitizer, which have a free() of
 * their own, payloads come from malloc and are freed exactly as the rules say: the library when it has taken the message, the
 * caller when it has not; what does not follow them is found there.
 */
#ifndef CAPI_TESTS_OWNERSHIP_H
#define CAPI_TESTS_OWNERSHIP_H

#include "common.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#ifdef __SANITIZE_ADDRESS__
#define REAL_FREES 1
#else
#define REAL_FREES (getenv("UNDER_VALGRIND") != NULL)
#endif

/* Payloads. */

#define SLOT 8192
#define SLOTS 128

static _Alignas(64) char arena[SLOTS][SLOT];
static atomic_int arena_frees[SLOTS];

/* Header lists of the current situation; the library's memory, so their addresses are looked at. */
static _Atomic(void *) lists[SLOTS];
static atomic_int list_frees[SLOTS];

#ifndef __SANITIZE_ADDRESS__
extern void __libc_free(void *);

void free(void *p) {
    if ((char *)p >= arena[0] && (char *)p < arena[0] + sizeof(arena)) {
        atomic_fetch_add(&arena_frees[((char *)p - arena[0]) / SLOT], 1);
        return;
    }
    for (size_t i = 0; p && i < SLOTS && lists[i]; i++)
        if (lists[i] == p) {
            atomic_fetch_add(&list_frees[i], 1);
            return; /* kept: no other list shall get this address */
        }
    __libc_free(p);
}
#endif

/* One message that is to be produced, and what became of it. */

enum api { PRODUCE, PRODUCEV, PRODUCEVA, BATCH, BATCH_OWN, APIS };
enum kind { NO_HEADERS, SINGLE, LIST, KINDS };

static const char *const api_names[] = {"produce", "producev", "produceva", "batch", "batch with partitions"};
static const char *const kind_names[] = {"", " one header", " headers"};

static const struct {
    const char *name;
    int flags;
} flag_sets[] = {{"lent", 0},
                 {"copied", RD_KAFKA_MSG_F_COPY},
                 {"given", RD_KAFKA_MSG_F_FREE},
                 {"copied and given", RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_FREE}};

#define FLAG_SETS 4

struct item {
    enum api api;
    enum kind kind;
    int set;
    int slot;
    size_t length;
    void *payload;
    rd_kafka_headers_t *headers;
    /* What the call said. */
    rd_kafka_resp_err_t err;
    int number; /* errno, of those that set it */
    char text[160];
    int freed_by_call, list_freed_by_call;
    /* What its report said. */
    int reports;
    rd_kafka_resp_err_t reported;
    rd_kafka_msg_status_t status;
    bool same, intact;
    int freed_at_report, freed_at_next; /* when it came, and the one that followed */
    bool followed;
    size_t headers_in_report;
};

static struct item items[SLOTS];
static int item_count;

/* What the report before this one was about. */
static struct item *reported_before;

static void comes_after_another(struct item *it) {
    if (reported_before)
        reported_before->followed = true, reported_before->freed_at_next = arena_frees[reported_before->slot];
    reported_before = it;
}

/* How many values were freed after the report that followed their own. */
__attribute__((unused)) static int freed_late(void) {
    int n = 0;
    for (int i = 0; i < item_count; i++)
        n += items[i].followed && items[i].freed_at_next < arena_frees[i];
    return n;
}

static bool refused(const struct item *it) {
    return it->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static struct item *new_item(enum api api, enum kind kind, int set, size_t length, bool no_payload) {
    CHECK(item_count < SLOTS, "too many messages");
    int slot = item_count++;
    struct item *it = &items[slot];
    memset(it, 0, sizeof(*it));
    it->api = api, it->kind = kind, it->set = set, it->slot = slot, it->length = length;
    CHECK(length <= SLOT, "value of %zu bytes", length);
    if (!no_payload) {
        it->payload = REAL_FREES ? malloc(length + 1) : arena[slot];
        memset(it->payload, 'a' + slot % 26, length);
    }
    if (kind == LIST) {
        it->headers = rd_kafka_headers_new(1);
        CHECK(!rd_kafka_header_add(it->headers, "mine", -1, "value", -1), "header_add");
        CHECK(!rd_kafka_header_add(it->headers, "other", -1, NULL, 0), "header_add");
    }
    atomic_store(&arena_frees[slot], 0);
    atomic_store(&list_frees[slot], 0);
    atomic_store(&lists[slot], it->headers ? (void *)it->headers : (void *)&lists[slot]);
    return it;
}

static bool is_intact(const struct item *it, const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (((const char *)bytes)[i] != 'a' + it->slot % 26)
            return false;
    return length == it->length;
}

static void report(const rd_kafka_message_t *m) {
    intptr_t n = (intptr_t)m->_private - 1;
    if (n == -1)
        return; /* not one of ours: what the situation needed */
    CHECK(n >= 0 && n < item_count, "report with opaque %" PRIdPTR, n);
    struct item *it = &items[n];
    rd_kafka_headers_t *headers;
    it->reports++;
    it->reported = m->err;
    it->status = rd_kafka_message_status(m);
    it->same = m->payload == it->payload;
    it->intact = it->payload ? is_intact(it, m->payload, m->len) : !m->payload && !m->len;
    it->freed_at_report = arena_frees[n];
    comes_after_another(it);
    it->headers_in_report = rd_kafka_message_headers(m, &headers) ? 0 : rd_kafka_header_cnt(headers);
}

__attribute__((unused)) static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    report(m);
}

/* The form of reports that shows the payload and little else. */
__attribute__((unused)) static void on_old_report(rd_kafka_t *rk, void *payload, size_t len, rd_kafka_resp_err_t err, void *opaque,
                                                  void *msg_opaque) {
    (void)rk, (void)opaque;
    intptr_t n = (intptr_t)msg_opaque - 1;
    if (n == -1)
        return;
    CHECK(n >= 0 && n < item_count, "report with opaque %" PRIdPTR, n);
    items[n].reports++;
    items[n].reported = err;
    items[n].same = payload == items[n].payload;
    items[n].intact = !items[n].payload || is_intact(&items[n], payload, len);
    items[n].freed_at_report = arena_frees[n];
    comes_after_another(&items[n]);
}

/* Where messages go. */
struct target {
    rd_kafka_t *rk;
    rd_kafka_topic_t *rkt;
    int32_t partition;
    int more_flags;
    int64_t timestamp; /* of producev and produceva */
};

static void note(struct item *it, rd_kafka_resp_err_t err, int number) {
    it->err = err;
    it->number = err ? number : 0;
    it->freed_by_call = arena_frees[it->slot];
    it->list_freed_by_call = list_frees[it->slot];
}

static void produce_va(const struct target *to, struct item *it, int flags, void *opaque) {
    rd_kafka_vu_t vus[8] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = to->rkt},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = to->partition},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {it->payload, it->length}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = flags},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = opaque},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = to->timestamp},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {"k", 1}},
    };
    size_t n = 7;
    if (it->kind == SINGLE) {
        vus[n].vtype = RD_KAFKA_VTYPE_HEADER;
        vus[n].u.header.name = "single";
        vus[n].u.header.val = "value";
        vus[n++].u.header.size = 5;
    } else if (it->kind == LIST) {
        vus[n].vtype = RD_KAFKA_VTYPE_HEADERS;
        vus[n++].u.headers = it->headers;
    }
    rd_kafka_error_t *error = rd_kafka_produceva(to->rk, vus, n);
    note(it, error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR, 0);
    snprintf(it->text, sizeof(it->text), "%s%s", error ? rd_kafka_error_string(error) : "", rd_kafka_error_is_fatal(error) ? " (fatal)" : "");
    rd_kafka_error_destroy(error);
}

static rd_kafka_resp_err_t produce_v(const struct target *to, struct item *it, int flags, void *opaque) {
    switch (it->kind) {
    case SINGLE:
        return rd_kafka_producev(to->rk, RD_KAFKA_V_RKT(to->rkt), RD_KAFKA_V_PARTITION(to->partition), RD_KAFKA_V_KEY("k", 1),
                                 RD_KAFKA_V_VALUE(it->payload, it->length), RD_KAFKA_V_HEADER("single", "value", 5),
                                 RD_KAFKA_V_MSGFLAGS(flags), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_TIMESTAMP(to->timestamp),
                                 RD_KAFKA_V_END);
    case LIST:
        return rd_kafka_producev(to->rk, RD_KAFKA_V_RKT(to->rkt), RD_KAFKA_V_PARTITION(to->partition), RD_KAFKA_V_KEY("k", 1),
                                 RD_KAFKA_V_VALUE(it->payload, it->length), RD_KAFKA_V_HEADERS(it->headers),
                                 RD_KAFKA_V_MSGFLAGS(flags), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_TIMESTAMP(to->timestamp),
                                 RD_KAFKA_V_END);
    default:
        return rd_kafka_producev(to->rk, RD_KAFKA_V_RKT(to->rkt), RD_KAFKA_V_PARTITION(to->partition), RD_KAFKA_V_KEY("k", 1),
                                 RD_KAFKA_V_VALUE(it->payload, it->length), RD_KAFKA_V_MSGFLAGS(flags), RD_KAFKA_V_OPAQUE(opaque),
                                 RD_KAFKA_V_TIMESTAMP(to->timestamp), RD_KAFKA_V_END);
    }
}

static void produce_item(const struct target *to, struct item *it) {
    int flags = flag_sets[it->set].flags | to->more_flags;
    void *opaque = (void *)(intptr_t)(it->slot + 1);
    rd_kafka_message_t m = {.payload = it->payload, .len = it->length, .key = "k", .key_len = 1, .partition = to->partition, ._private = opaque};

    errno = 0;
    if (it->api == PRODUCE) {
        int res = rd_kafka_produce(to->rkt, to->partition, flags, it->payload, it->length, "k", 1, opaque);
        int number = errno;
        note(it, res ? rd_kafka_last_error() : RD_KAFKA_RESP_ERR_NO_ERROR, number);
    } else if (it->api == PRODUCEV) {
        note(it, produce_v(to, it, flags, opaque), 0);
    } else if (it->api == PRODUCEVA) {
        produce_va(to, it, flags, opaque);
    } else {
        bool own = it->api == BATCH_OWN;
        int good = rd_kafka_produce_batch(to->rkt, own ? RD_KAFKA_PARTITION_UA : to->partition,
                                          flags | (own ? RD_KAFKA_MSG_F_PARTITION : 0), &m, 1);
        CHECK(good == (m.err == 0), "batch: %d, %s", good, rd_kafka_err2name(m.err));
        note(it, m.err, 0);
    }
    /* What was copied is the caller's to change at once. */
    if (it->payload && (flags & RD_KAFKA_MSG_F_COPY))
        memset(it->payload, '#', it->length);
}

/* What is still the caller's by the rules: an item that was refused, a payload that was not given away. */
static void release_item(struct item *it) {
    if (it->payload && REAL_FREES && (refused(it) || flag_sets[it->set].flags != RD_KAFKA_MSG_F_FREE))
        free(it->payload);
    lists[it->slot] = &lists[it->slot];
    if (it->headers && refused(it))
        rd_kafka_headers_destroy(it->headers);
}

/* Without reports, a message may be delivered and freed while its call still runs, or later: who is first is nobody's promise. */
static bool without_reports;

/* Prints all items of a situation, when nothing is under way any more, and forgets them. */
__attribute__((unused)) static void show_items(const char *situation) {
    printf("== %s\n", situation);
    for (int i = 0; i < item_count; i++) {
        struct item *it = &items[i];
        printf("%s %s%s: ", api_names[it->api], flag_sets[it->set].name, kind_names[it->kind]);
        if (refused(it)) {
            printf("refused %s errno %d \"%s\", value %s, freed %d", rd_kafka_err2name(it->err), it->number, it->text,
                   !it->payload || flag_sets[it->set].flags & RD_KAFKA_MSG_F_COPY || is_intact(it, it->payload, it->length) ? "intact" : "changed",
                   arena_frees[i]);
            if (it->headers)
                printf(", list of %zu freed %d", rd_kafka_header_cnt(it->headers), list_frees[i]);
        } else {
            if (!without_reports)
                printf("freed by call %d, at report %d, ", it->freed_by_call, it->freed_at_report);
            printf("in all %d", arena_frees[i]);
            if (it->headers)
                printf(", list freed %d", list_frees[i]);
        }
        if (it->reports)
            printf(", %d report: %s status %d, value %s%s, %zu headers", it->reports, rd_kafka_err2name(it->reported), it->status,
                   it->same ? "same" : "other", it->intact ? "" : " and changed", it->headers_in_report);
        putchar('\n');
        release_item(it);
    }
    for (int i = 0; i < item_count; i++)
        lists[i] = NULL;
    item_count = 0;
    reported_before = NULL;
}

#endif
