//! The requests of a transaction, from the state to the wire and back.

#![expect(clippy::redundant_closure, reason = "decode() is tied to one lifetime, the closure to none")]

use super::group_offsets::Job;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::broker::{ControlRequest, ControlResult};
use crate::consumer::offset_to_commit::OffsetToCommit;
use crate::producer::partition::Partition;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::{ApiKey, ByTopic};
use crate::protocol::{add_offsets_to_txn, add_partitions_to_txn, end_txn, txn_offset_commit};
use std::ops::RangeInclusive;

/// The producer that a coordinator is told of.
#[derive(Clone, Debug)]
pub(super) struct TxnIdentity {
    pub transactional_id: String,
    pub producer_id: i64,
    pub producer_epoch: i16,
}

pub(super) type Then<T> = Box<dyn FnOnce(Result<T, Error>) + Send>;

fn request<T: 'static>(
    api: ApiKey,
    versions: RangeInclusive<i16>,
    encode: impl Fn(i16, &mut Vec<u8>) + Send + 'static,
    decode: impl Fn(i16, &mut Reader<'_>) -> Result<T, Malformed> + Send + 'static,
    then: Then<T>,
) -> ControlRequest {
    ControlRequest {
        api,
        versions,
        encode: Box::new(encode),
        reply: Box::new(move |answer: ControlResult<'_>| {
            then(answer.and_then(|(version, body)| {
                decode(version, &mut Reader::new(body)).map_err(|e| {
                    let name = api.name().unwrap_or("Transaction");
                    Error::new(ErrorCode::_BAD_MSG, format!("malformed {name} response: {e}"))
                })
            }));
        }),
    }
}

pub(super) fn add_partitions(
    s: &TxnIdentity,
    partitions: &[Arc<Partition>],
    then: Then<add_partitions_to_txn::Response>,
) -> ControlRequest {
    use add_partitions_to_txn as wire;
    let mut sorted: Vec<(&str, i32)> = partitions.iter().map(|p| (&*p.topic().name, p.id())).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let r = wire::Request {
        transactional_id: s.transactional_id.clone(),
        producer_id: s.producer_id,
        producer_epoch: s.producer_epoch,
        topics: ByTopic::group(sorted),
    };
    let encode = move |version, out: &mut Vec<u8>| r.encode(version, out);
    request(ApiKey::AddPartitionsToTxn, wire::VERSIONS, encode, |v, r| wire::Response::decode(v, r), then)
}

pub(super) fn add_offsets(
    s: &TxnIdentity,
    group: &str,
    then: Then<add_offsets_to_txn::Response>,
) -> ControlRequest {
    use add_offsets_to_txn as wire;
    let r = wire::Request {
        transactional_id: s.transactional_id.clone(),
        producer_id: s.producer_id,
        producer_epoch: s.producer_epoch,
        group_id: group.to_owned(),
    };
    let encode = move |version, out: &mut Vec<u8>| r.encode(version, out);
    request(ApiKey::AddOffsetsToTxn, wire::VERSIONS, encode, |v, r| wire::Response::decode(v, r), then)
}

/// From this version on the coordinator adds the group's offsets to the transaction by itself (KIP-890).
const IMPLICIT_OFFSETS: i16 = 5;

pub(super) fn commit_offsets(
    s: &TxnIdentity,
    job: &Job,
    implicit: bool,
    then: Then<txn_offset_commit::Response>,
) -> ControlRequest {
    use txn_offset_commit as wire;
    let offset = |o: &OffsetToCommit| wire::RequestPartition {
        partition: o.partition,
        committed_offset: o.offset,
        committed_leader_epoch: o.leader_epoch,
        committed_metadata: o.metadata.clone().map(Into::into),
    };
    let r = wire::Request {
        transactional_id: s.transactional_id.clone(),
        group_id: job.member.group.clone(),
        producer_id: s.producer_id,
        producer_epoch: s.producer_epoch,
        generation_id: job.member.generation,
        member_id: job.member.member.clone(),
        group_instance_id: job.member.instance.clone(),
        topics: ByTopic::group(job.offsets.iter().map(|o| (&o.topic, offset(o)))),
    };
    let first = *wire::VERSIONS.start();
    let last = if implicit { *wire::VERSIONS.end() } else { IMPLICIT_OFFSETS - 1 };
    let encode = move |version, out: &mut Vec<u8>| r.encode(version, out);
    request(ApiKey::TxnOffsetCommit, first..=last, encode, |v, r| wire::Response::decode(v, r), then)
}

/// From this version on the end of a transaction gives the next one a new epoch (KIP-890).
const NEW_EPOCH: i16 = 5;

pub(super) fn end(
    s: &TxnIdentity,
    committed: bool,
    implicit: bool,
    then: Then<end_txn::Response>,
) -> ControlRequest {
    use end_txn as wire;
    let r = wire::Request {
        transactional_id: s.transactional_id.clone(),
        producer_id: s.producer_id,
        producer_epoch: s.producer_epoch,
        committed,
    };
    let versions =
        if implicit { NEW_EPOCH..=*wire::VERSIONS.end() } else { *wire::VERSIONS.start()..=NEW_EPOCH - 1 };
    let encode = move |version, out: &mut Vec<u8>| r.encode(version, out);
    request(ApiKey::EndTxn, versions, encode, |v, r| wire::Response::decode(v, r), then)
}
