use super::*;
use crate::client::telemetry::catalogue::{CONSUMER, PRODUCER, V2};
use crate::compress::decompress;
use crate::protocol::get_telemetry_subscriptions::Response;
use crate::stats::tally::{BrokerTallies, Tally};

fn wanted(prefix: &str, delta: bool, of: &'static [Metric]) -> Subscription {
    let requested_metrics = vec![prefix.to_owned()];
    let response = Response { requested_metrics, delta_temporality: delta, ..Response::default() };
    Subscription::new(&response, of.iter())
}

fn figures() -> Figures {
    let tally = |samples: &[i64]| {
        let mut t = Tally::default();
        samples.iter().for_each(|s| t.record(*s));
        t
    };
    Figures {
        start: 1_000_000_000,
        last: 5_000_000_000,
        now: 9_000_000_000,
        nodes: vec![(-1, Tally::default()), (1, tally(&[1_500, 2_000]))],
        brokers: BrokerTallies {
            throttle_ms: tally(&[30, 60]),
            produce_latency: tally(&[2_001]),
            ..BrokerTallies::default()
        },
        connects: Count { new: 2, total: 7 },
        rebalance_ms: Count { new: 3, total: 11 },
        poll_idle: tally(&[250_000, 750_000]),
        ..Figures::default()
    }
}

fn decoded(prefix: &str, delta: bool, of: &'static [Metric]) -> MetricsData {
    let labels = [("client_rack", "r1".to_owned())];
    build(&wanted(prefix, delta, of), &figures(), &labels, ("rdkafka#producer-1", "2.16.0")).unwrap()
}

/// A metric as one line: name, kind, times in seconds, values with their nodes.
fn line(m: &Wire) -> String {
    let (kind, points) = match m.data.as_ref().unwrap() {
        Data::Gauge(g) => ("gauge".to_owned(), &g.points),
        Data::Sum(s) => (format!("sum {} {}", s.temporality, s.is_monotonic), &s.points),
    };
    let [point] = points.as_slice() else { panic!("{} points", points.len()) };
    let value = match point.value.unwrap() {
        Number::Double(d) => format!("{d:?}"),
        Number::Int(i) => i.to_string(),
    };
    let node = point.attributes.iter().map(|a| match a.value.as_ref().and_then(|v| v.value.as_ref()) {
        Some(AnyValue::Int(id)) => format!(" {}={id}", a.key),
        other => panic!("{other:?}"),
    });
    let (_, name) = m.name.split_at("org.apache.kafka.".len());
    let (start, end) = (point.start / 1_000_000_000, point.time / 1_000_000_000);
    format!("{name} {kind} {start}-{end}: {value}{}", node.collect::<String>())
}

#[test]
fn a_producer_pushes_these() {
    let data = decoded("*", true, PRODUCER);
    assert_eq!(
        data.metrics().map(line).collect::<Vec<_>>(),
        [
            "producer.connection.creation.rate gauge 5-9: 0.5",
            "producer.connection.creation.total sum 1 true 5-9: 2",
            "producer.node.request.latency.avg gauge 5-9: 0.0 node.id=-1",
            "producer.node.request.latency.avg gauge 5-9: 1.75 node.id=1",
            "producer.node.request.latency.max gauge 5-9: 0 node.id=-1",
            "producer.node.request.latency.max gauge 5-9: 2 node.id=1",
            "producer.produce.throttle.time.avg gauge 5-9: 45.0",
            "producer.produce.throttle.time.max gauge 5-9: 60",
            "producer.record.queue.time.avg gauge 5-9: 0.0",
            "producer.record.queue.time.max gauge 5-9: 0",
            "producer.request.latency.avg gauge 5-9: 2.001",
            "producer.request.latency.max gauge 5-9: 3",
        ]
    );
    let resource = data.resource_metrics[0].resource.as_ref().unwrap();
    assert_eq!(resource.attributes, [KeyValue::new("client_rack", AnyValue::Text("r1".into()))]);
    let scope = data.resource_metrics[0].scope_metrics[0].scope.as_ref().unwrap();
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("rdkafka#producer-1", "2.16.0"));
}

#[test]
fn sums_count_from_the_last_push_or_from_the_beginning() {
    let sums = |delta| -> Vec<String> {
        let data = decoded("*", delta, CONSUMER);
        data.metrics().filter(|m| matches!(m.data, Some(Data::Sum(_)))).map(line).collect()
    };
    let names = ["consumer.connection.creation.total", "consumer.coordinator.rebalance.latency.total"];
    assert_eq!(sums(true), [(names[0], 2), (names[1], 3)].map(|(n, v)| format!("{n} sum 1 true 5-9: {v}")));
    assert_eq!(sums(false), [(names[0], 7), (names[1], 11)].map(|(n, v)| format!("{n} sum 2 true 1-9: {v}")));
}

#[test]
fn what_a_consumer_waits_for_in_polls_is_a_ratio() {
    let data = decoded("org.apache.kafka.consumer.poll", true, CONSUMER);
    assert_eq!(data.metrics().map(line).collect::<Vec<_>>(), ["consumer.poll.idle.ratio.avg gauge 5-9: 0.5"]);
}

#[test]
fn engine_v2_has_metrics_of_its_own() {
    let data = decoded("", true, V2);
    assert_eq!(data.metrics().count(), V2.len());
    assert!(data.metrics().all(|m| m.name.starts_with("librdkafka.rust.producer.v2.")));
}

#[test]
fn nothing_is_pushed_of_what_is_not_there() {
    let nothing = wanted("non-existent-metric", true, PRODUCER);
    let labels = [("client_rack", "r1".to_owned())];
    assert_eq!(build(&nothing, &figures(), &labels, ("n", "v")), None);
    assert_eq!(compress(Vec::new(), &[Codec::Zstd]), (Codec::None, Vec::new()));
}

#[test]
fn every_codec_compresses_what_is_read_again() {
    let plain = decoded("*", true, PRODUCER).encode();
    for codec in Codec::ALL.into_iter().filter(|c| *c != Codec::None) {
        let (used, compressed) = compress(plain.clone(), &[codec]);
        let mut again = Vec::new();
        decompress(used, &compressed, 1 << 20, &mut again).unwrap();
        assert!(used == codec && again == plain && compressed.len() < plain.len());
    }
    assert_eq!(compress(plain.clone(), &[]), (Codec::None, plain.clone()));
    assert_eq!(compress(plain, &[Codec::Lz4, Codec::Zstd]).0, Codec::Lz4);
}
