//! How bad the network is: drawn once per schedule from its seed.

use super::sealed::Seal;
use fastrand::Rng;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the broker.
    Up,
    Down,
}

/// A line that is cut after `offset` bytes in one direction.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub direction: Direction,
    pub offset: u64,
    /// The client sees the end of the stream, not a reset.
    pub orderly: bool,
    /// The client sees nothing at all.
    pub silent: bool,
}

#[derive(Clone, Debug)]
pub struct Weather {
    /// One way, in microseconds.
    pub latency_us: (u64, u64),
    pub rate: Option<u64>,
    pub capacity: usize,
    /// Probabilities per connect or connection.
    pub refuse: f64,
    pub hang: f64,
    pub cut: f64,
    /// Of a cut: that it is silent.
    pub silent: f64,
    /// Offsets of cuts are spread logarithmically up to this.
    pub cut_within: u64,
    /// Probability per call that a send or receive takes only a part.
    pub parts: f64,
    /// Probability that answers to requests that arrived together come back in the opposite order. Kafka
    /// keeps the order; the protocol's correlation ids would allow another.
    pub swap: f64,
    /// Connections are encrypted, with these troubles.
    pub seal: Option<Seal>,
    /// Probability that closing loses what was still under way to the broker.
    pub loss_on_close: f64,
}

impl Weather {
    pub fn calm() -> Self {
        Self {
            latency_us: (50, 500),
            rate: None,
            capacity: 1 << 20,
            refuse: 0.0,
            hang: 0.0,
            cut: 0.0,
            silent: 0.0,
            cut_within: 1,
            parts: 0.0,
            swap: 0.0,
            seal: None,
            loss_on_close: 0.0,
        }
    }

    /// Each kind of trouble is there in a part of the schedules, so that combinations stay readable.
    pub fn draw(rng: &mut Rng) -> Self {
        let mut w = Self::calm();
        let mut some = |one_in: u32| rng.u32(0..one_in) == 0;
        let (slow, narrow, tight, refuse, hang, cut, silent, parts, swap) =
            (some(4), some(6), some(4), some(4), some(8), some(2), some(4), some(3), some(4));
        if slow {
            let hi = rng.u64(1_000..200_000);
            w.latency_us = (rng.u64(0..hi), hi);
        }
        if narrow {
            w.rate = Some(rng.u64(20..2_000));
        }
        if tight {
            w.capacity = 1 << rng.u32(5..16);
        }
        if refuse {
            w.refuse = rng.f64() * 0.5;
        }
        if hang {
            w.hang = rng.f64() * 0.2;
        }
        if cut {
            w.cut = rng.f64();
            w.cut_within = 1 << rng.u32(6..20);
            w.silent = if silent { rng.f64() * 0.5 } else { 0.0 };
            w.loss_on_close = rng.f64();
        }
        if swap {
            w.swap = rng.f64();
        }
        if parts {
            w.parts = rng.f64();
        }
        w
    }

    pub fn latency(&self, rng: &mut Rng) -> Duration {
        Duration::from_micros(rng.u64(self.latency_us.0..=self.latency_us.1))
    }

    pub fn refuses(&self, rng: &mut Rng) -> bool {
        rng.f64() < self.refuse
    }

    pub fn hangs(&self, rng: &mut Rng) -> bool {
        rng.f64() < self.hang
    }

    pub fn takes_parts(&self, rng: &mut Rng) -> bool {
        rng.f64() < self.parts
    }

    pub fn swaps(&self, rng: &mut Rng) -> bool {
        rng.f64() < self.swap
    }

    pub fn loses_on_close(&self, rng: &mut Rng) -> bool {
        rng.f64() < self.loss_on_close
    }

    pub fn cut(&self, rng: &mut Rng) -> Option<Cut> {
        let magnitude = rng.u32(0..=self.cut_within.ilog2());
        (rng.f64() < self.cut).then(|| Cut {
            direction: if rng.bool() { Direction::Up } else { Direction::Down },
            offset: rng.u64(0..=1 << magnitude),
            orderly: rng.bool(),
            silent: rng.f64() < self.silent,
        })
    }
}
