//! What application threads and the main thread share of a transactional producer: the state, the error that
//! ended the transaction, and the call under way. Pure: whoever holds the lock around it logs, waits and
//! sends.

use super::error::{ErrorClass, TxnError};
use super::state::{Change, TxnState};
use crate::base::error::ErrorCode;

/// The API call under way. A call whose time is up stays here until the same function is called again: its
/// work goes on.
#[derive(Default)]
struct Call {
    name: Option<&'static str>,
    /// A thread is inside the function.
    active: bool,
    result: Option<Result<(), TxnError>>,
}

#[derive(Default)]
pub struct Core {
    state: TxnState,
    /// Why the transaction, or the producer, has failed.
    error: Option<(ErrorCode, String)>,
    /// Why there is no producer id yet.
    init_error: Option<ErrorCode>,
    /// The producer id has to be renewed before the next transaction.
    needs_bump: bool,
    call: Call,
    /// Counts transactions.
    number: u64,
}

impl Core {
    #[must_use]
    pub fn state(&self) -> TxnState {
        self.state
    }

    #[must_use]
    pub fn needs_bump(&self) -> bool {
        self.needs_bump
    }

    #[must_use]
    pub fn error(&self) -> Option<&(ErrorCode, String)> {
        self.error.as_ref()
    }

    /// The producer id has to be renewed before the next transaction.
    pub fn ask_for_bump(&mut self) {
        self.needs_bump = true;
    }

    /// The producer id has been renewed in another way.
    pub fn forget_bump(&mut self) {
        self.needs_bump = false;
    }

    /// Sets why there is no producer id yet: a call that times out says so.
    pub fn set_init_error(&mut self, code: ErrorCode) {
        self.init_error = Some(code);
    }

    #[must_use]
    pub fn init_error(&self) -> Option<ErrorCode> {
        self.init_error
    }

    /// Begins or resumes a call.
    ///
    /// # Errors
    /// `_CONFLICT` while another function's work is not finished, `_PREV_IN_PROGRESS` while another thread
    /// is in this one.
    pub fn enter(&mut self, name: &'static str) -> Result<(), TxnError> {
        match self.call.name {
            Some(other) if other != name => Err(TxnError::new(
                ErrorClass::Retriable,
                ErrorCode::_CONFLICT,
                format!("Conflicting {other} API call is already in progress"),
            )),
            Some(_) if self.call.active => Err(TxnError::new(
                ErrorClass::Retriable,
                ErrorCode::_PREV_IN_PROGRESS,
                format!("Simultaneous {name} API calls not allowed"),
            )),
            _ => {
                self.call.name = Some(name);
                self.call.active = true;
                Ok(())
            }
        }
    }

    /// Ends a call. With `resumable`, a retriable failure leaves its work going on.
    pub fn leave(&mut self, resumable: bool, result: &Result<(), TxnError>) {
        self.call.active = false;
        let goes_on = matches!(result, Err(f) if f.class == ErrorClass::Retriable);
        if !(resumable && goes_on) {
            self.call = Call::default();
        }
    }

    /// The name of the function whose work is under way.
    #[must_use]
    pub fn calling(&self) -> Option<&'static str> {
        self.call.name
    }

    /// Sets what the call under way comes to. The first failure stays; without a call there is nobody to be
    /// told.
    pub fn set_result(&mut self, result: Result<(), TxnError>) {
        if self.call.name.is_some() && !matches!(self.call.result, Some(Err(_))) {
            self.call.result = Some(result);
        }
    }

    pub fn take_result(&mut self) -> Option<Result<(), TxnError>> {
        self.call.result.take()
    }

    #[must_use]
    pub fn has_result(&self) -> bool {
        self.call.result.is_some()
    }

    /// # Errors
    /// If the producer is in none of these states: with the error that brought it where it is, or `_STATE`.
    pub fn require(&self, states: &[TxnState]) -> Result<(), TxnError> {
        if states.contains(&self.state) {
            return Ok(());
        }
        let class = match self.state {
            TxnState::FatalError => ErrorClass::Fatal,
            TxnState::AbortableError => ErrorClass::Abortable,
            _ => {
                let text = format!("Operation not valid in state {}", self.state.name());
                return Err(TxnError::new(ErrorClass::Plain, ErrorCode::_STATE, text));
            }
        };
        let (code, text) = self.error.clone().unwrap_or_default();
        Err(TxnError::new(class, code, text))
    }

    /// Goes to another state; returns whether it did.
    pub fn go(&mut self, next: TxnState) -> bool {
        if next == self.state {
            return false;
        }
        let change = self.state.change_to(next);
        debug_assert_ne!(change, Change::Illegal, "{:?} -> {next:?}", self.state);
        if change == Change::Allowed {
            self.state = next;
        }
        change == Change::Allowed
    }

    /// A new transaction; returns its number, counted from 1.
    ///
    /// # Errors
    /// As [`Self::require`].
    pub fn begin(&mut self) -> Result<u64, TxnError> {
        self.require(&[TxnState::Ready])?;
        self.go(TxnState::InTransaction);
        self.number += 1;
        self.error = None;
        Ok(self.number)
    }

    /// Begins to end the transaction, all of whose messages have been reported. Does nothing if that is under
    /// way.
    ///
    /// # Errors
    /// As [`Self::require`]; an abortable one when `lost` messages keep it from being committed.
    pub fn start_end(&mut self, commit: bool, lost: u64) -> Result<(), TxnError> {
        let (begun, under_way, over) = if commit {
            (TxnState::BeginCommit, TxnState::Committing, TxnState::CommitNotAcked)
        } else {
            (TxnState::BeginAbort, TxnState::Aborting, TxnState::AbortNotAcked)
        };
        self.require(&[begun, under_way, over])?;
        if self.state == over {
            self.set_result(Ok(()));
        } else if self.state == begun {
            if lost > 0 {
                let text = format!("{lost} message(s) failed delivery (see individual delivery reports)");
                return Err(TxnError::new(ErrorClass::Abortable, ErrorCode::_INCONSISTENT, text));
            }
            self.go(under_way);
        }
        Ok(())
    }

    /// The transaction has come to its end and the application knows it.
    pub fn complete(&mut self) {
        self.needs_bump = false;
        self.go(TxnState::Ready);
    }

    /// The producer has a producer id (again). Returns whether that ends what the application waits for.
    pub fn identity_assigned(&mut self) -> bool {
        let next = match self.state {
            TxnState::WaitPid => TxnState::ReadyNotAcked,
            // The id was renewed because of the transaction that is being aborted.
            TxnState::BeginAbort | TxnState::Aborting if self.needs_bump => TxnState::AbortNotAcked,
            _ => return false,
        };
        self.go(next);
        self.set_result(Ok(()));
        true
    }

    /// The producer cannot go on.
    pub fn fail_for_good(&mut self, code: ErrorCode, text: &str) {
        self.error = Some((code, text.to_owned()));
        self.go(TxnState::FatalError);
        self.set_result(Err(TxnError::new(ErrorClass::Fatal, code, text)));
    }

    /// The transaction has failed. Returns whether this is what made it fail.
    pub fn fail_transaction(&mut self, code: ErrorCode, text: &str, bump: bool) -> bool {
        if self.state == TxnState::FatalError {
            return false;
        }
        self.needs_bump |= bump;
        if self.error.is_some() {
            return false;
        }
        self.error = Some((code, text.to_owned()));
        self.go(TxnState::AbortableError)
    }
}

#[cfg(test)]
mod tests;
