//! A consumer, its application and the cluster that it reads from, as a function of a seed.
#![allow(unsafe_code)] // Values are read where they stand, as from C.

use super::brokers::{Brokers, EPOCHS, FETCH, LIST_OFFSETS, METADATA, PRODUCE};
use super::clock::{Tracing, VirtualClock};
use super::drawing::pick;
use super::encrypted;
use super::machines::Machines;
use super::net::SharedNet;
use super::plan::{Event, Moods, Plan};
use super::reading::Reading;
use super::recreations::{self, Incarnations};
use super::replacements::with_replacements;
use super::shortages::with_shortages;
use super::summary::Summary;
use super::weather::Weather;
use fastrand::Rng;
use rdkafka::base::clock::{Clock, Time};
use rdkafka::base::error::ErrorCode;
use rdkafka::client::consumer::{AssignedPartition, Consumer};
use rdkafka::client::events::{Event as Told, Piece, Taken, Wait};
use rdkafka::client::pausing::set_paused;
use rdkafka::client::tokens::TokenSource;
use rdkafka::client::{Client, Options, ReportMode};
use rdkafka::conf::{ConsumerSettings, OffsetReset, TopicSettings};
use rdkafka::consumer::error::ConsumerError;
use rdkafka::consumer::position::{Position, logical};
use rdkafka::consumer::records::{Fetched, Field, Next};
use rdkafka::protocol::header::{frame, write_request_header};
use rdkafka::protocol::record_batch::{BatchHeader, encode_headers, encode_record_prefix};
use rdkafka::protocol::{ApiKey, ByTopic, produce};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How long a client whose world is in order may take to read everything.
const RECOVERY: Duration = Duration::from_secs(60);

/// What the application and the cluster do beside what the plan says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Habits {
    /// Probabilities per turn.
    pub seeks: f64,
    pub pauses: f64,
    pub polls: f64,
    /// That a log loses its end, and another leader goes on.
    pub truncations: f64,
    /// That a topic is deleted, or made anew.
    pub recreations: f64,
    /// Connections are encrypted.
    pub encrypted: bool,
    /// What a host or a cluster goes through beside the rest.
    pub ordeal: Ordeal,
    /// The most that an answer overtakes others, or is no answer.
    pub overtaken: f64,
    pub lies: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ordeal {
    #[default]
    None,
    /// No broker can be started for a while.
    Shortages,
    /// Brokers give way to others with new ids.
    Replacements,
}

pub struct World {
    plan: Plan,
    habits: Habits,
    clock: Arc<VirtualClock>,
    net: SharedNet,
    brokers: Brokers,
    client: Arc<Client>,
    machines: Machines,
    rng: Rng,
    readings: BTreeMap<(usize, i32), Reading>,
    incarnations: BTreeMap<usize, Incarnations>,
    events: VecDeque<(Duration, Event)>,
    start: Time,
    next_turn: Time,
    produced: u32,
    delivered: usize,
    violations: Vec<String>,
    trace: bool,
}

fn consumer_settings(rng: &mut Rng) -> ConsumerSettings {
    let ms = Duration::from_millis;
    ConsumerSettings {
        queued_messages: pick(rng, &[1, 20, 100_000]),
        queued_bytes: pick(rng, &[1_000, 1_000_000]),
        fetch_wait: ms(pick(rng, &[10, 100, 500])),
        fetch_max_bytes: pick(rng, &[1, 2_000, 50_000_000]),
        partition_max_bytes: pick(rng, &[1, 500, 1_000_000]),
        queue_backoff: ms(pick(rng, &[100, 1_000])),
        error_backoff: ms(pick(rng, &[1, 50, 500])),
        read_committed: rng.bool(),
        partition_eof: true,
        check_crcs: rng.bool(),
        ..ConsumerSettings::default()
    }
}

impl World {
    pub fn new(seed: u64, habits: Habits, tracing: &Tracing) -> Self {
        let mut plan = Plan::draw(seed);
        let mut rng = Rng::with_seed(seed ^ 0xc0de);
        plan.settings.idempotence.enabled = false;
        plan.settings.consumer = Some(consumer_settings(&mut rng));
        plan.settings.statistics_interval = None;
        plan.settings.metadata.allow_auto_create_topics = false;
        // The writer speaks version 3.
        plan.versions.retain(|(api, _)| *api != PRODUCE);
        for (api, oldest, newest) in [(FETCH, 4, 16), (LIST_OFFSETS, 1, 9), (EPOCHS, 2, 4)] {
            if rng.u32(0..3) == 0 {
                plan.versions.push((api, rng.i16(oldest..=newest)));
            }
        }
        if habits.truncations > 0.0 {
            // Without epochs nobody can know.
            plan.versions.retain(|(api, _)| ![FETCH, METADATA, EPOCHS].contains(api));
        }
        if habits.recreations > 0.0 {
            // Without ids in Metadata nobody can tell another topic from stale news of the one before.
            plan.versions.retain(|(api, _)| *api != METADATA);
            // The one before may have had fewer partitions: only Metadata tells of the new ones.
            plan.settings.metadata.refresh_interval = Some(Duration::from_secs(5));
        }
        plan.moods.overtaken = rng.f64() * habits.overtaken;
        if habits.overtaken > 0.0 {
            // The last answer of all has none to wait for, and is never seen.
            plan.settings.network.socket_timeout = plan.settings.network.socket_timeout.min(RECOVERY / 6);
        }
        plan.moods.lie = rng.f64() * habits.lies;
        match habits.ordeal {
            Ordeal::None => {}
            Ordeal::Shortages => plan = with_shortages(plan, seed),
            Ordeal::Replacements => plan = with_replacements(plan, seed),
        }
        if habits.encrypted {
            encrypted::seal(&mut plan, seed);
        }
        let clock = Arc::new(VirtualClock::new());
        let net = SharedNet::new(clock.clone(), rng.fork(), plan.weather.clone(), plan.brokers);
        let mut brokers = Brokers::new(clock.clone(), rng.fork(), &plan);
        brokers.resumes = true;
        let options = Options {
            clock: clock.clone(),
            logger: tracing.logger(&clock),
            seed: rng.u64(..),
            report_mode: ReportMode::None,
            wants_errors: true,
            wants_throttle: false,
            wants_commits: false,
            token_source: TokenSource::None,
            internal_broker: false,
            reuse_bootstrap_connection: !seed.is_multiple_of(4),
            number: 1,
        };
        let client = Client::build(plan.settings.clone(), options).unwrap();
        let start = clock.now();
        let machines = Machines::of(&client, &plan.settings, start);
        Self {
            events: plan.events.clone().into(),
            readings: BTreeMap::new(),
            incarnations: BTreeMap::new(),
            produced: 0,
            delivered: 0,
            violations: Vec::new(),
            plan,
            habits,
            clock,
            net,
            brokers,
            client,
            machines,
            rng,
            start,
            next_turn: start,
            trace: tracing.is_printed(),
        }
    }

    fn consumer(&self) -> &Consumer {
        self.client.consumer().unwrap()
    }

    pub fn run(mut self) -> Summary {
        if self.trace {
            println!("{:#?}", self.plan);
        }
        self.assign();
        let calm = self.start + self.plan.calm_after;
        while self.clock.now() < calm {
            self.happen();
            if self.clock.now() >= self.next_turn {
                self.turn();
                let pause = Duration::from_micros(self.rng.u64(1_000..200_000));
                self.next_turn = self.clock.now() + pause;
            }
            self.settle();
            if self.rng.f64() < self.habits.polls {
                self.poll();
                self.settle();
            }
            let next_event = self.events.front().map(|(at, _)| self.start + *at);
            self.advance([Some(self.next_turn), next_event, Some(calm)]);
        }
        self.calm_down();
        let end = self.clock.now() + RECOVERY;
        while self.clock.now() < end && !self.is_done() {
            self.settle();
            self.poll();
            // What was polled makes space for more, and those who wait for it are awake before time passes.
            self.settle();
            self.advance([Some(end)]);
        }
        let unread = self.unread();
        self.violations
            .extend(unread.map(|what| format!("not everything is read although all is well: {what}")));
        self.violations.extend(self.wrong_value());
        if self.plan.has_liars() {
            self.violations.clear();
        }
        self.end()
    }

    fn assign(&mut self) {
        let mut partitions = Vec::new();
        for (t, topic) in self.plan.topics.iter().enumerate() {
            for partition in 0..topic.partitions {
                let offset = pick(&mut self.rng, &[0, logical::BEGINNING]);
                let topic = topic.name.clone();
                partitions.push(AssignedPartition { topic, partition, offset, leader_epoch: -1 });
                self.readings.insert((t, partition), Reading::from(0));
            }
        }
        let mut settings = TopicSettings::default();
        settings.consumer.offset_reset = OffsetReset::Earliest;
        self.consumer().assign(partitions, &settings).expect("no partition is there twice");
    }

    fn happen(&mut self) {
        let now = self.clock.now();
        while let Some((_, event)) = self.events.pop_front_if(|(at, _)| self.start + *at <= now) {
            if self.trace {
                println!("{:>12} -- {event:?}", now.0 - self.start.0);
            }
            match &event {
                Event::Shortage(on) => self.machines.set_shortage(*on),
                Event::PartitionErrors { topic, partition, codes } => {
                    let name = &self.plan.topics[*topic].name;
                    let codes: Vec<ErrorCode> =
                        codes.iter().copied().filter(|c| *c != ErrorCode::OFFSET_OUT_OF_RANGE).collect();
                    let _ = self.brokers.cluster.push_partition_errors(name, *partition, FETCH, &codes);
                }
                // Its epoch would be none, and who is told of none cannot know that a log has lost its end.
                Event::StaleLeader { topic, partition, .. }
                    if self.habits.truncations > 0.0 && self.epoch_of(*topic, *partition) == 0 => {}
                Event::RequestErrors { api: 0, codes } => {
                    let api = pick(&mut self.rng, &[FETCH, LIST_OFFSETS, EPOCHS]);
                    self.brokers.cluster.push_request_errors(api, codes);
                }
                event => self.brokers.apply(event, &self.net),
            }
        }
    }

    /// One thing that somebody does.
    fn turn(&mut self) {
        let at = self.rng.usize(0..self.readings.len());
        let (topic, partition) = *self.readings.keys().nth(at).unwrap();
        self.produce(topic, partition);
        // Asked only where it may happen, so that all other schedules stay what they were.
        if self.habits.recreations > 0.0 && self.rng.f64() < self.habits.recreations {
            self.recreate(topic, partition);
        }
        if self.rng.f64() < self.habits.truncations {
            self.truncate(topic, partition);
        }
        if self.rng.f64() < self.habits.seeks {
            self.seek(topic, partition);
        }
        if self.rng.f64() < self.habits.pauses {
            self.toggle(topic, partition);
        }
    }

    fn epoch_of(&self, topic: usize, partition: i32) -> i32 {
        let p = self.brokers.cluster.partition(&self.plan.topics[topic].name, partition);
        p.map_or(0, |p| p.leader_epoch)
    }

    fn end_of(&self, topic: usize, partition: i32) -> i64 {
        let p = self.brokers.cluster.partition(&self.plan.topics[topic].name, partition);
        p.map_or(0, |p| p.log.end_offset())
    }

    /// Somebody writes a batch.
    fn produce(&mut self, topic: usize, partition: i32) {
        let name = self.plan.topics[topic].name.clone();
        let Some(leader) = self.brokers.cluster.partition(&name, partition).map(|p| p.leader) else { return };
        self.produced += 1;
        self.see_topics();
        self.incarnations.get_mut(&topic).unwrap().write(self.produced);
        let batch = batch(self.rng.i32(1..20), self.produced);
        let partitions = vec![produce::RequestPartition { partition, records: Some(&batch) }];
        let topics = vec![ByTopic::new(name, partitions)];
        let request = produce::Request { acks: 1, timeout_ms: 1000, topics, ..Default::default() };
        let mut bytes = Vec::new();
        frame(&mut bytes, |out| {
            write_request_header(ApiKey::Produce, 3, 1, Some("writer"), out);
            request.encode(3, out);
        });
        let now = self.clock.now();
        let _ = self.brokers.cluster.handle(leader, u64::MAX, &bytes[4..], now, 0);
    }

    /// The log loses its end, and a new leader goes on.
    fn truncate(&mut self, topic: usize, partition: i32) {
        let name = self.plan.topics[topic].name.clone();
        let Some(end) = self.brokers.cluster.topic_mut(&name).and_then(|t| {
            let p = t.partition_mut(partition).filter(|p| p.leader >= 0)?;
            let from = self.rng.i64(0..=p.log.end_offset());
            Some(p.log.truncate(from))
        }) else {
            return;
        };
        let leader = pick(&mut self.rng, &self.brokers.ids());
        self.brokers.cluster.set_leader(&name, partition, leader).unwrap();
        let reading = self.readings.get_mut(&(topic, partition)).unwrap();
        reading.truncated(end);
        self.produce(topic, partition);
    }

    /// The topic is deleted or made anew, or what has been read of it is deleted.
    fn recreate(&mut self, topic: usize, partition: i32) {
        let plan = &self.plan.topics[topic];
        if self.rng.u32(0..3) == 0 {
            let read = &self.readings[&(topic, partition)];
            let is_present = self.is_present(topic, read.incarnation);
            if let Some(next) = read.next.filter(|_| is_present) {
                let _ = self.brokers.cluster.delete_records(&plan.name, partition, next);
            }
        } else {
            recreations::change(plan, &mut self.brokers, &mut self.rng);
        }
    }

    fn see_topics(&mut self) {
        for (t, plan) in self.plan.topics.iter().enumerate() {
            if let Some(topic) = self.brokers.cluster.topic(&plan.name) {
                self.incarnations.entry(t).or_default().see(topic.id);
            }
        }
    }

    /// Whether the topic is the one that was read from.
    fn is_present(&self, topic: usize, incarnation: usize) -> bool {
        let is_there = self.brokers.cluster.topic(&self.plan.topics[topic].name).is_some();
        is_there && self.incarnations.get(&topic).is_some_and(|known| known.made_anew == incarnation)
    }

    fn seek(&mut self, topic: usize, partition: i32) {
        let end = self.end_of(topic, partition);
        let somewhere = self.rng.i64(0..=end);
        let offset = pick(&mut self.rng, &[logical::BEGINNING, logical::END, somewhere]);
        self.consumer().seek(&self.plan.topics[topic].name, partition, Position::at(offset)).unwrap();
        let reading = self.readings.get_mut(&(topic, partition)).unwrap();
        reading.seek(match offset {
            logical::BEGINNING => Some(0),
            logical::END => None,
            offset => Some(offset),
        });
    }

    fn toggle(&mut self, topic: usize, partition: i32) {
        let reading = self.readings.get_mut(&(topic, partition)).unwrap();
        reading.paused = !reading.paused;
        let paused = reading.paused;
        let done = set_paused(&self.client, &self.plan.topics[topic].name, partition, paused);
        self.violations.extend(done.err().map(|code| format!("pausing: {code:?}")));
    }

    fn settle(&mut self) {
        self.see_topics();
        let settled = self.machines.settle(self.clock.now(), &self.net, &mut self.brokers);
        self.violations.extend(settled.err());
    }

    fn poll(&mut self) {
        let queue = self.consumer().queue().clone();
        let mut told = Vec::new();
        let mut wait = Wait::new(Some(Duration::ZERO));
        while let Taken::Event(event) = self.client.take(&queue, &mut wait, &mut |_| Piece::<()>::Whole) {
            told.push(event);
        }
        let client = self.client.clone();
        for event in told {
            match event {
                Told::Fetched(fetched) if fetched.partition().is_paused() => {
                    let p = fetched.partition().clone();
                    client.consumer().unwrap().park(&p, Told::Fetched(fetched));
                }
                Told::Fetched(mut fetched) => self.read(&mut fetched),
                Told::ConsumerError(e) if e.partition.as_ref().is_some_and(|p| p.is_paused()) => {
                    let p = e.partition.clone().unwrap();
                    client.consumer().unwrap().park(&p, Told::ConsumerError(e));
                }
                Told::ConsumerError(e) => self.take_error(&e),
                _ => {}
            }
        }
    }

    fn place(&self, topic: &str, partition: i32) -> (usize, i32) {
        (self.plan.topics.iter().position(|t| t.name == topic).unwrap(), partition)
    }

    fn read(&mut self, fetched: &mut Fetched) {
        if fetched.is_outdated() {
            return;
        }
        let place = self.place(fetched.partition().topic(), fetched.partition().number());
        loop {
            match fetched.next() {
                Next::Record(r) => {
                    let value = r.value.map(|field| bytes(fetched, field)).unwrap_or_default();
                    self.take_message(place, r.offset, value);
                }
                Next::Blocked(parcel) => fetched.share().clone().decode(parcel),
                Next::Fault(fault) => self.violations.push(format!("{place:?}: {fault:?}")),
                Next::End => return,
            }
        }
    }

    fn take_message(&mut self, place: (usize, i32), offset: i64, value: Vec<u8>) {
        self.delivered += 1;
        let batch = value.split(|b| *b == b'.').next().and_then(|n| str::from_utf8(n).ok()?.parse().ok());
        let incarnation = self.incarnations.get(&place.0).map_or(0, |i| i.of(batch.unwrap_or(0)));
        let taken = self.readings.get_mut(&place).unwrap().take(offset, incarnation, value);
        self.violations.extend(taken.err().map(|what| format!("{place:?}: {what}")));
    }

    fn take_error(&mut self, e: &ConsumerError) {
        let p = e.partition.as_ref().unwrap();
        if p.version() != e.version {
            return;
        }
        let place = self.place(p.topic(), p.number());
        let made_anew = self.incarnations.get(&place.0).map_or(0, |i| i.made_anew);
        let reading = self.readings.get_mut(&place).unwrap();
        match e.code {
            ErrorCode::_PARTITION_EOF => {
                let taken = reading.take_end(e.offset, made_anew);
                self.violations.extend(taken.err().map(|what| format!("{place:?}: {what}")));
            }
            ErrorCode::_AUTO_OFFSET_RESET | ErrorCode::_LOG_TRUNCATION => {
                self.violations.push(format!("{place:?}: {}", e.text));
            }
            // What was pushed.
            _ => {}
        }
    }

    fn calm_down(&mut self) {
        self.machines.set_shortage(false);
        self.brokers.calm(&self.net);
        self.net.lock().set_weather(Weather::calm());
        self.brokers.moods = Moods::default();
        for topic in 0..self.plan.topics.len() {
            let plan = &self.plan.topics[topic];
            if self.habits.recreations > 0.0 {
                recreations::create(plan, &mut self.brokers);
            }
        }
        let places: Vec<_> = self.readings.keys().copied().collect();
        for (topic, partition) in places {
            if self.readings[&(topic, partition)].paused {
                self.toggle(topic, partition);
            }
            self.produce(topic, partition);
        }
    }

    /// Everything is read, and right. Who was lied to may never come so far.
    fn is_done(&self) -> bool {
        self.unread().is_none() && (self.plan.has_liars() || self.wrong_value().is_none())
    }

    /// A partition whose end has not been told.
    fn unread(&self) -> Option<String> {
        self.readings.iter().find_map(|(place, reading)| {
            let (topic, partition) = *place;
            let end = self.end_of(topic, partition);
            let name = &self.plan.topics[topic].name;
            let exists = self.brokers.cluster.partition(name, partition).is_some();
            let done = !exists || (reading.next == Some(end) && reading.end_told == Some(end));
            let state = self.consumer().partition(&self.plan.topics[topic].name, partition);
            let state = state.map(|p| format!("{:?}", *p.track()));
            (!done).then(|| format!("{place:?}: next {:?}, end {end}, {state:?}", reading.next))
        })
    }

    /// An offset at which something else stands than what was read last. A log that has lost its end may have
    /// the length of before when that is found out.
    fn wrong_value(&self) -> Option<String> {
        self.brokers.histories().into_iter().find_map(|(place, history)| {
            let reading = self.readings.get(&place)?;
            let values = Some(&reading.values).filter(|_| self.is_present(place.0, reading.incarnation))?;
            let other = |offset, value: &Option<Vec<u8>>| {
                values.get(&offset).is_some_and(|read| Some(read) != value.as_ref())
            };
            let (_, record) = history.records().find(|(_, record)| other(record.offset, &record.value))?;
            Some(format!("{place:?}: another value was read at {}", record.offset))
        })
    }

    fn end(mut self) -> Summary {
        let last = self.clock.now();
        self.client.begin_termination();
        self.settle();
        if !self.machines.have_ended() {
            self.violations.push("a machine did not terminate".into());
        }
        drop(self.machines);
        self.client.drop_everything();
        let waiting: i64 = self.client.consumer().unwrap().partitions().iter().map(|p| p.waiting().0).sum();
        if waiting != 0 {
            self.violations.push(format!("{waiting} messages are waited for by nobody"));
        }
        // Who is told of versions that there are not asks in them.
        let protocol = self.brokers.cluster.violations().iter().filter(|_| !self.plan.has_liars());
        self.violations.extend(protocol.map(|v| format!("protocol: {v}")));
        Summary {
            violations: self.violations,
            counters: self.net.lock().counters,
            delivered: self.delivered,
            duration: last.since(self.start),
            ..Summary::default()
        }
    }

    fn advance<const N: usize>(&mut self, times: [Option<Time>; N]) {
        let now = self.clock.now();
        let mut all: Vec<Time> = self.machines.deadlines().chain(times.into_iter().flatten()).collect();
        all.extend(self.net.lock().next_event());
        // The cluster's own: long polls that come to their end.
        all.extend(self.brokers.cluster.next_deadline().time());
        let next = all.into_iter().filter(|t| *t > now).min().unwrap_or(now + Duration::from_millis(100));
        self.clock.advance_to(next);
    }
}

fn bytes(fetched: &Fetched, field: Field) -> Vec<u8> {
    let start = fetched.buffer().pointer(field.at as usize);
    // SAFETY: the field stands in this buffer.
    unsafe { std::slice::from_raw_parts(start, field.len as usize) }.to_vec()
}

fn batch(records: i32, number: u32) -> Vec<u8> {
    let mut body = Vec::new();
    for delta in 0..records {
        let value = format!("{number}.{delta}");
        encode_record_prefix(&mut body, delta, 0, None, Some(value.len()), 1);
        body.extend_from_slice(value.as_bytes());
        encode_headers(&mut body, None);
    }
    let mut header =
        BatchHeader { last_offset_delta: records - 1, record_count: records, ..BatchHeader::default() };
    header.seal([&body[..]]);
    [&header.to_bytes()[..], &body].concat()
}
