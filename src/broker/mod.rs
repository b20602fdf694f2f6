//! Brokers: connection, requests in flight, and the engine that decides what is sent.
//!
//! [`machine::Broker`] is a state machine without a thread: `serve(now, transport)` does what is to be done and says when
//! to come again. [`BrokerHandle`] is what everybody else holds of a broker.

mod address;
mod backoff;
mod closing;
mod connection;
mod counting;
mod ending;
mod expiry;
mod failures;
mod features;
pub mod hooks;
pub mod machine;
mod negotiation;
mod observed;
mod overdue;
mod produce;
mod response_map;
mod sending;
mod throttle;
mod versions;

use crate::base::clock::{Clock, Time};
use crate::base::error::Error;
use crate::base::log::Logger;
use crate::base::queue::OpQueue;
use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicBool, AtomicI16, AtomicI32, AtomicU8, AtomicUsize, Ordering};
use crate::base::sync::{Arc, Mutex, OnceLock, Rank};
use crate::conf::Settings;
use crate::net::Endpoint;
use crate::producer::partition::Partition;
use crate::producer::producer_id::ProducerIds;
use crate::producer::ready::ReadyList;
use crate::producer::report::Report;
use crate::producer::topic::TopicShared;
use crate::producer::transaction::TransactionGate;
use crate::protocol::ApiKey;
use crate::protocol::api_versions;
use crate::stats::broker::BrokerStats;
use hooks::Hooks;
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// The node id of a broker known only from `bootstrap.servers`.
pub const BOOTSTRAP: i32 = -1;

/// What all brokers of a client have in common.
pub struct Common {
    pub settings: Settings,
    pub logger: Logger,
    pub clock: Arc<dyn Clock>,
    pub upcalls: Arc<dyn Upcalls>,
    /// Of an idempotent producer.
    pub producer_ids: Option<ProducerIds>,
    hooks: OnceLock<Box<dyn Hooks>>,
    flushing: AtomicUsize,
    /// Which partitions may send in the current transaction; only with a `transactional.id`.
    pub transaction: Option<Arc<TransactionGate>>,
}

impl Common {
    pub fn new(
        settings: Settings,
        logger: Logger,
        clock: Arc<dyn Clock>,
        upcalls: Arc<dyn Upcalls>,
        transaction: Option<Arc<TransactionGate>>,
    ) -> Self {
        let producer_ids = settings
            .enable_idempotence
            .then(|| ProducerIds::new(transaction.is_some(), settings.enable_gapless_guarantee, clock.now()));
        let (hooks, flushing) = (OnceLock::new(), AtomicUsize::new(0));
        Self { settings, logger, clock, upcalls, producer_ids, hooks, flushing, transaction }
    }

    /// Has an observer told of everything; only before there are threads.
    pub fn set_hooks(&self, hooks: Box<dyn Hooks>) {
        let _ = self.hooks.set(hooks);
    }

    /// The observer, if there is one.
    #[inline]
    pub fn hooks(&self) -> Option<&dyn Hooks> {
        self.hooks.get().map(|h| &**h)
    }

    /// Whether somebody waits in flush().
    #[inline]
    pub fn is_flushing(&self) -> bool {
        self.flushing.load(Ordering::Relaxed) > 0
    }

    pub fn begin_flush(&self) {
        self.flushing.fetch_add(1, Ordering::SeqCst);
    }

    pub fn end_flush(&self) {
        self.flushing.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What brokers tell the client.
pub trait Upcalls: Send + Sync {
    fn deliver(&self, reports: Vec<Report>);
    fn event(&self, broker: &Arc<BrokerHandle>, event: BrokerEvent);
    /// The client cannot go on.
    fn fatal(&self, error: Error);
    /// The transaction cannot be committed any more.
    fn transaction_failed(&self, error: &Error);
}

/// News from a broker for the main thread.
pub enum BrokerEvent {
    Up,
    /// The connection, or the attempt to have one, ended.
    Down {
        error: Error,
        report: bool,
        /// We ended it, and nothing speaks against another connection: the broker does not count as down.
        planned: bool,
    },
    /// A produce error says that the leader of a topic's partition may have moved.
    Refresh {
        topic: Arc<TopicShared>,
        error: crate::base::error::ErrorCode,
    },
    /// A topic must not be used any more.
    TopicError {
        topic: Arc<TopicShared>,
        error: crate::base::error::ErrorCode,
    },
    /// The broker named the new leader (KIP-951).
    LeaderHint(LeaderHint),
    /// For so long the broker delays the client; 0 when that is over.
    Throttled {
        throttle_ms: i32,
    },
    /// A partition needs another producer id.
    ProducerId,
    /// The broker has come to its end.
    Ended,
}

/// A new leader as a Produce response names it.
#[derive(Clone, Debug)]
pub struct LeaderHint {
    pub topic: String,
    pub partition: i32,
    pub leader: i32,
    pub leader_epoch: i32,
    /// Where that broker is, if the response says so.
    pub endpoint: Option<Endpoint>,
}

/// Something for a broker to do.
pub enum Op {
    Request(ControlRequest),
    /// Be connected, though there is nothing to send yet.
    Connect,
    /// End a silent connection, and have another one.
    Reconnect,
    /// The broker is found at this address now.
    Identify {
        endpoint: Endpoint,
    },
    /// A partition went to another broker: what is queued for it here goes back to it.
    Leave(Arc<Partition>),
    Purge {
        queue: bool,
        inflight: bool,
        done: Done,
    },
    /// Let go of memory that is kept for reuse.
    Trim,
    /// The broker has left the cluster: it ends when what is under way is done.
    Dismiss,
    /// The broker is of no use any more: what is under way goes back to where it came from.
    Decommission,
    Terminate,
}

/// Appends a request's body in the version that was agreed on.
pub type Encode = Box<dyn Fn(i16, &mut Vec<u8>) + Send>;

/// Version and body of a response, or why there is none.
pub type Answer<'a> = Result<(i16, &'a [u8]), Error>;

/// Takes the response, once, on the broker's thread.
pub type Reply = Box<dyn FnOnce(Answer<'_>) + Send>;

/// A request other than Produce.
pub struct ControlRequest {
    pub api: ApiKey,
    /// The versions that `encode` and `reply` can deal with.
    pub versions: RangeInclusive<i16>,
    pub encode: Encode,
    pub reply: Reply,
}

/// Lets somebody wait until an operation is done, or will never be done.
pub struct Done(Arc<OnceLock<()>>);

impl Done {
    /// The guard that goes with the operation, and what the waiter waits for.
    #[must_use]
    pub fn new() -> (Self, Arc<OnceLock<()>>) {
        let cell = Arc::new(OnceLock::new());
        (Self(cell.clone()), cell)
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        let _ = self.0.set(());
    }
}

/// The states of a broker's connection. Names as librdkafka shows them in log lines and statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    Init,
    Down,
    Connect,
    ApiVersionQuery,
    Up,
}

impl State {
    /// In the order of their numbers.
    const ALL: [Self; 5] = [Self::Init, Self::Down, Self::Connect, Self::ApiVersionQuery, Self::Up];

    /// Whether there is a connection.
    #[must_use]
    pub fn is_connected(self) -> bool {
        matches!(self, Self::ApiVersionQuery | Self::Up)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::Down => "DOWN",
            Self::Connect => "CONNECT",
            Self::ApiVersionQuery => "APIVERSION_QUERY",
            Self::Up => "UP",
        }
    }
}

/// What everybody but the broker itself knows of it.
pub struct BrokerHandle {
    node_id: AtomicI32,
    name: Mutex<Arc<str>>,
    /// Its name, if it stands for whichever broker has a certain task.
    logical: Option<&'static str>,
    ops: OpQueue<Op>,
    ready: Arc<ReadyList>,
    state: AtomicU8,
    started: AtomicBool,
    terminated: AtomicBool,
    /// It has left the cluster, and ends when it is done.
    dismissed: AtomicBool,
    /// Whether the broker keeps memory for reuse.
    warm: AtomicBool,
    stats: BrokerStats,
    /// A request was not answered in time, and nothing has been heard since.
    silent: AtomicBool,
    /// Its last response said that it throttles.
    throttling: AtomicBool,
    /// The cluster's transaction protocol (`transaction.version`, KIP-890), as the broker told last.
    transaction_version: AtomicI16,
}

impl BrokerHandle {
    /// Costs memory only: descriptor and thread come when the broker is started.
    #[must_use]
    pub fn new(node_id: i32, endpoint: &Endpoint, statistics: bool) -> Arc<Self> {
        Self::build(node_id, broker_name(node_id, endpoint), None, statistics)
    }

    /// A connection of its own to whichever broker has a certain task. It has no address until [`Self::follow`], and no id:
    /// it is none of the cluster's brokers.
    #[must_use]
    pub fn logical(name: &'static str, statistics: bool) -> Arc<Self> {
        Self::build(BOOTSTRAP, name.into(), Some(name), statistics)
    }

    fn build(node_id: i32, name: Arc<str>, logical: Option<&'static str>, statistics: bool) -> Arc<Self> {
        let signal = Arc::new(Signal::unopened());
        Arc::new(Self {
            node_id: AtomicI32::new(node_id),
            name: Mutex::new(Rank::Leaf, name),
            logical,
            ops: OpQueue::new(signal.clone()),
            ready: Arc::new(ReadyList::new(signal)),
            state: AtomicU8::new(State::Init as u8),
            started: AtomicBool::new(false),
            terminated: AtomicBool::new(false),
            dismissed: AtomicBool::new(false),
            warm: AtomicBool::new(false),
            stats: BrokerStats::new(statistics),
            silent: AtomicBool::new(false),
            throttling: AtomicBool::new(false),
            transaction_version: AtomicI16::new(0),
        })
    }

    /// [`BOOTSTRAP`] until the cluster has told its id.
    #[must_use]
    pub fn node_id(&self) -> i32 {
        self.node_id.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.name.lock().clone()
    }

    /// The name without the broker that a logical one stands for at present.
    #[must_use]
    pub fn own_name(&self) -> Arc<str> {
        self.logical.map_or_else(|| self.name(), Into::into)
    }

    #[must_use]
    pub fn is_logical(&self) -> bool {
        self.logical.is_some()
    }

    /// Has a logical broker stand for another one.
    pub fn follow(&self, node_id: i32, endpoint: &Endpoint) {
        *self.name.lock() = format!("{}/{node_id}", self.own_name()).into();
        self.push(Op::Identify { endpoint: endpoint.clone() });
    }

    /// Gives the broker its id and address, and lets it follow.
    pub fn identify(&self, node_id: i32, endpoint: &Endpoint) {
        self.node_id.store(node_id, Ordering::Relaxed);
        *self.name.lock() = broker_name(node_id, endpoint);
        self.push(Op::Identify { endpoint: endpoint.clone() });
    }

    /// Queues an operation. After the broker's end, operations are dropped.
    pub fn push(&self, op: Op) {
        if !self.terminated.load(Ordering::SeqCst) {
            self.ops.push(op);
        }
        // The broker may have ended meanwhile, and nobody would take the operation: who waits for it would wait for ever.
        if self.terminated.load(Ordering::SeqCst) {
            self.drop_ops();
        }
    }

    fn drop_ops(&self) {
        let mut rest = VecDeque::new();
        self.ops.take(&mut rest);
    }

    /// Has a broker that has left the cluster end when it is done.
    pub fn dismiss(&self) {
        self.dismissed.store(true, Ordering::Relaxed);
        self.push(Op::Dismiss);
    }

    /// Whether the broker has left the cluster.
    #[must_use]
    pub fn is_dismissed(&self) -> bool {
        self.dismissed.load(Ordering::Relaxed)
    }

    fn take_ops(&self, into: &mut VecDeque<Op>) {
        self.ops.take(into);
    }

    fn set_warm(&self) {
        self.warm.store(true, Ordering::Relaxed);
    }

    /// Asks a broker that keeps memory for reuse to let go of it; one that keeps none is not woken.
    pub fn cool_down(&self) {
        if self.warm.swap(false, Ordering::Relaxed) {
            self.push(Op::Trim);
        }
    }

    /// Drops what was queued and what is still to come.
    pub fn retire(&self) {
        self.terminated.store(true, Ordering::SeqCst);
        self.drop_ops();
        self.ready.clear();
    }

    /// The list by which partitions announce work to this broker.
    #[must_use]
    pub fn ready(&self) -> &Arc<ReadyList> {
        &self.ready
    }

    #[must_use]
    pub fn signal(&self) -> &Arc<Signal> {
        self.ops.signal()
    }

    #[must_use]
    pub fn is_up(&self) -> bool {
        self.state() == State::Up
    }

    /// Whether the connection may be a dead one that nobody has closed: `socket.max.fails` may allow for several requests
    /// before it is given up, but others are better asked first.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// Returns what was set before.
    fn set_throttling(&self, throttling: bool) -> bool {
        let before = self.throttling.load(Ordering::Relaxed);
        if before != throttling {
            self.throttling.store(throttling, Ordering::Relaxed);
        }
        before
    }

    fn set_silent(&self, silent: bool) {
        if self.is_silent() != silent {
            self.silent.store(silent, Ordering::Relaxed);
        }
    }

    #[must_use]
    pub fn state(&self) -> State {
        State::ALL.get(usize::from(self.state.load(Ordering::Relaxed))).copied().unwrap_or(State::Init)
    }

    /// What the broker counts.
    #[must_use]
    pub fn stats(&self) -> &BrokerStats {
        &self.stats
    }

    /// The level of the cluster's feature `transaction.version`, 0 as long as it is not known.
    #[must_use]
    pub fn transaction_version(&self) -> i16 {
        self.transaction_version.load(Ordering::Relaxed)
    }

    fn note_features(&self, response: &api_versions::Response) {
        let level = response.finalized_features.iter().find(|f| f.name == "transaction.version");
        self.transaction_version.store(level.map_or(0, |f| f.max_version_level), Ordering::Relaxed);
    }

    /// Whether the broker has a thread (or, in the simulation, is being stepped).
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.started.load(Ordering::SeqCst)
    }

    /// The broker has a thread from now on.
    pub fn note_started(&self) {
        self.started.store(true, Ordering::SeqCst);
    }

    fn set_state(&self, state: State, now: Time) {
        self.state.store(state as u8, Ordering::Relaxed);
        self.stats.state_since.set(now);
    }
}

fn broker_name(node_id: i32, endpoint: &Endpoint) -> Arc<str> {
    if node_id == BOOTSTRAP {
        format!("{endpoint}/bootstrap").into()
    } else {
        format!("{endpoint}/{node_id}").into()
    }
}
