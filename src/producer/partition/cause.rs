//! Why messages have failed, in words.

use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use std::fmt;
use std::time::Duration;

/// A duration as it is told: `2.0 s`.
pub struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.0.as_secs_f64())
    }
}

/// The text of a message that failed with `code`: what the code says, and why.
#[must_use]
pub fn text(code: ErrorCode, why: &str) -> Arc<str> {
    format!("{}: {why}", code.describe()).into()
}

/// The last attempt of a partition that failed and was to be repeated.
pub struct LastFailure {
    pub at: Time,
    pub code: ErrorCode,
    /// What is known beyond the code: the broker's text, or what happened to the connection.
    pub detail: Option<Arc<str>>,
    pub broker_id: i32,
    /// Message ids grow: later messages had no part in the attempt.
    pub last_msgid: u64,
}

impl LastFailure {
    /// Whether the failure says something about a message. Not if it comes of the library's own decisions,
    /// such as a change of leaders.
    #[must_use]
    pub fn is_telling(code: ErrorCode) -> bool {
        !matches!(code, ErrorCode::_RETRY | ErrorCode::_DESTROY_BROKER | ErrorCode::_WAIT_COORD)
    }

    #[must_use]
    pub fn describe(&self, now: Time) -> String {
        let ago = Seconds(now.since(self.at));
        let what = self.code.describe();
        let detail = self.detail.as_ref().map(|d| format!(": {d}")).unwrap_or_default();
        match self.code.0 {
            // The broker's own word.
            1.. => format!("broker {} answered {ago} ago: {what}{detail}", self.broker_id),
            _ => format!("the last attempt failed {ago} ago: {what}{detail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_who_when_and_what() {
        let mut f = LastFailure {
            at: Time(1_000_000),
            code: ErrorCode::NOT_ENOUGH_REPLICAS,
            detail: None,
            broker_id: 3,
            last_msgid: 7,
        };
        let told = "broker 3 answered 0.5 s ago: Broker: Not enough in-sync replicas";
        assert_eq!(f.describe(Time(1_500_000)), told);
        f.detail = Some("1 of 2".into());
        assert_eq!(f.describe(Time(1_500_000)), format!("{told}: 1 of 2"));
        f.code = ErrorCode::_TRANSPORT;
        let told = "the last attempt failed 2.0 s ago: Local: Broker transport failure: 1 of 2";
        assert_eq!(f.describe(Time(3_000_000)), told);
    }
}
