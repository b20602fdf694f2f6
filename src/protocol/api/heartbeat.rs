//! Heartbeat (key 12), versions 0 to 4.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=4;

wire_struct! {
    pub struct Request {
        group_id: String,
        generation_id: i32,
        member_id: String,
        group_instance_id: Option<String> [3..],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [1..],
        error_code: i16,
    }
}

wire_message!(Request, ApiKey::Heartbeat, VERSIONS);
wire_message!(Response, ApiKey::Heartbeat, VERSIONS);
