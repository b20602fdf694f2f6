//! What all brokers of a client share, and what they tell the client.

use super::handle::BrokerHandle;
use super::observe::hooks::Hooks;
use crate::auth::gssapi::{self, Kerberos};
use crate::auth::{Mechanism, Principal};
use crate::base::blocking::BlockingTask;
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Logger;
use crate::base::rand;
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::base::sync::{Arc, OnceLock};
use crate::conf::{KerberosSettings, Settings};
use crate::consumer::fetch::outcome::News;
use crate::consumer::partition::Partition as ConsumedPartition;
use crate::net::Endpoint;
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::partition::TopicShared;
use crate::producer::partition::report::Report;
use crate::producer::partition::transaction::TransactionGate;
use crate::producer::wire::side_by_side::Helpers;
use crate::protocol::TopicId;

/// What all brokers of a client have in common.
pub struct BrokerContext {
    pub settings: Settings,
    /// Who the client says it is, if brokers are to know.
    pub principal: Option<Arc<Principal>>,
    pub logger: Logger,
    pub clock: Arc<dyn Clock>,
    pub listener: Arc<dyn BrokerListener>,
    /// Of an idempotent producer.
    pub producer_ids: Option<ProducerIds>,
    hooks: OnceLock<Box<dyn Hooks>>,
    helpers: OnceLock<Arc<dyn Helpers>>,
    flushing: AtomicUsize,
    /// Which partitions may send in the current transaction; only with a `transactional.id`.
    pub transaction: Option<Arc<TransactionGate>>,
}

impl BrokerContext {
    pub fn new(
        settings: Settings,
        logger: Logger,
        clock: Arc<dyn Clock>,
        listener: Arc<dyn BrokerListener>,
        transaction: Option<Arc<TransactionGate>>,
    ) -> Self {
        let producer_ids = settings.idempotence.enabled.then(|| {
            ProducerIds::new(transaction.is_some(), settings.idempotence.gapless_guarantee, clock.now())
        });
        let (hooks, helpers, flushing) = (OnceLock::new(), OnceLock::new(), AtomicUsize::new(0));
        let security = &settings.security;
        let principal = security.mechanism.map(|m| {
            let principal = Principal::new(m, security.login.clone(), rand::nonce);
            Arc::new(principal.with_kerberos(kerberos(m, &security.kerberos)))
        });
        Self {
            settings,
            principal,
            logger,
            clock,
            listener,
            producer_ids,
            hooks,
            helpers,
            flushing,
            transaction,
        }
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

    /// Has others help the brokers' threads with compression; only before there are threads.
    pub fn set_helpers(&self, helpers: Arc<dyn Helpers>) {
        let _ = self.helpers.set(helpers);
    }

    /// Those who help with compression, if there are any.
    #[inline]
    pub fn helpers(&self) -> Option<&Arc<dyn Helpers>> {
        self.helpers.get()
    }

    /// Whether somebody waits in flush(). What they have announced before it can be seen then.
    #[inline]
    pub fn is_flushing(&self) -> bool {
        self.flushing.load(Ordering::Acquire) > 0
    }

    pub fn begin_flush(&self) {
        self.flushing.fetch_add(1, Ordering::SeqCst);
    }

    pub fn end_flush(&self) {
        self.flushing.fetch_sub(1, Ordering::SeqCst);
    }
}

fn kerberos(mechanism: Mechanism, settings: &KerberosSettings) -> Option<Kerberos> {
    let provider = if mechanism == Mechanism::Gssapi { gssapi::system() } else { None }?;
    Some(Kerberos::new(provider, &settings.service_name, settings.kinit.is_some()))
}

/// What brokers tell the client.
pub trait BrokerListener: Send + Sync {
    fn deliver(&self, reports: Vec<Report>);
    fn event(&self, broker: &Arc<BrokerHandle>, event: BrokerEvent);
    /// Messages, and errors in their places, in order.
    fn fetched(&self, news: Vec<News>);
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
        error: ErrorCode,
    },
    /// A topic must not be used any more.
    TopicError {
        topic: Arc<TopicShared>,
        error: ErrorCode,
    },
    /// Something is to be done for a consumed partition that the main thread does.
    Inspect(Arc<ConsumedPartition>),
    /// A Fetch response says that the leader of a topic's partition may have moved.
    RefreshTopic {
        topic: Arc<str>,
        error: ErrorCode,
    },
    /// The broker named the new leader (KIP-951).
    LeaderHint(LeaderHint),
    /// For so long the broker delays the client; 0 when that is over.
    Throttled {
        throttle_ms: i32,
    },
    /// A partition needs another producer id.
    ProducerId,
    /// Something that a thread of its own is to do.
    Blocking(BlockingTask),
    /// The broker has come to its end.
    Ended,
}

/// A new leader as a Produce or Fetch response names it.
#[derive(Clone, Debug)]
pub struct LeaderHint {
    pub topic: String,
    /// Zero if it is not known which topic of this name the response was about.
    pub topic_id: TopicId,
    pub partition: i32,
    pub leader: i32,
    pub leader_epoch: i32,
    /// Where that broker is, if the response says so.
    pub endpoint: Option<Endpoint>,
}
