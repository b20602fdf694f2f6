//! What application threads and the main thread share of a transactional producer.

use super::core::Core;
use super::group_offsets::Job;
use super::state::TxnState;
use crate::base::clock::Time;
use crate::base::log::{Logger, debug};
use crate::base::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::base::sync::{Arc, Condvar, Mutex, MutexGuard, Rank};
use crate::producer::partition::transaction::TransactionGate;
use std::time::Duration;

pub struct Transactions {
    core: Mutex<Core>,
    /// A call has a result.
    changed: Condvar,
    /// Whether produce() takes messages: only within a transaction.
    may_produce: AtomicBool,
    /// Messages of this transaction that were not delivered.
    lost: AtomicU64,
    /// Offsets that the application wants in the transaction, for the main thread to take.
    offsets: Mutex<Option<Job>>,
    /// The state that the main thread has seen last, and since when: statistics show it.
    seen: Mutex<Option<(TxnState, Time)>>,
    gate: Arc<TransactionGate>,
}

impl Transactions {
    #[must_use]
    pub fn new(gate: Arc<TransactionGate>) -> Self {
        Self {
            core: Mutex::new(Rank::Leaf, Core::default()),
            changed: Condvar::new(),
            may_produce: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            offsets: Mutex::new(Rank::Leaf, None),
            seen: Mutex::new(Rank::Leaf, None),
            gate,
        }
    }

    #[inline]
    #[must_use]
    pub fn may_produce(&self) -> bool {
        self.may_produce.load(Ordering::Relaxed)
    }

    /// Counts messages that were not delivered: their transaction cannot be committed.
    pub fn count_lost(&self, messages: usize) {
        self.lost.fetch_add(messages as u64, Ordering::SeqCst);
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::SeqCst)
    }

    /// A new transaction begins.
    pub(super) fn begin(&self, number: u64) {
        self.lost.store(0, Ordering::SeqCst);
        self.gate.begin(number);
    }

    pub(super) fn gate(&self) -> &TransactionGate {
        &self.gate
    }

    #[must_use]
    pub fn state(&self) -> TxnState {
        self.core.lock().state()
    }

    /// The state that the main thread has seen last, and since when.
    #[must_use]
    pub fn seen(&self) -> Option<(TxnState, Time)> {
        *self.seen.lock()
    }

    /// The main thread has seen this state.
    pub(super) fn set_seen(&self, state: TxnState, now: Time) {
        let mut seen = self.seen.lock();
        if seen.is_none_or(|(before, _)| before != state) {
            *seen = Some((state, now));
        }
    }

    /// Wakes the threads that wait in calls. The lock is taken so that nobody is between looking and waiting.
    pub fn wake(&self) {
        drop(self.core.lock());
        self.changed.notify_all();
    }

    pub(super) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock()
    }

    /// Waits for a change of the shared state; `None` for ever.
    pub(super) fn wait(&self, core: &mut MutexGuard<'_, Core>, time: Option<Duration>) {
        self.changed.wait_for(core, time);
    }

    /// Hands offsets to the main thread.
    pub(super) fn put_offsets(&self, job: Job) {
        *self.offsets.lock() = Some(job);
    }

    pub(super) fn take_offsets(&self) -> Option<Job> {
        self.offsets.lock().take()
    }

    /// Works on the shared state, and does what goes with a change of it.
    pub(in crate::client) fn with<R>(&self, logger: &Logger, work: impl FnOnce(&mut Core) -> R) -> R {
        let mut core = self.core.lock();
        let before = core.state();
        let result = work(&mut core);
        let after = core.state();
        self.may_produce.store(after == TxnState::InTransaction, Ordering::SeqCst);
        if core.has_result() {
            self.changed.notify_all();
        }
        drop(core);
        if before != after {
            logger.debug(debug::EOS, "TXNSTATE", || {
                format!("Transaction state change {} -> {}", before.name(), after.name())
            });
        }
        result
    }
}
