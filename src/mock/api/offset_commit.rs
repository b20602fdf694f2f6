//! OffsetCommit, versions 0 to 9.
//!
//! Deviation from Kafka: committed offsets do not expire, so times to keep them are not looked at.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::mock::groups::Groups;
use crate::mock::groups::classic::{Caller, Committed};
use crate::protocol::PartitionError;
use crate::protocol::offset_commit::{Request, RequestPartition, Response};
use crate::protocol::primitives::{Malformed, Reader};

/// Kafka's `offset.metadata.max.bytes`.
pub const MAX_METADATA: usize = 4096;

pub fn handle(
    brokers: &Brokers,
    groups: &mut Groups,
    catalogue: &Catalogue,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let allowed = may_commit(brokers, groups, call, &request);
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    for topic in &request.topics {
        response.topics.push(topic.map(|p| {
            let outcome = allowed.and_then(|()| commit(groups, catalogue, &request.group_id, &topic.name, p));
            let code = outcome.err().unwrap_or(ErrorCode::NO_ERROR);
            PartitionError { partition: p.partition, error_code: wire_code(code) }
        }));
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn may_commit(
    brokers: &Brokers,
    groups: &mut Groups,
    call: &Call<'_>,
    request: &Request,
) -> Result<(), ErrorCode> {
    brokers.check_group(call, &request.group_id)?;
    let caller = Caller {
        member_id: &request.member_id,
        instance_id: request.group_instance_id.as_deref(),
        generation: request.generation_id,
    };
    match groups.get_mut(&request.group_id) {
        Some(group) => group.may_commit(&caller, call.now),
        None if caller.generation < 0 => Ok(()),
        None => Err(ErrorCode::ILLEGAL_GENERATION),
    }
}

fn commit(
    groups: &mut Groups,
    catalogue: &Catalogue,
    group_id: &str,
    topic: &str,
    p: &RequestPartition,
) -> Result<(), ErrorCode> {
    if catalogue.partition(topic, p.partition).is_none() {
        return Err(ErrorCode::UNKNOWN_TOPIC_OR_PART);
    }
    let metadata = p.committed_metadata.clone().unwrap_or_default();
    if metadata.as_bytes().len() > MAX_METADATA {
        return Err(ErrorCode::OFFSET_METADATA_TOO_LARGE);
    }
    let committed =
        Committed { offset: p.committed_offset, leader_epoch: p.committed_leader_epoch, metadata };
    groups.store_offset(group_id, topic, p.partition, committed);
    Ok(())
}
