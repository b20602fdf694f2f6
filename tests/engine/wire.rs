//! The test's end of a connection.

use rdkafka::base::clock::Time;
use rdkafka::base::error::{Error, ErrorCode};
use rdkafka::base::signal::{Interest, Signal, Woken};
use rdkafka::net::{CloseReason, Endpoint, Setup, Transport};
use std::io::IoSlice;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
pub struct Wire {
    pub open: bool,
    /// Connections are refused.
    pub refuses: bool,
    pub connects: usize,
    /// How long a call to connect takes.
    pub connect_takes: Duration,
    /// How long the last step of a handshake takes.
    pub handshake_takes: Duration,
    /// What calls have taken and the clock has not heard of.
    pub taken: Duration,
    /// Bytes that the connection takes before it is full; `None`: all.
    pub space: Option<usize>,
    /// What the client wrote and the test has not looked at.
    pub written: Vec<u8>,
    /// What the client will read.
    pub inbox: Vec<u8>,
    /// The peer has closed.
    pub hung_up: bool,
    /// How far connections come; `None`: they can be used at once.
    pub setup: Option<Setup>,
    /// What ends the connection as soon as it is read from.
    pub broken: Option<Error>,
}

#[derive(Clone, Default)]
pub struct TestTransport(pub Arc<Mutex<Wire>>);

impl TestTransport {
    pub fn readable(&self) -> bool {
        let w = self.0.lock().unwrap();
        w.open && (!w.inbox.is_empty() || w.hung_up || w.broken.is_some())
    }

    pub fn writable(&self) -> bool {
        let w = self.0.lock().unwrap();
        w.open && w.space != Some(0) && w.setup.is_none()
    }
}

impl Transport for TestTransport {
    fn connect(&mut self, _: &Endpoint, _: Time) -> Result<(), Error> {
        let mut w = self.0.lock().unwrap();
        w.connects += 1;
        let takes = w.connect_takes;
        w.taken += takes;
        if w.refuses {
            return Err(Error::new(ErrorCode::_TRANSPORT, "Connection refused"));
        }
        w.open = true;
        w.hung_up = false;
        Ok(())
    }

    fn poll_setup(&mut self) -> Setup {
        let mut w = self.0.lock().unwrap();
        if w.setup.is_none() {
            let takes = w.handshake_takes;
            w.taken += takes;
        }
        w.setup.clone().unwrap_or(Setup::Done)
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        let mut w = self.0.lock().unwrap();
        let mut n = 0;
        for buf in bufs {
            let take = buf.len().min(w.space.unwrap_or(usize::MAX));
            w.written.extend_from_slice(&buf[..take]);
            w.space = w.space.map(|r| r - take);
            n += take;
        }
        Ok(n)
    }

    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        let mut w = self.0.lock().unwrap();
        if let Some(error) = w.broken.take() {
            return Err(CloseReason::Protocol(error));
        }
        if w.inbox.is_empty() {
            return if w.hung_up { Err(CloseReason::Ended) } else { Ok(0) };
        }
        let n = w.inbox.len().min(max);
        buf.extend(w.inbox.drain(..n));
        Ok(n)
    }

    fn close(&mut self) {
        let mut w = self.0.lock().unwrap();
        w.open = false;
        w.inbox.clear();
        w.written.clear();
    }

    fn is_open(&self) -> bool {
        self.0.lock().unwrap().open
    }

    fn peer(&self) -> &str {
        "test"
    }

    fn poll(&self, _: &Signal, _: Interest, _: Option<Duration>) -> Woken {
        panic!("nobody waits here")
    }
}
