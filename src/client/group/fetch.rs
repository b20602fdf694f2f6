//! A look-up of what a group has committed, and who asked.

use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::client::consumer::op::Question;
use crate::client::reply::Reply;
use crate::consumer::offset_to_commit::OffsetOutcome;

/// What the group has committed, partition by partition.
pub type FetchedOffsets = Result<Vec<OffsetOutcome>, ErrorCode>;

pub(in crate::client) enum FetchTo {
    Caller {
        reply: Arc<Reply<FetchedOffsets>>,
        deadline: Time,
    },
    /// Partitions that go on there.
    Partitions(Vec<Question>),
}

pub struct FetchJob {
    pub(super) partitions: Vec<(String, i32)>,
    pub(super) to: FetchTo,
}

impl FetchJob {
    /// For partitions that are to go on where the group has committed.
    pub fn of_partitions(asked: Vec<Question>) -> Self {
        let place = |q: &Question| (q.partition.topic().to_string(), q.partition.number());
        Self { partitions: asked.iter().map(place).collect(), to: FetchTo::Partitions(asked) }
    }

    /// When the caller's time is over.
    pub fn deadline(&self) -> Option<Time> {
        match self.to {
            FetchTo::Caller { deadline, .. } => Some(deadline),
            FetchTo::Partitions(_) => None,
        }
    }

    /// Partitions are looked up until there is an answer.
    pub fn is_persistent(&self) -> bool {
        matches!(self.to, FetchTo::Partitions(_))
    }
}
