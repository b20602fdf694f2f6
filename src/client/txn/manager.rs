//! The main thread's part of transactions: it finds coordinators, adds partitions and offsets, and ends
//! transactions.

use super::coordinators::Coordinators;
use super::ending::Ending;
use super::identity::Identity;
use super::joining::Joining;
use super::offsets::TxnOffsets;
use super::reply::TxnOp;
use super::state::TxnState;
use super::step::{Registration, TxnStep};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::broker::{BrokerEvent, BrokerHandle};
use crate::client::coordinator::lookup::CoordinatorKey;
use crate::client::part::{Ctx, Part};

/// From this level of `transaction.version` on brokers add partitions, and each transaction has an epoch of
/// its own (KIP-890).
const IMPLICIT: i16 = 2;

#[derive(Default)]
pub(in crate::client) struct TxnManager {
    coordinators: Coordinators,
    registration: Registration,
    identity: Identity,
    joining: Joining,
    offsets: TxnOffsets,
    ending: Ending,
}

impl TxnManager {
    /// Prepares a transactional client.
    pub fn open(&mut self, ctx: &mut Ctx<'_>) {
        self.coordinators.open(ctx);
    }

    /// The client has started over from the bootstrap servers: another broker may coordinate transactions by
    /// now.
    pub fn follow_rebootstrap(&mut self, now: Time) {
        self.coordinators.lose(now);
    }

    /// Another broker may coordinate transactions if the connection to the coordinator was lost.
    pub fn follow_broker(&mut self, handle: &BrokerHandle, event: &BrokerEvent, now: Time) {
        if handle.is_logical() && matches!(event, BrokerEvent::Down { planned: false, .. }) {
            self.coordinators.lose(now);
        }
    }

    /// Takes the next steps of the transaction under way.
    fn advance(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let Some(t) = ctx.client.transactions().cloned() else { return Deadline::NEVER };
        let state = t.state();
        t.set_seen(state, ctx.now);
        if matches!(state, TxnState::Init | TxnState::FatalError) {
            return Deadline::NEVER;
        }
        let next = self.coordinators.seek(&CoordinatorKey::Transactions, ctx);
        if let Some(coordinator) = self.coordinators.connection().filter(|c| c.is_up()) {
            t.gate().offer(coordinator.transaction_version() >= IMPLICIT);
        }
        let Self { coordinators, registration, identity, joining, offsets, ending } = self;
        let step = &mut TxnStep { t: &t, coordinators, registration, ctx };
        identity.start(step);
        if state == TxnState::WaitPid {
            return next;
        }
        Identity::check_sequences(step);
        let state = t.state();
        let next = next.min(joining.serve(state, step)).min(offsets.serve(state, step));
        let busy = joining.is_busy() || offsets.is_busy();
        next.min(ending.serve(state, busy, identity, step))
    }
}

impl Part for TxnManager {
    type Op = TxnOp;

    fn handle(&mut self, op: TxnOp, ctx: &mut Ctx<'_>) {
        let Some(t) = ctx.client.transactions().cloned() else { return };
        let Self { coordinators, registration, identity, joining, offsets, ending } = self;
        let step = &mut TxnStep { t: &t, coordinators, registration, ctx };
        match op {
            // Looked at in every round.
            TxnOp::Changed => {}
            TxnOp::CoordinatorFound(found) => step.coordinators.found(found, step.ctx),
            TxnOp::ProducerId(reply) => identity.answered(reply, step),
            TxnOp::PartitionsAdded(answer) => joining.answered(&answer, step),
            TxnOp::OffsetsAdded(answer) => offsets.added(&answer, step),
            TxnOp::OffsetsCommitted(answer) => offsets.committed(&answer, step),
            TxnOp::Ended(answer) => ending.answered(&answer, identity, step),
        }
    }

    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let Some(t) = ctx.client.transactions().cloned() else { return Deadline::NEVER };
        ctx.brokers.start_logical(ctx.now);
        let next = self.advance(ctx);
        let Self { coordinators, registration, .. } = self;
        next.min(Identity::serve(&mut TxnStep { t: &t, coordinators, registration, ctx }))
    }
}
