//! Settings of the producer engines.

use std::time::Duration;

/// Which producer engine an instance runs (`produce.engine`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProduceEngine {
    #[default]
    Legacy,
    V2,
}

/// The engine and what goes with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineSettings {
    /// `produce.engine`
    pub kind: ProduceEngine,
    /// Combine the finished batches of one pass into multi-partition requests (legacy engine).
    pub multibatch: bool,
    pub v2: V2Settings,
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
    /// Of a request; `message.max.bytes` if that is more, or if there is none.
    pub max_bytes: Option<usize>,
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
    pub window: AdaptiveWindow,
}

/// What narrows the number of partitions that share a request (`adaptive.window`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdaptiveWindow {
    /// Batches that have to be sent again.
    #[default]
    Retries,
    /// Round trips above their baseline, too.
    RoundTrips,
}

impl Default for V2Settings {
    fn default() -> Self {
        Self {
            max_bytes: None,
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
