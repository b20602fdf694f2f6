//! What a mock cluster is like.

use crate::mock::auth::sasl;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Settings {
    /// Brokers 1 to this.
    pub brokers: i32,
    /// For topics that are created because a client asked for them.
    pub default_partitions: i32,
    pub default_replication: i32,
    pub auto_create_topics: bool,
    /// Of all topics together: neither a test's slip nor a client shall take all memory.
    pub max_partitions: usize,
    /// Largest record batch (`max.message.bytes`).
    pub max_message_bytes: usize,
    /// Batches get the broker's time (`message.timestamp.type=LogAppendTime`).
    pub log_append_time: bool,
    /// Memory for all logs together; the oldest batches go when it is exceeded.
    pub memory_limit: usize,
    /// How long the first rebalance of an empty group waits for more members.
    pub group_initial_rebalance_delay: Duration,
    /// The finalized level of `transaction.version`: from 2 on every transaction has an epoch of its own
    /// (KIP-890). 0: the feature is not used, as in librdkafka's mock.
    pub transaction_version: i16,
    /// A producer id has to begin with sequence number 0 in a partition that has no state of it. Kafka takes
    /// any.
    pub strict_sequences: bool,
    /// Transactions that take longer than their producer has allowed are aborted. librdkafka's mock lets them
    /// go on.
    pub transaction_timeouts: bool,
    /// For groups of the consumer protocol that have no `consumer.session.timeout.ms` and
    /// `consumer.heartbeat.interval.ms` of their own.
    pub consumer_session_timeout: Duration,
    pub consumer_heartbeat_interval: Duration,
    /// Who has to authenticate, and how.
    pub sasl: sasl::Settings,
}

impl Settings {
    /// Whether every transaction has an epoch of its own.
    pub(super) fn transactions_have_epochs(&self) -> bool {
        const FIRST_WITH_EPOCHS: i16 = 2;
        self.transaction_version >= FIRST_WITH_EPOCHS
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            brokers: 3,
            default_partitions: 4,
            default_replication: 3,
            auto_create_topics: true,
            max_partitions: 400_000,
            max_message_bytes: 1_048_588,
            log_append_time: false,
            memory_limit: 1 << 30,
            group_initial_rebalance_delay: Duration::from_secs(3),
            transaction_version: 0,
            strict_sequences: false,
            transaction_timeouts: true,
            consumer_session_timeout: Duration::from_secs(30),
            consumer_heartbeat_interval: Duration::from_secs(3),
            sasl: sasl::Settings::default(),
        }
    }
}
