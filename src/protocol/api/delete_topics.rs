//! DeleteTopics (key 20), versions 0 to 6.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=6;

wire_struct! {
    pub struct Request {
        /// From version 6 on, in place of `topic_names`.
        topics: Vec<RequestTopic> [6..],
        topic_names: Vec<String> [..=5],
        timeout_ms: i32,
    }
}

wire_struct! {
    pub struct RequestTopic {
        /// Null: by `topic_id`.
        name: Option<String>,
        topic_id: [u8; 16],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [1..],
        topics: Vec<ResponseTopic>,
    }
}

wire_struct! {
    pub struct ResponseTopic {
        /// Null (from version 6 on) when an id was given that the broker does not know.
        name: Option<String>,
        topic_id: [u8; 16] [6..],
        error_code: i16,
        error_message: Option<String> [5..],
    }
}

wire_message!(Request, ApiKey::DeleteTopics, VERSIONS);
wire_message!(Response, ApiKey::DeleteTopics, VERSIONS);
