//! What happens in a schedule: the cluster, the settings, the trouble and when it comes, all drawn from the
//! seed.

use super::attack::Attack;
use super::brokers::{API_VERSIONS, METADATA, PRODUCE};
use super::drawing::{events, habits, settings, topics, v2_settings};
use super::net::Host;
use super::weather::Weather;
use fastrand::Rng;
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{ProduceEngine, Settings, TopicSettings};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The settings of the producer engine that schedules run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Legacy,
    Multibatch,
    V2,
}

impl Engine {
    pub const ALL: [Self; 3] = [Self::Legacy, Self::Multibatch, Self::V2];
}

#[derive(Clone, Debug)]
pub struct TopicPlan {
    pub name: String,
    pub partitions: i32,
    /// Whether it is there from the beginning.
    pub exists: bool,
    pub settings: TopicSettings,
}

/// Why a partition's broker knows nothing of its producers any more.
#[derive(Clone, Copy, Debug)]
pub enum Loss {
    /// They were idle for longer than the broker remembers.
    Expired,
    /// All records were deleted, and with them what was known of who wrote them.
    RecordsDeleted,
    /// Another broker leads now, which has no snapshot of them.
    NewLeader(i32),
}

/// Something that happens to the cluster at a certain time.
#[derive(Clone, Debug)]
pub enum Event {
    Host(i32, Host),
    Leader {
        topic: usize,
        partition: i32,
        broker: i32,
    },
    /// Errors for the next Produce answers of a partition.
    PartitionErrors {
        topic: usize,
        partition: i32,
        codes: Vec<ErrorCode>,
    },
    /// Errors for the next requests of an API, whoever they go to.
    RequestErrors {
        api: i16,
        codes: Vec<ErrorCode>,
    },
    /// What Metadata says about a topic from now on.
    TopicError {
        topic: usize,
        code: ErrorCode,
    },
    /// One Metadata answer names an old leader.
    StaleLeader {
        topic: usize,
        partition: i32,
        broker: i32,
    },
    CreateTopic {
        topic: usize,
    },
    /// Two brokers change their addresses.
    Swap {
        a: i32,
        b: i32,
    },
    /// A partition's broker loses what it knows of idempotent producers.
    StateLost {
        topic: usize,
        partition: i32,
        how: Loss,
    },
    /// A topic is deleted, and there is another one of its name and size, before anybody can ask for it.
    TopicMadeAnew {
        topic: usize,
    },
    /// Another broker coordinates transactions.
    Coordinator {
        broker: i32,
    },
    /// A machine's broker gives way to one with a new id. With `reset`, its connections break.
    Replace {
        machine: i32,
        reset: bool,
    },
    /// No broker can be started, or brokers can be started again.
    Shortage(bool),
    /// Somebody sets the clock.
    WallStep {
        ms: i64,
    },
}

/// What the brokers do with single requests: probabilities.
#[derive(Clone, Debug, Default)]
pub struct Moods {
    /// Never handled, never answered.
    pub ignore: f64,
    /// Handled, never answered.
    pub mute: f64,
    /// Handled, then the connection is closed instead of an answer.
    pub hang_up: f64,
    /// The answer is broken: cut short, or with a length that cannot be.
    pub garble: f64,
    /// The answer has other bytes than the broker's: nothing that it says can be relied on.
    pub lie: f64,
    /// What a broker has stored is answered as by a leader that had to step down while it waited for its
    /// followers.
    pub deposed: f64,
    /// The answer leaves after one or more of those to later requests.
    pub overtaken: f64,
    pub slow: f64,
    pub slow_ms: u64,
}

impl Moods {
    fn draw(rng: &mut Rng) -> Self {
        let mut m = Self::default();
        let mut rare = |one_in: u32, most: f64| if rng.u32(0..one_in) == 0 { rng.f64() * most } else { 0.0 };
        m.ignore = rare(8, 0.05);
        m.mute = rare(8, 0.05);
        m.hang_up = rare(4, 0.2);
        m.garble = rare(8, 0.1);
        m.slow = rare(3, 0.5);
        m.slow_ms = 1 << rng.u32(1..13);
        m
    }
}

/// How the application behaves.
#[derive(Clone, Debug)]
pub struct Habits {
    pub messages: usize,
    /// Microseconds between two things that it does, at the most.
    pub pause_us: u64,
    pub burst: usize,
    pub max_value: usize,
    pub keys: bool,
    pub headers: bool,
    /// Probability that a message names its partition.
    pub picks: f64,
    /// Probabilities per turn.
    pub polls: f64,
    pub flushes: f64,
    pub purges: f64,
    /// When to destroy the client in the middle of everything.
    pub destroy_after: Option<Duration>,
    /// Flushes until everything is reported, and sometimes purges what it produces next at once: what becomes
    /// of a message does not depend on how fast things go.
    pub patient: bool,
}

/// How the application works in transactions.
#[derive(Clone, Copy, Debug)]
pub struct TransactionHabits {
    pub transactions: usize,
    /// Messages in each, at the most.
    pub size: usize,
    /// Probabilities that a transaction is aborted, and that it has consumer offsets in it.
    pub aborts: f64,
    pub offsets: f64,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub brokers: i32,
    /// How long brokers take a client for authenticated; zero: for ever.
    pub sasl_session: Duration,
    /// The newest versions that the brokers speak, if not all: API and version.
    pub versions: Vec<(i16, i16)>,
    pub topics: Vec<TopicPlan>,
    pub settings: Settings,
    pub weather: Weather,
    pub moods: Moods,
    pub habits: Habits,
    /// In the order of time, from the start.
    pub events: Vec<(Duration, Event)>,
    /// When all trouble ends.
    pub calm_after: Duration,
    pub trouble: bool,
    /// The application works in transactions.
    pub transactions: Option<TransactionHabits>,
    /// The level of the cluster's `transaction.version`.
    pub transaction_version: i16,
    /// Brokers refuse a first sequence other than 0 also of a producer that they know nothing of.
    pub strict_sequences: bool,
    /// What is done with the answers to one kind of request, one after the other.
    pub attack: Option<Arc<Mutex<Attack>>>,
}

/// What a broker may answer to Produce that calls for another attempt.
pub const RETRIABLE: &[ErrorCode] = &[
    ErrorCode::INVALID_MSG,
    ErrorCode::UNKNOWN_TOPIC_OR_PART,
    ErrorCode::LEADER_NOT_AVAILABLE,
    ErrorCode::NOT_LEADER_FOR_PARTITION,
    ErrorCode::REQUEST_TIMED_OUT,
    ErrorCode::BROKER_NOT_AVAILABLE,
    ErrorCode::REPLICA_NOT_AVAILABLE,
    ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode::COORDINATOR_NOT_AVAILABLE,
    ErrorCode::NOT_COORDINATOR,
    ErrorCode::NOT_ENOUGH_REPLICAS,
    ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    ErrorCode::KAFKA_STORAGE_ERROR,
];

/// No broker answers a Produce request with these, which names no leader epoch; librdkafka does not try
/// again.
pub const FENCING: &[ErrorCode] = &[ErrorCode::FENCED_LEADER_EPOCH, ErrorCode::UNKNOWN_LEADER_EPOCH];

/// `retries` of a client that never gives up by itself.
pub const UNLIMITED: u32 = 1 << 30;

pub const PERMANENT: &[ErrorCode] = &[
    ErrorCode::MSG_SIZE_TOO_LARGE,
    ErrorCode::RECORD_LIST_TOO_LARGE,
    ErrorCode::INVALID_REQUIRED_ACKS,
    ErrorCode::CLUSTER_AUTHORIZATION_FAILED,
    ErrorCode::INVALID_TIMESTAMP,
    ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT,
    ErrorCode::POLICY_VIOLATION,
    ErrorCode::INVALID_RECORD,
    ErrorCode::UNKNOWN,
    ErrorCode(9_999),
];

pub const METADATA_ERRORS: &[ErrorCode] = &[
    ErrorCode::_TRANSPORT,
    ErrorCode::LEADER_NOT_AVAILABLE,
    ErrorCode::UNKNOWN_TOPIC_OR_PART,
    ErrorCode::REQUEST_TIMED_OUT,
];

impl Plan {
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let rng = &mut rng;
        let brokers = rng.i32(1..=4);
        // A part of the schedules has no trouble at all: there everything has to arrive.
        let trouble = rng.u32(0..5) > 0;
        let active = Duration::from_millis(rng.u64(100..8_000));
        let topics = topics(rng, trouble);
        let settings = settings(rng, brokers, trouble);
        let events = if trouble { events(rng, brokers, &topics, active) } else { Vec::new() };
        let habits = habits(rng, active, trouble);
        let mut versions = Vec::new();
        for (api, oldest, newest) in [(PRODUCE, 0, 12), (METADATA, 0, 12), (API_VERSIONS, 0, 4)] {
            if rng.u32(0..3) == 0 {
                versions.push((api, rng.i16(oldest..=newest)));
            }
        }
        let mut plan = Self {
            seed,
            brokers,
            sasl_session: Duration::ZERO,
            versions,
            topics,
            settings,
            weather: if trouble { Weather::draw(rng) } else { Weather::calm() },
            moods: if trouble { Moods::draw(rng) } else { Moods::default() },
            habits,
            events,
            calm_after: active * 2,
            trouble,
            transactions: None,
            transaction_version: 0,
            strict_sequences: false,
            attack: None,
        };
        plan.make_fair();
        plan.settings.statistics_interval = (seed % 4 == 1).then_some(Duration::from_millis(250));
        plan
    }

    /// The same, in one of some schedules with brokers of Kafka 0.9, which nobody asks for their versions.
    pub fn some_with_old_brokers(mut self) -> Self {
        if self.seed % 11 == 3 && !self.settings.idempotence.enabled {
            self.versions = vec![(PRODUCE, 1), (METADATA, 0)];
            self.settings.versions.request = false;
            self.settings.versions.broker_fallback = "0.9.0.1".into();
        }
        self
    }

    /// The same on another engine.
    pub fn on(mut self, engine: Engine) -> Self {
        match engine {
            Engine::Legacy => self.settings.engine.kind = ProduceEngine::Legacy,
            Engine::Multibatch => self.settings.engine.multibatch = true,
            Engine::V2 => {
                self.settings.engine.kind = ProduceEngine::V2;
                self.settings.engine.v2 =
                    v2_settings(&mut Rng::with_seed(self.seed ^ 0xb2), self.settings.batching.linger);
            }
        }
        self
    }

    /// Whether this schedule gives a message of this topic any reason to fail with `code`.
    pub fn explains(&self, topic: usize, code: ErrorCode) -> bool {
        let any = |f: &dyn Fn(&Event) -> bool| self.events.iter().any(|(_, e)| f(e));
        let pushed = any(
            &|e| matches!(e, Event::PartitionErrors { topic: t, codes, .. } if *t == topic && codes.contains(&code)),
        );
        let gives_up = self.settings.retry.retries < UNLIMITED;
        match code {
            ErrorCode::_MSG_TIMED_OUT => true,
            // A transaction that is aborted takes its messages with it.
            ErrorCode::_PURGE_QUEUE if self.transactions.is_some() => true,
            ErrorCode::_PURGE_QUEUE => self.habits.purges > 0.0 || self.habits.patient,
            ErrorCode::_PURGE_INFLIGHT => self.habits.purges > 0.0,
            ErrorCode::_UNKNOWN_PARTITION => !self.topics[topic].exists,
            ErrorCode::_BAD_MSG => self.moods.garble > 0.0,
            ErrorCode::_TRANSPORT | ErrorCode::REQUEST_TIMED_OUT => gives_up,
            // These say that the broker has stored nothing, so no attempt is counted.
            ErrorCode::NOT_LEADER_FOR_PARTITION | ErrorCode::LEADER_NOT_AVAILABLE => false,
            ErrorCode::UNKNOWN_TOPIC_OR_PART
            | ErrorCode::TOPIC_AUTHORIZATION_FAILED
            | ErrorCode::_UNKNOWN_TOPIC => {
                !self.topics[topic].exists
                    || any(&|e| matches!(e, Event::TopicError { topic: t, .. } if *t == topic))
            }
            c if PERMANENT.contains(&c) || FENCING.contains(&c) => pushed,
            // One that says that it is out of order is sent again.
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER | ErrorCode::CONCURRENT_TRANSACTIONS => false,
            ErrorCode::UNKNOWN_PRODUCER_ID
            | ErrorCode::INVALID_PRODUCER_EPOCH
            | ErrorCode::PRODUCER_FENCED
            | ErrorCode::INVALID_PRODUCER_ID_MAPPING => pushed,
            c if RETRIABLE.contains(&c) => pushed && gives_up,
            _ => false,
        }
    }

    /// Brokers lose the state of producers now and then; `deletes`: also together with what is in the log.
    pub fn lose_producer_state(&mut self, rng: &mut Rng, deletes: bool) {
        self.strict_sequences = rng.u32(0..8) == 0;
        if !self.trouble || self.strict_sequences {
            return;
        }
        // Before this version Metadata has no topic ids, and a topic made anew cannot be told from stale news
        // of the old one.
        let ids = !self.versions.iter().any(|(api, newest)| *api == METADATA && *newest < 10);
        for _ in 0..rng.u32(0..6) {
            let at = self.calm_after.mul_f64(rng.f64() / 2.0);
            let topic = rng.usize(0..self.topics.len());
            let partition = rng.i32(0..self.topics[topic].partitions);
            let leader = rng.i32(1..=self.brokers);
            let event = match rng.u32(0..if deletes { 5 } else { 3 }) {
                4 if ids && self.topics[topic].exists => Event::TopicMadeAnew { topic },
                3 => Event::StateLost { topic, partition, how: Loss::RecordsDeleted },
                2 => Event::StateLost { topic, partition, how: Loss::NewLeader(leader) },
                _ => Event::StateLost { topic, partition, how: Loss::Expired },
            };
            self.events.push((at, event));
        }
        self.events.sort_by_key(|(at, _)| *at);
    }

    /// Whether brokers are replaced by others.
    pub fn replaces(&self) -> bool {
        self.events.iter().any(|(_, e)| matches!(e, Event::Replace { .. }))
    }

    /// Whether the brokers take message sets, not record batches.
    pub fn has_old_brokers(&self) -> bool {
        self.versions.iter().any(|(api, newest)| *api == PRODUCE && *newest < 3)
    }

    /// Whether brokers tell lies. Then nobody can say what has to come of a message, only that a report does.
    pub fn has_liars(&self) -> bool {
        self.moods.lie > 0.0 || self.attack.is_some()
    }

    /// One request at a time, and no topic that goes away and comes back as another one.
    pub fn keeps_order(&self) -> bool {
        let reborn = |e: &Event| matches!(e, Event::TopicError { .. });
        (self.settings.network.max_in_flight == 1 || self.settings.idempotence.enabled)
            && !self.events.iter().any(|(_, e)| reborn(e))
    }

    /// Takes out what no client could cope with.
    fn make_fair(&mut self) {
        for t in &mut self.topics {
            // The configuration refuses a message timeout within the linger time.
            t.settings.message_timeout =
                t.settings.message_timeout.map(|m| m.max(self.settings.batching.linger * 2));
        }
        if self.settings.network.socket_max_fails == 0 {
            // Nothing but the system's TCP ends a connection that has silently died, and that takes a quarter
            // of an hour.
            self.weather.silent = 0.0;
            self.weather.hang = 0.0;
            for (_, event) in &mut self.events {
                if let Event::Host(_, state @ Host::Unreachable) = event {
                    *state = Host::Down;
                }
            }
        }
    }
}
