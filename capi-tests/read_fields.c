/* test: tool */
/*
 * Reads partitions to their ends and prints every field of every message:
 *
 *   read_fields BROKERS TOPIC PARTITIONS OFFSET [NAME=VALUE...]
 *
 * A line is partition, offset, type and value of the timestamp, leader epoch, key, value, then name=value for each header; keys, values and
 * those of headers in hexadecimal behind a colon, or - for null.
 */
#include "consumed.h"

static void show_field(const void *bytes, size_t len) {
    if (!bytes) {
        printf("-");
        return;
    }
    printf(":");
    for (size_t i = 0; i < len; i++)
        printf("%02x", ((const unsigned char *)bytes)[i]);
}

static void show_message(const rd_kafka_message_t *m) {
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(m, &type);
    printf("%d %" PRId64 " %d/%" PRId64 " %d ", (int)m->partition, m->offset, (int)type, timestamp, (int)rd_kafka_message_leader_epoch(m));
    show_field(m->key, m->key_len);
    printf(" ");
    show_field(m->payload, m->len);
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &headers);
    CHECK(!err || err == RD_KAFKA_RESP_ERR__NOENT, "headers: %s", err_name(err));
    const char *name;
    const void *value;
    size_t len;
    for (size_t i = 0; !err && !rd_kafka_header_get_all(headers, i, &name, &value, &len); i++) {
        printf(" %s=", name);
        show_field(value, len);
    }
    printf("\n");
}

int main(int argc, char **argv) {
    CHECK(argc > 4, "arguments");
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "check.crcs", "true");
    conf_set(conf, "group.id", "none");
    conf_set(conf, "enable.auto.commit", "false");
    for (int i = 5; i < argc; i++)
        conf_set_pair(conf, argv[i]);
    rd_kafka_t *rk = new_consumer(conf);
    int partitions = atoi(argv[3]);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(list, argv[2], p)->offset = atoll(argv[4]);
    CHECK(!rd_kafka_assign(rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
    for (int ends = 0; ends < partitions;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, hang_ms());
        CHECK(m, "nothing comes");
        ends += m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (!m->err)
            show_message(m);
        else if (m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
            printf("%d %" PRId64 " %s %s\n", (int)m->partition, m->offset, err_name(m->err), rd_kafka_message_errstr(m));
        rd_kafka_message_destroy(m);
    }
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return 0;
}
