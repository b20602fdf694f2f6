//! The engine seam: which partitions go into which request now, and when to ask again.
//!
//! An engine decides about scheduling and packing and nothing else. It does not encode records, does not judge errors and
//! does not own messages: those exist once, in the modules beside this one, for all engines.

mod combine;
mod inspect;
mod legacy;
mod timers;
mod v2;

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::conf::{ProduceEngine, Settings};
use crate::producer::batch::Batch;
use crate::producer::format::ProduceFormat;
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::partition::ready::{Announcement, ReadyList};
use crate::producer::partition::report::Report;
use crate::producer::partition::transaction::TransactionGate;
use crate::stats::engine::EngineStats;

pub use legacy::Legacy;
pub use v2::{Feedback, V2};

/// What an engine keeps with a partition, under the partition's send lock.
#[derive(Default)]
pub struct PartitionState {
    legacy: legacy::LegacyPartition,
    v2: Option<Box<v2::Notes>>,
}

impl PartitionState {
    /// The broker has refused a batch of several segments: those up to this message are tried one by one. `too_large`: so
    /// many segments were too many.
    pub fn note_divided(&mut self, last_msgid: u64, too_large: Option<usize>) {
        self.v2().note_divided(last_msgid, too_large);
    }

    fn v2(&mut self) -> &mut v2::Notes {
        self.v2.get_or_insert_default()
    }

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
    /// Requests that `max.in.flight` leaves free.
    pub slots: usize,
    /// The form in which the broker takes messages.
    pub format: ProduceFormat,
    /// The number of the broker's connection, another one each time that it connects.
    pub connection: u64,
    /// Requests that are out.
    pub in_flight: usize,
    /// When the oldest of them was sent.
    pub in_flight_since: Option<Time>,
    /// Somebody waits in flush(): linger times do not count.
    pub flushing: bool,
    /// The list by which this engine's owner is told of work.
    pub ready: &'a Arc<ReadyList>,
    /// Where an engine counts what is its own; see [`crate::stats`].
    pub stats: &'a EngineStats,
    /// Of an idempotent producer.
    pub producer_ids: Option<&'a ProducerIds>,
    /// Of a transactional producer.
    pub transaction: Option<&'a TransactionGate>,
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
    V2(Box<V2>),
}

impl Engine {
    #[must_use]
    pub fn new(kind: ProduceEngine, settings: &Settings) -> Self {
        match kind {
            ProduceEngine::Legacy => Self::Legacy(Legacy::default()),
            ProduceEngine::V2 => Self::V2(Box::new(V2::new(settings))),
        }
    }

    /// Looks at the partitions that were announced, whose time has come, or that wait for room.
    pub fn serve(&mut self, announced: &mut Vec<Announcement>, pass: &Pass<'_>) -> Output {
        match self {
            Self::Legacy(l) => l.serve(announced, pass),
            Self::V2(v) => v.serve(announced, pass),
        }
    }

    /// Whether there are messages that could leave now if there were room: a reason to have a connection.
    #[must_use]
    pub fn wants_room(&self) -> bool {
        match self {
            Self::Legacy(l) => l.wants_room(),
            Self::V2(v) => v.wants_room(),
        }
    }

    /// Partitions of this owner went to another one, or lost messages, without the engine having a part in it.
    pub fn note_leavers(&mut self) {
        match self {
            Self::Legacy(_) => {}
            Self::V2(v) => v.note_leavers(),
        }
    }

    /// A request was answered.
    pub fn note_response(&mut self, f: &Feedback) {
        match self {
            Self::Legacy(_) => {}
            Self::V2(v) => v.note_response(f),
        }
    }

    /// The largest request that may be written, in bytes.
    #[must_use]
    pub fn largest_request(&self, s: &Settings) -> usize {
        match self {
            Self::Legacy(_) => s.batching.message_max_bytes,
            Self::V2(_) => v2::largest_request(s),
        }
    }
}

#[cfg(test)]
mod tests;
