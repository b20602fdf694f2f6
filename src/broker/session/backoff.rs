//! When a broker may be connected to again: `reconnect.backoff.ms`, doubled up to `reconnect.backoff.max.ms`, with jitter.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::conf::Settings;
use std::time::Duration;

/// Jitter of -25 % to +50 %, as librdkafka documents for `reconnect.backoff.ms`.
const JITTER_PERCENT: std::ops::RangeInclusive<u64> = 75..=150;

#[derive(Debug)]
pub(in crate::broker) struct Backoff {
    next: Duration,
    until: Deadline,
}

impl Backoff {
    pub(in crate::broker) fn new(settings: &Settings) -> Self {
        Self { next: settings.network.reconnect_backoff, until: Deadline::NEVER }
    }

    /// A connection attempt is being made now: the next one has to wait.
    pub(in crate::broker) fn attempt(&mut self, now: Time, settings: &Settings, random: &mut fastrand::Rng) {
        let us = u64::try_from(self.next.as_micros()).unwrap_or(u64::MAX);
        let jittered = Duration::from_micros(us.saturating_mul(random.u64(JITTER_PERCENT)) / 100);
        self.until = Deadline::at(now + jittered.min(settings.network.reconnect_backoff_max));
        self.next = (self.next * 2).min(settings.network.reconnect_backoff_max);
    }

    /// A connection stands: the next attempt starts over.
    pub(in crate::broker) fn reset(&mut self, settings: &Settings) {
        self.next = settings.network.reconnect_backoff;
    }

    /// When an attempt may be made; never means at once.
    pub(in crate::broker) fn until(&self) -> Deadline {
        self.until
    }

    pub(in crate::broker) fn is_over(&self, now: Time) -> bool {
        self.until.is_never() || self.until.is_due(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_grow_apart_up_to_the_limit() {
        let s = Settings::default();
        let mut b = Backoff::new(&s);
        let mut random = fastrand::Rng::with_seed(1);
        let mut now = Time(0);
        let mut waits = Vec::new();
        for _ in 0..10 {
            assert!(b.is_over(now));
            b.attempt(now, &s, &mut random);
            let until = b.until().time().unwrap();
            waits.push(until.since(now));
            now = until;
        }
        assert!((75..=150).contains(&waits[0].as_millis()), "{waits:?}");
        assert!(
            waits[9] <= s.network.reconnect_backoff_max && waits[9] >= s.network.reconnect_backoff_max / 2
        );
        b.reset(&s);
        b.attempt(now, &s, &mut random);
        assert!(b.until().time().unwrap().since(now) <= s.network.reconnect_backoff * 2);
    }
}
