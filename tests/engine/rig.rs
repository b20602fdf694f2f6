//! The broker under test, and what surrounds it.

use super::wire::{TestTransport, Wire};
use rdkafka::base::clock::{Clock, Time};
use rdkafka::base::error::{Error, ErrorCode};
use rdkafka::base::log::Logger;
use rdkafka::broker::machine::{Broker, Next};
use rdkafka::broker::{BrokerContext, BrokerEvent, BrokerHandle, BrokerListener, Done, Op};
use rdkafka::conf::{ProduceEngine, Settings, TopicSettings};
use rdkafka::consumer::fetch::outcome::News;
use rdkafka::net::Endpoint;
use rdkafka::producer::partition::report::{Persistence, Report, ReportText};
use rdkafka::producer::partition::{AppendRules, Partition, TopicShared};
use rdkafka::producer::store::pool::ChunkPool;
use rdkafka::producer::store::{StoredMessage, Value};
use rdkafka::protocol::header::{RequestHeader, frame, write_response_header};
use rdkafka::protocol::primitives::Reader;
use rdkafka::protocol::record_batch::validate;
use rdkafka::protocol::{ApiKey, ByTopic, api_versions, produce};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The engine settings that everything runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Legacy,
    Multibatch,
    V2,
}

impl Setting {
    pub const ALL: [Self; 3] = [Self::Legacy, Self::Multibatch, Self::V2];

    pub fn apply(self, s: &mut Settings) {
        match self {
            Self::Legacy => s.engine.kind = ProduceEngine::Legacy,
            Self::Multibatch => s.engine.multibatch = true,
            Self::V2 => s.engine.kind = ProduceEngine::V2,
        }
    }
}

pub fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The same linger time for every engine.
pub fn linger(s: &mut Settings, time: Duration) {
    s.batching.linger = time;
    s.engine.v2.linger = time;
}

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }

    fn wall_ms(&self) -> i64 {
        1_700_000_000_000
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    pub error: ErrorCode,
    pub offset: i64,
    pub persistence: Option<Persistence>,
    pub at: Time,
    pub text: Option<ReportText>,
}

#[derive(Default)]
pub struct Told {
    pub fates: BTreeMap<usize, Fate>,
    /// In the order of the reports.
    pub order: Vec<usize>,
    pub refreshes: Vec<(String, ErrorCode)>,
    /// Topic, partition, leader.
    pub hints: Vec<(String, i32, i32)>,
    pub throttled: Vec<i32>,
    pub downs: usize,
    /// The error with which the connection ended last.
    pub last_down: Option<Error>,
    pub reports: usize,
    pub fatal: Vec<ErrorCode>,
}

struct Listener {
    told: Arc<Mutex<Told>>,
    clock: Arc<TestClock>,
}

impl BrokerListener for Listener {
    fn deliver(&self, reports: Vec<Report>) {
        let mut told = self.told.lock().unwrap();
        told.reports += reports.len();
        for r in reports {
            for (i, m) in r.runs.iter().flat_map(|run| run.iter()).enumerate() {
                let fate = Fate {
                    error: r.error,
                    offset: r.offset_at(i),
                    persistence: r.persistence,
                    at: self.clock.now(),
                    text: r.text.clone(),
                };
                let before = told.fates.insert(m.opaque(), fate);
                assert!(before.is_none(), "message {} is reported twice, first as {before:?}", m.opaque());
                told.order.push(m.opaque());
            }
        }
    }

    fn fetched(&self, _: Vec<News>) {}

    fn transaction_failed(&self, _: &Error) {}

    fn fatal(&self, error: Error) {
        self.told.lock().unwrap().fatal.push(error.code);
    }

    fn event(&self, _: &Arc<BrokerHandle>, event: BrokerEvent) {
        let mut told = self.told.lock().unwrap();
        match event {
            BrokerEvent::Refresh { topic, error } => told.refreshes.push((topic.name.to_string(), error)),
            BrokerEvent::LeaderHint(h) => told.hints.push((h.topic, h.partition, h.leader)),
            BrokerEvent::Throttled { throttle_ms } => told.throttled.push(throttle_ms),
            BrokerEvent::Down { error, .. } => {
                told.downs += 1;
                told.last_down = Some(error);
            }
            _ => {}
        }
    }
}

/// A partition's part of a ProduceRequest: topic, partition, message numbers.
pub type Part = (String, i32, Vec<usize>);

/// A ProduceRequest as the broker sees it.
#[derive(Clone, Debug)]
pub struct Produce {
    pub id: i32,
    pub version: i16,
    pub acks: i16,
    pub timeout_ms: i32,
    pub bytes: usize,
    pub parts: Vec<Part>,
}

impl Produce {
    pub fn numbers(&self) -> Vec<usize> {
        self.parts.iter().flat_map(|p| p.2.clone()).collect()
    }

    pub fn places(&self) -> Vec<(&str, i32)> {
        self.parts.iter().map(|p| (p.0.as_str(), p.1)).collect()
    }
}

pub struct Rig {
    clock: Arc<TestClock>,
    pub common: Arc<BrokerContext>,
    pub broker: Broker,
    pub transport: TestTransport,
    next: Next,
    told: Arc<Mutex<Told>>,
    pool: Arc<ChunkPool>,
    /// Messages produced.
    pub produced: usize,
    /// The newest Produce version that the broker speaks.
    pub version: i16,
    /// The broker answers no ApiVersions request.
    pub is_mute: bool,
    next_offset: i64,
}

impl Rig {
    pub fn new(setting: Setting, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        settings.network.socket_max_fails = 0;
        linger(&mut settings, ms(0));
        setting.apply(&mut settings);
        change(&mut settings);
        let clock = Arc::new(TestClock(AtomicI64::new(1_000_000_000)));
        let told = Arc::new(Mutex::new(Told::default()));
        let listener = Arc::new(Listener { told: told.clone(), clock: clock.clone() });
        let common = Arc::new(BrokerContext::new(settings, Logger::silent(), clock.clone(), listener, None));
        let endpoint = Endpoint::new("broker", 9092);
        let handle = BrokerHandle::new(1, &endpoint, &common.settings);
        let mut broker = Broker::new(common.clone(), handle, endpoint, 1, clock.now());
        let mut transport = TestTransport::default();
        let next = broker.serve(clock.now(), &mut transport);
        let pool = Arc::new(ChunkPool::new(0));
        Self {
            clock,
            common,
            broker,
            transport,
            next,
            told,
            pool,
            produced: 0,
            version: produce::CLIENT_MAX_VERSION,
            is_mute: false,
            next_offset: 0,
        }
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    pub fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }

    pub fn wire(&self) -> std::sync::MutexGuard<'_, Wire> {
        self.transport.0.lock().unwrap()
    }

    pub fn fate(&self, n: usize) -> Option<ErrorCode> {
        self.told().fates.get(&n).map(|f| f.error)
    }

    /// Partitions 0 to `n` of a topic, led by this broker.
    pub fn topic(&self, name: &str, n: i32, settings: TopicSettings) -> Vec<Arc<Partition>> {
        let topic = TopicShared::new(name, settings, 1);
        (0..n)
            .map(|id| {
                let p = Arc::new(Partition::new(topic.clone(), id, self.pool.clone()));
                p.set_owner(Some(self.broker.handle().ready().clone()));
                p
            })
            .collect()
    }

    /// One message; its number is its value, and more if it is to be larger.
    pub fn produce_sized(&mut self, p: &Arc<Partition>, size: usize) -> usize {
        let mut rng = fastrand::Rng::with_seed(self.produced as u64);
        self.produce_bytes(p, (8..size).map(|_| rng.u8(..)).collect())
    }

    /// The same with something that compresses well.
    pub fn produce_text(&mut self, p: &Arc<Partition>, size: usize) -> usize {
        self.produce_bytes(p, vec![b'a'; size.saturating_sub(8)])
    }

    fn produce_bytes(&mut self, p: &Arc<Partition>, rest: Vec<u8>) -> usize {
        let n = self.produced;
        self.produced += 1;
        let mut value = (n as u64).to_be_bytes().to_vec();
        value.extend(rest);
        let s = &self.common.settings;
        let rules = AppendRules {
            flushing: self.common.is_flushing(),
            batch_messages: s.batching.num_messages,
            batch_bytes: s.batching.size,
            count_bytes: s.engine.kind == ProduceEngine::V2 && s.engine.v2.watches_bytes(),
        };
        let m = StoredMessage {
            key: None,
            value: Value::Copy(&value),
            headers: None,
            timestamp_ms: 1_700_000_000_000,
            opaque: n,
            enqueued: self.clock.now(),
            retries: 0,
        };
        p.append(&m, &rules);
        n
    }

    pub fn produce(&mut self, p: &Arc<Partition>) -> usize {
        self.produce_sized(p, 8)
    }

    /// Serves the broker until it has nothing to do at this time.
    pub fn serve(&mut self) {
        for _ in 0..1_000 {
            self.next = self.broker.serve(self.clock.now(), &mut self.transport);
            let taken = std::mem::take(&mut self.wire().taken);
            self.clock.0.store((self.clock.now() + taken).0, Ordering::SeqCst);
            if !self.is_mute {
                self.negotiate();
            }
            let i = self.next.interest;
            let busy = self.broker.handle().signal().take()
                || self.next.deadline.is_due(self.clock.now())
                || (i.read && self.transport.readable())
                || (i.write && self.transport.writable());
            if !busy {
                return;
            }
        }
        panic!("the broker spins");
    }

    /// Lets time pass.
    pub fn pass(&mut self, time: Duration) {
        let end = self.clock.now() + time;
        loop {
            self.serve();
            let next = self.next.deadline.time().filter(|t| *t < end).unwrap_or(end);
            self.clock.0.store(next.0, Ordering::SeqCst);
            if next >= end {
                return self.serve();
            }
        }
    }

    /// Whether the broker waits for what the connection brings.
    pub fn reads(&self) -> bool {
        self.next.interest.read
    }

    /// Answers ApiVersions requests.
    fn negotiate(&mut self) {
        let mut w = self.transport.0.lock().unwrap();
        let Some((size, rest)) = w.written.split_first_chunk::<4>() else { return };
        let size = u32::from_be_bytes(*size) as usize;
        if rest.len() < size {
            return;
        }
        let header = RequestHeader::decode(&mut Reader::new(&rest[..size])).unwrap();
        if header.api != ApiKey::ApiVersions {
            return;
        }
        w.written.drain(..4 + size);
        let range =
            |api: ApiKey, max| api_versions::ApiRange { api_key: api.0, min_version: 0, max_version: max };
        let response = api_versions::Response {
            api_keys: vec![
                range(ApiKey::Produce, self.version),
                // Record batches and zstd follow from Produce and Fetch, LZ4 from FindCoordinator.
                range(ApiKey::Fetch, 12),
                range(ApiKey::FindCoordinator, 4),
                range(ApiKey::ApiVersions, 4),
            ],
            ..api_versions::Response::default()
        };
        frame(&mut w.inbox, |out| {
            write_response_header(ApiKey::ApiVersions, header.version, header.correlation_id, out);
            response.encode(header.version, out);
        });
    }

    /// The ProduceRequests that have been written as a whole since this was asked last.
    pub fn requests(&mut self) -> Vec<Produce> {
        let mut w = self.transport.0.lock().unwrap();
        let mut found = Vec::new();
        while let Some((size, rest)) = w.written.split_first_chunk::<4>() {
            let size = u32::from_be_bytes(*size) as usize;
            if rest.len() < size {
                break;
            }
            found.push(decode(&rest[..size]));
            w.written.drain(..4 + size);
        }
        found
    }

    /// Serves, and expects so many requests.
    pub fn sent(&mut self, n: usize) -> Vec<Produce> {
        self.serve();
        let found = self.requests();
        assert_eq!(found.len(), n, "{found:#?}");
        found
    }

    /// Answers with these partitions: topic, partition, error.
    pub fn answer(&mut self, request: &Produce, parts: &[(&str, i32, ErrorCode)]) {
        let mut topics: Vec<ByTopic<produce::ResponsePartition>> = Vec::new();
        for (topic, partition, code) in parts {
            let base_offset = if code.is_ok() { self.next_offset } else { -1 };
            self.next_offset += 1_000;
            let part = produce::ResponsePartition {
                partition: *partition,
                error_code: i16::try_from(code.0).unwrap(),
                base_offset,
                log_append_time_ms: -1,
                ..Default::default()
            };
            topics.push(ByTopic::new(*topic, vec![part]));
        }
        self.respond(request, &produce::Response { topics, ..Default::default() });
    }

    pub fn respond(&mut self, request: &Produce, response: &produce::Response) {
        frame(&mut self.transport.0.lock().unwrap().inbox, |out| {
            write_response_header(ApiKey::Produce, request.version, request.id, out);
            response.encode(request.version, out);
        });
        self.serve();
    }

    /// Everything of the request is stored.
    pub fn accept(&mut self, request: &Produce) {
        let parts: Vec<_> = request.places().into_iter().map(|(t, p)| (t, p, ErrorCode::NO_ERROR)).collect();
        self.answer(request, &parts);
    }

    /// Accepts what comes until nothing comes; returns it.
    pub fn accept_all(&mut self) -> Vec<Produce> {
        let mut all = Vec::new();
        loop {
            self.serve();
            let requests = self.requests();
            if requests.is_empty() {
                return all;
            }
            for r in &requests {
                self.accept(r);
            }
            all.extend(requests);
        }
    }

    /// The connection ends.
    pub fn hang_up(&mut self) {
        self.transport.0.lock().unwrap().hung_up = true;
        self.serve();
    }

    /// As the main thread does it when the leader has moved.
    pub fn leave(&mut self, p: &Arc<Partition>, to: Option<&Rig>) {
        p.set_owner(to.map(|r| r.broker.handle().ready().clone()));
        self.broker.handle().push(Op::Leave(p.clone()));
        self.serve();
    }

    pub fn purge(&mut self, queue: bool, inflight: bool) {
        let (done, _) = Done::new();
        self.broker.handle().push(Op::Purge { queue, inflight, done });
        self.serve();
    }

    /// As rd_kafka_flush() for a moment.
    pub fn begin_flush(&mut self) {
        self.common.begin_flush();
        self.broker.handle().signal().notify();
        self.serve();
    }

    /// Every message produced has its report, without an error.
    pub fn all_delivered(&self) {
        let told = self.told();
        for n in 0..self.produced {
            let fate = told.fates.get(&n).map(|f| f.error);
            assert_eq!(fate, Some(ErrorCode::NO_ERROR), "message {n}");
        }
    }
}

fn decode(bytes: &[u8]) -> Produce {
    let mut r = Reader::new(bytes);
    let header = RequestHeader::decode(&mut r).unwrap();
    assert_eq!(header.api, ApiKey::Produce);
    let request = produce::Request::decode(header.version, &mut r).unwrap();
    assert!(r.is_empty());
    let mut parts = Vec::new();
    for topic in request.topics {
        for p in topic.partitions {
            let records = p.records.unwrap();
            let numbers = if header.version < produce::FIRST_WITH_BATCHES {
                numbers_of_message_set(records)
            } else {
                let batch = validate(records).unwrap();
                batch.records().map(|m| number(m.unwrap().value.unwrap())).collect()
            };
            parts.push((topic.name.clone(), p.partition, numbers));
        }
    }
    let mut places: Vec<_> = parts.iter().map(|p: &Part| (&p.0, p.1)).collect();
    places.sort();
    let n = places.len();
    places.dedup();
    assert_eq!(places.len(), n, "a partition is named twice: {parts:?}");
    Produce {
        id: header.correlation_id,
        version: header.version,
        acks: request.acks,
        timeout_ms: request.timeout_ms,
        bytes: bytes.len() + 4,
        parts,
    }
}

fn number(value: &[u8]) -> usize {
    usize::try_from(u64::from_be_bytes(value[..8].try_into().unwrap())).unwrap()
}

/// The messages of a set without compression (magic 0 and 1).
fn numbers_of_message_set(set: &[u8]) -> Vec<usize> {
    let mut r = Reader::new(set);
    let mut numbers = Vec::new();
    while !r.is_empty() {
        r.i64().unwrap(); // offset
        let size = r.i32().unwrap();
        let mut m = Reader::new(r.take(usize::try_from(size).unwrap()).unwrap());
        m.u32().unwrap(); // checksum
        let magic = m.i8().unwrap();
        assert_eq!(m.i8().unwrap() & 7, 0, "not compressed");
        if magic > 0 {
            m.i64().unwrap(); // timestamp
        }
        assert_eq!(m.i32().unwrap(), -1, "no key");
        let len = m.i32().unwrap();
        numbers.push(number(m.take(usize::try_from(len).unwrap()).unwrap()));
    }
    numbers
}
