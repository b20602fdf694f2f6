/* test: differential */
/* What a consumer makes of the errors in Fetch responses: which of them it tells, how often, and for which it asks who
 * leads the partition. */
#include "consumed.h"

#include <librdkafka/rdkafka_mock.h>

#define FETCH 1
#define METADATA 3
#define ERRORS 3

struct reader {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *mock;
};

/* Not here: OFFSET_OUT_OF_RANGE (1), after which ours does not believe that the log begins where it is told it does not,
 * and NOT_LEADER_FOR_PARTITION (6), with which the reference's mock cluster names the leader. */
static const int codes[] = {2,  3,  4,  5,  7,  8,  9,  10, 13, 14, 15, 16, 17, 22, 25, 27,  29,  30,
                            35, 42, 43, 44, 55, 56, 58, 72, 74, 75, 76, 77, 78, 79, 87, 89, 100, 103};
#define CODES ((int)(sizeof(codes) / sizeof(codes[0])))

static struct reader new_reader(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "1", "group.id", "g", "auto.offset.reset", "earliest",
                                       "fetch.error.backoff.ms", "10", "fetch.wait.max.ms", "20",
                                       "topic.metadata.refresh.interval.ms", "-1", NULL);
    struct reader r = {.rk = new_consumer(conf)};
    r.mock = rd_kafka_handle_mock_cluster(r.rk);
    CHECK(!rd_kafka_mock_topic_create(r.mock, "t", 1, 1), "topic");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 0;
    rd_kafka_mock_start_request_tracking(r.mock);
    CHECK(!rd_kafka_assign(r.rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
    return r;
}

static int requests(rd_kafka_mock_cluster_t *mock, int api) {
    size_t count;
    int found = 0;
    rd_kafka_mock_request_t **all = rd_kafka_mock_get_requests(mock, &count);
    for (size_t i = 0; i < count; i++)
        found += rd_kafka_mock_request_api_key(all[i]) == api;
    rd_kafka_mock_request_destroy_array(all, count);
    return found;
}

static void await_fetches(const struct reader *r, int count) {
    double end = give_up_at();
    while (requests(r->mock, FETCH) < count) {
        CHECK(now_s() < end, "nothing is fetched");
        sleep_ms(5);
    }
}

static void refuse(const struct reader *r, int code) {
    rd_kafka_mock_clear_requests(r->mock);
    CHECK(!rd_kafka_mock_broker_push_request_error_rtts(r->mock, 1, FETCH, ERRORS, code, 0, code, 0, code, 0), "push");
}

static void show(const struct reader *r, int code) {
    printf("%s:", err_name(code));
    int count = 0;
    rd_kafka_message_t *m;
    while ((m = rd_kafka_consumer_poll(r->rk, 0))) {
        if (!count++)
            printf(" %s [%d] @%" PRId64 " %s", err_name(m->err), (int)m->partition, m->offset, rd_kafka_message_errstr(m));
        rd_kafka_message_destroy(m);
    }
    printf(" told %d times, leader looked up: %s\n", count, requests(r->mock, METADATA) > 0 ? "yes" : "no");
}

int main(void) {
    struct reader readers[CODES];
    for (int i = 0; i < CODES; i++)
        readers[i] = new_reader();
    for (int i = 0; i < CODES; i++)
        await_fetches(&readers[i], 2);
    /* One after the other: the reference's threads share what they write the offset into, and may print each other's. */
    for (int i = 0; i < CODES; i++) {
        refuse(&readers[i], codes[i]);
        await_fetches(&readers[i], ERRORS + 3);
        show(&readers[i], codes[i]);
        rd_kafka_destroy(readers[i].rk);
    }
    return 0;
}
