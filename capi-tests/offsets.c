/* test: alone valgrind limit=120 */
/* Offsets by time, asked by a producer and by an administrator; errors after which a question is put again. */
#include "deliveries.h"

#define LIST_OFFSETS 2

static int64_t offset_of(rd_kafka_t *rk, int32_t partition, int64_t time) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", partition)->offset = time;
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(rk, list, hang_ms());
    CHECK(!err && !list->elems[0].err, "offsets_for_times(%" PRId64 "): %s, %s", time, rd_kafka_err2name(err),
          rd_kafka_err2name(list->elems[0].err));
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return offset;
}

static void check_watermarks(rd_kafka_t *rk, const char *topic, int64_t low, int64_t high) {
    int64_t l = -7, h = -7;
    rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(rk, topic, 1, &l, &h, hang_ms());
    CHECK(!err && l == low && h == high, "%s: %s %" PRId64 " %" PRId64, topic, rd_kafka_err2name(err), l, h);
}

static void by_time(rd_kafka_t *rk) {
    CHECK(offset_of(rk, 1, 0) == 0, "from the beginning of time");
    CHECK(offset_of(rk, 1, 1000) == 0, "the first's own time");
    CHECK(offset_of(rk, 1, 1001) == 1, "between two");
    CHECK(offset_of(rk, 1, 5000) == 4, "a message's own time");
    CHECK(offset_of(rk, 1, 10001) == -1, "after the last");
    CHECK(offset_of(rk, 1, RD_KAFKA_OFFSET_BEGINNING) == 0, "beginning");
    CHECK(offset_of(rk, 1, RD_KAFKA_OFFSET_END) == 10, "end");
    CHECK(offset_of(rk, 0, 1000) == -1, "an empty partition");
}

/* Each of these is answered in the end, by what was asked for and not by the first answer. */
static void tried_again(rd_kafka_t *rk, rd_kafka_mock_cluster_t *cluster) {
    static const rd_kafka_resp_err_t codes[] = {
        RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
        RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR__TRANSPORT,
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        rd_kafka_mock_push_request_errors(cluster, LIST_OFFSETS, 1, codes[i]);
        check_watermarks(rk, "t", 0, 10);
        rd_kafka_mock_push_request_errors(cluster, LIST_OFFSETS, 3, codes[i], codes[i], codes[i]);
        CHECK(offset_of(rk, 1, 5000) == 4, "after three times %s", rd_kafka_err2name(codes[i]));
    }
}

static rd_kafka_event_t *asked(rd_kafka_t *rk, rd_kafka_queue_t *queue, rd_kafka_topic_partition_list_t *list, int timeout_ms) {
    char reason[128];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_LISTOFFSETS);
    CHECK(!rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, reason, sizeof(reason)), "%s", reason);
    rd_kafka_error_t *error = rd_kafka_AdminOptions_set_isolation_level(options, RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED);
    CHECK(!error, "isolation level: %s", rd_kafka_error_string(error));
    rd_kafka_AdminOptions_set_opaque(options, &reason);
    rd_kafka_ListOffsets(rk, list, options, queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, hang_ms());
    CHECK(rd_kafka_event_type(event) == RD_KAFKA_EVENT_LISTOFFSETS_RESULT, "event %s", rd_kafka_event_name(event));
    CHECK(rd_kafka_event_opaque(event) == &reason, "opaque");
    return event;
}

static void by_an_administrator(rd_kafka_t *rk, rd_kafka_mock_cluster_t *cluster) {
    static const struct {
        const char *topic;
        int32_t partition;
        int64_t ask, offset, timestamp;
        rd_kafka_resp_err_t err;
    } all[] = {
        {"t", 1, RD_KAFKA_OFFSET_SPEC_LATEST, 10, -1, 0},
        {"t", 0, RD_KAFKA_OFFSET_SPEC_EARLIEST, 0, -1, 0},
        {"t", 17, RD_KAFKA_OFFSET_SPEC_LATEST, -1, -1, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION},
        {"u", 1, RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP, 2, 3000, 0},
        {"u", 0, 17, -1, -1, 0},
    };
    const size_t count = sizeof(all) / sizeof(all[0]);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, all[i].topic, all[i].partition)->offset = all[i].ask;
    rd_kafka_event_t *event = asked(rk, queue, list, 20000);
    CHECK(!rd_kafka_event_error(event), "%s", rd_kafka_event_error_string(event));
    size_t n = 99;
    const rd_kafka_ListOffsetsResultInfo_t **infos =
        rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &n);
    CHECK(n == count, "%zu results", n);
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_topic_partition_t *p = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
        int64_t timestamp = rd_kafka_ListOffsetsResultInfo_timestamp(infos[i]);
        CHECK(!strcmp(p->topic, all[i].topic) && p->partition == all[i].partition, "%s [%d] at %zu", p->topic, p->partition, i);
        CHECK(p->err == all[i].err && p->offset == all[i].offset && timestamp == all[i].timestamp,
              "%s [%d]: %s offset %" PRId64 " timestamp %" PRId64, p->topic, p->partition, rd_kafka_err2name(p->err),
              p->offset, timestamp);
    }
    rd_kafka_event_destroy(event);

    /* Errors are shown where they belong, and not tried again. */
    rd_kafka_mock_push_request_errors(cluster, LIST_OFFSETS, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    list->cnt = 2;
    event = asked(rk, queue, list, 20000);
    CHECK(!rd_kafka_event_error(event), "%s", rd_kafka_event_error_string(event));
    infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &n);
    CHECK(n == 2, "%zu results", n);
    for (size_t i = 0; i < n; i++)
        CHECK(rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i])->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
              "an error that was not shown");
    rd_kafka_event_destroy(event);
    list->cnt = (int)count; /* all of them are released */
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
}

int main(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("linger.ms", "0", NULL), &rkt);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    rd_kafka_mock_topic_create(cluster, "u", 2, 1);
    for (intptr_t i = 0; i < 10; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_VALUE("v", 1),
                                 RD_KAFKA_V_TIMESTAMP((i + 1) * 1000), RD_KAFKA_V_OPAQUE((void *)i), RD_KAFKA_V_END), "producev");
    static const int64_t stamps[] = {1000, 2000, 3000, 500};
    for (intptr_t i = 0; i < 4; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("u"), RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_VALUE("v", 1),
                                 RD_KAFKA_V_TIMESTAMP(stamps[i]), RD_KAFKA_V_OPAQUE((void *)(10 + i)), RD_KAFKA_V_END), "producev");
    await_deliveries(rk, 14);
    check_watermarks(rk, "t", 0, 10);
    by_time(rk);
    tried_again(rk, cluster);
    by_an_administrator(rk, cluster);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
