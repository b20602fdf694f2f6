//! FindCoordinator (key 10), versions 0 to 4.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=4;
pub const CLIENT_MAX_VERSION: i16 = 4;

/// `Request::key_type` for a consumer group.
pub const KEY_TYPE_GROUP: i8 = 0;
/// `Request::key_type` for a transactional id.
pub const KEY_TYPE_TRANSACTION: i8 = 1;

wire_struct! {
    pub struct Request {
        key: String [..=3],
        key_type: i8 [1..],
        /// From version 4 on, in place of `key`.
        coordinator_keys: Vec<String> [4..],
    }
}

wire_struct! {
    pub struct Coordinator {
        key: String,
        node_id: i32,
        host: String,
        port: i32,
        error_code: i16,
        error_message: Option<String>,
    }
}

wire_struct! {
    /// Up to version 3 one answer in the response itself, from 4 on one per key in `coordinators`.
    pub struct Response {
        throttle_time_ms: i32 [1..],
        error_code: i16 [..=3],
        error_message: Option<String> [1..=3],
        node_id: i32 [..=3],
        host: String [..=3],
        port: i32 [..=3],
        coordinators: Vec<Coordinator> [4..],
    }
}

wire_message!(Request, ApiKey::FindCoordinator, VERSIONS);
wire_message!(Response, ApiKey::FindCoordinator, VERSIONS);
