//! In which order batches were appended, over all partitions: the limit on memory removes the oldest first.

use std::collections::VecDeque;

#[derive(Debug, Default)]
pub struct Appended {
    batches: VecDeque<BatchLocation>,
    /// How many there may be before they are searched for those that are gone.
    sweep_at: usize,
}

/// Where a batch is.
#[derive(Debug)]
pub struct BatchLocation {
    pub topic: usize,
    pub partition: i32,
    pub base_offset: i64,
}

impl Appended {
    /// Adds a batch. Batches go in other ways as well (retention, deletion): now and then those of which
    /// `is_there` says no are forgotten.
    pub fn push(&mut self, place: BatchLocation, is_there: impl Fn(&BatchLocation) -> bool) {
        const AT_LEAST: usize = 4096;
        self.batches.push_back(place);
        if self.batches.len() < self.sweep_at.max(AT_LEAST) {
            return;
        }
        self.batches.retain(is_there);
        self.sweep_at = 2 * self.batches.len();
    }

    pub fn pop_oldest(&mut self) -> Option<BatchLocation> {
        self.batches.pop_front()
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.batches.len()
    }
}
