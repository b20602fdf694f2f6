//! EndTxn, versions 0 to 4: a producer keeps its epoch (version 5 would give it the next one, KIP-890).

use super::call::{Answer, Call, wire_code};
use super::core::Cluster;
use super::transactions::{Claim, fenced};
use crate::base::error::ErrorCode;
use crate::protocol::end_txn::{Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let request = Request::decode(call.version, body)?;
    let claim = Claim {
        transactional_id: &request.transactional_id,
        producer_id: request.producer_id,
        epoch: request.producer_epoch,
    };
    let outcome = cluster.end_transaction(call, claim, fenced(call, 2), request.committed);
    let error_code = outcome.map_or_else(wire_code, |()| wire_code(ErrorCode::NO_ERROR));
    let response = Response { throttle_time_ms: cluster.throttle_ms(), error_code, ..Response::default() };
    Ok(call.answer(|out| response.encode(call.version, out)))
}
