//! OffsetForLeaderEpoch (key 23), versions 0 to 4: where a leader epoch's records end (KIP-101, KIP-320).

use crate::protocol::ApiKey;
use crate::protocol::by_topic::ByTopic;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=4;

wire_struct! {
    pub struct Request {
        /// -2 for one that sees what is not yet replicated, which is what brokers take an older client for.
        replica_id: i32 [3.., -2],
        topics: Vec<ByTopic<RequestPartition>>,
    }
}

wire_struct! {
    pub struct RequestPartition {
        partition: i32,
        /// The leader's epoch as the client knows it.
        current_leader_epoch: i32 [2.., -1],
        /// The epoch whose end is asked for.
        leader_epoch: i32,
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
        error_code: i16,
        partition: i32,
        /// The largest epoch that is not above the one asked for, -1 for none.
        leader_epoch: i32 [1.., -1],
        /// Where its records end, -1 for none.
        end_offset: i64 [0.., -1],
    }
}

wire_message!(Request, ApiKey::OffsetForLeaderEpoch, VERSIONS);
wire_message!(Response, ApiKey::OffsetForLeaderEpoch, VERSIONS);
