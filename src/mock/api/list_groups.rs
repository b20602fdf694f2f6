//! ListGroups, versions 0 to 5: every broker lists the groups that it coordinates.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::groups::Groups;
use crate::protocol::find_coordinator::KEY_TYPE_GROUP;
use crate::protocol::list_groups::{ListedGroup, Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    brokers: &Brokers,
    groups: &Groups,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let wanted = |filter: &[String], is: &str| {
        filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(is))
    };
    let refused = call.pushed_error().err();
    let groups = groups
        .iter()
        .filter(|(_, group)| refused.is_none() && wanted(&request.types_filter, group.kind_and_state().0))
        .filter(|(id, _)| brokers.check_coordinator(call, KEY_TYPE_GROUP, id).is_ok())
        .filter(|(_, group)| wanted(&request.states_filter, group.kind_and_state().1))
        .map(|(id, group)| ListedGroup {
            group_id: id.clone(),
            protocol_type: match group.consumers {
                Some(_) => "consumer".to_owned(),
                None => group.protocol_type.clone(),
            },
            group_state: group.kind_and_state().1.to_owned(),
            group_type: group.kind_and_state().0.to_owned(),
        })
        .collect();
    let error_code = wire_code(refused.unwrap_or(ErrorCode::NO_ERROR));
    let response = Response { error_code, groups, throttle_time_ms: call.throttle_ms };
    Ok(call.answer(|out| response.encode(call.version, out)))
}
