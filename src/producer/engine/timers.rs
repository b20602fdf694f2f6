//! The times at which an engine has to look at partitions by itself.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::producer::partition::Partition;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Duration;

/// So many timers are looked at to find the last one worth waiting for.
const MANY: usize = 32;

/// Timers of partitions. The earliest one that stands for a partition is noted with the partition (`armed`),
/// so that later ones need none of their own.
#[derive(Default)]
pub(super) struct Timers {
    armed: BinaryHeap<Timer>,
    /// A timer waits so long for others, to fire together with them.
    slack: Duration,
    fired: Time,
}

pub(super) struct Timer {
    pub(super) at: Time,
    pub(super) partition: Arc<Partition>,
}

impl Timers {
    pub(super) fn with_slack(slack: Duration) -> Self {
        Self { slack, ..Self::default() }
    }

    /// Makes sure that the partition is looked at by `at`, or at most the slack later.
    pub(super) fn arm(&mut self, p: &Arc<Partition>, armed: &mut Deadline, at: Deadline) {
        let Some(t) = at.time() else { return };
        if armed.time().is_none_or(|earlier| t < earlier) {
            *armed = at;
            self.armed.push(Timer { at: t, partition: p.clone() });
        }
    }

    /// When there are timers to fire: with the last one that follows the first within the slack. If many
    /// follow, more are expected.
    pub(super) fn next(&self) -> Deadline {
        let Some(first) = self.armed.peek() else { return Deadline::NEVER };
        let bound = first.at + self.slack;
        let mut search = Search { timers: self.armed.as_slice(), bound, last: first.at, left: MANY };
        search.visit(0);
        Deadline::at(if search.left == 0 { bound } else { search.last })
    }

    /// When timers fired last.
    pub(super) fn fired(&self) -> Time {
        self.fired
    }

    /// Takes the timers whose time has come if none is to be waited for, or all of them.
    pub(super) fn take_due(&mut self, now: Time, all: bool) -> Vec<Timer> {
        let mut due = Vec::new();
        let any = || self.armed.peek().is_some_and(|first| first.at <= now);
        if !(all || any() && self.next().is_due(now)) {
            return due;
        }
        while self.armed.peek().is_some_and(|t| all || t.at <= now) {
            due.extend(self.armed.pop());
        }
        if !due.is_empty() {
            self.fired = now;
        }
        due
    }
}

/// Looks for the last timer up to a bound.
struct Search<'a> {
    timers: &'a [Timer],
    bound: Time,
    last: Time,
    left: usize,
}

impl Search<'_> {
    /// No timer of a binary heap is earlier than its parent, so this comes to none but those it looks for,
    /// and their children.
    fn visit(&mut self, i: usize) {
        if self.left > 0
            && let Some(timer) = self.timers.get(i)
            && timer.at <= self.bound
        {
            self.left -= 1;
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
