//! Requests without an answer.

use crate::base::error::ErrorCode;
use crate::base::sync::Arc;

/// How a request has failed without an answer.
pub struct Failed {
    pub code: ErrorCode,
    /// The broker may have seen some of it.
    pub sent: bool,
    /// For people, if there is more to say than the code does.
    pub why: Option<Arc<str>>,
}

impl Failed {
    /// It was taken back before it was sent.
    #[must_use]
    pub fn of_ours(code: ErrorCode) -> Self {
        Self { code, sent: false, why: None }
    }
}
