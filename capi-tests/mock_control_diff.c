/* test: differential valgrind limit=120 */
/* What the functions of the mock cluster do, as the program that calls them and a client see it. */
#include "deliveries.h"

#define PRODUCE 0
#define METADATA 3

static rd_kafka_t *rk, *asker; /* the second uses no topic: it asks for metadata when it is told to, and not by itself */
static rd_kafka_mock_cluster_t *cluster;

#define SAY(call) printf("%s: %s\n", #call, rd_kafka_err2name(call))

/* What metadata says of the brokers and of one topic. */
static void metadata(const char *when, const char *topic) {
    const struct rd_kafka_metadata *md;
    const struct rd_kafka_metadata_topic *t = NULL;
    rd_kafka_resp_err_t err = rd_kafka_metadata(asker, 1, NULL, &md, hang_ms());
    CHECK(!err, "%s: metadata: %s", when, rd_kafka_err2name(err));
    printf("%s: brokers", when);
    for (int32_t id = 0; id < 10; id++)
        for (int i = 0; i < md->broker_cnt; i++)
            if (md->brokers[i].id == id)
                printf(" %" PRId32, id);
    for (int i = 0; i < md->topic_cnt; i++)
        if (!strcmp(md->topics[i].topic, topic))
            t = &md->topics[i];
    CHECK(t, "%s: no topic %s", when, topic);
    printf(", %s %s, leaders", topic, rd_kafka_err2name(t->err));
    for (int i = 0; i < t->partition_cnt; i++)
        printf(" %" PRId32 "/%d", t->partitions[i].leader, t->partitions[i].replica_cnt);
    puts("");
    rd_kafka_metadata_destroy(md);
}

static void topics_and_leaders(void) {
    SAY(rd_kafka_mock_topic_create(cluster, "p", 3, 3));
    SAY(rd_kafka_mock_topic_create(cluster, "p", 3, 3));
    for (int32_t p = 0; p < 3; p++)
        SAY(rd_kafka_mock_partition_set_leader(cluster, "p", p, 3 - p));
    SAY(rd_kafka_mock_partition_set_leader(cluster, "p", 7, 1));
    metadata("leaders set", "p");
    SAY(rd_kafka_mock_partition_set_leader(cluster, "p", 0, -1));
    metadata("no leader", "p");
    SAY(rd_kafka_mock_partition_push_leader_response(cluster, "p", 0, 2, 5));
    metadata("told once", "p");
    metadata("and then", "p");
    rd_kafka_mock_topic_set_error(cluster, "p", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    metadata("an error", "p");
    rd_kafka_mock_topic_set_error(cluster, "p", RD_KAFKA_RESP_ERR_NO_ERROR);
    SAY(rd_kafka_mock_partition_set_follower(cluster, "p", 1, 3));
    SAY(rd_kafka_mock_partition_set_follower_wmarks(cluster, "p", 1, 0, 0));
    SAY(rd_kafka_mock_topic_delete(cluster, "p"));
    /* Not "p" once more: the client's own refresh may have created it again by now. */
    SAY(rd_kafka_mock_topic_delete(cluster, "never"));
}

static void brokers(void) {
    SAY(rd_kafka_mock_broker_set_rack(cluster, 2, "here"));
    SAY(rd_kafka_mock_broker_set_rack(cluster, 9, "here"));
    SAY(rd_kafka_mock_broker_set_rtt(cluster, 9, 1));
    SAY(rd_kafka_mock_broker_set_down(cluster, 9));
    SAY(rd_kafka_mock_broker_set_down(cluster, 3));
    SAY(rd_kafka_mock_broker_set_up(cluster, 3));
    SAY(rd_kafka_mock_broker_add(cluster, 7));
    SAY(rd_kafka_mock_broker_add(cluster, 7));
    metadata("one more", "t");
    SAY(rd_kafka_mock_broker_decommission(cluster, 7));
    SAY(rd_kafka_mock_broker_decommission(cluster, 7));
    SAY(rd_kafka_mock_broker_remove_from_metadata(cluster, 3));
    rd_kafka_mock_set_controller_id(cluster, 2);
    metadata("without them", "t");
    printf("controller %" PRId32 "\n", rd_kafka_controllerid(asker, 0));
}

static void errors(rd_kafka_topic_t *rkt) {
    size_t left = 4242;
    SAY(rd_kafka_mock_broker_push_request_error_rtts(cluster, 1, PRODUCE, 2, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, 1,
                                                     RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 0));
    SAY(rd_kafka_mock_broker_error_stack_cnt(cluster, 1, PRODUCE, &left));
    printf("%zu left\n", left);
    SAY(rd_kafka_mock_broker_error_stack_cnt(cluster, 9, PRODUCE, &left));
    CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)0), "produce");
    await_deliveries(rk, 1);
    SAY(rd_kafka_mock_broker_error_stack_cnt(cluster, 1, PRODUCE, &left));
    printf("%zu left, %s\n", left, rd_kafka_err2name(deliveries[0].err));
    forget_deliveries();
    SAY(rd_kafka_mock_partition_push_request_errors(cluster, "t", 0, PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE));
    rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_INVALID_MSG);
    rd_kafka_mock_clear_request_errors(cluster, PRODUCE);
    CHECK(!rd_kafka_produce(rkt, 0, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)0), "produce");
    await_deliveries(rk, 1);
    printf("one partition: %s\n", rd_kafka_err2name(deliveries[0].err));
    forget_deliveries();
}

static void records(void) {
    int64_t low = -1, high = -1;
    SAY(rd_kafka_mock_partition_delete_records(cluster, "t", 3, 1));
    rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(rk, "t", 3, &low, &high, 10000);
    printf("records deleted: %s %" PRId64 " %" PRId64 "\n", rd_kafka_err2name(err), low, high);
    SAY(rd_kafka_mock_partition_delete_records(cluster, "t", 30, 1));
}

static int seen(int16_t api) {
    size_t count, found = 0;
    int64_t before = 0;
    rd_kafka_mock_request_t **requests = rd_kafka_mock_get_requests(cluster, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t at = rd_kafka_mock_request_timestamp(requests[i]);
        CHECK(at >= before, "request %zu is older than the one before", i);
        CHECK(rd_kafka_mock_request_id(requests[i]) > 0, "broker of request %zu", i);
        before = at;
        found += rd_kafka_mock_request_api_key(requests[i]) == api;
    }
    rd_kafka_mock_request_destroy_array(requests, count);
    return (int)found;
}

static void tracking(void) {
    rd_kafka_mock_start_request_tracking(cluster);
    for (int i = 0; i < 3; i++)
        metadata("tracked", "t");
    printf("metadata requests: %s\n", seen(METADATA) >= 3 ? "all of them" : "some are missing");
    rd_kafka_mock_clear_requests(cluster);
    printf("cleared: %d\n", seen(PRODUCE));
    rd_kafka_mock_stop_request_tracking(cluster);
    metadata("not tracked", "t");
    printf("stopped: %d\n", seen(METADATA));
}

static void others(void) {
    char *all[] = {""};
    SAY(rd_kafka_mock_coordinator_set(cluster, "transaction", "id", 2));
    SAY(rd_kafka_mock_coordinator_set(cluster, "group", "g", 9));
    SAY(rd_kafka_mock_coordinator_set(cluster, "neither", "g", 1));
    SAY(rd_kafka_mock_set_apiversion(cluster, PRODUCE, 0, 7));
    SAY(rd_kafka_mock_telemetry_set_requested_metrics(cluster, all, 1));
    SAY(rd_kafka_mock_telemetry_set_push_interval(cluster, 1000));
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 10);
    rd_kafka_mock_set_group_consumer_session_timeout_ms(cluster, 10000);
    rd_kafka_mock_set_group_consumer_heartbeat_interval_ms(cluster, 1000);
}

/* Without the property: a cluster of the program's own, used by a client that knows nothing of it. */
static void of_its_own(void) {
    rd_kafka_mock_cluster_t *own = rd_kafka_mock_cluster_new(rk, 2);
    CHECK(own && own != cluster, "a second cluster");
    printf("its handle: %d, of the first: %d\n", rd_kafka_mock_cluster_handle(own) == rk,
           rd_kafka_mock_cluster_handle(cluster) == rk);
    const char *bootstraps = rd_kafka_mock_cluster_bootstraps(own);
    printf("two addresses: %d\n", strchr(bootstraps, ',') != NULL && strchr(bootstraps, ',') == strrchr(bootstraps, ','));
    rd_kafka_t *other = new_producer(quiet_conf("bootstrap.servers", bootstraps, NULL));
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t err = rd_kafka_metadata(other, 1, NULL, &md, hang_ms());
    printf("its client: %s\n", rd_kafka_err2name(err));
    if (!err) {
        printf("brokers %d, topics %d\n", md->broker_cnt, md->topic_cnt);
        rd_kafka_metadata_destroy(md);
    }
    printf("a mock of its own: %d\n", rd_kafka_handle_mock_cluster(other) != NULL);
    rd_kafka_destroy(other);
    rd_kafka_mock_cluster_destroy(own);
}

int main(void) {
    rd_kafka_topic_t *rkt;
    rd_kafka_conf_t *conf = quiet_conf("linger.ms", "0", "retry.backoff.ms", "10", NULL);
    conf_set(conf, "test.mock.num.brokers", "3");
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rk = new_producer(conf);
    cluster = mock_with_topic(rk, "t", 4);
    for (int32_t p = 0; p < 4; p++)
        CHECK(!rd_kafka_mock_partition_set_leader(cluster, "t", p, 1), "set_leader");
    asker = new_producer(quiet_conf("bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), NULL));
    rkt = rd_kafka_topic_new(rk, "t", NULL);
    for (int i = 0; i < 3; i++)
        CHECK(!rd_kafka_produce(rkt, 3, RD_KAFKA_MSG_F_COPY, "v", 1, NULL, 0, (void *)(intptr_t)i), "produce");
    await_deliveries(rk, 3);
    forget_deliveries();
    errors(rkt);
    records();
    topics_and_leaders();
    tracking();
    others();
    of_its_own();
    brokers();
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(asker);
    rd_kafka_destroy(rk);
    return 0;
}
