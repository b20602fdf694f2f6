//! What an error calls for in the answer to each of the requests that transactions need: one table for each
//! request, with librdkafka's actions, since applications see which errors end a transaction and which end
//! the producer.

use crate::base::error::ErrorCode;
use crate::protocol::error_action::{ErrorAction, NextStep};
use ErrorCode as E;

/// The request may be sent again, and the coordinator has done nothing yet.
const RETRY: ErrorAction = ErrorAction::RETRY.nothing_stored();

/// Another broker may be the coordinator by now.
const ELSEWHERE: ErrorAction = RETRY.and_refresh();

/// What all requests to the transaction coordinator have in common.
fn common(code: ErrorCode) -> Option<ErrorAction> {
    Some(match code {
        E::NO_ERROR => ErrorAction::DONE,
        // An answer that cannot be read is no answer. The coordinator may have done what it was asked for.
        E::_TRANSPORT | E::_TIMED_OUT | E::_BAD_MSG => ErrorAction::RETRY.and_refresh(),
        E::_TIMED_OUT_QUEUE | E::NOT_COORDINATOR | E::COORDINATOR_NOT_AVAILABLE => ELSEWHERE,
        // It is busy with the end of the transaction before this one.
        E::CONCURRENT_TRANSACTIONS => ErrorAction::RETRY_SOON.nothing_stored(),
        E::COORDINATOR_LOAD_IN_PROGRESS => RETRY,
        E::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        | E::CLUSTER_AUTHORIZATION_FAILED
        | E::INVALID_PRODUCER_EPOCH
        | E::PRODUCER_FENCED
        | E::INVALID_TXN_STATE => ErrorAction::FATAL,
        _ => return None,
    })
}

/// What decides when the answers for several partitions differ.
#[must_use]
pub fn severity(action: ErrorAction) -> u8 {
    match action.next {
        NextStep::Done => 0,
        NextStep::Retry | NextStep::RetrySoon | NextStep::RetryForAWhile => 1,
        NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump => 2,
        NextStep::Fatal => 3,
    }
}

/// InitProducerId, of errors that do not end the producer. `None`: the coordinator may say this for ever, and
/// is asked again at the pace at which any broker is asked for a producer id.
#[must_use]
pub fn for_init_producer_id(code: ErrorCode) -> Option<ErrorAction> {
    common(code)
}

/// FindCoordinator, for the coordinator of the transactional id.
#[must_use]
pub fn for_find_coordinator(code: ErrorCode) -> ErrorAction {
    match code {
        E::TRANSACTIONAL_ID_AUTHORIZATION_FAILED | E::CLUSTER_AUTHORIZATION_FAILED => ErrorAction::FATAL,
        _ => RETRY,
    }
}

/// AddPartitionsToTxn, for one partition.
#[must_use]
pub fn for_add_partitions(code: ErrorCode) -> ErrorAction {
    match code {
        E::UNKNOWN_TOPIC_OR_PART => RETRY,
        E::UNKNOWN_PRODUCER_ID | E::INVALID_PRODUCER_ID_MAPPING => ErrorAction::ABORT_AND_BUMP,
        other => common(other).unwrap_or(ErrorAction::ABORT),
    }
}

/// AddOffsetsToTxn.
#[must_use]
pub fn for_add_offsets(code: ErrorCode) -> ErrorAction {
    match code {
        E::REQUEST_TIMED_OUT => ELSEWHERE,
        E::UNKNOWN_TOPIC_OR_PART => RETRY,
        E::UNSUPPORTED_FOR_MESSAGE_FORMAT => ErrorAction::FATAL,
        other => common(other).unwrap_or(ErrorAction::ABORT),
    }
}

/// TxnOffsetCommit; the coordinator to look up again is the group's.
#[must_use]
pub fn for_offset_commit(code: ErrorCode) -> ErrorAction {
    match code {
        E::REQUEST_TIMED_OUT => ELSEWHERE,
        E::UNKNOWN_TOPIC_OR_PART => RETRY,
        E::INVALID_PRODUCER_ID_MAPPING | E::UNSUPPORTED_FOR_MESSAGE_FORMAT => ErrorAction::FATAL,
        other => common(other).unwrap_or(ErrorAction::ABORT),
    }
}

/// EndTxn.
#[must_use]
pub fn for_end(code: ErrorCode) -> ErrorAction {
    match code {
        E::UNKNOWN_PRODUCER_ID | E::INVALID_PRODUCER_ID_MAPPING => ErrorAction::ABORT_AND_BUMP,
        other => common(other).unwrap_or(ErrorAction::ABORT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [fn(ErrorCode) -> ErrorAction; 4] =
        [for_add_partitions, for_add_offsets, for_offset_commit, for_end];

    #[test]
    fn being_fenced_is_the_end_wherever_the_broker_says_so() {
        for table in TABLES {
            assert_eq!(table(E::INVALID_PRODUCER_EPOCH), ErrorAction::FATAL);
            assert_eq!(table(E::PRODUCER_FENCED), ErrorAction::FATAL);
            assert_eq!(table(E::TRANSACTIONAL_ID_AUTHORIZATION_FAILED), ErrorAction::FATAL);
        }
    }

    #[test]
    fn a_busy_coordinator_is_asked_again_soon() {
        for table in TABLES {
            assert_eq!(table(E::CONCURRENT_TRANSACTIONS).next, NextStep::RetrySoon);
            assert_eq!(table(E::COORDINATOR_LOAD_IN_PROGRESS), RETRY);
            assert_eq!(table(E::NOT_COORDINATOR), ELSEWHERE);
            let cut = table(E::_TRANSPORT);
            assert!(cut.retries() && cut.refresh && !cut.proves_nothing_stored);
        }
    }

    #[test]
    fn a_producer_id_is_asked_for_again_soon_only_after_what_passes() {
        assert_eq!(for_init_producer_id(E::INVALID_PRODUCER_ID_MAPPING), None);
        assert_eq!(for_init_producer_id(E(31_000)), None);
        assert_eq!(for_init_producer_id(E::COORDINATOR_LOAD_IN_PROGRESS), Some(RETRY));
    }

    #[test]
    fn an_unknown_error_fails_the_transaction_and_not_the_producer() {
        for table in TABLES {
            assert_eq!(table(E(31_000)), ErrorAction::ABORT);
        }
        assert_eq!(for_offset_commit(E::ILLEGAL_GENERATION), ErrorAction::ABORT);
        assert_eq!(for_add_partitions(E::TOPIC_AUTHORIZATION_FAILED), ErrorAction::ABORT);
        assert_eq!(for_end(E::INVALID_PRODUCER_ID_MAPPING), ErrorAction::ABORT_AND_BUMP);
    }
}
