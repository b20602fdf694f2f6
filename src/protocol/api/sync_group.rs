//! SyncGroup (key 14), versions 0 to 5.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=5;

wire_struct! {
    pub struct Request<'a> {
        group_id: String,
        generation_id: i32,
        member_id: String,
        group_instance_id: Option<String> [3..],
        protocol_type: Option<String> [5..],
        protocol_name: Option<String> [5..],
        /// Only the leader's request has any.
        assignments: Vec<Assignment<'a>>,
    }
}

wire_struct! {
    pub struct Assignment<'a> {
        member_id: String,
        assignment: &'a [u8],
    }
}

wire_struct! {
    pub struct Response<'a> {
        throttle_time_ms: i32 [1..],
        error_code: i16,
        protocol_type: Option<String> [5..],
        protocol_name: Option<String> [5..],
        assignment: &'a [u8],
    }
}

wire_message!(Request<'a>, ApiKey::SyncGroup, VERSIONS);
wire_message!(Response<'a>, ApiKey::SyncGroup, VERSIONS);
