//! A consumer group's offsets on their way into the transaction.

use super::error::{ErrorClass, TxnError, visible};
use super::error_actions::{for_add_offsets, for_offset_commit};
use super::failing;
use super::group_offsets::Job;
use super::reply::{Answered, TxnOp};
use super::requests;
use super::state::TxnState;
use super::step::{RequestState, TxnStep};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::broker::Op;
use crate::client::coordinator::lookup::CoordinatorKey;
use crate::protocol::error_action::{ErrorAction, NextStep};
use crate::protocol::{add_offsets_to_txn, txn_offset_commit};
use std::time::Duration;

/// The wait before offsets are committed again, as in librdkafka: a group's coordinator takes longer to come
/// back.
const OFFSETS_PAUSE: Duration = Duration::from_millis(500);

/// The offsets of one call.
struct Sending {
    job: Job,
    exchange: RequestState,
    /// The coordinator knows that the group's offsets are part of the transaction.
    added: bool,
    started: Time,
    /// Why the last attempt to commit them failed: a call that runs out of time says so.
    last_error: Option<ErrorCode>,
}

impl Sending {
    /// Whose coordinator is asked next.
    fn key(&self) -> CoordinatorKey {
        if self.added {
            CoordinatorKey::Group(self.job.member.group.clone())
        } else {
            CoordinatorKey::Transactions
        }
    }
}

/// An error of one of the two requests.
struct Failed {
    action: ErrorAction,
    code: ErrorCode,
    text: String,
    /// The text if the producer cannot go on.
    fatal_text: String,
}

#[derive(Default)]
pub(super) struct TxnOffsets {
    sending: Option<Sending>,
}

impl TxnOffsets {
    /// Whether an answer is missing that tells whether the coordinator knows of the transaction.
    pub fn is_busy(&self) -> bool {
        self.sending.as_ref().is_some_and(|s| s.exchange.is_in_flight())
    }

    pub fn serve(&mut self, state: TxnState, step: &mut TxnStep<'_, '_>) -> Deadline {
        if let Some(job) = step.t.take_offsets() {
            let (added, started) = (step.t.gate().is_implicit(), step.ctx.now);
            let exchange = RequestState::default();
            self.sending = Some(Sending { job, exchange, added, started, last_error: None });
        }
        let Some(sending) = self.sending.as_mut().filter(|s| !s.exchange.is_in_flight()) else {
            return Deadline::NEVER;
        };
        if state != TxnState::InTransaction {
            // The transaction failed meanwhile.
            self.sending = None;
            step.change(|core| {
                let result = core.require(&[TxnState::InTransaction]);
                core.set_result(result);
            });
            return Deadline::NEVER;
        }
        let deadline = sending.job.deadline;
        if step.ctx.now >= deadline {
            self.finish_late(step);
            return Deadline::NEVER;
        }
        let key = sending.key();
        let again = sending.exchange.wait(step.ctx.now);
        let next = Deadline::at(again.map_or(deadline, |at| at.min(deadline)));
        let next = next.min(step.coordinators.want(&key, step.ctx));
        if again.is_none() {
            send(sending, &key, step);
        }
        next
    }

    /// The time of the call is up: before the coordinator knows of the offsets they may be sent again, after
    /// that the transaction has failed.
    fn finish_late(&mut self, step: &TxnStep<'_, '_>) {
        let Some(s) = self.sending.take() else { return };
        let code = s.last_error.unwrap_or(ErrorCode::_TIMED_OUT);
        let what = if s.added { "commit offsets to" } else { "add offsets to" };
        let ms = step.ctx.now.since(s.started).as_millis();
        let what = format!("Failed to {what} transaction: {} (after {ms}ms)", code.describe());
        let class = if s.added { ErrorClass::Abortable } else { ErrorClass::Retriable };
        if s.added {
            failing::abandon(step.ctx.client, code, &what, false);
        }
        step.resolve(Err(TxnError::new(class, code, what)));
    }

    pub fn added(&mut self, answer: &Answered<add_offsets_to_txn::Response>, step: &mut TxnStep<'_, '_>) {
        let Some(sending) = &mut self.sending else { return };
        sending.exchange.set_answered();
        let code = answer.code(|r| r.error_code);
        let action = for_add_offsets(code);
        if action.next == NextStep::Done {
            sending.added = true;
            step.registration.set_known();
            return;
        }
        let ms = answer.took_ms(step.ctx.now);
        let shown = visible(code).describe();
        let text = format!(
            "Failed to add offsets to transaction on broker {}: {shown} (after {ms}ms)",
            answer.broker
        );
        let fatal_text = format!("Failed to add offsets to transaction: {shown}");
        let failed = Failed { action, code: visible(code), text, fatal_text };
        self.failed(&failed, &CoordinatorKey::Transactions, step);
    }

    pub fn committed(&mut self, answer: &Answered<txn_offset_commit::Response>, step: &mut TxnStep<'_, '_>) {
        let Some(sending) = &mut self.sending else { return };
        sending.exchange.set_answered();
        let key = CoordinatorKey::Group(sending.job.member.group.clone());
        let (code, shown) = commit_errors(answer);
        let action = for_offset_commit(code);
        if action.next == NextStep::Done {
            // With KIP-890 the coordinator has heard of the transaction by this.
            step.registration.set_known();
            self.sending = None;
            step.resolve(Ok(()));
            return;
        }
        let ms = answer.took_ms(step.ctx.now);
        let text = format!(
            "Failed to commit offsets to transaction on broker {}: {shown} (after {ms}ms)",
            answer.broker
        );
        let failed = Failed { action, code: visible(code), fatal_text: text.clone(), text };
        self.failed(&failed, &key, step);
    }

    fn failed(&mut self, failed: &Failed, key: &CoordinatorKey, step: &mut TxnStep<'_, '_>) {
        let Failed { action, code, text, fatal_text } = failed;
        let class = match action.next {
            NextStep::Done => return,
            NextStep::Retry | NextStep::RetrySoon | NextStep::RetryForAWhile => {
                return self.retry(*action, *code, key, step);
            }
            NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump => {
                let bump = action.next == NextStep::AbortAndBump;
                failing::abandon(step.ctx.client, *code, text, bump);
                ErrorClass::Abortable
            }
            NextStep::Fatal => {
                failing::fail_for_good(step.ctx.client, *code, fatal_text);
                ErrorClass::Fatal
            }
        };
        self.sending = None;
        step.resolve(Err(TxnError::new(class, *code, text)));
    }

    fn retry(
        &mut self,
        action: ErrorAction,
        code: ErrorCode,
        key: &CoordinatorKey,
        step: &mut TxnStep<'_, '_>,
    ) {
        if !action.proves_nothing_stored {
            step.registration.set_perhaps();
        }
        let again = step.coordinators.retry_at(action, key, step.ctx);
        if let Some(sending) = &mut self.sending {
            let commits = sending.added && action.next != NextStep::RetrySoon;
            let again = if commits { step.ctx.now + OFFSETS_PAUSE } else { again };
            sending.exchange.send_again_at(again);
            sending.last_error = sending.added.then_some(code);
        }
    }
}

fn send(sending: &mut Sending, key: &CoordinatorKey, step: &mut TxnStep<'_, '_>) {
    let handle = step.coordinators.handle(key, step.ctx);
    let (Some(identity), Some(handle)) = (step.identity(), handle) else { return };
    let request = if sending.added {
        let then = step.then(&handle, TxnOp::OffsetsCommitted);
        requests::commit_offsets(&identity, &sending.job, step.t.gate().is_implicit(), then)
    } else {
        let then = step.then(&handle, TxnOp::OffsetsAdded);
        requests::add_offsets(&identity, &sending.job.member.group, then)
    };
    sending.exchange.set_sent();
    handle.push(Op::Request(request));
}

/// The error of a commit, and how it is shown: partition by partition, if partitions have errors.
fn commit_errors(answer: &Answered<txn_offset_commit::Response>) -> (ErrorCode, String) {
    let mut code = answer.failure();
    let mut parts = Vec::new();
    for topic in answer.result.as_ref().map_or(&[][..], |r| &r.topics) {
        for p in topic.partitions.iter().filter(|p| p.error_code != 0) {
            let c = ErrorCode(i32::from(p.error_code));
            code = if code.is_ok() { c } else { code };
            parts.push(format!("{}[{}]({})", topic.name, p.partition, c.describe()));
        }
    }
    let shown = if parts.is_empty() { code.describe().into_owned() } else { parts.join(", ") };
    (code, shown)
}
