//! Random content for every message, and its translation into the types of `kafka-protocol`.

use bytes::Bytes;
use fastrand::Rng;
use kafka_protocol::messages as theirs;
use kafka_protocol::messages::{BrokerId, GroupId, ProducerId, TopicName, TransactionalId};
use kafka_protocol::protocol::StrBytes;
use rdkafka::protocol::raw_string::RawString;
use rdkafka::protocol::{ByTopic, PartitionError};
use rdkafka::protocol::{
    api_versions, describe_groups, fetch, find_coordinator, heartbeat, init_producer_id, join_group,
    leave_group, list_groups, list_offsets, metadata, offset_commit, offset_fetch, offset_for_leader_epoch,
    produce, sync_group,
};
use uuid::Uuid;

pub trait Sample {
    fn sample(rng: &mut Rng) -> Self;
}

pub trait Theirs<T> {
    fn theirs(&self) -> T;
}

macro_rules! numbers {
    ($($ty:ident),*) => {$(
        impl Sample for $ty {
            fn sample(rng: &mut Rng) -> Self {
                // Defaults and small numbers must come up as well as wide ones.
                match rng.u8(..4) {
                    0 => rng.$ty(-1..=1),
                    1 => rng.$ty(0..100),
                    _ => rng.$ty(..),
                }
            }
        }

        impl Theirs<$ty> for $ty {
            fn theirs(&self) -> $ty {
                *self
            }
        }
    )*};
}

numbers!(i8, i16, i32, i64);

impl Sample for bool {
    fn sample(rng: &mut Rng) -> Self {
        rng.bool()
    }
}

impl Theirs<bool> for bool {
    fn theirs(&self) -> bool {
        *self
    }
}

impl Sample for [u8; 16] {
    fn sample(rng: &mut Rng) -> Self {
        rng.u128(..).to_be_bytes()
    }
}

impl Theirs<Uuid> for [u8; 16] {
    fn theirs(&self) -> Uuid {
        Uuid::from_bytes(*self)
    }
}

impl Sample for String {
    fn sample(rng: &mut Rng) -> Self {
        // Up to beyond the width of a one-byte compact length.
        let len = if rng.u8(..10) == 0 { rng.usize(120..300) } else { rng.usize(..12) };
        let wide = rng.bool().then_some('ż');
        (0..len).map(|_| rng.alphanumeric()).chain(wide).collect()
    }
}

impl Sample for RawString {
    fn sample(rng: &mut Rng) -> Self {
        String::sample(rng).as_str().into()
    }
}

impl Theirs<StrBytes> for RawString {
    fn theirs(&self) -> StrBytes {
        StrBytes::try_from(Bytes::from(self.as_bytes().to_vec())).expect("it was a text")
    }
}

impl Sample for &'static [u8] {
    fn sample(rng: &mut Rng) -> Self {
        const POOL: &[u8] = &[0x5a; 20_000];
        match rng.u8(..4) {
            0 => &[],
            1 => &POOL[..rng.usize(..POOL.len())],
            _ => &POOL[..rng.usize(..200)],
        }
    }
}

impl Theirs<Bytes> for &[u8] {
    fn theirs(&self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
}

macro_rules! newtypes {
    ($($from:ty => $to:ty = $make:expr;)*) => {$(
        impl Theirs<$to> for $from {
            fn theirs(&self) -> $to {
                $make(self.clone())
            }
        }
    )*};
}

newtypes! {
    String => StrBytes = StrBytes::from_string;
    String => TopicName = |s| TopicName(StrBytes::from_string(s));
    String => GroupId = |s| GroupId(StrBytes::from_string(s));
    String => TransactionalId = |s| TransactionalId(StrBytes::from_string(s));
    i32 => BrokerId = BrokerId;
    i64 => ProducerId = ProducerId;
}

impl<T: Sample> Sample for Option<T> {
    fn sample(rng: &mut Rng) -> Self {
        (rng.u8(..4) != 0).then(|| T::sample(rng))
    }
}

impl<A: Theirs<B>, B> Theirs<Option<B>> for Option<A> {
    fn theirs(&self) -> Option<B> {
        self.as_ref().map(Theirs::theirs)
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(rng: &mut Rng) -> Self {
        (0..rng.usize(..4)).map(|_| T::sample(rng)).collect()
    }
}

impl<A: Theirs<B>, B> Theirs<Vec<B>> for Vec<A> {
    fn theirs(&self) -> Vec<B> {
        self.iter().map(Theirs::theirs).collect()
    }
}

/// Fields by our name and theirs; those behind the plus are only in versions that `kafka-protocol` has
/// dropped.
macro_rules! mapped {
    ($($ours:ty => $theirs:ty { $($field:ident => $their_field:ident),* } $(+ [$($old:ident),*])?)*) => {$(
        impl Sample for $ours {
            fn sample(rng: &mut Rng) -> Self {
                Self { $($field: Sample::sample(rng),)* $($($old: Sample::sample(rng),)*)? }
            }
        }

        impl Theirs<$theirs> for $ours {
            fn theirs(&self) -> $theirs {
                let mut message = <$theirs>::default();
                $(message.$their_field = self.$field.theirs();)*
                message
            }
        }
    )*};
}

impl<P: Sample> Sample for ByTopic<P> {
    fn sample(rng: &mut Rng) -> Self {
        Self { name: Sample::sample(rng), partitions: Sample::sample(rng) }
    }
}

/// Their struct for a topic with partitions of such a type, with its names of the two fields.
macro_rules! by_topic {
    ($($partition:ty => $theirs:ty { $name:ident, $partitions:ident })*) => {$(
        impl Theirs<$theirs> for ByTopic<$partition> {
            fn theirs(&self) -> $theirs {
                let mut topic = <$theirs>::default();
                topic.$name = self.name.theirs();
                topic.$partitions = self.partitions.theirs();
                topic
            }
        }
    )*};
}

impl<P: Sample> Sample for fetch::Topic<P> {
    fn sample(rng: &mut Rng) -> Self {
        Self { name: Sample::sample(rng), id: Sample::sample(rng), partitions: Sample::sample(rng) }
    }
}

/// Their structs for a topic of Fetch.
macro_rules! fetch_topics {
    ($($partition:ty => $theirs:ty)*) => {$(
        impl Theirs<$theirs> for fetch::Topic<$partition> {
            fn theirs(&self) -> $theirs {
                let mut topic = <$theirs>::default();
                topic.topic = self.name.theirs();
                topic.topic_id = self.id.theirs();
                topic.partitions = self.partitions.theirs();
                topic
            }
        }
    )*};
}

fetch_topics! {
    fetch::RequestPartition => theirs::fetch_request::FetchTopic
    fetch::ResponsePartition<'static> => theirs::fetch_response::FetchableTopicResponse
    i32 => theirs::fetch_request::ForgottenTopic
}

impl Theirs<theirs::fetch_response::NodeEndpoint> for fetch::NodeEndpoint {
    fn theirs(&self) -> theirs::fetch_response::NodeEndpoint {
        let mut node = theirs::fetch_response::NodeEndpoint::default();
        node.node_id = self.node_id.theirs();
        node.host = self.host.theirs();
        node.port = self.port.theirs();
        node.rack = self.rack.theirs();
        node
    }
}

/// Their structs for [`PartitionError`], with their names of its fields.
macro_rules! partition_errors {
    ($($theirs:ty { $partition:ident, $error_code:ident })*) => {$(
        impl Theirs<$theirs> for PartitionError {
            fn theirs(&self) -> $theirs {
                let mut partition = <$theirs>::default();
                partition.$partition = self.partition;
                partition.$error_code = self.error_code;
                partition
            }
        }
    )*};
}

impl Theirs<theirs::fetch_response::LeaderIdAndEpoch> for fetch::LeaderIdAndEpoch {
    fn theirs(&self) -> theirs::fetch_response::LeaderIdAndEpoch {
        let mut leader = theirs::fetch_response::LeaderIdAndEpoch::default();
        leader.leader_id = self.leader_id.theirs();
        leader.leader_epoch = self.leader_epoch.theirs();
        leader
    }
}

impl Sample for PartitionError {
    fn sample(rng: &mut Rng) -> Self {
        Self { partition: Sample::sample(rng), error_code: Sample::sample(rng) }
    }
}

by_topic! {
    list_offsets::RequestPartition => theirs::list_offsets_request::ListOffsetsTopic { name, partitions }
    list_offsets::ResponsePartition => theirs::list_offsets_response::ListOffsetsTopicResponse { name, partitions }
    offset_commit::RequestPartition => theirs::offset_commit_request::OffsetCommitRequestTopic { name, partitions }
    PartitionError => theirs::offset_commit_response::OffsetCommitResponseTopic { name, partitions }
    i32 => theirs::offset_fetch_request::OffsetFetchRequestTopic { name, partition_indexes }
    offset_fetch::ResponsePartition => theirs::offset_fetch_response::OffsetFetchResponseTopic { name, partitions }
    offset_for_leader_epoch::RequestPartition => theirs::offset_for_leader_epoch_request::OffsetForLeaderTopic { topic, partitions }
    offset_for_leader_epoch::ResponsePartition => theirs::offset_for_leader_epoch_response::OffsetForLeaderTopicResult { topic, partitions }
    produce::RequestPartition<'static> => theirs::produce_request::TopicProduceData { name, partition_data }
    produce::ResponsePartition => theirs::produce_response::TopicProduceResponse { name, partition_responses }
}

partition_errors! {
    theirs::offset_commit_response::OffsetCommitResponsePartition { partition_index, error_code }
}

mapped! {
    api_versions::Request => theirs::ApiVersionsRequest {
        client_software_name => client_software_name, client_software_version => client_software_version
    }
    api_versions::Response => theirs::ApiVersionsResponse {
        error_code => error_code, api_keys => api_keys, throttle_time_ms => throttle_time_ms,
        supported_features => supported_features, finalized_features_epoch => finalized_features_epoch,
        finalized_features => finalized_features, zk_migration_ready => zk_migration_ready
    }
    api_versions::ApiRange => theirs::api_versions_response::ApiVersion {
        api_key => api_key, min_version => min_version, max_version => max_version
    }
    api_versions::SupportedFeature => theirs::api_versions_response::SupportedFeatureKey {
        name => name, min_version => min_version, max_version => max_version
    }
    api_versions::FinalizedFeature => theirs::api_versions_response::FinalizedFeatureKey {
        name => name, max_version_level => max_version_level, min_version_level => min_version_level
    }
    init_producer_id::Request => theirs::InitProducerIdRequest {
        transactional_id => transactional_id, transaction_timeout_ms => transaction_timeout_ms,
        producer_id => producer_id, producer_epoch => producer_epoch
    }
    init_producer_id::Response => theirs::InitProducerIdResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, producer_id => producer_id,
        producer_epoch => producer_epoch
    }
    find_coordinator::Request => theirs::FindCoordinatorRequest {
        key => key, key_type => key_type, coordinator_keys => coordinator_keys
    }
    find_coordinator::Response => theirs::FindCoordinatorResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, error_message => error_message,
        node_id => node_id, host => host, port => port, coordinators => coordinators
    }
    find_coordinator::Coordinator => theirs::find_coordinator_response::Coordinator {
        key => key, node_id => node_id, host => host, port => port, error_code => error_code,
        error_message => error_message
    }
    list_offsets::Request => theirs::ListOffsetsRequest {
        replica_id => replica_id, isolation_level => isolation_level, topics => topics
    }
    list_offsets::RequestPartition => theirs::list_offsets_request::ListOffsetsPartition {
        partition => partition_index, current_leader_epoch => current_leader_epoch, timestamp => timestamp
    } + [max_num_offsets]
    list_offsets::Response => theirs::ListOffsetsResponse {
        throttle_time_ms => throttle_time_ms, topics => topics
    }
    list_offsets::ResponsePartition => theirs::list_offsets_response::ListOffsetsPartitionResponse {
        partition => partition_index, error_code => error_code, timestamp => timestamp, offset => offset,
        leader_epoch => leader_epoch
    } + [old_style_offsets]
    metadata::Request => theirs::MetadataRequest {
        topics => topics, allow_auto_topic_creation => allow_auto_topic_creation,
        include_cluster_authorized_operations => include_cluster_authorized_operations,
        include_topic_authorized_operations => include_topic_authorized_operations
    }
    metadata::RequestTopic => theirs::metadata_request::MetadataRequestTopic {
        topic_id => topic_id, name => name
    }
    metadata::Response => theirs::MetadataResponse {
        throttle_time_ms => throttle_time_ms, brokers => brokers, cluster_id => cluster_id,
        controller_id => controller_id, topics => topics,
        cluster_authorized_operations => cluster_authorized_operations, error_code => error_code
    }
    metadata::Broker => theirs::metadata_response::MetadataResponseBroker {
        node_id => node_id, host => host, port => port, rack => rack
    }
    metadata::Topic => theirs::metadata_response::MetadataResponseTopic {
        error_code => error_code, name => name, topic_id => topic_id, is_internal => is_internal,
        partitions => partitions, topic_authorized_operations => topic_authorized_operations
    }
    metadata::Partition => theirs::metadata_response::MetadataResponsePartition {
        error_code => error_code, partition => partition_index, leader_id => leader_id,
        leader_epoch => leader_epoch, replicas => replica_nodes, isr => isr_nodes,
        offline_replicas => offline_replicas
    }
    produce::Request<'static> => theirs::ProduceRequest {
        transactional_id => transactional_id, acks => acks, timeout_ms => timeout_ms, topics => topic_data
    }
    produce::RequestPartition<'static> => theirs::produce_request::PartitionProduceData {
        partition => index, records => records
    }
    produce::Response => theirs::ProduceResponse {
        topics => responses, throttle_time_ms => throttle_time_ms, node_endpoints => node_endpoints
    }
    produce::ResponsePartition => theirs::produce_response::PartitionProduceResponse {
        partition => index, error_code => error_code, base_offset => base_offset,
        log_append_time_ms => log_append_time_ms, log_start_offset => log_start_offset,
        record_errors => record_errors, error_message => error_message, current_leader => current_leader
    }
    produce::RecordError => theirs::produce_response::BatchIndexAndErrorMessage {
        batch_index => batch_index, message => batch_index_error_message
    }
    produce::LeaderIdAndEpoch => theirs::produce_response::LeaderIdAndEpoch {
        leader_id => leader_id, leader_epoch => leader_epoch
    }
    produce::NodeEndpoint => theirs::produce_response::NodeEndpoint {
        node_id => node_id, host => host, port => port, rack => rack
    }
    fetch::Request => theirs::FetchRequest {
        replica_id => replica_id, max_wait_ms => max_wait_ms, min_bytes => min_bytes, max_bytes => max_bytes,
        isolation_level => isolation_level, session_id => session_id, session_epoch => session_epoch,
        topics => topics, forgotten_topics => forgotten_topics_data, rack_id => rack_id,
        cluster_id => cluster_id
    }
    fetch::RequestPartition => theirs::fetch_request::FetchPartition {
        partition => partition, current_leader_epoch => current_leader_epoch, fetch_offset => fetch_offset,
        last_fetched_epoch => last_fetched_epoch, log_start_offset => log_start_offset,
        partition_max_bytes => partition_max_bytes
    }
    fetch::Response<'static> => theirs::FetchResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, session_id => session_id,
        topics => responses, node_endpoints => node_endpoints
    }
    fetch::ResponsePartition<'static> => theirs::fetch_response::PartitionData {
        partition => partition_index, error_code => error_code, high_watermark => high_watermark,
        last_stable_offset => last_stable_offset, log_start_offset => log_start_offset,
        aborted_transactions => aborted_transactions, preferred_read_replica => preferred_read_replica,
        records => records, diverging_epoch => diverging_epoch, current_leader => current_leader,
        snapshot_id => snapshot_id
    }
    fetch::AbortedTransaction => theirs::fetch_response::AbortedTransaction {
        producer_id => producer_id, first_offset => first_offset
    }
    fetch::EpochEndOffset => theirs::fetch_response::EpochEndOffset { epoch => epoch, end_offset => end_offset }
    fetch::SnapshotId => theirs::fetch_response::SnapshotId { end_offset => end_offset, epoch => epoch }
    offset_for_leader_epoch::Request => theirs::OffsetForLeaderEpochRequest {
        replica_id => replica_id, topics => topics
    }
    offset_for_leader_epoch::RequestPartition => theirs::offset_for_leader_epoch_request::OffsetForLeaderPartition {
        partition => partition, current_leader_epoch => current_leader_epoch, leader_epoch => leader_epoch
    }
    offset_for_leader_epoch::Response => theirs::OffsetForLeaderEpochResponse {
        throttle_time_ms => throttle_time_ms, topics => topics
    }
    offset_for_leader_epoch::ResponsePartition => theirs::offset_for_leader_epoch_response::EpochEndOffset {
        error_code => error_code, partition => partition, leader_epoch => leader_epoch, end_offset => end_offset
    }
    offset_commit::Request => theirs::OffsetCommitRequest {
        group_id => group_id, generation_id => generation_id_or_member_epoch, member_id => member_id, group_instance_id => group_instance_id, retention_time_ms => retention_time_ms, topics => topics
    }
    offset_commit::RequestPartition => theirs::offset_commit_request::OffsetCommitRequestPartition {
        partition => partition_index, committed_offset => committed_offset, committed_leader_epoch => committed_leader_epoch, committed_metadata => committed_metadata
    } + [commit_timestamp]
    offset_commit::Response => theirs::OffsetCommitResponse {
        throttle_time_ms => throttle_time_ms, topics => topics
    }
    offset_fetch::Request => theirs::OffsetFetchRequest {
        group_id => group_id, topics => topics, require_stable => require_stable
    } + [groups]
    offset_fetch::RequestGroup => theirs::offset_fetch_request::OffsetFetchRequestGroup {
        group_id => group_id, member_id => member_id, member_epoch => member_epoch
    } + [topics]
    offset_fetch::Response => theirs::OffsetFetchResponse {
        throttle_time_ms => throttle_time_ms, topics => topics, error_code => error_code
    } + [groups]
    offset_fetch::ResponseGroup => theirs::offset_fetch_response::OffsetFetchResponseGroup {
        group_id => group_id, error_code => error_code
    } + [topics]
    offset_fetch::ResponsePartition => theirs::offset_fetch_response::OffsetFetchResponsePartition {
        partition => partition_index, committed_offset => committed_offset, committed_leader_epoch => committed_leader_epoch, metadata => metadata, error_code => error_code
    }
    join_group::Request<'static> => theirs::JoinGroupRequest {
        group_id => group_id, session_timeout_ms => session_timeout_ms, rebalance_timeout_ms => rebalance_timeout_ms, member_id => member_id, group_instance_id => group_instance_id, protocol_type => protocol_type, protocols => protocols, reason => reason
    }
    join_group::Protocol<'static> => theirs::join_group_request::JoinGroupRequestProtocol {
        name => name, metadata => metadata
    }
    join_group::Response<'static> => theirs::JoinGroupResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, generation_id => generation_id, protocol_type => protocol_type, protocol_name => protocol_name, leader => leader, skip_assignment => skip_assignment, member_id => member_id, members => members
    }
    join_group::Member<'static> => theirs::join_group_response::JoinGroupResponseMember {
        member_id => member_id, group_instance_id => group_instance_id, metadata => metadata
    }
    sync_group::Request<'static> => theirs::SyncGroupRequest {
        group_id => group_id, generation_id => generation_id, member_id => member_id, group_instance_id => group_instance_id, protocol_type => protocol_type, protocol_name => protocol_name, assignments => assignments
    }
    sync_group::Assignment<'static> => theirs::sync_group_request::SyncGroupRequestAssignment {
        member_id => member_id, assignment => assignment
    }
    sync_group::Response<'static> => theirs::SyncGroupResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, protocol_type => protocol_type, protocol_name => protocol_name, assignment => assignment
    }
    heartbeat::Request => theirs::HeartbeatRequest {
        group_id => group_id, generation_id => generation_id, member_id => member_id, group_instance_id => group_instance_id
    }
    heartbeat::Response => theirs::HeartbeatResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code
    }
    leave_group::Request => theirs::LeaveGroupRequest {
        group_id => group_id, member_id => member_id, members => members
    }
    leave_group::Leaving => theirs::leave_group_request::MemberIdentity {
        member_id => member_id, group_instance_id => group_instance_id, reason => reason
    }
    leave_group::Response => theirs::LeaveGroupResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, members => members
    }
    leave_group::Left => theirs::leave_group_response::MemberResponse {
        member_id => member_id, group_instance_id => group_instance_id, error_code => error_code
    }
    list_groups::Request => theirs::ListGroupsRequest {
        states_filter => states_filter, types_filter => types_filter
    }
    list_groups::Response => theirs::ListGroupsResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, groups => groups
    }
    list_groups::ListedGroup => theirs::list_groups_response::ListedGroup {
        group_id => group_id, protocol_type => protocol_type, group_state => group_state, group_type => group_type
    }
    describe_groups::Request => theirs::DescribeGroupsRequest {
        groups => groups, include_authorized_operations => include_authorized_operations
    }
    describe_groups::Response<'static> => theirs::DescribeGroupsResponse {
        throttle_time_ms => throttle_time_ms, groups => groups
    }
    describe_groups::DescribedGroup<'static> => theirs::describe_groups_response::DescribedGroup {
        error_code => error_code, error_message => error_message, group_id => group_id, group_state => group_state, protocol_type => protocol_type, protocol_data => protocol_data, members => members, authorized_operations => authorized_operations
    }
    describe_groups::DescribedMember<'static> => theirs::describe_groups_response::DescribedGroupMember {
        member_id => member_id, group_instance_id => group_instance_id, client_id => client_id, client_host => client_host, member_metadata => member_metadata, member_assignment => member_assignment
    }
}
