/* test: differential valgrind limit=90 */
/*
 * A broker that has trouble with ApiVersions: what it is asked next, and what the log and error_cb say. The broker is in this file: it
 * answers each ApiVersions request as the script says and keeps quiet from the first request of another kind on.
 */
#include "heard.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum answer {
    GOOD,              /* everything is known, in the version asked for */
    UNKNOWN_V0,        /* UNSUPPORTED_VERSION as Kafka says it: in version 0, with the versions of ApiVersions */
    UNKNOWN_V0_BARE,   /* the same from before Kafka 2.4: no versions */
    UNKNOWN_V0_OTHERS, /* with versions, but not that of ApiVersions */
    UNKNOWN_AS_ASKED,  /* in the version asked for, with the versions of ApiVersions */
    UNKNOWN_CODE_ONLY, /* the code and nothing else */
    INVALID,           /* INVALID_REQUEST, in the version asked for */
    INVALID_V0,        /* the same in version 0 */
    DENIED,            /* CLUSTER_AUTHORIZATION_FAILED */
    DENIED_V0,
    NO_METADATA,     /* without the version of Metadata */
    FUTURE_METADATA, /* with versions of Metadata that nobody knows yet */
    GARBAGE,
    CUT,           /* an answer that ends too early */
    SILENCE,
    CLOSE,
};

struct script {
    const char *name;
    enum answer answers[6];
    int count;         /* of answers; the last one holds from there on */
    int enough;        /* ApiVersions requests after which nothing more is answered */
    const char *conf[7];
};

#define CONNECTIONS 32

static const struct script *script;
static int listener, asked, connections;
static char requests[CONNECTIONS][200]; /* of each connection */
static atomic_bool over, stop;

/* Bytes of an answer. */

static unsigned char out[256];
static size_t used;

static void put(uint64_t value, int bytes) {
    while (bytes--)
        out[used++] = (unsigned char)(value >> (8 * bytes));
}

static void api(int key, int min, int max, bool flexible) {
    put(key, 2), put(min, 2), put(max, 2);
    if (flexible)
        put(0, 1);
}

static void body(int version, int error, int apis) {
    bool flexible = version >= 3;
    put(error, 2);
    put(flexible ? apis + 1 : apis, flexible ? 1 : 4);
    if (apis == 1)
        api(18, 0, 2, flexible);
    if (apis == 2)
        api(0, 3, 7, flexible), api(3, 0, 4, flexible);
    if (apis == 3)
        api(0, 0, 7, flexible), api(1, 0, 10, flexible), api(18, 0, 2, flexible);
    if (apis == 5)
        api(0, 0, 7, flexible), api(1, 0, 10, flexible), api(3, 70, 90, flexible), api(18, 0, 2, flexible), api(36, 0, 0, flexible);
    if (apis == 4)
        api(0, 0, 7, flexible), api(1, 0, 10, flexible), api(3, 0, 4, flexible), api(18, 0, 2, flexible);
    if (version >= 1)
        put(0, 4);
    if (flexible)
        put(0, 1);
}

static bool answer(int fd, enum answer how, int version, uint32_t correlation_id) {
    used = 4;
    put(correlation_id, 4);
    switch (how) {
    case GOOD: body(version, 0, 4); break;
    case UNKNOWN_V0: body(0, 35, 1); break;
    case UNKNOWN_V0_BARE: body(0, 35, 0); break;
    case UNKNOWN_V0_OTHERS: body(0, 35, 2); break;
    case UNKNOWN_AS_ASKED: body(version, 35, 1); break;
    case UNKNOWN_CODE_ONLY: put(35, 2); break;
    case INVALID: body(version, 42, 0); break;
    case INVALID_V0: body(0, 42, 0); break;
    case DENIED: body(version, 31, 0); break;
    case DENIED_V0: body(0, 31, 0); break;
    case NO_METADATA: body(version, 0, 3); break;
    case FUTURE_METADATA: body(version, 0, 5); break;
    case GARBAGE: put(0, 2), put(0x7fffffffffffffff, 8); break;
    case CUT: body(version, 0, 4); used -= 9; break;
    case SILENCE: return true;
    case CLOSE: return false;
    }
    size_t length = used;
    used = 0;
    put(length - 4, 4);
    return send(fd, out, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static void note(int connection, const char *name, int version) {
    size_t n = strlen(requests[connection]);
    snprintf(requests[connection] + n, sizeof(requests[0]) - n, "%s%s v%d", n ? " " : "", name, version);
}

static int compare_requests(const void *a, const void *b) { return strcmp(a, b); }

/*
 * What was asked on one connection, each once. A connection that ended sooner than another which began like it is left out: on a
 * busy machine the reference gives some up, in which case there are more of them.
 */
static void print_requests(void) {
    qsort(requests, (size_t)connections, sizeof(requests[0]), compare_requests);
    for (int i = 0; i < connections; i++)
        if (i + 1 == connections || strncmp(requests[i], requests[i + 1], strlen(requests[i])))
            printf("  %s\n", requests[i]);
}

static bool receive(int fd, void *to, size_t length) { return recv(fd, to, length, MSG_WAITALL) == (ssize_t)length; }

/* Serves one request; false ends the connection. */
static bool serve(int fd, int connection) {
    unsigned char head[4], request[4096];
    if (!receive(fd, head, 4))
        return false;
    size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (length < 8 || length > sizeof(request) || !receive(fd, request, length))
        return false;
    int key = request[0] << 8 | request[1], version = request[2] << 8 | request[3];
    uint32_t id = (uint32_t)request[4] << 24 | (uint32_t)request[5] << 16 | (uint32_t)request[6] << 8 | request[7];
    if (over)
        return true;
    if (key != 18) {
        note(connection, key == 3 ? "Metadata" : "other", version);
        over = true;
        return true;
    }
    note(connection, "ApiVersions", version);
    int nth = asked < script->count ? asked : script->count - 1;
    if (++asked == script->enough) {
        over = true;
        return true;
    }
    return answer(fd, script->answers[nth], version, id);
}

static void *broker(void *unused) {
    struct pollfd fds[CONNECTIONS + 1] = {{.fd = listener, .events = POLLIN}};
    int numbers[CONNECTIONS + 1];
    nfds_t n = 1;
    (void)unused;
    while (!stop) {
        if (poll(fds, n, 50) <= 0)
            continue;
        if (fds[0].revents) {
            CHECK(connections < CONNECTIONS, "%s: too many connections", script->name);
            numbers[n] = connections++;
            fds[n++] = (struct pollfd){.fd = accept(listener, NULL, NULL), .events = POLLIN};
        }
        for (nfds_t i = n - 1; i > 0; i--)
            if (fds[i].revents && !serve(fds[i].fd, numbers[i])) {
                close(fds[i].fd);
                fds[i] = fds[--n];
                numbers[i] = numbers[n];
            }
    }
    while (n > 1)
        close(fds[--n].fd);
    return NULL;
}

/* What the application hears. */

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    /* How many are down at that moment hangs on timing. */
    hear("error", err, err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? "brokers are down" : reason);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    char line[1200];
    (void)rk;
    if (!strcmp(facility, "CONFWARN"))
        return; /* what a property is described with is each library's own */
    if (strstr(text, "Metadata request failed: connected"))
        return; /* the reference asks once without a topic */
    if (!strcmp(facility, "METADATA") && over)
        return; /* and in the end for another reason */
    snprintf(line, sizeof(line), "%s %s", facility, text);
    hear("log", level, line);
    if (!strcmp(facility, "METADATA"))
        over = true; /* the broker cannot be asked */
}

static void run(const struct script *s) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    char servers[64];
    pthread_t thread;

    script = s, asked = connections = 0, over = stop = false;
    memset(requests, 0, sizeof(requests));
    listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(!bind(listener, (struct sockaddr *)&address, size) && !listen(listener, 16), "listen");
    CHECK(!getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    snprintf(servers, sizeof(servers), "127.0.0.1:%d", ntohs(address.sin_port));
    CHECK(!pthread_create(&thread, NULL, broker, NULL), "thread");

    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    /* Names that do not say which library this is: one text shows them. */
    conf_set(conf, "client.software.name", "name");
    conf_set(conf, "client.software.version", "1.2.3");
    conf_set(conf, "reconnect.backoff.ms", "20");
    conf_set(conf, "reconnect.backoff.max.ms", "20");
    for (size_t i = 0; s->conf[i]; i += 2)
        conf_set(conf, s->conf[i], s->conf[i + 1]);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL); /* somebody has to want the broker */
    AWAIT((rd_kafka_poll(rk, 10), over), "%s: no end", s->name);
    for (int i = 0; i < 15; i++)
        rd_kafka_poll(rk, 10);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    stop = true;
    pthread_join(thread, NULL);
    close(listener);

    printf("%s:\n", s->name);
    print_requests();
    print_heard();
}

#define OLD "broker.version.fallback", "0.9.0"
#define OLDER "broker.version.fallback", "0.8.2"
/* The reference (2.16.0) throws all brokers away when none is up, and what it knows of them: it never falls back unless this is set. */
#define KEPT "metadata.recovery.strategy", "none"
#define HURRY "api.version.request.timeout.ms", "500"
/* Where an answer comes in the end, which must not be late. */
#define PATIENT "3000"

static const struct script scripts[] = {
    {"good", {GOOD}, 1, 9, {0}},
    {"not asked", {GOOD}, 1, 9, {"api.version.request", "false", OLD}},
    {"not asked, new by configuration", {GOOD}, 1, 9, {"api.version.request", "false"}},
    {"version unknown", {UNKNOWN_V0_BARE, GOOD}, 2, 9, {0}},
    {"version unknown, with versions", {UNKNOWN_V0, GOOD}, 2, 9, {0}},
    {"version unknown, with versions of others", {UNKNOWN_V0_OTHERS, GOOD}, 2, 9, {0}},
    {"version unknown, said in that version", {UNKNOWN_AS_ASKED, GOOD}, 2, 9, {0}},
    {"version unknown, the code only", {UNKNOWN_CODE_ONLY, GOOD}, 2, 9, {0}},
    {"version unknown, and version 0 as well", {UNKNOWN_V0_BARE}, 1, 6, {0}},
    {"version unknown, and version 0 as well, old by configuration", {UNKNOWN_V0_BARE}, 1, 6, {OLD}},
    {"version unknown, then denied", {UNKNOWN_V0_BARE, DENIED}, 2, 4, {0}},
    {"invalid request", {INVALID, GOOD}, 2, 9, {0}},
    {"invalid request, said in version 0", {INVALID_V0, GOOD}, 2, 9, {0}},
    {"invalid request, then unknown", {INVALID, UNKNOWN_V0_BARE}, 2, 4, {0}},
    {"denied", {DENIED}, 1, 3, {0}},
    {"denied in version 0", {DENIED_V0}, 1, 3, {0}},
    {"denied, old by configuration", {DENIED}, 1, 3, {OLD}},
    {"no Metadata", {NO_METADATA}, 1, 9, {0}},
    {"no version of Metadata in common", {FUTURE_METADATA}, 1, 9, {0}},
    {"garbage", {GARBAGE}, 1, 3, {0}},
    {"garbage, old by configuration", {GARBAGE}, 1, 3, {OLDER}},
    {"an answer cut short", {CUT}, 1, 3, {0}},
    {"silence", {SILENCE, GOOD}, 2, 9, {"api.version.request.timeout.ms", PATIENT}},
    {"silence, ended by socket.timeout.ms", {SILENCE, GOOD}, 2, 9, {"socket.timeout.ms", PATIENT}},
    {"silence, old by configuration", {SILENCE}, 1, 3, {HURRY, OLD}},
    {"closed", {CLOSE, GOOD}, 2, 9, {0}},
    {"closed for ever", {CLOSE}, 1, 4, {0}},
    {"closed, old by configuration", {CLOSE}, 1, 4, {OLD}},
    {"closed, older by configuration", {CLOSE}, 1, 4, {OLDER}},
    {"closed, old by configuration, no falling back", {CLOSE}, 1, 4, {OLD, "api.version.fallback.ms", "0"}},
    {"closed, old by configuration, falling back", {CLOSE}, 1, 4, {OLD, "api.version.fallback.ms", "60000", KEPT}},
    {"closed, older by configuration, falling back", {CLOSE}, 1, 4, {OLDER, "api.version.fallback.ms", "60000", KEPT}},
    {"closed in the second attempt", {UNKNOWN_V0_BARE, CLOSE, GOOD}, 3, 9, {0}},
};

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        if (argc < 2 || !strcmp(scripts[i].name, argv[1]))
            run(&scripts[i]);
    return 0;
}
