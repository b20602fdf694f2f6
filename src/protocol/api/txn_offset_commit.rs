//! TxnOffsetCommit (key 28), versions 0 to 5.

use crate::protocol::ApiKey;
use crate::protocol::by_topic::{ByTopic, PartitionError};
use crate::protocol::raw_string::RawString;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=5;

wire_struct! {
    pub struct Request {
        transactional_id: String,
        group_id: String,
        producer_id: i64,
        producer_epoch: i16,
        generation_id: i32 [3.., -1],
        member_id: String [3..],
        group_instance_id: Option<String> [3..],
        topics: Vec<ByTopic<RequestPartition>>,
    }
}

wire_struct! {
    pub struct RequestPartition {
        partition: i32,
        committed_offset: i64,
        committed_leader_epoch: i32 [2.., -1],
        committed_metadata: Option<RawString>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        topics: Vec<ByTopic<PartitionError>>,
    }
}

wire_message!(Request, ApiKey::TxnOffsetCommit, VERSIONS);
wire_message!(Response, ApiKey::TxnOffsetCommit, VERSIONS);
