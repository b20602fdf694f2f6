//! A partition that is consumed, as all threads see it.

use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, Ordering};

/// No offset.
pub const INVALID: i64 = -1001;

/// What the application's threads, the main thread and the brokers' threads share of a partition.
#[derive(Debug)]
pub struct Partition {
    topic: Arc<str>,
    number: i32,
    /// Raised by whatever makes what was fetched before worthless: seek, stop, another assignment.
    version: AtomicI32,
    paused: AtomicBool,
    /// The offset behind the last message that the application was given, and that message's leader epoch.
    position: AtomicI64,
    position_epoch: AtomicI32,
    low: AtomicI64,
    high: AtomicI64,
}

impl Partition {
    #[must_use]
    pub fn new(topic: Arc<str>, number: i32) -> Self {
        Self {
            topic,
            number,
            version: AtomicI32::new(1),
            paused: AtomicBool::new(false),
            position: AtomicI64::new(INVALID),
            position_epoch: AtomicI32::new(-1),
            low: AtomicI64::new(INVALID),
            high: AtomicI64::new(INVALID),
        }
    }

    #[must_use]
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    #[must_use]
    pub fn number(&self) -> i32 {
        self.number
    }

    #[must_use]
    pub fn version(&self) -> i32 {
        self.version.load(Ordering::Acquire)
    }

    /// Makes what was fetched so far outdated, and returns the new version.
    pub fn bump_version(&self) -> i32 {
        self.version.fetch_add(1, Ordering::AcqRel).wrapping_add(1)
    }

    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Release);
    }

    /// The offset behind the last message that the application was given.
    #[must_use]
    pub fn position(&self) -> (i64, i32) {
        (self.position.load(Ordering::Relaxed), self.position_epoch.load(Ordering::Relaxed))
    }

    /// A message is about to be given to the application: `next` is the offset behind it.
    #[inline]
    pub fn delivered(&self, next: i64, leader_epoch: i32) {
        self.position.store(next, Ordering::Relaxed);
        self.position_epoch.store(leader_epoch, Ordering::Relaxed);
    }

    /// Messages have left the queue, or were dropped.
    pub fn consumed(&self, _messages: u32, _bytes: u64) {}

    /// The lowest and the next offset that are known.
    #[must_use]
    pub fn watermarks(&self) -> (i64, i64) {
        (self.low.load(Ordering::Relaxed), self.high.load(Ordering::Relaxed))
    }

    pub fn set_watermarks(&self, low: i64, high: i64) {
        self.low.store(low, Ordering::Relaxed);
        self.high.store(high, Ordering::Relaxed);
    }
}
