//! The engine seam: which partitions go into which request now, and when to ask again.
//!
//! An engine decides about scheduling and packing and nothing else. It does not encode records, does not judge errors and
//! does not own messages: those exist once, in the modules beside this one, for all engines.

mod combine;
mod legacy;
mod look;
mod timers;

use super::batch::Batch;
use super::ready::{Announcement, ReadyList};
use super::report::Report;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::conf::{ProduceEngine, Settings};
use crate::stats::engine::EngineStats;

pub use legacy::Legacy;

/// What an engine keeps with a partition, under the partition's send lock.
#[derive(Default)]
pub struct PartitionState {
    legacy: legacy::LegacyPartition,
}

impl PartitionState {
    /// Forgets everything: the partition goes to another owner.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// What one look at the partitions may do.
pub struct Pass<'a> {
    pub now: Time,
    pub settings: &'a Settings,
    /// Requests that may be built; 0 while nothing can be sent (messages still expire then).
    pub room: usize,
    /// Somebody waits in flush(): linger times do not count.
    pub flushing: bool,
    /// The list by which this engine's owner is told of work.
    pub ready: &'a Arc<ReadyList>,
    /// Where an engine counts what is its own; see [`crate::stats`].
    pub stats: &'a EngineStats,
}

/// What came of a look.
#[derive(Default)]
pub struct Output {
    /// Each inner list is one ProduceRequest.
    pub requests: Vec<Vec<Batch>>,
    /// Messages whose time is up.
    pub reports: Vec<Report>,
    /// When to look again, if nothing happens before.
    pub next: Deadline,
}

/// The engine of one broker.
pub enum Engine {
    Legacy(Legacy),
}

impl Engine {
    #[must_use]
    pub fn new(kind: ProduceEngine) -> Self {
        match kind {
            // The configuration refuses `v2` until it is built.
            ProduceEngine::Legacy | ProduceEngine::V2 => Self::Legacy(Legacy::default()),
        }
    }

    /// Looks at the partitions that were announced, whose time has come, or that wait for room.
    pub fn serve(&mut self, announced: &mut Vec<Announcement>, pass: &Pass<'_>) -> Output {
        match self {
            Self::Legacy(l) => l.serve(announced, pass),
        }
    }

    /// Whether there are messages that could leave now if there were room: a reason to have a connection.
    #[must_use]
    pub fn wants_room(&self) -> bool {
        match self {
            Self::Legacy(l) => l.wants_room(),
        }
    }
}
