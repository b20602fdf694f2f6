//! Finds the batches of a request by what the response says about them.

use crate::base::sync::Arc;
use crate::producer::batch::Batch;
use std::collections::HashMap;

/// The batches of a request that has been answered. What a response does not mention stays here, and what it
/// mentions twice or without having been asked finds nothing.
pub struct ResponseMap {
    batches: Vec<Option<Batch>>,
    /// How many are still here.
    left: usize,
    /// Where the next one is looked for first: brokers mostly answer in the order of the request.
    next: usize,
    /// Only made for a response in another order: topic, partition, place.
    index: Option<HashMap<(Arc<str>, i32), usize>>,
}

impl ResponseMap {
    pub fn new(batches: Vec<Batch>) -> Self {
        let left = batches.len();
        Self { batches: batches.into_iter().map(Some).collect(), left, next: 0, index: None }
    }

    pub fn take(&mut self, topic: &str, partition: i32) -> Option<Batch> {
        let at = match self.batches.get(self.next) {
            Some(Some(b)) if b.partition.id() == partition && *b.partition.topic().name == *topic => {
                self.next
            }
            _ => {
                let batches = &self.batches;
                let index = self.index.get_or_insert_with(|| index(batches));
                *index.get(&(topic.into(), partition))?
            }
        };
        self.next = at + 1;
        let batch = self.batches.get_mut(at).and_then(Option::take);
        self.left -= usize::from(batch.is_some());
        batch
    }

    /// What the response did not mention.
    pub fn rest(self) -> Vec<Batch> {
        if self.left == 0 {
            return Vec::new();
        }
        self.batches.into_iter().flatten().collect()
    }
}

fn index(batches: &[Option<Batch>]) -> HashMap<(Arc<str>, i32), usize> {
    let place = |(at, b): (usize, &Option<Batch>)| {
        let p = &b.as_ref()?.partition;
        Some(((p.topic().name.clone(), p.id()), at))
    };
    batches.iter().enumerate().filter_map(place).collect()
}

#[cfg(test)]
mod tests;
