//! Fetch (key 1), versions 0 to 12 (the last one with topic names).

use crate::protocol::ApiKey;
use crate::protocol::by_topic::ByTopic;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub use super::produce::LeaderIdAndEpoch;

pub const VERSIONS: RangeInclusive<i16> = 0..=12;
pub const CLIENT_MAX_VERSION: i16 = 12;

wire_struct! {
    pub struct Request {
        replica_id: i32 [0.., -1],
        max_wait_ms: i32,
        min_bytes: i32,
        max_bytes: i32 [3.., i32::MAX],
        isolation_level: i8 [4..],
        session_id: i32 [7..],
        session_epoch: i32 [7.., -1],
        topics: Vec<ByTopic<RequestPartition>>,
        forgotten_topics: Vec<ByTopic<i32>> [7..],
        rack_id: String [11..],
    }
    tagged {
        0 => cluster_id: Option<String> [12..],
    }
}

wire_struct! {
    pub struct RequestPartition {
        partition: i32,
        current_leader_epoch: i32 [9.., -1],
        fetch_offset: i64,
        last_fetched_epoch: i32 [12.., -1],
        log_start_offset: i64 [5.., -1],
        partition_max_bytes: i32,
    }
}

wire_struct! {
    pub struct Response<'a> {
        throttle_time_ms: i32 [1..],
        error_code: i16 [7..],
        session_id: i32 [7..],
        topics: Vec<ByTopic<ResponsePartition<'a>>>,
    }
}

wire_struct! {
    pub struct ResponsePartition<'a> {
        partition: i32,
        error_code: i16,
        high_watermark: i64,
        last_stable_offset: i64 [4.., -1],
        log_start_offset: i64 [5.., -1],
        aborted_transactions: Option<Vec<AbortedTransaction>> [4..],
        preferred_read_replica: i32 [11.., -1],
        /// Whole record batches; the last one may be cut off.
        records: Option<&'a [u8]>,
    }
    tagged {
        0 => diverging_epoch: EpochEndOffset [12..],
        1 => current_leader: LeaderIdAndEpoch [12..],
        2 => snapshot_id: SnapshotId [12..],
    }
}

wire_struct! {
    pub struct AbortedTransaction {
        producer_id: i64,
        first_offset: i64,
    }
}

wire_struct! {
    pub struct EpochEndOffset {
        epoch: i32 [0.., -1],
        end_offset: i64 [0.., -1],
    }
}

wire_struct! {
    pub struct SnapshotId {
        end_offset: i64 [0.., -1],
        epoch: i32 [0.., -1],
    }
}

wire_message!(Request, ApiKey::Fetch, VERSIONS);
wire_message!(Response<'a>, ApiKey::Fetch, VERSIONS);
