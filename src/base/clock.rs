//! Monotonic and wall-clock time, passed in rather than read from the system.

use std::ops::{Add, Sub};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point in monotonic time, in microseconds since an arbitrary origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Microseconds since the clock's origin.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The time elapsed since `earlier`, zero when `earlier` lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// A duration in whole microseconds, as much of it as fits.
#[must_use]
pub fn micros(d: Duration) -> i64 {
    i64::try_from(d.as_micros()).unwrap_or(i64::MAX)
}

/// The duration of a number of milliseconds as the protocol and the C interface have it; zero for a negative
/// one.
#[must_use]
pub fn milliseconds(ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, d: Duration) -> Self {
        Self(self.0.saturating_add(micros(d)))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, d: Duration) -> Self {
        Self(self.0.saturating_sub(micros(d)))
    }
}

/// A source of time. One per client instance; the simulation supplies a virtual one.
pub trait Clock: Send + Sync {
    /// Monotonic time.
    fn now(&self) -> Time;

    /// Milliseconds since the Unix epoch, for record timestamps.
    fn wall_ms(&self) -> i64;

    /// Microseconds since the Unix epoch.
    fn wall_us(&self) -> i64 {
        self.wall_ms().saturating_mul(1000)
    }
}

/// The operating system's clocks.
#[derive(Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    #[must_use]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        // The origin is moved one hour back so that `now - linger` never meets the origin.
        const HEAD_START_US: i64 = 3_600_000_000;
        Time(
            i64::try_from(self.origin.elapsed().as_micros()).unwrap_or(i64::MAX - HEAD_START_US)
                + HEAD_START_US,
        )
    }

    fn wall_ms(&self) -> i64 {
        self.wall_us() / 1000
    }

    fn wall_us(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, micros)
    }
}
