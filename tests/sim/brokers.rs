//! The mock cluster behind the simulated network, and what goes wrong in it.

use super::attack::Attack;
use super::clock::VirtualClock;
use super::history::History;
use super::logs;
use super::mutate::mutate;
use super::net::{Answer, BASE_PORT, Host, Server, SharedNet};
use super::plan::{Event, Loss, Moods, Plan, TopicPlan};
use fastrand::Rng;
use rdkafka::auth::Mechanism;
use rdkafka::base::clock::{Clock, Time};
use rdkafka::base::error::ErrorCode;
use rdkafka::compress::{self, Codec};
use rdkafka::mock::cluster::{Cluster, Reply, Settings};
use rdkafka::mock::hook::Verdict;
use rdkafka::protocol::ApiKey;
use rdkafka::protocol::header::{self, RequestHeader};
use rdkafka::protocol::primitives::{Malformed, Reader};
use rdkafka::protocol::produce;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const PRODUCE: i16 = 0;
pub const FETCH: i16 = 1;
pub const LIST_OFFSETS: i16 = 2;
pub const METADATA: i16 = 3;
pub const API_VERSIONS: i16 = 18;
pub const INIT_PRODUCER_ID: i16 = 22;
/// OffsetForLeaderEpoch
pub const EPOCHS: i16 = 23;

/// GetTelemetrySubscriptions
const SUBSCRIPTIONS: i16 = 71;
/// PushTelemetry
const PUSH: i16 = 72;

/// Topic and partition, and the batches that are there.
pub type Log = ((usize, i32), Vec<Vec<u8>>);

pub struct Brokers {
    pub cluster: Cluster,
    clock: Arc<VirtualClock>,
    rng: Rng,
    pub moods: Moods,
    topics: Vec<TopicPlan>,
    /// By topic and partition, as far as something was lost or deleted.
    histories: BTreeMap<(usize, i32), History>,
    /// Which broker runs on which machine.
    on: BTreeMap<i32, i32>,
    attack: Option<Arc<Mutex<Attack>>>,
    /// Requests wait at the brokers, and are answered later (long polls of consumers).
    pub resumes: bool,
}

impl Brokers {
    pub fn new(clock: Arc<VirtualClock>, rng: Rng, plan: &Plan) -> Self {
        let mut settings = Settings {
            brokers: plan.brokers,
            strict_sequences: plan.strict_sequences,
            ..Settings::default()
        };
        let security = &plan.settings.security;
        settings.sasl.bearer = security.mechanism == Some(Mechanism::OAuthBearer);
        if security.mechanism.is_some() && !settings.sasl.bearer {
            settings.sasl.users = vec![(
                security.login.user_name.clone(),
                String::from_utf8_lossy(&security.login.password).into_owned(),
            )];
        }
        settings.sasl.session_lifetime = plan.sasl_session;
        let mut cluster = Cluster::new(settings);
        cluster.start_request_tracking();
        for (api, newest) in &plan.versions {
            cluster.set_api_version(*api, 0, *newest).unwrap();
        }
        cluster.set_transaction_version(plan.transaction_version).unwrap();
        for b in 1..=plan.brokers {
            advertise(&mut cluster, b, b);
        }
        for t in plan.topics.iter().filter(|t| t.exists) {
            cluster.create_topic(&t.name, t.partitions, plan.brokers.min(3)).unwrap();
        }
        if plan.moods.overtaken > 0.0 {
            let (mut rng, often) = (rng.clone(), plan.moods.overtaken);
            cluster.set_hook(Some(Box::new(move |_| match rng.f64() < often {
                true => Verdict::Overtaken(rng.usize(1..4)),
                false => Verdict::Pass,
            })));
        }
        if plan.settings.telemetry.push {
            cluster.set_requested_metrics(vec![String::new()]);
            cluster.set_push_interval(Duration::from_millis(200)).unwrap();
            if plan.trouble && plan.seed % 3 == 1 && plan.moods.overtaken == 0.0 {
                cluster.set_hook(Some(Box::new(|r| match r.api_key {
                    SUBSCRIPTIONS | PUSH => Verdict::Swallow,
                    _ => Verdict::Pass,
                })));
            }
        }
        let on = (1..=plan.brokers).map(|b| (b, b)).collect();
        Self {
            cluster,
            clock,
            rng,
            moods: plan.moods.clone(),
            topics: plan.topics.clone(),
            histories: BTreeMap::new(),
            on,
            attack: plan.attack.clone(),
            resumes: false,
        }
    }

    pub fn apply(&mut self, event: &Event, net: &SharedNet) {
        let name = |t: &usize| self.topics[*t].name.clone();
        match event {
            Event::Host(broker, state) => {
                let _ = self.cluster.set_broker_up(*broker, *state == Host::Up);
                net.lock().set_host(*broker, *state, self);
            }
            Event::Leader { topic, partition, broker } => {
                let _ = self.cluster.set_leader(&name(topic), *partition, *broker);
            }
            Event::PartitionErrors { topic, partition, codes } => {
                let _ = self.cluster.push_partition_errors(&name(topic), *partition, PRODUCE, codes);
            }
            Event::RequestErrors { api, codes } => self.cluster.push_request_errors(*api, codes),
            Event::TopicError { topic, code } => {
                let _ = self.cluster.set_topic_error(&name(topic), *code);
            }
            Event::StaleLeader { topic, partition, broker } => {
                let epoch =
                    self.cluster.partition(&name(topic), *partition).map_or(-1, |p| p.leader_epoch - 1);
                let _ = self.cluster.push_leader_response(&name(topic), *partition, *broker, epoch.max(-1));
            }
            Event::CreateTopic { topic } => {
                let t = &self.topics[*topic];
                let _ = self.cluster.create_topic(&t.name, t.partitions, 1);
            }
            Event::StateLost { topic, partition, how } => self.lose_state(*topic, *partition, *how),
            Event::TopicMadeAnew { topic } => self.make_anew(*topic),
            Event::Coordinator { broker } => self.cluster.set_coordinator(1, "id", *broker),
            Event::Swap { a, b } => self.swap(*a, *b, net),
            Event::WallStep { ms } => self.clock.step_wall(*ms),
            Event::Replace { machine, reset } => self.replace(*machine, *reset, net),
            Event::Shortage(_) => {}
        }
    }

    fn lose_state(&mut self, topic: usize, partition: i32, how: Loss) {
        let name = self.topics[topic].name.clone();
        if self.cluster.forget_producers(&name, partition).is_err() {
            return;
        }
        self.note((topic, partition), History::lose_state);
        match how {
            Loss::Expired => {}
            Loss::RecordsDeleted => {
                let end = self.cluster.partition(&name, partition).map_or(0, |p| p.log.end_offset());
                self.cluster.delete_records(&name, partition, end).unwrap();
            }
            Loss::NewLeader(broker) => self.cluster.set_leader(&name, partition, broker).unwrap(),
        }
    }

    fn make_anew(&mut self, topic: usize) {
        let t = self.topics[topic].clone();
        for partition in self.partitions_of(topic) {
            self.note((topic, partition), History::begin_anew);
        }
        if self.cluster.delete_topic(&t.name).is_ok() {
            self.cluster.create_topic(&t.name, t.partitions, 1).unwrap();
        }
    }

    /// Notes what happens to a partition, behind everything that is in its log now.
    fn note(&mut self, at: (usize, i32), what: fn(&mut History)) {
        let mut history = self.history(at);
        what(&mut history);
        self.histories.insert(at, history);
    }

    fn history(&self, (topic, partition): (usize, i32)) -> History {
        let mut history = self.histories.get(&(topic, partition)).cloned().unwrap_or_default();
        let log = self.cluster.partition(&self.topics[topic].name, partition).map(|p| &p.log);
        let batches = log.iter().flat_map(|l| l.batches());
        history.extend(batches.map(|b| logs::records(b, decompress).unwrap()));
        history
    }

    fn replace(&mut self, machine: i32, reset: bool, net: &SharedNet) {
        let old = self.on[&machine];
        let new = self.on.values().max().unwrap() + 1;
        self.cluster.add_broker(new).unwrap();
        advertise(&mut self.cluster, new, machine);
        self.cluster.remove_broker(old).unwrap();
        self.on.insert(machine, new);
        if reset {
            net.lock().reset(machine, self);
        }
    }

    /// The ids of the brokers that there are.
    pub fn ids(&self) -> Vec<i32> {
        self.on.values().copied().collect()
    }

    fn swap(&mut self, a: i32, b: i32, net: &SharedNet) {
        let machine = |broker: i32| self.on.iter().find(|(_, id)| **id == broker).map(|(m, _)| *m).unwrap();
        let (of_a, of_b) = (machine(a), machine(b));
        self.on.insert(of_a, b);
        self.on.insert(of_b, a);
        advertise(&mut self.cluster, a, of_b);
        advertise(&mut self.cluster, b, of_a);
        for m in [of_a, of_b] {
            net.lock().reset(m, self);
        }
    }

    /// Ends all trouble.
    pub fn calm(&mut self, net: &SharedNet) {
        self.moods = Moods::default();
        self.cluster.set_hook(None);
        for api in [PRODUCE, FETCH, LIST_OFFSETS, METADATA, API_VERSIONS, INIT_PRODUCER_ID, EPOCHS] {
            self.cluster.clear_request_errors(api);
        }
        for (machine, id) in self.on.clone() {
            let _ = self.cluster.set_broker_up(id, true);
            net.lock().set_host(machine, Host::Up, self);
        }
        let first = self.ids().into_iter().min().unwrap();
        for t in self.topics.clone() {
            let Some(topic) = self.cluster.topic_mut(&t.name) else { continue };
            topic.error = ErrorCode::NO_ERROR;
            for p in &mut topic.partitions {
                p.errors.clear(PRODUCE);
                p.errors.clear(FETCH);
                p.leader_responses.clear();
                if p.leader < 0 {
                    p.set_leader(first);
                }
            }
        }
    }

    /// The partitions that a topic has in the end.
    pub fn partitions_of(&self, topic: usize) -> Vec<i32> {
        self.cluster
            .topic(&self.topics[topic].name)
            .map_or(Vec::new(), |t| t.partitions.iter().map(|p| p.id).collect())
    }

    /// The batches of all logs, by topic and partition.
    pub fn batches(&self) -> Vec<Log> {
        let mut all = Vec::new();
        for (t, plan) in self.topics.iter().enumerate() {
            let Some(topic) = self.cluster.topic(&plan.name) else { continue };
            all.extend(
                topic.partitions.iter().map(|p| ((t, p.id), p.log.batches().map(Into::into).collect())),
            );
        }
        all
    }

    /// Everything that was ever stored, by topic and partition.
    pub fn histories(&self) -> BTreeMap<(usize, i32), History> {
        let topics = 0..self.topics.len();
        let all = topics.flat_map(|t| self.partitions_of(t).into_iter().map(move |p| (t, p)));
        all.map(|at| (at, self.history(at))).collect()
    }
}

impl Server for Brokers {
    fn handle(&mut self, broker: i32, conn: u64, frame: &[u8], now: Time) -> Answer {
        let m = &self.moods;
        if self.rng.f64() < m.ignore {
            return Answer::default();
        }
        let slow = if self.rng.f64() < m.slow {
            Duration::from_millis(self.rng.u64(0..=m.slow_ms))
        } else {
            Duration::ZERO
        };
        let (mute, hangs_up) = (self.rng.f64() < m.mute, self.rng.f64() < m.hang_up);
        let broker = self.on[&broker];
        let reply = self.cluster.handle(broker, conn, frame, now, self.clock.wall_ms());
        let mut bytes = reply.bytes.filter(|_| !mute && !hangs_up);
        if let Some(b) = bytes.as_mut().filter(|_| self.rng.f64() < self.moods.garble) {
            garble(b, &mut self.rng);
        }
        if let Some(b) =
            bytes.as_mut().filter(|_| self.moods.deposed > 0.0 && self.rng.f64() < self.moods.deposed)
        {
            let _ = depose(b, frame);
        }
        // Asked only where there are any, so that all other schedules stay what they were.
        if let Some(b) = bytes.as_mut().filter(|_| self.moods.lie > 0.0 && self.rng.f64() < self.moods.lie) {
            lie(b, &mut self.rng);
        }
        let mut close = reply.close || hangs_up;
        if let (Some(b), Some(attack)) = (&mut bytes, &self.attack)
            && let Some(treatment) = attack.lock().unwrap().treat(frame, b)
        {
            let ends;
            (*b, ends) = treatment.simply();
            close |= ends;
        }
        Answer { bytes, delay: reply.delay + slow, close }
    }

    fn disconnected(&mut self, conn: u64) {
        self.cluster.disconnected(conn);
    }

    fn resume(&mut self, now: Time) -> Vec<(u64, Answer)> {
        let mut resumed = Vec::new();
        if self.resumes {
            self.cluster.resume(now, self.clock.wall_ms(), &mut resumed);
        }
        let answer = |reply: Reply| Answer { bytes: reply.bytes, delay: reply.delay, close: reply.close };
        resumed.into_iter().map(|(conn, _, reply)| (conn, answer(reply))).collect()
    }
}

fn advertise(cluster: &mut Cluster, broker: i32, machine: i32) {
    let port = BASE_PORT + u16::try_from(machine).unwrap();
    cluster.set_broker_address(broker, &format!("host{machine}"), port).unwrap();
}

/// Turns the answer to a Produce request into that of a leader that is none any more.
fn depose(answer: &mut Vec<u8>, request: &[u8]) -> Result<(), Malformed> {
    let header = RequestHeader::decode(&mut Reader::new(request))?;
    if header.api != ApiKey::Produce {
        return Ok(());
    }
    let mut r = Reader::new(&answer[8..]);
    header::read_response_header_rest(ApiKey::Produce, header.version, &mut r)?;
    let mut response = produce::Response::decode(header.version, &mut r)?;
    for p in response.topics.iter_mut().flat_map(|t| &mut t.partitions).filter(|p| p.error_code == 0) {
        p.error_code = i16::try_from(ErrorCode::NOT_LEADER_FOR_PARTITION.0).unwrap();
        p.base_offset = -1;
    }
    answer.clear();
    header::frame(answer, |out| {
        header::write_response_header(ApiKey::Produce, header.version, header.correlation_id, out);
        response.encode(header.version, out);
    });
    Ok(())
}

/// Breaks an answer in a way that can be noticed.
fn garble(answer: &mut Vec<u8>, rng: &mut Rng) {
    if rng.bool() {
        // Keeps the correlation id.
        answer.truncate(rng.usize(8..answer.len().max(9)));
        let len = u32::try_from(answer.len() - 4).unwrap();
        answer[..4].copy_from_slice(&len.to_be_bytes());
    } else {
        let len = [0u32, 3, 0x7fff_ffff, 0x8000_0000, u32::MAX][rng.usize(0..5)];
        answer[..4].copy_from_slice(&len.to_be_bytes());
    }
}

/// Changes some bytes of an answer, mostly behind length and correlation id; the length fits mostly.
fn lie(answer: &mut Vec<u8>, rng: &mut Rng) {
    let keep = if rng.u8(..8) == 0 { 0 } else { 8 };
    mutate(answer, keep.min(answer.len()), &[], rng);
    if rng.u8(..8) != 0 && answer.len() >= 4 {
        let len = u32::try_from(answer.len() - 4).unwrap();
        answer[..4].copy_from_slice(&len.to_be_bytes());
    }
}

pub fn decompress(codec: i16, body: &[u8]) -> Vec<u8> {
    let codec = u8::try_from(codec).ok().and_then(Codec::from_id).unwrap();
    let mut out = Vec::new();
    compress::decompress(codec, body, 100 << 20, &mut out).unwrap();
    out
}
