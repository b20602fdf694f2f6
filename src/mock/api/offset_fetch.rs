//! OffsetFetch, versions 0 to 9.
//!
//! Deviation from Kafka: offsets are there when they are committed, so nobody has to wait for stable ones.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::groups::Groups;
use crate::mock::groups::classic::{Committed, Group};
use crate::protocol::ByTopic;
use crate::protocol::offset_fetch::{Request, RequestGroup, Response, ResponseGroup, ResponsePartition};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    brokers: &Brokers,
    groups: &Groups,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let response = if call.version >= 8 {
        let groups = request
            .groups
            .iter()
            .map(|asked| {
                let checked = may_fetch(brokers, groups, call, asked);
                let group = groups.get(&asked.group_id);
                ResponseGroup {
                    group_id: asked.group_id.clone(),
                    topics: checked.map_or(vec![], |()| positions(group, asked.topics.as_deref())),
                    error_code: wire_code(checked.err().unwrap_or(ErrorCode::NO_ERROR)),
                }
            })
            .collect();
        Response { groups, throttle_time_ms: call.throttle_ms, ..Response::default() }
    } else {
        let code = brokers.check_group(call, &request.group_id).err().unwrap_or(ErrorCode::NO_ERROR);
        let group = groups.get(&request.group_id).filter(|_| code == ErrorCode::NO_ERROR);
        let mut topics = positions(group, request.topics.as_deref());
        // Versions 0 and 1 have no error for the whole: every partition gets it.
        for partition in topics.iter_mut().flat_map(|t| &mut t.partitions) {
            partition.error_code = wire_code(code);
        }
        Response {
            topics,
            error_code: wire_code(code),
            throttle_time_ms: call.throttle_ms,
            ..Response::default()
        }
    };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

/// Members of the newer protocol say who they are, and have to be up to date.
fn may_fetch(
    brokers: &Brokers,
    groups: &Groups,
    call: &Call<'_>,
    asked: &RequestGroup,
) -> Result<(), ErrorCode> {
    brokers.check_group(call, &asked.group_id)?;
    let consumers = groups.get(&asked.group_id).and_then(|g| g.consumers.as_ref());
    match (consumers, &asked.member_id) {
        (Some(consumers), Some(member_id)) => consumers.check(member_id, asked.member_epoch),
        _ => Ok(()),
    }
}

fn positions(group: Option<&Group>, asked: Option<&[ByTopic<i32>]>) -> Vec<ByTopic<ResponsePartition>> {
    let Some(asked) = asked else {
        let all = group.into_iter().flat_map(|g| &g.offsets);
        return all
            .map(|(name, partitions)| {
                let positions = partitions.iter().map(|(id, c)| position(*id, Some(c)));
                ByTopic::new(name.as_str(), positions.collect())
            })
            .collect();
    };
    let answer = |topic: &ByTopic<i32>| {
        let known = group.and_then(|g| g.offsets.get(&topic.name));
        topic.map(|id| position(*id, known.and_then(|k| k.get(id))))
    };
    asked.iter().map(answer).collect()
}

fn position(partition: i32, committed: Option<&Committed>) -> ResponsePartition {
    ResponsePartition {
        partition,
        committed_offset: committed.map_or(-1, |c| c.offset),
        committed_leader_epoch: committed.map_or(-1, |c| c.leader_epoch),
        metadata: Some(committed.map(|c| c.metadata.clone()).unwrap_or_default()),
        error_code: 0,
    }
}
