//! AddPartitionsToTxn, versions 0 to 3: what clients send (later ones are for brokers among themselves).

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::transactions::{Claim, TransactionCoordinator, fenced};
use crate::protocol::PartitionError;
use crate::protocol::add_partitions_to_txn::{Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    coordinator: &mut TransactionCoordinator<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let outcome = add_partitions_of(coordinator, call, &request);
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    for topic in &request.topics {
        response.topics.push(topic.map(|&partition| {
            let code = match outcome {
                Ok(()) => ErrorCode::NO_ERROR,
                // One that is not there keeps all from being added.
                Err(ErrorCode::UNKNOWN_TOPIC_OR_PART)
                    if call.error == ErrorCode::NO_ERROR
                        && coordinator.catalogue.partition(&topic.name, partition).is_some() =>
                {
                    ErrorCode::OPERATION_NOT_ATTEMPTED
                }
                Err(code) => code,
            };
            PartitionError { partition, error_code: wire_code(code) }
        }));
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn add_partitions_of(
    coordinator: &mut TransactionCoordinator<'_>,
    call: &Call<'_>,
    request: &Request,
) -> Result<(), ErrorCode> {
    let mut places = Vec::new();
    for topic in &request.topics {
        let index = coordinator.catalogue.index_of(&topic.name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART);
        for &partition in &topic.partitions {
            call.pushed_error()?;
            coordinator
                .catalogue
                .partition(&topic.name, partition)
                .ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
            places.push((index?, partition));
        }
    }
    let claim = Claim {
        transactional_id: &request.transactional_id,
        producer_id: request.producer_id,
        epoch: request.producer_epoch,
    };
    coordinator.add_partitions(call, claim, fenced(call, 2), places)
}
