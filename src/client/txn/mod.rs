//! Transactions: the calls of the application, and the conversation with coordinators on the main thread.
//!
//! Application threads change the [`Core`] themselves and wait for what the main thread does with it, so a call that
//! needs no broker needs no other thread either. A call whose time is up leaves its work going on; the same call takes
//! it up again.

mod adding;
mod calls;
mod connection;
mod coordinators;
mod core;
mod ending;
mod error_actions;
mod failure;
mod identity;
mod manager;
mod offsets;
mod requests;
mod state;

use crate::base::log::{Logger, debug};
use crate::base::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::base::sync::{Arc, Condvar, Mutex, Rank};
use crate::producer::transaction::{CONCURRENT_PAUSE, TransactionGate};

pub use calls::Served;
pub use core::Core;
pub use failure::{Class, Failure};
pub(super) use manager::Manager;
pub use manager::Reply;
pub use offsets::{GroupMember, OffsetToCommit};
pub use state::State;

/// A transactional producer's shared state.
pub struct Transactions {
    core: Mutex<Core>,
    /// A call has a result.
    changed: Condvar,
    /// Whether produce() takes messages: only within a transaction.
    may_produce: AtomicBool,
    /// Messages of this transaction that were not delivered.
    lost: AtomicU64,
    /// Offsets that the application wants in the transaction, for the main thread to take.
    offsets: Mutex<Option<offsets::Job>>,
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
            gate,
        }
    }

    #[inline]
    #[must_use]
    pub fn may_produce(&self) -> bool {
        self.may_produce.load(Ordering::Relaxed)
    }

    /// Notes messages that were not delivered: their transaction cannot be committed.
    pub fn note_lost(&self, messages: usize) {
        self.lost.fetch_add(messages as u64, Ordering::SeqCst);
    }

    #[must_use]
    pub fn state(&self) -> State {
        self.core.lock().state()
    }

    /// Wakes the threads that wait in calls. The lock is taken so that nobody is between looking and waiting.
    pub fn wake(&self) {
        drop(self.core.lock());
        self.changed.notify_all();
    }

    /// Works on the shared state, and does what goes with a change of it.
    pub(super) fn with<R>(&self, logger: &Logger, work: impl FnOnce(&mut Core) -> R) -> R {
        let mut core = self.core.lock();
        let before = core.state();
        let result = work(&mut core);
        let after = core.state();
        self.may_produce.store(after == State::InTransaction, Ordering::SeqCst);
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
