//! Settings of a producer: its queue, its batches, their retries, idempotence and transactions.

use std::time::Duration;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// What may wait in a producer (`queue.buffering.*`).
#[derive(Clone, Debug, PartialEq)]
pub struct QueueSettings {
    /// `None`: no limit on the count.
    pub max_messages: Option<usize>,
    pub max_bytes: usize,
    /// Requests not yet written to the socket above which no further batch is built.
    pub backpressure_threshold: usize,
    /// How much of the queue the messages for one broker may take, in per cent.
    pub max_broker_percent: u32,
}

/// How much of the queue the messages for one broker may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareLimits {
    pub messages: u64,
    pub bytes: u64,
}

impl QueueSettings {
    /// The limits for each broker; `None` if there are none.
    #[must_use]
    pub fn broker_share(&self) -> Option<ShareLimits> {
        let part = |of: usize| (of as u64).saturating_mul(self.max_broker_percent.into()).div_ceil(100);
        let limits = || ShareLimits {
            messages: self.max_messages.map_or(u64::MAX, part),
            bytes: part(self.max_bytes),
        };
        (self.max_broker_percent < 100).then(limits)
    }
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            max_messages: Some(100_000),
            max_bytes: 1_048_576 * 1024,
            backpressure_threshold: 1,
            max_broker_percent: 100,
        }
    }
}

/// How messages become batches.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchingSettings {
    /// Time to wait for more messages before a batch leaves, to the microsecond. The engine may have its own:
    /// see [`Settings::batching_linger`](super::Settings::batching_linger).
    pub linger: Duration,
    /// Messages of one batch (`batch.num.messages`).
    pub num_messages: usize,
    /// Bytes of one batch (`batch.size`).
    pub size: usize,
    /// The largest message, and the largest request.
    pub message_max_bytes: usize,
    /// Zero: keyless messages go to a random partition each.
    pub sticky_partitioning_linger: Duration,
    /// Threads that may help with compression; `None`: as many as there are processors for.
    pub compression_threads: Option<usize>,
}

impl BatchingSettings {
    /// How much longer than `linger` messages may wait, so that those of several partitions whose times end
    /// shortly after each other cost the broker's thread one wake-up, one system call and, at the other end,
    /// one arrival. A fifth of `linger`, at most a millisecond, which is how finely librdkafka's threads tell
    /// time.
    #[must_use]
    pub fn slack(&self) -> Duration {
        (self.linger / 5).min(Duration::from_millis(1))
    }
}

impl Default for BatchingSettings {
    fn default() -> Self {
        Self {
            linger: MS(5),
            num_messages: 10_000,
            size: 1_000_000,
            message_max_bytes: 1_000_000,
            sticky_partitioning_linger: MS(10),
            compression_threads: None,
        }
    }
}

/// When what failed is tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrySettings {
    /// How often a batch is sent again (`retries`).
    pub retries: u32,
    pub backoff: Duration,
    pub backoff_max: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self { retries: i32::MAX.unsigned_abs(), backoff: MS(100), backoff_max: MS(1000) }
    }
}

/// Whether the broker drops what was sent twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdempotenceSettings {
    pub enabled: bool,
    /// Fail for good rather than lose a message between others.
    pub gapless_guarantee: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TransactionSettings {
    /// `transactional.id`; `None`: no transactions.
    pub id: Option<String>,
    pub timeout: Duration,
}

impl Default for TransactionSettings {
    fn default() -> Self {
        Self { id: None, timeout: MS(60_000) }
    }
}
