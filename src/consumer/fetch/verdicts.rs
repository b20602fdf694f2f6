//! What a partition's track says to those who ask it.

use crate::base::deadline::Deadline;
use crate::consumer::position::Position;
use crate::protocol::TopicId;

/// What the main thread has to do for a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Nothing, until then.
    None(Deadline),
    /// This broker fetches from now on.
    Fetch { broker: i32 },
    /// The offset has to be asked for: a logical one.
    FindOffset { target: i64 },
    /// The group has to be asked what it has committed.
    FindCommitted,
    /// The leader has to be asked whether its log still has this place.
    Validate { position: Position },
}

/// What a question to a leader rests on: an answer is of use as long as all of it still is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    pub version: i32,
    pub leader_epoch: i32,
    pub topic_id: TopicId,
}

/// What a broker asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub version: i32,
    pub position: Position,
    pub leader_epoch: i32,
    pub topic_id: TopicId,
    pub max_bytes: i32,
}

/// Whether a broker may ask for a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    Now(Wanted),
    Later(Deadline),
    /// It is not this broker's.
    Elsewhere,
}

/// What asking for an offset came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// It is being looked for.
    Searching(i64),
    /// It goes on where the log is known to begin.
    Cached(i64),
    /// There is nowhere to go on (`auto.offset.reset=error`).
    Refused,
}

/// What a leader's word on the end of an epoch means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Something else is going on by now.
    Outdated,
    Valid,
    /// The log has lost what was read before `at`.
    Truncated {
        at: Position,
        resumed: bool,
    },
}
