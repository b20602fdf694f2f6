//! The mock cluster on real sockets: one listener per broker on 127.0.0.1, one thread for everything.

mod conn;
mod line;

use crate::base::clock::{Clock, SystemClock, Time};
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode, Result};
use crate::base::log::{Level, Logger, debug, set_thread_name};
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::sync::{Arc, Condvar, Mutex, MutexGuard, Rank};
use crate::base::unwind;
use crate::mock::cluster::{Cluster, Reply, Settings};
use crate::mock::server::conn::{Connection, Gone};
use crate::mock::server::line::Line;
#[cfg(feature = "ssl")]
use crate::tls;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, epoll, eventfd, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, accept_with, bind, getsockname, listen, sockopt};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::thread::JoinHandle;
use std::time::Duration;

/// How the cluster meets the network.
#[derive(Clone)]
pub struct MockConfig {
    pub settings: Settings,
    /// Broker 1 listens here, broker 2 on the next one and so on; 0: the system chooses.
    pub base_port: u16,
    /// Round-trip time of every broker to begin with.
    pub rtt: Duration,
    /// Largest request (`socket.request.max.bytes`).
    pub max_request_bytes: usize,
    /// Connections are encrypted.
    #[cfg(feature = "ssl")]
    pub tls: Option<Arc<tls::server::Server>>,
}

impl Default for MockConfig {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            base_port: 0,
            rtt: Duration::ZERO,
            max_request_bytes: 100 << 20,
            #[cfg(feature = "ssl")]
            tls: None,
        }
    }
}

/// A running cluster. It stops when dropped.
pub struct MockCluster {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    bootstraps: String,
}

struct Shared {
    state: Mutex<ServerState>,
    /// Signalled when `ServerState::applied` has moved.
    applied: Condvar,
    wake: OwnedFd,
    stop: AtomicBool,
}

struct ServerState {
    cluster: Cluster,
    /// Changes asked for and changes that the sockets have followed.
    wanted: u64,
    applied: u64,
    over: bool,
}

impl MockCluster {
    /// # Errors
    /// When sockets, descriptors or the thread cannot be had.
    pub fn start(config: MockConfig, log: Logger) -> Result<Self> {
        Self::try_start(config, log).map_err(|e| {
            Error::new(ErrorCode::_CRIT_SYS_RESOURCE, format!("Failed to start the mock cluster: {e}"))
        })
    }

    fn try_start(config: MockConfig, log: Logger) -> io::Result<Self> {
        let mut cluster = Cluster::new(config.settings);
        let mut brokers = BTreeMap::new();
        for broker in cluster.brokers_mut() {
            broker.rtt = config.rtt;
            let offset = u16::try_from(broker.id - 1).unwrap_or(u16::MAX);
            let port = if config.base_port == 0 { 0 } else { config.base_port.saturating_add(offset) };
            let endpoint = Endpoint::bind(port)?;
            broker.port = endpoint.port;
            brokers.insert(broker.id, endpoint);
        }
        // No two clusters at a time have the same port, and none may have another's id.
        let port = cluster.brokers().next().map_or(0, |b| b.port);
        cluster.set_id(format!("mockCluster{port:x}"));
        let bootstraps: Vec<String> = cluster.brokers().map(|b| format!("{}:{}", b.host, b.port)).collect();
        let shared = Arc::new(Shared {
            state: Mutex::new(Rank::Queue, ServerState { cluster, wanted: 0, applied: 0, over: false }),
            applied: Condvar::new(),
            wake: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            stop: AtomicBool::new(false),
        });
        let mut server = Server {
            poller: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            brokers,
            connections: BTreeMap::new(),
            next_connection: FIRST_CONNECTION,
            max_request_bytes: config.max_request_bytes,
            #[cfg(feature = "ssl")]
            tls: config.tls,
            clock: SystemClock::new(),
            due: Deadline::NEVER,
            paused: None,
            log,
            lines: Vec::new(),
        };
        let data = epoll::EventData::new_u64(WAKE);
        epoll::add(&server.poller, &shared.wake, data, epoll::EventFlags::IN)?;
        server.follow(&mut shared.state.lock().cluster)?;
        let theirs = shared.clone();
        let thread = std::thread::Builder::new()
            .name("rdk:mock".to_owned())
            .spawn(move || run(&mut server, &theirs))?;
        Ok(Self { shared, thread: Some(thread), bootstraps: bootstraps.join(",") })
    }

    /// What goes into `bootstrap.servers`.
    #[must_use]
    pub fn bootstraps(&self) -> &str {
        &self.bootstraps
    }

    /// Looks at or changes the cluster, from any thread; returns when the sockets have followed.
    pub fn control<R>(&self, change: impl FnOnce(&mut Cluster) -> R) -> R {
        /// The server's round takes microseconds; this only keeps a dead one from hanging its callers.
        const PATIENCE: Duration = Duration::from_secs(5);
        let _deferred = unwind::CancellationDeferred::new();
        // A log callback runs on a server's own thread, which cannot wait for itself.
        let own = ON_SERVER_THREAD.get();
        let mut state = self.shared.state.lock();
        let result = change(&mut state.cluster);
        state.wanted += 1;
        let target = state.wanted;
        self.shared.wake_up();
        while !own && state.applied < target && !state.over {
            if !self.shared.applied.wait_for(&mut state, Some(PATIENCE)) {
                break;
            }
        }
        result
    }
}

impl Drop for MockCluster {
    fn drop(&mut self) {
        let _deferred = unwind::CancellationDeferred::new();
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.wake_up();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn wake_up(&self) {
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }
}

/// A broker's address, kept while the broker is down so that nobody else gets it.
struct Endpoint {
    socket: OwnedFd,
    port: u16,
    listening: bool,
}

impl Endpoint {
    fn bind(port: u16) -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        sockopt::set_socket_reuseaddr(&socket, true)?;
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
        let address = SocketAddrV4::try_from(getsockname(&socket)?)?;
        Ok(Self { socket, port: address.port(), listening: false })
    }
}

thread_local! {
    /// Asking for the thread's id instead would leave an allocation behind on every thread of the
    /// application.
    static ON_SERVER_THREAD: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

const WAKE: u64 = u64::MAX;
/// Numbers below are broker ids.
const FIRST_CONNECTION: u64 = 1 << 32;

struct Server {
    poller: OwnedFd,
    brokers: BTreeMap<i32, Endpoint>,
    connections: BTreeMap<u64, Connection>,
    next_connection: u64,
    max_request_bytes: usize,
    #[cfg(feature = "ssl")]
    tls: Option<Arc<tls::server::Server>>,
    clock: SystemClock,
    /// When the next delayed answer is to leave.
    due: Deadline,
    /// Brokers that do not accept connections for a moment, and until when.
    paused: Option<(Time, Vec<i32>)>,
    log: Logger,
    /// What is to be logged once the state is unlocked: a log callback may call the cluster.
    lines: Vec<(Level, String)>,
}

fn run(server: &mut Server, shared: &Shared) {
    set_thread_name("mock");
    unwind::own_thread();
    ON_SERVER_THREAD.set(true);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.serve(shared)));
    let failure = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(e)) => Some(e.to_string()),
        Err(_) => Some("internal error".to_owned()),
    };
    if let Some(why) = failure {
        server.log.log(Level::Crit, "MOCK", format_args!("Mock cluster stopped: {why}"));
    }
    server.connections.clear();
    server.brokers.clear();
    shared.state.lock().over = true;
    shared.applied.notify_all();
}

impl Server {
    fn serve(&mut self, shared: &Shared) -> io::Result<()> {
        let mut events = Vec::with_capacity(256);
        let mut timeout = Some(Duration::ZERO);
        while !shared.stop.load(Ordering::SeqCst) {
            self.wait(&mut events, timeout)?;
            let mut state = shared.state.lock();
            if events.iter().any(|e| e.data.u64() == WAKE) {
                let mut count = [0; 8];
                let _ = rustix::io::read(&shared.wake, &mut count);
            }
            if state.applied != state.wanted {
                self.follow(&mut state.cluster)?;
                state.applied = state.wanted;
                shared.applied.notify_all();
            }
            let time = (self.clock.now(), self.clock.wall_ms());
            for event in &events {
                self.ready(event.data.u64(), event.flags, &mut state.cluster, time);
            }
            self.resume(&mut state.cluster, time);
            self.accept_again(time.0)?;
            timeout = self.send_due(&mut state);
            drop(state);
            for (level, line) in self.lines.drain(..) {
                self.log.log(level, "MOCK", format_args!("{line}"));
            }
        }
        Ok(())
    }

    fn wait(&self, events: &mut Vec<epoll::Event>, timeout: Option<Duration>) -> io::Result<()> {
        events.clear();
        let spec = timeout.map(|t| Timespec {
            tv_sec: i64::try_from(t.as_secs()).unwrap_or(i64::MAX / 2),
            tv_nsec: t.subsec_nanos().into(),
        });
        if timeout.is_some_and(|t| !t.is_zero()) {
            // epoll counts in milliseconds, which is coarse for a round-trip time: sleep on the poller
            // itself.
            let mut fds = [PollFd::new(&self.poller, PollFlags::IN)];
            if poll(&mut fds, spec.as_ref()) == Ok(0) {
                return Ok(());
            }
        }
        let no_wait = Timespec { tv_sec: 0, tv_nsec: 0 };
        let spec = timeout.is_some().then_some(&no_wait);
        match epoll::wait(&self.poller, rustix::buffer::spare_capacity(events), spec) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// Makes the sockets what the cluster says about its brokers.
    fn follow(&mut self, cluster: &mut Cluster) -> io::Result<()> {
        let gone = |id: &i32| cluster.broker(*id).is_none();
        for id in self.brokers.keys().copied().filter(gone).collect::<Vec<_>>() {
            if let Some(endpoint) = self.brokers.remove(&id).filter(|e| e.listening) {
                let _ = epoll::delete(&self.poller, &endpoint.socket);
            }
        }
        for broker in cluster.brokers_mut() {
            let endpoint = match self.brokers.entry(broker.id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let endpoint = Endpoint::bind(0)?;
                    broker.port = endpoint.port;
                    new.insert(endpoint)
                }
            };
            if broker.up && !endpoint.listening {
                listen(&endpoint.socket, 1024)?;
                let data = epoll::EventData::new_u64(u64::from(broker.id.unsigned_abs()));
                epoll::add(&self.poller, &endpoint.socket, data, epoll::EventFlags::IN)?;
                endpoint.listening = true;
            } else if !broker.up && endpoint.listening {
                let _ = epoll::delete(&self.poller, &endpoint.socket);
                // A socket that listens refuses nobody: one that is only bound takes its place. It cannot be
                // bound to the same port before the old one has stopped.
                rustix::net::shutdown(&endpoint.socket, rustix::net::Shutdown::Both)?;
                *endpoint = Endpoint::bind(endpoint.port)?;
            }
        }
        let down: Vec<u64> = self
            .connections
            .values()
            .filter(|c| cluster.broker(c.broker_id).is_none_or(|b| !b.up))
            .map(|c| c.id)
            .collect();
        for id in down {
            self.close(id, Gone(None), cluster);
        }
        Ok(())
    }

    fn ready(&mut self, token: u64, flags: epoll::EventFlags, cluster: &mut Cluster, time: (Time, i64)) {
        if token == WAKE {
            return;
        }
        if token < FIRST_CONNECTION {
            return self.accept(i32::try_from(token).unwrap_or(0), time.0);
        }
        let Some(connection) = self.connections.get_mut(&token) else { return };
        let broken = flags.intersects(epoll::EventFlags::HUP | epoll::EventFlags::ERR);
        let outcome = if broken && !connection.wants().0 {
            // Nothing would read the error away, and the poller would report it for ever.
            Err(Gone(None))
        } else if broken || flags.contains(epoll::EventFlags::IN) {
            connection.readable(cluster, self.max_request_bytes, time)
        } else {
            Ok(())
        };
        self.settle(token, outcome, cluster, time.0);
    }

    /// After something has happened to a connection: send what is due, wait for the right thing, or end it.
    fn settle(&mut self, id: u64, outcome: std::result::Result<(), Gone>, cluster: &mut Cluster, now: Time) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let mut outcome = outcome;
        // What was answered before the end still has to leave, unless the socket itself is broken.
        let mut flushed = connection.flush(now);
        while outcome.is_ok() && flushed.is_ok() && connection.has_backlog() {
            let time = (now, self.clock.wall_ms());
            outcome = connection.go_on(cluster, self.max_request_bytes, time);
            flushed = connection.flush(now);
        }
        if let Err(gone) = outcome.and(flushed) {
            return self.close(id, gone, cluster);
        }
        if let Some(at) = connection.next_due() {
            self.due = self.due.min(Deadline::at(at));
        }
        let wants = connection.wants();
        if wants != connection.interest {
            let mut flags = epoll::EventFlags::empty();
            flags.set(epoll::EventFlags::IN, wants.0);
            flags.set(epoll::EventFlags::OUT, wants.1);
            let data = epoll::EventData::new_u64(id);
            if epoll::modify(&self.poller, connection.line.fd(), data, flags).is_ok() {
                connection.interest = wants;
            }
        }
    }

    /// Out of descriptors: the poller would report the waiting client without end.
    fn pause_accepting(&mut self, broker_id: i32, now: Time, error: Errno) {
        const PAUSE: Duration = Duration::from_millis(100);
        self.lines.push((Level::Error, format!("Broker {broker_id}: cannot accept a connection: {error}")));
        if let Some(endpoint) = self.brokers.get(&broker_id) {
            let _ = epoll::delete(&self.poller, &endpoint.socket);
        }
        self.paused = Some((now + PAUSE, self.paused.take().map_or(vec![], |p| p.1)));
        if let Some((_, brokers)) = &mut self.paused {
            brokers.push(broker_id);
        }
    }

    fn accept_again(&mut self, now: Time) -> io::Result<()> {
        if self.paused.as_ref().is_none_or(|(until, _)| *until > now) {
            return Ok(());
        }
        for id in self.paused.take().map_or(vec![], |p| p.1) {
            if let Some(endpoint) = self.brokers.get(&id).filter(|e| e.listening) {
                let _ = epoll::delete(&self.poller, &endpoint.socket);
                let data = epoll::EventData::new_u64(u64::from(id.unsigned_abs()));
                epoll::add(&self.poller, &endpoint.socket, data, epoll::EventFlags::IN)?;
            }
        }
        Ok(())
    }

    fn accept(&mut self, broker_id: i32, now: Time) {
        let Some(endpoint) = self.brokers.get(&broker_id).filter(|e| e.listening) else { return };
        loop {
            let fd = match accept_with(&endpoint.socket, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
                Ok(fd) => fd,
                Err(Errno::AGAIN) => return,
                Err(Errno::INTR | Errno::CONNABORTED) => continue,
                Err(e) => return self.pause_accepting(broker_id, now, e),
            };
            let _ = sockopt::set_tcp_nodelay(&fd, true);
            let id = self.next_connection;
            self.next_connection += 1;
            let data = epoll::EventData::new_u64(id);
            if epoll::add(&self.poller, &fd, data, epoll::EventFlags::IN).is_err() {
                continue;
            }
            if self.log.wants_debug(debug::MOCK) {
                self.lines.push((Level::Debug, format!("Broker {broker_id}: new connection {id:x}")));
            }
            if let Some(line) = self.line(fd) {
                self.connections.insert(id, Connection::new(line, id, broker_id));
            }
        }
    }

    fn line(&self, fd: OwnedFd) -> Option<Line> {
        #[cfg(feature = "ssl")]
        if let Some(tls) = &self.tls {
            return Some(Line::encrypted(fd, tls.accept().ok()?));
        }
        Some(Line::bare(fd))
    }

    fn close(&mut self, id: u64, gone: Gone, cluster: &mut Cluster) {
        let Some(mut connection) = self.connections.remove(&id) else { return };
        connection.line.shut_down();
        let _ = epoll::delete(&self.poller, connection.line.fd());
        cluster.disconnected(id);
        let broker = connection.broker_id;
        if let Gone(Some(why)) = gone {
            self.lines.push((Level::Error, format!("Broker {broker}: connection {id:x} closed: {why}")));
        } else if self.log.wants_debug(debug::MOCK) {
            self.lines.push((Level::Debug, format!("Broker {broker}: connection {id:x} closed")));
        }
    }

    /// Answers long polls whose data or time has come.
    fn resume(&mut self, cluster: &mut Cluster, time: (Time, i64)) {
        let mut resumed: Vec<(u64, u64, Reply)> = Vec::new();
        cluster.resume(time.0, time.1, &mut resumed);
        for (id, ticket, reply) in resumed {
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.resumed(ticket, reply, time.0);
                self.settle(id, Ok(()), cluster, time.0);
            }
        }
    }

    /// Sends delayed answers whose time has come; says how long there is nothing to do.
    fn send_due(&mut self, state: &mut MutexGuard<'_, ServerState>) -> Option<Duration> {
        let now = self.clock.now();
        if self.due.is_due(now) {
            self.due = Deadline::NEVER;
            let waiting: Vec<u64> =
                self.connections.values().filter(|c| c.next_due().is_some()).map(|c| c.id).collect();
            for id in waiting {
                self.settle(id, Ok(()), &mut state.cluster, now);
            }
        }
        let violations = state.cluster.take_unlogged();
        self.lines.extend(violations.into_iter().map(|line| (Level::Error, line)));
        if state.cluster.has_news() {
            return Some(Duration::ZERO);
        }
        let paused = self.paused.as_ref().map_or(Deadline::NEVER, |p| Deadline::at(p.0));
        self.due.min(state.cluster.next_deadline()).min(paused).wait_from(now)
    }
}

#[cfg(test)]
mod tests;
