/*
 * A broker that acknowledges at once and costs next to nothing, to measure producers against. To measure consumers, it
 * answers every Fetch request with the largest batch that was produced, over and over: its logs have no end.
 *
 *   sink [--brokers N] [--partitions N] [--topic NAME]
 *
 * Prints bootstrap.servers=..., and at SIGTERM what it has seen: requests, partition batches, messages, bytes, Fetch
 * requests, and messages and bytes fetched.
 * One thread, epoll. It answers ApiVersions, Metadata v9, InitProducerId v4, Produce v3 to v10 and Fetch v4 to v11, reading
 * of a Produce request only what the answer needs, and does not look into the record batches but for their record count.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_BROKERS 64

enum { PRODUCE = 0, FETCH = 1, METADATA = 3, FIND_COORDINATOR = 10, API_VERSIONS = 18, INIT_PRODUCER_ID = 22 };

static int brokers = 1, partitions = 1, ports[MAX_BROKERS];
static const char *topic = "bench";
static int64_t *next_offset;
static uint64_t requests, batches, messages, bytes, others, fetches, fetched, fetched_bytes;
static volatile sig_atomic_t stop;

struct buffer {
    char *data;
    size_t used, capacity;
};

struct connection {
    int fd;
    bool listener, waits_to_write;
    struct buffer in, out;
    size_t consumed, written; /* of in, of out */
};

/* The batch that consumers get. */
static struct {
    char *data;
    int32_t size, records;
} replayed;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void keep_for_consumers(const uint8_t *batch, int32_t size, int32_t records) {
    if (records <= replayed.records)
        return;
    if (!(replayed.data = realloc(replayed.data, (size_t)size)))
        die("memory");
    memcpy(replayed.data, batch, (size_t)size);
    replayed.size = size;
    replayed.records = records;
}

static void reserve(struct buffer *b, size_t more) {
    if (b->used + more <= b->capacity)
        return;
    while (b->capacity < b->used + more)
        b->capacity = b->capacity ? b->capacity * 2 : 65536;
    if (!(b->data = realloc(b->data, b->capacity)))
        die("memory");
}

/* Writing */

static void put(struct buffer *b, const void *data, size_t length) {
    reserve(b, length);
    memcpy(b->data + b->used, data, length);
    b->used += length;
}
static void put8(struct buffer *b, int8_t v) { put(b, &v, 1); }
static void put16(struct buffer *b, int16_t v) {
    v = (int16_t)htobe16((uint16_t)v);
    put(b, &v, 2);
}
static void put32(struct buffer *b, int32_t v) {
    v = (int32_t)htobe32((uint32_t)v);
    put(b, &v, 4);
}
static void put64(struct buffer *b, int64_t v) {
    v = (int64_t)htobe64((uint64_t)v);
    put(b, &v, 8);
}
static void put_varint(struct buffer *b, uint32_t v) {
    for (; v >= 128; v >>= 7)
        put8(b, (int8_t)(v | 128));
    put8(b, (int8_t)v);
}
static void put_compact(struct buffer *b, const char *s, size_t length) {
    put_varint(b, (uint32_t)length + 1);
    put(b, s, length);
}

/* Reading: `at` moves, NULL after running out of bytes. */

struct reader {
    const uint8_t *at, *end;
};

static const uint8_t *take(struct reader *r, size_t n) {
    const uint8_t *p = r->at;
    if (!p || (size_t)(r->end - p) < n)
        return r->at = NULL;
    r->at += n;
    return p;
}
static int64_t get(struct reader *r, int n) {
    const uint8_t *p = take(r, (size_t)n);
    uint64_t v = 0;
    for (int i = 0; p && i < n; i++)
        v = v << 8 | p[i];
    return n == 2 ? (int16_t)v : n == 4 ? (int32_t)v : (int64_t)v;
}
static uint32_t get_varint(struct reader *r) {
    uint32_t v = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        const uint8_t *p = take(r, 1);
        if (!p)
            return 0;
        v |= (uint32_t)(*p & 127) << shift;
        if (!(*p & 128))
            break;
    }
    return v;
}
static void skip_tags(struct reader *r) {
    for (uint32_t n = get_varint(r); r->at && n; n--) {
        get_varint(r);
        take(r, get_varint(r));
    }
}
static int32_t get_count(struct reader *r, bool flexible) {
    return flexible ? (int32_t)get_varint(r) - 1 : (int32_t)get(r, 4);
}
static const uint8_t *get_string(struct reader *r, bool flexible, int32_t *length) {
    *length = flexible ? (int32_t)get_varint(r) - 1 : (int32_t)get(r, 2);
    return *length >= 0 ? take(r, (size_t)*length) : r->at;
}

/* Answers */

static void answer_api_versions(struct buffer *out, int version) {
    /* Clients of librdkafka's kind write record batches only to brokers that can be fetched from in version 4, and LZ4 to
     * those with group coordinators. */
    static const int16_t apis[][3] = {{PRODUCE, 3, 10}, {FETCH, 4, 11}, {METADATA, 9, 9}, {FIND_COORDINATOR, 0, 2},
                                      {API_VERSIONS, 0, 3}, {INIT_PRODUCER_ID, 4, 4}};
    int count = sizeof(apis) / sizeof(*apis);
    put16(out, 0);
    if (version >= 3)
        put_varint(out, (uint32_t)count + 1);
    else
        put32(out, count);
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < 3; k++)
            put16(out, apis[i][k]);
        if (version >= 3)
            put_varint(out, 0);
    }
    if (version >= 1)
        put32(out, 0); /* throttle */
    if (version >= 3)
        put_varint(out, 0);
}

/* Consumers with a group look for their coordinator, and never need it here. */
static void answer_find_coordinator(struct buffer *out, int version) {
    if (version >= 1)
        put32(out, 0); /* throttle */
    put16(out, 0);
    if (version >= 1)
        put16(out, -1); /* error message */
    put32(out, 1);
    put16(out, 9), put(out, "127.0.0.1", 9);
    put32(out, ports[0]);
}

static void answer_metadata(struct buffer *out, struct reader *in) {
    int32_t wanted = get_count(in, true);
    put32(out, 0); /* throttle */
    put_varint(out, (uint32_t)brokers + 1);
    for (int b = 0; b < brokers; b++) {
        put32(out, b + 1);
        put_compact(out, "127.0.0.1", 9);
        put32(out, ports[b]);
        put_varint(out, 0); /* rack: null */
        put_varint(out, 0);
    }
    put_compact(out, "sink", 4);
    put32(out, 1); /* controller */
    put_varint(out, wanted == 0 ? 1 : 2);
    if (wanted != 0) {
        put16(out, 0);
        put_compact(out, topic, strlen(topic));
        put8(out, 0);
        put_varint(out, (uint32_t)partitions + 1);
        for (int p = 0; p < partitions; p++) {
            int32_t leader = p % brokers + 1;
            put16(out, 0);
            put32(out, p);
            put32(out, leader);
            put32(out, 1); /* leader epoch */
            put_varint(out, 2);
            put32(out, leader);
            put_varint(out, 2);
            put32(out, leader);
            put_varint(out, 1); /* offline: none */
            put_varint(out, 0);
        }
        put32(out, INT32_MIN);
        put_varint(out, 0);
    }
    put32(out, INT32_MIN);
    put_varint(out, 0);
}

/* Returns false for acks=0 (no answer) and for a request that cannot be read. */
static bool answer_produce(struct buffer *out, struct reader *in, int version) {
    bool flexible = version >= 9;
    int32_t length;
    get_string(in, flexible, &length); /* transactional id */
    int acks = (int)get(in, 2);
    get(in, 4); /* timeout */
    int32_t topics = get_count(in, flexible);
    requests++;
    if (flexible)
        put_varint(out, (uint32_t)topics + 1);
    else
        put32(out, topics);
    for (int32_t t = 0; in->at && t < topics; t++) {
        const uint8_t *name = get_string(in, flexible, &length);
        if (!name)
            return false;
        if (flexible)
            put_compact(out, (const char *)name, (size_t)length);
        else {
            put16(out, (int16_t)length);
            put(out, name, (size_t)length);
        }
        int32_t count = get_count(in, flexible);
        if (flexible)
            put_varint(out, (uint32_t)count + 1);
        else
            put32(out, count);
        for (int32_t p = 0; in->at && p < count; p++) {
            int32_t index = (int32_t)get(in, 4);
            int32_t size = get_count(in, flexible);
            const uint8_t *batch = take(in, size > 0 ? (size_t)size : 0);
            if (!batch || index < 0 || index >= partitions)
                return false;
            struct reader head = {size >= 61 ? batch + 57 : NULL, batch + size};
            int32_t records = (int32_t)get(&head, 4);
            batches++;
            messages += (uint64_t)records;
            bytes += (uint64_t)size;
            keep_for_consumers(batch, size, records);
            put32(out, index);
            put16(out, 0);
            put64(out, next_offset[index]);
            put64(out, -1); /* append time */
            if (version >= 5)
                put64(out, 0); /* log start */
            if (version >= 8) {
                if (flexible)
                    put_varint(out, 1), put_varint(out, 0); /* record errors: none; message: null */
                else
                    put32(out, 0), put16(out, -1);
            }
            next_offset[index] += records;
            if (flexible) {
                skip_tags(in);
                put_varint(out, 0);
            }
        }
        if (flexible) {
            skip_tags(in);
            put_varint(out, 0);
        }
    }
    put32(out, 0); /* throttle */
    if (flexible)
        put_varint(out, 0);
    return in->at && acks != 0;
}

/* Appends the batch as often as `most` bytes allow, once at least, from `offset` on. Returns the bytes. */
static int32_t replay(struct buffer *out, int64_t offset, int32_t most) {
    int32_t total = 0;
    while (replayed.size && (!total || total + replayed.size <= most)) {
        size_t at = out->used;
        put(out, replayed.data, (size_t)replayed.size);
        int64_t base = (int64_t)htobe64((uint64_t)offset); /* which the batch's CRC does not cover */
        memcpy(out->data + at, &base, 8);
        offset += replayed.records;
        total += replayed.size;
        fetched += (uint64_t)replayed.records;
    }
    fetched_bytes += (uint64_t)total;
    return total;
}

static bool answer_fetch(struct buffer *out, struct reader *in, int version) {
    int32_t length, count;
    take(in, 12); /* replica, longest wait, least bytes */
    int32_t left = (int32_t)get(in, 4);
    take(in, version >= 7 ? 9 : 1); /* isolation level, session */
    int32_t topics = (int32_t)get(in, 4);
    fetches++;
    put32(out, 0); /* throttle */
    if (version >= 7)
        put16(out, 0), put32(out, 0);
    put32(out, topics);
    for (int32_t t = 0; in->at && t < topics; t++) {
        const uint8_t *name = get_string(in, false, &length);
        if (!name)
            return false;
        put16(out, (int16_t)length), put(out, name, (size_t)length);
        put32(out, count = (int32_t)get(in, 4));
        for (int32_t p = 0; in->at && p < count; p++) {
            put32(out, (int32_t)get(in, 4));
            take(in, version >= 9 ? 4 : 0); /* leader epoch */
            int64_t offset = get(in, 8);
            take(in, version >= 5 ? 8 : 0); /* log start */
            int32_t most = (int32_t)get(in, 4);
            put16(out, 0);
            put64(out, (int64_t)1 << 40), put64(out, (int64_t)1 << 40); /* high watermark, last stable offset */
            if (version >= 5)
                put64(out, 0); /* log start */
            put32(out, -1);    /* aborted transactions */
            if (version >= 11)
                put32(out, -1); /* preferred replica */
            size_t at = out->used;
            put32(out, 0); /* filled in below */
            int32_t size = left > 0 ? replay(out, offset, most < left ? most : left) : 0;
            left -= size;
            size = (int32_t)htobe32((uint32_t)size);
            memcpy(out->data + at, &size, 4);
        }
    }
    return in->at;
}

static bool handle(struct connection *c, const uint8_t *request, size_t size) {
    struct reader in = {request, request + size};
    int api = (int)get(&in, 2), version = (int)get(&in, 2);
    int32_t correlation = (int32_t)get(&in, 4), length;
    bool flexible = (api == PRODUCE && version >= 9) || (api == METADATA && version >= 9) ||
                    (api == API_VERSIONS && version >= 3) || (api == INIT_PRODUCER_ID && version >= 2);
    get_string(&in, false, &length); /* client id */
    if (flexible)
        skip_tags(&in);

    size_t start = c->out.used;
    put32(&c->out, 0); /* length, filled in below */
    put32(&c->out, correlation);
    if (flexible && api != API_VERSIONS)
        put_varint(&c->out, 0);
    bool answer = true;
    if (api == PRODUCE)
        answer = answer_produce(&c->out, &in, version);
    else if (api == FETCH && version >= 4 && version <= 11)
        answer = answer_fetch(&c->out, &in, version);
    else if (api == FIND_COORDINATOR && version <= 2)
        answer_find_coordinator(&c->out, version);
    else if (api == METADATA && version == 9)
        answer_metadata(&c->out, &in);
    else if (api == API_VERSIONS && version <= 3)
        answer_api_versions(&c->out, version);
    else if (api == API_VERSIONS) { /* too new: UNSUPPORTED_VERSION in the form of v0 */
        put16(&c->out, 35);
        put32(&c->out, 1);
        put16(&c->out, API_VERSIONS), put16(&c->out, 0), put16(&c->out, 3);
    } else if (api == INIT_PRODUCER_ID) {
        put32(&c->out, 0), put16(&c->out, 0), put64(&c->out, 1000), put16(&c->out, 0);
        put_varint(&c->out, 0);
    } else
        return false;
    others += api != PRODUCE && api != FETCH;
    if (!answer) {
        c->out.used = start;
        return in.at != NULL;
    }
    int32_t total = (int32_t)htobe32((uint32_t)(c->out.used - start - 4));
    memcpy(c->out.data + start, &total, 4);
    return true;
}

/* Edges */

static bool write_out(int epoll, struct connection *c) {
    while (c->written < c->out.used) {
        ssize_t n = send(c->fd, c->out.data + c->written, c->out.used - c->written, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            return false;
        c->written += (size_t)n;
    }
    bool rest = c->written < c->out.used;
    if (!rest)
        c->written = c->out.used = 0;
    if (rest != c->waits_to_write) {
        struct epoll_event event = {.events = EPOLLIN | (rest ? EPOLLOUT : 0), .data.ptr = c};
        epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
        c->waits_to_write = rest;
    }
    return true;
}

static bool serve(int epoll, struct connection *c) {
    for (;;) {
        reserve(&c->in, 1 << 18);
        ssize_t n = recv(c->fd, c->in.data + c->in.used, c->in.capacity - c->in.used, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return false;
        if (n < 0)
            break;
        c->in.used += (size_t)n;
        for (;;) {
            struct reader r = {(uint8_t *)c->in.data + c->consumed, (uint8_t *)c->in.data + c->in.used};
            if (r.end - r.at < 4)
                break;
            int32_t size = (int32_t)get(&r, 4);
            if (size < 8 || size > 200 << 20)
                return false;
            if (r.end - r.at < size)
                break;
            if (!handle(c, r.at, (size_t)size))
                return false;
            c->consumed += 4 + (size_t)size;
        }
        memmove(c->in.data, c->in.data + c->consumed, c->in.used - c->consumed);
        c->in.used -= c->consumed;
        c->consumed = 0;
    }
    return write_out(epoll, c);
}

static void watch(int epoll, int fd, bool listener) {
    struct connection *c = calloc(1, sizeof(*c));
    if (!c)
        die("memory");
    c->fd = fd;
    c->listener = listener;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        die("epoll_ctl");
}

static int listen_somewhere(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 128) ||
        getsockname(fd, (struct sockaddr *)&address, &length))
        die("listen");
    *port = ntohs(address.sin_port);
    return fd;
}

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static void report(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("requests=%" PRIu64 " batches=%" PRIu64 " messages=%" PRIu64 " bytes=%" PRIu64 " others=%" PRIu64
           " fetches=%" PRIu64 " fetched=%" PRIu64 " fetched_bytes=%" PRIu64 " cpu_ms=%ld\n",
           requests, batches, messages, bytes, others, fetches, fetched, fetched_bytes,
           (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000);
}

int main(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--brokers"))
            brokers = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--partitions"))
            partitions = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--topic"))
            topic = argv[i + 1];
        else
            return fprintf(stderr, "sink: unknown option %s\n", argv[i]), 2;
    }
    if (brokers < 1 || brokers > MAX_BROKERS || partitions < 1)
        return fprintf(stderr, "sink: brokers 1..%d, partitions at least 1\n", MAX_BROKERS), 2;
    next_offset = calloc((size_t)partitions, sizeof(*next_offset));
    struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART: epoll_wait has to return */
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);

    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int b = 0; b < brokers; b++)
        watch(epoll, listen_somewhere(&ports[b]), true);
    printf("bootstrap.servers=127.0.0.1:%d\n", ports[0]);
    fflush(stdout);

    while (!stop) {
        struct epoll_event events[64];
        int n = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->listener) {
                int one = 1, fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (fd >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
                    watch(epoll, fd, false);
                }
            } else if (!serve(epoll, c)) {
                close(c->fd);
                free(c->in.data);
                free(c->out.data);
                free(c);
            }
        }
    }
    report();
    return 0;
}
