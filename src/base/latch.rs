//! Lets a thread wait until others are done with something.

use super::sync::{Arc, Condvar, Mutex, Rank};

/// Counts who is not done yet.
pub struct Latch {
    held: Mutex<usize>,
    released: Condvar,
}

/// Somebody who is not done yet, until this is dropped.
pub struct Held(Arc<Latch>);

impl Latch {
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self { held: Mutex::new(Rank::Leaf, 0), released: Condvar::new() })
    }

    /// One more is not done yet.
    #[must_use]
    pub fn hold(self: &Arc<Self>) -> Held {
        *self.held.lock() += 1;
        Held(self.clone())
    }

    /// Waits until everybody is done.
    pub fn wait(&self) {
        let mut held = self.held.lock();
        while *held > 0 {
            self.released.wait(&mut held);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        *self.0.held.lock() -= 1;
        self.0.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_waiter_goes_on_when_all_are_done() {
        let (latch, done) = (Latch::new(), Arc::new(AtomicUsize::new(0)));
        latch.wait();
        let held = [latch.hold(), latch.hold()];
        let threads = held.map(|held| {
            let done = done.clone();
            std::thread::spawn(move || {
                done.fetch_add(1, Ordering::SeqCst);
                drop(held);
            })
        });
        latch.wait();
        assert_eq!(done.load(Ordering::SeqCst), 2);
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
