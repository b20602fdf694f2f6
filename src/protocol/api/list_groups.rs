//! ListGroups (key 16), versions 0 to 5.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=5;

wire_struct! {
    pub struct Request {
        states_filter: Vec<String> [4..],
        types_filter: Vec<String> [5..],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [1..],
        error_code: i16,
        groups: Vec<ListedGroup>,
    }
}

wire_struct! {
    pub struct ListedGroup {
        group_id: String,
        protocol_type: String,
        group_state: String [4..],
        group_type: String [5..],
    }
}

wire_message!(Request, ApiKey::ListGroups, VERSIONS);
wire_message!(Response, ApiKey::ListGroups, VERSIONS);
