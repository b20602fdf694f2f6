/*
 * Makes connections one after the other and says what each cost: reconnect_bench BROKERS TOPIC CONNECTIONS [name=value ...]
 *
 * The program cuts its own connections, produces a message, and waits until it is delivered, so each round is the end of a
 * connection, the set-up of another and one request. Public API only: runs on any librdkafka.
 */
#include "common.h"
#include "cuts.h"

#include <sys/resource.h>

static int delivered, opened, closed;

static int count_open(int domain, int type, int protocol, void *opaque) {
    __atomic_add_fetch(&opened, 1, __ATOMIC_SEQ_CST);
    return cuts_open(domain, type, protocol, opaque);
}

static int count_close(int fd, void *opaque) {
    int result = cuts_close(fd, opaque);
    __atomic_add_fetch(&closed, 1, __ATOMIC_SEQ_CST);
    return result;
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk, (void)opaque;
    CHECK(!message->err, "%s", rd_kafka_err2str(message->err));
    delivered++;
}

/* Returns how many connections there were. */
static int cut_all(void) {
    pthread_mutex_lock(&cuts_lock);
    int count = cuts_count;
    for (int i = 0; i < count; i++)
        shutdown(cuts_sockets[i], SHUT_RDWR);
    pthread_mutex_unlock(&cuts_lock);
    return count;
}

static void deliver_one(rd_kafka_t *rk, const char *topic) {
    delivered = 0;
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    AWAIT((rd_kafka_poll(rk, 100), delivered), "not delivered");
}

static double cpu_us(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int argc, char **argv) {
    CHECK(argc >= 4, "usage: reconnect_bench BROKERS TOPIC CONNECTIONS [name=value ...]");
    int rounds = atoi(argv[3]);
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", argv[1], "linger.ms", "0", "reconnect.backoff.ms", "0",
                                       "reconnect.backoff.max.ms", "0", NULL);
    for (int i = 4; i < argc; i++)
        conf_set_pair(conf, argv[i]);
    rd_kafka_conf_set_socket_cb(conf, count_open);
    rd_kafka_conf_set_closesocket_cb(conf, count_close);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf);
    deliver_one(rk, argv[2]);
    opened = 0;
    double wall = 0, began_cpu = cpu_us();
    for (int i = 0; i < rounds; i++) {
        double began = now_s();
        int gone = __atomic_load_n(&closed, __ATOMIC_SEQ_CST);
        gone += cut_all();
        /* A request on a connection that is cut would be sent once more. */
        while (__atomic_load_n(&closed, __ATOMIC_SEQ_CST) < gone)
            usleep(50);
        deliver_one(rk, argv[2]);
        wall += now_s() - began;
    }
    double cpu = cpu_us() - began_cpu;
    CHECK(opened >= rounds, "%d connections in %d rounds", opened, rounds);
    printf("version=%s connections=%d wall_us=%.0f cpu_us=%.0f\n", rd_kafka_version_str(), opened, wall * 1e6, cpu);
    rd_kafka_destroy(rk);
    return 0;
}
