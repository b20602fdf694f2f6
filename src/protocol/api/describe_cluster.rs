//! DescribeCluster (key 60), versions 0 to 2.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=2;

/// The operations field when the broker was not asked for them.
pub const NO_AUTHORIZED_OPERATIONS: i32 = i32::MIN;
/// `endpoint_type` for brokers; 2 would be controllers.
pub const ENDPOINT_BROKERS: i8 = 1;

wire_struct! {
    pub struct Request {
        include_cluster_authorized_operations: bool,
        endpoint_type: i8 [1.., ENDPOINT_BROKERS],
        include_fenced_brokers: bool [2..],
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        endpoint_type: i8 [1.., ENDPOINT_BROKERS],
        cluster_id: String,
        controller_id: i32 [0.., -1],
        brokers: Vec<Broker>,
        cluster_authorized_operations: i32 [0.., NO_AUTHORIZED_OPERATIONS],
    }
}

wire_struct! {
    pub struct Broker {
        broker_id: i32,
        host: String,
        port: i32,
        rack: Option<String>,
        is_fenced: bool [2..],
    }
}

wire_message!(Request, ApiKey::DescribeCluster, VERSIONS);
wire_message!(Response, ApiKey::DescribeCluster, VERSIONS);
