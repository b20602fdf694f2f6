//! Adaptive batching: how long messages wait and how much makes a request, by how the broker is doing.
//!
//! A controller without clocks or connections. It learns what round trips and waits are when nothing is wrong
//! (a minimum that slowly gives way), and compares what it sees with that. Congestion is the worst of three:
//! how far round trips are above their baseline, how far the waiting of messages is, and how many requests
//! are in flight. When the broker is congested, messages are collected longer, so that the same messages make
//! fewer requests; but never longer than a part of the round trip, beyond which waiting costs more than it
//! saves. When it is well again, linger time and size go back step by step. Many retries halve the number of
//! partitions that share a request, and with it what one more failure costs; it grows again by a few at a
//! time. With `adaptive.window=rtt` round trips above their baseline halve it, too, once per round trip, and
//! it does not grow before they are back.

use crate::base::clock::Time;
use crate::conf::{AdaptiveSettings, AdaptiveWindow};
use crate::stats::snapshot;
use std::time::Duration;

/// Weight of a new sample in a moving average; good news is believed sooner.
const WEIGHT_UP: f64 = 0.3;
const WEIGHT_DOWN: f64 = 0.5;
/// A baseline gives way by so much in a second.
const BASELINE_DECAY: f64 = 0.002;
/// Microseconds by which times may vary without meaning anything.
const NOISE_US: f64 = 2_000.0;
/// Requests out at a time that a broker in trouble is left with; and so the part of a round trip that is
/// waited at most.
const TARGET_IN_FLIGHT: f64 = 4.5;
const INCREASE: f64 = 1.5;
const DECREASE: f64 = 0.9;
/// What a step changes at the least: microseconds, bytes, partitions.
const LINGER_STEP_US: f64 = 1_000.0;
const BYTES_STEP: f64 = 4_096.0;
const PARTITIONS_STEP: f64 = 8.0;
/// One retried batch in this many is a sign of trouble.
const RETRIES_ONE_IN: usize = 10;
/// At most this many steps are caught up after a pause: by then everything is back at its baseline.
const MAX_STEPS: i64 = 100;

/// A moving average with the baseline that it is compared with, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Estimate {
    current: Option<f64>,
    base: Option<f64>,
}

impl Estimate {
    fn note(&mut self, sample: f64) {
        let current = self.current.map_or(sample, |c| {
            let weight = if sample < c { WEIGHT_DOWN } else { WEIGHT_UP };
            c + weight * (sample - c)
        });
        self.current = Some(current);
        self.base = Some(self.base.map_or(sample, |b| b.min(sample)));
    }

    /// Lets the baseline give way.
    fn age(&mut self, by: Duration) {
        if let (Some(base), Some(current)) = (&mut self.base, self.current) {
            *base = (*base * (1.0 + BASELINE_DECAY * by.as_secs_f64())).min(current.max(*base));
        }
    }

    /// What is known without the answers that are still to come: it is at least this.
    fn at_least(&self, known: f64) -> Self {
        Self { current: Some(self.current.unwrap_or(known).max(known)), ..*self }
    }

    /// From 0 (at the baseline) to nearly 1.
    fn congestion(&self) -> f64 {
        let (Some(current), Some(base)) = (self.current, self.base) else { return 0.0 };
        if current - base < NOISE_US { 0.0 } else { 1.0 - base / current }
    }
}

/// What the controller has decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) linger: Duration,
    pub(super) bytes: usize,
    /// Partitions in a request; `None`: as configured.
    pub(super) partitions: Option<usize>,
}

/// What is known of a request that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Feedback {
    pub rtt: Duration,
    /// Requests that were out, this one included.
    pub in_flight: usize,
    /// Its batches, and how many of them have to be sent again.
    pub batches: usize,
    pub retried: usize,
}

/// The requests in flight.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InFlight {
    pub(super) requests: usize,
    /// For how long the oldest has been: a round trip takes at least that.
    pub(super) age: Option<Duration>,
}

/// What becomes of the number of partitions that share a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Narrow,
    Keep,
    Widen,
}

#[derive(Debug)]
pub(super) struct Controller {
    settings: AdaptiveSettings,
    linger_us: f64,
    bytes: f64,
    partitions: Option<f64>,
    /// When round trips last made that fewer: what it brings is not seen before a round trip is over.
    narrowed_at: Option<Time>,
    rtt: Estimate,
    wait: Estimate,
    /// Since the last step.
    in_flight: usize,
    batches: usize,
    retried: usize,
    heard: bool,
    last_step: Option<Time>,
    ups: i64,
    downs: i64,
    /// Steps that were caught up after a time in which nothing was sent.
    idle_steps: i64,
    congestion: f64,
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
// The settings keep all of this far below what a float holds exactly.
impl Controller {
    /// Begins with what is configured, as far as it lies within the limits.
    pub(super) fn new(settings: &AdaptiveSettings, linger: Duration, bytes: Option<usize>) -> Self {
        let us = |d: Duration| d.as_micros() as f64;
        let (low, high) = (settings.batch_min_bytes as f64, settings.batch_max_bytes as f64);
        Self {
            linger_us: us(linger).clamp(us(settings.linger_min), us(settings.linger_max)),
            bytes: bytes.map_or(high, |b| b as f64).clamp(low, high),
            partitions: None,
            narrowed_at: None,
            rtt: Estimate::default(),
            wait: Estimate::default(),
            in_flight: 0,
            batches: 0,
            retried: 0,
            heard: false,
            last_step: None,
            ups: 0,
            downs: 0,
            idle_steps: 0,
            congestion: 0.0,
            settings: settings.clone(),
        }
    }

    pub(super) fn decision(&self) -> Decision {
        Decision {
            linger: Duration::from_micros(self.linger_us as u64),
            bytes: self.bytes as usize,
            partitions: self.partitions.map(|p| p as usize),
        }
    }

    pub(super) fn response_received(&mut self, f: &Feedback) {
        self.heard = true;
        self.rtt.note(f.rtt.as_micros() as f64);
        self.in_flight = self.in_flight.max(f.in_flight);
        self.batches += f.batches;
        self.retried += f.retried;
    }

    /// How much longer than the linger time a partition's oldest message waited when it was sent.
    pub(super) fn record_wait(&mut self, excess: Duration) {
        self.wait.note(excess.as_micros() as f64 + NOISE_US);
    }

    /// Adjusts, if it is time. `partitions`: how many share a request now, at most. Returns whether
    /// anything may have changed.
    pub(super) fn step(&mut self, now: Time, out: InFlight, partitions: usize) -> bool {
        let interval = self.settings.adjustment_interval.max(Duration::from_millis(1));
        let last = *self.last_step.get_or_insert(now);
        let passed = now.since(last);
        let steps = (passed.as_micros() / interval.as_micros()) as i64;
        if steps == 0 {
            return false;
        }
        self.last_step = Some(now);
        self.rtt.age(passed);
        self.wait.age(passed);
        if self.heard || out.requests > 0 {
            self.adjust(now, out, partitions);
        } else {
            // Nothing was sent, so nothing is congested.
            self.congestion = 0.0;
            for _ in 0..steps.min(MAX_STEPS) {
                self.idle_steps += 1;
                self.decrease();
                self.limit(&Estimate::default());
            }
        }
        self.in_flight = 0;
        self.batches = 0;
        self.retried = 0;
        self.heard = false;
        true
    }

    fn adjust(&mut self, now: Time, out: InFlight, partitions: usize) {
        self.in_flight = self.in_flight.max(out.requests);
        let rtt = self.rtt.at_least(out.age.map_or(0.0, |a| a.as_micros() as f64));
        let crowd = 1.0 - TARGET_IN_FLIGHT / (self.in_flight as f64).max(TARGET_IN_FLIGHT);
        self.congestion = rtt.congestion().max(self.wait.congestion()).max(crowd);
        let change = self.window_change(now, &rtt);
        self.change_window(change, partitions);
        if self.congestion > self.settings.beta {
            self.increase();
        } else if self.congestion < self.settings.alpha {
            self.decrease();
        }
        self.limit(&rtt);
    }

    fn window_change(&mut self, now: Time, rtt: &Estimate) -> Change {
        if self.retried * RETRIES_ONE_IN > self.batches {
            return Change::Narrow;
        }
        let congestion = match self.settings.window {
            AdaptiveWindow::Retries => return Change::Widen,
            AdaptiveWindow::RoundTrips => rtt.congestion(),
        };
        let round_trip = Duration::from_micros(rtt.current.unwrap_or(0.0) as u64);
        if congestion < self.settings.alpha {
            Change::Widen
        } else if congestion > self.settings.beta
            && self.narrowed_at.is_none_or(|at| now.since(at) >= round_trip)
        {
            self.narrowed_at = Some(now);
            Change::Narrow
        } else {
            Change::Keep
        }
    }

    fn change_window(&mut self, change: Change, most: usize) {
        let most = most as f64;
        self.partitions = match (change, self.partitions) {
            (Change::Narrow, p) => Some((p.unwrap_or(most) / 2.0).max(1.0)),
            (Change::Widen, Some(p)) => Some(p + PARTITIONS_STEP).filter(|p| *p < most),
            (_, p) => p,
        };
    }

    fn increase(&mut self) {
        self.ups += 1;
        // As long as few requests are in flight there is nothing to be gained by making them fewer.
        if self.in_flight as f64 > TARGET_IN_FLIGHT {
            self.linger_us = self.linger_us * INCREASE + LINGER_STEP_US;
        }
        self.bytes = self.bytes * INCREASE + BYTES_STEP;
    }

    fn decrease(&mut self) {
        self.downs += 1;
        self.linger_us = self.linger_us * DECREASE - LINGER_STEP_US;
        self.bytes = self.bytes * DECREASE - BYTES_STEP;
    }

    fn limit(&mut self, rtt: &Estimate) {
        let s = &self.settings;
        let us = |d: Duration| d.as_micros() as f64;
        let useful = rtt.current.map_or(f64::MAX, |rtt| rtt / TARGET_IN_FLIGHT);
        self.linger_us = self.linger_us.min(useful).clamp(us(s.linger_min), us(s.linger_max));
        self.bytes = self.bytes.clamp(s.batch_min_bytes as f64, s.batch_max_bytes as f64);
    }

    pub(super) fn snapshot(&self) -> snapshot::Adaptive {
        let us = |t: Option<f64>| t.unwrap_or(0.0) as i64;
        snapshot::Adaptive {
            linger: self.linger_us as i64,
            batch_max_bytes: self.bytes as i64,
            max_partitions: self.partitions.unwrap_or(0.0) as i64,
            congestion: self.congestion,
            rtt_congestion: self.rtt.congestion(),
            int_latency_congestion: self.wait.congestion(),
            rtt_base: us(self.rtt.base),
            rtt_current: us(self.rtt.current),
            int_latency_base: us(self.wait.base),
            int_latency_current: us(self.wait.current),
            adjustments_up: self.ups,
            adjustments_down: self.downs,
            backlog_drain_events: self.idle_steps,
        }
    }
}

#[cfg(test)]
mod tests;
