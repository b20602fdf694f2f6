//! A partition's sending side: what waits to be sent, and what is known of what was.

use super::cause::LastFailure;
use super::engine_notes::EngineNotes;
use super::membership::Membership;
use super::queue::MsgQueue;
use super::ready::ReadyList;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::producer::idempotence::sequence::Sequencer;

/// The sending side. Locked by its broker for the length of one look, so nearly never contended. What every
/// batch needs stands together, as on the append side.
#[repr(C)]
pub struct SendSide<P> {
    /// The list of whoever serves the partition, as on the append side.
    pub(super) owner: Option<Arc<ReadyList<P>>>,
    /// What the engine keeps about this partition.
    pub engine: EngineNotes,
    /// Batches out with a broker.
    inflight: usize,
    /// No batch leaves before this time, after a retriable error.
    pub backoff: Deadline,
    /// The partition is not one of its topic's any more. Should there be one of this number again, that has
    /// its own sequence and may share requests with others, so this one must not send anything: a request
    /// names a partition once.
    pub retired: Option<ErrorCode>,
    /// The application has paused the partition: no batch leaves.
    paused: bool,
    /// Something is held up until a batch in flight has been settled; whoever settles it wakes the owner.
    waits_for_settling: bool,
    pub queue: MsgQueue,
    /// Sequence numbers of an idempotent producer, and batches that wait to be sent again.
    pub sequencer: Sequencer,
    pub membership: Membership,
    /// What the last attempt failed with that was to be repeated. It is never taken back: the ids of its
    /// messages say whom it concerns.
    last_failure: Option<Box<LastFailure>>,
}

/// What a batch that has come back leaves behind.
pub(super) struct Returned {
    /// Something was held up until this.
    pub was_awaited: bool,
    /// Nothing waits on this side, and nothing is in flight.
    pub is_idle: bool,
}

impl<P> SendSide<P> {
    pub(super) fn new(queue: MsgQueue) -> Self {
        Self {
            owner: None,
            engine: EngineNotes::default(),
            inflight: 0,
            backoff: Deadline::NEVER,
            retired: None,
            paused: false,
            waits_for_settling: false,
            queue,
            sequencer: Sequencer::default(),
            membership: Membership::default(),
            last_failure: None,
        }
    }

    /// Whether the application holds the partition back.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Returns whether it was.
    pub(super) fn set_paused(&mut self, paused: bool) -> bool {
        std::mem::replace(&mut self.paused, paused)
    }

    /// What the last attempt failed with, whose messages were to be sent again.
    #[must_use]
    pub fn last_failure(&self) -> Option<&LastFailure> {
        self.last_failure.as_deref()
    }

    /// An attempt has failed, and its messages are to be sent again. What says nothing is not remembered.
    pub fn attempt_failed(&mut self, failure: Option<Box<LastFailure>>) {
        if failure.is_some() {
            self.last_failure = failure;
        }
    }

    /// Batches in flight.
    #[must_use]
    pub fn inflight(&self) -> usize {
        self.inflight
    }

    /// A batch is about to leave.
    pub fn batch_taken(&mut self) {
        self.inflight += 1;
    }

    /// A batch that was taken does not leave now.
    pub(in crate::producer) fn batch_put_back(&mut self) {
        self.inflight = self.inflight.saturating_sub(1);
    }

    /// Has the owner woken when the next batch is settled.
    pub(in crate::producer) fn await_settling(&mut self) {
        self.waits_for_settling = true;
    }

    /// A batch was settled; its messages are where they belong.
    pub(super) fn batch_returned(&mut self, sequenced: bool) -> Returned {
        self.inflight = self.inflight.saturating_sub(1);
        // Without a sequence nothing is ever sealed, and the sequencer is not looked at.
        let sealed = sequenced && self.sequencer.has_sealed();
        Returned {
            was_awaited: std::mem::take(&mut self.waits_for_settling),
            is_idle: self.inflight == 0 && self.queue.is_empty() && !sealed,
        }
    }

    /// Enqueue time of the oldest message that waits on this side.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        self.sequencer.oldest().or_else(|| self.queue.oldest())
    }

    /// Whether the engine that `list` belongs to may touch its notes about the partition.
    #[must_use]
    pub fn is_owned_by(&self, list: &Arc<ReadyList<P>>) -> bool {
        self.owner.as_ref().is_some_and(|o| Arc::ptr_eq(o, list))
    }
}
