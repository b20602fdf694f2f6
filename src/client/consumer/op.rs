//! What the main thread is told of consuming.

use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::client::offsets::results::Heard;
use crate::consumer::fetch::track::Basis;
use crate::consumer::offset_to_commit::OffsetOutcome;
use crate::consumer::partition::Partition;
use crate::protocol::offset_for_leader_epoch as epochs;

/// A partition that a broker has been asked about, as it was then.
pub struct Question {
    pub partition: Arc<Partition>,
    pub basis: Basis,
}

/// What the group has committed for partitions that go on there.
pub struct Committed {
    pub asked: Vec<Question>,
    pub found: Result<Vec<OffsetOutcome>, ErrorCode>,
}

pub enum ConsumerOp {
    /// Something of the partition has changed.
    Inspect(Arc<Partition>),
    /// What a leader has answered to ListOffsets.
    Offsets { asked: Vec<Question>, found: Result<Heard, Error> },
    /// What the group's coordinator has answered to OffsetFetch.
    Committed(Committed),
    /// What a leader has answered to OffsetForLeaderEpoch.
    Epochs { asked: Vec<Question>, broker_id: i32, found: Result<epochs::Response, Error> },
}
