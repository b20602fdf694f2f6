//! A descriptor that loom can schedule. A wait for a time never ends by itself: a lost wake-up is a deadlock.

use loom::sync::{Condvar, Mutex};
use std::os::fd::BorrowedFd;
use std::time::Duration;

#[derive(Debug)]
pub struct EventFd {
    written: Mutex<bool>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Woken {
    pub readable: bool,
    pub writable: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Interest {
    pub read: bool,
    pub write: bool,
}

impl EventFd {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self { written: Mutex::new(false), changed: Condvar::new() })
    }

    pub fn notify(&self) {
        *self.written.lock().unwrap() = true;
        self.changed.notify_all();
    }

    pub fn drain(&self) {
        *self.written.lock().unwrap() = false;
    }

    pub fn wait(&self, _: Option<(BorrowedFd<'_>, Interest)>, timeout: Option<Duration>) -> (bool, Woken) {
        let mut written = self.written.lock().unwrap();
        while !*written && timeout != Some(Duration::ZERO) {
            written = self.changed.wait(written).unwrap();
        }
        (*written, Woken::default())
    }
}
