/* test: tool */
/* A load that is the same on every run, for the comparison of what reaches the broker:
 *
 *     wire_load BOOTSTRAP queued|paced [-X NAME=VALUE]... [-m MESSAGES] [-s SIZE] [-p PARTITIONS] [-t TOPICS] [-v]
 *
 * queued: everything is produced before the client knows a broker, so that batches do not hang on timing.
 * paced: each message waits for the report of the one before.
 * -v: keys, values and headers of all kinds, and timestamps that jump.
 * Every message must be delivered. */
#include "common.h"

static int delivered;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    (void)opaque;
    CHECK(!m->err, "message %" PRIdPTR ": %s", (intptr_t)m->_private, rd_kafka_err2name(m->err));
    delivered++;
}

static void await(rd_kafka_t *rk, int count) {
    double deadline = give_up_at();
    while (delivered < count && now_s() < deadline)
        rd_kafka_poll(rk, 10);
    CHECK(delivered == count, "%d of %d reports", delivered, count);
}

struct load {
    int messages, size, partitions, topics;
    bool varied;
};

/* Text that compresses about as well as text does. */
static void fill(char *value, int size, int number) {
    for (int i = 0; i < size; i++)
        value[i] = (char)('a' + (number * 7 + i * (1 + i % 5)) % 23);
}

static void produce(rd_kafka_t *rk, const struct load *load, int n) {
    static char value[1 << 20];
    char topic[16], key[32];
    int size = load->varied ? load->size * (n % 7) / 3 : load->size;
    rd_kafka_resp_err_t err;

    snprintf(topic, sizeof(topic), "t%d", n % load->topics);
    snprintf(key, sizeof(key), "key-%d", n);
    fill(value, size, n);
    bool no_key = load->varied && n % 5 == 1, no_value = load->varied && n % 11 == 3, headers = load->varied && n % 3 == 0;
    int64_t timestamp = 1700000000000 + (load->varied ? (n % 4) * 1000 - (n % 6) * 70 : n);
    if (headers)
        err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(n / load->topics % load->partitions),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(no_key ? NULL : key, no_key ? 0 : strlen(key)),
                                RD_KAFKA_V_VALUE(no_value ? NULL : value, no_value ? 0 : size), RD_KAFKA_V_TIMESTAMP(timestamp),
                                RD_KAFKA_V_HEADER("name", "value", 5), RD_KAFKA_V_HEADER("empty", "", 0),
                                RD_KAFKA_V_HEADER("null", NULL, 0), RD_KAFKA_V_OPAQUE((void *)(intptr_t)n), RD_KAFKA_V_END);
    else
        err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(n / load->topics % load->partitions),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(no_key ? NULL : key, no_key ? 0 : strlen(key)),
                                RD_KAFKA_V_VALUE(no_value ? NULL : value, no_value ? 0 : size), RD_KAFKA_V_TIMESTAMP(timestamp),
                                RD_KAFKA_V_OPAQUE((void *)(intptr_t)n), RD_KAFKA_V_END);
    CHECK(!err, "message %d: %s", n, rd_kafka_err2name(err));
}

int main(int argc, char **argv) {
    struct load load = {.messages = 10, .size = 100, .partitions = 1, .topics = 1};
    CHECK(argc >= 3, "usage: wire_load BOOTSTRAP queued|paced [OPTIONS]");
    const char *bootstrap = argv[1];
    bool queued = !strcmp(argv[2], "queued");
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int option;

    optind = 3;
    while ((option = getopt(argc, argv, "X:m:s:p:t:v")) != -1) {
        char *equals;
        switch (option) {
        case 'X':
            equals = strchr(optarg, '=');
            CHECK(equals, "-X wants NAME=VALUE");
            *equals = '\0';
            conf_set(conf, optarg, equals + 1);
            break;
        case 'm': load.messages = atoi(optarg); break;
        case 's': load.size = atoi(optarg); break;
        case 'p': load.partitions = atoi(optarg); break;
        case 't': load.topics = atoi(optarg); break;
        case 'v': load.varied = true; break;
        default: FAIL("unknown option");
        }
    }
    if (!queued)
        conf_set(conf, "bootstrap.servers", bootstrap);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = new_producer(conf);
    for (int n = 0; n < load.messages; n++) {
        produce(rk, &load, n);
        if (!queued)
            await(rk, n + 1);
    }
    if (queued)
        CHECK(rd_kafka_brokers_add(rk, bootstrap) == 1, "brokers_add");
    await(rk, load.messages);
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_destroy(rk);
    return 0;
}
