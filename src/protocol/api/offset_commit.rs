//! OffsetCommit (key 8), versions 0 to 9 (the last one with topic names).

use crate::protocol::ApiKey;
use crate::protocol::by_topic::{ByTopic, PartitionError};
use crate::protocol::raw_string::RawString;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=9;

wire_struct! {
    pub struct Request {
        group_id: String,
        generation_id: i32 [1.., -1],
        member_id: String [1..],
        group_instance_id: Option<String> [7..],
        retention_time_ms: i64 [2..=4, -1],
        topics: Vec<ByTopic<RequestPartition>>,
    }
}

wire_struct! {
    pub struct RequestPartition {
        partition: i32,
        committed_offset: i64,
        committed_leader_epoch: i32 [6.., -1],
        commit_timestamp: i64 [1..=1, -1],
        committed_metadata: Option<RawString>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [3..],
        topics: Vec<ByTopic<PartitionError>>,
    }
}

wire_message!(Request, ApiKey::OffsetCommit, VERSIONS);
wire_message!(Response, ApiKey::OffsetCommit, VERSIONS);
