//! Time that passes only when the simulation says so.

use rdkafka::base::clock::{Clock, Time};
use rdkafka::base::log::{Level, LogSink, Logger};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

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

/// Takes the client's log lines with the virtual time.
struct Lines {
    clock: Arc<VirtualClock>,
    /// `None`: they are printed.
    kept: Option<Arc<Mutex<Vec<String>>>>,
}

impl LogSink for Lines {
    fn log(&self, level: Level, facility: &str, text: &str) {
        let line = format!("{:>12} {level:?} {facility}: {text}", self.clock.now().0 - 3_600_000_000);
        match &self.kept {
            Some(kept) => kept.lock().unwrap().push(line),
            None => println!("{line}"),
        }
    }
}

/// What becomes of the client's log lines.
#[derive(Clone)]
pub enum Tracing {
    None,
    Printed,
    Kept(Arc<Mutex<Vec<String>>>),
}

impl Tracing {
    pub fn logger(&self, clock: &Arc<VirtualClock>) -> Logger {
        let kept = match self {
            Self::None => return Logger::silent(),
            Self::Printed => None,
            Self::Kept(lines) => Some(lines.clone()),
        };
        Logger::new(7, u32::MAX, Box::new(Lines { clock: clock.clone(), kept }))
    }

    pub fn is_printed(&self) -> bool {
        matches!(self, Self::Printed)
    }
}

impl From<bool> for Tracing {
    fn from(printed: bool) -> Self {
        if printed { Self::Printed } else { Self::None }
    }
}
