//! What an error means in the answer to each of the requests that transactions need: one table per request, with
//! librdkafka's actions, since applications see which errors end a transaction and which end the producer.

use crate::base::error::ErrorCode;
use ErrorCode as E;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Done,
    /// The request may be sent again.
    Retry {
        /// The coordinator is busy with the end of the transaction before this one, which takes a moment only: the wait
        /// is [`super::CONCURRENT_PAUSE`] and not `retry.backoff.ms`.
        soon: bool,
        /// Another broker may be the coordinator by now.
        lost: bool,
        /// The broker may have done what it was asked for.
        perhaps_done: bool,
    },
    /// The transaction has failed. With `bump`, the producer id has to be renewed as well (KIP-360).
    Abort {
        bump: bool,
    },
    Fatal,
}

impl Meaning {
    /// What decides when the answers for several partitions differ.
    #[must_use]
    pub fn severity(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Retry { .. } => 1,
            Self::Abort { .. } => 2,
            Self::Fatal => 3,
        }
    }
}

const RETRY: Meaning = Meaning::Retry { soon: false, lost: false, perhaps_done: false };
const SOON: Meaning = Meaning::Retry { soon: true, lost: false, perhaps_done: false };
const LOST: Meaning = Meaning::Retry { soon: false, lost: true, perhaps_done: false };
const CUT: Meaning = Meaning::Retry { soon: false, lost: true, perhaps_done: true };
const ABORT: Meaning = Meaning::Abort { bump: false };

/// What all requests to the transaction coordinator have in common.
fn common(code: ErrorCode) -> Option<Meaning> {
    Some(match code {
        E::NO_ERROR => Meaning::Done,
        // An answer that cannot be read is no answer.
        E::_TRANSPORT | E::_TIMED_OUT | E::_BAD_MSG => CUT,
        E::_TIMED_OUT_QUEUE | E::NOT_COORDINATOR | E::COORDINATOR_NOT_AVAILABLE => LOST,
        E::CONCURRENT_TRANSACTIONS => SOON,
        E::COORDINATOR_LOAD_IN_PROGRESS => RETRY,
        E::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        | E::CLUSTER_AUTHORIZATION_FAILED
        | E::INVALID_PRODUCER_EPOCH
        | E::PRODUCER_FENCED
        | E::INVALID_TXN_STATE => Meaning::Fatal,
        _ => return None,
    })
}

/// InitProducerId, as far as it may be sent again.
#[must_use]
pub fn of_init(code: ErrorCode) -> Meaning {
    common(code).unwrap_or(RETRY)
}

/// AddPartitionsToTxn, for one partition.
#[must_use]
pub fn of_add_partitions(code: ErrorCode) -> Meaning {
    match code {
        E::UNKNOWN_TOPIC_OR_PART => RETRY,
        E::UNKNOWN_PRODUCER_ID | E::INVALID_PRODUCER_ID_MAPPING => Meaning::Abort { bump: true },
        other => common(other).unwrap_or(ABORT),
    }
}

/// AddOffsetsToTxn.
#[must_use]
pub fn of_add_offsets(code: ErrorCode) -> Meaning {
    match code {
        E::REQUEST_TIMED_OUT => LOST,
        E::UNKNOWN_TOPIC_OR_PART => RETRY,
        E::UNSUPPORTED_FOR_MESSAGE_FORMAT => Meaning::Fatal,
        other => common(other).unwrap_or(ABORT),
    }
}

/// TxnOffsetCommit; the coordinator that may be lost is the group's.
#[must_use]
pub fn of_offset_commit(code: ErrorCode) -> Meaning {
    match code {
        E::REQUEST_TIMED_OUT => LOST,
        E::UNKNOWN_TOPIC_OR_PART => RETRY,
        E::INVALID_PRODUCER_ID_MAPPING | E::UNSUPPORTED_FOR_MESSAGE_FORMAT => Meaning::Fatal,
        other => common(other).unwrap_or(ABORT),
    }
}

/// EndTxn.
#[must_use]
pub fn of_end(code: ErrorCode) -> Meaning {
    match code {
        E::UNKNOWN_PRODUCER_ID | E::INVALID_PRODUCER_ID_MAPPING => Meaning::Abort { bump: true },
        other => common(other).unwrap_or(ABORT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_fenced_is_the_end_wherever_the_broker_says_so() {
        for of in [of_add_partitions, of_add_offsets, of_offset_commit, of_end] {
            assert_eq!(of(E::INVALID_PRODUCER_EPOCH), Meaning::Fatal);
            assert_eq!(of(E::PRODUCER_FENCED), Meaning::Fatal);
            assert_eq!(of(E::TRANSACTIONAL_ID_AUTHORIZATION_FAILED), Meaning::Fatal);
        }
    }

    #[test]
    fn a_busy_coordinator_is_asked_again_soon() {
        for of in [of_add_partitions, of_add_offsets, of_offset_commit, of_end] {
            assert_eq!(of(E::CONCURRENT_TRANSACTIONS), SOON);
            assert_eq!(of(E::COORDINATOR_LOAD_IN_PROGRESS), RETRY);
            assert_eq!(of(E::NOT_COORDINATOR), LOST);
            assert_eq!(of(E::_TRANSPORT), CUT);
        }
    }

    #[test]
    fn what_nobody_knows_fails_the_transaction_and_not_the_producer() {
        for of in [of_add_partitions, of_add_offsets, of_offset_commit, of_end] {
            assert_eq!(of(E(31_000)), ABORT);
        }
        assert_eq!(of_offset_commit(E::ILLEGAL_GENERATION), ABORT);
        assert_eq!(of_add_partitions(E::TOPIC_AUTHORIZATION_FAILED), ABORT);
        assert_eq!(of_end(E::INVALID_PRODUCER_ID_MAPPING), Meaning::Abort { bump: true });
    }
}
