//! The main thread's state machine: metadata, leaders, partitions without a leader, and housekeeping.

use super::admin::{AdminReply, AdminRequest, Waiting};
use super::brokers::known::KnownBrokers;
use super::brokers::search::Search;
use super::brokers::starting::{BrokerHost, Starter};
use super::metadata::{AppQuery, QueryReply};
use super::offsets::{Book, OffsetsQuery, OffsetsReply};
use super::producer_id::ProducerIdReply;
use super::statistics::Emission;
use super::topics::hints::UnconfirmedHints;
use super::topics::leaderless::Orphans;
use super::{Client, Event, txn};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::machine::Broker;
use crate::broker::{BOOTSTRAP, BrokerEvent, BrokerHandle, ControlRequest, ControlResult, Op, Reply, State};
use crate::cluster::planner::{Planner, Question};
use crate::conf::MetadataRecovery;
use crate::net::Endpoint;
use crate::producer::ready::ReadyList;
use crate::producer::topic::{Topic, TopicState};
use crate::protocol::ApiKey;
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
    Metadata(Question, Arc<BrokerHandle>, Result<Box<Response>, Error>),
    Query(AppQuery),
    QueryReply(QueryReply),
    Admin(AdminRequest),
    AdminReply(AdminReply),
    ProducerId(ProducerIdReply),
    Offsets(OffsetsQuery),
    OffsetsReply(OffsetsReply),
    /// The application has changed the state of its transaction.
    Transaction,
    TransactionReply(txn::Reply),
    /// A fatal error was raised: what is queued will never be sent. What is in flight gets its answer.
    Fatal,
    Terminate,
}

pub(super) struct KnownBroker {
    pub(super) handle: Arc<BrokerHandle>,
    pub(super) endpoint: Endpoint,
    /// The cluster's last word on its brokers names it.
    pub(super) named: bool,
    /// The last attempt to be connected failed.
    down: bool,
    /// When it was last asked for metadata: the one that waited longest is asked next.
    asked: u64,
    /// A question for metadata is with it.
    busy: bool,
    /// From the first attempt to start the broker until it is started.
    machine: Option<Box<Broker>>,
}

impl KnownBroker {
    /// Whether it leads partitions of topics in use.
    pub(super) fn leads(&self) -> bool {
        self.handle.ready().partitions() > 0
    }
}

pub(super) struct KnownTopic {
    pub(super) topic: Arc<Topic>,
    /// Since when the cluster says that it does not know the topic.
    pub(super) missing_since: Option<Time>,
    pub(super) added: Time,
    /// When the cluster was last heard of it.
    pub(super) refreshed: Time,
    /// The topic's id, zero if the cluster has told none.
    pub(super) id: [u8; 16],
}

impl KnownTopic {
    fn new(topic: Arc<Topic>, now: Time) -> Self {
        Self { topic, id: [0; 16], missing_since: None, added: now, refreshed: now }
    }

    /// Notes the topic's id; returns whether the topic is another one than before, of the same name.
    pub(super) fn is_another(&mut self, id: [u8; 16]) -> bool {
        if id == [0; 16] {
            return false;
        }
        let before = std::mem::replace(&mut self.id, id);
        before != [0; 16] && before != id
    }
}

pub struct Main {
    pub(super) client: Arc<Client>,
    pub(super) starter: Starter,
    pub(super) brokers: KnownBrokers,
    pub(super) topics: HashMap<String, KnownTopic>,
    pub(super) planner: Planner,
    /// Where the cluster is found when nothing else is known of it.
    pub(super) bootstrap: Vec<Endpoint>,
    /// Since when no broker is up although one is wanted.
    pub(super) outage_since: Option<Time>,
    /// Unless they have a thread of their own.
    orphans: Option<Orphans>,
    /// When statistics are due.
    pub(super) emission: Emission,
    pub(super) hints: UnconfirmedHints,
    /// Owners that were given partitions with messages and are still to be woken, by their address.
    stirred: HashMap<usize, Arc<ReadyList>>,
    ops: VecDeque<MainOp>,
    pub(super) queries: Vec<AppQuery>,
    pub(super) admins: Vec<Waiting>,
    /// Numbers the admin requests.
    pub(super) admin_number: u64,
    pub(super) offsets: Book,
    pub(super) transactions: txn::Manager,
    all_down_told: bool,
    pub(super) search: Search,
    housekeeping: Time,
    questions: u64,
    random: fastrand::Rng,
    terminated: bool,
}

impl Main {
    pub fn new(client: Arc<Client>, host: Box<dyn BrokerHost>, bootstrap: Vec<Endpoint>) -> Box<Self> {
        let mut main = Self::without_brokers(client, host, &bootstrap);
        let now = main.now();
        main.open_transaction_coordinator(now);
        main.add_brokers(bootstrap);
        main
    }

    /// On the heap, and in a function of its own: this runs on the application's thread, whose stack may be small.
    #[inline(never)]
    fn without_brokers(client: Arc<Client>, host: Box<dyn BrokerHost>, bootstrap: &[Endpoint]) -> Box<Self> {
        let now = client.now();
        Box::new(Self {
            planner: Planner::new(client.settings(), now),
            orphans: Some(Orphans::new(client.clone())),
            emission: Emission::new(client.settings(), now),
            hints: UnconfirmedHints::default(),
            random: fastrand::Rng::with_seed(client.next_seed()),
            starter: Starter::new(host, now),
            client,
            brokers: KnownBrokers::default(),
            bootstrap: bootstrap.to_vec(),
            outage_since: None,
            topics: HashMap::new(),
            stirred: HashMap::new(),
            ops: VecDeque::new(),
            queries: Vec::new(),
            admins: Vec::new(),
            admin_number: 0,
            offsets: Book::default(),
            transactions: txn::Manager::default(),
            all_down_told: false,
            search: Search::new(now),
            housekeeping: now,
            questions: 0,
            terminated: false,
        })
    }

    #[must_use]
    pub fn now(&self) -> Time {
        self.client.now()
    }

    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.terminated
    }

    /// Partitions without a leader, for another thread to serve.
    pub(super) fn release_orphans(&mut self) -> Option<Orphans> {
        self.orphans.take()
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
        let mut next = self.keep_house(now);
        if let Some(orphans) = &mut self.orphans {
            next = next.min(orphans.serve(now));
        }
        next = next.min(self.serve_admins(now)).min(self.emit_statistics(now)).min(self.serve_offsets(now));
        next = next.min(self.serve_transactions(now)).min(self.serve_producer_id(now));
        next = next.min(self.serve_metadata(now)).min(self.serve_queries(now));
        next = next.min(self.search_broker(now));
        self.stirred.drain().for_each(|(_, ready)| ready.signal().notify());
        if self.orphans.is_some() {
            self.client.orphanage.sleep_until(next);
        }
        next
    }

    /// Has an owner of partitions woken, once for all that it is given in this round.
    pub(super) fn stir(&mut self, owner: Arc<ReadyList>) {
        self.stirred.insert(Arc::as_ptr(&owner).addr(), owner);
    }

    fn run(&mut self, op: MainOp, now: Time) {
        match op {
            MainOp::Broker(handle, event) => self.broker_event(&handle, event, now),
            MainOp::TopicAdded(topic) => {
                self.planner.added(topic.name(), now);
                self.topics.insert(topic.name().to_owned(), KnownTopic::new(topic, now));
            }
            MainOp::AddBrokers(endpoints) => {
                self.bootstrap.extend(endpoints.iter().cloned());
                self.add_brokers(endpoints);
                self.planner.suspect_brokers();
            }
            MainOp::Metadata(question, broker, result) => self.replied(&question, &broker, result, now),
            MainOp::Query(query) => self.queries.push(query),
            MainOp::QueryReply(reply) => self.query_replied(reply, now),
            MainOp::Admin(request) => self.add_admin(request, now),
            MainOp::AdminReply(reply) => self.admin_replied(reply, now),
            MainOp::ProducerId(reply) => self.producer_id_replied(reply, now),
            MainOp::Offsets(query) => self.add_offsets(query, now),
            MainOp::OffsetsReply(reply) => self.offsets_replied(reply, now),
            MainOp::Transaction => {}
            MainOp::TransactionReply(reply) => self.transaction_reply(reply, now),
            MainOp::Fatal => {
                // The flags are known ones.
                let _ = self.client.purge(super::purge::QUEUE | super::purge::NON_BLOCKING);
            }
            MainOp::Terminate => {
                self.terminated = true;
                self.end_admins();
                self.offsets.end();
                for q in self.queries.drain(..) {
                    q.answer(Err(Error::new(ErrorCode::_DESTROY, "client is terminating")));
                }
            }
        }
    }

    pub(super) fn debug(&self, facility: &str, text: impl FnOnce() -> String) {
        self.client.logger().debug(debug::METADATA, facility, text);
    }

    pub(super) fn add_brokers(&mut self, endpoints: Vec<Endpoint>) {
        for endpoint in endpoints {
            if self.brokers.bootstrap_at(&endpoint).next().is_none() {
                self.add_broker(BOOTSTRAP, endpoint);
            }
        }
    }

    pub(super) fn add_broker(&mut self, node_id: i32, endpoint: Endpoint) {
        let statistics = self.client.settings().statistics_interval.is_some();
        let handle = BrokerHandle::new(node_id, &endpoint, statistics);
        self.client.logger().debug(debug::BROKER, "BROKER", || {
            format!("{}: Added new broker with NodeId {node_id}", handle.name())
        });
        self.client.brokers.write().push(handle.clone());
        if let Some(hooks) = self.client.common.hooks() {
            hooks.broker_state(node_id, &endpoint, State::Init.name());
        }
        self.brokers.push(KnownBroker {
            handle,
            endpoint,
            named: false,
            down: false,
            asked: 0,
            busy: false,
            machine: None,
        });
    }

    fn broker_event(&mut self, handle: &Arc<BrokerHandle>, event: BrokerEvent, now: Time) {
        match event {
            // Whether the cluster can be reached does not hang on it.
            BrokerEvent::Up if handle.is_logical() => {}
            BrokerEvent::Down { error, report, planned } if handle.is_logical() => {
                if !planned {
                    self.lose_transaction_coordinator(now);
                }
                if report {
                    self.client.tell(Event::Error(error));
                }
            }
            BrokerEvent::Up => {
                self.note_down(handle, false);
                self.all_down_told = false;
                self.planner.broker_up(now);
            }
            BrokerEvent::Down { planned: true, .. } => self.suspect_leader(handle.node_id()),
            BrokerEvent::Down { error, report, .. } => self.broker_down(handle, error, report, now),
            BrokerEvent::Refresh { topic, error } => {
                self.debug("METADATA", || {
                    format!("{}: leader lookup because of {}", topic.name, error.describe())
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
            // Looked at after every event.
            BrokerEvent::ProducerId => {}
            BrokerEvent::Ended => self.forget_handle(handle),
            BrokerEvent::LeaderHint(hint) => self.take_hint(hint),
            BrokerEvent::Throttled { throttle_ms } => {
                let event = Event::Throttle {
                    broker_name: self.address_of(handle),
                    broker_id: handle.node_id(),
                    throttle_ms,
                };
                self.client.tell_throttle(event);
            }
        }
    }

    /// No call of the application concerns this broker any more.
    pub(super) fn forget_handle(&self, handle: &Arc<BrokerHandle>) {
        self.client.brokers.write().retain(|h| !Arc::ptr_eq(h, handle));
    }

    fn note_down(&mut self, handle: &Arc<BrokerHandle>, down: bool) {
        if let Some(b) = self.brokers.by_handle_mut(handle) {
            b.down = down;
        }
    }

    fn broker_down(&mut self, handle: &Arc<BrokerHandle>, error: Error, report: bool, now: Time) {
        self.note_down(handle, true);
        self.search.attempt_failed(now);
        if report {
            self.client.tell(Event::Error(error));
        }
        let total = self.brokers.len();
        if self.brokers.iter().all(|b| b.down) && !self.all_down_told {
            self.all_down_told = true;
            let text = format!("{total}/{total} brokers are down");
            self.client.tell_error(Error::new(ErrorCode::_ALL_BROKERS_DOWN, text));
        }
        self.suspect_leader(handle.node_id());
    }

    /// The partitions of this broker may have moved: look for their leaders.
    fn suspect_leader(&mut self, id: i32) {
        let of_broker =
            |t: &KnownTopic| id >= 0 && t.topic.table().partitions.iter().any(|p| p.leader() == id);
        let suspects: Vec<String> =
            self.topics.iter().filter(|(_, t)| of_broker(t)).map(|(name, _)| name.clone()).collect();
        for name in suspects {
            self.planner.suspect(&name);
        }
    }

    /// Puts the next question for metadata if a broker is up. Nothing is asked before that, so that the question then holds
    /// all that is wanted: the first message costs one Metadata request, not two.
    fn serve_metadata(&mut self, now: Time) -> Deadline {
        let topics = &self.topics;
        let mut all = || topics.keys().cloned().collect();
        self.planner.tick(now, self.client.settings(), &mut all);
        if !self.planner.has_work() {
            return self.planner.next();
        }
        if !self.need_broker() {
            return Deadline::NEVER;
        }
        let topics = &self.topics;
        let mut all = || topics.keys().cloned().collect();
        if let Some(question) = self.planner.ask(now, self.client.settings(), &mut all) {
            self.put(question, now);
        }
        self.planner.next()
    }

    fn put(&mut self, question: Question, now: Time) {
        let client = self.client.clone();
        // A broker that has not answered the last question is not asked another.
        let Some(at) = self.choose_broker(false) else {
            self.planner.failed(&question, now, client.settings());
            return;
        };
        let Some(broker) = self.started_handle(at) else {
            self.planner.failed(&question, now, client.settings());
            return;
        };
        if let Some(b) = self.brokers.get_mut(at) {
            b.busy = true;
        }
        self.debug("METADATA", || {
            format!("Requesting metadata for {} topic(s) from {}", question.topics.len(), broker.name())
        });
        let request =
            request_for(&question.topics, question.all, client.settings().metadata.allow_auto_create_topics);
        let upward = Arc::downgrade(&client);
        let asked = broker.clone();
        let reply = Box::new(move |result: ControlResult<'_>| {
            if let Some(c) = upward.upgrade() {
                c.main.push(MainOp::Metadata(question, asked, decode(result)));
            }
        });
        broker.push(Op::Request(metadata_request(request, reply)));
    }

    fn replied(
        &mut self,
        question: &Question,
        broker: &Arc<BrokerHandle>,
        result: Result<Box<Response>, Error>,
        now: Time,
    ) {
        if let Some(b) = self.brokers.by_handle_mut(broker) {
            b.busy = false;
        }
        match result {
            Ok(r) if ErrorCode(i32::from(r.error_code)) == ErrorCode::REBOOTSTRAP_REQUIRED => {
                self.planner.failed(question, now, self.client.settings());
                if self.client.settings().metadata.recovery == MetadataRecovery::Rebootstrap {
                    self.rebootstrap("a broker has asked for it", now);
                }
            }
            Ok(response) => {
                let open = self.apply(&response, &broker.name(), Some(question), now);
                self.planner.answered(question, &open, now, self.client.settings());
            }
            Err(e) => {
                let reason = question.reason();
                self.tell_metadata_failed(&e, &broker.name(), reason, now.since(question.asked_at));
                self.planner.failed(question, now, self.client.settings());
            }
        }
    }

    /// A broker to ask: one that is up and answers if there is one, else the one that was tried longest ago.
    pub(super) fn choose_broker(&mut self, busy_too: bool) -> Option<usize> {
        let usable = |b: &&KnownBroker| busy_too || !b.busy;
        let well = |b: &KnownBroker| b.handle.is_up() && !b.handle.is_silent();
        let any_well = self.brokers.iter().filter(usable).any(well);
        let oldest = self.brokers.iter().filter(usable).map(|b| b.asked).min()?;
        let eligible: Vec<usize> = (0..self.brokers.len())
            .filter(|i| {
                self.brokers
                    .get(*i)
                    .filter(usable)
                    .is_some_and(|b| if any_well { well(b) } else { b.asked == oldest })
            })
            .collect();
        let at = eligible.get(self.random.usize(..eligible.len().max(1))).copied()?;
        self.questions += 1;
        if let Some(b) = self.brokers.get_mut(at) {
            b.asked = self.questions;
        }
        Some(at)
    }

    /// The broker, started if need be. `None` if it cannot be started at present: the caller asks again later.
    pub(super) fn started_handle(&mut self, at: usize) -> Option<Arc<BrokerHandle>> {
        let now = self.now();
        let b = self.brokers.get_mut(at)?;
        if b.machine.is_none() && !b.handle.is_started() {
            b.machine = Some(machine_for(&self.client, &b.handle, b.endpoint.clone(), now));
        }
        self.starter.start(&mut b.machine, &self.client, now).then(|| b.handle.clone())
    }

    /// Has the brokers learned again.
    pub(super) fn suspect_brokers(&mut self) {
        self.planner.suspect_brokers();
    }

    pub(super) fn any_up(&self) -> bool {
        self.brokers.iter().any(|b| b.handle.is_up())
    }

    /// A topic that does not exist may be created, and one that is not allowed may be granted, while an application still
    /// tries to produce to it. Only an invalid name stays invalid.
    fn look_again_at_refused_topics(&mut self) {
        for (name, t) in &self.topics {
            if let TopicState::NotExists(code) | TopicState::Error(code) = t.topic.state()
                && code != ErrorCode::TOPIC_EXCEPTION
            {
                self.planner.suspect(name);
            }
        }
    }

    /// What is known of a topic is not trusted for ever (`metadata.max.age.ms`).
    fn look_again_at_old_topics(&mut self, now: Time) {
        let max_age = self.client.settings().metadata.max_age;
        for (name, t) in &self.topics {
            if now.since(t.refreshed) > max_age {
                self.planner.suspect(name);
            }
        }
    }

    /// Returns unused memory of a client in which nothing moves, and follows steps of the wall clock.
    fn keep_house(&mut self, now: Time) -> Deadline {
        if now >= self.housekeeping {
            self.housekeeping = now + HOUSEKEEPING;
            self.client.read_wall_clock();
            self.look_again_at_refused_topics();
            self.look_again_at_old_topics(now);
            self.offsets.leaders.expire(now, self.client.settings().metadata.max_age);
            self.dismiss_departed();
            self.client.trim_pool();
            if self.client.budget.messages() == 0 {
                self.brokers.iter().for_each(|b| b.handle.cool_down());
            }
        }
        Deadline::at(self.housekeeping)
    }
}

/// The state machine of a broker: made when it is started, since a cluster may have many that are never needed.
pub(super) fn machine_for(
    client: &Client,
    handle: &Arc<BrokerHandle>,
    endpoint: Endpoint,
    now: Time,
) -> Box<Broker> {
    Box::new(Broker::new(client.common.clone(), handle.clone(), endpoint, client.next_seed(), now))
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

pub(super) fn metadata_request(request: wire::Request, reply: Reply) -> ControlRequest {
    ControlRequest {
        api: ApiKey::Metadata,
        // Version 0 has no way to ask for no topic (asked for the brokers it tells of all), none before 4 to forbid their
        // creation.
        versions: 0..=wire::CLIENT_MAX_VERSION,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply,
    }
}

pub(super) fn decode(result: ControlResult<'_>) -> Result<Box<Response>, Error> {
    let (version, body) = result?;
    Response::decode(version, &mut Reader::new(body))
        .map(Box::new)
        .map_err(|e| Error::new(ErrorCode::_BAD_MSG, format!("malformed Metadata response: {e}")))
}
