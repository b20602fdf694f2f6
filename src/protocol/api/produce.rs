//! Produce (key 0), versions 0 to 12 (the last one with topic names).
//!
//! `Request` and `Response` are the whole messages. The client's hot path does not build a `Request`: the
//! broker thread writes one piece by piece with the `write_` functions, records going from the message store
//! straight into the frame.

use crate::protocol::api_key::{self, ApiKey};
use crate::protocol::by_topic::ByTopic;
use crate::protocol::primitives::{Sink, base128_len};
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=12;
/// From this version on requests carry record batches, before it message sets.
pub const FIRST_WITH_BATCHES: i16 = 3;
pub const CLIENT_MAX_VERSION: i16 = 12;

wire_struct! {
    pub struct Request<'a> {
        transactional_id: Option<String> [3..],
        acks: i16,
        timeout_ms: i32,
        topics: Vec<ByTopic<RequestPartition<'a>>>,
    }
}

wire_struct! {
    pub struct RequestPartition<'a> {
        partition: i32,
        records: Option<&'a [u8]>,
    }
}

wire_struct! {
    pub struct Response {
        topics: Vec<ByTopic<ResponsePartition>>,
        throttle_time_ms: i32 [1..],
    }
    tagged {
        /// Addresses of the leaders named in `current_leader` (KIP-951).
        0 => node_endpoints: Vec<NodeEndpoint> [10..],
    }
}

wire_struct! {
    pub struct ResponsePartition {
        partition: i32,
        error_code: i16,
        base_offset: i64,
        /// The broker's time when the topic uses LogAppendTime, else -1.
        log_append_time_ms: i64 [2.., -1],
        log_start_offset: i64 [5.., -1],
        /// The records that made the broker refuse the batch (KIP-467).
        record_errors: Vec<RecordError> [8..],
        error_message: Option<String> [8..],
    }
    tagged {
        /// The new leader when the broker is it no longer (KIP-951).
        0 => current_leader: LeaderIdAndEpoch [10..],
    }
}

wire_struct! {
    pub struct RecordError {
        batch_index: i32,
        message: Option<String>,
    }
}

wire_struct! {
    pub struct LeaderIdAndEpoch {
        leader_id: i32 [0.., -1],
        leader_epoch: i32 [0.., -1],
    }
}

wire_struct! {
    pub struct NodeEndpoint {
        node_id: i32,
        host: String,
        port: i32,
        rack: Option<String>,
    }
}

wire_message!(Request<'a>, ApiKey::Produce, VERSIONS);
wire_message!(Response, ApiKey::Produce, VERSIONS);

const fn flexible(version: i16) -> bool {
    api_key::flexible(ApiKey::Produce, version)
}

/// The start of a request body: all up to and including the number of topics. The request header goes before
/// it.
pub fn write_request_start<S: Sink>(
    version: i16,
    transactional_id: Option<&str>,
    acks: i16,
    timeout_ms: i32,
    topic_count: usize,
    out: &mut S,
) {
    if version >= 3 {
        out.put_nullable_string(transactional_id, flexible(version));
    }
    out.put_i16(acks);
    out.put_i32(timeout_ms);
    out.put_len(Some(topic_count), flexible(version));
}

/// The start of a topic: its name and how many partitions follow.
pub fn write_topic_start<S: Sink>(version: i16, name: &str, partition_count: usize, out: &mut S) {
    out.put_string(name, flexible(version));
    out.put_len(Some(partition_count), flexible(version));
}

/// The start of a partition; `write_records_len`, the records and `write_partition_end` follow.
pub fn write_partition_start<S: Sink>(_version: i16, partition: i32, out: &mut S) {
    out.put_i32(partition);
}

/// How many bytes `write_records_len` takes for records of `len` bytes.
pub const fn records_len_size(version: i16, len: usize) -> usize {
    if flexible(version) { base128_len(len as u64 + 1) } else { 4 }
}

pub fn write_records_len<S: Sink>(version: i16, len: usize, out: &mut S) {
    out.put_len(Some(len), flexible(version));
}

pub fn write_partition_end<S: Sink>(version: i16, out: &mut S) {
    write_struct_end(version, out);
}

pub fn write_topic_end<S: Sink>(version: i16, out: &mut S) {
    write_struct_end(version, out);
}

pub fn write_request_end<S: Sink>(version: i16, out: &mut S) {
    write_struct_end(version, out);
}

/// How many bytes each of the `_end` functions writes: the empty tagged fields of a flexible version.
pub const fn struct_end_size(version: i16) -> usize {
    flexible(version) as usize
}

fn write_struct_end<S: Sink>(version: i16, out: &mut S) {
    if flexible(version) {
        out.put_uvarint(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::primitives::{Counter, Reader};

    #[test]
    fn the_piecewise_writer_and_the_whole_encoder_agree() {
        let records = [7u8; 300];
        let request = Request {
            transactional_id: None,
            acks: -1,
            timeout_ms: 30_000,
            topics: vec![
                ByTopic::new(
                    "one",
                    vec![
                        RequestPartition { partition: 0, records: Some(&records) },
                        RequestPartition { partition: 5, records: Some(b"r") },
                    ],
                ),
                ByTopic::new("two", vec![RequestPartition { partition: 1, records: Some(&records[..126]) }]),
            ],
        };
        for version in VERSIONS {
            let mut whole = Vec::new();
            request.encode(version, &mut whole);
            let mut pieces = Vec::new();
            write_request_start(version, None, -1, 30_000, request.topics.len(), &mut pieces);
            for topic in &request.topics {
                write_topic_start(version, &topic.name, topic.partitions.len(), &mut pieces);
                for partition in &topic.partitions {
                    let records = partition.records.unwrap();
                    write_partition_start(version, partition.partition, &mut pieces);
                    let mut counted = Counter::default();
                    write_records_len(version, records.len(), &mut counted);
                    assert_eq!(counted.0, records_len_size(version, records.len()));
                    write_records_len(version, records.len(), &mut pieces);
                    pieces.put(records);
                    write_partition_end(version, &mut pieces);
                }
                write_topic_end(version, &mut pieces);
            }
            write_request_end(version, &mut pieces);
            assert_eq!(whole, pieces, "version {version}");
            assert_eq!(request.encoded_len(version), whole.len());
            assert_eq!(Request::decode(version, &mut Reader::new(&whole)), Ok(request.clone()));
        }
    }

    #[test]
    fn unknown_tagged_fields_are_skipped() {
        let mut out = Vec::new();
        Response::default().encode(10, &mut out);
        assert_eq!(out.pop(), Some(0), "no tagged fields while all are at their defaults");
        out.extend([2, 1, 3, b'a', b'b', b'c', 9, 0]);
        let mut r = Reader::new(&out);
        assert_eq!(Response::decode(10, &mut r), Ok(Response::default()));
        assert!(r.is_empty());
    }
}
