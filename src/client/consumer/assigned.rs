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
    /// What tells it from others.
    pub(super) fn place(&self) -> (&str, i32) {
        (&self.topic, self.partition)
    }
}
