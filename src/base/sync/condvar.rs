//! A condition variable whose waits are cancellation points, as those of the C library are.
//!
//! A thread of the application's that waits here can be cancelled: the wait ends, nothing is locked, and what
//! waits to unwind the thread is remembered ([`unwind::is_pending`]). The wait itself is one in the C
//! library, on a mutex and a condition variable on the waiting thread's stack.
#![allow(unsafe_code)] // pthread objects, and a list of those on other threads' stacks.

use super::MutexGuard;
use super::atomic::{AtomicUsize, Ordering};
use crate::base::unwind;
use libc::{pthread_cond_t, pthread_mutex_t, timespec};
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::ffi::c_int;
use std::time::Duration;

unsafe extern "C-unwind" {
    fn pthread_cond_wait(cond: *mut pthread_cond_t, mutex: *mut pthread_mutex_t) -> c_int;
    fn pthread_cond_timedwait(
        cond: *mut pthread_cond_t,
        mutex: *mut pthread_mutex_t,
        until: *const timespec,
    ) -> c_int;
}

/// Where one thread waits. It does not move while it is in a list.
struct Parker {
    mutex: UnsafeCell<pthread_mutex_t>,
    woken: UnsafeCell<pthread_cond_t>,
    notified: UnsafeCell<bool>,
}

impl Parker {
    fn new() -> Self {
        Self {
            mutex: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER),
            woken: UnsafeCell::new(libc::PTHREAD_COND_INITIALIZER),
            notified: UnsafeCell::new(false),
        }
    }

    /// Has the time count by the monotonic clock. To be called where the parker stays.
    fn init(&self) {
        // SAFETY: objects of this function's and of this parker's, which nobody else knows yet.
        unsafe {
            let mut attributes = std::mem::zeroed();
            libc::pthread_condattr_init(&raw mut attributes);
            libc::pthread_condattr_setclock(&raw mut attributes, libc::CLOCK_MONOTONIC);
            libc::pthread_cond_init(self.woken.get(), &raw const attributes);
            libc::pthread_condattr_destroy(&raw mut attributes);
        }
    }

    /// Waits until notified, until the time is up, or until the thread is cancelled.
    fn park(&self, timeout: Option<Duration>) {
        let until = timeout.map(after);
        let (mutex, woken) = (self.mutex.get(), self.woken.get());
        // SAFETY: both are initialized. Other threads use them in `unpark` only, with the mutex held. A wait
        // that is cancelled has locked the mutex again, like one that ends.
        unsafe {
            libc::pthread_mutex_lock(mutex);
            while !*self.notified.get() {
                let waited = unwind::call(|| match &until {
                    Some(until) => pthread_cond_timedwait(woken, mutex, until),
                    None => pthread_cond_wait(woken, mutex),
                });
                if waited != Some(0) {
                    break;
                }
            }
            libc::pthread_mutex_unlock(mutex);
        }
    }

    fn unpark(&self) {
        // SAFETY: as for `park`.
        unsafe {
            libc::pthread_mutex_lock(self.mutex.get());
            *self.notified.get() = true;
            libc::pthread_cond_signal(self.woken.get());
            libc::pthread_mutex_unlock(self.mutex.get());
        }
    }
}

impl Drop for Parker {
    fn drop(&mut self) {
        // SAFETY: it is in no list, so nobody else uses these.
        unsafe {
            libc::pthread_cond_destroy(self.woken.get());
            libc::pthread_mutex_destroy(self.mutex.get());
        }
    }
}

/// The monotonic time in so long.
fn after(timeout: Duration) -> timespec {
    let mut time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: an out-parameter.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let nanos = time.tv_nsec + i64::from(timeout.subsec_nanos());
    let seconds = i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX);
    time.tv_sec = time.tv_sec.saturating_add(seconds).saturating_add(nanos / 1_000_000_000);
    time.tv_nsec = nanos % 1_000_000_000;
    time
}

/// A parker on the stack of a waiting thread.
struct Waiter(*const Parker);

// SAFETY: a parker is used by several threads at a time. The list that holds the pointer is left before the
// parker goes.
unsafe impl Send for Waiter {}

/// A condition variable for [`super::Mutex`].
pub struct Condvar {
    /// Length of the list, to be read without its lock.
    waiting: AtomicUsize,
    waiters: parking_lot::Mutex<VecDeque<Waiter>>,
}

impl Condvar {
    #[must_use]
    pub const fn new() -> Self {
        Self { waiting: AtomicUsize::new(0), waiters: parking_lot::Mutex::new(VecDeque::new()) }
    }

    pub fn wait<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>) {
        self.wait_for(guard, None);
    }

    /// Waits for at most `timeout` (`None`: for ever). Returns whether it was notified; if not, the time ran
    /// out, or the thread is cancelled ([`unwind::is_pending`]).
    pub fn wait_for<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, timeout: Option<Duration>) -> bool {
        if unwind::is_pending() {
            return false;
        }
        let parker = Parker::new();
        parker.init();
        let at = &raw const parker;
        {
            let mut waiters = self.waiters.lock();
            waiters.push_back(Waiter(at));
            self.waiting.store(waiters.len(), Ordering::SeqCst);
        }
        parking_lot::MutexGuard::unlocked(&mut guard.guard, || parker.park(timeout));
        let mut waiters = self.waiters.lock();
        // Whoever notifies takes it out of the list, and is done with it when the lock is free.
        let listed = waiters.iter().position(|w| w.0 == at);
        if let Some(position) = listed {
            waiters.remove(position);
            self.waiting.store(waiters.len(), Ordering::SeqCst);
        }
        drop(waiters);
        if listed.is_none() && unwind::is_pending() {
            // This thread will not act on it.
            self.notify_one();
        }
        listed.is_none()
    }

    pub fn notify_one(&self) {
        self.notify(1);
    }

    pub fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    fn notify(&self, most: usize) {
        if self.waiting.load(Ordering::SeqCst) == 0 {
            return;
        }
        let mut waiters = self.waiters.lock();
        let count = most.min(waiters.len());
        for Waiter(parker) in waiters.drain(..count) {
            // SAFETY: the thread that waits takes the lock that is held here before its parker goes.
            unsafe { (*parker).unpark() };
        }
        self.waiting.store(waiters.len(), Ordering::SeqCst);
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Arc, Mutex, Rank};
    use super::*;

    #[test]
    fn each_notification_wakes_one_and_the_last_wakes_all() {
        let shared = Arc::new((Mutex::new(Rank::Leaf, (0, 0)), Condvar::new()));
        let threads: Vec<_> = (0..5)
            .map(|_| {
                let shared = shared.clone();
                std::thread::spawn(move || {
                    let mut state = shared.0.lock();
                    state.0 += 1;
                    while state.1 == 0 {
                        shared.1.wait(&mut state);
                    }
                    state.1 -= 1;
                })
            })
            .collect();
        while shared.0.lock().0 < 5 {
            std::thread::yield_now();
        }
        for left in [4, 3] {
            shared.0.lock().1 = 1;
            shared.1.notify_one();
            while shared.0.lock().1 > 0 {
                std::thread::yield_now();
            }
            assert_eq!(shared.1.waiters.lock().len(), left);
        }
        shared.0.lock().1 = 3;
        shared.1.notify_all();
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert_eq!(shared.0.lock().1, 0);
        assert!(!shared.1.wait_for(&mut shared.0.lock(), Some(Duration::from_millis(1))));
    }
}
