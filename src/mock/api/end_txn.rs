//! EndTxn, versions 0 to 5. From version 5 on a producer gets the epoch of its next transaction (KIP-890);
//! the level of `transaction.version` has to be 2 for that, where Kafka takes the client's word for it.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::transactions::{Claim, TransactionCoordinator, fenced};
use crate::protocol::end_txn::{Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

const FIRST_RAISING_EPOCHS: i16 = 5;

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
    let raises = call.version >= FIRST_RAISING_EPOCHS;
    let outcome = if raises && !coordinator.settings.transactions_have_epochs() {
        Err(ErrorCode::UNSUPPORTED_VERSION)
    } else {
        coordinator.end_transaction(call, claim, fenced(call, 2), (request.committed, raises))
    };
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    match outcome {
        Ok((id, epoch)) => (response.producer_id, response.producer_epoch) = (id, epoch),
        Err(code) => response.error_code = wire_code(code),
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}
