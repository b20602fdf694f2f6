//! What logs do not keep: what topics are configured to let go, and what is too much for the memory of all logs.

use crate::mock::cluster::Cluster;
use crate::mock::configs::properties::Effects;
use std::collections::VecDeque;

/// Which batch was appended when, over all partitions: the order in which the limit on memory removes them.
#[derive(Debug, Default)]
pub struct Appended {
    batches: VecDeque<Place>,
    /// How many there may be before they are looked through for those that are gone.
    sweep_at: usize,
}

#[derive(Debug)]
struct Place {
    topic: usize,
    partition: i32,
    base_offset: i64,
}

impl Appended {
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.batches.len()
    }
}

impl Cluster {
    /// Notes that a batch was appended.
    pub(in crate::mock) fn account(&mut self, topic: usize, partition: i32, base_offset: i64, cost: usize) {
        self.memory += cost;
        self.changes += 1;
        self.appended.batches.push_back(Place { topic, partition, base_offset });
        self.forget_what_is_gone();
    }

    /// Batches go in other ways as well (retention, deletion), of which `appended` is told nothing.
    fn forget_what_is_gone(&mut self) {
        const AT_LEAST: usize = 4096;
        let Appended { batches, sweep_at } = &mut self.appended;
        if batches.len() < (*sweep_at).max(AT_LEAST) {
            return;
        }
        let topics = &self.topics;
        batches.retain(|a| {
            let partition =
                topics.get(a.topic).and_then(Option::as_ref).and_then(|t| t.partition(a.partition));
            partition.is_some_and(|p| p.log.start_offset() <= a.base_offset)
        });
        *sweep_at = 2 * batches.len();
    }

    /// Removes the oldest batches until the logs fit into their memory again.
    pub(in crate::mock) fn enforce_memory_limit(&mut self) {
        while self.memory > self.settings.memory_limit {
            let Some(oldest) = self.appended.batches.pop_front() else { return };
            let partition = self.partition_at(oldest.topic, oldest.partition);
            let (freed, piece) = partition.map(|p| p.log.trim(oldest.base_offset)).unwrap_or_default();
            self.memory = self.memory.saturating_sub(freed);
            self.spare.give(piece);
        }
    }

    /// Deletes what a partition's topic does not keep.
    pub(in crate::mock) fn retain(
        &mut self,
        (topic, partition): (usize, i32),
        effect: &Effects,
        wall_ms: i64,
    ) {
        let most = effect.retention_bytes.and_then(|n| usize::try_from(n).ok());
        let oldest = effect.retention_ms.filter(|ms| *ms >= 0).map(|ms| wall_ms.saturating_sub(ms));
        if most.is_none() && oldest.is_none() {
            return;
        }
        let Some(p) = self.partition_at(topic, partition) else { return };
        let freed = p.log.retain(most, oldest);
        self.memory = self.memory.saturating_sub(freed);
    }
}
