//! Requests of several partitions: what goes together, and what becomes of it.

use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{Codec, Settings, TopicSettings};
use rdkafka::protocol::produce::CLIENT_MAX_VERSION;
use std::time::Duration;

fn rig(change: impl FnOnce(&mut Settings)) -> Rig {
    Rig::new(Setting::Multibatch, change)
}

fn topic(change: impl FnOnce(&mut TopicSettings)) -> TopicSettings {
    let mut settings = TopicSettings::default();
    change(&mut settings);
    settings
}

#[test]
fn what_a_pass_finished_is_one_request_sorted_by_topic() {
    for version in 0..=CLIENT_MAX_VERSION {
        let mut r = rig(|_| {});
        r.version = version;
        let (b, a) = (r.topic("b", 3, topic(|_| {})), r.topic("a", 2, topic(|_| {})));
        for p in b.iter().chain(&a).rev() {
            r.produce(p);
        }
        let request = r.sent(1).remove(0);
        assert_eq!(request.version, version);
        assert_eq!(request.places(), [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("b", 2)]);
        r.accept(&request);
        r.all_delivered();
    }
}

#[test]
fn acks_and_request_timeout_are_of_the_whole_request() {
    let mut r = rig(|_| {});
    let kinds = [
        topic(|_| {}),
        topic(|t| t.required_acks = 1),
        topic(|t| t.request_timeout = ms(5_000)),
        topic(|t| t.required_acks = 0),
    ];
    let topics: Vec<_> = (0..8).map(|i| r.topic(&format!("t{i}"), 2, kinds[i % 4].clone())).collect();
    for p in topics.iter().flatten() {
        r.produce(p);
    }
    let requests = r.sent(4);
    let mut heads: Vec<_> = requests.iter().map(|q| (q.acks, q.timeout_ms, q.parts.len())).collect();
    heads.sort_unstable();
    assert_eq!(heads, [(-1, 5_000, 4), (-1, 30_000, 4), (0, 30_000, 4), (1, 30_000, 4)]);
    for q in requests.iter().filter(|q| q.acks != 0) {
        r.accept(q);
    }
    r.all_delivered();
}

#[test]
fn requests_are_the_largest_that_fit() {
    for codec in [Codec::None, Codec::Lz4] {
        let mut r = rig(|s| s.batching.message_max_bytes = 5_000);
        let partitions = r.topic("t", 40, topic(|t| t.compression = codec));
        for p in &partitions {
            r.produce_sized(p, 700);
        }
        let requests = r.accept_all();
        assert!(requests.iter().all(|q| q.bytes <= 5_000), "{codec:?}");
        // Six records of random bytes fit, seven do not.
        let sizes: Vec<usize> = requests.iter().map(|q| q.parts.len()).collect();
        assert_eq!(sizes, [6, 6, 6, 6, 6, 6, 4], "{codec:?}");
        r.all_delivered();
    }
}

#[test]
fn what_compresses_well_fills_requests_too() {
    let mut r = rig(|s| s.batching.message_max_bytes = 5_000);
    let partitions = r.topic("t", 40, topic(|t| t.compression = Codec::Lz4));
    // Each partition's messages are alike: about 700 bytes that compress to less than 200.
    for p in &partitions {
        for _ in 0..30 {
            r.produce(p);
        }
    }
    let requests = r.accept_all();
    assert!(requests.len() <= 3 && requests.iter().all(|q| q.bytes <= 5_000), "{}", requests.len());
    r.all_delivered();
}

#[test]
fn a_message_larger_than_a_request_goes_alone() {
    let mut r = rig(|s| s.batching.message_max_bytes = 1_000);
    let p = r.topic("t", 3, topic(|_| {}));
    r.produce(&p[0]);
    r.produce_sized(&p[1], 1_500);
    r.produce(&p[2]);
    let requests = r.accept_all();
    let alone = requests.iter().find(|q| q.numbers().contains(&1)).unwrap();
    assert_eq!(alone.numbers(), [1]);
    r.all_delivered();
}

#[test]
fn no_more_requests_wait_for_their_response_than_allowed() {
    let mut r = rig(|s| {
        s.network.max_in_flight = 2;
        s.batching.message_max_bytes = 2_000;
    });
    let partitions = r.topic("t", 10, topic(|t| t.compression = Codec::Lz4));
    for p in &partitions {
        r.produce_sized(p, 900);
    }
    // The estimate hopes for compression, random bytes disappoint it: more requests are encoded than may
    // leave.
    let mut open = r.sent(2);
    let mut all: Vec<usize> = Vec::new();
    while let Some(request) = open.pop() {
        all.extend(request.numbers());
        r.accept(&request);
        open.extend(r.requests());
        assert!(open.len() <= 2);
    }
    all.sort_unstable();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    r.all_delivered();
}

/// Three partitions whose batches wait in one request in the output buffer.
fn one_request_waits(r: &mut Rig, n: i32) -> Vec<std::sync::Arc<rdkafka::producer::partition::Partition>> {
    let p = r.topic("t", n, topic(|_| {}));
    r.serve();
    // The connection is there and takes nothing.
    r.produce(&p[0]);
    let first = r.sent(1).remove(0);
    r.accept(&first);
    r.transport.0.lock().unwrap().space = Some(0);
    for part in &p {
        r.produce(part);
    }
    r.serve();
    assert!(r.requests().is_empty());
    p
}

#[test]
fn a_partition_that_leaves_takes_its_batch_out_of_a_waiting_request() {
    let mut r = rig(|_| {});
    let mut other = rig(|_| {});
    let p = one_request_waits(&mut r, 3);
    r.leave(&p[1], Some(&other));
    r.transport.0.lock().unwrap().space = None;
    let request = r.sent(1).remove(0);
    assert_eq!(request.places(), [("t", 0), ("t", 2)], "taken apart, the rest as it was");
    r.accept(&request);
    other.pass(ms(500)); // the back-off of what came back
    let moved = other.requests().remove(0);
    assert_eq!(moved.parts, [("t".to_owned(), 1, vec![2])]);
    other.accept(&moved);
    assert_eq!(other.fate(2), Some(ErrorCode::NO_ERROR));
    assert_eq!((r.fate(1), r.fate(3)), (Some(ErrorCode::NO_ERROR), Some(ErrorCode::NO_ERROR)));
}

#[test]
fn a_request_whose_partitions_all_leave_is_gone() {
    let mut r = rig(|_| {});
    let mut other = rig(|_| {});
    let p = one_request_waits(&mut r, 2);
    for part in &p {
        r.leave(part, Some(&other));
    }
    r.transport.0.lock().unwrap().space = None;
    r.sent(0);
    other.pass(ms(500));
    let mut numbers: Vec<_> = other.requests().iter().flat_map(Produce::numbers).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn what_is_partly_written_is_not_taken_apart() {
    let mut r = rig(|_| {});
    let other = rig(|_| {});
    let p = one_request_waits(&mut r, 3);
    r.transport.0.lock().unwrap().space = Some(10);
    r.serve();
    r.leave(&p[1], Some(&other));
    r.transport.0.lock().unwrap().space = None;
    let request = r.sent(1).remove(0);
    assert_eq!(request.places(), [("t", 0), ("t", 1), ("t", 2)]);
    r.answer(
        &request,
        &[
            ("t", 0, ErrorCode::NO_ERROR),
            ("t", 1, ErrorCode::NOT_LEADER_FOR_PARTITION),
            ("t", 2, ErrorCode::NO_ERROR),
        ],
    );
    assert_eq!(r.fate(2), None, "it is retried, with the new leader");
    assert_eq!(p[1].queued(), 1);
}

#[test]
fn a_purge_takes_what_waits_and_leaves_what_is_in_flight() {
    let mut r = rig(|_| {});
    let p = one_request_waits(&mut r, 2);
    r.purge(true, false);
    assert_eq!((r.fate(1), r.fate(2)), (Some(ErrorCode::_PURGE_QUEUE), Some(ErrorCode::_PURGE_QUEUE)));
    r.transport.0.lock().unwrap().space = None;
    r.sent(0);
    for part in &p {
        r.produce(part);
    }
    let request = r.sent(1).remove(0);
    r.purge(false, true);
    assert_eq!((r.fate(3), r.fate(4)), (Some(ErrorCode::_PURGE_INFLIGHT), Some(ErrorCode::_PURGE_INFLIGHT)));
    r.accept(&request); // finds nothing to settle
}

/// A message that times out is reported, and the request that it is in goes on for the others.
#[test]
fn the_earliest_message_does_not_set_the_time_of_the_request() {
    let mut r = rig(|s| linger(s, ms(100)));
    let old = r.topic("old", 1, topic(|t| t.message_timeout = Some(ms(400))));
    let young = r.topic("young", 1, topic(|t| t.message_timeout = Some(Duration::from_secs(60))));
    r.produce(&old[0]);
    r.produce(&young[0]);
    r.pass(ms(100));
    let request = r.requests().remove(0);
    assert_eq!(request.parts.len(), 2);
    r.pass(ms(299));
    assert!(r.told().fates.is_empty());
    r.pass(ms(130));
    assert_eq!((r.fate(0), r.fate(1)), (Some(ErrorCode::_MSG_TIMED_OUT), None));
    r.pass(ms(1_000));
    assert!(r.requests().is_empty(), "nothing is sent again");
    r.accept(&request);
    assert_eq!(r.fate(1), Some(ErrorCode::NO_ERROR));
}
