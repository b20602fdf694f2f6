//! SaslHandshake (key 17), versions 0 and 1.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=1;

wire_struct! {
    pub struct Request {
        mechanism: String,
    }
}

wire_struct! {
    pub struct Response {
        error_code: i16,
        mechanisms: Vec<String>,
    }
}

wire_message!(Request, ApiKey::SaslHandshake, VERSIONS);
wire_message!(Response, ApiKey::SaslHandshake, VERSIONS);
