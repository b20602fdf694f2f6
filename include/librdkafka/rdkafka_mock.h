/*
 * rdkafka_mock.h: a Kafka cluster inside the process, for tests.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef _RDKAFKA_MOCK_H_
#define _RDKAFKA_MOCK_H_

/* Written by cbindgen from src/capi of the library: do not edit. */


#ifndef _RDKAFKA_H_
#error "include rdkafka.h before rdkafka_mock.h"
#endif

/** An assignment for the members of a mock cluster's group. */
struct rd_kafka_mock_cgrp_consumer_target_assignment_s;

/** A mock cluster. */
struct rd_kafka_mock_cluster_s;

/** A request that a mock broker has received. */
struct rd_kafka_mock_request_s;

/**
 * A cluster of mock brokers inside this process, for tests. Its functions may be called from any thread.
 *
 * The brokers listen on 127.0.0.1 and keep what is produced in memory. Topics are created when they are
 * asked for, with 4 partitions, unless rd_kafka_mock_topic_create() has created them before.
 */
typedef struct rd_kafka_mock_cluster_s rd_kafka_mock_cluster_t;

/** An assignment for the members of a mock cluster's group. */
typedef struct rd_kafka_mock_cgrp_consumer_target_assignment_s rd_kafka_mock_cgrp_consumer_target_assignment_t;

/** A request that a mock broker has received. */
typedef struct rd_kafka_mock_request_s rd_kafka_mock_request_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Lets the next `cnt` requests of an API fail, one error each, whichever broker gets them.
 *
 * RD_KAFKA_RESP_ERR_NO_ERROR lets one request through; RD_KAFKA_RESP_ERR__TRANSPORT closes the connection.
 *
 * @param ApiKey The API's number in the Kafka protocol.
 * @param cnt How many errors (rd_kafka_resp_err_t) follow, in their order.
 */
RD_EXPORT
void rd_kafka_mock_push_request_errors(rd_kafka_mock_cluster_t *mcluster,
                                       int16_t ApiKey,
                                       size_t cnt,
                                       ...);

/**
 * Makes the next `cnt` requests of an API to one broker fail or take longer. These errors are used before
 * those of rd_kafka_mock_push_request_errors().
 *
 * @param ApiKey The API's number in the Kafka protocol.
 * @param cnt How many pairs of an error (rd_kafka_resp_err_t) and a delay in milliseconds (int) follow. The
 * delay
 *            adds to the broker's round-trip time.
 *
 * @return RD_KAFKA_RESP_ERR__UNKNOWN_BROKER when there is no such broker.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_push_request_error_rtts(rd_kafka_mock_cluster_t *mcluster,
                                                                 int32_t broker_id,
                                                                 int16_t ApiKey,
                                                                 size_t cnt,
                                                                 ...);

/**
 * Lets the next `cnt` requests of an API fail for one partition, one error each. The topic is created if it
 * does not exist. Produce and Fetch look at these.
 *
 * @param ApiKey The API's number in the Kafka protocol.
 * @param cnt How many errors (rd_kafka_resp_err_t) follow, in their order.
 *
 * @return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART when there is no such partition.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_partition_push_request_errors(rd_kafka_mock_cluster_t *mcluster,
                                                                const char *topic,
                                                                int32_t partition,
                                                                int16_t ApiKey,
                                                                size_t cnt,
                                                                ...);

/**
 * Starts a mock cluster of `broker_cnt` brokers, with ids from 1 on.
 *
 * Connect to it with the addresses of rd_kafka_mock_cluster_bootstraps(). A client with
 * `test.mock.num.brokers` has one already, see rd_kafka_handle_mock_cluster().
 *
 * @param rk A client instance whose log the cluster writes to, and which must outlive it.
 *
 * @return The cluster, to be stopped with rd_kafka_mock_cluster_destroy(), or NULL.
 */
RD_EXPORT rd_kafka_mock_cluster_t *rd_kafka_mock_cluster_new(rd_kafka_t *rk, int broker_cnt);

/** Stops a mock cluster. Not for the one that belongs to a client, which stops with it. */
RD_EXPORT void rd_kafka_mock_cluster_destroy(rd_kafka_mock_cluster_t *mcluster);

/** Returns the client instance that the cluster was made with. It remains its creator's to destroy. */
RD_EXPORT rd_kafka_t *rd_kafka_mock_cluster_handle(const rd_kafka_mock_cluster_t *mcluster);

/**
 * Returns the mock cluster of a client instance that was configured with `test.mock.num.brokers`, or NULL.
 * It belongs to the instance.
 */
RD_EXPORT
rd_kafka_mock_cluster_t *rd_kafka_handle_mock_cluster(const rd_kafka_t *rk);

/** Returns the brokers' addresses for `bootstrap.servers`, valid as long as the cluster. */
RD_EXPORT const char *rd_kafka_mock_cluster_bootstraps(const rd_kafka_mock_cluster_t *mcluster);

/** Forgets the errors pushed for an API with rd_kafka_mock_push_request_errors(). */
RD_EXPORT
void rd_kafka_mock_clear_request_errors(rd_kafka_mock_cluster_t *mcluster,
                                        int16_t ApiKey);

/**
 * Lets the next `cnt` requests of an API fail, one error each, whichever broker gets them.
 *
 * RD_KAFKA_RESP_ERR_NO_ERROR lets one request through; RD_KAFKA_RESP_ERR__TRANSPORT closes the connection.
 *
 * @param ApiKey The API's number in the Kafka protocol.
 * @param errors The errors, in their order.
 */
RD_EXPORT
void rd_kafka_mock_push_request_errors_array(rd_kafka_mock_cluster_t *mcluster,
                                             int16_t ApiKey,
                                             size_t cnt,
                                             const rd_kafka_resp_err_t *errors);

/**
 * Tells how many errors pushed for a broker and an API have not been used yet.
 *
 * @param cntp Set to the number.
 *
 * @return RD_KAFKA_RESP_ERR__UNKNOWN_BROKER when there is no such broker.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_error_stack_cnt(rd_kafka_mock_cluster_t *mcluster,
                                                         int32_t broker_id,
                                                         int16_t ApiKey,
                                                         size_t *cntp);

/** Makes Metadata responses return an error for a topic, which is created if it does not exist. */
RD_EXPORT
void rd_kafka_mock_topic_set_error(rd_kafka_mock_cluster_t *mcluster,
                                   const char *topic,
                                   rd_kafka_resp_err_t err);

/**
 * Creates a topic.
 *
 * @return RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS when there is one of that name.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_topic_create(rd_kafka_mock_cluster_t *mcluster,
                                               const char *topic,
                                               int partition_cnt,
                                               int replication_factor);

/**
 * Deletes a topic with all that is in it.
 *
 * @return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART when there is none of that name.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_topic_delete(rd_kafka_mock_cluster_t *mcluster,
                                               const char *topic);

/** Deletes the records of a partition before an offset. */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_partition_delete_records(rd_kafka_mock_cluster_t *mcluster,
                                                           const char *topic,
                                                           int32_t partition,
                                                           int64_t before_offset);

/**
 * Makes a broker the leader of a partition; a topic that does not exist is created.
 *
 * @param broker_id The broker, or -1 for no leader.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_partition_set_leader(rd_kafka_mock_cluster_t *mcluster,
                                                       const char *topic,
                                                       int32_t partition,
                                                       int32_t broker_id);

/** Makes the next Metadata response name this leader and epoch for a partition, even if they are wrong. */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_partition_push_leader_response(rd_kafka_mock_cluster_t *mcluster,
                                                                 const char *topic,
                                                                 int partition,
                                                                 int32_t leader_id,
                                                                 int32_t leader_epoch);

/**
 * Takes a broker down: its connections are closed and new ones are refused. It keeps its address and its
 * data.
 *
 * @param broker_id The broker, or -1 for all of them.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_set_down(rd_kafka_mock_cluster_t *mcluster,
                                                  int32_t broker_id);

/**
 * Takes a broker up again.
 *
 * @param broker_id The broker, or -1 for all of them.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_set_up(rd_kafka_mock_cluster_t *mcluster,
                                                int32_t broker_id);

/** Changes the address of a broker in Metadata responses. The broker keeps listening on its own address. */
RD_EXPORT
void rd_kafka_mock_broker_set_host_port(rd_kafka_mock_cluster_t *mcluster,
                                        int32_t broker_id,
                                        const char *host,
                                        int port);

/**
 * Delays every response of a broker by this many milliseconds.
 *
 * @param broker_id The broker, or -1 for all of them.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_set_rtt(rd_kafka_mock_cluster_t *mcluster,
                                                 int32_t broker_id,
                                                 int rtt_ms);

/** Sets the rack of a broker; NULL for none. */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_set_rack(rd_kafka_mock_cluster_t *mcluster,
                                                  int32_t broker_id,
                                                  const char *rack);

/**
 * Leaves a broker out of Metadata responses and moves its partitions to the others. It still answers on its
 * connections.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_remove_from_metadata(rd_kafka_mock_cluster_t *mcluster,
                                                              int32_t broker_id);

/** Changes which broker Metadata names as the controller. */
RD_EXPORT
void rd_kafka_mock_set_controller_id(rd_kafka_mock_cluster_t *mcluster,
                                     int32_t controller_id);

/** Lets the brokers speak only these versions of an API; none of them when `MaxVersion` is -1. */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_set_apiversion(rd_kafka_mock_cluster_t *mcluster,
                                                 int16_t ApiKey,
                                                 int16_t MinVersion,
                                                 int16_t MaxVersion);

/**
 * Adds a broker to a mock cluster. Partitions are assigned again, so that it leads some of them.
 *
 * @param broker_id The new broker's id.
 *
 * @return RD_KAFKA_RESP_ERR__INVALID_ARG when there is one of that id.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_add(rd_kafka_mock_cluster_t *mcluster,
                                             int32_t broker_id);

/**
 * Removes a broker from a mock cluster for ever: its connections are closed, and its partitions move to the
 * others.
 *
 * @return RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE when there is no such broker.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_broker_decommission(rd_kafka_mock_cluster_t *cluster,
                                                      int32_t broker_id);

/**
 * Makes a broker the replica of a partition that consumers are told to read from; a topic that does not
 * exist is created.
 *
 * @param broker_id The broker, which need not exist, or -1 for the leader itself.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_partition_set_follower(rd_kafka_mock_cluster_t *mcluster,
                                                         const char *topic,
                                                         int32_t partition,
                                                         int32_t broker_id);

/**
 * Sets the low and high watermark that the follower of a partition claims to have; a topic that does not
 * exist is created.
 *
 * @param lo Its first offset, or -1 for that of the leader.
 * @param hi The offset after its last one, or -1 for that of the leader.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_partition_set_follower_wmarks(rd_kafka_mock_cluster_t *mcluster,
                                                                const char *topic,
                                                                int32_t partition,
                                                                int64_t lo,
                                                                int64_t hi);

/**
 * Chooses the coordinator of a consumer group or a transactional id. Without this it follows from the key.
 *
 * @param key_type "group" or "transaction".
 * @param key The `group.id` or `transactional.id`.
 * @param broker_id The broker, which need not exist.
 *
 * @return RD_KAFKA_RESP_ERR__INVALID_ARG for another type.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_coordinator_set(rd_kafka_mock_cluster_t *mcluster,
                                                  const char *key_type,
                                                  const char *key,
                                                  int32_t broker_id);

/**
 * Sets the metrics that clients are asked to push.
 *
 * @param metrics Prefixes of their names. One empty string stands for all metrics, NULL for none.
 * @param metrics_cnt The number of prefixes.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_telemetry_set_requested_metrics(rd_kafka_mock_cluster_t *mcluster,
                                                                  char **metrics,
                                                                  size_t metrics_cnt);

/**
 * Sets how often clients are asked to push their metrics.
 *
 * @param push_interval_ms Milliseconds, at least one.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_telemetry_set_push_interval(rd_kafka_mock_cluster_t *mcluster,
                                                              int64_t push_interval_ms);

/**
 * Sets how many milliseconds the first rebalance of an empty consumer group waits for more members
 * (`group.initial.rebalance.delay.ms` of a broker).
 */
RD_EXPORT
void rd_kafka_mock_group_initial_rebalance_delay_ms(rd_kafka_mock_cluster_t *mcluster,
                                                    int32_t delay_ms);

/**
 * Sets after how many milliseconds without a heartbeat a member of a group of the newer protocol is removed
 * (30,000 by default).
 */
RD_EXPORT
void rd_kafka_mock_set_group_consumer_session_timeout_ms(rd_kafka_mock_cluster_t *mcluster,
                                                         int group_consumer_session_timeout_ms);

/**
 * Sets how often, in milliseconds, members of groups of the newer protocol are asked to send a heartbeat
 * (3,000 by default).
 */
RD_EXPORT
void rd_kafka_mock_set_group_consumer_heartbeat_interval_ms(rd_kafka_mock_cluster_t *mcluster,
                                                            int group_consumer_heartbeat_interval_ms);

/**
 * Makes an assignment for the members of a group, for rd_kafka_mock_cgrp_consumer_target_assignment().
 *
 * @param member_ids The ids of the members.
 * @param member_cnt The number of members.
 * @param assignment The partitions of each member. They are copied.
 *
 * @return To be released with rd_kafka_mock_cgrp_consumer_target_assignment_destroy().
 */
RD_EXPORT
rd_kafka_mock_cgrp_consumer_target_assignment_t *rd_kafka_mock_cgrp_consumer_target_assignment_new(char **member_ids,
                                                                                                   int member_cnt,
                                                                                                   rd_kafka_topic_partition_list_t **assignment);

/** Releases an assignment for the members of a group. */
RD_EXPORT
void rd_kafka_mock_cgrp_consumer_target_assignment_destroy(rd_kafka_mock_cgrp_consumer_target_assignment_t *target_assignment);

/**
 * Sets the assignment of the members of a group of the newer protocol, which the cluster works out by itself
 * otherwise. Members reach it as usual: a partition is assigned to its new member after the former one has
 * revoked it.
 *
 * @param group_id The group; nothing happens when it has no members.
 * @param target_assignment The assignment, which stays the caller's. Members that are not in it keep what
 * they have. NULL leaves it to the cluster again.
 */
RD_EXPORT
void rd_kafka_mock_cgrp_consumer_target_assignment(rd_kafka_mock_cluster_t *mcluster,
                                                   const char *group_id,
                                                   rd_kafka_mock_cgrp_consumer_target_assignment_t *target_assignment);

/** Remembers all requests from now on, for rd_kafka_mock_get_requests(); forgets those from before. */
RD_EXPORT void rd_kafka_mock_start_request_tracking(rd_kafka_mock_cluster_t *mcluster);

/** Stops remembering requests and forgets them. */
RD_EXPORT void rd_kafka_mock_stop_request_tracking(rd_kafka_mock_cluster_t *mcluster);

/** Releases a request. NULL is allowed. */
RD_EXPORT void rd_kafka_mock_request_destroy(rd_kafka_mock_request_t *mreq);

/** Releases an array of requests from rd_kafka_mock_get_requests(), with the requests in it. */
RD_EXPORT
void rd_kafka_mock_request_destroy_array(rd_kafka_mock_request_t **mreqs,
                                         size_t mreq_cnt);

/** Returns the id of the broker that received the request. */
RD_EXPORT int32_t rd_kafka_mock_request_id(rd_kafka_mock_request_t *mreq);

/** Returns the number of the request's API. */
RD_EXPORT int16_t rd_kafka_mock_request_api_key(rd_kafka_mock_request_t *mreq);

/** Returns when the request arrived, in microseconds of a clock that only runs forward. */
RD_EXPORT int64_t rd_kafka_mock_request_timestamp(rd_kafka_mock_request_t *mreq);

/**
 * Returns the requests remembered since rd_kafka_mock_start_request_tracking(), in the order of their
 * arrival.
 *
 * @param cntp Set to their number.
 *
 * @return An array to be released with rd_kafka_mock_request_destroy_array().
 */
RD_EXPORT
rd_kafka_mock_request_t **rd_kafka_mock_get_requests(rd_kafka_mock_cluster_t *mcluster,
                                                     size_t *cntp);

/** Forgets the requests remembered so far. */
RD_EXPORT void rd_kafka_mock_clear_requests(rd_kafka_mock_cluster_t *mcluster);

/** Sets the session timeout of share groups. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_session_timeout(rd_kafka_mock_cluster_t *mcluster,
                                                  int session_timeout_ms);

/** Sets the heartbeat interval of share groups. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_heartbeat_interval(rd_kafka_mock_cluster_t *mcluster,
                                                     int heartbeat_interval_ms);

/** Sets how often share groups try to deliver a record. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_max_delivery_attempts(rd_kafka_mock_cluster_t *mcluster,
                                                        int max_attempts);

/** Sets how long members of share groups hold a record. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_record_lock_duration(rd_kafka_mock_cluster_t *mcluster,
                                                       int lock_duration_ms);

/** Sets the isolation level of share groups. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_isolation_level(rd_kafka_mock_cluster_t *mcluster,
                                                  int level);

/** Sets the highest number of members of share groups. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_max_size(rd_kafka_mock_cluster_t *mcluster,
                                           int max_size);

/** Sets the highest number of fetch sessions of share groups. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_max_fetch_sessions(rd_kafka_mock_cluster_t *mcluster,
                                                     int max_fetch_sessions);

/** Sets the highest number of records that members of share groups hold. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_max_record_locks(rd_kafka_mock_cluster_t *mcluster,
                                                   int max_record_locks);

/** Sets where share groups start. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_set_auto_offset_reset(rd_kafka_mock_cluster_t *mcluster,
                                                    int auto_offset_reset);

/** Sets the assignment of the members of a share group. Not implemented yet. */
RD_EXPORT
void rd_kafka_mock_sharegroup_target_assignment(rd_kafka_mock_cluster_t *mcluster,
                                                const char *group_id,
                                                const char **member_ids,
                                                rd_kafka_topic_partition_list_t **assignments,
                                                size_t member_cnt);

/**
 * Returns the ids of the members of a share group. Not implemented yet.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_mock_sharegroup_get_member_ids(rd_kafka_mock_cluster_t *mcluster,
                                                            const char *group_id,
                                                            char ***member_ids_out,
                                                            size_t *member_cnt_out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* _RDKAFKA_MOCK_H_ */
