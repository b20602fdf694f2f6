//! Partitions join the transaction: one request for all that want to at a time.

use super::error::visible;
use super::error_actions::{for_add_partitions, severity};
use super::failing;
use super::reply::{Answered, TxnOp};
use super::requests;
use super::state::TxnState;
use super::step::{RequestState, TxnStep};
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::broker::Op;
use crate::client::coordinator::lookup::CoordinatorKey;
use crate::producer::partition::Partition;
use crate::protocol::add_partitions_to_txn::Response;
use crate::protocol::error_action::{ErrorAction, NextStep};

#[derive(Default)]
pub(super) struct Joining {
    /// Partitions that the coordinator is to be told of.
    pending: Vec<Arc<Partition>>,
    /// Those that it is being told of.
    sent: Vec<Arc<Partition>>,
    exchange: RequestState,
}

impl Joining {
    /// Whether an answer is missing that tells whether the coordinator knows of the transaction.
    pub fn is_busy(&self) -> bool {
        self.exchange.is_in_flight()
    }

    pub fn serve(&mut self, state: TxnState, step: &mut TxnStep<'_, '_>) -> Deadline {
        if !matches!(state, TxnState::InTransaction | TxnState::BeginCommit) {
            self.pending.clear();
            return Deadline::NEVER;
        }
        step.t.gate().take_pending(&mut self.pending);
        if self.pending.is_empty() || self.exchange.is_in_flight() {
            return Deadline::NEVER;
        }
        if let Some(again) = self.exchange.wait(step.ctx.now) {
            return Deadline::at(again);
        }
        let (Some(identity), Some(handle)) = (step.identity(), step.coordinators.connection()) else {
            return Deadline::NEVER;
        };
        self.sent = std::mem::take(&mut self.pending);
        self.exchange.set_sent();
        let then = step.then(handle, TxnOp::PartitionsAdded);
        handle.push(Op::Request(requests::add_partitions(&identity, &self.sent, then)));
        Deadline::NEVER
    }

    pub fn answered(&mut self, answer: &Answered<Response>, step: &mut TxnStep<'_, '_>) {
        self.exchange.set_answered();
        let (mut waiting, action, code) = self.sort(answer, step);
        let code = visible(code);
        match action.next {
            NextStep::Done => {}
            NextStep::Retry | NextStep::RetrySoon | NextStep::RetryForAWhile => {
                if !action.proves_nothing_stored {
                    step.registration.set_perhaps();
                }
                let again = step.coordinators.retry_at(action, &CoordinatorKey::Transactions, step.ctx);
                self.exchange.send_again_at(again);
                self.pending.append(&mut waiting);
            }
            NextStep::Fatal => {
                let what = format!("Failed to add partitions to transaction: {}", code.describe());
                failing::fail_for_good(step.ctx.client, code, &what);
            }
            NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump => {
                let what = format!(
                    "Failed to add partition(s) to transaction on broker {}: {} (after {} ms)",
                    answer.broker,
                    code.describe(),
                    answer.took_ms(step.ctx.now)
                );
                failing::abandon(step.ctx.client, code, &what, action.next == NextStep::AbortAndBump);
            }
        }
    }

    /// Lets the partitions send that have joined. Returns the others, with the worst error and its action.
    fn sort(
        &mut self,
        answer: &Answered<Response>,
        step: &mut TxnStep<'_, '_>,
    ) -> (Vec<Arc<Partition>>, ErrorAction, ErrorCode) {
        let mut worst = (ErrorAction::DONE, ErrorCode::NO_ERROR);
        let mut waiting = Vec::new();
        for p in std::mem::take(&mut self.sent) {
            let code = code_for(&p, answer);
            let action = for_add_partitions(code);
            if action.next == NextStep::Done {
                step.registration.set_known();
                step.t.gate().joined(&p);
            } else {
                waiting.push(p);
            }
            // That a partition was not looked at because of another one is the least interesting of errors.
            let vague = worst.1 == ErrorCode::OPERATION_NOT_ATTEMPTED && action.next != NextStep::Done;
            if severity(action) > severity(worst.0) || vague {
                worst = (action, code);
            }
        }
        (waiting, worst.0, worst.1)
    }
}

fn code_for(p: &Partition, answer: &Answered<Response>) -> ErrorCode {
    let Ok(response) = &answer.result else { return answer.failure() };
    let of_topic = response.topics.iter().filter(|topic| *topic.name == *p.topic().name);
    let found = of_topic.flat_map(|topic| &topic.partitions).find(|a| a.partition == p.id());
    // A partition that is not in the answer is asked for again.
    found.map_or(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, |a| ErrorCode(i32::from(a.error_code)))
}
