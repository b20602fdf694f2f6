//! What came of a schedule.

use super::app::Tally;
use super::net::Counters;
use rdkafka::base::error::ErrorCode;
use std::collections::BTreeMap;
use std::time::Duration;

/// What came of a schedule; shown when it fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub violations: Vec<String>,
    pub tally: Tally,
    pub counters: Counters,
    pub delivered: usize,
    pub failed: usize,
    /// Pushes of metrics that the cluster has taken.
    pub pushes: usize,
    pub duration: Duration,
    /// Of a patient application.
    pub outcome: Option<Outcome>,
}

/// What became of the messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Of each message: error and partition.
    pub fates: Vec<Option<(ErrorCode, i32)>>,
    /// The values in each partition.
    pub logs: BTreeMap<(usize, i32), Vec<Option<Vec<u8>>>>,
}

/// What a client does that has nothing to do.
#[derive(Clone, Copy, Debug)]
pub struct Idleness {
    /// Of all threads together.
    pub wake_ups: u64,
    pub metadata_requests: usize,
    pub connects: u64,
}
