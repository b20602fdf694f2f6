/* test: differential valgrind engines */
/* Errors of the network other than the end of a connection: what the log and error_cb say of them, also without
 * log.connection.close, and that the next message is delivered. */
#include "deliveries.h"
#include "heard.h"
#include "odd_broker.h"

static int sockets[ODD_CONNECTIONS], socket_count;
static pthread_mutex_t sockets_lock = PTHREAD_MUTEX_INITIALIZER;

static int on_socket(int domain, int type, int protocol, void *opaque) {
    (void)opaque;
    int fd = socket(domain, type, protocol);
    pthread_mutex_lock(&sockets_lock);
    if (socket_count < ODD_CONNECTIONS)
        sockets[socket_count++] = fd;
    pthread_mutex_unlock(&sockets_lock);
    return fd;
}

/* A descriptor that was closed may be this program's own broker's next. */
static int on_close(int fd, void *opaque) {
    (void)opaque;
    pthread_mutex_lock(&sockets_lock);
    for (int i = 0; i < socket_count; i++)
        if (sockets[i] == fd)
            sockets[i--] = sockets[--socket_count];
    int result = close(fd);
    pthread_mutex_unlock(&sockets_lock);
    return result;
}

/* The reference has a connection for bootstrapping beside that of the broker, and either may meet the error. */
static void hear_of_broker(const char *kind, int code, const char *text) {
    char line[600];
    const char *id = strstr(text, "/bootstrap: ");
    if (id)
        snprintf(line, sizeof(line), "%.*s/1: %s", (int)(id - text), text, id + strlen("/bootstrap: "));
    hear(kind, code, id ? line : text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    if (err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) /* how many are down hangs on timing */
        hear_of_broker("error", err, reason);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk;
    if (!strcmp(facility, "FAIL"))
        hear_of_broker("log", level, text);
}

static void produce(rd_kafka_t *rk, int number) {
    rd_kafka_resp_err_t err =
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("v", 1),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE((void *)(intptr_t)number), RD_KAFKA_V_END);
    CHECK(!err, "producev: %s", rd_kafka_err2name(err));
}

/* Nothing can be sent any more, and nothing has arrived. */
static void break_sending(void) {
    for (int i = 0; i < socket_count; i++)
        shutdown(sockets[i], SHUT_WR);
}

/* The descriptors are no sockets any more; the end of the old connections wakes whoever waits for them. */
static void break_receiving(void) {
    int pipes[2];
    CHECK(!pipe(pipes) && write(pipes[1], "x", 1) == 1, "pipe");
    for (int i = 0; i < socket_count; i++)
        CHECK(dup2(pipes[0], sockets[i]) == sockets[i], "dup2");
    close(pipes[0]);
    /* The other end of the pipe stays open until the program ends: the descriptors are readable, and not at their end. */
    for (nfds_t i = 1; i < odd.count; i++)
        shutdown(odd.fds[i].fd < 0 ? ~odd.fds[i].fd : odd.fds[i].fd, SHUT_RDWR);
}

static void run(const char *name, void (*break_connections)(void), const char *close_logged) {
    start_odd_broker();
    forget_deliveries();
    socket_count = 0;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    odd_bootstrap(conf);
    conf_set(conf, "log.thread.name", "false");
    conf_set(conf, "log.connection.close", close_logged);
    conf_set(conf, "linger.ms", "0");
    conf_set(conf, "reconnect.backoff.ms", "50");
    rd_kafka_conf_set_socket_cb(conf, on_socket);
    rd_kafka_conf_set_closesocket_cb(conf, on_close);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    produce(rk, 0);
    await_deliveries(rk, 1);
    pthread_mutex_lock(&sockets_lock);
    break_connections();
    pthread_mutex_unlock(&sockets_lock);
    produce(rk, 1);
    AWAIT((rd_kafka_poll(rk, 10), delivery_count >= 2 && has_heard("error -195")), "%d reports, error %d", delivery_count,
          has_heard("error -195"));
    printf("%s, log.connection.close=%s: %s\n", name, close_logged, rd_kafka_err2name(deliveries[1].err));
    rd_kafka_destroy(rk);
    stop_odd_broker();
    print_heard();
}

int main(void) {
    run("sending fails", break_sending, "true");
    run("sending fails", break_sending, "false");
    run("receiving fails", break_receiving, "true");
    run("receiving fails", break_receiving, "false");
    return 0;
}
