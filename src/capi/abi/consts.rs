//! Constants of the header.

use std::ffi::c_int;

/// Version of the librdkafka API that this library provides: 0xMMmmrrxx for major, minor, revision,
/// pre-release (0xff: final). Compare with rd_kafka_version() to tell the version compiled against from the
/// one running.
pub const RD_KAFKA_VERSION: c_int = 0x0210_00ff;

/// The partition is not given: the topic's partitioner chooses it.
pub const RD_KAFKA_PARTITION_UA: i32 = -1;

/// Flag of the produce functions: if the call succeeds, the library owns the payload and releases it with
/// free(3) after the message's delivery report has been served. If the call fails, the payload remains the
/// caller's. Together with RD_KAFKA_MSG_F_COPY it has no effect.
pub const RD_KAFKA_MSG_F_FREE: c_int = 0x1;
/// Flag of the produce functions: the payload is copied during the call and remains the caller's. Without
/// this flag and RD_KAFKA_MSG_F_FREE the payload is not copied: it must stay valid and unchanged until the
/// message's delivery report has been served.
pub const RD_KAFKA_MSG_F_COPY: c_int = 0x2;
/// Flag of the produce functions: when the queue is full (`queue.buffering.max.messages`,
/// `queue.buffering.max.kbytes`), wait until there is space instead of returning
/// RD_KAFKA_RESP_ERR__QUEUE_FULL. Space is returned when delivery reports are served, so another thread has
/// to call rd_kafka_poll(): otherwise the call waits for ever.
pub const RD_KAFKA_MSG_F_BLOCK: c_int = 0x4;
/// Flag of rd_kafka_produce_batch(): each message is sent to the partition in its `partition` field instead
/// of the partition given to the call.
pub const RD_KAFKA_MSG_F_PARTITION: c_int = 0x8;

/// Flag of rd_kafka_purge(): purge messages that wait to be sent. Their reports have the error
/// RD_KAFKA_RESP_ERR__PURGE_QUEUE; they were not written to the topic, except for messages that wait to be
/// sent again, which rd_kafka_message_status() tells apart.
pub const RD_KAFKA_PURGE_F_QUEUE: c_int = 0x1;
/// Flag of rd_kafka_purge(): purge messages that have been sent and not acknowledged. Their reports have the
/// error RD_KAFKA_RESP_ERR__PURGE_INFLIGHT; the broker may have written them.
pub const RD_KAFKA_PURGE_F_INFLIGHT: c_int = 0x2;
/// Flag of rd_kafka_purge(): return at once; the messages are purged shortly afterwards.
pub const RD_KAFKA_PURGE_F_NON_BLOCKING: c_int = 0x4;

/// Flag of rd_kafka_destroy_flags(): a consumer does not leave its group first. No effect on producers.
pub const RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE: c_int = 0x8;

/// Logical offset: the first message that is still in the partition.
pub const RD_KAFKA_OFFSET_BEGINNING: c_int = -2;
/// Logical offset: the end of the partition.
pub const RD_KAFKA_OFFSET_END: c_int = -1;
/// Logical offset: the offset that the consumer group has committed.
pub const RD_KAFKA_OFFSET_STORED: c_int = -1000;
/// The offset is not known or not set.
pub const RD_KAFKA_OFFSET_INVALID: c_int = -1001;
/// Base of the offsets made by RD_KAFKA_OFFSET_TAIL().
pub const RD_KAFKA_OFFSET_TAIL_BASE: c_int = -2000;

/// Type of no event: what rd_kafka_event_type() returns for NULL.
pub const RD_KAFKA_EVENT_NONE: c_int = 0x0;
/// Delivery reports. One event holds one or more messages, see rd_kafka_event_message_count().
pub const RD_KAFKA_EVENT_DR: c_int = 0x1;
/// A consumed message.
pub const RD_KAFKA_EVENT_FETCH: c_int = 0x2;
/// A log line.
pub const RD_KAFKA_EVENT_LOG: c_int = 0x4;
/// An error.
pub const RD_KAFKA_EVENT_ERROR: c_int = 0x8;
/// A change of the consumer group's assignment.
pub const RD_KAFKA_EVENT_REBALANCE: c_int = 0x10;
/// Result of an offset commit.
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
/// Not the type of an event: for rd_kafka_conf_set_events(), starts the thread of the background queue
/// together with the instance.
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

/// Size in bytes of most names in the statistics structs, with the terminating NUL.
pub const RD_KAFKA_STATS_NAME_MAX: c_int = 256;
/// Highest number of APIs in typed statistics.
pub const RD_KAFKA_STATS_REQ_TYPES_MAX: c_int = 64;
