//! What the main thread is told: a variant for each part of its work.

use super::admin::request::AdminOp;
use super::consumer::op::ConsumerOp;
use super::group::op::GroupOp;
use super::metadata::query::{QueryOp, RefreshReply};
use super::offsets::query::OffsetsOp;
use super::producer_id::reply::ProducerIdReply;
use super::telemetry::op::TelemetryOp;
use super::txn::reply::TxnOp;
use crate::base::sync::Arc;
use crate::broker::{BrokerEvent, BrokerHandle};
use crate::net::Endpoint;
use crate::producer::partition::topic::Topic;

/// Something for the main thread to do.
pub enum MainOp {
    Broker(Arc<BrokerHandle>, BrokerEvent),
    /// Brokers added by the application.
    AddBrokers(Vec<Endpoint>),
    TopicAdded(Arc<Topic>),
    Refresh(RefreshReply),
    Query(QueryOp),
    Admin(AdminOp),
    Offsets(OffsetsOp),
    Consumer(ConsumerOp),
    /// Offsets of the consumer's group.
    Group(GroupOp),
    /// A partition's offsets are kept by themselves from now on.
    StoreOpened,
    ProducerId(ProducerIdReply),
    Transaction(TxnOp),
    /// Metrics that are pushed to a broker.
    Telemetry(TelemetryOp),
    /// A fatal error was raised: what is queued will never be sent. What is in flight gets its answer.
    Fatal,
    Terminate,
}
