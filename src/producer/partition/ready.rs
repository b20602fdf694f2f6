//! The list of partitions that have something for their broker to look at.
//!
//! Producers append to it, the broker thread empties it. It is what makes the cost of a wake-up depend on the
//! partitions with work and not on all partitions. Waking is governed by the sleeper's own deadline: a
//! partition whose linger ends after the broker wakes up anyway does not wake it earlier.

use super::share::Share;
use crate::base::clock::{Time, micros};
use crate::base::deadline::Deadline;
use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};
use crate::conf::ShareLimits;
use std::time::Duration;

/// `next_wake` while the owner is at work: any due time is earlier, so pushers notify (which then costs no
/// system call).
const AWAKE: i64 = i64::MAX;

/// Why a partition is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// There are messages again, the first of them enqueued at this time.
    First(Time),
    /// There is as much as fits into a batch.
    Full,
    /// Something else: messages were put back, or the partition has a new owner.
    Changed,
}

pub struct Announcement<P> {
    pub partition: Arc<P>,
    pub news: News,
}

/// A partition's part in the number of its owner's partitions.
pub struct Claim<P>(Arc<ReadyList<P>>);

impl<P> Drop for Claim<P> {
    fn drop(&mut self) {
        self.0.partitions.fetch_sub(1, Ordering::Relaxed);
    }
}

pub struct ReadyList<P> {
    announced: Mutex<Vec<Announcement<P>>>,
    next_wake: AtomicI64,
    /// How long the owner lets messages wait, in microseconds.
    linger_us: AtomicI64,
    /// The owner is woken at this many announcements, whatever its deadline.
    wake_at_count: AtomicUsize,
    /// Estimated size of what waits on the append sides of the owner's partitions. Only kept for an owner
    /// that asks for it.
    bytes: AtomicUsize,
    /// Partitions that belong to this owner.
    partitions: AtomicUsize,
    /// The owner is woken at this many bytes.
    wake_at_bytes: AtomicUsize,
    /// What the messages for its partitions take of the queue, if that is counted.
    share: Option<Arc<Share>>,
    signal: Arc<Signal>,
}

impl<P> ReadyList<P> {
    #[must_use]
    pub fn new(signal: Arc<Signal>) -> Self {
        Self {
            announced: Mutex::new(Rank::Ready, Vec::new()),
            next_wake: AtomicI64::new(AWAKE),
            linger_us: AtomicI64::new(0),
            wake_at_count: AtomicUsize::new(usize::MAX),
            bytes: AtomicUsize::new(0),
            partitions: AtomicUsize::new(0),
            wake_at_bytes: AtomicUsize::new(usize::MAX),
            share: None,
            signal,
        }
    }

    /// The same with limits on what the messages for its partitions may take of the queue, if there are any.
    #[must_use]
    pub fn with_limits(self, limits: Option<ShareLimits>) -> Self {
        Self { share: limits.map(|limits| Arc::new(Share::new(limits))), ..self }
    }

    #[must_use]
    pub fn share(&self) -> Option<&Arc<Share>> {
        self.share.as_ref()
    }

    /// Tells how long messages may wait from now on.
    pub fn set_linger(&self, linger: Duration) {
        self.linger_us.store(micros(linger), Ordering::Relaxed);
    }

    /// Adds a partition that is to be looked at when the linger time of its first message is over, or at once
    /// for any other news. `flushing`: linger times do not count.
    pub fn announce(&self, partition: Arc<P>, news: News, flushing: bool) {
        if self.announce_asleep(partition, news, flushing) {
            self.signal.notify();
        }
    }

    /// As [`Self::announce`], but the owner is left asleep; returns whether it has to be woken.
    pub fn announce_asleep(&self, partition: Arc<P>, news: News, flushing: bool) -> bool {
        let due = match news {
            News::First(since) if !flushing => since.0.saturating_add(self.linger_us.load(Ordering::Relaxed)),
            _ => i64::MIN,
        };
        let announced = self.add(partition, news);
        due < self.next_wake.load(Ordering::SeqCst) || announced >= self.wake_at_count.load(Ordering::Relaxed)
    }

    /// Adds a partition without waking the owner, and returns how many there are now.
    pub fn add(&self, partition: Arc<P>, news: News) -> usize {
        let mut list = self.announced.lock();
        list.push(Announcement { partition, news });
        list.len()
    }

    /// Takes the list. From here until [`Self::sleep_until`] every announcement notifies.
    pub fn take(&self, into: &mut Vec<Announcement<P>>) {
        self.next_wake.store(AWAKE, Ordering::SeqCst);
        into.append(&mut self.announced.lock());
    }

    /// Forgets what was announced, at the end: a partition holds its owner's list, so a list must not hold it
    /// for ever.
    pub fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.announced.lock());
        drop(forgotten);
    }

    /// Declares when the owner will wake by itself. What was pushed since [`Self::take`] has left a
    /// notification behind, so the wait that follows returns at once.
    pub fn sleep_until(&self, deadline: Deadline) {
        self.next_wake.store(deadline.time().map_or(AWAKE, |t| t.0), Ordering::SeqCst);
    }

    /// Wakes the owner before its deadline at this many announcements; `None`: never.
    pub fn wake_at_count(&self, announcements: Option<usize>) {
        self.wake_at_count.store(announcements.unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    /// Wakes the owner before its deadline when this many bytes wait; `None`: never.
    pub fn wake_at_bytes(&self, bytes: Option<usize>) {
        self.wake_at_bytes.store(bytes.unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    /// Counts what was appended to a partition.
    pub fn add_bytes(&self, bytes: usize) {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let cap = self.wake_at_bytes.load(Ordering::Relaxed);
        if before < cap && before.saturating_add(bytes) >= cap {
            self.signal.notify();
        }
    }

    /// Takes back what [`Self::add_bytes`] counted.
    pub fn remove_bytes(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes that wait on append sides.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Partitions that belong to this owner.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.partitions.load(Ordering::Relaxed)
    }

    /// Counts a partition for as long as the claim is kept.
    pub fn claim(self: &Arc<Self>) -> Claim<P> {
        self.partitions.fetch_add(1, Ordering::Relaxed);
        Claim(self.clone())
    }

    pub fn signal(&self) -> &Arc<Signal> {
        &self.signal
    }
}
