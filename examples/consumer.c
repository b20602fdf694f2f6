/*
 * Prints the messages of a topic, all partitions, from the beginning; without a consumer group.
 *
 *   consumer BROKERS TOPIC [-e] [NAME=VALUE]...
 *
 * One line each: partition, offset, key, headers, value, separated by tabs. With -e it ends when all partitions have been read.
 * Exit code: 0, 1 after an error, 2 usage.
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

static void print_message(const rd_kafka_message_t *m) {
    printf("%" PRId32 "\t%" PRId64 "\t%.*s\t", m->partition, m->offset, (int)m->key_len, m->key ? (const char *)m->key : "");
    rd_kafka_headers_t *headers;
    if (!rd_kafka_message_headers(m, &headers)) {
        const char *name;
        const void *value;
        size_t size;
        for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++)
            printf("%s%s=%.*s", i ? "," : "", name, (int)size, value ? (const char *)value : "");
    }
    printf("\t%.*s\n", (int)m->len, m->payload ? (const char *)m->payload : "");
}

static rd_kafka_t *consumer(int argc, char **argv, bool *to_the_end) {
    char why[512] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    /* The API wants a group's name. Nothing is committed, and no group is joined without rd_kafka_subscribe(). */
    int refused = rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], why, sizeof(why)) ||
                  rd_kafka_conf_set(conf, "group.id", "example", why, sizeof(why)) ||
                  rd_kafka_conf_set(conf, "enable.auto.commit", "false", why, sizeof(why)) ||
                  rd_kafka_conf_set(conf, "enable.partition.eof", "true", why, sizeof(why));
    for (int i = 3; i < argc && !refused; i++) {
        char *equals = strchr(argv[i], '=');
        if (!strcmp(argv[i], "-e")) {
            *to_the_end = true;
            continue;
        }
        if (!equals) {
            fprintf(stderr, "consumer: not NAME=VALUE: %s\n", argv[i]);
            exit(2);
        }
        *equals = '\0';
        refused = rd_kafka_conf_set(conf, argv[i], equals + 1, why, sizeof(why));
    }
    rd_kafka_t *rk = refused ? NULL : rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
    if (!rk) {
        rd_kafka_conf_destroy(conf); /* rd_kafka_new() takes it on success only */
        fprintf(stderr, "consumer: %s\n", why);
        exit(2);
    }
    rd_kafka_poll_set_consumer(rk); /* errors come with the messages */
    return rk;
}

/* Has all partitions of the topic read from the beginning. Returns how many there are, 0 after an error. */
static int assign_all(rd_kafka_t *rk, const char *name) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, topic, &metadata, 10000);
    rd_kafka_topic_destroy(topic);
    if (err) {
        fprintf(stderr, "consumer: metadata: %s\n", rd_kafka_err2str(err));
        return 0;
    }
    int count = metadata->topic_cnt == 1 && !metadata->topics[0].err ? metadata->topics[0].partition_cnt : 0;
    if (count == 0)
        fprintf(stderr, "consumer: no topic %s\n", name);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, name, metadata->topics[0].partitions[i].id)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_metadata_destroy(metadata);
    if (count > 0 && (err = rd_kafka_assign(rk, list))) {
        fprintf(stderr, "consumer: assign: %s\n", rd_kafka_err2str(err));
        count = 0;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return count;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: consumer BROKERS TOPIC [-e] [NAME=VALUE]...\n");
        return 2;
    }
    bool to_the_end = false;
    rd_kafka_t *rk = consumer(argc, argv, &to_the_end);
    int left = assign_all(rk, argv[2]);
    int code = left > 0 ? 0 : 1;
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    while (!interrupted && left > 0) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 200);
        if (!m)
            continue;
        if (!m->err)
            print_message(m);
        else if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            left -= to_the_end ? 1 : 0;
        else { /* brokers that are away, for instance: the client goes on by itself */
            fprintf(stderr, "consumer: %s\n", rd_kafka_message_errstr(m));
            code = 1;
        }
        rd_kafka_message_destroy(m);
    }
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return code;
}
