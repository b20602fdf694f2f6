//! The producer id that all partitions of an idempotent client share: who has to be asked for it, when, and
//! when its epoch is raised. Pure: time and answers are passed in, and the main loop does the asking.
//!
//! A transactional client's epochs belong to its coordinator, so [`ProducerIds::newer_than`] leaves raising
//! them to whoever runs the transactions ([`ProducerIds::take_bump_request`]).

use super::wake::Wake;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};
use std::time::Duration;

/// How long a refused or unanswered request for an id waits before the next one.
const RETRY: Duration = Duration::from_millis(500);

/// A producer id with its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerId {
    pub id: i64,
    pub epoch: i16,
}

impl ProducerId {
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.id >= 0 && self.epoch >= 0
    }
}

impl std::fmt::Display for ProducerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PID{{Id:{},Epoch:{}}}", self.id, self.epoch)
    }
}

/// Where the client stands with its producer id. Names as librdkafka shows them in statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdempotenceState {
    Init,
    Terminate,
    FatalError,
    RequestPid,
    WaitTransport,
    WaitPid,
    Assigned,
    DrainReset,
    DrainBump,
    WaitTxnAbort,
}

impl IdempotenceState {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "Init",
            Self::Terminate => "Terminate",
            Self::FatalError => "FatalError",
            Self::RequestPid => "RequestPID",
            Self::WaitTransport => "WaitTransport",
            Self::WaitPid => "WaitPID",
            Self::Assigned => "Assigned",
            Self::DrainReset => "DrainReset",
            Self::DrainBump => "DrainBump",
            Self::WaitTxnAbort => "WaitTxnAbort",
        }
    }
}

/// What statistics show.
#[derive(Clone, Copy, Debug)]
pub struct ProducerIdStatus {
    pub state: IdempotenceState,
    pub since: Time,
    pub current: Option<ProducerId>,
    /// Ids and epochs had so far.
    pub epochs: u32,
}

pub struct ProducerIds {
    inner: Mutex<Inner>,
    /// Batches may leave: there is an id, and nothing forbids it.
    open: AtomicBool,
    /// The main thread has something to look at.
    news: AtomicBool,
    transactional: bool,
    gapless: bool,
}

struct Inner {
    state: IdempotenceState,
    since: Time,
    current: Option<ProducerId>,
    epochs: u32,
    not_before: Time,
    /// Transactions: whether messages may be sent now.
    allowed: bool,
    /// Transactions: the coordinator has to raise the epoch.
    bump_wanted: bool,
    /// Partitions that cannot go on with the present id.
    waiters: Vec<Arc<dyn Wake>>,
}

impl ProducerIds {
    #[must_use]
    pub fn new(transactional: bool, gapless: bool, now: Time) -> Self {
        // A transactional client asks when its transactions are initialised.
        let state = if transactional { IdempotenceState::Init } else { IdempotenceState::RequestPid };
        Self {
            inner: Mutex::new(
                Rank::Leaf,
                Inner {
                    state,
                    since: now,
                    current: None,
                    epochs: 0,
                    not_before: now,
                    allowed: !transactional,
                    bump_wanted: false,
                    waiters: Vec::new(),
                },
            ),
            open: AtomicBool::new(false),
            news: AtomicBool::new(false),
            transactional,
            gapless,
        }
    }

    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.transactional
    }

    /// `enable.gapless.guarantee`.
    #[must_use]
    pub fn is_gapless(&self) -> bool {
        self.gapless
    }

    /// Whether batches may leave.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    #[must_use]
    pub fn current(&self) -> Option<ProducerId> {
        self.inner.lock().current
    }

    /// Nothing will ever be sent again.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.inner.lock().state, IdempotenceState::FatalError | IdempotenceState::Terminate)
    }

    #[must_use]
    pub fn snapshot(&self) -> ProducerIdStatus {
        let i = self.inner.lock();
        ProducerIdStatus { state: i.state, since: i.since, current: i.current, epochs: i.epochs }
    }

    /// An id or epoch that the partition has not used yet, in place of `used`. `reset`: a higher epoch of the
    /// same id would not help. `None`: there is none yet; the partition is woken when there is.
    pub fn newer_than(
        &self,
        used: ProducerId,
        reset: bool,
        waiter: &Arc<dyn Wake>,
        now: Time,
    ) -> Option<ProducerId> {
        let mut i = self.inner.lock();
        if i.current != Some(used) && (i.state == IdempotenceState::Assigned || !self.transactional) {
            return i.current;
        }
        if i.state == IdempotenceState::Assigned {
            if self.transactional {
                i.bump_wanted = true;
            } else if reset || used.epoch == i16::MAX {
                i.enter(IdempotenceState::RequestPid, now);
                i.not_before = now;
            } else {
                // The idempotent producer raises its epoch itself (KIP-360): brokers take any higher one, for
                // each partition by itself.
                let bumped = ProducerId { epoch: used.epoch + 1, ..used };
                i.current = Some(bumped);
                i.epochs += 1;
                return Some(bumped);
            }
            self.news.store(true, Ordering::Release);
        }
        if !i.waiters.iter().any(|w| same(w, waiter)) {
            i.waiters.push(waiter.clone());
        }
        None
    }

    /// A partition is forgotten that has used `used`: should it come back, its sequence must not begin again
    /// with that.
    pub fn abandon(&self, used: ProducerId, now: Time) {
        let mut i = self.inner.lock();
        if i.current != Some(used) || self.transactional {
            return;
        }
        if used.epoch < i16::MAX {
            i.current = Some(ProducerId { epoch: used.epoch + 1, ..used });
            i.epochs += 1;
        } else {
            i.current = None;
            i.enter(IdempotenceState::RequestPid, now);
            self.news.store(true, Ordering::Release);
            self.set_open(&i);
        }
    }

    /// Whether the main thread is to look, once per reason.
    #[must_use]
    pub fn take_news(&self) -> bool {
        self.news.load(Ordering::Relaxed) && self.news.swap(false, Ordering::Acquire)
    }

    /// When somebody is to be asked for an id; never: not at all.
    #[must_use]
    pub fn wanted(&self) -> Deadline {
        let i = self.inner.lock();
        match i.state {
            IdempotenceState::RequestPid | IdempotenceState::WaitTransport => Deadline::at(i.not_before),
            _ => Deadline::NEVER,
        }
    }

    /// There is nobody to ask; whoever comes up is asked at once.
    pub fn no_broker(&self, now: Time) {
        self.inner.lock().enter(IdempotenceState::WaitTransport, now);
    }

    /// Somebody has been asked.
    pub fn asked(&self, now: Time) {
        self.inner.lock().enter(IdempotenceState::WaitPid, now);
    }

    /// The answer: wakes the partitions that wait for it. Returns false if nobody had asked.
    pub fn assigned(&self, id: ProducerId, now: Time) -> bool {
        let waiters = {
            let mut i = self.inner.lock();
            if i.state != IdempotenceState::WaitPid {
                return false;
            }
            i.current = Some(id);
            i.epochs += 1;
            i.bump_wanted = false;
            i.enter(IdempotenceState::Assigned, now);
            self.set_open(&i);
            std::mem::take(&mut i.waiters)
        };
        waiters.into_iter().for_each(Wake::wake);
        true
    }

    /// The request failed; it is put again after a while.
    pub fn failed(&self, now: Time) {
        let mut i = self.inner.lock();
        if i.state == IdempotenceState::WaitPid {
            i.enter(IdempotenceState::RequestPid, now);
            i.not_before = now + RETRY;
        }
    }

    /// Asks again at this time at the latest, after a request that failed.
    pub fn make_due_by(&self, at: Time) {
        let mut i = self.inner.lock();
        i.not_before = i.not_before.min(at);
    }

    /// Begins, or begins anew, to ask for an id (transactions: also for a higher epoch of the present one).
    pub fn start(&self, now: Time) {
        let mut i = self.inner.lock();
        if !matches!(
            i.state,
            IdempotenceState::WaitPid | IdempotenceState::FatalError | IdempotenceState::Terminate
        ) {
            i.enter(IdempotenceState::RequestPid, now);
            i.not_before = now;
        }
        self.set_open(&i);
    }

    /// Transactions: lets messages out, or keeps them in.
    pub fn allow(&self, yes: bool) {
        let mut i = self.inner.lock();
        i.allowed = yes;
        self.set_open(&i);
    }

    /// Transactions: the end of one has brought the epoch for the next (KIP-890). Nothing is in flight.
    pub fn replace(&self, id: ProducerId, now: Time) {
        let mut i = self.inner.lock();
        if i.current != Some(id) {
            i.current = Some(id);
            i.epochs += 1;
            i.since = now;
        }
    }

    /// Transactions: whether a partition needs a higher epoch than the present one, once.
    #[must_use]
    pub fn take_bump_request(&self) -> bool {
        std::mem::take(&mut self.inner.lock().bump_wanted)
    }

    /// Nothing leaves any more: a fatal error, or the end of the client.
    pub fn close(&self, state: IdempotenceState, now: Time) {
        let mut i = self.inner.lock();
        i.enter(state, now);
        i.waiters.clear();
        self.set_open(&i);
    }

    fn set_open(&self, i: &Inner) {
        // A partition that does not need a new id goes on with the old one while a new one is being asked
        // for.
        let closed = matches!(i.state, IdempotenceState::FatalError | IdempotenceState::Terminate);
        self.open.store(i.current.is_some() && i.allowed && !closed, Ordering::Release);
    }
}

/// Whether two handles lead to the same.
fn same(a: &Arc<dyn Wake>, b: &Arc<dyn Wake>) -> bool {
    Arc::as_ptr(a).addr() == Arc::as_ptr(b).addr()
}

impl Inner {
    fn enter(&mut self, state: IdempotenceState, now: Time) {
        if self.state == IdempotenceState::FatalError && state != IdempotenceState::Terminate {
            return;
        }
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests;
