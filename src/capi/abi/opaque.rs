//! Names of types whose objects do not exist yet.

use crate::capi::abi::types::rd_kafka_event_t;

/// Result of an admin operation for a group.
pub struct rd_kafka_group_result_s {}
/// Result of an admin operation for a group.
pub type rd_kafka_group_result_t = rd_kafka_group_result_s;
/// Result of an admin operation for an ACL.
pub struct rd_kafka_acl_result_s {}
/// Result of an admin operation for an ACL.
pub type rd_kafka_acl_result_t = rd_kafka_acl_result_s;
/// Result of an admin operation for a partition.
pub struct rd_kafka_topic_partition_result_s {}
/// Result of an admin operation for a partition.
pub type rd_kafka_topic_partition_result_t = rd_kafka_topic_partition_result_s;
/// A share consumer.
pub struct rd_kafka_share_s {}
/// A share consumer.
pub type rd_kafka_share_t = rd_kafka_share_s;
/// A batch of messages from a share consumer.
pub struct rd_kafka_messages_s {}
/// A batch of messages from a share consumer.
pub type rd_kafka_messages_t = rd_kafka_messages_s;
/// Offsets of a partition that a share consumer acknowledged.
pub struct rd_kafka_share_partition_offsets_s {}
/// Offsets of a partition that a share consumer acknowledged.
pub type rd_kafka_share_partition_offsets_t = rd_kafka_share_partition_offsets_s;
/// Acknowledged offsets of several partitions.
pub struct rd_kafka_share_partition_offsets_list_s {}
/// Acknowledged offsets of several partitions.
pub type rd_kafka_share_partition_offsets_list_t = rd_kafka_share_partition_offsets_list_s;

/// Result of rd_kafka_CreateTopics().
pub type rd_kafka_CreateTopics_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DeleteTopics().
pub type rd_kafka_DeleteTopics_result_t = rd_kafka_event_t;
/// Result of rd_kafka_CreateAcls().
pub type rd_kafka_CreateAcls_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DescribeAcls().
pub type rd_kafka_DescribeAcls_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DeleteAcls().
pub type rd_kafka_DeleteAcls_result_t = rd_kafka_event_t;
/// Result of rd_kafka_CreatePartitions().
pub type rd_kafka_CreatePartitions_result_t = rd_kafka_event_t;
/// Result of rd_kafka_AlterConfigs().
pub type rd_kafka_AlterConfigs_result_t = rd_kafka_event_t;
/// Result of rd_kafka_IncrementalAlterConfigs().
pub type rd_kafka_IncrementalAlterConfigs_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DescribeConfigs().
pub type rd_kafka_DescribeConfigs_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DeleteRecords().
pub type rd_kafka_DeleteRecords_result_t = rd_kafka_event_t;
/// Result of rd_kafka_ListConsumerGroups().
pub type rd_kafka_ListConsumerGroups_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DescribeConsumerGroups().
pub type rd_kafka_DescribeConsumerGroups_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DeleteGroups().
pub type rd_kafka_DeleteGroups_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DeleteConsumerGroupOffsets().
pub type rd_kafka_DeleteConsumerGroupOffsets_result_t = rd_kafka_event_t;
/// Result of rd_kafka_AlterConsumerGroupOffsets().
pub type rd_kafka_AlterConsumerGroupOffsets_result_t = rd_kafka_event_t;
/// Result of rd_kafka_ListConsumerGroupOffsets().
pub type rd_kafka_ListConsumerGroupOffsets_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DescribeTopics().
pub type rd_kafka_DescribeTopics_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DescribeCluster().
pub type rd_kafka_DescribeCluster_result_t = rd_kafka_event_t;
/// Result of rd_kafka_DescribeUserScramCredentials().
pub type rd_kafka_DescribeUserScramCredentials_result_t = rd_kafka_event_t;
/// Result of rd_kafka_AlterUserScramCredentials().
pub type rd_kafka_AlterUserScramCredentials_result_t = rd_kafka_event_t;
/// Result of rd_kafka_ListOffsets().
pub type rd_kafka_ListOffsets_result_t = rd_kafka_event_t;
/// Result of rd_kafka_ElectLeaders().
pub type rd_kafka_ElectLeaders_result_t = rd_kafka_event_t;

/// A group in a list of consumer groups.
pub struct rd_kafka_ConsumerGroupListing_s {}
/// A group in a list of consumer groups.
pub type rd_kafka_ConsumerGroupListing_t = rd_kafka_ConsumerGroupListing_s;
/// A list of consumer groups.
pub struct rd_kafka_ListConsumerGroupsResult_s {}
/// A list of consumer groups.
pub type rd_kafka_ListConsumerGroupsResult_t = rd_kafka_ListConsumerGroupsResult_s;
/// Description of a consumer group.
pub struct rd_kafka_ConsumerGroupDescription_s {}
/// Description of a consumer group.
pub type rd_kafka_ConsumerGroupDescription_t = rd_kafka_ConsumerGroupDescription_s;
/// Description of a member of a consumer group.
pub struct rd_kafka_MemberDescription_s {}
/// Description of a member of a consumer group.
pub type rd_kafka_MemberDescription_t = rd_kafka_MemberDescription_s;
/// Partitions assigned to a member of a consumer group.
pub struct rd_kafka_MemberAssignment_s {}
/// Partitions assigned to a member of a consumer group.
pub type rd_kafka_MemberAssignment_t = rd_kafka_MemberAssignment_s;
/// A SCRAM credential without its secret.
pub struct rd_kafka_ScramCredentialInfo_s {}
/// A SCRAM credential without its secret.
pub type rd_kafka_ScramCredentialInfo_t = rd_kafka_ScramCredentialInfo_s;
/// SCRAM credentials of a user.
pub struct rd_kafka_UserScramCredentialsDescription_s {}
/// SCRAM credentials of a user.
pub type rd_kafka_UserScramCredentialsDescription_t = rd_kafka_UserScramCredentialsDescription_s;
/// Outcome of a change of SCRAM credentials.
pub struct rd_kafka_AlterUserScramCredentials_result_response_s {}
/// Outcome of a change of SCRAM credentials.
pub type rd_kafka_AlterUserScramCredentials_result_response_t =
    rd_kafka_AlterUserScramCredentials_result_response_s;
/// ACLs deleted by one filter.
pub struct rd_kafka_DeleteAcls_result_response_s {}
/// ACLs deleted by one filter.
pub type rd_kafka_DeleteAcls_result_response_t = rd_kafka_DeleteAcls_result_response_s;
