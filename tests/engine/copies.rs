//! Messages that time out while their broker is in trouble: how many of them stand in its log twice, and how
//! many fail. The bounds are the least that librdkafka 2.16.0 came to in several runs against a broker that
//! behaves in the same way.
//!
//! Where a broker is silent for so long, messages have to fail, and librdkafka reports them up to five
//! seconds late. Some of those get their answer meanwhile. Here the bound is the number of messages whose
//! time is over before the broker speaks again.

use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::clock::Time;
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::TopicSettings;
use rdkafka::producer::partition::Partition;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// What a broker does with a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Conduct {
    /// Appends and answers, so long after the request before.
    Answers(Duration),
    /// Appends it and waits for replicas that are stopped.
    Holds,
    /// Does nothing any more.
    Stopped,
}

/// A broker that serves the requests of a connection one by one, as Kafka does: while one is held, the next
/// is not read. What it has not read when the client closes the connection is gone.
struct Slow {
    conduct: Conduct,
    connection: usize,
    unread: VecDeque<Produce>,
    /// Appended and not answered.
    held: Option<Produce>,
    busy_until: Time,
    /// Copies of each message.
    log: BTreeMap<usize, usize>,
}

impl Slow {
    fn new(r: &Rig) -> Self {
        Self {
            conduct: Conduct::Answers(ms(0)),
            connection: 0,
            unread: VecDeque::new(),
            held: None,
            busy_until: r.now(),
            log: BTreeMap::new(),
        }
    }

    fn work(&mut self, r: &mut Rig) {
        let connection = r.transport.0.lock().unwrap().connects;
        if connection != self.connection {
            self.connection = connection;
            self.unread.clear();
            self.held = None;
        }
        self.unread.extend(r.requests());
        while self.busy_until <= r.now() && self.conduct != Conduct::Stopped {
            if let Conduct::Answers(_) = self.conduct
                && let Some(held) = self.held.take()
            {
                r.accept(&held);
            }
            let Some(next) = (if self.held.is_none() { self.unread.pop_front() } else { None }) else {
                return;
            };
            for n in next.numbers() {
                *self.log.entry(n).or_default() += 1;
            }
            self.held = Some(next);
            if let Conduct::Answers(after) = self.conduct {
                self.busy_until = r.now() + after;
            }
        }
    }

    fn copies(&self) -> usize {
        self.log.values().map(|n| n - 1).sum()
    }
}

struct Situation {
    partitions: i32,
    messages: usize,
    /// Time between two messages.
    every: Duration,
    /// From when on the broker behaves how.
    conduct: Vec<(u64, Conduct)>,
    /// At most so many copies and failures.
    copies: usize,
    failures: usize,
}

fn produce(r: &mut Rig, p: &[Arc<Partition>]) {
    r.produce(&p[r.produced % p.len()]);
}

/// Produces, and lets everything be delivered or time out.
fn endure(setting: Setting, s: &Situation) -> (usize, usize) {
    let mut r = Rig::new(setting, |s| {
        linger(s, ms(5));
        s.network.socket_max_fails = 1;
    });
    let topic = TopicSettings { message_timeout: Some(ms(5_000)), ..TopicSettings::default() };
    let p = r.topic("t", s.partitions, topic);
    let (start, mut broker) = (r.now(), Slow::new(&r));
    let mut conduct = s.conduct.iter().peekable();
    while r.told().fates.len() < s.messages {
        if let Some((_, next)) = conduct.next_if(|(at, _)| start + ms(*at) <= r.now()) {
            broker.conduct = *next;
        }
        while r.produced < s.messages && start + s.every * u32::try_from(r.produced).unwrap() <= r.now() {
            produce(&mut r, &p);
        }
        r.serve();
        broker.work(&mut r);
        r.pass(ms(5));
    }
    let told = r.told();
    let late = told.fates.iter().map(|(n, f)| f.at.since(start + s.every * u32::try_from(*n).unwrap()));
    assert!(late.max() < Some(ms(5_000 + 150)), "{setting:?}: every message has its report in time");
    let failed = told.fates.values().filter(|f| f.error == ErrorCode::_MSG_TIMED_OUT).count();
    assert!(told.fates.values().all(|f| matches!(f.error, ErrorCode::NO_ERROR | ErrorCode::_MSG_TIMED_OUT)));
    (broker.copies(), failed)
}

fn stays_within_bounds(s: &Situation) {
    for setting in Setting::ALL {
        let (copies, failures) = endure(setting, s);
        println!("{setting:?}: {copies} copies, {failures} failures");
        assert!(copies <= s.copies, "{setting:?}: {copies} copies, at most {}", s.copies);
        assert!(failures <= s.failures, "{setting:?}: {failures} failures, at most {}", s.failures);
    }
}

/// A replica is stopped for 20 s, with acks=all: the leader appends what it reads, and answers when the
/// replica is back.
#[test]
fn a_replica_is_stopped_for_a_while() {
    stays_within_bounds(&Situation {
        partitions: 12,
        messages: 8_650,
        every: Duration::from_micros(3_333),
        conduct: vec![(3_000, Conduct::Holds), (23_000, Conduct::Answers(ms(0)))],
        copies: 49,
        failures: 4_502,
    });
}

/// The same with a third of the messages.
#[test]
fn replicas_are_stopped_and_there_are_few_messages() {
    stays_within_bounds(&Situation {
        partitions: 12,
        messages: 3_000,
        every: ms(10),
        conduct: vec![(3_000, Conduct::Holds), (23_000, Conduct::Answers(ms(0)))],
        copies: 0,
        failures: 1_501,
    });
}

/// A broker takes 50 ms for each request, more than its messages can wait for each other, and then does
/// nothing any more.
#[test]
fn a_broker_is_slow_and_then_gone_for_good() {
    stays_within_bounds(&Situation {
        partitions: 20,
        messages: 1_500,
        every: ms(10),
        conduct: vec![(0, Conduct::Answers(ms(50))), (11_000, Conduct::Stopped)],
        copies: 0,
        failures: 948,
    });
}

/// A broker takes 50 ms for each request, for good.
#[test]
fn a_broker_is_slow() {
    stays_within_bounds(&Situation {
        partitions: 20,
        messages: 2_000,
        every: ms(10),
        conduct: vec![(0, Conduct::Answers(ms(50)))],
        copies: 8,
        failures: 635,
    });
}
