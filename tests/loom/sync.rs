//! What `base::sync` offers, on loom's primitives.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// Not what is modelled, and the library has methods on `&Arc<Self>`, which only this one may have.
pub use std::sync::Arc;
pub use loom::sync::atomic;
/// Set before there are threads, so loom need not know it.
pub use std::sync::OnceLock;

/// Only the names: whether locks nest in order is checked by every debug run of the library.
#[derive(Clone, Copy, Debug)]
pub enum Rank {
    Ready,
    Queue,
    Leaf,
    Wake,
}

pub struct Mutex<T>(loom::sync::Mutex<T>);

pub struct MutexGuard<'a, T> {
    of: &'a Mutex<T>,
    /// None while it waits.
    guard: Option<loom::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub fn new(_: Rank, value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard { of: self, guard: Some(self.0.lock().unwrap()) }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.guard.as_ref().unwrap()
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.guard.as_mut().unwrap()
    }
}

pub struct Condvar(loom::sync::Condvar);

/// Longer waits never end by themselves, so that a lost wake-up is a deadlock, which loom reports.
const SHORT: Duration = Duration::from_millis(1);

impl Condvar {
    pub fn new() -> Self {
        Self(loom::sync::Condvar::new())
    }

    /// A short time is over at any moment.
    pub fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, timeout: Option<Duration>) -> bool {
        let lock = guard.guard.take().unwrap();
        let is_short = timeout.is_some_and(|t| t <= SHORT);
        if is_short {
            drop(lock);
            loom::thread::yield_now();
            guard.guard = Some(guard.of.0.lock().unwrap());
        } else {
            guard.guard = Some(self.0.wait(lock).unwrap());
        }
        !is_short
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }
}
