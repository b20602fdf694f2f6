//! GetTelemetrySubscriptions (key 71), versions 0 (KIP-714).

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=0;

wire_struct! {
    pub struct Request {
        /// All zero to be given one.
        client_instance_id: [u8; 16],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        error_code: i16,
        client_instance_id: [u8; 16],
        subscription_id: i32,
        /// In the broker's order of preference.
        accepted_compression_types: Vec<i8>,
        push_interval_ms: i32,
        telemetry_max_bytes: i32,
        delta_temporality: bool,
        /// Prefixes of names. None: nothing is wanted; one that is empty: everything.
        requested_metrics: Vec<String>,
    }
}

wire_message!(Request, ApiKey::GetTelemetrySubscriptions, VERSIONS);
wire_message!(Response, ApiKey::GetTelemetrySubscriptions, VERSIONS);
