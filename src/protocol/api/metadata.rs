//! Metadata (key 3), versions 0 to 13.

use crate::protocol::api_key::{self, ApiKey};
use crate::protocol::primitives::{Counter, Malformed, Reader, Sink};
use crate::protocol::wire::{Wire, wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=13;
pub const CLIENT_MAX_VERSION: i16 = 13;

/// The most that a response may name, also as replicas of one partition. librdkafka 2.16.0 refuses one more
/// of each of these (`ApiArrayCnt 10001 out of range`) when a broker is made to say so, and no cluster has as
/// many.
const MAX_BROKERS: usize = 10_000;
const MAX_TOPICS: usize = 1_000_000;
/// Of one topic.
const MAX_PARTITIONS: usize = 100_000;

/// The operations fields when the broker was not asked for them.
pub const NO_AUTHORIZED_OPERATIONS: i32 = i32::MIN;

wire_struct! {
    pub struct Request {
        /// `None` asks for all topics, an empty list for none.
        topics: Option<Vec<RequestTopic>>,
        allow_auto_topic_creation: bool [4.., true],
        include_cluster_authorized_operations: bool [8..=10],
        include_topic_authorized_operations: bool [8..],
    }
}

wire_struct! {
    pub struct RequestTopic {
        topic_id: [u8; 16] [10..],
        /// Null (from version 10 on) asks by `topic_id`.
        name: Option<String>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [3..],
        brokers: Vec<Broker>; at most MAX_BROKERS,
        cluster_id: Option<String> [2..],
        controller_id: i32 [1.., -1],
        topics: Vec<Topic>; at most MAX_TOPICS,
        cluster_authorized_operations: i32 [8..=10, NO_AUTHORIZED_OPERATIONS],
        error_code: i16 [13..],
    }
}

wire_struct! {
    pub struct Broker {
        node_id: i32,
        host: String,
        port: i32,
        rack: Option<String> [1..],
    }
}

wire_struct! {
    pub struct Topic {
        error_code: i16,
        /// Null (from version 12 on) when an id was asked for that the broker does not know.
        name: Option<String>,
        topic_id: [u8; 16] [10..],
        is_internal: bool [1..],
        partitions: Vec<Partition>; at most MAX_PARTITIONS,
        topic_authorized_operations: i32 [8.., NO_AUTHORIZED_OPERATIONS],
    }
}

wire_struct! {
    pub struct Partition {
        error_code: i16,
        partition: i32,
        /// -1 while there is none.
        leader_id: i32,
        leader_epoch: i32 [7.., -1],
        replicas: Vec<i32>; at most MAX_BROKERS,
        isr: Vec<i32>; at most MAX_BROKERS,
        offline_replicas: Vec<i32> [5..],
    }
}

wire_message!(Response, ApiKey::Metadata, VERSIONS);

// The first version has no null list: there the empty list asks for all topics.
impl Request {
    pub fn encode<S: Sink>(&self, version: i16, out: &mut S) {
        debug_assert!(VERSIONS.contains(&version), "version {version}");
        if version == 0 {
            out.put_len(Some(self.topics.as_ref().map_or(0, Vec::len)), false);
            for topic in self.topics.iter().flatten() {
                topic.write(out, api_key::version(ApiKey::Metadata, 0));
            }
        } else {
            self.write(out, api_key::version(ApiKey::Metadata, version));
        }
    }

    pub fn encoded_len(&self, version: i16) -> usize {
        let mut counter = Counter::default();
        self.encode(version, &mut counter);
        counter.0
    }

    pub fn decode(version: i16, r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if !VERSIONS.contains(&version) {
            return Err(Malformed("Metadata: version not known here"));
        }
        let mut request = Self::read(r, api_key::version(ApiKey::Metadata, version))?;
        if version == 0 {
            request.topics = request.topics.filter(|topics| !topics.is_empty());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_topics_is_the_empty_list_in_version_0_and_null_later() {
        for (version, bytes) in [(0, &[0u8, 0, 0, 0][..]), (1, &[255, 255, 255, 255]), (9, &[0, 1, 0, 0, 0])]
        {
            let mut out = Vec::new();
            let request = Request::default();
            request.encode(version, &mut out);
            assert_eq!(out, bytes);
            assert_eq!(Request::decode(version, &mut Reader::new(&out)), Ok(request));
        }
    }

    /// A response whose lists have so many elements: brokers, topics, partitions, replicas, in-sync replicas.
    fn with_counts([brokers, topics, partitions, replicas, isr]: [usize; 5]) -> Response {
        let partition = Partition { replicas: vec![1; replicas], isr: vec![1; isr], ..Partition::default() };
        let topic =
            Topic { name: Some("t".into()), partitions: vec![partition; partitions], ..Topic::default() };
        Response {
            brokers: vec![Broker::default(); brokers],
            topics: vec![topic; topics],
            ..Response::default()
        }
    }

    #[test]
    fn more_than_any_cluster_has_is_refused() {
        let limits = [MAX_BROKERS, MAX_TOPICS, MAX_PARTITIONS, MAX_BROKERS, MAX_BROKERS];
        for (which, limit) in limits.into_iter().enumerate() {
            // Topics without partitions, so that the largest case stays small.
            let mut counts = if which == 1 { [1, 1, 0, 0, 0] } else { [1; 5] };
            for (count, accepted) in [(limit, true), (limit + 1, false)] {
                counts[which] = count;
                // A million topics take their time: once is enough.
                if which == 1 && accepted {
                    continue;
                }
                for version in [0, CLIENT_MAX_VERSION] {
                    let mut out = Vec::new();
                    with_counts(counts).encode(version, &mut out);
                    let read = Response::decode(version, &mut Reader::new(&out));
                    assert_eq!(read.is_ok(), accepted, "list {which} of {count} in version {version}");
                }
            }
        }
    }
}
