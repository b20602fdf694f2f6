//! The collector: partitions whose messages wait for company, and what ends the waiting.
//!
//! All waiting partitions of a broker share one deadline, that of the oldest message. When it comes, or one of the
//! caps is reached, everything that waits becomes due together: that is what fills requests. The totals are kept up as
//! partitions come and go; nothing walks over the partitions to find out.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::producer::partition::Partition;
use crate::stats::engine::Trigger;
use std::collections::BTreeMap;
use std::time::Duration;

/// A partition's place among those that wait: its oldest message's time, and a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) since: Time,
    pub(super) ticket: u64,
}

/// What the waiting may come to before it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caps {
    pub(super) partitions: Option<usize>,
    pub(super) bytes: Option<usize>,
    pub(super) linger: Duration,
}

#[derive(Default)]
pub(super) struct Collector {
    waiting: BTreeMap<Place, Arc<Partition>>,
}

impl Collector {
    pub(super) fn insert(&mut self, place: Place, p: Arc<Partition>) {
        self.waiting.insert(place, p);
    }

    /// Takes a partition out. Returns whether it was there.
    pub(super) fn remove(&mut self, place: Place) -> bool {
        self.waiting.remove(&place).is_some()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Time of the oldest message.
    pub(super) fn oldest(&self) -> Option<Time> {
        self.waiting.first_key_value().map(|(place, _)| place.since)
    }

    /// When the waiting ends by itself.
    pub(super) fn deadline(&self, caps: &Caps) -> Deadline {
        self.oldest().map_or(Deadline::NEVER, |since| Deadline::at(since + caps.linger))
    }

    /// Whether and why the waiting is over: the first reason counts. `bytes`: what waits on the partitions' append sides.
    pub(super) fn trigger(&self, caps: &Caps, bytes: usize, flushing: bool, now: Time) -> Option<Trigger> {
        if self.waiting.is_empty() {
            return None;
        }
        // A cap of zero is reached by anything.
        let reached = |cap: Option<usize>, have: usize| cap.is_some_and(|cap| have >= cap.max(1));
        if flushing {
            Some(Trigger::Flush)
        } else if reached(caps.partitions, self.waiting.len()) {
            Some(Trigger::Partitions)
        } else if reached(caps.bytes, bytes) {
            Some(Trigger::Bytes)
        } else if self.deadline(caps).is_due(now) {
            Some(Trigger::Linger)
        } else {
            None
        }
    }

    /// Takes everything, the oldest first.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Place, Arc<Partition>)> + use<> {
        std::mem::take(&mut self.waiting).into_iter()
    }

    /// Takes out what is not `here` any more.
    pub(super) fn retain(&mut self, here: &mut dyn FnMut(Place, &Arc<Partition>) -> bool) {
        self.waiting.retain(|place, p| here(*place, p));
    }
}
