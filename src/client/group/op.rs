//! What the main thread is told of a group's offsets.

use super::fetch::FetchJob;
use super::job::{CloseTo, CommitJob};
use crate::base::error::Error;
use crate::client::consumer::op::Question;
use crate::client::coordinator::lookup::FoundCoordinator;
use crate::protocol::{offset_commit, offset_fetch};

pub enum GroupOp {
    Commit(CommitJob),
    Fetch(FetchJob),
    /// A partition is to go on where the group has committed.
    Find(Question),
    /// The consumer is closed once everything is committed.
    Close(CloseTo),
    CoordinatorFound(FoundCoordinator),
    Committed {
        number: u64,
        answer: Result<offset_commit::Response, Error>,
    },
    Fetched {
        number: u64,
        answer: Result<offset_fetch::Response, Error>,
    },
}
