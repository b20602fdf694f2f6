//! A point in time that one thread sets and others read.

use super::clock::Time;
use super::sync::atomic::{AtomicI64, Ordering};

/// A point in time that may not have come yet.
#[derive(Debug)]
pub struct Moment(AtomicI64);

impl Default for Moment {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Moment {
    pub fn set(&self, t: Time) {
        self.0.store(t.0, Ordering::Relaxed);
    }

    /// Sets it unless it is set: what lasts has begun at its first moment.
    pub fn begin(&self, t: Time) {
        let _ = self.0.compare_exchange(i64::MIN, t.0, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub fn clear(&self) {
        self.0.store(i64::MIN, Ordering::Relaxed);
    }

    #[must_use]
    pub fn get(&self) -> Option<Time> {
        Some(self.0.load(Ordering::Relaxed)).filter(|t| *t != i64::MIN).map(Time)
    }

    /// Microseconds since then.
    #[must_use]
    pub fn age(&self, now: Time) -> Option<i64> {
        self.get().map(|t| now.0.saturating_sub(t.0).max(0))
    }
}
