//! JoinGroup (key 11), versions 0 to 9.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=9;

wire_struct! {
    pub struct Request<'a> {
        group_id: String,
        session_timeout_ms: i32,
        rebalance_timeout_ms: i32 [1.., -1],
        member_id: String,
        group_instance_id: Option<String> [5..],
        protocol_type: String,
        protocols: Vec<Protocol<'a>>,
        reason: Option<String> [8..],
    }
}

wire_struct! {
    /// An assignor that the member could work with, the preferred one first.
    pub struct Protocol<'a> {
        name: String,
        metadata: &'a [u8],
    }
}

wire_struct! {
    pub struct Response<'a> {
        throttle_time_ms: i32 [2..],
        error_code: i16,
        generation_id: i32 [0.., -1],
        protocol_type: Option<String> [7..],
        /// Null only from version 7 on.
        protocol_name: Option<String>,
        leader: String,
        skip_assignment: bool [9..],
        member_id: String,
        members: Vec<Member<'a>>,
    }
}

wire_struct! {
    pub struct Member<'a> {
        member_id: String,
        group_instance_id: Option<String> [5..],
        metadata: &'a [u8],
    }
}

wire_message!(Request<'a>, ApiKey::JoinGroup, VERSIONS);
wire_message!(Response<'a>, ApiKey::JoinGroup, VERSIONS);
