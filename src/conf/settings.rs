//! What the configuration means: typed, resolved, immutable. The library below the C API reads these, never strings.

use super::Codec;
use crate::base::log::Level;
use std::time::Duration;

/// Which producer engine an instance runs (`produce.engine`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProduceEngine {
    #[default]
    Legacy,
    V2,
}

/// Address families to connect to (`broker.address.family`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressFamily {
    #[default]
    Any,
    V4,
    V6,
}

/// What to do with the addresses of a bootstrap name (`client.dns.lookup`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsLookup {
    /// Try every address that a name resolves to.
    #[default]
    UseAllDnsIps,
    /// Expand each bootstrap name to the canonical names of its addresses first.
    ResolveCanonicalBootstrapServersOnly,
}

/// What to do when no known broker can be reached (`metadata.recovery.strategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataRecovery {
    None,
    /// Start over from `bootstrap.servers`.
    #[default]
    Rebootstrap,
}

/// The built-in partitioners (`partitioner`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partitioner {
    Random,
    Consistent,
    #[default]
    ConsistentRandom,
    Murmur2,
    Murmur2Random,
    Fnv1a,
    Fnv1aRandom,
}

/// Which end of a partition's queue leaves first (`queuing.strategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueuingStrategy {
    #[default]
    Fifo,
    Lifo,
}

/// In which order partitions get into a request (`produce.request.policy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestPolicy {
    #[default]
    RoundRobin,
    Pressure,
    DeficitRoundRobin,
    Age,
}

/// What the v2 engine goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct V2Settings {
    /// `None`: no limit on the count.
    pub max_partitions: Option<usize>,
    pub max_partitions_per_topic: Option<usize>,
    pub max_segments_per_partition: usize,
    pub overfill_percent: u32,
    /// From 0 (throughput) to 1 (latency).
    pub latency_bias: f64,
    pub policy: RequestPolicy,
    pub linger: Duration,
    /// Bytes ready for a broker at which a request leaves.
    pub batch_max_bytes: Option<usize>,
    /// Partitions ready for a broker at which a request leaves.
    pub batch_max_partitions: Option<usize>,
    pub adaptive: Option<AdaptiveSettings>,
}

impl V2Settings {
    /// Whether anything depends on how many bytes wait for a broker.
    #[must_use]
    pub fn watches_bytes(&self) -> bool {
        self.batch_max_bytes.is_some() || self.adaptive.is_some()
    }
}

/// What adaptive batching goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct AdaptiveSettings {
    pub alpha: f64,
    pub beta: f64,
    pub linger_min: Duration,
    pub linger_max: Duration,
    pub batch_min_bytes: usize,
    pub batch_max_bytes: usize,
    pub adjustment_interval: Duration,
}

impl Default for V2Settings {
    fn default() -> Self {
        Self {
            max_partitions: None,
            max_partitions_per_topic: None,
            max_segments_per_partition: 1,
            overfill_percent: 0,
            latency_bias: 0.5,
            policy: RequestPolicy::RoundRobin,
            linger: Duration::from_millis(5),
            batch_max_bytes: None,
            batch_max_partitions: None,
            adaptive: None,
        }
    }
}

/// A line to be logged with facility `CONFWARN` once the instance has a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub level: Level,
    pub text: String,
}

/// The configuration of one producer instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub client_id: String,
    /// Already reduced to the characters that brokers accept.
    pub client_software_name: String,
    pub client_software_version: String,
    pub client_rack: String,
    /// The raw `host[:port],...` list; empty when not configured.
    pub bootstrap_servers: Option<String>,
    pub message_max_bytes: usize,
    /// Values longer than this that need not be copied are sent from where they are.
    pub message_copy_max_bytes: usize,
    pub receive_message_max_bytes: usize,
    /// Requests awaiting a response per connection.
    pub max_in_flight: usize,

    /// Period of the full metadata refresh; `None`: no periodic refresh.
    pub metadata_refresh_interval: Option<Duration>,
    pub metadata_max_age: Duration,
    /// First retry interval while a topic's leader is unknown.
    pub topic_metadata_refresh_fast_interval: Duration,
    /// Ask for the topics in use only, not for all of the cluster.
    pub topic_metadata_refresh_sparse: bool,
    /// How long a new topic may be unknown to the cluster before that becomes an error.
    pub topic_metadata_propagation_max: Duration,
    pub allow_auto_create_topics: bool,
    pub metadata_recovery: MetadataRecovery,
    /// How long all brokers must have been unreachable before re-bootstrapping.
    pub metadata_recovery_rebootstrap_trigger: Duration,

    pub socket_timeout: Duration,
    /// `None`: the operating system's default.
    pub socket_send_buffer_bytes: Option<usize>,
    /// `None`: the operating system's default.
    pub socket_receive_buffer_bytes: Option<usize>,
    pub socket_keepalive: bool,
    pub socket_nagle_disable: bool,
    /// Request timeouts in a row after which a connection is closed; 0: never.
    pub socket_max_fails: u32,
    pub socket_connection_setup_timeout: Duration,
    /// `None`: idle connections stay open.
    pub connections_max_idle: Option<Duration>,
    /// How long resolved addresses are used before the name is resolved again.
    pub broker_address_ttl: Duration,
    pub broker_address_family: AddressFamily,
    pub client_dns_lookup: DnsLookup,
    pub enable_sparse_connections: bool,
    /// Interval between opportunistic connections to a random broker when connections are sparse.
    pub sparse_connect_interval: Duration,
    pub reconnect_backoff: Duration,
    pub reconnect_backoff_max: Duration,
    pub api_version_request: bool,
    pub api_version_request_timeout: Duration,
    /// How long the fallback version is used after a failed ApiVersions request; zero: until the next connection.
    pub api_version_fallback: Duration,
    pub broker_version_fallback: String,

    /// `None`: no statistics.
    pub statistics_interval: Option<Duration>,
    /// The `RD_KAFKA_EVENT_*` bits that the application asked for.
    pub enabled_events: u32,
    /// syslog(3) level; 7 whenever a debug context is on.
    pub log_level: u8,
    /// Bits of [`crate::base::log::debug`].
    pub debug: u32,
    pub log_queue: bool,
    pub log_thread_name: bool,
    pub log_connection_close: bool,
    pub enable_random_seed: bool,
    /// Signal that interrupts blocking system calls at termination.
    pub termination_signal: Option<i32>,

    /// Messages that may be queued; `None`: no limit on the count.
    pub queue_max_messages: Option<usize>,
    pub queue_max_bytes: usize,
    /// Time to wait for more messages before a batch leaves, to the microsecond.
    pub linger: Duration,
    pub retries: u32,
    pub retry_backoff: Duration,
    pub retry_backoff_max: Duration,
    /// Requests not yet written to the socket above which no further batch is built.
    pub backpressure_threshold: usize,
    pub batch_num_messages: usize,
    pub batch_size: usize,
    pub delivery_report_only_error: bool,
    /// Zero: keyless messages go to a random partition each.
    pub sticky_partitioning_linger: Duration,
    pub enable_idempotence: bool,
    pub enable_gapless_guarantee: bool,
    pub transactional_id: Option<String>,
    pub transaction_timeout: Duration,
    pub produce_engine: ProduceEngine,
    /// Combine the finished batches of one pass into multi-partition requests (legacy engine).
    pub multibatch: bool,
    pub v2: V2Settings,

    /// Brokers of the built-in mock cluster; 0: none.
    pub mock_num_brokers: usize,
    pub mock_broker_rtt: Duration,

    /// For topics created without a configuration of their own.
    pub default_topic: TopicSettings,
    /// To be logged with facility `CONFWARN` when the instance has started.
    pub warnings: Vec<Warning>,
}

impl Settings {
    /// How long the chosen engine lets messages wait for others.
    #[must_use]
    pub fn batching_linger(&self) -> Duration {
        match self.produce_engine {
            ProduceEngine::Legacy => self.linger,
            ProduceEngine::V2 => self.v2.linger,
        }
    }
}

/// The configuration of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSettings {
    /// -1: all in-sync replicas.
    pub required_acks: i16,
    /// How long the broker may wait for its replicas.
    pub request_timeout: Duration,
    /// From produce() to the delivery report; `None`: no limit.
    pub message_timeout: Option<Duration>,
    pub partitioner: Partitioner,
    /// `inherit` is already resolved.
    pub compression: Codec,
    /// Within the codec's range; -1: the codec's default.
    pub compression_level: i32,
    pub queuing_strategy: QueuingStrategy,
}

impl Default for TopicSettings {
    fn default() -> Self {
        Self {
            required_acks: -1,
            request_timeout: Duration::from_secs(30),
            message_timeout: Some(Duration::from_secs(300)),
            partitioner: Partitioner::ConsistentRandom,
            compression: Codec::None,
            compression_level: -1,
            queuing_strategy: QueuingStrategy::Fifo,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        const MS: fn(u64) -> Duration = Duration::from_millis;
        Self {
            client_id: "rdkafka".into(),
            client_software_name: "librdkafka".into(),
            client_software_version: super::REFERENCE_VERSION.into(),
            client_rack: String::new(),
            bootstrap_servers: None,
            message_max_bytes: 1_000_000,
            message_copy_max_bytes: 65_535,
            receive_message_max_bytes: 100_000_000,
            max_in_flight: 1_000_000,
            metadata_refresh_interval: Some(MS(300_000)),
            metadata_max_age: MS(900_000),
            topic_metadata_refresh_fast_interval: MS(100),
            topic_metadata_refresh_sparse: true,
            topic_metadata_propagation_max: MS(30_000),
            allow_auto_create_topics: true,
            metadata_recovery: MetadataRecovery::Rebootstrap,
            metadata_recovery_rebootstrap_trigger: MS(300_000),
            socket_timeout: MS(60_000),
            socket_send_buffer_bytes: None,
            socket_receive_buffer_bytes: None,
            socket_keepalive: false,
            socket_nagle_disable: true,
            socket_max_fails: 1,
            socket_connection_setup_timeout: MS(30_000),
            connections_max_idle: None,
            broker_address_ttl: MS(1000),
            broker_address_family: AddressFamily::Any,
            client_dns_lookup: DnsLookup::UseAllDnsIps,
            enable_sparse_connections: true,
            sparse_connect_interval: MS(50),
            reconnect_backoff: MS(100),
            reconnect_backoff_max: MS(10_000),
            api_version_request: true,
            api_version_request_timeout: MS(10_000),
            api_version_fallback: Duration::ZERO,
            broker_version_fallback: "0.10.0".into(),
            statistics_interval: None,
            enabled_events: 0,
            log_level: 6,
            debug: 0,
            log_queue: false,
            log_thread_name: true,
            log_connection_close: true,
            enable_random_seed: true,
            termination_signal: None,
            queue_max_messages: Some(100_000),
            queue_max_bytes: 1_048_576 * 1024,
            linger: MS(5),
            retries: i32::MAX.unsigned_abs(),
            retry_backoff: MS(100),
            retry_backoff_max: MS(1000),
            backpressure_threshold: 1,
            batch_num_messages: 10_000,
            batch_size: 1_000_000,
            delivery_report_only_error: false,
            sticky_partitioning_linger: MS(10),
            enable_idempotence: false,
            enable_gapless_guarantee: false,
            transactional_id: None,
            transaction_timeout: MS(60_000),
            produce_engine: ProduceEngine::Legacy,
            multibatch: false,
            v2: V2Settings::default(),
            mock_num_brokers: 0,
            mock_broker_rtt: Duration::ZERO,
            default_topic: TopicSettings::default(),
            warnings: Vec::new(),
        }
    }
}
