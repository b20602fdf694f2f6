//! One direction of a connection: bytes with the time of their arrival, in order.

use rdkafka::base::clock::Time;
use std::collections::VecDeque;
use std::time::Duration;

pub struct Pipe {
    segments: VecDeque<(Time, Vec<u8>)>,
    /// Bytes that may be under way.
    capacity: usize,
    /// Bytes per millisecond.
    rate: Option<u64>,
    under_way: usize,
    /// Bytes that have come out at the other end so far.
    taken: u64,
    last_arrival: Time,
    finished: Option<Time>,
    reset: Option<Time>,
    frozen: bool,
}

impl Pipe {
    pub fn new(capacity: usize, rate: Option<u64>) -> Self {
        Self {
            segments: VecDeque::new(),
            capacity,
            rate,
            under_way: 0,
            taken: 0,
            last_arrival: Time(i64::MIN),
            finished: None,
            reset: None,
            frozen: false,
        }
    }

    pub fn space(&self) -> usize {
        self.capacity.saturating_sub(self.under_way)
    }

    /// Sends bytes at `at`; they arrive after the latency and after everything sent before.
    pub fn push(&mut self, at: Time, latency: Duration, bytes: Vec<u8>) {
        if bytes.is_empty() || self.finished.is_some() || self.reset.is_some() {
            return;
        }
        let transfer =
            self.rate.map_or(Duration::ZERO, |r| Duration::from_micros(bytes.len() as u64 * 1000 / r.max(1)));
        let arrival = (at + latency).max(self.last_arrival) + transfer;
        self.last_arrival = arrival;
        self.under_way += bytes.len();
        self.segments.push_back((arrival, bytes));
    }

    /// Takes at most `max` bytes that have arrived. Returns true when the line is cut: `cut_at` bytes have
    /// come through in all and no more will.
    pub fn take(&mut self, now: Time, cut_at: Option<u64>, max: usize, into: &mut Vec<u8>) -> bool {
        let mut left = max;
        while left > 0 && self.has_arrived(now) {
            let allowed = cut_at.map_or(u64::MAX, |c| c.saturating_sub(self.taken));
            let Some((_, bytes)) = self.segments.front_mut() else { break };
            let n = bytes.len().min(left).min(usize::try_from(allowed).unwrap_or(usize::MAX));
            if n == 0 {
                return true;
            }
            into.extend(bytes.drain(..n));
            if bytes.is_empty() {
                self.segments.pop_front();
            }
            left -= n;
            self.under_way -= n;
            self.taken += n as u64;
        }
        cut_at.is_some_and(|c| self.taken >= c)
    }

    pub fn next_arrival(&self) -> Option<Time> {
        if self.frozen {
            return self.reset;
        }
        let next = self.segments.front().map(|s| s.0).or(self.finished);
        match (next, self.reset) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    pub fn has_arrived(&self, now: Time) -> bool {
        !self.frozen && self.segments.front().is_some_and(|s| s.0 <= now)
    }

    /// Nothing is under way and nothing will be seen any more.
    pub fn is_idle(&self) -> bool {
        self.segments.is_empty() || self.frozen
    }

    /// Ends the stream after what was sent before.
    pub fn finish(&mut self, at: Time) {
        let at = at.max(self.last_arrival);
        self.finished = Some(self.finished.map_or(at, |t| t.min(at)));
    }

    pub fn is_finished(&self, now: Time) -> bool {
        !self.frozen && self.segments.is_empty() && self.finished.is_some_and(|t| t <= now)
    }

    /// Breaks the connection: what has not been read by then is lost.
    pub fn reset(&mut self, at: Time) {
        self.reset = Some(self.reset.map_or(at, |t| t.min(at)));
    }

    pub fn was_reset(&self, now: Time) -> bool {
        self.reset.is_some_and(|t| t <= now)
    }

    /// Nothing arrives any more, and nobody is told.
    pub fn freeze(&mut self) {
        self.frozen = true;
    }

    pub fn discard(&mut self) {
        self.segments.clear();
    }
}
