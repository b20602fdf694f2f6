//! The calls of the transactional API, on application threads.

use super::failure::{Class, Failure, visible};
use super::offsets::{GroupMember, Job, OffsetToCommit};
use super::state::State;
use super::{Core, Transactions};
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::debug;
use crate::base::sync::atomic::Ordering;
use crate::base::unwind;
use crate::client::events::{Event, Flow, left};
use crate::client::main_loop::MainOp;
use crate::client::{Client, ReportMode, purge};
use std::time::Duration;

const SEND_OFFSETS: &str = "send_offsets_to_transaction";

/// Serves events that arrive while a call waits for messages.
pub type Served<'a> = &'a mut dyn FnMut(Event) -> Flow;

/// What a call came to, and whether a retriable failure leaves its work going on.
struct Outcome(Result<(), Failure>, bool);

impl Outcome {
    fn resumable(failure: Failure) -> Self {
        Self(Err(failure), true)
    }

    fn over(result: Result<(), Failure>) -> Self {
        Self(result, false)
    }
}

impl Client {
    /// The transactional side of this client.
    ///
    /// # Errors
    /// `_NOT_CONFIGURED` without a `transactional.id`.
    fn transactional(&self) -> Result<&Transactions, Failure> {
        self.transactions.as_deref().ok_or_else(|| {
            Failure::new(
                Class::Plain,
                ErrorCode::_NOT_CONFIGURED,
                "The Transactional API requires transactional.id to be configured",
            )
        })
    }

    /// Where a transactional producer stands; `None` for another.
    #[must_use]
    pub fn transaction_state(&self) -> Option<State> {
        self.transactions.as_deref().map(Transactions::state)
    }

    fn call(&self, name: &'static str, work: impl FnOnce(&Transactions) -> Outcome) -> Result<(), Failure> {
        let t = self.transactional()?;
        self.logger().debug(debug::EOS, "TXNAPI", || {
            format!("Transactional API called: {name} (in txn state {})", t.state().name())
        });
        t.core.lock().enter(name)?;
        let Outcome(result, resumable) = work(t);
        t.core.lock().leave(resumable, &result);
        self.logger().debug(debug::EOS, "TXNAPI", || {
            let text = result.as_ref().map_or_else(|f| f.text.as_str(), |()| "Success");
            format!("Transactional API {name} returns: {text}")
        });
        result
    }

    /// Waits for the result of the call under way; a result that is there already is taken even if the time is up.
    fn result(&self, t: &Transactions, deadline: Option<Time>) -> Result<(), Failure> {
        let mut core = t.core.lock();
        loop {
            if let Some(result) = core.take_result() {
                return result;
            }
            if self.is_terminating() {
                let text = "Client is terminating";
                return Err(Failure::new(Class::Plain, ErrorCode::_DESTROY, text));
            }
            let now = self.now();
            let time = deadline.map(|d| d.since(now));
            if time == Some(Duration::ZERO) || unwind::is_pending() {
                return Err(Failure::unfinished());
            }
            t.changed.wait_for(&mut core, time);
        }
    }

    /// Changes the shared state; the main thread looks at it afterwards.
    fn change(
        &self,
        t: &Transactions,
        work: impl FnOnce(&mut Core) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let result = t.with(self.logger(), work);
        self.main.push(MainOp::Transaction);
        result
    }

    /// Acquires a producer id for the transactional id; transactions of an earlier producer with this id are aborted and
    /// that producer is fenced. `None` as the timeout: twice the `transaction.timeout.ms`.
    ///
    /// # Errors
    /// A retriable one when the time is up: the next call goes on where this one stopped.
    pub fn init_transactions(&self, timeout: Option<Duration>) -> Result<(), Failure> {
        self.call("init_transactions", |t| {
            let timeout = timeout.unwrap_or(self.settings().transactions.timeout * 2);
            let deadline = self.now() + timeout;
            let started = self.change(t, |core| {
                core.require(&[State::Init, State::WaitPid, State::ReadyNotAcked])?;
                if core.state() == State::Init {
                    core.go(State::WaitPid);
                }
                Ok(())
            });
            let known = t.core.lock().take_result();
            let result = match (started, known) {
                (_, Some(result)) => result,
                (Err(f), None) => return Outcome::over(Err(f)),
                (Ok(()), None) => self.result(t, Some(deadline)),
            };
            if let Err(f) = result {
                return Outcome::resumable(self.init_failure(t, f));
            }
            Outcome::over(t.with(self.logger(), |core| {
                core.require(&[State::ReadyNotAcked])?;
                core.go(State::Ready);
                Ok(())
            }))
        })
    }

    /// A call that timed out rather tells why there is no producer id, if that is known.
    fn init_failure(&self, t: &Transactions, failure: Failure) -> Failure {
        let cause = t.core.lock().init_error().map(visible);
        match cause {
            Some(code) if failure.code == ErrorCode::_TIMED_OUT && code != ErrorCode::_TIMED_OUT => {
                let text = format!("Failed to initialize Producer ID: {}", code.describe());
                Failure::new(Class::Retriable, code, text)
            }
            _ => failure,
        }
    }

    /// Begins a transaction. What is produced from here on is part of it.
    ///
    /// # Errors
    /// `_STATE` outside of the state `Ready`.
    pub fn begin_transaction(&self) -> Result<(), Failure> {
        self.call("begin_transaction", |t| {
            Outcome::over(self.change(t, |core| {
                let number = core.begin()?;
                t.lost.store(0, Ordering::SeqCst);
                t.gate.begin(number);
                Ok(())
            }))
        })
    }

    /// Makes a consumer's offsets part of the transaction: they are committed if it is. Only offsets from 0 on count.
    ///
    /// # Errors
    /// As the coordinators say.
    pub fn send_offsets_to_transaction(
        &self,
        member: GroupMember,
        offsets: Vec<OffsetToCommit>,
        timeout: Option<Duration>,
    ) -> Result<(), Failure> {
        self.call(SEND_OFFSETS, |t| {
            let done = self.start_offsets(t, member, offsets, timeout);
            // The main thread minds the time: a request that is with a broker is waited for.
            Outcome::over(done.unwrap_or_else(|| self.result(t, None)))
        })
    }

    /// Begins [`Self::send_offsets_to_transaction`] without waiting, for callers that drive the main thread's state machine
    /// themselves. Returns the result if there is one already.
    pub fn begin_offsets(
        &self,
        member: GroupMember,
        offsets: Vec<OffsetToCommit>,
        timeout: Option<Duration>,
    ) -> Option<Result<(), Failure>> {
        self.without_waiting(SEND_OFFSETS, |t| self.start_offsets(t, member, offsets, timeout))
    }

    /// The result of [`Self::begin_offsets`], once it is there.
    pub fn offsets_result(&self) -> Option<Result<(), Failure>> {
        self.without_waiting(SEND_OFFSETS, |t| t.core.lock().take_result())
    }

    fn without_waiting(
        &self,
        name: &'static str,
        step: impl FnOnce(&Transactions) -> Option<Result<(), Failure>>,
    ) -> Option<Result<(), Failure>> {
        let mut open = false;
        let result = self.call(name, |t| match step(t) {
            Some(result) => Outcome::over(result),
            None => {
                open = true;
                Outcome::resumable(Failure::unfinished())
            }
        });
        (!open).then_some(result)
    }

    /// Hands the offsets to the main thread, unless that makes no sense.
    fn start_offsets(
        &self,
        t: &Transactions,
        member: GroupMember,
        mut offsets: Vec<OffsetToCommit>,
        timeout: Option<Duration>,
    ) -> Option<Result<(), Failure>> {
        offsets.retain(|o| o.offset >= 0);
        if offsets.is_empty() {
            return Some(Ok(()));
        }
        offsets.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        let longest = self.settings().transactions.timeout;
        let deadline = self.now() + timeout.map_or(longest, |t| t.min(longest));
        if let Err(f) = self.change(t, |core| core.require(&[State::InTransaction])) {
            return Some(Err(f));
        }
        *t.offsets.lock() = Some(Job { member, offsets, deadline });
        self.main.push(MainOp::Transaction);
        None
    }

    /// Sends what is queued, waits until all of it is delivered, and commits.
    ///
    /// # Errors
    /// An abortable one if a message was not delivered; a retriable one when the time is up.
    pub fn commit_transaction(&self, timeout: Option<Duration>, serve: Served<'_>) -> Result<(), Failure> {
        self.call("commit_transaction", |t| {
            let start = self.now();
            let begun = self.change(t, |core| {
                use State as S;
                core.require(&[S::InTransaction, S::BeginCommit, S::Committing, S::CommitNotAcked])?;
                if core.state() == S::InTransaction {
                    core.go(S::BeginCommit);
                }
                Ok(())
            });
            if begun.is_err() {
                return Outcome::over(begun);
            }
            if let Err(f) = self.flush_for("commit", left(timeout, start, self.now()), serve) {
                return Outcome::resumable(f);
            }
            let result = self.end(t, State::Committing, timeout.map(|t| start + t));
            if let Err(f) = result {
                return Outcome::resumable(f);
            }
            self.acknowledge(t, State::CommitNotAcked)
        })
    }

    /// Drops what is queued, waits for what is in flight, and aborts.
    ///
    /// # Errors
    /// A retriable one when the time is up.
    pub fn abort_transaction(&self, timeout: Option<Duration>, serve: Served<'_>) -> Result<(), Failure> {
        self.call("abort_transaction", |t| {
            let start = self.now();
            let begun = self.change(t, |core| {
                use State as S;
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
                return Outcome::over(begun);
            }
            t.gate.close();
            // What is in flight may have been stored: its answer is waited for, or sequence numbers would have a gap.
            // The flags are known ones.
            let _ = self.purge(purge::QUEUE | purge::NON_BLOCKING);
            if let Err(f) = self.flush_for("abort", left(timeout, start, self.now()), serve) {
                return Outcome::resumable(f);
            }
            let result = self.end(t, State::Aborting, timeout.map(|t| start + t));
            if let Err(f) = result {
                return Outcome::resumable(f);
            }
            self.acknowledge(t, State::AbortNotAcked)
        })
    }

    fn flush_for(&self, what: &str, timeout: Option<Duration>, serve: Served<'_>) -> Result<(), Failure> {
        self.flush(timeout, serve).map_err(|code| {
            let hint = if self.report_mode() == ReportMode::Event {
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
                    self.outq_len()
                ),
                _ => format!("Failed to flush outstanding messages: {}", code.describe()),
            };
            Failure::new(Class::Retriable, code, text)
        })
    }

    /// Has the coordinator end the transaction, if it knows of it, and waits for that.
    fn end(&self, t: &Transactions, by: State, deadline: Option<Time>) -> Result<(), Failure> {
        let commit = by == State::Committing;
        let lost = if commit { t.lost.load(Ordering::SeqCst) } else { 0 };
        let started = self.change(t, |core| core.start_end(commit, lost));
        if let Err(f) = &started
            && f.class == Class::Abortable
        {
            self.abandon_transaction(f.code, &f.text, false);
        }
        started?;
        self.result(t, deadline)
    }

    /// The last step: from here on the application knows how the transaction ended.
    fn acknowledge(&self, t: &Transactions, from: State) -> Outcome {
        let result = self.change(t, |core| {
            core.require(&[from])?;
            core.complete();
            Ok(())
        });
        if result.is_ok() {
            t.gate.close();
        }
        Outcome::over(result)
    }

    /// The transaction has failed: nothing of it is sent any more, and it has to be aborted.
    pub(in crate::client) fn abandon_transaction(&self, code: ErrorCode, text: &str, bump: bool) {
        let Some(t) = &self.transactions else { return };
        let state = t.state();
        if t.with(self.logger(), |core| core.fail_transaction(code, text, bump)) {
            let name = code.label();
            let needs = if bump { ", requires epoch bump" } else { "" };
            self.logger().log(
                crate::base::log::Level::Error,
                "TXNERR",
                format_args!("Current transaction failed in state {}: {text} ({name}{needs})", state.name()),
            );
            t.gate.close();
            // The flags are known ones.
            let _ = self.purge(purge::QUEUE | purge::NON_BLOCKING);
        }
    }

    /// A batch of the transaction is lost. Its partition needs another epoch then, which comes with the abort.
    pub(in crate::client) fn lose_transaction(&self, error: &Error) {
        if error.code == ErrorCode::_FENCED {
            self.fail_transactions_for_good(error.code, &error.text);
        } else {
            self.abandon_transaction(error.code, &error.text, true);
        }
    }

    /// The transactional producer cannot go on.
    pub(in crate::client) fn fail_transactions_for_good(&self, code: ErrorCode, text: &str) {
        let Some(t) = &self.transactions else { return };
        let name = code.label();
        self.logger().log(
            crate::base::log::Level::Alert,
            "TXNERR",
            format_args!("Fatal transaction error: {text} ({name})"),
        );
        self.set_fatal(Error::new(code, text));
        t.gate.close();
        t.with(self.logger(), |core| core.fail_for_good(code, text));
    }
}
