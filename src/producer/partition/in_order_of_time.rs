//! Merges queues of messages by the time at which they were produced.

use crate::base::clock::Time;
use crate::producer::store::Run;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Merges queues, each in the order of time already: one message after the other, with the partition of its
/// queue.
pub(super) struct InOrderOfTime {
    queues: Vec<(i32, VecDeque<Run>)>,
    /// The time of each queue's first message.
    heads: BinaryHeap<Reverse<(Time, usize)>>,
}

impl InOrderOfTime {
    pub(super) fn new(queues: Vec<(i32, VecDeque<Run>)>) -> Self {
        let mut merge = Self { queues, heads: BinaryHeap::new() };
        (0..merge.queues.len()).for_each(|i| merge.push_head(i));
        merge
    }

    fn push_head(&mut self, i: usize) {
        let head = self.queues.get(i).and_then(|q| q.1.front()).map(|r| r.get(0).enqueued());
        self.heads.extend(head.map(|t| Reverse((t, i))));
    }
}

impl Iterator for InOrderOfTime {
    type Item = (i32, Run);

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((_, i)) = self.heads.pop()?;
        let (partition, runs) = self.queues.get_mut(i)?;
        let first = runs.front_mut()?;
        let one = first.split_front(1);
        if first.is_empty() {
            runs.pop_front();
        }
        let partition = *partition;
        self.push_head(i);
        Some((partition, one))
    }
}
