//! What an application assigns.

/// A partition that is to be read, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignedPartition {
    pub topic: String,
    pub partition: i32,
    /// May be a logical one.
    pub offset: i64,
    pub leader_epoch: i32,
}

impl AssignedPartition {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.partition == other.partition && self.topic == other.topic
    }
}
