//! What a broker wants.

use super::catalogue::Metric;
use crate::compress::Codec;
use crate::protocol::get_telemetry_subscriptions::Response;

/// In place of a prefix, if it is the only one: all metrics.
const ALL: &str = "*";

#[derive(Default)]
pub struct Subscription {
    pub id: i32,
    /// In the broker's order of preference, without those that are not known here.
    pub codecs: Vec<Codec>,
    pub max_bytes: i32,
    /// Sums count from the last push, not from the beginning.
    pub delta: bool,
    /// Prefixes of names.
    pub requested: usize,
    /// Those of the client's metrics that begin with one of them.
    pub metrics: Vec<&'static Metric>,
}

impl Subscription {
    pub fn new(response: &Response, catalogue: impl Iterator<Item = &'static Metric> + Clone) -> Self {
        let known = |id: &i8| u8::try_from(*id).ok().and_then(Codec::from_id);
        let codecs = response.accepted_compression_types.iter().filter_map(known);
        Self {
            id: response.subscription_id,
            codecs: codecs.filter(|codec| *codec != Codec::None).collect(),
            max_bytes: response.telemetry_max_bytes,
            delta: response.delta_temporality,
            requested: response.requested_metrics.len(),
            metrics: matching(&response.requested_metrics, catalogue),
        }
    }

    /// Whether the metric of this name is pushed.
    pub fn has(&self, name: &str) -> bool {
        self.metrics.iter().any(|m| m.name == name)
    }

    pub fn wants_all(response: &Response) -> bool {
        response.requested_metrics == [ALL]
    }
}

/// In the order in which they are asked for, as librdkafka pushes them.
fn matching(
    prefixes: &[String],
    catalogue: impl Iterator<Item = &'static Metric> + Clone,
) -> Vec<&'static Metric> {
    if prefixes == [ALL] {
        return catalogue.collect();
    }
    let mut found: Vec<&'static Metric> = Vec::new();
    for prefix in prefixes {
        for metric in catalogue.clone().filter(|m| m.name.starts_with(prefix)) {
            if !found.iter().any(|other| std::ptr::eq(*other, metric)) {
                found.push(metric);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{CONSUMER, POLL_IDLE, PRODUCER, V2};
    use super::*;

    fn names(prefixes: &[&str]) -> Vec<&'static str> {
        let response = Response {
            requested_metrics: prefixes.iter().map(|p| (*p).to_owned()).collect(),
            ..Response::default()
        };
        let found = Subscription::new(&response, PRODUCER.iter().chain(V2)).metrics;
        found.iter().map(|m| m.name).collect()
    }

    #[test]
    fn metrics_are_chosen_by_the_prefixes_of_their_names() {
        let all = PRODUCER.len() + V2.len();
        assert!(names(&[]).is_empty() && names(&["non-existent-metric"]).is_empty());
        assert_eq!(names(&["*"]).len(), all);
        assert_eq!(names(&[""]).len(), all);
        // As in librdkafka, it stands for all only if it stands alone.
        assert!(names(&["*", "*"]).is_empty());
        assert_eq!(names(&["org", "org.apache", "org.apache.kafka"]).len(), PRODUCER.len());
        let two = names(&[
            "org.apache.kafka.producer.record.queue.time.max",
            "org.apache.kafka.producer.connection",
        ]);
        assert_eq!(
            two,
            [
                "org.apache.kafka.producer.record.queue.time.max",
                "org.apache.kafka.producer.connection.creation.rate",
                "org.apache.kafka.producer.connection.creation.total"
            ]
        );
    }

    #[test]
    fn polls_are_measured_only_where_their_metric_is_pushed() {
        let has = |prefix: &str| {
            let response = Response { requested_metrics: vec![prefix.to_owned()], ..Response::default() };
            Subscription::new(&response, CONSUMER.iter()).has(POLL_IDLE)
        };
        assert!(has("*") && has("org.apache.kafka.consumer.poll"));
        assert!(!has("org.apache.kafka.consumer.fetch") && !has("no such metric"));
    }

    #[test]
    fn every_metric_has_one_name() {
        let mut names: Vec<_> = PRODUCER.iter().chain(CONSUMER).chain(V2).map(|m| m.name).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before);
    }

    #[test]
    fn codecs_that_are_not_known_are_passed_over() {
        let response =
            Response { accepted_compression_types: vec![9, -1, 4, 0, 2, 3, 1], ..Response::default() };
        let codecs = Subscription::new(&response, [].iter()).codecs;
        assert_eq!(codecs, [Codec::Zstd, Codec::Snappy, Codec::Lz4, Codec::Gzip]);
    }
}
