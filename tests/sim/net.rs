//! A network in memory: connections as byte pipes with latency, bandwidth and a capacity, refused and hanging
//! connects, and cuts after any byte in either direction.

use super::clock::VirtualClock;
use super::pipe::Pipe;
use super::sealed::{self, Seal};
use super::transport::SimTransport;
use super::weather::{Cut, Direction, Weather};
use fastrand::Rng;
use rdkafka::base::clock::{Clock, Time};
use rdkafka::base::signal::Woken;
use rdkafka::net::CloseReason;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Broker `id` listens on `BASE_PORT + id`; every name resolves.
pub const BASE_PORT: u16 = 9000;

/// What stands behind the network: one frame in, what is answered out.
pub trait Server {
    fn handle(&mut self, broker: i32, conn: u64, frame: &[u8], now: Time) -> Answer;
    fn disconnected(&mut self, conn: u64);
    /// Answers to requests that have waited at the broker, with their connections.
    fn resume(&mut self, _now: Time) -> Vec<(u64, Answer)> {
        Vec::new()
    }
}

#[derive(Default)]
pub struct Answer {
    pub bytes: Option<Vec<u8>>,
    pub delay: Duration,
    pub close: bool,
}

/// How a broker's machine looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Up,
    /// Connections are reset, connects refused.
    Down,
    /// Packets vanish in both directions.
    Unreachable,
}

struct Conn {
    broker: i32,
    /// When the connect ends; `None`: never.
    established: Option<Time>,
    refused: bool,
    up: Pipe,
    down: Pipe,
    /// The broker's end of the encryption.
    seal: Option<sealed::Server>,
    /// Bytes that have arrived at the broker and are no whole frame yet.
    inbox: Vec<u8>,
    /// The client has closed its end; what it had sent before still arrives.
    client_gone: bool,
    /// The broker handles nothing from here any more.
    server_gone: bool,
    cut: Option<Cut>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub connects: u64,
    pub refused: u64,
    pub cuts: u64,
    pub resets: u64,
    pub frames: u64,
    /// Handshakes that stall, or show a certificate that is not believed.
    pub handshakes: u64,
}

pub struct Net {
    clock: Arc<VirtualClock>,
    rng: Rng,
    weather: Weather,
    hosts: BTreeMap<i32, Host>,
    conns: BTreeMap<u64, Conn>,
    next_conn: u64,
    pub counters: Counters,
}

/// The network, shared between the simulation and the transports that it hands out.
#[derive(Clone)]
pub struct SharedNet(Arc<Mutex<Net>>);

impl SharedNet {
    pub fn new(clock: Arc<VirtualClock>, rng: Rng, weather: Weather, brokers: i32) -> Self {
        Self(Arc::new(Mutex::new(Net {
            clock,
            rng,
            weather,
            hosts: (1..=brokers).map(|b| (b, Host::Up)).collect(),
            conns: BTreeMap::new(),
            next_conn: 1,
            counters: Counters::default(),
        })))
    }

    pub fn lock(&self) -> MutexGuard<'_, Net> {
        self.0.lock().unwrap()
    }

    pub fn transport(&self) -> SimTransport {
        SimTransport::new(self.clone())
    }
}

impl Net {
    fn now(&self) -> Time {
        self.clock.now()
    }

    pub fn set_weather(&mut self, weather: Weather) {
        // Who encrypts does so to the end.
        let seal = weather.seal.or(self.weather.seal.map(|_| Seal::default()));
        self.weather = Weather { seal, ..weather };
        for conn in self.conns.values_mut() {
            conn.cut = None;
        }
    }

    pub fn set_host(&mut self, broker: i32, state: Host, server: &mut dyn Server) {
        self.hosts.insert(broker, state);
        match state {
            Host::Up => {}
            Host::Down => self.reset(broker, server),
            Host::Unreachable => {
                let now = self.now();
                self.conns.values_mut().filter(|c| c.broker == broker).for_each(|c| c.freeze(now));
            }
        }
    }

    /// Breaks all connections to a machine.
    pub fn reset(&mut self, broker: i32, server: &mut dyn Server) {
        let now = self.now();
        for (id, conn) in self.conns.iter_mut().filter(|(_, c)| c.broker == broker) {
            self.counters.resets += 1;
            conn.reset(now);
            if !std::mem::replace(&mut conn.server_gone, true) {
                server.disconnected(*id);
            }
        }
    }

    /// When something next happens by itself; always in the future.
    pub fn next_event(&self) -> Option<Time> {
        let now = self.now();
        let times = self.conns.values().flat_map(|c| {
            let established = c.established.filter(|_| !c.client_gone);
            [established, c.up.next_arrival(), c.down.next_arrival()]
        });
        times.flatten().filter(|t| *t > now).min()
    }

    /// Delivers to the brokers what has arrived by now and takes their answers.
    pub fn deliver(&mut self, server: &mut dyn Server) {
        let now = self.now();
        let ids: Vec<u64> = self.conns.keys().copied().collect();
        for id in ids {
            self.deliver_one(id, now, server);
        }
        for (id, answer) in server.resume(now) {
            let Some(conn) = self.conns.get_mut(&id).filter(|c| !c.server_gone) else { continue };
            if let Some(bytes) = answer.bytes {
                let latency = self.weather.latency(&mut self.rng);
                conn.answer(bytes, now + answer.delay, latency, &mut self.rng);
            }
        }
        self.conns.retain(|_, c| !(c.client_gone && (c.server_gone || c.up.is_idle())));
    }

    fn deliver_one(&mut self, id: u64, now: Time, server: &mut dyn Server) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if conn.server_gone {
            return;
        }
        let cut_at = conn.cut.filter(|c| c.direction == Direction::Up).map(|c| c.offset);
        let cut_now = conn.arrive(now, cut_at, &self.weather, &mut self.rng);
        let mut answers = Vec::new();
        let mut closed_after = None;
        while let Some(frame) = next_frame(&mut conn.inbox) {
            self.counters.frames += 1;
            let answer = server.handle(conn.broker, id, &frame, now);
            answers.extend(answer.bytes.map(|bytes| (answer.delay, bytes)));
            if answer.close {
                closed_after = Some(answer.delay);
                break;
            }
        }
        if self.weather.swaps(&mut self.rng) {
            answers.reverse();
        }
        for (delay, bytes) in answers {
            let latency = self.weather.latency(&mut self.rng);
            conn.answer(bytes, now + delay, latency, &mut self.rng);
        }
        if let Some(delay) = closed_after {
            conn.down.finish(now + delay);
            conn.server_gone = true;
            server.disconnected(id);
            return;
        }
        if cut_now {
            self.counters.cuts += 1;
            conn.cut_client(now, &self.weather, &mut self.rng);
            conn.server_gone = true;
            server.disconnected(id);
        }
    }

    /// Whether connections are encrypted.
    pub fn is_sealed(&self) -> bool {
        self.weather.seal.is_some()
    }

    pub fn connect(&mut self, broker: i32) -> u64 {
        let id = self.next_conn;
        self.next_conn += 1;
        self.counters.connects += 1;
        let now = self.now();
        let host = self.hosts.get(&broker).copied().unwrap_or(Host::Down);
        let refused = host == Host::Down || self.weather.refuses(&mut self.rng);
        let hangs = host == Host::Unreachable || (!refused && self.weather.hangs(&mut self.rng));
        self.counters.refused += u64::from(refused);
        let rtt = self.weather.latency(&mut self.rng) * 2;
        let capacity = self.weather.capacity;
        let seal = self.weather.seal.map(|troubles| sealed::Server::new(troubles, &mut self.rng));
        self.counters.handshakes += u64::from(seal.as_ref().is_some_and(sealed::Server::is_in_trouble));
        let conn = Conn {
            broker,
            established: (!hangs).then(|| now + rtt),
            refused,
            up: Pipe::new(capacity, self.weather.rate),
            down: Pipe::new(usize::MAX, self.weather.rate),
            seal,
            inbox: Vec::new(),
            client_gone: false,
            server_gone: refused || hangs,
            cut: self.weather.cut(&mut self.rng),
        };
        self.conns.insert(id, conn);
        id
    }

    pub fn progress(&mut self, id: u64) -> Option<Result<(), ()>> {
        let now = self.now();
        let conn = self.conns.get(&id)?;
        let done = conn.established.is_some_and(|t| t <= now) || conn.down.was_reset(now);
        done.then_some(if conn.refused || conn.down.was_reset(now) { Err(()) } else { Ok(()) })
    }

    pub fn send(&mut self, id: u64, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        let now = self.now();
        let Some(conn) = self.conns.get_mut(&id) else { return Err(not_connected()) };
        if conn.down.was_reset(now) {
            return Err(io::Error::from_raw_os_error(libc::EPIPE).into());
        }
        let total: usize = bufs.iter().map(|b| b.len()).sum();
        let mut space = conn.up.space().min(total);
        if space == 0 && total > 0 {
            return Ok(0);
        }
        if self.weather.takes_parts(&mut self.rng) {
            space = self.rng.usize(1..=space.max(1)).min(space);
        }
        let mut bytes = Vec::with_capacity(space);
        for b in bufs {
            let n = (space - bytes.len()).min(b.len());
            bytes.extend_from_slice(&b[..n]);
        }
        let jitter = self.weather.latency(&mut self.rng);
        conn.up.push(now, jitter, bytes);
        Ok(space)
    }

    pub fn recv(&mut self, id: u64, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        let now = self.now();
        let Some(conn) = self.conns.get_mut(&id) else { return Err(not_connected()) };
        if conn.down.was_reset(now) {
            return Err(io::Error::from_raw_os_error(libc::ECONNRESET).into());
        }
        let max = if self.weather.takes_parts(&mut self.rng) { self.rng.usize(1..=max.max(1)) } else { max };
        let before = buf.len();
        let cut_at = conn.cut.filter(|c| c.direction == Direction::Down).map(|c| c.offset);
        if conn.down.take(now, cut_at, max, buf) {
            self.counters.cuts += 1;
            conn.cut_client(now, &self.weather, &mut self.rng);
        }
        match buf.len() - before {
            0 if conn.down.is_finished(now) => Err(CloseReason::Ended),
            n => Ok(n),
        }
    }

    pub fn close(&mut self, id: u64) {
        let loses = self.weather.loses_on_close(&mut self.rng);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.client_gone = true;
            if loses {
                conn.up.discard();
            }
        }
    }

    pub fn readiness(&self, id: u64) -> Woken {
        let now = self.now();
        let Some(conn) = self.conns.get(&id) else { return Woken::default() };
        let reset = conn.down.was_reset(now);
        let established = conn.established.is_some_and(|t| t <= now);
        Woken {
            readable: reset
                || (established
                    && (conn.refused || conn.down.has_arrived(now) || conn.down.is_finished(now))),
            writable: reset || (established && (conn.refused || conn.up.space() > 0)),
        }
    }
}

impl Conn {
    /// The broker takes what has arrived by now. Returns true when the line is cut.
    fn arrive(&mut self, now: Time, cut_at: Option<u64>, weather: &Weather, rng: &mut Rng) -> bool {
        let Some(seal) = &mut self.seal else {
            return self.up.take(now, cut_at, usize::MAX, &mut self.inbox);
        };
        let mut arrived = Vec::new();
        let is_cut = self.up.take(now, cut_at, usize::MAX, &mut arrived);
        let flight = seal.open(&arrived, &mut self.inbox);
        self.down.push(now, weather.latency(rng), flight);
        is_cut
    }

    fn answer(&mut self, bytes: Vec<u8>, at: Time, latency: Duration, rng: &mut Rng) {
        match &self.seal {
            Some(seal) => seal.send(&bytes, at, latency, &mut self.down, rng),
            None => self.down.push(at, latency, bytes),
        }
    }

    fn reset(&mut self, now: Time) {
        self.up.discard();
        self.down.reset(now);
    }

    fn freeze(&mut self, now: Time) {
        self.established = self.established.filter(|t| *t <= now);
        self.up.freeze();
        self.down.freeze();
    }

    /// The client's end after the line was cut: an orderly end, or a reset that may overtake what was under
    /// way.
    fn cut_client(&mut self, now: Time, weather: &Weather, rng: &mut Rng) {
        let when = now + weather.latency(rng);
        let cut = self.cut.take();
        if cut.is_some_and(|c| c.direction == Direction::Down) {
            self.down.discard();
        }
        match cut {
            Some(c) if c.silent => self.freeze(now),
            Some(c) if c.orderly => self.down.finish(when),
            _ => self.down.reset(when),
        }
        // What is on its way to the broker still arrives if only the other direction was cut; a hole in it
        // would be a fault that TCP does not have.
        if cut.is_some_and(|c| c.direction == Direction::Up) {
            self.up.discard();
        }
    }
}

pub fn not_connected() -> CloseReason {
    CloseReason::Io(ErrorKind::NotConnected.into())
}

fn next_frame(inbox: &mut Vec<u8>) -> Option<Vec<u8>> {
    let len = u32::from_be_bytes(inbox.get(..4)?.try_into().ok()?) as usize;
    assert!(len < 200 << 20, "the client sent a frame of {len} bytes");
    if inbox.len() < 4 + len {
        return None;
    }
    let frame = inbox[4..4 + len].to_vec();
    inbox.drain(..4 + len);
    Some(frame)
}
