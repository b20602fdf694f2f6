//! Our protocol code against `kafka-protocol`, which is generated from Apache Kafka's own message
//! definitions: both must write the same bytes for the same content and read each other's, in every version
//! that both know.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test, in its helpers too.

mod batches;
mod messages;
mod robustness;
#[macro_use]
mod samples;

use rdkafka::protocol::{Malformed, Reader};

/// A message of ours with a version: what the generic tests need.
pub trait Message<'a>: Sized + PartialEq + std::fmt::Debug {
    const NAME: &'static str;

    fn versions() -> std::ops::RangeInclusive<i16>;
    fn encode(&self, version: i16) -> Vec<u8>;
    fn decode(version: i16, r: &mut Reader<'a>) -> Result<Self, Malformed>;
}

macro_rules! messages {
    ($($ty:ty, $versions:path;)*) => {$(
        impl<'a> Message<'a> for $ty {
            const NAME: &'static str = stringify!($ty);

            fn versions() -> std::ops::RangeInclusive<i16> {
                $versions
            }

            fn encode(&self, version: i16) -> Vec<u8> {
                let mut out = Vec::new();
                self.encode(version, &mut out);
                out
            }

            fn decode(version: i16, r: &mut Reader<'a>) -> Result<Self, Malformed> {
                <$ty>::decode(version, r)
            }
        }
    )*};
}

use rdkafka::protocol::{
    api_versions, describe_groups, fetch, find_coordinator, heartbeat, init_producer_id, join_group,
    leave_group, list_groups, list_offsets, metadata, offset_commit, offset_fetch, offset_for_leader_epoch,
    produce, sync_group,
};

messages! {
    api_versions::Request, api_versions::VERSIONS;
    api_versions::Response, api_versions::VERSIONS;
    fetch::Request, fetch::VERSIONS;
    fetch::Response<'a>, fetch::VERSIONS;
    find_coordinator::Request, find_coordinator::VERSIONS;
    find_coordinator::Response, find_coordinator::VERSIONS;
    init_producer_id::Request, init_producer_id::VERSIONS;
    init_producer_id::Response, init_producer_id::VERSIONS;
    list_offsets::Request, list_offsets::VERSIONS;
    list_offsets::Response, list_offsets::VERSIONS;
    metadata::Request, metadata::VERSIONS;
    metadata::Response, metadata::VERSIONS;
    produce::Request<'a>, produce::VERSIONS;
    produce::Response, produce::VERSIONS;
    describe_groups::Request, describe_groups::VERSIONS;
    describe_groups::Response<'a>, describe_groups::VERSIONS;
    heartbeat::Request, heartbeat::VERSIONS;
    heartbeat::Response, heartbeat::VERSIONS;
    join_group::Request<'a>, join_group::VERSIONS;
    join_group::Response<'a>, join_group::VERSIONS;
    leave_group::Request, leave_group::VERSIONS;
    leave_group::Response, leave_group::VERSIONS;
    list_groups::Request, list_groups::VERSIONS;
    list_groups::Response, list_groups::VERSIONS;
    offset_commit::Request, offset_commit::VERSIONS;
    offset_commit::Response, offset_commit::VERSIONS;
    offset_fetch::Request, offset_fetch::VERSIONS;
    offset_fetch::Response, offset_fetch::VERSIONS;
    offset_for_leader_epoch::Request, offset_for_leader_epoch::VERSIONS;
    offset_for_leader_epoch::Response, offset_for_leader_epoch::VERSIONS;
    sync_group::Request<'a>, sync_group::VERSIONS;
    sync_group::Response<'a>, sync_group::VERSIONS;
}

// Behind the macro that they use.
mod configs_and_partitions;
mod transactions_and_admin;
