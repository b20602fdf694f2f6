//! Sockets, name resolution and the list of bootstrap servers.
//!
//! A broker talks to the world through [`Transport`]. The real one is [`tcp::TcpTransport`]; the simulation
//! has its own, so nothing above this layer knows whether the bytes are real.

pub mod bootstrap;
mod endpoint;
pub mod http;
pub mod resolver;
pub mod sys;
pub mod tcp;
mod text;
mod transport;

pub use endpoint::Endpoint;
pub use text::{address_text, errno_text, io_text};
pub use transport::{CloseReason, Setup, Transport};

use rustix::net::SocketAddrAny;
use std::net::SocketAddr;
use std::os::fd::RawFd;

/// The port of a broker that was named without one.
pub const DEFAULT_PORT: u16 = 9092;

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
/// The descriptors are the application's: they may be blocking (they are set non-blocking here) and are
/// closed through [`SocketHooks::closesocket`] if that is set.
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

    /// `resolve_cb`: the addresses, or the text of what went wrong ([`sys::resolve_error`] makes it from the
    /// callback's return code, [`sys::read_addrinfo`] reads the callback's list).
    fn resolve(
        &self,
        _node: &str,
        _service: &str,
        _hints: &sys::ResolveHints,
    ) -> Option<Result<Vec<SocketAddr>, String>> {
        None
    }
}

#[cfg(test)]
mod tests;
