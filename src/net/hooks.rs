//! The application's own functions for sockets and names.

use rustix::net::SocketAddrAny;
use std::net::SocketAddr;
use std::os::fd::RawFd;

/// What is asked of the resolver; the fields of `struct addrinfo` that are hints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolveHints {
    pub flags: i32,
    pub family: i32,
    pub socktype: i32,
    pub protocol: i32,
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

    /// `resolve_cb`: the addresses, or the text of what went wrong.
    /// [`super::sys::resolve_error`] makes the text from the return code of the callback, and
    /// [`super::sys::read_addrinfo`] reads its list.
    fn resolve(
        &self,
        _node: &str,
        _service: &str,
        _hints: &ResolveHints,
    ) -> Option<Result<Vec<SocketAddr>, String>> {
        None
    }
}
