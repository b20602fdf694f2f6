//! The brokers that the main thread knows: which there are, which run, and whom to ask.

mod departures;
pub(super) mod events;
mod known;
mod logical;
pub(super) mod rebootstrap;
mod search;
pub mod starting;

use super::instance::Client;
use crate::base::blocking::BlockingTask;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::machine::Broker;
use crate::broker::{BOOTSTRAP, BrokerHandle, ConnectionState, Op};
use crate::cluster::TRY_ANOTHER_AFTER;
use crate::net::Endpoint;
use known::{KnownBroker, KnownBrokers, LogicalBroker};
use search::Search;
use starting::{BrokerHost, Starter};

pub(super) struct Brokers {
    client: Arc<Client>,
    known: KnownBrokers,
    logical: Vec<LogicalBroker>,
    starter: Starter,
    /// Where the cluster is found when nothing else is known of it.
    bootstrap: Vec<Endpoint>,
    search: Search,
    /// Since when no broker is up although one is wanted.
    outage_since: Option<Time>,
    /// The client has gone back to the bootstrap servers, and those who remember brokers have not been told.
    started_over: bool,
    /// The application has been told that all brokers are down.
    all_down_told: bool,
    /// Numbers the questions.
    questions: u64,
    random: fastrand::Rng,
}

impl Brokers {
    pub fn new(client: Arc<Client>, host: Box<dyn BrokerHost>, now: Time) -> Self {
        Self {
            known: KnownBrokers::default(),
            logical: Vec::new(),
            starter: Starter::new(host, now),
            bootstrap: Vec::new(),
            search: Search::new(now),
            outage_since: None,
            started_over: false,
            all_down_told: false,
            questions: 0,
            random: fastrand::Rng::with_seed(client.next_seed()),
            client,
        }
    }

    /// Brokers of the configuration, or that the application has added.
    pub fn configure(&mut self, endpoints: Vec<Endpoint>) {
        self.bootstrap.extend(endpoints.iter().cloned());
        self.add_bootstrap(endpoints);
    }

    /// Has a task done by a thread of its own.
    pub fn run_blocking(&self, task: BlockingTask) {
        self.starter.run_blocking(task);
    }

    fn add_bootstrap(&mut self, endpoints: Vec<Endpoint>) {
        for endpoint in endpoints {
            if self.known.bootstrap_at(&endpoint).next().is_none() {
                self.add(BOOTSTRAP, endpoint);
            }
        }
    }

    fn add(&mut self, node_id: i32, endpoint: Endpoint) {
        let handle = BrokerHandle::new(node_id, &endpoint, self.client.settings());
        self.client.logger().debug(debug::BROKER, "BROKER", || {
            format!("{}: Added new broker with NodeId {node_id}", handle.name())
        });
        self.client.add_broker_handle(handle.clone());
        if let Some(hooks) = self.client.context().hooks() {
            hooks.broker_state(node_id, &endpoint, ConnectionState::Init.name());
        }
        self.known.push(KnownBroker::new(handle, endpoint));
    }

    /// Takes note of the address of a broker that the cluster has named.
    pub fn learn_address(&mut self, node_id: i32, endpoint: Endpoint) {
        if let Some(at) = self.known.find(node_id) {
            if let Some(known) = self.known.get(at).filter(|known| known.endpoint != endpoint) {
                let (name, old) = (known.handle.name(), known.endpoint.clone());
                self.known.identify(at, node_id, &endpoint);
                self.client.logger().debug(debug::BROKER, "UPDATE", || {
                    format!("{name}: Nodename changed from {old} to {endpoint}")
                });
            }
            return;
        }
        let is_up = |at: &usize| self.known.get(*at).is_some_and(|k| k.handle.is_up());
        let bootstrap = self.known.bootstrap_at(&endpoint).find(is_up);
        match bootstrap {
            // The connection to a bootstrap address that turns out to be this broker is this broker's
            // connection: the first message then needs no second one.
            Some(at) if self.client.reuses_bootstrap_connection() => {
                self.known.identify(at, node_id, &endpoint)
            }
            found => {
                let replaces = found.and_then(|at| self.known.get(at)).map(|k| k.handle.clone());
                self.add(node_id, endpoint);
                if let Some(old) = replaces {
                    self.move_connection(&old);
                }
            }
        }
    }

    /// Has the broker that was added last connect in place of the bootstrap connection to the same address.
    fn move_connection(&mut self, old: &Arc<BrokerHandle>) {
        self.known.remove(|k| Arc::ptr_eq(&k.handle, old));
        self.client.remove_broker_handle(old);
        old.push(Op::Decommission);
        let last = self.known.len().saturating_sub(1);
        if let Some(handle) = self.start_at(last) {
            handle.push(Op::Connect);
        }
    }

    /// The broker of this id, which the cluster has named, started or not.
    pub fn handle(&self, id: i32) -> Option<&Arc<BrokerHandle>> {
        self.known.by_id(id).map(|b| &b.handle)
    }

    /// Whether the cluster has named a broker of this id at this address.
    pub fn is_at(&self, id: i32, endpoint: &Endpoint) -> bool {
        self.known.by_id(id).is_some_and(|b| b.endpoint == *endpoint)
    }

    /// The broker of this id, started if need be. `None` if it is not known or cannot be started at present:
    /// the caller asks again later.
    pub fn start(&mut self, id: i32) -> Option<Arc<BrokerHandle>> {
        self.start_at(self.known.find(id)?)
    }

    fn start_at(&mut self, at: usize) -> Option<Arc<BrokerHandle>> {
        let now = self.client.now();
        let b = self.known.get_mut(at)?;
        if b.machine.is_none() && !b.handle.is_started() {
            b.machine = Some(machine_for(&self.client, &b.handle, b.endpoint.clone(), now));
        }
        self.starter.start(&mut b.machine, &self.client, now).then(|| b.handle.clone())
    }

    /// The brokers that the cluster has named.
    pub fn learned(&self) -> impl Iterator<Item = &Arc<BrokerHandle>> {
        self.known.iter().map(|b| &b.handle).filter(|h| h.node_id() >= 0)
    }

    pub fn any_up(&self) -> bool {
        self.known.iter().any(|b| b.handle.is_up())
    }

    pub fn count_up(&self) -> usize {
        self.known.iter().filter(|b| b.handle.is_up()).count()
    }

    /// A broker that may be asked something now. Otherwise, when to come again: at `not_before`, or whenever
    /// a broker comes up, which this round sees to.
    pub fn broker_to_ask(&mut self, not_before: Time, now: Time) -> Result<Arc<BrokerHandle>, Deadline> {
        if !self.need_broker() {
            return Err(Deadline::NEVER);
        }
        if now < not_before {
            return Err(Deadline::at(not_before));
        }
        let chosen = self.choose(true).and_then(|at| self.start_at(at));
        // One that cannot be started at present is left to a later round.
        chosen.ok_or(Deadline::at(now + TRY_ANOTHER_AFTER))
    }

    /// Registers that something waits until a broker is up. Returns whether one is.
    pub fn need_broker(&mut self) -> bool {
        let up = self.any_up();
        if !up {
            self.search.want();
        }
        up
    }

    /// A broker for a question about the cluster, counted as busy until [`Self::answered`]: one that has not
    /// answered the last such question is not asked another.
    pub fn idle_broker(&mut self) -> Option<Arc<BrokerHandle>> {
        let at = self.choose(false)?;
        let handle = self.start_at(at)?;
        if let Some(b) = self.known.get_mut(at) {
            b.busy = true;
        }
        Some(handle)
    }

    /// The question about the cluster is not with this broker any more.
    pub fn answered(&mut self, handle: &Arc<BrokerHandle>) {
        if let Some(b) = self.known.by_handle_mut(handle) {
            b.busy = false;
        }
    }

    /// A broker to ask: one that is up and answers if there is one, else the one that was tried longest ago.
    fn choose(&mut self, busy_too: bool) -> Option<usize> {
        let usable = |b: &&KnownBroker| busy_too || !b.busy;
        let well = |b: &KnownBroker| b.handle.is_up() && !b.handle.is_silent();
        let any_well = self.known.iter().filter(usable).any(well);
        let oldest = self.known.iter().filter(usable).map(|b| b.asked).min()?;
        let eligible: Vec<usize> = (0..self.known.len())
            .filter(|i| {
                self.known
                    .get(*i)
                    .filter(usable)
                    .is_some_and(|b| if any_well { well(b) } else { b.asked == oldest })
            })
            .collect();
        let at = eligible.get(self.random.usize(..eligible.len().max(1))).copied()?;
        self.questions += 1;
        if let Some(b) = self.known.get_mut(at) {
            b.asked = self.questions;
        }
        Some(at)
    }

    /// Has one broker after the other connect, each with some time before the next is tried as well.
    fn connect_next(&mut self, now: Time) -> Deadline {
        if self.search.is_due(now)
            && let Some(handle) = self.choose(true).and_then(|at| self.start_at(at))
        {
            handle.push(Op::Connect);
        }
        self.search.deadline()
    }

    fn mark_up(&mut self, handle: &Arc<BrokerHandle>) {
        if let Some(b) = self.known.by_handle_mut(handle) {
            b.down = false;
        }
        self.all_down_told = false;
    }

    fn mark_down(&mut self, handle: &Arc<BrokerHandle>, now: Time) {
        if let Some(b) = self.known.by_handle_mut(handle) {
            b.down = true;
        }
        self.search.allow(now);
    }

    /// The error to be told, once, when all brokers are down.
    fn all_down(&mut self) -> Option<Error> {
        if self.all_down_told || !self.known.iter().all(|b| b.down) {
            return None;
        }
        self.all_down_told = true;
        let total = self.known.len();
        Some(Error::new(ErrorCode::_ALL_BROKERS_DOWN, format!("{total}/{total} brokers are down")))
    }

    /// Whether the client has gone back to the bootstrap servers since this was asked last.
    pub fn take_started_over(&mut self) -> bool {
        std::mem::take(&mut self.started_over)
    }

    /// Has idle brokers return memory that they keep for reuse.
    pub fn cool_down(&self) {
        self.known.iter().for_each(|b| b.handle.cool_down());
    }

    /// Host and port; empty while a logical broker stands for none.
    pub fn address_of(&self, handle: &Arc<BrokerHandle>) -> String {
        let known = self.known.by_handle(handle).map(|b| b.endpoint.to_string());
        let stand_in = || self.logical.iter().find(|b| Arc::ptr_eq(&b.handle, handle));
        known.or_else(|| stand_in().map(LogicalBroker::address)).unwrap_or_default()
    }

    /// All brokers with the ids that metrics name them by, logical ones last. As in librdkafka, those have no
    /// id of their own: whoever they stand for at present has a place of its own in the list.
    pub fn with_ids(&self) -> impl Iterator<Item = (&Arc<BrokerHandle>, i32)> {
        let known = self.known.iter().map(|b| (&b.handle, b.handle.node_id()));
        known.chain(self.logical.iter().map(|b| (&b.handle, BOOTSTRAP)))
    }

    /// Any of the brokers that are up and fit, but for logical ones.
    pub fn any_up_that(&mut self, fits: impl Fn(&BrokerHandle) -> bool) -> Option<Arc<BrokerHandle>> {
        let fitting: Vec<_> = self.known.iter().filter(|b| b.handle.is_up() && fits(&b.handle)).collect();
        let at = self.random.usize(..fitting.len().max(1));
        fitting.get(at).map(|b| b.handle.clone())
    }

    /// All brokers with their addresses, logical ones last.
    pub fn with_addresses(&self) -> impl Iterator<Item = (&Arc<BrokerHandle>, String)> {
        let known = self.known.iter().map(|b| (&b.handle, b.endpoint.to_string()));
        known.chain(self.logical.iter().map(|b| (&b.handle, b.address())))
    }
}

/// The state machine of a broker: made when it is started, since a cluster may have many that are never
/// needed.
fn machine_for(client: &Client, handle: &Arc<BrokerHandle>, endpoint: Endpoint, now: Time) -> Box<Broker> {
    Box::new(Broker::new(client.context().clone(), handle.clone(), endpoint, client.next_seed(), now))
}

/// The ids of the brokers that are known, for tests.
#[cfg(test)]
fn ids(brokers: &Brokers) -> Vec<i32> {
    brokers.known.iter().map(|b| b.handle.node_id()).collect()
}
