//! The order of due partitions: what `produce.request.policy` and `produce.request.latency.bias` mean. Nothing here
//! knows of encoding, locks or requests.

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
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn order(policy: RequestPolicy, bias: f64, candidates: &[Candidate]) -> Vec<usize> {
        let mut c = candidates.to_vec();
        c.iter_mut().enumerate().for_each(|(i, c)| c.index = i);
        Ranking { policy, bias, linger: MS(10), batch_bytes: 1000 }.sort(&mut c);
        c.iter().map(|c| c.index).collect()
    }

    fn candidate(bytes: usize, age: u64, since_turn: u64, deficit: usize) -> Candidate {
        Candidate { index: 0, bytes, age: MS(age), since_turn: MS(since_turn), deficit }
    }

    #[test]
    fn round_robin_keeps_the_order_of_arrival() {
        let c = [candidate(1, 1, 1, 0), candidate(900, 5, 5, 0), candidate(5, 2, 3, 9)];
        assert_eq!(order(RequestPolicy::RoundRobin, 0.5, &c), [0, 1, 2]);
    }

    #[test]
    fn the_bias_decides_between_size_and_age() {
        let c = [candidate(900, 1, 1, 0), candidate(10, 8, 8, 0)];
        for policy in [RequestPolicy::Age, RequestPolicy::Pressure] {
            assert_eq!(order(policy, 0.0, &c), [0, 1], "{policy:?}");
            assert_eq!(order(policy, 1.0, &c), [1, 0], "{policy:?}");
        }
    }

    #[test]
    fn pressure_counts_the_time_since_the_last_turn_and_drr_the_deficit() {
        let c = [candidate(100, 5, 5, 500), candidate(100, 5, 9, 100)];
        assert_eq!(order(RequestPolicy::Pressure, 0.5, &c), [1, 0]);
        assert_eq!(order(RequestPolicy::DeficitRoundRobin, 0.5, &c), [0, 1]);
    }

    #[test]
    fn whose_linger_time_is_nearly_over_goes_first_under_any_policy() {
        let c = [candidate(9_000, 8, 8, 9_000), candidate(1, 9, 1, 0)];
        for policy in [
            RequestPolicy::RoundRobin,
            RequestPolicy::Pressure,
            RequestPolicy::DeficitRoundRobin,
            RequestPolicy::Age,
        ] {
            assert_eq!(order(policy, 0.0, &c), [1, 0], "{policy:?}");
        }
    }
}
