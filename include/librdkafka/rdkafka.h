/*
 * rdkafka.h: the C API of librdkafka, as provided by this library.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A producer in short; every step should check for errors as the comments of its function describe:
 *
 *     static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
 *         if (message->err)
 *             fprintf(stderr, "not delivered: %s\n", rd_kafka_err2str(message->err));
 *     }
 *
 *     char why[512];
 *     rd_kafka_conf_t *conf = rd_kafka_conf_new();
 *     rd_kafka_conf_set(conf, "bootstrap.servers", "localhost:9092", why, sizeof(why));
 *     rd_kafka_conf_set_dr_msg_cb(conf, delivered);
 *     rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
 *
 *     while (rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("greetings"), RD_KAFKA_V_VALUE("hello", 5),
 *                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
 *                              RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
 *         rd_kafka_poll(rk, 1000);
 *     rd_kafka_poll(rk, 0);
 *
 *     rd_kafka_flush(rk, 60000);
 *     rd_kafka_destroy(rk);
 *
 * Threads. All functions on an instance, a topic handle or a queue may be called from any number of threads at
 * once, except for those that release them: rd_kafka_destroy() needs that nobody uses the instance any more.
 * Objects that the application makes and fills are for one thread at a time: configurations, lists of
 * partitions, lists of headers, error objects, events, and objects of admin requests. Callbacks run inside
 * rd_kafka_poll() and similar calls, on the thread that makes the call, unless the function that sets a
 * callback states otherwise.
 *
 * Time-outs are in milliseconds; -1 waits for ever and 0 does not wait, unless a function states otherwise.
 * Strings are NUL-terminated and copied. A function that returns NULL or an error has changed no ownership.
 */

#ifndef _RDKAFKA_H_
#define _RDKAFKA_H_

/* Written by cbindgen from src/capi of the library: do not edit. */

#include <stdio.h>
#include <inttypes.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/socket.h>

#define RD_UNUSED __attribute__((unused))
#define RD_INLINE inline
#define RD_EXPORT
#define RD_DEPRECATED __attribute__((deprecated))
#if defined(__clang__) || defined(__GNUC__)
#define RD_HAS_STATEMENT_EXPRESSIONS
#define RD_FORMAT(...) __attribute__((format(__VA_ARGS__)))
#else
#define RD_FORMAT(...)
#endif

/* Define as 0 to turn off the type checks of the RD_KAFKA_V_..() macros. */
#ifndef LIBRDKAFKA_TYPECHECKS
#ifdef RD_HAS_STATEMENT_EXPRESSIONS
#define LIBRDKAFKA_TYPECHECKS 1
#else
#define LIBRDKAFKA_TYPECHECKS 0
#endif
#endif

/* These evaluate to TAG, after letting the compiler check that each argument converts to its type.
 * The arguments themselves are not evaluated here. */
#if LIBRDKAFKA_TYPECHECKS
#define _LRK_TYPECHECK(TAG, T1, A1)                                                               \
    __extension__({                                                                               \
        if (0) {                                                                                  \
            T1 lrk_a1_ RD_UNUSED = (A1);                                                          \
        }                                                                                         \
        TAG;                                                                                      \
    })
#define _LRK_TYPECHECK2(TAG, T1, A1, T2, A2)                                                      \
    __extension__({                                                                               \
        if (0) {                                                                                  \
            T1 lrk_a1_ RD_UNUSED = (A1);                                                          \
            T2 lrk_a2_ RD_UNUSED = (A2);                                                          \
        }                                                                                         \
        TAG;                                                                                      \
    })
#define _LRK_TYPECHECK3(TAG, T1, A1, T2, A2, T3, A3)                                              \
    __extension__({                                                                               \
        if (0) {                                                                                  \
            T1 lrk_a1_ RD_UNUSED = (A1);                                                          \
            T2 lrk_a2_ RD_UNUSED = (A2);                                                          \
            T3 lrk_a3_ RD_UNUSED = (A3);                                                          \
        }                                                                                         \
        TAG;                                                                                      \
    })
#else
#define _LRK_TYPECHECK(TAG, T1, A1) (TAG)
#define _LRK_TYPECHECK2(TAG, T1, A1, T2, A2) (TAG)
#define _LRK_TYPECHECK3(TAG, T1, A1, T2, A2, T3, A3) (TAG)
#endif

/* Arguments of rd_kafka_producev(): a tag and its values. End the list with RD_KAFKA_V_END. */
#define RD_KAFKA_V_END RD_KAFKA_VTYPE_END
/* (const char *) Topic name; copied. */
#define RD_KAFKA_V_TOPIC(topic)                                                                   \
    _LRK_TYPECHECK(RD_KAFKA_VTYPE_TOPIC, const char *, topic), (const char *)(topic)
/* (rd_kafka_topic_t *) Topic handle. */
#define RD_KAFKA_V_RKT(rkt)                                                                       \
    _LRK_TYPECHECK(RD_KAFKA_VTYPE_RKT, rd_kafka_topic_t *, rkt), (rd_kafka_topic_t *)(rkt)
/* (int32_t) Partition. */
#define RD_KAFKA_V_PARTITION(partition)                                                           \
    _LRK_TYPECHECK(RD_KAFKA_VTYPE_PARTITION, int32_t, partition), (int32_t)(partition)
/* (void *, size_t) Value and its size in bytes. Copied only with RD_KAFKA_MSG_F_COPY, see rd_kafka_producev(). */
#define RD_KAFKA_V_VALUE(VALUE, LEN)                                                              \
    _LRK_TYPECHECK2(RD_KAFKA_VTYPE_VALUE, void *, VALUE, size_t, LEN), (void *)(VALUE), (size_t)(LEN)
/* (const void *, size_t) Key and its size in bytes; copied. */
#define RD_KAFKA_V_KEY(KEY, LEN)                                                                  \
    _LRK_TYPECHECK2(RD_KAFKA_VTYPE_KEY, const void *, KEY, size_t, LEN), (void *)(KEY), (size_t)(LEN)
/* (void *) Message opaque, returned in the delivery report as `_private`. */
#define RD_KAFKA_V_OPAQUE(msg_opaque)                                                             \
    _LRK_TYPECHECK(RD_KAFKA_VTYPE_OPAQUE, void *, msg_opaque), (void *)(msg_opaque)
/* (int) RD_KAFKA_MSG_F_.. flags. */
#define RD_KAFKA_V_MSGFLAGS(msgflags)                                                             \
    _LRK_TYPECHECK(RD_KAFKA_VTYPE_MSGFLAGS, int, msgflags), (int)(msgflags)
/* (int64_t) Timestamp in milliseconds since the epoch, UTC; 0 for now. */
#define RD_KAFKA_V_TIMESTAMP(timestamp)                                                           \
    _LRK_TYPECHECK(RD_KAFKA_VTYPE_TIMESTAMP, int64_t, timestamp), (int64_t)(timestamp)
/* (const char *, const void *, ssize_t) Header name, value and size of the value in bytes (-1: it is
 * NUL-terminated); copied. */
#define RD_KAFKA_V_HEADER(NAME, VALUE, LEN)                                                       \
    _LRK_TYPECHECK3(RD_KAFKA_VTYPE_HEADER, const char *, NAME, const void *, VALUE, ssize_t, LEN), \
        (const char *)(NAME), (const void *)(VALUE), (ssize_t)(LEN)
/* (rd_kafka_headers_t *) List of headers. It belongs to the library if the call succeeds, else to the caller. */
#define RD_KAFKA_V_HEADERS(HDRS)                                                                  \
    _LRK_TYPECHECK(RD_KAFKA_VTYPE_HEADERS, rd_kafka_headers_t *, HDRS), (rd_kafka_headers_t *)(HDRS)

/* The debug contexts of this library, for the `debug` property. */
#define RD_KAFKA_DEBUG_CONTEXTS                                                                   \
    "all,generic,broker,topic,metadata,feature,queue,msg,protocol,cgrp,"                          \
    "security,fetch,interceptor,plugin,consumer,admin,eos,mock,assignor,"                         \
    "conf"

/* Logical offset: CNT messages before the end of the partition. */
#define RD_KAFKA_OFFSET_TAIL(CNT) (RD_KAFKA_OFFSET_TAIL_BASE - (CNT))

/* Former names of error codes. */
#define RD_KAFKA_RESP_ERR_NOT_LEADER_OR_FOLLOWER RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION
#define RD_KAFKA_RESP_ERR_GROUP_LOAD_IN_PROGRESS RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS
#define RD_KAFKA_RESP_ERR_GROUP_COORDINATOR_NOT_AVAILABLE                                         \
    RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE
#define RD_KAFKA_RESP_ERR_NOT_COORDINATOR_FOR_GROUP RD_KAFKA_RESP_ERR_NOT_COORDINATOR

struct addrinfo;


/**
 * Version of the librdkafka API that this library provides: 0xMMmmrrxx for major, minor, revision,
 * pre-release (0xff: final). Compare with rd_kafka_version() to tell the version compiled against from the
 * one running.
 */
#define RD_KAFKA_VERSION 0x021000ff

/** The partition is not given: the topic's partitioner chooses it. */
#define RD_KAFKA_PARTITION_UA (-1)

/**
 * Flag of the produce functions: if the call succeeds, the library owns the payload and releases it with
 * free(3) after the message's delivery report has been served. If the call fails, the payload remains the
 * caller's. Together with RD_KAFKA_MSG_F_COPY it has no effect.
 */
#define RD_KAFKA_MSG_F_FREE 0x1

/**
 * Flag of the produce functions: the payload is copied during the call and remains the caller's. Without
 * this flag and RD_KAFKA_MSG_F_FREE the payload is not copied: it must stay valid and unchanged until the
 * message's delivery report has been served.
 */
#define RD_KAFKA_MSG_F_COPY 0x2

/**
 * Flag of the produce functions: when the queue is full (`queue.buffering.max.messages`,
 * `queue.buffering.max.kbytes`), wait until there is space instead of returning
 * RD_KAFKA_RESP_ERR__QUEUE_FULL. Space is returned when delivery reports are served, so another thread has
 * to call rd_kafka_poll(): otherwise the call waits for ever.
 */
#define RD_KAFKA_MSG_F_BLOCK 0x4

/**
 * Flag of rd_kafka_produce_batch(): each message is sent to the partition in its `partition` field instead
 * of the partition given to the call.
 */
#define RD_KAFKA_MSG_F_PARTITION 0x8

/**
 * Flag of rd_kafka_purge(): purge messages that wait to be sent. Their reports have the error
 * RD_KAFKA_RESP_ERR__PURGE_QUEUE; they were not written to the topic, except for messages that wait to be
 * sent again, which rd_kafka_message_status() tells apart.
 */
#define RD_KAFKA_PURGE_F_QUEUE 0x1

/**
 * Flag of rd_kafka_purge(): purge messages that have been sent and not acknowledged. Their reports have the
 * error RD_KAFKA_RESP_ERR__PURGE_INFLIGHT; the broker may have written them.
 */
#define RD_KAFKA_PURGE_F_INFLIGHT 0x2

/** Flag of rd_kafka_purge(): return at once; the messages are purged shortly afterwards. */
#define RD_KAFKA_PURGE_F_NON_BLOCKING 0x4

/** Flag of rd_kafka_destroy_flags(): a consumer does not leave its group first. No effect on producers. */
#define RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE 0x8

/** Logical offset: the first message that is still in the partition. */
#define RD_KAFKA_OFFSET_BEGINNING (-2)

/** Logical offset: the end of the partition. */
#define RD_KAFKA_OFFSET_END (-1)

/** Logical offset: the offset that the consumer group has committed. */
#define RD_KAFKA_OFFSET_STORED (-1000)

/** The offset is not known or not set. */
#define RD_KAFKA_OFFSET_INVALID (-1001)

/** Base of the offsets made by RD_KAFKA_OFFSET_TAIL(). */
#define RD_KAFKA_OFFSET_TAIL_BASE (-2000)

/** Type of no event: what rd_kafka_event_type() returns for NULL. */
#define RD_KAFKA_EVENT_NONE 0x0

/** Delivery reports. One event holds one or more messages, see rd_kafka_event_message_count(). */
#define RD_KAFKA_EVENT_DR 0x1

/** A consumed message. */
#define RD_KAFKA_EVENT_FETCH 0x2

/** A log line. */
#define RD_KAFKA_EVENT_LOG 0x4

/** An error. */
#define RD_KAFKA_EVENT_ERROR 0x8

/** A change of the consumer group's assignment. */
#define RD_KAFKA_EVENT_REBALANCE 0x10

/** Result of an offset commit. */
#define RD_KAFKA_EVENT_OFFSET_COMMIT 0x20

/** Statistics. */
#define RD_KAFKA_EVENT_STATS 0x40

/** Result of rd_kafka_CreateTopics(). */
#define RD_KAFKA_EVENT_CREATETOPICS_RESULT 100

/** Result of rd_kafka_DeleteTopics(). */
#define RD_KAFKA_EVENT_DELETETOPICS_RESULT 101

/** Result of rd_kafka_CreatePartitions(). */
#define RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT 102

/** Result of rd_kafka_AlterConfigs(). */
#define RD_KAFKA_EVENT_ALTERCONFIGS_RESULT 103

/** Result of rd_kafka_DescribeConfigs(). */
#define RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT 104

/** Result of rd_kafka_DeleteRecords(). */
#define RD_KAFKA_EVENT_DELETERECORDS_RESULT 105

/** Result of rd_kafka_DeleteGroups(). */
#define RD_KAFKA_EVENT_DELETEGROUPS_RESULT 106

/** Result of rd_kafka_DeleteConsumerGroupOffsets(). */
#define RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT 107

/** The SASL/OAUTHBEARER token has to be refreshed. */
#define RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH 0x100

/**
 * Not the type of an event: for rd_kafka_conf_set_events(), starts the thread of the background queue
 * together with the instance.
 */
#define RD_KAFKA_EVENT_BACKGROUND 0x200

/** Result of rd_kafka_CreateAcls(). */
#define RD_KAFKA_EVENT_CREATEACLS_RESULT 0x400

/** Result of rd_kafka_DescribeAcls(). */
#define RD_KAFKA_EVENT_DESCRIBEACLS_RESULT 0x800

/** Result of rd_kafka_DeleteAcls(). */
#define RD_KAFKA_EVENT_DELETEACLS_RESULT 0x1000

/** Result of rd_kafka_ListConsumerGroups(). */
#define RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT 0x2000

/** Result of rd_kafka_DescribeConsumerGroups(). */
#define RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT 0x4000

/** Result of rd_kafka_ListConsumerGroupOffsets(). */
#define RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT 0x8000

/** Result of rd_kafka_AlterConsumerGroupOffsets(). */
#define RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT 0x10000

/** Result of rd_kafka_IncrementalAlterConfigs(). */
#define RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT 0x20000

/** Result of rd_kafka_DescribeUserScramCredentials(). */
#define RD_KAFKA_EVENT_DESCRIBEUSERSCRAMCREDENTIALS_RESULT 0x40000

/** Result of rd_kafka_AlterUserScramCredentials(). */
#define RD_KAFKA_EVENT_ALTERUSERSCRAMCREDENTIALS_RESULT 0x80000

/** Result of rd_kafka_DescribeTopics(). */
#define RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT 0x00100000

/** Result of rd_kafka_DescribeCluster(). */
#define RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT 0x00200000

/** Result of rd_kafka_ListOffsets(). */
#define RD_KAFKA_EVENT_LISTOFFSETS_RESULT 0x00400000

/** Result of rd_kafka_ElectLeaders(). */
#define RD_KAFKA_EVENT_ELECTLEADERS_RESULT 0x00800000

/** Size in bytes of most names in the statistics structs, with the terminating NUL. */
#define RD_KAFKA_STATS_NAME_MAX 256

/** Highest number of APIs in typed statistics. */
#define RD_KAFKA_STATS_REQ_TYPES_MAX 64

/**
 * Error codes. Negative ones are raised by the library itself, positive ones come from a broker and have the
 * numbers of the Kafka protocol.
 */
enum rd_kafka_resp_err_e {
    /** Lowest number of the library's own errors. */
    RD_KAFKA_RESP_ERR__BEGIN = -200,
    /** Local: Bad message format */
    RD_KAFKA_RESP_ERR__BAD_MSG = -199,
    /** Local: Invalid compressed data */
    RD_KAFKA_RESP_ERR__BAD_COMPRESSION = -198,
    /** Local: Broker handle destroyed for termination */
    RD_KAFKA_RESP_ERR__DESTROY = -197,
    /** Local: Communication failure with broker */
    RD_KAFKA_RESP_ERR__FAIL = -196,
    /** Local: Broker transport failure */
    RD_KAFKA_RESP_ERR__TRANSPORT = -195,
    /** Local: Critical system resource failure */
    RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE = -194,
    /** Local: Host resolution failure */
    RD_KAFKA_RESP_ERR__RESOLVE = -193,
    /** Local: Message timed out */
    RD_KAFKA_RESP_ERR__MSG_TIMED_OUT = -192,
    /** Broker: No more messages */
    RD_KAFKA_RESP_ERR__PARTITION_EOF = -191,
    /** Local: Unknown partition */
    RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION = -190,
    /** Local: File or filesystem error */
    RD_KAFKA_RESP_ERR__FS = -189,
    /** Local: Unknown topic */
    RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC = -188,
    /** Local: All broker connections are down */
    RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN = -187,
    /** Local: Invalid argument or configuration */
    RD_KAFKA_RESP_ERR__INVALID_ARG = -186,
    /** Local: Timed out */
    RD_KAFKA_RESP_ERR__TIMED_OUT = -185,
    /** Local: Queue full */
    RD_KAFKA_RESP_ERR__QUEUE_FULL = -184,
    /** Local: ISR count insufficient */
    RD_KAFKA_RESP_ERR__ISR_INSUFF = -183,
    /** Local: Broker node update */
    RD_KAFKA_RESP_ERR__NODE_UPDATE = -182,
    /** Local: SSL error */
    RD_KAFKA_RESP_ERR__SSL = -181,
    /** Local: Waiting for coordinator */
    RD_KAFKA_RESP_ERR__WAIT_COORD = -180,
    /** Local: Unknown group */
    RD_KAFKA_RESP_ERR__UNKNOWN_GROUP = -179,
    /** Local: Operation in progress */
    RD_KAFKA_RESP_ERR__IN_PROGRESS = -178,
    /** Local: Previous operation in progress */
    RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS = -177,
    /** Local: Existing subscription */
    RD_KAFKA_RESP_ERR__EXISTING_SUBSCRIPTION = -176,
    /** Local: Assign partitions */
    RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS = -175,
    /** Local: Revoke partitions */
    RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS = -174,
    /** Local: Conflicting use */
    RD_KAFKA_RESP_ERR__CONFLICT = -173,
    /** Local: Erroneous state */
    RD_KAFKA_RESP_ERR__STATE = -172,
    /** Local: Unknown protocol */
    RD_KAFKA_RESP_ERR__UNKNOWN_PROTOCOL = -171,
    /** Local: Not implemented */
    RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED = -170,
    /** Local: Authentication failure */
    RD_KAFKA_RESP_ERR__AUTHENTICATION = -169,
    /** Local: No offset stored */
    RD_KAFKA_RESP_ERR__NO_OFFSET = -168,
    /** Local: Outdated */
    RD_KAFKA_RESP_ERR__OUTDATED = -167,
    /** Local: Timed out in queue */
    RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE = -166,
    /** Local: Required feature not supported by broker */
    RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE = -165,
    /** Local: Awaiting cache update */
    RD_KAFKA_RESP_ERR__WAIT_CACHE = -164,
    /** Local: Operation interrupted */
    RD_KAFKA_RESP_ERR__INTR = -163,
    /** Local: Key serialization error */
    RD_KAFKA_RESP_ERR__KEY_SERIALIZATION = -162,
    /** Local: Value serialization error */
    RD_KAFKA_RESP_ERR__VALUE_SERIALIZATION = -161,
    /** Local: Key deserialization error */
    RD_KAFKA_RESP_ERR__KEY_DESERIALIZATION = -160,
    /** Local: Value deserialization error */
    RD_KAFKA_RESP_ERR__VALUE_DESERIALIZATION = -159,
    /** Local: Partial response */
    RD_KAFKA_RESP_ERR__PARTIAL = -158,
    /** Local: Read-only object */
    RD_KAFKA_RESP_ERR__READ_ONLY = -157,
    /** Local: No such entry */
    RD_KAFKA_RESP_ERR__NOENT = -156,
    /** Local: Read underflow */
    RD_KAFKA_RESP_ERR__UNDERFLOW = -155,
    /** Local: Invalid type */
    RD_KAFKA_RESP_ERR__INVALID_TYPE = -154,
    /** Local: Retry operation */
    RD_KAFKA_RESP_ERR__RETRY = -153,
    /** Local: Purged in queue */
    RD_KAFKA_RESP_ERR__PURGE_QUEUE = -152,
    /** Local: Purged in flight */
    RD_KAFKA_RESP_ERR__PURGE_INFLIGHT = -151,
    /** Local: Fatal error */
    RD_KAFKA_RESP_ERR__FATAL = -150,
    /** Local: Inconsistent state */
    RD_KAFKA_RESP_ERR__INCONSISTENT = -149,
    /** Local: Gap-less ordering would not be guaranteed if proceeding */
    RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE = -148,
    /** Local: Maximum application poll interval (max.poll.interval.ms) exceeded */
    RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED = -147,
    /** Local: Unknown broker */
    RD_KAFKA_RESP_ERR__UNKNOWN_BROKER = -146,
    /** Local: Functionality not configured */
    RD_KAFKA_RESP_ERR__NOT_CONFIGURED = -145,
    /** Local: This instance has been fenced by a newer instance */
    RD_KAFKA_RESP_ERR__FENCED = -144,
    /** Local: Application generated error */
    RD_KAFKA_RESP_ERR__APPLICATION = -143,
    /** Local: Group partition assignment lost */
    RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST = -142,
    /** Local: No operation performed */
    RD_KAFKA_RESP_ERR__NOOP = -141,
    /** Local: No offset to automatically reset to */
    RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET = -140,
    /** Local: Partition log truncation detected */
    RD_KAFKA_RESP_ERR__LOG_TRUNCATION = -139,
    /** Local: an invalid record in the same batch caused the failure of this message too */
    RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD = -138,
    /** Local: Broker handle destroyed without termination */
    RD_KAFKA_RESP_ERR__DESTROY_BROKER = -137,
    /** Highest number of the library's own errors. */
    RD_KAFKA_RESP_ERR__END = -100,
    /** Unknown broker error */
    RD_KAFKA_RESP_ERR_UNKNOWN = -1,
    /** Success */
    RD_KAFKA_RESP_ERR_NO_ERROR = 0,
    /** Broker: Offset out of range */
    RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE = 1,
    /** Broker: Invalid message */
    RD_KAFKA_RESP_ERR_INVALID_MSG = 2,
    /** Broker: Unknown topic or partition */
    RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART = 3,
    /** Broker: Invalid message size */
    RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE = 4,
    /** Broker: Leader not available */
    RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE = 5,
    /** Broker: Not leader for partition */
    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION = 6,
    /** Broker: Request timed out */
    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT = 7,
    /** Broker: Broker not available */
    RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE = 8,
    /** Broker: Replica not available */
    RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE = 9,
    /** Broker: Message size too large */
    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE = 10,
    /** Broker: StaleControllerEpochCode */
    RD_KAFKA_RESP_ERR_STALE_CTRL_EPOCH = 11,
    /** Broker: Offset metadata string too large */
    RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE = 12,
    /** Broker: Broker disconnected before response received */
    RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION = 13,
    /** Broker: Coordinator load in progress */
    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS = 14,
    /** Broker: Coordinator not available */
    RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE = 15,
    /** Broker: Not coordinator */
    RD_KAFKA_RESP_ERR_NOT_COORDINATOR = 16,
    /** Broker: Invalid topic */
    RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION = 17,
    /** Broker: Message batch larger than configured server segment size */
    RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE = 18,
    /** Broker: Not enough in-sync replicas */
    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS = 19,
    /** Broker: Message(s) written to insufficient number of in-sync replicas */
    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20,
    /** Broker: Invalid required acks value */
    RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS = 21,
    /** Broker: Specified group generation id is not valid */
    RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION = 22,
    /** Broker: Inconsistent group protocol */
    RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL = 23,
    /** Broker: Invalid group.id */
    RD_KAFKA_RESP_ERR_INVALID_GROUP_ID = 24,
    /** Broker: Unknown member */
    RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID = 25,
    /** Broker: Invalid session timeout */
    RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT = 26,
    /** Broker: Group rebalance in progress */
    RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS = 27,
    /** Broker: Commit offset data size is not valid */
    RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE = 28,
    /** Broker: Topic authorization failed */
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED = 29,
    /** Broker: Group authorization failed */
    RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED = 30,
    /** Broker: Cluster authorization failed */
    RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED = 31,
    /** Broker: Invalid timestamp */
    RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP = 32,
    /** Broker: Unsupported SASL mechanism */
    RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM = 33,
    /** Broker: Request not valid in current SASL state */
    RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE = 34,
    /** Broker: API version not supported */
    RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION = 35,
    /** Broker: Topic already exists */
    RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS = 36,
    /** Broker: Invalid number of partitions */
    RD_KAFKA_RESP_ERR_INVALID_PARTITIONS = 37,
    /** Broker: Invalid replication factor */
    RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR = 38,
    /** Broker: Invalid replica assignment */
    RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT = 39,
    /** Broker: Configuration is invalid */
    RD_KAFKA_RESP_ERR_INVALID_CONFIG = 40,
    /** Broker: Not controller for cluster */
    RD_KAFKA_RESP_ERR_NOT_CONTROLLER = 41,
    /** Broker: Invalid request */
    RD_KAFKA_RESP_ERR_INVALID_REQUEST = 42,
    /** Broker: Message format on broker does not support request */
    RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT = 43,
    /** Broker: Policy violation */
    RD_KAFKA_RESP_ERR_POLICY_VIOLATION = 44,
    /** Broker: Broker received an out of order sequence number */
    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER = 45,
    /** Broker: Broker received a duplicate sequence number */
    RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER = 46,
    /** Broker: Producer attempted an operation with an old epoch */
    RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH = 47,
    /** Broker: Producer attempted a transactional operation in an invalid state */
    RD_KAFKA_RESP_ERR_INVALID_TXN_STATE = 48,
    /** Broker: Producer attempted to use a producer id which is not currently assigned to its transactional id */
    RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING = 49,
    /** Broker: Transaction timeout is larger than the maximum value allowed by the broker's max.transaction.timeout.ms */
    RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT = 50,
    /** Broker: Producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing */
    RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS = 51,
    /** Broker: Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer */
    RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED = 52,
    /** Broker: Transactional Id authorization failed */
    RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53,
    /** Broker: Security features are disabled */
    RD_KAFKA_RESP_ERR_SECURITY_DISABLED = 54,
    /** Broker: Operation not attempted */
    RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED = 55,
    /** Broker: Disk error when trying to access log file on disk */
    RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR = 56,
    /** Broker: The user-specified log directory is not found in the broker config */
    RD_KAFKA_RESP_ERR_LOG_DIR_NOT_FOUND = 57,
    /** Broker: SASL Authentication failed */
    RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED = 58,
    /** Broker: Unknown Producer Id */
    RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID = 59,
    /** Broker: Partition reassignment is in progress */
    RD_KAFKA_RESP_ERR_REASSIGNMENT_IN_PROGRESS = 60,
    /** Broker: Delegation Token feature is not enabled */
    RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTH_DISABLED = 61,
    /** Broker: Delegation Token is not found on server */
    RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_NOT_FOUND = 62,
    /** Broker: Specified Principal is not valid Owner/Renewer */
    RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_OWNER_MISMATCH = 63,
    /** Broker: Delegation Token requests are not allowed on this connection */
    RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED = 64,
    /** Broker: Delegation Token authorization failed */
    RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED = 65,
    /** Broker: Delegation Token is expired */
    RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_EXPIRED = 66,
    /** Broker: Supplied principalType is not supported */
    RD_KAFKA_RESP_ERR_INVALID_PRINCIPAL_TYPE = 67,
    /** Broker: The group is not empty */
    RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP = 68,
    /** Broker: The group id does not exist */
    RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND = 69,
    /** Broker: The fetch session ID was not found */
    RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND = 70,
    /** Broker: The fetch session epoch is invalid */
    RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH = 71,
    /** Broker: No matching listener */
    RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND = 72,
    /** Broker: Topic deletion is disabled */
    RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED = 73,
    /** Broker: Leader epoch is older than broker epoch */
    RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH = 74,
    /** Broker: Leader epoch is newer than broker epoch */
    RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH = 75,
    /** Broker: Unsupported compression type */
    RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE = 76,
    /** Broker: Broker epoch has changed */
    RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH = 77,
    /** Broker: Leader high watermark is not caught up */
    RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE = 78,
    /** Broker: Group member needs a valid member ID */
    RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED = 79,
    /** Broker: Preferred leader was not available */
    RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE = 80,
    /** Broker: Consumer group has reached maximum size */
    RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED = 81,
    /** Broker: Static consumer fenced by other consumer with same group.instance.id */
    RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID = 82,
    /** Broker: Eligible partition leaders are not available */
    RD_KAFKA_RESP_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE = 83,
    /** Broker: Leader election not needed for topic partition */
    RD_KAFKA_RESP_ERR_ELECTION_NOT_NEEDED = 84,
    /** Broker: No partition reassignment is in progress */
    RD_KAFKA_RESP_ERR_NO_REASSIGNMENT_IN_PROGRESS = 85,
    /** Broker: Deleting offsets of a topic while the consumer group is subscribed to it */
    RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC = 86,
    /** Broker: Broker failed to validate record */
    RD_KAFKA_RESP_ERR_INVALID_RECORD = 87,
    /** Broker: There are unstable offsets that need to be cleared */
    RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT = 88,
    /** Broker: Throttling quota has been exceeded */
    RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED = 89,
    /** Broker: There is a newer producer with the same transactionalId which fences the current one */
    RD_KAFKA_RESP_ERR_PRODUCER_FENCED = 90,
    /** Broker: Request illegally referred to resource that does not exist */
    RD_KAFKA_RESP_ERR_RESOURCE_NOT_FOUND = 91,
    /** Broker: Request illegally referred to the same resource twice */
    RD_KAFKA_RESP_ERR_DUPLICATE_RESOURCE = 92,
    /** Broker: Requested credential would not meet criteria for acceptability */
    RD_KAFKA_RESP_ERR_UNACCEPTABLE_CREDENTIAL = 93,
    /** Broker: Indicates that the either the sender or recipient of a voter-only request is not one of the expected voters */
    RD_KAFKA_RESP_ERR_INCONSISTENT_VOTER_SET = 94,
    /** Broker: Invalid update version */
    RD_KAFKA_RESP_ERR_INVALID_UPDATE_VERSION = 95,
    /** Broker: Unable to update finalized features due to server error */
    RD_KAFKA_RESP_ERR_FEATURE_UPDATE_FAILED = 96,
    /** Broker: Request principal deserialization failed during forwarding */
    RD_KAFKA_RESP_ERR_PRINCIPAL_DESERIALIZATION_FAILURE = 97,
    /** Broker: Unknown topic id */
    RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID = 100,
    /** Broker: The log's topic ID did not match the topic ID in the request */
    RD_KAFKA_RESP_ERR_INCONSISTENT_TOPIC_ID = 103,
    /** Broker: The member epoch is fenced by the group coordinator */
    RD_KAFKA_RESP_ERR_FENCED_MEMBER_EPOCH = 110,
    /** Broker: The instance ID is still used by another member in the consumer group */
    RD_KAFKA_RESP_ERR_UNRELEASED_INSTANCE_ID = 111,
    /** Broker: The assignor or its version range is not supported by the consumer group */
    RD_KAFKA_RESP_ERR_UNSUPPORTED_ASSIGNOR = 112,
    /** Broker: The member epoch is stale */
    RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH = 113,
    /** Broker: The request was sent to an endpoint of the wrong type */
    RD_KAFKA_RESP_ERR_MISMATCHED_ENDPOINT_TYPE = 114,
    /** Broker: This endpoint type is not supported yet */
    RD_KAFKA_RESP_ERR_UNSUPPORTED_ENDPOINT_TYPE = 115,
    /** Broker: This controller ID is not known */
    RD_KAFKA_RESP_ERR_UNKNOWN_CONTROLLER_ID = 116,
    /** Broker: Client sent a push telemetry request with an invalid or outdated subscription ID */
    RD_KAFKA_RESP_ERR_UNKNOWN_SUBSCRIPTION_ID = 117,
    /** Broker: Client sent a push telemetry request larger than the maximum size the broker will accept */
    RD_KAFKA_RESP_ERR_TELEMETRY_TOO_LARGE = 118,
    /** Broker: The controller has considered the broker registration to be invalid */
    RD_KAFKA_RESP_ERR_INVALID_REGISTRATION = 119,
    /** Broker: The server encountered an error with the transaction */
    RD_KAFKA_RESP_ERR_TRANSACTION_ABORTABLE = 120,
    /** Broker: The record state is invalid */
    RD_KAFKA_RESP_ERR_INVALID_RECORD_STATE = 121,
    /** Broker: The share session was not found */
    RD_KAFKA_RESP_ERR_SHARE_SESSION_NOT_FOUND = 122,
    /** Broker: The share session epoch is invalid */
    RD_KAFKA_RESP_ERR_INVALID_SHARE_SESSION_EPOCH = 123,
    /** Broker: The share-group state epoch did not match */
    RD_KAFKA_RESP_ERR_FENCED_STATE_EPOCH = 124,
    /** Broker: The voter key doesn't match the receiving replica's key */
    RD_KAFKA_RESP_ERR_INVALID_VOTER_KEY = 125,
    /** Broker: The voter is already part of the set of voters */
    RD_KAFKA_RESP_ERR_DUPLICATE_VOTER = 126,
    /** Broker: The voter is not part of the set of voters */
    RD_KAFKA_RESP_ERR_VOTER_NOT_FOUND = 127,
    /** Broker: The regular expression is not valid */
    RD_KAFKA_RESP_ERR_INVALID_REGULAR_EXPRESSION = 128,
    /** Broker: Client metadata is stale, client should rebootstrap to obtain new metadata */
    RD_KAFKA_RESP_ERR_REBOOTSTRAP_REQUIRED = 129,
    /** Broker: The supplied topology is invalid */
    RD_KAFKA_RESP_ERR_STREAMS_INVALID_TOPOLOGY = 130,
    /** Broker: The supplied topology epoch is invalid */
    RD_KAFKA_RESP_ERR_STREAMS_INVALID_TOPOLOGY_EPOCH = 131,
    /** Broker: The supplied topology epoch is outdated */
    RD_KAFKA_RESP_ERR_STREAMS_TOPOLOGY_FENCED = 132,
    /** Broker: The limit of share sessions has been reached */
    RD_KAFKA_RESP_ERR_SHARE_SESSION_LIMIT_REACHED = 133,
    /** One more than the highest number. */
    RD_KAFKA_RESP_ERR_END_ALL,
};

/** Where a message timestamp comes from. */
enum rd_kafka_timestamp_type_t {
    /** The message has no timestamp. */
    RD_KAFKA_TIMESTAMP_NOT_AVAILABLE,
    /** Set by the producer when the message was created. */
    RD_KAFKA_TIMESTAMP_CREATE_TIME,
    /** Set by the broker when it appended the message to its log. */
    RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME,
};

/** Whether a message reached the log of its partition. */
enum rd_kafka_msg_status_e {
    /**
     * The message was never sent, or failed in a way that rules out that the broker wrote it. Producing it
     * again cannot make a duplicate.
     */
    RD_KAFKA_MSG_STATUS_NOT_PERSISTED = 0,
    /** The message was sent but no answer came: it may or may not be in the log. */
    RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED = 1,
    /** The broker acknowledged the message. */
    RD_KAFKA_MSG_STATUS_PERSISTED = 2,
};

/** Outcome of setting or getting a configuration property. */
enum rd_kafka_conf_res_e {
    /** There is no property of that name. */
    RD_KAFKA_CONF_UNKNOWN = -2,
    /** The value is not valid for the property, or cannot be used in this build. */
    RD_KAFKA_CONF_INVALID = -1,
    /** Done. */
    RD_KAFKA_CONF_OK = 0,
};

/** What a certificate given to rd_kafka_conf_set_ssl_cert() is for. */
enum rd_kafka_cert_type_t {
    /** The client's public certificate. */
    RD_KAFKA_CERT_PUBLIC_KEY,
    /** The client's private key. */
    RD_KAFKA_CERT_PRIVATE_KEY,
    /** Certificates of the authorities to trust. */
    RD_KAFKA_CERT_CA,
    /** Number of values. */
    RD_KAFKA_CERT__CNT,
};

/** Encoding of a certificate or key. */
enum rd_kafka_cert_enc_t {
    /** PKCS#12. */
    RD_KAFKA_CERT_ENC_PKCS12,
    /** DER, ASN.1 in binary. */
    RD_KAFKA_CERT_ENC_DER,
    /** PEM. */
    RD_KAFKA_CERT_ENC_PEM,
    /** Number of values. */
    RD_KAFKA_CERT_ENC__CNT,
};

/** Kind of client instance. */
enum rd_kafka_type_t {
    /** Writes messages. */
    RD_KAFKA_PRODUCER,
    /** Reads messages. */
    RD_KAFKA_CONSUMER,
};

/**
 * Tags of the arguments of rd_kafka_producev() and rd_kafka_produceva(). With producev, use the
 * RD_KAFKA_V_..() macros, which put the tag and its correctly typed values into the argument list.
 */
enum rd_kafka_vtype_t {
    /** End of the argument list. */
    RD_KAFKA_VTYPE_END,
    /** (const char *) Topic name. */
    RD_KAFKA_VTYPE_TOPIC,
    /** (rd_kafka_topic_t *) Topic handle. */
    RD_KAFKA_VTYPE_RKT,
    /** (int32_t) Partition. */
    RD_KAFKA_VTYPE_PARTITION,
    /** (void *, size_t) Message value (payload). */
    RD_KAFKA_VTYPE_VALUE,
    /** (void *, size_t) Message key. */
    RD_KAFKA_VTYPE_KEY,
    /** (void *) Per-message opaque, returned in the delivery report. */
    RD_KAFKA_VTYPE_OPAQUE,
    /** (int) RD_KAFKA_MSG_F_.. flags. */
    RD_KAFKA_VTYPE_MSGFLAGS,
    /** (int64_t) Milliseconds since the epoch, UTC. */
    RD_KAFKA_VTYPE_TIMESTAMP,
    /**
     * (const char *, const void *, ssize_t) One header: name, value, value size. The size may be -1 for a
     * NUL-terminated value. May be given several times.
     */
    RD_KAFKA_VTYPE_HEADER,
    /** (rd_kafka_headers_t *) A whole list of headers, owned by the library once the call has succeeded. */
    RD_KAFKA_VTYPE_HEADERS,
};

/** Kinds of resources of a cluster. */
enum rd_kafka_ResourceType_t {
    RD_KAFKA_RESOURCE_UNKNOWN = 0,
    RD_KAFKA_RESOURCE_ANY = 1,
    RD_KAFKA_RESOURCE_TOPIC = 2,
    RD_KAFKA_RESOURCE_GROUP = 3,
    RD_KAFKA_RESOURCE_BROKER = 4,
    RD_KAFKA_RESOURCE_TRANSACTIONAL_ID = 5,
    /** Number of values. */
    RD_KAFKA_RESOURCE__CNT,
};

/** How a resource name is matched by an ACL. */
enum rd_kafka_ResourcePatternType_t {
    RD_KAFKA_RESOURCE_PATTERN_UNKNOWN = 0,
    RD_KAFKA_RESOURCE_PATTERN_ANY = 1,
    RD_KAFKA_RESOURCE_PATTERN_MATCH = 2,
    RD_KAFKA_RESOURCE_PATTERN_LITERAL = 3,
    RD_KAFKA_RESOURCE_PATTERN_PREFIXED = 4,
    /** Number of values. */
    RD_KAFKA_RESOURCE_PATTERN_TYPE__CNT,
};

/** Where a configuration entry of a broker or topic comes from. */
enum rd_kafka_ConfigSource_t {
    RD_KAFKA_CONFIG_SOURCE_UNKNOWN_CONFIG = 0,
    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG = 1,
    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_BROKER_CONFIG = 2,
    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER_CONFIG = 3,
    RD_KAFKA_CONFIG_SOURCE_STATIC_BROKER_CONFIG = 4,
    RD_KAFKA_CONFIG_SOURCE_DEFAULT_CONFIG = 5,
    RD_KAFKA_CONFIG_SOURCE_GROUP_CONFIG = 8,
    /** Number of values. */
    RD_KAFKA_CONFIG_SOURCE__CNT,
};

/** Operations that an ACL allows or denies. */
enum rd_kafka_AclOperation_t {
    RD_KAFKA_ACL_OPERATION_UNKNOWN = 0,
    RD_KAFKA_ACL_OPERATION_ANY = 1,
    RD_KAFKA_ACL_OPERATION_ALL = 2,
    RD_KAFKA_ACL_OPERATION_READ = 3,
    RD_KAFKA_ACL_OPERATION_WRITE = 4,
    RD_KAFKA_ACL_OPERATION_CREATE = 5,
    RD_KAFKA_ACL_OPERATION_DELETE = 6,
    RD_KAFKA_ACL_OPERATION_ALTER = 7,
    RD_KAFKA_ACL_OPERATION_DESCRIBE = 8,
    RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION = 9,
    RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS = 10,
    RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS = 11,
    RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE = 12,
    /** Number of values. */
    RD_KAFKA_ACL_OPERATION__CNT,
};

/** Whether an ACL allows or denies. */
enum rd_kafka_AclPermissionType_t {
    RD_KAFKA_ACL_PERMISSION_TYPE_UNKNOWN = 0,
    RD_KAFKA_ACL_PERMISSION_TYPE_ANY = 1,
    RD_KAFKA_ACL_PERMISSION_TYPE_DENY = 2,
    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW = 3,
    /** Number of values. */
    RD_KAFKA_ACL_PERMISSION_TYPE__CNT,
};

/** State of a consumer group. */
enum rd_kafka_consumer_group_state_e {
    RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN = 0,
    RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE = 1,
    RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE = 2,
    RD_KAFKA_CONSUMER_GROUP_STATE_STABLE = 3,
    RD_KAFKA_CONSUMER_GROUP_STATE_DEAD = 4,
    RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY = 5,
    /** Number of values. */
    RD_KAFKA_CONSUMER_GROUP_STATE__CNT,
};

/** Protocol that a consumer group uses. */
enum rd_kafka_consumer_group_type_e {
    RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN = 0,
    RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER = 1,
    RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC = 2,
    /** Number of values. */
    RD_KAFKA_CONSUMER_GROUP_TYPE__CNT,
};

/** Admin operations, for options that apply to one of them only. */
enum rd_kafka_admin_op_t {
    RD_KAFKA_ADMIN_OP_ANY = 0,
    RD_KAFKA_ADMIN_OP_CREATETOPICS,
    RD_KAFKA_ADMIN_OP_DELETETOPICS,
    RD_KAFKA_ADMIN_OP_CREATEPARTITIONS,
    RD_KAFKA_ADMIN_OP_ALTERCONFIGS,
    RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
    RD_KAFKA_ADMIN_OP_DELETERECORDS,
    RD_KAFKA_ADMIN_OP_DELETEGROUPS,
    RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS,
    RD_KAFKA_ADMIN_OP_CREATEACLS,
    RD_KAFKA_ADMIN_OP_DESCRIBEACLS,
    RD_KAFKA_ADMIN_OP_DELETEACLS,
    RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
    RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS,
    RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
    RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
    RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
    RD_KAFKA_ADMIN_OP_DESCRIBEUSERSCRAMCREDENTIALS,
    RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS,
    RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
    RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER,
    RD_KAFKA_ADMIN_OP_LISTOFFSETS,
    RD_KAFKA_ADMIN_OP_ELECTLEADERS,
    /** Number of values. */
    RD_KAFKA_ADMIN_OP__CNT,
};

/** Which messages of transactions a reader gets to see. */
enum rd_kafka_IsolationLevel_t {
    RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED = 0,
    RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED = 1,
};

/** Which replicas a leader election may choose. */
enum rd_kafka_ElectionType_t {
    /** Only the preferred replica. */
    RD_KAFKA_ELECTION_TYPE_PREFERRED = 0,
    /** Any replica, even one that is out of sync: messages may be lost. */
    RD_KAFKA_ELECTION_TYPE_UNCLEAN = 1,
};

/** What an incremental change does to a configuration entry. */
enum rd_kafka_AlterConfigOpType_t {
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET = 0,
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE = 1,
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_APPEND = 2,
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_SUBTRACT = 3,
    /** Number of values. */
    RD_KAFKA_ALTER_CONFIG_OP_TYPE__CNT,
};

/** Hash of a SCRAM credential. */
enum rd_kafka_ScramMechanism_t {
    RD_KAFKA_SCRAM_MECHANISM_UNKNOWN = 0,
    RD_KAFKA_SCRAM_MECHANISM_SHA_256 = 1,
    RD_KAFKA_SCRAM_MECHANISM_SHA_512 = 2,
    /** Number of values. */
    RD_KAFKA_SCRAM_MECHANISM__CNT,
};

/** How a share consumer answers for a record. */
enum rd_kafka_share_AcknowledgeType_s {
    /** Processed. */
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_ACCEPT = 1,
    /** Not processed; to be delivered again. */
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_RELEASE = 2,
    /** Not processed; not to be delivered again. */
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_REJECT = 3,
};

/** Threads of a client instance, as told to the thread interceptors. */
enum rd_kafka_thread_type_t {
    /** The one main thread. */
    RD_KAFKA_THREAD_MAIN,
    /** The thread that serves background events, when enabled. */
    RD_KAFKA_THREAD_BACKGROUND,
    /** A thread that serves a broker connection. */
    RD_KAFKA_THREAD_BROKER,
};

/** Logical offsets that an offset listing asks for, besides timestamps in milliseconds. */
enum rd_kafka_OffsetSpec_t {
    /** The offset of the message with the greatest timestamp. */
    RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP = -3,
    /** The first offset that has not been deleted. */
    RD_KAFKA_OFFSET_SPEC_EARLIEST = -2,
    /** The offset after the last message. */
    RD_KAFKA_OFFSET_SPEC_LATEST = -1,
};

/** An ACL. */
struct rd_kafka_AclBinding_s;

/** Options of an admin operation. */
struct rd_kafka_AdminOptions_s;

/** Offsets of a consumer group to set. */
struct rd_kafka_AlterConsumerGroupOffsets_s;

/** Outcome of a change of SCRAM credentials. */
struct rd_kafka_AlterUserScramCredentials_result_response_s;

/** An entry of a configuration resource. */
struct rd_kafka_ConfigEntry_s;

/** A resource whose configuration is read or changed. */
struct rd_kafka_ConfigResource_s;

/** Description of a consumer group. */
struct rd_kafka_ConsumerGroupDescription_s;

/** A group in a list of consumer groups. */
struct rd_kafka_ConsumerGroupListing_s;

/** ACLs deleted by one filter. */
struct rd_kafka_DeleteAcls_result_response_s;

/** Offsets of a consumer group to delete. */
struct rd_kafka_DeleteConsumerGroupOffsets_s;

/** A consumer group to delete. */
struct rd_kafka_DeleteGroup_s;

/** Records to delete, by partition and offset. */
struct rd_kafka_DeleteRecords_s;

/** A topic to delete. */
struct rd_kafka_DeleteTopic_s;

/** Partitions to elect leaders for. */
struct rd_kafka_ElectLeaders_s;

/** A consumer group whose offsets are wanted. */
struct rd_kafka_ListConsumerGroupOffsets_s;

/** A list of consumer groups. */
struct rd_kafka_ListConsumerGroupsResult_s;

/** Offset and timestamp of a partition. */
struct rd_kafka_ListOffsetsResultInfo_s;

/** Partitions assigned to a member of a consumer group. */
struct rd_kafka_MemberAssignment_s;

/** Description of a member of a consumer group. */
struct rd_kafka_MemberDescription_s;

/** Partitions to add to a topic. */
struct rd_kafka_NewPartitions_s;

/** A topic to create. */
struct rd_kafka_NewTopic_s;

/** A broker in the results of admin operations. */
struct rd_kafka_Node_s;

/** A SCRAM credential without its secret. */
struct rd_kafka_ScramCredentialInfo_s;

/** Topics to describe. */
struct rd_kafka_TopicCollection_s;

/** Description of a topic. */
struct rd_kafka_TopicDescription_s;

/** A partition in the description of a topic. */
struct rd_kafka_TopicPartitionInfo_s;

/** A SCRAM credential to set or delete. */
struct rd_kafka_UserScramCredentialAlteration_s;

/** SCRAM credentials of a user. */
struct rd_kafka_UserScramCredentialsDescription_s;

/** A UUID. */
struct rd_kafka_Uuid_s;

/** Result of an admin operation for an ACL. */
struct rd_kafka_acl_result_s;

/** A configuration. */
struct rd_kafka_conf_s;

/** Identity of a consumer in its group, for transactions that commit its offsets. */
struct rd_kafka_consumer_group_metadata_s;

/** An error with its text and attributes. */
struct rd_kafka_error_s;

/** Result of an admin operation for a group. */
struct rd_kafka_group_result_s;

/** A list of headers. */
struct rd_kafka_headers_s;

/** A batch of messages from a share consumer. */
struct rd_kafka_messages_s;

/** An event. */
struct rd_kafka_op_s;

/** A queue. */
struct rd_kafka_queue_s;

/** A client instance. */
struct rd_kafka_s;

/** Acknowledged offsets of several partitions. */
struct rd_kafka_share_partition_offsets_list_s;

/** Offsets of a partition that a share consumer acknowledged. */
struct rd_kafka_share_partition_offsets_s;

/** A share consumer. */
struct rd_kafka_share_s;

/** A topic configuration. */
struct rd_kafka_topic_conf_s;

/** Result of an admin operation for a partition. */
struct rd_kafka_topic_partition_result_s;

/** Result of an admin operation for a topic. */
struct rd_kafka_topic_result_s;

/** A topic of a client instance. */
struct rd_kafka_topic_s;

typedef enum rd_kafka_resp_err_e rd_kafka_resp_err_t;

/** A client instance: a producer or a consumer. Thread-safe unless a function states otherwise. */
typedef struct rd_kafka_s rd_kafka_t;

/**
 * An error with its text and attributes, or NULL for success. Released with rd_kafka_error_destroy() by whom
 * a function returned it to.
 */
typedef struct rd_kafka_error_s rd_kafka_error_t;

/** An error code with its name and text, for rd_kafka_get_err_descs(). */
struct rd_kafka_err_desc {
    /** The code. */
    rd_kafka_resp_err_t code;
    /** Its name without the RD_KAFKA_RESP_ERR_ prefix, or NULL for a number that has no code. */
    const char *name;
    /** Its text, or NULL. */
    const char *desc;
};

/** A topic and partition with an offset and more. Made and released by the list functions. */
struct rd_kafka_topic_partition_s {
    /** Topic name, from malloc(3). */
    char *topic;
    /** Partition. */
    int32_t partition;
    /** Offset, or one of the logical offsets. */
    int64_t offset;
    /** Metadata to be stored with a committed offset, from malloc(3), or NULL. */
    void *metadata;
    /** Size of the metadata in bytes. */
    size_t metadata_size;
    /** For the application: the library does not use it. */
    void *opaque;
    /** Outcome of the operation for this element. */
    rd_kafka_resp_err_t err;
    /** For the library. NULL in elements that the application makes itself. */
    void *_private;
};

/** A topic and partition. */
typedef struct rd_kafka_topic_partition_s rd_kafka_topic_partition_t;

/** A growing list of topics and partitions. */
struct rd_kafka_topic_partition_list_s {
    /** Number of elements. */
    int cnt;
    /** Number of elements that fit without growing. */
    int size;
    /** The elements. */
    rd_kafka_topic_partition_t *elems;
};

/** A list of topics and partitions. */
typedef struct rd_kafka_topic_partition_list_s rd_kafka_topic_partition_list_t;

/** A list of message headers, in order; names may repeat. Not thread-safe. */
typedef struct rd_kafka_headers_s rd_kafka_headers_t;

/**
 * A topic of a client instance. Thread-safe and counted: every rd_kafka_topic_new() needs its
 * rd_kafka_topic_destroy().
 */
typedef struct rd_kafka_topic_s rd_kafka_topic_t;

/**
 * A message: what a consumer receives and what a delivery report shows.
 *
 * In a delivery report the struct is part of a larger one from which the rd_kafka_message_..() functions
 * read, so it must not be copied and then passed to them. It is valid until the callback returns or the
 * event is destroyed.
 */
struct rd_kafka_message_s {
    /** Error of this message, RD_KAFKA_RESP_ERR_NO_ERROR if there is none. */
    rd_kafka_resp_err_t err;
    /** The topic, valid as long as the message: call rd_kafka_topic_new() for a reference to use for longer. */
    rd_kafka_topic_t *rkt;
    /** The partition. */
    int32_t partition;
    /**
     * The value. In a delivery report the pointer that was given to produce, unless RD_KAFKA_MSG_F_COPY was
     * set. For a consumer's error messages, a text.
     */
    void *payload;
    /** Size of the value in bytes. */
    size_t len;
    /** The key, or NULL. */
    void *key;
    /** Size of the key in bytes. */
    size_t key_len;
    /** Offset in the partition, or RD_KAFKA_OFFSET_INVALID when it is not known. */
    int64_t offset;
    /** In a delivery report: the message opaque that was given to produce. Otherwise for the library. */
    void *_private;
};

/** A message. */
typedef struct rd_kafka_message_s rd_kafka_message_t;

typedef enum rd_kafka_timestamp_type_t rd_kafka_timestamp_type_t;

typedef enum rd_kafka_msg_status_e rd_kafka_msg_status_t;

/** A UUID. Released with rd_kafka_Uuid_destroy(). */
typedef struct rd_kafka_Uuid_s rd_kafka_Uuid_t;

/** A configuration, consumed by rd_kafka_new(). */
typedef struct rd_kafka_conf_s rd_kafka_conf_t;

typedef enum rd_kafka_conf_res_e rd_kafka_conf_res_t;

/** A topic configuration, consumed by rd_kafka_topic_new(). */
typedef struct rd_kafka_topic_conf_s rd_kafka_topic_conf_t;

typedef enum rd_kafka_cert_type_t rd_kafka_cert_type_t;

typedef enum rd_kafka_cert_enc_t rd_kafka_cert_enc_t;

/** An event. */
typedef struct rd_kafka_op_s rd_kafka_event_t;

/** Samples of the last interval. */
struct rd_kafka_avg_stats_s {
    /** Smallest. */
    int64_t min;
    /** Largest. */
    int64_t max;
    /** Mean. */
    int64_t avg;
    /** Sum. */
    int64_t sum;
    /** Number of samples. */
    int64_t cnt;
    /** Standard deviation. */
    int64_t stddev;
    /** Median: half of the samples are at most this. */
    int64_t p50;
    /** 75 % are at most this. */
    int64_t p75;
    /** 90 % are at most this. */
    int64_t p90;
    /** 95 % are at most this. */
    int64_t p95;
    /** 99 % are at most this. */
    int64_t p99;
    /** 99.99 % are at most this. */
    int64_t p99_99;
    /** Samples outside of the range of the histogram: negative, or above 2^40. */
    int64_t oor;
    /** Memory of the histogram in bytes. */
    int32_t hdrsize;
    /** Unused. */
    int32_t _pad;
};

/** Samples of the last interval. */
typedef struct rd_kafka_avg_stats_s rd_kafka_avg_stats_t;

/** Requests of one API. */
struct rd_kafka_req_count_s {
    /** Name of the API. */
    char name[32];
    /** Number of requests. */
    int64_t count;
};

/** Requests of one API. */
typedef struct rd_kafka_req_count_s rd_kafka_req_count_t;

/** A partition that a broker serves. */
struct rd_kafka_broker_toppar_ref_s {
    /** Name of its topic. */
    char topic[256];
    /** Its number. */
    int32_t partition;
    /** Unused. */
    int32_t _pad;
};

/** A partition that a broker serves. */
typedef struct rd_kafka_broker_toppar_ref_s rd_kafka_broker_toppar_ref_t;

/** A broker. */
struct rd_kafka_broker_stats_s {
    /** Its address and id, `host:port/id`. */
    char name[256];
    /** Its id; -1 for an address of the configuration whose id is not known yet. */
    int32_t nodeid;
    /** Its address, `host:port`. */
    char nodename[256];
    /** Where it is known from: `configured`, `learned` or `logical`. */
    char source[32];
    /**
     * State of the connection: 0 INIT, 1 DOWN, 2 TRY_CONNECT, 3 CONNECT, 4 SSL_HANDSHAKE, 5 AUTH_LEGACY, 6
     * UP, 7 APIVERSION_QUERY, 8 AUTH_HANDSHAKE, 9 AUTH_REQ, 10 REAUTH.
     */
    int32_t state;
    /** Microseconds in that state. */
    int64_t stateage_us;
    /** Requests that wait to be sent. */
    int32_t outbuf_cnt;
    /** Messages in them. */
    int32_t outbuf_msg_cnt;
    /** Requests that wait for their response. */
    int32_t waitresp_cnt;
    /** Messages in them. */
    int32_t waitresp_msg_cnt;
    /** Requests sent. */
    int64_t tx;
    /** Bytes sent. */
    int64_t tx_bytes;
    /** Errors when sending. */
    int64_t tx_errs;
    /** Batches that failed after they had been sent and are sent again. */
    int64_t tx_retries;
    /** Microseconds since something was sent on this connection; -1: never. */
    int64_t tx_idle_us;
    /** Requests that timed out. */
    int64_t req_timeouts;
    /** Responses received. */
    int64_t rx;
    /** Bytes received. */
    int64_t rx_bytes;
    /** Errors when receiving. */
    int64_t rx_errs;
    /** Microseconds since something was received on this connection; -1: never. */
    int64_t rx_idle_us;
    /** Responses that no request waited for. */
    int64_t rx_corriderrs;
    /** Unused: 0. */
    int64_t rx_partial;
    /** Unused: 0. */
    int64_t zbuf_grow;
    /** Unused: 0. */
    int64_t buf_grow;
    /** Number of times that the broker's thread has woken up. */
    int64_t wakeups;
    /** Attempts to connect. */
    int64_t connects;
    /** Connections that ended. */
    int64_t disconnects;
    /** Microseconds from the produce call until the message is put into a request. */
    rd_kafka_avg_stats_t int_latency;
    /** Microseconds from then until the request is sent. */
    rd_kafka_avg_stats_t outbuf_latency;
    /** Microseconds from a request to its response. */
    rd_kafka_avg_stats_t rtt;
    /** Milliseconds that the broker throttled requests. */
    rd_kafka_avg_stats_t throttle;
    /** Partitions per ProduceRequest. */
    rd_kafka_avg_stats_t produce_partitions;
    /** Messages per ProduceRequest. */
    rd_kafka_avg_stats_t produce_messages;
    /** Bytes per ProduceRequest. */
    rd_kafka_avg_stats_t produce_reqsize;
    /** How full ProduceRequests are, in thousandths of the limit. */
    rd_kafka_avg_stats_t produce_fill;
    /** Microseconds that partitions wait to be put into a request together. */
    rd_kafka_avg_stats_t batch_wait;
    /** 1 if adaptive batching is on; otherwise the fields that begin with `adaptive_` are 0. */
    int8_t adaptive_enabled;
    /** Unused. */
    int8_t _pad_adaptive[7];
    /** Present linger time in microseconds. */
    int64_t adaptive_linger_us;
    /** Present limit of a request in bytes. */
    int64_t adaptive_batch_max_bytes;
    /**
     * Congestion, 0 (none) to 1: the largest of the two that follow and of one by the number of requests in
     * flight.
     */
    double adaptive_congestion;
    /** Congestion by round-trip time. */
    double adaptive_rtt_congestion;
    /** Congestion by the time that messages wait. */
    double adaptive_int_lat_congestion;
    /** Round-trip time without congestion, in microseconds. */
    int64_t adaptive_rtt_base_us;
    /** Smoothed round-trip time in microseconds. */
    int64_t adaptive_rtt_current_us;
    /** Waiting time without congestion, in microseconds. */
    int64_t adaptive_int_lat_base_us;
    /** Smoothed waiting time in microseconds. */
    int64_t adaptive_int_lat_current_us;
    /** Number of times that linger and request size were raised. */
    int64_t adaptive_adjustments_up;
    /** Number of times that linger and request size were lowered. */
    int64_t adaptive_adjustments_down;
    /**
     * Number of adjustments in intervals without requests, which shorten the linger time and shrink
     * requests.
     */
    int64_t adaptive_backlog_drain_events;
    /** Number of elements of `reqs`. */
    uint32_t req_cnt;
    /** Unused. */
    uint32_t _pad2;
    /** Requests by API. */
    rd_kafka_req_count_t *reqs;
    /** Number of elements of `toppars`. */
    uint32_t toppar_cnt;
    /** Unused. */
    uint32_t _pad;
    /** The partitions that it serves. */
    rd_kafka_broker_toppar_ref_t *toppars;
};

/** A broker. */
typedef struct rd_kafka_broker_stats_s rd_kafka_broker_stats_t;

/** A partition. */
struct rd_kafka_partition_stats_s {
    /** Its number; -1 for messages that have no partition yet. */
    int32_t partition;
    /** Id of the broker that leads it, -1 without one. */
    int32_t broker_id;
    /** As `broker_id`. */
    int32_t leader;
    /** 1 if the application has asked for it although the cluster does not have it. Always 0 here. */
    int8_t desired;
    /** 1 if the cluster does not have it. Always 0 here. */
    int8_t unknown;
    /** Unused. */
    int8_t _pad[2];
    /** Messages that its broker's thread has not fetched yet. */
    int32_t msgq_cnt;
    /** Bytes of their keys, values and headers. */
    int64_t msgq_bytes;
    /** Messages that its broker's thread holds until they are sent, those to be sent again among them. */
    int32_t xmit_msgq_cnt;
    /** Bytes of their keys, values and headers. */
    int64_t xmit_msgq_bytes;
    /** Messages fetched for a consumer. 0 for a producer. */
    int32_t fetchq_cnt;
    /** Their bytes. */
    int64_t fetchq_size;
    /** State of fetching. 0 (none) for a producer. */
    int32_t fetch_state;
    /**
     * Offset that a consumer looks up; -1001 for a producer, as the following offsets, `next_offset`
     * excepted.
     */
    int64_t query_offset;
    /** Offset to fetch next. */
    int64_t next_offset;
    /** Offset after the last one that the application got. */
    int64_t app_offset;
    /** Offset to be committed. */
    int64_t stored_offset;
    /** Its leader epoch. */
    int32_t stored_leader_epoch;
    /** Offset committed last. */
    int64_t committed_offset;
    /** Its leader epoch. */
    int32_t committed_leader_epoch;
    /** Offset at which the end was last reached. */
    int64_t eof_offset;
    /** Lowest offset. */
    int64_t lo_offset;
    /** Offset after the last one. */
    int64_t hi_offset;
    /** Offset before which no transaction is open. */
    int64_t ls_offset;
    /** Messages between the committed offset and the end; -1 if not known. */
    int64_t consumer_lag;
    /** Messages between the stored offset and the end; -1 if not known. */
    int64_t consumer_lag_stored;
    /** Leader epoch, -1 if it is not known. */
    int32_t leader_epoch;
    /** Unused. */
    int32_t _pad2;
    /** Messages put into requests; those that are sent again count again. */
    int64_t txmsgs;
    /** Bytes of their keys and values. */
    int64_t txbytes;
    /** Messages received. */
    int64_t rxmsgs;
    /** Their bytes. */
    int64_t rxbytes;
    /** Messages that the application has produced to it. */
    int64_t msgs;
    /** Messages dropped because they were out of date. */
    int64_t rx_ver_drops;
    /** Messages in requests without a response. */
    int64_t msgs_inflight;
    /** Idempotent producer: the sequence number that is expected to be acknowledged next. */
    int64_t next_ack_seq;
    /** Idempotent producer: the sequence number that is expected to fail next. */
    int64_t next_err_seq;
    /** Idempotent producer: number of the last message that is known to be stored, counted from 1. */
    int64_t acked_msgid;
};

/** A partition. */
typedef struct rd_kafka_partition_stats_s rd_kafka_partition_stats_t;

/** A topic. */
struct rd_kafka_topic_stats_s {
    /** Its name. */
    char name[256];
    /** Microseconds since the application first used it. */
    int64_t age_us;
    /** Microseconds since metadata about it last arrived; 0: never. */
    int64_t metadata_age_us;
    /** Bytes per batch as sent, compressed and with its header. */
    rd_kafka_avg_stats_t batchsize;
    /** Messages per batch. */
    rd_kafka_avg_stats_t batchcnt;
    /** Number of elements of `partitions`, the one with number -1 included. */
    uint32_t partition_cnt;
    /** Unused. */
    uint32_t _pad;
    /** The partitions. */
    rd_kafka_partition_stats_t *partitions;
};

/** A topic. */
typedef struct rd_kafka_topic_stats_s rd_kafka_topic_stats_t;

/** A consumer group. */
struct rd_kafka_cgrp_stats_s {
    /** State of the group. The fields of a group are 0 for a producer. */
    int32_t state;
    /** Microseconds in that state. */
    int64_t stateage_us;
    /** State of joining. */
    int32_t join_state;
    /** Microseconds since the last rebalance. */
    int64_t rebalance_age_us;
    /** Number of rebalances. */
    int32_t rebalance_cnt;
    /** Reason of the last one. */
    char rebalance_reason[256];
    /** Number of partitions assigned. */
    int32_t assignment_size;
    /** Unused. */
    int32_t _pad;
};

/** A consumer group. */
typedef struct rd_kafka_cgrp_stats_s rd_kafka_cgrp_stats_t;

/** Idempotence and transactions. */
struct rd_kafka_eos_stats_s {
    /**
     * State of the producer id: 0 Init, 1 Terminate, 2 FatalError, 3 RequestPID, 4 WaitTransport, 5 WaitPID,
     * 6 Assigned, 7 DrainReset, 8 DrainBump, 9 WaitTxnAbort.
     */
    int32_t idemp_state;
    /** Microseconds in that state. */
    int64_t idemp_stateage_us;
    /**
     * State of the transaction: 0 Init, 1 WaitPID, 2 ReadyNotAcked, 3 Ready, 4 InTransaction, 5 BeginCommit,
     * 6 CommittingTransaction, 7 CommitNotAcked, 8 BeginAbort, 9 AbortingTransaction, 10 AbortedNotAcked, 11
     * AbortableError, 12 FatalError.
     */
    int32_t txn_state;
    /** Microseconds in that state. */
    int64_t txn_stateage_us;
    /** 1 if messages may be produced: a transaction has begun and not failed. */
    int8_t txn_may_enq;
    /** Unused. */
    int8_t _pad[3];
    /** Producer id, -1 if there is none. */
    int64_t producer_id;
    /** Epoch of the producer id, -1 if there is none. */
    int16_t producer_epoch;
    /** Unused. */
    int16_t _pad2;
    /** Number of producer ids and epochs so far. */
    int32_t epoch_cnt;
};

/** Idempotence and transactions. */
typedef struct rd_kafka_eos_stats_s rd_kafka_eos_stats_t;

/** Statistics of a client instance. */
struct rd_kafka_stats_s {
    /** Name of the instance, as rd_kafka_name() returns it. */
    char name[256];
    /** Its `client.id`. */
    char client_id[256];
    /** RD_KAFKA_PRODUCER or RD_KAFKA_CONSUMER. */
    int32_t type;
    /** Unused. */
    int32_t _pad;
    /** The library's monotonic clock, in microseconds. */
    int64_t ts_us;
    /** Wall clock in seconds since the epoch, UTC. */
    int64_t time_sec;
    /** Microseconds since the instance was created. */
    int64_t age_us;
    /** Events in the main queue. */
    int32_t replyq;
    /** Messages that have not been reported to the application. */
    uint32_t msg_cnt;
    /** Bytes of their values. */
    uint64_t msg_size;
    /** Limit of their number, `queue.buffering.max.messages`. */
    uint32_t msg_max;
    /** Limit of their bytes, `queue.buffering.max.kbytes`. */
    uint64_t msg_size_max;
    /** Partitions consumed without a group. 0 for a producer. */
    int32_t simple_cnt;
    /** Topics in the metadata cache. */
    int32_t metadata_cache_cnt;
    /** Requests sent. */
    int64_t tx;
    /** Bytes sent. */
    int64_t tx_bytes;
    /** Responses received. */
    int64_t rx;
    /** Bytes received. */
    int64_t rx_bytes;
    /** Messages put into requests; those that are sent again count again. */
    int64_t txmsgs;
    /** Bytes of their keys and values. */
    int64_t txmsg_bytes;
    /** Messages received. 0 for a producer. */
    int64_t rxmsgs;
    /** Their bytes. */
    int64_t rxmsg_bytes;
    /** Number of elements of `brokers`. */
    uint32_t broker_cnt;
    /** Unused. */
    uint32_t _pad2;
    /** The brokers. */
    rd_kafka_broker_stats_t *brokers;
    /** Number of elements of `topics`. */
    uint32_t topic_cnt;
    /** Unused. */
    uint32_t _pad3;
    /** The topics. */
    rd_kafka_topic_stats_t *topics;
    /** 1 if `cgrp` is set. Always 0 for a producer. */
    int8_t has_cgrp;
    /** Unused. */
    int8_t _pad4[7];
    /** The consumer group. */
    rd_kafka_cgrp_stats_t cgrp;
    /** 1 if `eos` is set: with `enable.idempotence`. */
    int8_t has_eos;
    /** Unused. */
    int8_t _pad5[7];
    /** Idempotence and transactions. */
    rd_kafka_eos_stats_t eos;
    /** 1 if there was a fatal error and the following fields are set. */
    int8_t has_fatal;
    /** Unused. */
    int8_t _pad6[3];
    /** Its RD_KAFKA_RESP_ERR_.. code. */
    int32_t fatal_err;
    /** Its text. */
    char fatal_reason[512];
    /** Number of fatal errors. */
    int32_t fatal_cnt;
    /** Unused. */
    int32_t _pad7;
};

/** Statistics of a client instance. */
typedef struct rd_kafka_stats_s rd_kafka_stats_t;

typedef enum rd_kafka_type_t rd_kafka_type_t;

typedef enum rd_kafka_vtype_t rd_kafka_vtype_t;

/** Memory in a produceva argument. */
struct rd_kafka_vu_mem_s {
    void *ptr;
    size_t size;
};

/** A header in a produceva argument. */
struct rd_kafka_vu_header_s {
    const char *name;
    const void *val;
    /** Size of the value, or -1 for a NUL-terminated one. */
    ssize_t size;
};

/** Value of a produceva argument; the tag tells which member is meant. */
union rd_kafka_vu_u {
    /** RD_KAFKA_VTYPE_TOPIC */
    const char *cstr;
    /** RD_KAFKA_VTYPE_RKT */
    rd_kafka_topic_t *rkt;
    /** RD_KAFKA_VTYPE_MSGFLAGS */
    int i;
    /** RD_KAFKA_VTYPE_PARTITION */
    int32_t i32;
    /** RD_KAFKA_VTYPE_TIMESTAMP */
    int64_t i64;
    /** RD_KAFKA_VTYPE_VALUE, RD_KAFKA_VTYPE_KEY */
    struct rd_kafka_vu_mem_s mem;
    /** RD_KAFKA_VTYPE_HEADER */
    struct rd_kafka_vu_header_s header;
    /** RD_KAFKA_VTYPE_HEADERS */
    rd_kafka_headers_t *headers;
    /** RD_KAFKA_VTYPE_OPAQUE */
    void *ptr;
    /** Reserved for members of later versions. */
    char _pad[64];
};

/** An argument of rd_kafka_produceva(). */
struct rd_kafka_vu_s {
    /** What it is. */
    rd_kafka_vtype_t vtype;
    /** Its value. */
    union rd_kafka_vu_u u;
};

/** An argument of rd_kafka_produceva(). */
typedef struct rd_kafka_vu_s rd_kafka_vu_t;

/** A queue of events and messages. */
typedef struct rd_kafka_queue_s rd_kafka_queue_t;

/** Type of an event: one of RD_KAFKA_EVENT_.. */
typedef int rd_kafka_event_type_t;

/** Result of rd_kafka_CreateTopics(). */
typedef rd_kafka_event_t rd_kafka_CreateTopics_result_t;

/** Result of rd_kafka_DeleteTopics(). */
typedef rd_kafka_event_t rd_kafka_DeleteTopics_result_t;

/** Result of rd_kafka_CreatePartitions(). */
typedef rd_kafka_event_t rd_kafka_CreatePartitions_result_t;

/** Result of rd_kafka_AlterConfigs(). */
typedef rd_kafka_event_t rd_kafka_AlterConfigs_result_t;

/** Result of rd_kafka_IncrementalAlterConfigs(). */
typedef rd_kafka_event_t rd_kafka_IncrementalAlterConfigs_result_t;

/** Result of rd_kafka_DescribeConfigs(). */
typedef rd_kafka_event_t rd_kafka_DescribeConfigs_result_t;

/** Result of rd_kafka_DeleteRecords(). */
typedef rd_kafka_event_t rd_kafka_DeleteRecords_result_t;

/** Result of rd_kafka_ListConsumerGroups(). */
typedef rd_kafka_event_t rd_kafka_ListConsumerGroups_result_t;

/** Result of rd_kafka_DescribeConsumerGroups(). */
typedef rd_kafka_event_t rd_kafka_DescribeConsumerGroups_result_t;

/** Result of rd_kafka_DescribeTopics(). */
typedef rd_kafka_event_t rd_kafka_DescribeTopics_result_t;

/** Result of rd_kafka_DescribeCluster(). */
typedef rd_kafka_event_t rd_kafka_DescribeCluster_result_t;

/** Result of rd_kafka_DeleteGroups(). */
typedef rd_kafka_event_t rd_kafka_DeleteGroups_result_t;

/** Result of rd_kafka_DeleteConsumerGroupOffsets(). */
typedef rd_kafka_event_t rd_kafka_DeleteConsumerGroupOffsets_result_t;

/** Result of rd_kafka_CreateAcls(). */
typedef rd_kafka_event_t rd_kafka_CreateAcls_result_t;

/** Result of rd_kafka_DescribeAcls(). */
typedef rd_kafka_event_t rd_kafka_DescribeAcls_result_t;

/** Result of rd_kafka_DeleteAcls(). */
typedef rd_kafka_event_t rd_kafka_DeleteAcls_result_t;

/** Result of rd_kafka_AlterConsumerGroupOffsets(). */
typedef rd_kafka_event_t rd_kafka_AlterConsumerGroupOffsets_result_t;

/** Result of rd_kafka_DescribeUserScramCredentials(). */
typedef rd_kafka_event_t rd_kafka_DescribeUserScramCredentials_result_t;

/** Result of rd_kafka_AlterUserScramCredentials(). */
typedef rd_kafka_event_t rd_kafka_AlterUserScramCredentials_result_t;

/** Result of rd_kafka_ListOffsets(). */
typedef rd_kafka_event_t rd_kafka_ListOffsets_result_t;

/** Result of rd_kafka_ListConsumerGroupOffsets(). */
typedef rd_kafka_event_t rd_kafka_ListConsumerGroupOffsets_result_t;

/** Result of rd_kafka_ElectLeaders(). */
typedef rd_kafka_event_t rd_kafka_ElectLeaders_result_t;

/** A broker of the cluster. */
struct rd_kafka_metadata_broker {
    /** Broker id. */
    int32_t id;
    /** Host name to connect to. */
    char *host;
    /** Port to connect to. */
    int port;
};

/** A partition of a topic. */
struct rd_kafka_metadata_partition {
    /** Partition. */
    int32_t id;
    /** Error of this partition as reported by the broker. */
    rd_kafka_resp_err_t err;
    /** Broker id of the leader, -1 if there is none. */
    int32_t leader;
    /** Number of replicas. */
    int replica_cnt;
    /** Broker ids of the replicas. */
    int32_t *replicas;
    /** Number of in-sync replicas. */
    int isr_cnt;
    /** Broker ids of the in-sync replicas. */
    int32_t *isrs;
};

/** A topic. */
struct rd_kafka_metadata_topic {
    /** Topic name. */
    char *topic;
    /** Number of partitions. */
    int partition_cnt;
    /** The partitions. */
    struct rd_kafka_metadata_partition *partitions;
    /** Error of this topic as reported by the broker. */
    rd_kafka_resp_err_t err;
};

/** What rd_kafka_metadata() returns: brokers and topics. */
struct rd_kafka_metadata {
    /** Number of brokers. */
    int broker_cnt;
    /** The brokers. */
    struct rd_kafka_metadata_broker *brokers;
    /** Number of topics. */
    int topic_cnt;
    /** The topics. */
    struct rd_kafka_metadata_topic *topics;
    /** Id of the broker that gave this answer. */
    int32_t orig_broker_id;
    /** Name of the broker that gave this answer. */
    char *orig_broker_name;
};

/** Identity of a consumer in its group, for transactions that commit its offsets. */
typedef struct rd_kafka_consumer_group_metadata_s rd_kafka_consumer_group_metadata_t;

typedef enum rd_kafka_ResourceType_t rd_kafka_ResourceType_t;

typedef enum rd_kafka_ResourcePatternType_t rd_kafka_ResourcePatternType_t;

typedef enum rd_kafka_ConfigSource_t rd_kafka_ConfigSource_t;

typedef enum rd_kafka_AclOperation_t rd_kafka_AclOperation_t;

typedef enum rd_kafka_AclPermissionType_t rd_kafka_AclPermissionType_t;

typedef enum rd_kafka_consumer_group_state_e rd_kafka_consumer_group_state_t;

typedef enum rd_kafka_consumer_group_type_e rd_kafka_consumer_group_type_t;

/** Options of an admin operation. Made with rd_kafka_AdminOptions_new(). */
typedef struct rd_kafka_AdminOptions_s rd_kafka_AdminOptions_t;

typedef enum rd_kafka_admin_op_t rd_kafka_admin_op_t;

typedef enum rd_kafka_IsolationLevel_t rd_kafka_IsolationLevel_t;

/** A topic to create. */
typedef struct rd_kafka_NewTopic_s rd_kafka_NewTopic_t;

/** A topic to delete. */
typedef struct rd_kafka_DeleteTopic_s rd_kafka_DeleteTopic_t;

/** Partitions to add to a topic. */
typedef struct rd_kafka_NewPartitions_s rd_kafka_NewPartitions_t;

/** Records to delete, by partition and offset. */
typedef struct rd_kafka_DeleteRecords_s rd_kafka_DeleteRecords_t;

/** Topics to describe. */
typedef struct rd_kafka_TopicCollection_s rd_kafka_TopicCollection_t;

/** Partitions to elect leaders for. */
typedef struct rd_kafka_ElectLeaders_s rd_kafka_ElectLeaders_t;

typedef enum rd_kafka_ElectionType_t rd_kafka_ElectionType_t;

/** Result of an admin operation for a topic. */
typedef struct rd_kafka_topic_result_s rd_kafka_topic_result_t;

/** A resource whose configuration is read or changed. */
typedef struct rd_kafka_ConfigResource_s rd_kafka_ConfigResource_t;

typedef enum rd_kafka_AlterConfigOpType_t rd_kafka_AlterConfigOpType_t;

/** An entry of a configuration resource. */
typedef struct rd_kafka_ConfigEntry_s rd_kafka_ConfigEntry_t;

/** A consumer group to delete. */
typedef struct rd_kafka_DeleteGroup_s rd_kafka_DeleteGroup_t;

/** A consumer group whose offsets are wanted. */
typedef struct rd_kafka_ListConsumerGroupOffsets_s rd_kafka_ListConsumerGroupOffsets_t;

/** Offsets of a consumer group to set. */
typedef struct rd_kafka_AlterConsumerGroupOffsets_s rd_kafka_AlterConsumerGroupOffsets_t;

/** Offsets of a consumer group to delete. */
typedef struct rd_kafka_DeleteConsumerGroupOffsets_s rd_kafka_DeleteConsumerGroupOffsets_t;

/** An ACL. */
typedef struct rd_kafka_AclBinding_s rd_kafka_AclBinding_t;

/** A pattern that selects ACLs. */
typedef rd_kafka_AclBinding_t rd_kafka_AclBindingFilter_t;

/** A SCRAM credential to set or delete. */
typedef struct rd_kafka_UserScramCredentialAlteration_s rd_kafka_UserScramCredentialAlteration_t;

typedef enum rd_kafka_ScramMechanism_t rd_kafka_ScramMechanism_t;

/** Offset and timestamp of a partition. */
typedef struct rd_kafka_ListOffsetsResultInfo_s rd_kafka_ListOffsetsResultInfo_t;

/** Description of a topic. */
typedef struct rd_kafka_TopicDescription_s rd_kafka_TopicDescription_t;

/** A partition in the description of a topic. */
typedef struct rd_kafka_TopicPartitionInfo_s rd_kafka_TopicPartitionInfo_t;

/** A broker in the results of admin operations. */
typedef struct rd_kafka_Node_s rd_kafka_Node_t;

/** A share consumer. */
typedef struct rd_kafka_share_s rd_kafka_share_t;

/** A batch of messages from a share consumer. */
typedef struct rd_kafka_messages_s rd_kafka_messages_t;

typedef enum rd_kafka_share_AcknowledgeType_s rd_kafka_share_AcknowledgeType_t;

/** Acknowledged offsets of several partitions. */
typedef struct rd_kafka_share_partition_offsets_list_s rd_kafka_share_partition_offsets_list_t;

/** Offsets of a partition that a share consumer acknowledged. */
typedef struct rd_kafka_share_partition_offsets_s rd_kafka_share_partition_offsets_t;

/** A member of a consumer group. */
struct rd_kafka_group_member_info {
    /** Member id, given by the broker. */
    char *member_id;
    /** The member's `client.id`. */
    char *client_id;
    /** The member's host. */
    char *client_host;
    /** Member metadata in the format of the protocol type. */
    void *member_metadata;
    /** Its size in bytes. */
    int member_metadata_size;
    /** Member assignment in the format of the protocol type. */
    void *member_assignment;
    /** Its size in bytes. */
    int member_assignment_size;
};

/** A consumer group. */
struct rd_kafka_group_info {
    /** The broker that answered. */
    struct rd_kafka_metadata_broker broker;
    /** Group name. */
    char *group;
    /** Error from the broker. */
    rd_kafka_resp_err_t err;
    /** State of the group. */
    char *state;
    /** Protocol type. */
    char *protocol_type;
    /** Protocol. */
    char *protocol;
    /** The members. */
    struct rd_kafka_group_member_info *members;
    /** Number of members. */
    int member_cnt;
};

/** A list of consumer groups. */
struct rd_kafka_group_list {
    /** The groups. */
    struct rd_kafka_group_info *groups;
    /** Number of groups. */
    int group_cnt;
};

/** Result of an admin operation for a partition. */
typedef struct rd_kafka_topic_partition_result_s rd_kafka_topic_partition_result_t;

/** Result of an admin operation for an ACL. */
typedef struct rd_kafka_acl_result_s rd_kafka_acl_result_t;

/** ACLs deleted by one filter. */
typedef struct rd_kafka_DeleteAcls_result_response_s rd_kafka_DeleteAcls_result_response_t;

/** SCRAM credentials of a user. */
typedef struct rd_kafka_UserScramCredentialsDescription_s rd_kafka_UserScramCredentialsDescription_t;

/** A SCRAM credential without its secret. */
typedef struct rd_kafka_ScramCredentialInfo_s rd_kafka_ScramCredentialInfo_t;

/** Outcome of a change of SCRAM credentials. */
typedef struct rd_kafka_AlterUserScramCredentials_result_response_s rd_kafka_AlterUserScramCredentials_result_response_t;

/** Result of an admin operation for a group. */
typedef struct rd_kafka_group_result_s rd_kafka_group_result_t;

/** A group in a list of consumer groups. */
typedef struct rd_kafka_ConsumerGroupListing_s rd_kafka_ConsumerGroupListing_t;

/** Description of a consumer group. */
typedef struct rd_kafka_ConsumerGroupDescription_s rd_kafka_ConsumerGroupDescription_t;

/** Description of a member of a consumer group. */
typedef struct rd_kafka_MemberDescription_s rd_kafka_MemberDescription_t;

/** Partitions assigned to a member of a consumer group. */
typedef struct rd_kafka_MemberAssignment_s rd_kafka_MemberAssignment_t;

typedef enum rd_kafka_thread_type_t rd_kafka_thread_type_t;

typedef enum rd_kafka_OffsetSpec_t rd_kafka_OffsetSpec_t;

/** A broker of the cluster. */
typedef struct rd_kafka_metadata_broker rd_kafka_metadata_broker_t;

/** A partition of a topic. */
typedef struct rd_kafka_metadata_partition rd_kafka_metadata_partition_t;

/** A topic. */
typedef struct rd_kafka_metadata_topic rd_kafka_metadata_topic_t;

/** Brokers and topics. */
typedef struct rd_kafka_metadata rd_kafka_metadata_t;

/** A list of consumer groups. */
typedef struct rd_kafka_ListConsumerGroupsResult_s rd_kafka_ListConsumerGroupsResult_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus
/*
 * Types of interceptors and plugins: function types, not pointers to functions.
 *
 * What they are passed is valid until they return, `ic_opaque` and handles excepted. They return
 * RD_KAFKA_RESP_ERR_NO_ERROR, or an error that is logged with the interceptor's name and otherwise ignored,
 * unless stated otherwise. Those on the path of messages and requests have to be quick: the thread that calls
 * them does nothing else meanwhile.
 */

/* Entry point `conf_init` of a library named in `plugin.library.paths`: adds interceptors to `conf`. Any error
 * makes setting that property fail, with the text that it wrote to `errstr` (`errstr_size` bytes). */
typedef rd_kafka_resp_err_t(rd_kafka_plugin_f_conf_init_t)(rd_kafka_conf_t *conf,
                                                           void **plug_opaquep,
                                                           char *errstr,
                                                           size_t errstr_size);
/* A configuration property is being set. Returns RD_KAFKA_CONF_UNKNOWN if the property is not this
 * interceptor's; RD_KAFKA_CONF_OK, or RD_KAFKA_CONF_INVALID with a text in `errstr` (`errstr_size` bytes), if
 * it is. */
typedef rd_kafka_conf_res_t(rd_kafka_interceptor_f_on_conf_set_t)(rd_kafka_conf_t *conf,
                                                                  const char *name,
                                                                  const char *val,
                                                                  char *errstr,
                                                                  size_t errstr_size,
                                                                  void *ic_opaque);
/* A configuration is being copied, except for properties whose names begin with one of the `filter_cnt` strings
 * in `filter`. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_conf_dup_t)(rd_kafka_conf_t *new_conf,
                                                                  const rd_kafka_conf_t *old_conf,
                                                                  size_t filter_cnt,
                                                                  const char **filter,
                                                                  void *ic_opaque);
/* A configuration is being destroyed. Last use of `ic_opaque` for the configuration. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_conf_destroy_t)(void *ic_opaque);
/* A client instance has been created; its threads do not run yet. `conf` is its configuration, to be read only.
 * On an error, the text in `errstr` (`errstr_size` bytes) is logged. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_new_t)(rd_kafka_t *rk,
                                                             const rd_kafka_conf_t *conf,
                                                             void *ic_opaque,
                                                             char *errstr,
                                                             size_t errstr_size);
/* A client instance is being destroyed. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_destroy_t)(rd_kafka_t *rk, void *ic_opaque);
/* A message is being produced; called on the producing thread. `rkmessage` is as in a delivery report. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_send_t)(rd_kafka_t *rk,
                                                              rd_kafka_message_t *rkmessage,
                                                              void *ic_opaque);
/* A message has been delivered or has failed (`rkmessage->err`). */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_acknowledgement_t)(
    rd_kafka_t *rk, rd_kafka_message_t *rkmessage, void *ic_opaque);
/* A message is about to be passed to the application by a call that consumes. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_consume_t)(rd_kafka_t *rk,
                                                                 rd_kafka_message_t *rkmessage,
                                                                 void *ic_opaque);
/* Offsets have been committed, or `err` says why not; called on a thread of the library. The list is the
 * library's, valid until the function returns. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_commit_t)(
    rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *offsets, rd_kafka_resp_err_t err,
    void *ic_opaque);
/* A request of `size` bytes, with its length field, has been written to a broker connection. `sockfd` is its
 * descriptor, or -1; `brokerid` -1 for an address whose broker is not known yet; `ApiKey` and `ApiVersion`
 * are those of the Kafka protocol. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_request_sent_t)(
    rd_kafka_t *rk, int sockfd, const char *brokername, int32_t brokerid, int16_t ApiKey,
    int16_t ApiVersion, int32_t CorrId, size_t size, void *ic_opaque);
/* A response of `size` bytes, without its length field, has been received (`err` 0), or its request has failed
 * (`err` says why, `size` is 0). `sockfd` is -1. `rtt` is the time since the request was sent, in microseconds; -1 if it was
 * not sent. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_response_received_t)(
    rd_kafka_t *rk, int sockfd, const char *brokername, int32_t brokerid, int16_t ApiKey,
    int16_t ApiVersion, int32_t CorrId, size_t size, int64_t rtt, rd_kafka_resp_err_t err,
    void *ic_opaque);
/* A thread of the library has started; called on that thread. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_thread_start_t)(
    rd_kafka_t *rk, rd_kafka_thread_type_t thread_type, const char *thread_name, void *ic_opaque);
/* A thread of the library is about to end; called on that thread. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_thread_exit_t)(
    rd_kafka_t *rk, rd_kafka_thread_type_t thread_type, const char *thread_name, void *ic_opaque);
/* The state of a broker connection has changed to `state`, one of the names in the statistics (`UP`, `DOWN`,
 * ...). `secproto` is `plaintext`, `name` and `port` are the address, `broker_id` is -1 if it is not known. */
typedef rd_kafka_resp_err_t(rd_kafka_interceptor_f_on_broker_state_change_t)(
    rd_kafka_t *rk, int32_t broker_id, const char *secproto, const char *name, int port,
    const char *state, void *ic_opaque);


/**
 * Produces a message described by a list of RD_KAFKA_V_..() arguments that ends with RD_KAFKA_V_END. A topic
 * is required, by name or handle; everything else is optional: without a partition the topic's partitioner
 * chooses, without a timestamp the current time is taken, without a value the message is a tombstone. If an
 * argument is given twice, the last one counts; headers add up. Thread-safe.
 *
 * The call puts the message into a queue and returns; it waits only for space in the queue, and only with
 * RD_KAFKA_MSG_F_BLOCK. The result arrives later as a delivery report from rd_kafka_poll() or
 * rd_kafka_flush().
 *
 * Topic name, key and headers are copied. The value is copied with RD_KAFKA_MSG_F_COPY. Without that flag it
 * is not: its memory must stay valid and unchanged until the message's delivery report has been served, or,
 * with RD_KAFKA_MSG_F_FREE, it must come from malloc(3) and belongs to the library from now on. If the call
 * fails, the value (also with RD_KAFKA_MSG_F_FREE) and the list of RD_KAFKA_V_HEADERS() remain the caller's;
 * if it succeeds, the list belongs to the library. A list and single headers may not be combined.
 *
 * @param rk Instance.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or: RD_KAFKA_RESP_ERR__QUEUE_FULL (call rd_kafka_poll() and try
 * again), RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE (`message.max.bytes`), RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
 * RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__CONFLICT (both kinds
 * of headers), RD_KAFKA_RESP_ERR__FATAL (see rd_kafka_fatal_error()), RD_KAFKA_RESP_ERR__STATE (no
 * transaction has begun).
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_producev(rd_kafka_t *rk,
                                      ...);

/**
 * Makes an error object from a code and a printf(3) format with its arguments. With a NULL or empty format
 * the object's text is that of the code.
 *
 * @return A new object, to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_error_new(rd_kafka_resp_err_t code,
                                     const char *fmt,
                                     ...)
RD_FORMAT(printf, 2, 3);

/** Returns the version of the librdkafka API that this library provides, in the form of RD_KAFKA_VERSION. */
RD_EXPORT
int rd_kafka_version(void);

/** Returns the version of the librdkafka API that this library provides as text, a constant of the library. */
RD_EXPORT
const char *rd_kafka_version_str(void);

/**
 * Returns the names of the debug contexts that the `debug` property takes, separated by commas: a constant
 * of the library.
 */
RD_EXPORT
const char *rd_kafka_get_debug_contexts(void);

/**
 * Tests the installed library on this machine: checksums, partitioners, codecs and the encoding of records.
 * Says on standard error how each test went. The environment variable RD_UT_TEST selects tests by a part of
 * their names.
 *
 * @return The number of tests that failed.
 */
RD_EXPORT
int rd_kafka_unittest(void);

/**
 * Returns all error codes with their names and texts. The array has an element for every number in its
 * range; those without a code are zeroed. It belongs to the library and lives for ever.
 *
 * @param errdescs Set to the array.
 * @param cntp Set to its number of elements.
 */
RD_EXPORT
void rd_kafka_get_err_descs(const struct rd_kafka_err_desc **errdescs,
                            size_t *cntp);

/**
 * Returns the text of an error code for people. Never NULL; for an unknown code the text is this thread's,
 * and is overwritten when it asks about another one.
 */
RD_EXPORT
const char *rd_kafka_err2str(rd_kafka_resp_err_t err);

/**
 * Returns the name of an error code without its RD_KAFKA_RESP_ERR_ prefix. Never NULL; for an unknown code
 * the name is this thread's, and is overwritten when it asks about another one.
 */
RD_EXPORT
const char *rd_kafka_err2name(rd_kafka_resp_err_t err);

/**
 * Returns the error code of the calling thread's last failed call of a function that reports failure by -1
 * or NULL: rd_kafka_new(), rd_kafka_topic_new(), rd_kafka_produce(), rd_kafka_wait_destroyed() and functions
 * that are not implemented. Call it right after the failure: later calls change it.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_last_error(void);

/**
 * Translates the errno of a failed call into an error code.
 *
 * Use rd_kafka_last_error() instead.
 */
RD_EXPORT RD_DEPRECATED rd_kafka_resp_err_t rd_kafka_errno2err(int errnox);

/**
 * Returns the calling thread's errno.
 *
 * Use rd_kafka_last_error() instead.
 */
RD_EXPORT RD_DEPRECATED int rd_kafka_errno(void);

/** Returns the code of an error; RD_KAFKA_RESP_ERR_NO_ERROR for NULL. */
RD_EXPORT rd_kafka_resp_err_t rd_kafka_error_code(const rd_kafka_error_t *error);

/**
 * Returns the name of the code of an error as rd_kafka_err2name() does, and valid as long; an empty string
 * for NULL.
 */
RD_EXPORT
const char *rd_kafka_error_name(const rd_kafka_error_t *error);

/** Returns the text of an error, valid as long as the object; an empty string for NULL. */
RD_EXPORT const char *rd_kafka_error_string(const rd_kafka_error_t *error);

/** Returns 1 if the client instance cannot go on after this error, else 0. NULL gives 0. */
RD_EXPORT int rd_kafka_error_is_fatal(const rd_kafka_error_t *error);

/** Returns 1 if the operation that failed may be tried again, else 0. NULL gives 0. */
RD_EXPORT int rd_kafka_error_is_retriable(const rd_kafka_error_t *error);

/**
 * Returns 1 if the current transaction has to be aborted with rd_kafka_abort_transaction(), after which a
 * new one may be begun, else 0. NULL gives 0.
 */
RD_EXPORT
int rd_kafka_error_txn_requires_abort(const rd_kafka_error_t *error);

/** Releases an error object. NULL is allowed. */
RD_EXPORT void rd_kafka_error_destroy(rd_kafka_error_t *error);

/**
 * Makes an empty list.
 *
 * @param size Number of elements to reserve memory for; the list grows beyond it when needed.
 *
 * @return A new list, to be released with rd_kafka_topic_partition_list_destroy().
 */
RD_EXPORT rd_kafka_topic_partition_list_t *rd_kafka_topic_partition_list_new(int size);

/**
 * Releases a list with its elements, whose `topic` and `metadata` are released with free(3). NULL is
 * allowed.
 */
RD_EXPORT
void rd_kafka_topic_partition_list_destroy(rd_kafka_topic_partition_list_t *rkparlist);

/**
 * Releases a topic and partition that a function has returned on its own, that is, not an element of a list.
 * NULL is allowed.
 */
RD_EXPORT
void rd_kafka_topic_partition_destroy(rd_kafka_topic_partition_t *rktpar);

/** Sets the leader epoch of an element, -1 for none. */
RD_EXPORT
void rd_kafka_topic_partition_set_leader_epoch(rd_kafka_topic_partition_t *rktpar,
                                               int32_t leader_epoch);

/** Returns the leader epoch of an element, -1 if there is none. */
RD_EXPORT
int32_t rd_kafka_topic_partition_get_leader_epoch(const rd_kafka_topic_partition_t *rktpar);

/**
 * Appends a topic and partition. Their offset is RD_KAFKA_OFFSET_INVALID.
 *
 * @return The new element, valid until the list is changed again.
 */
RD_EXPORT
rd_kafka_topic_partition_t *rd_kafka_topic_partition_list_add(rd_kafka_topic_partition_list_t *rktparlist,
                                                              const char *topic,
                                                              int32_t partition);

/** Appends the partitions from `start` to `stop`, both included. */
RD_EXPORT
void rd_kafka_topic_partition_list_add_range(rd_kafka_topic_partition_list_t *rktparlist,
                                             const char *topic,
                                             int32_t start,
                                             int32_t stop);

/**
 * Removes a topic and partition.
 *
 * @return 1, or 0 if it was not in the list.
 */
RD_EXPORT
int rd_kafka_topic_partition_list_del(rd_kafka_topic_partition_list_t *rktparlist,
                                      const char *topic,
                                      int32_t partition);

/**
 * Removes the element at a position; the later ones move up.
 *
 * @return 1, or 0 if there is no such position.
 */
RD_EXPORT
int rd_kafka_topic_partition_list_del_by_idx(rd_kafka_topic_partition_list_t *rktparlist,
                                             int idx);

/**
 * Copies a list with all fields of its elements.
 *
 * @return A new list, to be released with rd_kafka_topic_partition_list_destroy().
 */
RD_EXPORT
rd_kafka_topic_partition_list_t *rd_kafka_topic_partition_list_copy(const rd_kafka_topic_partition_list_t *src);

/**
 * Sets the offset of a topic and partition.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if it is not in the list.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_topic_partition_list_set_offset(rd_kafka_topic_partition_list_t *rktparlist,
                                                             const char *topic,
                                                             int32_t partition,
                                                             int64_t offset);

/**
 * Finds a topic and partition.
 *
 * @return The element, valid until the list is changed, or NULL.
 */
RD_EXPORT
rd_kafka_topic_partition_t *rd_kafka_topic_partition_list_find(const rd_kafka_topic_partition_list_t *rktparlist,
                                                               const char *topic,
                                                               int32_t partition);

/**
 * Sorts a list.
 *
 * @param cmp Comparison of two elements (rd_kafka_topic_partition_t) as for qsort(3), or NULL for the order
 * by topic name and partition.
 * @param cmp_opaque Passed to the comparison.
 */
RD_EXPORT
void rd_kafka_topic_partition_list_sort(rd_kafka_topic_partition_list_t *rktparlist,
                                        int (*cmp)(const void *a, const void *b, void *cmp_opaque),
                                        void *cmp_opaque);

/**
 * Makes an empty list of headers.
 *
 * @param initial_count Number of headers to reserve memory for.
 *
 * @return A new list, to be released with rd_kafka_headers_destroy() unless another function takes it over.
 */
RD_EXPORT
rd_kafka_headers_t *rd_kafka_headers_new(size_t initial_count);

/** Releases a list of headers and all pointers got from it. NULL is allowed. */
RD_EXPORT void rd_kafka_headers_destroy(rd_kafka_headers_t *hdrs);

/**
 * Copies a list of headers.
 *
 * @return A new list, to be released with rd_kafka_headers_destroy() unless another function takes it over.
 */
RD_EXPORT
rd_kafka_headers_t *rd_kafka_headers_copy(const rd_kafka_headers_t *src);

/**
 * Appends a header. Name and value are copied.
 *
 * @param name_size Size of the name, or -1 for a NUL-terminated one.
 * @param value Value, or NULL.
 * @param value_size Size of the value, or -1 for a NUL-terminated one.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG without a list or a name.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_header_add(rd_kafka_headers_t *hdrs,
                                        const char *name,
                                        ssize_t name_size,
                                        const void *value,
                                        ssize_t value_size);

/**
 * Removes all headers of a name. Pointers to their values become invalid.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if there is none.
 */
RD_EXPORT rd_kafka_resp_err_t rd_kafka_header_remove(rd_kafka_headers_t *hdrs, const char *name);

/**
 * Finds the last header of a name.
 *
 * @param valuep Set to the value (NULL for a header without one), which belongs to the list. A NUL follows
 * its last byte.
 * @param sizep Set to the size of the value.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if there is none.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_header_get_last(const rd_kafka_headers_t *hdrs,
                                             const char *name,
                                             const void **valuep,
                                             size_t *sizep);

/**
 * Finds the header of a name with the given number among those of that name, counted from 0.
 *
 * @param valuep Set to the value (NULL for a header without one), which belongs to the list. A NUL follows
 * its last byte.
 * @param sizep Set to the size of the value.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if there are not as many.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_header_get(const rd_kafka_headers_t *hdrs,
                                        size_t idx,
                                        const char *name,
                                        const void **valuep,
                                        size_t *sizep);

/**
 * Returns the header at a position of the list, counted from 0.
 *
 * @param namep Set to the name, which belongs to the list.
 * @param valuep Set to the value (NULL for a header without one), which belongs to the list. A NUL follows
 * its last byte.
 * @param sizep Set to the size of the value.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT beyond the end.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_header_get_all(const rd_kafka_headers_t *hdrs,
                                            size_t idx,
                                            const char **namep,
                                            const void **valuep,
                                            size_t *sizep);

/** Returns the number of headers in a list; 0 for NULL. */
RD_EXPORT size_t rd_kafka_header_cnt(const rd_kafka_headers_t *hdrs);

/**
 * Releases a message that a consumer received, on any thread; the instance may be gone by then. Messages of
 * delivery reports are the library's: for them, and for NULL, this does nothing.
 */
RD_EXPORT
void rd_kafka_message_destroy(rd_kafka_message_t *rkmessage);

/**
 * Returns the text of a message's error, or NULL if it has none. Valid as long as the message.
 *
 * For a message that was not delivered in time (RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) the text says what it
 * waited for, behind the words of rd_kafka_err2str(): a leader, a broker that is down and its last error, an
 * answer. It is for people: its words may change.
 */
RD_EXPORT
const char *rd_kafka_message_errstr(const rd_kafka_message_t *rkmessage);

/**
 * Returns the text that the broker gave as the reason why a message was refused, or NULL. Valid as long as
 * the message.
 */
RD_EXPORT
const char *rd_kafka_message_produce_errstr(const rd_kafka_message_t *rkmessage);

/**
 * Returns the timestamp of a message.
 *
 * @param tstype Set to where the timestamp comes from. May be NULL.
 *
 * @return Milliseconds since the epoch, UTC; if there is none, 0 for a consumed message and -1 for every
 * message with an error.
 */
RD_EXPORT
int64_t rd_kafka_message_timestamp(const rd_kafka_message_t *rkmessage,
                                   rd_kafka_timestamp_type_t *tstype);

/**
 * Returns how long ago a message was produced.
 *
 * @return Microseconds from the produce call until now, or -1 if that is not known, as for a consumer's
 * messages.
 */
RD_EXPORT
int64_t rd_kafka_message_latency(const rd_kafka_message_t *rkmessage);

/** Returns the id of the broker that a message was sent to or comes from, or -1. */
RD_EXPORT int32_t rd_kafka_message_broker_id(const rd_kafka_message_t *rkmessage);

/**
 * Returns the headers of a message.
 *
 * @param hdrsp Set to the list, which belongs to the message.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__NOENT if the message has no headers, or
 * RD_KAFKA_RESP_ERR__BAD_MSG if those of a consumer's message cannot be read.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_message_headers(const rd_kafka_message_t *rkmessage,
                                             rd_kafka_headers_t **hdrsp);

/**
 * Takes the headers away from a message.
 *
 * @param hdrsp Set to the list, to be released with rd_kafka_headers_destroy().
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if the message has no headers.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_message_detach_headers(rd_kafka_message_t *rkmessage,
                                                    rd_kafka_headers_t **hdrsp);

/**
 * Gives a message other headers.
 *
 * @param hdrs List, which belongs to the message from now on; NULL for none. The former list is released.
 */
RD_EXPORT
void rd_kafka_message_set_headers(rd_kafka_message_t *rkmessage,
                                  rd_kafka_headers_t *hdrs);

/**
 * Returns whether a message has been written to its partition, which an error alone may leave open:
 * RD_KAFKA_MSG_STATUS_PERSISTED for an acknowledged message, RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED if it
 * was sent and the answer is not known, RD_KAFKA_MSG_STATUS_NOT_PERSISTED if it was certainly not written,
 * so that producing it again makes no duplicate.
 *
 * @param rkmessage Message of a delivery report, in its callback or its event. NULL gives
 * RD_KAFKA_MSG_STATUS_NOT_PERSISTED.
 */
RD_EXPORT
rd_kafka_msg_status_t rd_kafka_message_status(const rd_kafka_message_t *rkmessage);

/**
 * Returns the leader epoch of a consumed message, -1 if the broker told none; 0 for an error in a message's
 * place, -1 for a producer's messages.
 */
RD_EXPORT
int32_t rd_kafka_message_leader_epoch(const rd_kafka_message_t *rkmessage);

/** Returns how often a share consumer's message has been delivered; 0 for a producer's messages. */
RD_EXPORT int16_t rd_kafka_message_delivery_count(const rd_kafka_message_t *rkmessage);

/**
 * Makes a UUID of its two halves.
 *
 * @return A new UUID, to be released with rd_kafka_Uuid_destroy().
 */
RD_EXPORT
rd_kafka_Uuid_t *rd_kafka_Uuid_new(int64_t most_significant_bits,
                                   int64_t least_significant_bits);

/**
 * Copies a UUID.
 *
 * @return A new UUID, to be released with rd_kafka_Uuid_destroy().
 */
RD_EXPORT rd_kafka_Uuid_t *rd_kafka_Uuid_copy(const rd_kafka_Uuid_t *uuid);

/** Releases a UUID. NULL is allowed. */
RD_EXPORT void rd_kafka_Uuid_destroy(rd_kafka_Uuid_t *uuid);

/** Returns the UUID in base64 without padding (22 characters), valid as long as the UUID. */
RD_EXPORT const char *rd_kafka_Uuid_base64str(const rd_kafka_Uuid_t *uuid);

/** Returns the lower 64 bits of a UUID. */
RD_EXPORT int64_t rd_kafka_Uuid_least_significant_bits(const rd_kafka_Uuid_t *uuid);

/** Returns the upper 64 bits of a UUID. */
RD_EXPORT int64_t rd_kafka_Uuid_most_significant_bits(const rd_kafka_Uuid_t *uuid);

/**
 * Creates a configuration with all properties at their defaults.
 *
 * @return The configuration. rd_kafka_new() takes it over if it succeeds; otherwise release it with
 * rd_kafka_conf_destroy().
 */
RD_EXPORT rd_kafka_conf_t *rd_kafka_conf_new(void);

/**
 * Copies everything that was set in a configuration.
 *
 * @return The copy, to be released with rd_kafka_conf_destroy(), or NULL if `conf` is NULL.
 */
RD_EXPORT rd_kafka_conf_t *rd_kafka_conf_dup(const rd_kafka_conf_t *conf);

/**
 * Copies what was set in a configuration, except for the properties whose names begin with one of the
 * filters.
 *
 * @param conf Configuration to copy.
 * @param filter_cnt Number of filters.
 * @param filter Beginnings of property names to leave out.
 *
 * @return The copy, to be released with rd_kafka_conf_destroy(), or NULL if `conf` is NULL.
 */
RD_EXPORT
rd_kafka_conf_t *rd_kafka_conf_dup_filter(const rd_kafka_conf_t *conf,
                                          size_t filter_cnt,
                                          const char **filter);

/** Releases a configuration, and the default topic configuration in it. */
RD_EXPORT void rd_kafka_conf_destroy(rd_kafka_conf_t *conf);

/**
 * Sets a property. A topic property is set on the default topic configuration, which is created if
 * necessary.
 *
 * @param conf Configuration.
 * @param name Name of the property, see docs/reference/configuration.md.
 * @param value Its value. NULL or an empty string restores the default of a property that is a string.
 * @param errstr Where to write the reason of a failure, or NULL.
 * @param errstr_size Size of `errstr` in bytes.
 *
 * @return RD_KAFKA_CONF_OK, RD_KAFKA_CONF_UNKNOWN if there is no such property, RD_KAFKA_CONF_INVALID if it
 * cannot have this value.
 */
RD_EXPORT
rd_kafka_conf_res_t rd_kafka_conf_set(rd_kafka_conf_t *conf,
                                      const char *name,
                                      const char *value,
                                      char *errstr,
                                      size_t errstr_size);

/**
 * Gets the value of a property of the configuration or of its default topic configuration.
 *
 * @param conf Configuration.
 * @param name Name of the property.
 * @param dest Where to write the value, cut if need be and NUL-terminated; NULL to ask for its size.
 * @param dest_size Size of `dest`; set to the size of the value with its terminator.
 *
 * @return RD_KAFKA_CONF_OK, or RD_KAFKA_CONF_UNKNOWN if there is no such property or it has no value.
 */
RD_EXPORT
rd_kafka_conf_res_t rd_kafka_conf_get(const rd_kafka_conf_t *conf,
                                      const char *name,
                                      char *dest,
                                      size_t *dest_size);

/**
 * Lists the properties that have a value: names at even places of the array, values at odd ones.
 *
 * @param conf Configuration.
 * @param cntp Set to the number of elements, twice that of the properties.
 *
 * @return The array, to be released with rd_kafka_conf_dump_free().
 */
RD_EXPORT const char **rd_kafka_conf_dump(rd_kafka_conf_t *conf, size_t *cntp);

/**
 * Releases what rd_kafka_conf_dump() and rd_kafka_topic_conf_dump() return.
 *
 * @param arr The array.
 * @param cnt Its number of elements.
 */
RD_EXPORT void rd_kafka_conf_dump_free(const char **arr, size_t cnt);

/**
 * Prints a table of all properties with their ranges, defaults and meanings.
 *
 * @param fp Where to print it.
 */
RD_EXPORT void rd_kafka_conf_properties_show(FILE *fp);

/**
 * Chooses which kinds of events are put into the main queue for an application that takes events with
 * rd_kafka_queue_poll() instead of setting callbacks. The default is 0: none. A kind that has a callback is
 * queued in any case.
 *
 * @param conf Configuration.
 * @param events RD_KAFKA_EVENT_.. bits. Of use to a producer are RD_KAFKA_EVENT_DR (without it and without a
 * callback, messages are released without a report), RD_KAFKA_EVENT_ERROR (without it errors are logged) and
 * RD_KAFKA_EVENT_BACKGROUND (starts the background thread). Log lines need `log.queue=true`, statistics
 * `statistics.interval.ms`; results of admin requests always come. Other bits have no effect. A negative
 * number is ignored (librdkafka ends the process).
 */
RD_EXPORT
void rd_kafka_conf_set_events(rd_kafka_conf_t *conf,
                              int events);

/**
 * Replaces the configuration of topics that are created without one.
 *
 * @param conf Configuration.
 * @param tconf Topic configuration, which the library takes over; NULL for none. What was set before is
 * lost; it is simpler to set topic properties with rd_kafka_conf_set().
 */
RD_EXPORT
void rd_kafka_conf_set_default_topic_conf(rd_kafka_conf_t *conf,
                                          rd_kafka_topic_conf_t *tconf);

/** Returns the configuration of topics that are created without one, or NULL. It belongs to `conf`. */
RD_EXPORT rd_kafka_topic_conf_t *rd_kafka_conf_get_default_topic_conf(rd_kafka_conf_t *conf);

/**
 * Chooses whether the token refresh callback is served from the queue of rd_kafka_queue_get_sasl().
 *
 * @param conf Configuration.
 * @param enable 1 to do so, 0 for the main queue.
 */
RD_EXPORT void rd_kafka_conf_enable_sasl_queue(rd_kafka_conf_t *conf, int enable);

/**
 * Sets a certificate or key from memory, in place of one set before. A configuration that has both this and
 * a property for the same purpose uses the property's; authorities from memory and `ssl.ca.location` or
 * `ssl.ca.pem` exclude each other.
 *
 * Keys that are encrypted and PKCS#12 need `ssl.key.password` to be set before.
 *
 * @param conf Configuration.
 * @param cert_type What it is for.
 * @param cert_enc Its encoding. PEM may hold several authorities; PKCS#12 gives the certificate, the key or
 * the authorities of the file, whichever `cert_type` asks for.
 * @param buffer The certificate or key, which is copied. NULL forgets what was set before.
 * @param size Its size.
 * @param errstr Where to write the reason of a failure, or NULL.
 * @param errstr_size Size of `errstr` in bytes.
 *
 * @return RD_KAFKA_CONF_OK; RD_KAFKA_CONF_INVALID if it cannot be read: what was set before is still there.
 */
RD_EXPORT
rd_kafka_conf_res_t rd_kafka_conf_set_ssl_cert(rd_kafka_conf_t *conf,
                                               rd_kafka_cert_type_t cert_type,
                                               rd_kafka_cert_enc_t cert_enc,
                                               const void *buffer,
                                               size_t size,
                                               char *errstr,
                                               size_t errstr_size);

/**
 * Sets the delivery report callback in its oldest form. rd_kafka_conf_set_dr_msg_cb() shows more of the
 * message; if both are set, only that one is called.
 *
 * The callback is called once for each message that a produce function has accepted. From where it is called
 * and what it may do is described there.
 *
 * @param dr_cb Callback: the payload and its size in bytes, the message's error code, the opaque of the
 * configuration and the opaque of the message. The payload is valid until the callback returns, longer only
 * if it is the application's own memory. NULL to remove it.
 */
RD_EXPORT
void rd_kafka_conf_set_dr_cb(rd_kafka_conf_t *conf,
                             void (*dr_cb)(rd_kafka_t *rk,
                                           void *payload,
                                           size_t len,
                                           rd_kafka_resp_err_t err,
                                           void *opaque,
                                           void *msg_opaque));

/**
 * Sets the delivery report callback. It is called exactly once for each message that a produce function has
 * accepted, unless the instance is destroyed first. `rkmessage->err` is RD_KAFKA_RESP_ERR_NO_ERROR if the
 * message was delivered; otherwise rd_kafka_message_status() tells whether the broker may have written it.
 *
 * It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
 * rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
 * thread of the library unless the main queue is forwarded to the background queue. Inside the callback
 * every function of the library may be called, rd_kafka_destroy() among them. rd_kafka_yield() ends the
 * serving call after this callback; the remaining reports are served by the next one.
 *
 * `rkmessage` and what it points to belong to the library and are valid until the callback returns; do not
 * copy the struct and pass the copy to a function of the library. Afterwards the space of the message in the
 * queue is free again, and a payload given with RD_KAFKA_MSG_F_FREE has been released.
 *
 * @param dr_msg_cb Callback; `opaque` is the one of rd_kafka_conf_set_opaque(). NULL to remove it.
 */
RD_EXPORT
void rd_kafka_conf_set_dr_msg_cb(rd_kafka_conf_t *conf,
                                 void (*dr_msg_cb)(rd_kafka_t *rk,
                                                   const rd_kafka_message_t *rkmessage,
                                                   void *opaque));

/**
 * Sets the consume callback, called for the messages of a consumer by rd_kafka_poll(), once
 * rd_kafka_poll_set_consumer() has been called, and by rd_kafka_queue_poll_callback(). The message is the
 * library's. rd_kafka_consumer_poll() and the like return messages whatever is set here. Errors in messages'
 * places go to the error callback.
 *
 * @param consume_cb Callback. NULL to remove it.
 */
RD_EXPORT
void rd_kafka_conf_set_consume_cb(rd_kafka_conf_t *conf,
                                  void (*consume_cb)(rd_kafka_message_t *rkmessage, void *opaque));

/** Sets the rebalance callback. Consumers do not join groups yet: it is accepted and not called. */
RD_EXPORT
void rd_kafka_conf_set_rebalance_cb(rd_kafka_conf_t *conf,
                                    void (*rebalance_cb)(rd_kafka_t *rk,
                                                         rd_kafka_resp_err_t err,
                                                         rd_kafka_topic_partition_list_t *partitions,
                                                         void *opaque));

/**
 * Sets the offset commit callback, called with the outcome of each commit of offsets, whether the
 * application has asked for it or not, but for those of rd_kafka_commit_queue() with a callback of their
 * own. It is called on the thread that serves the main queue.
 *
 * @param offset_commit_cb Callback: the error, and the offsets with an error each. NULL to remove it.
 */
RD_EXPORT
void rd_kafka_conf_set_offset_commit_cb(rd_kafka_conf_t *conf,
                                        void (*offset_commit_cb)(rd_kafka_t *rk,
                                                                 rd_kafka_resp_err_t err,
                                                                 rd_kafka_topic_partition_list_t *offsets,
                                                                 void *opaque));

/**
 * Sets the error callback, called for errors that concern the instance as a whole, such as
 * RD_KAFKA_RESP_ERR__TRANSPORT and RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN. Most are for information: the
 * library goes on trying. On RD_KAFKA_RESP_ERR__FATAL the instance accepts no more messages;
 * rd_kafka_fatal_error() returns the cause.
 *
 * It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
 * rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
 * thread of the library unless the main queue is forwarded to the background queue. Inside the callback
 * every function of the library may be called. Without a callback errors are logged.
 *
 * @param error_cb Callback: `err` is an RD_KAFKA_RESP_ERR_.. code, `reason` a text for people that is valid
 * until the callback returns. NULL to remove it.
 */
RD_EXPORT
void rd_kafka_conf_set_error_cb(rd_kafka_conf_t *conf,
                                void (*error_cb)(rd_kafka_t *rk,
                                                 int err,
                                                 const char *reason,
                                                 void *opaque));

/**
 * Sets the throttle callback, called when a broker has throttled a request because of a quota, and once more
 * when it stops.
 *
 * It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
 * rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
 * thread of the library unless the main queue is forwarded to the background queue. Inside the callback
 * every function of the library may be called.
 *
 * @param throttle_cb Callback: the broker's name (valid until the callback returns) and id, and the throttle
 * time in milliseconds, 0 when throttling has ended. NULL to remove it.
 */
RD_EXPORT
void rd_kafka_conf_set_throttle_cb(rd_kafka_conf_t *conf,
                                   void (*throttle_cb)(rd_kafka_t *rk,
                                                       const char *broker_name,
                                                       int32_t broker_id,
                                                       int throttle_time_ms,
                                                       void *opaque));

/**
 * Sets the log callback. The default, rd_kafka_log_print(), writes to standard error.
 *
 * It is called on whatever thread has something to log, of the library or of the application, several of
 * them at once: it has to be thread-safe and quick, and must not call functions of the library other than
 * rd_kafka_name() and rd_kafka_log_print(). With `log.queue=true` lines are events instead, and the callback
 * is called by the thread that serves their queue, see rd_kafka_set_log_queue().
 *
 * @param log_cb Callback: `level` as in syslog(3), 0 to 7; the facility `fac` is a short word such as
 * `FAIL`; `buf` is the line without a line break. Both texts are valid until the callback returns. `rk` is
 * NULL for lines from before the instance exists. NULL logs nothing.
 */
RD_EXPORT
void rd_kafka_conf_set_log_cb(rd_kafka_conf_t *conf,
                              void (*log_cb)(const rd_kafka_t *rk,
                                             int level,
                                             const char *fac,
                                             const char *buf));

/**
 * Sets the statistics callback, called every `statistics.interval.ms`, which is 0 (never) by default.
 *
 * It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
 * rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
 * thread of the library unless the main queue is forwarded to the background queue. Inside the callback
 * every function of the library may be called.
 *
 * @param stats_cb Callback: `json` is a NUL-terminated JSON document of `json_len` bytes without the
 * terminator. If the callback returns 0 the library releases it, if it returns 1 the application does, with
 * rd_kafka_mem_free(). NULL to remove it.
 */
RD_EXPORT
void rd_kafka_conf_set_stats_cb(rd_kafka_conf_t *conf,
                                int (*stats_cb)(rd_kafka_t *rk,
                                                char *json,
                                                size_t json_len,
                                                void *opaque));

/**
 * Sets the callback that fetches a new token for SASL/OAUTHBEARER: when the instance has none yet, and at 80
 * % of the life of the one it has. It is called with `sasl.oauthbearer.config` (NULL if that is not set) and
 * calls rd_kafka_oauthbearer_set_token() or rd_kafka_oauthbearer_set_token_failure(), at once or later.
 *
 * It is called from rd_kafka_poll() and rd_kafka_flush(), or from polling the queue of
 * rd_kafka_conf_enable_sasl_queue(), or on the background thread after
 * rd_kafka_sasl_background_callbacks_enable(). Until there is a token the instance does not connect.
 */
RD_EXPORT
void rd_kafka_conf_set_oauthbearer_token_refresh_cb(rd_kafka_conf_t *conf,
                                                    void (*oauthbearer_token_refresh_cb)(rd_kafka_t *rk,
                                                                                         const char *oauthbearer_config,
                                                                                         void *opaque));

/**
 * Sets the callback that serves the events of the background queue. A thread of the library polls that queue
 * and calls it with each event; see rd_kafka_queue_get_background().
 *
 * The callback owns each event and releases it with rd_kafka_event_destroy(). It may call functions of the
 * library, but must not call rd_kafka_destroy(): the thread would wait for itself, so the call is logged and
 * ignored.
 */
RD_EXPORT
void rd_kafka_conf_set_background_event_cb(rd_kafka_conf_t *conf,
                                           void (*event_cb)(rd_kafka_t *rk,
                                                            rd_kafka_event_t *rkev,
                                                            void *opaque));

/**
 * Sets the callback that opens sockets, with arguments and result as those of socket(2). It is called on any
 * thread of the library, several of them at once, and must not call functions of the library.
 */
RD_EXPORT
void rd_kafka_conf_set_socket_cb(rd_kafka_conf_t *conf,
                                 int (*socket_cb)(int domain, int type_, int protocol, void *opaque));

/**
 * Sets the callback that connects sockets, which are non-blocking. `id` is the name of the broker, valid
 * until the callback returns. It returns 0 or an errno; EINPROGRESS is a success. It is called on any thread
 * of the library, several of them at once, and must not call functions of the library.
 */
RD_EXPORT
void rd_kafka_conf_set_connect_cb(rd_kafka_conf_t *conf,
                                  int (*connect_cb)(int sockfd,
                                                    const struct sockaddr *addr,
                                                    int addrlen,
                                                    const char *id,
                                                    void *opaque));

/**
 * Sets the callback that closes sockets, with the result of close(2). It is called on any thread, several of
 * them at once, and must not call functions of the library.
 */
RD_EXPORT
void rd_kafka_conf_set_closesocket_cb(rd_kafka_conf_t *conf,
                                      int (*closesocket_cb)(int sockfd, void *opaque));

/**
 * Sets the callback that opens the files in which consumers store offsets. Producers have no such files: it
 * is not called.
 */
RD_EXPORT
void rd_kafka_conf_set_open_cb(rd_kafka_conf_t *conf,
                               int (*open_cb)(const char *pathname,
                                              int flags,
                                              mode_t mode,
                                              void *opaque));

/**
 * Sets the callback that resolves host names, with arguments and result as those of getaddrinfo(3). Called
 * with `node` and `service` NULL, it releases `*res`, as freeaddrinfo(3) does. It is called on any thread,
 * several of them at once, and must not call functions of the library.
 */
RD_EXPORT
void rd_kafka_conf_set_resolve_cb(rd_kafka_conf_t *conf,
                                  int (*resolve_cb)(const char *node,
                                                    const char *service,
                                                    const struct addrinfo *hints,
                                                    struct addrinfo **res,
                                                    void *opaque));

/**
 * Sets a callback that accepts or refuses the certificates of brokers. It is called in each
 * handshake, for each certificate of the chain from the root to the broker's own, and again for each error
 * that OpenSSL finds. It is called on the broker's thread, so it must not wait, and must be thread-safe if
 * the instance has several brokers. It must not throw.
 *
 * @param conf Configuration.
 * @param ssl_cert_verify_cb Callback. It returns other than 0 to accept the certificate; 0 to refuse it,
 * with the reason in `errstr`, which is logged. `broker_name` is the broker's `host:port`, `broker_id` its
 * id, or -1 as long as it is not known. `*x509_set_error` is what OpenSSL says of the certificate
 * (X509_V_..); a certificate that is accepted in spite of an error needs it set to 0, otherwise the
 * connection is closed after the handshake. `depth` is 0 for the broker's own certificate. `buf` and
 * `size` are the certificate in DER. With `enable.ssl.certificate.verification=false` the callback is
 * called, but its answer has no effect. NULL to remove it.
 *
 * @return RD_KAFKA_CONF_OK; RD_KAFKA_CONF_INVALID in a build without OpenSSL.
 */
RD_EXPORT
rd_kafka_conf_res_t rd_kafka_conf_set_ssl_cert_verify_cb(rd_kafka_conf_t *conf,
                                                         int (*ssl_cert_verify_cb)(rd_kafka_t *rk,
                                                                                   const char *broker_name,
                                                                                   int32_t broker_id,
                                                                                   int *x509_set_error,
                                                                                   int depth,
                                                                                   const char *buf,
                                                                                   size_t size,
                                                                                   char *errstr,
                                                                                   size_t errstr_size,
                                                                                   void *opaque));

/**
 * Sets the pointer that callbacks receive as `opaque` and that rd_kafka_opaque() returns. The library does
 * not use what it points to.
 */
RD_EXPORT
void rd_kafka_conf_set_opaque(rd_kafka_conf_t *conf,
                              void *opaque);

/**
 * Sets the data that the OpenSSL engine of `ssl.engine.location` receives when it is asked for the client's
 * certificate and key. The library does not use what it points to; it has to stay as long as the instance.
 */
RD_EXPORT
void rd_kafka_conf_set_engine_callback_data(rd_kafka_conf_t *conf,
                                            void *callback_data);

/**
 * Sets a callback for statistics as structs, called every `statistics.interval.ms`, which is 0 (never) by
 * default. No JSON document is made for it. If there is a callback for JSON as well, this one is called
 * first.
 *
 * It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
 * rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
 * thread of the library unless the main queue is forwarded to the background queue. Inside the callback
 * every function of the library may be called.
 *
 * @param stats_cb Callback. The structs are valid until it returns. NULL to remove it.
 */
RD_EXPORT
void rd_kafka_conf_set_stats_cb_typed(rd_kafka_conf_t *conf,
                                      void (*stats_cb)(rd_kafka_t *rk,
                                                       const rd_kafka_stats_t *stats,
                                                       void *opaque));

/**
 * Creates a topic configuration with all properties at their defaults.
 *
 * @return The configuration. rd_kafka_topic_new() takes it over; otherwise release it with
 * rd_kafka_topic_conf_destroy().
 */
RD_EXPORT rd_kafka_topic_conf_t *rd_kafka_topic_conf_new(void);

/**
 * Copies everything that was set in a topic configuration.
 *
 * @return The copy, to be released with rd_kafka_topic_conf_destroy(), or NULL if `conf` is NULL.
 */
RD_EXPORT rd_kafka_topic_conf_t *rd_kafka_topic_conf_dup(const rd_kafka_topic_conf_t *conf);

/** Releases a topic configuration. NULL is allowed. */
RD_EXPORT void rd_kafka_topic_conf_destroy(rd_kafka_topic_conf_t *topic_conf);

/** Sets a topic property. See rd_kafka_conf_set(). */
RD_EXPORT
rd_kafka_conf_res_t rd_kafka_topic_conf_set(rd_kafka_topic_conf_t *conf,
                                            const char *name,
                                            const char *value,
                                            char *errstr,
                                            size_t errstr_size);

/** Gets the value of a topic property. See rd_kafka_conf_get(). */
RD_EXPORT
rd_kafka_conf_res_t rd_kafka_topic_conf_get(const rd_kafka_topic_conf_t *conf,
                                            const char *name,
                                            char *dest,
                                            size_t *dest_size);

/**
 * Lists the topic properties that have a value, as rd_kafka_conf_dump() does.
 *
 * @return The array, to be released with rd_kafka_conf_dump_free().
 */
RD_EXPORT const char **rd_kafka_topic_conf_dump(rd_kafka_topic_conf_t *conf, size_t *cntp);

/** Sets the pointer that rd_kafka_topic_opaque() returns and partitioners receive. */
RD_EXPORT void rd_kafka_topic_conf_set_opaque(rd_kafka_topic_conf_t *topic_conf, void *opaque);

/**
 * Sets a partitioner of the application's.
 *
 * It is called from any thread that produces and must neither block nor call functions of the library other
 * than rd_kafka_topic_partition_available() and the built-in partitioners. It returns a partition from 0 to
 * `partition_cnt` - 1, or RD_KAFKA_PARTITION_UA if it cannot decide: then the message waits. Messages
 * without a key go to the sticky partition instead, unless `sticky.partitioning.linger.ms` is 0.
 *
 * @param topic_conf Topic configuration.
 * @param partitioner Receives the topic, the key, the number of partitions, the topic's and the message's
 * opaque.
 */
RD_EXPORT
void rd_kafka_topic_conf_set_partitioner_cb(rd_kafka_topic_conf_t *topic_conf,
                                            int32_t (*partitioner)(const rd_kafka_topic_t *rkt,
                                                                   const void *keydata,
                                                                   size_t keylen,
                                                                   int32_t partition_cnt,
                                                                   void *rkt_opaque,
                                                                   void *msg_opaque));

/**
 * Sets a comparator for the order of queued messages. As in every version of librdkafka, the order that
 * `queuing.strategy` names takes its place as soon as the topic is used: it is never called.
 */
RD_EXPORT
void rd_kafka_topic_conf_set_msg_order_cmp(rd_kafka_topic_conf_t *topic_conf,
                                           int (*msg_order_cmp)(const rd_kafka_message_t *a,
                                                                const rd_kafka_message_t *b));

/**
 * Adds an interceptor that is called for every property that is set, before the library handles it. It
 * returns RD_KAFKA_CONF_UNKNOWN to leave the property to the next interceptor and the library, or, if the
 * property is its own, RD_KAFKA_CONF_OK or RD_KAFKA_CONF_INVALID. Properties that interceptors have accepted
 * are set again on copies of the configuration.
 *
 * For a property of the library it is called more than once: with the name as given, with the name that an
 * alias stands for, and after the value has been found valid. `val` is NULL for an empty value.
 *
 * @param conf Configuration.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_conf_set Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under
 * this name before.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_conf_interceptor_add_on_conf_set(rd_kafka_conf_t *conf,
                                                              const char *ic_name,
                                                              rd_kafka_interceptor_f_on_conf_set_t *on_conf_set,
                                                              void *ic_opaque);

/**
 * Adds an interceptor that is called when the configuration is copied, before anything has been copied.
 * Interceptors are not part of the copy, except that plug-ins are loaded for it again: add them to
 * `new_conf` here.
 *
 * @param conf Configuration.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_conf_dup Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under
 * this name before.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_conf_interceptor_add_on_conf_dup(rd_kafka_conf_t *conf,
                                                              const char *ic_name,
                                                              rd_kafka_interceptor_f_on_conf_dup_t *on_conf_dup,
                                                              void *ic_opaque);

/**
 * Adds an interceptor that is called when the configuration ends: when it is released, or with the instance
 * that it belongs to. The same one may be added several times.
 *
 * @param conf Configuration.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_conf_destroy Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_conf_interceptor_add_on_conf_destroy(rd_kafka_conf_t *conf,
                                                                  const char *ic_name,
                                                                  rd_kafka_interceptor_f_on_conf_destroy_t *on_conf_destroy,
                                                                  void *ic_opaque);

/**
 * Adds an interceptor that is called for every instance created with the configuration, before its threads
 * start. Interceptors of the instance have to be added here; nothing else may be done with the instance yet.
 *
 * @param conf Configuration.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_new Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under
 * this name before.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_conf_interceptor_add_on_new(rd_kafka_conf_t *conf,
                                                         const char *ic_name,
                                                         rd_kafka_interceptor_f_on_new_t *on_new,
                                                         void *ic_opaque);

/**
 * Adds an interceptor that is called when the instance is destroyed, on the thread that destroys it and
 * before its threads end.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_destroy Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_destroy(rd_kafka_t *rk,
                                                        const char *ic_name,
                                                        rd_kafka_interceptor_f_on_destroy_t *on_destroy,
                                                        void *ic_opaque);

/**
 * Adds an interceptor that is called for every message that is produced, on the producing thread and before
 * the message is queued. It may change the headers of the message and nothing else.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_send Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_send(rd_kafka_t *rk,
                                                     const char *ic_name,
                                                     rd_kafka_interceptor_f_on_send_t *on_send,
                                                     void *ic_opaque);

/**
 * Adds an interceptor that is called when a message has been delivered or has failed: on a thread of the
 * library before the delivery report is queued, or on the producing thread if the message could not be
 * queued.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_acknowledgement Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_acknowledgement(rd_kafka_t *rk,
                                                                const char *ic_name,
                                                                rd_kafka_interceptor_f_on_acknowledgement_t *on_acknowledgement,
                                                                void *ic_opaque);

/**
 * Adds an interceptor that is called for every message that a consumer returns to the application.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_consume Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_consume(rd_kafka_t *rk,
                                                        const char *ic_name,
                                                        rd_kafka_interceptor_f_on_consume_t *on_consume,
                                                        void *ic_opaque);

/**
 * Adds an interceptor that is called with the outcome of each commit of offsets, on a thread of the
 * library.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_commit Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_commit(rd_kafka_t *rk,
                                                       const char *ic_name,
                                                       rd_kafka_interceptor_f_on_commit_t *on_commit,
                                                       void *ic_opaque);

/**
 * Adds an interceptor that is called for every request that has been written to a broker connection, on a
 * thread of the library.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_request_sent Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_request_sent(rd_kafka_t *rk,
                                                             const char *ic_name,
                                                             rd_kafka_interceptor_f_on_request_sent_t *on_request_sent,
                                                             void *ic_opaque);

/**
 * Adds an interceptor that is called for every response that has arrived, before it is parsed, and for every
 * request that has failed; on a thread of the library.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_response_received Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_response_received(rd_kafka_t *rk,
                                                                  const char *ic_name,
                                                                  rd_kafka_interceptor_f_on_response_received_t *on_response_received,
                                                                  void *ic_opaque);

/**
 * Adds an interceptor that is called on every thread of the instance when the thread starts.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_thread_start Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_thread_start(rd_kafka_t *rk,
                                                             const char *ic_name,
                                                             rd_kafka_interceptor_f_on_thread_start_t *on_thread_start,
                                                             void *ic_opaque);

/**
 * Adds an interceptor that is called on every thread of the instance when the thread ends.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_thread_exit Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_thread_exit(rd_kafka_t *rk,
                                                            const char *ic_name,
                                                            rd_kafka_interceptor_f_on_thread_exit_t *on_thread_exit,
                                                            void *ic_opaque);

/**
 * Adds an interceptor that is called for every new broker and for every change of a connection's state, on
 * the thread on which that happens.
 *
 * @param rk Instance, during on_new.
 * @param ic_name Name of the interceptor, for log lines; copied.
 * @param on_broker_state_change Function.
 * @param ic_opaque Passed to the function.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
 * name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_broker_state_change(rd_kafka_t *rk,
                                                                    const char *ic_name,
                                                                    rd_kafka_interceptor_f_on_broker_state_change_t *on_broker_state_change,
                                                                    void *ic_opaque);

/** Chooses a partition at random, whatever the key, with a preference for those that are available. */
RD_EXPORT
int32_t rd_kafka_msg_partitioner_random(const rd_kafka_topic_t *rkt,
                                        const void *key,
                                        size_t keylen,
                                        int32_t partition_cnt,
                                        void *rkt_opaque,
                                        void *msg_opaque);

/** Chooses a partition by the CRC-32 of the key. Messages without a key share one partition. */
RD_EXPORT
int32_t rd_kafka_msg_partitioner_consistent(const rd_kafka_topic_t *rkt,
                                            const void *key,
                                            size_t keylen,
                                            int32_t partition_cnt,
                                            void *rkt_opaque,
                                            void *msg_opaque);

/**
 * Chooses a partition by the CRC-32 of the key, and at random for messages without a key or with an empty
 * one. This is the default.
 */
RD_EXPORT
int32_t rd_kafka_msg_partitioner_consistent_random(const rd_kafka_topic_t *rkt,
                                                   const void *key,
                                                   size_t keylen,
                                                   int32_t partition_cnt,
                                                   void *rkt_opaque,
                                                   void *msg_opaque);

/**
 * Chooses a partition by the murmur2 hash of the key, as the Java client does. Messages without a key share
 * one partition.
 */
RD_EXPORT
int32_t rd_kafka_msg_partitioner_murmur2(const rd_kafka_topic_t *rkt,
                                         const void *key,
                                         size_t keylen,
                                         int32_t partition_cnt,
                                         void *rkt_opaque,
                                         void *msg_opaque);

/**
 * Chooses a partition by the murmur2 hash of the key, as the Java client does, and at random for messages
 * without a key.
 */
RD_EXPORT
int32_t rd_kafka_msg_partitioner_murmur2_random(const rd_kafka_topic_t *rkt,
                                                const void *key,
                                                size_t keylen,
                                                int32_t partition_cnt,
                                                void *rkt_opaque,
                                                void *msg_opaque);

/**
 * Chooses a partition by the FNV-1a hash of the key, as Sarama does. Messages without a key share one
 * partition.
 */
RD_EXPORT
int32_t rd_kafka_msg_partitioner_fnv1a(const rd_kafka_topic_t *rkt,
                                       const void *key,
                                       size_t keylen,
                                       int32_t partition_cnt,
                                       void *rkt_opaque,
                                       void *msg_opaque);

/**
 * Chooses a partition by the FNV-1a hash of the key, as Sarama does, and at random for messages without a
 * key.
 */
RD_EXPORT
int32_t rd_kafka_msg_partitioner_fnv1a_random(const rd_kafka_topic_t *rkt,
                                              const void *key,
                                              size_t keylen,
                                              int32_t partition_cnt,
                                              void *rkt_opaque,
                                              void *msg_opaque);

/**
 * Creates a client instance and starts its threads. It returns without waiting for a broker: that none can
 * be reached is reported later, by the error callback. Thread-safe.
 *
 * @param type RD_KAFKA_PRODUCER or RD_KAFKA_CONSUMER. Consumers read partitions of the application's choice;
 * they do not join groups yet, but commit offsets for them.
 * @param conf Configuration. If the call succeeds it belongs to the instance and must not be used any more;
 * if it fails it remains the caller's. NULL for the defaults.
 * @param errstr Set to the reason of a failure, cut to fit and NUL-terminated. May be NULL if `errstr_size`
 * is 0.
 * @param errstr_size Size of `errstr` in bytes; 512 is enough.
 *
 * @return The instance, to be released with rd_kafka_destroy(). NULL on failure, with rd_kafka_last_error()
 * and errno set: RD_KAFKA_RESP_ERR__INVALID_ARG (EINVAL) for a configuration that is not valid,
 * RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE when threads or descriptors are exhausted.
 */
RD_EXPORT
rd_kafka_t *rd_kafka_new(rd_kafka_type_t type,
                         rd_kafka_conf_t *conf,
                         char *errstr,
                         size_t errstr_size);

/**
 * Destroys a client instance: closes its connections and waits until its threads have ended. That usually
 * takes milliseconds; it takes longer while a name is being resolved or a callback of the application runs.
 *
 * Messages that have not been delivered are dropped, and no callback is called for them nor for reports that
 * have not been served: call rd_kafka_flush() before. Queues and events of the instance must have been
 * released before, and nothing of it may be used afterwards, except that topic handles may still be
 * released.
 *
 * It may be called inside a callback that the application's own thread runs in rd_kafka_poll() or
 * rd_kafka_flush(), which then serve nothing more. On a thread of the library it would wait for itself: the
 * call is logged and ignored. In a child process of fork(2) it only gives up the handle, since the threads
 * are the parent's.
 *
 * @param rk Instance; NULL is allowed. Not thread-safe: no other thread may be using the instance.
 */
RD_EXPORT
void rd_kafka_destroy(rd_kafka_t *rk);

/**
 * Destroys a client instance as rd_kafka_destroy() does.
 *
 * @param flags RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE: a consumer is not closed, so that nothing more is
 * committed. 0: it is, as rd_kafka_consumer_close() does it.
 */
RD_EXPORT
void rd_kafka_destroy_flags(rd_kafka_t *rk,
                            int flags);

/**
 * Waits until all client instances of the process have been destroyed. rd_kafka_destroy() already waits for
 * the threads of its own instance, so this is of use only when several threads destroy instances.
 * Thread-safe.
 *
 * @param timeout_ms Longest time to wait in milliseconds; 0 or a negative number: do not wait.
 *
 * @return 0 if no instance is left, else -1 with errno ETIMEDOUT.
 */
RD_EXPORT
int rd_kafka_wait_destroyed(int timeout_ms);

/** Returns the name of an instance, `client.id#type-number`, valid as long as the instance. */
RD_EXPORT const char *rd_kafka_name(const rd_kafka_t *rk);

/** Returns the type of an instance. */
RD_EXPORT rd_kafka_type_t rd_kafka_type(const rd_kafka_t *rk);

/** Returns the configuration of an instance. It belongs to the instance and must not be changed. */
RD_EXPORT const rd_kafka_conf_t *rd_kafka_conf(rd_kafka_t *rk);

/** Returns the opaque of an instance as set with rd_kafka_conf_set_opaque(). */
RD_EXPORT void *rd_kafka_opaque(const rd_kafka_t *rk);

/**
 * Returns the id of the cluster as brokers report it. Thread-safe.
 *
 * @param rk Instance.
 * @param timeout_ms How long to wait in milliseconds if the id is not known yet; 0: do not wait, -1: wait
 * for ever.
 *
 * @return The id, to be released with rd_kafka_mem_free(), or NULL if it is not known, without waiting if
 * the brokers are too old to report one.
 */
RD_EXPORT
char *rd_kafka_clusterid(rd_kafka_t *rk,
                         int timeout_ms);

/**
 * Returns the broker id of the cluster's controller as brokers report it. Thread-safe.
 *
 * @param rk Instance.
 * @param timeout_ms How long to wait in milliseconds if it is not known yet; 0: do not wait, -1: wait for
 * ever.
 *
 * @return The id, or -1 if it is not known, without waiting if the brokers have reported none.
 */
RD_EXPORT
int32_t rd_kafka_controllerid(rd_kafka_t *rk,
                              int timeout_ms);

/**
 * Adds bootstrap brokers to an instance.
 *
 * @param brokerlist `host[:port],..` as for the `bootstrap.servers` property.
 *
 * @return The number of brokers added.
 */
RD_EXPORT int rd_kafka_brokers_add(rd_kafka_t *rk, const char *brokerlist);

/**
 * Returns the number of messages whose delivery reports have not been served, plus the events in the main
 * and the background queue. With delivery reports as events, messages are included until their event is
 * destroyed. Thread-safe.
 */
RD_EXPORT
int rd_kafka_outq_len(rd_kafka_t *rk);

/**
 * Fails messages that have not been delivered, without waiting for `message.timeout.ms`. Each gets its
 * delivery report as usual, with RD_KAFKA_RESP_ERR__PURGE_QUEUE or RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: call
 * rd_kafka_poll() or rd_kafka_flush() afterwards to have the reports served. Thread-safe, also inside
 * callbacks.
 *
 * @param rk Instance.
 * @param purge_flags RD_KAFKA_PURGE_F_QUEUE, RD_KAFKA_PURGE_F_INFLIGHT or both; without either nothing is
 * purged. The call waits until the brokers' threads have failed the messages, which takes milliseconds,
 * unless RD_KAFKA_PURGE_F_NON_BLOCKING is given.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG for an unknown flag.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_purge(rd_kafka_t *rk,
                                   int purge_flags);

/**
 * Returns the first fatal error of an instance: the error after which it accepts no more messages.
 * Thread-safe.
 *
 * @param rk Instance.
 * @param errstr Set to the text of the error, if there is one; may be NULL.
 * @param errstr_size Size of `errstr` in bytes.
 *
 * @return The error code, or RD_KAFKA_RESP_ERR_NO_ERROR if there has been no fatal error.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_fatal_error(rd_kafka_t *rk,
                                         char *errstr,
                                         size_t errstr_size);

/**
 * Raises a fatal error as if the library had met it, for tests of how an application handles it. Afterwards
 * produce calls fail with RD_KAFKA_RESP_ERR__FATAL.
 *
 * @param rk Instance.
 * @param err Code that rd_kafka_fatal_error() is to return.
 * @param reason Text; the library puts `test_fatal_error: ` before it.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS if there has been a fatal error
 * before.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_test_fatal_error(rd_kafka_t *rk,
                                              rd_kafka_resp_err_t err,
                                              const char *reason);

/** Returns the number of threads that the library runs in this process. */
RD_EXPORT int rd_kafka_thread_cnt(void);

/**
 * Returns the ids of the brokers that are in the cluster's metadata. Thread-safe.
 *
 * @param rk Instance.
 * @param cntp Set to the number of ids.
 *
 * @return An array of ids, to be released with rd_kafka_mem_free(), or NULL when memory is exhausted.
 */
RD_EXPORT
int32_t *rd_kafka_brokers_learned_ids(rd_kafka_t *rk,
                                      size_t *cntp);

/**
 * Prints the state of an instance for people: its brokers, topics and queues. The format may change at any
 * time.
 *
 * @param fp Where to print, or NULL for standard output.
 */
RD_EXPORT
void rd_kafka_dump(FILE *fp,
                   rd_kafka_t *rk);

/**
 * Sets the log callback of a running instance.
 *
 * Use rd_kafka_conf_set_log_cb() instead.
 *
 * @param func Callback as for rd_kafka_conf_set_log_cb(), or NULL to log nothing.
 */
RD_EXPORT RD_DEPRECATED void rd_kafka_set_logger(rd_kafka_t *rk, void (*func)(const rd_kafka_t *rk,
                                                                              int level,
                                                                              const char *fac,
                                                                              const char *buf));

/**
 * Sets the highest severity number that is logged.
 *
 * @param level As in syslog(3), from 0 for emergencies to 7 for debug lines. Debug lines need a debug
 * context as well (the `debug` property).
 */
RD_EXPORT
void rd_kafka_set_log_level(rd_kafka_t *rk,
                            int level);

/** Writes a log line to standard error: the default log callback. */
RD_EXPORT
void rd_kafka_log_print(const rd_kafka_t *rk,
                        int level,
                        const char *fac,
                        const char *buf);

/** Writes a log line to syslog(3): a log callback to be set with rd_kafka_conf_set_log_cb(). */
RD_EXPORT
void rd_kafka_log_syslog(const rd_kafka_t *rk,
                         int level,
                         const char *fac,
                         const char *buf);

/**
 * Returns a handle for a topic. There is one handle per name and instance: for a name that has been used
 * before, the same handle is returned with one more reference, and `conf` is released without effect. The
 * topic is not created on the brokers by this call. Thread-safe.
 *
 * @param rk Instance.
 * @param topic Topic name, at most 512 bytes (brokers accept 249).
 * @param conf Topic configuration, which belongs to the library from now on, also on failure; NULL for the
 * default topic configuration of the instance.
 *
 * @return The handle, to be released with rd_kafka_topic_destroy(), or NULL, with rd_kafka_last_error() and
 * errno set.
 */
RD_EXPORT
rd_kafka_topic_t *rd_kafka_topic_new(rd_kafka_t *rk,
                                     const char *topic,
                                     rd_kafka_topic_conf_t *conf);

/**
 * Releases a reference to a topic handle. Messages that have been produced to the topic are not affected;
 * the handle remains valid inside delivery reports. Thread-safe; NULL is allowed.
 */
RD_EXPORT
void rd_kafka_topic_destroy(rd_kafka_topic_t *rkt);

/** Returns the name of a topic, valid as long as the handle. */
RD_EXPORT const char *rd_kafka_topic_name(const rd_kafka_topic_t *rkt);

/** Returns the opaque of a topic as set with rd_kafka_topic_conf_set_opaque(). */
RD_EXPORT void *rd_kafka_topic_opaque(const rd_kafka_topic_t *rkt);

/** Returns 1 if a partition has a leader that can be reached, else 0. For use in partitioners. */
RD_EXPORT int rd_kafka_topic_partition_available(const rd_kafka_topic_t *rkt, int32_t partition);

/**
 * Copies the configuration of an instance's topics that are created without one.
 *
 * @return The copy, or the defaults if the instance has none. Release it with rd_kafka_topic_conf_destroy(),
 * or give it to rd_kafka_topic_new(). NULL if `rk` is NULL.
 */
RD_EXPORT
rd_kafka_topic_conf_t *rd_kafka_default_topic_conf_dup(rd_kafka_t *rk);

/**
 * Produces a message. The call puts it into a queue and returns; it waits only for space in the queue, and
 * only with RD_KAFKA_MSG_F_BLOCK. The result arrives later as a delivery report from rd_kafka_poll() or
 * rd_kafka_flush(). Thread-safe.
 *
 * @param rkt Topic.
 * @param partition Partition, or RD_KAFKA_PARTITION_UA to let the topic's partitioner choose.
 * @param msgflags RD_KAFKA_MSG_F_.. flags. Without RD_KAFKA_MSG_F_COPY and RD_KAFKA_MSG_F_FREE, the payload
 * must stay valid and unchanged until the delivery report has been served.
 * @param payload Value, or NULL for a tombstone. If the call fails it remains the caller's, whatever the
 * flags.
 * @param len Size of the value in bytes.
 * @param key Key, or NULL. It is copied.
 * @param keylen Size of the key in bytes.
 * @param msg_opaque Pointer that the delivery report shows as `_private`.
 *
 * @return 0, or -1 with rd_kafka_last_error() and errno set: RD_KAFKA_RESP_ERR__QUEUE_FULL (ENOBUFS; call
 * rd_kafka_poll() and try again), RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE (EMSGSIZE),
 * RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION (ESRCH), RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC (ENOENT),
 * RD_KAFKA_RESP_ERR__FATAL (ECANCELED; see rd_kafka_fatal_error()), RD_KAFKA_RESP_ERR__STATE (ENOEXEC; no
 * transaction has begun).
 */
RD_EXPORT
int rd_kafka_produce(rd_kafka_topic_t *rkt,
                     int32_t partition,
                     int msgflags,
                     void *payload,
                     size_t len,
                     const void *key,
                     size_t keylen,
                     void *msg_opaque);

/**
 * Produces several messages to one topic in one pass.
 *
 * Of each message the fields `payload`, `len`, `key`, `key_len` and `_private` (the message opaque) are
 * used, with RD_KAFKA_MSG_F_PARTITION also `partition`. Its `err` is set to the outcome:
 * RD_KAFKA_RESP_ERR_NO_ERROR if it was queued, or why it was not; then its payload remains the caller's.
 *
 * @param partition Partition of all messages, or RD_KAFKA_PARTITION_UA to let the topic's partitioner
 * choose.
 * @param msgflags As for rd_kafka_produce(), and RD_KAFKA_MSG_F_PARTITION.
 * @param rkmessages Array of messages.
 * @param message_cnt Number of messages.
 *
 * @return The number of messages queued.
 */
RD_EXPORT
int rd_kafka_produce_batch(rd_kafka_topic_t *rkt,
                           int32_t partition,
                           int msgflags,
                           rd_kafka_message_t *rkmessages,
                           int message_cnt);

/**
 * Produces a message as rd_kafka_producev() does, with the arguments in an array.
 *
 * @param vus Arguments.
 * @param cnt Number of arguments.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy(). Its codes are those of
 * rd_kafka_producev(), except that after a fatal error it has that error's code and is marked as fatal.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_produceva(rd_kafka_t *rk,
                                     const rd_kafka_vu_t *vus,
                                     size_t cnt);

/**
 * Serves the main queue of an instance: calls the application's callbacks for delivery reports, errors,
 * statistics and throttling on the calling thread. Call it at least every second or so, also while nothing
 * is produced: messages keep their space in the queue until their reports have been served. Thread-safe;
 * several threads may poll, and the callbacks then run on each of them.
 *
 * An application that takes delivery reports as events (RD_KAFKA_EVENT_DR without a callback) calls
 * rd_kafka_queue_poll() on the queue of rd_kafka_queue_get_main() instead: here its reports would be dropped
 * with a warning.
 *
 * @param timeout_ms How long to wait for the first event in milliseconds; 0: do not wait, -1: wait for ever.
 * Events that are there already are all served before the call returns.
 *
 * @return The number of events served. One event may hold the delivery reports of many messages, so this is
 * not the number of messages.
 */
RD_EXPORT
int rd_kafka_poll(rd_kafka_t *rk,
                  int timeout_ms);

/**
 * Called inside a callback: makes the rd_kafka_poll(), rd_kafka_flush() or rd_kafka_queue_poll_callback()
 * that runs it return after this callback. What remains is served by the next call. Concerns the calling
 * thread only.
 *
 * @param rk Instance.
 */
RD_EXPORT
void rd_kafka_yield(rd_kafka_t *rk);

/**
 * Waits until every message has been delivered or has failed and its report has been served; serves the main
 * queue meanwhile, as rd_kafka_poll() does. While it waits, messages are sent without waiting for
 * `linger.ms`. Messages that another thread produces meanwhile are waited for as well. Thread-safe.
 *
 * If delivery reports are events (RD_KAFKA_EVENT_DR without a callback), this serves nothing: it waits until
 * another thread has taken and destroyed them. After a fatal error messages that have not been sent fail at
 * once: this call serves their reports and returns RD_KAFKA_RESP_ERR_NO_ERROR.
 *
 * @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever. 0: serve the reports that are
 * there already and tell whether messages are left.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__TIMED_OUT if messages are left; then call again,
 * or rd_kafka_purge().
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_flush(rd_kafka_t *rk,
                                   int timeout_ms);

/**
 * Makes a queue, to which other queues can be forwarded with rd_kafka_queue_forward().
 *
 * @return The queue, to be released with rd_kafka_queue_destroy() before the instance is.
 */
RD_EXPORT rd_kafka_queue_t *rd_kafka_queue_new(rd_kafka_t *rk);

/**
 * Releases a queue. Events in a queue that rd_kafka_queue_new() made are dropped; queues forwarded to it
 * lose theirs from now on. NULL is allowed.
 */
RD_EXPORT
void rd_kafka_queue_destroy(rd_kafka_queue_t *rkqu);

/**
 * Returns the main queue of an instance: the one that rd_kafka_poll() serves.
 *
 * @return The queue, to be released with rd_kafka_queue_destroy().
 */
RD_EXPORT rd_kafka_queue_t *rd_kafka_queue_get_main(rd_kafka_t *rk);

/**
 * Returns the background queue of an instance, which a thread of the library serves with the callback of
 * rd_kafka_conf_set_background_event_cb(). Other queues may be forwarded to it; it must not be polled or
 * forwarded itself.
 *
 * @return The queue, to be released with rd_kafka_queue_destroy(), or NULL if its thread could not be
 * started.
 */
RD_EXPORT
rd_kafka_queue_t *rd_kafka_queue_get_background(rd_kafka_t *rk);

/**
 * Sends log lines to a queue, to be polled there. The instance needs `log.queue=true`; without this call its
 * lines are kept and not shown.
 *
 * @param rkqu Queue; NULL for the main queue.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOT_CONFIGURED without `log.queue`.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_set_log_queue(rd_kafka_t *rk,
                                           rd_kafka_queue_t *rkqu);

/**
 * Sends the events of one queue to another, those that wait as well as those to come, so that only the other
 * needs to be polled. A queue cannot be forwarded to itself, nor in a circle: such a call changes nothing.
 *
 * @param dst NULL to end the forwarding.
 */
RD_EXPORT
void rd_kafka_queue_forward(rd_kafka_queue_t *src,
                            rd_kafka_queue_t *dst);

/**
 * Returns the number of events in a queue, or in the queue that it is forwarded to. An event may hold the
 * delivery reports of many messages. Thread-safe.
 */
RD_EXPORT
size_t rd_kafka_queue_length(rd_kafka_queue_t *rkqu);

/**
 * Has bytes written to a file descriptor when an event arrives in the empty queue, so that the application
 * can wait for the queue in poll(2) or epoll(7). It is written once; the next time only after the queue has
 * been polled. Poll the queue until it is empty after each wake-up. This replaces the callback of
 * rd_kafka_queue_cb_event_enable(). Thread-safe.
 *
 * The descriptor remains the application's: it closes it, after it has ended this with -1 or destroyed the
 * instance. When it cannot be written to, as when a pipe is full, the bytes are dropped: the bytes that fill
 * the pipe wake its reader already.
 *
 * @param rkqu Queue.
 * @param fd Descriptor, which has to be non-blocking; -1 to end this.
 * @param payload Bytes to write; copied.
 * @param size Their number.
 */
RD_EXPORT
void rd_kafka_queue_io_event_enable(rd_kafka_queue_t *rkqu,
                                    int fd,
                                    const void *payload,
                                    size_t size);

/**
 * Has a callback called when an event arrives in the empty queue, on the thread that the event comes from;
 * once, until the queue has been polled. The callback must not call functions of the library: it should only
 * make a thread of the application poll the queue. This replaces the descriptor of
 * rd_kafka_queue_io_event_enable(). Thread-safe.
 *
 * @param rkqu Queue.
 * @param event_cb Callback. NULL to end this; after that call has returned, the former callback is not
 * called any more.
 * @param opaque Passed to the callback.
 */
RD_EXPORT
void rd_kafka_queue_cb_event_enable(rd_kafka_queue_t *rkqu,
                                    void (*event_cb)(rd_kafka_t *rk, void *qev_opaque),
                                    void *opaque);

/**
 * Makes a poll of the queue that is waiting on another thread return at once; if none waits, the next poll
 * that finds the queue empty returns without waiting. Thread-safe.
 */
RD_EXPORT
void rd_kafka_queue_yield(rd_kafka_queue_t *rkqu);

/**
 * Takes the next event from a queue. Events that an application cannot take, such as throttling, are served
 * by their callbacks on the way. Thread-safe.
 *
 * @param rkqu Queue.
 * @param timeout_ms How long to wait for an event in milliseconds; 0: do not wait, -1: wait for ever.
 *
 * @return The event, to be released with rd_kafka_event_destroy(); NULL if there was none in time, or after
 * rd_kafka_queue_yield(). A delivery report event may hold many messages, see rd_kafka_event_message_next().
 */
RD_EXPORT
rd_kafka_event_t *rd_kafka_queue_poll(rd_kafka_queue_t *rkqu,
                                      int timeout_ms);

/**
 * Serves a queue by calling the application's callbacks, as rd_kafka_poll() does for the main queue.
 * Thread-safe.
 *
 * @param rkqu Queue.
 * @param timeout_ms How long to wait for the first event in milliseconds; 0: do not wait, -1: wait for ever.
 *
 * @return The number of events served; each may hold the delivery reports of many messages.
 */
RD_EXPORT
int rd_kafka_queue_poll_callback(rd_kafka_queue_t *rkqu,
                                 int timeout_ms);

/** Returns the type of an event, one of RD_KAFKA_EVENT_..; RD_KAFKA_EVENT_NONE for NULL. */
RD_EXPORT rd_kafka_event_type_t rd_kafka_event_type(const rd_kafka_event_t *rkev);

/** Returns the name of an event's type, a constant of the library; `(NONE)` for NULL. */
RD_EXPORT const char *rd_kafka_event_name(const rd_kafka_event_t *rkev);

/** Releases an event and everything that functions on it have returned. NULL is allowed. */
RD_EXPORT void rd_kafka_event_destroy(rd_kafka_event_t *rkev);

/**
 * Returns the next message of a delivery report event, or the message of a RD_KAFKA_EVENT_FETCH.
 *
 * @return The message, valid until the event is destroyed, or NULL if all have been returned or the event
 * has none.
 */
RD_EXPORT
const rd_kafka_message_t *rd_kafka_event_message_next(rd_kafka_event_t *rkev);

/**
 * Returns the next messages of a delivery report event.
 *
 * @param rkmessages Receives up to `size` messages, which are valid until the event is destroyed.
 *
 * @return How many there were.
 */
RD_EXPORT
size_t rd_kafka_event_message_array(rd_kafka_event_t *rkev,
                                    const rd_kafka_message_t **rkmessages,
                                    size_t size);

/** Returns how many messages of a delivery report event have not been returned yet. */
RD_EXPORT size_t rd_kafka_event_message_count(rd_kafka_event_t *rkev);

/**
 * Returns `sasl.oauthbearer.config` for an event of type RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH.
 *
 * @return The text, valid until the event is destroyed; NULL if the property is not set, and for other
 * events.
 */
RD_EXPORT
const char *rd_kafka_event_config_string(rd_kafka_event_t *rkev);

/** Returns the error of an event. A fatal error is shown by its cause. */
RD_EXPORT rd_kafka_resp_err_t rd_kafka_event_error(rd_kafka_event_t *rkev);

/** Returns the text of an event's error, valid until the event is destroyed. */
RD_EXPORT const char *rd_kafka_event_error_string(rd_kafka_event_t *rkev);

/** Returns 1 if the event is an error after which the instance cannot go on, else 0. */
RD_EXPORT int rd_kafka_event_error_is_fatal(rd_kafka_event_t *rkev);

/**
 * Returns the opaque that was given with an admin request, from the event that has its result; NULL for
 * other events.
 */
RD_EXPORT
void *rd_kafka_event_opaque(rd_kafka_event_t *rkev);

/**
 * Returns the parts of a log event. Each out-parameter may be NULL; texts are valid until the event is
 * destroyed.
 *
 * @param fac Set to the facility.
 * @param str Set to the text.
 * @param level Set to the level, as in syslog(3).
 *
 * @return 0, or -1 if the event is no log line.
 */
RD_EXPORT
int rd_kafka_event_log(rd_kafka_event_t *rkev,
                       const char **fac,
                       const char **str,
                       int *level);

/**
 * Writes the names of the debug contexts of a log event, separated by commas.
 *
 * @param dst Buffer for the names, cut to fit.
 * @param dstsize Its size in bytes.
 *
 * @return 0, or -1 if the event is no log line.
 */
RD_EXPORT int rd_kafka_event_debug_contexts(rd_kafka_event_t *rkev, char *dst, size_t dstsize);

/**
 * Returns the offsets of an event of type RD_KAFKA_EVENT_OFFSET_COMMIT.
 *
 * @return The list, valid until the event is destroyed; NULL for other events.
 */
RD_EXPORT
rd_kafka_topic_partition_list_t *rd_kafka_event_topic_partition_list(rd_kafka_event_t *rkev);

/**
 * Returns the partition that a message or an error of a consumer is about.
 *
 * @return The partition, to be released with rd_kafka_topic_partition_destroy(); NULL for all other events.
 */
RD_EXPORT
rd_kafka_topic_partition_t *rd_kafka_event_topic_partition(rd_kafka_event_t *rkev);

/** Returns the statistics of an event as JSON, valid until the event is destroyed; NULL if it has none. */
RD_EXPORT
const char *rd_kafka_event_stats(rd_kafka_event_t *rkev);

/** Returns the statistics of an event as structs, valid until the event is destroyed; NULL if it has none. */
RD_EXPORT
const rd_kafka_stats_t *rd_kafka_event_stats_typed(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_CreateTopics() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_CreateTopics_result_t *rd_kafka_event_CreateTopics_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DeleteTopics() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DeleteTopics_result_t *rd_kafka_event_DeleteTopics_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_CreatePartitions() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_CreatePartitions_result_t *rd_kafka_event_CreatePartitions_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_AlterConfigs() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_AlterConfigs_result_t *rd_kafka_event_AlterConfigs_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_IncrementalAlterConfigs() that an event holds, valid until the event is
 * destroyed; NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_IncrementalAlterConfigs_result_t *rd_kafka_event_IncrementalAlterConfigs_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DescribeConfigs() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DescribeConfigs_result_t *rd_kafka_event_DescribeConfigs_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DeleteRecords() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DeleteRecords_result_t *rd_kafka_event_DeleteRecords_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_ListConsumerGroups() that an event holds, valid until the event is
 * destroyed; NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_ListConsumerGroups_result_t *rd_kafka_event_ListConsumerGroups_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DescribeConsumerGroups() that an event holds, valid until the event is
 * destroyed; NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DescribeConsumerGroups_result_t *rd_kafka_event_DescribeConsumerGroups_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DescribeTopics() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DescribeTopics_result_t *rd_kafka_event_DescribeTopics_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DescribeCluster() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DescribeCluster_result_t *rd_kafka_event_DescribeCluster_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DeleteGroups() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DeleteGroups_result_t *rd_kafka_event_DeleteGroups_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DeleteConsumerGroupOffsets() that an event holds, valid until the event is
 * destroyed; NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DeleteConsumerGroupOffsets_result_t *rd_kafka_event_DeleteConsumerGroupOffsets_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_CreateAcls() that an event holds, valid until the event is destroyed; NULL
 * if it is another event.
 */
RD_EXPORT
const rd_kafka_CreateAcls_result_t *rd_kafka_event_CreateAcls_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DescribeAcls() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DescribeAcls_result_t *rd_kafka_event_DescribeAcls_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DeleteAcls() that an event holds, valid until the event is destroyed; NULL
 * if it is another event.
 */
RD_EXPORT
const rd_kafka_DeleteAcls_result_t *rd_kafka_event_DeleteAcls_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_AlterConsumerGroupOffsets() that an event holds, valid until the event is
 * destroyed; NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_AlterConsumerGroupOffsets_result_t *rd_kafka_event_AlterConsumerGroupOffsets_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_DescribeUserScramCredentials() that an event holds, valid until the event
 * is destroyed; NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_DescribeUserScramCredentials_result_t *rd_kafka_event_DescribeUserScramCredentials_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_AlterUserScramCredentials() that an event holds, valid until the event is
 * destroyed; NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_AlterUserScramCredentials_result_t *rd_kafka_event_AlterUserScramCredentials_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_ListOffsets() that an event holds, valid until the event is destroyed; NULL
 * if it is another event.
 */
RD_EXPORT
const rd_kafka_ListOffsets_result_t *rd_kafka_event_ListOffsets_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_ListConsumerGroupOffsets() that an event holds, valid until the event is
 * destroyed; NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_ListConsumerGroupOffsets_result_t *rd_kafka_event_ListConsumerGroupOffsets_result(rd_kafka_event_t *rkev);

/**
 * Returns the result of rd_kafka_ElectLeaders() that an event holds, valid until the event is destroyed;
 * NULL if it is another event.
 */
RD_EXPORT
const rd_kafka_ElectLeaders_result_t *rd_kafka_event_ElectLeaders_result(rd_kafka_event_t *rkev);

/**
 * Asks a broker about the cluster.
 *
 * @param all_topics Other than 0: all topics of the cluster.
 * @param only_rkt With `all_topics` 0: this topic; NULL for the topics that the instance uses.
 * @param metadatap Set to the answer, to be released with rd_kafka_metadata_destroy().
 * @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__TRANSPORT if no broker could be reached in time,
 * RD_KAFKA_RESP_ERR__TIMED_OUT if none has answered in time, or the broker's error.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_metadata(rd_kafka_t *rk,
                                      int all_topics,
                                      rd_kafka_topic_t *only_rkt,
                                      const struct rd_kafka_metadata **metadatap,
                                      int timeout_ms);

/** Releases what rd_kafka_metadata() returned. NULL is allowed. */
RD_EXPORT void rd_kafka_metadata_destroy(const struct rd_kafka_metadata *metadata);

/**
 * Asks the leader of a partition for its lowest and its next offset.
 *
 * @param low Set to the lowest offset.
 * @param high Set to the next offset.
 * @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if there is no such partition or
 * it has no leader, RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, or the broker's
 * error.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_query_watermark_offsets(rd_kafka_t *rk,
                                                     const char *topic,
                                                     int32_t partition,
                                                     int64_t *low,
                                                     int64_t *high,
                                                     int timeout_ms);

/**
 * Returns the lowest and the next offset that a consumer has seen of a partition; RD_KAFKA_OFFSET_INVALID
 * for what it has not seen, and for a producer.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if `topic` is NULL.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_get_watermark_offsets(rd_kafka_t *rk,
                                                   const char *topic,
                                                   int32_t partition,
                                                   int64_t *low,
                                                   int64_t *high);

/**
 * Looks up the first offsets whose messages are not older than given times.
 *
 * @param offsets For each partition, `offset` holds the time in milliseconds, and afterwards the offset, -1
 * for the end of the partition; `err` is set where a partition has failed.
 * @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR although partitions may have failed; RD_KAFKA_RESP_ERR__INVALID_ARG for
 * an empty list, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if none of the partitions has a leader,
 * RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, or a broker's error.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_offsets_for_times(rd_kafka_t *rk,
                                               rd_kafka_topic_partition_list_t *offsets,
                                               int timeout_ms);

/**
 * Allocates `num` times `size` zeroed bytes with the library's allocator.
 *
 * @param rk Client instance, or NULL.
 *
 * @return Memory to be released with rd_kafka_mem_free(), or NULL.
 */
RD_EXPORT void *rd_kafka_mem_calloc(rd_kafka_t *rk, size_t num, size_t size);

/**
 * Allocates `size` bytes with the library's allocator.
 *
 * @param rk Client instance, or NULL.
 *
 * @return Memory to be released with rd_kafka_mem_free(), or NULL.
 */
RD_EXPORT void *rd_kafka_mem_malloc(rd_kafka_t *rk, size_t size);

/**
 * Releases memory that the library has allocated for the application.
 *
 * @param rk Client instance, or NULL.
 * @param ptr The memory; NULL is allowed.
 */
RD_EXPORT void rd_kafka_mem_free(rd_kafka_t *rk, void *ptr);

/**
 * Names a consumer group, without a member.
 *
 * @return A new object, to be released with rd_kafka_consumer_group_metadata_destroy(); NULL without a
 * group.
 */
RD_EXPORT
rd_kafka_consumer_group_metadata_t *rd_kafka_consumer_group_metadata_new(const char *group_id);

/**
 * Names a member of a generation of a consumer group. A member that is not static has no instance id.
 *
 * @return A new object, to be released with rd_kafka_consumer_group_metadata_destroy(); NULL without a group
 * or a member.
 */
RD_EXPORT
rd_kafka_consumer_group_metadata_t *rd_kafka_consumer_group_metadata_new_with_genid(const char *group_id,
                                                                                    int32_t generation_id,
                                                                                    const char *member_id,
                                                                                    const char *group_instance_id);

/** Returns the name of the group, valid as long as the object. */
RD_EXPORT
const char *rd_kafka_consumer_group_metadata_group_id(const rd_kafka_consumer_group_metadata_t *group_metadata);

/** Returns the instance id of a static member, valid as long as the object; NULL if there is none. */
RD_EXPORT
const char *rd_kafka_consumer_group_metadata_group_instance_id(const rd_kafka_consumer_group_metadata_t *group_metadata);

/** Returns the id of the member, valid as long as the object; empty if there is none. */
RD_EXPORT
const char *rd_kafka_consumer_group_metadata_member_id(const rd_kafka_consumer_group_metadata_t *group_metadata);

/** Returns the generation of the group, -1 if it is not known. */
RD_EXPORT
int32_t rd_kafka_consumer_group_metadata_generation_id(const rd_kafka_consumer_group_metadata_t *group_metadata);

/** Releases the identity of a consumer. NULL is allowed. */
RD_EXPORT
void rd_kafka_consumer_group_metadata_destroy(rd_kafka_consumer_group_metadata_t *group_metadata);

/**
 * Serializes the identity of a consumer, for a process with the same byte order.
 *
 * @param bufferp Receives memory to be released with rd_kafka_mem_free().
 * @param sizep Receives its size.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_consumer_group_metadata_write(const rd_kafka_consumer_group_metadata_t *cgmd,
                                                         void **bufferp,
                                                         size_t *sizep);

/**
 * Reads what rd_kafka_consumer_group_metadata_write() has written.
 *
 * @param cgmdp Receives a new object, to be released with rd_kafka_consumer_group_metadata_destroy().
 *
 * @return NULL, or an error with code RD_KAFKA_RESP_ERR__BAD_MSG for anything else.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_consumer_group_metadata_read(rd_kafka_consumer_group_metadata_t **cgmdp,
                                                        const void *buffer,
                                                        size_t size);

/** Returns the name of a kind of resource, a constant of the library. */
RD_EXPORT const char *rd_kafka_ResourceType_name(rd_kafka_ResourceType_t restype);

/** Returns the name of a way to match resource names, a constant of the library. */
RD_EXPORT
const char *rd_kafka_ResourcePatternType_name(rd_kafka_ResourcePatternType_t resource_pattern_type);

/** Returns the name of a source of configuration values, a constant of the library. */
RD_EXPORT const char *rd_kafka_ConfigSource_name(rd_kafka_ConfigSource_t confsource);

/** Returns the name of an operation that an ACL is about, a constant of the library. */
RD_EXPORT const char *rd_kafka_AclOperation_name(rd_kafka_AclOperation_t acl_operation);

/** Returns the name of an ACL's permission type, a constant of the library. */
RD_EXPORT
const char *rd_kafka_AclPermissionType_name(rd_kafka_AclPermissionType_t acl_permission_type);

/** Returns the name of a consumer group's state, a constant of the library; NULL for any other number. */
RD_EXPORT
const char *rd_kafka_consumer_group_state_name(rd_kafka_consumer_group_state_t state);

/**
 * Returns the consumer group state of a name, in any case of letters.
 *
 * @return RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN for a name that is not known.
 */
RD_EXPORT rd_kafka_consumer_group_state_t rd_kafka_consumer_group_state_code(const char *name);

/** Returns the name of a consumer group's protocol, a constant of the library; NULL for any other number. */
RD_EXPORT
const char *rd_kafka_consumer_group_type_name(rd_kafka_consumer_group_type_t type_);

/**
 * Returns the consumer group protocol of a name, in any case of letters.
 *
 * @return RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN for a name that is not known.
 */
RD_EXPORT rd_kafka_consumer_group_type_t rd_kafka_consumer_group_type_code(const char *name);

/**
 * Makes options for an admin operation, or for any with RD_KAFKA_ADMIN_OP_ANY.
 *
 * @return New options, to be released with rd_kafka_AdminOptions_destroy(); NULL if there is no such
 * operation.
 */
RD_EXPORT
rd_kafka_AdminOptions_t *rd_kafka_AdminOptions_new(rd_kafka_t *rk,
                                                   rd_kafka_admin_op_t for_api);

/** Releases options. NULL is allowed. */
RD_EXPORT void rd_kafka_AdminOptions_destroy(rd_kafka_AdminOptions_t *options);

/**
 * Sets how long the whole operation may take, in milliseconds from 0 to 3600000. The default is
 * `socket.timeout.ms`.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_AdminOptions_set_request_timeout(rd_kafka_AdminOptions_t *options,
                                                              int timeout_ms,
                                                              char *errstr,
                                                              size_t errstr_size);

/**
 * Sets how long the brokers may take, in milliseconds up to 3600000. 0 does not wait for the operation to be
 * complete in the whole cluster, -1 waits for as long as the request may take.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_AdminOptions_set_operation_timeout(rd_kafka_AdminOptions_t *options,
                                                                int timeout_ms,
                                                                char *errstr,
                                                                size_t errstr_size);

/**
 * Lets the brokers only check the request and change nothing, with 1.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_AdminOptions_set_validate_only(rd_kafka_AdminOptions_t *options,
                                                            int true_or_false,
                                                            char *errstr,
                                                            size_t errstr_size);

/**
 * Sends the request to a broker of the caller's choice instead of the controller.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_AdminOptions_set_broker(rd_kafka_AdminOptions_t *options,
                                                     int32_t broker_id,
                                                     char *errstr,
                                                     size_t errstr_size);

/**
 * Lists only offsets that no open transaction can change, with 1.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_AdminOptions_set_require_stable_offsets(rd_kafka_AdminOptions_t *options,
                                                                   int true_or_false);

/**
 * Asks for the operations that the client may do, too, with 1.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_AdminOptions_set_include_authorized_operations(rd_kafka_AdminOptions_t *options,
                                                                          int true_or_false);

/**
 * Sets whether offsets are listed up to messages of open transactions.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_AdminOptions_set_isolation_level(rd_kafka_AdminOptions_t *options,
                                                            rd_kafka_IsolationLevel_t value);

/**
 * Lists only groups in the given states.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_AdminOptions_set_match_consumer_group_states(rd_kafka_AdminOptions_t *options,
                                                                        const rd_kafka_consumer_group_state_t *consumer_group_states,
                                                                        size_t consumer_group_states_cnt);

/**
 * Lists only groups of the given protocols.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_AdminOptions_set_match_consumer_group_types(rd_kafka_AdminOptions_t *options,
                                                                       const rd_kafka_consumer_group_type_t *consumer_group_types,
                                                                       size_t consumer_group_types_cnt);

/** Sets what rd_kafka_event_opaque() returns for the result. */
RD_EXPORT void rd_kafka_AdminOptions_set_opaque(rd_kafka_AdminOptions_t *options, void *ev_opaque);

/**
 * Describes a topic to create.
 *
 * @param num_partitions Its number of partitions, or -1 for the broker's default.
 * @param replication_factor Its number of replicas, or -1 for the broker's default or an own assignment.
 * @param errstr Receives the reason when the call fails.
 *
 * @return A new object, to be released with rd_kafka_NewTopic_destroy(); NULL for a number out of range.
 */
RD_EXPORT
rd_kafka_NewTopic_t *rd_kafka_NewTopic_new(const char *topic,
                                           int num_partitions,
                                           int replication_factor,
                                           char *errstr,
                                           size_t errstr_size);

/** Releases the description of a topic. NULL is allowed. */
RD_EXPORT void rd_kafka_NewTopic_destroy(rd_kafka_NewTopic_t *new_topic);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_NewTopic_destroy_array(rd_kafka_NewTopic_t **new_topics,
                                     size_t new_topic_cnt);

/**
 * Sets the brokers of a partition of a topic to create; the first is to be its leader. Partitions are given
 * in order from 0 on, and the replication factor has to be -1.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_NewTopic_set_replica_assignment(rd_kafka_NewTopic_t *new_topic,
                                                             int32_t partition,
                                                             int32_t *broker_ids,
                                                             size_t broker_id_cnt,
                                                             char *errstr,
                                                             size_t errstr_size);

/**
 * Sets a property of a topic to create. The broker checks name and value.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG without a name.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_NewTopic_set_config(rd_kafka_NewTopic_t *new_topic,
                                                 const char *name,
                                                 const char *value);

/**
 * Names a topic to delete.
 *
 * @return A new object, to be released with rd_kafka_DeleteTopic_destroy(); NULL without a name.
 */
RD_EXPORT rd_kafka_DeleteTopic_t *rd_kafka_DeleteTopic_new(const char *topic);

/** Releases the name of a topic to delete. NULL is allowed. */
RD_EXPORT void rd_kafka_DeleteTopic_destroy(rd_kafka_DeleteTopic_t *del_topic);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_DeleteTopic_destroy_array(rd_kafka_DeleteTopic_t **del_topics,
                                        size_t del_topic_cnt);

/**
 * Describes partitions to add to a topic.
 *
 * @param new_total_cnt How many partitions the topic is to have then.
 * @param errstr Receives the reason when the call fails.
 *
 * @return A new object, to be released with rd_kafka_NewPartitions_destroy(); NULL for a number out of
 * range.
 */
RD_EXPORT
rd_kafka_NewPartitions_t *rd_kafka_NewPartitions_new(const char *topic,
                                                     size_t new_total_cnt,
                                                     char *errstr,
                                                     size_t errstr_size);

/** Releases the description of new partitions. NULL is allowed. */
RD_EXPORT void rd_kafka_NewPartitions_destroy(rd_kafka_NewPartitions_t *new_parts);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_NewPartitions_destroy_array(rd_kafka_NewPartitions_t **new_parts,
                                          size_t new_parts_cnt);

/**
 * Sets the brokers of a new partition; the first is to be its leader. Partitions are given in order; the
 * first new one has index 0.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_NewPartitions_set_replica_assignment(rd_kafka_NewPartitions_t *new_parts,
                                                                  int32_t new_partition_idx,
                                                                  int32_t *broker_ids,
                                                                  size_t broker_id_cnt,
                                                                  char *errstr,
                                                                  size_t errstr_size);

/**
 * Names records to delete: those before the offset of each partition in the list.
 *
 * @return A new object, to be released with rd_kafka_DeleteRecords_destroy(); NULL without a list.
 */
RD_EXPORT
rd_kafka_DeleteRecords_t *rd_kafka_DeleteRecords_new(const rd_kafka_topic_partition_list_t *before_offsets);

/** Releases the names of records to delete. NULL is allowed. */
RD_EXPORT void rd_kafka_DeleteRecords_destroy(rd_kafka_DeleteRecords_t *del_records);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_DeleteRecords_destroy_array(rd_kafka_DeleteRecords_t **del_records,
                                          size_t del_record_cnt);

/**
 * Makes a collection of topics from their names.
 *
 * @return A new object, to be released with rd_kafka_TopicCollection_destroy(); NULL if a name is NULL.
 */
RD_EXPORT
rd_kafka_TopicCollection_t *rd_kafka_TopicCollection_of_topic_names(const char **topics,
                                                                    size_t topics_cnt);

/** Releases a collection of topics. NULL is allowed. */
RD_EXPORT void rd_kafka_TopicCollection_destroy(rd_kafka_TopicCollection_t *topics);

/**
 * Names partitions to elect leaders for, all of them if the list is NULL.
 *
 * @return A new object, to be released with rd_kafka_ElectLeaders_destroy().
 */
RD_EXPORT
rd_kafka_ElectLeaders_t *rd_kafka_ElectLeaders_new(rd_kafka_ElectionType_t election_type,
                                                   rd_kafka_topic_partition_list_t *partitions);

/** Releases the names of partitions to elect leaders for. NULL is allowed. */
RD_EXPORT void rd_kafka_ElectLeaders_destroy(rd_kafka_ElectLeaders_t *elect_leaders);

/**
 * Creates topics. The result is an event of type RD_KAFKA_EVENT_CREATETOPICS_RESULT on `rkqu`; the objects
 * remain the caller's. The call does not wait. If the request fails as a whole, rd_kafka_event_error() of
 * the event returns the reason; topics that fail on their own have an error in the result.
 *
 * @param options May be NULL: request_timeout, operation_timeout, validate_only, broker and opaque count.
 */
RD_EXPORT
void rd_kafka_CreateTopics(rd_kafka_t *rk,
                           rd_kafka_NewTopic_t **new_topics,
                           size_t new_topic_cnt,
                           const rd_kafka_AdminOptions_t *options,
                           rd_kafka_queue_t *rkqu);

/**
 * Deletes topics. The result is an event of type RD_KAFKA_EVENT_DELETETOPICS_RESULT on `rkqu`; the objects
 * remain the caller's. The call does not wait. If the request fails as a whole, rd_kafka_event_error() of
 * the event returns the reason; topics that fail on their own have an error in the result.
 *
 * @param options May be NULL: request_timeout, operation_timeout, broker and opaque count.
 */
RD_EXPORT
void rd_kafka_DeleteTopics(rd_kafka_t *rk,
                           rd_kafka_DeleteTopic_t **del_topics,
                           size_t del_topic_cnt,
                           const rd_kafka_AdminOptions_t *options,
                           rd_kafka_queue_t *rkqu);

/**
 * Adds partitions to topics. The result is an event of type RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT on
 * `rkqu`; the objects remain the caller's. The call does not wait. If the request fails as a whole,
 * rd_kafka_event_error() of the event returns the reason; topics that fail on their own have an error in the
 * result.
 *
 * @param options May be NULL: request_timeout, operation_timeout, validate_only, broker and opaque count.
 */
RD_EXPORT
void rd_kafka_CreatePartitions(rd_kafka_t *rk,
                               rd_kafka_NewPartitions_t **new_parts,
                               size_t new_parts_cnt,
                               const rd_kafka_AdminOptions_t *options,
                               rd_kafka_queue_t *rkqu);

/** Returns the error for a topic. */
RD_EXPORT rd_kafka_resp_err_t rd_kafka_topic_result_error(const rd_kafka_topic_result_t *topicres);

/** Returns the text of the error for a topic, valid as long as the event; NULL for success. */
RD_EXPORT const char *rd_kafka_topic_result_error_string(const rd_kafka_topic_result_t *topicres);

/** Returns the name of the topic of a result, valid as long as the event; NULL for NULL. */
RD_EXPORT const char *rd_kafka_topic_result_name(const rd_kafka_topic_result_t *topicres);

/**
 * Returns the results of rd_kafka_CreateTopics(), one for each topic, valid until the event is destroyed.
 *
 * @param cntp Set to the number of results.
 *
 * @return The results; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_topic_result_t **rd_kafka_CreateTopics_result_topics(const rd_kafka_CreateTopics_result_t *result,
                                                                    size_t *cntp);

/**
 * Returns the results of rd_kafka_DeleteTopics(), one for each topic, valid until the event is destroyed.
 *
 * @param cntp Set to the number of results.
 *
 * @return The results; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_topic_result_t **rd_kafka_DeleteTopics_result_topics(const rd_kafka_DeleteTopics_result_t *result,
                                                                    size_t *cntp);

/**
 * Returns the results of rd_kafka_CreatePartitions(), one for each topic, valid until the event is
 * destroyed.
 *
 * @param cntp Set to the number of results.
 *
 * @return The results; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_topic_result_t **rd_kafka_CreatePartitions_result_topics(const rd_kafka_CreatePartitions_result_t *result,
                                                                        size_t *cntp);

/**
 * Names a resource, such as a topic or a broker.
 *
 * @return A new object, to be released with rd_kafka_ConfigResource_destroy(); NULL without a name.
 */
RD_EXPORT
rd_kafka_ConfigResource_t *rd_kafka_ConfigResource_new(rd_kafka_ResourceType_t restype,
                                                       const char *resname);

/** Releases a resource with its entries. NULL is allowed. */
RD_EXPORT void rd_kafka_ConfigResource_destroy(rd_kafka_ConfigResource_t *config);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_ConfigResource_destroy_array(rd_kafka_ConfigResource_t **config,
                                           size_t config_cnt);

/**
 * Sets a property of a resource. The broker checks name and value.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG without a name or a value.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_ConfigResource_set_config(rd_kafka_ConfigResource_t *config,
                                                       const char *name,
                                                       const char *value);

/**
 * Adds an incremental change of a property of a resource. Only a deletion has no value.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_ConfigResource_add_incremental_config(rd_kafka_ConfigResource_t *config,
                                                                 const char *name,
                                                                 rd_kafka_AlterConfigOpType_t op_type,
                                                                 const char *value);

/**
 * Returns the entries of a resource, valid as long as the resource.
 *
 * @param cntp Receives the number of entries.
 */
RD_EXPORT
const rd_kafka_ConfigEntry_t **rd_kafka_ConfigResource_configs(const rd_kafka_ConfigResource_t *config,
                                                               size_t *cntp);

/** Returns the kind of a resource. */
RD_EXPORT
rd_kafka_ResourceType_t rd_kafka_ConfigResource_type(const rd_kafka_ConfigResource_t *config);

/** Returns the name of a resource, valid as long as the resource. */
RD_EXPORT const char *rd_kafka_ConfigResource_name(const rd_kafka_ConfigResource_t *config);

/** Returns the error for a resource in the result of a request. */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_ConfigResource_error(const rd_kafka_ConfigResource_t *config);

/** Returns the text of the error for a resource, valid as long as the resource; NULL if there was no error. */
RD_EXPORT
const char *rd_kafka_ConfigResource_error_string(const rd_kafka_ConfigResource_t *config);

/** Returns the name of an entry, valid as long as the entry. */
RD_EXPORT const char *rd_kafka_ConfigEntry_name(const rd_kafka_ConfigEntry_t *entry);

/** Returns the value of an entry, valid as long as the entry; NULL if it has none. */
RD_EXPORT const char *rd_kafka_ConfigEntry_value(const rd_kafka_ConfigEntry_t *entry);

/**
 * Returns the source of the value of an entry; RD_KAFKA_CONFIG_SOURCE_UNKNOWN_CONFIG for entries that the
 * application has made.
 */
RD_EXPORT
rd_kafka_ConfigSource_t rd_kafka_ConfigEntry_source(const rd_kafka_ConfigEntry_t *entry);

/** Returns 1 if an entry cannot be changed, else 0. */
RD_EXPORT int rd_kafka_ConfigEntry_is_read_only(const rd_kafka_ConfigEntry_t *entry);

/** Returns 1 if an entry has its default, else 0. */
RD_EXPORT int rd_kafka_ConfigEntry_is_default(const rd_kafka_ConfigEntry_t *entry);

/** Returns 1 if the value of an entry is sensitive and therefore not shown, else 0. */
RD_EXPORT int rd_kafka_ConfigEntry_is_sensitive(const rd_kafka_ConfigEntry_t *entry);

/** Returns 1 if an entry is a synonym of another, else 0. */
RD_EXPORT int rd_kafka_ConfigEntry_is_synonym(const rd_kafka_ConfigEntry_t *entry);

/**
 * Returns the synonyms of an entry, valid as long as the entry. Entries that the application has made have
 * none.
 *
 * @param cntp Receives the number of synonyms.
 */
RD_EXPORT
const rd_kafka_ConfigEntry_t **rd_kafka_ConfigEntry_synonyms(const rd_kafka_ConfigEntry_t *entry,
                                                             size_t *cntp);

/**
 * Asks for the configuration of resources: all of it, or the entries that the application has added to a
 * resource. The result is an event of type RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT on `rkqu`; the objects
 * remain the caller's. The call does not wait. If the request fails as a whole, rd_kafka_event_error() of
 * the event returns the reason; resources that fail on their own have an error in the result.
 *
 * @param configs At most one of them of type RD_KAFKA_RESOURCE_BROKER: that broker is asked, else the
 * controller.
 * @param options May be NULL: request_timeout, broker and opaque count.
 */
RD_EXPORT
void rd_kafka_DescribeConfigs(rd_kafka_t *rk,
                              rd_kafka_ConfigResource_t **configs,
                              size_t config_cnt,
                              const rd_kafka_AdminOptions_t *options,
                              rd_kafka_queue_t *rkqu);

/**
 * Replaces the configuration of resources: entries that are not named return to their defaults. The result
 * is an event of type RD_KAFKA_EVENT_ALTERCONFIGS_RESULT on `rkqu`; the objects remain the caller's.
 * rd_kafka_IncrementalAlterConfigs() changes single properties. The call does not wait. If the request fails
 * as a whole, rd_kafka_event_error() of the event returns the reason; resources that fail on their own have
 * an error in the result.
 *
 * @param configs At most one of them of type RD_KAFKA_RESOURCE_BROKER: that broker is asked, else the
 * controller.
 * @param options May be NULL: request_timeout, validate_only, broker and opaque count.
 */
RD_EXPORT
void rd_kafka_AlterConfigs(rd_kafka_t *rk,
                           rd_kafka_ConfigResource_t **configs,
                           size_t config_cnt,
                           const rd_kafka_AdminOptions_t *options,
                           rd_kafka_queue_t *rkqu);

/**
 * Changes single properties of resources. The result is an event of type
 * RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT on `rkqu`; the objects remain the caller's. The call does
 * not wait. If the request fails as a whole, rd_kafka_event_error() of the event returns the reason;
 * resources that fail on their own have an error in the result.
 *
 * @param configs At most one of them of type RD_KAFKA_RESOURCE_BROKER: that broker is asked, else the
 * controller.
 * @param options May be NULL: request_timeout, validate_only, broker and opaque count.
 */
RD_EXPORT
void rd_kafka_IncrementalAlterConfigs(rd_kafka_t *rk,
                                      rd_kafka_ConfigResource_t **configs,
                                      size_t config_cnt,
                                      const rd_kafka_AdminOptions_t *options,
                                      rd_kafka_queue_t *rkqu);

/**
 * Returns the results of rd_kafka_AlterConfigs(), one for each resource, valid until the event is destroyed.
 *
 * @param cntp Set to the number of results.
 *
 * @return The results; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_ConfigResource_t **rd_kafka_AlterConfigs_result_resources(const rd_kafka_AlterConfigs_result_t *result,
                                                                         size_t *cntp);

/**
 * Returns the results of rd_kafka_IncrementalAlterConfigs(), one for each resource, valid until the event is
 * destroyed.
 *
 * @param cntp Set to the number of results.
 *
 * @return The results; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_ConfigResource_t **rd_kafka_IncrementalAlterConfigs_result_resources(const rd_kafka_IncrementalAlterConfigs_result_t *result,
                                                                                    size_t *cntp);

/**
 * Returns the results of rd_kafka_DescribeConfigs(), one for each resource, with its configuration, valid
 * until the event is destroyed.
 *
 * @param cntp Set to the number of results.
 *
 * @return The results; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_ConfigResource_t **rd_kafka_DescribeConfigs_result_resources(const rd_kafka_DescribeConfigs_result_t *result,
                                                                            size_t *cntp);

/**
 * Names a consumer group to delete.
 *
 * @return A new object, to be released with rd_kafka_DeleteGroup_destroy(); NULL without a name.
 */
RD_EXPORT rd_kafka_DeleteGroup_t *rd_kafka_DeleteGroup_new(const char *group);

/** Releases the name of a consumer group to delete. NULL is allowed. */
RD_EXPORT void rd_kafka_DeleteGroup_destroy(rd_kafka_DeleteGroup_t *del_group);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_DeleteGroup_destroy_array(rd_kafka_DeleteGroup_t **del_groups,
                                        size_t del_group_cnt);

/**
 * Asks for the committed offsets of a consumer group, of all partitions if the list is NULL.
 *
 * @return A new object, to be released with rd_kafka_ListConsumerGroupOffsets_destroy(); NULL without a
 * group.
 */
RD_EXPORT
rd_kafka_ListConsumerGroupOffsets_t *rd_kafka_ListConsumerGroupOffsets_new(const char *group_id,
                                                                           const rd_kafka_topic_partition_list_t *partitions);

/** Releases such an object. NULL is allowed. */
RD_EXPORT
void rd_kafka_ListConsumerGroupOffsets_destroy(rd_kafka_ListConsumerGroupOffsets_t *list_grpoffsets);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_ListConsumerGroupOffsets_destroy_array(rd_kafka_ListConsumerGroupOffsets_t **list_grpoffsets,
                                                     size_t list_grpoffset_cnt);

/**
 * Names a consumer group and the offsets to set.
 *
 * @return A new object, to be released with rd_kafka_AlterConsumerGroupOffsets_destroy(); NULL without a
 * group or a list.
 */
RD_EXPORT
rd_kafka_AlterConsumerGroupOffsets_t *rd_kafka_AlterConsumerGroupOffsets_new(const char *group_id,
                                                                             const rd_kafka_topic_partition_list_t *partitions);

/** Releases such an object. NULL is allowed. */
RD_EXPORT
void rd_kafka_AlterConsumerGroupOffsets_destroy(rd_kafka_AlterConsumerGroupOffsets_t *alter_grpoffsets);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_AlterConsumerGroupOffsets_destroy_array(rd_kafka_AlterConsumerGroupOffsets_t **alter_grpoffsets,
                                                      size_t alter_grpoffset_cnt);

/**
 * Names a consumer group and the partitions whose offsets are to be deleted.
 *
 * @return A new object, to be released with rd_kafka_DeleteConsumerGroupOffsets_destroy(); NULL without a
 * group or a list.
 */
RD_EXPORT
rd_kafka_DeleteConsumerGroupOffsets_t *rd_kafka_DeleteConsumerGroupOffsets_new(const char *group,
                                                                               const rd_kafka_topic_partition_list_t *partitions);

/** Releases such an object. NULL is allowed. */
RD_EXPORT
void rd_kafka_DeleteConsumerGroupOffsets_destroy(rd_kafka_DeleteConsumerGroupOffsets_t *del_grpoffsets);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_DeleteConsumerGroupOffsets_destroy_array(rd_kafka_DeleteConsumerGroupOffsets_t **del_grpoffsets,
                                                       size_t del_grpoffset_cnt);

/**
 * Describes an ACL.
 *
 * @param errstr Receives the reason when the call fails.
 *
 * @return A new object, to be released with rd_kafka_AclBinding_destroy(); NULL for a value that an ACL
 * cannot have.
 */
RD_EXPORT
rd_kafka_AclBinding_t *rd_kafka_AclBinding_new(rd_kafka_ResourceType_t restype,
                                               const char *name,
                                               rd_kafka_ResourcePatternType_t resource_pattern_type,
                                               const char *principal,
                                               const char *host,
                                               rd_kafka_AclOperation_t operation,
                                               rd_kafka_AclPermissionType_t permission_type,
                                               char *errstr,
                                               size_t errstr_size);

/**
 * Describes a pattern that selects ACLs; NULL stands for any name, principal or host.
 *
 * @param errstr Receives the reason when the call fails.
 *
 * @return A new object, to be released with rd_kafka_AclBinding_destroy(); NULL for a value that is not
 * known.
 */
RD_EXPORT
rd_kafka_AclBindingFilter_t *rd_kafka_AclBindingFilter_new(rd_kafka_ResourceType_t restype,
                                                           const char *name,
                                                           rd_kafka_ResourcePatternType_t resource_pattern_type,
                                                           const char *principal,
                                                           const char *host,
                                                           rd_kafka_AclOperation_t operation,
                                                           rd_kafka_AclPermissionType_t permission_type,
                                                           char *errstr,
                                                           size_t errstr_size);

/** Returns the kind of resource that an ACL is about. */
RD_EXPORT rd_kafka_ResourceType_t rd_kafka_AclBinding_restype(const rd_kafka_AclBinding_t *acl);

/**
 * Returns the name of the resource that an ACL is about, valid as long as the object; NULL in a pattern for
 * any name.
 */
RD_EXPORT
const char *rd_kafka_AclBinding_name(const rd_kafka_AclBinding_t *acl);

/**
 * Returns the principal that an ACL is about, valid as long as the object; NULL in a pattern for any
 * principal.
 */
RD_EXPORT
const char *rd_kafka_AclBinding_principal(const rd_kafka_AclBinding_t *acl);

/** Returns the host that an ACL is about, valid as long as the object; NULL in a pattern for any host. */
RD_EXPORT
const char *rd_kafka_AclBinding_host(const rd_kafka_AclBinding_t *acl);

/** Returns the operation that an ACL is about. */
RD_EXPORT rd_kafka_AclOperation_t rd_kafka_AclBinding_operation(const rd_kafka_AclBinding_t *acl);

/** Returns whether an ACL allows or denies. */
RD_EXPORT
rd_kafka_AclPermissionType_t rd_kafka_AclBinding_permission_type(const rd_kafka_AclBinding_t *acl);

/** Returns how an ACL matches the name of its resource. */
RD_EXPORT
rd_kafka_ResourcePatternType_t rd_kafka_AclBinding_resource_pattern_type(const rd_kafka_AclBinding_t *acl);

/** Returns the error for an ACL in the result of a request, valid as long as the object; NULL for success. */
RD_EXPORT
const rd_kafka_error_t *rd_kafka_AclBinding_error(const rd_kafka_AclBinding_t *acl);

/** Releases an ACL or a pattern. NULL is allowed. */
RD_EXPORT void rd_kafka_AclBinding_destroy(rd_kafka_AclBinding_t *acl_binding);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_AclBinding_destroy_array(rd_kafka_AclBinding_t **acl_bindings,
                                       size_t acl_bindings_cnt);

/**
 * Describes a SCRAM credential to set. Without a salt, one is made.
 *
 * @return A new object, to be released with rd_kafka_UserScramCredentialAlteration_destroy(); NULL without a
 * user.
 */
RD_EXPORT
rd_kafka_UserScramCredentialAlteration_t *rd_kafka_UserScramCredentialUpsertion_new(const char *username,
                                                                                    rd_kafka_ScramMechanism_t mechanism,
                                                                                    int32_t iterations,
                                                                                    const unsigned char *password,
                                                                                    size_t password_size,
                                                                                    const unsigned char *salt,
                                                                                    size_t salt_size);

/**
 * Describes a SCRAM credential to delete.
 *
 * @return A new object, to be released with rd_kafka_UserScramCredentialAlteration_destroy(); NULL without a
 * user.
 */
RD_EXPORT
rd_kafka_UserScramCredentialAlteration_t *rd_kafka_UserScramCredentialDeletion_new(const char *username,
                                                                                   rd_kafka_ScramMechanism_t mechanism);

/** Releases a credential to set or delete. NULL is allowed. */
RD_EXPORT
void rd_kafka_UserScramCredentialAlteration_destroy(rd_kafka_UserScramCredentialAlteration_t *alteration);

/** Releases all objects of an array, but not the array. */
RD_EXPORT
void rd_kafka_UserScramCredentialAlteration_destroy_array(rd_kafka_UserScramCredentialAlteration_t **alterations,
                                                          size_t alteration_cnt);

/**
 * Lists offsets of partitions. The result is an event of type RD_KAFKA_EVENT_LISTOFFSETS_RESULT on `rkqu`;
 * the list remains the caller's. The call does not wait. If the request fails as a whole,
 * rd_kafka_event_error() of the event returns the reason; partitions that fail on their own have an error in
 * the result.
 *
 * @param topic_partitions For each partition, `offset` is a time in milliseconds or one of
 * RD_KAFKA_OFFSET_SPEC_...
 * @param options May be NULL: request_timeout, isolation_level and opaque count.
 */
RD_EXPORT
void rd_kafka_ListOffsets(rd_kafka_t *rk,
                          rd_kafka_topic_partition_list_t *topic_partitions,
                          const rd_kafka_AdminOptions_t *options,
                          rd_kafka_queue_t *rkqu);

/**
 * Returns the results of rd_kafka_ListOffsets(), one for each partition, valid until the event is destroyed.
 *
 * @param cntp Set to the number of results.
 *
 * @return The results; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_ListOffsetsResultInfo_t **rd_kafka_ListOffsets_result_infos(const rd_kafka_ListOffsets_result_t *result,
                                                                           size_t *cntp);

/** Returns partition, offset and error of a result, valid until the event is destroyed; NULL for NULL. */
RD_EXPORT
const rd_kafka_topic_partition_t *rd_kafka_ListOffsetsResultInfo_topic_partition(const rd_kafka_ListOffsetsResultInfo_t *result_info);

/** Returns the timestamp of a result in milliseconds, -1 if there is none. */
RD_EXPORT
int64_t rd_kafka_ListOffsetsResultInfo_timestamp(const rd_kafka_ListOffsetsResultInfo_t *result_info);

/**
 * Describes topics: their partitions, leaders and replicas. The result is an event of type
 * RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT on `rkqu`; the collection remains the caller's. Without topics it
 * comes at once, empty. The call does not wait. If the request fails as a whole, rd_kafka_event_error() of
 * the event returns the reason; topics that fail on their own have an error in the result.
 *
 * @param options May be NULL: request_timeout, include_authorized_operations, broker and opaque count.
 */
RD_EXPORT
void rd_kafka_DescribeTopics(rd_kafka_t *rk,
                             const rd_kafka_TopicCollection_t *topics,
                             const rd_kafka_AdminOptions_t *options,
                             rd_kafka_queue_t *rkqu);

/**
 * Describes the cluster: its id, its controller and its brokers. The result is an event of type
 * RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT on `rkqu`. The call does not wait. If the request fails,
 * rd_kafka_event_error() of the event returns the reason.
 *
 * @param options May be NULL: request_timeout, include_authorized_operations, broker and opaque count.
 */
RD_EXPORT
void rd_kafka_DescribeCluster(rd_kafka_t *rk,
                              const rd_kafka_AdminOptions_t *options,
                              rd_kafka_queue_t *rkqu);

/**
 * Returns the topics that rd_kafka_DescribeTopics() has described, in the order in which they were asked
 * for, valid until the event is destroyed.
 *
 * @param cntp Set to the number of topics.
 *
 * @return The topics; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_TopicDescription_t **rd_kafka_DescribeTopics_result_topics(const rd_kafka_DescribeTopics_result_t *result,
                                                                          size_t *cntp);

/** Returns the name of a described topic, valid as long as the event; NULL for NULL. */
RD_EXPORT const char *rd_kafka_TopicDescription_name(const rd_kafka_TopicDescription_t *topicdesc);

/**
 * Returns the id of a described topic, valid as long as the event; NULL for NULL. It is zero if the brokers
 * have no ids (before Kafka 2.8).
 */
RD_EXPORT
const rd_kafka_Uuid_t *rd_kafka_TopicDescription_topic_id(const rd_kafka_TopicDescription_t *topicdesc);

/** Returns 1 if a described topic is internal to the cluster, else 0. */
RD_EXPORT int rd_kafka_TopicDescription_is_internal(const rd_kafka_TopicDescription_t *topicdesc);

/** Returns why a topic could not be described, valid as long as the event; NULL for success. */
RD_EXPORT
const rd_kafka_error_t *rd_kafka_TopicDescription_error(const rd_kafka_TopicDescription_t *topicdesc);

/**
 * Returns the operations that the client is authorized to do on a described topic, valid until the event is
 * destroyed.
 *
 * @param cntp Set to the number of operations.
 *
 * @return The operations; NULL if they were not asked for.
 */
RD_EXPORT
const rd_kafka_AclOperation_t *rd_kafka_TopicDescription_authorized_operations(const rd_kafka_TopicDescription_t *topicdesc,
                                                                               size_t *cntp);

/**
 * Returns the partitions of a described topic, valid as long as the event.
 *
 * @param cntp Set to the number of partitions.
 *
 * @return The partitions; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_TopicPartitionInfo_t **rd_kafka_TopicDescription_partitions(const rd_kafka_TopicDescription_t *topicdesc,
                                                                           size_t *cntp);

/** Returns the number of a described partition; -1 for NULL. */
RD_EXPORT int rd_kafka_TopicPartitionInfo_partition(const rd_kafka_TopicPartitionInfo_t *partition);

/** Returns the leader of a described partition, valid as long as the event; NULL if it has none. */
RD_EXPORT
const rd_kafka_Node_t *rd_kafka_TopicPartitionInfo_leader(const rd_kafka_TopicPartitionInfo_t *partition);

/**
 * Returns the in-sync replicas of a described partition, valid as long as the event.
 *
 * @param cntp Set to the number of replicas.
 *
 * @return The brokers; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_Node_t **rd_kafka_TopicPartitionInfo_isr(const rd_kafka_TopicPartitionInfo_t *partition,
                                                        size_t *cntp);

/**
 * Returns the replicas of a described partition, valid as long as the event.
 *
 * @param cntp Set to the number of replicas.
 *
 * @return The brokers; NULL if there are none.
 */
RD_EXPORT
const rd_kafka_Node_t **rd_kafka_TopicPartitionInfo_replicas(const rd_kafka_TopicPartitionInfo_t *partition,
                                                             size_t *cntp);

/**
 * Returns the brokers of the cluster, valid until the event is destroyed.
 *
 * @param cntp Set to the number of brokers.
 *
 * @return The brokers; NULL if the request failed.
 */
RD_EXPORT
const rd_kafka_Node_t **rd_kafka_DescribeCluster_result_nodes(const rd_kafka_DescribeCluster_result_t *result,
                                                              size_t *cntp);

/** Returns the controller of the cluster, valid until the event is destroyed; NULL if there is none. */
RD_EXPORT
const rd_kafka_Node_t *rd_kafka_DescribeCluster_result_controller(const rd_kafka_DescribeCluster_result_t *result);

/** Returns the id of the cluster, valid until the event is destroyed; NULL if there is none. */
RD_EXPORT
const char *rd_kafka_DescribeCluster_result_cluster_id(const rd_kafka_DescribeCluster_result_t *result);

/**
 * Returns the operations that the client is authorized to do on the cluster, valid until the event is
 * destroyed.
 *
 * @param cntp Set to the number of operations.
 *
 * @return The operations; NULL if they were not asked for.
 */
RD_EXPORT
const rd_kafka_AclOperation_t *rd_kafka_DescribeCluster_result_authorized_operations(const rd_kafka_DescribeCluster_result_t *result,
                                                                                     size_t *cntp);

/** Returns the id of a broker; -1 for NULL. */
RD_EXPORT int rd_kafka_Node_id(const rd_kafka_Node_t *node);

/**
 * Returns the host name of a broker, valid as long as the event; NULL for NULL, or if the cluster does not
 * say.
 */
RD_EXPORT
const char *rd_kafka_Node_host(const rd_kafka_Node_t *node);

/** Returns the port of a broker; 0 for NULL, or if the cluster does not report it. */
RD_EXPORT uint16_t rd_kafka_Node_port(const rd_kafka_Node_t *node);

/** Returns the rack of a broker, valid as long as the event; NULL if it has none. */
RD_EXPORT const char *rd_kafka_Node_rack(const rd_kafka_Node_t *node);

/**
 * Prepares a producer with a `transactional.id` for transactions: finds its coordinator and acquires its
 * producer id. Any transaction that an earlier producer with this id has left open is aborted, and that
 * producer is fenced. To be called before the first transaction. Thread-safe, though only one transactional
 * call can run at a time.
 *
 * @param timeout_ms Longest time to wait in milliseconds; -1 for twice the `transaction.timeout.ms`.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy(). If it is retriable, such as
 * RD_KAFKA_RESP_ERR__TIMED_OUT, the operation continues: call again. RD_KAFKA_RESP_ERR__NOT_CONFIGURED:
 * there is no `transactional.id`; RD_KAFKA_RESP_ERR__STATE: transactions have been prepared already; after a
 * fatal error the producer accepts no more messages.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_init_transactions(rd_kafka_t *rk,
                                             int timeout_ms);

/**
 * Begins a transaction. Messages may be produced from here on, until the transaction is committed or
 * aborted; they are all part of it.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy(): RD_KAFKA_RESP_ERR__STATE outside
 * of a state in which a transaction can begin, or the fatal error after which the producer accepts no more
 * messages.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_begin_transaction(rd_kafka_t *rk);

/**
 * Makes a consumer's offsets part of the transaction: they are committed if and when it is. Waits until the
 * group's coordinator has them. Elements without a valid offset are left out; a list without any does
 * nothing.
 *
 * @param offsets The next offsets to be consumed; copied.
 * @param cgmetadata The consumer's identity in its group; copied.
 * @param timeout_ms Longest time to wait in milliseconds, at most the `transaction.timeout.ms`; -1 for that.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy(); rd_kafka_error_is_retriable(),
 * rd_kafka_error_txn_requires_abort() and rd_kafka_error_is_fatal() tell what to do.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_send_offsets_to_transaction(rd_kafka_t *rk,
                                                       const rd_kafka_topic_partition_list_t *offsets,
                                                       const rd_kafka_consumer_group_metadata_t *cgmetadata,
                                                       int timeout_ms);

/**
 * Commits the transaction: sends what is queued, waits until every message has been delivered, serving
 * events meanwhile as rd_kafka_flush() does, and has the coordinator commit.
 *
 * @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy(). If it is retriable, the operation
 * continues: call again. If rd_kafka_error_txn_requires_abort() says so, for instance since a message could
 * not be delivered: call rd_kafka_abort_transaction(). After a fatal error the producer accepts no more
 * messages.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_commit_transaction(rd_kafka_t *rk,
                                              int timeout_ms);

/**
 * Aborts the transaction: drops what is queued (those messages fail with RD_KAFKA_RESP_ERR__PURGE_QUEUE),
 * waits for what is in flight, serving events meanwhile as rd_kafka_flush() does, and has the coordinator
 * abort.
 *
 * @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy(). If it is retriable, the operation
 * continues: call again. After a fatal error the producer accepts no more messages.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_abort_transaction(rd_kafka_t *rk,
                                             int timeout_ms);

/**
 * Starts to consume a partition into its own queue, which rd_kafka_consume() and its like serve.
 *
 * @param offset First offset to be read, or RD_KAFKA_OFFSET_BEGINNING, RD_KAFKA_OFFSET_END,
 * RD_KAFKA_OFFSET_STORED or RD_KAFKA_OFFSET_TAIL().
 *
 * @return 0, or -1 with rd_kafka_last_error() and errno set.
 */
RD_EXPORT int rd_kafka_consume_start(rd_kafka_topic_t *rkt, int32_t partition, int64_t offset);

/**
 * Starts to consume a partition into a queue of the application's, which may take several partitions.
 *
 * @param offset As for rd_kafka_consume_start().
 * @param rkqu Queue; NULL for the partition's own.
 *
 * @return 0, or -1 with rd_kafka_last_error() and errno set.
 */
RD_EXPORT
int rd_kafka_consume_start_queue(rd_kafka_topic_t *rkt,
                                 int32_t partition,
                                 int64_t offset,
                                 rd_kafka_queue_t *rkqu);

/**
 * Stops consuming a partition. What was fetched and not consumed is dropped; the offset that was stored is
 * committed to where `offset.store.method` says.
 *
 * @return 0, or -1 with rd_kafka_last_error() and errno set.
 */
RD_EXPORT
int rd_kafka_consume_stop(rd_kafka_topic_t *rkt,
                          int32_t partition);

/**
 * Returns the next message of a partition that is being consumed.
 *
 * @param timeout_ms How long to wait for it in milliseconds; 0: do not wait, -1: wait for ever.
 *
 * @return The message, or an error in its place, to be released with rd_kafka_message_destroy(). NULL, with
 * rd_kafka_last_error() and errno set, if there is none in time.
 */
RD_EXPORT
rd_kafka_message_t *rd_kafka_consume(rd_kafka_topic_t *rkt,
                                     int32_t partition,
                                     int timeout_ms);

/**
 * Fills an array with the next messages of a partition that is being consumed. Waits until it is full or the
 * time is up.
 *
 * @param rkmessages Receives up to `rkmessages_size` messages and errors, each to be released with
 * rd_kafka_message_destroy().
 * @param timeout_ms Longest time to wait in milliseconds; 0: do not wait, -1: wait for ever.
 *
 * @return How many there were, or -1 with rd_kafka_last_error() and errno set.
 */
RD_EXPORT
ssize_t rd_kafka_consume_batch(rd_kafka_topic_t *rkt,
                               int32_t partition,
                               int timeout_ms,
                               rd_kafka_message_t **rkmessages,
                               size_t rkmessages_size);

/**
 * Calls back for the messages of a partition that is being consumed: waits for the first one, and goes on
 * while there are others, up to `consume.callback.max.messages`, or until the callback calls
 * rd_kafka_yield(). The messages are the library's.
 *
 * @param timeout_ms Milliseconds to wait for the first message; 0: do not wait, -1: wait for ever.
 *
 * @return For how many, or -1 with rd_kafka_last_error() and errno set.
 */
RD_EXPORT
int rd_kafka_consume_callback(rd_kafka_topic_t *rkt,
                              int32_t partition,
                              int timeout_ms,
                              void (*consume_cb)(rd_kafka_message_t *rkmessage, void *commit_opaque),
                              void *commit_opaque);

/**
 * Returns the next message of a queue, as rd_kafka_consume() does for a partition.
 *
 * @return The message, to be released with rd_kafka_message_destroy(), or NULL.
 */
RD_EXPORT rd_kafka_message_t *rd_kafka_consume_queue(rd_kafka_queue_t *rkqu, int timeout_ms);

/**
 * Fills an array with the next messages of a queue, as rd_kafka_consume_batch() does for a partition. Waits
 * until it is full or the time is up.
 *
 * @return How many there were.
 */
RD_EXPORT
ssize_t rd_kafka_consume_batch_queue(rd_kafka_queue_t *rkqu,
                                     int timeout_ms,
                                     rd_kafka_message_t **rkmessages,
                                     size_t rkmessages_size);

/**
 * Calls back for the messages of a queue, as rd_kafka_consume_callback() does for a partition.
 *
 * @return For how many.
 */
RD_EXPORT
int rd_kafka_consume_callback_queue(rd_kafka_queue_t *rkqu,
                                    int timeout_ms,
                                    void (*consume_cb)(rd_kafka_message_t *rkmessage,
                                                       void *commit_opaque),
                                    void *commit_opaque);

/**
 * Has rd_kafka_poll() serve the consumer's queue as well: the main queue is forwarded there. Call
 * rd_kafka_consumer_poll() from then on.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`.
 */
RD_EXPORT rd_kafka_resp_err_t rd_kafka_poll_set_consumer(rd_kafka_t *rk);

/**
 * Returns a consumer's next message, or an error in its place, and calls the application's other callbacks
 * that are due.
 *
 * @param timeout_ms How long to wait for it in milliseconds; 0: do not wait, -1: wait for ever.
 *
 * @return The message, to be released with rd_kafka_message_destroy(), or NULL, with rd_kafka_last_error()
 * and errno set, if there is none in time. Without a `group.id` an error,
 * RD_KAFKA_RESP_ERR__UNKNOWN_GROUP.
 */
RD_EXPORT
rd_kafka_message_t *rd_kafka_consumer_poll(rd_kafka_t *rk,
                                           int timeout_ms);

/**
 * Returns the queue that rd_kafka_consumer_poll() serves.
 *
 * @return The queue, to be released with rd_kafka_queue_destroy(). NULL without a `group.id`.
 */
RD_EXPORT rd_kafka_queue_t *rd_kafka_queue_get_consumer(rd_kafka_t *rk);

/**
 * Returns the queue of a partition. An assigned partition's queue is forwarded to the consumer's, which
 * rd_kafka_queue_forward() with NULL ends.
 *
 * @return The queue, to be released with rd_kafka_queue_destroy(). NULL for a producer.
 */
RD_EXPORT
rd_kafka_queue_t *rd_kafka_queue_get_partition(rd_kafka_t *rk,
                                               const char *topic,
                                               int32_t partition);

/**
 * Closes a consumer: its assignment ends, nothing is delivered any more, and with `enable.auto.commit` what
 * was read is committed.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`, or
 * RD_KAFKA_RESP_ERR__DESTROY if it was closed before.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_consumer_close(rd_kafka_t *rk);

/**
 * Closes a consumer without waiting. What would have come to the consumer's own queue until it is closed
 * comes to this one, and who waits there is woken once more at the end. rd_kafka_consumer_closed() tells
 * when that is.
 *
 * @param rkqu Queue.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_consumer_close_queue(rd_kafka_t *rk,
                                                rd_kafka_queue_t *rkqu);

/** Returns 1 if a consumer has been closed, else 0. */
RD_EXPORT int rd_kafka_consumer_closed(rd_kafka_t *rk);

/**
 * Sets which partitions a consumer reads, and from where. What was read before and is not in the list ends.
 *
 * @param partitions Topics, partitions and offsets, which may be logical ones. NULL: none.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`, or
 * RD_KAFKA_RESP_ERR__INVALID_ARG if a partition is in the list twice: then nothing is read any more.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_assign(rd_kafka_t *rk,
                                    const rd_kafka_topic_partition_list_t *partitions);

/**
 * Adds partitions to those that a consumer reads.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_incremental_assign(rd_kafka_t *rk,
                                              const rd_kafka_topic_partition_list_t *partitions);

/**
 * Takes partitions away from those that a consumer reads.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_incremental_unassign(rd_kafka_t *rk,
                                                const rd_kafka_topic_partition_list_t *partitions);

/**
 * Returns which partitions a consumer reads.
 *
 * @param partitions Set to a new list, to be released with rd_kafka_topic_partition_list_destroy().
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`, or
 * RD_KAFKA_RESP_ERR__DESTROY if the consumer is closed.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_assignment(rd_kafka_t *rk,
                                        rd_kafka_topic_partition_list_t **partitions);

/**
 * Holds partitions back until rd_kafka_resume_partitions(): a producer sends nothing to them, a consumer
 * delivers nothing of them. What was fetched is kept. What was produced times out all the same.
 *
 * @param partitions Topics and partitions; the `err` of each is set, to
 * RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if the topic is not in use.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_pause_partitions(rd_kafka_t *rk,
                                              rd_kafka_topic_partition_list_t *partitions);

/**
 * Lets partitions go on that rd_kafka_pause_partitions() holds back.
 *
 * @param partitions Topics and partitions; the `err` of each is set, as by rd_kafka_pause_partitions().
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_resume_partitions(rd_kafka_t *rk,
                                               rd_kafka_topic_partition_list_t *partitions);

/**
 * Returns the positions of a consumer: the offset behind the last message that the application was given.
 *
 * @param partitions Topics and partitions; `offset` and `err` of each are set. The offset is
 * RD_KAFKA_OFFSET_INVALID if nothing was given.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_position(rd_kafka_t *rk,
                                      rd_kafka_topic_partition_list_t *partitions);

/**
 * Goes to another offset of a partition that is being consumed. What was fetched is dropped.
 *
 * @param offset An offset, or a logical one.
 * @param timeout_ms Milliseconds to wait until it has taken effect. Not used: it has when the call returns.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, or RD_KAFKA_RESP_ERR__STATE if
 * the partition is not being consumed.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_seek(rd_kafka_topic_t *rkt,
                                  int32_t partition,
                                  int64_t offset,
                                  int timeout_ms);

/**
 * Goes to other offsets of several partitions.
 *
 * @param partitions Topics, partitions and offsets; the `err` of each is set.
 * @param timeout_ms As for rd_kafka_seek().
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_seek_partitions(rd_kafka_t *rk,
                                           rd_kafka_topic_partition_list_t *partitions,
                                           int timeout_ms);

/**
 * Stores the offset behind `offset` to be committed.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, or RD_KAFKA_RESP_ERR__STATE if
 * the partition is not assigned.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_offset_store(rd_kafka_topic_t *rkt,
                                          int32_t partition,
                                          int64_t offset);

/**
 * Commits offsets of the consumer's group.
 *
 * @param offsets Topics, partitions and offsets: those of the next messages to be read. An invalid offset
 * leaves its partition out. NULL: what was stored of the partitions that are assigned.
 * @param async 0: wait for the outcome. Otherwise the offset commit callback receives it, or else an
 * event of type RD_KAFKA_EVENT_OFFSET_COMMIT has it; a failure that neither takes is logged.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`,
 * RD_KAFKA_RESP_ERR__NO_OFFSET if there is nothing to be committed, RD_KAFKA_RESP_ERR__WAIT_COORD if no
 * coordinator was found within `session.timeout.ms`, or the coordinator's error.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_commit(rd_kafka_t *rk,
                                    const rd_kafka_topic_partition_list_t *offsets,
                                    int async);

/** Commits the offset behind a message, as rd_kafka_commit() does. */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_commit_message(rd_kafka_t *rk,
                                            const rd_kafka_message_t *rkmessage,
                                            int async);

/**
 * Commits offsets as rd_kafka_commit() does. The outcome is an event of type RD_KAFKA_EVENT_OFFSET_COMMIT.
 *
 * @param rkqu Queue for the event. NULL: the call waits for the outcome and calls `cb` itself.
 * @param cb Called in place of the event if the queue is served by rd_kafka_queue_poll_callback(). May be
 * NULL.
 * @param commit_opaque Given to `cb`, and returned by rd_kafka_event_opaque().
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR if the commit is on its way or, without a queue, done; else an error as
 * for rd_kafka_commit().
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_commit_queue(rd_kafka_t *rk,
                                          const rd_kafka_topic_partition_list_t *offsets,
                                          rd_kafka_queue_t *rkqu,
                                          void (*cb)(rd_kafka_t *rk,
                                                     rd_kafka_resp_err_t err,
                                                     rd_kafka_topic_partition_list_t *offsets,
                                                     void *commit_opaque),
                                          void *commit_opaque);

/**
 * Looks up what the group has committed.
 *
 * @param partitions Topics and partitions. Offset, metadata, leader epoch and `err` of each are set; the
 * offset is RD_KAFKA_OFFSET_INVALID if there is none.
 * @param timeout_ms Longest time to wait in milliseconds.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`,
 * RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__DESTROY if the consumer is closed, or the coordinator's
 * error.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_committed(rd_kafka_t *rk,
                                       rd_kafka_topic_partition_list_t *partitions,
                                       int timeout_ms);

/**
 * Stores offsets to be committed, those of the next messages to be read. Needs
 * `enable.auto.offset.store=false`.
 *
 * @param offsets Topics, partitions and offsets; the `err` of each is set.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR if one was stored, else the last error:
 * RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, or RD_KAFKA_RESP_ERR__STATE for a partition that is not assigned.
 * RD_KAFKA_RESP_ERR__INVALID_ARG while `enable.auto.offset.store` is on.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_offsets_store(rd_kafka_t *rk,
                                           rd_kafka_topic_partition_list_t *offsets);

/**
 * Stores the offset behind a message to be committed. Needs `enable.auto.offset.store=false`.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy().
 */
RD_EXPORT rd_kafka_error_t *rd_kafka_offset_store_message(rd_kafka_message_t *rkmessage);

/**
 * Subscribes a consumer to topics. Consumers do not join groups yet.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_subscribe(rd_kafka_t *rk,
                                       const rd_kafka_topic_partition_list_t *topics);

/**
 * Ends a consumer's subscription. Consumers do not join groups yet.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT rd_kafka_resp_err_t rd_kafka_unsubscribe(rd_kafka_t *rk);

/**
 * Returns what a consumer is subscribed to. Consumers do not join groups yet.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_subscription(rd_kafka_t *rk,
                                          rd_kafka_topic_partition_list_t **topics);

/**
 * Returns whether a consumer has lost its assignment. Consumers do not join groups yet.
 *
 * @return 0
 */
RD_EXPORT int rd_kafka_assignment_lost(rd_kafka_t *rk);

/**
 * Returns a consumer's rebalance protocol. Consumers do not join groups yet.
 *
 * @return NULL
 */
RD_EXPORT const char *rd_kafka_rebalance_protocol(rd_kafka_t *rk);

/**
 * Returns a consumer's member id in its group. Consumers do not join groups yet.
 *
 * @return NULL
 */
RD_EXPORT char *rd_kafka_memberid(const rd_kafka_t *rk);

/**
 * Returns a consumer's identity in its group. See rd_kafka_consumer_group_metadata_new().
 * Consumers do not join groups yet.
 *
 * @return NULL
 */
RD_EXPORT rd_kafka_consumer_group_metadata_t *rd_kafka_consumer_group_metadata(rd_kafka_t *rk);

/**
 * Makes a share consumer. There is none in this library; `errstr` says so. `conf` remains the caller's.
 *
 * @return NULL
 */
RD_EXPORT
rd_kafka_share_t *rd_kafka_share_consumer_new(rd_kafka_conf_t *conf,
                                              char *errstr,
                                              size_t errstr_size);

/**
 * Closes and releases a share consumer. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT rd_kafka_error_t *rd_kafka_share_destroy(rd_kafka_share_t *rkshare);

/**
 * Releases a share consumer in the way that the flags say. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_share_destroy_flags(rd_kafka_share_t *rkshare,
                                               int flags);

/**
 * Closes a share consumer. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT rd_kafka_error_t *rd_kafka_share_consumer_close(rd_kafka_share_t *rkshare);

/**
 * Closes a share consumer whose last events go to a queue. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_share_consumer_close_queue(rd_kafka_share_t *rkshare,
                                                      rd_kafka_queue_t *rkqu);

/**
 * Returns whether a share consumer has been closed. There is no share consumer in this library.
 *
 * @return 0
 */
RD_EXPORT int rd_kafka_share_consumer_closed(rd_kafka_share_t *rkshare);

/**
 * Subscribes a share consumer to topics. There is no share consumer in this library.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_share_subscribe(rd_kafka_share_t *rkshare,
                                             const rd_kafka_topic_partition_list_t *topics);

/**
 * Ends a share consumer's subscription. There is no share consumer in this library.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT rd_kafka_resp_err_t rd_kafka_share_unsubscribe(rd_kafka_share_t *rkshare);

/**
 * Returns what a share consumer is subscribed to. There is no share consumer in this library.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_share_subscription(rd_kafka_share_t *rkshare,
                                                rd_kafka_topic_partition_list_t **topics);

/**
 * Returns a share consumer's next messages. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_share_poll(rd_kafka_share_t *rkshare,
                                      int timeout_ms,
                                      rd_kafka_messages_t **rkmessages);

/**
 * Acknowledges a message. There is no share consumer in this library.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_share_acknowledge(rd_kafka_share_t *rkshare,
                                               const rd_kafka_message_t *rkmessage);

/**
 * Accepts, releases or rejects a message. There is no share consumer in this library.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_share_acknowledge_type(rd_kafka_share_t *rkshare,
                                                    const rd_kafka_message_t *rkmessage,
                                                    rd_kafka_share_AcknowledgeType_t type);

/**
 * Accepts, releases or rejects the message at an offset. There is no share consumer in this library.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_share_acknowledge_offset(rd_kafka_share_t *rkshare,
                                                      const char *topic,
                                                      int32_t partition,
                                                      int64_t offset,
                                                      rd_kafka_share_AcknowledgeType_t type);

/**
 * Sends acknowledgements off. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT rd_kafka_error_t *rd_kafka_share_commit_async(rd_kafka_share_t *rkshare);

/**
 * Sends acknowledgements off and waits for the outcome. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_share_commit_sync(rd_kafka_share_t *rkshare,
                                             int timeout_ms,
                                             rd_kafka_topic_partition_list_t **partitions);

/**
 * Sets the callback for the outcome of acknowledgements. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_share_set_acknowledgement_commit_cb(rd_kafka_share_t *rkshare,
                                                               void (*share_acknowledgement_commit_cb)(rd_kafka_share_t *rkshare,
                                                                                                        rd_kafka_share_partition_offsets_list_t *partitions,
                                                                                                        rd_kafka_resp_err_t err,
                                                                                                        void *opaque),
                                                               void *opaque);

/**
 * Sends a share consumer's log to a queue. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_share_set_log_queue(rd_kafka_share_t *rkshare,
                                               rd_kafka_queue_t *rkqu);

/**
 * Returns the queue of a share consumer's SASL callbacks. There is no share consumer in this library.
 *
 * @return NULL
 */
RD_EXPORT
rd_kafka_queue_t *rd_kafka_share_queue_get_sasl(rd_kafka_share_t *rkshare);

/**
 * Serves a share consumer's SASL callbacks on the background thread. There is no share consumer in this
 * library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_share_sasl_background_callbacks_enable(rd_kafka_share_t *rkshare);

/**
 * Sets a share consumer's user name and password for SASL. There is no share consumer in this library.
 *
 * @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
 * rd_kafka_error_destroy().
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_share_sasl_set_credentials(rd_kafka_share_t *rkshare,
                                                      const char *username,
                                                      const char *password);

/**
 * Sets a share consumer's token for SASL/OAUTHBEARER. There is no share consumer in this library.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_share_oauthbearer_set_token(rd_kafka_share_t *rkshare,
                                                         const char *token_value,
                                                         int64_t md_lifetime_ms,
                                                         const char *md_principal_name,
                                                         const char **extensions,
                                                         size_t extension_size,
                                                         char *errstr,
                                                         size_t errstr_size);

/**
 * Reports that there is no token for a share consumer's SASL/OAUTHBEARER. There is no share consumer in this
 * library.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_share_oauthbearer_set_token_failure(rd_kafka_share_t *rkshare,
                                                                 const char *errstr);

/**
 * Returns the number of messages in a batch. There is no share consumer in this library.
 *
 * @return 0
 */
RD_EXPORT size_t rd_kafka_messages_count(const rd_kafka_messages_t *messages);

/**
 * Returns a message of a batch. There is no share consumer in this library.
 *
 * @return NULL
 */
RD_EXPORT
rd_kafka_message_t *rd_kafka_messages_get(const rd_kafka_messages_t *messages,
                                          size_t index);

/** Releases a batch of messages. There is no share consumer in this library. */
RD_EXPORT void rd_kafka_messages_destroy(rd_kafka_messages_t *messages);

/**
 * Returns the number of partitions in a list of acknowledged offsets. There is no share consumer in this
 * library.
 *
 * @return 0
 */
RD_EXPORT
size_t rd_kafka_share_partition_offsets_list_count(const rd_kafka_share_partition_offsets_list_t *list);

/**
 * Returns the offsets of one partition in a list of acknowledged offsets. There is no share consumer in this
 * library.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_share_partition_offsets_t *rd_kafka_share_partition_offsets_list_get(const rd_kafka_share_partition_offsets_list_t *list,
                                                                                    size_t index);

/** Releases a list of acknowledged offsets. There is no share consumer in this library. */
RD_EXPORT
void rd_kafka_share_partition_offsets_list_destroy(rd_kafka_share_partition_offsets_list_t *list);

/**
 * Returns the partition of acknowledged offsets. There is no share consumer in this library.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_topic_partition_t *rd_kafka_share_partition_offsets_partition(const rd_kafka_share_partition_offsets_t *partition_offsets);

/**
 * Returns acknowledged offsets of a partition. There is no share consumer in this library.
 *
 * @return NULL
 */
RD_EXPORT
const int64_t *rd_kafka_share_partition_offsets_offsets(const rd_kafka_share_partition_offsets_t *partition_offsets);

/**
 * Returns the number of acknowledged offsets of a partition. There is no share consumer in this library.
 *
 * @return 0
 */
RD_EXPORT
size_t rd_kafka_share_partition_offsets_offsets_cnt(const rd_kafka_share_partition_offsets_t *partition_offsets);

/**
 * Returns the queue of rd_kafka_conf_enable_sasl_queue(), in which the application finds that a token has to
 * be refreshed. Polling it calls the token refresh callback, or gives an event
 * RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH.
 *
 * @return The queue, to be released with rd_kafka_queue_destroy(), or NULL if the instance has none.
 */
RD_EXPORT
rd_kafka_queue_t *rd_kafka_queue_get_sasl(rd_kafka_t *rk);

/**
 * Has the background thread of the library call the token refresh callback, so that the application need not
 * poll for it. The instance needs rd_kafka_conf_enable_sasl_queue().
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy(): RD_KAFKA_RESP_ERR__NOT_CONFIGURED
 * if the instance has no SASL queue, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE if the thread cannot be started.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_sasl_background_callbacks_enable(rd_kafka_t *rk);

/**
 * Sets user name and password for PLAIN and SCRAM. They are used from the next authentication on;
 * connections that are authenticated stay as they are. May be called from any thread.
 *
 * @param username User name, copied.
 * @param password Password, copied.
 *
 * @return NULL, or an error to be released with rd_kafka_error_destroy() if one of them is NULL.
 */
RD_EXPORT
rd_kafka_error_t *rd_kafka_sasl_set_credentials(rd_kafka_t *rk,
                                                const char *username,
                                                const char *password);

/**
 * Gives the instance a token for SASL/OAUTHBEARER. To be called from the token refresh callback, or at any
 * time before the present token expires; connections that are authenticated stay as they are. May be called
 * from any thread.
 *
 * @param token_value The token, copied.
 * @param md_lifetime_ms When it expires, in milliseconds since 1970 UTC.
 * @param md_principal_name Name of the principal that it is for, copied; shown in log lines.
 * @param extensions Names and values of SASL extensions in turn, copied: `extensions[0]` is a name,
 * `extensions[1]` its value.
 * @param extension_size Number of texts in `extensions`, twice the number of extensions.
 * @param errstr Set to the reason of a failure.
 * @param errstr_size Size of `errstr` in bytes.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR; RD_KAFKA_RESP_ERR__INVALID_ARG if one of the values is not valid;
 * RD_KAFKA_RESP_ERR__STATE if SASL/OAUTHBEARER is not the mechanism of the instance.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_oauthbearer_set_token(rd_kafka_t *rk,
                                                   const char *token_value,
                                                   int64_t md_lifetime_ms,
                                                   const char *md_principal_name,
                                                   const char **extensions,
                                                   size_t extension_size,
                                                   char *errstr,
                                                   size_t errstr_size);

/**
 * Tells the instance that there is no token for SASL/OAUTHBEARER. The application gets an error
 * (RD_KAFKA_RESP_ERR__AUTHENTICATION), and is asked for a token again after 10 seconds. May be called from
 * any thread.
 *
 * @param errstr Why there is none, copied; neither NULL nor empty.
 *
 * @return RD_KAFKA_RESP_ERR_NO_ERROR; RD_KAFKA_RESP_ERR__INVALID_ARG without a reason;
 * RD_KAFKA_RESP_ERR__STATE if SASL/OAUTHBEARER is not the mechanism of the instance.
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_oauthbearer_set_token_failure(rd_kafka_t *rk,
                                                           const char *errstr);

/**
 * Lists consumer groups. Not implemented yet.
 *
 * @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
 */
RD_EXPORT
rd_kafka_resp_err_t rd_kafka_list_groups(rd_kafka_t *rk,
                                         const char *group,
                                         const struct rd_kafka_group_list **grplistp,
                                         int timeout_ms);

/** Releases a list of consumer groups. There are none yet. */
RD_EXPORT void rd_kafka_group_list_destroy(const struct rd_kafka_group_list *grplist);

/**
 * Deletes the records before given offsets. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_DeleteRecords(rd_kafka_t *rk,
                            rd_kafka_DeleteRecords_t **del_records,
                            size_t del_record_cnt,
                            const rd_kafka_AdminOptions_t *options,
                            rd_kafka_queue_t *rkqu);

/**
 * Lists consumer groups. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_ListConsumerGroups(rd_kafka_t *rk,
                                 const rd_kafka_AdminOptions_t *options,
                                 rd_kafka_queue_t *rkqu);

/**
 * Describes consumer groups. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_DescribeConsumerGroups(rd_kafka_t *rk,
                                     const char **groups,
                                     size_t groups_cnt,
                                     const rd_kafka_AdminOptions_t *options,
                                     rd_kafka_queue_t *rkqu);

/**
 * Deletes consumer groups. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_DeleteGroups(rd_kafka_t *rk,
                           rd_kafka_DeleteGroup_t **del_groups,
                           size_t del_group_cnt,
                           const rd_kafka_AdminOptions_t *options,
                           rd_kafka_queue_t *rkqu);

/**
 * Lists the committed offsets of a consumer group. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_ListConsumerGroupOffsets(rd_kafka_t *rk,
                                       rd_kafka_ListConsumerGroupOffsets_t **list_grpoffsets,
                                       size_t list_grpoffsets_cnt,
                                       const rd_kafka_AdminOptions_t *options,
                                       rd_kafka_queue_t *rkqu);

/**
 * Sets the committed offsets of a consumer group. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_AlterConsumerGroupOffsets(rd_kafka_t *rk,
                                        rd_kafka_AlterConsumerGroupOffsets_t **alter_grpoffsets,
                                        size_t alter_grpoffsets_cnt,
                                        const rd_kafka_AdminOptions_t *options,
                                        rd_kafka_queue_t *rkqu);

/**
 * Deletes committed offsets of a consumer group. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_DeleteConsumerGroupOffsets(rd_kafka_t *rk,
                                         rd_kafka_DeleteConsumerGroupOffsets_t **del_grpoffsets,
                                         size_t del_grpoffsets_cnt,
                                         const rd_kafka_AdminOptions_t *options,
                                         rd_kafka_queue_t *rkqu);

/**
 * Describes the SCRAM credentials of users. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_DescribeUserScramCredentials(rd_kafka_t *rk,
                                           const char **users,
                                           size_t user_cnt,
                                           const rd_kafka_AdminOptions_t *options,
                                           rd_kafka_queue_t *rkqu);

/**
 * Sets and deletes SCRAM credentials of users. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_AlterUserScramCredentials(rd_kafka_t *rk,
                                        rd_kafka_UserScramCredentialAlteration_t **alterations,
                                        size_t alteration_cnt,
                                        const rd_kafka_AdminOptions_t *options,
                                        rd_kafka_queue_t *rkqu);

/** Creates ACLs. Not implemented yet: the event on `rkqu` has the error RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED. */
RD_EXPORT
void rd_kafka_CreateAcls(rd_kafka_t *rk,
                         rd_kafka_AclBinding_t **new_acls,
                         size_t new_acls_cnt,
                         const rd_kafka_AdminOptions_t *options,
                         rd_kafka_queue_t *rkqu);

/** Describes ACLs. Not implemented yet: the event on `rkqu` has the error RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED. */
RD_EXPORT
void rd_kafka_DescribeAcls(rd_kafka_t *rk,
                           rd_kafka_AclBindingFilter_t *acl_filter,
                           const rd_kafka_AdminOptions_t *options,
                           rd_kafka_queue_t *rkqu);

/** Deletes ACLs. Not implemented yet: the event on `rkqu` has the error RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED. */
RD_EXPORT
void rd_kafka_DeleteAcls(rd_kafka_t *rk,
                         rd_kafka_AclBindingFilter_t **del_acls,
                         size_t del_acls_cnt,
                         const rd_kafka_AdminOptions_t *options,
                         rd_kafka_queue_t *rkqu);

/**
 * Elects leaders of partitions. Not implemented yet: the event on `rkqu` has the error
 * RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
 */
RD_EXPORT
void rd_kafka_ElectLeaders(rd_kafka_t *rk,
                           rd_kafka_ElectLeaders_t *elect_leaders,
                           const rd_kafka_AdminOptions_t *options,
                           rd_kafka_queue_t *rkqu);

/**
 * Returns the partition of a result. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_topic_partition_t *rd_kafka_topic_partition_result_partition(const rd_kafka_topic_partition_result_t *partition_result);

/**
 * Returns the error for a partition. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_error_t *rd_kafka_topic_partition_result_error(const rd_kafka_topic_partition_result_t *partition_result);

/**
 * Returns the results of rd_kafka_DeleteRecords(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_topic_partition_list_t *rd_kafka_DeleteRecords_result_offsets(const rd_kafka_DeleteRecords_result_t *result);

/**
 * Returns the results of rd_kafka_ElectLeaders(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_topic_partition_result_t **rd_kafka_ElectLeaders_result_partitions(const rd_kafka_ElectLeaders_result_t *result,
                                                                                  size_t *cntp);

/**
 * Returns the error for an ACL. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT const rd_kafka_error_t *rd_kafka_acl_result_error(const rd_kafka_acl_result_t *aclres);

/**
 * Returns the results of rd_kafka_CreateAcls(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_acl_result_t **rd_kafka_CreateAcls_result_acls(const rd_kafka_CreateAcls_result_t *result,
                                                              size_t *cntp);

/**
 * Returns the results of rd_kafka_DescribeAcls(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_AclBinding_t **rd_kafka_DescribeAcls_result_acls(const rd_kafka_DescribeAcls_result_t *result,
                                                                size_t *cntp);

/**
 * Returns the results of rd_kafka_DeleteAcls(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_DeleteAcls_result_response_t **rd_kafka_DeleteAcls_result_responses(const rd_kafka_DeleteAcls_result_t *result,
                                                                                   size_t *cntp);

/**
 * Returns the error for an ACL filter. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_error_t *rd_kafka_DeleteAcls_result_response_error(const rd_kafka_DeleteAcls_result_response_t *result_response);

/**
 * Returns the ACLs that a filter has deleted. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_AclBinding_t **rd_kafka_DeleteAcls_result_response_matching_acls(const rd_kafka_DeleteAcls_result_response_t *result_response,
                                                                                size_t *matching_acls_cntp);

/**
 * Returns the results of rd_kafka_DescribeUserScramCredentials(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_UserScramCredentialsDescription_t **rd_kafka_DescribeUserScramCredentials_result_descriptions(const rd_kafka_DescribeUserScramCredentials_result_t *result,
                                                                                                             size_t *cntp);

/**
 * Returns the name of a described user. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const char *rd_kafka_UserScramCredentialsDescription_user(const rd_kafka_UserScramCredentialsDescription_t *description);

/**
 * Returns the error for a described user. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_error_t *rd_kafka_UserScramCredentialsDescription_error(const rd_kafka_UserScramCredentialsDescription_t *description);

/**
 * Returns the number of credentials of a user. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
size_t rd_kafka_UserScramCredentialsDescription_scramcredentialinfo_count(const rd_kafka_UserScramCredentialsDescription_t *description);

/**
 * Returns a credential of a user. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_ScramCredentialInfo_t *rd_kafka_UserScramCredentialsDescription_scramcredentialinfo(const rd_kafka_UserScramCredentialsDescription_t *description,
                                                                                                   size_t idx);

/**
 * Returns the mechanism of a credential. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
rd_kafka_ScramMechanism_t rd_kafka_ScramCredentialInfo_mechanism(const rd_kafka_ScramCredentialInfo_t *scram_credential_info);

/**
 * Returns the number of iterations of a credential. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
int32_t rd_kafka_ScramCredentialInfo_iterations(const rd_kafka_ScramCredentialInfo_t *scram_credential_info);

/**
 * Returns the results of rd_kafka_AlterUserScramCredentials(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_AlterUserScramCredentials_result_response_t **rd_kafka_AlterUserScramCredentials_result_responses(const rd_kafka_AlterUserScramCredentials_result_t *result,
                                                                                                                 size_t *cntp);

/**
 * Returns the user of a result. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const char *rd_kafka_AlterUserScramCredentials_result_response_user(const rd_kafka_AlterUserScramCredentials_result_response_t *response);

/**
 * Returns the error for a user. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_error_t *rd_kafka_AlterUserScramCredentials_result_response_error(const rd_kafka_AlterUserScramCredentials_result_response_t *response);

/**
 * Returns the error for a group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_error_t *rd_kafka_group_result_error(const rd_kafka_group_result_t *groupres);

/**
 * Returns the name of the group of a result. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT const char *rd_kafka_group_result_name(const rd_kafka_group_result_t *groupres);

/**
 * Returns the partitions of the result for a group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_topic_partition_list_t *rd_kafka_group_result_partitions(const rd_kafka_group_result_t *groupres);

/**
 * Returns the results of rd_kafka_DeleteGroups(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_group_result_t **rd_kafka_DeleteGroups_result_groups(const rd_kafka_DeleteGroups_result_t *result,
                                                                    size_t *cntp);

/**
 * Returns the results of rd_kafka_ListConsumerGroupOffsets(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_group_result_t **rd_kafka_ListConsumerGroupOffsets_result_groups(const rd_kafka_ListConsumerGroupOffsets_result_t *result,
                                                                                size_t *cntp);

/**
 * Returns the results of rd_kafka_AlterConsumerGroupOffsets(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_group_result_t **rd_kafka_AlterConsumerGroupOffsets_result_groups(const rd_kafka_AlterConsumerGroupOffsets_result_t *result,
                                                                                 size_t *cntp);

/**
 * Returns the results of rd_kafka_DeleteConsumerGroupOffsets(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_group_result_t **rd_kafka_DeleteConsumerGroupOffsets_result_groups(const rd_kafka_DeleteConsumerGroupOffsets_result_t *result,
                                                                                  size_t *cntp);

/**
 * Returns the groups that rd_kafka_ListConsumerGroups() has found. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_ConsumerGroupListing_t **rd_kafka_ListConsumerGroups_result_valid(const rd_kafka_ListConsumerGroups_result_t *result,
                                                                                 size_t *cntp);

/**
 * Returns the errors that rd_kafka_ListConsumerGroups() has met. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_error_t **rd_kafka_ListConsumerGroups_result_errors(const rd_kafka_ListConsumerGroups_result_t *result,
                                                                   size_t *cntp);

/**
 * Returns the name of a listed group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const char *rd_kafka_ConsumerGroupListing_group_id(const rd_kafka_ConsumerGroupListing_t *grplist);

/**
 * Returns whether a listed group only stores offsets. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
int rd_kafka_ConsumerGroupListing_is_simple_consumer_group(const rd_kafka_ConsumerGroupListing_t *grplist);

/**
 * Returns the state of a listed group. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
rd_kafka_consumer_group_state_t rd_kafka_ConsumerGroupListing_state(const rd_kafka_ConsumerGroupListing_t *grplist);

/**
 * Returns the type of a listed group. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
rd_kafka_consumer_group_type_t rd_kafka_ConsumerGroupListing_type(const rd_kafka_ConsumerGroupListing_t *grplist);

/**
 * Returns the results of rd_kafka_DescribeConsumerGroups(). Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_ConsumerGroupDescription_t **rd_kafka_DescribeConsumerGroups_result_groups(const rd_kafka_DescribeConsumerGroups_result_t *result,
                                                                                          size_t *cntp);

/**
 * Returns the name of a described group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const char *rd_kafka_ConsumerGroupDescription_group_id(const rd_kafka_ConsumerGroupDescription_t *grpdesc);

/**
 * Returns the error for a described group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_error_t *rd_kafka_ConsumerGroupDescription_error(const rd_kafka_ConsumerGroupDescription_t *grpdesc);

/**
 * Returns whether a described group only stores offsets. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
int rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(const rd_kafka_ConsumerGroupDescription_t *grpdesc);

/**
 * Returns the assignor of a described group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const char *rd_kafka_ConsumerGroupDescription_partition_assignor(const rd_kafka_ConsumerGroupDescription_t *grpdesc);

/**
 * Returns what may be done with a described group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_AclOperation_t *rd_kafka_ConsumerGroupDescription_authorized_operations(const rd_kafka_ConsumerGroupDescription_t *grpdesc,
                                                                                       size_t *cntp);

/**
 * Returns the state of a described group. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
rd_kafka_consumer_group_state_t rd_kafka_ConsumerGroupDescription_state(const rd_kafka_ConsumerGroupDescription_t *grpdesc);

/**
 * Returns the type of a described group. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
rd_kafka_consumer_group_type_t rd_kafka_ConsumerGroupDescription_type(const rd_kafka_ConsumerGroupDescription_t *grpdesc);

/**
 * Returns the coordinator of a described group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_Node_t *rd_kafka_ConsumerGroupDescription_coordinator(const rd_kafka_ConsumerGroupDescription_t *grpdesc);

/**
 * Returns the number of members of a described group. Admin requests do not return results yet.
 *
 * @return 0
 */
RD_EXPORT
size_t rd_kafka_ConsumerGroupDescription_member_count(const rd_kafka_ConsumerGroupDescription_t *grpdesc);

/**
 * Returns a member of a described group. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_MemberDescription_t *rd_kafka_ConsumerGroupDescription_member(const rd_kafka_ConsumerGroupDescription_t *grpdesc,
                                                                             size_t idx);

/**
 * Returns the client id of a member. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const char *rd_kafka_MemberDescription_client_id(const rd_kafka_MemberDescription_t *member);

/**
 * Returns the instance id of a static member. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const char *rd_kafka_MemberDescription_group_instance_id(const rd_kafka_MemberDescription_t *member);

/**
 * Returns the id of a member. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const char *rd_kafka_MemberDescription_consumer_id(const rd_kafka_MemberDescription_t *member);

/**
 * Returns the host of a member. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT const char *rd_kafka_MemberDescription_host(const rd_kafka_MemberDescription_t *member);

/**
 * Returns the assignment of a member. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_MemberAssignment_t *rd_kafka_MemberDescription_assignment(const rd_kafka_MemberDescription_t *member);

/**
 * Returns the assignment that a member is to have. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_MemberAssignment_t *rd_kafka_MemberDescription_target_assignment(const rd_kafka_MemberDescription_t *member);

/**
 * Returns the partitions of an assignment. Admin requests do not return results yet.
 *
 * @return NULL
 */
RD_EXPORT
const rd_kafka_topic_partition_list_t *rd_kafka_MemberAssignment_partitions(const rd_kafka_MemberAssignment_t *assignment);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* _RDKAFKA_H_ */
