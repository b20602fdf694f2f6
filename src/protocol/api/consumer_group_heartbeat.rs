//! ConsumerGroupHeartbeat (key 68), versions 0 to 1.

use crate::protocol::ApiKey;
use crate::protocol::primitives::{Malformed, Reader, Sink};
use crate::protocol::version::Version;
use crate::protocol::wire::{Wire, wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=1;

/// What stands in for an epoch in the requests of members that come and go.
pub mod epoch {
    pub const JOIN: i32 = 0;
    pub const LEAVE: i32 = -1;
    /// Of a member with a name of its own, which comes back.
    pub const LEAVE_FOR_A_WHILE: i32 = -2;
}

wire_struct! {
    /// Null stands for "as before".
    pub struct Request {
        group_id: String,
        /// Chosen by the client from version 1 on.
        member_id: String,
        /// That of the member, or one of `epoch`.
        member_epoch: i32,
        instance_id: Option<String>,
        rack_id: Option<String>,
        rebalance_timeout_ms: i32 [0.., -1],
        subscribed_topic_names: Option<Vec<String>>,
        subscribed_topic_regex: Option<String> [1..],
        server_assignor: Option<String>,
        /// What the member owns.
        topic_partitions: Option<Vec<TopicPartitions>>,
    }
}

wire_struct! {
    pub struct TopicPartitions {
        topic_id: [u8; 16],
        partitions: Vec<i32>,
    }
}

wire_struct! {
    pub struct Response {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        member_id: Option<String>,
        member_epoch: i32,
        heartbeat_interval_ms: i32,
        assignment: Option<Assignment>,
    }
}

wire_struct! {
    pub struct Assignment {
        topic_partitions: Vec<TopicPartitions>,
    }
}

/// A struct that may be null has a byte in front of it.
impl<'r> Wire<'r> for Option<Assignment> {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        if r.i8()? < 0 { Ok(None) } else { Assignment::read(r, v).map(Some) }
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        out.put_i8(if self.is_some() { 1 } else { -1 });
        if let Some(assignment) = self {
            assignment.write(out, v);
        }
    }
}

wire_message!(Request, ApiKey::ConsumerGroupHeartbeat, VERSIONS);
wire_message!(Response, ApiKey::ConsumerGroupHeartbeat, VERSIONS);
