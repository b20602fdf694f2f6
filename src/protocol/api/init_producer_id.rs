//! InitProducerId (key 22), versions 0 to 5.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=5;
pub const CLIENT_MAX_VERSION: i16 = 5;

wire_struct! {
    pub struct Request {
        transactional_id: Option<String>,
        transaction_timeout_ms: i32,
        /// The producer id whose epoch is to be raised, -1 for a new one.
        producer_id: i64 [3.., -1],
        producer_epoch: i16 [3.., -1],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        error_code: i16,
        producer_id: i64 [0.., -1],
        producer_epoch: i16,
    }
}

wire_message!(Request, ApiKey::InitProducerId, VERSIONS);
wire_message!(Response, ApiKey::InitProducerId, VERSIONS);
