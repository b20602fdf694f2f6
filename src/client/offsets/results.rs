//! What is asked about partitions, and what comes of it.

use crate::base::error::ErrorCode;
use std::collections::HashMap;

/// What is asked of one partition.
#[derive(Clone, Debug)]
pub struct OffsetLookup {
    pub topic: String,
    pub partition: i32,
    /// A time in milliseconds, or one of the negative numbers of `protocol::list_offsets`.
    pub target: i64,
}

/// What was heard of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundOffset {
    pub error: ErrorCode,
    pub offset: i64,
    pub timestamp: i64,
    pub leader_epoch: i32,
}

impl FoundOffset {
    pub(in crate::client) fn failed(error: ErrorCode) -> Self {
        Self { error, offset: -1, timestamp: -1, leader_epoch: -1 }
    }
}

/// What one leader was heard to say, partition by partition.
pub type Heard = Vec<(String, i32, FoundOffset)>;

/// The same to look partitions up in: as many may be asked about as a leader has. What is not in an answer is
/// a fault of the broker's.
pub(in crate::client) struct ByPartition<'a>(HashMap<(&'a str, i32), FoundOffset>);

impl<'a> ByPartition<'a> {
    pub fn new(heard: &'a Heard) -> Self {
        Self(heard.iter().map(|(topic, partition, found)| ((topic.as_str(), *partition), *found)).collect())
    }

    pub fn get(&self, topic: &str, partition: i32) -> FoundOffset {
        self.0.get(&(topic, partition)).copied().unwrap_or(FoundOffset::failed(ErrorCode::_BAD_MSG))
    }
}

/// The answer to a question about partitions, each at the place where it was asked about.
#[derive(Clone, Debug)]
pub struct Offsets {
    /// The first error that ended the question as a whole.
    pub error: ErrorCode,
    /// What the search for leaders came to.
    pub leaders: Vec<ErrorCode>,
    pub found: Vec<FoundOffset>,
}

/// The outcome for one partition, as an event tells it.
pub struct OffsetResult {
    pub asked: OffsetLookup,
    pub found: FoundOffset,
}
