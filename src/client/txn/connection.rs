//! The connection to the transaction coordinator: one of its own, whichever broker coordinates at present, so that a Produce
//! request that takes long delays no transaction, and a coordinator that falls silent no messages.

use super::coordinators::Charge;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, Op};
use crate::client::main_loop::Main;
use crate::net::Endpoint;

/// As librdkafka calls it in log lines, errors and statistics.
const NAME: &str = "TxnCoordinator";

/// The logical broker.
pub(in crate::client) struct Connection {
    pub handle: Arc<BrokerHandle>,
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
        match BrokerHandle::logical(NAME, statistics) {
            Ok(handle) => {
                self.start_logical(&handle, now);
                self.transactions.connection = Some(Connection { handle, broker: None });
            }
            Err(e) => {
                let text = format!("Unable to add broker {NAME}: {e}");
                self.client.logger().log(Level::Crit, "BROKER", format_args!("{text}"));
                self.client.set_fatal(Error::new(ErrorCode::_CRIT_SYS_RESOURCE, text));
            }
        }
    }

    /// The connection to the coordinator, while it is known who that is.
    pub(super) fn transaction_coordinator(&self) -> Option<Arc<BrokerHandle>> {
        self.transactions.connection.as_ref().filter(|_| self.knows_coordinator()).map(|c| c.handle.clone())
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
