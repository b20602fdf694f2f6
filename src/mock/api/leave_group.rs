//! LeaveGroup, versions 0 to 5.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::groups::Groups;
use crate::protocol::leave_group::{Left, Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    brokers: &Brokers,
    groups: &mut Groups,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let response = match leave(brokers, groups, call, &request) {
        Ok(members) => Response { members, throttle_time_ms: call.throttle_ms, ..Response::default() },
        Err(code) => Response {
            error_code: wire_code(code),
            throttle_time_ms: call.throttle_ms,
            ..Response::default()
        },
    };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn leave(
    brokers: &Brokers,
    groups: &mut Groups,
    call: &Call<'_>,
    request: &Request,
) -> Result<Vec<Left>, ErrorCode> {
    brokers.check_group(call, &request.group_id)?;
    let group = groups.of_member(&request.group_id)?;
    let mut left = Vec::new();
    let outcome = if call.version < 3 {
        group.leave(&request.member_id, None, call.now)
    } else {
        for m in &request.members {
            let outcome = group.leave(&m.member_id, m.group_instance_id.as_deref(), call.now);
            left.push(Left {
                member_id: m.member_id.clone(),
                group_instance_id: m.group_instance_id.clone(),
                error_code: wire_code(outcome.err().unwrap_or(ErrorCode::NO_ERROR)),
            });
        }
        Ok(())
    };
    groups.remove_if_dead(&request.group_id);
    groups.changed();
    outcome.map(|()| left)
}
