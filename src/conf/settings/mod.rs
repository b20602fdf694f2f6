//! What the configuration means: typed, resolved, immutable. The library below the C API reads these, never
//! strings.

mod consumer;
mod engine;
mod network;
mod producer;
mod security;
mod tls;
mod topic;

use crate::base::log::Level;
use std::time::Duration;

pub use consumer::{ConsumerSettings, ConsumerTopicSettings, OffsetMethod, OffsetReset, OffsetStoreSettings};
pub use engine::{
    AdaptiveSettings, AdaptiveWindow, EngineSettings, ProduceEngine, RequestPolicy, V2Settings,
};
pub use network::{
    AddressFamily, DnsLookup, MetadataRecovery, MetadataSettings, NetworkSettings, VersionSettings,
};
pub use producer::{
    BatchingSettings, IdempotenceSettings, QueueSettings, RetrySettings, ShareLimits, TransactionSettings,
};
pub use security::{KerberosSettings, KinitSettings, SecuritySettings};
pub use tls::{OpensslEngine, OwnIdentity, Peer, TlsSettings, Trust};
pub use topic::{Partitioner, QueuingStrategy, TopicSettings};

/// How the client names itself to brokers (`client.*`).
#[derive(Clone, Debug, PartialEq)]
pub struct ClientSettings {
    pub id: String,
    /// Already reduced to the characters that brokers accept.
    pub software_name: String,
    pub software_version: String,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            id: "rdkafka".into(),
            software_name: "librdkafka".into(),
            software_version: super::REFERENCE_VERSION.into(),
        }
    }
}

/// Metrics that are pushed to brokers (KIP-714).
#[derive(Clone, Debug, PartialEq)]
pub struct TelemetrySettings {
    /// `enable.metrics.push`
    pub push: bool,
    /// Names and values of the attributes that say which client it is.
    pub labels: Vec<(&'static str, String)>,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { push: true, labels: Vec::new() }
    }
}

/// What is logged, and where to.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSettings {
    /// syslog(3) level; 7 whenever a debug context is on.
    pub level: u8,
    /// Bits of [`crate::base::log::debug`].
    pub debug: u32,
    /// Lines become events of a queue.
    pub queue: bool,
    pub thread_name: bool,
    pub connection_close: bool,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: 6, debug: 0, queue: false, thread_name: true, connection_close: true }
    }
}

/// The built-in mock cluster (`test.mock.*`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MockSettings {
    /// 0: no mock cluster.
    pub num_brokers: usize,
    pub broker_rtt: Duration,
}

/// A line to be logged with facility `CONFWARN` once the instance has a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub level: Level,
    pub text: String,
}

/// The configuration of one instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub client: ClientSettings,
    pub network: NetworkSettings,
    pub security: SecuritySettings,
    pub versions: VersionSettings,
    pub metadata: MetadataSettings,
    pub log: LogSettings,
    /// `None`: no statistics.
    pub statistics_interval: Option<Duration>,
    /// The path of the Unix socket that statistics are sent to as well.
    pub statistics_sink: Option<String>,
    pub telemetry: TelemetrySettings,
    /// The `RD_KAFKA_EVENT_*` bits that the application asked for.
    pub enabled_events: u32,
    pub queue: QueueSettings,
    pub batching: BatchingSettings,
    pub retry: RetrySettings,
    pub idempotence: IdempotenceSettings,
    pub transactions: TransactionSettings,
    /// `None`: a producer.
    pub consumer: Option<ConsumerSettings>,
    pub engine: EngineSettings,
    pub delivery_report_only_error: bool,
    pub mock: MockSettings,
    /// For topics created without a configuration of their own.
    pub default_topic: TopicSettings,
    /// To be logged with facility `CONFWARN` when the instance has started.
    pub warnings: Vec<Warning>,
}

impl Settings {
    /// How long the chosen engine lets messages wait for others, at the most.
    #[must_use]
    pub fn batching_linger(&self) -> Duration {
        match self.engine.kind {
            ProduceEngine::Legacy => self.batching.linger + self.batching.slack(),
            ProduceEngine::V2 => self.engine.v2.linger,
        }
    }
}
