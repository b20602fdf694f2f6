//! Partitions join the transaction: one request for all that want to at a time.

use super::coordinators::Charge;
use super::error_actions::{for_add_partitions, severity};
use super::failure::visible;
use super::manager::{Answered, Exchange, Reply};
use super::{State, Transactions, requests};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::broker::Op;
use crate::client::main_loop::Main;
use crate::producer::partition::Partition;
use crate::protocol::add_partitions_to_txn;
use crate::protocol::error_action::{ErrorAction, NextStep};

impl Main {
    pub(super) fn add_partitions(&mut self, t: &Transactions, state: State, now: Time) -> Deadline {
        if !matches!(state, State::InTransaction | State::BeginCommit) {
            self.transactions.pending.clear();
            return Deadline::NEVER;
        }
        t.gate.take_pending(&mut self.transactions.pending);
        let m = &self.transactions;
        if m.pending.is_empty() || m.add.in_flight {
            return Deadline::NEVER;
        }
        if !m.add.may_send(now) {
            return m.add.again.map_or(Deadline::NEVER, Deadline::at);
        }
        let (Some(speaker), Some(handle)) = (self.speaker(), self.transaction_coordinator()) else {
            return Deadline::NEVER;
        };
        let m = &mut self.transactions;
        m.adding = std::mem::take(&mut m.pending);
        m.add = Exchange { in_flight: true, again: None };
        let then = self.then(&handle, now, Reply::PartitionsAdded);
        let request = requests::add_partitions(&speaker, &self.transactions.adding, then);
        handle.push(Op::Request(request));
        Deadline::NEVER
    }

    pub(super) fn partitions_added(
        &mut self,
        t: &Transactions,
        answer: Answered<add_partitions_to_txn::Response>,
        now: Time,
    ) {
        self.transactions.add.in_flight = false;
        let adding = std::mem::take(&mut self.transactions.adding);
        let mut worst = (ErrorAction::DONE, ErrorCode::NO_ERROR);
        let mut waiting = Vec::new();
        let failure = answer.failure();
        let code_of = |p: &Partition| match &answer.result {
            Err(_) => failure,
            Ok(r) => r
                .topics
                .iter()
                .filter(|topic| topic.name == p.topic().name)
                .flat_map(|topic| &topic.partitions)
                .find(|a| a.partition == p.id())
                // A partition that is not in the answer is asked for again.
                .map_or(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, |a| ErrorCode(i32::from(a.error_code))),
        };
        for p in adding {
            let code = code_of(&p);
            let action = for_add_partitions(code);
            if action.next == NextStep::Done {
                self.transactions.known = true;
                t.gate.joined(&p);
            } else {
                waiting.push(p);
            }
            // That a partition was not looked at because of another one is the least interesting of errors.
            let vague = worst.1 == ErrorCode::OPERATION_NOT_ATTEMPTED && action.next != NextStep::Done;
            if severity(action) > severity(worst.0) || vague {
                worst = (action, code);
            }
        }
        let (action, code) = (worst.0, visible(worst.1));
        match action.next {
            NextStep::Done => {}
            NextStep::Retry | NextStep::RetrySoon | NextStep::RetryForAWhile => {
                self.transactions.perhaps_known |= !action.proves_nothing_stored;
                self.transactions.add.again = Some(self.retry_at(action, &Charge::Transactions, now));
                self.transactions.pending.append(&mut waiting);
            }
            NextStep::Fatal => {
                let what = format!("Failed to add partitions to transaction: {}", code.describe());
                self.view.client.fail_transactions_for_good(code, &what);
            }
            NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump => {
                let bump = action.next == NextStep::AbortAndBump;
                let what = format!(
                    "Failed to add partition(s) to transaction on broker {}: {} (after {} ms)",
                    answer.broker,
                    code.describe(),
                    now.since(answer.sent).as_millis()
                );
                self.view.client.abandon_transaction(code, &what, bump);
            }
        }
    }
}
