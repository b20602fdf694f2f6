//! The brokers that the main thread knows, each found by its id at once: a cluster may have thousands.

use crate::base::sync::Arc;
use crate::broker::{BOOTSTRAP, BrokerHandle};
use crate::client::main_loop::KnownBroker;
use crate::net::Endpoint;
use std::collections::HashMap;

/// Brokers in the order in which they became known. A place (an index) is valid until one is removed.
#[derive(Default)]
pub(in crate::client) struct KnownBrokers {
    all: Vec<KnownBroker>,
    /// Places of the brokers that the cluster has named.
    by_id: HashMap<i32, usize>,
    /// Places of those that are known from the configuration only.
    bootstrap: Vec<usize>,
}

impl KnownBrokers {
    pub(in crate::client) fn len(&self) -> usize {
        self.all.len()
    }

    pub(in crate::client) fn iter(&self) -> std::slice::Iter<'_, KnownBroker> {
        self.all.iter()
    }

    pub(in crate::client) fn iter_mut(&mut self) -> std::slice::IterMut<'_, KnownBroker> {
        self.all.iter_mut()
    }

    pub(in crate::client) fn get(&self, at: usize) -> Option<&KnownBroker> {
        self.all.get(at)
    }

    pub(in crate::client) fn get_mut(&mut self, at: usize) -> Option<&mut KnownBroker> {
        self.all.get_mut(at)
    }

    /// The place of a broker that the cluster has named.
    pub(in crate::client) fn find(&self, id: i32) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(in crate::client) fn find_handle(&self, handle: &Arc<BrokerHandle>) -> Option<usize> {
        let is_it = |at: &usize| self.all.get(*at).is_some_and(|b| Arc::ptr_eq(&b.handle, handle));
        self.find(handle.node_id()).filter(is_it).or_else(|| self.bootstrap.iter().copied().find(is_it))
    }

    pub(in crate::client) fn by_handle(&self, handle: &Arc<BrokerHandle>) -> Option<&KnownBroker> {
        self.all.get(self.find_handle(handle)?)
    }

    pub(in crate::client) fn by_handle_mut(
        &mut self,
        handle: &Arc<BrokerHandle>,
    ) -> Option<&mut KnownBroker> {
        let at = self.find_handle(handle)?;
        self.all.get_mut(at)
    }

    /// The places of brokers at this address that the cluster has not named.
    pub(in crate::client) fn bootstrap_at(&self, endpoint: &Endpoint) -> impl Iterator<Item = usize> {
        let is_there = |at: &usize| self.all.get(*at).is_some_and(|b| b.endpoint == *endpoint);
        self.bootstrap.iter().copied().filter(is_there)
    }

    pub(in crate::client) fn has_named(&self) -> bool {
        !self.by_id.is_empty()
    }

    pub(in crate::client) fn push(&mut self, broker: KnownBroker) {
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
    pub(in crate::client) fn identify(&mut self, at: usize, id: i32, endpoint: &Endpoint) {
        let Some(broker) = self.all.get_mut(at) else { return };
        broker.endpoint = endpoint.clone();
        broker.handle.identify(id, endpoint);
        self.bootstrap.retain(|b| *b != at);
        self.index(at, id);
    }

    /// Removes the brokers that `leaves` chooses, and returns them.
    pub(in crate::client) fn remove(
        &mut self,
        leaves: impl FnMut(&mut KnownBroker) -> bool,
    ) -> Vec<KnownBroker> {
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
