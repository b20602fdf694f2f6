//! A consumer group's offsets that are to become part of a transaction.

use crate::base::clock::Time;
use crate::consumer::offset_to_commit::OffsetToCommit;

/// A consumer in its group, as the application names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    pub group: String,
    pub generation: i32,
    pub member: String,
    /// Static members have one.
    pub instance: Option<String>,
}

/// What send_offsets_to_transaction() asks the main thread to do.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub member: GroupMember,
    /// Offsets of one topic stand together.
    pub offsets: Vec<OffsetToCommit>,
    pub deadline: Time,
}
