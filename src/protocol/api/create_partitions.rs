//! CreatePartitions (key 37), versions 0 to 3.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=3;

wire_struct! {
    pub struct Request {
        topics: Vec<RequestTopic>,
        timeout_ms: i32,
        validate_only: bool,
    }
}

wire_struct! {
    pub struct RequestTopic {
        name: String,
        /// How many there are to be afterwards.
        count: i32,
        /// The replicas of each new partition; `None`: the broker chooses.
        assignments: Option<Vec<Assignment>>,
    }
}

wire_struct! {
    pub struct Assignment {
        broker_ids: Vec<i32>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        topics: Vec<ResponseTopic>,
    }
}

wire_struct! {
    pub struct ResponseTopic {
        name: String,
        error_code: i16,
        error_message: Option<String>,
    }
}

wire_message!(Request, ApiKey::CreatePartitions, VERSIONS);
wire_message!(Response, ApiKey::CreatePartitions, VERSIONS);
