//! Consumer offsets that become part of a transaction.

use super::coordinators::{Charge, Lookup};
use super::error_actions::{for_add_offsets, for_offset_commit};
use super::failure::{Class, Failure, visible};
use super::manager::{Answered, Exchange, Reply};
use super::{State, Transactions, requests};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::broker::Op;
use crate::client::main_loop::Main;
use crate::protocol::error_action::{ErrorAction, NextStep};
use crate::protocol::{add_offsets_to_txn, txn_offset_commit};
use std::time::Duration;

/// The wait before offsets are committed again, as in librdkafka: a group's coordinator takes longer to come back.
const OFFSETS_PAUSE: Duration = Duration::from_millis(500);

/// A consumer in its group, as the application names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    pub group: String,
    pub generation: i32,
    pub member: String,
    /// Static members have one.
    pub instance: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetToCommit {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// -1 for none.
    pub leader_epoch: i32,
    pub metadata: Option<String>,
}

/// What send_offsets_to_transaction() asks the main thread to do.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub member: GroupMember,
    /// Offsets of one topic stand together.
    pub offsets: Vec<OffsetToCommit>,
    pub deadline: Time,
}

/// Offsets on their way into the transaction.
pub(super) struct Offsets {
    job: Job,
    pub exchange: Exchange,
    /// The coordinator knows that the group's offsets are part of the transaction.
    added: bool,
    started: Time,
    /// Why the last attempt to commit them failed: a call that runs out of time says so.
    last: Option<ErrorCode>,
}

impl Main {
    pub(super) fn serve_transaction_offsets(
        &mut self,
        t: &Transactions,
        state: State,
        now: Time,
    ) -> Deadline {
        let job = t.offsets.lock().take();
        if let Some(job) = job {
            let added = t.gate.is_implicit();
            self.transactions.offsets =
                Some(Offsets { job, exchange: Exchange::default(), added, started: now, last: None });
        }
        let Some(o) = &self.transactions.offsets else { return Deadline::NEVER };
        if o.exchange.in_flight {
            return Deadline::NEVER;
        }
        if state != State::InTransaction {
            // The transaction failed meanwhile.
            self.transactions.offsets = None;
            t.with(self.view.client.logger(), |core| {
                let result = core.require(&[State::InTransaction]);
                core.set_result(result);
            });
            return Deadline::NEVER;
        }
        let (deadline, added) = (o.job.deadline, o.added);
        if now >= deadline {
            self.offsets_late(t, now);
            return Deadline::NEVER;
        }
        let again = o.exchange.again.filter(|at| *at > now);
        let charge = if added { Charge::Group(o.job.member.group.clone()) } else { Charge::Transactions };
        let next = Deadline::at(again.map_or(deadline, |at| at.min(deadline)));
        let next = next.min(self.want_group_coordinator(&charge, now));
        if again.is_some() {
            return next;
        }
        let handle = self.coordinator(&charge);
        let (Some(speaker), Some(handle)) = (self.speaker(), handle) else { return next };
        let Some(o) = &self.transactions.offsets else { return next };
        let request = if added {
            let then = self.then(&handle, now, Reply::OffsetsCommitted);
            requests::commit_offsets(&speaker, &o.job, t.gate.is_implicit(), then)
        } else {
            let then = self.then(&handle, now, Reply::OffsetsAdded);
            requests::add_offsets(&speaker, &o.job.member.group, then)
        };
        if let Some(o) = &mut self.transactions.offsets {
            o.exchange = Exchange { in_flight: true, again: None };
        }
        handle.push(Op::Request(request));
        next
    }

    /// A group's coordinator is sought when it is wanted, as in librdkafka, and remembered until another group's is.
    fn want_group_coordinator(&mut self, charge: &Charge, now: Time) -> Deadline {
        let Charge::Group(group) = charge else { return Deadline::NEVER };
        if self.transactions.group.as_ref().is_none_or(|(name, _)| name != group) {
            self.transactions.group = Some((group.clone(), Lookup::default()));
        }
        self.forget_coordinator_that_left(charge, now);
        self.seek_coordinator(charge.clone(), now)
    }

    /// The time of the call is up: before the coordinator knows of the offsets they may be sent again, after that the
    /// transaction has failed.
    fn offsets_late(&mut self, t: &Transactions, now: Time) {
        let Some(o) = self.transactions.offsets.take() else { return };
        let code = o.last.unwrap_or(ErrorCode::_TIMED_OUT);
        let what = if o.added { "commit offsets to" } else { "add offsets to" };
        let ms = now.since(o.started).as_millis();
        let what = format!("Failed to {what} transaction: {} (after {ms}ms)", code.describe());
        let class = if o.added { Class::Abortable } else { Class::Retriable };
        if o.added {
            self.view.client.abandon_transaction(code, &what, false);
        }
        self.resolve(t, Err(Failure::new(class, code, what)));
    }

    pub(super) fn offsets_added(
        &mut self,
        t: &Transactions,
        answer: &Answered<add_offsets_to_txn::Response>,
        now: Time,
    ) {
        let code = match &answer.result {
            Ok(r) => ErrorCode(i32::from(r.error_code)),
            Err(e) => e.code,
        };
        let action = for_add_offsets(code);
        let Some(o) = &mut self.transactions.offsets else { return };
        o.exchange.in_flight = false;
        if action.next == NextStep::Done {
            o.added = true;
            self.transactions.known = true;
            return;
        }
        let ms = now.since(answer.sent).as_millis();
        let shown = visible(code).describe();
        let full = format!(
            "Failed to add offsets to transaction on broker {}: {shown} (after {ms}ms)",
            answer.broker
        );
        let short = format!("Failed to add offsets to transaction: {shown}");
        self.offsets_failed(t, action, visible(code), &full, &short, &Charge::Transactions, now);
    }

    pub(super) fn offsets_committed(
        &mut self,
        t: &Transactions,
        answer: &Answered<txn_offset_commit::Response>,
        now: Time,
    ) {
        let Some(o) = &mut self.transactions.offsets else { return };
        o.exchange.in_flight = false;
        let group = o.job.member.group.clone();
        let mut code = answer.failure();
        let mut parts = String::new();
        for topic in answer.result.as_ref().map_or(&[][..], |r| &r.topics) {
            for p in topic.partitions.iter().filter(|p| p.error_code != 0) {
                let c = ErrorCode(i32::from(p.error_code));
                code = if code.is_ok() { c } else { code };
                if !parts.is_empty() {
                    parts.push_str(", ");
                }
                parts.push_str(&format!("{}[{}]({})", topic.name, p.partition, c.describe()));
            }
        }
        let action = for_offset_commit(code);
        if action.next == NextStep::Done {
            // With KIP-890 the coordinator has heard of the transaction by this.
            self.transactions.known = true;
            self.transactions.offsets = None;
            self.resolve(t, Ok(()));
            return;
        }
        let shown = if parts.is_empty() { code.describe().into_owned() } else { parts };
        let ms = now.since(answer.sent).as_millis();
        let what = format!(
            "Failed to commit offsets to transaction on broker {}: {shown} (after {ms}ms)",
            answer.broker
        );
        self.offsets_failed(t, action, visible(code), &what, &what, &Charge::Group(group), now);
    }

    #[expect(clippy::too_many_arguments, reason = "the two requests for offsets differ in nothing else")]
    fn offsets_failed(
        &mut self,
        t: &Transactions,
        action: ErrorAction,
        code: ErrorCode,
        full: &str,
        fatal: &str,
        charge: &Charge,
        now: Time,
    ) {
        let class = match action.next {
            NextStep::Done => return,
            NextStep::Retry | NextStep::RetrySoon | NextStep::RetryForAWhile => {
                self.transactions.perhaps_known |= !action.proves_nothing_stored;
                let again = self.retry_at(action, charge, now);
                if let Some(o) = &mut self.transactions.offsets {
                    let commits = o.added && action.next != NextStep::RetrySoon;
                    o.exchange.again = Some(if commits { now + OFFSETS_PAUSE } else { again });
                    o.last = o.added.then_some(code);
                }
                return;
            }
            NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump => {
                let bump = action.next == NextStep::AbortAndBump;
                self.view.client.abandon_transaction(code, full, bump);
                Class::Abortable
            }
            NextStep::Fatal => {
                self.view.client.fail_transactions_for_good(code, fatal);
                Class::Fatal
            }
        };
        self.transactions.offsets = None;
        self.resolve(t, Err(Failure::new(class, code, full)));
    }
}
