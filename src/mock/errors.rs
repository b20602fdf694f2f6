//! Errors that a test has pushed: answered one per request, first in, first out.

use crate::base::error::ErrorCode;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// One pushed error, or just a delay when the code is `NO_ERROR`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    pub code: ErrorCode,
    /// Delays this one answer, on top of the broker's round-trip time.
    pub rtt: Duration,
}

/// A batch is refused because of some of its records (KIP-467).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordErrors {
    pub code: ErrorCode,
    pub message: Option<String>,
    /// Indices within the batch, each with a text of its own.
    pub records: Vec<(i32, Option<String>)>,
}

/// Pushed errors by API key.
#[derive(Debug, Default)]
pub struct ErrorStacks(BTreeMap<i16, VecDeque<Pushed>>);

impl ErrorStacks {
    pub fn push(&mut self, api_key: i16, errors: impl IntoIterator<Item = Pushed>) {
        self.0.entry(api_key).or_default().extend(errors);
    }

    pub fn next(&mut self, api_key: i16) -> Option<Pushed> {
        self.0.get_mut(&api_key)?.pop_front()
    }

    pub fn clear(&mut self, api_key: i16) {
        self.0.remove(&api_key);
    }

    #[must_use]
    pub fn len(&self, api_key: i16) -> usize {
        self.0.get(&api_key).map_or(0, VecDeque::len)
    }
}
