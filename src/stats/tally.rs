//! What clients push to brokers (KIP-714) of samples: their sum, number and maximum. A window costs more than
//! these and gives percentiles, which nobody asks for there.

use super::trigger::Trigger;
use crate::base::sync::{Mutex, OnceLock, Rank};

/// Samples since they were taken last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    sum: i64,
    count: u64,
    max: i64,
}

impl Tally {
    pub fn record(&mut self, sample: i64) {
        self.sum = self.sum.saturating_add(sample);
        self.count += 1;
        self.max = self.max.max(sample);
    }

    /// Adds another one's samples.
    pub fn merge(&mut self, other: Self) {
        self.sum = self.sum.saturating_add(other.sum);
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// The largest, 0 of no samples.
    #[must_use]
    pub fn max(&self) -> i64 {
        self.max
    }

    /// The mean, 0 of no samples.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // A mean is no exact number anyway.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }
}

/// Tallies that nobody keeps before somebody wants them: no memory, and a load and a branch for each sample.
#[derive(Default)]
pub struct Tallies<T>(OnceLock<Box<Mutex<T>>>);

impl<T: Default> Tallies<T> {
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// They are kept from now on.
    pub fn keep(&self) {
        self.0.get_or_init(|| Box::new(Mutex::new(Rank::Leaf, T::default())));
    }

    #[must_use]
    #[inline]
    pub fn are_kept(&self) -> bool {
        self.0.get().is_some()
    }

    #[inline]
    pub fn with(&self, f: impl FnOnce(&mut T)) {
        if let Some(tallies) = self.0.get() {
            f(&mut tallies.lock());
        }
    }

    /// What they have come to; they start anew.
    #[must_use]
    pub fn take(&self) -> T {
        self.0.get().map(|tallies| std::mem::take(&mut *tallies.lock())).unwrap_or_default()
    }
}

/// Of one broker. Times are microseconds but for throttling, which brokers tell in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrokerTallies {
    pub rtt: Tally,
    pub outbuf_latency: Tally,
    pub throttle_ms: Tally,
    /// Of Produce and Fetch requests.
    pub produce_latency: Tally,
    pub fetch_latency: Tally,
    /// Of OffsetCommit requests.
    pub commit_latency: Tally,
}

impl BrokerTallies {
    /// Together with another broker's.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Self {
        self.rtt.merge(other.rtt);
        self.outbuf_latency.merge(other.outbuf_latency);
        self.throttle_ms.merge(other.throttle_ms);
        self.produce_latency.merge(other.produce_latency);
        self.fetch_latency.merge(other.fetch_latency);
        self.commit_latency.merge(other.commit_latency);
        self
    }
}

/// Of one broker's `v2` engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineTallies {
    /// How full requests are, in thousandths.
    pub fill: Tally,
    /// How long partitions waited, in microseconds.
    pub wait: Tally,
    /// Requests put together, in the order of [`Trigger::ALL`].
    pub triggers: [u64; Trigger::ALL.len()],
}

impl EngineTallies {
    /// Together with another broker's.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Self {
        self.fill.merge(other.fill);
        self.wait.merge(other.wait);
        for (to, from) in self.triggers.iter_mut().zip(other.triggers) {
            *to += from;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_added_up_and_taken() {
        let kept = Tallies::<BrokerTallies>::new();
        kept.with(|t| t.rtt.record(1));
        assert!(!kept.are_kept() && kept.take() == BrokerTallies::default());
        kept.keep();
        kept.with(|t| [5, 1, 3].into_iter().for_each(|us| t.rtt.record(us)));
        kept.keep();
        let mut rtt = kept.take().rtt;
        assert_eq!((rtt, rtt.mean()), (Tally { sum: 9, count: 3, max: 5 }, 3.0));
        assert_eq!(kept.take(), BrokerTallies::default());
        rtt.merge(Tally { sum: 11, count: 1, max: 11 });
        assert_eq!((rtt.sum, rtt.count, rtt.max, Tally::default().mean()), (20, 4, 11, 0.0));
    }
}
