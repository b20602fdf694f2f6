/* Transactional producers on a mock cluster in this process, and what their calls say, without what differs from run to run. */
#ifndef CAPI_TESTS_TRANSACTIONAL_H
#define CAPI_TESTS_TRANSACTIONAL_H

#include "common.h"

/* Prints a text without addresses, durations, and what is said of a broker and a producer id in brackets. */
__attribute__((unused)) static void print_text(FILE *out, const char *s) {
    while (*s) {
        if (!strncmp(s, "on broker ", 10)) {
            fprintf(out, "on broker *");
            s += 10;
            while (*s && strncmp(s, ": ", 2))
                s++;
        } else if (!strncmp(s, "(after ", 7)) {
            fprintf(out, "(after *)");
            while (*s && *s != ')')
                s++;
            s += *s == ')';
        } else if (!strncmp(s, "(broker ", 8)) {
            fprintf(out, "(broker *)");
            s += strcspn(s, ")");
            s += *s == ')';
        } else if (!strncmp(s, "127.0.0.1:", 10)) {
            fprintf(out, "127.0.0.1:*");
            while (*s && strncmp(s, ": ", 2))
                s++;
        } else if (!strncmp(s, "((null))", 8)) {
            s += 8; /* the reference prints the topic id, which it does not have here */
        } else {
            putc(*s++, out);
        }
    }
}

__attribute__((unused)) static rd_kafka_resp_err_t show_on(FILE *out, const char *what, rd_kafka_error_t *error) {
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    fprintf(out, "%s: %s", what, error ? rd_kafka_error_name(error) : "ok");
    if (error) {
        fprintf(out, "%s%s%s ", rd_kafka_error_is_fatal(error) ? " fatal" : "", rd_kafka_error_is_retriable(error) ? " retriable" : "",
               rd_kafka_error_txn_requires_abort(error) ? " abort" : "");
        print_text(out, rd_kafka_error_string(error));
    }
    putc('\n', out);
    rd_kafka_error_destroy(error);
    return code;
}

__attribute__((unused)) static void show_fatal_on(FILE *out, rd_kafka_t *rk) {
    char text[256] = "";
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(rk, text, sizeof(text));
    fprintf(out, "fatal error: %s ", code ? rd_kafka_err2name(code) : "none");
    print_text(out, text);
    putc('\n', out);
}

__attribute__((unused)) static rd_kafka_resp_err_t produce(rd_kafka_t *rk, const char *value) {
    return rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("topic"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE((void *)value, strlen(value)),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
}

__attribute__((unused)) static void show_produce_on(FILE *out, rd_kafka_t *rk) {
    fprintf(out, "produce: %s\n", rd_kafka_err2name(produce(rk, "v")));
}

/* A cluster, and the instance that holds it. What the first requests are to be answered has to be said before the producer comes, which
 * looks for its coordinator at once. */
__attribute__((unused)) static rd_kafka_t *transaction_cluster(rd_kafka_mock_cluster_t **cluster) {
    rd_kafka_t *holder = new_producer(quiet_conf("test.mock.num.brokers", "3", NULL));
    *cluster = rd_kafka_handle_mock_cluster(holder);
    rd_kafka_mock_topic_create(*cluster, "topic", 4, 3);
    rd_kafka_mock_topic_create(*cluster, "input", 2, 3);
    rd_kafka_mock_coordinator_set(*cluster, "transaction", "id", 2);
    rd_kafka_mock_coordinator_set(*cluster, "group", "group", 3);
    return holder;
}

/* A producer that knows the cluster: the reference closes its bootstrap connections when it gets to know it, and the answer to a
 * request on one of them is lost. */
__attribute__((unused)) static rd_kafka_t *transactional(rd_kafka_mock_cluster_t *cluster) {
    rd_kafka_t *rk =
        new_producer(quiet_conf("transactional.id", "id", "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), "retry.backoff.ms",
                                "20", "topic.metadata.refresh.fast.interval.ms", "50", "linger.ms", "0", NULL));
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 1, NULL, &metadata, hang_ms());
    CHECK(!err, "metadata: %s", rd_kafka_err2name(err));
    rd_kafka_metadata_destroy(metadata);
    return rk;
}

__attribute__((unused)) static rd_kafka_error_t *send_offsets(rd_kafka_t *rk, int valid) {
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(2);
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new("group");
    rd_kafka_error_t *error;
    rd_kafka_topic_partition_list_add(offsets, "input", 0)->offset = valid ? 12 : RD_KAFKA_OFFSET_INVALID;
    rd_kafka_topic_partition_list_add(offsets, "input", 1);
    error = rd_kafka_send_offsets_to_transaction(rk, offsets, group, hang_ms());
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    return error;
}

#endif
