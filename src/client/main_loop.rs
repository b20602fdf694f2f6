//! The main thread's state machine: metadata, leaders, partitions without a leader, and housekeeping.

use super::metadata::{AppQuery, QueryReply};
use super::{Client, Event};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::broker::machine::Broker;
use crate::broker::{BOOTSTRAP, BrokerEvent, BrokerHandle, ControlRequest, LeaderHint, Op};
use crate::cluster::planner::{Planner, Question};
use crate::cluster::verdict::{TopicVerdict, topic_verdict};
use crate::net::Endpoint;
use crate::producer::engine::{Engine, Pass};
use crate::producer::partition::Partition;
use crate::producer::topic::{Topic, TopicState};
use crate::protocol::api::ApiKey;
use crate::protocol::metadata::{self as wire, Response};
use crate::protocol::primitives::Reader;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How often an idle client looks after its memory and the wall clock.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

/// Something for the main thread to do.
pub enum MainOp {
    Broker(Arc<BrokerHandle>, BrokerEvent),
    TopicAdded(Arc<Topic>),
    /// Brokers added by the application.
    AddBrokers(Vec<Endpoint>),
    Metadata(Question, Result<Box<Response>, Error>),
    Query(AppQuery),
    QueryReply(QueryReply),
    Terminate,
}

/// Runs broker state machines: each on a thread, or stepped by a simulation.
pub trait BrokerHost: Send {
    fn start(&self, broker: Broker);
}

struct KnownBroker {
    handle: Arc<BrokerHandle>,
    endpoint: Endpoint,
    /// The last attempt to be connected failed.
    down: bool,
    /// When it was last asked for metadata: the one that waited longest is asked next.
    asked: u64,
    /// Not yet handed to the host.
    machine: Option<Broker>,
}

struct KnownTopic {
    topic: Arc<Topic>,
    /// Since when the cluster says that it does not know the topic.
    missing_since: Option<Time>,
    added: Time,
}

pub struct Main {
    pub(super) client: Arc<Client>,
    host: Box<dyn BrokerHost>,
    brokers: Vec<KnownBroker>,
    topics: HashMap<String, KnownTopic>,
    planner: Planner,
    /// Serves partitions without a leader: nothing leaves, but messages time out.
    orphans: Engine,
    newly_ready: Vec<Arc<Partition>>,
    ops: VecDeque<MainOp>,
    pub(super) queries: Vec<AppQuery>,
    all_down_told: bool,
    housekeeping: Time,
    questions: u64,
    random: fastrand::Rng,
    terminated: bool,
}

impl Main {
    pub fn new(client: Arc<Client>, host: Box<dyn BrokerHost>, bootstrap: Vec<Endpoint>) -> Self {
        let now = client.now();
        let mut main = Self {
            planner: Planner::new(client.settings(), now),
            orphans: Engine::new(client.settings().produce_engine),
            random: fastrand::Rng::with_seed(client.next_seed()),
            client,
            host,
            brokers: Vec::new(),
            topics: HashMap::new(),
            newly_ready: Vec::new(),
            ops: VecDeque::new(),
            queries: Vec::new(),
            all_down_told: false,
            housekeeping: now,
            questions: 0,
            terminated: false,
        };
        main.add_brokers(bootstrap, now);
        main
    }

    #[must_use]
    pub fn now(&self) -> Time {
        self.client.now()
    }

    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.terminated
    }

    /// Does everything that is to be done now and says when to come again.
    pub fn serve(&mut self, now: Time) -> Deadline {
        let mut ops = std::mem::take(&mut self.ops);
        self.client.main.take(&mut ops);
        for op in ops.drain(..) {
            self.run(op, now);
        }
        self.ops = ops;
        if self.terminated {
            return Deadline::NEVER;
        }
        let mut next = self.serve_orphans(now);
        self.ask(now);
        next = next.min(self.planner.next()).min(self.serve_queries(now)).min(self.keep_house(now));
        self.client.orphanage.sleep_until(next);
        next
    }

    fn run(&mut self, op: MainOp, now: Time) {
        match op {
            MainOp::Broker(handle, event) => self.broker_event(&handle, event, now),
            MainOp::TopicAdded(topic) => {
                self.planner.added(topic.name(), now);
                let known = KnownTopic { topic: topic.clone(), missing_since: None, added: now };
                self.topics.insert(topic.name().to_owned(), known);
            }
            MainOp::AddBrokers(endpoints) => {
                self.add_brokers(endpoints, now);
                self.planner.suspect_brokers();
            }
            MainOp::Metadata(question, Ok(response)) => {
                let open = self.apply(&response, Some(&question), now);
                self.planner.answered(&question, &open, now, self.client.settings());
            }
            MainOp::Metadata(question, Err(e)) => {
                self.debug("METADATA", || format!("Metadata request failed: {}", e.text));
                self.planner.failed(&question, now, self.client.settings());
            }
            MainOp::Query(query) => self.queries.push(query),
            MainOp::QueryReply(reply) => self.query_replied(reply, now),
            MainOp::Terminate => {
                self.terminated = true;
                for q in self.queries.drain(..) {
                    q.answer(Err(Error::new(ErrorCode::_DESTROY, "client is terminating")));
                }
            }
        }
    }

    pub(super) fn debug(&self, facility: &str, text: impl FnOnce() -> String) {
        self.client.logger().debug(debug::METADATA, facility, text);
    }

    // ---- brokers

    fn add_brokers(&mut self, endpoints: Vec<Endpoint>, now: Time) {
        for endpoint in endpoints {
            let known =
                self.brokers.iter().any(|b| b.handle.node_id() == BOOTSTRAP && b.endpoint == endpoint);
            if !known {
                self.add_broker(BOOTSTRAP, endpoint, now);
            }
        }
    }

    fn add_broker(&mut self, node_id: i32, endpoint: Endpoint, now: Time) {
        let handle = match BrokerHandle::new(node_id, &endpoint) {
            Ok(h) => h,
            Err(e) => {
                self.client.logger().log(
                    Level::Crit,
                    "BROKER",
                    format_args!("Unable to add broker {endpoint}: {e}"),
                );
                return;
            }
        };
        let seed = self.client.next_seed();
        let machine = Broker::new(self.client.common.clone(), handle.clone(), endpoint.clone(), seed, now);
        self.client.brokers.write().push(handle.clone());
        self.brokers.push(KnownBroker { handle, endpoint, down: false, asked: 0, machine: Some(machine) });
    }

    /// Makes sure that the broker runs.
    fn start_broker(&mut self, at: usize) {
        if let Some(b) = self.brokers.get_mut(at)
            && let Some(machine) = b.machine.take()
            && b.handle.claim_start()
        {
            self.host.start(machine);
        }
    }

    fn broker_event(&mut self, handle: &Arc<BrokerHandle>, event: BrokerEvent, now: Time) {
        match event {
            BrokerEvent::Up => {
                self.note_down(handle, false);
                self.all_down_told = false;
                self.planner.broker_up(now);
            }
            BrokerEvent::Down { error, report } => self.broker_down(handle, error, report),
            BrokerEvent::Refresh { topic, error } => {
                self.debug("METADATA", || {
                    format!("{}: leader lookup because of {}", topic.name, error.text().unwrap_or("?"))
                });
                if self.topics.contains_key(&topic.name) {
                    self.planner.suspect(&topic.name);
                }
            }
            BrokerEvent::TopicError { topic, error } => {
                if let Some(t) = self.topics.get(&topic.name) {
                    let t = t.topic.clone();
                    self.settle_topic(&t, TopicState::Error(error), 0);
                }
            }
            BrokerEvent::LeaderHint(hint) => self.take_hint(hint, now),
            BrokerEvent::Throttled { throttle_ms } => {
                let event = Event::Throttle {
                    broker_name: handle.name().to_string(),
                    broker_id: handle.node_id(),
                    throttle_ms,
                };
                self.client.tell_throttle(event);
            }
        }
    }

    fn note_down(&mut self, handle: &Arc<BrokerHandle>, down: bool) {
        for b in self.brokers.iter_mut().filter(|b| Arc::ptr_eq(&b.handle, handle)) {
            b.down = down;
        }
    }

    fn broker_down(&mut self, handle: &Arc<BrokerHandle>, error: Error, report: bool) {
        self.note_down(handle, true);
        if report {
            self.client.tell(Event::Error(error));
        }
        let total = self.brokers.len();
        if self.brokers.iter().all(|b| b.down) && !self.all_down_told {
            self.all_down_told = true;
            let text = format!("{total}/{total} brokers are down");
            self.client.tell(Event::Error(Error::new(ErrorCode::_ALL_BROKERS_DOWN, text)));
        }
        // Its partitions may have moved: look for their leaders.
        let id = handle.node_id();
        let of_broker =
            |t: &KnownTopic| id >= 0 && t.topic.table().partitions.iter().any(|p| p.leader() == id);
        let suspects: Vec<String> =
            self.topics.iter().filter(|(_, t)| of_broker(t)).map(|(name, _)| name.clone()).collect();
        for name in suspects {
            self.planner.suspect(&name);
        }
    }

    // ---- asking

    fn ask(&mut self, now: Time) {
        let topics = &self.topics;
        let client = self.client.clone();
        let mut all = || topics.keys().cloned().collect();
        let Some(question) = self.planner.ask(now, client.settings(), &mut all) else { return };
        let Some(at) = self.choose_broker() else {
            self.planner.failed(&question, now, client.settings());
            return;
        };
        self.start_broker(at);
        let Some(broker) = self.brokers.get(at) else { return };
        self.debug("METADATA", || {
            format!(
                "Requesting metadata for {} topic(s) from {}",
                question.topics.len(),
                broker.handle.name()
            )
        });
        let request = request_for(&question.topics, false, client.settings().allow_auto_create_topics);
        let upward = Arc::downgrade(&client);
        let reply = Box::new(move |result: Result<(i16, &[u8]), Error>| {
            if let Some(c) = upward.upgrade() {
                c.main.push(MainOp::Metadata(question, decode(result)));
            }
        });
        broker.handle.push(Op::Request(metadata_request(request, reply)));
    }

    /// A broker to ask: one that is up if there is one, else the one that was tried longest ago.
    pub(super) fn choose_broker(&mut self) -> Option<usize> {
        let up: Vec<usize> =
            self.brokers.iter().enumerate().filter(|(_, b)| b.handle.is_up()).map(|(i, _)| i).collect();
        let at = if up.is_empty() {
            let oldest = self.brokers.iter().map(|b| b.asked).min()?;
            let first: Vec<usize> =
                self.brokers.iter().enumerate().filter(|(_, b)| b.asked == oldest).map(|(i, _)| i).collect();
            first.get(self.random.usize(..first.len())).copied()?
        } else {
            up.get(self.random.usize(..up.len())).copied()?
        };
        self.questions += 1;
        if let Some(b) = self.brokers.get_mut(at) {
            b.asked = self.questions;
        }
        Some(at)
    }

    pub(super) fn started_handle(&mut self, at: usize) -> Option<Arc<BrokerHandle>> {
        self.start_broker(at);
        self.brokers.get(at).map(|b| b.handle.clone())
    }

    pub(super) fn any_up(&self) -> bool {
        self.brokers.iter().any(|b| b.handle.is_up())
    }

    // ---- learning

    /// Applies a response. Returns the topics that are not settled.
    pub(super) fn apply(&mut self, r: &Response, question: Option<&Question>, now: Time) -> Vec<String> {
        self.learn_cluster(r);
        for b in &r.brokers {
            self.learn_broker(b, now);
        }
        let mut open = Vec::new();
        for t in &r.topics {
            let Some(name) = t.name.as_deref() else { continue };
            if !self.learn_topic(name, t, now) {
                open.push(name.to_owned());
            }
        }
        // What was asked for and not mentioned stays open.
        for name in question.map_or(&[][..], |q| &q.topics) {
            let mentioned = r.topics.iter().any(|t| t.name.as_deref() == Some(name));
            if !mentioned && self.topics.contains_key(name) {
                open.push(name.clone());
            }
        }
        open
    }

    fn learn_cluster(&mut self, r: &Response) {
        if let Some(id) = &r.cluster_id {
            self.client.set_cluster_id(id);
        }
        self.client.set_controller_id(r.controller_id);
    }

    fn learn_broker(&mut self, b: &wire::Broker, now: Time) {
        let Ok(port) = u16::try_from(b.port) else { return };
        if b.node_id < 0 {
            return;
        }
        let endpoint = Endpoint::new(b.host.clone(), port);
        let by_id = self.brokers.iter_mut().find(|k| k.handle.node_id() == b.node_id);
        if let Some(known) = by_id {
            if known.endpoint != endpoint {
                known.endpoint = endpoint.clone();
                known.handle.identify(b.node_id, &endpoint);
                known.handle.push(Op::Identify { node_id: b.node_id, endpoint });
            }
            return;
        }
        // The connection to a bootstrap address that turns out to be this broker is this broker's connection: the
        // first message then needs no second one.
        let bootstrap = self
            .brokers
            .iter_mut()
            .find(|k| k.handle.node_id() == BOOTSTRAP && k.endpoint == endpoint && k.handle.is_up());
        match bootstrap {
            Some(known) => {
                known.handle.identify(b.node_id, &endpoint);
                known.handle.push(Op::Identify { node_id: b.node_id, endpoint });
            }
            None => self.add_broker(b.node_id, endpoint, now),
        }
    }

    /// Returns whether the topic is settled.
    fn learn_topic(&mut self, name: &str, t: &wire::Topic, now: Time) -> bool {
        let Some(known) = self.topics.get_mut(name) else { return true };
        let topic = known.topic.clone();
        match topic_verdict(t) {
            TopicVerdict::Exists(count) => {
                known.missing_since = None;
                self.settle_topic(&topic, TopicState::Exists, count);
                self.assign_leaders(&topic, t)
            }
            TopicVerdict::Missing(code) => {
                let since = *known.missing_since.get_or_insert(now);
                let patience = self.client.settings().topic_metadata_propagation_max;
                if now < since + patience && now < known.added.max(since) + patience {
                    return false;
                }
                self.settle_topic(&topic, TopicState::NotExists(code), 0);
                true
            }
            TopicVerdict::Refused(code @ ErrorCode::TOPIC_EXCEPTION) => {
                self.settle_topic(&topic, TopicState::NotExists(code), 0);
                true
            }
            TopicVerdict::Refused(code) => {
                self.settle_topic(&topic, TopicState::Error(code), 0);
                true
            }
            TopicVerdict::Pending(_) => false,
        }
    }

    fn settle_topic(&mut self, topic: &Arc<Topic>, state: TopicState, count: usize) {
        let update = topic.apply(state, count, &self.client.append_rules());
        for (p, code) in update.failed {
            self.client.deliver(p.purge(code));
        }
    }

    /// Hands each partition to its leader. Returns whether all have one.
    fn assign_leaders(&mut self, topic: &Arc<Topic>, t: &wire::Topic) -> bool {
        let table = topic.table();
        let mut all = true;
        for part in &t.partitions {
            let Some(p) = usize::try_from(part.partition).ok().and_then(|i| table.partitions.get(i)) else {
                continue;
            };
            // News from before the last change of leader is no news.
            if part.leader_epoch >= 0 && part.leader_epoch < p.leader_epoch() {
                all = false;
                continue;
            }
            all &= self.assign_leader(p, part.leader_id, part.leader_epoch);
        }
        all
    }

    /// Returns whether the partition has a leader now.
    fn assign_leader(&mut self, p: &Arc<Partition>, leader: i32, epoch: i32) -> bool {
        p.set_leader_epoch(epoch);
        let at = self.brokers.iter().position(|b| leader >= 0 && b.handle.node_id() == leader);
        let owner = match at {
            Some(at) => {
                self.start_broker(at);
                self.brokers.get(at).map(|b| b.handle.ready().clone())
            }
            None => None,
        };
        let has_leader = owner.is_some();
        let owner = owner.unwrap_or_else(|| self.client.orphanage.clone());
        p.set_available(has_leader);
        if !p.is_owned_by(&owner) {
            let old = self.brokers.iter().find(|b| p.is_owned_by(b.handle.ready()));
            let old = old.map(|b| b.handle.clone());
            self.debug("BRKDELGT", || format!("{} [{}]: leader is broker {leader}", p.topic().name, p.id()));
            p.set_leader(if has_leader { leader } else { -1 });
            p.set_owner(Some(owner));
            if let Some(old) = old {
                old.push(Op::Leave(p.clone()));
            }
        }
        has_leader
    }

    fn take_hint(&mut self, hint: LeaderHint, now: Time) {
        let Some(t) = self.topics.get(&hint.topic) else { return };
        let table = t.topic.table();
        let Some(p) = usize::try_from(hint.partition).ok().and_then(|i| table.partitions.get(i)) else {
            return;
        };
        if hint.leader_epoch <= p.leader_epoch() {
            return;
        }
        if let Some(e) = &hint.endpoint {
            let b = wire::Broker {
                node_id: hint.leader,
                host: e.host.clone(),
                port: i32::from(e.port),
                ..wire::Broker::default()
            };
            self.learn_broker(&b, now);
        }
        if self.brokers.iter().any(|b| b.handle.node_id() == hint.leader) {
            self.assign_leader(p, hint.leader, hint.leader_epoch);
        }
    }

    // ---- the rest

    fn serve_orphans(&mut self, now: Time) -> Deadline {
        self.client.orphanage.take(&mut self.newly_ready);
        let pass = Pass {
            now,
            settings: self.client.settings(),
            room: 0,
            flushing: false,
            ready: &self.client.orphanage,
        };
        let out = self.orphans.serve(&mut self.newly_ready, &pass);
        self.client.deliver(out.reports);
        out.next
    }

    /// Returns unused memory of a client in which nothing moves, and follows steps of the wall clock.
    fn keep_house(&mut self, now: Time) -> Deadline {
        if now >= self.housekeeping {
            self.housekeeping = now + HOUSEKEEPING;
            self.client.read_wall_clock();
            self.client.trim_pool();
        }
        Deadline::at(self.housekeeping)
    }
}

pub(super) fn request_for(topics: &[String], all: bool, auto_create: bool) -> wire::Request {
    let list = topics
        .iter()
        .map(|t| wire::RequestTopic { name: Some(t.clone()), ..wire::RequestTopic::default() })
        .collect();
    wire::Request {
        topics: (!all).then_some(list),
        allow_auto_topic_creation: auto_create,
        ..wire::Request::default()
    }
}

pub(super) fn metadata_request(
    request: wire::Request,
    reply: Box<dyn FnOnce(Result<(i16, &[u8]), Error>) + Send>,
) -> ControlRequest {
    ControlRequest {
        api: ApiKey::Metadata,
        // Version 0 has no way to ask for no topic, version 1 none to forbid their creation.
        versions: 1..=wire::CLIENT_MAX_VERSION,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply,
    }
}

pub(super) fn decode(result: Result<(i16, &[u8]), Error>) -> Result<Box<Response>, Error> {
    let (version, body) = result?;
    Response::decode(version, &mut Reader::new(body))
        .map(Box::new)
        .map_err(|e| Error::new(ErrorCode::_BAD_MSG, format!("malformed Metadata response: {e}")))
}
