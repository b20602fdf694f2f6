//! Batches of several segments (v2): a partition with much to send uses the space that others leave
//! in a request.

use super::rig::{Produce, Rig, linger, ms};
use super::v2::{connected, plain, v2};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::Settings;
use rdkafka::protocol::ByTopic;
use rdkafka::protocol::produce as wire;

// ---- segments ----

/// A hot partition with 40 messages, batches of ten, and nine others with one each.
fn hot(segments: usize, change: impl FnOnce(&mut Settings)) -> (Rig, Vec<Produce>) {
    let mut r = v2(|s| {
        linger(s, ms(5));
        s.batching.num_messages = 10;
        s.network.max_in_flight = 1;
        s.engine.v2.max_segments_per_partition = segments;
        change(s);
    });
    connected(&mut r);
    let p = r.topic("t", 10, plain());
    for part in &p[1..] {
        r.produce(part);
    }
    for _ in 0..40 {
        r.produce(&p[0]);
    }
    r.pass(ms(5));
    let requests = r.requests();
    (r, requests)
}

fn of_hot(q: &Produce) -> Vec<usize> {
    q.parts.iter().filter(|p| p.1 == 0).flat_map(|p| p.2.clone()).collect()
}

#[test]
fn a_hot_partition_uses_the_room_that_others_leave() {
    for (segments, want) in [(1, 10), (3, 30), (4, 40), (1000, 40)] {
        let (mut r, first) = hot(segments, |_| {});
        // The hot partition's batch was full before the others' linger time was over.
        let all: Vec<Produce> = {
            r.accept(&first[0]);
            first.into_iter().chain(r.accept_all()).collect()
        };
        assert_eq!(of_hot(&all[0]).len(), want, "{segments} segments");
        assert_eq!(all.iter().flat_map(of_hot).collect::<Vec<_>>(), (10..50).collect::<Vec<_>>());
        r.pass(ms(5));
        r.accept_all();
        r.all_delivered();
    }
}

#[test]
fn segments_do_not_grow_beyond_the_request() {
    let (mut r, first) = hot(1000, |s| s.batching.message_max_bytes = 600);
    let mut all = first;
    for _ in 0..50 {
        all.iter()
            .skip(all.len().saturating_sub(1))
            .cloned()
            .collect::<Vec<_>>()
            .iter()
            .for_each(|q| r.accept(q));
        r.pass(ms(5));
        all.extend(r.requests());
    }
    assert!(all.iter().all(|q| q.bytes <= 600), "{all:?}");
    assert!(all.iter().any(|q| of_hot(q).len() > 10), "some have several segments");
    r.all_delivered();
}

#[test]
fn every_segment_has_its_own_report() {
    let (mut r, first) = hot(4, |_| {});
    let before = r.told().reports;
    r.accept(&first[0]);
    let told = r.told();
    let of_others = first[0].parts.len() - 1;
    assert_eq!(told.reports - before, of_others + 4);
    let offsets: Vec<i64> = (10..50).map(|n| told.fates[&n].offset).collect();
    assert!(offsets.windows(2).all(|w| w[1] == w[0] + 1), "{offsets:?}");
}

#[test]
fn a_batch_of_segments_that_is_too_large_is_divided() {
    let (mut r, first) = hot(4, |_| {});
    let numbers = of_hot(&first[0]);
    assert_eq!(numbers.len(), 40);
    answer_hot(&mut r, &first[0], ErrorCode::MSG_SIZE_TOO_LARGE, &[]);
    let again = r.accept_all();
    let sizes: Vec<usize> = again.iter().map(|q| of_hot(q).len()).filter(|n| *n > 0).collect();
    assert_eq!(sizes, [10, 10, 10, 10]);
    r.pass(ms(5));
    r.accept_all();
    r.all_delivered();
}

#[test]
fn only_the_segment_with_the_bad_record_fails() {
    let (mut r, first) = hot(4, |_| {});
    answer_hot(&mut r, &first[0], ErrorCode::INVALID_RECORD, &[15]);
    // Alone, the second one is refused again, and the others are stored.
    for _ in 0..10 {
        r.pass(ms(5));
        for q in r.requests() {
            if of_hot(&q).contains(&25) {
                answer_hot(&mut r, &q, ErrorCode::INVALID_RECORD, &[5]);
            } else {
                r.accept(&q);
            }
        }
    }
    let told = r.told();
    for n in 10..50 {
        let want = match n {
            // With a single culprit all messages of its batch have the batch's error.
            20..30 => ErrorCode::INVALID_RECORD,
            _ => ErrorCode::NO_ERROR,
        };
        assert_eq!(told.fates[&n].error, want, "message {n}");
    }
}

/// The hot partition is refused, the others are stored.
fn answer_hot(r: &mut Rig, q: &Produce, code: ErrorCode, records: &[i32]) {
    let topics = q.places().into_iter().map(|(t, partition)| {
        let refused = partition == 0;
        let part = wire::ResponsePartition {
            partition,
            error_code: if refused { i16::try_from(code.0).unwrap() } else { 0 },
            base_offset: if refused { -1 } else { 7 },
            log_append_time_ms: -1,
            record_errors: records
                .iter()
                .filter(|_| refused)
                .map(|i| wire::RecordError { batch_index: *i, message: None })
                .collect(),
            ..Default::default()
        };
        ByTopic::new(t, vec![part])
    });
    let response = wire::Response { topics: topics.collect(), ..Default::default() };
    r.respond(q, &response);
}
