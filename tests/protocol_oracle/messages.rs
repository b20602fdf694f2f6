//! Every message in every version: same bytes for the same content, and both read what the other wrote.

use crate::Message;
use crate::samples::{Sample, Theirs};
use bytes::{Buf, Bytes, BytesMut};
use fastrand::Rng;
use kafka_protocol::messages as theirs;
use kafka_protocol::protocol::{Decodable, Encodable};
use rdkafka::protocol::header::{self, RequestHeader};
use rdkafka::protocol::{
    ApiKey, Reader, api_versions, describe_groups, fetch, find_coordinator, heartbeat, init_producer_id,
    join_group, leave_group, list_groups, list_offsets, metadata, offset_commit, offset_fetch,
    offset_for_leader_epoch, produce, sync_group,
};
use std::ops::RangeInclusive;

const SAMPLES: u64 = 60;

/// Compares over `both`, the versions that both sides know, and round-trips the rest of ours on our own.
/// `adapt` keeps a random message within what the version allows.
pub fn compare<M, T>(both: RangeInclusive<i16>, adapt: impl Fn(&mut M, i16))
where
    M: for<'a> Message<'a> + Sample + Theirs<T>,
    T: Encodable + Decodable + std::fmt::Debug,
{
    for version in M::versions() {
        for seed in 0..SAMPLES {
            let mut message = M::sample(&mut Rng::with_seed(seed));
            adapt(&mut message, version);
            // What the version lacks falls back to its default.
            let bytes = message.encode(version);
            let mut r = Reader::new(&bytes);
            let ours = M::decode(version, &mut r).unwrap();
            let place = format!("{} version {version} seed {seed}", M::NAME);
            assert!(r.is_empty(), "{place}: {} bytes unread", r.remaining());
            assert_eq!(ours.encode(version), bytes, "{place}: not stable");
            if !both.contains(&version) {
                continue;
            }
            let mut their_bytes = BytesMut::new();
            ours.theirs().encode(&mut their_bytes, version).expect(&place);
            assert_eq!(bytes, their_bytes, "{place}");
            let mut rest = Bytes::from(bytes.clone());
            let read = T::decode(&mut rest, version).expect(&place);
            assert!(!rest.has_remaining(), "{place}");
            let mut again = BytesMut::new();
            read.encode(&mut again, version).expect(&place);
            assert_eq!(again, bytes, "{place}: as read by the other side");
        }
    }
}

#[test]
fn api_versions() {
    compare::<api_versions::Request, theirs::ApiVersionsRequest>(0..=4, |_, _| {});
    // An unsupported version is told in version 0, see the unit tests there.
    compare::<api_versions::Response, theirs::ApiVersionsResponse>(0..=4, |m, _| {
        m.error_code = m.error_code.clamp(-1, 34);
    });
}

#[test]
fn init_producer_id() {
    compare::<init_producer_id::Request, theirs::InitProducerIdRequest>(0..=5, |_, _| {});
    compare::<init_producer_id::Response, theirs::InitProducerIdResponse>(0..=5, |_, _| {});
}

#[test]
fn find_coordinator() {
    compare::<find_coordinator::Request, theirs::FindCoordinatorRequest>(0..=4, |_, _| {});
    compare::<find_coordinator::Response, theirs::FindCoordinatorResponse>(0..=4, |_, _| {});
}

#[test]
fn list_offsets() {
    compare::<list_offsets::Request, theirs::ListOffsetsRequest>(1..=9, |_, _| {});
    compare::<list_offsets::Response, theirs::ListOffsetsResponse>(1..=9, |_, _| {});
}

#[test]
fn metadata() {
    // In version 0 "all topics" is the empty list, which the other side does not translate.
    compare::<metadata::Request, theirs::MetadataRequest>(1..=13, |m, version| {
        for topic in m.topics.iter_mut().flatten().filter(|_| version < 10) {
            topic.name.get_or_insert_default();
        }
    });
    compare::<metadata::Response, theirs::MetadataResponse>(0..=13, |m, version| {
        for topic in m.topics.iter_mut().filter(|_| version < 12) {
            topic.name.get_or_insert_default();
        }
    });
}

#[test]
fn produce() {
    compare_borrowed::<produce::Request<'static>, theirs::ProduceRequest>(3..=12, |_, _| {});
    compare::<produce::Response, theirs::ProduceResponse>(3..=12, |_, _| {});
}

#[test]
fn fetch() {
    compare::<fetch::Request, theirs::FetchRequest>(4..=16, |_, _| {});
    compare_borrowed::<fetch::Response<'static>, theirs::FetchResponse>(4..=16, |_, _| {});
}

#[test]
fn ends_of_epochs() {
    compare::<offset_for_leader_epoch::Request, theirs::OffsetForLeaderEpochRequest>(2..=4, |_, _| {});
    compare::<offset_for_leader_epoch::Response, theirs::OffsetForLeaderEpochResponse>(2..=4, |_, _| {});
}

#[test]
fn offsets() {
    compare::<offset_commit::Request, theirs::OffsetCommitRequest>(2..=9, |_, _| {});
    compare::<offset_commit::Response, theirs::OffsetCommitResponse>(2..=9, |_, _| {});
    compare::<offset_fetch::Request, theirs::OffsetFetchRequest>(1..=7, |m, version| {
        // Versions 0 and 1 cannot ask for all topics.
        if version < 2 {
            m.topics.get_or_insert_default();
        }
    });
    // From version 8 on the other side has types of other names for the same things.
    compare::<offset_fetch::Response, theirs::OffsetFetchResponse>(1..=7, |_, _| {});
}

#[test]
fn offset_fetch_of_several_groups() {
    for version in 8..=9 {
        for seed in 0..SAMPLES {
            let rng = &mut Rng::with_seed(seed);
            let groups: Vec<offset_fetch::RequestGroup> = Sample::sample(rng);
            let ours = offset_fetch::Request { groups, require_stable: rng.bool(), ..Default::default() };
            let bytes = Message::encode(&ours, version);
            let read = theirs::OffsetFetchRequest::decode(&mut Bytes::from(bytes.clone()), version).unwrap();
            let mut again = BytesMut::new();
            read.encode(&mut again, version).unwrap();
            assert_eq!(again, bytes, "version {version} seed {seed}");
            let groups: Vec<offset_fetch::ResponseGroup> = Sample::sample(rng);
            let ours = offset_fetch::Response { groups, ..Default::default() };
            let bytes = Message::encode(&ours, version);
            let read = theirs::OffsetFetchResponse::decode(&mut Bytes::from(bytes.clone()), version).unwrap();
            let mut again = BytesMut::new();
            read.encode(&mut again, version).unwrap();
            assert_eq!(again, bytes, "version {version} seed {seed}");
        }
    }
}

#[test]
fn groups() {
    compare_borrowed::<join_group::Request<'static>, theirs::JoinGroupRequest>(0..=9, |_, _| {});
    compare_borrowed::<join_group::Response<'static>, theirs::JoinGroupResponse>(0..=9, |m, version| {
        if version < 7 {
            m.protocol_name.get_or_insert_default();
        }
    });
    compare_borrowed::<sync_group::Request<'static>, theirs::SyncGroupRequest>(0..=5, |_, _| {});
    compare_borrowed::<sync_group::Response<'static>, theirs::SyncGroupResponse>(0..=5, |_, _| {});
    compare::<heartbeat::Request, theirs::HeartbeatRequest>(0..=4, |_, _| {});
    compare::<heartbeat::Response, theirs::HeartbeatResponse>(0..=4, |_, _| {});
    compare::<leave_group::Request, theirs::LeaveGroupRequest>(0..=5, |_, _| {});
    compare::<leave_group::Response, theirs::LeaveGroupResponse>(0..=5, |_, _| {});
    compare::<list_groups::Request, theirs::ListGroupsRequest>(0..=5, |_, _| {});
    compare::<list_groups::Response, theirs::ListGroupsResponse>(0..=5, |_, _| {});
    compare::<describe_groups::Request, theirs::DescribeGroupsRequest>(0..=6, |_, _| {});
    compare_borrowed::<describe_groups::Response<'static>, theirs::DescribeGroupsResponse>(0..=6, |_, _| {});
}

/// As `compare`, for the messages that borrow their records. The few bytes are leaked: it is a test.
pub fn compare_borrowed<M, T>(both: RangeInclusive<i16>, adapt: impl Fn(&mut M, i16))
where
    M: Message<'static> + Sample + Theirs<T>,
    T: Encodable + Decodable,
{
    for version in M::versions() {
        for seed in 0..SAMPLES {
            let mut message = M::sample(&mut Rng::with_seed(seed));
            adapt(&mut message, version);
            let bytes: &'static [u8] = message.encode(version).leak();
            let place = format!("{} version {version} seed {seed}", M::NAME);
            let mut r = Reader::new(bytes);
            let ours = M::decode(version, &mut r).unwrap();
            assert!(r.is_empty(), "{place}: {} bytes unread", r.remaining());
            assert_eq!(ours.encode(version), bytes, "{place}: not stable");
            if !both.contains(&version) {
                continue;
            }
            let mut their_bytes = BytesMut::new();
            ours.theirs().encode(&mut their_bytes, version).expect(&place);
            assert!(bytes == their_bytes, "{place}");
            let mut rest = Bytes::from_static(bytes);
            let read = T::decode(&mut rest, version).expect(&place);
            assert!(!rest.has_remaining(), "{place}");
            let mut again = BytesMut::new();
            read.encode(&mut again, version).expect(&place);
            assert!(again == bytes, "{place}: as read by the other side");
        }
    }
}

#[test]
fn header_versions_of_every_api() {
    let mut known = 0;
    for &key in ApiKey::ALL {
        let Ok(their_key) = theirs::ApiKey::try_from(key.0) else { continue };
        known += 1;
        let valid = their_key.valid_versions();
        for version in valid.min..=valid.max {
            let place = format!("{key} version {version}");
            assert_eq!(
                header::request_header_version(key, version),
                their_key.request_header_version(version),
                "{place}"
            );
            assert_eq!(
                header::response_header_version(key, version),
                their_key.response_header_version(version),
                "{place}"
            );
            assert_eq!(key.name().unwrap(), format!("{their_key:?}"));
        }
    }
    assert!(known >= 85, "only {known} APIs compared");
}

#[test]
fn request_headers() {
    for (key, version) in
        [(ApiKey::Produce, 8), (ApiKey::Produce, 9), (ApiKey::ApiVersions, 3), (ApiKey::Fetch, 11)]
    {
        for seed in 0..SAMPLES {
            let rng = &mut Rng::with_seed(seed);
            let ours = RequestHeader {
                api: key,
                version,
                correlation_id: rng.i32(..),
                client_id: Sample::sample(rng),
            };
            let mut bytes = Vec::new();
            ours.encode(&mut bytes);
            let mut other = theirs::RequestHeader::default();
            other.request_api_key = key.0;
            other.request_api_version = version;
            other.correlation_id = ours.correlation_id;
            other.client_id = ours.client_id.theirs();
            let mut their_bytes = BytesMut::new();
            other.encode(&mut their_bytes, header::request_header_version(key, version)).unwrap();
            assert_eq!(bytes, their_bytes);
            assert_eq!(RequestHeader::decode(&mut Reader::new(&bytes)), Ok(ours));
        }
    }
}
