//! A partition's sequence numbers: which batch has which, what is known of batches that failed, and when a partition may go
//! on. The rules are written down in docs/IDEMPOTENCE.md.
//!
//! A batch has a position, counted in messages since the partition took up its producer id; its base sequence is that modulo
//! 2^31. Once it has one it is immutable, and a batch that has to be sent again waits here, sealed. Messages that fail
//! before they have a position leave no gap.

use super::batch::Batch;
use super::partition::Partition;
use super::producer_id::ProducerId;
use super::queue::MsgQueue;
use super::runs::{Runs, nth_enqueued, split_runs};
use super::stamp::{Denials, Stamp};
use super::store::pool::ChunkPool;
use super::store::{OpenChunk, Run, StoredMessage, Value};
use crate::base::clock::Time;
use crate::base::sync::Arc;
use std::collections::VecDeque;
use std::time::Duration;

/// Brokers recognise as many of a producer's last batches in a partition.
pub const MAX_IN_FLIGHT: usize = 5;

/// A sequenced batch that waits to be sent again.
pub struct Sealed {
    pub runs: Runs,
    pub messages: usize,
    pub stamp: Stamp,
    segments: Vec<usize>,
}

impl Sealed {
    fn end(&self) -> u64 {
        self.stamp.position + self.messages as u64
    }

    /// Enqueue time of the first message that has not been reported.
    fn oldest(&self) -> Option<Time> {
        nth_enqueued(&self.runs, self.stamp.reported)
    }
}

/// Why a partition cannot go on with its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Batches up to this position were given up and may or may not be stored. A later batch that is stored proves that
    /// they are.
    Gap { end: u64 },
    /// Nothing at or behind this position is stored.
    Unstored { from: u64 },
}

/// Whether a batch can be formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The next sealed batch.
    Sealed,
    /// A new batch.
    Fresh,
    /// Not before batches that are out are settled; whoever settles them wakes the owner.
    Settling,
    /// Not with the present producer id.
    NewId { used: ProducerId, reset: bool },
}

/// A partition's part of the idempotent producer. Unused (and empty) without idempotence: then no more is looked at than its beginning.
#[derive(Default)]
#[repr(C)]
pub struct Sequencer {
    sealed: VecDeque<Sealed>,
    pid: Option<ProducerId>,
    /// Position of the next new batch.
    next: u64,
    /// Everything below is stored.
    pub(super) stored: u64,
    /// Positions of the batches that are out.
    out: Vec<u64>,
    /// Nothing leaves before everything that is out has been settled.
    draining: bool,
    trouble: Option<Trouble>,
    /// A higher epoch of the same producer id would not help.
    reset: bool,
}

/// What a settled batch is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Every batch before it has been settled.
    pub head: bool,
    /// A later one is stored, so it is.
    pub proven: bool,
}

impl Sequencer {
    #[must_use]
    pub fn pid(&self) -> Option<ProducerId> {
        self.pid
    }

    #[must_use]
    pub fn has_sealed(&self) -> bool {
        !self.sealed.is_empty()
    }

    /// Messages in sealed batches that have not been reported.
    #[must_use]
    pub fn sealed_messages(&self) -> usize {
        self.sealed.iter().map(|s| s.messages - s.stamp.reported).sum()
    }

    #[must_use]
    pub fn sealed_bytes(&self) -> u64 {
        self.sealed.iter().flat_map(|s| &s.runs).map(Run::bytes).sum()
    }

    /// Enqueue time of the oldest message in a sealed batch.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        self.sealed.front().and_then(Sealed::oldest)
    }

    /// What is out was sent by another leader's connection: it has to be settled first.
    pub fn drain(&mut self) {
        self.draining |= !self.out.is_empty();
    }

    /// Whether a batch may leave, with `current` as the client's producer id.
    pub fn turn(&mut self, current: Option<ProducerId>) -> Turn {
        let out = self.out.len();
        self.draining &= out > 0;
        if self.draining || out >= MAX_IN_FLIGHT {
            return Turn::Settling;
        }
        if self.sealed.front().is_some_and(|s| !self.is_unstored(s.stamp.position)) {
            return Turn::Sealed;
        }
        if self.trouble.is_none() && self.pid == current {
            return Turn::Fresh;
        }
        match self.pid {
            _ if out > 0 => Turn::Settling,
            Some(used) if self.trouble.is_some() => Turn::NewId { used, reset: self.reset },
            _ if current.is_some() => Turn::Fresh,
            _ => Turn::Settling,
        }
    }

    fn is_unstored(&self, position: u64) -> bool {
        matches!(self.trouble, Some(Trouble::Unstored { from }) if position >= from)
    }

    /// Takes up a producer id: sequences begin at 0. Sealed messages, none of which is stored, go back into the queue.
    pub fn adopt(&mut self, pid: ProducerId, queue: &mut MsgQueue) {
        for mut s in std::mem::take(&mut self.sealed) {
            let _reported = split_runs(&mut s.runs, s.stamp.reported);
            s.runs.into_iter().for_each(|r| queue.insert(r));
        }
        *self = Self { pid: Some(pid), ..Self::default() };
    }

    /// Gives a new batch its place.
    pub fn stamp(&mut self, messages: usize) -> Option<Stamp> {
        let pid = self.pid?;
        let position = self.next;
        self.next += messages as u64;
        self.out.push(position);
        Some(Stamp { pid, position, maybe_stored: false, reported: 0, denials: Denials::default() })
    }

    /// The batch that was given its place last takes in more messages. It has not been sent.
    pub fn extend(&mut self, messages: usize) {
        if self.pid.is_some() {
            self.next += messages as u64;
        }
    }

    /// The opposite.
    pub fn shorten(&mut self, messages: usize) {
        if self.pid.is_some() {
            self.next = self.next.saturating_sub(messages as u64);
        }
    }

    /// Takes a batch back that does not leave now. Returns one that has given up its place: its messages are as they were.
    pub fn put_back(&mut self, batch: Batch) -> Option<Batch> {
        let Some(stamp) = batch.stamp else { return Some(batch) };
        self.out.retain(|p| *p != stamp.position);
        if stamp.position + batch.messages as u64 == self.next && !stamp.maybe_stored && stamp.reported == 0 {
            self.next = stamp.position;
            return Some(batch);
        }
        self.insert(batch, stamp);
        None
    }

    fn insert(&mut self, batch: Batch, stamp: Stamp) {
        let at = self.sealed.partition_point(|s| s.stamp.position < stamp.position);
        let Batch { runs, messages, segments, .. } = batch;
        self.sealed.insert(at, Sealed { runs, messages, stamp, segments });
    }

    /// The sealed batch whose turn it is.
    pub fn unseal(&mut self, p: &Arc<Partition>) -> Option<Batch> {
        let s = self.sealed.pop_front()?;
        self.out.push(s.stamp.position);
        let segments = s.segments;
        Some(Batch {
            partition: p.clone(),
            runs: s.runs,
            messages: s.messages,
            stamp: Some(s.stamp),
            segments,
            given_up: 0,
        })
    }

    /// A batch is no longer out.
    pub fn settled(&mut self, stamp: &Stamp) {
        self.out.retain(|p| *p != stamp.position);
    }

    #[must_use]
    pub fn standing(&self, stamp: &Stamp, messages: usize) -> Standing {
        let first = |p: u64| stamp.position < p;
        Standing {
            head: self.out.iter().all(|p| first(*p))
                && self.sealed.front().is_none_or(|s| first(s.stamp.position)),
            proven: self.stored >= stamp.position + messages as u64,
        }
    }

    /// A batch is in the partition's log, and so is everything in front of it.
    pub fn note_stored(&mut self, stamp: &Stamp, messages: usize) {
        self.stored = self.stored.max(stamp.position + messages as u64);
        if let Some(Trouble::Gap { end }) = self.trouble
            && end <= stamp.position
        {
            self.trouble = None;
        }
    }

    /// Keeps a batch for another attempt.
    pub fn seal(&mut self, batch: Batch, stamp: Stamp) {
        self.insert(batch, stamp);
        self.draining = true;
    }

    /// A batch was given up.
    pub fn note_lost(&mut self, stamp: &Stamp, messages: usize, reset: bool) {
        let end = stamp.position + messages as u64;
        self.reset |= reset;
        if !stamp.maybe_stored {
            self.note_unstored(stamp.position, false);
        } else if !matches!(self.trouble, Some(Trouble::Unstored { .. })) {
            let before = if let Some(Trouble::Gap { end }) = self.trouble { end } else { 0 };
            self.trouble = Some(Trouble::Gap { end: end.max(before) });
        }
    }

    /// The log ends before this position: brokers take nothing out of sequence, so all that is behind it is not stored either.
    pub fn note_unstored(&mut self, from: u64, reset: bool) {
        self.reset |= reset;
        let from = if let Some(Trouble::Unstored { from: f }) = self.trouble { f.min(from) } else { from };
        self.trouble = Some(Trouble::Unstored { from });
    }

    /// Takes the sealed messages whose time is up. A batch that may be stored keeps copies of them, so that it stays the batch
    /// that the broker may know; one of which a later one proves that it is stored does not time out.
    pub fn take_expired(&mut self, now: Time, timeout: Option<Duration>) -> Expired {
        let mut gone = Expired::default();
        let Some(timeout) = timeout else { return gone };
        while let Some(s) = self.sealed.front_mut() {
            let due = s
                .runs
                .iter()
                .flat_map(Run::iter)
                .skip(s.stamp.reported)
                .take_while(|m| m.enqueued() + timeout <= now);
            let n = due.count();
            if n == 0 {
                break;
            }
            let all = s.stamp.reported + n == s.messages;
            if all || self.stored >= s.end() {
                let Some(s) = self.sealed.pop_front() else { break };
                self.give_up(s, &mut gone);
            } else if s.stamp.maybe_stored {
                let ghosts = split_runs(&mut s.runs, s.stamp.reported + n);
                let mut kept = copies(&ghosts);
                kept.append(&mut s.runs);
                s.runs = kept;
                let mut ghosts = ghosts;
                let _older = split_runs(&mut ghosts, s.stamp.reported);
                gone.lost.extend(ghosts);
                s.stamp.reported += n;
                break;
            } else {
                let before = std::mem::take(&mut s.stamp.reported);
                let _reported = split_runs(&mut s.runs, before);
                gone.lost.extend(split_runs(&mut s.runs, n));
                s.messages -= before + n;
                s.segments.clear();
                let position = s.stamp.position;
                self.note_unstored(position, false);
                break;
            }
        }
        gone
    }

    /// Takes all sealed messages.
    pub fn take_all(&mut self) -> Expired {
        let mut gone = Expired::default();
        while let Some(s) = self.sealed.pop_front() {
            self.give_up(s, &mut gone);
        }
        gone
    }

    fn give_up(&mut self, mut s: Sealed, gone: &mut Expired) {
        let proven = self.stored >= s.end();
        if !proven {
            self.note_lost(&s.stamp, s.messages, false);
        }
        let _reported = split_runs(&mut s.runs, s.stamp.reported);
        let to = if proven { &mut gone.stored } else { &mut gone.lost };
        to.extend(std::mem::take(&mut s.runs));
    }
}

/// Sealed messages that do not wait any longer.
#[derive(Default)]
pub struct Expired {
    pub lost: Vec<Run>,
    /// Known to be stored, at offsets that nobody has told.
    pub stored: Vec<Run>,
}

/// The same messages in memory of their own.
fn copies(runs: &[Run]) -> Runs {
    let pool = Arc::new(ChunkPool::new(0));
    let mut out = Runs::new();
    let mut open: Option<OpenChunk> = None;
    for m in runs.iter().flat_map(Run::iter) {
        let stored = StoredMessage {
            key: m.key(),
            value: m.value().map_or(Value::Null, Value::Copy),
            headers: m.headers(),
            timestamp_ms: m.timestamp_ms(),
            opaque: m.opaque(),
            enqueued: m.enqueued(),
            retries: m.retries(),
        };
        if open.as_mut().is_some_and(|o| o.append(&stored)) {
            continue;
        }
        out.extend(open.as_mut().and_then(OpenChunk::cut));
        let mut chunk = OpenChunk::new(&pool, OpenChunk::need(&stored), m.enqueued(), m.msgid());
        let _ = chunk.append(&stored);
        open = Some(chunk);
    }
    out.extend(open.as_mut().and_then(OpenChunk::cut));
    out
}

#[cfg(test)]
mod tests {
    use super::super::format::Magic;
    use super::super::queue::BatchLimits;
    use super::super::topic::TopicShared;
    use super::*;
    use crate::conf::TopicSettings;

    const PID: ProducerId = ProducerId { id: 1, epoch: 0 };
    const NEXT: ProducerId = ProducerId { id: 1, epoch: 1 };

    /// A partition, its sequencer, and its queue with `n` messages, enqueued at 0, 1, 2... microseconds.
    struct Bench {
        p: Arc<Partition>,
        s: Sequencer,
        q: MsgQueue,
    }

    impl Bench {
        fn new(n: i64) -> Self {
            let topic = TopicShared::new("t", TopicSettings::default(), None, 1);
            let pool = Arc::new(ChunkPool::new(0));
            let mut open = OpenChunk::new(&pool, 1 << 16, Time(0), 1);
            for i in 0..n {
                let m = StoredMessage {
                    key: Some(b"key"),
                    value: Value::Copy(&[b'v'; 20]),
                    headers: None,
                    timestamp_ms: i,
                    opaque: 0,
                    enqueued: Time(i),
                    retries: 0,
                };
                assert!(open.append(&m));
            }
            let mut q = MsgQueue::default();
            q.push_back(open.cut().unwrap());
            let mut b = Self { p: Arc::new(Partition::new(topic, 0, pool)), s: Sequencer::default(), q };
            assert_eq!(b.s.turn(Some(PID)), Turn::Fresh);
            b.s.adopt(PID, &mut b.q);
            b
        }

        fn send(&mut self, n: usize) -> Batch {
            assert_eq!(self.s.turn(Some(PID)), Turn::Fresh);
            let limits = BatchLimits { messages: n, bytes: 1 << 20, base: 0, magic: Magic::V2 };
            let batch = Batch::new(self.p.clone(), self.q.take_batch(limits));
            Batch { stamp: self.s.stamp(batch.messages), ..batch }
        }

        /// The broker does not answer.
        fn lose_answer(&mut self, batch: Batch) {
            let stamp = Stamp { maybe_stored: true, ..batch.stamp.unwrap() };
            self.s.settled(&stamp);
            self.s.seal(batch, stamp);
        }

        fn refuse(&mut self, batch: Batch) {
            let stamp = batch.stamp.unwrap();
            self.s.settled(&stamp);
            self.s.seal(batch, stamp);
        }

        fn store(&mut self, batch: &Batch) {
            let stamp = batch.stamp.unwrap();
            self.s.settled(&stamp);
            self.s.note_stored(&stamp, batch.messages);
        }
    }

    fn ids(batch: &Batch) -> Vec<u64> {
        batch.runs.iter().flat_map(Run::iter).map(|m| m.msgid()).collect()
    }

    #[test]
    fn five_batches_are_out_at_the_most() {
        let mut b = Bench::new(10);
        let out: Vec<_> = (0..5).map(|_| b.send(1)).collect();
        assert_eq!(b.s.turn(Some(PID)), Turn::Settling);
        b.s.settled(&out[2].stamp.unwrap());
        assert_eq!(b.s.turn(Some(PID)), Turn::Fresh);
    }

    #[test]
    fn failed_batches_are_sent_again_as_they_were_and_in_order() {
        let mut b = Bench::new(10);
        let (x, y, z) = (b.send(2), b.send(3), b.send(1));
        b.refuse(y);
        assert_eq!(b.s.turn(Some(PID)), Turn::Settling, "x and z are out");
        b.lose_answer(x);
        b.refuse(z);
        for want in [(0, vec![1, 2]), (2, vec![3, 4, 5]), (5, vec![6])] {
            assert_eq!(b.s.turn(Some(PID)), Turn::Sealed);
            let batch = b.s.unseal(&b.p.clone()).unwrap();
            assert_eq!((batch.stamp.unwrap().position, ids(&batch)), want);
        }
        assert_eq!(b.s.turn(Some(PID)), Turn::Fresh);
    }

    #[test]
    fn what_is_not_stored_is_numbered_anew_when_all_is_settled() {
        let mut b = Bench::new(6);
        let (x, y) = (b.send(2), b.send(2));
        b.s.note_unstored(0, false);
        b.refuse(x);
        assert_eq!(b.s.turn(Some(PID)), Turn::Settling);
        b.refuse(y);
        assert_eq!(b.s.turn(Some(PID)), Turn::NewId { used: PID, reset: false });
        b.s.adopt(NEXT, &mut b.q);
        assert_eq!(b.q.len(), 6);
        assert_eq!(b.s.turn(Some(NEXT)), Turn::Fresh);
    }

    #[test]
    fn a_batch_behind_a_gap_is_sent_again_before_the_epoch_ends() {
        let mut b = Bench::new(6);
        let (x, y) = (b.send(2), b.send(2));
        let lost = Stamp { maybe_stored: true, ..x.stamp.unwrap() };
        b.s.settled(&lost);
        b.s.note_lost(&lost, 2, false);
        b.lose_answer(y);
        assert_eq!(b.s.turn(Some(PID)), Turn::Sealed, "it may be stored: only its own sequence tells");
        let y = b.s.unseal(&b.p.clone()).unwrap();
        assert_eq!(b.s.turn(Some(PID)), Turn::Settling);
        b.store(&y);
        assert_eq!(b.s.turn(Some(PID)), Turn::Fresh, "so the one before is stored, too");
        let z = b.send(1);
        let lost = Stamp { maybe_stored: true, ..z.stamp.unwrap() };
        b.s.settled(&lost);
        b.s.note_lost(&lost, 1, true);
        assert_eq!(b.s.turn(Some(PID)), Turn::NewId { used: PID, reset: true });
    }

    #[test]
    fn a_later_batch_proves_an_earlier_one() {
        let mut b = Bench::new(4);
        let (x, y) = (b.send(2), b.send(2));
        let stamp = x.stamp.unwrap();
        b.lose_answer(x);
        assert!(!b.s.standing(&stamp, 2).proven);
        assert!(!b.s.standing(&y.stamp.unwrap(), 2).head);
        b.store(&y);
        assert!(b.s.standing(&stamp, 2).proven);
        let gone = b.s.take_expired(Time(1_000), Some(Duration::from_micros(1)));
        assert_eq!((gone.lost.len(), gone.stored[0].len()), (0, 2), "it does not time out");
    }

    #[test]
    fn a_batch_that_may_be_stored_stays_what_it_is_when_a_part_of_it_times_out() {
        let mut b = Bench::new(6);
        let x = b.send(5);
        b.lose_answer(x);
        for (now, lost) in [(101, vec![1, 2]), (103, vec![3, 4])] {
            let gone = b.s.take_expired(Time(now), Some(Duration::from_micros(100)));
            assert_eq!(gone.lost.iter().flat_map(Run::iter).map(|m| m.msgid()).collect::<Vec<_>>(), lost);
        }
        assert_eq!((b.s.sealed_messages(), b.s.oldest()), (1, Some(Time(4))));
        assert_eq!(b.s.turn(Some(PID)), Turn::Sealed);
        let x = b.s.unseal(&b.p.clone()).unwrap();
        assert_eq!((x.messages, x.reported(), x.oldest()), (5, 4, Some(Time(4))));
        let same = |m: super::super::store::MessageView<'_>| {
            (m.key() == Some(b"key"), m.value() == Some(&[b'v'; 20]), m.timestamp_ms())
        };
        let seen: Vec<_> = x.runs.iter().flat_map(Run::iter).map(same).collect();
        assert_eq!(seen, (0..5).map(|i| (true, true, i)).collect::<Vec<_>>());
    }

    #[test]
    fn one_that_is_not_stored_is_cut_and_numbered_anew() {
        let mut b = Bench::new(6);
        let x = b.send(5);
        b.refuse(x);
        let gone = b.s.take_expired(Time(101), Some(Duration::from_micros(100)));
        assert_eq!(gone.lost[0].len(), 2);
        assert_eq!(b.s.turn(Some(PID)), Turn::NewId { used: PID, reset: false });
        b.s.adopt(NEXT, &mut b.q);
        assert_eq!(b.q.len(), 4);
    }

    #[test]
    fn messages_that_fail_before_they_have_a_place_leave_no_gap() {
        let mut b = Bench::new(6);
        let x = b.send(2);
        assert_eq!(b.q.take_expired(Time(102), Some(Duration::from_micros(100))).len(), 1);
        b.store(&x);
        assert_eq!(b.send(1).stamp.unwrap().position, 2);
    }

    #[test]
    fn another_producer_id_is_taken_up_when_nothing_is_out() {
        let mut b = Bench::new(6);
        let x = b.send(2);
        assert_eq!(b.s.turn(Some(NEXT)), Turn::Settling);
        b.store(&x);
        assert_eq!(b.s.turn(Some(NEXT)), Turn::Fresh);
        assert_eq!(b.s.turn(None), Turn::Settling);
    }
}
