//! The real transport: a non-blocking TCP socket on a raw descriptor, the library's own or the application's.

use super::resolver::{Resolver, ResolverOptions};
use super::sys::{Socket, recv_append};
use super::{
    ConnectProgress, Endpoint, SocketHooks, Transport, address_text, errno_text, io_text, transport_error,
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
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, RawFd};
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
    socket: Option<Socket>,
    peer: String,
}

impl TcpTransport {
    #[must_use]
    pub fn new(options: TcpOptions) -> Self {
        let resolver = Resolver::new(options.resolver.clone());
        Self { options, resolver, socket: None, peer: String::new() }
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

    /// Applies the socket properties. Only the one without which nothing works can fail; an application's socket need
    /// not be TCP, and buffer sizes are wishes.
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
    fn connect(&mut self, endpoint: &Endpoint, now: Time) -> Result<(), Error> {
        self.close();
        let addr = self.resolver.next(endpoint, now)?;
        self.peer = address_text(&addr);
        let socket = self
            .open_socket(&addr)
            .map_err(|e| transport_error(format!("Failed to create socket: {}", io_text(&e))))?;
        self.set_up(&socket)
            .map_err(|e| transport_error(format!("Failed to set socket non-blocking: {}", io_text(&e))))?;
        match self.begin_connect(&socket, &addr, endpoint) {
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

    fn poll_connect(&mut self) -> ConnectProgress {
        let Some(socket) = &self.socket else {
            return ConnectProgress::Failed(transport_error("Not connected".into()));
        };
        match Self::connect_result(socket) {
            None => ConnectProgress::Pending,
            Some(Ok(())) => {
                self.resolver.succeeded();
                ConnectProgress::Connected
            }
            Some(Err(errno)) => {
                self.close();
                ConnectProgress::Failed(transport_error(format!(
                    "Connect to {} failed: {}",
                    self.peer,
                    errno_text(errno)
                )))
            }
        }
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let socket = self.open()?;
        let bufs = &bufs[..bufs.len().min(MAX_SEGMENTS)];
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        loop {
            match rustix::net::sendmsg(socket, bufs, &mut SendAncillaryBuffer::default(), flags) {
                Err(rustix::io::Errno::INTR) => {}
                done => return Ok(done?),
            }
        }
    }

    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> io::Result<usize> {
        let socket = self.open()?;
        loop {
            match recv_append(socket, buf, max) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    fn fd(&self) -> Option<RawFd> {
        self.socket.as_ref().map(|s| s.as_fd().as_raw_fd())
    }

    fn close(&mut self) {
        self.socket = None;
    }

    fn is_open(&self) -> bool {
        self.socket.is_some()
    }

    fn peer(&self) -> &str {
        &self.peer
    }

    fn wait(&self, signal: &Signal, interest: Interest, timeout: Option<Duration>) -> Woken {
        signal.wait(self.socket.as_ref().map(|s| (s.as_fd(), interest)), timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorCode;
    use crate::base::sync::atomic::{AtomicUsize, Ordering};
    use crate::net::sys::ResolveHints;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    const PATIENCE: Option<Duration> = Some(Duration::from_secs(5));

    fn endpoint(l: &TcpListener) -> Endpoint {
        let a = l.local_addr().unwrap();
        Endpoint::new(a.ip().to_string(), a.port())
    }

    fn finish(t: &mut TcpTransport, signal: &Signal) -> ConnectProgress {
        t.wait(signal, Interest { read: false, write: true }, PATIENCE);
        t.poll_connect()
    }

    fn connected(options: TcpOptions, l: &TcpListener) -> (TcpTransport, TcpStream, Signal) {
        let signal = Signal::new().unwrap();
        let mut t = TcpTransport::new(options);
        t.connect(&endpoint(l), Time(0)).unwrap();
        assert_eq!(finish(&mut t, &signal), ConnectProgress::Connected);
        let (peer, _) = l.accept().unwrap();
        (t, peer, signal)
    }

    #[test]
    fn bytes_go_both_ways_and_the_end_is_seen() {
        let l = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut t, mut peer, signal) = connected(TcpOptions::default(), &l);
        assert_eq!(t.peer(), format!("ipv4#{}", l.local_addr().unwrap()));
        assert_eq!(t.send(&[IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(b"two")]).unwrap(), 7);
        let mut got = [0; 7];
        peer.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"one two");

        let mut buf = b"kept:".to_vec();
        assert_eq!(t.recv(&mut buf, 4).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(buf, b"kept:");
        peer.write_all(b"answer").unwrap();
        assert!(t.wait(&signal, Interest { read: true, write: false }, PATIENCE).readable);
        assert_eq!(t.recv(&mut buf, 4).unwrap(), 4);
        assert_eq!(t.recv(&mut buf, 4).unwrap(), 2);
        assert_eq!(buf, b"kept:answer");

        drop(peer);
        assert!(t.wait(&signal, Interest { read: true, write: false }, PATIENCE).readable);
        assert_eq!(t.recv(&mut buf, 4).unwrap(), 0);
        t.close();
        assert!(!t.is_open());
        assert_eq!(t.recv(&mut buf, 4).unwrap_err().kind(), ErrorKind::NotConnected);
    }

    #[test]
    fn a_refused_connection_says_so() {
        let l = TcpListener::bind("127.0.0.1:0").unwrap();
        let (e, addr) = (endpoint(&l), l.local_addr().unwrap());
        drop(l);
        let signal = Signal::new().unwrap();
        let mut t = TcpTransport::new(TcpOptions::default());
        t.connect(&e, Time(0)).unwrap();
        let ConnectProgress::Failed(err) = finish(&mut t, &signal) else { panic!("connected to nothing") };
        assert_eq!(err.code, ErrorCode::_TRANSPORT);
        assert_eq!(err.text, format!("Connect to ipv4#{addr} failed: Connection refused"));
        assert!(!t.is_open());
    }

    #[test]
    fn a_full_connection_takes_a_part_and_then_would_block() {
        let l = TcpListener::bind("127.0.0.1:0").unwrap();
        let options = TcpOptions { send_buffer: 16 << 10, ..TcpOptions::default() };
        let (mut t, mut peer, _signal) = connected(options, &l);
        let chunk: Vec<u8> = (0..1 << 20).map(|i| (i % 251) as u8).collect();
        let mut sent = 0usize;
        let mut partial = false;
        loop {
            match t.send(&[IoSlice::new(&chunk)]) {
                Ok(n) => {
                    partial |= n < chunk.len();
                    sent += n;
                    if n < chunk.len() {
                        break;
                    }
                }
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::WouldBlock);
                    break;
                }
            }
        }
        assert!(partial && sent > 0);
        t.close();
        let mut got = Vec::new();
        peer.read_to_end(&mut got).unwrap();
        assert_eq!(got.len(), sent);
        assert!(got.iter().enumerate().all(|(i, b)| *b == chunk[i % chunk.len()]));
    }

    #[test]
    fn a_broken_pipe_is_an_error_and_not_a_signal() {
        let l = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut t, peer, signal) = connected(TcpOptions::default(), &l);
        t.send(&[IoSlice::new(b"unread, so that closing resets")]).unwrap();
        drop(peer);
        t.wait(&signal, Interest { read: true, write: false }, PATIENCE);
        let _ = t.send(&[IoSlice::new(b"x")]);
        // Rust's test processes ignore SIGPIPE, so this checks the error; MSG_NOSIGNAL is checked from C.
        assert!(t.send(&[IoSlice::new(b"x")]).is_err());
    }

    #[test]
    fn ipv6_works_where_the_machine_has_it() {
        let Ok(l) = TcpListener::bind("[::1]:0") else { return };
        let (t, _peer, _signal) = connected(TcpOptions::default(), &l);
        assert_eq!(t.peer(), format!("ipv6#{}", l.local_addr().unwrap()));
    }

    #[test]
    fn socket_properties_reach_the_socket() {
        let l = TcpListener::bind("127.0.0.1:0").unwrap();
        let options = TcpOptions { keepalive: true, receive_buffer: 64 << 10, ..TcpOptions::default() };
        let (t, _peer, _signal) = connected(options, &l);
        let s = t.socket.as_ref().unwrap();
        assert!(sockopt::tcp_nodelay(s).unwrap() && sockopt::socket_keepalive(s).unwrap());
        assert!(sockopt::socket_recv_buffer_size(s).unwrap() >= 64 << 10);
        let (t, _peer, _signal) = connected(TcpOptions { nodelay: false, ..TcpOptions::default() }, &l);
        assert!(!sockopt::tcp_nodelay(t.socket.as_ref().unwrap()).unwrap());
    }

    /// An application with sockets of its own: blocking ones, connected before they are handed over.
    #[derive(Default)]
    struct Application {
        made: AtomicUsize,
        closed: AtomicUsize,
        refuse: bool,
    }

    impl SocketHooks for Application {
        fn socket(&self, domain: i32, kind: i32, _protocol: i32) -> Option<Result<i32, i32>> {
            assert_eq!((domain, kind), (libc::AF_INET, libc::SOCK_STREAM));
            if self.refuse {
                return Some(Err(libc::EMFILE));
            }
            self.made.fetch_add(1, Ordering::Relaxed);
            let fd = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
            Some(Ok(fd.into_raw_fd()))
        }

        fn closesocket(&self, fd: i32) -> Option<()> {
            self.closed.fetch_add(1, Ordering::Relaxed);
            drop(Socket::new(fd, None).unwrap());
            Some(())
        }

        fn resolve(
            &self,
            _: &str,
            service: &str,
            _: &ResolveHints,
        ) -> Option<Result<Vec<SocketAddr>, String>> {
            let port: u16 = service.parse().unwrap();
            Some(Ok(vec![([127, 0, 0, 1], port).into(), ([127, 0, 0, 2], port).into()]))
        }
    }

    fn with_hooks(app: &Arc<Application>) -> TcpOptions {
        let mut options = TcpOptions::default();
        options.resolver.hooks = Some(app.clone() as Arc<dyn SocketHooks>);
        options
    }

    #[test]
    fn application_sockets_are_made_non_blocking_and_closed_by_the_application() {
        let l = TcpListener::bind("127.0.0.1:0").unwrap();
        let app = Arc::new(Application::default());
        let mut t = TcpTransport::new(with_hooks(&app));
        let e = Endpoint::new("any.name", l.local_addr().unwrap().port());
        let signal = Signal::new().unwrap();
        // Two addresses, one of which nobody listens on: one of two attempts succeeds, in either order.
        let mut outcomes = Vec::new();
        for _ in 0..2 {
            t.connect(&e, Time(0)).unwrap();
            let progress = finish(&mut t, &signal);
            if progress == ConnectProgress::Connected {
                let mut buf = Vec::new();
                assert_eq!(t.recv(&mut buf, 8).unwrap_err().kind(), ErrorKind::WouldBlock);
            }
            outcomes.push(progress == ConnectProgress::Connected);
        }
        outcomes.sort_unstable();
        assert_eq!(outcomes, [false, true]);
        drop(t);
        assert_eq!((app.made.load(Ordering::Relaxed), app.closed.load(Ordering::Relaxed)), (2, 2));
    }

    #[test]
    fn a_failing_socket_callback_is_reported() {
        let app = Arc::new(Application { refuse: true, ..Application::default() });
        let mut t = TcpTransport::new(with_hooks(&app));
        let err = t.connect(&Endpoint::new("any.name", 1), Time(0)).unwrap_err();
        assert_eq!(err.text, "Failed to create socket: Too many open files");
    }
}
