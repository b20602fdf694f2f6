/* test: tool */
/*
 * A mock cluster as a process of its own: mock_server BROKERS [TOPIC:PARTITIONS ...]
 * Prints bootstrap.servers=..., then obeys lines on standard input, and ends at the end of input:
 * `down ID`, `up ID`, `rtt ID MS`, `leader ID PARTITION` (of the first topic), `requests ID` (ProduceRequests to this
 * broker, 0: to any, since it was asked last), `error API CODE` (the next request of this kind, CODE 0: no more),
 * `coordinator ID 0` (of the transactional id soak), `timeouts SESSION_MS HEARTBEAT_MS` (of groups of the newer protocol),
 * `assign GROUP TOPIC MEMBER=PARTITION,... MEMBER=...` (no members: as the cluster likes).
 */
#include "common.h"

/* ProduceRequests since the last call. */
static int count_requests(rd_kafka_mock_cluster_t *cluster, int id) {
    size_t count;
    int found = 0;
    rd_kafka_mock_request_t **requests = rd_kafka_mock_get_requests(cluster, &count);
    for (size_t i = 0; i < count; i++)
        found += rd_kafka_mock_request_api_key(requests[i]) == 0 && (!id || rd_kafka_mock_request_id(requests[i]) == id);
    rd_kafka_mock_request_destroy_array(requests, count);
    rd_kafka_mock_clear_requests(cluster);
    return found;
}

/* Says which members of a group get what. */
static void assign(rd_kafka_mock_cluster_t *cluster, char *arguments) {
    char *ids[16], *group = strtok(arguments, " \n"), *topic = strtok(NULL, " \n"), *word;
    rd_kafka_topic_partition_list_t *lists[16];
    int count = 0;
    CHECK(group && topic, "assign GROUP TOPIC ...");
    while ((word = strtok(NULL, " \n")) && count < 16) {
        char *equals = strchr(word, '=');
        CHECK(equals, "%s: not MEMBER=PARTITION,...", word);
        *equals = '\0';
        ids[count] = word;
        lists[count] = rd_kafka_topic_partition_list_new(4);
        for (char *at = equals + 1; *at; at += *at == ',')
            rd_kafka_topic_partition_list_add(lists[count], topic, (int32_t)strtol(at, &at, 10));
        count++;
    }
    rd_kafka_mock_cgrp_consumer_target_assignment_t *targets = NULL;
    if (count > 0)
        targets = rd_kafka_mock_cgrp_consumer_target_assignment_new(ids, count, lists);
    rd_kafka_mock_cgrp_consumer_target_assignment(cluster, group, targets);
    if (targets)
        rd_kafka_mock_cgrp_consumer_target_assignment_destroy(targets);
    while (count > 0)
        rd_kafka_topic_partition_list_destroy(lists[--count]);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "usage: mock_server BROKERS [TOPIC:PARTITIONS ...]");
    rd_kafka_t *rk = new_producer(quiet_conf(NULL, NULL));
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(rk, atoi(argv[1]));
    CHECK(cluster, "no mock cluster");
    for (int i = 2; i < argc; i++) {
        char *colon = strchr(argv[i], ':');
        CHECK(colon, "%s: not TOPIC:PARTITIONS", argv[i]);
        *colon = '\0';
        rd_kafka_resp_err_t err = rd_kafka_mock_topic_create(cluster, argv[i], atoi(colon + 1), 1);
        CHECK(!err, "topic %s: %s", argv[i], rd_kafka_err2name(err));
    }
    rd_kafka_mock_start_request_tracking(cluster);
    printf("bootstrap.servers=%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);

    char line[1024], verb[16];
    while (fgets(line, sizeof(line), stdin)) {
        int id = 0, ms = 0;
        if (!strncmp(line, "assign ", 7)) {
            assign(cluster, line + 7);
            puts("assign: NO_ERROR");
            fflush(stdout);
            continue;
        }
        rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR__INVALID_ARG;
        if (sscanf(line, "%15s %d %d", verb, &id, &ms) < 2)
            FAIL("bad command: %s", line);
        if (!strcmp(verb, "down"))
            err = rd_kafka_mock_broker_set_down(cluster, id);
        else if (!strcmp(verb, "up"))
            err = rd_kafka_mock_broker_set_up(cluster, id);
        else if (!strcmp(verb, "error")) {
            err = RD_KAFKA_RESP_ERR_NO_ERROR;
            if (ms)
                rd_kafka_mock_push_request_errors(cluster, (int16_t)id, 1, (rd_kafka_resp_err_t)ms);
            else
                rd_kafka_mock_clear_request_errors(cluster, (int16_t)id);
        } else if (!strcmp(verb, "coordinator"))
            err = rd_kafka_mock_coordinator_set(cluster, "transaction", "soak", id);
        else if (!strcmp(verb, "leader"))
            err = rd_kafka_mock_partition_set_leader(cluster, argv[2], ms, id);
        else if (!strcmp(verb, "requests")) {
            printf("requests %d\n", count_requests(cluster, id));
            fflush(stdout);
            continue;
        } else if (!strcmp(verb, "rtt"))
            err = rd_kafka_mock_broker_set_rtt(cluster, id, ms);
        else if (!strcmp(verb, "timeouts")) {
            rd_kafka_mock_set_group_consumer_session_timeout_ms(cluster, id);
            rd_kafka_mock_set_group_consumer_heartbeat_interval_ms(cluster, ms);
            err = RD_KAFKA_RESP_ERR_NO_ERROR;
        }
        printf("%s %d: %s\n", verb, id, rd_kafka_err2name(err));
        fflush(stdout);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
    return 0;
}
