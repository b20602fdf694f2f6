//! A coalescing wake-up signal: many notifications between two waits cost one eventfd write at the most.

pub use super::eventfd::{Interest, Woken};

use super::eventfd::EventFd;
use super::sync::OnceLock;
use super::sync::atomic::{AtomicU8, Ordering};
use std::os::fd::BorrowedFd;
use std::time::Duration;

const RUNNING: u8 = 0;
const WAITING: u8 = 1;
const NOTIFIED: u8 = 2;

/// A waiter that can have no descriptor looks this often whether it has been notified.
const NAP: Duration = Duration::from_millis(10);

/// Wakes one waiting thread. The waiter is a single thread; notifiers may be any.
///
/// States: `RUNNING` (the waiter is at work), `WAITING` (it is in `poll`), `NOTIFIED` (it has to look again
/// before it waits). Only the transition `WAITING -> NOTIFIED` makes a system call.
#[derive(Debug)]
pub struct Signal {
    state: AtomicU8,
    /// From [`Signal::open`] on.
    fd: OnceLock<EventFd>,
}

impl Signal {
    /// A signal that can be waited on.
    ///
    /// # Errors
    /// When the process is out of descriptors.
    pub fn new() -> std::io::Result<Self> {
        let signal = Self::unopened();
        signal.open()?;
        Ok(signal)
    }

    /// A signal without a descriptor. It takes notifications; its waiter calls [`Self::open`] first.
    #[must_use]
    pub fn unopened() -> Self {
        Self { state: AtomicU8::new(RUNNING), fd: OnceLock::new() }
    }

    /// Creates the descriptor unless there is one.
    ///
    /// # Errors
    /// When the process is out of descriptors.
    pub fn open(&self) -> std::io::Result<()> {
        if self.fd.get().is_none() {
            // Only the thread that starts the waiter, or the waiter itself, comes here.
            let _ = self.fd.set(EventFd::new()?);
        }
        Ok(())
    }

    /// Makes the current or the next wait return at once. Cheap unless the waiter really waits.
    #[inline]
    pub fn notify(&self) {
        // The plain load keeps a burst of notifications from bouncing the cache line; the ordering of what
        // the notifier wrote is given by the lock under which it wrote it, and by the swap below when it
        // counts.
        if self.state.load(Ordering::SeqCst) == NOTIFIED {
            return;
        }
        if self.state.swap(NOTIFIED, Ordering::SeqCst) == WAITING
            && let Some(fd) = self.fd.get()
        {
            fd.notify();
        }
    }

    /// Whether there was a notification since the last look, which is consumed. For an owner that is stepped
    /// instead of waiting, as in the simulation.
    pub fn take(&self) -> bool {
        self.state.swap(RUNNING, Ordering::SeqCst) == NOTIFIED
    }

    /// Waits until notified, until `other` is ready, or for `timeout` (`None`: for ever).
    pub fn wait(&self, other: Option<(BorrowedFd<'_>, Interest)>, timeout: Option<Duration>) -> Woken {
        let Some(own) = self.open().ok().and_then(|()| self.fd.get()) else {
            std::thread::sleep(timeout.map_or(NAP, |t| t.min(NAP)));
            return Woken::default();
        };
        let timeout =
            if self.state.compare_exchange(RUNNING, WAITING, Ordering::SeqCst, Ordering::SeqCst).is_err() {
                // Notified since the last look: only ask the descriptor, do not sleep.
                Some(Duration::ZERO)
            } else {
                timeout
            };
        // A wait may end early for no reason: callers look at their state again in any case.
        let (was_written, woken) = own.wait(other, timeout);
        let was = self.state.swap(RUNNING, Ordering::SeqCst);
        if was == NOTIFIED || was_written {
            own.drain();
        }
        woken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::Arc;

    #[test]
    fn a_notification_before_the_wait_is_not_lost() {
        let s = Signal::new().unwrap();
        s.notify();
        s.notify();
        assert_eq!(s.wait(None, None), Woken::default());
        s.notify();
        assert!(s.take() && !s.take());
        // It was consumed: the next wait runs into its timeout.
        s.wait(None, Some(Duration::from_millis(1)));
    }

    #[test]
    fn without_a_descriptor_notifications_are_kept_until_somebody_waits() {
        let s = Signal::unopened();
        assert!(s.fd.get().is_none());
        s.notify();
        assert!(s.take());
        s.notify();
        assert!(s.fd.get().is_none(), "a notification needs none");
        assert_eq!(s.wait(None, None), Woken::default());
        assert!(s.fd.get().is_some());
    }

    #[test]
    fn a_waiting_thread_is_woken() {
        let s = Arc::new(Signal::new().unwrap());
        let t = {
            let s = s.clone();
            std::thread::spawn(move || s.wait(None, None))
        };
        s.notify();
        t.join().unwrap();
    }
}
