//! Statistics for a program on this machine that listens on a Unix socket (`statistics.sink`): each document
//! is a line. Nothing waits for that program: a document that it does not take in time is dropped, whole.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::net::io_text;
use crate::net::local::Outlet;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// How soon the rest of a document is offered again, while it is taken and while it is not.
const SOON: Duration = Duration::from_millis(5);
const LATER: Duration = Duration::from_millis(200);

/// The connection and what is on its way.
pub(super) struct Sink {
    path: String,
    outlet: Box<dyn Outlet>,
    connected: bool,
    /// The log has been told that there is no connection.
    told: bool,
    /// The document that is being sent, and how much of it has been.
    document: Vec<u8>,
    sent: usize,
    pause: Duration,
    again: Deadline,
}

impl Sink {
    pub fn new(path: &str, outlet: Box<dyn Outlet>) -> Self {
        Self {
            path: path.to_owned(),
            outlet,
            connected: false,
            told: false,
            document: Vec::new(),
            sent: 0,
            pause: SOON,
            again: Deadline::NEVER,
        }
    }

    /// When the rest of a document is to be offered.
    pub fn deadline(&self) -> Deadline {
        self.again
    }

    /// Sends a document, which is made if it can be sent. Returns what the log is to be told.
    pub fn offer(&mut self, now: Time, make: impl FnOnce() -> Vec<u8>) -> Option<String> {
        if !self.connected {
            if let Err(e) = self.outlet.connect() {
                let text = format!("Statistics are not taken: {}", io_text(&e));
                return self.tell(&text);
            }
            (self.connected, self.told) = (true, false);
        }
        if self.is_idle() {
            self.document = make();
            self.document.push(b'\n');
            self.pause = SOON;
        }
        self.send(now)
    }

    /// Offers the rest of a document, if that is due.
    pub fn serve(&mut self, now: Time) -> Option<String> {
        if self.is_idle() || !self.again.is_due(now) {
            return None;
        }
        self.send(now)
    }

    fn is_idle(&self) -> bool {
        self.sent == self.document.len()
    }

    fn send(&mut self, now: Time) -> Option<String> {
        self.again = Deadline::NEVER;
        while let Some(rest) = self.document.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.outlet.send(rest) {
                Ok(n) if n > 0 => {
                    self.sent += n;
                    self.pause = SOON;
                }
                Err(e) if !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                    return self.lose(&e);
                }
                _ => {
                    self.again = Deadline::at(now + self.pause);
                    self.pause = LATER.min(self.pause * 2);
                    return None;
                }
            }
        }
        self.forget();
        None
    }

    /// The connection has ended, and with it what was on its way.
    fn lose(&mut self, e: &io::Error) -> Option<String> {
        self.outlet.close();
        self.connected = false;
        self.forget();
        self.tell(&format!("Statistics are not taken any more: {}", io_text(e)))
    }

    fn forget(&mut self) {
        self.document = Vec::new();
        self.sent = 0;
    }

    /// Once until there is a connection again.
    fn tell(&mut self, text: &str) -> Option<String> {
        let first = !std::mem::replace(&mut self.told, true);
        first.then(|| format!("unix:{}: {text}; tried again with each interval", self.path))
    }
}

#[cfg(test)]
mod tests;
