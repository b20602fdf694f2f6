//! `queue.buffering.max.messages` and `queue.buffering.max.kbytes`: what may be queued, and who waits for room.

use crate::base::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::base::sync::{Condvar, Mutex, Rank};
use std::time::Duration;

pub struct Budget {
    max_messages: u64,
    max_bytes: u64,
    used: Used,
    waiters: AtomicUsize,
    room: Mutex<()>,
    freed: Condvar,
}

/// What is claimed. Both numbers in one word where the limits allow: an atomic operation is among the dearest things in
/// the life of a small message.
enum Used {
    Packed(AtomicU64),
    Wide { messages: AtomicU64, bytes: AtomicU64 },
}

/// Bits of the packed form that hold bytes; the messages stand above.
const BYTE_BITS: u32 = 40;
const BYTE_MASK: u64 = (1 << BYTE_BITS) - 1;

impl Used {
    /// The packed form leaves half of each number's range for claims that are about to be withdrawn: hundreds of threads
    /// with messages of the largest size.
    fn new(max_messages: u64, max_bytes: u64) -> Self {
        if max_messages < 1 << (63 - BYTE_BITS) && max_bytes < 1 << (BYTE_BITS - 1) {
            Self::Packed(AtomicU64::new(0))
        } else {
            Self::Wide { messages: AtomicU64::new(0), bytes: AtomicU64::new(0) }
        }
    }

    /// Messages and bytes.
    fn load(&self) -> (u64, u64) {
        match self {
            Self::Packed(both) => unpack(both.load(Ordering::SeqCst)),
            Self::Wide { messages, bytes } => (messages.load(Ordering::SeqCst), bytes.load(Ordering::SeqCst)),
        }
    }

    /// Adds one message and returns what was there before.
    #[inline]
    fn add(&self, len: u64) -> (u64, u64) {
        match self {
            Self::Packed(both) => unpack(both.fetch_add(pack(1, len), Ordering::Relaxed)),
            Self::Wide { messages, bytes } => {
                (messages.fetch_add(1, Ordering::Relaxed), bytes.fetch_add(len, Ordering::Relaxed))
            }
        }
    }

    fn sub(&self, count: u64, len: u64) {
        match self {
            Self::Packed(both) => {
                both.fetch_sub(pack(count, len), Ordering::SeqCst);
            }
            Self::Wide { messages, bytes } => {
                bytes.fetch_sub(len, Ordering::SeqCst);
                messages.fetch_sub(count, Ordering::SeqCst);
            }
        }
    }
}

const fn pack(messages: u64, bytes: u64) -> u64 {
    messages << BYTE_BITS | bytes
}

const fn unpack(both: u64) -> (u64, u64) {
    (both >> BYTE_BITS, both & BYTE_MASK)
}

impl Budget {
    /// `max_messages`: `None` for no limit on the count.
    #[must_use]
    pub fn new(max_messages: Option<usize>, max_bytes: usize) -> Self {
        let max_messages = max_messages.map_or(u64::MAX, |m| m as u64);
        let max_bytes = max_bytes as u64;
        Self {
            max_messages,
            max_bytes,
            used: Used::new(max_messages, max_bytes),
            waiters: AtomicUsize::new(0),
            room: Mutex::new(Rank::Leaf, ()),
            freed: Condvar::new(),
        }
    }

    /// Claims room for one message, if there is.
    #[inline]
    pub fn try_claim(&self, bytes: u64) -> bool {
        if bytes > self.max_bytes {
            return false;
        }
        let used = self.used.add(bytes);
        let fits = self.fits(used, bytes);
        if !fits {
            // Nobody is woken: those who wait would wake each other for ever by trying.
            self.used.sub(1, bytes);
        }
        fits
    }

    fn fits(&self, used: (u64, u64), bytes: u64) -> bool {
        used.0 < self.max_messages && used.1 + bytes <= self.max_bytes
    }

    /// Waits until something was released, `timeout` ran out or `give_up` says so. The caller claims again.
    pub fn wait_for_room(&self, bytes: u64, timeout: Duration, give_up: &dyn Fn() -> bool) {
        self.waiters.fetch_add(1, Ordering::SeqCst);
        {
            let mut guard = self.room.lock();
            // Looked at under the lock that the releaser takes, so a release between the failed claim and here counts.
            if !self.fits(self.used.load(), bytes) && !give_up() {
                self.freed.wait_for(&mut guard, Some(timeout));
            }
        }
        self.waiters.fetch_sub(1, Ordering::SeqCst);
    }

    /// Waits until something was released, `timeout` ran out or `give_up` says so, unless nothing is queued. The caller
    /// looks again.
    pub fn wait_until_empty(&self, timeout: Duration, give_up: &dyn Fn() -> bool) {
        self.waiters.fetch_add(1, Ordering::SeqCst);
        {
            let mut guard = self.room.lock();
            if self.messages() > 0 && !give_up() {
                self.freed.wait_for(&mut guard, Some(timeout));
            }
        }
        self.waiters.fetch_sub(1, Ordering::SeqCst);
    }

    /// Gives room back.
    pub fn release(&self, messages: u64, bytes: u64) {
        self.used.sub(messages, bytes);
        if self.waiters.load(Ordering::SeqCst) > 0 {
            self.wake_waiters();
        }
    }

    /// Makes everybody who waits look again.
    pub fn wake_waiters(&self) {
        let _guard = self.room.lock();
        self.freed.notify_all();
    }

    #[must_use]
    pub fn messages(&self) -> u64 {
        self.used.load().0
    }

    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.used.load().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::Arc;

    #[test]
    fn the_message_after_the_last_does_not_fit() {
        let b = Budget::new(Some(2), 100);
        assert!(b.try_claim(10) && b.try_claim(10));
        assert!(!b.try_claim(10));
        b.release(1, 10);
        assert!(b.try_claim(10));
        assert_eq!((b.messages(), b.bytes()), (2, 20));
    }

    /// Limits that fit into one word, that just do not, and none on the count.
    #[test]
    fn the_numbers_are_the_same_in_either_form() {
        let (m, b) = (1usize << 23, 1usize << 39);
        for (max_messages, max_bytes) in [(Some(m - 1), b - 1), (Some(m), b - 1), (Some(m - 1), b), (None, 1)]
        {
            let budget = Budget::new(max_messages, max_bytes);
            let len = (max_bytes as u64 / 2).min(1_000_000_000);
            assert!(budget.try_claim(len) && budget.try_claim(len) && budget.try_claim(0));
            assert!(!budget.try_claim(max_bytes as u64 + 1) && !budget.try_claim(u64::MAX));
            assert_eq!((budget.messages(), budget.bytes()), (3, 2 * len));
            budget.release(2, 2 * len);
            assert_eq!((budget.messages(), budget.bytes()), (1, 0));
        }
    }

    #[test]
    fn bytes_count_too() {
        let b = Budget::new(None, 100);
        assert!(b.try_claim(60));
        assert!(!b.try_claim(41));
        assert!(b.try_claim(40));
        assert_eq!((b.messages(), b.bytes()), (2, 100));
    }

    #[test]
    fn a_release_wakes_the_waiter() {
        let b = Arc::new(Budget::new(Some(1), 100));
        assert!(b.try_claim(1));
        let t = {
            let b = b.clone();
            std::thread::spawn(move || {
                while !b.try_claim(1) {
                    b.wait_for_room(1, Duration::from_secs(60), &|| false);
                }
            })
        };
        b.release(1, 1);
        t.join().unwrap();
        assert_eq!(b.messages(), 1);
    }
}
