//! What an engine keeps with a partition, under the partition's send lock. Only the engine of the partition's
//! owner reads and writes it.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;

#[derive(Default)]
pub struct EngineNotes {
    legacy: LegacyNotes,
    /// Allocated when v2 first sees the partition.
    v2: Option<Box<V2Notes>>,
}

impl EngineNotes {
    #[inline]
    pub(in crate::producer) fn legacy(&mut self) -> &mut LegacyNotes {
        &mut self.legacy
    }

    #[inline]
    pub(in crate::producer) fn v2(&mut self) -> &mut V2Notes {
        self.v2.get_or_insert_default()
    }

    #[cfg(test)]
    pub(in crate::producer) fn has_v2(&self) -> bool {
        self.v2.is_some()
    }

    /// The broker has refused a batch of several segments: those up to this message are tried one by one.
    /// `too_large`: how many segments were too many, if that was it.
    pub(in crate::producer) fn batch_divided(&mut self, last_msgid: u64, too_large: Option<usize>) {
        let refused = self.v2().refused.get_or_insert_default();
        refused.alone_until = refused.alone_until.max(last_msgid);
        if let Some(segments) = too_large {
            refused.max_segments = Some((segments / 2).max(1));
        }
    }

    /// Forgets everything: the partition goes to another owner.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// The notes of the `legacy` engine.
#[derive(Default)]
pub(in crate::producer) struct LegacyNotes {
    /// The partition stands in the engine's `runnable` or `stalled`.
    pub listed: bool,
    /// The earliest timer that stands for this partition.
    pub timer: Deadline,
}

/// The notes of the `v2` engine.
#[derive(Default)]
#[repr(align(64))]
pub(in crate::producer) struct V2Notes {
    pub state: QueueState,
    /// The earliest timer that stands for the partition.
    pub timer: Deadline,
    pub ranked: Option<Box<Ranked>>,
    pub refused: Option<Box<Refused>>,
}

// With thousands of partitions none is still in the cache when its turn comes again: its notes fit one cache
// line.
const _: () = assert!(size_of::<V2Notes>() == 64);
const _: () = assert!(size_of::<Option<Box<V2Notes>>>() == size_of::<usize>());

/// Where a partition stands in the `v2` engine.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::producer) enum QueueState {
    /// It announces itself with its next message.
    #[default]
    Idle,
    /// In the collector or among the due ones, under this ticket.
    Listed(Place),
    /// Until its timer fires or a batch is settled.
    Resting,
}

/// A partition's place among those that wait: its oldest message's time, and a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::producer) struct Place {
    pub since: Time,
    pub ticket: u64,
}

/// What a partition is ranked by, if `produce.request.policy` asks for it.
#[derive(Default)]
pub(in crate::producer) struct Ranked {
    pub last_turn: Option<Time>,
    /// What the partition may send by deficit round robin, in bytes.
    pub deficit: usize,
}

/// What the broker has refused of a partition.
#[derive(Default)]
pub(in crate::producer) struct Refused {
    /// Messages up to this id are sent without others in their batch: the broker has refused them together.
    pub alone_until: u64,
    /// Larger batches have been refused.
    pub max_segments: Option<usize>,
}

impl V2Notes {
    /// Whether the entry with this ticket still counts.
    pub(in crate::producer) fn has_ticket(&self, ticket: u64) -> bool {
        matches!(self.state, QueueState::Listed(place) if place.ticket == ticket)
    }

    /// Whether a batch that begins with this message and has `segments` segments may take in another one.
    pub(in crate::producer) fn may_grow(&self, first_msgid: u64, segments: usize) -> bool {
        self.refused.as_ref().is_none_or(|refused| {
            first_msgid > refused.alone_until
                && refused.max_segments.is_none_or(|most| segments.max(1) < most)
        })
    }
}
