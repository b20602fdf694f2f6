//! TxnOffsetCommit, versions 0 to 5.
//!
//! From version 5 on, at level 2 of `transaction.version`, it adds the group to the transaction by itself.
//! Whoever names a member is checked like one; whoever names none may commit for any group.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::groups::Groups;
use crate::mock::groups::classic::{Caller, Committed};
use crate::mock::transactions::{Claim, TransactionCoordinator};
use crate::protocol::PartitionError;
use crate::protocol::find_coordinator::KEY_TYPE_GROUP;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::txn_offset_commit::{Request, RequestPartition, Response};

/// From this version on positions add their group (KIP-890).
const FIRST_ADDING_GROUPS: i16 = 5;
/// From this version on clients know a code that says that the transaction has to be aborted.
const FIRST_TELLING_TO_ABORT: i16 = 4;

pub fn handle(
    coordinator: &mut TransactionCoordinator<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let whole = call
        .pushed_error()
        .and_then(|()| coordinator.brokers.check_coordinator(call, KEY_TYPE_GROUP, &request.group_id))
        .and_then(|()| check_member(coordinator.groups, call, &request));
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    for topic in &request.topics {
        response.topics.push(topic.map(|p| {
            let code = whole.and_then(|()| commit_later(coordinator, call, &request, &topic.name, p)).err();
            PartitionError {
                partition: p.partition,
                error_code: wire_code(code.unwrap_or(ErrorCode::NO_ERROR)),
            }
        }));
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn check_member(groups: &mut Groups, call: &Call<'_>, request: &Request) -> Result<(), ErrorCode> {
    let caller = Caller {
        member_id: &request.member_id,
        instance_id: request.group_instance_id.as_deref(),
        generation: request.generation_id,
    };
    if caller.member_id.is_empty() && caller.instance_id.is_none() && caller.generation < 0 {
        return Ok(());
    }
    let group = groups.get_mut(&request.group_id).ok_or(ErrorCode::ILLEGAL_GENERATION)?;
    group.may_commit(&caller, call.now)
}

fn commit_later(
    coordinator: &mut TransactionCoordinator<'_>,
    call: &Call<'_>,
    request: &Request,
    topic: &str,
    wanted: &RequestPartition,
) -> Result<(), ErrorCode> {
    coordinator.catalogue.partition(topic, wanted.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
    let claim = Claim {
        transactional_id: &request.transactional_id,
        producer_id: request.producer_id,
        epoch: request.producer_epoch,
    };
    let position = Committed {
        offset: wanted.committed_offset,
        leader_epoch: wanted.committed_leader_epoch,
        metadata: wanted.committed_metadata.clone().unwrap_or_default(),
    };
    let implicitly = call.version >= FIRST_ADDING_GROUPS && coordinator.settings.transactions_have_epochs();
    let place = (topic.to_owned(), wanted.partition);
    let added = coordinator.add_position(claim, &request.group_id, place, position, (implicitly, call.now));
    added.map_err(|code| match code {
        ErrorCode::INVALID_TXN_STATE if call.version >= FIRST_TELLING_TO_ABORT => {
            ErrorCode::TRANSACTION_ABORTABLE
        }
        code => code,
    })
}
