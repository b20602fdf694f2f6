//! The real transport: a non-blocking TCP socket on a raw descriptor, the library's own or the application's.

use super::resolver::{Resolver, ResolverOptions};
use super::sys::{Socket, recv_append};
use super::text::transport_error;
use super::{
    CloseReason, Elsewhere, Endpoint, Setup, SocketHooks, Transport, address_text, errno_text, io_text,
};
use crate::base::clock::Time;
use crate::base::error::Error;
use crate::base::signal::{Interest, Signal, Woken};
use crate::base::sync::Arc;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendFlags, SocketAddrAny, SocketFlags, SocketType, ipproto, sockopt,
};
use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd};
use std::time::Duration;

/// The most segments that one sendmsg takes (`IOV_MAX`).
const MAX_SEGMENTS: usize = 1024;

/// The socket properties.
#[derive(Clone)]
pub struct TcpOptions {
    pub resolver: ResolverOptions,
    /// `socket.send.buffer.bytes`, 0: the system's.
    pub send_buffer: usize,
    /// `socket.receive.buffer.bytes`, 0: the system's.
    pub receive_buffer: usize,
    /// `socket.keepalive.enable`
    pub keepalive: bool,
    /// `socket.nagle.disable`
    pub nodelay: bool,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            resolver: ResolverOptions::default(),
            send_buffer: 0,
            receive_buffer: 0,
            keepalive: false,
            nodelay: true,
        }
    }
}

/// A TCP connection to a broker.
pub struct TcpTransport {
    options: TcpOptions,
    resolver: Resolver,
    /// Where names are resolved, unless they are here.
    elsewhere: Option<Elsewhere>,
    /// Whom to connect to as soon as the name has been resolved elsewhere.
    waiting: Option<Endpoint>,
    socket: Option<Socket>,
    peer: String,
}

impl TcpTransport {
    #[must_use]
    pub fn new(options: TcpOptions) -> Self {
        let resolver = Resolver::new(options.resolver.clone());
        Self { options, resolver, elsewhere: None, waiting: None, socket: None, peer: String::new() }
    }

    fn hooks(&self) -> Option<&Arc<dyn SocketHooks>> {
        self.options.resolver.hooks.as_ref()
    }

    fn open_socket(&self, addr: &SocketAddr) -> io::Result<Socket> {
        let domain = if addr.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let theirs = self
            .hooks()
            .and_then(|h| h.socket(i32::from(domain.as_raw()), libc::SOCK_STREAM, libc::IPPROTO_TCP));
        let fd = match theirs {
            Some(Ok(fd)) => fd,
            Some(Err(errno)) => return Err(io::Error::from_raw_os_error(errno)),
            None => rustix::net::socket_with(
                domain,
                SocketType::STREAM,
                SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
                Some(ipproto::TCP),
            )?
            .into_raw_fd(),
        };
        Socket::new(fd, self.hooks().cloned())
    }

    /// Applies the socket properties. Only the one without which nothing works can fail; an application's
    /// socket need not be TCP, and buffer sizes are wishes.
    fn set_up(&self, socket: &Socket) -> io::Result<()> {
        if self.options.keepalive {
            let _ = sockopt::set_socket_keepalive(socket, true);
        }
        if self.options.nodelay {
            let _ = sockopt::set_tcp_nodelay(socket, true);
        }
        if self.options.send_buffer > 0 {
            let _ = sockopt::set_socket_send_buffer_size(socket, self.options.send_buffer);
        }
        if self.options.receive_buffer > 0 {
            let _ = sockopt::set_socket_recv_buffer_size(socket, self.options.receive_buffer);
        }
        let flags = rustix::fs::fcntl_getfl(socket)?;
        if !flags.contains(rustix::fs::OFlags::NONBLOCK) {
            rustix::fs::fcntl_setfl(socket, flags | rustix::fs::OFlags::NONBLOCK)?;
        }
        Ok(())
    }

    /// 0, or an errno other than "in progress".
    fn begin_connect(&self, socket: &Socket, addr: &SocketAddr, endpoint: &Endpoint) -> i32 {
        let any = SocketAddrAny::from(*addr);
        let errno = match self.hooks().and_then(|h| h.connect(socket.raw(), &any, &endpoint.to_string())) {
            Some(errno) => errno,
            None => rustix::net::connect(socket, &any).map_or_else(|e| e.raw_os_error(), |()| 0),
        };
        // An interrupted connect goes on in the background like one in progress.
        if errno == libc::EINPROGRESS || errno == libc::EINTR { 0 } else { errno }
    }

    fn open(&self) -> io::Result<&Socket> {
        self.socket.as_ref().ok_or_else(|| ErrorKind::NotConnected.into())
    }

    fn connect_to(&mut self, addr: &SocketAddr, endpoint: &Endpoint) -> Result<(), Error> {
        self.peer = address_text(addr);
        let socket = self
            .open_socket(addr)
            .map_err(|e| transport_error(format!("Failed to create socket: {}", io_text(&e))))?;
        self.set_up(&socket)
            .map_err(|e| transport_error(format!("Failed to set socket non-blocking: {}", io_text(&e))))?;
        match self.begin_connect(&socket, addr, endpoint) {
            0 => {
                self.socket = Some(socket);
                Ok(())
            }
            errno => Err(transport_error(format!(
                "Failed to connect to broker at {endpoint}: {}",
                errno_text(errno)
            ))),
        }
    }

    /// Connects if the name has been resolved.
    fn poll_lookup(&mut self, endpoint: &Endpoint) -> Setup {
        let Some(found) = self.resolver.looked_up() else { return Setup::Connecting };
        self.waiting = None;
        match found.and_then(|addr| self.connect_to(&addr, endpoint)) {
            Ok(()) => Setup::Connecting,
            Err(e) => Setup::Failed(e),
        }
    }

    /// `None` while the connect is under way.
    fn connect_result(socket: &Socket) -> Option<Result<(), i32>> {
        let mut fds = [PollFd::new(socket, PollFlags::OUT)];
        let ready = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        if ready.is_err() || fds[0].revents().is_empty() {
            return None;
        }
        Some(match sockopt::socket_error(socket) {
            Ok(result) => result.map_err(rustix::io::Errno::raw_os_error),
            Err(e) => Err(e.raw_os_error()),
        })
    }
}

impl Transport for TcpTransport {
    fn resolve_elsewhere(&mut self, elsewhere: Elsewhere) {
        self.elsewhere = Some(elsewhere);
    }

    fn connect(&mut self, endpoint: &Endpoint, now: Time) -> Result<(), Error> {
        self.close();
        if let Some(elsewhere) = self.elsewhere.as_ref().filter(|_| self.resolver.is_slow(endpoint, now)) {
            self.resolver.look_up(endpoint, elsewhere, now);
            self.waiting = Some(endpoint.clone());
            return Ok(());
        }
        let addr = self.resolver.next(endpoint, now)?;
        self.connect_to(&addr, endpoint)
    }

    fn poll_setup(&mut self) -> Setup {
        if let Some(endpoint) = self.waiting.clone() {
            return self.poll_lookup(&endpoint);
        }
        let Some(socket) = &self.socket else {
            return Setup::Failed(transport_error("Not connected".into()));
        };
        match Self::connect_result(socket) {
            None => Setup::Connecting,
            Some(Ok(())) => {
                self.resolver.succeeded();
                Setup::Done
            }
            Some(Err(errno)) => {
                self.close();
                Setup::Failed(transport_error(format!(
                    "Connect to {} failed: {}",
                    self.peer,
                    errno_text(errno)
                )))
            }
        }
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        let socket = self.open()?;
        let bufs = bufs.get(..MAX_SEGMENTS).unwrap_or(bufs);
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        loop {
            match rustix::net::sendmsg(socket, bufs, &mut SendAncillaryBuffer::default(), flags) {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => return Ok(0),
                done => return Ok(done.map_err(io::Error::from)?),
            }
        }
    }

    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        let socket = self.open()?;
        loop {
            match recv_append(socket, buf, max) {
                Ok(0) => return Err(CloseReason::Ended),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(0),
                done => return Ok(done?),
            }
        }
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(AsFd::as_fd)
    }

    fn close(&mut self) {
        self.socket = None;
        self.waiting = None;
    }

    fn is_open(&self) -> bool {
        self.socket.is_some() || self.waiting.is_some()
    }

    fn is_resolving(&self) -> bool {
        self.waiting.is_some()
    }

    fn peer(&self) -> &str {
        &self.peer
    }

    fn poll(&self, signal: &Signal, interest: Interest, timeout: Option<Duration>) -> Woken {
        signal.wait(self.socket.as_ref().map(|s| (s.as_fd(), interest)), timeout)
    }
}

#[cfg(test)]
mod tests;
