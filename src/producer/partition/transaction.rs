//! Which partitions may send in the current transaction: the coordinator has to know of a partition before
//! the first batch of the transaction goes there.

use super::Partition;
use super::membership::Membership;
use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};
use std::time::Duration;

/// How long to wait while a coordinator finishes the transaction before this one. librdkafka waits 20 ms
/// after AddPartitionsToTxn, since the wait is on the way of every transaction that follows another.
pub const CONCURRENT_PAUSE: Duration = Duration::from_millis(20);

/// Stands between the partitions of a transactional producer and its brokers.
pub struct TransactionGate {
    /// The transaction begun last; 0 before the first one.
    current: AtomicU64,
    /// Whether partitions may join it.
    open: AtomicBool,
    /// The cluster offers that brokers add partitions.
    offered: AtomicBool,
    /// Brokers add a partition themselves when its first batch arrives (KIP-890). Decided once per
    /// transaction.
    implicit: AtomicBool,
    /// A partition of this transaction may have been added in that way.
    used: AtomicBool,
    /// Partitions that the coordinator has to be told of.
    pending: Mutex<Vec<Arc<Partition>>>,
    /// Wakes who tells it.
    signal: Arc<Signal>,
}

impl TransactionGate {
    #[must_use]
    pub fn new(signal: Arc<Signal>) -> Self {
        Self {
            current: AtomicU64::new(0),
            open: AtomicBool::new(false),
            offered: AtomicBool::new(false),
            implicit: AtomicBool::new(false),
            used: AtomicBool::new(false),
            pending: Mutex::new(Rank::Leaf, Vec::new()),
            signal,
        }
    }

    /// Opens the gate for a new transaction.
    pub fn begin(&self, number: u64) {
        self.implicit.store(self.offered.load(Ordering::SeqCst), Ordering::SeqCst);
        self.used.store(false, Ordering::SeqCst);
        self.current.store(number, Ordering::SeqCst);
        self.open.store(true, Ordering::SeqCst);
    }

    /// No further partition joins. Those that have go on sending.
    pub fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
        let forgotten = std::mem::take(&mut *self.pending.lock());
        drop(forgotten);
    }

    /// Says whether the cluster offers that brokers add partitions. Counts from the next transaction on.
    pub fn offer(&self, yes: bool) {
        self.offered.store(yes, Ordering::SeqCst);
    }

    /// Whether a broker may have added a partition to this transaction.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::SeqCst)
    }

    /// Whether brokers add partitions in this transaction.
    #[must_use]
    pub fn is_implicit(&self) -> bool {
        self.implicit.load(Ordering::SeqCst)
    }

    #[must_use]
    pub fn current(&self) -> u64 {
        self.current.load(Ordering::SeqCst)
    }

    /// Whether batches of the partition may leave. If not, it has been put on the list of those that want to,
    /// and its owner is woken when it has joined.
    pub fn admits(&self, p: &Arc<Partition>, membership: &mut Membership) -> bool {
        let current = self.current();
        if let Some(joined) = membership.in_transaction(current) {
            return joined;
        }
        if !self.open.load(Ordering::SeqCst) {
            return false;
        }
        let joined = self.is_implicit();
        *membership = Membership::new(current, joined);
        if joined {
            self.used.store(true, Ordering::SeqCst);
        } else {
            self.pending.lock().push(p.clone());
            self.signal.notify();
        }
        joined
    }

    /// Whether the coordinator knows that the partition belongs to the current transaction.
    #[must_use]
    pub fn has_joined(&self, membership: &Membership) -> bool {
        membership.in_transaction(self.current()) == Some(true)
    }

    /// Appends the partitions that want to join.
    pub fn take_pending(&self, into: &mut Vec<Arc<Partition>>) {
        into.append(&mut self.pending.lock());
    }

    /// Lets a partition send that the coordinator knows of now.
    pub fn joined(&self, p: &Arc<Partition>) {
        let current = self.current();
        let mut send = p.lock_send();
        let asked = send.membership.in_transaction(current).is_some();
        if asked {
            send.membership = Membership::new(current, true);
        }
        drop(send);
        if asked {
            p.wake_owner();
        }
    }
}

#[cfg(test)]
mod tests;
