//! Messages of one partition on their way: formed by an engine, encoded by the writer, settled by the response.

use super::partition::Partition;
use super::queue::RECORD_MIN_OVERHEAD;
use super::sequence::{Stamp, nth_enqueued};
use super::store::Run;
use crate::base::clock::Time;
use crate::base::sync::Arc;

/// Messages of one partition that travel together as one record batch. Its contents never change once it has been sent.
pub struct Batch {
    pub partition: Arc<Partition>,
    pub runs: Vec<Run>,
    pub messages: usize,
    /// Its place in the sequence of an idempotent producer.
    pub stamp: Option<Stamp>,
}

impl Batch {
    #[must_use]
    pub fn new(partition: Arc<Partition>, runs: Vec<Run>) -> Self {
        let messages = runs.iter().map(Run::len).sum();
        Self { partition, runs, messages, stamp: None }
    }

    /// Estimated size of the record batch without compression.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        let bytes: u64 = self.runs.iter().map(Run::bytes).sum();
        usize::try_from(bytes)
            .unwrap_or(usize::MAX)
            .saturating_add(self.messages * RECORD_MIN_OVERHEAD + RECORD_BATCH_OVERHEAD)
    }

    #[must_use]
    pub fn first_msgid(&self) -> u64 {
        self.runs.first().map_or(0, Run::first_msgid)
    }

    /// As many of the first messages have their reports already.
    #[must_use]
    pub fn reported(&self) -> usize {
        self.stamp.map_or(0, |s| s.reported)
    }

    /// Enqueue time of the oldest message that still waits for its report.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        nth_enqueued(&self.runs, self.reported())
    }
}

/// Size of a record batch's header (record format v2).
pub const RECORD_BATCH_OVERHEAD: usize = 61;
