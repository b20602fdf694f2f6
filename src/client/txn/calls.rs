//! The calls of the transactional API, on application threads.

use super::core::Core;
use super::error::{ErrorClass, TxnError, visible};
use super::failing;
use super::group_offsets::{GroupMember, Job};
use super::reply::TxnOp;
use super::shared::Transactions;
use super::state::TxnState;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::log::debug;
use crate::base::unwind;
use crate::client::instance::{Client, ReportMode, purge};
use crate::client::ops::MainOp;
use crate::client::queue::events::{Event, Flow, left};
use crate::consumer::offset_to_commit::OffsetToCommit;
use std::time::Duration;

const SEND_OFFSETS: &str = "send_offsets_to_transaction";

/// Serves events that arrive while a call waits for messages.
pub type Served<'a> = &'a mut dyn FnMut(Event) -> Flow;

/// What a call came to, and whether a retriable failure leaves its work going on.
struct CallOutcome(Result<(), TxnError>, bool);

impl CallOutcome {
    fn resumable(failure: TxnError) -> Self {
        Self(Err(failure), true)
    }

    fn over(result: Result<(), TxnError>) -> Self {
        Self(result, false)
    }
}

/// The transactional API of a client.
#[derive(Clone, Copy)]
pub struct Calls<'a> {
    client: &'a Client,
    t: &'a Transactions,
}

impl<'a> Calls<'a> {
    /// The calls of this client.
    ///
    /// # Errors
    /// `_NOT_CONFIGURED` without a `transactional.id`.
    pub fn of(client: &'a Client) -> Result<Self, TxnError> {
        let missing = || {
            TxnError::new(
                ErrorClass::Plain,
                ErrorCode::_NOT_CONFIGURED,
                "The Transactional API requires transactional.id to be configured",
            )
        };
        let t = client.transactions().ok_or_else(missing)?;
        Ok(Self { client, t })
    }

    fn call(&self, name: &'static str, work: impl FnOnce() -> CallOutcome) -> Result<(), TxnError> {
        let (t, logger) = (self.t, self.client.logger());
        logger.debug(debug::EOS, "TXNAPI", || {
            format!("Transactional API called: {name} (in txn state {})", t.state().name())
        });
        self.t.core().enter(name)?;
        let CallOutcome(result, resumable) = work();
        self.t.core().leave(resumable, &result);
        logger.debug(debug::EOS, "TXNAPI", || {
            let text = result.as_ref().map_or_else(|f| f.text.as_str(), |()| "Success");
            format!("Transactional API {name} returns: {text}")
        });
        result
    }

    /// Waits for the result of the call under way; a result that is there already is taken even if the time
    /// is up.
    fn result(&self, deadline: Option<Time>) -> Result<(), TxnError> {
        let mut core = self.t.core();
        loop {
            if let Some(result) = core.take_result() {
                return result;
            }
            if self.client.is_terminating() {
                let text = "Client is terminating";
                return Err(TxnError::new(ErrorClass::Plain, ErrorCode::_DESTROY, text));
            }
            let now = self.client.now();
            let time = deadline.map(|d| d.since(now));
            if time == Some(Duration::ZERO) || unwind::is_pending() {
                return Err(TxnError::unfinished());
            }
            self.t.wait(&mut core, time);
        }
    }

    /// Changes the shared state; the main thread looks at it afterwards.
    fn change(&self, work: impl FnOnce(&mut Core) -> Result<(), TxnError>) -> Result<(), TxnError> {
        let result = self.t.with(self.client.logger(), work);
        self.client.post(MainOp::Transaction(TxnOp::Changed));
        result
    }

    /// Acquires a producer id for the transactional id; transactions of an earlier producer with this id are
    /// aborted and that producer is fenced. `None` as the timeout: twice the `transaction.timeout.ms`.
    ///
    /// # Errors
    /// A retriable one when the time is up: the next call goes on where this one stopped.
    pub fn init_transactions(&self, timeout: Option<Duration>) -> Result<(), TxnError> {
        self.call("init_transactions", || {
            let timeout = timeout.unwrap_or(self.client.settings().transactions.timeout * 2);
            let deadline = self.client.now() + timeout;
            let started = self.change(|core| {
                core.require(&[TxnState::Init, TxnState::WaitPid, TxnState::ReadyNotAcked])?;
                if core.state() == TxnState::Init {
                    core.go(TxnState::WaitPid);
                }
                Ok(())
            });
            let known = self.t.core().take_result();
            let result = match (started, known) {
                (_, Some(result)) => result,
                (Err(f), None) => return CallOutcome::over(Err(f)),
                (Ok(()), None) => self.result(Some(deadline)),
            };
            if let Err(f) = result {
                return CallOutcome::resumable(self.init_failure(f));
            }
            CallOutcome::over(self.t.with(self.client.logger(), |core| {
                core.require(&[TxnState::ReadyNotAcked])?;
                core.go(TxnState::Ready);
                Ok(())
            }))
        })
    }

    /// A call that timed out rather tells why there is no producer id, if that is known.
    fn init_failure(&self, failure: TxnError) -> TxnError {
        let cause = self.t.core().init_error().map(visible);
        match cause {
            Some(code) if failure.code == ErrorCode::_TIMED_OUT && code != ErrorCode::_TIMED_OUT => {
                let text = format!("Failed to initialize Producer ID: {}", code.describe());
                TxnError::new(ErrorClass::Retriable, code, text)
            }
            _ => failure,
        }
    }

    /// Begins a transaction. What is produced from here on is part of it.
    ///
    /// # Errors
    /// `_STATE` outside of the state `Ready`.
    pub fn begin_transaction(&self) -> Result<(), TxnError> {
        self.call("begin_transaction", || {
            CallOutcome::over(self.change(|core| {
                let number = core.begin()?;
                self.t.begin(number);
                Ok(())
            }))
        })
    }

    /// Makes a consumer's offsets part of the transaction: they are committed if it is. Only offsets from 0
    /// on count.
    ///
    /// # Errors
    /// As the coordinators say.
    pub fn send_offsets_to_transaction(
        &self,
        member: GroupMember,
        offsets: Vec<OffsetToCommit>,
        timeout: Option<Duration>,
    ) -> Result<(), TxnError> {
        self.call(SEND_OFFSETS, || {
            let done = self.start_offsets(member, offsets, timeout);
            // No time limit here: the main thread watches it, and waits for a request that is with a broker.
            CallOutcome::over(done.unwrap_or_else(|| self.result(None)))
        })
    }

    /// Begins [`Self::send_offsets_to_transaction`] without waiting, for callers that drive the main thread's
    /// state machine themselves. Returns the result if there is one already.
    pub fn begin_offsets(
        &self,
        member: GroupMember,
        offsets: Vec<OffsetToCommit>,
        timeout: Option<Duration>,
    ) -> Option<Result<(), TxnError>> {
        self.without_waiting(SEND_OFFSETS, || self.start_offsets(member, offsets, timeout))
    }

    /// The result of [`Self::begin_offsets`], once it is there.
    pub fn offsets_result(&self) -> Option<Result<(), TxnError>> {
        self.without_waiting(SEND_OFFSETS, || self.t.core().take_result())
    }

    fn without_waiting(
        &self,
        name: &'static str,
        step: impl FnOnce() -> Option<Result<(), TxnError>>,
    ) -> Option<Result<(), TxnError>> {
        let mut open = false;
        let result = self.call(name, || match step() {
            Some(result) => CallOutcome::over(result),
            None => {
                open = true;
                CallOutcome::resumable(TxnError::unfinished())
            }
        });
        (!open).then_some(result)
    }

    /// Hands the offsets to the main thread, unless that makes no sense.
    fn start_offsets(
        &self,
        member: GroupMember,
        mut offsets: Vec<OffsetToCommit>,
        timeout: Option<Duration>,
    ) -> Option<Result<(), TxnError>> {
        offsets.retain(|o| o.offset >= 0);
        if offsets.is_empty() {
            return Some(Ok(()));
        }
        offsets.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        let longest = self.client.settings().transactions.timeout;
        let deadline = self.client.now() + timeout.map_or(longest, |t| t.min(longest));
        if let Err(f) = self.change(|core| core.require(&[TxnState::InTransaction])) {
            return Some(Err(f));
        }
        self.t.put_offsets(Job { member, offsets, deadline });
        self.client.post(MainOp::Transaction(TxnOp::Changed));
        None
    }

    /// Sends what is queued, waits until all of it is delivered, and commits.
    ///
    /// # Errors
    /// An abortable one if a message was not delivered; a retriable one when the time is up.
    pub fn commit_transaction(&self, timeout: Option<Duration>, serve: Served<'_>) -> Result<(), TxnError> {
        self.call("commit_transaction", || {
            let start = self.client.now();
            let begun = self.change(|core| {
                use TxnState as S;
                core.require(&[S::InTransaction, S::BeginCommit, S::Committing, S::CommitNotAcked])?;
                if core.state() == S::InTransaction {
                    core.go(S::BeginCommit);
                }
                Ok(())
            });
            if begun.is_err() {
                return CallOutcome::over(begun);
            }
            if let Err(f) = self.flush_for("commit", left(timeout, start, self.client.now()), serve) {
                return CallOutcome::resumable(f);
            }
            let result = self.end(TxnState::Committing, timeout.map(|t| start + t));
            if let Err(f) = result {
                return CallOutcome::resumable(f);
            }
            self.acknowledge(TxnState::CommitNotAcked)
        })
    }

    /// Drops what is queued, waits for what is in flight, and aborts.
    ///
    /// # Errors
    /// A retriable one when the time is up.
    pub fn abort_transaction(&self, timeout: Option<Duration>, serve: Served<'_>) -> Result<(), TxnError> {
        self.call("abort_transaction", || {
            let start = self.client.now();
            let begun = self.change(|core| {
                use TxnState as S;
                core.require(&[
                    S::InTransaction,
                    S::BeginAbort,
                    S::Aborting,
                    S::AbortableError,
                    S::AbortNotAcked,
                ])?;
                if matches!(core.state(), S::InTransaction | S::AbortableError) {
                    core.go(S::BeginAbort);
                }
                Ok(())
            });
            if begun.is_err() {
                return CallOutcome::over(begun);
            }
            self.t.gate().close();
            // What is in flight may have been stored: its answer is waited for, or sequence numbers would
            // have a gap. The flags are known ones.
            let _ = self.client.purge(purge::QUEUE | purge::NON_BLOCKING);
            if let Err(f) = self.flush_for("abort", left(timeout, start, self.client.now()), serve) {
                return CallOutcome::resumable(f);
            }
            let result = self.end(TxnState::Aborting, timeout.map(|t| start + t));
            if let Err(f) = result {
                return CallOutcome::resumable(f);
            }
            self.acknowledge(TxnState::AbortNotAcked)
        })
    }

    fn flush_for(&self, what: &str, timeout: Option<Duration>, serve: Served<'_>) -> Result<(), TxnError> {
        self.client.flush(timeout, serve).map_err(|code| {
            let hint = if self.client.report_mode() == ReportMode::Event {
                format!(
                    ": the event queue must be polled for delivery report events in a separate thread or prior to \
                     calling {what}"
                )
            } else {
                String::new()
            };
            let text = match code {
                ErrorCode::_TIMED_OUT => format!(
                    "Failed to flush all outstanding messages within the API timeout: {} message(s) remaining{hint}",
                    self.client.outq_len()
                ),
                _ => format!("Failed to flush outstanding messages: {}", code.describe()),
            };
            TxnError::new(ErrorClass::Retriable, code, text)
        })
    }

    /// Has the coordinator end the transaction, if it knows of it, and waits for that.
    fn end(&self, by: TxnState, deadline: Option<Time>) -> Result<(), TxnError> {
        let commit = by == TxnState::Committing;
        let lost = if commit { self.t.lost() } else { 0 };
        let started = self.change(|core| core.start_end(commit, lost));
        if let Err(f) = &started
            && f.class == ErrorClass::Abortable
        {
            failing::abandon(self.client, f.code, &f.text, false);
        }
        started?;
        self.result(deadline)
    }

    /// The last step: from here on the application knows how the transaction ended.
    fn acknowledge(&self, from: TxnState) -> CallOutcome {
        let result = self.change(|core| {
            core.require(&[from])?;
            core.complete();
            Ok(())
        });
        if result.is_ok() {
            self.t.gate().close();
        }
        CallOutcome::over(result)
    }
}
