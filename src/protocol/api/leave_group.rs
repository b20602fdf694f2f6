//! LeaveGroup (key 13), versions 0 to 5.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=5;

wire_struct! {
    /// Up to version 2 one member in the request itself, from 3 on several in `members`.
    pub struct Request {
        group_id: String,
        member_id: String [..=2],
        members: Vec<Leaving> [3..],
    }
}

wire_struct! {
    pub struct Leaving {
        member_id: String,
        group_instance_id: Option<String>,
        reason: Option<String> [5..],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [1..],
        error_code: i16,
        members: Vec<Left> [3..],
    }
}

wire_struct! {
    pub struct Left {
        member_id: String,
        group_instance_id: Option<String>,
        error_code: i16,
    }
}

wire_message!(Request, ApiKey::LeaveGroup, VERSIONS);
wire_message!(Response, ApiKey::LeaveGroup, VERSIONS);
