//! Why a broker has no connection, for whoever waits for it.

use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::producer::partition::cause::Seconds;

/// A time without a connection, from the first failure on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    pub since: Time,
    /// The last failure.
    pub error: Error,
}

impl Outage {
    #[must_use]
    pub fn describe(&self, broker: &str, now: Time) -> String {
        let (lasted, text) = (Seconds(now.since(self.since)), &self.error.text);
        match self.error.code {
            ErrorCode::_AUTHENTICATION => format!("{broker} has refused authentication for {lasted}: {text}"),
            _ => format!("{broker} down for {lasted}: {text}"),
        }
    }
}
