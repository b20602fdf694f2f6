//! The metrics that there are: KIP-714's, as far as librdkafka has them, and those of the engine `v2`.
//!
//! Names, descriptions and kinds of the former are librdkafka's, as brokers see them.

use super::figures::{Count, Figures};
use crate::protocol::otlp::Number;
use crate::stats::tally::Tally;
use crate::stats::trigger::Trigger;

/// Something that can be pushed.
pub struct Metric {
    pub name: &'static str,
    pub description: &'static str,
    pub value: Value,
}

/// Where its value comes from.
pub enum Value {
    Gauge(fn(&Figures) -> Number),
    /// One for each broker, from the times between its requests and their responses.
    PerBroker(fn(&Tally) -> Number),
    /// Something that is counted.
    Sum(fn(&Figures) -> Count),
}

/// The only metric that the application's polls are measured for.
pub const POLL_IDLE: &str = "org.apache.kafka.consumer.poll.idle.ratio.avg";

/// The metrics of a table; those of the KIP are named by what stands behind their common prefix.
macro_rules! metrics {
    ($prefix:literal: $($name:literal, $description:literal, $value:expr;)*) => {
        &[$(Metric { name: concat!($prefix, $name), description: $description, value: $value },)*]
    };
}

/// A mean of microseconds, in milliseconds.
fn mean_ms(t: &Tally) -> Number {
    Number::Double(t.mean() / 1000.0)
}

/// The same of one broker, cut to whole microseconds.
fn node_mean_ms(t: &Tally) -> Number {
    Number::Double(t.mean().trunc() / 1000.0)
}

/// A maximum of microseconds, in milliseconds and rounded up.
fn max_ms(t: &Tally) -> Number {
    Number::Int(t.max().saturating_add(999) / 1000)
}

fn mean(t: &Tally) -> Number {
    Number::Double(t.mean())
}

fn max(t: &Tally) -> Number {
    Number::Int(t.max())
}

pub const PRODUCER: &[Metric] = metrics! { "org.apache.kafka.producer.":
    "connection.creation.rate", "The rate of connections established per second.",
        Value::Gauge(|f| Number::Double(f.connects_per_second()));
    "connection.creation.total", "The total number of connections established.", Value::Sum(|f| f.connects);
    "node.request.latency.avg", "The average request latency in ms for a node.", Value::PerBroker(node_mean_ms);
    "node.request.latency.max", "The maximum request latency in ms for a node.", Value::PerBroker(max_ms);
    "produce.throttle.time.avg", "The average throttle time in ms for a node.",
        Value::Gauge(|f| mean(&f.brokers.throttle_ms));
    "produce.throttle.time.max", "The maximum throttle time in ms for a node.",
        Value::Gauge(|f| max(&f.brokers.throttle_ms));
    "record.queue.time.avg", "The average time in ms a record spends in the producer queue.",
        Value::Gauge(|f| mean_ms(&f.brokers.outbuf_latency));
    "record.queue.time.max", "The maximum time in ms a record spends in the producer queue.",
        Value::Gauge(|f| max_ms(&f.brokers.outbuf_latency));
    "request.latency.avg", "The average request latency in ms for produce requests.",
        Value::Gauge(|f| mean_ms(&f.brokers.produce_latency));
    "request.latency.max", "The maximum request latency in ms for produce requests.",
        Value::Gauge(|f| max_ms(&f.brokers.produce_latency));
};

pub const CONSUMER: &[Metric] = metrics! { "org.apache.kafka.consumer.":
    "connection.creation.rate", "The rate of connections established per second.",
        Value::Gauge(|f| Number::Double(f.connects_per_second()));
    "connection.creation.total", "The total number of connections established.", Value::Sum(|f| f.connects);
    "node.request.latency.avg", "The average request latency in ms for a node.", Value::PerBroker(node_mean_ms);
    "node.request.latency.max", "The maximum request latency in ms for a node.", Value::PerBroker(max_ms);
    "coordinator.assigned.partitions", "The number of partitions currently assigned to this consumer.",
        Value::Gauge(|f| Number::Int(f.assigned));
    "coordinator.rebalance.latency.avg", "The average rebalance latency in ms for the consumer coordinator.",
        Value::Gauge(|f| mean_ms(&f.rebalance));
    "coordinator.rebalance.latency.max", "The maximum rebalance latency in ms for the consumer coordinator.",
        Value::Gauge(|f| max_ms(&f.rebalance));
    "coordinator.rebalance.latency.total", "The total rebalance latency in ms for the consumer coordinator.",
        Value::Sum(|f| f.rebalance_ms);
    "fetch.manager.fetch.latency.avg", "The average fetch latency in ms for the fetch manager.",
        Value::Gauge(|f| mean_ms(&f.brokers.fetch_latency));
    "fetch.manager.fetch.latency.max", "The maximum fetch latency in ms for the fetch manager.",
        Value::Gauge(|f| max_ms(&f.brokers.fetch_latency));
    "poll.idle.ratio.avg", "The average ratio of idle to poll for a consumer.",
        Value::Gauge(|f| Number::Double(f.poll_idle.mean() / 1e6));
    "coordinator.commit.latency.avg", "The average commit latency in ms for the consumer coordinator.",
        Value::Gauge(|f| mean_ms(&f.brokers.commit_latency));
    "coordinator.commit.latency.max", "The maximum commit latency in ms for the consumer coordinator.",
        Value::Gauge(|f| max_ms(&f.brokers.commit_latency));
};

/// Of a producer with the engine `v2`, beside those of every producer.
pub const V2: &[Metric] = metrics! { "librdkafka.rust.producer.v2.":
    "requests.flush.total", "Requests put together because of a flush.", Value::Sum(|f| f.triggered(Trigger::Flush));
    "requests.partitions.total", "Requests put together because enough partitions were ready.",
        Value::Sum(|f| f.triggered(Trigger::Partitions));
    "requests.bytes.total", "Requests put together because enough bytes were ready.", Value::Sum(|f| f.triggered(Trigger::Bytes));
    "requests.linger.total", "Requests put together because a linger time was over.", Value::Sum(|f| f.triggered(Trigger::Linger));
    "requests.slot.total", "Requests put together for the last place that max.in.flight leaves.",
        Value::Sum(|f| f.triggered(Trigger::Slot));
    "request.fill.avg", "The average size of a request, in thousandths of the limit.",
        Value::Gauge(|f| mean(&f.engine.fill));
    "request.fill.max", "The largest size of a request, in thousandths of the limit.",
        Value::Gauge(|f| max(&f.engine.fill));
    "request.wait.avg", "The average time in ms that partitions waited to be put into a request.",
        Value::Gauge(|f| mean_ms(&f.engine.wait));
    "request.wait.max", "The longest time in ms that partitions waited to be put into a request.",
        Value::Gauge(|f| max_ms(&f.engine.wait));
};
