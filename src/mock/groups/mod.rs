//! The consumer groups of a cluster: where requests find them, and when they are looked after.

pub mod classic;
pub mod consumer;

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::mock::groups::classic::{Committed, Group};
use crate::mock::groups::consumer::ConsumerGroup;
use std::collections::BTreeMap;

/// All groups by their ids.
#[derive(Debug, Default)]
pub struct Groups {
    by_id: BTreeMap<String, Group>,
    /// Counts what a request that waits could be waiting for.
    changes: u64,
}

impl Groups {
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Notes that a group has moved on, which a request could be waiting for.
    pub fn changed(&mut self) {
        self.changes += 1;
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Group)> {
        self.by_id.iter()
    }

    pub fn get(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id)
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.by_id.get_mut(id)
    }

    pub fn get_or_create(&mut self, id: &str) -> &mut Group {
        self.by_id.entry(id.to_owned()).or_default()
    }

    /// The group of a request that only its members send.
    ///
    /// # Errors
    /// When there is no such group.
    pub fn of_member(&mut self, id: &str) -> Result<&mut Group, ErrorCode> {
        self.by_id.get_mut(id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)
    }

    /// Removes a group that has neither members nor positions.
    pub fn remove_if_dead(&mut self, id: &str) {
        if self.by_id.get(id).is_some_and(Group::is_dead) {
            self.by_id.remove(id);
        }
    }

    /// How many partitions are dealt out to members of groups of the consumer protocol.
    pub fn dealt_out(&self) -> usize {
        self.by_id.values().filter_map(|g| g.consumers.as_ref()).map(ConsumerGroup::size).sum()
    }

    /// Stores a position, whoever commits it: a member, a transaction, or nobody in particular.
    pub fn store_offset(&mut self, id: &str, topic: &str, partition: i32, committed: Committed) {
        let group = self.get_or_create(id);
        group.offsets.entry(topic.to_owned()).or_default().insert(partition, committed);
    }

    /// Lets time pass in all groups.
    pub fn serve(&mut self, now: Time) {
        if !self.deadline().is_due(now) {
            return;
        }
        let mut changed = false;
        self.by_id.retain(|_, group| {
            changed |= group.serve(now);
            !group.is_dead()
        });
        self.changes += u64::from(changed);
    }

    /// When [`Self::serve`] has to be called at the latest.
    pub fn deadline(&self) -> Deadline {
        self.by_id.values().fold(Deadline::NEVER, |d, group| d.min(group.deadline()))
    }

    pub fn disconnected(&mut self, conn_id: u64) {
        for group in self.by_id.values_mut() {
            group.disconnected(conn_id);
        }
    }
}

#[cfg(test)]
mod tests;
