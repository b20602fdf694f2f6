//! What clients send, as the mock cluster reads it: whole frames through `Cluster::handle`, many into one
//! cluster, so that its state is under fire as well.

use super::memory::used_by;
use super::mutate::mutate;
use super::run;
use fastrand::Rng;
use rdkafka::base::clock::Time;
use rdkafka::base::error::ErrorCode;
use rdkafka::mock::cluster::{Cluster, Settings};
use rdkafka::protocol::api_key::{ApiKey, flexible};
use rdkafka::protocol::header::RequestHeader;
use rdkafka::protocol::record_batch::{BatchHeader, HEADER_LEN, encode_headers, encode_record_prefix};
use rdkafka::protocol::{
    ByTopic, Reader, add_offsets_to_txn, add_partitions_to_txn, alter_configs, api_versions,
    consumer_group_heartbeat, create_partitions, create_topics, delete_topics, describe_cluster,
    describe_configs, describe_groups, end_txn, fetch, find_coordinator, get_telemetry_subscriptions,
    heartbeat, incremental_alter_configs, init_producer_id, join_group, leave_group, list_groups,
    list_offsets, metadata, offset_commit, offset_fetch, offset_for_leader_epoch, produce, push_telemetry,
    sasl_authenticate, sasl_handshake, sync_group, txn_offset_commit,
};
use std::time::Duration;

/// Requests into one cluster.
const PER_CASE: u64 = 200;

/// What the first member of a group of the client "fuzz" is called, and the transaction's producer.
const MEMBER: &str = "fuzz-1";
const PRODUCER: i64 = 1000;

pub fn batch(records: i32) -> Vec<u8> {
    let mut body = Vec::new();
    for n in 0..records {
        let value = vec![n as u8; (n % 40) as usize];
        encode_record_prefix(&mut body, n, n.into(), Some(b"key"), Some(value.len()), 1);
        body.extend_from_slice(&value);
        encode_headers(&mut body, None);
    }
    let mut header = BatchHeader {
        last_offset_delta: records - 1,
        record_count: records,
        base_timestamp: 1000,
        max_timestamp: 1000 + i64::from(records) - 1,
        ..BatchHeader::default()
    };
    header.seal([&body[..]]);
    [&header.to_bytes()[..], &body].concat()
}

/// Makes length and checksum fit again.
pub fn mend(bytes: &mut [u8]) {
    if bytes.len() < HEADER_LEN {
        return;
    }
    let length = (bytes.len() - 12) as u32;
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    let crc = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
}

/// A body that makes sense for the API, in any version of it.
fn body(api: ApiKey, version: i16, records: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match api {
        ApiKey::Produce => {
            let part = |partition| produce::RequestPartition { partition, records: Some(records) };
            let topics = vec![ByTopic::new("t", vec![part(0), part(1)])];
            produce::Request { acks: 1, timeout_ms: 10, topics, ..Default::default() }
                .encode(version, &mut out);
        }
        ApiKey::Fetch => {
            let part = |partition| fetch::RequestPartition {
                partition,
                partition_max_bytes: 999,
                ..Default::default()
            };
            // The id of a mock cluster's first topic.
            let id = *b"mock-topic\0\0\0\0\0\x01";
            let topics = vec![fetch::Topic { id, ..fetch::Topic::named("t", vec![part(0), part(1)]) }];
            fetch::Request { topics, max_wait_ms: 50, min_bytes: 1, ..Default::default() }
                .encode(version, &mut out);
        }
        ApiKey::OffsetForLeaderEpoch => {
            let part = offset_for_leader_epoch::RequestPartition::default();
            let topics = vec![ByTopic::new("t", vec![part])];
            offset_for_leader_epoch::Request { topics, ..Default::default() }.encode(version, &mut out);
        }
        ApiKey::ListOffsets => {
            let part = list_offsets::RequestPartition { timestamp: -1, ..Default::default() };
            let topics = vec![ByTopic::new("t", vec![part])];
            list_offsets::Request { topics, ..Default::default() }.encode(version, &mut out);
        }
        ApiKey::Metadata => {
            let topic = |name: &str| metadata::RequestTopic { name: Some(name.into()), ..Default::default() };
            metadata::Request { topics: Some(vec![topic("t"), topic("new")]), ..Default::default() }
                .encode(version, &mut out);
        }
        ApiKey::ApiVersions => {
            api_versions::Request { client_software_name: "fuzz".into(), client_software_version: "1".into() }
                .encode(version, &mut out)
        }
        _ => transaction_body(api, version, &mut out),
    }
    out
}

fn transaction_body(api: ApiKey, version: i16, out: &mut Vec<u8>) {
    match api {
        ApiKey::FindCoordinator => find_coordinator::Request {
            key: "g".into(),
            coordinator_keys: vec!["g".into(), "h".into()],
            ..Default::default()
        }
        .encode(version, out),
        ApiKey::InitProducerId => init_producer_id::Request {
            transactional_id: Some("x".into()),
            transaction_timeout_ms: 1000,
            ..Default::default()
        }
        .encode(version, out),
        ApiKey::AddPartitionsToTxn => {
            let topic = ByTopic::new("t", vec![0, 1]);
            add_partitions_to_txn::Request {
                transactional_id: "x".into(),
                producer_id: PRODUCER,
                producer_epoch: 0,
                topics: vec![topic],
            }
            .encode(version, out);
        }
        ApiKey::AddOffsetsToTxn => add_offsets_to_txn::Request {
            transactional_id: "x".into(),
            producer_id: PRODUCER,
            group_id: "g".into(),
            ..Default::default()
        }
        .encode(version, out),
        ApiKey::EndTxn => end_txn::Request {
            transactional_id: "x".into(),
            producer_id: PRODUCER,
            committed: true,
            ..Default::default()
        }
        .encode(version, out),
        ApiKey::TxnOffsetCommit => {
            let part = txn_offset_commit::RequestPartition { committed_offset: 5, ..Default::default() };
            let topic = ByTopic::new("t", vec![part]);
            txn_offset_commit::Request {
                transactional_id: "x".into(),
                group_id: "g".into(),
                producer_id: PRODUCER,
                topics: vec![topic],
                ..Default::default()
            }
            .encode(version, out);
        }
        _ => topic_body(api, version, out),
    }
}

fn topic_body(api: ApiKey, version: i16, out: &mut Vec<u8>) {
    match api {
        ApiKey::CreateTopics => {
            let topic = create_topics::RequestTopic {
                name: "made".into(),
                num_partitions: 2,
                replication_factor: 1,
                ..Default::default()
            };
            create_topics::Request { topics: vec![topic], ..Default::default() }.encode(version, out);
        }
        ApiKey::DeleteTopics => {
            let topic = delete_topics::RequestTopic { name: Some("made".into()), ..Default::default() };
            delete_topics::Request {
                topics: vec![topic],
                topic_names: vec!["made".into()],
                ..Default::default()
            }
            .encode(version, out);
        }
        ApiKey::CreatePartitions => {
            let topic = create_partitions::RequestTopic { name: "t".into(), count: 3, ..Default::default() };
            create_partitions::Request { topics: vec![topic], ..Default::default() }.encode(version, out);
        }
        _ => config_body(api, version, out),
    }
}

fn config_body(api: ApiKey, version: i16, out: &mut Vec<u8>) {
    const TOPIC: i8 = 2;
    let name = || "cleanup.policy".to_owned();
    let value = || Some("compact".to_owned());
    match api {
        ApiKey::DescribeConfigs => {
            let resource = |resource_type, name: &str| describe_configs::RequestResource {
                resource_type,
                name: name.into(),
                keys: None,
            };
            let resources = vec![resource(TOPIC, "t"), resource(4, "1"), resource(32, "g")];
            describe_configs::Request { resources, include_synonyms: true, ..Default::default() }
                .encode(version, out);
        }
        ApiKey::DescribeCluster => describe_cluster::Request::default().encode(version, out),
        ApiKey::AlterConfigs => {
            let configs = vec![alter_configs::Config { name: name(), value: value() }];
            let resource = alter_configs::RequestResource { resource_type: TOPIC, name: "t".into(), configs };
            alter_configs::Request { resources: vec![resource], ..Default::default() }.encode(version, out);
        }
        ApiKey::IncrementalAlterConfigs => {
            let configs =
                vec![incremental_alter_configs::Config { name: name(), operation: 2, value: value() }];
            let resource = incremental_alter_configs::RequestResource {
                resource_type: TOPIC,
                name: "t".into(),
                configs,
            };
            incremental_alter_configs::Request { resources: vec![resource], ..Default::default() }
                .encode(version, out);
        }
        _ => session_body(api, version, out),
    }
}

fn session_body(api: ApiKey, version: i16, out: &mut Vec<u8>) {
    match api {
        ApiKey::GetTelemetrySubscriptions => {
            get_telemetry_subscriptions::Request::default().encode(version, out)
        }
        ApiKey::PushTelemetry => push_telemetry::Request::default().encode(version, out),
        ApiKey::SaslHandshake => {
            sasl_handshake::Request { mechanism: "SCRAM-SHA-256".into() }.encode(version, out)
        }
        ApiKey::SaslAuthenticate => {
            sasl_authenticate::Request { auth_bytes: b"n,,n=user,r=0123456789abcdef" }.encode(version, out);
        }
        _ => group_body(api, version, out),
    }
}

fn group_body(api: ApiKey, version: i16, out: &mut Vec<u8>) {
    let group_id = || "g".to_owned();
    let member_id = || MEMBER.to_owned();
    match api {
        ApiKey::JoinGroup => {
            let protocol = |name: &str| join_group::Protocol { name: name.into(), metadata: b"subscription" };
            let request = join_group::Request {
                group_id: group_id(),
                session_timeout_ms: 10_000,
                rebalance_timeout_ms: 20_000,
                protocol_type: "consumer".into(),
                protocols: vec![protocol("range"), protocol("roundrobin")],
                ..Default::default()
            };
            request.encode(version, out);
        }
        ApiKey::SyncGroup => {
            let assignments =
                vec![sync_group::Assignment { member_id: member_id(), assignment: b"partitions" }];
            let request = sync_group::Request {
                group_id: group_id(),
                generation_id: 1,
                member_id: member_id(),
                assignments,
                ..Default::default()
            };
            request.encode(version, out);
        }
        ApiKey::ConsumerGroupHeartbeat => {
            let request = consumer_group_heartbeat::Request {
                group_id: "new".into(),
                member_id: member_id(),
                rebalance_timeout_ms: 1000,
                subscribed_topic_names: Some(vec!["t".into(), "made".into()]),
                topic_partitions: Some(Vec::new()),
                ..Default::default()
            };
            request.encode(version, out);
        }
        ApiKey::Heartbeat => {
            let request = heartbeat::Request {
                group_id: group_id(),
                generation_id: 1,
                member_id: member_id(),
                ..Default::default()
            };
            request.encode(version, out);
        }
        ApiKey::LeaveGroup => {
            let leaving = leave_group::Leaving { member_id: member_id(), ..Default::default() };
            let request =
                leave_group::Request { group_id: group_id(), member_id: member_id(), members: vec![leaving] };
            request.encode(version, out);
        }
        _ => group_state_body(api, version, out),
    }
}

fn group_state_body(api: ApiKey, version: i16, out: &mut Vec<u8>) {
    let group_id = || "g".to_owned();
    match api {
        ApiKey::OffsetCommit => {
            let part = offset_commit::RequestPartition {
                committed_offset: 3,
                committed_metadata: Some("note".into()),
                ..Default::default()
            };
            let topics = vec![ByTopic::new("t", vec![part])];
            offset_commit::Request { group_id: "alone".into(), topics, ..Default::default() }
                .encode(version, out);
        }
        ApiKey::OffsetFetch => {
            let topics = || Some(vec![ByTopic::new("t", vec![0, 1])]);
            let group =
                offset_fetch::RequestGroup { group_id: group_id(), topics: topics(), ..Default::default() };
            let request = offset_fetch::Request {
                group_id: group_id(),
                topics: topics(),
                groups: vec![group],
                ..Default::default()
            };
            request.encode(version, out);
        }
        ApiKey::DescribeGroups => {
            describe_groups::Request { groups: vec!["g".into(), "h".into()], ..Default::default() }
                .encode(version, out);
        }
        ApiKey::ListGroups => list_groups::Request::default().encode(version, out),
        _ => out.extend_from_slice(&[0; 40]),
    }
}

fn frame(api: ApiKey, version: i16, records: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    RequestHeader { api, version, correlation_id: 5, client_id: Some("fuzz".into()) }.encode(&mut frame);
    frame.extend(body(api, version, records));
    frame
}

fn cluster() -> Cluster {
    let settings = Settings {
        brokers: 1,
        group_initial_rebalance_delay: Duration::ZERO,
        memory_limit: 1 << 20,
        max_partitions: 200,
        ..Settings::default()
    };
    let mut cluster = Cluster::new(settings);
    cluster.create_topic("t", 2, 1).unwrap();
    cluster
}

/// Every API that the mock announces, in every version.
fn announced() -> Vec<(ApiKey, i16)> {
    let reply = cluster().handle(1, 1, &frame(ApiKey::ApiVersions, 0, &[]), Time(0), 0);
    let bytes = reply.bytes.unwrap();
    let answer = api_versions::Response::decode(0, &mut Reader::new(&bytes[8..])).unwrap();
    let all = answer.api_keys.iter();
    all.flat_map(|range| (range.min_version..=range.max_version).map(|v| (ApiKey(range.api_key), v)))
        .collect()
}

/// Memory that one request may take for a while: itself and its answer, with some slack.
fn allowed(frame: &[u8]) -> isize {
    (50 * frame.len() + (512 << 10)).cast_signed()
}

fn case(seed: u64, kinds: &[(ApiKey, i16)], corpus: &[Vec<u8>]) {
    let rng = &mut Rng::with_seed(seed);
    let sound = batch(5);
    let (_, _, still_held) = used_by(|| {
        let mut c = cluster();
        c.handle(1, 1, &frame(ApiKey::JoinGroup, 3, &[]), Time(0), 0);
        let mut now = 0;
        let mut received = 0;
        for _ in 0..PER_CASE {
            let (api, version) = kinds[rng.usize(..kinds.len())];
            let mut records = sound.clone();
            if api == ApiKey::Produce && rng.bool() {
                mutate(&mut records, 0, std::slice::from_ref(&sound), rng);
                mend(&mut records);
            }
            let mut bytes = frame(api, version, &records);
            // Mostly behind the header, so that the API stays what it is.
            let keep = if rng.u8(..16) == 0 { 0 } else { 14 };
            if rng.u8(..8) != 0 {
                mutate(&mut bytes, keep, corpus, rng);
            }
            received += bytes.len();
            now += rng.i64(0..2_000_000);
            let conn = rng.u64(1..4);
            let in_memory = rng.bool().then(|| bytes.clone());
            let (reply, peak, _) = used_by(|| match in_memory {
                None => c.handle(1, conn, &bytes, Time(now), now / 1000),
                Some(memory) => c.handle_in_memory((1, conn), memory, bytes.len(), (Time(now), now / 1000)),
            });
            assert!(peak <= allowed(&bytes), "{api} v{version}: {peak} bytes of memory for {}", bytes.len());
            if reply.close {
                c.disconnected(conn);
            }
            c.resume(Time(now), now / 1000, &mut Vec::new());
        }
        let ((), _, freed) = used_by(|| drop(c));
        let held = -freed;
        let most = (8 * received + (2 << 20)).cast_signed();
        assert!(held <= most, "the cluster holds {held} bytes after {received} were received");
    });
    assert!(still_held <= 0, "{still_held} bytes leaked");
}

#[test]
fn requests() {
    let kinds = announced();
    assert!(kinds.len() > 100, "{} versions of APIs", kinds.len());
    let sound = batch(5);
    let corpus: Vec<Vec<u8>> = kinds.iter().map(|(api, version)| frame(*api, *version, &sound)).collect();
    run("requests", PER_CASE, |seed| case(seed, &kinds, &corpus));
}

/// What the corpus is made of has to be understood, or the mutations would stay on the surface.
#[test]
fn the_corpus_is_sound() {
    for (api, version) in announced() {
        let mut c = cluster();
        // Where the form is of another time, only a message set of that time would do.
        let old = api == ApiKey::Produce && version < 3;
        let reply = c.handle(1, 1, &frame(api, version, &batch(5)), Time(0), 0);
        assert!(
            reply.bytes.is_some() || reply.parked.is_some() || old,
            "{api} v{version}: {:?}",
            c.violations()
        );
        // With a byte too many or too few the connection ends, and the log says why.
        let sound = frame(api, version, &batch(5)).len();
        let (mut longer, mut shorter) = (frame(api, version, &batch(5)), frame(api, version, &batch(5)));
        longer.push(0);
        shorter.pop();
        for bytes in [longer, shorter] {
            // Without fields there is nothing to cut off, and ApiVersions has to be able to read any version.
            if bytes.len() < 14 || api == ApiKey::ApiVersions || old {
                continue;
            }
            // librdkafka sends bytes too many there, and Kafka does not mind.
            if api == ApiKey::Metadata && flexible(api, version) && bytes.len() > sound {
                continue;
            }
            let mut c = cluster();
            let reply = c.handle(1, 1, &bytes, Time(0), 0);
            assert!(reply.close && reply.bytes.is_none(), "{api} v{version}, {} bytes", bytes.len());
            assert_eq!(c.take_unlogged().len(), 1, "{api} v{version}");
        }
    }
}

/// The first version of an API whose answers say how long the client was held back.
fn first_with_throttle_time(api: ApiKey) -> i16 {
    match api {
        ApiKey::SaslHandshake | ApiKey::SaslAuthenticate => i16::MAX,
        ApiKey::Metadata | ApiKey::OffsetCommit | ApiKey::OffsetFetch => 3,
        ApiKey::ListOffsets | ApiKey::JoinGroup | ApiKey::CreateTopics | ApiKey::OffsetForLeaderEpoch => 2,
        ApiKey::Produce
        | ApiKey::Fetch
        | ApiKey::FindCoordinator
        | ApiKey::Heartbeat
        | ApiKey::LeaveGroup
        | ApiKey::SyncGroup
        | ApiKey::DescribeGroups
        | ApiKey::ListGroups
        | ApiKey::ApiVersions
        | ApiKey::DeleteTopics => 1,
        _ => 0,
    }
}

#[test]
fn answers_carry_the_throttle_time() {
    let pattern = 0x0102_0304i32;
    for (api, version) in announced() {
        for refused in [false, true] {
            let mut c = cluster();
            c.set_throttle_time(Duration::from_millis(pattern as u64));
            if refused {
                c.push_request_errors(api.0, &[ErrorCode::TOPIC_AUTHORIZATION_FAILED]);
            }
            let reply = c.handle(1, 1, &frame(api, version, &batch(5)), Time(0), 0);
            let mut late = Vec::new();
            c.resume(Time(60_000_000), 0, &mut late);
            let late = late.into_iter().find_map(|(_, _, reply)| reply.bytes);
            let Some(bytes) = reply.bytes.or(late) else {
                assert!(api == ApiKey::Produce && version < 3 && !refused, "{api} v{version}: no answer");
                continue;
            };
            let found = bytes.windows(4).any(|four| four == pattern.to_be_bytes());
            assert_eq!(
                found,
                version >= first_with_throttle_time(api),
                "{api} v{version}, refused: {refused}"
            );
        }
    }
}

/// Requests that promise much and bring little, or bring much that means nothing.
#[test]
fn large_hostile_requests_cost_no_more_than_they_weigh() {
    const SIZE: usize = 8 << 20;
    let kinds = announced();
    for (n, (api, version)) in kinds.iter().enumerate() {
        let last_of_api = kinds.get(n + 1).is_none_or(|(next, _)| next != api);
        let first_of_api = n == 0 || kinds[n - 1].0 != *api;
        for fill in [0u8, 1].into_iter().filter(|_| last_of_api || first_of_api) {
            let mut bytes = Vec::with_capacity(SIZE);
            RequestHeader { api: *api, version: *version, correlation_id: 5, client_id: None }
                .encode(&mut bytes);
            let body = bytes.len();
            bytes.resize(SIZE, fill);
            // Wherever the first array begins, its count is as large as can be.
            for at in (body..body + 40).step_by(4) {
                bytes[at..at + 4].copy_from_slice(&[0, 0x1f, 0xff, 0xff]);
            }
            let mut c = cluster();
            let (_, peak, _) = used_by(|| c.handle(1, 1, &bytes, Time(0), 0).bytes.map_or(0, |b| b.len()));
            let most = (4 * SIZE + (48 << 20)).cast_signed();
            assert!(peak <= most, "{api} v{version}: {peak} bytes of memory for {SIZE}");
        }
    }
}
