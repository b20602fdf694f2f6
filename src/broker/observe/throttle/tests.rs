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
