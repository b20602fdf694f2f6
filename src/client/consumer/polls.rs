//! For how much of the time the application waits in polls: only a metric that brokers may ask for, so it is
//! measured only then.

use crate::base::clock::{Time, micros};
use crate::stats::tally::{Tallies, Tally};

#[derive(Default)]
struct Polls {
    began: Option<Time>,
    ended: Option<Time>,
    /// Times in polls, in millionths of the times from one to the next.
    idle: Tally,
}

#[derive(Default)]
pub struct PollWatch(Tallies<Polls>);

impl PollWatch {
    /// Polls are measured from now on.
    pub(in crate::client) fn begin(&self) {
        self.0.keep();
    }

    #[must_use]
    #[inline]
    pub fn is_on(&self) -> bool {
        self.0.are_kept()
    }

    pub fn poll_begins(&self, now: Time) {
        self.0.with(|p| {
            if let (Some(began), Some(ended)) = (p.began, p.ended.take()) {
                let (in_poll, from_poll_to_poll) = (micros(ended.since(began)), micros(now.since(began)));
                p.idle.record(in_poll.saturating_mul(1_000_000).checked_div(from_poll_to_poll).unwrap_or(0));
                p.began = None;
            }
            // Of polls at the same time the first counts.
            p.began.get_or_insert(now);
        });
    }

    pub fn poll_ends(&self, now: Time) {
        self.0.with(|p| {
            p.ended.get_or_insert(now);
        });
    }

    /// What has been measured since this was asked last.
    pub(in crate::client) fn take(&self) -> Tally {
        let mut idle = Tally::default();
        self.0.with(|p| idle = std::mem::take(&mut p.idle));
        idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_in_polls_is_set_against_that_from_poll_to_poll() {
        let watch = PollWatch::default();
        watch.poll_begins(Time(0));
        assert!(!watch.is_on());
        watch.begin();
        for (from, to) in [(100, 150), (200, 200), (300, 400)] {
            watch.poll_begins(Time(from));
            watch.poll_ends(Time(to));
        }
        let idle = watch.take();
        assert_eq!((idle.mean(), idle.max()), (250_000.0, 500_000));
        // Two at once, and two at the same time.
        watch.poll_begins(Time(400));
        watch.poll_begins(Time(450));
        watch.poll_ends(Time(500));
        watch.poll_ends(Time(600));
        watch.poll_begins(Time(600));
        let idle = watch.take();
        assert_eq!((idle.mean(), idle.max()), (750_000.0, 1_000_000));
    }
}
