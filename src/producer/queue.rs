//! A partition's messages in message-id order.

use super::store::Run;
use crate::base::clock::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Bytes a record costs on the wire at the least beside key, value and headers (record format v2, all varints of
/// one byte). librdkafka fills batches by this estimate, so batch boundaries fall where its users expect them.
pub const RECORD_MIN_OVERHEAD: usize = 7;

/// Runs of messages, lowest message id first.
#[derive(Default)]
pub struct MsgQueue {
    runs: VecDeque<Run>,
    count: usize,
    bytes: u64,
}

/// How much one batch may take.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    pub messages: usize,
    /// Limit of the estimated request size, `base` included.
    pub bytes: usize,
    /// What the request holds before the first record.
    pub base: usize,
}

impl MsgQueue {
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Estimated wire size of all records.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX).saturating_add(self.count * RECORD_MIN_OVERHEAD)
    }

    /// Bytes of keys, values and headers.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn push_back(&mut self, run: Run) {
        if run.is_empty() {
            return;
        }
        self.count += run.len();
        self.bytes += run.bytes();
        self.runs.push_back(run);
    }

    /// Puts messages back where their ids belong. Ids of different runs never interleave.
    pub fn insert(&mut self, run: Run) {
        if run.is_empty() {
            return;
        }
        self.count += run.len();
        self.bytes += run.bytes();
        let at = self.runs.partition_point(|r| r.first_msgid() < run.first_msgid());
        self.runs.insert(at, run);
    }

    /// Enqueue time of the oldest message.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        self.runs.front().map(|r| r.get(0).enqueued())
    }

    /// Takes messages from the front: at least one, then as many as fit.
    pub fn take_batch(&mut self, limits: BatchLimits) -> Vec<Run> {
        let mut out = Vec::new();
        let mut size = limits.base;
        let mut room = limits.messages.max(1);
        while let Some(run) = self.runs.front() {
            let first = out.is_empty();
            let whole = usize::try_from(run.bytes()).unwrap_or(usize::MAX) + run.len() * RECORD_MIN_OVERHEAD;
            if run.len() <= room && size.saturating_add(whole) <= limits.bytes {
                size += whole;
                room -= run.len();
                out.extend(self.pop_run());
            } else {
                let n = Self::fitting(run, room, size, limits.bytes, first);
                out.extend(self.pop_part(n));
                break;
            }
            if room == 0 {
                break;
            }
        }
        out
    }

    fn fitting(run: &Run, room: usize, mut size: usize, limit: usize, first: bool) -> usize {
        let mut n = 0;
        for m in run.iter().take(room) {
            size = size.saturating_add(m.bytes() + RECORD_MIN_OVERHEAD);
            if size > limit && !(first && n == 0) {
                break;
            }
            n += 1;
        }
        n
    }

    fn pop_run(&mut self) -> Option<Run> {
        let run = self.runs.pop_front()?;
        self.count -= run.len();
        self.bytes -= run.bytes();
        Some(run)
    }

    fn pop_part(&mut self, n: usize) -> Option<Run> {
        let run = self.runs.front_mut()?;
        if n == 0 {
            return None;
        }
        if n >= run.len() {
            return self.pop_run();
        }
        let part = run.split_front(n);
        self.count -= part.len();
        self.bytes -= part.bytes();
        Some(part)
    }

    /// Takes the messages whose time is up. Messages are in time order, so only the front is looked at.
    pub fn take_expired(&mut self, now: Time, timeout: Option<Duration>) -> Vec<Run> {
        let mut out = Vec::new();
        let Some(timeout) = timeout else { return out };
        while let Some(run) = self.runs.front() {
            let n = run.iter().take_while(|m| m.enqueued() + timeout <= now).count();
            let all = n == run.len();
            out.extend(self.pop_part(n));
            if !all {
                break;
            }
        }
        out
    }

    pub fn take_all(&mut self) -> Vec<Run> {
        self.count = 0;
        self.bytes = 0;
        self.runs.drain(..).collect()
    }

    pub fn append(&mut self, other: &mut Self) {
        for run in other.take_all() {
            self.push_back(run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::pool::ChunkPool;
    use super::super::store::{OpenChunk, StoredMessage, Value};
    use super::*;
    use crate::base::sync::Arc;

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

    fn ids(runs: &[Run]) -> Vec<u64> {
        runs.iter().flat_map(Run::iter).map(|m| m.msgid()).collect()
    }

    #[test]
    fn a_batch_ends_at_the_first_limit() {
        let mut q = MsgQueue::default();
        q.push_back(runs(1, 5, 100));
        q.push_back(runs(6, 5, 100));
        let by_count = q.take_batch(BatchLimits { messages: 7, bytes: 1_000_000, base: 100 });
        assert_eq!(ids(&by_count), (1..=7).collect::<Vec<_>>());
        // Two records of 107 bytes fit into 220 with a base of 5, a third does not.
        let by_size = q.take_batch(BatchLimits { messages: 100, bytes: 220, base: 5 });
        assert_eq!(ids(&by_size), [8, 9]);
        assert_eq!((q.len(), q.wire_bytes()), (1, 107));
    }

    #[test]
    fn a_batch_has_at_least_one_message() {
        let mut q = MsgQueue::default();
        q.push_back(runs(1, 2, 500));
        assert_eq!(ids(&q.take_batch(BatchLimits { messages: 10, bytes: 10, base: 5 })), [1]);
    }

    #[test]
    fn retries_go_back_to_their_place() {
        let mut q = MsgQueue::default();
        q.push_back(runs(1, 6, 10));
        let a = q.take_batch(BatchLimits { messages: 2, bytes: 10_000, base: 0 });
        let b = q.take_batch(BatchLimits { messages: 2, bytes: 10_000, base: 0 });
        b.into_iter().for_each(|r| q.insert(r));
        a.into_iter().for_each(|r| q.insert(r));
        assert_eq!(ids(&q.take_all()), [1, 2, 3, 4, 5, 6]);
        assert!(q.is_empty());
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
}
