//! A partition that is consumed, as all threads see it.

use super::budget::Budget;
use super::fetch::track::Track;
use super::position::Position;
use crate::base::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU64, Ordering};
use crate::base::sync::{Arc, Mutex, MutexGuard, Rank};
use crate::stats::snapshot::Consumed;
use std::fmt;

/// No offset.
pub const INVALID: i64 = -1001;

/// What waits for the application, and where that counts.
struct Account {
    messages: i64,
    bytes: i64,
    budget: Arc<Budget>,
}

/// What the application's threads, the main thread and the brokers' threads share of a partition.
pub struct Partition {
    topic: Arc<str>,
    number: i32,
    /// Raised by whatever makes what was fetched before worthless: seek, stop, another assignment.
    version: AtomicI32,
    paused: AtomicBool,
    /// The offset behind the last message that the application was given, and that message's leader epoch.
    position: AtomicI64,
    position_epoch: AtomicI32,
    low: AtomicI64,
    high: AtomicI64,
    stable: AtomicI64,
    account: Mutex<Account>,
    track: Mutex<Track>,
    /// Messages and bytes that were received.
    received: AtomicU64,
    received_bytes: AtomicU64,
}

impl Partition {
    /// One without a limit on what waits.
    #[must_use]
    pub fn new(topic: Arc<str>, number: i32) -> Self {
        Self::with_budget(topic, number, Budget::new(u32::MAX, u64::MAX))
    }

    #[must_use]
    pub fn with_budget(topic: Arc<str>, number: i32, budget: Arc<Budget>) -> Self {
        Self {
            topic,
            number,
            version: AtomicI32::new(1),
            paused: AtomicBool::new(false),
            position: AtomicI64::new(INVALID),
            position_epoch: AtomicI32::new(-1),
            low: AtomicI64::new(INVALID),
            high: AtomicI64::new(INVALID),
            stable: AtomicI64::new(INVALID),
            account: Mutex::new(Rank::Leaf, Account { messages: 0, bytes: 0, budget }),
            track: Mutex::new(Rank::PartitionSend, Track::default()),
            received: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
        }
    }

    #[must_use]
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    #[must_use]
    pub fn number(&self) -> i32 {
        self.number
    }

    #[must_use]
    #[inline]
    pub fn version(&self) -> i32 {
        self.version.load(Ordering::Acquire)
    }

    /// Makes what was fetched so far outdated, and returns the new version.
    pub fn bump_version(&self) -> i32 {
        self.version.fetch_add(1, Ordering::AcqRel).wrapping_add(1)
    }

    #[must_use]
    #[inline]
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Release);
    }

    /// The offset behind the last message that the application was given.
    #[must_use]
    pub fn position(&self) -> (i64, i32) {
        (self.position.load(Ordering::Relaxed), self.position_epoch.load(Ordering::Relaxed))
    }

    /// A message is about to be given to the application: `next` is the offset behind it.
    #[inline]
    pub fn delivered(&self, next: i64, leader_epoch: i32) {
        self.position.store(next, Ordering::Relaxed);
        self.position_epoch.store(leader_epoch, Ordering::Relaxed);
    }

    /// The lowest and the next offset that are known.
    #[must_use]
    pub fn watermarks(&self) -> (i64, i64) {
        (self.low.load(Ordering::Relaxed), self.high.load(Ordering::Relaxed))
    }

    pub fn set_watermarks(&self, low: i64, high: i64) {
        self.low.store(low, Ordering::Relaxed);
        self.high.store(high, Ordering::Relaxed);
    }

    /// The topic is another one by now, with another log.
    pub fn forget_log(&self) {
        self.set_watermarks(INVALID, INVALID);
        self.set_last_stable_offset(INVALID);
    }

    /// Where the first transaction begins that has not ended.
    #[must_use]
    pub fn last_stable_offset(&self) -> i64 {
        self.stable.load(Ordering::Relaxed)
    }

    pub fn set_last_stable_offset(&self, offset: i64) {
        self.stable.store(offset, Ordering::Relaxed);
    }

    /// Where it is fetched from, and what is fetched next.
    pub fn track(&self) -> MutexGuard<'_, Track> {
        self.track.lock()
    }
}

/// What waits for the application.
impl Partition {
    /// Messages have been put into the queue.
    pub fn queued(&self, messages: u32, bytes: u64) {
        let (messages, bytes) = (i64::from(messages), i64::try_from(bytes).unwrap_or(i64::MAX));
        let mut account = self.account.lock();
        account.messages += messages;
        account.bytes += bytes;
        account.budget.add(messages, bytes);
        drop(account);
        self.received.fetch_add(messages.unsigned_abs(), Ordering::Relaxed);
        self.received_bytes.fetch_add(bytes.unsigned_abs(), Ordering::Relaxed);
    }

    /// Messages have left the queue, or were dropped. This may be called under the queue's lock.
    pub fn consumed(&self, messages: u32, bytes: u64) {
        let (messages, bytes) = (i64::from(messages), i64::try_from(bytes).unwrap_or(i64::MAX));
        let mut account = self.account.lock();
        account.messages -= messages;
        account.bytes -= bytes;
        let budget = account.budget.clone();
        drop(account);
        budget.release(messages, bytes);
    }

    /// Where what waits counts.
    #[must_use]
    pub fn budget(&self) -> Arc<Budget> {
        self.account.lock().budget.clone()
    }

    /// What waits, and what will, counts there from now on.
    pub fn set_budget(&self, budget: Arc<Budget>) {
        let mut account = self.account.lock();
        let (messages, bytes) = (account.messages, account.bytes);
        budget.add(messages, bytes);
        let before = std::mem::replace(&mut account.budget, budget);
        drop(account);
        before.release(messages, bytes);
    }

    /// Messages and bytes that wait.
    #[must_use]
    pub fn waiting(&self) -> (i64, i64) {
        let account = self.account.lock();
        (account.messages, account.bytes)
    }

    /// Messages and bytes that were received.
    #[must_use]
    pub fn received(&self) -> (u64, u64) {
        (self.received.load(Ordering::Relaxed), self.received_bytes.load(Ordering::Relaxed))
    }
}

/// Statistics.
impl Partition {
    /// What there is to be told of it. `stored`: the offset that is to be committed, `committed`: the one
    /// that was. `read_committed`: it ends where the first open transaction begins.
    #[must_use]
    pub fn snapshot(&self, stored: Option<Position>, committed: Position, read_committed: bool) -> Consumed {
        let track = self.track();
        let (state, next, query, eof) = (track.state(), track.next(), track.query(), track.eof_told());
        drop(track);
        let (waiting, received) = (self.waiting(), self.received());
        let (lo_offset, hi_offset) = self.watermarks();
        let stored = stored.unwrap_or(Position::INVALID);
        let end = if read_committed { self.last_stable_offset() } else { hi_offset };
        let lag = |p: Position| if p.is_absolute() && end >= p.offset { end - p.offset } else { -1 };
        Consumed {
            desired: state.is_started(),
            fetchq_cnt: waiting.0,
            fetchq_size: waiting.1,
            fetch_state: state.name(),
            fetch_state_number: state.number(),
            query_offset: query,
            next_offset: next.offset,
            app_offset: self.position().0,
            stored_offset: stored.offset,
            stored_leader_epoch: stored.epoch,
            committed_offset: committed.offset,
            committed_leader_epoch: committed.epoch,
            eof_offset: eof,
            lo_offset,
            hi_offset,
            ls_offset: self.last_stable_offset(),
            consumer_lag: lag(committed),
            consumer_lag_stored: lag(stored),
            rxmsgs: received.0,
            rxbytes: received.1,
        }
    }
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.topic, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_say_what_is_fetched_and_what_was_given() {
        let p = Partition::new("t".into(), 0);
        let none = p.snapshot(None, Position::INVALID, false);
        assert_eq!((none.fetch_state, none.consumer_lag, none.consumer_lag_stored), ("none", -1, -1));
        p.track().begin(2, Position::at(5));
        p.delivered(4, 0);
        p.set_watermarks(1, 9);
        p.queued(3, 30);
        let s = p.snapshot(Some(Position::new(4, 0)), Position::at(2), false);
        assert_eq!((s.desired, s.fetch_state, s.next_offset, s.app_offset), (true, "active", 5, 4));
        assert_eq!((s.fetchq_cnt, s.fetchq_size, s.rxmsgs), (3, 30, 3));
        assert_eq!((s.stored_offset, s.consumer_lag_stored, s.hi_offset), (4, 5, 9));
        assert_eq!((s.committed_offset, s.consumer_lag), (2, 7));
        p.set_last_stable_offset(5);
        assert_eq!(p.snapshot(None, Position::at(2), true).consumer_lag, 3);
    }

    #[test]
    fn what_waits_moves_to_another_budget() {
        let (one, other) = (Budget::new(10, 10), Budget::new(10, 10));
        let p = Partition::with_budget("t".into(), 0, one.clone());
        p.queued(5, 3);
        assert_eq!(one.used(), (5, 3));
        p.set_budget(other.clone());
        assert_eq!((one.used(), other.used()), ((0, 0), (5, 3)));
        p.consumed(5, 3);
        assert_eq!((other.used(), p.waiting(), p.received()), ((0, 0), (0, 0), (5, 3)));
    }
}
