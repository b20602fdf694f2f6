//! Brokers that leave the cluster.
//!
//! A broker that the cluster does not name any more is let go as soon as it leads no partition. What it has
//! been asked is still answered. One that only a leader hint has named (KIP-951) stays while it leads. So a
//! client has the cluster's brokers, those that lead its partitions, and those that still owe an answer,
//! however often they are replaced.

use super::Brokers;
use super::known::KnownBroker;
use crate::broker::BOOTSTRAP;
use crate::net::Endpoint;
use crate::protocol::metadata::Broker;
use std::collections::HashSet;

impl Brokers {
    /// Takes note of the brokers that the cluster consists of. Returns the ids of those that lead partitions
    /// and are not named any more.
    pub(in crate::client) fn set_named(&mut self, named: &[Broker]) -> HashSet<i32> {
        let mut lost = HashSet::new();
        if named.is_empty() {
            // A broker that is just starting knows of none. That says nothing about the cluster.
            return lost;
        }
        let ids: HashSet<i32> = named.iter().map(|b| b.node_id).collect();
        for b in self.known.iter_mut() {
            let id = b.handle.node_id();
            let is_named = ids.contains(&id);
            if b.named && !is_named && b.leads() {
                lost.insert(id);
            }
            b.named = is_named;
        }
        lost
    }

    /// Whether the cluster's last word on its brokers names this one.
    pub(in crate::client) fn is_named(&self, id: i32) -> bool {
        self.known.by_id(id).is_some_and(|b| b.named)
    }

    /// Lets go of brokers that are not needed any more.
    pub(in crate::client) fn dismiss_departed(&mut self) {
        let departed = |b: &mut KnownBroker| b.handle.node_id() != BOOTSTRAP && !b.named && !b.leads();
        let gone = self.known.remove(departed);
        for b in &gone {
            if b.handle.is_started() {
                // The application's calls go on to reach it until it has ended: a purge is for what it has in
                // flight, too.
                b.handle.dismiss();
            } else {
                self.client.remove_broker_handle(&b.handle);
            }
        }
        if gone.is_empty() {
            return;
        }
        // The connection to a bootstrap address becomes that of the broker there. Without that broker the
        // address is needed again: the brokers that are left may all be out of reach one day.
        let has = |e: &Endpoint| self.known.iter().any(|b| b.endpoint == *e);
        let missing: Vec<Endpoint> = self.bootstrap.iter().filter(|e| !has(e)).cloned().collect();
        self.add_bootstrap(missing);
    }
}

#[cfg(test)]
mod tests;
