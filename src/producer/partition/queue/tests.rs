use super::*;
use crate::base::sync::Arc;
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{OpenChunk, StoredMessage, Value};

/// `n` messages of `size` bytes, enqueued at 0, 1, 2... microseconds.
fn runs(first_msgid: u64, n: usize, size: usize) -> Run {
    let pool = Arc::new(ChunkPool::new(0));
    let mut open = OpenChunk::new(&pool, 64 << 10, Time(0), first_msgid);
    let data = vec![b'x'; size];
    for i in 0..n {
        let m = StoredMessage {
            key: None,
            value: Value::Copy(&data),
            headers: None,
            timestamp_ms: 0,
            opaque: 0,
            enqueued: Time(i64::try_from(i).unwrap()),
            retries: 0,
        };
        assert!(open.append(&m));
    }
    open.cut().unwrap()
}

fn limits(messages: usize, bytes: usize, base: usize) -> BatchLimits {
    BatchLimits { messages, bytes, base, magic: Magic::V2 }
}

fn ids(runs: &[Run]) -> Vec<u64> {
    runs.iter().flat_map(Run::iter).map(|m| m.msgid()).collect()
}

#[test]
fn an_empty_queue_keeps_memory_for_a_few_runs_only() {
    let mut q = MsgQueue::default();
    let fill = |q: &mut MsgQueue| (1..=20).for_each(|id| q.push_back(runs(id, 1, 1)));
    fill(&mut q);
    while q.pop_run().is_some() {}
    assert!(q.runs.capacity() <= KEPT_RUNS);
    fill(&mut q);
    let mut other = MsgQueue::default();
    other.append(&mut q);
    assert_eq!((q.len(), q.runs.capacity(), other.len()), (0, 0, 20), "the memory goes along");
    assert_eq!(ids(&other.take_all()), (1..=20).collect::<Vec<_>>());
    assert_eq!((other.len(), other.runs.capacity()), (0, 0));
}

#[test]
fn a_batch_ends_at_the_first_limit() {
    let mut q = MsgQueue::default();
    q.push_back(runs(1, 5, 100));
    q.push_back(runs(6, 5, 100));
    let by_count = q.take_batch(limits(7, 1_000_000, 100));
    assert_eq!(ids(&by_count), (1..=7).collect::<Vec<_>>());
    // A record of 109 bytes (two varints of two bytes) is in; another may come to 136, and one byte is
    // missing.
    let by_size = q.take_batch(limits(100, 5 + 109 + 135, 5));
    assert_eq!(ids(&by_size), [8]);
    let by_size = q.take_batch(limits(100, 5 + 109 + 136, 5));
    assert_eq!(ids(&by_size), [9, 10]);
    assert_eq!((q.len(), q.bytes()), (0, 0));
}

#[test]
fn a_batch_has_at_least_one_message() {
    let mut q = MsgQueue::default();
    q.push_back(runs(1, 2, 500));
    assert_eq!(ids(&q.take_batch(limits(10, 10, 5))), [1]);
}

#[test]
fn retries_go_back_to_their_place() {
    let mut q = MsgQueue::default();
    q.push_back(runs(1, 6, 10));
    let a = q.take_batch(limits(2, 10_000, 0));
    let b = q.take_batch(limits(2, 10_000, 0));
    b.into_iter().for_each(|r| q.insert(r));
    a.into_iter().for_each(|r| q.insert(r));
    assert_eq!(ids(&q.take_all()), [1, 2, 3, 4, 5, 6]);
    assert!(q.is_empty());
}

#[test]
fn the_newest_leave_first() {
    let mut q = MsgQueue::newest_first();
    q.push_back(runs(1, 3, 10));
    q.push_back(runs(4, 3, 10));
    let batch = q.take_batch(limits(4, 10_000, 0));
    assert_eq!(ids(&batch), [6, 5, 4, 3]);
    q.push_back(runs(7, 2, 10));
    assert_eq!(q.oldest(), Some(Time(0)));
    batch.into_iter().for_each(|r| q.insert(r));
    assert_eq!(q.len(), 8);
    // The first three were enqueued at 0, 1 and 2 microseconds.
    let gone = q.take_expired(Time(101), Some(Duration::from_micros(100)));
    assert_eq!((ids(&gone), q.oldest()), (vec![1, 2], Some(Time(2))));
    assert_eq!(ids(&q.take_batch(limits(10, 10_000, 0))), [8, 7, 6, 5, 4, 3]);
    assert_eq!((q.len(), q.bytes()), (0, 0));
}

#[test]
fn only_what_is_overdue_expires() {
    let mut q = MsgQueue::default();
    q.push_back(runs(1, 4, 10));
    let gone = q.take_expired(Time(102), Some(Duration::from_micros(100)));
    assert_eq!(ids(&gone), [1, 2, 3]);
    assert!(q.take_expired(Time(102), None).is_empty());
    assert_eq!(q.len(), 1);
}
