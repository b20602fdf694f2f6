//! How much may be fetched before the application has taken it: `queued.min.messages` and
//! `queued.max.messages.kbytes`.

use crate::base::signal::Signal;
use crate::base::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};

/// What waits for the application in one place, and how much may. Brokers that find it full are woken when
/// that is over.
pub struct Budget {
    max_messages: i64,
    max_bytes: i64,
    messages: AtomicI64,
    bytes: AtomicI64,
    /// Whether anybody waits.
    wanted: AtomicBool,
    waiting: Mutex<Vec<Arc<Signal>>>,
}

impl Budget {
    #[must_use]
    pub fn new(max_messages: u32, max_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            max_messages: max_messages.into(),
            max_bytes: i64::try_from(max_bytes).unwrap_or(i64::MAX),
            messages: AtomicI64::new(0),
            bytes: AtomicI64::new(0),
            wanted: AtomicBool::new(false),
            waiting: Mutex::new(Rank::Leaf, Vec::new()),
        })
    }

    /// Another one with the same limits.
    #[must_use]
    pub fn alike(&self) -> Arc<Self> {
        Self::new(u32::try_from(self.max_messages).unwrap_or(u32::MAX), self.max_bytes.unsigned_abs())
    }

    /// How many messages and bytes may wait.
    #[must_use]
    pub fn limits(&self) -> (i64, i64) {
        (self.max_messages, self.max_bytes)
    }

    #[must_use]
    pub fn is_full(&self) -> bool {
        self.messages.load(Ordering::SeqCst) >= self.max_messages
            || self.bytes.load(Ordering::SeqCst) >= self.max_bytes
    }

    /// Messages and bytes that wait.
    #[must_use]
    pub fn used(&self) -> (i64, i64) {
        (self.messages.load(Ordering::SeqCst), self.bytes.load(Ordering::SeqCst))
    }

    pub fn add(&self, messages: i64, bytes: i64) {
        self.messages.fetch_add(messages, Ordering::SeqCst);
        self.bytes.fetch_add(bytes, Ordering::SeqCst);
    }

    /// The application has taken so much. Wakes those who wait if there is space again.
    pub fn release(&self, messages: i64, bytes: i64) {
        self.messages.fetch_sub(messages, Ordering::SeqCst);
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        if self.wanted.load(Ordering::SeqCst) && !self.is_full() {
            self.wanted.store(false, Ordering::SeqCst);
            let waiting = std::mem::take(&mut *self.waiting.lock());
            waiting.iter().for_each(|signal| signal.notify());
        }
    }

    /// Has `signal` notified when there is space again. Returns false if there is space by now.
    pub fn wait(&self, signal: &Arc<Signal>) -> bool {
        let mut waiting = self.waiting.lock();
        if !waiting.iter().any(|known| Arc::ptr_eq(known, signal)) {
            waiting.push(signal.clone());
        }
        drop(waiting);
        self.wanted.store(true, Ordering::SeqCst);
        // Whoever has made space before this line has not seen that anybody waits.
        self.is_full()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_woken_when_there_is_space() {
        let budget = Budget::new(10, 1000);
        let signal = Arc::new(Signal::unopened());
        budget.add(10, 100);
        assert!(budget.is_full() && budget.wait(&signal));
        budget.release(0, 50);
        assert!(!signal.take(), "still as many messages");
        budget.release(1, 0);
        assert!(signal.take() && !budget.is_full());
        assert!(!budget.wait(&signal), "no reason to wait");
        budget.add(0, 1000);
        assert!(budget.is_full(), "bytes count, too");
        budget.release(9, 1050);
        assert_eq!(budget.used(), (0, 0));
        assert!(budget.alike().max_messages == 10);
    }
}
