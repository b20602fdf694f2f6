//! IncrementalAlterConfigs (key 44), versions 0 to 1: what is not named stays.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub use super::alter_configs::ResponseResource;

pub const VERSIONS: RangeInclusive<i16> = 0..=1;

/// What is to happen to a property, as the protocol numbers it.
pub mod operation {
    pub const SET: i8 = 0;
    pub const DELETE: i8 = 1;
    pub const APPEND: i8 = 2;
    pub const SUBTRACT: i8 = 3;
}

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
        /// One of `operation`.
        operation: i8,
        value: Option<String>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        resources: Vec<ResponseResource>,
    }
}

wire_message!(Request, ApiKey::IncrementalAlterConfigs, VERSIONS);
wire_message!(Response, ApiKey::IncrementalAlterConfigs, VERSIONS);
