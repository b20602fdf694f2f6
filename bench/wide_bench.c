/*
 * What messages that wait in very many partitions take of memory.
 *
 *   wide_bench BROKERS PARTITIONS FILL[,FILL]... [name=value]...
 *
 * Produces by turns to all partitions of the topic `bench` and prints, whenever each has FILL messages, by how much the resident
 * memory has grown per message; then what is left of the growth when all have been delivered. Needs linger.ms to be long.
 */
#include "bench.h"

#include <unistd.h>

#define SETTLE_US 100000    /* memory of threads that have just done something */
#define RETURN_US 3000000   /* the library's idle memory goes back to the system within this time */

static double resident_bytes(void) {
    long size, resident;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &size, &resident) != 2)
        die("/proc/self/statm");
    fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    if (m->err)
        die(rd_kafka_err2str(m->err));
}

int main(int argc, char **argv) {
    program = "wide_bench";
    if (argc < 4)
        die("usage: wide_bench BROKERS PARTITIONS FILL[,FILL]... [name=value]...");
    int partitions = atoi(argv[2]);
    static char value[100];
    rd_kafka_conf_t *conf = configuration(argv[1], argc, argv, 4);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = producer(conf, &rkt);
    usleep(SETTLE_US);

    double before = resident_bytes();
    long fill = 0;
    for (char *next = strtok(argv[3], ","); next; next = strtok(NULL, ",")) {
        for (; fill < atol(next); fill++)
            for (int p = 0; p < partitions; p++)
                if (rd_kafka_produce(rkt, p, RD_KAFKA_MSG_F_COPY, value, sizeof(value), NULL, 0, NULL))
                    die(rd_kafka_err2str(rd_kafka_last_error()));
        usleep(SETTLE_US);
        printf("fill=%ld bytes=%.0f\n", fill, (resident_bytes() - before) / ((double)fill * partitions));
    }
    if (rd_kafka_flush(rk, -1)) /* who waits for it has a limit */
        die("flush");
    usleep(RETURN_US);
    printf("start=%.0f left=%.0f\n", before, resident_bytes() - before);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
