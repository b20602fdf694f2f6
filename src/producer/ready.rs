//! The list of partitions that have something for their broker to look at.
//!
//! Producers append to it, the broker thread empties it. It is what makes the cost of a wake-up depend on the partitions
//! with work and not on all partitions. Waking is governed by the sleeper's own deadline: a partition whose linger
//! ends after the broker wakes up anyway does not wake it earlier.

use super::partition::Partition;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicI64, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};

/// `next_wake` while the owner is at work: any due time is earlier, so pushers notify (which then costs no system call).
const AWAKE: i64 = i64::MAX;

pub struct ReadyList {
    partitions: Mutex<Vec<Arc<Partition>>>,
    next_wake: AtomicI64,
    signal: Arc<Signal>,
}

impl ReadyList {
    #[must_use]
    pub fn new(signal: Arc<Signal>) -> Self {
        Self { partitions: Mutex::new(Rank::Ready, Vec::new()), next_wake: AtomicI64::new(AWAKE), signal }
    }

    /// Adds a partition that wants to be looked at by `due`.
    pub fn push(&self, partition: Arc<Partition>, due: Time) {
        self.partitions.lock().push(partition);
        if due.0 < self.next_wake.load(Ordering::SeqCst) {
            self.signal.notify();
        }
    }

    /// Takes the list. From here until [`Self::sleep_until`] every push notifies.
    pub fn take(&self, into: &mut Vec<Arc<Partition>>) {
        self.next_wake.store(AWAKE, Ordering::SeqCst);
        into.append(&mut self.partitions.lock());
    }

    /// Forgets what was announced, at the end: a partition holds its owner's list, so a list must not hold it for ever.
    pub fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.partitions.lock());
        drop(forgotten);
    }

    /// Declares when the owner will wake by itself. What was pushed since [`Self::take`] has left a notification
    /// behind, so the wait that follows returns at once.
    pub fn sleep_until(&self, deadline: Deadline) {
        self.next_wake.store(deadline.time().map_or(AWAKE, |t| t.0), Ordering::SeqCst);
    }

    pub fn signal(&self) -> &Arc<Signal> {
        &self.signal
    }
}
