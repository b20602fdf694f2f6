//! AddOffsetsToTxn (key 25), versions 0 to 4.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=4;

wire_struct! {
    pub struct Request {
        transactional_id: String,
        producer_id: i64,
        producer_epoch: i16,
        group_id: String,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        error_code: i16,
    }
}

wire_message!(Request, ApiKey::AddOffsetsToTxn, VERSIONS);
wire_message!(Response, ApiKey::AddOffsetsToTxn, VERSIONS);
