//! ListOffsets (key 2), versions 0 to 9.

use crate::protocol::ApiKey;
use crate::protocol::by_topic::ByTopic;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=9;
pub const CLIENT_MAX_VERSION: i16 = 9;

/// `RequestPartition::timestamp`: the end of the log.
pub const LATEST: i64 = -1;
/// `RequestPartition::timestamp`: the start of the log.
pub const EARLIEST: i64 = -2;
/// `RequestPartition::timestamp`: the record with the highest timestamp (version 7).
pub const MAX_TIMESTAMP: i64 = -3;

wire_struct! {
    pub struct Request {
        replica_id: i32 [0.., -1],
        isolation_level: i8 [2..],
        topics: Vec<ByTopic<RequestPartition>>,
    }
}

wire_struct! {
    pub struct RequestPartition {
        partition: i32,
        current_leader_epoch: i32 [4.., -1],
        timestamp: i64,
        max_num_offsets: i32 [..=0, 1],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [2..],
        topics: Vec<ByTopic<ResponsePartition>>,
    }
}

wire_struct! {
    pub struct ResponsePartition {
        partition: i32,
        error_code: i16,
        old_style_offsets: Vec<i64> [..=0],
        timestamp: i64 [1.., -1],
        offset: i64 [1.., -1],
        leader_epoch: i32 [4.., -1],
    }
}

wire_message!(Request, ApiKey::ListOffsets, VERSIONS);
wire_message!(Response, ApiKey::ListOffsets, VERSIONS);
