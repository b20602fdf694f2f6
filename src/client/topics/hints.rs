//! For how long a leader that a Produce response has named (KIP-951) outranks Metadata with an older leader
//! epoch.
//!
//! The broker that names the next leader knows of it before others do, so older news from Metadata is
//! ignored for a while. Not for good: the response may be about a topic of the same name that is gone by
//! now, whose epochs were higher, or simply wrong.

use crate::base::clock::Time;
use std::collections::HashMap;
use std::time::Duration;

/// Brokers hear of a new leader within a second or so. One that still says something else after this time is
/// right.
const TRUSTED_FOR: Duration = Duration::from_secs(5);

/// The hints that Metadata has not confirmed yet, by topic and partition.
#[derive(Default)]
pub(super) struct UnconfirmedHints(HashMap<String, HashMap<i32, Time>>);

impl UnconfirmedHints {
    pub fn taken(&mut self, topic: &str, partition: i32, now: Time) {
        self.0.entry(topic.to_owned()).or_default().entry(partition).or_insert(now);
    }

    /// Metadata names this leader or a later one.
    pub fn confirmed(&mut self, topic: &str, partition: i32) {
        if let Some(partitions) = self.0.get_mut(topic) {
            partitions.remove(&partition);
            if partitions.is_empty() {
                self.0.remove(topic);
            }
        }
    }

    /// Whether the partition's leader is known by a hint that is not to be trusted any more.
    pub fn is_over(&self, topic: &str, partition: i32, now: Time) -> bool {
        let taken = self.0.get(topic).and_then(|partitions| partitions.get(&partition));
        taken.is_some_and(|at| now >= *at + TRUSTED_FOR)
    }

    pub fn forget(&mut self, topic: &str) {
        self.0.remove(topic);
    }
}

#[cfg(test)]
mod tests;
