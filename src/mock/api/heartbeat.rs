//! Heartbeat, versions 0 to 4.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::groups::Groups;
use crate::mock::groups::classic::Caller;
use crate::protocol::heartbeat::{Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    brokers: &Brokers,
    groups: &mut Groups,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let caller = Caller {
        member_id: &request.member_id,
        instance_id: request.group_instance_id.as_deref(),
        generation: request.generation_id,
    };
    let checked = brokers.check_group(call, &request.group_id);
    let group = checked.and_then(|()| groups.of_member(&request.group_id));
    let outcome = group.and_then(|g| g.heartbeat(&caller, call.now));
    let code = outcome.err().unwrap_or(ErrorCode::NO_ERROR);
    let response = Response { error_code: wire_code(code), throttle_time_ms: call.throttle_ms };
    Ok(call.answer(|out| response.encode(call.version, out)))
}
