//! EndTxn (key 26), versions 0 to 5.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=5;

wire_struct! {
    pub struct Request {
        transactional_id: String,
        producer_id: i64,
        producer_epoch: i16,
        committed: bool,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        error_code: i16,
        /// Id and epoch for the next transaction (KIP-890).
        producer_id: i64 [5.., -1],
        producer_epoch: i16 [5.., -1],
    }
}

wire_message!(Request, ApiKey::EndTxn, VERSIONS);
wire_message!(Response, ApiKey::EndTxn, VERSIONS);
