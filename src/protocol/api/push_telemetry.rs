//! PushTelemetry (key 72), versions 0 (KIP-714).

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=0;

wire_struct! {
    pub struct Request<'a> {
        client_instance_id: [u8; 16],
        subscription_id: i32,
        terminating: bool,
        compression_type: i8,
        metrics: &'a [u8],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        error_code: i16,
    }
}

wire_message!(Request<'a>, ApiKey::PushTelemetry, VERSIONS);
wire_message!(Response, ApiKey::PushTelemetry, VERSIONS);
