//! AddOffsetsToTxn, versions 0 to 4.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::transactions::{Claim, TransactionCoordinator, fenced};
use crate::protocol::add_offsets_to_txn::{Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    coordinator: &mut TransactionCoordinator<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let claim = Claim {
        transactional_id: &request.transactional_id,
        producer_id: request.producer_id,
        epoch: request.producer_epoch,
    };
    let outcome = coordinator.add_group(call, claim, fenced(call, 2), &request.group_id);
    let error_code = outcome.map_or_else(wire_code, |()| wire_code(ErrorCode::NO_ERROR));
    let response = Response { throttle_time_ms: call.throttle_ms, error_code };
    Ok(call.answer(|out| response.encode(call.version, out)))
}
