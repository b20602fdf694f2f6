//! An error that reaches the application in a message's place.

use super::partition::Partition;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;

/// An error among the messages of a partition, the end of a partition among them, or of a topic or the
/// consumer as a whole.
#[derive(Clone, Debug)]
pub struct ConsumerError {
    /// `None`: not of one partition.
    pub partition: Option<Arc<Partition>>,
    /// The partition's version when this came about: what is older than the partition is dropped.
    pub version: i32,
    /// The topic of an error that is not of one partition.
    pub topic: Option<Arc<str>>,
    pub code: ErrorCode,
    pub text: String,
    /// -1001 if there is none.
    pub offset: i64,
    /// The broker that it came from; -1 for none.
    pub broker_id: i32,
}
