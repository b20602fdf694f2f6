//! The collector: partitions whose messages wait for others to share a request with, and what ends
//! the waiting.
//!
//! All waiting partitions of a broker share one deadline, that of the oldest message. When it comes, or one
//! of the caps is reached, everything that waits becomes due together: that is what fills requests. It goes
//! along, too, with the last request that `max.in.flight` allows: nothing else could leave before a response
//! has come. The totals are kept up as partitions come and go; nothing walks over the partitions to find out.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::producer::partition::{Partition, Place};
use crate::stats::engine::Trigger;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// What the waiting may come to before it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caps {
    pub(super) partitions: Option<usize>,
    pub(super) bytes: Option<usize>,
    pub(super) linger: Duration,
}

/// Partitions mostly come in the order of their oldest messages: those stand in a queue, where adding one
/// costs next to nothing. The few that come late (with messages that have waited already) are kept apart,
/// sorted.
#[derive(Default)]
pub(super) struct Collector {
    /// Sorted. `None`: it has left. The first one is always there.
    queue: VecDeque<(Place, Option<Arc<Partition>>)>,
    late: BTreeMap<Place, Arc<Partition>>,
    /// How many have left the middle of the queue.
    gaps: usize,
}

impl Collector {
    pub(super) fn insert(&mut self, place: Place, p: Arc<Partition>) {
        if self.queue.back().is_none_or(|(last, _)| *last < place) {
            self.queue.push_back((place, Some(p)));
        } else {
            self.late.insert(place, p);
        }
    }

    /// Takes a partition out. Returns whether it was there.
    pub(super) fn remove(&mut self, place: Place) -> bool {
        let Ok(at) = self.queue.binary_search_by(|(there, _)| there.cmp(&place)) else {
            return self.late.remove(&place).is_some();
        };
        let left = self.queue.get_mut(at).and_then(|(_, p)| p.take()).is_some();
        self.gaps += usize::from(left);
        while self.queue.pop_front_if(|(_, p)| p.is_none()).is_some() {
            self.gaps -= 1;
        }
        left
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len() - self.gaps + self.late.len()
    }

    /// Time of the oldest message.
    pub(super) fn oldest(&self) -> Option<Time> {
        let late = self.late.first_key_value().map(|(place, _)| place.since);
        let first = self.queue.front().map(|(place, _)| place.since);
        late.into_iter().chain(first).min()
    }

    /// When the waiting ends by itself.
    pub(super) fn deadline(&self, caps: &Caps) -> Deadline {
        self.oldest().map_or(Deadline::NEVER, |since| Deadline::at(since + caps.linger))
    }

    /// Whether and why the waiting is over: the first reason counts. `bytes`: what waits on the partitions'
    /// append sides. `last_slot`: the last request that may be out is about to leave.
    pub(super) fn trigger(
        &self,
        caps: &Caps,
        bytes: usize,
        flushing: bool,
        last_slot: bool,
        now: Time,
    ) -> Option<Trigger> {
        if self.len() == 0 {
            return None;
        }
        // A cap of zero is reached by anything.
        let reached = |cap: Option<usize>, have: usize| cap.is_some_and(|cap| have >= cap.max(1));
        if flushing {
            Some(Trigger::Flush)
        } else if reached(caps.partitions, self.len()) {
            Some(Trigger::Partitions)
        } else if reached(caps.bytes, bytes) {
            Some(Trigger::Bytes)
        } else if self.deadline(caps).is_due(now) {
            Some(Trigger::Linger)
        } else if last_slot {
            Some(Trigger::Slot)
        } else {
            None
        }
    }

    /// Takes everything, the oldest first.
    pub(super) fn take(&mut self, into: &mut dyn FnMut(Place, Arc<Partition>)) {
        let mut late = std::mem::take(&mut self.late).into_iter().peekable();
        for (place, p) in self.queue.drain(..) {
            while let Some((place, p)) = late.next_if(|(there, _)| *there < place) {
                into(place, p);
            }
            if let Some(p) = p {
                into(place, p);
            }
        }
        late.for_each(|(place, p)| into(place, p));
        self.gaps = 0;
    }

    /// Takes out what is not `here` any more.
    pub(super) fn retain(&mut self, here: &mut dyn FnMut(Place, &Arc<Partition>) -> bool) {
        self.queue.retain(|(place, p)| p.as_ref().is_some_and(|p| here(*place, p)));
        self.gaps = 0;
        self.late.retain(|place, p| here(*place, p));
    }
}

#[cfg(test)]
mod tests;
