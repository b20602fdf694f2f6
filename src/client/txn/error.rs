//! Why a call of the transactional API failed, and what the application may do about it.

use crate::base::error::ErrorCode;

/// What follows from a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorClass {
    /// The call was not allowed; nothing has changed.
    #[default]
    Plain,
    /// The same call may be made again.
    Retriable,
    /// The transaction has to be aborted.
    Abortable,
    /// The producer cannot go on.
    Fatal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxnError {
    pub code: ErrorCode,
    pub text: String,
    pub class: ErrorClass,
}

impl TxnError {
    #[must_use]
    pub fn new(class: ErrorClass, code: ErrorCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), class }
    }

    /// The work goes on; the next call of the same function takes it up again.
    #[must_use]
    pub fn unfinished() -> Self {
        Self::new(
            ErrorClass::Retriable,
            ErrorCode::_TIMED_OUT,
            "Timed out waiting for operation to finish, retry call to resume",
        )
    }
}

/// The codes that applications see for what brokers answer.
#[must_use]
pub fn visible(code: ErrorCode) -> ErrorCode {
    match code {
        ErrorCode::INVALID_PRODUCER_EPOCH | ErrorCode::PRODUCER_FENCED => ErrorCode::_FENCED,
        ErrorCode::_TIMED_OUT_QUEUE => ErrorCode::_TIMED_OUT,
        other => other,
    }
}
