//! DescribeGroups (key 15), versions 0 to 6.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=6;

/// `DescribedGroup::authorized_operations` that nobody has asked for.
pub const OPERATIONS_NOT_ASKED: i32 = i32::MIN;

wire_struct! {
    pub struct Request {
        groups: Vec<String>,
        include_authorized_operations: bool [3..],
    }
}

wire_struct! {
    pub struct Response<'a> {
        throttle_time_ms: i32 [1..],
        groups: Vec<DescribedGroup<'a>>,
    }
}

wire_struct! {
    pub struct DescribedGroup<'a> {
        error_code: i16,
        error_message: Option<String> [6..],
        group_id: String,
        group_state: String,
        protocol_type: String,
        /// The name of the assignor in use.
        protocol_data: String,
        members: Vec<DescribedMember<'a>>,
        authorized_operations: i32 [3.., OPERATIONS_NOT_ASKED],
    }
}

wire_struct! {
    pub struct DescribedMember<'a> {
        member_id: String,
        group_instance_id: Option<String> [4..],
        client_id: String,
        client_host: String,
        member_metadata: &'a [u8],
        member_assignment: &'a [u8],
    }
}

wire_message!(Request, ApiKey::DescribeGroups, VERSIONS);
wire_message!(Response<'a>, ApiKey::DescribeGroups, VERSIONS);
