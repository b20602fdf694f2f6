//! The connection to the transaction coordinator: one of its own, whichever broker coordinates at present, so that a Produce
//! request that takes long delays no transaction, and a coordinator that falls silent no messages.

use super::coordinators::Charge;
use crate::base::clock::Time;
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::machine::Broker;
use crate::broker::{BrokerHandle, Op};
use crate::client::main_loop::{Main, machine_for};
use crate::net::Endpoint;

/// As librdkafka calls it in log lines, errors and statistics.
const NAME: &str = "TxnCoordinator";

/// The logical broker.
pub(in crate::client) struct Connection {
    pub handle: Arc<BrokerHandle>,
    /// Until the broker is started.
    machine: Option<Box<Broker>>,
    /// Which broker it was when it was found last, and where.
    pub broker: Option<(i32, Endpoint)>,
}

impl Main {
    /// Makes the logical broker of a transactional client.
    pub(in crate::client) fn open_transaction_coordinator(&mut self, now: Time) {
        if self.client.transactions.is_none() {
            return;
        }
        let statistics = self.client.settings().statistics_interval.is_some();
        let handle = BrokerHandle::logical(NAME, statistics);
        self.client.brokers.write().push(handle.clone());
        let machine = Some(machine_for(&self.client, &handle, Endpoint::new("", 0), now));
        self.transactions.connection = Some(Connection { handle, machine, broker: None });
    }

    /// Starts the logical broker, if that has not been done or could not be done before.
    pub(super) fn start_transaction_coordinator(&mut self, now: Time) {
        if let Some(c) = &mut self.transactions.connection {
            self.starter.start(&mut c.machine, &self.client, now);
        }
    }

    /// The connection to the coordinator, while it is known who that is.
    pub(super) fn transaction_coordinator(&self) -> Option<Arc<BrokerHandle>> {
        let usable = |c: &&Connection| c.machine.is_none() && self.knows_coordinator();
        self.transactions.connection.as_ref().filter(usable).map(|c| c.handle.clone())
    }

    /// The coordinator is the broker of this id at this address. A connection that is there already stays.
    pub(super) fn follow_transaction_coordinator(&mut self, id: i32, endpoint: &Endpoint) {
        let Some(c) = &mut self.transactions.connection else { return };
        if c.broker.as_ref().is_some_and(|(i, e)| (*i, e) == (id, endpoint)) {
            if c.handle.is_silent() {
                c.handle.push(Op::Reconnect);
            }
            return;
        }
        let before = c.broker.replace((id, endpoint.clone())).map(|(_, e)| e.to_string()).unwrap_or_default();
        self.client.logger().debug(debug::BROKER, "NODENAME", || {
            format!("{}: Broker nodename changed from \"{before}\" to \"{endpoint}\"", c.handle.name())
        });
        c.handle.follow(id, endpoint);
    }

    /// A coordinator that is none of the cluster's brokers any more cannot be asked: another one has to be found.
    pub(super) fn forget_coordinator_that_left(&mut self, charge: &Charge, now: Time) {
        let Some(node) = self.lookup(charge).and_then(|l| l.node) else { return };
        if self.brokers.find(node).is_none()
            && let Some(lookup) = self.lookup(charge)
        {
            lookup.lose(now);
        }
    }

    /// Whom to ask about what a coordinator is in charge of: groups are looked after by brokers of the cluster.
    pub(super) fn coordinator(&mut self, charge: &Charge) -> Option<Arc<BrokerHandle>> {
        if *charge == Charge::Transactions {
            return self.transaction_coordinator();
        }
        let node = self.lookup(charge)?.node?;
        let at = self.brokers.find(node)?;
        self.started_handle(at)
    }
}
