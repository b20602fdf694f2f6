/* A token endpoint in this program (HTTP/1.1, one request for each connection), whose answers a test chooses. */
#ifndef CAPI_TESTS_TOKEN_ENDPOINT_H
#define CAPI_TESTS_TOKEN_ENDPOINT_H

#include "common.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

struct endpoint_answer {
    int status;
    const char *type; /* NULL: no Content-Type */
    char body[4000];
};

static struct {
    int listener, port;
    pthread_t thread;
    atomic_bool stop;
    atomic_int requests;
    /* Answers a request: its first line and headers, and its body. False closes the connection instead. */
    bool (*answer)(const char *head, const char *body, struct endpoint_answer *answer);
} endpoint;

/* Base64 for URLs, without padding. */
static void endpoint_encode(const char *text, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;
        bits |= i + 1 < n ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0;
        bits |= i + 2 < n ? (uint32_t)(unsigned char)text[i + 2] : 0;
        for (size_t d = 0; d < (i + 2 < n ? 4 : i + 1 < n ? 3 : 2); d++)
            *out++ = digits[bits >> (18 - 6 * d) & 63];
    }
    *out = '\0';
}

/* The body of an answer with an unsigned token that has these claims. */
__attribute__((unused)) static void endpoint_token(struct endpoint_answer *answer, const char *claims) {
    char encoded[2000];
    endpoint_encode(claims, encoded);
    snprintf(answer->body, sizeof(answer->body), "{\"access_token\":\"eyJhbGciOiJub25lIn0.%s.\",\"token_type\":\"Bearer\"}", encoded);
}

static void endpoint_serve(int fd) {
    char request[8000] = "", head[300];
    size_t used = 0, whole = sizeof(request) - 1;
    char *body = NULL;
    while (used < whole) {
        ssize_t n = recv(fd, request + used, sizeof(request) - 1 - used, 0);
        if (n <= 0)
            break;
        request[used += (size_t)n] = '\0';
        if (!body && (body = strstr(request, "\r\n\r\n"))) {
            char *length = strcasestr(request, "\r\ncontent-length:");
            body += 4;
            whole = (size_t)(body - request) + (length && length < body ? strtoul(length + 17, NULL, 10) : 0);
        }
    }
    struct endpoint_answer answer = {.status = 200, .type = "application/json"};
    if (!body || (body[-2] = '\0', !endpoint.answer(request, body, &answer)))
        return;
    int n = snprintf(head, sizeof(head), "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n%s%s\r\n\r\n", answer.status, strlen(answer.body),
                     answer.type ? "Content-Type: " : "X: y", answer.type ? answer.type : "");
    send(fd, head, (size_t)n, MSG_NOSIGNAL);
    send(fd, answer.body, strlen(answer.body), MSG_NOSIGNAL);
}

static void *endpoint_run(void *unused) {
    (void)unused;
    while (!endpoint.stop) {
        struct pollfd fd = {.fd = endpoint.listener, .events = POLLIN};
        if (poll(&fd, 1, 20) <= 0)
            continue;
        int connection = accept(endpoint.listener, NULL, NULL);
        endpoint_serve(connection);
        endpoint.requests++;
        close(connection);
    }
    return NULL;
}

__attribute__((unused)) static void start_endpoint(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)endpoint.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int on = 1;
    endpoint.listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(endpoint.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    CHECK(!bind(endpoint.listener, (struct sockaddr *)&address, size) && !listen(endpoint.listener, 16), "listen");
    CHECK(!getsockname(endpoint.listener, (struct sockaddr *)&address, &size), "getsockname");
    endpoint.port = ntohs(address.sin_port);
    endpoint.stop = false;
    CHECK(!pthread_create(&endpoint.thread, NULL, endpoint_run, NULL), "thread");
}

/* A later start takes the same port. */
__attribute__((unused)) static void stop_endpoint(void) {
    endpoint.stop = true;
    pthread_join(endpoint.thread, NULL);
    close(endpoint.listener);
}

__attribute__((unused)) static rd_kafka_conf_t *endpoint_conf(const char *path) {
    char url[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "security.protocol", "sasl_plaintext");
    conf_set(conf, "sasl.mechanism", "OAUTHBEARER");
    conf_set(conf, "sasl.oauthbearer.method", "oidc");
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", endpoint.port, path);
    conf_set(conf, "sasl.oauthbearer.token.endpoint.url", url);
    return conf;
}

#endif
