//! DescribeGroups, versions 0 to 6: groups of the classic protocol. Deviation from Kafka: nobody's
//! authorized operations are known.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::groups::Groups;
use crate::mock::groups::classic::Phase;
use crate::protocol::describe_groups::{DescribedGroup, DescribedMember, Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

/// What a group is said to be in that does not exist.
const DEAD: &str = "Dead";

pub fn handle(
    brokers: &Brokers,
    groups: &Groups,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let groups = request.groups.iter().map(|id| describe_group(brokers, groups, call, id)).collect();
    let response = Response { groups, throttle_time_ms: call.throttle_ms };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn describe_group<'a>(
    brokers: &Brokers,
    groups: &'a Groups,
    call: &Call<'_>,
    id: &str,
) -> DescribedGroup<'a> {
    let described = DescribedGroup { group_id: id.to_owned(), ..DescribedGroup::default() };
    if let Err(code) = brokers.check_group(call, id) {
        return DescribedGroup { error_code: wire_code(code), ..described };
    }
    let Some(group) = groups.get(id).filter(|g| g.consumers.is_none()) else {
        let unknown = ErrorCode::GROUP_ID_NOT_FOUND;
        // Before version 6 that was no error.
        let error_code = if call.version >= 6 { wire_code(unknown) } else { 0 };
        return DescribedGroup { error_code, group_state: DEAD.to_owned(), ..described };
    };
    // Only a stable group has anything to tell about its assignor and assignments.
    let stable = group.phase == Phase::Stable;
    let members = group.members.iter().map(|(id, m)| DescribedMember {
        member_id: id.clone(),
        group_instance_id: m.instance_id.clone(),
        client_id: m.client_id.clone(),
        client_host: "/127.0.0.1".to_owned(),
        member_metadata: if stable { m.metadata(&group.protocol) } else { &[] },
        member_assignment: &m.assignment,
    });
    DescribedGroup {
        group_state: group.phase.name().to_owned(),
        protocol_type: group.protocol_type.clone(),
        protocol_data: if stable { group.protocol.clone() } else { String::new() },
        members: members.collect(),
        ..described
    }
}
