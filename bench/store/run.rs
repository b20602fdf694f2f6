//! Drives a candidate: all on one thread phase by phase, or with an application thread and a broker thread.

use crate::case::{BURST, Candidate, Case, Delivered, Message, now};
use crate::cpu::Stopwatch;
use rdkafka::base::clock::Time;
use rdkafka::base::signal::Signal;
use rdkafka::base::sync::atomic::{AtomicBool, Ordering};
use std::hint::black_box;

/// Values that applications point to: enough that they do not all stay in the first cache.
const DISTINCT_VALUES: usize = 4096;
/// With threads: messages between two polls, and messages that may be out: a broker that keeps up.
const POLL_EVERY: usize = 2048;
const MAX_OUT: usize = 3 * POLL_EVERY;

/// Nanoseconds per message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub produce: f64,
    pub serve: f64,
    pub poll: f64,
    /// From the first message to the last report, by the wall clock.
    pub wall: f64,
}

impl Cost {
    pub fn total(&self) -> f64 {
        self.produce + self.serve + self.poll
    }

    fn per(self, n: f64) -> Self {
        Self { produce: self.produce / n, serve: self.serve / n, poll: self.poll / n, wall: self.wall / n }
    }
}

/// The application's side: its data and where it is in it.
pub struct Source<'a> {
    case: &'a Case,
    copied: Vec<u8>,
    foreign: Vec<Vec<u8>>,
    key: Vec<u8>,
    sent: usize,
}

impl<'a> Source<'a> {
    pub fn new(case: &'a Case) -> Self {
        let value = |i: usize| (0..case.value_len).map(|b| (b * 7 + i) as u8).collect::<Vec<u8>>();
        Self {
            case,
            copied: value(0),
            foreign: if case.copied { Vec::new() } else { (0..DISTINCT_VALUES).map(value).collect() },
            key: (0..case.key_len).map(|b| b as u8).collect(),
            sent: 0,
        }
    }

    /// One burst to the partition whose turn it is. The clock is read once for it: reading it costs every
    /// candidate the same, and would hide what is compared.
    pub fn burst(&mut self, c: &dyn Candidate) {
        let partition = self.sent / BURST % self.case.partitions;
        let now = now();
        let timestamp_ms = 1_700_000_000_000 + now.0 / 1000;
        for _ in 0..BURST {
            let m = self.message(now, timestamp_ms);
            c.produce(partition, &m);
            self.sent += 1;
        }
    }

    fn message(&self, now: Time, timestamp_ms: i64) -> Message<'_> {
        let value = self.foreign.get(self.sent % DISTINCT_VALUES).unwrap_or(&self.copied);
        Message {
            key: (!self.key.is_empty()).then_some(&self.key),
            value,
            copied: self.case.copied,
            opaque: self.sent,
            timestamp_ms,
            enqueued: now,
        }
    }
}

fn callback(m: &Delivered) {
    black_box(m);
}

fn sink(pieces: &[&[u8]]) {
    black_box(pieces);
}

/// Everything on one thread: again and again `depth` messages are produced, then sent, then reported.
pub fn alone(source: &mut Source<'_>, c: &dyn Candidate, messages: usize, depth: usize) -> Cost {
    let mut cost = Cost::default();
    let mut n = 0;
    while n < messages {
        let watch = Stopwatch::start();
        for _ in 0..depth / BURST {
            source.burst(c);
        }
        let produced = watch.elapsed();
        c.serve(&mut sink);
        let served = watch.elapsed();
        let reported = c.poll(&mut callback);
        let polled = watch.elapsed();
        assert_eq!(reported, depth / BURST * BURST, "messages lost");
        n += reported;
        cost.produce += produced.cpu;
        cost.serve += served.cpu - produced.cpu;
        cost.poll += polled.cpu - served.cpu;
        cost.wall += polled.wall;
    }
    cost.per(n as f64)
}

/// An application thread that produces and polls, and a broker thread. What they spend on waking each other
/// is not counted.
pub fn threaded(source: &mut Source<'_>, c: &dyn Candidate, messages: usize) -> Cost {
    let (to_broker, to_app) = (Signal::new().expect("descriptor"), Signal::new().expect("descriptor"));
    let stop = AtomicBool::new(false);
    let broker = || {
        let mut spent = 0.0;
        while !stop.load(Ordering::SeqCst) {
            to_broker.wait(None, None);
            let watch = Stopwatch::start();
            c.serve(&mut sink);
            spent += watch.elapsed().cpu;
            to_app.notify();
        }
        spent
    };
    let wall = Stopwatch::start();
    let (app, serve) = std::thread::scope(|threads| {
        let broker = threads.spawn(broker);
        let cost = application(source, c, messages, &to_broker, &to_app);
        stop.store(true, Ordering::SeqCst);
        to_broker.notify();
        (cost, broker.join().expect("the broker thread"))
    });
    Cost { serve, wall: wall.elapsed().wall, ..app }.per((messages / BURST * BURST) as f64)
}

fn application(
    source: &mut Source<'_>,
    c: &dyn Candidate,
    messages: usize,
    to_broker: &Signal,
    to_app: &Signal,
) -> Cost {
    let mut cost = Cost::default();
    let (mut sent, mut reported) = (0, 0);
    let messages = messages / BURST * BURST;
    while reported < messages {
        let watch = Stopwatch::start();
        let round = POLL_EVERY.min(messages - sent);
        for _ in 0..round / BURST {
            source.burst(c);
        }
        sent += round;
        cost.produce += watch.elapsed().cpu;
        to_broker.notify();
        loop {
            let watch = Stopwatch::start();
            reported += c.poll(&mut callback);
            cost.poll += watch.elapsed().cpu;
            if sent - reported <= MAX_OUT && sent < messages || reported == messages {
                break;
            }
            to_app.wait(None, None);
        }
    }
    cost
}
