//! Responses to all that the client asks beside Produce and Metadata: transactions, offsets, administration,
//! SASL, telemetry.

use super::responses::{decoder, encoder, fuzz};
use rdkafka::protocol::{
    ByTopic, PartitionError, Reader, add_offsets_to_txn, add_partitions_to_txn, alter_configs,
    create_partitions, create_topics, delete_topics, describe_cluster, describe_configs, end_txn,
    get_telemetry_subscriptions, incremental_alter_configs, list_offsets, offset_for_leader_epoch,
    push_telemetry, sasl_authenticate, sasl_handshake, txn_offset_commit,
};

const NAMES: [&str; 2] = ["t", "another-topic"];

/// Declares a test that mutates a response of every version.
macro_rules! responses {
    ($test:ident, $api:ident, $response:expr) => {
        #[test]
        fn $test() {
            let response = $response;
            let target = concat!(stringify!($api), " responses");
            fuzz(target, $api::VERSIONS, encoder!(response), decoder!($api));
        }
    };
}

responses!(partitions_added, add_partitions_to_txn, {
    use add_partitions_to_txn::Response;
    let partitions: Vec<_> = (0..5).map(|partition| PartitionError { partition, error_code: 15 }).collect();
    let topic = |name: &str| ByTopic::new(name, partitions.clone());
    Response { topics: NAMES.map(topic).to_vec(), ..Default::default() }
});

responses!(
    offsets_added,
    add_offsets_to_txn,
    add_offsets_to_txn::Response { error_code: 15, ..Default::default() }
);

responses!(offsets_committed, txn_offset_commit, {
    use txn_offset_commit::Response;
    let partitions: Vec<_> = (0..5).map(|partition| PartitionError { partition, error_code: 14 }).collect();
    let topic = |name: &str| ByTopic::new(name, partitions.clone());
    Response { topics: NAMES.map(topic).to_vec(), ..Default::default() }
});

responses!(
    transactions_ended,
    end_txn,
    end_txn::Response { producer_id: 7, producer_epoch: 3, ..Default::default() }
);

responses!(offsets_listed, list_offsets, {
    use list_offsets::{Response, ResponsePartition};
    let of = |partition| ResponsePartition {
        partition,
        old_style_offsets: vec![5, 3, 0],
        offset: 9,
        ..Default::default()
    };
    let topic = |name: &str| ByTopic::new(name, (0..5).map(of).collect());
    Response { topics: NAMES.map(topic).to_vec(), ..Default::default() }
});

responses!(epochs_found, offset_for_leader_epoch, {
    use offset_for_leader_epoch::{Response, ResponsePartition};
    let of = |partition| ResponsePartition { partition, end_offset: 9, ..Default::default() };
    let topic = |name: &str| ByTopic::new(name, (0..5).map(of).collect());
    Response { topics: NAMES.map(topic).to_vec(), ..Default::default() }
});

responses!(topics_created, create_topics, {
    use create_topics::{Response, ResponseConfig, ResponseTopic};
    let config =
        |name: &str| ResponseConfig { name: name.into(), value: Some("v".into()), ..Default::default() };
    let topic = |name: &str| ResponseTopic {
        name: name.into(),
        error_code: 36,
        error_message: Some("exists".into()),
        configs: Some(["a", "b"].map(config).to_vec()),
        ..Default::default()
    };
    Response { topics: NAMES.map(topic).to_vec(), ..Default::default() }
});

responses!(topics_deleted, delete_topics, {
    use delete_topics::{Response, ResponseTopic};
    let topic = |name: &str| ResponseTopic {
        name: Some(name.into()),
        error_message: Some("why".into()),
        ..Default::default()
    };
    Response { topics: NAMES.map(topic).to_vec(), ..Default::default() }
});

responses!(partitions_created, create_partitions, {
    use create_partitions::{Response, ResponseTopic};
    let topic =
        |name: &str| ResponseTopic { name: name.into(), error_code: 37, error_message: Some("few".into()) };
    Response { topics: NAMES.map(topic).to_vec(), ..Default::default() }
});

responses!(configs_described, describe_configs, {
    use describe_configs::{Config, Response, ResponseResource, Synonym};
    let synonym = |name: &str| Synonym { name: name.into(), value: None, source: 4 };
    let config = |name: &str| Config {
        name: name.into(),
        value: Some("v".into()),
        synonyms: ["s", "u"].map(synonym).to_vec(),
        documentation: Some("what it is".into()),
        ..Default::default()
    };
    let resource = |name: &str| ResponseResource {
        resource_type: 2,
        name: name.into(),
        configs: ["a", "b"].map(config).to_vec(),
        ..Default::default()
    };
    Response { resources: NAMES.map(resource).to_vec(), ..Default::default() }
});

responses!(configs_altered, alter_configs, {
    use alter_configs::{Response, ResponseResource};
    let resource = |name: &str| ResponseResource {
        error_code: 40,
        error_message: Some("no".into()),
        resource_type: 2,
        name: name.into(),
    };
    Response { resources: NAMES.map(resource).to_vec(), ..Default::default() }
});

responses!(configs_altered_in_part, incremental_alter_configs, {
    let resource = |name: &str| alter_configs::ResponseResource {
        error_code: 40,
        error_message: Some("no".into()),
        resource_type: 2,
        name: name.into(),
    };
    incremental_alter_configs::Response { resources: NAMES.map(resource).to_vec(), ..Default::default() }
});

responses!(clusters_described, describe_cluster, {
    let broker = |broker_id| describe_cluster::Broker { broker_id, host: "h".into(), ..Default::default() };
    describe_cluster::Response {
        error_message: Some("why".into()),
        cluster_id: "c".into(),
        brokers: (1..4).map(broker).collect(),
        ..Default::default()
    }
});

responses!(
    mechanisms_offered,
    sasl_handshake,
    sasl_handshake::Response {
        mechanisms: ["PLAIN", "SCRAM-SHA-256"].map(Into::into).to_vec(),
        ..Default::default()
    }
);

responses!(
    authentications_answered,
    sasl_authenticate,
    sasl_authenticate::Response {
        error_message: Some("no".into()),
        auth_bytes: b"r=nonce,s=c2FsdA==,i=4096",
        ..Default::default()
    }
);

responses!(
    telemetry_subscribed,
    get_telemetry_subscriptions,
    get_telemetry_subscriptions::Response {
        accepted_compression_types: vec![1, 3, 4],
        requested_metrics: NAMES.map(Into::into).to_vec(),
        ..Default::default()
    }
);

responses!(
    telemetry_pushed,
    push_telemetry,
    push_telemetry::Response { error_code: 76, ..Default::default() }
);
