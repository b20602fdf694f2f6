//! The end of a transaction at its coordinator.

use super::coordinators::Charge;
use super::error_actions::for_end;
use super::failure::{Class, Failure, visible};
use super::manager::{Answered, Exchange, Reply};
use super::{Core, State, Transactions, requests};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::broker::Op;
use crate::client::main_loop::Main;
use crate::producer::producer_id::ProducerId;
use crate::protocol::end_txn;
use crate::protocol::error_action::NextStep;

impl Main {
    pub(super) fn end_transaction(&mut self, t: &Transactions, state: State, now: Time) -> Deadline {
        if !matches!(state, State::Committing | State::Aborting)
            || self.transactions.is_busy()
            || self.transactions.end.in_flight
            || self.transactions.renewing
        {
            return Deadline::NEVER;
        }
        if !self.transactions.end.may_send(now) {
            return self.transactions.end.again.map_or(Deadline::NEVER, Deadline::at);
        }
        let commit = state == State::Committing;
        let m = &self.transactions;
        if !(m.known || m.perhaps_known || t.gate.is_used()) {
            self.finish(t, commit, now);
            return Deadline::NEVER;
        }
        let (Some(speaker), Some(handle)) = (self.speaker(), self.transaction_coordinator()) else {
            return Deadline::NEVER;
        };
        self.transactions.end = Exchange { in_flight: true, again: None };
        let then = self.then(&handle, now, Reply::Ended);
        handle.push(Op::Request(requests::end(&speaker, commit, t.gate.is_implicit(), then)));
        Deadline::NEVER
    }

    /// The coordinator has ended the transaction, or never knew it.
    fn finish(&mut self, t: &Transactions, commit: bool, now: Time) {
        self.transactions.known = false;
        self.transactions.perhaps_known = false;
        if !commit && t.core.lock().needs_bump() {
            // The call comes to its end when there is a new producer id.
            let (code, why) = t.core.lock().error().cloned().unwrap_or_default();
            self.renew_producer_identity(code, &format!("Transaction aborted: {why}"), now);
            return;
        }
        t.with(self.view.client.logger(), |core| {
            core.go(if commit { State::CommitNotAcked } else { State::AbortNotAcked });
            core.set_result(Ok(()));
        });
    }

    pub(super) fn ended(&mut self, t: &Transactions, answer: Answered<end_txn::Response>, now: Time) {
        self.transactions.end.in_flight = false;
        let state = t.state();
        let commit = match state {
            State::Committing => true,
            State::Aborting => false,
            // A fatal error came in between.
            _ => return,
        };
        let what = if commit { "commit" } else { "abort" };
        let code = match &answer.result {
            Ok(r) => ErrorCode(i32::from(r.error_code)),
            Err(e) => e.code,
        };
        // Whether the coordinator knew of it was in doubt; without a partition in it there is nothing to be lost.
        let known = self.transactions.known || (commit && t.gate.is_used());
        let unknown = !known && code == ErrorCode::INVALID_TXN_STATE;
        let action = for_end(code);
        match action.next {
            _ if unknown => self.finish(t, commit, now),
            NextStep::Done => {
                if let Ok(r) = &answer.result
                    && r.producer_id >= 0
                {
                    // A new epoch is all that a failed transaction may have asked for.
                    t.with(self.view.client.logger(), Core::forget_bump);
                    self.adopt_producer_identity(
                        ProducerId { id: r.producer_id, epoch: r.producer_epoch },
                        now,
                    );
                }
                self.finish(t, commit, now);
            }
            NextStep::Retry | NextStep::RetrySoon | NextStep::RetryForAWhile => {
                self.transactions.end.again = Some(self.retry_at(action, &Charge::Transactions, now));
            }
            NextStep::Fatal => {
                let code = visible(code);
                let what = format!("Failed to end transaction: {}", code.describe());
                self.view.client.fail_transactions_for_good(code, &what);
            }
            NextStep::AbortAndBump if !commit => {
                // The coordinator has forgotten the producer, and its transaction with it (KIP-360).
                self.transactions.known = false;
                t.with(self.view.client.logger(), |core| core.ask_for_bump());
                self.renew_producer_identity(
                    code,
                    &format!("EndTxn {what} failed: {}", code.describe()),
                    now,
                );
            }
            NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump => {
                let bump = action.next == NextStep::AbortAndBump;
                let code = visible(code);
                t.with(self.view.client.logger(), |core| {
                    // So that the abort can be tried again from its beginning.
                    if core.state() == State::Aborting {
                        core.go(State::BeginAbort);
                    }
                });
                self.view.client.abandon_transaction(
                    code,
                    &format!("Failed to end transaction: {}", code.describe()),
                    bump,
                );
                let shown = format!("EndTxn {what} failed: {}", code.describe());
                self.resolve(t, Err(Failure::new(Class::Abortable, code, shown)));
            }
        }
    }
}
