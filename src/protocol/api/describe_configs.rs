//! DescribeConfigs (key 32), versions 0 to 4.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=4;

wire_struct! {
    pub struct Request {
        resources: Vec<RequestResource>,
        include_synonyms: bool [1..],
        include_documentation: bool [3..],
    }
}

wire_struct! {
    pub struct RequestResource {
        resource_type: i8,
        name: String,
        /// `None`: all of them.
        keys: Option<Vec<String>>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        resources: Vec<ResponseResource>,
    }
}

wire_struct! {
    pub struct ResponseResource {
        error_code: i16,
        error_message: Option<String>,
        resource_type: i8,
        name: String,
        configs: Vec<Config>,
    }
}

wire_struct! {
    pub struct Config {
        name: String,
        value: Option<String>,
        read_only: bool,
        is_default: bool [0..=0],
        source: i8 [1.., -1],
        is_sensitive: bool,
        synonyms: Vec<Synonym> [1..],
        config_type: i8 [3..],
        documentation: Option<String> [3..],
    }
}

wire_struct! {
    pub struct Synonym {
        name: String,
        value: Option<String>,
        source: i8,
    }
}

wire_message!(Request, ApiKey::DescribeConfigs, VERSIONS);
wire_message!(Response, ApiKey::DescribeConfigs, VERSIONS);
