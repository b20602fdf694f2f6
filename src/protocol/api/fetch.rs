//! Fetch (key 1), versions 0 to 16. From version 13 on topics go by their ids.

use crate::protocol::ApiKey;
use crate::protocol::primitives::{Malformed, Reader, Sink};
use crate::protocol::topic_id::{TopicId, UNKNOWN};
use crate::protocol::version::Version;
use crate::protocol::wire::{Wire, wire_message, wire_struct};
use std::ops::RangeInclusive;

pub use super::produce::{LeaderIdAndEpoch, NodeEndpoint};

pub const VERSIONS: RangeInclusive<i16> = 0..=16;
/// From this version on topics go by their ids, before by their names.
pub const FIRST_WITH_IDS: i16 = 13;

/// One topic and what is said about each of its partitions. It has a name or an id, as the version wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topic<P> {
    pub name: String,
    pub id: TopicId,
    pub partitions: Vec<P>,
}

impl<P> Topic<P> {
    pub fn named(name: impl Into<String>, partitions: Vec<P>) -> Self {
        Self { name: name.into(), id: UNKNOWN, partitions }
    }

    /// The same topic with something else for each partition: the response to a request.
    pub fn map<Q>(&self, of_partition: impl FnMut(&P) -> Q) -> Topic<Q> {
        let partitions = self.partitions.iter().map(of_partition).collect();
        Topic { name: self.name.clone(), id: self.id, partitions }
    }
}

impl<'r, P: Wire<'r>> Wire<'r> for Topic<P> {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        let has_id = v.number >= FIRST_WITH_IDS;
        let name = if has_id { String::new() } else { Wire::read(r, v)? };
        let id = if has_id { r.uuid()? } else { UNKNOWN };
        let topic = Self { name, id, partitions: Wire::read(r, v)? };
        if v.flexible {
            r.skip_tagged_fields()?;
        }
        Ok(topic)
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        if v.number >= FIRST_WITH_IDS {
            out.put_uuid(&self.id);
        } else {
            self.name.write(out, v);
        }
        self.partitions.write(out, v);
        if v.flexible {
            out.put_uvarint(0);
        }
    }
}

wire_struct! {
    pub struct Request {
        replica_id: i32 [..=14, -1],
        max_wait_ms: i32,
        min_bytes: i32,
        max_bytes: i32 [3.., i32::MAX],
        isolation_level: i8 [4..],
        session_id: i32 [7..],
        session_epoch: i32 [7.., -1],
        topics: Vec<Topic<RequestPartition>>,
        forgotten_topics: Vec<Topic<i32>> [7..],
        rack_id: String [11..],
    }
    tagged {
        0 => cluster_id: Option<String> [12..],
    }
}

wire_struct! {
    pub struct RequestPartition {
        partition: i32,
        current_leader_epoch: i32 [9.., -1],
        fetch_offset: i64,
        last_fetched_epoch: i32 [12.., -1],
        log_start_offset: i64 [5.., -1],
        partition_max_bytes: i32,
    }
}

wire_struct! {
    pub struct Response<'a> {
        throttle_time_ms: i32 [1..],
        error_code: i16 [7..],
        session_id: i32 [7..],
        topics: Vec<Topic<ResponsePartition<'a>>>,
    }
    tagged {
        /// Addresses of the leaders named in `current_leader` (KIP-951).
        0 => node_endpoints: Vec<NodeEndpoint> [16..],
    }
}

wire_struct! {
    pub struct ResponsePartition<'a> {
        partition: i32,
        error_code: i16,
        high_watermark: i64,
        last_stable_offset: i64 [4.., -1],
        log_start_offset: i64 [5.., -1],
        aborted_transactions: Option<Vec<AbortedTransaction>> [4..],
        preferred_read_replica: i32 [11.., -1],
        /// Whole record batches; the last one may be cut off.
        records: Option<&'a [u8]>,
    }
    tagged {
        0 => diverging_epoch: EpochEndOffset [12..],
        1 => current_leader: LeaderIdAndEpoch [12..],
        2 => snapshot_id: SnapshotId [12..],
    }
}

wire_struct! {
    pub struct AbortedTransaction {
        producer_id: i64,
        first_offset: i64,
    }
}

wire_struct! {
    pub struct EpochEndOffset {
        epoch: i32 [0.., -1],
        end_offset: i64 [0.., -1],
    }
}

wire_struct! {
    pub struct SnapshotId {
        end_offset: i64 [0.., -1],
        epoch: i32 [0.., -1],
    }
}

wire_message!(Request, ApiKey::Fetch, VERSIONS);
wire_message!(Response<'a>, ApiKey::Fetch, VERSIONS);
