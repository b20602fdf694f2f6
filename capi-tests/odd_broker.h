/* A broker in this program with one topic, `t`, led by itself, whose answers a test changes. It ends no connection by itself. */
#ifndef CAPI_TESTS_ODD_BROKER_H
#define CAPI_TESTS_ODD_BROKER_H

#include "common.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define ODD_CONNECTIONS 64

static struct {
    int listener, port;
    pthread_t thread;
    atomic_bool stop;
    struct pollfd fds[ODD_CONNECTIONS];
    nfds_t count;
    /* What Metadata says. */
    const char *host;
    atomic_int advertised_port, partitions, topic_error;
    /* Answers a Produce request with this, behind the correlation id; NULL stands for a good answer. */
    void (*produce)(int version);
    /* Answers a Fetch request with this, behind the correlation id; NULL stands for no answer. `offset` is the first one wanted. */
    void (*fetch)(int version, int64_t offset);
    /* Answers the requests of SASL, which the broker announces then; `body` stands behind the request's header. Returns false to
     * close the connection instead. */
    bool (*sasl)(int api, const unsigned char *body, size_t length);
    /* Answers GetTelemetrySubscriptions and PushTelemetry, which the broker announces then, behind the correlation id; `body` stands
     * behind the request's header. Returns false for no answer. */
    bool (*telemetry)(int api, const unsigned char *body, size_t length);
    int newest_handshake; /* the newest version of SaslHandshake; -1: it is not known */
} odd;

/* Bytes of an answer. */

static unsigned char odd_out[8192], odd_in[65536];
static size_t odd_used;

static void put(int64_t value, int bytes) {
    while (bytes--)
        odd_out[odd_used++] = (unsigned char)((uint64_t)value >> (8 * bytes));
}

static void put_text(const char *text) {
    size_t length = text ? strlen(text) : 0;
    put(text ? (int64_t)length : -1, 2);
    if (text)
        memcpy(odd_out + odd_used, text, length);
    odd_used += length;
}

/* The whole of a partition's part, without record errors. */
__attribute__((unused)) static void put_produced_of(int partition, int version, int error, int64_t offset) {
    put(partition, 4), put(error, 2), put(offset, 8);
    if (version >= 2)
        put(-1, 8);
    if (version >= 5)
        put(0, 8);
}

/* Of the first partition. */
__attribute__((unused)) static void put_produced(int version, int error, int64_t offset) {
    put_produced_of(0, version, error, offset);
}

static void put_versions(void) {
    static const int known[][2] = {{0, 8}, {1, 11}, {3, 4}, {18, 0}, {22, 1}};
    int count = sizeof(known) / sizeof(*known), sasl = odd.sasl ? (odd.newest_handshake >= 0) + (odd.newest_handshake > 0) : 0;
    put(0, 2), put(count + sasl + (odd.telemetry ? 2 : 0), 4);
    for (int i = 0; i < count; i++)
        put(known[i][0], 2), put(0, 2), put(known[i][1], 2);
    if (odd.telemetry)
        put(71, 2), put(0, 4), put(72, 2), put(0, 4);
    if (sasl > 0)
        put(17, 2), put(0, 2), put(odd.newest_handshake, 2);
    if (sasl > 1)
        put(36, 2), put(0, 2), put(1, 2);
}

static void put_metadata(void) {
    int partitions = odd.topic_error ? 0 : odd.partitions;
    put(0, 4), put(1, 4), put(1, 4), put_text(odd.host), put(odd.advertised_port, 4), put_text(NULL);
    put_text("cluster"), put(1, 4);
    put(1, 4), put(odd.topic_error, 2), put_text("t"), put(0, 1), put(partitions, 4);
    for (int i = 0; i < partitions; i++)
        put(0, 2), put(i, 4), put(1, 4), put(1, 4), put(1, 4), put(1, 4), put(1, 4);
}

/* The offset that a Fetch request (versions 9 to 11) of one partition wants; `body` stands behind the request's header. */
static int64_t offset_wanted(const unsigned char *body, size_t length) {
    /* Replica, wait, two limits, isolation, session and its epoch, the topics' number, the topic, the partitions' number, the partition, an epoch. */
    size_t at = 4 + 4 + 4 + 4 + 1 + 4 + 4 + 4 + 2 + 1 + 4 + 4 + 4;
    int64_t offset = -1;
    for (size_t i = at; at + 8 <= length && i < at + 8; i++)
        offset = offset << 8 | body[i];
    return offset;
}

static void put_body(int api, int version, const unsigned char *body, size_t length) {
    if (api == 18 && version)
        put(35, 2), put(0, 4);
    else if (api == 18)
        put_versions();
    else if (api == 3)
        put_metadata();
    else if (api == 22)
        put(0, 4), put(0, 2), put(7, 8), put(0, 2);
    else if (api == 1 && odd.fetch)
        odd.fetch(version, offset_wanted(body, length));
    else if (api == 0 && odd.produce)
        odd.produce(version);
    else if (api == 0)
        put(1, 4), put_text("t"), put(1, 4), put_produced(version, 0, 0), put(0, 4), put(-1, 2), put(0, 4);
}

static bool odd_serve(int fd) {
    unsigned char head[12], *rest = odd_in;
    if (recv(fd, head, 12, MSG_WAITALL) != 12)
        return false;
    size_t length = ((size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3]) - 8;
    if (length > sizeof(odd_in) || recv(fd, rest, length, MSG_WAITALL) != (ssize_t)length)
        return false;
    odd_used = 4;
    for (int i = 8; i < 12; i++)
        put(head[i], 1);
    int api = head[4] << 8 | head[5];
    size_t client_id = length >= 2 ? 2 + ((size_t)rest[0] << 8 | rest[1]) : 0;
    if ((api == 17 || api == 36) && odd.sasl) {
        if (client_id > length || !odd.sasl(api, rest + client_id, length - client_id)) {
            shutdown(fd, SHUT_RDWR);
            return false;
        }
    } else if ((api == 71 || api == 72) && odd.telemetry) {
        put(0, 1); /* tagged fields of both headers */
        CHECK(client_id < length, "a header that ends too early");
        if (!odd.telemetry(api, rest + client_id + 1, length - client_id - 1))
            return true;
    } else
        put_body(api, head[6] << 8 | head[7], rest + client_id, length < client_id ? 0 : length - client_id);
    length = odd_used, odd_used = 0;
    put((int64_t)length - 4, 4);
    return send(fd, odd_out, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static void *odd_run(void *unused) {
    (void)unused;
    while (!odd.stop) {
        if (poll(odd.fds, odd.count, 20) <= 0)
            continue;
        if (odd.fds[0].revents && odd.count < ODD_CONNECTIONS)
            odd.fds[odd.count++] = (struct pollfd){.fd = accept(odd.listener, NULL, NULL), .events = POLLIN};
        for (nfds_t i = 1; i < odd.count; i++)
            if (odd.fds[i].revents && !odd_serve(odd.fds[i].fd))
                odd.fds[i].events = 0, odd.fds[i].fd = ~odd.fds[i].fd; /* poll() passes over it */
    }
    return NULL;
}

static void start_odd_broker(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    odd.listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(!bind(odd.listener, (struct sockaddr *)&address, size) && !listen(odd.listener, 16), "listen");
    CHECK(!getsockname(odd.listener, (struct sockaddr *)&address, &size), "getsockname");
    odd.port = ntohs(address.sin_port);
    odd.advertised_port = odd.port;
    odd.host = "127.0.0.1";
    odd.partitions = 1;
    odd.topic_error = 0;
    odd.stop = false;
    odd.fds[0] = (struct pollfd){.fd = odd.listener, .events = POLLIN};
    odd.count = 1;
    CHECK(!pthread_create(&odd.thread, NULL, odd_run, NULL), "thread");
}

static void stop_odd_broker(void) {
    odd.stop = true;
    pthread_join(odd.thread, NULL);
    for (nfds_t i = 0; i < odd.count; i++)
        close(odd.fds[i].fd < 0 ? ~odd.fds[i].fd : odd.fds[i].fd);
}

__attribute__((unused)) static void odd_bootstrap(rd_kafka_conf_t *conf) {
    char servers[64];
    snprintf(servers, sizeof(servers), "127.0.0.1:%d", odd.port);
    conf_set(conf, "bootstrap.servers", servers);
}

#endif
