//! Transactions from the first request to what readers see.

use super::*;
use crate::mock::cluster::Cluster;
use crate::mock::log::batch::testing::{from_records, record, seal};
use crate::mock::testing::{cluster, exchange, open, request, send};
use crate::protocol::{ApiKey, ByTopic};
use crate::protocol::{
    add_offsets_to_txn, add_partitions_to_txn, end_txn, fetch, init_producer_id, list_offsets, produce,
    txn_offset_commit,
};

/// A producer as the tests know it.
struct Producer {
    id: i64,
    epoch: i16,
    sequence: i32,
}

impl Producer {
    fn claim(&self) -> (String, i64, i16) {
        ("tx".to_owned(), self.id, self.epoch)
    }
}

fn init_at(c: &mut Cluster, now: Time) -> Result<Producer, i16> {
    let body = init_producer_id::Request {
        transactional_id: Some("tx".into()),
        transaction_timeout_ms: 1000,
        ..Default::default()
    };
    let frame = request(ApiKey::InitProducerId, 4, |out| body.encode(4, out));
    let reply = c.handle(1, 1, &frame, now, 0).bytes.unwrap();
    let r = open(ApiKey::InitProducerId, 4, &reply, |r| init_producer_id::Response::decode(4, r).unwrap());
    if r.error_code == 0 {
        Ok(Producer { id: r.producer_id, epoch: r.producer_epoch, sequence: 0 })
    } else {
        Err(r.error_code)
    }
}

fn init(c: &mut Cluster) -> Producer {
    init_at(c, Time(0)).unwrap()
}

fn add(c: &mut Cluster, p: &Producer, partitions: &[i32]) -> Vec<i16> {
    let (transactional_id, producer_id, producer_epoch) = p.claim();
    let topics = vec![ByTopic::new("t", partitions.to_vec())];
    let body = add_partitions_to_txn::Request { transactional_id, producer_id, producer_epoch, topics };
    let r = exchange(
        c,
        ApiKey::AddPartitionsToTxn,
        3,
        |out| body.encode(3, out),
        |r| add_partitions_to_txn::Response::decode(3, r).unwrap(),
    );
    r.topics.iter().flat_map(|t| &t.partitions).map(|p| p.error_code).collect()
}

fn write(c: &mut Cluster, p: &mut Producer, version: i16, value: &[u8]) -> i16 {
    let records = record(0, 0, value);
    let mut batch = from_records(&records, 1, 5, 5, (p.id, p.epoch, p.sequence));
    batch[22] |= 0x10;
    seal(&mut batch);
    let partitions = vec![produce::RequestPartition { partition: 0, records: Some(&batch) }];
    let topics = vec![ByTopic::new("t", partitions)];
    let body =
        produce::Request { transactional_id: Some("tx".into()), acks: -1, topics, ..Default::default() };
    let r = exchange(
        c,
        ApiKey::Produce,
        version,
        |out| body.encode(version, out),
        |r| produce::Response::decode(version, r).unwrap(),
    );
    let code = r.topics[0].partitions[0].error_code;
    p.sequence += i32::from(code == 0);
    code
}

/// The same in the second protocol; the producer goes on with what it is given.
fn end_and_raise(c: &mut Cluster, p: &mut Producer, committed: bool) -> i16 {
    let (transactional_id, producer_id, producer_epoch) = p.claim();
    let body = end_txn::Request { transactional_id, producer_id, producer_epoch, committed };
    let r = exchange(
        c,
        ApiKey::EndTxn,
        5,
        |out| body.encode(5, out),
        |r| end_txn::Response::decode(5, r).unwrap(),
    );
    if r.error_code == 0 {
        *p = Producer { id: r.producer_id, epoch: r.producer_epoch, sequence: 0 };
    }
    r.error_code
}

fn end(c: &mut Cluster, p: &Producer, committed: bool) -> i16 {
    let (transactional_id, producer_id, producer_epoch) = p.claim();
    let body = end_txn::Request { transactional_id, producer_id, producer_epoch, committed };
    exchange(
        c,
        ApiKey::EndTxn,
        3,
        |out| body.encode(3, out),
        |r| end_txn::Response::decode(3, r).unwrap().error_code,
    )
}

/// What a reader of committed records gets: size of the data, last stable offset, aborted transactions.
fn read_committed(c: &mut Cluster) -> (usize, i64, Vec<(i64, i64)>) {
    let partition = fetch::RequestPartition { partition_max_bytes: 1 << 20, ..Default::default() };
    let topics = vec![fetch::Topic::named("t", vec![partition])];
    let body = fetch::Request { isolation_level: 1, topics, ..Default::default() };
    let reply = send(c, 1, ApiKey::Fetch, 11, |out| body.encode(11, out)).bytes.unwrap();
    let mut found = (0, 0, vec![]);
    let mut r = crate::protocol::Reader::new(&reply[8..]);
    let response = fetch::Response::decode(11, &mut r).unwrap();
    for p in &response.topics[0].partitions {
        let aborted = p.aborted_transactions.iter().flatten();
        found = (
            p.records.unwrap().len(),
            p.last_stable_offset,
            aborted.map(|a| (a.producer_id, a.first_offset)).collect(),
        );
    }
    found
}

fn with_topic() -> Cluster {
    let mut c = cluster(1);
    c.create_topic("t", 2, 1).unwrap();
    c
}

#[test]
fn a_committed_transaction_becomes_readable_as_a_whole() {
    let mut c = with_topic();
    let mut p = init(&mut c);
    assert_eq!(write(&mut c, &mut p, 9, b"a"), 48, "the partition is not in a transaction");
    assert_eq!(add(&mut c, &p, &[0, 1]), [0, 0]);
    assert_eq!(write(&mut c, &mut p, 9, b"a"), 0);
    assert_eq!(write(&mut c, &mut p, 9, b"b"), 0);
    assert_eq!(read_committed(&mut c), (0, 0, vec![]));
    assert_eq!(end(&mut c, &p, true), 0);
    assert_eq!(end(&mut c, &p, true), 0, "asked again");
    assert_eq!(end(&mut c, &p, false), 48);
    let (size, stable, aborted) = read_committed(&mut c);
    assert_eq!((stable, aborted), (3, vec![]));
    assert_eq!(size, c.partition("t", 0).unwrap().log.batches().map(<[u8]>::len).sum::<usize>());
    assert_eq!(c.partition("t", 1).unwrap().log.end_offset(), 1, "the marker alone");
    assert_eq!(write(&mut c, &mut p, 9, b"c"), 48, "after the end");
    assert_eq!(add(&mut c, &p, &[0]), [0]);
    assert_eq!(write(&mut c, &mut p, 9, b"c"), 0, "sequence numbers go on");
}

#[test]
fn an_aborted_transaction_is_named_to_readers() {
    let mut c = with_topic();
    let mut p = init(&mut c);
    add(&mut c, &p, &[0]);
    write(&mut c, &mut p, 9, b"a");
    assert_eq!(end(&mut c, &p, false), 0);
    let (_, stable, aborted) = read_committed(&mut c);
    assert_eq!((stable, aborted), (2, vec![(p.id, 0)]));
    let marker = c.partition("t", 0).unwrap().log.batches().last().unwrap().to_vec();
    assert_eq!(marker[22], 0x30, "a control batch of a transaction");
    assert_eq!(marker[61..71], [32, 0, 0, 0, 8, 0, 0, 0, 0, 12], "one record of type abort");
    assert_eq!(i32::from_be_bytes(marker[8..12].try_into().unwrap()) as usize, marker.len() - 12);
    let crc = u32::from_be_bytes(marker[17..21].try_into().unwrap());
    assert_eq!(crc, crc32c::crc32c(&marker[21..]));
}

#[test]
fn newer_producers_add_partitions_by_writing() {
    let mut c = with_topic();
    let mut p = init(&mut c);
    assert_eq!(write(&mut c, &mut p, 12, b"a"), 120, "the feature is off");
    assert_eq!(write(&mut c, &mut p, 10, b"a"), 48, "older clients do not know that code");
    assert_eq!(end_and_raise(&mut c, &mut p, true), 35);
    c.set_transaction_version(2).unwrap();
    assert_eq!(write(&mut c, &mut p, 12, b"a"), 0);
    assert_eq!(end(&mut c, &p, true), 0);
    assert_eq!(read_committed(&mut c).1, 2);
}

#[test]
fn every_transaction_has_an_epoch() {
    let mut c = with_topic();
    c.set_transaction_version(2).unwrap();
    let mut p = init(&mut c);
    let mut old = init(&mut c);
    p.epoch = old.epoch;
    for epoch in [2, 3] {
        assert_eq!(write(&mut c, &mut p, 12, b"a"), 0);
        old = Producer { ..p };
        assert_eq!(end_and_raise(&mut c, &mut p, epoch == 2), 0);
        assert_eq!((p.id, p.epoch), (old.id, epoch));
        let marker = c.partition("t", 0).unwrap().log.batches().last().unwrap().to_vec();
        assert_eq!(marker[51..53], epoch.to_be_bytes(), "written under the epoch that follows");
        assert_eq!(write(&mut c, &mut old, 12, b"late"), 47, "a late batch is not part of the next one");
    }
    assert_eq!(read_committed(&mut c).2, [(p.id, 2)]);
    assert_eq!(end_and_raise(&mut c, &mut old, false), 0, "the answer was lost");
    assert_eq!((old.id, old.epoch), (p.id, p.epoch));
    let mut late = Producer { epoch: p.epoch - 1, ..p };
    assert_eq!(end_and_raise(&mut c, &mut late, true), 48, "the other outcome");
    assert_eq!(write(&mut c, &mut p, 12, b"b"), 0);
    assert_eq!(end_and_raise(&mut c, &mut late, false), 90, "the next one has begun");
    assert_eq!(add(&mut c, &p, &[1]), [0], "partitions may also be added as before");
    assert_eq!(end_and_raise(&mut c, &mut p, true), 0);
    assert_eq!(c.partition("t", 1).unwrap().log.end_offset(), 1);
}

#[test]
fn a_transaction_without_anything_in_it_may_be_aborted() {
    let mut c = with_topic();
    c.set_transaction_version(2).unwrap();
    let mut p = init(&mut c);
    assert_eq!(end_and_raise(&mut c, &mut p, true), 48);
    for epoch in 1..4 {
        assert_eq!((end_and_raise(&mut c, &mut p, false), p.epoch), (0, epoch));
    }
    assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 0, "no marker");
}

#[test]
fn after_the_last_epoch_there_is_a_new_producer_id() {
    let mut c = with_topic();
    c.set_transaction_version(2).unwrap();
    let mut p = init(&mut c);
    c.transactions_mut().by_id.get_mut("tx").unwrap().epoch = i16::MAX - 1;
    c.producer_ids_mut().set_epoch(p.id, i16::MAX - 1);
    p.epoch = i16::MAX - 1;
    assert_eq!(write(&mut c, &mut p, 12, b"a"), 0);
    let mut old = Producer { ..p };
    assert_eq!(end_and_raise(&mut c, &mut p, false), 0);
    assert_eq!((p.id, p.epoch), (old.id + 1, 0));
    assert_eq!(read_committed(&mut c).2, [(old.id, 0)], "the marker belongs to the old one");
    assert_eq!(write(&mut c, &mut old, 12, b"late"), 47);
    let mut again = Producer { epoch: i16::MAX - 1, ..old };
    assert_eq!((end_and_raise(&mut c, &mut again, false), again.id, again.epoch), (0, p.id, 0));
    assert_eq!(write(&mut c, &mut p, 12, b"b"), 0);
    assert_eq!(end_and_raise(&mut c, &mut p, true), 0);
    assert_eq!(read_committed(&mut c).1, 4);
}

#[test]
fn the_next_transaction_waits_for_the_outcome_of_the_last() {
    let mut c = with_topic();
    c.set_transaction_version(2).unwrap();
    c.set_transaction_completion_delay(Duration::from_millis(5));
    let mut p = init(&mut c);
    assert_eq!(write(&mut c, &mut p, 12, b"a"), 0);
    let mut again = Producer { ..p };
    assert_eq!(end_and_raise(&mut c, &mut p, true), 0);
    assert_eq!(write(&mut c, &mut p, 12, b"b"), 51);
    assert_eq!(end_and_raise(&mut c, &mut again, true), 51);
    c.resume(Time(0) + Duration::from_millis(5), 0, &mut Vec::new());
    assert_eq!(write(&mut c, &mut p, 12, b"b"), 0);
}

#[test]
fn a_new_producer_aborts_and_fences_the_old_one() {
    let mut c = with_topic();
    let mut old = init(&mut c);
    add(&mut c, &old, &[0]);
    write(&mut c, &mut old, 9, b"a");
    assert_eq!(init_at(&mut c, Time(0)).err(), Some(51), "while the old transaction is aborted");
    let mut new = init(&mut c);
    assert_eq!((new.id, new.epoch), (old.id, 2));
    assert_eq!(write(&mut c, &mut old, 9, b"b"), 47);
    assert_eq!(add(&mut c, &old, &[0]), [90]);
    assert_eq!(end(&mut c, &old, true), 90);
    assert_eq!(read_committed(&mut c).2, [(old.id, 0)]);
    add(&mut c, &new, &[0]);
    assert_eq!(write(&mut c, &mut new, 9, b"b"), 0);
    assert_eq!(end(&mut c, &new, true), 0);
    let stranger = Producer { id: 5, epoch: 0, sequence: 0 };
    assert_eq!(add(&mut c, &stranger, &[0]), [49]);
    assert_eq!(end(&mut c, &stranger, true), 49);
}

#[test]
fn a_coordinator_that_has_forgotten_the_producer_has_no_transaction_of_it() {
    for (code, committed, after) in [
        (ErrorCode::UNKNOWN_PRODUCER_ID, false, 48),
        (ErrorCode::UNKNOWN_PRODUCER_ID, true, 0),
        (ErrorCode::NOT_COORDINATOR, false, 0),
    ] {
        let mut c = with_topic();
        let mut p = init(&mut c);
        add(&mut c, &p, &[0]);
        write(&mut c, &mut p, 9, b"a");
        c.push_request_errors(ApiKey::EndTxn.0, &[code]);
        assert_eq!(i32::from(end(&mut c, &p, committed)), code.0);
        let aborted = if after == 0 { vec![] } else { vec![(p.id, 0)] };
        assert_eq!(read_committed(&mut c).2, aborted, "{code:?}");
        assert_eq!(end(&mut c, &p, true), after, "{code:?}");
    }
}

#[test]
fn nothing_is_added_when_one_partition_is_not_there() {
    let mut c = with_topic();
    let mut p = init(&mut c);
    assert_eq!(add(&mut c, &p, &[0, 7]), [55, 3]);
    assert_eq!(write(&mut c, &mut p, 9, b"a"), 48);
    assert_eq!(end(&mut c, &p, true), 48);
}

#[test]
fn the_time_of_a_transaction_is_limited() {
    let mut c = with_topic();
    let mut p = init(&mut c);
    add(&mut c, &p, &[0]);
    write(&mut c, &mut p, 9, b"a");
    let due = Time(0) + Duration::from_secs(1);
    assert_eq!(c.next_deadline(), Deadline::at(due));
    c.resume(due, 77, &mut Vec::new());
    assert!(c.next_deadline().is_never());
    assert_eq!(read_committed(&mut c).2, [(p.id, 0)]);
    assert_eq!(end(&mut c, &p, true), 90);
    assert_eq!(init(&mut c).epoch, 2);
}

#[test]
fn the_time_of_a_transaction_need_not_be_limited() {
    let mut c = with_topic();
    c.settings_mut().transaction_timeouts = false;
    let mut p = init(&mut c);
    add(&mut c, &p, &[0]);
    assert!(c.next_deadline().is_never());
    c.resume(Time(0) + Duration::from_secs(3600), 77, &mut Vec::new());
    assert_eq!((write(&mut c, &mut p, 9, b"a"), end(&mut c, &p, true)), (0, 0));
}

#[test]
fn while_it_is_completed_the_next_one_has_to_wait() {
    let mut c = with_topic();
    c.set_transaction_completion_delay(Duration::from_millis(5));
    let mut p = init(&mut c);
    add(&mut c, &p, &[0]);
    write(&mut c, &mut p, 9, b"a");
    assert_eq!(end(&mut c, &p, true), 0);
    assert_eq!(add(&mut c, &p, &[0]), [51]);
    assert_eq!(end(&mut c, &p, true), 51);
    assert_eq!(init_at(&mut c, Time(0)).err(), Some(51));
    assert_eq!(read_committed(&mut c).1, 0);
    let later = Time(0) + Duration::from_millis(5);
    c.resume(later, 0, &mut Vec::new());
    assert_eq!(read_committed(&mut c).1, 2);
    assert_eq!(add(&mut c, &p, &[0]), [0]);
}

/// Commits position 9 of a partition that is there and of one that is not; returns the error codes.
fn commit_positions(c: &mut Cluster, p: &Producer, version: i16) -> Vec<i16> {
    let (transactional_id, producer_id, producer_epoch) = p.claim();
    let partition = |partition| txn_offset_commit::RequestPartition {
        partition,
        committed_offset: 9,
        ..Default::default()
    };
    let topics = vec![ByTopic::new("t", vec![partition(0), partition(5)])];
    let body = txn_offset_commit::Request {
        transactional_id,
        group_id: "g".into(),
        producer_id,
        producer_epoch,
        topics,
        ..Default::default()
    };
    let r = exchange(
        c,
        ApiKey::TxnOffsetCommit,
        version,
        |out| body.encode(version, out),
        |r| txn_offset_commit::Response::decode(version, r).unwrap(),
    );
    r.topics[0].partitions.iter().map(|p| p.error_code).collect()
}

fn add_group(c: &mut Cluster, p: &Producer, version: i16) -> i16 {
    let (transactional_id, producer_id, producer_epoch) = p.claim();
    let group_id = "g".into();
    let body = add_offsets_to_txn::Request { transactional_id, producer_id, producer_epoch, group_id };
    exchange(
        c,
        ApiKey::AddOffsetsToTxn,
        version,
        |out| body.encode(version, out),
        |r| add_offsets_to_txn::Response::decode(version, r).unwrap().error_code,
    )
}

#[test]
fn positions_of_groups_are_part_of_it() {
    let mut c = with_topic();
    let p = init(&mut c);
    let stored =
        |c: &Cluster| c.groups().get("g").and_then(|g| g.offsets.get("t")?.get(&0)).map(|p| p.offset);
    assert_eq!(commit_positions(&mut c, &p, 3), [48, 3]);
    assert_eq!(add_group(&mut c, &p, 3), 0);
    assert_eq!(commit_positions(&mut c, &p, 0), [0, 3]);
    assert_eq!(end(&mut c, &p, false), 0);
    assert_eq!(stored(&c), None);
    assert_eq!(add_group(&mut c, &p, 0), 0);
    assert_eq!(commit_positions(&mut c, &p, 5), [0, 3]);
    assert_eq!(stored(&c), None);
    assert_eq!(end(&mut c, &p, true), 0);
    assert_eq!(stored(&c), Some(9));
    let other = Producer { epoch: 7, ..p };
    assert_eq!(add_group(&mut c, &other, 1), 47);
    assert_eq!(add_group(&mut c, &other, 2), 90);
    assert_eq!(commit_positions(&mut c, &p, 5), [120, 3], "in no transaction");
    c.set_transaction_version(2).unwrap();
    assert_eq!(commit_positions(&mut c, &p, 4), [120, 3]);
    assert_eq!(commit_positions(&mut c, &p, 5), [0, 3], "adds the group");
    c.groups_mut().get_mut("g").unwrap().offsets.clear();
    assert_eq!(end(&mut c, &p, true), 0);
    assert_eq!(stored(&c), Some(9));
}

#[test]
fn the_latest_committed_offset_is_the_last_stable_one() {
    let mut c = with_topic();
    let mut p = init(&mut c);
    add(&mut c, &p, &[0]);
    write(&mut c, &mut p, 9, b"a");
    let latest = |c: &mut Cluster, isolation_level| {
        let wanted = list_offsets::RequestPartition { timestamp: -1, ..Default::default() };
        let topics = vec![ByTopic::new("t", vec![wanted])];
        let body = list_offsets::Request { isolation_level, topics, ..Default::default() };
        let r = exchange(
            c,
            ApiKey::ListOffsets,
            5,
            |out| body.encode(5, out),
            |r| list_offsets::Response::decode(5, r).unwrap(),
        );
        r.topics[0].partitions[0].offset
    };
    assert_eq!((latest(&mut c, 0), latest(&mut c, 1)), (1, 0));
    end(&mut c, &p, true);
    assert_eq!((latest(&mut c, 0), latest(&mut c, 1)), (2, 2));
}

#[test]
fn only_the_coordinator_answers() {
    let mut c = cluster(2);
    c.create_topic("t", 1, 1).unwrap();
    let theirs = c.all_brokers().coordinator(KEY_TYPE_TRANSACTION, "tx").unwrap().id;
    c.set_coordinator(KEY_TYPE_TRANSACTION, "tx", 3 - theirs);
    let answered = [1, 2].map(|broker| {
        let body = end_txn::Request { transactional_id: "tx".into(), ..Default::default() };
        let reply = send(&mut c, broker, ApiKey::EndTxn, 1, |out| body.encode(1, out));
        open(ApiKey::EndTxn, 1, &reply.bytes.unwrap(), |r| {
            end_txn::Response::decode(1, r).unwrap().error_code
        })
    });
    assert_eq!(answered.iter().filter(|code| **code == 16).count(), 1);
    assert_eq!(answered.iter().filter(|code| **code == 49).count(), 1);
}
