//! The ends of partitions' linger times, where one waits for others that are close behind it.

use super::timers::{Timer, Timers};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::producer::batch::Batch;
use crate::producer::partition::Partition;
use std::ops::Range;
use std::time::Duration;

/// So many timers are looked at to find the last one worth waiting for.
const MANY: usize = 32;
/// Batches of so many messages on average are worth a wake-up each. Waiting for others would only keep more
/// messages in memory.
const LARGE_BATCH: usize = 256;

pub(super) struct Lingers {
    timers: Timers,
    /// A linger time that is over waits so long for others, to end together with them.
    slack: Duration,
    /// The batches of the last pass were small.
    waits: bool,
    /// When linger times ended last.
    ended: Time,
}

impl Lingers {
    pub(super) fn new(slack: Duration) -> Self {
        Self { timers: Timers::default(), slack, waits: true, ended: Time(i64::MIN) }
    }

    /// As [`Timers::arm`], but it may be so much later as the slack is.
    pub(super) fn arm(&mut self, p: &Arc<Partition>, armed: &mut Deadline, at: Time) {
        self.timers.arm(p, armed, Deadline::at(at));
    }

    /// When linger times are to end: with the last one that follows the first within the slack. If many
    /// follow, more are expected.
    pub(super) fn next(&self) -> Deadline {
        let Some(first) = self.timers.next().time() else { return Deadline::NEVER };
        let bound = first + self.slack();
        Deadline::at(self.timers.last_until(bound, MANY).unwrap_or(bound))
    }

    /// Takes those that are over, unless they wait for others; or all of them.
    pub(super) fn take_due(&mut self, now: Time, all: bool) -> Vec<Timer> {
        let is_over = self.timers.next().is_due(now);
        if !(all || is_over && self.next().is_due(now)) {
            return Vec::new();
        }
        let due = self.timers.take_due(now, all);
        if !due.is_empty() {
            self.ended = now;
        }
        due
    }

    /// From when linger times ended last until when the next ones wait for others.
    pub(super) fn rest(&self) -> Range<Time> {
        self.ended..self.ended + self.slack()
    }

    /// A pass has come to these requests.
    pub(super) fn sent(&mut self, requests: &[Vec<Batch>]) {
        let batches = || requests.iter().flatten();
        if let Some(average) = batches().map(|b| b.messages).sum::<usize>().checked_div(batches().count()) {
            self.waits = average < LARGE_BATCH;
        }
    }

    fn slack(&self) -> Duration {
        if self.waits { self.slack } else { Duration::ZERO }
    }
}
