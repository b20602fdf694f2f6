//! What applications ask of a consumer. All of it is done on the caller's thread; the main thread is told
//! that there is something to do, and nobody waits for a broker.

use super::assigned::AssignedPartition;
use super::member::{Member, StoredOffset};
use super::shared::Consumer;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::base::sync::atomic::Ordering;
use crate::client::group::CommitJob;
use crate::client::group::op::GroupOp;
use crate::client::ops::MainOp;
use crate::client::queue::events::{Event, EventQueue};
use crate::conf::TopicSettings;
use crate::consumer::partition::Partition;
use crate::consumer::position::{Position, logical};
use std::collections::HashSet;

/// Partitions.
impl Consumer {
    /// A partition that has been used.
    #[must_use]
    pub fn partition(&self, topic: &str, number: i32) -> Option<Arc<Partition>> {
        self.find(topic, number).map(|m| m.partition().clone())
    }

    /// A partition, which counts as used from now on.
    #[must_use]
    pub fn used(&self, topic: &str, number: i32) -> Arc<Partition> {
        self.member(topic, number).partition().clone()
    }

    /// The queue of a partition, made on first use. From now on what waits in it does not count against what
    /// waits elsewhere: the application may leave it unread.
    #[must_use]
    pub fn partition_queue(&self, topic: &str, number: i32) -> Arc<EventQueue> {
        let member = self.member(topic, number);
        if Arc::ptr_eq(&member.partition().budget(), &self.budget) {
            member.partition().set_budget(self.budget_of(member.queue()));
        }
        member.queue().clone()
    }

    /// Returns the version of what is read from now on. `None`: there is nowhere to begin, and nobody else
    /// is asked.
    pub(super) fn begin(&self, member: &Member, from: Option<Position>, settings: &TopicSettings) -> i32 {
        let p = member.partition();
        member.forget_stored();
        let mut track = p.track();
        track.configure(settings.consumer.offset_reset, self.settings.partition_max_bytes);
        p.delivered(logical::INVALID, -1);
        let version = p.bump_version();
        track.begin(version, from.unwrap_or(Position::INVALID));
        if from.is_none() {
            track.refuse();
        }
        drop(track);
        self.inspect(p);
        version
    }

    pub(super) fn end(&self, member: &Member) {
        let p = member.partition();
        let mut track = p.track();
        track.stop(p.bump_version());
        drop(track);
        member.purge();
        p.set_paused(false);
        p.delivered(logical::INVALID, -1);
        member.forget_stored();
        self.inspect(p);
    }

    /// Moves the reading to another place. What has been fetched is dropped.
    ///
    /// # Errors
    /// `_UNKNOWN_PARTITION` for a partition that was never used, `_STATE` for one that is not being read.
    pub fn seek(&self, topic: &str, number: i32, to: Position) -> Result<(), ErrorCode> {
        let member = self.find(topic, number).ok_or(ErrorCode::_UNKNOWN_PARTITION)?;
        let p = member.partition();
        let mut track = p.track();
        if !track.state().is_started() {
            return Err(ErrorCode::_STATE);
        }
        member.keep_stored();
        p.delivered(logical::INVALID, -1);
        track.begin(p.bump_version(), to);
        drop(track);
        self.inspect(p);
        Ok(())
    }

    /// Stops or resumes delivery, also of what is yet to be read. What has been fetched is kept meanwhile,
    /// and nothing more is fetched. The pair says whether the topic is in use, and whether the cluster is
    /// known to have the partition.
    ///
    /// # Errors
    /// `_UNKNOWN_PARTITION` if the topic is not in use.
    pub(in crate::client) fn set_paused(
        &self,
        topic: &str,
        number: i32,
        (in_use, exists): (bool, bool),
        paused: bool,
    ) -> Result<(), ErrorCode> {
        let known = self.find(topic, number).or_else(|| exists.then(|| self.member(topic, number)));
        if let Some(member) = known {
            member.set_paused(paused);
            if !paused {
                self.inspect(member.partition());
            }
            return Ok(());
        }
        if in_use || self.reads_topic(topic) { Ok(()) } else { Err(ErrorCode::_UNKNOWN_PARTITION) }
    }

    /// Puts something that was taken from a queue aside until its partition is resumed.
    pub fn park(&self, partition: &Partition, event: Event) {
        if let Some(member) = self.find(partition.topic(), partition.number()) {
            member.park(event);
        }
    }

    /// Stores an offset to be committed; one that is no offset takes back what was stored.
    ///
    /// # Errors
    /// `_UNKNOWN_PARTITION` for a partition that was never used, `_STATE` for an offset in one that is not
    /// being read, if the consumer has a group.
    pub fn store_offset(
        &self,
        topic: &str,
        number: i32,
        position: Position,
        metadata: &[u8],
    ) -> Result<(), ErrorCode> {
        let member = self.find(topic, number).ok_or(ErrorCode::_UNKNOWN_PARTITION)?;
        let is_read = member.partition().track().state().is_started();
        if position.is_absolute() && !is_read && self.has_group() {
            return Err(ErrorCode::_STATE);
        }
        let stored = StoredOffset { position, metadata: metadata.to_vec() };
        member.store_offset(position.is_absolute().then_some(stored));
        Ok(())
    }

    /// The offset that was stored last.
    #[must_use]
    pub fn stored_offset(&self, topic: &str, number: i32) -> Option<StoredOffset> {
        self.find(topic, number)?.stored()
    }
}

/// Assignments.
impl Consumer {
    /// Reads these partitions and no others; none when the consumer closes.
    ///
    /// # Errors
    /// `_INVALID_ARG` when one of them is there twice. Nothing is read then.
    pub fn assign(&self, partitions: Vec<AssignedPartition>, settings: &TopicSettings) -> Result<(), Error> {
        let mut assignment = self.assignment.lock();
        if self.is_closing() {
            return Ok(());
        }
        let old = std::mem::take(&mut *assignment);
        self.commit_at_end(&old);
        old.iter().for_each(|p| self.unassign(p));
        refuse_duplicates(&partitions)?;
        partitions.iter().for_each(|p| self.assign_one(p, settings));
        *assignment = partitions;
        Ok(())
    }

    /// Reads these partitions, too.
    ///
    /// # Errors
    /// `_CONFLICT` when one of them is read already, `_INVALID_ARG` when one is there twice.
    pub fn incremental_assign(
        &self,
        partitions: Vec<AssignedPartition>,
        settings: &TopicSettings,
    ) -> Result<(), Error> {
        let mut assignment = self.assignment.lock();
        refuse_duplicates(&partitions)?;
        if self.is_closing() {
            return Ok(());
        }
        let known: HashSet<_> = assignment.iter().map(AssignedPartition::place).collect();
        if let Some(p) = partitions.iter().find(|p| known.contains(&p.place())) {
            let text = format!("{} [{}] is already part of the current assignment", p.topic, p.partition);
            return Err(Error::new(ErrorCode::_CONFLICT, text));
        }
        partitions.iter().for_each(|p| self.assign_one(p, settings));
        assignment.extend(partitions);
        Ok(())
    }

    /// Reads these partitions no longer.
    ///
    /// # Errors
    /// `_INVALID_ARG` when one of them is not read, or there twice.
    pub fn incremental_unassign(&self, partitions: &[AssignedPartition]) -> Result<(), Error> {
        let mut assignment = self.assignment.lock();
        if self.is_closing() {
            return Ok(());
        }
        if assignment.is_empty() && !partitions.is_empty() {
            return Err(Error::new(ErrorCode::_INVALID_ARG, "Can't subtract from empty assignment"));
        }
        refuse_duplicates(partitions)?;
        let known: HashSet<_> = assignment.iter().map(AssignedPartition::place).collect();
        if let Some(p) = partitions.iter().find(|p| !known.contains(&p.place())) {
            let text = format!(
                "{} [{}] can't be unassigned since it is not in the current assignment",
                p.topic, p.partition
            );
            return Err(Error::new(ErrorCode::_INVALID_ARG, text));
        }
        self.commit_at_end(partitions);
        partitions.iter().for_each(|p| self.unassign(p));
        let gone: HashSet<_> = partitions.iter().map(AssignedPartition::place).collect();
        assignment.retain(|known| !gone.contains(&known.place()));
        Ok(())
    }

    /// # Errors
    /// `_DESTROY` when the consumer is closed.
    pub fn assignment(&self) -> Result<Vec<AssignedPartition>, ErrorCode> {
        if self.is_closed() {
            return Err(ErrorCode::_DESTROY);
        }
        Ok(self.assignment.lock().clone())
    }

    fn assign_one(&self, p: &AssignedPartition, settings: &TopicSettings) {
        let member = self.member(&p.topic, p.partition);
        member.partition().set_budget(self.budget.clone());
        member.queue().forward(Some(self.queue()));
        self.begin(&member, Some(Position::new(p.offset, p.leader_epoch)), settings);
    }

    fn unassign(&self, p: &AssignedPartition) {
        if let Some(member) = self.find(&p.topic, p.partition) {
            self.end(&member);
        }
    }

    /// Partitions are about to be taken away: what was read of them is committed.
    fn commit_at_end(&self, partitions: &[AssignedPartition]) {
        if !self.settings.commit_at_end || !self.has_group() {
            return;
        }
        let offsets = self.uncommitted_of(partitions);
        if offsets.iter().any(|o| o.offset >= 0) {
            let job = CommitJob::in_background(Some(offsets), "unassigned partitions");
            self.post(MainOp::Group(GroupOp::Commit(job)));
        }
    }

    /// Ends the reading of all partitions, for good. Returns false if that was done before.
    pub fn close(&self) -> bool {
        if self.closing.swap(true, Ordering::SeqCst) {
            return false;
        }
        let mut assignment = self.assignment.lock();
        let assigned = std::mem::take(&mut *assignment);
        self.commit_at_end(&assigned);
        assigned.iter().for_each(|p| self.unassign(p));
        true
    }
}

fn refuse_duplicates(partitions: &[AssignedPartition]) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(partitions.len());
    match partitions.iter().find(|p| !seen.insert(p.place())) {
        Some(p) => {
            let text = format!("Duplicate {} [{}] in input list", p.topic, p.partition);
            Err(Error::new(ErrorCode::_INVALID_ARG, text))
        }
        None => Ok(()),
    }
}
