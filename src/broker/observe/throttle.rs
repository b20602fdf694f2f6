//! Brokers that slow the client down say so in their responses (quotas, KIP-219); the application is told each time, and once
//! when it is over.

use crate::base::sync::Arc;
use crate::broker::{BrokerContext, BrokerEvent, BrokerHandle};
use crate::protocol::ApiKey;
use crate::protocol::primitives::Reader;

/// The first version of an API whose response begins with the throttle time. (That of a Produce or ApiVersions response stands
/// further back.)
fn first_version(api: ApiKey) -> Option<i16> {
    match api {
        ApiKey::Metadata => Some(3),
        ApiKey::ListOffsets | ApiKey::CreateTopics => Some(2),
        ApiKey::FindCoordinator | ApiKey::DeleteTopics => Some(1),
        ApiKey::InitProducerId
        | ApiKey::AddPartitionsToTxn
        | ApiKey::AddOffsetsToTxn
        | ApiKey::EndTxn
        | ApiKey::TxnOffsetCommit
        | ApiKey::DescribeConfigs
        | ApiKey::AlterConfigs
        | ApiKey::IncrementalAlterConfigs
        | ApiKey::CreatePartitions
        | ApiKey::DescribeCluster
        | ApiKey::GetTelemetrySubscriptions
        | ApiKey::PushTelemetry => Some(0),
        _ => None,
    }
}

/// The throttle time in milliseconds, from a response without its header.
pub(in crate::broker) fn of_response(api: ApiKey, version: i16, body: &[u8]) -> Option<i32> {
    (version >= first_version(api)?).then(|| Reader::new(body).i32().ok())?
}

/// A broker has answered. `throttle_ms`: as it told; `None` tells nothing.
pub(in crate::broker) fn note(handle: &Arc<BrokerHandle>, context: &BrokerContext, throttle_ms: Option<i32>) {
    let Some(throttle_ms) = throttle_ms else { return };
    let throttles = throttle_ms > 0;
    if throttles {
        handle.stats().note_throttle(throttle_ms);
    }
    if handle.set_throttling(throttles) || throttles {
        context.listener.event(handle, BrokerEvent::Throttled { throttle_ms });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        add_offsets_to_txn, add_partitions_to_txn, alter_configs, create_partitions, create_topics,
        delete_topics, describe_cluster, describe_configs, end_txn, find_coordinator,
        get_telemetry_subscriptions, incremental_alter_configs, init_producer_id, list_offsets, metadata,
        push_telemetry, txn_offset_commit,
    };

    /// Of every version of every API that the client speaks, what the encoder wrote is found.
    #[test]
    fn it_is_found_in_every_version() {
        macro_rules! check {
            ($($api:ident $module:ident;)*) => {$(
                for version in $module::VERSIONS {
                    let mut out = Vec::new();
                    $module::Response { throttle_time_ms: 1234, ..Default::default() }.encode(version, &mut out);
                    let expected = out.starts_with(&1234_i32.to_be_bytes()).then_some(1234);
                    assert_eq!(of_response(ApiKey::$api, version, &out), expected, "{} {version}", stringify!($api));
                    assert_eq!(of_response(ApiKey::$api, version, &[0; 3]), None);
                }
            )*};
        }
        check! {
            Metadata metadata;
            ListOffsets list_offsets;
            CreateTopics create_topics;
            FindCoordinator find_coordinator;
            DeleteTopics delete_topics;
            InitProducerId init_producer_id;
            AddPartitionsToTxn add_partitions_to_txn;
            AddOffsetsToTxn add_offsets_to_txn;
            EndTxn end_txn;
            TxnOffsetCommit txn_offset_commit;
            DescribeConfigs describe_configs;
            AlterConfigs alter_configs;
            IncrementalAlterConfigs incremental_alter_configs;
            CreatePartitions create_partitions;
            DescribeCluster describe_cluster;
            GetTelemetrySubscriptions get_telemetry_subscriptions;
            PushTelemetry push_telemetry;
        }
    }
}
