//! OffsetFetch (key 9), versions 0 to 9 (the last one with topic names).

use crate::protocol::ApiKey;
use crate::protocol::by_topic::ByTopic;
use crate::protocol::raw_string::RawString;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=9;

wire_struct! {
    /// Up to version 7 one group in the request itself, from 8 on several in `groups`.
    pub struct Request {
        group_id: String [..=7],
        /// Null asks for all topics (from version 2 on).
        topics: Option<Vec<ByTopic<i32>>> [..=7, Some(Vec::new())],
        groups: Vec<RequestGroup> [8..],
        require_stable: bool [7..],
    }
}

wire_struct! {
    pub struct RequestGroup {
        group_id: String,
        member_id: Option<String> [9..],
        member_epoch: i32 [9.., -1],
        topics: Option<Vec<ByTopic<i32>>>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [3..],
        topics: Vec<ByTopic<ResponsePartition>> [..=7],
        error_code: i16 [2..=7],
        groups: Vec<ResponseGroup> [8..],
    }
}

wire_struct! {
    pub struct ResponseGroup {
        group_id: String,
        topics: Vec<ByTopic<ResponsePartition>>,
        error_code: i16,
    }
}

wire_struct! {
    pub struct ResponsePartition {
        partition: i32,
        committed_offset: i64,
        committed_leader_epoch: i32 [5.., -1],
        metadata: Option<RawString>,
        error_code: i16,
    }
}

wire_message!(Request, ApiKey::OffsetFetch, VERSIONS);
wire_message!(Response, ApiKey::OffsetFetch, VERSIONS);
