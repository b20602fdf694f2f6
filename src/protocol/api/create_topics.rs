//! CreateTopics (key 19), versions 0 to 7.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=7;

wire_struct! {
    pub struct Request {
        topics: Vec<RequestTopic>,
        timeout_ms: i32 [0.., 60_000],
        validate_only: bool [1..],
    }
}

wire_struct! {
    pub struct RequestTopic {
        name: String,
        /// -1: the broker's default (from version 4 on), or as many as there are assignments.
        num_partitions: i32,
        replication_factor: i16,
        assignments: Vec<Assignment>,
        configs: Vec<Config>,
    }
}

wire_struct! {
    pub struct Assignment {
        partition: i32,
        broker_ids: Vec<i32>,
    }
}

wire_struct! {
    pub struct Config {
        name: String,
        value: Option<String>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32 [2..],
        topics: Vec<ResponseTopic>,
    }
}

wire_struct! {
    pub struct ResponseTopic {
        name: String,
        topic_id: [u8; 16] [7..],
        error_code: i16,
        error_message: Option<String> [1..],
        num_partitions: i32 [5.., -1],
        replication_factor: i16 [5.., -1],
        configs: Option<Vec<ResponseConfig>> [5..],
    }
    tagged {
        0 => topic_config_error_code: i16 [5..],
    }
}

wire_struct! {
    pub struct ResponseConfig {
        name: String,
        value: Option<String>,
        read_only: bool,
        config_source: i8 [0.., -1],
        is_sensitive: bool,
    }
}

wire_message!(Request, ApiKey::CreateTopics, VERSIONS);
wire_message!(Response, ApiKey::CreateTopics, VERSIONS);
