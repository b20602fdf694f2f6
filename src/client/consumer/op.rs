//! What the main thread is told of consuming.

use crate::base::error::Error;
use crate::base::sync::Arc;
use crate::client::offsets::results::Found;
use crate::consumer::partition::Partition;
use crate::protocol::offset_for_leader_epoch as epochs;

/// A partition that a broker has been asked about, as it was then.
pub struct Question {
    pub partition: Arc<Partition>,
    pub version: i32,
}

pub enum ConsumerOp {
    /// Something of the partition has changed.
    Inspect(Arc<Partition>),
    /// What a leader has answered to ListOffsets.
    Offsets { asked: Vec<Question>, found: Result<Vec<(String, i32, Found)>, Error> },
    /// What a leader has answered to OffsetForLeaderEpoch.
    Epochs { asked: Vec<Question>, broker_id: i32, found: Result<epochs::Response, Error> },
}
