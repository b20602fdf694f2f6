//! JoinGroup, versions 0 to 9. Deviations from Kafka: see [`crate::mock::groups::classic`].

use crate::base::clock::milliseconds;
use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::groups::Groups;
use crate::mock::groups::classic::{Group, Join, Phase};
use crate::protocol::join_group::{Member, Request, Response};
use crate::protocol::primitives::{Malformed, Reader};
use std::time::Duration;

/// From here on a new member gets its id first and comes again with it.
const TWO_STEPS: i16 = 4;

pub fn handle(
    brokers: &Brokers,
    groups: &mut Groups,
    initial_delay: Duration,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let member_id = request.member_id.clone();
    let outcome = join(brokers, groups, initial_delay, call, &request);
    Ok(match outcome {
        Ok(None) => HandlerResponse::Wait { until: rebalance_ends(groups, call, &request.group_id) },
        Ok(Some(joined)) => match groups.get(&request.group_id) {
            Some(group) => welcome(call, group, joined),
            None => refuse(call, ErrorCode::UNKNOWN_MEMBER_ID, member_id),
        },
        Err((code, id)) => refuse(call, code, id.unwrap_or(member_id)),
    })
}

fn welcome(call: &Call<'_>, group: &Group, member_id: String) -> HandlerResponse {
    let members = if group.leader == member_id {
        let member = |(id, instance, metadata): (&String, &Option<String>, _)| Member {
            member_id: id.clone(),
            group_instance_id: instance.clone(),
            metadata,
        };
        group.roster().map(member).collect()
    } else {
        vec![]
    };
    let response = Response {
        generation_id: group.generation,
        protocol_type: Some(group.protocol_type.clone()),
        protocol_name: Some(group.protocol.clone()),
        leader: group.leader.clone(),
        member_id,
        members,
        throttle_time_ms: call.throttle_ms,
        ..Response::default()
    };
    call.answer(|out| response.encode(call.version, out))
}

fn refuse(call: &Call<'_>, code: ErrorCode, member_id: String) -> HandlerResponse {
    let protocol_name = (call.version < 7).then(String::new);
    let response = Response {
        error_code: wire_code(code),
        member_id,
        protocol_name,
        throttle_time_ms: call.throttle_ms,
        ..Response::default()
    };
    call.answer(|out| response.encode(call.version, out))
}

/// The id of the member that has joined; `None`: it has to wait. An error may come with an id to use instead.
#[allow(clippy::type_complexity)]
fn join(
    brokers: &Brokers,
    groups: &mut Groups,
    initial_delay: Duration,
    call: &Call<'_>,
    request: &Request<'_>,
) -> Result<Option<String>, (ErrorCode, Option<String>)> {
    let plain = |code| (code, None);
    if call.resumed {
        let group = groups.get_mut(&request.group_id).ok_or(plain(ErrorCode::UNKNOWN_MEMBER_ID))?;
        return group.joined(call.serial).map_err(plain);
    }
    brokers.check_group(call, &request.group_id).map_err(plain)?;
    if request.session_timeout_ms <= 0 {
        return Err(plain(ErrorCode::INVALID_SESSION_TIMEOUT));
    }
    // A name that shows in tools whose member it is, and a number that makes it the only one.
    let client: String = call.client_id.chars().take(64).collect();
    let new_member_id = format!("{client}-{}", call.serial);
    let rebalance_timeout_ms =
        if call.version >= 1 { request.rebalance_timeout_ms } else { request.session_timeout_ms };
    let join = Join {
        serial: call.serial,
        conn_id: call.conn_id,
        member_id: request.member_id.clone(),
        new_member_id: new_member_id.clone(),
        two_steps: call.version >= TWO_STEPS,
        instance_id: request.group_instance_id.clone(),
        client_id: call.client_id.clone(),
        session_timeout: milliseconds(request.session_timeout_ms),
        rebalance_timeout: milliseconds(rebalance_timeout_ms),
        protocol_type: request.protocol_type.clone(),
        protocols: request.protocols.iter().map(|p| (p.name.clone(), p.metadata.to_vec())).collect(),
        initial_delay,
    };
    let group = groups.get_or_create(&request.group_id);
    let outcome = match group.join(join, call.now) {
        Ok(()) => group.joined(call.serial).map_err(plain),
        Err(ErrorCode::MEMBER_ID_REQUIRED) => Err((ErrorCode::MEMBER_ID_REQUIRED, Some(new_member_id))),
        Err(code) => Err(plain(code)),
    };
    groups.remove_if_dead(&request.group_id);
    groups.changed();
    outcome
}

fn rebalance_ends(groups: &Groups, call: &Call<'_>, group_id: &str) -> crate::base::clock::Time {
    match groups.get(group_id).map(|g| g.phase) {
        Some(Phase::Preparing { until, .. } | Phase::Completing { until }) => until,
        _ => call.now,
    }
}
