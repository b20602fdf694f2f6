//! Constants of the header.

use std::ffi::c_int;

/// Version of the librdkafka API that this library provides: 0xMMmmrrxx for major, minor, revision, pre-release
/// (0xff: final). Compare with rd_kafka_version() to tell the version compiled against from the one running.
pub const RD_KAFKA_VERSION: c_int = 0x020f_01ff;

/// Partition "unassigned": the topic's partitioner chooses.
pub const RD_KAFKA_PARTITION_UA: i32 = -1;

/// rd_kafka_produce(): the library frees the payload with free(3) once the message has been delivered or has failed.
/// Only if the call itself succeeds; when it fails the payload remains the caller's. Cannot be combined with
/// RD_KAFKA_MSG_F_COPY.
pub const RD_KAFKA_MSG_F_FREE: c_int = 0x1;
/// rd_kafka_produce(): the payload is copied; the caller's memory is not used after the call.
pub const RD_KAFKA_MSG_F_COPY: c_int = 0x2;
/// rd_kafka_produce(): wait for room when the queue is full. Room is made by delivery reports, so another thread has
/// to call rd_kafka_poll().
pub const RD_KAFKA_MSG_F_BLOCK: c_int = 0x4;
/// rd_kafka_produce_batch(): each message goes to its own `partition` field instead of the call's argument.
pub const RD_KAFKA_MSG_F_PARTITION: c_int = 0x8;

/// rd_kafka_purge(): messages that wait in queues. Their reports carry RD_KAFKA_RESP_ERR__PURGE_QUEUE.
pub const RD_KAFKA_PURGE_F_QUEUE: c_int = 0x1;
/// rd_kafka_purge(): messages that have been sent and not answered. Their reports carry
/// RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, and they may have been written.
pub const RD_KAFKA_PURGE_F_INFLIGHT: c_int = 0x2;
/// rd_kafka_purge(): do not wait for the purge to have been carried out.
pub const RD_KAFKA_PURGE_F_NON_BLOCKING: c_int = 0x4;

/// rd_kafka_destroy_flags(): do not leave the consumer group first.
pub const RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE: c_int = 0x8;

/// Logical offset: the first message that is still in the partition.
pub const RD_KAFKA_OFFSET_BEGINNING: c_int = -2;
/// Logical offset: the end of the partition.
pub const RD_KAFKA_OFFSET_END: c_int = -1;
/// Logical offset: the committed or stored offset.
pub const RD_KAFKA_OFFSET_STORED: c_int = -1000;
/// No offset.
pub const RD_KAFKA_OFFSET_INVALID: c_int = -1001;
/// Base of the offsets made by RD_KAFKA_OFFSET_TAIL().
pub const RD_KAFKA_OFFSET_TAIL_BASE: c_int = -2000;

/// No event.
pub const RD_KAFKA_EVENT_NONE: c_int = 0x0;
/// Delivery reports of produced messages.
pub const RD_KAFKA_EVENT_DR: c_int = 0x1;
/// A consumed message.
pub const RD_KAFKA_EVENT_FETCH: c_int = 0x2;
/// A log line.
pub const RD_KAFKA_EVENT_LOG: c_int = 0x4;
/// An error.
pub const RD_KAFKA_EVENT_ERROR: c_int = 0x8;
/// A change of the consumer group's assignment.
pub const RD_KAFKA_EVENT_REBALANCE: c_int = 0x10;
/// Outcome of an offset commit.
pub const RD_KAFKA_EVENT_OFFSET_COMMIT: c_int = 0x20;
/// Statistics.
pub const RD_KAFKA_EVENT_STATS: c_int = 0x40;
/// Result of rd_kafka_CreateTopics().
pub const RD_KAFKA_EVENT_CREATETOPICS_RESULT: c_int = 100;
/// Result of rd_kafka_DeleteTopics().
pub const RD_KAFKA_EVENT_DELETETOPICS_RESULT: c_int = 101;
/// Result of rd_kafka_CreatePartitions().
pub const RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT: c_int = 102;
/// Result of rd_kafka_AlterConfigs().
pub const RD_KAFKA_EVENT_ALTERCONFIGS_RESULT: c_int = 103;
/// Result of rd_kafka_DescribeConfigs().
pub const RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT: c_int = 104;
/// Result of rd_kafka_DeleteRecords().
pub const RD_KAFKA_EVENT_DELETERECORDS_RESULT: c_int = 105;
/// Result of rd_kafka_DeleteGroups().
pub const RD_KAFKA_EVENT_DELETEGROUPS_RESULT: c_int = 106;
/// Result of rd_kafka_DeleteConsumerGroupOffsets().
pub const RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT: c_int = 107;
/// The SASL/OAUTHBEARER token has to be refreshed.
pub const RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH: c_int = 0x100;
/// Enables the background thread.
pub const RD_KAFKA_EVENT_BACKGROUND: c_int = 0x200;
/// Result of rd_kafka_CreateAcls().
pub const RD_KAFKA_EVENT_CREATEACLS_RESULT: c_int = 0x400;
/// Result of rd_kafka_DescribeAcls().
pub const RD_KAFKA_EVENT_DESCRIBEACLS_RESULT: c_int = 0x800;
/// Result of rd_kafka_DeleteAcls().
pub const RD_KAFKA_EVENT_DELETEACLS_RESULT: c_int = 0x1000;
/// Result of rd_kafka_ListConsumerGroups().
pub const RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT: c_int = 0x2000;
/// Result of rd_kafka_DescribeConsumerGroups().
pub const RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT: c_int = 0x4000;
/// Result of rd_kafka_ListConsumerGroupOffsets().
pub const RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT: c_int = 0x8000;
/// Result of rd_kafka_AlterConsumerGroupOffsets().
pub const RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT: c_int = 0x10000;
/// Result of rd_kafka_IncrementalAlterConfigs().
pub const RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT: c_int = 0x20000;
/// Result of rd_kafka_DescribeUserScramCredentials().
pub const RD_KAFKA_EVENT_DESCRIBEUSERSCRAMCREDENTIALS_RESULT: c_int = 0x40000;
/// Result of rd_kafka_AlterUserScramCredentials().
pub const RD_KAFKA_EVENT_ALTERUSERSCRAMCREDENTIALS_RESULT: c_int = 0x80000;
/// Result of rd_kafka_DescribeTopics().
pub const RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT: c_int = 0x0010_0000;
/// Result of rd_kafka_DescribeCluster().
pub const RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT: c_int = 0x0020_0000;
/// Result of rd_kafka_ListOffsets().
pub const RD_KAFKA_EVENT_LISTOFFSETS_RESULT: c_int = 0x0040_0000;
/// Result of rd_kafka_ElectLeaders().
pub const RD_KAFKA_EVENT_ELECTLEADERS_RESULT: c_int = 0x0080_0000;

/// Room for names in typed statistics, terminator included.
pub const RD_KAFKA_STATS_NAME_MAX: c_int = 256;
/// Highest number of APIs in typed statistics.
pub const RD_KAFKA_STATS_REQ_TYPES_MAX: c_int = 64;
