//! `queue.buffering.max.messages` and `queue.buffering.max.kbytes`: what may be queued, and who waits for room.

use crate::base::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::base::sync::{Condvar, Mutex, Rank};
use std::time::Duration;

pub struct Budget {
    max_messages: u64,
    max_bytes: u64,
    messages: AtomicU64,
    bytes: AtomicU64,
    waiters: AtomicUsize,
    room: Mutex<()>,
    freed: Condvar,
}

impl Budget {
    /// `max_messages`: `None` for no limit on the count.
    #[must_use]
    pub fn new(max_messages: Option<usize>, max_bytes: usize) -> Self {
        Self {
            max_messages: max_messages.map_or(u64::MAX, |m| m as u64),
            max_bytes: max_bytes as u64,
            messages: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            waiters: AtomicUsize::new(0),
            room: Mutex::new(Rank::Leaf, ()),
            freed: Condvar::new(),
        }
    }

    /// Claims room for one message, if there is.
    #[inline]
    pub fn try_claim(&self, bytes: u64) -> bool {
        if self.messages.fetch_add(1, Ordering::Relaxed) >= self.max_messages {
            self.messages.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        if self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > self.max_bytes {
            self.release(1, bytes);
            return false;
        }
        true
    }

    /// Waits until something was released, `timeout` ran out or `give_up` says so. The caller claims again.
    pub fn wait_for_room(&self, bytes: u64, timeout: Duration, give_up: &dyn Fn() -> bool) {
        self.waiters.fetch_add(1, Ordering::SeqCst);
        {
            let mut guard = self.room.lock();
            // Looked at under the lock that the releaser takes, so a release between the failed claim and here counts.
            let full = self.messages.load(Ordering::SeqCst) >= self.max_messages
                || self.bytes.load(Ordering::SeqCst) + bytes > self.max_bytes;
            if full && !give_up() {
                self.freed.wait_for(&mut guard, Some(timeout));
            }
        }
        self.waiters.fetch_sub(1, Ordering::SeqCst);
    }

    /// Gives room back.
    pub fn release(&self, messages: u64, bytes: u64) {
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        self.messages.fetch_sub(messages, Ordering::SeqCst);
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
        self.messages.load(Ordering::SeqCst)
    }

    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
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
