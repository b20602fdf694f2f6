//! What an engine is given when it is served, and what it gives back.

use super::timed_out::TimedOut;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::conf::Settings;
use crate::producer::batch::Batch;
use crate::producer::format::ProduceFormat;
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::partition::ReadyList;
use crate::producer::partition::report::Report;
use crate::producer::partition::transaction::TransactionGate;
use crate::stats::engine::EngineStats;

/// The state of things while an engine is served.
pub struct ServeContext<'a> {
    pub now: Time,
    pub settings: &'a Settings,
    /// Requests that may be built; 0 while nothing can be sent (messages still time out then).
    pub max_requests: usize,
    /// Requests that `max.in.flight` still allows.
    pub free_in_flight: usize,
    /// The form in which the broker takes messages.
    pub format: ProduceFormat,
    /// The number of the broker's connection, another one each time that it connects.
    pub connection: u64,
    /// Requests that were sent and are not answered.
    pub in_flight: usize,
    /// When the oldest of them was sent.
    pub in_flight_since: Option<Time>,
    /// A thread waits in `rd_kafka_flush()`: linger times do not count.
    pub flushing: bool,
    /// The list on which partitions announce themselves to this engine's owner.
    pub ready: &'a Arc<ReadyList>,
    /// Where an engine counts what is its own; see [`crate::stats`].
    pub stats: &'a EngineStats,
    /// Of an idempotent producer.
    pub producer_ids: Option<&'a ProducerIds>,
    /// Of a transactional producer.
    pub transaction: Option<&'a TransactionGate>,
}

/// What an engine has found to do.
#[derive(Default)]
pub struct Output {
    /// Each inner list is one ProduceRequest.
    pub requests: Vec<Vec<Batch>>,
    /// Messages that will not be sent.
    pub reports: Vec<Report>,
    /// Messages that timed out.
    pub timed_out: Vec<TimedOut>,
    /// When to serve the engine again, if nothing happens before.
    pub next: Deadline,
}
