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
    /// `_CONFLICT` while another function's work is not finished, `_PREV_IN_PROGRESS` while another thread is in
    /// this one.
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
mod tests {
    use super::*;

    fn in_transaction() -> Core {
        let mut c = Core::default();
        for s in [TxnState::WaitPid, TxnState::ReadyNotAcked, TxnState::Ready] {
            assert!(c.go(s));
        }
        c.begin().unwrap();
        c
    }

    #[test]
    fn one_call_at_a_time() {
        let mut c = Core::default();
        c.enter("init_transactions").unwrap();
        let twice = c.enter("init_transactions").unwrap_err();
        assert_eq!((twice.code, twice.class), (ErrorCode::_PREV_IN_PROGRESS, ErrorClass::Retriable));
        let other = c.enter("commit_transaction").unwrap_err();
        assert_eq!(other.text, "Conflicting init_transactions API call is already in progress");
        // Unfinished work keeps other functions out and may be taken up again.
        c.leave(true, &Err(TxnError::unfinished()));
        assert_eq!(c.enter("begin_transaction").unwrap_err().code, ErrorCode::_CONFLICT);
        c.enter("init_transactions").unwrap();
        c.leave(true, &Ok(()));
        c.enter("begin_transaction").unwrap();
    }

    #[test]
    fn the_result_waits_for_who_resumes_the_call() {
        let mut c = Core::default();
        c.set_result(Ok(()));
        assert!(c.take_result().is_none(), "nobody had called");
        c.enter("init_transactions").unwrap();
        c.go(TxnState::WaitPid);
        c.leave(true, &Err(TxnError::unfinished()));
        assert!(c.identity_assigned());
        c.enter("init_transactions").unwrap();
        assert_eq!(c.take_result(), Some(Ok(())));
        assert_eq!(c.state(), TxnState::ReadyNotAcked);
    }

    #[test]
    fn the_first_error_of_a_transaction_counts() {
        let mut c = in_transaction();
        assert!(c.fail_transaction(ErrorCode::TOPIC_AUTHORIZATION_FAILED, "first", false));
        assert!(!c.fail_transaction(ErrorCode::_TIMED_OUT, "second", true));
        let f = c.require(&[TxnState::BeginCommit]).unwrap_err();
        assert_eq!((f.class, f.text.as_str()), (ErrorClass::Abortable, "first"));
        assert!(c.needs_bump(), "what the second one asks for is not forgotten");
        c.fail_for_good(ErrorCode::_FENCED, "gone");
        assert_eq!(c.require(&[TxnState::Ready]).unwrap_err().class, ErrorClass::Fatal);
        assert!(!c.fail_transaction(ErrorCode::_TIMED_OUT, "third", false));
    }

    #[test]
    fn an_error_that_is_on_its_way_wins_over_success() {
        let mut c = in_transaction();
        c.enter("commit_transaction").unwrap();
        c.fail_for_good(ErrorCode::_FENCED, "fenced");
        c.set_result(Ok(()));
        assert_eq!(c.take_result().unwrap().unwrap_err().code, ErrorCode::_FENCED);
    }

    #[test]
    fn a_call_in_the_wrong_state_says_which_state_it_is() {
        let f = Core::default().begin().unwrap_err();
        assert_eq!((f.code, f.class), (ErrorCode::_STATE, ErrorClass::Plain));
        assert_eq!(f.text, "Operation not valid in state Init");
    }
}
