//! A coalescing wake-up signal: many notifications between two waits cost one eventfd write at the most.

pub use super::eventfd::{Interest, Woken};

use super::eventfd::EventFd;
use super::sync::atomic::{AtomicU8, Ordering};
use super::sync::{Arc, Mutex, OnceLock, Rank};
use std::os::fd::BorrowedFd;
use std::time::Duration;

const RUNNING: u8 = 0;
const WAITING: u8 = 1;
const NOTIFIED: u8 = 2;

/// A waiter that can have no descriptor looks this often whether it has been notified.
const NAP: Duration = Duration::from_millis(10);

/// Wakes one waiter. The waiter is a single thread, or one of several that a thread waits for at once
/// ([`Signal::share`]); notifiers may be any threads.
///
/// States: `RUNNING` (the waiter is at work), `WAITING` (it is in `poll`), `NOTIFIED` (it has to look again
/// before it waits). Only the transition `WAITING -> NOTIFIED` may make a system call.
pub struct Signal {
    state: AtomicU8,
    /// From [`Signal::open`] or [`Signal::share`] on.
    bell: OnceLock<Bell>,
}

/// What wakes the waiter.
enum Bell {
    Own(EventFd),
    /// The waiter's key, and the thread that waits for it beside others.
    Shared(Arc<Bells>, u32),
}

/// Wakes a thread that waits for several signals, and tells it for which of them.
pub struct Bells {
    thread: Signal,
    rung: Mutex<Vec<u32>>,
}

impl Bells {
    /// # Errors
    /// When the process is out of descriptors.
    pub fn new() -> std::io::Result<Arc<Self>> {
        Ok(Arc::new(Self { thread: Signal::new()?, rung: Mutex::new(Rank::Wake, Vec::new()) }))
    }

    /// Wakes the thread without a signal's doing.
    pub fn wake(&self) {
        self.thread.notify();
    }

    fn ring(&self, key: u32) {
        self.rung.lock().push(key);
        self.thread.notify();
    }

    /// Moves the keys of the signals that were notified into `into`.
    pub fn take(&self, into: &mut Vec<u32>) {
        into.append(&mut self.rung.lock());
    }

    /// What the thread itself is woken by.
    pub(super) fn thread(&self) -> &Signal {
        &self.thread
    }
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
        Self { state: AtomicU8::new(RUNNING), bell: OnceLock::new() }
    }

    /// Creates the descriptor unless there is one.
    ///
    /// # Errors
    /// When the process is out of descriptors.
    pub fn open(&self) -> std::io::Result<()> {
        if self.bell.get().is_none() {
            // Only the thread that starts the waiter, or the waiter itself, comes here.
            let _ = self.bell.set(Bell::Own(EventFd::new()?));
        }
        Ok(())
    }

    /// Has a thread that waits for several signals be woken by this one too, which needs no descriptor then.
    /// To be called before the waiter starts.
    pub fn share(&self, bells: &Arc<Bells>, key: u32) {
        let _ = self.bell.set(Bell::Shared(bells.clone(), key));
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
        if self.state.swap(NOTIFIED, Ordering::SeqCst) == WAITING {
            match self.bell.get() {
                Some(Bell::Own(fd)) => fd.notify(),
                Some(Bell::Shared(bells, key)) => bells.ring(*key),
                None => {}
            }
        }
    }

    /// Whether there was a notification since the last look, which is consumed. For an owner that is stepped
    /// instead of waiting, as in the simulation.
    pub fn take(&self) -> bool {
        self.state.swap(RUNNING, Ordering::SeqCst) == NOTIFIED
    }

    /// The waiter waits from now on, and is told by its bell. False if it has been notified since the last
    /// look: then it looks again first.
    pub fn park(&self) -> bool {
        self.state.compare_exchange(RUNNING, WAITING, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Its descriptor, if it has one of its own.
    pub(super) fn descriptor(&self) -> Option<&EventFd> {
        match self.bell.get()? {
            Bell::Own(own) => Some(own),
            Bell::Shared(..) => None,
        }
    }

    /// Waits until notified, until `other` is ready, or for `timeout` (`None`: for ever).
    pub fn wait(&self, other: Option<(BorrowedFd<'_>, Interest)>, timeout: Option<Duration>) -> Woken {
        let mut woken = Woken::default();
        self.wait_by(timeout, |own, timeout| {
            let (was_written, other) = own.wait(other, timeout);
            woken = other;
            was_written
        });
        woken
    }

    /// Waits by what `poll` does. It gets this signal's descriptor and how long it may wait, and says whether
    /// the descriptor was written to.
    pub(super) fn wait_by(
        &self,
        timeout: Option<Duration>,
        poll: impl FnOnce(&EventFd, Option<Duration>) -> bool,
    ) {
        let Some(own) = self.open().ok().and_then(|()| self.descriptor()) else {
            return std::thread::sleep(timeout.map_or(NAP, |t| t.min(NAP)));
        };
        // Notified since the last look: only ask the descriptor, do not sleep.
        let timeout = if self.park() { timeout } else { Some(Duration::ZERO) };
        // A wait may end early for no reason: callers look at their state again in any case.
        let was_written = poll(own, timeout);
        let was = self.state.swap(RUNNING, Ordering::SeqCst);
        if was == NOTIFIED || was_written {
            own.drain();
        }
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
        assert!(s.bell.get().is_none());
        s.notify();
        assert!(s.take());
        s.notify();
        assert!(s.bell.get().is_none(), "a notification needs none");
        assert_eq!(s.wait(None, None), Woken::default());
        assert!(s.bell.get().is_some());
    }

    #[test]
    fn shared_signals_say_whose_turn_it_is_and_wake_the_thread_once() {
        let bells = Bells::new().unwrap();
        let [a, b] = [7, 9].map(|key| {
            let s = Signal::unopened();
            s.share(&bells, key);
            s
        });
        let mut rung = Vec::new();
        // One that is at work looks by itself.
        a.notify();
        bells.take(&mut rung);
        assert!(rung.is_empty() && !bells.thread.take());
        assert!(!a.park() && a.take() && a.park() && b.park());
        a.notify();
        b.notify();
        a.notify();
        bells.take(&mut rung);
        assert_eq!(rung, [7, 9]);
        assert!(bells.thread.take());
        assert!(a.take() && b.take() && !a.take());
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
