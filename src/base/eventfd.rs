//! A descriptor that one thread waits on and others write to, to end the wait.

use super::unwind::CancellationDeferred;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// An eventfd: readable from [`Self::notify`] until [`Self::drain`].
#[derive(Debug)]
pub struct EventFd(OwnedFd);

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What ended a wait, besides a notification or its timeout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Woken {
    /// The other descriptor became readable, or has an error to be read.
    pub readable: bool,
    /// The other descriptor became writable.
    pub writable: bool,
}

/// Which readiness of the other descriptor to wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    pub read: bool,
    pub write: bool,
}

impl EventFd {
    /// # Errors
    /// When the process is out of descriptors.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    /// Ends the current or the next wait.
    pub fn notify(&self) {
        // The notifier may be a thread of the application's, and a write is a cancellation point.
        let _deferred = CancellationDeferred::new();
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    /// Takes back all notifications so far.
    pub fn drain(&self) {
        let mut buf = [0u8; 8];
        let _ = rustix::io::read(&self.0, &mut buf);
    }

    /// Waits until notified, until `other` is ready, or for `timeout` (`None`: for ever); a signal of the
    /// process may end it early. Returns whether there was a notification, and the state of `other`.
    pub fn wait(
        &self,
        other: Option<(BorrowedFd<'_>, Interest)>,
        timeout: Option<Duration>,
    ) -> (bool, Woken) {
        let mut fds = [PollFd::new(&self.0, PollFlags::IN), PollFd::new(&self.0, PollFlags::empty())];
        let mut n = 1;
        if let Some((fd, interest)) = other {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::IN, interest.read);
            flags.set(PollFlags::OUT, interest.write);
            fds[1] = PollFd::from_borrowed_fd(fd, flags);
            n = 2;
        }
        let spec = timeout.map(|t| Timespec {
            tv_sec: i64::try_from(t.as_secs()).unwrap_or(i64::MAX / 2),
            tv_nsec: i64::from(t.subsec_nanos()),
        });
        let _ = poll(fds.get_mut(..n).unwrap_or_default(), spec.as_ref());
        let other = if n == 2 { fds[1].revents() } else { PollFlags::empty() };
        let woken = Woken {
            readable: other.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR),
            writable: other.intersects(PollFlags::OUT | PollFlags::HUP | PollFlags::ERR),
        };
        (!fds[0].revents().is_empty(), woken)
    }
}
