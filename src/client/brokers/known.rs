//! The list of brokers, each found by its id at once: a cluster may have thousands.

use crate::base::sync::Arc;
use crate::broker::machine::Broker;
use crate::broker::{BOOTSTRAP, BrokerHandle};
use crate::net::Endpoint;
use std::collections::HashMap;

pub(super) struct KnownBroker {
    pub handle: Arc<BrokerHandle>,
    pub endpoint: Endpoint,
    /// The cluster's last word on its brokers names it.
    pub named: bool,
    /// The last attempt to be connected failed.
    pub down: bool,
    /// When it was last asked something, as a number that grows with every question: the one that waited
    /// longest is asked next.
    pub asked: u64,
    /// A question for metadata is with it.
    pub busy: bool,
    /// From the first attempt to start the broker until it is started.
    pub machine: Option<Box<Broker>>,
}

impl KnownBroker {
    pub fn new(handle: Arc<BrokerHandle>, endpoint: Endpoint) -> Self {
        Self { handle, endpoint, named: false, down: false, asked: 0, busy: false, machine: None }
    }

    /// Whether it leads partitions of topics in use.
    pub fn leads(&self) -> bool {
        self.handle.ready().partitions() > 0
    }
}

/// A broker that stands for whichever broker has a certain task at present.
pub(super) struct LogicalBroker {
    pub handle: Arc<BrokerHandle>,
    /// Until the broker is started.
    pub machine: Option<Box<Broker>>,
    /// Which broker it stood for last, and where that is.
    pub stands_for: Option<(i32, Endpoint)>,
}

impl LogicalBroker {
    /// Host and port; empty while it stands for no broker.
    pub fn address(&self) -> String {
        self.stands_for.as_ref().map(|(_, endpoint)| endpoint.to_string()).unwrap_or_default()
    }
}

/// Brokers in the order in which they became known. A place (an index) is valid until one is removed.
#[derive(Default)]
pub(super) struct KnownBrokers {
    all: Vec<KnownBroker>,
    /// Places of the brokers that the cluster has named.
    by_id: HashMap<i32, usize>,
    /// Places of those that are known from the configuration only.
    bootstrap: Vec<usize>,
}

impl KnownBrokers {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, KnownBroker> {
        self.all.iter()
    }

    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, KnownBroker> {
        self.all.iter_mut()
    }

    pub fn get(&self, at: usize) -> Option<&KnownBroker> {
        self.all.get(at)
    }

    pub fn get_mut(&mut self, at: usize) -> Option<&mut KnownBroker> {
        self.all.get_mut(at)
    }

    /// The place of a broker that the cluster has named.
    pub fn find(&self, id: i32) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The broker of this id that the cluster has named.
    pub fn by_id(&self, id: i32) -> Option<&KnownBroker> {
        self.get(self.find(id)?)
    }

    fn find_handle(&self, handle: &Arc<BrokerHandle>) -> Option<usize> {
        let is_it = |at: &usize| self.all.get(*at).is_some_and(|b| Arc::ptr_eq(&b.handle, handle));
        self.find(handle.node_id()).filter(is_it).or_else(|| self.bootstrap.iter().copied().find(is_it))
    }

    pub fn by_handle(&self, handle: &Arc<BrokerHandle>) -> Option<&KnownBroker> {
        self.all.get(self.find_handle(handle)?)
    }

    pub fn by_handle_mut(&mut self, handle: &Arc<BrokerHandle>) -> Option<&mut KnownBroker> {
        let at = self.find_handle(handle)?;
        self.all.get_mut(at)
    }

    /// The places of brokers at this address that the cluster has not named.
    pub fn bootstrap_at(&self, endpoint: &Endpoint) -> impl Iterator<Item = usize> {
        let is_there = |at: &usize| self.all.get(*at).is_some_and(|b| b.endpoint == *endpoint);
        self.bootstrap.iter().copied().filter(is_there)
    }

    pub fn has_named(&self) -> bool {
        !self.by_id.is_empty()
    }

    pub fn push(&mut self, broker: KnownBroker) {
        self.index(self.all.len(), broker.handle.node_id());
        self.all.push(broker);
    }

    fn index(&mut self, at: usize, id: i32) {
        if id == BOOTSTRAP {
            self.bootstrap.push(at);
        } else {
            self.by_id.insert(id, at);
        }
    }

    /// Gives a broker its id and address.
    pub fn identify(&mut self, at: usize, id: i32, endpoint: &Endpoint) {
        let Some(broker) = self.all.get_mut(at) else { return };
        broker.endpoint = endpoint.clone();
        broker.handle.identify(id, endpoint);
        self.bootstrap.retain(|b| *b != at);
        self.index(at, id);
    }

    /// Removes the brokers that `leaves` chooses, and returns them.
    pub fn remove(&mut self, leaves: impl FnMut(&mut KnownBroker) -> bool) -> Vec<KnownBroker> {
        let removed: Vec<_> = self.all.extract_if(.., leaves).collect();
        if !removed.is_empty() {
            self.by_id.clear();
            self.bootstrap.clear();
            let ids: Vec<i32> = self.all.iter().map(|b| b.handle.node_id()).collect();
            ids.into_iter().enumerate().for_each(|(at, id)| self.index(at, id));
        }
        removed
    }
}
