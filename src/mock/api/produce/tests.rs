use super::*;
use crate::mock::cluster::{Cluster, Reply, Settings};
use crate::mock::configs::resources::Change;
use crate::mock::errors::Pushed;
use crate::mock::log::batch::testing::{batch, idempotent};
use crate::mock::testing::{cluster, open, send};
use crate::protocol::ApiKey;
use crate::protocol::ByTopic;
use crate::protocol::incremental_alter_configs::operation;
use crate::protocol::init_producer_id;
use std::time::Duration;

fn produce_to(c: &mut Cluster, broker: i32, version: i16, acks: i16, parts: &[(&str, i32, &[u8])]) -> Reply {
    let topics = parts
        .iter()
        .map(|(name, partition, records)| {
            ByTopic::new(*name, vec![RequestPartition { partition: *partition, records: Some(records) }])
        })
        .collect();
    let request = Request { acks, timeout_ms: 1000, topics, ..Request::default() };
    send(c, broker, ApiKey::Produce, version, |out| request.encode(version, out))
}

fn answer(version: i16, reply: &Reply) -> Response {
    open(ApiKey::Produce, version, reply.bytes.as_ref().unwrap(), |r| Response::decode(version, r).unwrap())
}

/// Error code and base offset of the first partition.
fn produce(c: &mut Cluster, records: &[u8]) -> (i16, i64) {
    let response = answer(9, &produce_to(c, 1, 9, -1, &[("t", 0, records)]));
    let p = &response.topics[0].partitions[0];
    (p.error_code, p.base_offset)
}

fn with_topic(brokers: i32) -> Cluster {
    let mut c = cluster(brokers);
    c.create_topic("t", 3, 1).unwrap();
    c
}

#[test]
fn every_version_appends_and_gives_offsets() {
    let mut c = with_topic(1);
    let b = batch(&["a", "b"], 1);
    for version in 3..=12 {
        let r = answer(version, &produce_to(&mut c, 1, version, 1, &[("t", 0, &b), ("t", 1, &b)]));
        for topic in &r.topics {
            let p = &topic.partitions[0];
            assert_eq!((p.error_code, p.base_offset), (0, 2 * i64::from(version - 3)));
            assert_eq!(p.log_append_time_ms, -1);
            assert_eq!(p.log_start_offset, if version >= 5 { 0 } else { -1 });
        }
    }
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 20);
    assert!(c.violations().is_empty());
    for version in 0..=2 {
        let sent = message_set::testing::message(1, 0, 5, None, b"old");
        let r = answer(version, &produce_to(&mut c, 1, version, 1, &[("t", 2, &sent), ("t", 1, &b)]));
        let codes: Vec<i16> = r.topics.iter().map(|t| t.partitions[0].error_code).collect();
        assert_eq!(codes, [0, 87], "record batches need a newer version");
    }
    assert_eq!(c.partition("t", 2).unwrap().log.end_offset(), 3);
}

#[test]
fn acks_0_has_no_answer_and_an_error_ends_the_connection() {
    let mut c = with_topic(1);
    let b = batch(&["a"], 1);
    assert_eq!(produce_to(&mut c, 1, 9, 0, &[("t", 0, &b)]), Reply::default());
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 1);
    let refused = produce_to(&mut c, 1, 9, 0, &[("nope", 0, &b)]);
    assert_eq!((refused.bytes, refused.close), (None, true));
    let bad_acks = answer(9, &produce_to(&mut c, 1, 9, 2, &[("t", 0, &b)]));
    assert_eq!(bad_acks.topics[0].partitions[0].error_code, 21);
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 1);
}

#[test]
fn wrong_places() {
    let mut c = with_topic(2);
    let b = batch(&["a"], 1);
    let r = answer(12, &produce_to(&mut c, 2, 12, 1, &[("t", 0, &b), ("t", 9, &b), ("nope", 0, &b)]));
    let codes: Vec<i16> = r.topics.iter().map(|t| t.partitions[0].error_code).collect();
    assert_eq!(codes, [6, 3, 3]);
    assert_eq!(r.topics[0].partitions[0].current_leader.leader_id, 1);
    let endpoints: Vec<i32> = r.node_endpoints.iter().map(|e| e.node_id).collect();
    assert_eq!(endpoints, [1]);
    c.set_leader("t", 0, 2).unwrap();
    let r = answer(9, &produce_to(&mut c, 2, 9, 1, &[("t", 0, &b)]));
    assert_eq!(r.topics[0].partitions[0].error_code, 0);
    let stored: Vec<u8> = c.partition("t", 0).unwrap().log.batches().next().unwrap().to_vec();
    assert_eq!(stored[12..16], 1i32.to_be_bytes(), "written under the new leader's epoch");
}

#[test]
fn a_partition_named_twice_spoils_the_request() {
    let mut c = with_topic(1);
    let b = batch(&["a"], 1);
    let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 1, &b), ("t", 0, &b), ("t", 1, &b)]));
    assert!(r.topics.iter().all(|t| t.partitions[0].error_code == 42));
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 0);
    assert_eq!(c.violations().len(), 1);
}

#[test]
fn bad_batches_are_refused_and_remarked() {
    let mut c = with_topic(1);
    let mut b = batch(&["a"], 1);
    let last = b.len() - 1;
    b[last] ^= 1;
    assert_eq!(produce(&mut c, &b), (2, -1));
    assert_eq!(produce(&mut c, b""), (2, -1));
    assert_eq!(c.violations().len(), 2);
    c.settings_mut().max_message_bytes = 70;
    assert_eq!(produce(&mut c, &batch(&["0123456789"], 1)), (10, -1));
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 0);
}

#[test]
fn idempotent_producers() {
    let mut c = with_topic(1);
    assert_eq!(produce(&mut c, &idempotent(&["x"], 1, (1000, 0, 0))), (59, -1), "id not given out");
    let request = init_producer_id::Request::default();
    send(&mut c, 1, ApiKey::InitProducerId, 4, |out| request.encode(4, out));
    assert_eq!(produce(&mut c, &idempotent(&["x", "y"], 1, (1000, 0, 0))), (0, 0));
    assert_eq!(produce(&mut c, &idempotent(&["z"], 1, (1000, 0, 2))), (0, 2));
    assert_eq!(produce(&mut c, &idempotent(&["x", "y"], 1, (1000, 0, 0))), (0, 0), "duplicate");
    assert_eq!(produce(&mut c, &idempotent(&["gap"], 1, (1000, 0, 4))), (45, -1));
    assert_eq!(produce(&mut c, &idempotent(&["new"], 1, (1000, 1, 0))), (0, 3));
    assert_eq!(produce(&mut c, &idempotent(&["old"], 1, (1000, 0, 3))), (47, -1));
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 4);
}

#[test]
fn single_records_may_spoil_a_batch() {
    let mut c = with_topic(1);
    c.set_throttle_time(Duration::from_millis(70));
    let errors = RecordErrors {
        code: ErrorCode::INVALID_RECORD,
        message: Some("bad".into()),
        records: vec![(1, Some("this one".into())), (2, None)],
    };
    c.push_record_errors("t", 0, errors).unwrap();
    let b = batch(&["a", "b", "c"], 1);
    let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &b)]));
    let p = &r.topics[0].partitions[0];
    assert_eq!((p.error_code, p.error_message.as_deref(), r.throttle_time_ms), (87, Some("bad"), 70));
    let told: Vec<_> = p.record_errors.iter().map(|e| (e.batch_index, e.message.as_deref())).collect();
    assert_eq!(told, [(1, Some("this one")), (2, None)]);
    assert_eq!(produce(&mut c, &b), (0, 0));
}

#[test]
fn pushed_errors_are_used_up_one_per_request() {
    let mut c = with_topic(1);
    let b = batch(&["a"], 1);
    c.push_request_errors(0, &[ErrorCode::REQUEST_TIMED_OUT, ErrorCode::NO_ERROR]);
    let slow = Pushed { code: ErrorCode::NOT_ENOUGH_REPLICAS, rtt: Duration::from_millis(30) };
    c.push_broker_errors(1, 0, &[slow]).unwrap();
    c.push_partition_errors("t", 0, 0, &[ErrorCode::KAFKA_STORAGE_ERROR]).unwrap();
    let r = produce_to(&mut c, 1, 9, -1, &[("t", 0, &b)]);
    assert_eq!((answer(9, &r).topics[0].partitions[0].error_code, r.delay), (19, slow.rtt));
    let codes: Vec<i16> = (0..4).map(|_| produce(&mut c, &b).0).collect();
    assert_eq!(codes, [7, 56, 0, 0]);
    c.push_request_errors(0, &[ErrorCode::_TRANSPORT]);
    assert!(produce_to(&mut c, 1, 9, -1, &[("t", 0, &b)]).close);
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 2);
}

#[test]
fn the_oldest_data_goes_first() {
    let mut c = Cluster::new(Settings { brokers: 1, memory_limit: 2000, ..Settings::default() });
    c.create_topic("t", 2, 1).unwrap();
    let b = batch(&["0123456789"], 1);
    for i in 0..100 {
        produce_to(&mut c, 1, 9, 1, &[("t", i % 2, &b)]);
        assert!(c.memory() <= 2000);
    }
    for partition in 0..2 {
        let log = &c.partition("t", partition).unwrap().log;
        assert_eq!(log.end_offset(), 50);
        assert!((40..50).contains(&log.start_offset()), "{}", log.start_offset());
    }
    let kept: usize = (0..2).map(|p| c.partition("t", p).unwrap().log.cost()).sum();
    assert_eq!(kept, c.memory());
    c.delete_topic("t").unwrap();
    assert_eq!(c.memory(), 0);
}

#[test]
fn log_append_time() {
    let mut c = Cluster::new(Settings { brokers: 1, log_append_time: true, ..Settings::default() });
    c.create_topic("t", 1, 1).unwrap();
    let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &batch(&["a"], 77))]));
    assert_eq!(r.topics[0].partitions[0].log_append_time_ms, 0, "the clock of the test");
    assert_eq!(c.partition("t", 0).unwrap().log.at_time(0), Some((0, 0, 0)));
}

/// A cluster of one broker with topic "t" of which these properties are set.
fn configured(properties: &[(&str, &str)]) -> Cluster {
    let mut c = with_topic(1);
    set(&mut c, properties);
    c
}

fn set(c: &mut Cluster, properties: &[(&str, &str)]) {
    let operation = operation::SET;
    let changes = properties.iter().map(|(name, value)| Change { name, operation, value: Some(value) });
    let changes: Vec<Change<'_>> = changes.collect();
    let topic = c.config_view().resource(2, "t").unwrap();
    c.configuration().alter(&topic, &changes, true, false).unwrap();
}

#[test]
fn topics_have_limits_and_clocks_of_their_own() {
    let mut c = configured(&[("max.message.bytes", "70"), ("message.timestamp.type", "LogAppendTime")]);
    assert_eq!(produce(&mut c, &batch(&["0123456789"], 1)), (10, -1));
    let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &batch(&["a"], 77))]));
    assert_eq!(r.topics[0].partitions[0].log_append_time_ms, 0, "the clock of the test");
    set(&mut c, &[]);
    let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &batch(&["0123456789"], 77))]));
    assert_eq!((r.topics[0].partitions[0].error_code, r.topics[0].partitions[0].log_append_time_ms), (0, -1));
}

#[test]
fn old_batches_go() {
    let b = batch(&["0123456789"], 1);
    let mut c = configured(&[("retention.bytes", &(2 * b.len()).to_string())]);
    let offsets: Vec<i64> = (0..5).map(|_| produce(&mut c, &b).1).collect();
    assert_eq!(offsets, [0, 1, 2, 3, 4]);
    let log = &c.partition("t", 0).unwrap().log;
    assert_eq!((log.start_offset(), log.end_offset(), log.cost()), (3, 5, c.memory()));
    set(&mut c, &[("retention.ms", "1000")]);
    let request = |c: &mut Cluster, wall_ms| {
        let part = RequestPartition { partition: 0, records: Some(&b) };
        let topics = vec![ByTopic::new("t", vec![part])];
        let request = Request { acks: 1, topics, ..Request::default() };
        let frame = crate::mock::testing::request(ApiKey::Produce, 9, |out| request.encode(9, out));
        c.handle(1, 1, &frame, crate::base::clock::Time(0), wall_ms);
        c.partition("t", 0).unwrap().log.start_offset()
    };
    assert_eq!(request(&mut c, 1001), 3);
    assert_eq!(request(&mut c, 1002), 7, "all of it is from the beginning of time");
    assert_eq!(c.memory(), 0);
}

#[test]
fn what_is_gone_is_forgotten() {
    let mut c = configured(&[("retention.bytes", "0")]);
    let b = batch(&["x"], 1);
    for _ in 0..20_000 {
        produce_to(&mut c, 1, 9, 1, &[("t", 0, &b)]);
    }
    assert!(c.catalogue().appended().len() < 5000, "{}", c.catalogue().appended().len());
}

#[test]
fn records_a_topic_does_not_take_are_named() {
    let mut c = configured(&[("cleanup.policy", "compact")]);
    let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &batch(&["a", "b"], 1))]));
    let p = &r.topics[0].partitions[0];
    let named: Vec<i32> = p.record_errors.iter().map(|e| e.batch_index).collect();
    assert_eq!((p.error_code, named), (87, vec![0, 1]));
    set(&mut c, &[("message.timestamp.before.max.ms", "100"), ("message.timestamp.after.max.ms", "50")]);
    for (timestamp, code) in [(-101, 32), (-100, 0), (49, 0), (51, 32)] {
        assert_eq!(produce(&mut c, &batch(&["a"], timestamp)).0, code, "{timestamp}");
    }
    let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &batch(&["a", "b"], 50))]));
    let named: Vec<i32> = r.topics[0].partitions[0].record_errors.iter().map(|e| e.batch_index).collect();
    assert_eq!(named, [1], "the test's records are a millisecond apart");
}

#[test]
fn replicas_that_are_down_are_not_in_sync() {
    let mut c = cluster(3);
    c.create_topic("t", 1, 3).unwrap();
    set(&mut c, &[("min.insync.replicas", "2")]);
    let b = batch(&["a"], 1);
    assert_eq!(produce(&mut c, &b).0, 0);
    c.set_broker_up(2, false).unwrap();
    assert_eq!(produce(&mut c, &b).0, 0);
    c.set_broker_up(3, false).unwrap();
    assert_eq!(produce(&mut c, &b).0, 19);
    let leader_only = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &b)]));
    assert_eq!(leader_only.topics[0].partitions[0].error_code, 0, "acks=1 asks for the leader alone");
}

#[test]
fn what_a_pushed_error_says_to_be_in_the_log_is_there() {
    let mut c = with_topic(1);
    let request = init_producer_id::Request::default();
    send(&mut c, 1, ApiKey::InitProducerId, 4, |out| request.encode(4, out));
    let told = [ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND, ErrorCode::NOT_ENOUGH_REPLICAS];
    c.push_request_errors(0, &told);
    let batches: Vec<Vec<u8>> = (0..3).map(|n| idempotent(&["x"], 1, (1000, 0, n))).collect();
    assert_eq!(produce(&mut c, &batches[0]), (20, -1));
    assert_eq!(produce(&mut c, &batches[1]), (19, -1));
    assert_eq!(produce(&mut c, &batches[2]), (45, -1), "that one was not taken");
    assert_eq!(produce(&mut c, &batches[0]), (0, 0), "a duplicate");
    c.push_partition_errors("t", 0, 0, &[ErrorCode::DUPLICATE_SEQUENCE_NUMBER]).unwrap();
    assert_eq!(produce(&mut c, &batches[1]), (46, -1));
    assert_eq!(produce(&mut c, &batches[2]), (0, 2));
    c.push_request_errors(0, &[ErrorCode::REQUEST_TIMED_OUT]);
    assert_eq!(produce(&mut c, &batch(&["x"], 1)), (7, -1), "librdkafka's mock takes nothing then");
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 3);
}
