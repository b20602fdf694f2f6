//! What a commit of offsets came to, as an event has it.

use crate::consumer::offset_to_commit::OffsetOutcome;

pub struct Commits {
    pub offsets: Vec<OffsetOutcome>,
    /// The address of a callback of this commit's own; 0 for none.
    pub callback: usize,
    /// The event's opaque is one that was given with the commit.
    pub of_call: bool,
}
