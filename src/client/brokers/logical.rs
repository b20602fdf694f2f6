//! Logical brokers: connections of their own to whichever broker has a certain task at present, such as
//! coordinating transactions. A Produce request that takes long then delays no transaction, and a
//! coordinator that falls silent delays no messages.

use super::known::LogicalBroker;
use super::{Brokers, machine_for};
use crate::base::clock::Time;
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, Op};
use crate::net::Endpoint;

impl Brokers {
    /// Makes a logical broker. It is not started yet.
    pub(in crate::client) fn add_logical(&mut self, name: &'static str, now: Time) -> Arc<BrokerHandle> {
        let handle = BrokerHandle::logical(name, self.client.settings());
        self.client.add_broker_handle(handle.clone());
        let machine = Some(machine_for(&self.client, &handle, Endpoint::new("", 0), now));
        self.logical.push(LogicalBroker { handle: handle.clone(), machine, stands_for: None });
        handle
    }

    /// Starts the logical brokers that have not been started, or could not be.
    pub(in crate::client) fn start_logical(&mut self, now: Time) {
        for broker in &mut self.logical {
            self.starter.start(&mut broker.machine, &self.client, now);
        }
    }

    /// Has a logical broker stand for the broker of this id at this address. A connection that is there
    /// already stays, unless it is silent.
    pub(in crate::client) fn follow(&mut self, handle: &Arc<BrokerHandle>, id: i32, endpoint: &Endpoint) {
        let Some(broker) = self.logical.iter_mut().find(|b| Arc::ptr_eq(&b.handle, handle)) else { return };
        if broker.stands_for.as_ref().is_some_and(|(i, e)| (*i, e) == (id, endpoint)) {
            if handle.is_silent() {
                handle.push(Op::Reconnect);
            }
            return;
        }
        let before = broker.address();
        broker.stands_for = Some((id, endpoint.clone()));
        self.client.logger().debug(debug::BROKER, "NODENAME", || {
            format!("{}: Broker nodename changed from \"{before}\" to \"{endpoint}\"", handle.name())
        });
        handle.follow(id, endpoint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::BOOTSTRAP;
    use crate::client::testing::{at, view_with};
    use crate::conf::Settings;

    #[test]
    fn metrics_have_each_id_once_whoever_stands_for_a_broker() {
        let view = &mut view_with(Settings::default());
        view.brokers.known.identify(0, 1, &Endpoint::new("b", 1));
        view.brokers.add(2, Endpoint::new("c", 2));
        let stand_in = view.brokers.add_logical("StandIn", at(0));
        view.brokers.follow(&stand_in, 2, &Endpoint::new("c", 2));
        let ids: Vec<_> = view.brokers.with_ids().map(|(_, id)| id).collect();
        assert_eq!(ids, [1, 2, BOOTSTRAP]);
    }
}
