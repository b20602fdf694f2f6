//! One thread that waits for many: each waiter has a key, a signal of its own, and perhaps a connection.

use super::signal::{Bells, Interest};
use super::sync::Arc;
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};
use rustix::fd::{BorrowedFd, OwnedFd};
use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

/// The key under which the thread's own descriptor is watched. Waiters have others.
pub const NOBODY: u32 = 0;
/// How many connections that are ready are told of at once.
const EVENTS_AT_ONCE: usize = 128;

/// What is watched of one waiter's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Another one for each connection of the waiter.
    connection: u64,
    flags: epoll::EventFlags,
    serial: u32,
}

/// The descriptors that a thread waits for.
pub struct Poller {
    set: OwnedFd,
    bells: Arc<Bells>,
    /// Of the last watch that has begun.
    serial: u32,
    is_littered: bool,
}

impl Poller {
    /// # Errors
    /// When the process is out of descriptors.
    pub fn new() -> io::Result<Self> {
        let bells = Bells::new()?;
        Ok(Self { set: new_set(&bells)?, bells, serial: 0, is_littered: false })
    }

    /// What signals of waiters ring.
    #[must_use]
    pub fn bells(&self) -> &Arc<Bells> {
        &self.bells
    }

    /// Has `watch` be what a waiter wants to know of its connection, `connection` being another number for
    /// each of them. False if the descriptor cannot be watched: then the waiter has to look by itself.
    pub fn watch(
        &mut self,
        key: u32,
        watch: &mut Option<Watch>,
        fd: Option<BorrowedFd<'_>>,
        connection: u64,
        interest: Interest,
    ) -> bool {
        let Some(fd) = fd else {
            // To close a descriptor ends its being watched.
            *watch = None;
            return true;
        };
        let mut flags = epoll::EventFlags::empty();
        flags.set(epoll::EventFlags::IN, interest.read);
        flags.set(epoll::EventFlags::OUT, interest.write);
        let result = match watch {
            Some(w) if w.connection == connection && w.flags == flags => return true,
            Some(w) if w.connection == connection => {
                w.flags = flags;
                epoll::modify(&self.set, fd, data(key, w.serial), flags)
            }
            _ => {
                self.serial = self.serial.wrapping_add(1);
                *watch = Some(Watch { connection, flags, serial: self.serial });
                epoll::add(&self.set, fd, data(key, self.serial), flags)
            }
        };
        if result.is_err() {
            *watch = None;
        }
        result.is_ok()
    }

    /// Waits until a waiter's signal is notified, its connection is ready, or for `timeout` (`None`: for
    /// ever). Appends the keys of such waiters to `ready`; some may be there twice, or for no reason.
    /// `current` knows what is watched of a waiter.
    pub fn wait(
        &mut self,
        timeout: Option<Duration>,
        current: impl Fn(u32) -> Option<Watch>,
        ready: &mut Vec<u32>,
    ) {
        let mut room = [MaybeUninit::uninit(); EVENTS_AT_ONCE];
        let (set, is_littered) = (&self.set, &mut self.is_littered);
        self.bells.thread().wait_by(timeout, |_, timeout| {
            let mut was_woken = false;
            for event in wait(set, timeout, &mut room) {
                match key_of(event) {
                    NOBODY => was_woken = true,
                    key if current(key).is_some_and(|w| w.serial == serial_of(event)) => ready.push(key),
                    _ => *is_littered = true,
                }
            }
            was_woken
        });
        self.bells.take(ready);
    }

    /// Whether a connection is still watched that has been closed: a child process has it open, and it may
    /// stay ready for ever. Then everything is to be watched anew; this forgets what was, if it can.
    #[must_use]
    pub fn starts_over(&mut self) -> bool {
        if !self.is_littered {
            return false;
        }
        self.is_littered = false;
        let new = new_set(&self.bells);
        let starts_over = new.is_ok();
        if let Ok(set) = new {
            self.set = set;
        }
        starts_over
    }
}

fn new_set(bells: &Bells) -> io::Result<OwnedFd> {
    let set = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let own = bells.thread().descriptor().ok_or(io::ErrorKind::NotFound)?;
    epoll::add(&set, own, data(NOBODY, 0), epoll::EventFlags::IN)?;
    Ok(set)
}

/// epoll counts in milliseconds, which is coarse for linger times: sleep on the set itself.
fn wait<'a>(
    set: &OwnedFd,
    timeout: Option<Duration>,
    room: &'a mut [MaybeUninit<epoll::Event>],
) -> &'a [epoll::Event] {
    let spec = |t: Duration| Timespec {
        tv_sec: i64::try_from(t.as_secs()).unwrap_or(i64::MAX / 2),
        tv_nsec: i64::from(t.subsec_nanos()),
    };
    if let Some(timeout) = timeout.filter(|t| !t.is_zero())
        && matches!(poll(&mut [PollFd::new(set, PollFlags::IN)], Some(&spec(timeout))), Ok(0))
    {
        return &[];
    }
    let at_once = timeout.map(|_| spec(Duration::ZERO));
    epoll::wait(set, room, at_once.as_ref()).map_or(&[], |(events, _)| events)
}

fn data(key: u32, serial: u32) -> epoll::EventData {
    epoll::EventData::new_u64(u64::from(serial) << 32 | u64::from(key))
}

#[allow(clippy::cast_possible_truncation)] // The lower half.
fn key_of(event: &epoll::Event) -> u32 {
    event.data.u64() as u32
}

#[allow(clippy::cast_possible_truncation)] // It fits after the shift.
fn serial_of(event: &epoll::Event) -> u32 {
    (event.data.u64() >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::signal::Signal;
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    const READ: Interest = Interest { read: true, write: false };

    fn wait_once(poller: &mut Poller, watch: Option<Watch>, timeout: Option<Duration>) -> Vec<u32> {
        let mut ready = Vec::new();
        poller.wait(timeout, |_| watch, &mut ready);
        ready
    }

    #[test]
    fn notified_waiters_and_ready_connections_are_told_by_their_keys() {
        let mut poller = Poller::new().unwrap();
        let signal = Signal::unopened();
        signal.share(poller.bells(), 5);
        assert!(signal.park());
        signal.notify();
        assert_eq!(wait_once(&mut poller, None, None), [5]);
        let (reader, mut writer) = UnixStream::pair().unwrap();
        let mut watch = None;
        assert!(poller.watch(6, &mut watch, Some(reader.as_fd()), 1, READ));
        assert!(wait_once(&mut poller, watch, Some(Duration::ZERO)).is_empty());
        writer.write_all(b"x").unwrap();
        assert_eq!(wait_once(&mut poller, watch, None), [6]);
        // Nobody wants to read it for now.
        assert!(poller.watch(6, &mut watch, Some(reader.as_fd()), 1, Interest::default()));
        assert!(wait_once(&mut poller, watch, Some(Duration::from_millis(1))).is_empty());
        assert!(poller.watch(6, &mut watch, Some(reader.as_fd()), 1, READ));
        assert_eq!(wait_once(&mut poller, watch, None), [6]);
        drop(reader);
        assert!(wait_once(&mut poller, watch, Some(Duration::ZERO)).is_empty());
    }

    #[test]
    fn a_closed_connection_that_somebody_else_has_open_does_not_stay_ready() {
        let mut poller = Poller::new().unwrap();
        let (reader, mut writer) = UnixStream::pair().unwrap();
        let inherited = reader.try_clone().unwrap();
        let mut watch = None;
        assert!(poller.watch(6, &mut watch, Some(reader.as_fd()), 1, READ));
        drop(reader);
        writer.write_all(b"x").unwrap();
        let (next, mut next_writer) = UnixStream::pair().unwrap();
        assert!(poller.watch(6, &mut watch, Some(next.as_fd()), 2, READ));
        assert!(wait_once(&mut poller, watch, None).is_empty(), "news of the old connection");
        assert!(poller.starts_over() && !poller.starts_over());
        watch = None;
        assert!(poller.watch(6, &mut watch, Some(next.as_fd()), 2, READ));
        next_writer.write_all(b"x").unwrap();
        assert_eq!(wait_once(&mut poller, watch, None), [6]);
        assert!(!poller.starts_over());
        drop(inherited);
    }

    #[test]
    fn what_cannot_be_watched_is_said_to_be_so() {
        let mut poller = Poller::new().unwrap();
        let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
        let mut watch = None;
        assert!(!poller.watch(6, &mut watch, Some(file.as_fd()), 1, READ));
        assert_eq!(watch, None);
        assert!(poller.watch(6, &mut watch, None, 1, READ));
    }
}
