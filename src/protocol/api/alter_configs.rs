//! AlterConfigs (key 33), versions 0 to 2: what is not named goes back to its default.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=2;

wire_struct! {
    pub struct Request {
        resources: Vec<RequestResource>,
        validate_only: bool,
    }
}

wire_struct! {
    pub struct RequestResource {
        resource_type: i8,
        name: String,
        configs: Vec<Config>,
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
    }
}

wire_message!(Request, ApiKey::AlterConfigs, VERSIONS);
wire_message!(Response, ApiKey::AlterConfigs, VERSIONS);
