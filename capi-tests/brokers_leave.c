/* test: alone engines on-mock=--brokers=100 limit=120 */
/* Brokers are replaced one after the other, each by one with a new id. The client's threads, descriptors, statistics and ids are those
 * of the brokers that there are now. Brokers that are merely listed cost neither a thread nor a descriptor. */
#include "deliveries.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <sys/socket.h>

#define ROUNDS 40

static int shown; /* brokers in the last statistics */

static int on_stats(rd_kafka_t *rk, char *json, size_t length, void *opaque) {
    (void)rk, (void)length, (void)opaque;
    shown = 0;
    for (const char *at = json; (at = strstr(at, "\"nodeid\"")); at++)
        shown++;
    return 0;
}

static int entries(const char *folder) {
    int n = 0;
    DIR *dir = opendir(folder);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

/* The broker threads of this process. */
static int broker_threads(void) {
    char path[300], name[32];
    int n = 0;
    struct dirent *entry;
    DIR *dir = opendir("/proc/self/task");
    while ((entry = readdir(dir))) {
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
        FILE *f = fopen(path, "r");
        if (!f) /* it has just ended */
            continue;
        n += fgets(name, sizeof(name), f) && !strncmp(name, "rdk:broker", 10);
        fclose(f);
    }
    closedir(dir);
    return n;
}

static int32_t only_id(rd_kafka_t *rk) {
    size_t count;
    int32_t *ids = rd_kafka_brokers_learned_ids(rk, &count);
    int32_t id = count == 1 ? ids[0] : -1;
    rd_kafka_mem_free(rk, ids);
    return id;
}

static void produce(rd_kafka_t *rk, int count) {
    for (int i = 0; i < count; i++) {
        rd_kafka_resp_err_t err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("v", 1),
                                                    RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_END);
        CHECK(!err, "produce: %s", rd_kafka_err2name(err));
    }
    await_reports(rk, count);
    /* Statistics count, too, and may come at any time. */
    AWAIT((rd_kafka_poll(rk, 0), rd_kafka_outq_len(rk) == 0), "outq_len %d", rd_kafka_outq_len(rk));
    for (int i = 0; i < count; i++)
        CHECK(!deliveries[i].err, "message %d: %s", i, rd_kafka_err2name(deliveries[i].err));
    forget_deliveries();
}

/* Nobody else listens where the first broker was: the configuration names that address for good, and the system would give the
 * port to the next program that wants one. */
static int hold_port(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    CHECK(!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), "SO_REUSEADDR");
    AWAIT(!bind(fd, (struct sockaddr *)&address, sizeof(address)), "port %d is taken", port);
    return fd;
}

static void brokers_are_replaced(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "topic.metadata.refresh.interval.ms", "100",
                                       "statistics.interval.ms", "100", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    CHECK(!rd_kafka_mock_topic_create(cluster, "t", 1, 1), "topic");
    produce(rk, 3);
    int before = entries("/proc/self/fd"), held = -1, port = atoi(strchr(rd_kafka_mock_cluster_bootstraps(cluster), ':') + 1);

    /* There is one broker at a time, and the address of the configuration, which may have been tried meanwhile. */
    for (int id = 2; id < ROUNDS; id++) {
        CHECK(!rd_kafka_mock_broker_add(cluster, id), "add");
        CHECK(!rd_kafka_mock_partition_set_leader(cluster, "t", 0, id), "set_leader");
        CHECK(!rd_kafka_mock_broker_remove_from_metadata(cluster, id - 1), "remove_from_metadata");
        produce(rk, 3);
        AWAIT(only_id(rk) == id, "round %d: other brokers are known", id);
        CHECK(!rd_kafka_mock_broker_decommission(cluster, id - 1), "decommission");
        if (held < 0)
            held = hold_port(port);
        AWAIT(broker_threads() <= 2, "round %d: %d broker threads", id, broker_threads());
    }
    AWAIT((rd_kafka_poll(rk, 10), shown == 2), "statistics show %d brokers", shown);
    close(held);
    AWAIT(entries("/proc/self/fd") <= before + 1, "%d descriptors before, %d after", before, entries("/proc/self/fd"));
    rd_kafka_destroy(rk);
}

static void many_are_listed(const char *brokers) {
    int before = entries("/proc/self/fd");
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    size_t count;
    produce(rk, 3);
    rd_kafka_mem_free(rk, rd_kafka_brokers_learned_ids(rk, &count));
    CHECK(count == 100, "%zu brokers are known", count);
    /* A signal each for the main thread, two leaders and one or two bootstrap servers, and their connections. */
    int cost = entries("/proc/self/fd") - before;
    CHECK(cost <= 9, "%d descriptors", cost);
    CHECK(broker_threads() <= 4, "%d broker threads", broker_threads());
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: brokers_leave BROKERS");
    many_are_listed(argv[1]);
    brokers_are_replaced();
    return 0;
}
