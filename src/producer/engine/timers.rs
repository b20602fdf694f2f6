//! The times at which an engine has to look at partitions by itself.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::producer::partition::Partition;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Timers of partitions. The earliest one that stands for a partition is noted with the partition (`armed`),
/// so that later ones need none of their own.
#[derive(Default)]
pub(super) struct Timers(BinaryHeap<Timer>);

pub(super) struct Timer {
    pub(super) at: Time,
    pub(super) partition: Arc<Partition>,
}

impl Timers {
    /// Makes sure that the partition is looked at by `at`.
    pub(super) fn arm(&mut self, p: &Arc<Partition>, armed: &mut Deadline, at: Deadline) {
        let Some(t) = at.time() else { return };
        if armed.time().is_none_or(|earlier| t < earlier) {
            *armed = at;
            self.0.push(Timer { at: t, partition: p.clone() });
        }
    }

    pub(super) fn next(&self) -> Deadline {
        self.0.peek().map_or(Deadline::NEVER, |t| Deadline::at(t.at))
    }

    /// The last timer up to `bound`; `None` if it takes more than `looks` to find it.
    pub(super) fn last_until(&self, bound: Time, looks: usize) -> Option<Time> {
        let first = self.0.peek().map_or(bound, |first| first.at);
        let mut search = Search { timers: self.0.as_slice(), bound, last: first, looks };
        search.visit(0);
        (search.looks > 0).then_some(search.last)
    }

    /// Takes the timers whose time has come, or all of them.
    pub(super) fn take_due(&mut self, now: Time, all: bool) -> Vec<Timer> {
        let mut due = Vec::new();
        while self.0.peek().is_some_and(|t| all || t.at <= now) {
            due.extend(self.0.pop());
        }
        due
    }
}

/// Looks for the last timer up to a bound.
struct Search<'a> {
    timers: &'a [Timer],
    bound: Time,
    last: Time,
    looks: usize,
}

impl Search<'_> {
    /// No timer of a binary heap is earlier than its parent, so this comes to none but those it looks for,
    /// and their children.
    fn visit(&mut self, i: usize) {
        if self.looks > 0
            && let Some(timer) = self.timers.get(i)
            && timer.at <= self.bound
        {
            self.looks -= 1;
            self.last = self.last.max(timer.at);
            self.visit(2 * i + 1);
            self.visit(2 * i + 2);
        }
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives its greatest element: the earliest timer.
        other.at.cmp(&self.at)
    }
}
