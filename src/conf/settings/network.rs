//! Settings of connections and of what is asked on them: sockets, addresses, versions, metadata.

use crate::conf::PatternList;
use std::time::Duration;

const MS: fn(u64) -> Duration = Duration::from_millis;

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

/// How brokers are found and connected to, and what a connection may carry.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSettings {
    /// The raw `host[:port],...` list; `None` when not configured.
    pub bootstrap_servers: Option<String>,
    /// The longest response that is accepted.
    pub receive_message_max_bytes: usize,
    /// Requests awaiting a response per connection.
    pub max_in_flight: usize,
    pub socket_timeout: Duration,
    /// `None`: the operating system's default.
    pub socket_send_buffer_bytes: Option<usize>,
    /// `None`: the operating system's default.
    pub socket_receive_buffer_bytes: Option<usize>,
    pub socket_keepalive: bool,
    pub socket_nagle_disable: bool,
    /// Request timeouts in a row after which a connection is closed; 0: never.
    pub socket_max_fails: u32,
    pub connection_setup_timeout: Duration,
    /// `None`: idle connections stay open.
    pub connections_max_idle: Option<Duration>,
    /// How long resolved addresses are used before the name is resolved again.
    pub broker_address_ttl: Duration,
    pub broker_address_family: AddressFamily,
    pub client_dns_lookup: DnsLookup,
    /// Connect only to brokers that are needed.
    pub enable_sparse_connections: bool,
    /// Threads that serve the brokers of all instances that set this; 0: a thread for each broker.
    pub io_threads: usize,
    pub reconnect_backoff: Duration,
    pub reconnect_backoff_max: Duration,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            bootstrap_servers: None,
            receive_message_max_bytes: 100_000_000,
            max_in_flight: 1_000_000,
            socket_timeout: MS(60_000),
            socket_send_buffer_bytes: None,
            socket_receive_buffer_bytes: None,
            socket_keepalive: false,
            socket_nagle_disable: true,
            socket_max_fails: 1,
            connection_setup_timeout: MS(30_000),
            connections_max_idle: None,
            broker_address_ttl: MS(1000),
            broker_address_family: AddressFamily::Any,
            client_dns_lookup: DnsLookup::UseAllDnsIps,
            enable_sparse_connections: true,
            io_threads: 0,
            reconnect_backoff: MS(100),
            reconnect_backoff_max: MS(10_000),
        }
    }
}

/// How a client finds out what a broker can do (`api.version.*`).
#[derive(Clone, Debug, PartialEq)]
pub struct VersionSettings {
    /// Ask brokers for the versions that they support.
    pub request: bool,
    pub request_timeout: Duration,
    /// How long `broker_fallback` is used after a failed ApiVersions request; zero: until the next
    /// connection.
    pub fallback_period: Duration,
    /// The version of a broker that cannot be asked (`broker.version.fallback`).
    pub broker_fallback: String,
}

impl Default for VersionSettings {
    fn default() -> Self {
        Self {
            request: true,
            request_timeout: MS(10_000),
            fallback_period: Duration::ZERO,
            broker_fallback: "0.10.0".into(),
        }
    }
}

/// What to do when no known broker can be reached (`metadata.recovery.strategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataRecovery {
    None,
    /// Start over from `bootstrap.servers`.
    #[default]
    Rebootstrap,
}

/// When the cluster is asked about its topics and brokers.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataSettings {
    /// Period of the full refresh; `None`: no periodic refresh.
    pub refresh_interval: Option<Duration>,
    /// First retry interval while a topic's leader is unknown.
    pub refresh_fast_interval: Duration,
    /// Ask for the topics in use only, not for all of the cluster.
    pub refresh_sparse: bool,
    pub max_age: Duration,
    /// How long a new topic may be unknown to the cluster before that becomes an error.
    pub propagation_max: Duration,
    pub allow_auto_create_topics: bool,
    /// Topics that responses are read as if they did not name.
    pub topic_blacklist: PatternList,
    pub recovery: MetadataRecovery,
    /// How long all brokers must have been unreachable before re-bootstrapping.
    pub rebootstrap_trigger: Duration,
}

impl Default for MetadataSettings {
    fn default() -> Self {
        Self {
            refresh_interval: Some(MS(300_000)),
            refresh_fast_interval: MS(100),
            refresh_sparse: true,
            max_age: MS(900_000),
            propagation_max: MS(30_000),
            allow_auto_create_topics: true,
            topic_blacklist: PatternList::default(),
            recovery: MetadataRecovery::Rebootstrap,
            rebootstrap_trigger: MS(300_000),
        }
    }
}
