//! The order of due partitions: what `produce.request.policy` and `produce.request.latency.bias` mean.
//! Nothing here knows of encoding, locks or requests.

use crate::conf::RequestPolicy;
use std::time::Duration;

/// From this part of the linger time on, a partition goes first.
const EXPIRING: f64 = 0.9;

/// What a partition is ranked by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Candidate {
    /// Where the partition stands before the ranking.
    pub(super) index: usize,
    /// Size of what waits.
    pub(super) bytes: usize,
    /// Age of the oldest message.
    pub(super) age: Duration,
    /// Time since the partition's last turn; its age if it had none.
    pub(super) since_turn: Duration,
    /// What the partition may send, by deficit round robin.
    pub(super) deficit: usize,
}

/// How partitions are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranking {
    pub(super) policy: RequestPolicy,
    /// 0: by size, 1: by age.
    pub(super) bias: f64,
    pub(super) linger: Duration,
    /// The unit of size: what fits into a batch.
    pub(super) batch_bytes: usize,
}

impl Ranking {
    /// Whether the order depends on anything but whose turn it is.
    pub(super) fn needs_candidates(&self) -> bool {
        self.policy != RequestPolicy::RoundRobin
    }

    /// Puts the first to be sent first. Equals stay as they were.
    pub(super) fn sort(&self, candidates: &mut [Candidate]) {
        let key = |c: &Candidate| (self.is_expiring(c), self.score(c));
        candidates.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
    }

    fn is_expiring(&self, c: &Candidate) -> bool {
        c.age >= self.linger.mul_f64(EXPIRING)
    }

    fn score(&self, c: &Candidate) -> f64 {
        match self.policy {
            RequestPolicy::RoundRobin => 0.0,
            RequestPolicy::Pressure => self.blend(c.bytes, c.since_turn),
            RequestPolicy::DeficitRoundRobin => self.blend(c.deficit, c.age),
            RequestPolicy::Age => self.blend(c.bytes, c.age),
        }
    }

    /// Size in batches and time in linger times, weighted.
    #[allow(clippy::cast_precision_loss)] // It is a score.
    fn blend(&self, bytes: usize, time: Duration) -> f64 {
        let size = bytes as f64 / self.batch_bytes.max(1) as f64;
        let time = time.as_secs_f64() / self.linger.as_secs_f64().max(0.001);
        (1.0 - self.bias) * size + self.bias * time
    }
}

#[cfg(test)]
mod tests;
