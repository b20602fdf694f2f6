//! Metrics as OpenTelemetry's protocol has them (`metrics.proto`, version 1), which is what PushTelemetry
//! carries: as much of it as clients send.

use super::primitives::Malformed;
use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub struct MetricsData {
    #[prost(message, repeated, tag = "1")]
    pub resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ResourceMetrics {
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub scope_metrics: Vec<ScopeMetrics>,
}

/// Whom the metrics are of.
#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ScopeMetrics {
    #[prost(message, optional, tag = "1")]
    pub scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
}

/// What has measured them.
#[derive(Clone, PartialEq, Message)]
pub struct Scope {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub version: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Metric {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub description: String,
    #[prost(oneof = "Data", tags = "5, 7")]
    pub data: Option<Data>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Data {
    #[prost(message, tag = "5")]
    Gauge(Gauge),
    #[prost(message, tag = "7")]
    Sum(Sum),
}

#[derive(Clone, PartialEq, Message)]
pub struct Gauge {
    #[prost(message, repeated, tag = "1")]
    pub points: Vec<Point>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Sum {
    #[prost(message, repeated, tag = "1")]
    pub points: Vec<Point>,
    /// [`DELTA`] or [`CUMULATIVE`].
    #[prost(int32, tag = "2")]
    pub temporality: i32,
    #[prost(bool, tag = "3")]
    pub is_monotonic: bool,
}

/// A sum counts from the last push.
pub const DELTA: i32 = 1;
/// A sum counts from the beginning.
pub const CUMULATIVE: i32 = 2;

/// Times are nanoseconds since the Unix epoch.
#[derive(Clone, PartialEq, Message)]
pub struct Point {
    #[prost(message, repeated, tag = "7")]
    pub attributes: Vec<KeyValue>,
    #[prost(fixed64, tag = "2")]
    pub start: u64,
    #[prost(fixed64, tag = "3")]
    pub time: u64,
    #[prost(oneof = "Number", tags = "4, 6")]
    pub value: Option<Number>,
}

#[derive(Clone, Copy, PartialEq, Oneof)]
pub enum Number {
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(sfixed64, tag = "6")]
    Int(i64),
}

#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(oneof = "AnyValue", tags = "1, 3")]
    pub value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum AnyValue {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(int64, tag = "3")]
    Int(i64),
}

impl KeyValue {
    pub fn new(key: &str, value: AnyValue) -> Self {
        Self { key: key.into(), value: Some(Value { value: Some(value) }) }
    }
}

impl MetricsData {
    pub fn encode(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// # Errors
    /// When `bytes` are something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        <Self as Message>::decode(bytes).map_err(|_| Malformed("OTLP: not a message of metrics"))
    }

    /// All metrics of all scopes.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.resource_metrics.iter().flat_map(|r| &r.scope_metrics).flat_map(|s| &s.metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> MetricsData {
        let node = KeyValue::new("node.id", AnyValue::Int(-1));
        let gauge = Point { attributes: vec![node], start: 1, time: 2, value: Some(Number::Double(0.5)) };
        let sum = Point { attributes: Vec::new(), start: 1, time: 2, value: Some(Number::Int(0)) };
        let metric =
            |name: &str, data| Metric { name: name.into(), description: "d".into(), data: Some(data) };
        MetricsData {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(Resource { attributes: vec![KeyValue::new("k", AnyValue::Text("v".into()))] }),
                scope_metrics: vec![ScopeMetrics {
                    scope: Some(Scope { name: "s".into(), version: "1".into() }),
                    metrics: vec![
                        metric("g", Data::Gauge(Gauge { points: vec![gauge] })),
                        metric(
                            "s",
                            Data::Sum(Sum { points: vec![sum], temporality: DELTA, is_monotonic: true }),
                        ),
                    ],
                }],
            }],
        }
    }

    /// Written down from `metrics.proto`, field by field.
    #[test]
    fn bytes_are_those_of_the_specification() {
        let resource = [&[0x0a, 10, 0x0a, 8, 0x0a, 1][..], b"k", &[0x12, 3, 0x0a, 1], b"v"].concat();
        let scope = [&[0x0a, 6, 0x0a, 1][..], b"s", &[0x12, 1], b"1"].concat();
        let times = [&[0x11][..], &1_u64.to_le_bytes(), &[0x19], &2_u64.to_le_bytes()].concat();
        let minus_one = [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        let node = [&[0x3a, 22, 0x0a, 7][..], b"node.id", &[0x12, 11], &minus_one].concat();
        // Fields stand in the order of their numbers.
        let point = [&times[..], &[0x21], &0.5_f64.to_le_bytes(), &node].concat();
        let gauge = [&[0x0a, 1][..], b"g", &[0x12, 1], b"d", &[0x2a, 53, 0x0a, 51], &point].concat();
        let zero = [&times[..], &[0x31], &0_i64.to_le_bytes()].concat();
        let sum = [&[0x0a, 1][..], b"s", &[0x12, 1], b"d", &[0x3a, 33, 0x0a, 27], &zero, &[0x10, 1, 0x18, 1]]
            .concat();
        let metrics = [&[0x12, 61][..], &gauge, &[0x12, 41], &sum].concat();
        let body = [&resource[..], &[0x12, 114], &scope, &metrics].concat();
        let all = [&[0x0a, u8::try_from(body.len()).unwrap(), 1][..], &body].concat();
        let encoded = example().encode();
        // The length of the whole takes two bytes.
        assert_eq!(encoded[..3], [0x0a, 0x80 | (body.len() % 128) as u8, 1]);
        assert_eq!(encoded[3..], all[3..]);
    }

    #[test]
    fn what_is_written_is_read() {
        let data = example();
        assert_eq!(MetricsData::from_bytes(&data.encode()), Ok(data.clone()));
        assert_eq!(data.metrics().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["g", "s"]);
        assert_eq!(MetricsData::from_bytes(&[]), Ok(MetricsData::default()));
        assert!(MetricsData::from_bytes(&[0x0a, 5, 1]).is_err());
        assert!(MetricsData::from_bytes(b"something else").is_err());
    }
}
