//! Time that passes only when the simulation says so.

use rdkafka::base::clock::{Clock, Time};
use rdkafka::base::log::{Level, LogSink};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub struct VirtualClock {
    now: AtomicI64,
    /// Wall-clock milliseconds at monotonic zero; stepping it is an administrator setting the clock.
    wall_origin_ms: AtomicI64,
}

impl VirtualClock {
    pub fn new() -> Self {
        Self { now: AtomicI64::new(3_600_000_000), wall_origin_ms: AtomicI64::new(1_700_000_000_000) }
    }

    pub fn advance_to(&self, t: Time) {
        let before = self.now.swap(t.0, Ordering::SeqCst);
        assert!(before <= t.0, "virtual time went back");
    }

    pub fn step_wall(&self, by_ms: i64) {
        self.wall_origin_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Time {
        Time(self.now.load(Ordering::SeqCst))
    }

    fn wall_ms(&self) -> i64 {
        self.wall_origin_ms.load(Ordering::SeqCst) + self.now().0 / 1000
    }
}

/// Prints the client's log lines with the virtual time.
pub struct Trace(pub Arc<VirtualClock>);

impl LogSink for Trace {
    fn log(&self, level: Level, facility: &str, text: &str) {
        println!("{:>12} {level:?} {facility}: {text}", self.0.now().0 - 3_600_000_000);
    }
}
