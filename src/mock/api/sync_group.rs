//! SyncGroup, versions 0 to 5.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::groups::Groups;
use crate::mock::groups::classic::{Caller, Phase};
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::sync_group::{Request, Response};

pub fn handle(
    brokers: &Brokers,
    groups: &mut Groups,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    match sync(brokers, groups, call, &request) {
        Ok(false) => {
            let phase = groups.get(&request.group_id).map(|g| g.phase);
            let until = match phase {
                Some(Phase::Completing { until }) => until,
                _ => call.now,
            };
            Ok(HandlerResponse::Wait { until })
        }
        outcome => {
            let group = groups.get(&request.group_id).filter(|_| outcome.is_ok());
            let member = group.and_then(|g| g.members.get(&request.member_id));
            let response = Response {
                error_code: wire_code(outcome.err().unwrap_or(ErrorCode::NO_ERROR)),
                protocol_type: group.map(|g| g.protocol_type.clone()),
                protocol_name: group.map(|g| g.protocol.clone()),
                assignment: member.map_or(&[], |m| &m.assignment),
                throttle_time_ms: call.throttle_ms,
            };
            Ok(call.answer(|out| response.encode(call.version, out)))
        }
    }
}

/// `Ok(false)`: the leader has not assigned yet.
fn sync(
    brokers: &Brokers,
    groups: &mut Groups,
    call: &Call<'_>,
    request: &Request<'_>,
) -> Result<bool, ErrorCode> {
    brokers.check_group(call, &request.group_id)?;
    let group = groups.of_member(&request.group_id)?;
    let differs = |asked: &Option<String>, is: &str| asked.as_deref().is_some_and(|asked| asked != is);
    if differs(&request.protocol_type, &group.protocol_type)
        || differs(&request.protocol_name, &group.protocol)
    {
        return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    }
    let caller = Caller {
        member_id: &request.member_id,
        instance_id: request.group_instance_id.as_deref(),
        generation: request.generation_id,
    };
    let assignments: Vec<(&str, &[u8])> =
        request.assignments.iter().map(|a| (&*a.member_id, a.assignment)).collect();
    let before = group.phase;
    let outcome = group.sync(&caller, &assignments, call.now);
    let moved_on = before != group.phase;
    if moved_on {
        groups.changed();
    }
    outcome
}
