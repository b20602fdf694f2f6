//! Messages of one partition on their way: formed by an engine, encoded by the writer, settled by the
//! response.

use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::producer::idempotence::sequence::Sealed;
use crate::producer::idempotence::stamp::Stamp;
use crate::producer::partition::Partition;
use crate::producer::partition::queue::RECORD_MIN_OVERHEAD;
use crate::producer::store::runs::{Runs, nth_enqueued, split_runs};
use crate::producer::store::{MessageView, Run};
use std::time::Duration;

/// Messages of one partition that travel together as one record batch. Its contents never change once it has
/// been sent.
pub struct Batch {
    pub partition: Arc<Partition>,
    pub runs: Runs,
    pub messages: usize,
    /// Its place in the sequence of an idempotent producer.
    pub stamp: Option<Stamp>,
    /// Messages in each of its segments, if there are several: what would have been batches of their own,
    /// were a partition not allowed only one in a request. Each has its own report, and if the broker refuses
    /// the batch, each is tried alone.
    pub segments: Vec<usize>,
    /// How many of the first messages were given up while the batch was in flight. They are in the record
    /// batch that was sent, and no longer in `runs`.
    pub given_up: usize,
}

impl Batch {
    #[must_use]
    pub fn new(partition: Arc<Partition>, runs: impl Into<Runs>) -> Self {
        let runs = runs.into();
        let messages = runs.iter().map(Run::len).sum();
        Self { partition, runs, messages, stamp: None, segments: Vec::new(), given_up: 0 }
    }

    /// A batch that is sent again as it was.
    #[must_use]
    pub fn unsealed(partition: Arc<Partition>, sealed: Sealed) -> Self {
        let Sealed { runs, messages, stamp, segments } = sealed;
        Self { partition, runs, messages, stamp: Some(stamp), segments, given_up: 0 }
    }

    /// Keeps the batch as it is, to be sent again under this stamp.
    #[must_use]
    pub fn sealed(self, stamp: Stamp) -> Sealed {
        let Self { runs, messages, segments, .. } = self;
        Sealed { runs, messages, stamp, segments }
    }

    /// Adds a segment.
    pub fn extend(&mut self, runs: Vec<Run>) {
        if self.segments.is_empty() {
            self.segments.push(self.messages);
        }
        let more = runs.iter().map(Run::len).sum();
        self.segments.push(more);
        self.messages += more;
        self.runs.extend(runs);
    }

    /// Takes the last segment out again.
    #[must_use]
    pub fn pop_segment(&mut self) -> Runs {
        let Some(n) = self.segments.pop() else { return Runs::new() };
        if self.segments.len() == 1 {
            self.segments.clear();
        }
        self.messages -= n;
        let mut last = std::mem::take(&mut self.runs);
        self.runs = split_runs(&mut last, self.messages);
        last
    }

    /// The messages of each segment.
    #[must_use]
    pub fn into_segments(self) -> Vec<Runs> {
        divide_at(self.runs, &self.segments)
    }

    /// Estimated size of the record batch without compression.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        let bytes: u64 = self.runs.iter().map(Run::bytes).sum();
        usize::try_from(bytes)
            .unwrap_or(usize::MAX)
            .saturating_add(self.messages * RECORD_MIN_OVERHEAD + RECORD_BATCH_OVERHEAD)
    }

    /// As [`Self::wire_bytes`], without values of this size and more: they are not copied into requests.
    #[must_use]
    pub fn copied_bytes(&self, referenced: usize) -> usize {
        let average = self.wire_bytes() / self.messages.max(1);
        if average < referenced {
            return self.wire_bytes();
        }
        let large = |m: &MessageView<'_>| m.value_len() >= referenced;
        let values = self.runs.iter().flat_map(Run::iter).filter(large).map(|m| m.value_len());
        self.wire_bytes().saturating_sub(values.sum())
    }

    #[must_use]
    pub fn first_msgid(&self) -> u64 {
        self.runs.iter().map(Run::first_msgid).min().unwrap_or(0)
    }

    /// Takes out the messages whose time is up while the batch is in flight. The rest keeps its places in the
    /// record batch.
    #[must_use]
    pub fn give_up(&mut self, now: Time, timeout: Duration) -> Runs {
        let messages = || self.runs.iter().flat_map(Run::iter);
        let is_over = |enqueued: Time| enqueued + timeout <= now;
        let first = messages().take_while(|m| is_over(m.enqueued())).count();
        if first > 0 {
            self.given_up += first;
            self.messages -= first;
            cut_front(&mut self.segments, first);
            return split_runs(&mut self.runs, first);
        }
        // With `queuing.strategy=lifo` the oldest are the last.
        let kept = messages().take_while(|m| !is_over(m.enqueued())).count();
        let mut last = std::mem::take(&mut self.runs);
        self.runs = split_runs(&mut last, kept);
        cut_back(&mut self.segments, self.messages - kept);
        self.messages = kept;
        last
    }

    /// How many of the first messages have their reports already.
    #[must_use]
    pub fn reported(&self) -> usize {
        self.stamp.map_or(0, |s| s.reported)
    }

    /// Enqueue time of the oldest message that still waits for its report.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        match self.stamp {
            Some(stamp) => nth_enqueued(&self.runs, stamp.reported),
            // With `queuing.strategy=lifo` the last of them.
            None => self.runs.iter().filter_map(|r| r.iter().next()).map(|m| m.enqueued()).min(),
        }
    }
}

/// Takes `n` messages from the first segments.
fn cut_front(segments: &mut Vec<usize>, mut n: usize) {
    segments.retain_mut(|messages| {
        let cut = n.min(*messages);
        n -= cut;
        *messages -= cut;
        *messages > 0
    });
}

/// Takes `n` messages from the last segments.
fn cut_back(segments: &mut Vec<usize>, n: usize) {
    segments.reverse();
    cut_front(segments, n);
    segments.reverse();
}

/// The messages of each segment of a batch.
#[must_use]
pub fn divide_at(mut runs: Runs, segments: &[usize]) -> Vec<Runs> {
    let mut all: Vec<Runs> = Vec::with_capacity(segments.len().max(1));
    for n in segments.iter().rev().skip(1).rev() {
        all.push(split_runs(&mut runs, *n));
    }
    all.push(runs);
    all
}

/// Size of a record batch's header (record format v2).
pub const RECORD_BATCH_OVERHEAD: usize = crate::protocol::record_batch::HEADER_LEN;
