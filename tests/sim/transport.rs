//! A client's end of the simulated network, encrypted or not.

use super::net::{BASE_PORT, SharedNet, not_connected};
use super::sealed;
use rdkafka::base::clock::Time;
use rdkafka::base::error::{Error, ErrorCode};
use rdkafka::base::signal::{Interest, Signal, Woken};
use rdkafka::net::{CloseReason, Endpoint, Setup, Transport};
use std::io::IoSlice;
use std::time::Duration;

/// A client's end of a simulated connection.
pub struct SimTransport {
    net: SharedNet,
    conn: Option<u64>,
    peer: String,
    seal: Option<sealed::Client>,
    /// How an encrypted connection has ended, until what came before is read.
    over: Option<CloseReason>,
}

impl SimTransport {
    pub fn new(net: SharedNet) -> Self {
        Self { net, conn: None, peer: String::new(), seal: None, over: None }
    }

    /// What a poll would say now.
    pub fn readiness(&self) -> Woken {
        let mut ready = self.conn.map_or_else(Woken::default, |c| self.net.lock().readiness(c));
        ready.readable |= self.over.is_some() || self.seal.as_ref().is_some_and(|s| !s.plain.is_empty());
        ready
    }

    /// Whether it waits to send by itself, whatever the broker has to send.
    pub fn has_outgoing(&self) -> bool {
        self.seal.as_ref().is_some_and(|s| !s.outgoing.is_empty())
    }

    /// Sends what is sealed, as far as the network takes it.
    fn flush(&mut self) -> Result<(), CloseReason> {
        let conn = self.conn.ok_or_else(not_connected)?;
        let Some(seal) = &mut self.seal else { return Ok(()) };
        while !seal.outgoing.is_empty() {
            match self.net.lock().send(conn, &[IoSlice::new(&seal.outgoing)])? {
                0 => break,
                n => drop(seal.outgoing.drain(..n)),
            }
        }
        Ok(())
    }

    fn shake_hands(&mut self, conn: u64) -> Setup {
        let outcome = self.flush().and_then(|()| {
            let Some(seal) = &mut self.seal else { return Ok(true) };
            self.net.lock().recv(conn, &mut seal.raw, usize::MAX)?;
            seal.shake_hands().map_err(CloseReason::Protocol)
        });
        let error = match outcome {
            // The last flight leaves with what comes next.
            Ok(true) => return Setup::Done,
            Ok(false) => return Setup::Handshaking,
            Err(CloseReason::Protocol(error)) => error,
            Err(why) => Error::new(ErrorCode::_TRANSPORT, format!("SSL handshake failed: {}", why.text())),
        };
        self.close();
        Setup::Failed(error)
    }

    fn recv_sealed(&mut self, conn: u64, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        let _ = self.flush();
        let Some(seal) = &mut self.seal else { return Err(not_connected()) };
        if seal.plain.len() < max && self.over.is_none() {
            let received = self.net.lock().recv(conn, &mut seal.raw, max);
            let opened = received.and_then(|_| seal.open().map_err(CloseReason::Protocol));
            self.over = opened.err();
        }
        let n = seal.plain.len().min(max);
        buf.extend(seal.plain.drain(..n));
        match self.over.take_if(|_| n == 0) {
            Some(CloseReason::Ended) => Err(CloseReason::SslEnded),
            Some(why) => Err(why),
            None => Ok(n),
        }
    }
}

impl Transport for SimTransport {
    fn connect(&mut self, endpoint: &Endpoint, _now: Time) -> Result<(), Error> {
        self.close();
        self.peer = format!("ipv4#{endpoint}");
        let broker = i32::from(endpoint.port) - i32::from(BASE_PORT);
        let mut net = self.net.lock();
        self.conn = Some(net.connect(broker));
        self.seal = net.is_sealed().then(sealed::Client::new);
        Ok(())
    }

    fn poll_setup(&mut self) -> Setup {
        let failed = |peer: &str| {
            Setup::Failed(Error::new(
                ErrorCode::_TRANSPORT,
                format!("Connect to {peer} failed: Connection refused"),
            ))
        };
        let Some(conn) = self.conn else { return failed(&self.peer) };
        let progress = self.net.lock().progress(conn);
        match progress {
            None => Setup::Connecting,
            Some(Ok(())) => self.shake_hands(conn),
            Some(Err(())) => {
                self.close();
                failed(&self.peer)
            }
        }
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        let conn = self.conn.ok_or_else(not_connected)?;
        self.flush()?;
        let Some(seal) = &mut self.seal else { return self.net.lock().send(conn, bufs) };
        let mut taken = 0;
        if seal.outgoing.is_empty() {
            taken = seal.seal(bufs);
            self.flush()?;
        }
        Ok(taken)
    }

    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        let conn = self.conn.ok_or_else(not_connected)?;
        if self.seal.is_some() {
            return self.recv_sealed(conn, buf, max);
        }
        self.net.lock().recv(conn, buf, max)
    }

    fn close(&mut self) {
        (self.seal, self.over) = (None, None);
        if let Some(conn) = self.conn.take() {
            self.net.lock().close(conn);
        }
    }

    fn is_open(&self) -> bool {
        self.conn.is_some()
    }

    fn peer(&self) -> &str {
        &self.peer
    }

    /// Nothing ever waits in the simulation; the answer is what is ready now.
    fn poll(&self, _signal: &Signal, interest: Interest, _timeout: Option<Duration>) -> Woken {
        let ready = self.readiness();
        let write = interest.write || self.has_outgoing();
        Woken { readable: ready.readable && interest.read, writable: ready.writable && write }
    }
}

impl Drop for SimTransport {
    fn drop(&mut self) {
        self.close();
    }
}
