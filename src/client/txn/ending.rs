//! The end of a transaction at its coordinator.

use super::core::Core;
use super::error::{ErrorClass, TxnError, visible};
use super::error_actions::for_end;
use super::failing;
use super::identity::Identity;
use super::reply::{Answered, TxnOp};
use super::requests;
use super::state::TxnState;
use super::step::{RequestState, TxnStep};
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::broker::Op;
use crate::client::coordinator::lookup::CoordinatorKey;
use crate::producer::idempotence::producer_id::ProducerId;
use crate::protocol::end_txn::Response;
use crate::protocol::error_action::NextStep;

#[derive(Default)]
pub(super) struct Ending {
    exchange: RequestState,
}

impl Ending {
    /// Has the coordinator end the transaction, once nothing of it is `busy` any more.
    pub fn serve(
        &mut self,
        state: TxnState,
        busy: bool,
        identity: &mut Identity,
        step: &mut TxnStep<'_, '_>,
    ) -> Deadline {
        let ends = matches!(state, TxnState::Committing | TxnState::Aborting);
        if !ends || busy || self.exchange.is_in_flight() || identity.is_renewing() {
            return Deadline::NEVER;
        }
        if let Some(again) = self.exchange.wait(step.ctx.now) {
            return Deadline::at(again);
        }
        let commit = state == TxnState::Committing;
        let gate = step.t.gate();
        if !(step.registration.may_be_known() || gate.is_used()) {
            finish(commit, identity, step);
            return Deadline::NEVER;
        }
        let (Some(producer), Some(handle)) = (step.identity(), step.coordinators.connection()) else {
            return Deadline::NEVER;
        };
        self.exchange.set_sent();
        let then = step.then(handle, TxnOp::Ended);
        handle.push(Op::Request(requests::end(&producer, commit, gate.is_implicit(), then)));
        Deadline::NEVER
    }

    pub fn answered(
        &mut self,
        answer: &Answered<Response>,
        identity: &mut Identity,
        step: &mut TxnStep<'_, '_>,
    ) {
        self.exchange.set_answered();
        let commit = match step.t.state() {
            TxnState::Committing => true,
            TxnState::Aborting => false,
            // A fatal error came in between.
            _ => return,
        };
        let code = answer.code(|r| r.error_code);
        // Whether the coordinator knew of it was in doubt; without a partition in it there is nothing to be
        // lost.
        let known = step.registration.is_known() || (commit && step.t.gate().is_used());
        if !known && code == ErrorCode::INVALID_TXN_STATE {
            return finish(commit, identity, step);
        }
        let action = for_end(code);
        match action.next {
            NextStep::Done => {
                take_new_epoch(answer, step);
                finish(commit, identity, step);
            }
            NextStep::Retry | NextStep::RetrySoon | NextStep::RetryForAWhile => {
                let again = step.coordinators.retry_at(action, &CoordinatorKey::Transactions, step.ctx);
                self.exchange.send_again_at(again);
            }
            NextStep::Fatal => {
                let code = visible(code);
                let what = format!("Failed to end transaction: {}", code.describe());
                failing::fail_for_good(step.ctx.client, code, &what);
            }
            NextStep::AbortAndBump if !commit => {
                // The coordinator has forgotten the producer, and its transaction with it (KIP-360).
                step.registration.forget();
                step.change(Core::ask_for_bump);
                identity.renew(code, &format!("EndTxn abort failed: {}", code.describe()), step);
            }
            NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump => {
                fail(visible(code), commit, action.next == NextStep::AbortAndBump, step);
            }
        }
    }
}

/// The answer to the end of a transaction may bring the epoch of the next one (KIP-890).
fn take_new_epoch(answer: &Answered<Response>, step: &TxnStep<'_, '_>) {
    if let Ok(r) = &answer.result
        && r.producer_id >= 0
    {
        // A new epoch is all that a failed transaction may have asked for.
        step.change(Core::forget_bump);
        Identity::replace(ProducerId { id: r.producer_id, epoch: r.producer_epoch }, step);
    }
}

/// The coordinator has ended the transaction, or never knew it.
fn finish(commit: bool, identity: &mut Identity, step: &mut TxnStep<'_, '_>) {
    step.registration.clear();
    let core = step.t.core();
    if !commit && core.needs_bump() {
        // The call comes to its end when there is a new producer id.
        let (code, why) = core.error().cloned().unwrap_or_default();
        drop(core);
        return identity.renew(code, &format!("Transaction aborted: {why}"), step);
    }
    drop(core);
    step.change(|core| {
        core.go(if commit { TxnState::CommitNotAcked } else { TxnState::AbortNotAcked });
        core.set_result(Ok(()));
    });
}

/// The transaction could not be ended, and has to be aborted.
fn fail(code: ErrorCode, commit: bool, bump: bool, step: &TxnStep<'_, '_>) {
    step.change(|core| {
        // So that the abort can be tried again from its beginning.
        if core.state() == TxnState::Aborting {
            core.go(TxnState::BeginAbort);
        }
    });
    let why = code.describe();
    failing::abandon(step.ctx.client, code, &format!("Failed to end transaction: {why}"), bump);
    let what = if commit { "commit" } else { "abort" };
    let shown = format!("EndTxn {what} failed: {why}");
    step.resolve(Err(TxnError::new(ErrorClass::Abortable, code, shown)));
}
