/*
 * Sends the same Produce request to a broker over and over and says how fast it is taken: what a client would do that
 * costs nothing itself.
 *
 *   mock_load HOST:PORT TOPIC MESSAGES_PER_BATCH SIZE BATCHES
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Enough to keep the broker busy while an answer is on its way. */
#define IN_FLIGHT 8
#define BATCH_HEADER 61

static unsigned char *out;
static size_t length;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void bytes(const void *from, size_t n) {
    memcpy(out + length, from, n);
    length += n;
}

static void number(uint64_t value, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
        out[length++] = (unsigned char)(value >> shift);
}

static void varint(int64_t value) {
    uint64_t z = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    for (; z >= 0x80; z >>= 7)
        out[length++] = (unsigned char)(z | 0x80);
    out[length++] = (unsigned char)z;
}

static size_t varint_size(int64_t value) {
    uint64_t z = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    size_t n = 1;
    for (; z >= 0x80; z >>= 7)
        n++;
    return n;
}

static uint32_t crc32c(const unsigned char *at, size_t n) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

static void patch(size_t at, uint32_t value) {
    value = htonl(value);
    memcpy(out + at, &value, 4);
}

/* A record batch without a producer id. */
static void batch(int count, size_t size) {
    size_t start = length;
    char *value = calloc(1, size);
    number(0, 8), number(0, 4), number(0xffffffff, 4), number(2, 1), number(0, 4), number(0, 2);
    number((uint64_t)count - 1, 4), number(1, 8), number(1, 8);
    number(UINT64_MAX, 8), number(UINT64_MAX, 2), number(UINT64_MAX, 4), number((uint64_t)count, 4);
    for (int i = 0; i < count; i++) {
        size_t body = 1 + 1 + varint_size(i) + 1 + varint_size((int64_t)size) + size + 1;
        varint((int64_t)body);
        number(0, 1), varint(0), varint(i), varint(-1), varint((int64_t)size);
        bytes(value, size);
        varint(0);
    }
    patch(start + 8, (uint32_t)(length - start - 12));
    patch(start + 17, crc32c(out + start + 21, length - start - 21));
    free(value);
}

static void request(const char *topic, int count, size_t size) {
    size_t name = strlen(topic);
    number(0, 4);                                           /* length, patched below */
    number(0, 2), number(7, 2), number(1, 4);               /* Produce version 7 */
    number(4, 2), bytes("load", 4);                         /* client id */
    number(0xffff, 2), number(1, 2), number(30000, 4);      /* no transaction, acks, timeout */
    number(1, 4), number(name, 2), bytes(topic, name);      /* one topic */
    number(1, 4), number(0, 4);                             /* its partition 0 */
    size_t at = length;
    number(0, 4);
    batch(count, size);
    patch(at, (uint32_t)(length - at - 4));
    patch(0, (uint32_t)(length - 4));
}

static void all(ssize_t (*io)(int, void *, size_t, int), int fd, void *buffer, size_t n) {
    for (size_t done = 0; done < n;) {
        ssize_t got = io(fd, (char *)buffer + done, n - done, 0);
        if (got <= 0)
            die("connection");
        done += (size_t)got;
    }
}

static ssize_t sending(int fd, void *buffer, size_t n, int flags) {
    return send(fd, buffer, n, flags | MSG_NOSIGNAL);
}

static void answer(int fd, size_t name) {
    unsigned char in[256];
    uint32_t size;
    all(recv, fd, &size, 4);
    size = ntohl(size);
    if (size > sizeof(in) || size < 4 + 4 + 2 + name + 4 + 4 + 2)
        die("answer of a strange size");
    all(recv, fd, in, size);
    const unsigned char *error = in + 4 + 4 + 2 + name + 4 + 4;
    if (error[0] || error[1]) {
        fprintf(stderr, "mock_load: error %d\n", error[0] << 8 | error[1]);
        exit(1);
    }
}

int main(int argc, char **argv) {
    char *colon = argc == 6 ? strchr(argv[1], ':') : NULL;
    if (!colon) {
        fprintf(stderr, "usage: mock_load HOST:PORT TOPIC MESSAGES_PER_BATCH SIZE BATCHES\n");
        return 2;
    }
    *colon = 0;
    int count = atoi(argv[3]), batches = atoi(argv[5]);
    size_t size = (size_t)atol(argv[4]);
    if (!(out = malloc(1024 + BATCH_HEADER + (size_t)count * (size + 32))))
        die("memory");
    request(argv[2], count, size);

    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
    inet_pton(AF_INET, argv[1], &to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    size_t name = strlen(argv[2]);
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int sent = 0; sent < batches; sent++) {
        if (sent >= IN_FLIGHT)
            answer(fd, name);
        all(sending, fd, out, length);
    }
    for (int left = batches < IN_FLIGHT ? batches : IN_FLIGHT; left; left--)
        answer(fd, name);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    int64_t ns = (ended.tv_sec - began.tv_sec) * 1000000000LL + ended.tv_nsec - began.tv_nsec;
    printf("messages=%" PRId64 " bytes=%" PRIu64 " wall_ns=%" PRId64 "\n", (int64_t)count * batches, (uint64_t)length * (uint64_t)batches, ns);
    return 0;
}
