//! InitProducerId, versions 0 to 5.
//!
//! Ids come from a counter; see `transactions.rs` for those with a transactional id.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::transactions::{Claim, TransactionCoordinator, fenced};
use crate::protocol::init_producer_id::{Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    coordinator: &mut TransactionCoordinator<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let response = match call.pushed_error().and_then(|()| init_producer_id(coordinator, call, &request)) {
        Ok((producer_id, producer_epoch)) => Response { producer_id, producer_epoch, ..Response::default() },
        Err(code) => Response { error_code: wire_code(code), producer_epoch: -1, ..Response::default() },
    };
    let response = Response { throttle_time_ms: call.throttle_ms, ..response };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn init_producer_id(
    coordinator: &mut TransactionCoordinator<'_>,
    call: &Call<'_>,
    request: &Request,
) -> Result<(i64, i16), ErrorCode> {
    // As in Kafka, what a producer without a transactional id says about itself does not matter.
    let Some(name) = &request.transactional_id else {
        return Ok((coordinator.producer_ids.hand_out(false), 0));
    };
    if name.is_empty() {
        return Err(ErrorCode::INVALID_REQUEST);
    }
    let claim =
        Claim { transactional_id: name, producer_id: request.producer_id, epoch: request.producer_epoch };
    coordinator.init_transactional(call, claim, request.transaction_timeout_ms, fenced(call, 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
    use crate::protocol::init_producer_id::VERSIONS;

    fn ask(c: &mut Cluster, version: i16, request: &Request) -> (i16, i64, i16) {
        let r = exchange(
            c,
            ApiKey::InitProducerId,
            version,
            |out| request.encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        );
        (r.error_code, r.producer_id, r.producer_epoch)
    }

    #[test]
    fn ids_are_never_given_twice() {
        let mut c = cluster(1);
        for version in VERSIONS {
            let (error, id, epoch) = ask(&mut c, version, &Request::default());
            assert_eq!((error, id, epoch), (0, 1000 + i64::from(version), 0));
        }
        assert_eq!(c.producer_ids_mut().check(1000, 3), Ok(()));
        assert_eq!(c.producer_ids_mut().check(7, 0), Err(ErrorCode::UNKNOWN_PRODUCER_ID));
    }

    #[test]
    fn a_transactional_id_keeps_its_producer_id_and_fences_the_older_one() {
        let mut c = cluster(1);
        let named = Request {
            transactional_id: Some("t".into()),
            transaction_timeout_ms: 60_000,
            ..Request::default()
        };
        assert_eq!(ask(&mut c, 4, &named), (0, 1000, 0));
        assert_eq!(ask(&mut c, 4, &named), (0, 1000, 1));
        assert_eq!(c.producer_ids_mut().check(1000, 0), Err(ErrorCode::INVALID_PRODUCER_EPOCH));
        let again = Request { producer_id: 1000, producer_epoch: 1, ..named.clone() };
        assert_eq!(ask(&mut c, 4, &again), (0, 1000, 2));
        assert_eq!(ask(&mut c, 4, &again), (0, 1000, 2), "the answer was lost");
        let again = Request { producer_id: 1000, producer_epoch: 0, ..named.clone() };
        assert_eq!(ask(&mut c, 4, &again), (90, -1, -1), "that epoch is over");
        assert_eq!(ask(&mut c, 3, &again), (47, -1, -1), "the same to an older client");
        for transaction_timeout_ms in [0, -1, 15 * 60 * 1000 + 1] {
            let bad = Request { transaction_timeout_ms, ..named.clone() };
            assert_eq!(ask(&mut c, 4, &bad), (50, -1, -1));
        }
        let other = Request { producer_id: 5, producer_epoch: 2, ..named };
        assert_eq!(ask(&mut c, 4, &other), (49, -1, -1));
        let empty = Request { transactional_id: Some(String::new()), ..Request::default() };
        assert_eq!(ask(&mut c, 4, &empty), (42, -1, -1));
    }

    #[test]
    fn pushed_errors_come_first() {
        let mut c = cluster(1);
        c.push_request_errors(ApiKey::InitProducerId.0, &[ErrorCode::COORDINATOR_LOAD_IN_PROGRESS]);
        assert_eq!(ask(&mut c, 4, &Request::default()), (14, -1, -1));
        assert_eq!(ask(&mut c, 4, &Request::default()), (0, 1000, 0));
    }
}
