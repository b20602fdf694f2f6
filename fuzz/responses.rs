//! What brokers answer, as the client decodes it.

use super::memory::used_by;
use super::mutate::mutate;
use super::run;
use fastrand::Rng;
use rdkafka::protocol::record_batch::{batches, validate};
use rdkafka::protocol::{
    ByTopic, Reader, api_versions, fetch, find_coordinator, init_producer_id, metadata, produce,
};

const PER_CASE: u64 = 200;

/// Mutates sound bodies of every version and decodes them.
pub fn fuzz<T>(
    target: &str,
    versions: std::ops::RangeInclusive<i16>,
    encode: impl Fn(i16) -> Vec<u8>,
    decode: impl Fn(i16, &[u8]) -> Option<T>,
) {
    let corpus: Vec<Vec<u8>> = versions.clone().map(&encode).collect();
    let sound = versions.clone().zip(&corpus).all(|(v, body)| decode(v, body).is_some());
    assert!(sound, "{target}: the corpus itself is not read");
    run(target, PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let version = rng.i16(versions.clone());
            let mut body = encode(version);
            mutate(&mut body, 0, &corpus, rng);
            let (_, peak, _) = used_by(|| decode(version, &body).is_some());
            let allowed = 20 * body.len() + (128 << 10);
            assert!(peak as usize <= allowed, "{target} v{version}: {peak} bytes for {}", body.len());
        }
    });
}

macro_rules! decoder {
    ($api:ident) => {
        |version, body: &[u8]| $api::Response::decode(version, &mut Reader::new(body)).ok().map(|_| ())
    };
}

macro_rules! encoder {
    ($response:expr) => {
        |version| {
            let mut out = Vec::new();
            $response.encode(version, &mut out);
            out
        }
    };
}

pub(super) use {decoder, encoder};

#[test]
fn produce_responses() {
    let partition = |partition| produce::ResponsePartition {
        partition,
        base_offset: 77,
        record_errors: vec![produce::RecordError { batch_index: 1, message: Some("why".into()) }],
        error_message: Some("what".into()),
        ..Default::default()
    };
    let topic = |name: &str| ByTopic::new(name, (0..5).map(partition).collect());
    let node = produce::NodeEndpoint { node_id: 1, host: "h".into(), port: 9092, ..Default::default() };
    let response = produce::Response {
        topics: vec![topic("t"), topic("another")],
        node_endpoints: vec![node],
        ..Default::default()
    };
    fuzz("Produce responses", produce::VERSIONS, encoder!(response), decoder!(produce));
}

#[test]
fn fetch_responses() {
    let aborted = fetch::AbortedTransaction { producer_id: 5, first_offset: 70 };
    let partition = |partition| fetch::ResponsePartition {
        partition,
        high_watermark: 80,
        aborted_transactions: Some(vec![aborted.clone()]),
        records: Some(&[0x5a; 300]),
        ..Default::default()
    };
    let topic = |name: &str| fetch::Topic::named(name, (0..5).map(partition).collect());
    let node = fetch::NodeEndpoint { node_id: 1, host: "h".into(), port: 9092, ..Default::default() };
    let response = fetch::Response {
        topics: vec![topic("t"), topic("another")],
        node_endpoints: vec![node],
        ..Default::default()
    };
    fuzz("Fetch responses", fetch::VERSIONS, encoder!(response), decoder!(fetch));
}

#[test]
fn metadata_responses() {
    let broker = |id: i32| metadata::Broker {
        node_id: id,
        host: format!("host{id}"),
        port: 9092,
        rack: Some("r".into()),
    };
    let partition = |partition| metadata::Partition {
        partition,
        leader_id: 1,
        replicas: vec![1, 2, 3],
        isr: vec![1, 2],
        ..Default::default()
    };
    let topic = |name: &str| metadata::Topic {
        name: Some(name.into()),
        partitions: (0..6).map(partition).collect(),
        ..Default::default()
    };
    let response = metadata::Response {
        brokers: (1..4).map(broker).collect(),
        cluster_id: Some("c".into()),
        topics: vec![topic("t"), topic("u")],
        ..Default::default()
    };
    fuzz("Metadata responses", metadata::VERSIONS, encoder!(response), decoder!(metadata));
}

#[test]
fn api_versions_responses() {
    let range = |api_key| api_versions::ApiRange { api_key, min_version: 0, max_version: 9 };
    let feature =
        |name: &str| api_versions::SupportedFeature { name: name.into(), min_version: 0, max_version: 1 };
    let response = api_versions::Response {
        api_keys: (0..60).map(range).collect(),
        supported_features: vec![feature("a"), feature("b")],
        ..Default::default()
    };
    fuzz("ApiVersions responses", api_versions::VERSIONS, encoder!(response), decoder!(api_versions));
}

#[test]
fn coordinator_and_producer_id_responses() {
    let named = find_coordinator::Coordinator { key: "k".into(), host: "h".into(), ..Default::default() };
    let response =
        find_coordinator::Response { host: "h".into(), coordinators: vec![named], ..Default::default() };
    fuzz(
        "FindCoordinator responses",
        find_coordinator::VERSIONS,
        encoder!(response),
        decoder!(find_coordinator),
    );
    let response = init_producer_id::Response::default();
    fuzz(
        "InitProducerId responses",
        init_producer_id::VERSIONS,
        encoder!(response),
        decoder!(init_producer_id),
    );
}

/// Batches with a fitting checksum, so that the damage gets past it.
#[test]
fn record_batches() {
    let sound = super::requests::batch(20);
    assert!(validate(&sound).is_ok());
    run("record batches", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let mut bytes = sound.clone();
            mutate(&mut bytes, 0, std::slice::from_ref(&sound), rng);
            if rng.u8(..4) != 0 {
                super::requests::mend(&mut bytes);
            }
            let (_, peak, _) = used_by(|| (batches(&bytes).count(), validate(&bytes).is_ok()));
            assert!(peak as usize <= 4 * bytes.len() + (1 << 20), "{peak} bytes for {}", bytes.len());
        }
    });
}
