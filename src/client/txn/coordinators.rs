//! Who coordinates the transactions, and the consumer group whose offsets are committed.

use super::error_actions::for_find_coordinator;
use super::failing;
use super::reply::TxnOp;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::Error;
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, Op};
use crate::client::coordinator::lookup::{CoordinatorKey, FoundCoordinator, Lookup, question};
use crate::client::ops::MainOp;
use crate::client::part::Ctx;
use crate::net::Endpoint;
use crate::producer::partition::transaction::CONCURRENT_PAUSE;
use crate::protocol::error_action::{ErrorAction, NextStep};

/// The logical broker's name, as librdkafka has it in log lines, errors and statistics.
const NAME: &str = "TxnCoordinator";

#[derive(Default)]
pub(super) struct Coordinators {
    transactions: Lookup,
    /// The logical broker that stands for the transaction coordinator.
    connection: Option<Arc<BrokerHandle>>,
    /// The group that was asked about last.
    group: Option<(String, Lookup)>,
}

impl Coordinators {
    /// Makes the logical broker of a transactional client.
    pub fn open(&mut self, ctx: &mut Ctx<'_>) {
        if ctx.client.transactions().is_some() {
            self.connection = Some(ctx.brokers.add_logical(NAME, ctx.now));
        }
    }

    /// Another broker may coordinate transactions by now.
    pub fn lose(&mut self, now: Time) {
        self.transactions.lose(now);
    }

    /// The connection to the transaction coordinator, while it is known which broker that is.
    pub fn connection(&self) -> Option<&Arc<BrokerHandle>> {
        self.connection.as_ref().filter(|c| c.is_started() && self.transactions.node().is_some())
    }

    /// Whom to ask about what a coordinator is in charge of: groups are looked after by brokers of the
    /// cluster.
    pub fn handle(&self, key: &CoordinatorKey, ctx: &mut Ctx<'_>) -> Option<Arc<BrokerHandle>> {
        match key {
            CoordinatorKey::Transactions => self.connection().cloned(),
            CoordinatorKey::Group(_) => ctx.brokers.start(self.lookup(key)?.node()?),
        }
    }

    fn lookup(&self, key: &CoordinatorKey) -> Option<&Lookup> {
        match key {
            CoordinatorKey::Transactions => Some(&self.transactions),
            CoordinatorKey::Group(name) => self.group.as_ref().filter(|g| g.0 == *name).map(|g| &g.1),
        }
    }

    fn lookup_mut(&mut self, key: &CoordinatorKey) -> Option<&mut Lookup> {
        match key {
            CoordinatorKey::Transactions => Some(&mut self.transactions),
            CoordinatorKey::Group(name) => self.group.as_mut().filter(|g| g.0 == *name).map(|g| &mut g.1),
        }
    }

    /// Looks for a group's coordinator: when it is wanted, as in librdkafka. It is remembered until another
    /// group's is wanted.
    pub fn want(&mut self, key: &CoordinatorKey, ctx: &mut Ctx<'_>) -> Deadline {
        let CoordinatorKey::Group(group) = key else { return Deadline::NEVER };
        if self.group.as_ref().is_none_or(|(name, _)| name != group) {
            self.group = Some((group.clone(), Lookup::default()));
        }
        // One that is none of the cluster's brokers any more cannot be asked: another one has to be found.
        if let Some(lookup) = self.lookup_mut(key)
            && lookup.node().is_some_and(|node| ctx.brokers.handle(node).is_none())
        {
            lookup.lose(ctx.now);
        }
        self.seek(key, ctx)
    }

    /// Asks a broker for a coordinator that is not known.
    pub fn seek(&mut self, key: &CoordinatorKey, ctx: &mut Ctx<'_>) -> Deadline {
        let Some(lookup) = self.lookup_mut(key) else { return Deadline::NEVER };
        let Some(at) = lookup.ask_at(ctx.now) else { return Deadline::NEVER };
        let handle = match ctx.brokers.broker_to_ask(at, ctx.now) {
            Ok(handle) => handle,
            Err(next) => return next,
        };
        lookup.asked();
        let client = Arc::downgrade(ctx.client);
        let id = ctx.client.settings().transactions.id.clone().unwrap_or_default();
        handle.push(Op::Request(question(key.clone(), &id, &handle, move |found| {
            if let Some(c) = client.upgrade() {
                c.post(MainOp::Transaction(TxnOp::CoordinatorFound(found)));
            }
        })));
        Deadline::NEVER
    }

    /// Takes a broker's answer.
    pub fn found(&mut self, found: FoundCoordinator, ctx: &mut Ctx<'_>) {
        let Some(lookup) = self.lookup_mut(&found.key) else { return };
        let again = ctx.now + ctx.client.settings().retry.backoff;
        match &found.result {
            // A broker whose address has changed would be looked for where another one is now.
            Ok((id, endpoint)) if ctx.brokers.is_at(*id, endpoint) => {
                lookup.answered(Ok(*id));
                if found.key == CoordinatorKey::Transactions {
                    self.follow(*id, endpoint, ctx);
                }
            }
            Ok(_) => {
                lookup.answered(Err(again));
                ctx.planner.suspect_brokers();
            }
            Err(_) => lookup.answered(Err(again)),
        }
        ctx.client.logger().debug(debug::EOS, "TXNCOORD", || match &found.result {
            Ok((id, _)) => format!("{}: {:?} coordinated by broker {id}", found.broker, found.key),
            Err(e) => format!("{}: no coordinator of {:?}: {}", found.broker, found.key, e.text),
        });
        if let Err(e) = &found.result {
            not_found(&found, e, ctx);
        }
    }

    fn follow(&self, id: i32, endpoint: &Endpoint, ctx: &mut Ctx<'_>) {
        if let Some(connection) = &self.connection {
            ctx.brokers.follow(connection, id, endpoint);
        }
    }

    /// When to try again after an error that calls for it; looks for the coordinator again if need be.
    pub fn retry_at(&mut self, action: ErrorAction, key: &CoordinatorKey, ctx: &Ctx<'_>) -> Time {
        let soon = action.next == NextStep::RetrySoon;
        let pause = if soon { CONCURRENT_PAUSE } else { ctx.client.settings().retry.backoff };
        if action.refresh
            && let Some(lookup) = self.lookup_mut(key)
        {
            lookup.lose(ctx.now);
        }
        ctx.now + pause
    }
}

fn not_found(found: &FoundCoordinator, e: &Error, ctx: &Ctx<'_>) {
    let fatal = for_find_coordinator(e.code).next == NextStep::Fatal;
    if fatal && found.key == CoordinatorKey::Transactions {
        let (code, text) = (e.code.describe(), &e.text);
        let what = format!("Failed to find transaction coordinator: {}: {code}: {text}", found.broker);
        failing::fail_for_good(ctx.client, e.code, &what);
    } else if let Some(t) = ctx.client.transactions() {
        t.with(ctx.client.logger(), |core| core.set_init_error(e.code));
    }
}
