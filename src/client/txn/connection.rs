//! The connection to the transaction coordinator, whichever broker that is at present.

use super::coordinators::Charge;
use super::manager::Manager;
use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::broker::{BrokerEvent, BrokerHandle};
use crate::client::main_loop::Main;
use crate::client::part::Ctx;

/// As librdkafka calls it in log lines, errors and statistics.
const NAME: &str = "TxnCoordinator";

impl Manager {
    /// Makes the logical broker of a transactional client.
    pub(in crate::client) fn open(&mut self, ctx: &mut Ctx<'_>) {
        if ctx.client.transactions.is_some() {
            self.connection = Some(ctx.brokers.add_logical(NAME, ctx.now));
        }
    }

    /// The connection may be lost because another broker is the coordinator by now.
    pub(in crate::client) fn broker_event(
        &mut self,
        handle: &Arc<BrokerHandle>,
        event: &BrokerEvent,
        now: Time,
    ) {
        if handle.is_logical() && matches!(event, BrokerEvent::Down { planned: false, .. }) {
            self.lose_coordinator(now);
        }
    }
}

impl Main {
    /// The connection to the coordinator, while it is known who that is.
    pub(super) fn transaction_coordinator(&self) -> Option<Arc<BrokerHandle>> {
        let usable = |c: &&Arc<BrokerHandle>| c.is_started() && self.knows_coordinator();
        self.transactions.connection.as_ref().filter(usable).cloned()
    }

    /// A coordinator that is none of the cluster's brokers any more cannot be asked: another one has to be found.
    pub(super) fn forget_coordinator_that_left(&mut self, charge: &Charge, now: Time) {
        let Some(node) = self.lookup(charge).and_then(|l| l.node) else { return };
        if self.view.brokers.handle(node).is_none()
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
        self.view.brokers.start(node)
    }
}
