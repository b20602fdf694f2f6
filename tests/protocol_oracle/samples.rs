//! Random content for every message, and its translation into the types of `kafka-protocol`.

use bytes::Bytes;
use fastrand::Rng;
use kafka_protocol::messages as theirs;
use kafka_protocol::messages::{BrokerId, GroupId, ProducerId, TopicName, TransactionalId};
use kafka_protocol::protocol::StrBytes;
use rdkafka::protocol::{
    api_versions, fetch, find_coordinator, init_producer_id, list_offsets, metadata, produce,
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
    String => TransactionalId = |s| TransactionalId(StrBytes::from_string(s));
    String => GroupId = |s| GroupId(StrBytes::from_string(s));
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

/// Fields by our name and theirs; those behind the plus are only in versions that `kafka-protocol` has dropped.
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
    list_offsets::RequestTopic => theirs::list_offsets_request::ListOffsetsTopic {
        name => name, partitions => partitions
    }
    list_offsets::RequestPartition => theirs::list_offsets_request::ListOffsetsPartition {
        partition => partition_index, current_leader_epoch => current_leader_epoch, timestamp => timestamp
    } + [max_num_offsets]
    list_offsets::Response => theirs::ListOffsetsResponse {
        throttle_time_ms => throttle_time_ms, topics => topics
    }
    list_offsets::ResponseTopic => theirs::list_offsets_response::ListOffsetsTopicResponse {
        name => name, partitions => partitions
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
    produce::RequestTopic<'static> => theirs::produce_request::TopicProduceData {
        name => name, partitions => partition_data
    }
    produce::RequestPartition<'static> => theirs::produce_request::PartitionProduceData {
        partition => index, records => records
    }
    produce::Response => theirs::ProduceResponse {
        topics => responses, throttle_time_ms => throttle_time_ms, node_endpoints => node_endpoints
    }
    produce::ResponseTopic => theirs::produce_response::TopicProduceResponse {
        name => name, partitions => partition_responses
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
    fetch::RequestTopic => theirs::fetch_request::FetchTopic { name => topic, partitions => partitions }
    fetch::RequestPartition => theirs::fetch_request::FetchPartition {
        partition => partition, current_leader_epoch => current_leader_epoch, fetch_offset => fetch_offset,
        last_fetched_epoch => last_fetched_epoch, log_start_offset => log_start_offset,
        partition_max_bytes => partition_max_bytes
    }
    fetch::ForgottenTopic => theirs::fetch_request::ForgottenTopic { name => topic, partitions => partitions }
    fetch::Response<'static> => theirs::FetchResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, session_id => session_id,
        topics => responses
    }
    fetch::ResponseTopic<'static> => theirs::fetch_response::FetchableTopicResponse {
        name => topic, partitions => partitions
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
    fetch::LeaderIdAndEpoch => theirs::fetch_response::LeaderIdAndEpoch {
        leader_id => leader_id, leader_epoch => leader_epoch
    }
    fetch::SnapshotId => theirs::fetch_response::SnapshotId { end_offset => end_offset, epoch => epoch }
}
