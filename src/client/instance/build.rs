//! Building a client from its configuration.

use super::cluster_ids::ClusterIds;
use super::listener::Listener;
use super::{Client, Options, ThreadHandles};
use crate::base::by_name::ByName;
use crate::base::latch::Latch;
use crate::base::queue::OpQueue;
use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicBool, AtomicI64};
use crate::base::sync::{Arc, Mutex, OnceLock, Rank, RwLock};
use crate::broker::BrokerContext;
use crate::client::consumer::Consumer;
use crate::client::queue::events::EventQueue;
use crate::client::txn::shared::Transactions;
use crate::conf::Settings;
use crate::producer::budget::Budget;
use crate::producer::partition::ReadyList;
use crate::producer::partition::transaction::TransactionGate;
use crate::producer::store::pool::ChunkPool;

/// The most unused memory that the message store keeps while messages flow; an idle client gives it back.
const POOL_CACHE: usize = 256 << 20;

impl Client {
    /// Builds a client with its state machines but without threads; see [`crate::client::threads::start`].
    ///
    /// # Errors
    /// When the process is out of descriptors.
    pub fn build(settings: Settings, options: Options) -> std::io::Result<Arc<Self>> {
        let signal = Arc::new(Signal::new()?);
        let leaderless_signal =
            if options.internal_broker { Arc::new(Signal::new()?) } else { signal.clone() };
        let listener = Arc::new(Listener::default());
        let leaderless =
            Arc::new(ReadyList::new(leaderless_signal).with_limits(settings.queue.broker_share()));
        leaderless.set_linger(settings.batching_linger());
        let budget = Arc::new(Budget::new(settings.queue.max_messages, settings.queue.max_bytes));
        let role = if settings.consumer.is_some() { "consumer" } else { "producer" };
        let name = format!("{}#{role}-{}", settings.client.id, options.number);
        options.logger.set_instance(&name);
        let main = Arc::new(OpQueue::new(signal.clone()));
        let consumer = settings.consumer.clone().map(|c| Consumer::new(c, main.clone(), &options.logger));
        let gate = settings.transactions.id.is_some().then(|| Arc::new(TransactionGate::new(signal.clone())));
        let transactions = gate.clone().map(|gate| Arc::new(Transactions::new(gate)));
        let common =
            Arc::new(BrokerContext::new(settings, options.logger, options.clock, listener.clone(), gate));
        let client = Arc::new(Self {
            name,
            common,
            budget,
            pool: Arc::new(ChunkPool::new(POOL_CACHE)),
            events: Arc::new(EventQueue::new()),
            background: OnceLock::new(),
            main,
            consumer,
            leaderless,
            reuse_bootstrap_connection: options.reuse_bootstrap_connection,
            topics: RwLock::new(Rank::Topics, ByName::default()),
            brokers: RwLock::new(Rank::Cluster, Vec::new()),
            fatal: OnceLock::new(),
            is_fatal: AtomicBool::new(false),
            terminating: AtomicBool::new(false),
            report_mode: options.report_mode,
            wants_errors: options.wants_errors,
            wants_throttle: options.wants_throttle,
            wants_commits: options.wants_commits,
            token_source: options.token_source,
            wall_offset_us: AtomicI64::new(0),
            cluster: ClusterIds::new(),
            seed: AtomicI64::new(options.seed.cast_signed()),
            threads: Mutex::new(Rank::Instance, ThreadHandles::default()),
            hosted: Latch::new(),
            transactions,
        });
        client.read_wall_clock();
        listener.attach(&client);
        Ok(client)
    }
}
