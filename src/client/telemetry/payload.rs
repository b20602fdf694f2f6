//! Metrics as they are pushed.

use super::catalogue::{Metric, Value};
use super::figures::{Count, Figures};
use super::subscription::Subscription;
use crate::compress::{Codec, Compressor};
use crate::protocol::otlp::{
    AnyValue, CUMULATIVE, DELTA, Data, Gauge, KeyValue, Metric as Wire, MetricsData, Number, Point, Resource,
    ResourceMetrics, Scope, ScopeMetrics, Sum,
};

/// The attribute that names a metric's broker.
const NODE: &str = "node.id";

/// What `subscription` asks for; `None` if that is nothing of ours.
pub fn build(
    subscription: &Subscription,
    figures: &Figures,
    labels: &[(&'static str, String)],
    (name, version): (&str, &str),
) -> Option<MetricsData> {
    if subscription.metrics.is_empty() {
        return None;
    }
    let attributes: Vec<_> =
        labels.iter().map(|(label, value)| KeyValue::new(label, AnyValue::Text(value.clone()))).collect();
    let metrics = subscription.metrics.iter().flat_map(|m| metric(m, figures, subscription.delta)).collect();
    let scope = Scope { name: name.into(), version: version.into() };
    let resource_metrics = vec![ResourceMetrics {
        resource: (!attributes.is_empty()).then_some(Resource { attributes }),
        scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics }],
    }];
    Some(MetricsData { resource_metrics })
}

/// One for each broker, if the metric is one of brokers.
fn metric(metric: &Metric, figures: &Figures, delta: bool) -> Vec<Wire> {
    let point = |value, start| Point { attributes: Vec::new(), start, time: figures.now, value: Some(value) };
    let named =
        |data| Wire { name: metric.name.into(), description: metric.description.into(), data: Some(data) };
    let gauge = |point| named(Data::Gauge(Gauge { points: vec![point] }));
    match metric.value {
        Value::Gauge(of) => vec![gauge(point(of(figures), figures.last))],
        Value::PerBroker(of) => {
            let of_node = |(id, tally): &(i32, _)| {
                let attributes = vec![KeyValue::new(NODE, AnyValue::Int(i64::from(*id)))];
                gauge(Point { attributes, ..point(of(tally), figures.last) })
            };
            figures.nodes.iter().map(of_node).collect()
        }
        Value::Sum(of) => {
            let Count { new, total } = of(figures);
            let (counted, start) = if delta { (new, figures.last) } else { (total, figures.start) };
            let value = Number::Int(i64::try_from(counted).unwrap_or(i64::MAX));
            let temporality = if delta { DELTA } else { CUMULATIVE };
            let points = vec![point(value, start)];
            vec![named(Data::Sum(Sum { points, temporality, is_monotonic: true }))]
        }
    }
}

/// With the first of these codecs that does it.
pub fn compress(payload: Vec<u8>, codecs: &[Codec]) -> (Codec, Vec<u8>) {
    let mut compressor = Compressor::new();
    let mut compressed = Vec::new();
    let does_it = |codec: &&Codec| compressor.compress(**codec, -1, &[&payload], &mut compressed).is_ok();
    match codecs.iter().filter(|_| !payload.is_empty()).find(does_it) {
        Some(codec) => (*codec, compressed),
        None => (Codec::None, payload),
    }
}

#[cfg(test)]
mod tests;
