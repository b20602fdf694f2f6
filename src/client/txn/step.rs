//! What the steps of a transaction work with.

use super::coordinators::Coordinators;
use super::core::Core;
use super::error::TxnError;
use super::reply::{Answered, TxnOp};
use super::requests::{Then, TxnIdentity};
use super::shared::Transactions;
use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::broker::BrokerHandle;
use crate::client::ops::MainOp;
use crate::client::part::Ctx;
use crate::producer::idempotence::producer_id::ProducerIds;

/// Whether the coordinator knows of the transaction, so that it has to be ended there.
#[derive(Default)]
pub(super) struct Registration {
    known: bool,
    /// It may know of it: an answer was lost.
    perhaps: bool,
}

impl Registration {
    pub fn set_known(&mut self) {
        self.known = true;
    }

    pub fn set_perhaps(&mut self) {
        self.perhaps = true;
    }

    /// The coordinator has forgotten the producer and its transaction (KIP-360).
    pub fn forget(&mut self) {
        self.known = false;
    }

    /// The transaction has ended.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn is_known(&self) -> bool {
        self.known
    }

    pub fn may_be_known(&self) -> bool {
        self.known || self.perhaps
    }
}

/// A request that is made until it gets an answer that counts.
#[derive(Default)]
pub(super) struct RequestState {
    in_flight: bool,
    again: Option<Time>,
}

impl RequestState {
    pub fn is_in_flight(&self) -> bool {
        self.in_flight
    }

    /// When it may be sent again, if that is not yet.
    pub fn wait(&self, now: Time) -> Option<Time> {
        self.again.filter(|at| *at > now)
    }

    pub fn set_sent(&mut self) {
        *self = Self { in_flight: true, again: None };
    }

    pub fn set_answered(&mut self) {
        self.in_flight = false;
    }

    pub fn send_again_at(&mut self, time: Time) {
        self.again = Some(time);
    }
}

/// What a step of a transaction is lent.
pub(super) struct TxnStep<'a, 'c> {
    pub t: &'a Transactions,
    pub coordinators: &'a mut Coordinators,
    pub registration: &'a mut Registration,
    pub ctx: &'a mut Ctx<'c>,
}

impl TxnStep<'_, '_> {
    /// The producer, once there is a producer id.
    pub fn identity(&self) -> Option<TxnIdentity> {
        let identity = self.ctx.client.producer_ids().and_then(ProducerIds::current)?;
        let transactional_id = self.ctx.client.settings().transactions.id.clone()?;
        Some(TxnIdentity { transactional_id, producer_id: identity.id, producer_epoch: identity.epoch })
    }

    /// The way of a broker's answer to the main thread.
    pub fn then<T: 'static>(&self, handle: &BrokerHandle, op: fn(Answered<T>) -> TxnOp) -> Then<T> {
        let client = Arc::downgrade(self.ctx.client);
        let (broker, sent) = (handle.name(), self.ctx.now);
        Box::new(move |result| {
            if let Some(c) = client.upgrade() {
                c.post(MainOp::Transaction(op(Answered { broker, sent, result })));
            }
        })
    }

    /// Changes the shared state.
    pub fn change<R>(&self, work: impl FnOnce(&mut Core) -> R) -> R {
        self.t.with(self.ctx.client.logger(), work)
    }

    /// Tells the call that waits what it came to.
    pub fn resolve(&self, result: Result<(), TxnError>) {
        self.change(|core| core.set_result(result));
    }
}
