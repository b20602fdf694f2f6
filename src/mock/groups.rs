//! The consumer groups of a cluster: where requests find them, and when they are looked after.

use super::call::Call;
use super::core::Cluster;
use super::group::{Committed, Group};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::protocol::find_coordinator::KEY_TYPE_GROUP;

impl Cluster {
    /// What every request to a group has to pass first.
    pub(super) fn check_group(&self, call: &Call<'_>, group_id: &str) -> Result<(), ErrorCode> {
        call.pushed_error()?;
        if group_id.is_empty() {
            return Err(ErrorCode::INVALID_GROUP_ID);
        }
        self.check_coordinator(call, KEY_TYPE_GROUP, group_id)
    }

    /// The group of a request that only its members send.
    ///
    /// # Errors
    /// When the request has come to the wrong broker or there is no such group.
    pub(super) fn members_group(&mut self, call: &Call<'_>, group_id: &str) -> Result<&mut Group, ErrorCode> {
        self.check_group(call, group_id)?;
        self.groups.get_mut(group_id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)
    }

    /// Stores a position, whoever commits it: a member, a transaction, or nobody in particular.
    #[allow(dead_code)] // For transactions.
    pub(super) fn store_offset(&mut self, group_id: &str, topic: &str, partition: i32, committed: Committed) {
        let group = self.groups.entry(group_id.to_owned()).or_default();
        group.offsets.entry(topic.to_owned()).or_default().insert(partition, committed);
    }

    /// Lets time pass in all groups.
    pub(super) fn serve_groups(&mut self, now: Time) {
        if !self.groups_deadline().is_due(now) {
            return;
        }
        let mut changed = false;
        self.groups.retain(|_, group| {
            changed |= group.serve(now);
            !group.is_dead()
        });
        self.changes += u64::from(changed);
    }

    pub(super) fn groups_deadline(&self) -> Deadline {
        self.groups.values().fold(Deadline::NEVER, |d, group| d.min(group.deadline()))
    }

    pub(super) fn groups_disconnected(&mut self, conn_id: u64) {
        for group in self.groups.values_mut() {
            group.disconnected(conn_id);
        }
    }
}
