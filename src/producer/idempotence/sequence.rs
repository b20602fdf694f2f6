//! A partition's sequence numbers: which batch has which, what is known of batches that failed, and when a
//! partition may go on. The rules are written down in docs/internals/idempotence.md.
//!
//! A batch has a position, counted in messages since the partition took up its producer id; its base sequence
//! is that modulo 2^31. Once it has one it is immutable, and a batch that has to be sent again waits here,
//! sealed. Messages that fail before they have a position leave no gap.

use super::broker_state::{BrokerState, MAX_IN_FLIGHT};
use super::producer_id::ProducerId;
use super::stamp::{Denials, Stamp};
use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::runs::{Runs, nth_enqueued, split_runs};
use crate::producer::store::{OpenChunk, Run, StoredMessage, Value};
use std::collections::VecDeque;
use std::time::Duration;

/// A sequenced batch that waits to be sent again.
pub struct Sealed {
    pub runs: Runs,
    pub messages: usize,
    pub stamp: Stamp,
    /// Messages in each of its segments, if there are several.
    pub segments: Vec<usize>,
}

impl Sealed {
    /// Enqueue time of the first message that has not been reported.
    fn oldest(&self) -> Option<Time> {
        nth_enqueued(&self.runs, self.stamp.reported)
    }
}

/// Why a partition cannot go on with its epoch. Sealed batches that are certainly not stored then wait for
/// another epoch. Those that may be stored are sent again first, since the broker recognises them only by
/// their own sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Batches up to this position were given up. Once a later one is acknowledged, the broker's sequence has
    /// moved past them, and the epoch can go on.
    Gap { end: u64 },
    /// Sealed messages have to be numbered anew.
    Renumber,
}

/// Whether a batch can be formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The next sealed batch.
    Sealed,
    /// A new batch.
    Fresh,
    /// Not before batches in flight are completed; whoever completes them wakes the owner.
    Settling,
    /// Not with the present producer id.
    NewId { used: ProducerId, reset: bool },
}

/// A partition's part of the idempotent producer. Without idempotence it is empty, and only its first field
/// is read.
#[derive(Default)]
#[repr(C)]
pub struct Sequencer {
    sealed: VecDeque<Sealed>,
    pid: Option<ProducerId>,
    /// Position of the next new batch.
    next: u64,
    /// Positions of the batches in flight.
    out: Vec<u64>,
    /// Positions of batches that were finished although one before them is not: they are or may be stored.
    /// The broker recognises the one before them only as long as it is among the last [`MAX_IN_FLIGHT`]
    /// batches.
    overtaking: Vec<u64>,
    /// Nothing leaves before everything in flight is completed.
    awaits_completion: bool,
    broker: BrokerState,
    trouble: Option<Trouble>,
    /// A higher epoch of the same producer id would not help.
    reset: bool,
}

impl Sequencer {
    #[must_use]
    pub fn pid(&self) -> Option<ProducerId> {
        self.pid
    }

    #[must_use]
    pub fn has_sealed(&self) -> bool {
        !self.sealed.is_empty()
    }

    /// Messages in sealed batches that have not been reported.
    #[must_use]
    pub fn sealed_messages(&self) -> usize {
        self.sealed.iter().map(|s| s.messages - s.stamp.reported).sum()
    }

    #[must_use]
    pub fn sealed_bytes(&self) -> u64 {
        self.sealed.iter().flat_map(|s| &s.runs).map(Run::bytes).sum()
    }

    /// Enqueue time of the oldest message in a sealed batch.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        self.sealed.front().and_then(Sealed::oldest)
    }

    /// Position of the oldest message that the broker has not acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> u64 {
        let sealed = self.sealed.front().map(|s| s.stamp.position);
        self.out.iter().copied().chain(sealed).fold(self.next, u64::min)
    }

    /// The leader has changed. What was sent to the former one has to be completed first.
    pub fn leader_changed(&mut self) {
        self.awaits_completion |= !self.out.is_empty();
        self.broker.doubt();
    }

    /// Which batch may leave, with `current` as the client's producer id, on a connection of this number.
    pub fn turn(&mut self, current: Option<ProducerId>, now: Time, connection: u64) -> Turn {
        let out = self.out.len();
        self.awaits_completion &= out > 0;
        let most = self.broker.limit(now, connection);
        if self.awaits_completion || out >= most || (out > 0 && out + self.overtaking() >= MAX_IN_FLIGHT) {
            return Turn::Settling;
        }
        if self.next_sealed().is_some() {
            return Turn::Sealed;
        }
        if self.trouble.is_none() && self.pid == current {
            return Turn::Fresh;
        }
        match self.pid {
            _ if out > 0 => Turn::Settling,
            Some(used) if self.trouble.is_some() => Turn::NewId { used, reset: self.reset },
            _ if current.is_some() => Turn::Fresh,
            _ => Turn::Settling,
        }
    }

    fn overtaking(&mut self) -> usize {
        if !self.overtaking.is_empty() {
            let oldest = self.unacknowledged();
            self.overtaking.retain(|p| *p > oldest);
        }
        self.overtaking.len()
    }

    /// The sealed batch that is sent next under the present epoch.
    fn next_sealed(&self) -> Option<usize> {
        self.sealed.iter().position(|s| self.keeps_its_sequence(&s.stamp))
    }

    fn keeps_its_sequence(&self, stamp: &Stamp) -> bool {
        self.trouble.is_none() || stamp.maybe_stored
    }

    /// Begins an epoch, with sequences from 0 on. Returns the messages of sealed batches, none of which is
    /// stored: they belong into the queue again.
    pub fn start_epoch(&mut self, pid: ProducerId) -> Vec<Run> {
        let mut unstored = Vec::new();
        for mut s in std::mem::take(&mut self.sealed) {
            let _reported = split_runs(&mut s.runs, s.stamp.reported);
            unstored.extend(s.runs);
        }
        // A broker that knows the id under a lower epoch takes nothing but 0 as the first sequence of a
        // higher one.
        let mut broker = std::mem::take(&mut self.broker);
        if self.pid.is_none_or(|before| before.id != pid.id || before.epoch > pid.epoch) {
            broker.doubt();
        }
        *self = Self { pid: Some(pid), broker, ..Self::default() };
        unstored
    }

    /// Gives a new batch its position.
    pub fn stamp(&mut self, messages: usize) -> Option<Stamp> {
        let pid = self.pid?;
        let position = self.next;
        self.next += messages as u64;
        self.out.push(position);
        Some(Stamp { pid, position, maybe_stored: false, reported: 0, denials: Denials::default() })
    }

    /// The batch that was given its place last takes in more messages. It has not been sent.
    pub fn extend(&mut self, messages: usize) {
        if self.pid.is_some() {
            self.next += messages as u64;
        }
    }

    /// Takes back what [`Self::extend`] added.
    pub fn shorten(&mut self, messages: usize) {
        if self.pid.is_some() {
            self.next = self.next.saturating_sub(messages as u64);
        }
    }

    /// Takes a batch back that does not leave now. Returns it if it gives up its position, as a new batch
    /// that was taken last does: its messages go back into the queue.
    pub fn put_back(&mut self, batch: Sealed) -> Option<Sealed> {
        let stamp = batch.stamp;
        self.out.retain(|p| *p != stamp.position);
        if stamp.position + batch.messages as u64 == self.next && !stamp.maybe_stored && stamp.reported == 0 {
            self.next = stamp.position;
            return Some(batch);
        }
        self.insert(batch);
        None
    }

    fn insert(&mut self, batch: Sealed) {
        let at = self.sealed.partition_point(|s| s.stamp.position < batch.stamp.position);
        self.sealed.insert(at, batch);
    }

    /// The sealed batch whose turn it is.
    pub fn unseal(&mut self) -> Option<Sealed> {
        let batch = self.sealed.remove(self.next_sealed()?)?;
        self.out.push(batch.stamp.position);
        Some(batch)
    }

    /// A batch is no longer in flight.
    pub fn settled(&mut self, stamp: &Stamp) {
        self.out.retain(|p| *p != stamp.position);
    }

    /// Whether every batch before this one is completed, except those that will get another sequence.
    #[must_use]
    pub fn is_head(&self, stamp: &Stamp) -> bool {
        let before = |p: u64| p < stamp.position;
        let waits = |s: &Sealed| before(s.stamp.position) && self.keeps_its_sequence(&s.stamp);
        !self.out.iter().copied().any(before) && !self.sealed.iter().any(waits)
    }

    /// The broker has acknowledged a batch.
    pub fn stored(&mut self, stamp: &Stamp, now: Time) {
        // While the partition waits for what is in flight, the answer may come from a former leader, or the
        // batch may have overtaken one that failed.
        if !self.awaits_completion {
            self.broker.confirm(now);
        }
        self.count_overtaking(stamp);
        if let Some(Trouble::Gap { end }) = self.trouble
            && end <= stamp.position
        {
            self.trouble = None;
        }
    }

    fn count_overtaking(&mut self, stamp: &Stamp) {
        if self.unacknowledged() < stamp.position {
            self.overtaking.push(stamp.position);
        }
    }

    /// Keeps a batch for another attempt.
    pub fn seal(&mut self, batch: Sealed) {
        self.insert(batch);
        self.awaits_completion = true;
        self.broker.doubt();
    }

    /// The messages of a batch have failed. `reset`: a higher epoch of the same producer id would not help.
    pub fn lost(&mut self, stamp: &Stamp, messages: usize, reset: bool) {
        let end = stamp.position + messages as u64;
        self.reset |= reset;
        self.broker.doubt();
        if stamp.maybe_stored {
            self.count_overtaking(stamp);
        }
        self.trouble = Some(match self.trouble {
            Some(Trouble::Renumber) => Trouble::Renumber,
            Some(Trouble::Gap { end: before }) => Trouble::Gap { end: end.max(before) },
            None => Trouble::Gap { end },
        });
    }

    /// Ends the epoch for sealed batches that are not stored.
    pub fn renumber(&mut self, reset: bool) {
        self.reset |= reset;
        self.trouble = Some(Trouble::Renumber);
    }

    /// Takes the sealed messages whose time is up. A batch that may be stored keeps copies of them, so that
    /// it stays the batch that the broker may know.
    pub fn take_expired(&mut self, now: Time, timeout: Option<Duration>) -> Vec<Run> {
        let mut gone = Vec::new();
        let Some(timeout) = timeout else { return gone };
        while let Some(s) = self.sealed.front_mut() {
            let due = s
                .runs
                .iter()
                .flat_map(Run::iter)
                .skip(s.stamp.reported)
                .take_while(|m| m.enqueued() + timeout <= now);
            let n = due.count();
            if n == 0 {
                break;
            }
            if s.stamp.reported + n == s.messages {
                let Some(s) = self.sealed.pop_front() else { break };
                self.give_up(s, &mut gone);
            } else if s.stamp.maybe_stored {
                let mut expired = split_runs(&mut s.runs, s.stamp.reported + n);
                let mut kept = copies(&expired);
                kept.append(&mut s.runs);
                s.runs = kept;
                let _reported_before = split_runs(&mut expired, s.stamp.reported);
                gone.extend(expired);
                s.stamp.reported += n;
                break;
            } else {
                let before = std::mem::take(&mut s.stamp.reported);
                let _reported = split_runs(&mut s.runs, before);
                gone.extend(split_runs(&mut s.runs, n));
                s.messages -= before + n;
                s.segments.clear();
                self.renumber(false);
                break;
            }
        }
        gone
    }

    /// Takes all sealed messages.
    pub fn take_all(&mut self) -> Vec<Run> {
        let mut gone = Vec::new();
        while let Some(s) = self.sealed.pop_front() {
            self.give_up(s, &mut gone);
        }
        gone
    }

    fn give_up(&mut self, mut s: Sealed, gone: &mut Vec<Run>) {
        self.lost(&s.stamp, s.messages, false);
        let _reported = split_runs(&mut s.runs, s.stamp.reported);
        gone.extend(std::mem::take(&mut s.runs));
    }
}

/// The same messages in memory of their own.
fn copies(runs: &[Run]) -> Runs {
    let pool = Arc::new(ChunkPool::new(0));
    let mut out = Runs::new();
    let mut open: Option<OpenChunk> = None;
    for m in runs.iter().flat_map(Run::iter) {
        let stored = StoredMessage {
            key: m.key(),
            value: m.value().map_or(Value::Null, Value::Copy),
            headers: m.headers(),
            timestamp_ms: m.timestamp_ms(),
            opaque: m.opaque(),
            enqueued: m.enqueued(),
            retries: m.retries(),
        };
        if open.as_mut().is_some_and(|o| o.append(&stored)) {
            continue;
        }
        out.extend(open.as_mut().and_then(OpenChunk::cut));
        let mut chunk = OpenChunk::new(&pool, OpenChunk::need(&stored), m.enqueued(), m.msgid());
        let _ = chunk.append(&stored);
        open = Some(chunk);
    }
    out.extend(open.as_mut().and_then(OpenChunk::cut));
    out
}

#[cfg(test)]
mod tests;
