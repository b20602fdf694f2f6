use super::*;
use crate::base::error::ErrorCode;
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::net::ResolveHints;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// Longer than any machine takes.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(300));

fn endpoint(l: &TcpListener) -> Endpoint {
    let a = l.local_addr().unwrap();
    Endpoint::new(a.ip().to_string(), a.port())
}

fn finish(t: &mut TcpTransport, signal: &Signal) -> Setup {
    t.wait(signal, Interest { read: false, write: true }, PATIENCE);
    t.poll_setup()
}

fn connected(options: TcpOptions, l: &TcpListener) -> (TcpTransport, TcpStream, Signal) {
    let signal = Signal::new().unwrap();
    let mut t = TcpTransport::new(options);
    t.connect(&endpoint(l), Time(0)).unwrap();
    assert_eq!(finish(&mut t, &signal), Setup::Done);
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
    assert_eq!(t.recv(&mut buf, 4).unwrap(), 0, "nothing has come yet");
    assert_eq!(buf, b"kept:");
    peer.write_all(b"answer").unwrap();
    assert!(t.wait(&signal, Interest { read: true, write: false }, PATIENCE).readable);
    assert_eq!(t.recv(&mut buf, 4).unwrap(), 4);
    assert_eq!(t.recv(&mut buf, 4).unwrap(), 2);
    assert_eq!(buf, b"kept:answer");

    drop(peer);
    assert!(t.wait(&signal, Interest { read: true, write: false }, PATIENCE).readable);
    assert!(matches!(t.recv(&mut buf, 4), Err(CloseReason::Ended)));
    t.close();
    assert!(!t.is_open());
    let unconnected = t.recv(&mut buf, 4).unwrap_err();
    assert!(matches!(unconnected, CloseReason::Io(e) if e.kind() == ErrorKind::NotConnected));
}

#[test]
fn a_refused_connection_says_so() {
    // Bound, so that nobody else gets the port meanwhile, but without a listener.
    let l = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    rustix::net::bind(&l, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let addr = SocketAddr::try_from(rustix::net::getsockname(&l).unwrap()).unwrap();
    let e = Endpoint::new(addr.ip().to_string(), addr.port());
    let signal = Signal::new().unwrap();
    let mut t = TcpTransport::new(TcpOptions::default());
    t.connect(&e, Time(0)).unwrap();
    let Setup::Failed(err) = finish(&mut t, &signal) else { panic!("connected to nothing") };
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
        let n = t.send(&[IoSlice::new(&chunk)]).unwrap();
        sent += n;
        if n < chunk.len() {
            partial |= n > 0;
            break;
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

    fn resolve(&self, _: &str, service: &str, _: &ResolveHints) -> Option<Result<Vec<SocketAddr>, String>> {
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
        if progress == Setup::Done {
            let mut buf = Vec::new();
            assert_eq!(t.recv(&mut buf, 8).unwrap(), 0);
        }
        outcomes.push(progress == Setup::Done);
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
