//! A client instance: what the C API's `rd_kafka_t` stands for.
//!
//! Application threads call [`Client`]; the main thread runs [`main_loop::Main`]; each broker has a thread of its own. Without
//! [`threads`], the same parts can be stepped by hand in virtual time, as the simulation does.

pub mod admin;
mod brokers;
mod fatal;
mod housekeeping;
pub mod main_loop;
pub mod metadata;
pub mod offsets;
mod part;
mod producer_id;
mod queue;
mod statistics;
#[cfg(test)]
mod testing;
pub mod threads;
mod topics;
pub mod txn;

use crate::base::clock::{Clock, Time};
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, Logger};
use crate::base::queue::OpQueue;
use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, Ordering};
use crate::base::sync::{Arc, Mutex, OnceLock, Rank, RwLock};
use crate::base::unwind;
use crate::broker::{BrokerContext, BrokerEvent, BrokerHandle, BrokerListener, Done, Op};
use crate::conf::{ProduceEngine, Settings, TopicSettings};
use crate::producer::budget::Budget;
use crate::producer::partition::AppendRules;
use crate::producer::partition::ReadyList;
use crate::producer::partition::TopicShared;
use crate::producer::producer_id::IdempotenceState;
use crate::producer::report::Report;
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{StoredMessage, Value};
use crate::producer::topic::{CustomPartitioner, Topic};
use crate::producer::transaction::TransactionGate;
use main_loop::MainOp;
use queue::events::{Delivery, Event, EventQueue, Home};
use std::collections::HashMap;
use std::time::Duration;

pub use crate::producer::topic::UNASSIGNED;
pub use brokers::starting;
pub use queue::events;
pub use queue::serving::ReportMode;

/// Bytes a record may cost on the wire beside key, value and headers: what librdkafka adds when it compares a
/// message with `message.max.bytes`.
const RECORD_MAX_OVERHEAD: usize = 36;

/// The most unused memory that the message store keeps while messages flow; an idle client gives it back.
const POOL_CACHE: usize = 256 << 20;

/// Bits of the `flags` of [`Client::purge`], as in the C API.
pub mod purge {
    pub const QUEUE: u32 = 0x1;
    pub const INFLIGHT: u32 = 0x2;
    pub const NON_BLOCKING: u32 = 0x4;
}

/// A message to be produced.
#[derive(Clone, Copy, Debug)]
pub struct NewMessage<'a> {
    /// [`UNASSIGNED`] lets the partitioner choose.
    pub partition: i32,
    pub key: Option<&'a [u8]>,
    pub value: Value<'a>,
    /// Headers in wire form; `None` for none.
    pub headers: Option<&'a [u8]>,
    /// Milliseconds since the epoch; `None`: now.
    pub timestamp_ms: Option<i64>,
    pub opaque: usize,
}

/// What a client needs from its surroundings.
pub struct Options {
    pub clock: Arc<dyn Clock>,
    pub logger: Logger,
    /// Seed of everything random in this client.
    pub seed: u64,
    pub report_mode: ReportMode,
    /// Whether anybody takes errors; otherwise they are logged where they happen.
    pub wants_errors: bool,
    /// Whether anybody wants to hear of throttling.
    pub wants_throttle: bool,
    /// Whether partitions without a leader have a thread of their own, as in librdkafka, for applications that watch threads.
    pub internal_broker: bool,
    /// Whether the connection to a bootstrap address becomes that of the broker behind it.
    pub adopt_bootstrap: bool,
    /// Number in the instance's name (`rdkafka#producer-1`).
    pub number: u32,
}

/// The state that all threads of a client share.
pub struct Client {
    name: String,
    pub(crate) common: Arc<BrokerContext>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) pool: Arc<ChunkPool>,
    /// The main queue, which polling the instance serves.
    pub(crate) events: Arc<EventQueue>,
    /// The queue that a thread of the library serves, once somebody wants it.
    pub(crate) background: OnceLock<Arc<EventQueue>>,
    pub(crate) main: OpQueue<MainOp>,
    pub(crate) leaderless: Arc<ReadyList>,
    pub(crate) adopt_bootstrap: bool,
    topics: RwLock<HashMap<String, Arc<Topic>>>,
    pub(crate) brokers: RwLock<Vec<Arc<BrokerHandle>>>,
    fatal: OnceLock<Error>,
    is_fatal: AtomicBool,
    terminating: AtomicBool,
    report_mode: ReportMode,
    wants_errors: bool,
    wants_throttle: bool,
    /// Wall-clock microseconds minus monotonic ones, kept up to date by the main thread: produce() reads one clock only.
    wall_offset_us: AtomicI64,
    pub(crate) cluster_id: Mutex<Option<String>>,
    pub(crate) controller_id: AtomicI32,
    /// Whether the cluster has described itself, perhaps without these ids.
    cluster_known: AtomicBool,
    seed: AtomicI64,
    pub(crate) threads: Mutex<threads::Threads>,
    /// Only with a `transactional.id`.
    pub(crate) transactions: Option<Arc<txn::Transactions>>,
}

/// Forwards what brokers have to say; separate from [`Client`] so that brokers do not keep the client alive.
pub(crate) struct Upward(OnceLock<crate::base::sync::Weak<Client>>);

impl BrokerListener for Upward {
    fn fatal(&self, error: Error) {
        if let Some(c) = self.0.get().and_then(crate::base::sync::Weak::upgrade) {
            c.set_fatal(error);
        }
    }

    fn transaction_failed(&self, error: &Error) {
        if let Some(c) = self.0.get().and_then(crate::base::sync::Weak::upgrade) {
            c.lose_transaction(error);
        }
    }

    fn deliver(&self, reports: Vec<Report>) {
        if let Some(c) = self.0.get().and_then(crate::base::sync::Weak::upgrade) {
            c.deliver(reports);
        }
    }

    fn event(&self, broker: &Arc<BrokerHandle>, event: BrokerEvent) {
        if let Some(c) = self.0.get().and_then(crate::base::sync::Weak::upgrade) {
            c.main.push(MainOp::Broker(broker.clone(), event));
        }
    }
}

impl Client {
    /// Builds a client with its state machines but without threads; see [`threads::start`].
    ///
    /// # Errors
    /// When the process is out of descriptors.
    pub fn build(settings: Settings, options: Options) -> std::io::Result<Arc<Self>> {
        let signal = Arc::new(Signal::new()?);
        let leaderless_signal =
            if options.internal_broker { Arc::new(Signal::new()?) } else { signal.clone() };
        let upward = Arc::new(Upward(OnceLock::new()));
        let leaderless = Arc::new(ReadyList::new(leaderless_signal));
        leaderless.set_linger(settings.batching_linger());
        let budget = Arc::new(Budget::new(settings.queue.max_messages, settings.queue.max_bytes));
        let name = format!("{}#producer-{}", settings.client.id, options.number);
        let gate = settings.transactions.id.is_some().then(|| Arc::new(TransactionGate::new(signal.clone())));
        let transactions = gate.clone().map(|gate| Arc::new(txn::Transactions::new(gate)));
        let common =
            Arc::new(BrokerContext::new(settings, options.logger, options.clock, upward.clone(), gate));
        let client = Arc::new(Self {
            name,
            common,
            budget,
            pool: Arc::new(ChunkPool::new(POOL_CACHE)),
            events: Arc::new(EventQueue::new()),
            background: OnceLock::new(),
            main: OpQueue::new(signal),
            leaderless,
            adopt_bootstrap: options.adopt_bootstrap,
            topics: RwLock::new(Rank::Topics, HashMap::new()),
            brokers: RwLock::new(Rank::Cluster, Vec::new()),
            fatal: OnceLock::new(),
            is_fatal: AtomicBool::new(false),
            terminating: AtomicBool::new(false),
            report_mode: options.report_mode,
            wants_errors: options.wants_errors,
            wants_throttle: options.wants_throttle,
            wall_offset_us: AtomicI64::new(0),
            cluster_id: Mutex::new(Rank::Leaf, None),
            controller_id: AtomicI32::new(-1),
            cluster_known: AtomicBool::new(false),
            seed: AtomicI64::new(options.seed.cast_signed()),
            threads: Mutex::new(Rank::Instance, threads::Threads::default()),
            transactions,
        });
        client.read_wall_clock();
        let _ = upward.0.set(Arc::downgrade(&client));
        Ok(client)
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.common.settings
    }

    #[must_use]
    pub fn logger(&self) -> &Logger {
        &self.common.logger
    }

    #[must_use]
    pub fn now(&self) -> Time {
        self.common.clock.now()
    }

    pub(crate) fn read_wall_clock(&self) {
        let offset = self.common.clock.wall_us().saturating_sub(self.now().0);
        self.wall_offset_us.store(offset, Ordering::Relaxed);
    }

    /// A fresh seed for something random.
    pub(crate) fn next_seed(&self) -> u64 {
        self.seed.fetch_add(0x2545_f491_4f6c_dd1d, Ordering::Relaxed).cast_unsigned()
    }

    /// The topic of this name, made on first use. `settings` and `custom` count only then.
    pub fn topic(
        &self,
        name: &str,
        settings: Option<TopicSettings>,
        custom: Option<CustomPartitioner>,
    ) -> Arc<Topic> {
        if let Some(t) = self.topics.read().get(name) {
            return t.clone();
        }
        let mut topics = self.topics.write();
        if let Some(t) = topics.get(name) {
            return t.clone();
        }
        let settings = settings.unwrap_or_else(|| self.common.settings.default_topic.clone());
        let shared = TopicShared::new(name, settings, self.next_seed());
        let topic = Topic::new(
            shared,
            custom,
            self.pool.clone(),
            self.leaderless.clone(),
            self.common.settings.batching.sticky_partitioning_linger,
        );
        topics.insert(name.to_owned(), topic.clone());
        drop(topics);
        self.main.push(MainOp::TopicAdded(topic.clone()));
        topic
    }

    /// The topic of this name, if it is in use.
    #[must_use]
    pub fn find_topic(&self, name: &str) -> Option<Arc<Topic>> {
        self.topics.read().get(name).cloned()
    }

    #[must_use]
    pub fn topics(&self) -> Vec<Arc<Topic>> {
        self.topics.read().values().cloned().collect()
    }

    pub(crate) fn append_rules(&self) -> AppendRules {
        let s = &self.common.settings;
        AppendRules {
            flushing: self.common.is_flushing(),
            batch_messages: s.batching.num_messages,
            batch_bytes: s.batching.size,
            count_bytes: s.engine.kind == ProduceEngine::V2 && s.engine.v2.watches_bytes(),
        }
    }

    /// Queues a message. With `block`, waits for room in the queue.
    ///
    /// # Errors
    /// `MSG_SIZE_TOO_LARGE`, `_QUEUE_FULL`, `_UNKNOWN_TOPIC`, `_UNKNOWN_PARTITION`, `_FATAL`, or the topic's own error.
    /// The message was not taken; a foreign value stays the caller's.
    #[inline]
    pub fn produce(&self, topic: &Topic, m: &NewMessage<'_>, block: bool) -> Result<(), ErrorCode> {
        self.admit(m, block)?;
        self.store(topic, m)
    }

    /// The first half of [`Self::produce`]: checks the message and claims room for it. [`Self::store`] has to follow, for
    /// the same message but for its headers.
    ///
    /// # Errors
    /// As for [`Self::produce`].
    #[inline]
    pub fn admit(&self, m: &NewMessage<'_>, block: bool) -> Result<(), ErrorCode> {
        if self.is_fatal.load(Ordering::Relaxed) {
            return Err(ErrorCode::_FATAL);
        }
        if self.is_outside_transaction() {
            return Err(ErrorCode::_STATE);
        }
        let key_len = m.key.map_or(0, <[u8]>::len);
        let headers_len = m.headers.map_or(0, <[u8]>::len);
        const MAX: usize = i32::MAX as usize;
        if m.value.len() > MAX
            || key_len > MAX
            || key_len.saturating_add(m.value.len()).saturating_add(headers_len) + RECORD_MAX_OVERHEAD
                > self.common.settings.batching.message_max_bytes
        {
            return Err(ErrorCode::MSG_SIZE_TOO_LARGE);
        }
        let bytes = m.value.len() as u64;
        if !self.budget.try_claim(bytes) {
            self.claim_slowly(bytes, block)?;
        }
        // Looked at again after the claim: whoever ends the transaction sees the claim, or this sees the end.
        if self.is_outside_transaction() {
            self.budget.release(1, bytes);
            return Err(ErrorCode::_STATE);
        }
        Ok(())
    }

    /// Whether messages are refused because no transaction is open.
    #[inline]
    pub fn is_outside_transaction(&self) -> bool {
        self.transactions.as_ref().is_some_and(|t| !t.may_produce())
    }

    /// The second half of [`Self::produce`]: gives the message to its topic. Its room is given back on failure.
    ///
    /// # Errors
    /// As for [`Self::produce`].
    #[inline]
    pub fn store(&self, topic: &Topic, m: &NewMessage<'_>) -> Result<(), ErrorCode> {
        let now = self.now();
        let stored = StoredMessage {
            key: m.key,
            value: m.value,
            headers: m.headers,
            timestamp_ms: m
                .timestamp_ms
                .unwrap_or_else(|| (now.0 + self.wall_offset_us.load(Ordering::Relaxed)) / 1000),
            opaque: m.opaque,
            enqueued: now,
            retries: 0,
        };
        let result = topic.append(m.partition, &stored, &self.append_rules());
        if result.is_err() {
            self.budget.release(1, m.value.len() as u64);
        }
        result
    }

    #[cold]
    fn claim_slowly(&self, bytes: u64, block: bool) -> Result<(), ErrorCode> {
        let give_up =
            || self.is_terminating() || self.is_fatal.load(Ordering::Relaxed) || unwind::is_pending();
        while block && !give_up() {
            if self.budget.try_claim(bytes) {
                return Ok(());
            }
            self.budget.wait_for_space(bytes, Duration::from_secs(1), &give_up);
        }
        if block && self.is_terminating() {
            return Err(ErrorCode::_DESTROY);
        }
        if block && self.is_fatal.load(Ordering::Relaxed) {
            return Err(ErrorCode::_FATAL);
        }
        Err(ErrorCode::_QUEUE_FULL)
    }

    pub fn begin_flush(&self) {
        self.common.begin_flush();
        for b in self.brokers.read().iter() {
            b.signal().notify();
        }
        self.main.signal().notify();
    }

    pub fn end_flush(&self) {
        self.common.end_flush();
    }

    /// Bytes that the message store holds for messages.
    #[must_use]
    pub fn store_in_use(&self) -> usize {
        self.pool.in_use()
    }

    /// Fails queued messages with `_PURGE_QUEUE` and those in flight with `_PURGE_INFLIGHT`, as the `flags` of
    /// [`purge`] say. Their reports come by the usual way.
    ///
    /// # Errors
    /// `_INVALID_ARG` for unknown flags.
    pub fn purge(&self, flags: u32) -> Result<(), ErrorCode> {
        if flags & !(purge::QUEUE | purge::INFLIGHT | purge::NON_BLOCKING) != 0 {
            return Err(ErrorCode::_INVALID_ARG);
        }
        if flags & purge::QUEUE != 0 {
            for topic in self.topics() {
                for p in topic.all_partitions() {
                    self.deliver(p.purge(ErrorCode::_PURGE_QUEUE));
                }
            }
        }
        let brokers: Vec<_> = self.brokers.read().clone();
        let mut waits = Vec::new();
        for b in brokers.iter().filter(|b| b.is_started()) {
            let (done, cell) = Done::new();
            b.push(Op::Purge {
                queue: flags & purge::QUEUE != 0,
                inflight: flags & purge::INFLIGHT != 0,
                done,
            });
            waits.push(cell);
        }
        if flags & purge::NON_BLOCKING == 0 {
            waits.iter().for_each(|cell| {
                cell.wait();
            });
        }
        Ok(())
    }

    /// Takes reports from brokers and the main thread.
    pub(crate) fn deliver(&self, reports: Vec<Report>) {
        let mut events = Vec::with_capacity(reports.len());
        let home = Arc::new(Home { budget: self.budget.clone(), events: self.events.clone() });
        for report in reports {
            if let Some(t) = self.transactions.as_ref().filter(|_| !report.error.is_ok()) {
                t.note_lost(report.messages());
            }
            if let Some(hooks) = self.common.hooks() {
                hooks.acknowledged(&report);
            }
            let quiet = self.report_mode == ReportMode::None
                || (self.common.settings.delivery_report_only_error && report.error.is_ok());
            let delivery = Delivery::new(report, home.clone());
            if quiet {
                drop(delivery);
            } else {
                events.push(Event::Delivery(delivery));
            }
        }
        self.events.push_all(events);
    }

    /// Fails every queued message: the client cannot go on.
    pub(crate) fn fail_everything(&self) {
        for topic in self.topics() {
            for p in topic.all_partitions() {
                self.deliver(p.purge(ErrorCode::_FATAL));
            }
        }
    }

    /// The application's calls reach this broker from now on.
    fn add_broker_handle(&self, handle: Arc<BrokerHandle>) {
        self.brokers.write().push(handle);
    }

    /// No call of the application concerns this broker any more.
    fn remove_broker_handle(&self, handle: &Arc<BrokerHandle>) {
        self.brokers.write().retain(|h| !Arc::ptr_eq(h, handle));
    }

    /// No call concerns the brokers any more that the cluster has named. Those that had left it already still
    /// have something under way.
    fn forget_learned_brokers(&self) {
        self.brokers.write().retain(|h| h.node_id() < 0 || h.is_dismissed());
    }

    /// Gives memory back that the traffic of the last moments did not need.
    pub(crate) fn trim_pool(&self) {
        self.pool.trim();
    }

    /// The ids of the brokers that the cluster has named, or that lead partitions.
    #[must_use]
    pub fn learned_broker_ids(&self) -> Vec<i32> {
        let brokers = self.brokers.read();
        brokers.iter().filter(|b| !b.is_dismissed()).map(|b| b.node_id()).filter(|id| *id >= 0).collect()
    }

    /// Adds bootstrap brokers.
    pub fn add_brokers(&self, endpoints: Vec<crate::net::Endpoint>) {
        self.main.push(MainOp::AddBrokers(endpoints));
    }

    pub(crate) fn tell_throttle(&self, event: Event) {
        if self.wants_throttle {
            self.tell(event);
        }
    }

    /// Tells the application something.
    pub(crate) fn tell(&self, event: Event) {
        self.events.push(event);
    }

    /// Tells the application of an error of the client, or logs it if the application does not want to know.
    pub(crate) fn tell_error(&self, error: Error) {
        if self.wants_errors {
            self.tell(Event::Error(error));
        } else {
            self.common.logger.log(Level::Error, "ERROR", format_args!("{}", error.text));
        }
    }

    /// The queue that is served by [`Client::serve`].
    #[must_use]
    pub fn main_queue(&self) -> &Arc<EventQueue> {
        &self.events
    }

    #[must_use]
    pub fn report_mode(&self) -> ReportMode {
        self.report_mode
    }

    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.terminating.load(Ordering::SeqCst)
    }

    /// Whether partitions without a leader are served by a thread of their own.
    pub(crate) fn has_internal_broker(&self) -> bool {
        !Arc::ptr_eq(self.main.signal(), self.leaderless.signal())
    }

    /// Wakes the main thread; for whoever steps [`main_loop::Main`] by hand.
    #[must_use]
    pub fn main_signal(&self) -> &Arc<Signal> {
        self.main.signal()
    }

    /// Begins the end: no thread waits any more.
    pub fn begin_termination(&self) {
        self.terminating.store(true, Ordering::SeqCst);
        if let Some(ids) = self.producer_ids() {
            ids.close(IdempotenceState::Terminate, self.now());
        }
        self.budget.wake_waiters();
        self.events.wake_all();
        if let Some(t) = &self.transactions {
            t.wake();
        }
        if let Some(queue) = self.background.get() {
            queue.wake_all();
        }
        self.main.push(MainOp::Terminate);
        self.leaderless.signal().notify();
        for b in self.brokers.read().iter() {
            b.push(Op::Terminate);
        }
    }

    /// Lets go of everything queued; nothing is reported.
    pub fn drop_everything(&self) {
        self.events.close();
        if let Some(queue) = self.background.get() {
            queue.close();
        }
        for topic in self.topics() {
            for p in topic.all_partitions() {
                let reports = p.purge(ErrorCode::_DESTROY);
                if let Some(hooks) = self.common.hooks() {
                    reports.iter().for_each(|r| hooks.acknowledged(r));
                }
                p.set_owner(None);
            }
        }
        self.topics.write().clear();
        let brokers = std::mem::take(&mut *self.brokers.write());
        brokers.iter().for_each(|b| b.ready().clear());
        self.leaderless.clear();
    }
}
