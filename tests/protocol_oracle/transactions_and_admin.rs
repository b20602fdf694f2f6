//! The messages of transactions, SASL, telemetry and topic administration against the other side.

use crate::Message;
use crate::messages::{compare, compare_borrowed};
use crate::robustness::throw_at;
use crate::samples::{Sample, Theirs};
use fastrand::Rng;
use kafka_protocol::messages as theirs;
use rdkafka::protocol::{ByTopic, Malformed, PartitionError, Reader};
use rdkafka::protocol::{
    add_offsets_to_txn, add_partitions_to_txn, consumer_group_heartbeat, create_topics, delete_topics,
    describe_cluster, end_txn, get_telemetry_subscriptions, push_telemetry, sasl_authenticate,
    sasl_handshake, txn_offset_commit,
};

messages! {
    add_offsets_to_txn::Request, add_offsets_to_txn::VERSIONS;
    add_offsets_to_txn::Response, add_offsets_to_txn::VERSIONS;
    add_partitions_to_txn::Request, add_partitions_to_txn::VERSIONS;
    add_partitions_to_txn::Response, add_partitions_to_txn::VERSIONS;
    consumer_group_heartbeat::Request, consumer_group_heartbeat::VERSIONS;
    consumer_group_heartbeat::Response, consumer_group_heartbeat::VERSIONS;
    create_topics::Request, create_topics::VERSIONS;
    create_topics::Response, create_topics::VERSIONS;
    delete_topics::Request, delete_topics::VERSIONS;
    delete_topics::Response, delete_topics::VERSIONS;
    describe_cluster::Request, describe_cluster::VERSIONS;
    describe_cluster::Response, describe_cluster::VERSIONS;
    end_txn::Request, end_txn::VERSIONS;
    end_txn::Response, end_txn::VERSIONS;
    get_telemetry_subscriptions::Request, get_telemetry_subscriptions::VERSIONS;
    get_telemetry_subscriptions::Response, get_telemetry_subscriptions::VERSIONS;
    push_telemetry::Request<'a>, push_telemetry::VERSIONS;
    push_telemetry::Response, push_telemetry::VERSIONS;
    sasl_authenticate::Request<'a>, sasl_authenticate::VERSIONS;
    sasl_authenticate::Response<'a>, sasl_authenticate::VERSIONS;
    sasl_handshake::Request, sasl_handshake::VERSIONS;
    sasl_handshake::Response, sasl_handshake::VERSIONS;
    txn_offset_commit::Request, txn_offset_commit::VERSIONS;
    txn_offset_commit::Response, txn_offset_commit::VERSIONS;
}

by_topic! {
    i32 => theirs::add_partitions_to_txn_request::AddPartitionsToTxnTopic { name, partitions }
    PartitionError => theirs::add_partitions_to_txn_response::AddPartitionsToTxnTopicResult { name, results_by_partition }
    txn_offset_commit::RequestPartition => theirs::txn_offset_commit_request::TxnOffsetCommitRequestTopic { name, partitions }
    PartitionError => theirs::txn_offset_commit_response::TxnOffsetCommitResponseTopic { name, partitions }
}

partition_errors! {
    theirs::add_partitions_to_txn_response::AddPartitionsToTxnPartitionResult { partition_index, partition_error_code }
    theirs::txn_offset_commit_response::TxnOffsetCommitResponsePartition { partition_index, error_code }
}

mapped! {
    add_offsets_to_txn::Request => theirs::AddOffsetsToTxnRequest {
        transactional_id => transactional_id, producer_id => producer_id, producer_epoch => producer_epoch,
        group_id => group_id
    }
    add_offsets_to_txn::Response => theirs::AddOffsetsToTxnResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code
    }
    add_partitions_to_txn::Request => theirs::AddPartitionsToTxnRequest {
        transactional_id => v3_and_below_transactional_id, producer_id => v3_and_below_producer_id,
        producer_epoch => v3_and_below_producer_epoch, topics => v3_and_below_topics
    }
    add_partitions_to_txn::Response => theirs::AddPartitionsToTxnResponse {
        throttle_time_ms => throttle_time_ms, topics => results_by_topic_v3_and_below
    }
    consumer_group_heartbeat::Request => theirs::ConsumerGroupHeartbeatRequest {
        group_id => group_id, member_id => member_id, member_epoch => member_epoch,
        instance_id => instance_id, rack_id => rack_id, rebalance_timeout_ms => rebalance_timeout_ms,
        subscribed_topic_names => subscribed_topic_names, subscribed_topic_regex => subscribed_topic_regex,
        server_assignor => server_assignor, topic_partitions => topic_partitions
    }
    consumer_group_heartbeat::Response => theirs::ConsumerGroupHeartbeatResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, error_message => error_message,
        member_id => member_id, member_epoch => member_epoch, heartbeat_interval_ms => heartbeat_interval_ms,
        assignment => assignment
    }
    consumer_group_heartbeat::Assignment => theirs::consumer_group_heartbeat_response::Assignment {
        topic_partitions => topic_partitions
    }
    create_topics::Request => theirs::CreateTopicsRequest {
        topics => topics, timeout_ms => timeout_ms, validate_only => validate_only
    }
    create_topics::RequestTopic => theirs::create_topics_request::CreatableTopic {
        name => name, num_partitions => num_partitions, replication_factor => replication_factor,
        assignments => assignments, configs => configs
    }
    create_topics::Assignment => theirs::create_topics_request::CreatableReplicaAssignment {
        partition => partition_index, broker_ids => broker_ids
    }
    create_topics::Config => theirs::create_topics_request::CreatableTopicConfig {
        name => name, value => value
    }
    create_topics::Response => theirs::CreateTopicsResponse {
        throttle_time_ms => throttle_time_ms, topics => topics
    }
    create_topics::ResponseTopic => theirs::create_topics_response::CreatableTopicResult {
        name => name, topic_id => topic_id, error_code => error_code, error_message => error_message,
        num_partitions => num_partitions, replication_factor => replication_factor, configs => configs,
        topic_config_error_code => topic_config_error_code
    }
    create_topics::ResponseConfig => theirs::create_topics_response::CreatableTopicConfigs {
        name => name, value => value, read_only => read_only, config_source => config_source,
        is_sensitive => is_sensitive
    }
    delete_topics::Request => theirs::DeleteTopicsRequest {
        topics => topics, topic_names => topic_names, timeout_ms => timeout_ms
    }
    delete_topics::RequestTopic => theirs::delete_topics_request::DeleteTopicState {
        name => name, topic_id => topic_id
    }
    delete_topics::Response => theirs::DeleteTopicsResponse {
        throttle_time_ms => throttle_time_ms, topics => responses
    }
    delete_topics::ResponseTopic => theirs::delete_topics_response::DeletableTopicResult {
        name => name, topic_id => topic_id, error_code => error_code, error_message => error_message
    }
    describe_cluster::Request => theirs::DescribeClusterRequest {
        include_cluster_authorized_operations => include_cluster_authorized_operations,
        endpoint_type => endpoint_type, include_fenced_brokers => include_fenced_brokers
    }
    describe_cluster::Response => theirs::DescribeClusterResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, error_message => error_message,
        endpoint_type => endpoint_type, cluster_id => cluster_id, controller_id => controller_id,
        brokers => brokers, cluster_authorized_operations => cluster_authorized_operations
    }
    describe_cluster::Broker => theirs::describe_cluster_response::DescribeClusterBroker {
        broker_id => broker_id, host => host, port => port, rack => rack, is_fenced => is_fenced
    }
    end_txn::Request => theirs::EndTxnRequest {
        transactional_id => transactional_id, producer_id => producer_id, producer_epoch => producer_epoch,
        committed => committed
    }
    end_txn::Response => theirs::EndTxnResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code, producer_id => producer_id,
        producer_epoch => producer_epoch
    }
    get_telemetry_subscriptions::Request => theirs::GetTelemetrySubscriptionsRequest {
        client_instance_id => client_instance_id
    }
    get_telemetry_subscriptions::Response => theirs::GetTelemetrySubscriptionsResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code,
        client_instance_id => client_instance_id, subscription_id => subscription_id,
        accepted_compression_types => accepted_compression_types, push_interval_ms => push_interval_ms,
        telemetry_max_bytes => telemetry_max_bytes, delta_temporality => delta_temporality,
        requested_metrics => requested_metrics
    }
    push_telemetry::Request<'static> => theirs::PushTelemetryRequest {
        client_instance_id => client_instance_id, subscription_id => subscription_id,
        terminating => terminating, compression_type => compression_type, metrics => metrics
    }
    push_telemetry::Response => theirs::PushTelemetryResponse {
        throttle_time_ms => throttle_time_ms, error_code => error_code
    }
    sasl_authenticate::Request<'static> => theirs::SaslAuthenticateRequest { auth_bytes => auth_bytes }
    sasl_authenticate::Response<'static> => theirs::SaslAuthenticateResponse {
        error_code => error_code, error_message => error_message, auth_bytes => auth_bytes,
        session_lifetime_ms => session_lifetime_ms
    }
    sasl_handshake::Request => theirs::SaslHandshakeRequest { mechanism => mechanism }
    sasl_handshake::Response => theirs::SaslHandshakeResponse {
        error_code => error_code, mechanisms => mechanisms
    }
    txn_offset_commit::Request => theirs::TxnOffsetCommitRequest {
        transactional_id => transactional_id, group_id => group_id, producer_id => producer_id,
        producer_epoch => producer_epoch, generation_id => generation_id, member_id => member_id,
        group_instance_id => group_instance_id, topics => topics
    }
    txn_offset_commit::RequestPartition => theirs::txn_offset_commit_request::TxnOffsetCommitRequestPartition {
        partition => partition_index, committed_offset => committed_offset,
        committed_leader_epoch => committed_leader_epoch, committed_metadata => committed_metadata
    }
    txn_offset_commit::Response => theirs::TxnOffsetCommitResponse {
        throttle_time_ms => throttle_time_ms, topics => topics
    }
}

/// Both directions have the type, and the other side has two of it.
impl Sample for consumer_group_heartbeat::TopicPartitions {
    fn sample(rng: &mut Rng) -> Self {
        Self { topic_id: Sample::sample(rng), partitions: Sample::sample(rng) }
    }
}

impl Theirs<theirs::consumer_group_heartbeat_request::TopicPartitions>
    for consumer_group_heartbeat::TopicPartitions
{
    fn theirs(&self) -> theirs::consumer_group_heartbeat_request::TopicPartitions {
        let mut message = theirs::consumer_group_heartbeat_request::TopicPartitions::default();
        (message.topic_id, message.partitions) = (self.topic_id.theirs(), self.partitions.clone());
        message
    }
}

impl Theirs<theirs::consumer_group_heartbeat_response::TopicPartitions>
    for consumer_group_heartbeat::TopicPartitions
{
    fn theirs(&self) -> theirs::consumer_group_heartbeat_response::TopicPartitions {
        let mut message = theirs::consumer_group_heartbeat_response::TopicPartitions::default();
        (message.topic_id, message.partitions) = (self.topic_id.theirs(), self.partitions.clone());
        message
    }
}

#[test]
fn members() {
    compare::<consumer_group_heartbeat::Request, theirs::ConsumerGroupHeartbeatRequest>(0..=1, |_, _| {});
    compare::<consumer_group_heartbeat::Response, theirs::ConsumerGroupHeartbeatResponse>(0..=1, |_, _| {});
}

#[test]
fn transactions() {
    compare::<add_partitions_to_txn::Request, theirs::AddPartitionsToTxnRequest>(0..=3, |_, _| {});
    compare::<add_partitions_to_txn::Response, theirs::AddPartitionsToTxnResponse>(0..=3, |_, _| {});
    compare::<add_offsets_to_txn::Request, theirs::AddOffsetsToTxnRequest>(0..=4, |_, _| {});
    compare::<add_offsets_to_txn::Response, theirs::AddOffsetsToTxnResponse>(0..=4, |_, _| {});
    compare::<end_txn::Request, theirs::EndTxnRequest>(0..=5, |_, _| {});
    compare::<end_txn::Response, theirs::EndTxnResponse>(0..=5, |_, _| {});
    compare::<txn_offset_commit::Request, theirs::TxnOffsetCommitRequest>(0..=5, |_, _| {});
    compare::<txn_offset_commit::Response, theirs::TxnOffsetCommitResponse>(0..=5, |_, _| {});
}

#[test]
fn sasl() {
    compare::<sasl_handshake::Request, theirs::SaslHandshakeRequest>(0..=1, |_, _| {});
    compare::<sasl_handshake::Response, theirs::SaslHandshakeResponse>(0..=1, |_, _| {});
    compare_borrowed::<sasl_authenticate::Request<'static>, theirs::SaslAuthenticateRequest>(
        0..=2,
        |_, _| {},
    );
    compare_borrowed::<sasl_authenticate::Response<'static>, theirs::SaslAuthenticateResponse>(
        0..=2,
        |_, _| {},
    );
}

#[test]
fn telemetry() {
    compare::<get_telemetry_subscriptions::Request, theirs::GetTelemetrySubscriptionsRequest>(
        0..=0,
        |_, _| {},
    );
    compare::<get_telemetry_subscriptions::Response, theirs::GetTelemetrySubscriptionsResponse>(
        0..=0,
        |_, _| {},
    );
    compare_borrowed::<push_telemetry::Request<'static>, theirs::PushTelemetryRequest>(0..=0, |_, _| {});
    compare::<push_telemetry::Response, theirs::PushTelemetryResponse>(0..=0, |_, _| {});
}

#[test]
fn administration() {
    compare::<create_topics::Request, theirs::CreateTopicsRequest>(2..=7, |_, _| {});
    compare::<create_topics::Response, theirs::CreateTopicsResponse>(2..=7, |_, _| {});
    compare::<delete_topics::Request, theirs::DeleteTopicsRequest>(1..=6, |_, _| {});
    compare::<delete_topics::Response, theirs::DeleteTopicsResponse>(1..=6, |m, version| {
        for topic in m.topics.iter_mut().filter(|_| version < 6) {
            topic.name.get_or_insert_default();
        }
    });
    compare::<describe_cluster::Request, theirs::DescribeClusterRequest>(0..=2, |_, _| {});
    compare::<describe_cluster::Response, theirs::DescribeClusterResponse>(0..=2, |_, _| {});
}

#[test]
fn they_take_anything() {
    throw_at::<add_offsets_to_txn::Request>();
    throw_at::<add_offsets_to_txn::Response>();
    throw_at::<add_partitions_to_txn::Request>();
    throw_at::<add_partitions_to_txn::Response>();
    throw_at::<consumer_group_heartbeat::Request>();
    throw_at::<consumer_group_heartbeat::Response>();
    throw_at::<create_topics::Request>();
    throw_at::<create_topics::Response>();
    throw_at::<delete_topics::Request>();
    throw_at::<delete_topics::Response>();
    throw_at::<describe_cluster::Request>();
    throw_at::<describe_cluster::Response>();
    throw_at::<end_txn::Request>();
    throw_at::<end_txn::Response>();
    throw_at::<get_telemetry_subscriptions::Request>();
    throw_at::<get_telemetry_subscriptions::Response>();
    throw_at::<push_telemetry::Request<'static>>();
    throw_at::<push_telemetry::Response>();
    throw_at::<sasl_authenticate::Request<'static>>();
    throw_at::<sasl_authenticate::Response<'static>>();
    throw_at::<sasl_handshake::Request>();
    throw_at::<sasl_handshake::Response>();
    throw_at::<txn_offset_commit::Request>();
    throw_at::<txn_offset_commit::Response>();
}
