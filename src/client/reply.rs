//! A thread that waits for what the main thread finds out.

use crate::base::sync::{Condvar, Mutex, Rank};
use crate::base::unwind;
use std::time::Duration;

/// An answer that one thread waits for.
pub struct Reply<T> {
    answer: Mutex<Option<T>>,
    arrived: Condvar,
}

impl<T> Reply<T> {
    #[must_use]
    pub fn new() -> Self {
        Self { answer: Mutex::new(Rank::Leaf, None), arrived: Condvar::new() }
    }

    pub fn answer(&self, answer: T) {
        *self.answer.lock() = Some(answer);
        self.arrived.notify_all();
    }

    /// The answer, if it is there.
    pub fn take(&self) -> Option<T> {
        self.answer.lock().take()
    }

    /// Waits for the answer for as long as `left` says (`None`: for ever).
    pub fn wait(&self, left: impl Fn() -> Option<Duration>) -> Option<T> {
        let mut answer = self.answer.lock();
        loop {
            if let Some(answer) = answer.take() {
                return Some(answer);
            }
            let left = left();
            if left == Some(Duration::ZERO) || unwind::is_pending() {
                return None;
            }
            self.arrived.wait_for(&mut answer, left);
        }
    }
}
