//! The topics of the cluster and what their logs hold, which is limited for all of them together.

use crate::base::error::ErrorCode;
use crate::mock::configs::properties::Effects;
use crate::mock::log::Spare;
use crate::mock::log::batch;
use crate::mock::log::retention::{Appended, BatchLocation};
use crate::mock::topic::{Partition, Topic};
use crate::protocol::TopicId;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct Catalogue {
    /// Deleted topics leave a hole, so that indices stay what they are.
    topics: Vec<Option<Topic>>,
    by_name: BTreeMap<String, usize>,
    partition_count: usize,
    /// Counts what becomes of topics and their partitions.
    version: u64,
    /// Counts what a request that waits could be waiting for.
    changes: u64,
    /// The memory that all logs take.
    memory: usize,
    appended: Appended,
    spare: Spare,
}

impl Catalogue {
    /// Changes when topics or their partitions do.
    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn changes(&self) -> u64 {
        self.changes
    }

    pub fn partition_count(&self) -> usize {
        self.partition_count
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Topic> {
        self.topics.iter().flatten()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Topic> {
        self.topics.iter_mut().flatten()
    }

    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topic_at(self.index_of(name)?)
    }

    pub fn topic_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.topic_at_mut(self.index_of(name)?)
    }

    pub fn partition(&self, topic: &str, partition: i32) -> Option<&Partition> {
        self.topic(topic)?.partition(partition)
    }

    pub fn topic_at(&self, index: usize) -> Option<&Topic> {
        self.topics.get(index)?.as_ref()
    }

    pub fn topic_at_mut(&mut self, index: usize) -> Option<&mut Topic> {
        self.topics.get_mut(index)?.as_mut()
    }

    pub fn partition_at(&mut self, (topic, partition): (usize, i32)) -> Option<&mut Partition> {
        self.topic_at_mut(topic)?.partition_mut(partition)
    }

    /// Creates a topic with its replicas dealt out over `brokers`. `limit`: so many partitions may all
    /// topics have.
    ///
    /// # Errors
    /// When it exists or cannot.
    pub fn create(
        &mut self,
        name: &str,
        (partitions, replication): (i32, i32),
        brokers: &[i32],
        limit: usize,
    ) -> Result<(), ErrorCode> {
        if self.by_name.contains_key(name) {
            return Err(ErrorCode::TOPIC_ALREADY_EXISTS);
        }
        let count =
            usize::try_from(partitions).ok().filter(|n| *n > 0).ok_or(ErrorCode::INVALID_PARTITIONS)?;
        let together = self.partition_count.saturating_add(count);
        if together > limit {
            return Err(ErrorCode::INVALID_PARTITIONS);
        }
        let replication = usize::try_from(replication).map_err(|_| ErrorCode::INVALID_REPLICATION_FACTOR)?;
        let index = self.topics.len();
        self.topics.push(Some(Topic::new(name, id_of(index), partitions, replication, brokers)));
        self.by_name.insert(name.to_owned(), index);
        self.partition_count = together;
        self.version += 1;
        self.changes += 1;
        Ok(())
    }

    /// # Errors
    /// When there is no such topic.
    pub fn delete(&mut self, name: &str) -> Result<(), ErrorCode> {
        let index = self.by_name.remove(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        let topic = self.topics.get_mut(index).and_then(Option::take);
        let gone = topic.as_ref().map_or(0, |t| t.partitions.len());
        self.partition_count = self.partition_count.saturating_sub(gone);
        let freed: usize = topic.iter().flat_map(|t| &t.partitions).map(|p| p.log.cost()).sum();
        self.memory = self.memory.saturating_sub(freed);
        self.version += 1;
        self.changes += 1;
        Ok(())
    }

    /// Adds partitions to a topic until there are `count`; returns the new ones.
    pub fn grow(
        &mut self,
        name: &str,
        count: i32,
        replication: usize,
        brokers: &[i32],
    ) -> impl Iterator<Item = &mut Partition> {
        let mut topic = self.by_name.get(name).and_then(|index| self.topics.get_mut(*index)?.as_mut());
        let present = topic.as_ref().map_or(0, |t| t.partitions.len());
        if let Some(topic) = &mut topic {
            topic.add_partitions(count, replication, brokers);
            self.partition_count += topic.partitions.len() - present;
        }
        self.version += 1;
        self.changes += 1;
        topic.into_iter().flat_map(|t| &mut t.partitions).skip(present)
    }

    /// Deals out all replicas anew over `brokers`.
    pub fn reassign(&mut self, brokers: &[i32]) {
        for p in self.topics.iter_mut().flatten().flat_map(|t| &mut t.partitions) {
            p.assign(brokers);
        }
        self.changes += 1;
    }

    /// # Errors
    /// When there is no such partition or the offset is not in its log.
    pub fn delete_records(&mut self, topic: &str, partition: i32, before: i64) -> Result<(), ErrorCode> {
        let p = self.topic_mut(topic).and_then(|t| t.partition_mut(partition));
        let p = p.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        if before > p.log.end_offset() {
            return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
        }
        let freed = p.log.delete_before(before);
        self.memory = self.memory.saturating_sub(freed);
        self.changes += 1;
        Ok(())
    }

    /// Writes a transaction's outcome into a partition, if that is still there.
    pub fn append_marker(
        &mut self,
        place: (usize, i32),
        (producer_id, epoch): (i64, i16),
        commit: bool,
        wall_ms: i64,
    ) {
        let Some(p) = self.partition_at(place) else { return };
        let (bytes, info) = batch::marker(producer_id, epoch, commit, wall_ms);
        let (offset, cost) = p.log.append(&bytes, &info, p.leader_epoch, Vec::new());
        p.txns.ended(producer_id, commit, offset, p.log.start_offset());
        p.producers.ended_transaction(producer_id, epoch);
        self.account(place, offset, cost);
    }

    /// Notes that a batch was appended, which takes `cost` bytes of memory.
    pub fn account(&mut self, (topic, partition): (usize, i32), base_offset: i64, cost: usize) {
        self.memory += cost;
        self.changes += 1;
        let Self { appended, topics, .. } = self;
        appended.push(BatchLocation { topic, partition, base_offset }, |place| {
            let topic = topics.get(place.topic).and_then(Option::as_ref);
            let partition = topic.and_then(|t| t.partition(place.partition));
            partition.is_some_and(|p| p.log.start_offset() <= place.base_offset)
        });
    }

    pub fn memory(&self) -> usize {
        self.memory
    }

    /// Removes the oldest batches until the logs fit into `limit` again.
    pub fn enforce_memory_limit(&mut self, limit: usize) {
        while self.memory > limit {
            let Some(oldest) = self.appended.pop_oldest() else { return };
            let partition = self.partition_at((oldest.topic, oldest.partition));
            let (freed, piece) = partition.map(|p| p.log.trim(oldest.base_offset)).unwrap_or_default();
            self.memory = self.memory.saturating_sub(freed);
            self.spare.give(piece);
        }
    }

    /// Deletes what a partition's topic does not keep.
    pub fn retain(&mut self, place: (usize, i32), effect: &Effects, wall_ms: i64) {
        let most = effect.retention_bytes.and_then(|n| usize::try_from(n).ok());
        let oldest = effect.retention_ms.filter(|ms| *ms >= 0).map(|ms| wall_ms.saturating_sub(ms));
        if most.is_none() && oldest.is_none() {
            return;
        }
        let Some(p) = self.partition_at(place) else { return };
        let freed = p.log.retain(most, oldest);
        self.memory = self.memory.saturating_sub(freed);
    }

    /// Memory of this length that has been used before, or an empty piece.
    pub fn take_memory(&mut self, len: usize) -> Vec<u8> {
        self.spare.take(len)
    }

    /// Keeps a piece of memory to be used again.
    pub fn give_memory(&mut self, piece: Vec<u8>) {
        self.spare.give(piece);
    }

    #[cfg(test)]
    pub fn appended(&self) -> &Appended {
        &self.appended
    }
}

fn id_of(index: usize) -> TopicId {
    let mut id = *b"mock-topic\0\0\0\0\0\0";
    if let Some(tail) = id.last_chunk_mut::<4>() {
        *tail = u32::try_from(index + 1).unwrap_or(u32::MAX).to_be_bytes();
    }
    id
}
