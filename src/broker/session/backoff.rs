//! When a broker may be connected to again: `reconnect.backoff.ms`, doubled up to `reconnect.backoff.max.ms`,
//! with jitter.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::conf::Settings;
use std::time::Duration;

/// Jitter of -25 % to +50 %, as librdkafka documents for `reconnect.backoff.ms`.
const JITTER_PERCENT: std::ops::RangeInclusive<u64> = 75..=150;

#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    until: Deadline,
}

impl Backoff {
    pub fn new(settings: &Settings) -> Self {
        Self { next: settings.network.reconnect_backoff, until: Deadline::NEVER }
    }

    /// A connection attempt is being made now: the next one has to wait.
    pub fn attempt(&mut self, now: Time, settings: &Settings, random: &mut fastrand::Rng) {
        let us = u64::try_from(self.next.as_micros()).unwrap_or(u64::MAX);
        let jittered = Duration::from_micros(us.saturating_mul(random.u64(JITTER_PERCENT)) / 100);
        self.until = Deadline::at(now + jittered.min(settings.network.reconnect_backoff_max));
        self.next = (self.next * 2).min(settings.network.reconnect_backoff_max);
    }

    /// A connection stands: the next attempt starts over.
    pub fn reset(&mut self, settings: &Settings) {
        self.next = settings.network.reconnect_backoff;
    }

    /// When an attempt may be made; never means at once.
    pub fn until(&self) -> Deadline {
        self.until
    }

    pub fn is_over(&self, now: Time) -> bool {
        self.until.is_never() || self.until.is_due(now)
    }
}

#[cfg(test)]
mod tests;
