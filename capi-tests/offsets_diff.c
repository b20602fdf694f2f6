/* test: differential valgrind limit=120 */
/* Watermarks and offsets by time, asked by a producer: what comes back, and every way in which it can fail. */
#include "deliveries.h"
#include "requests.h"

#define LIST_OFFSETS API_LIST_OFFSETS

static void watermarks(rd_kafka_t *rk, const char *what, const char *topic, int32_t partition, int timeout_ms) {
    int64_t low = -4242, high = -4343;
    struct stopwatch start = start_watch();
    rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(rk, topic, partition, &low, &high, timeout_ms);
    printf("%s: %s [%d]: %s", what, topic, partition, rd_kafka_err2name(err));
    if (!err)
        printf(" %" PRId64 " %" PRId64, low, high);
    puts("");
    if (timeout_ms > 0)
        CHECK(!strcmp(in_time(start, 0, timeout_ms / 1000.0 + 5), "in time"), "%s took too long", what);
}

static void times(rd_kafka_t *rk, const char *what, int timeout_ms, int64_t time, int offsets, const char *topic,
                  const int32_t *partitions, int count) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    for (int i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, topic, partitions[i])->offset = time;
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(rk, list, timeout_ms);
    printf("%s: %s\n", what, rd_kafka_err2name(err));
    for (int i = 0; i < list->cnt && timeout_ms; i++) {
        rd_kafka_topic_partition_t *p = &list->elems[i];
        printf("  %s [%d] %s", p->topic, p->partition, rd_kafka_err2name(p->err));
        if (offsets && !p->err)
            printf(" offset %" PRId64, p->offset);
        puts("");
    }
    rd_kafka_topic_partition_list_destroy(list);
}

static void answers(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("linger.ms", "0", NULL), &rkt);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);

    for (int i = 0; i < 10; i++)
        CHECK(!rd_kafka_produce(rkt, 1, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)(intptr_t)i), "produce");
    await_deliveries(rk, 10);
    watermarks(rk, "with messages", "t", 1, hang_ms());
    watermarks(rk, "with messages, for ever", "t", 1, -1);
    watermarks(rk, "empty", "t", 0, hang_ms());
    watermarks(rk, "no such partition", "t", 4, hang_ms());
    watermarks(rk, "any partition", "t", -1, hang_ms());
    watermarks(rk, "in no time", "t", 1, 0);
    rd_kafka_mock_topic_create(cluster, "other", 2, 1);
    watermarks(rk, "a topic without a handle", "other", 1, hang_ms());
    rd_kafka_mock_topic_set_error(cluster, "gone", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    watermarks(rk, "no such topic", "gone", 0, hang_ms());
    rd_kafka_mock_topic_set_error(cluster, "forbidden", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    watermarks(rk, "a topic of others", "forbidden", 0, hang_ms());

    int32_t both[] = {0, 1}, some[] = {0, 1, 20, 3, 21}, none[] = {7, 8};
    times(rk, "end", hang_ms(), RD_KAFKA_OFFSET_END, 1, "t", both, 2);
    times(rk, "for ever", -1, RD_KAFKA_OFFSET_END, 1, "t", both, 2);
    times(rk, "in no time", 0, RD_KAFKA_OFFSET_END, 0, "t", both, 2);
    times(rk, "some do not exist", hang_ms(), RD_KAFKA_OFFSET_END, 1, "t", some, 5);
    times(rk, "none exists", hang_ms(), RD_KAFKA_OFFSET_END, 1, "t", none, 2);
    times(rk, "no topic", hang_ms(), 1234, 1, "gone", both, 2);
    times(rk, "nothing", hang_ms(), 0, 0, "t", NULL, 0);

    int64_t low = 5, high = 6;
    rd_kafka_resp_err_t err = rd_kafka_get_watermark_offsets(rk, "t", 1, &low, &high);
    printf("cached: %s %" PRId64 " %" PRId64 "\n", rd_kafka_err2name(err), low, high);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

/* Where the reference tries again, it goes by the errors of the first answer (offsets.c); so only what ends a question. */
static void broker_errors(void) {
    static const rd_kafka_resp_err_t codes[] = {
        RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
    };
    rd_kafka_topic_t *rkt;
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "0", NULL);
    count_requests(conf);
    rd_kafka_t *rk = mock_producer(conf, &rkt);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    int32_t partitions[] = {3, 2};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        char what[64];
        snprintf(what, sizeof(what), "broker says %s", rd_kafka_err2name(codes[i]));
        rd_kafka_mock_push_request_errors(cluster, LIST_OFFSETS, 2, codes[i], codes[i]);
        int asked = count_of(&requests_sent[LIST_OFFSETS]);
        watermarks(rk, what, "t", 3, hang_ms());
        /* Both of its requests have had their answers when one that came later has its own. */
        await_requests(LIST_OFFSETS, asked + 2);
        CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, NULL), "produce");
        CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
        rd_kafka_mock_clear_request_errors(cluster, LIST_OFFSETS);
        rd_kafka_mock_push_request_errors(cluster, LIST_OFFSETS, 1, codes[i]);
        times(rk, what, hang_ms(), RD_KAFKA_OFFSET_END, 1, "t", partitions, 2);
        rd_kafka_mock_clear_request_errors(cluster, LIST_OFFSETS);
        watermarks(rk, "after that", "t", 3, hang_ms());
    }
    rd_kafka_mock_broker_push_request_error_rtts(cluster, 1, LIST_OFFSETS, 2, RD_KAFKA_RESP_ERR_NO_ERROR, 1500,
                                                 RD_KAFKA_RESP_ERR_NO_ERROR, 1500);
    watermarks(rk, "slow", "t", 3, 700);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void nobody(void) {
    int32_t partitions[] = {0};
    rd_kafka_t *rk = new_producer(quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL));
    watermarks(rk, "no broker", "t", 0, 2500);
    times(rk, "no broker", 2500, 17, 0, "t", partitions, 1);
    rd_kafka_destroy(rk);
}

int main(void) {
    answers();
    forget_deliveries();
    broker_errors();
    nobody();
    return 0;
}
