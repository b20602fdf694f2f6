//! AddPartitionsToTxn (key 24), versions 0 to 3 (later ones are for brokers among themselves).

use crate::protocol::ApiKey;
use crate::protocol::by_topic::{ByTopic, PartitionError};
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=3;

wire_struct! {
    pub struct Request {
        transactional_id: String,
        producer_id: i64,
        producer_epoch: i16,
        topics: Vec<ByTopic<i32>>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        topics: Vec<ByTopic<PartitionError>>,
    }
}

wire_message!(Request, ApiKey::AddPartitionsToTxn, VERSIONS);
wire_message!(Response, ApiKey::AddPartitionsToTxn, VERSIONS);
