//! Sockets, name resolution and the list of bootstrap servers.
//!
//! A broker talks to the world through [`Transport`]. The real one is [`tcp::TcpTransport`]; the simulation has its
//! own, so nothing above this layer knows whether the bytes are real.

pub mod bootstrap;
mod endpoint;
pub mod resolver;
pub mod sys;
pub mod tcp;

pub use endpoint::Endpoint;

use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::signal::{Interest, Signal, Woken};
use rustix::net::SocketAddrAny;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::time::Duration;

/// The port of a broker that was named without one.
pub const DEFAULT_PORT: u16 = 9092;

/// What a broker connection needs from the world.
pub trait Transport: Send {
    /// Begins connecting to the endpoint's next address, replacing any earlier connection. Resolves the name
    /// (blocking) when the known addresses are older than `broker.address.ttl`.
    ///
    /// # Errors
    /// `_RESOLVE` or `_TRANSPORT` with a text that needs no addition to be understood.
    fn connect(&mut self, endpoint: &Endpoint, now: Time) -> Result<(), Error>;

    /// Progress of the connect that was begun last.
    fn poll_connect(&mut self) -> ConnectProgress;

    /// Hands bytes to the connection and returns how many it took.
    ///
    /// # Errors
    /// `WouldBlock` when the connection takes none now; anything else ends the connection. Never raises SIGPIPE.
    fn send(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Appends at most `max` received bytes to `buf` and returns how many; 0 means that the peer has closed.
    ///
    /// # Errors
    /// `WouldBlock` when there is nothing now; anything else ends the connection.
    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> io::Result<usize>;

    /// The descriptor of the connection, if it has one.
    fn fd(&self) -> Option<RawFd> {
        None
    }

    /// Ends the connection. Harmless without one.
    fn close(&mut self);

    /// Whether there is a connection, established or being established.
    fn is_open(&self) -> bool;

    /// The address of the current or last connection attempt for texts: `ipv4#127.0.0.1:9092`.
    fn peer(&self) -> &str;

    /// Blocks until the connection is ready for `interest`, `signal` is notified, or `timeout` has passed.
    fn wait(&self, signal: &Signal, interest: Interest, timeout: Option<Duration>) -> Woken;
}

/// How far a connect has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectProgress {
    Pending,
    Connected,
    /// The connection is closed already.
    Failed(Error),
}

/// `broker.address.family`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressFamily {
    #[default]
    Any,
    V4,
    V6,
}

/// The application's own socket functions. A hook that the application has not set returns `None`.
///
/// The descriptors are the application's: they may be blocking (they are set non-blocking here) and are closed through
/// [`SocketHooks::closesocket`] if that is set.
pub trait SocketHooks: Send + Sync {
    /// `socket_cb`: a descriptor or an errno.
    fn socket(&self, _domain: i32, _kind: i32, _protocol: i32) -> Option<Result<RawFd, i32>> {
        None
    }

    /// `connect_cb`: 0 or an errno. `id` is the broker's `host:port`.
    fn connect(&self, _fd: RawFd, _addr: &SocketAddrAny, _id: &str) -> Option<i32> {
        None
    }

    /// `closesocket_cb`.
    fn closesocket(&self, _fd: RawFd) -> Option<()> {
        None
    }

    /// `resolve_cb`: the addresses, or the text of what went wrong ([`sys::resolve_error`] makes it from the callback's
    /// return code, [`sys::read_addrinfo`] reads the callback's list).
    fn resolve(
        &self,
        _node: &str,
        _service: &str,
        _hints: &sys::ResolveHints,
    ) -> Option<Result<Vec<SocketAddr>, String>> {
        None
    }
}

/// An address the way log lines and errors show it: `ipv4#127.0.0.1:9092`, `ipv6#[::1]:9092`.
#[must_use]
pub fn address_text(addr: &SocketAddr) -> String {
    format!("ipv{}#{addr}", if addr.is_ipv4() { 4 } else { 6 })
}

/// How the peer has closed the connection, from what [`Transport::recv`] returned; `Ok(0)` is given as `None`. Returns `None` for
/// errors that the peer has no part in.
#[must_use]
pub fn disconnect_text(error: Option<&io::Error>) -> Option<&'static str> {
    match error {
        None => Some("Disconnected: connection closed by peer: receive 0 after POLLIN"),
        Some(e) if e.kind() == io::ErrorKind::ConnectionReset => {
            Some("Disconnected: connection reset by peer")
        }
        Some(_) => None,
    }
}

/// The text of a system error without Rust's "(os error N)".
#[must_use]
pub fn io_text(e: &io::Error) -> String {
    let text = e.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// The text of an errno.
#[must_use]
pub fn errno_text(errno: i32) -> String {
    io_text(&io::Error::from_raw_os_error(errno))
}

fn transport_error(text: String) -> Error {
    Error::new(ErrorCode::_TRANSPORT, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_with_their_family() {
        assert_eq!(address_text(&"127.0.0.1:9092".parse().unwrap()), "ipv4#127.0.0.1:9092");
        assert_eq!(address_text(&"[::1]:9092".parse().unwrap()), "ipv6#[::1]:9092");
    }

    #[test]
    fn system_errors_are_shown_without_their_number() {
        assert_eq!(errno_text(libc::ECONNREFUSED), "Connection refused");
        let reset = io::Error::from_raw_os_error(libc::ECONNRESET);
        assert_eq!(disconnect_text(Some(&reset)), Some("Disconnected: connection reset by peer"));
        assert!(disconnect_text(None).is_some_and(|t| t.contains("closed by peer")));
        assert_eq!(disconnect_text(Some(&io::Error::from_raw_os_error(libc::ETIMEDOUT))), None);
    }
}
