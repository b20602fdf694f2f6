//! The producer id of a transactional producer: its coordinator gives it, and raises its epoch after a
//! transaction that left sequence numbers in doubt.

use super::core::Core;
use super::error::visible;
use super::error_actions::for_init_producer_id;
use super::failing;
use super::reply::TxnOp;
use super::state::TxnState;
use super::step::TxnStep;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::log::debug;
use crate::client::ops::MainOp;
use crate::client::producer_id::acquire::{self, Acquired};
use crate::client::producer_id::reply::ProducerIdReply;
use crate::producer::idempotence::producer_id::{ProducerId, ProducerIds};
use crate::producer::partition::transaction::CONCURRENT_PAUSE;
use crate::protocol::error_action::NextStep;
use crate::protocol::init_producer_id::Request;

#[derive(Default)]
pub(super) struct Identity {
    /// A producer id has been asked for.
    started: bool,
    /// A higher epoch has been asked for, as the end of the transaction.
    renewing: bool,
}

impl Identity {
    pub fn is_renewing(&self) -> bool {
        self.renewing
    }

    /// Begins to ask for a producer id: the application wants to have transactions.
    pub fn start(&mut self, step: &TxnStep<'_, '_>) {
        let Some(ids) = step.ctx.client.producer_ids() else { return };
        if !self.started {
            self.started = true;
            ids.start(step.ctx.now);
            // The gate of the transaction decides what may be sent.
            ids.allow(true);
        }
    }

    /// Asks the coordinator, if it is time and the coordinator is known.
    pub fn serve(step: &mut TxnStep<'_, '_>) -> Deadline {
        let Some(ids) = step.ctx.client.producer_ids() else { return Deadline::NEVER };
        let Some(not_before) = ids.wanted().time() else { return Deadline::NEVER };
        if step.ctx.now < not_before {
            return Deadline::at(not_before);
        }
        let Some(coordinator) = step.coordinators.connection() else { return Deadline::NEVER };
        let settings = step.ctx.client.settings();
        let timeout = settings.transactions.timeout.as_millis();
        // A producer id that is known is to get a higher epoch (KIP-360).
        let known = ids.current().unwrap_or(ProducerId { id: -1, epoch: -1 });
        let request = Request {
            transactional_id: settings.transactions.id.clone(),
            transaction_timeout_ms: i32::try_from(timeout).unwrap_or(i32::MAX),
            producer_id: known.id,
            producer_epoch: known.epoch,
        };
        ids.asked(step.ctx.now);
        let op = |reply| MainOp::Transaction(TxnOp::ProducerId(reply));
        acquire::request(step.ctx.client, coordinator, request, op);
        Deadline::NEVER
    }

    pub fn answered(&mut self, reply: ProducerIdReply, step: &mut TxnStep<'_, '_>) {
        let Some(ids) = step.ctx.client.producer_ids() else { return };
        match acquire::take(ids, reply, step.ctx) {
            Acquired::Assigned => {
                self.renewing = false;
                step.change(Core::identity_assigned);
            }
            Acquired::Failed(code) => not_acquired(ids, code, step),
            Acquired::Fatal(error) => failing::fail_for_good(step.ctx.client, error.code, &error.text),
            Acquired::Nothing => {}
        }
    }

    /// A partition cannot go on with the present epoch: the transaction has to be aborted, and the epoch
    /// raised with it.
    pub fn check_sequences(step: &TxnStep<'_, '_>) {
        let wanted = step.ctx.client.producer_ids().is_some_and(ProducerIds::take_bump_request);
        if wanted && matches!(step.t.state(), TxnState::InTransaction | TxnState::BeginCommit) {
            failing::abandon(
                step.ctx.client,
                ErrorCode::_INCONSISTENT,
                "Messages of the transaction may be missing in a partition: the producer's epoch has to be raised",
                true,
            );
        } else if wanted {
            step.change(Core::ask_for_bump);
        }
    }

    /// Has the coordinator raise the epoch. The call that waits for it is answered when it has.
    pub fn renew(&mut self, code: ErrorCode, why: &str, step: &TxnStep<'_, '_>) {
        step.ctx.client.logger().debug(debug::EOS, "EPOCHBUMP", || {
            format!("Raising the epoch: {why} ({})", visible(code).label())
        });
        self.renewing = true;
        if let Some(ids) = step.ctx.client.producer_ids() {
            ids.start(step.ctx.now);
        }
    }

    /// The end of a transaction has brought another epoch (KIP-890).
    pub fn replace(id: ProducerId, step: &TxnStep<'_, '_>) {
        if let Some(ids) = step.ctx.client.producer_ids() {
            ids.replace(id, step.ctx.now);
        }
    }
}

/// The coordinator did not give a producer id: it may be another broker by now, and after an error that
/// passes it may be asked again sooner than just any broker.
fn not_acquired(ids: &ProducerIds, code: ErrorCode, step: &mut TxnStep<'_, '_>) {
    if let Some(action) = for_init_producer_id(code).filter(|a| a.retries()) {
        if action.refresh {
            step.coordinators.lose(step.ctx.now);
        }
        let soon = action.next == NextStep::RetrySoon;
        let pause = if soon { CONCURRENT_PAUSE } else { step.ctx.client.settings().retry.backoff };
        ids.make_due_by(step.ctx.now + pause);
    }
    step.change(|core| core.set_init_error(code));
}
