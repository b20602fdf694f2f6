/* test: differential valgrind engines */
/* The application's own socket functions: each is called, with sensible arguments, and what is opened is closed. */
#include "deliveries.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>

static atomic_int opened, connected, closed, odd;

static int on_socket(int domain, int type, int protocol, void *opaque) {
    odd += domain != AF_INET || (type & 0xf) != SOCK_STREAM || opaque != &opened;
    opened++;
    return socket(domain, type, protocol);
}

static int on_connect(int fd, const struct sockaddr *address, int length, const char *id, void *opaque) {
    odd += address->sa_family != AF_INET || length < (int)sizeof(struct sockaddr_in) || !id || opaque != &opened;
    odd += ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) != INADDR_LOOPBACK;
    connected++;
    return connect(fd, address, (socklen_t)length) && errno != EINPROGRESS ? errno : 0;
}

static int on_close(int fd, void *opaque) {
    odd += opaque != &opened;
    closed++;
    return close(fd);
}

int main(void) {
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "0", NULL);
    rd_kafka_conf_set_socket_cb(conf, on_socket);
    rd_kafka_conf_set_connect_cb(conf, on_connect);
    rd_kafka_conf_set_closesocket_cb(conf, on_close);
    rd_kafka_conf_set_opaque(conf, &opened);
    /* The cluster belongs to another instance, so that all sockets counted are the client's. */
    rd_kafka_t *owner = new_producer(quiet_conf(NULL, NULL));
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(owner, 1);
    CHECK(!rd_kafka_mock_topic_create(cluster, "t", 1, 1), "topic");
    conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster));
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    for (int i = 0; i < 10; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_OPAQUE((void *)(intptr_t)i),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              "producev");
    await_deliveries(rk, 10);
    rd_kafka_destroy(rk);
    printf("delivered 10, sockets %s, connects %s, closed %s, odd arguments %d\n", opened > 0 ? "opened" : "never opened",
           connected == opened ? "as many" : "another number", closed == opened ? "all" : "not all", odd);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
    return 0;
}
