//! The connection to the group's coordinator: a logical broker of its own, so that commits do not wait behind
//! a Fetch request.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, Op};
use crate::client::coordinator::lookup::{CoordinatorKey, FoundCoordinator, Lookup, question};
use crate::client::group::op::GroupOp;
use crate::client::ops::MainOp;
use crate::client::part::Ctx;

/// The logical broker's name, as librdkafka has it in log lines, errors and statistics.
const NAME: &str = "GroupCoordinator";

#[derive(Default)]
pub(super) struct GroupCoordinator {
    lookup: Lookup,
    connection: Option<Arc<BrokerHandle>>,
}

impl GroupCoordinator {
    /// Makes the logical broker.
    pub fn open(&mut self, ctx: &mut Ctx<'_>) {
        self.connection = Some(ctx.brokers.add_logical(NAME, ctx.now));
    }

    /// Another broker may be the coordinator by now.
    pub fn lose(&mut self, again: Time) {
        self.lookup.lose(again);
    }

    /// The connection, while it is known who the coordinator is.
    pub fn connection(&self) -> Option<&Arc<BrokerHandle>> {
        self.connection.as_ref().filter(|c| c.is_started() && self.lookup.node().is_some())
    }

    /// Looks for the coordinator if it is not known.
    pub fn seek(&mut self, group: &str, ctx: &mut Ctx<'_>) -> Deadline {
        ctx.brokers.start_logical(ctx.now);
        let Some(at) = self.lookup.ask_at(ctx.now) else { return Deadline::NEVER };
        let handle = match ctx.brokers.broker_to_ask(at, ctx.now) {
            Ok(handle) => handle,
            Err(next) => return next,
        };
        self.lookup.asked();
        let client = Arc::downgrade(ctx.client);
        let key = CoordinatorKey::Group(group.to_owned());
        handle.push(Op::Request(question(key, "", &handle, move |found| {
            if let Some(c) = client.upgrade() {
                c.post(MainOp::Group(GroupOp::CoordinatorFound(found)));
            }
        })));
        Deadline::NEVER
    }

    /// Takes a broker's answer.
    pub fn found(&mut self, found: &FoundCoordinator, ctx: &mut Ctx<'_>) {
        let again = ctx.now + ctx.client.settings().retry.backoff;
        match &found.result {
            // A broker whose address has changed would be looked for where another one is now.
            Ok((id, endpoint)) if ctx.brokers.is_at(*id, endpoint) => {
                self.lookup.answered(Ok(*id));
                if let Some(connection) = &self.connection {
                    ctx.brokers.follow(connection, *id, endpoint);
                }
            }
            Ok(_) => {
                self.lookup.answered(Err(again));
                ctx.planner.suspect_brokers();
            }
            Err(_) => self.lookup.answered(Err(again)),
        }
        ctx.client.logger().debug(debug::CGRP, "CGRPCOORD", || match &found.result {
            Ok((id, _)) => format!("{}: {:?} coordinated by broker {id}", found.broker, found.key),
            Err(e) => format!("{}: no coordinator of {:?}: {}", found.broker, found.key, e.text),
        });
    }
}
