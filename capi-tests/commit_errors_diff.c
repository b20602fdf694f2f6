/* test: differential valgrind limit=120 */
/* What errors of a group's coordinator come to when offsets are committed and looked up. */
#include "consumed.h"

#include <librdkafka/rdkafka_mock.h>

static const rd_kafka_resp_err_t errors[] = {
    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
    RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
    RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
    RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
    RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE,
    RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE,
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
    RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
    RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH,
    RD_KAFKA_RESP_ERR_UNKNOWN,
    RD_KAFKA_RESP_ERR__TRANSPORT,
};

enum { ERRORS = sizeof(errors) / sizeof(*errors), COMMIT = 8, FETCH = 9 };

static rd_kafka_topic_partition_list_t *one(int64_t offset) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = offset;
    return list;
}

static rd_kafka_resp_err_t on_commit(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *offsets, rd_kafka_resp_err_t err, void *opaque) {
    (void)rk;
    printf("%s: %s", (char *)opaque, err_name(err));
    for (int i = 0; i < offsets->cnt; i++)
        printf(", %s [%d] @%" PRId64 " %s", offsets->elems[i].topic, (int)offsets->elems[i].partition, offsets->elems[i].offset,
               err_name(offsets->elems[i].err));
    printf("\n");
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *reason, size_t size) {
    (void)conf, (void)reason, (void)size;
    return rd_kafka_interceptor_add_on_commit(rk, "interceptor", on_commit, opaque);
}

static void commits(rd_kafka_t *rk, rd_kafka_mock_cluster_t *cluster, rd_kafka_queue_t *queue, int times) {
    for (int i = 0; i < ERRORS; i++) {
        for (int n = 0; n < times; n++)
            rd_kafka_mock_push_request_errors(cluster, COMMIT, 1, errors[i]);
        rd_kafka_topic_partition_list_t *list = one(10 + i);
        CHECK(!rd_kafka_commit_queue(rk, list, queue, NULL, NULL), "commit_queue");
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, hang_ms());
        const rd_kafka_topic_partition_list_t *offsets = rd_kafka_event_topic_partition_list(ev);
        printf("commit, %d times %s: %s, %s, partition %s\n", times, err_name(errors[i]), err_name(rd_kafka_event_error(ev)),
               rd_kafka_event_error_string(ev), err_name(offsets->elems[0].err));
        rd_kafka_event_destroy(ev);
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_mock_clear_request_errors(cluster, COMMIT);
    }
}

static void fetches(rd_kafka_t *rk, rd_kafka_mock_cluster_t *cluster, int times) {
    for (int i = 0; i < ERRORS; i++) {
        for (int n = 0; n < times; n++)
            rd_kafka_mock_push_request_errors(cluster, FETCH, 1, errors[i]);
        rd_kafka_topic_partition_list_t *list = one(0);
        rd_kafka_resp_err_t err = rd_kafka_committed(rk, list, hang_ms());
        printf("committed, %d times %s: %s, partition %s @%" PRId64 "\n", times, err_name(errors[i]), err_name(err),
               err_name(list->elems[0].err), list->elems[0].offset);
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_mock_clear_request_errors(cluster, FETCH);
    }
}

int main(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "test.mock.num.brokers", "1");
    conf_set(conf, "group.id", "g");
    conf_set(conf, "retry.backoff.ms", "10");
    conf_set(conf, "reconnect.backoff.ms", "10");
    conf_set(conf, "reconnect.backoff.max.ms", "20");
    conf_set(conf, "enable.auto.commit", "false");
    CHECK(!rd_kafka_conf_interceptor_add_on_new(conf, "interceptor", on_new, "on_commit"), "on_new");
    rd_kafka_t *rk = new_consumer(conf);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    CHECK(!rd_kafka_mock_topic_create(cluster, "t", 1, 1), "topic");
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    commits(rk, cluster, queue, 1);
    commits(rk, cluster, queue, 7);
    fetches(rk, cluster, 1);
    fetches(rk, cluster, 7);
    rd_kafka_queue_destroy(queue);
    /* The reference waits for members that it has lost by these errors. */
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return 0;
}
