//! Consumer groups.

use super::core::Cluster;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use std::collections::BTreeMap;

/// A group's position in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: String,
}

/// A consumer group as its coordinator sees it.
#[derive(Debug, Default)]
pub struct Group {
    pub(super) offsets: BTreeMap<(String, i32), Committed>,
}

impl Cluster {
    /// Stores a position, whoever commits it: a member, a transaction, or nobody in particular.
    #[allow(dead_code)] // Its callers are being written.
    pub(super) fn store_offset(&mut self, group: &str, topic: &str, partition: i32, committed: Committed) {
        let group = self.groups.entry(group.to_owned()).or_default();
        group.offsets.insert((topic.to_owned(), partition), committed);
    }

    pub(super) fn serve_groups(&mut self, _now: Time) {}

    pub(super) fn groups_deadline(&self) -> Deadline {
        Deadline::NEVER
    }

    pub(super) fn groups_disconnected(&mut self, _conn_id: u64) {}
}
