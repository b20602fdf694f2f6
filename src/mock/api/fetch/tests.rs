use super::*;
use crate::base::clock::Time;
use crate::mock::cluster::Cluster;
use crate::mock::errors::RecordErrors;
use crate::mock::log::batch::testing::batch;
use crate::mock::log::batch::{self};
use crate::mock::log::message_set::to_batch;
use crate::mock::testing::{cluster, open, request, send};
use crate::protocol::ApiKey;
use crate::protocol::ByTopic;
use crate::protocol::fetch::VERSIONS;
use crate::protocol::produce;
use std::time::Duration;

/// The id of the first topic.
const ID: [u8; 16] = *b"mock-topic\0\0\0\0\0\x01";

fn filled() -> Cluster {
    let mut c = cluster(1);
    c.create_topic("t", 2, 1).unwrap();
    append(&mut c, 0, &["a", "b"]);
    append(&mut c, 0, &["c"]);
    c
}

fn append(c: &mut Cluster, partition: i32, values: &[&str]) {
    let b = batch(values, 1);
    let partitions = vec![RequestPartitionRecords { partition, records: Some(&b) }];
    let topics = vec![ByTopic::new("t", partitions)];
    let request = produce::Request { acks: 1, topics, ..produce::Request::default() };
    assert!(send(c, 1, ApiKey::Produce, 9, |out| request.encode(9, out)).bytes.is_some());
}
use produce::RequestPartition as RequestPartitionRecords;

fn wanting(offsets: &[(i32, i64)], min_bytes: i32, max_wait_ms: i32) -> Request {
    let partitions = offsets
        .iter()
        .map(|(partition, fetch_offset)| RequestPartition {
            partition: *partition,
            fetch_offset: *fetch_offset,
            partition_max_bytes: 1 << 20,
            ..RequestPartition::default()
        })
        .collect();
    let topics = vec![Topic { id: ID, ..Topic::named("t", partitions) }];
    Request { topics, min_bytes, max_wait_ms, ..Request::default() }
}

/// Error, high watermark and bytes of records of each partition.
fn opened(version: i16, bytes: &[u8]) -> Vec<(i16, i64, usize)> {
    open(ApiKey::Fetch, version, bytes, |r| {
        let response = Response::decode(version, r).unwrap();
        let parts = response.topics.iter().flat_map(|t| &t.partitions);
        parts.map(|p| (p.error_code, p.high_watermark, p.records.map_or(0, <[u8]>::len))).collect()
    })
}

fn fetch(c: &mut Cluster, version: i16, r: &Request) -> Vec<(i16, i64, usize)> {
    let reply = send(c, 1, ApiKey::Fetch, version, |out| r.encode(version, out));
    opened(version, &reply.bytes.unwrap())
}

#[test]
fn every_version_reads_whole_batches_and_reports_errors() {
    let mut c = filled();
    let first: usize = batch(&["a", "b"], 1).len();
    let second = batch(&["c"], 1).len();
    for version in *VERSIONS.start().max(&4)..=*VERSIONS.end() {
        let got = fetch(&mut c, version, &wanting(&[(0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (7, 0)], 1, 0));
        let expected = [(0, 3, first + second), (0, 3, second), (0, 3, 0), (1, -1, 0), (0, 0, 0), (3, -1, 0)];
        assert_eq!(got, expected, "version {version}");
    }
}

/// What a version before record batches reads from a partition, and the bytes of it.
fn fetch_set(c: &mut Cluster, version: i16, r: &Request) -> Vec<u8> {
    let reply = send(c, 1, ApiKey::Fetch, version, |out| r.encode(version, out));
    open(ApiKey::Fetch, version, &reply.bytes.unwrap(), |r| {
        let response = Response::decode(version, r).unwrap();
        response.topics[0].partitions[0].records.unwrap_or_default().to_vec()
    })
}

#[test]
fn versions_before_4_read_message_sets() {
    let mut c = filled();
    for version in 0..4 {
        let mut r = wanting(&[(0, 1)], 1, 0);
        let set = fetch_set(&mut c, version, &r);
        assert_eq!((set[7], set[16]), (1, u8::from(version >= 2)), "offset and magic in version {version}");
        assert_eq!(batch::check(&to_batch(&set).unwrap()).unwrap().count, 2);
        // A limit that not even one message keeps to: a part of it, or, later, all of it.
        r.topics[0].partitions[0].partition_max_bytes = 20;
        r.topics[0].partitions[0].fetch_offset = 2;
        let cut = fetch_set(&mut c, version, &r);
        assert_eq!(cut.len() == 20, version < 3);
        assert!(set.windows(cut.len()).any(|w| w == cut), "version {version}");
    }
}

#[test]
fn message_sets_have_no_zstd() {
    let mut c = filled();
    let mut b = batch(&["a"], 1);
    b[22] = 4;
    batch::testing::seal(&mut b);
    let info = crate::mock::log::header::peek(&b).unwrap();
    c.topic_mut("t").unwrap().partitions[1].log.append(&b, &info, 0, Vec::new());
    let r = wanting(&[(0, 0), (1, 0)], 1, 0);
    let got = fetch(&mut c, 3, &r);
    assert_eq!((got[0].0, got[1]), (0, (76, -1, 0)));
    assert_eq!(fetch(&mut c, 4, &r)[1].0, 0);
}

#[test]
fn a_topic_that_is_gone_is_not_known_by_its_id() {
    let mut c = filled();
    let mut r = wanting(&[(0, 0)], 1, 0);
    r.topics[0].id = [9; 16];
    assert_eq!(fetch(&mut c, 13, &r), [(100, -1, 0)]);
    assert_eq!(fetch(&mut c, 12, &r)[0].0, 0);
}

#[test]
fn limits_hold_but_never_starve() {
    let mut c = filled();
    let mut r = wanting(&[(0, 0), (1, 0)], 1, 0);
    r.max_bytes = 1;
    assert_eq!(fetch(&mut c, 11, &r)[0].2, batch(&["a", "b"], 1).len(), "one batch in any case");
    append(&mut c, 1, &["x"]);
    assert_eq!(fetch(&mut c, 11, &r)[1].2, 0, "but only one");
}

#[test]
fn a_long_poll_ends_with_data_or_time() {
    let mut c = filled();
    let frame = request(ApiKey::Fetch, 11, |out| wanting(&[(0, 3), (1, 0)], 1, 500).encode(11, out));
    let (now, mut resumed) = (Time(1_000_000), Vec::new());
    let ticket = c.handle(1, 5, &frame, now, 0).parked.unwrap();
    assert_eq!(c.next_deadline().time(), Some(Time(1_500_000)));
    c.resume(Time(1_100_000), 0, &mut resumed);
    assert!(resumed.is_empty());
    append(&mut c, 1, &["x"]);
    assert!(c.has_news());
    c.resume(Time(1_100_000), 0, &mut resumed);
    let (conn, answered, reply) = resumed.pop().unwrap();
    assert_eq!((conn, answered), (5, ticket));
    assert_eq!(opened(11, &reply.bytes.unwrap())[1], (0, 1, batch(&["x"], 1).len()));
    // Now with nothing new.
    let frame = request(ApiKey::Fetch, 11, |out| wanting(&[(0, 3)], 1, 500).encode(11, out));
    assert!(c.handle(1, 5, &frame, now, 0).parked.is_some());
    c.resume(Time(1_499_999), 0, &mut resumed);
    assert!(resumed.is_empty());
    c.resume(Time(1_500_000), 0, &mut resumed);
    assert_eq!(opened(11, &resumed.pop().unwrap().2.bytes.unwrap()), [(0, 3, 0)]);
    // A client that is gone is not waited for.
    assert!(c.handle(1, 5, &frame, now, 0).parked.is_some());
    c.disconnected(5);
    assert!(c.next_deadline().is_never());
}

#[test]
fn what_a_test_changes_is_news_to_a_long_poll() {
    let mut c = filled();
    let frame = request(ApiKey::Fetch, 11, |out| wanting(&[(0, 3)], 1, 500).encode(11, out));
    assert!(c.handle(1, 5, &frame, Time(1_000_000), 0).parked.is_some());
    c.resume(Time(1_100_000), 0, &mut Vec::new());
    let record_errors =
        || RecordErrors { code: ErrorCode::INVALID_RECORD, message: None, records: Vec::new() };
    let changes: [&dyn Fn(&mut Cluster); 4] = [
        &|c| c.set_rtt(1, Duration::from_millis(1)).unwrap(),
        &|c| c.set_broker_address(1, "mock.example", 9092).unwrap(),
        &|c| c.push_record_errors("t", 0, record_errors()).unwrap(),
        &|c| c.set_follower("t", 0, 1).unwrap(),
    ];
    for (number, change) in changes.iter().enumerate() {
        assert!(!c.has_news());
        change(&mut c);
        assert!(c.has_news(), "change {number}");
        c.resume(Time(1_100_000), 0, &mut Vec::new());
    }
}

#[test]
fn stored_batches_come_back_as_they_were_with_their_offset() {
    let mut c = filled();
    let mut data = Vec::new();
    c.partition("t", 0).unwrap().log.read(2..3, usize::MAX, true, &mut data);
    assert!(batch::check(&data).is_ok());
    assert_eq!(data[..8], 2i64.to_be_bytes());
    assert_eq!(data[16..], batch(&["c"], 1)[16..]);
    c.delete_records("t", 0, 2).unwrap();
    assert_eq!(fetch(&mut c, 11, &wanting(&[(0, 0)], 1, 0)), [(1, -1, 0)]);
}

#[test]
fn readers_are_sent_to_the_follower() {
    let mut c = cluster(2);
    c.create_topic("t", 1, 2).unwrap();
    append(&mut c, 0, &["a", "b"]);
    c.set_follower("t", 0, 2).unwrap();
    let ask = |c: &mut Cluster, broker, version| {
        let r = wanting(&[(0, 0)], 1, 0);
        let reply = send(c, broker, ApiKey::Fetch, version, |out| r.encode(version, out));
        open(ApiKey::Fetch, version, &reply.bytes.unwrap(), |r| {
            let response = Response::decode(version, r).unwrap();
            let p = &response.topics[0].partitions[0];
            let size = p.records.map_or(0, <[u8]>::len);
            (p.error_code, p.preferred_read_replica, size > 0, p.high_watermark)
        })
    };
    assert_eq!(ask(&mut c, 1, 11), (0, 2, false, 2));
    assert_eq!(ask(&mut c, 1, 10), (0, -1, true, 2), "a version that knows no followers");
    assert_eq!(ask(&mut c, 2, 11), (0, -1, true, 2));
    c.set_follower_watermarks("t", 0, 1, 5).unwrap();
    assert_eq!(ask(&mut c, 2, 11).0, 1, "not in the follower's range");
    c.set_follower("t", 0, -1).unwrap();
    assert_eq!(ask(&mut c, 1, 11), (0, -1, true, 2));
    assert_eq!(ask(&mut c, 2, 11).0, 6);
}

#[test]
fn who_waits_at_a_follower_is_answered_when_the_time_is_up() {
    let mut c = cluster(2);
    c.create_topic("t", 1, 2).unwrap();
    c.set_follower("t", 0, 2).unwrap();
    let frame = request(ApiKey::Fetch, 11, |out| wanting(&[(0, 0)], 1, 500).encode(11, out));
    let (now, mut resumed) = (Time(1_000_000), Vec::new());
    assert!(c.handle(2, 5, &frame, now, 0).parked.is_some());
    append(&mut c, 0, &["x"]);
    c.resume(Time(1_100_000), 0, &mut resumed);
    assert!(resumed.is_empty(), "the follower copies in its own time");
    c.resume(Time(1_500_000), 0, &mut resumed);
    assert_eq!(opened(11, &resumed.pop().unwrap().2.bytes.unwrap()), [(0, 1, batch(&["x"], 1).len())]);
    // Who asks later, or in vain, does not wait.
    assert!(c.handle(2, 5, &frame, now, 0).bytes.is_some());
    c.set_follower("t", 0, -1).unwrap();
    assert_eq!(opened(11, &c.handle(2, 5, &frame, now, 0).bytes.unwrap())[0].0, 6);
}

#[test]
fn who_asks_the_wrong_broker_is_told_the_leader() {
    let mut c = cluster(2);
    c.create_topic("t", 1, 2).unwrap();
    let r = wanting(&[(0, 0)], 1, 0);
    let reply = send(&mut c, 2, ApiKey::Fetch, 12, |out| r.encode(12, out));
    let hint = open(ApiKey::Fetch, 12, &reply.bytes.unwrap(), |r| {
        Response::decode(12, r).unwrap().topics[0].partitions[0].current_leader.clone()
    });
    assert_eq!((hint.leader_id, hint.leader_epoch), (1, 0));
}

#[test]
fn errors_pushed_for_a_partition() {
    let mut c = filled();
    c.push_partition_errors("t", 0, 1, &[ErrorCode::KAFKA_STORAGE_ERROR]).unwrap();
    assert_eq!(fetch(&mut c, 11, &wanting(&[(0, 0)], 1, 0))[0].0, 56);
    assert_eq!(fetch(&mut c, 11, &wanting(&[(0, 0)], 1, 0))[0].0, 0);
}

#[test]
fn sessions_are_not_known() {
    let mut c = filled();
    let mut r = wanting(&[(0, 0)], 1, 0);
    (r.session_id, r.session_epoch) = (9, 3);
    let reply = send(&mut c, 1, ApiKey::Fetch, 11, |out| r.encode(11, out));
    let code =
        open(ApiKey::Fetch, 11, &reply.bytes.unwrap(), |r| Response::decode(11, r).unwrap().error_code);
    assert_eq!(code, 70);
}
