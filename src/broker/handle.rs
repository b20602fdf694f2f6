//! What everybody but the broker itself holds of a broker.

use super::op::Op;
use super::outage::Outage;
use super::session::state::ConnectionState;
use crate::auth::SecurityProtocol;
use crate::base::clock::Time;
use crate::base::error::Error;
use crate::base::queue::OpQueue;
use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicBool, AtomicI16, AtomicI32, AtomicU8, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};
use crate::conf::Settings;
use crate::net::Endpoint;
use crate::producer::partition::ReadyList;
use crate::producer::partition::cause::Seconds;
use crate::protocol::api_versions;
use crate::stats::broker::BrokerStats;
use std::collections::VecDeque;
use std::time::Duration;

/// The node id of a broker known only from `bootstrap.servers`.
pub const BOOTSTRAP: i32 = -1;

/// What everybody but the broker itself knows of it.
pub struct BrokerHandle {
    node_id: AtomicI32,
    name: Mutex<Arc<str>>,
    /// Its name, if it stands for whichever broker has a certain task.
    logical: Option<&'static str>,
    /// Stands in front of the name unless connections are bare.
    protocol: SecurityProtocol,
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
    /// Why there is no connection.
    outage: Mutex<Option<Outage>>,
    /// It takes metrics of clients, and this client pushes them.
    takes_metrics: AtomicBool,
}

impl BrokerHandle {
    /// Costs memory only: descriptor and thread come when the broker is started.
    #[must_use]
    pub fn new(node_id: i32, endpoint: &Endpoint, settings: &Settings) -> Arc<Self> {
        Self::build(node_id, broker_name(node_id, endpoint, settings.security.protocol), None, settings)
    }

    /// A connection of its own to whichever broker has a certain task. It has no address until
    /// [`Self::follow`], and no id: it is none of the cluster's brokers.
    #[must_use]
    pub fn logical(name: &'static str, settings: &Settings) -> Arc<Self> {
        Self::build(BOOTSTRAP, name.into(), Some(name), settings)
    }

    fn build(node_id: i32, name: Arc<str>, logical: Option<&'static str>, settings: &Settings) -> Arc<Self> {
        let signal = Arc::new(Signal::unopened());
        let ready = ReadyList::new(signal.clone()).with_limits(settings.queue.broker_share());
        Arc::new(Self {
            node_id: AtomicI32::new(node_id),
            name: Mutex::new(Rank::Leaf, name),
            logical,
            protocol: settings.security.protocol,
            ops: OpQueue::new(signal),
            ready: Arc::new(ready),
            state: AtomicU8::new(ConnectionState::Init as u8),
            started: AtomicBool::new(false),
            terminated: AtomicBool::new(false),
            dismissed: AtomicBool::new(false),
            warm: AtomicBool::new(false),
            stats: BrokerStats::new(settings.statistics_interval.is_some()),
            silent: AtomicBool::new(false),
            throttling: AtomicBool::new(false),
            transaction_version: AtomicI16::new(0),
            outage: Mutex::new(Rank::Leaf, None),
            takes_metrics: AtomicBool::new(false),
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
        *self.name.lock() = broker_name(node_id, endpoint, self.protocol);
        self.push(Op::Identify { endpoint: endpoint.clone() });
    }

    /// Queues an operation. After the broker's end, operations are dropped.
    pub fn push(&self, op: Op) {
        if !self.terminated.load(Ordering::SeqCst) {
            self.ops.push(op);
        }
        // The broker may have ended meanwhile, and nobody would take the operation: who waits for it would
        // wait for ever.
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

    pub(super) fn take_ops(&self, into: &mut VecDeque<Op>) {
        self.ops.take(into);
    }

    pub(super) fn set_warm(&self) {
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
        self.state().is_established()
    }

    /// Whether the connection may be a dead one that nobody has closed: `socket.max.fails` may allow for
    /// several requests before it is given up, but others are better asked first.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// Returns what was set before.
    pub(super) fn set_throttling(&self, throttling: bool) -> bool {
        let before = self.throttling.load(Ordering::Relaxed);
        if before != throttling {
            self.throttling.store(throttling, Ordering::Relaxed);
        }
        before
    }

    pub(super) fn set_silent(&self, silent: bool) {
        if self.is_silent() != silent {
            self.silent.store(silent, Ordering::Relaxed);
        }
    }

    #[must_use]
    pub fn state(&self) -> ConnectionState {
        ConnectionState::of_number(self.state.load(Ordering::Relaxed))
    }

    /// The connection, or an attempt to have one, has failed.
    pub fn note_outage(&self, error: &Error, now: Time) {
        let mut outage = self.outage.lock();
        let since = outage.as_ref().map_or(now, |o| o.since);
        *outage = Some(Outage { since, error: error.clone() });
    }

    /// There is a connection.
    pub(super) fn end_outage(&self) {
        *self.outage.lock() = None;
    }

    /// Since when there is no connection, and why; `None` as long as nothing has failed.
    #[must_use]
    pub fn outage(&self) -> Option<Outage> {
        self.outage.lock().clone()
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

    pub(super) fn set_features(&self, response: &api_versions::Response) {
        let level = response.finalized_features.iter().find(|f| f.name == "transaction.version");
        self.transaction_version.store(level.map_or(0, |f| f.max_version_level), Ordering::Relaxed);
    }

    /// Whether metrics can be pushed to this broker, as far as it has told.
    #[must_use]
    pub fn takes_metrics(&self) -> bool {
        self.takes_metrics.load(Ordering::Relaxed)
    }

    pub(super) fn set_takes_metrics(&self, takes: bool) {
        self.takes_metrics.store(takes, Ordering::Relaxed);
        if takes {
            self.stats.keep_tallies();
        }
    }

    /// Whether the broker has a thread (or, in the simulation, is being stepped).
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.started.load(Ordering::SeqCst)
    }

    /// The broker has a thread from now on.
    pub fn set_started(&self) {
        self.started.store(true, Ordering::SeqCst);
    }

    pub(super) fn set_state(&self, state: ConnectionState, now: Time) {
        self.state.store(state as u8, Ordering::Relaxed);
        self.stats.state_since.set(now);
    }
}

/// What there is to say to those who wait.
impl BrokerHandle {
    /// What there is to say of a request that was sent (or, if it was not, made) at `since`.
    #[must_use]
    pub(super) fn describe_wait(&self, sent: bool, since: Time, now: Time) -> Arc<str> {
        let (waited, name) = (Seconds(now.since(since)), self.name());
        if sent {
            format!("{waited} in flight to broker {name} without an answer").into()
        } else {
            format!("{waited} in the output queue of broker {name}").into()
        }
    }

    /// What there is to say of a broker that cannot be used.
    #[must_use]
    pub fn describe_outage(&self, now: Time) -> String {
        let name = format!("broker {}", self.name());
        self.outage().map_or_else(
            || {
                let age = self.stats().state_since.age(now).unwrap_or(0);
                let age = Seconds(Duration::from_micros(u64::try_from(age).unwrap_or(0)));
                format!("{name} in state {} for {age}", self.state().name())
            },
            |outage| outage.describe(&name, now),
        )
    }
}

fn broker_name(node_id: i32, endpoint: &Endpoint, protocol: SecurityProtocol) -> Arc<str> {
    let scheme = match protocol {
        SecurityProtocol::Plaintext => String::new(),
        protocol => format!("{}://", protocol.name()),
    };
    if node_id == BOOTSTRAP {
        format!("{scheme}{endpoint}/bootstrap").into()
    } else {
        format!("{scheme}{endpoint}/{node_id}").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorCode;

    #[test]
    fn an_outage_lasts_from_the_first_failure_and_tells_the_last() {
        let broker = BrokerHandle::new(1, &Endpoint::new("b", 9092), &Settings::default());
        let at = |s: i64| Time(s * 1_000_000);
        assert_eq!(broker.describe_outage(at(1)), "broker b:9092/1 in state INIT for 0.0 s");
        broker.note_outage(&Error::new(ErrorCode::_TRANSPORT, "refused"), at(1));
        broker.note_outage(&Error::new(ErrorCode::_RESOLVE, "not found"), at(3));
        assert_eq!(broker.describe_outage(at(6)), "broker b:9092/1 down for 5.0 s: not found");
        broker.note_outage(&Error::new(ErrorCode::_AUTHENTICATION, "wrong password"), at(7));
        let told = "broker b:9092/1 has refused authentication for 7.0 s: wrong password";
        assert_eq!(broker.describe_outage(at(8)), told);
        broker.end_outage();
        assert_eq!(broker.outage(), None);
    }
}
