//! A connection through a proxy, which passes on whatever goes through it (CONNECT, RFC 9110, 9.3.6).

use super::Proxy;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::signal::{Interest, Signal, Woken};
use crate::base::sync::Arc;
use crate::net::{CloseReason, Elsewhere, Endpoint, Setup, Transport};
use std::io::IoSlice;
use std::os::fd::BorrowedFd;
use std::time::Duration;
use zeroize::Zeroizing;

/// More than the head of a proxy's answer has.
const MAX_HEAD: usize = 64 << 10;
const MAX_HEADERS: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq)]
enum TunnelState {
    /// The connection to the proxy is being made.
    Connecting,
    /// The proxy has been asked to connect, or is being asked.
    Asking,
    Open,
}

pub struct Tunnel {
    inner: Box<dyn Transport>,
    proxy: Proxy,
    state: TunnelState,
    /// What is left to be said to the proxy.
    request: Zeroizing<Vec<u8>>,
    /// The proxy's answer; later what came behind it.
    received: Vec<u8>,
}

impl Tunnel {
    #[must_use]
    pub fn new(inner: Box<dyn Transport>, proxy: Proxy) -> Self {
        let request = Zeroizing::default();
        Self { inner, proxy, state: TunnelState::Connecting, request, received: Vec::new() }
    }

    fn ask(&mut self) -> Setup {
        while !self.request.is_empty() {
            match self.inner.send(&[IoSlice::new(&self.request)]) {
                Ok(0) => break,
                Ok(n) => drop(self.request.drain(..n)),
                Err(why) => return self.failed(&format!("Failed sending CONNECT to proxy: {}", why.text())),
            }
        }
        Setup::Handshaking
    }

    fn listen(&mut self) -> Setup {
        loop {
            match self.head() {
                Some(200..=299) => {
                    self.state = TunnelState::Open;
                    return Setup::Done;
                }
                // Only announces the real one.
                Some(100..=199) => continue,
                Some(status) => return self.failed(&format!("CONNECT tunnel failed, response {status}")),
                None => {}
            }
            match self.inner.recv(&mut self.received, MAX_HEAD) {
                Ok(0) => return Setup::Handshaking,
                Ok(_) => {}
                Err(CloseReason::Ended) => return self.failed("Proxy CONNECT aborted"),
                Err(why) => return self.failed(&format!("Proxy CONNECT aborted: {}", why.text())),
            }
        }
    }

    /// Takes a whole head off what has come. Returns its status, 0 for what is no answer.
    fn head(&mut self) -> Option<u16> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        match parsed.parse(&self.received) {
            Ok(httparse::Status::Complete(length)) => {
                let status = parsed.code.unwrap_or(0);
                self.received.drain(..length);
                Some(status)
            }
            Ok(httparse::Status::Partial) if self.received.len() < MAX_HEAD => None,
            Ok(httparse::Status::Partial) | Err(_) => Some(0),
        }
    }

    fn failed(&mut self, text: &str) -> Setup {
        self.close();
        Setup::Failed(Error::new(ErrorCode::_TRANSPORT, text))
    }
}

impl Transport for Tunnel {
    fn introduce(&mut self, name: &Arc<str>, id: i32) {
        self.inner.introduce(name, id);
    }

    fn resolve_elsewhere(&mut self, elsewhere: Elsewhere) {
        self.inner.resolve_elsewhere(elsewhere);
    }

    fn connect(&mut self, endpoint: &Endpoint, now: Time) -> Result<(), Error> {
        self.state = TunnelState::Connecting;
        self.received.clear();
        self.request.clear();
        let to = endpoint.to_string();
        let mut parts = vec!["CONNECT ", &to, " HTTP/1.1\r\nHost: ", &to];
        if let Some(authorization) = &self.proxy.authorization {
            parts.extend(["\r\nProxy-Authorization: ", authorization]);
        }
        parts.push("\r\nProxy-Connection: Keep-Alive\r\n\r\n");
        self.request.reserve_exact(parts.iter().map(|part| part.len()).sum());
        parts.iter().for_each(|part| self.request.extend_from_slice(part.as_bytes()));
        let proxy = &self.proxy.endpoint;
        self.inner
            .connect(proxy, now)
            .map_err(|e| Error::new(e.code, format!("Could not connect to proxy {proxy}: {}", e.text)))
    }

    fn poll_setup(&mut self) -> Setup {
        match self.state {
            TunnelState::Open => Setup::Done,
            TunnelState::Asking if self.request.is_empty() => self.listen(),
            TunnelState::Asking => self.ask(),
            TunnelState::Connecting => match self.inner.poll_setup() {
                Setup::Done => {
                    self.state = TunnelState::Asking;
                    self.ask()
                }
                Setup::Failed(e) => {
                    let text = format!("Could not connect to proxy {}: {}", self.proxy.endpoint, e.text);
                    Setup::Failed(Error::new(e.code, text))
                }
                other => other,
            },
        }
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        self.inner.send(bufs)
    }

    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        if self.received.is_empty() {
            return self.inner.recv(buf, max);
        }
        let n = max.min(self.received.len());
        buf.extend(self.received.drain(..n));
        Ok(n)
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.inner.fd()
    }

    fn close(&mut self) {
        self.state = TunnelState::Connecting;
        self.received.clear();
        self.inner.close();
    }

    fn is_open(&self) -> bool {
        self.inner.is_open()
    }

    fn is_resolving(&self) -> bool {
        self.inner.is_resolving()
    }

    fn peer(&self) -> &str {
        self.inner.peer()
    }

    fn readiness(&self, mut interest: Interest) -> Option<Interest> {
        interest.write |= self.state == TunnelState::Asking && !self.request.is_empty();
        if self.state == TunnelState::Open && interest.read && !self.received.is_empty() {
            return None;
        }
        self.inner.readiness(interest)
    }

    fn poll(&self, signal: &Signal, interest: Interest, timeout: Option<Duration>) -> Woken {
        self.inner.poll(signal, interest, timeout)
    }
}

#[cfg(test)]
mod tests;
