//! The main thread's part of transactions: it finds coordinators, adds partitions and offsets, and ends transactions.

use super::coordinators::{Charge, Found, Lookup, question};
use super::error_actions::for_find_coordinator;
use super::failure::Failure;
use super::offsets::Offsets;
use super::requests::Speaker;
use super::{CONCURRENT_PAUSE, Core, State, Transactions};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, Op};
use crate::client::main_loop::{Main, MainOp};
use crate::net::Endpoint;
use crate::producer::partition::Partition;
use crate::protocol::error_action::{ErrorAction, NextStep};
use crate::protocol::{add_offsets_to_txn, add_partitions_to_txn, end_txn, txn_offset_commit};

/// From this level of `transaction.version` on brokers add partitions, and each transaction has an epoch of its own (KIP-890).
const IMPLICIT: i16 = 2;

/// What a broker said.
pub enum Reply {
    Found(Found),
    PartitionsAdded(Answered<add_partitions_to_txn::Response>),
    OffsetsAdded(Answered<add_offsets_to_txn::Response>),
    OffsetsCommitted(Answered<txn_offset_commit::Response>),
    Ended(Answered<end_txn::Response>),
}

/// The answer to a request that was sent at a time.
pub struct Answered<T> {
    pub(super) broker: Arc<str>,
    pub(super) sent: Time,
    pub(super) result: Result<T, Error>,
}

impl<T> Answered<T> {
    /// The code of a request that failed as a whole.
    pub(super) fn failure(&self) -> ErrorCode {
        self.result.as_ref().err().map_or(ErrorCode::NO_ERROR, |e| e.code)
    }
}

/// A request that is made until it gets an answer that counts.
#[derive(Default)]
pub(super) struct Exchange {
    pub in_flight: bool,
    pub again: Option<Time>,
}

impl Exchange {
    pub fn may_send(&self, now: Time) -> bool {
        !self.in_flight && self.again.is_none_or(|t| t <= now)
    }
}

/// What the main thread keeps about transactions.
#[derive(Default)]
pub(in crate::client) struct Manager {
    coordinator: Lookup,
    /// The connection to it.
    pub(super) connection: Option<Arc<BrokerHandle>>,
    /// The state last seen, and since when: statistics show it.
    pub(in crate::client) seen: Option<(State, Time)>,
    /// A producer id has been asked for.
    pub(super) started: bool,
    /// A higher epoch has been asked for, as the end of the transaction.
    pub(super) renewing: bool,
    pub(super) group: Option<(String, Lookup)>,
    /// Partitions that the coordinator is to be told of.
    pub(super) pending: Vec<Arc<Partition>>,
    /// Those that it is being told of.
    pub(super) adding: Vec<Arc<Partition>>,
    pub(super) add: Exchange,
    pub(super) offsets: Option<Offsets>,
    pub(super) end: Exchange,
    /// The coordinator knows of this transaction, so it has to be ended there.
    pub(super) known: bool,
    /// It may know of it: an answer was lost.
    pub(super) perhaps_known: bool,
}

impl Manager {
    /// Another broker may coordinate transactions by now.
    pub(in crate::client) fn lose_coordinator(&mut self, now: Time) {
        self.coordinator.lose(now);
    }

    /// Something is with a coordinator whose answer tells whether the transaction is known there.
    pub(super) fn is_busy(&self) -> bool {
        self.add.in_flight || self.offsets.as_ref().is_some_and(|o| o.exchange.in_flight)
    }
}

impl Main {
    /// Takes the next steps of the transaction under way.
    pub(in crate::client) fn serve_transactions(&mut self, now: Time) -> Deadline {
        let Some(t) = self.view.client.transactions.clone() else { return Deadline::NEVER };
        self.view.brokers.start_logical(now);
        let state = t.state();
        if self.transactions.seen.is_none_or(|(seen, _)| seen != state) {
            self.transactions.seen = Some((state, now));
        }
        if matches!(state, State::Init | State::FatalError) {
            return Deadline::NEVER;
        }
        let mut next = self.seek_coordinator(Charge::Transactions, now);
        if let Some(coordinator) = self.transaction_coordinator().filter(|c| c.is_up()) {
            t.gate.offer(coordinator.transaction_version() >= IMPLICIT);
        }
        self.want_producer_identity(now);
        if state == State::WaitPid {
            return next;
        }
        self.mind_sequences(&t);
        let state = t.state();
        next = next.min(self.add_partitions(&t, state, now));
        next = next.min(self.serve_transaction_offsets(&t, state, now));
        next.min(self.end_transaction(&t, state, now))
    }

    pub(in crate::client) fn transaction_reply(&mut self, reply: Reply, now: Time) {
        let Some(t) = self.view.client.transactions.clone() else { return };
        match reply {
            Reply::Found(found) => self.coordinator_found(found, now),
            Reply::PartitionsAdded(answer) => self.partitions_added(&t, answer, now),
            Reply::OffsetsAdded(answer) => self.offsets_added(&t, &answer, now),
            Reply::OffsetsCommitted(answer) => self.offsets_committed(&t, &answer, now),
            Reply::Ended(answer) => self.ended(&t, answer, now),
        }
    }

    /// Whether it is known who coordinates transactions.
    pub(super) fn knows_coordinator(&self) -> bool {
        self.transactions.coordinator.node.is_some()
    }

    pub(super) fn lookup(&mut self, charge: &Charge) -> Option<&mut Lookup> {
        match charge {
            Charge::Transactions => Some(&mut self.transactions.coordinator),
            Charge::Group(name) => {
                self.transactions.group.as_mut().filter(|(group, _)| group == name).map(|(_, l)| l)
            }
        }
    }

    /// Asks a broker for a coordinator that is not known.
    pub(super) fn seek_coordinator(&mut self, charge: Charge, now: Time) -> Deadline {
        let Some(at) = self.lookup(&charge).and_then(|l| l.ask_at(now)) else { return Deadline::NEVER };
        let handle = match self.view.brokers.broker_to_ask(at, now) {
            Ok(handle) => handle,
            Err(next) => return next,
        };
        if let Some(lookup) = self.lookup(&charge) {
            lookup.asking = true;
        }
        let upward = Arc::downgrade(&self.view.client);
        let id = self.view.client.settings().transactions.id.clone().unwrap_or_default();
        handle.push(Op::Request(question(charge, &id, &handle, move |reply| {
            if let Some(c) = upward.upgrade() {
                c.main.push(MainOp::TransactionReply(reply));
            }
        })));
        Deadline::NEVER
    }

    fn coordinator_found(&mut self, found: Found, now: Time) {
        let again = now + self.view.client.settings().retry.backoff;
        // A broker whose address has changed would be looked for where another one is now.
        let known = |(id, endpoint): &(i32, Endpoint)| self.view.brokers.is_at(*id, endpoint);
        let unknown = found.result.as_ref().is_ok_and(|place| !known(place));
        let Some(lookup) = self.lookup(&found.charge) else { return };
        lookup.asking = false;
        match &found.result {
            Ok((id, endpoint)) if !unknown => {
                lookup.node = Some(*id);
                if found.charge == Charge::Transactions
                    && let Some(connection) = &self.transactions.connection
                {
                    self.view.brokers.follow(connection, *id, endpoint);
                }
            }
            Ok(_) => {
                lookup.again = Some(again);
                self.view.planner.suspect_brokers();
            }
            Err(_) => lookup.again = Some(again),
        }
        self.view.client.logger().debug(debug::EOS, "TXNCOORD", || match &found.result {
            Ok((id, _)) => format!("{}: {:?} coordinated by broker {id}", found.broker, found.charge),
            Err(e) => format!("{}: no coordinator of {:?}: {}", found.broker, found.charge, e.text),
        });
        if let Err(e) = found.result {
            let fatal = for_find_coordinator(e.code).next == NextStep::Fatal;
            if fatal && found.charge == Charge::Transactions {
                let what = format!(
                    "Failed to find transaction coordinator: {}: {}: {}",
                    found.broker,
                    e.code.describe(),
                    e.text
                );
                self.view.client.fail_transactions_for_good(e.code, &what);
            } else if let Some(t) = &self.view.client.transactions {
                t.with(self.view.client.logger(), |core| core.note_init_error(e.code));
            }
        }
    }

    /// Who speaks to coordinators, once there is a producer id.
    pub(super) fn speaker(&self) -> Option<Speaker> {
        let identity = self.producer_identity()?;
        let transactional_id = self.view.client.settings().transactions.id.clone()?;
        Some(Speaker { transactional_id, producer_id: identity.id, producer_epoch: identity.epoch })
    }

    /// The answer's way back to the main thread.
    pub(super) fn then<T: 'static>(
        &self,
        handle: &Arc<BrokerHandle>,
        sent: Time,
        wrap: fn(Answered<T>) -> Reply,
    ) -> Box<dyn FnOnce(Result<T, Error>) + Send> {
        let upward = Arc::downgrade(&self.view.client);
        let broker = handle.name();
        Box::new(move |result| {
            if let Some(c) = upward.upgrade() {
                c.main.push(MainOp::TransactionReply(wrap(Answered { broker, sent, result })));
            }
        })
    }

    /// When to try again after a retriable error; notes a coordinator that may have been lost.
    pub(super) fn retry_at(&mut self, action: ErrorAction, charge: &Charge, now: Time) -> Time {
        let soon = action.next == NextStep::RetrySoon;
        let pause = if soon { CONCURRENT_PAUSE } else { self.view.client.settings().retry.backoff };
        let again = now + pause;
        if action.refresh
            && let Some(lookup) = self.lookup(charge)
        {
            lookup.lose(now);
        }
        again
    }

    pub(super) fn resolve(&self, t: &Transactions, result: Result<(), Failure>) {
        t.with(self.view.client.logger(), |core: &mut Core| core.set_result(result));
    }
}
