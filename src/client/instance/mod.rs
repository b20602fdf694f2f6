//! A client instance: what the C API's `rd_kafka_t` stands for, and all its threads share.

mod build;
mod cluster_ids;
mod fatal;
mod listener;
mod polling;
mod producing;

use super::consumer::Consumer;
use super::ops::MainOp;
use super::queue::events::{Event, EventQueue};
use super::tokens::source::TokenSource;
use super::txn::shared::Transactions;
use super::txn::state::TxnState;
use crate::base::by_name::ByName;
use crate::base::clock::{Clock, Time};
use crate::base::error::{Error, ErrorCode};
use crate::base::latch::Latch;
use crate::base::line::Line;
use crate::base::log::{Level, Logger};
use crate::base::queue::OpQueue;
use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use crate::base::sync::{Arc, Mutex, OnceLock, RwLock};
use crate::broker::{BrokerContext, BrokerHandle, ControlResult, Op, Reply};
use crate::conf::{Settings, TopicSettings};
use crate::net::Endpoint;
use crate::producer::budget::Budget;
use crate::producer::idempotence::producer_id::{IdempotenceState, ProducerIds};
use crate::producer::partition::ReadyList;
use crate::producer::partition::TopicShared;
use crate::producer::partition::topic::{CustomPartitioner, Topic};
use crate::producer::store::Value;
use crate::producer::store::pool::ChunkPool;
use cluster_ids::ClusterIds;
use std::any::Any;
use std::collections::VecDeque;
use std::thread::JoinHandle;

/// Bits of the `flags` of [`Client::purge`], as in the C API.
pub mod purge {
    pub const QUEUE: u32 = 0x1;
    pub const INFLIGHT: u32 = 0x2;
    pub const NON_BLOCKING: u32 = 0x4;
}

/// Who sees delivery reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportMode {
    /// Nobody: they end inside the client.
    None,
    /// A callback, on the thread that polls or flushes.
    Callback,
    /// Whoever takes events from the queue. A flush does not take any.
    Event,
}

/// A message to be produced.
#[derive(Clone, Copy, Debug)]
pub struct NewMessage<'a> {
    /// [`UNASSIGNED`](crate::producer::partition::topic::UNASSIGNED) lets the partitioner choose.
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
    /// Whether anybody wants to hear of commits of offsets.
    pub wants_commits: bool,
    pub token_source: TokenSource,
    /// Whether partitions without a leader have a thread of their own, as in librdkafka, for applications
    /// that watch threads.
    pub internal_broker: bool,
    /// Whether the connection to a bootstrap address becomes that of the broker behind it.
    pub reuse_bootstrap_connection: bool,
    /// Number in the instance's name (`rdkafka#producer-1`).
    pub number: u32,
}

/// The threads that run for a client.
#[derive(Default)]
pub struct ThreadHandles {
    own: Vec<JoinHandle<()>>,
    /// Its part in threads that it has in common with others.
    shared: Option<Arc<dyn Any + Send + Sync>>,
}

impl ThreadHandles {
    /// Remembers a thread to be joined. Those of brokers that were given up meanwhile are forgotten.
    pub fn keep(&mut self, handle: JoinHandle<()>) {
        self.own.retain(|h| !h.is_finished());
        self.own.push(handle);
    }

    pub fn take(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.own)
    }

    /// Keeps the threads running that the client has in common with others.
    pub fn keep_shared(&mut self, part: Arc<dyn Any + Send + Sync>) {
        self.shared = Some(part);
    }

    pub fn take_shared(&mut self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.shared.take()
    }
}

/// The state that all threads of a client share.
pub struct Client {
    name: String,
    common: Arc<BrokerContext>,
    budget: Arc<Budget>,
    pool: Arc<ChunkPool>,
    /// The main queue, which polling the instance serves.
    events: Arc<EventQueue>,
    /// The queue that a thread of the library serves, once somebody wants it.
    background: OnceLock<Arc<EventQueue>>,
    main: Arc<OpQueue<MainOp>>,
    /// Announces the partitions without a leader.
    leaderless: Arc<ReadyList>,
    reuse_bootstrap_connection: bool,
    topics: RwLock<ByName<Arc<Topic>>>,
    /// The brokers that flush, purge and termination have to reach.
    brokers: RwLock<Vec<Arc<BrokerHandle>>>,
    fatal: OnceLock<Error>,
    is_fatal: AtomicBool,
    terminating: AtomicBool,
    report_mode: ReportMode,
    wants_errors: bool,
    wants_throttle: bool,
    wants_commits: bool,
    token_source: TokenSource,
    /// Wall-clock microseconds minus monotonic ones, kept up to date by the main thread: produce() reads one
    /// clock only.
    wall_offset_us: AtomicI64,
    cluster: ClusterIds,
    seed: AtomicI64,
    threads: Mutex<ThreadHandles>,
    /// Brokers, and look-ups for them, on threads that it has in common with others.
    hosted: Arc<Latch>,
    /// Only with a `transactional.id`.
    transactions: Option<Arc<Transactions>>,
    /// `None`: a producer.
    consumer: Option<Consumer>,
}

impl Client {
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

    pub(in crate::client) fn read_wall_clock(&self) {
        let offset = self.common.clock.wall_us().saturating_sub(self.now().0);
        self.wall_offset_us.store(offset, Ordering::Relaxed);
    }

    /// A seed for a random generator, another one at each call.
    pub(in crate::client) fn next_seed(&self) -> u64 {
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
        topics.insert(topic.shared().name.clone(), topic.clone());
        drop(topics);
        self.post(MainOp::TopicAdded(topic.clone()));
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

    /// What is consumed, and how; `None` for a producer.
    #[must_use]
    pub fn consumer(&self) -> Option<&Consumer> {
        self.consumer.as_ref()
    }

    /// Bytes that the message store holds for messages.
    #[must_use]
    pub fn store_in_use(&self) -> usize {
        self.pool.in_use()
    }

    /// Flush, purge and termination reach this broker from now on.
    pub(in crate::client) fn add_broker_handle(&self, handle: Arc<BrokerHandle>) {
        self.brokers.write().push(handle);
    }

    /// Flush, purge and termination need not reach this broker any more.
    pub(in crate::client) fn remove_broker_handle(&self, handle: &Arc<BrokerHandle>) {
        self.brokers.write().retain(|h| !Arc::ptr_eq(h, handle));
    }

    /// Forgets the brokers that the cluster has named. Those that are leaving stay: they still have requests
    /// to finish.
    pub(in crate::client) fn forget_learned_brokers(&self) {
        self.brokers.write().retain(|h| h.node_id() < 0 || h.is_dismissed());
    }

    /// Gives memory back that the traffic of the last moments did not need.
    pub(in crate::client) fn trim_pool(&self) {
        self.pool.trim();
    }

    /// The ids of the brokers that the cluster has named, or that lead partitions.
    #[must_use]
    pub fn learned_broker_ids(&self) -> Vec<i32> {
        let brokers = self.brokers.read();
        brokers.iter().filter(|b| !b.is_dismissed()).map(|b| b.node_id()).filter(|id| *id >= 0).collect()
    }

    /// Adds bootstrap brokers.
    pub fn add_brokers(&self, endpoints: Vec<Endpoint>) {
        self.post(MainOp::AddBrokers(endpoints));
    }

    pub(in crate::client) fn tell_throttle(&self, event: Event) {
        if self.wants_throttle {
            self.tell(event);
        }
    }

    /// Tells the application something.
    pub(in crate::client) fn tell(&self, event: Event) {
        self.events.push(event);
    }

    /// Tells the application of an error of the client, or logs it if the application does not want to know.
    pub(crate) fn tell_error(&self, error: Error) {
        if self.wants_errors {
            self.tell(Event::Error(error));
        } else {
            let line = || Line::new(error.text.clone()).of_error(error.code);
            self.common.logger.log_line(Level::Error, "ERROR", line);
        }
    }

    /// Whether the application hears of commits of offsets.
    pub(in crate::client) fn wants_commits(&self) -> bool {
        self.wants_commits
    }

    /// Where OAUTHBEARER tokens come from.
    pub(in crate::client) fn token_source(&self) -> &TokenSource {
        &self.token_source
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
    pub(in crate::client) fn has_internal_broker(&self) -> bool {
        !Arc::ptr_eq(self.main.signal(), self.leaderless.signal())
    }

    /// Wakes the main thread; for whoever steps the main thread's state machine by hand.
    #[must_use]
    pub fn main_signal(&self) -> &Arc<Signal> {
        self.main.signal()
    }

    /// Has all threads end, and wakes those that wait.
    pub fn begin_termination(&self) {
        self.terminating.store(true, Ordering::SeqCst);
        if let Some(ids) = self.producer_ids() {
            ids.close(IdempotenceState::Terminate, self.now());
        }
        self.budget.wake_waiters();
        self.events.wake_all();
        if let Some(consumer) = &self.consumer {
            consumer.wake_all();
        }
        if let Some(t) = &self.transactions {
            t.wake();
        }
        if let Some(queue) = self.background.get() {
            queue.wake_all();
        }
        self.post(MainOp::Terminate);
        self.leaderless.signal().notify();
        if let TokenSource::Endpoint(provider) = &self.token_source {
            provider.signal().notify();
        }
        if let Some(helpers) = self.common.helpers() {
            helpers.end();
        }
        for b in self.brokers.read().iter() {
            b.push(Op::Terminate);
        }
    }

    /// Lets go of everything queued; nothing is reported.
    pub fn drop_everything(&self) {
        self.events.close();
        if let Some(consumer) = &self.consumer {
            consumer.drop_everything();
        }
        if let Some(queue) = self.background.get() {
            queue.close();
        }
        for topic in self.topics() {
            let reports = topic.purge(ErrorCode::_DESTROY);
            if let Some(hooks) = self.common.hooks() {
                reports.iter().for_each(|r| hooks.acknowledged(r));
            }
            for p in topic.all_partitions() {
                p.set_owner(None);
            }
        }
        self.topics.write().clear();
        let brokers = std::mem::take(&mut *self.brokers.write());
        brokers.iter().for_each(|b| b.ready().clear());
        self.leaderless.clear();
    }

    /// What the client shares with its brokers.
    #[must_use]
    pub fn context(&self) -> &Arc<BrokerContext> {
        &self.common
    }

    /// The space for messages.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// What the cluster has told of itself.
    #[must_use]
    pub fn cluster(&self) -> &ClusterIds {
        &self.cluster
    }

    /// The brokers that flush, purge and termination have to reach.
    #[must_use]
    pub fn brokers(&self) -> Vec<Arc<BrokerHandle>> {
        self.brokers.read().clone()
    }

    #[must_use]
    pub fn any_broker_up(&self) -> bool {
        self.brokers.read().iter().any(|b| b.is_up())
    }

    /// Wakes every broker, to look at partitions that waited for a producer id.
    pub(in crate::client) fn wake_brokers(&self) {
        for b in self.brokers.read().iter() {
            b.signal().notify();
        }
    }

    /// The producer id and its state, if the client is idempotent.
    #[must_use]
    pub fn producer_ids(&self) -> Option<&ProducerIds> {
        self.common.producer_ids.as_ref()
    }

    /// Where a transactional producer stands; `None` for another.
    #[must_use]
    pub fn transaction_state(&self) -> Option<TxnState> {
        self.transactions.as_deref().map(Transactions::state)
    }

    pub(in crate::client) fn transactions(&self) -> Option<&Arc<Transactions>> {
        self.transactions.as_ref()
    }

    /// Announces the partitions without a leader.
    pub(in crate::client) fn leaderless(&self) -> &Arc<ReadyList> {
        &self.leaderless
    }

    pub(in crate::client) fn reuses_bootstrap_connection(&self) -> bool {
        self.reuse_bootstrap_connection
    }

    /// The threads that run for this client.
    pub(in crate::client) fn threads(&self) -> &Mutex<ThreadHandles> {
        &self.threads
    }

    /// What runs for this client on threads that it has in common with others.
    pub(in crate::client) fn hosted(&self) -> &Arc<Latch> {
        &self.hosted
    }

    /// The queue that a thread of the library serves, once somebody wants it.
    pub(in crate::client) fn background(&self) -> &OnceLock<Arc<EventQueue>> {
        &self.background
    }

    /// Tells the main thread something.
    pub(in crate::client) fn post(&self, op: MainOp) {
        self.main.push(op);
    }

    /// Takes what the main thread has been told.
    pub(in crate::client) fn take_ops(&self, into: &mut VecDeque<MainOp>) {
        self.main.take(into);
    }

    /// Makes a reply that hands a broker's answer to the main thread. A request under way does not keep the
    /// client alive.
    pub(in crate::client) fn reply_to_main(
        self: &Arc<Self>,
        op: impl FnOnce(ControlResult<'_>) -> MainOp + Send + 'static,
    ) -> Reply {
        let client = Arc::downgrade(self);
        Box::new(move |answer| {
            if let Some(c) = client.upgrade() {
                c.post(op(answer));
            }
        })
    }
}
