//! Offsets that are committed for a consumer group.

use crate::base::error::ErrorCode;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetToCommit {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// -1 for none.
    pub leader_epoch: i32,
    /// Whatever the application has given, text or not.
    pub metadata: Option<Vec<u8>>,
}

/// The result of a commit, or what the group has committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetOutcome {
    pub offset: OffsetToCommit,
    pub error: ErrorCode,
}

impl OffsetOutcome {
    #[must_use]
    pub fn of(offset: OffsetToCommit) -> Self {
        Self { offset, error: ErrorCode::NO_ERROR }
    }
}
