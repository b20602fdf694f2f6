//! Produce: what an error code means for a batch. One table, for all engines and for producers with and
//! without idempotence.
//!
//! Which errors are retried, for how long, and which status a failed message has are librdkafka's decisions,
//! since applications see them. Which errors prove that nothing was stored is ours: an idempotent producer
//! may give the messages another sequence number only after such a proof.

use crate::base::error::ErrorCode;
use crate::producer::partition::report::Persistence;
use crate::protocol::error_action::ErrorAction;
use ErrorCode as E;

/// A row: what to do, and the status that a message has if it fails with the error.
type Row = (ErrorAction, Persistence);

const RETRY: ErrorAction = ErrorAction::RETRY;
const FAIL: ErrorAction = ErrorAction::FAIL;
const NOT: Persistence = Persistence::NotPersisted;
const POSSIBLY: Persistence = Persistence::PossiblyPersisted;

/// The table.
#[must_use]
pub fn for_produce(code: ErrorCode) -> Row {
    match code {
        E::_TRANSPORT => (RETRY.and_refresh(), POSSIBLY),
        // These prove nothing: a former leader may have stored the batch before it stepped down, and the new
        // one may have it from there.
        E::UNKNOWN_TOPIC_OR_PART
        | E::LEADER_NOT_AVAILABLE
        | E::NOT_LEADER_FOR_PARTITION
        | E::BROKER_NOT_AVAILABLE
        | E::REPLICA_NOT_AVAILABLE
        | E::COORDINATOR_NOT_AVAILABLE
        | E::NOT_COORDINATOR
        | E::_WAIT_COORD
        | E::_DESTROY_BROKER
        | E::KAFKA_STORAGE_ERROR => (RETRY.and_refresh(), NOT),
        E::NOT_ENOUGH_REPLICAS | E::INVALID_MSG => (RETRY.nothing_stored(), NOT),
        E::_TIMED_OUT_QUEUE | E::COORDINATOR_LOAD_IN_PROGRESS | E::_RETRY => (RETRY, NOT),
        E::_SSL | E::_TIMED_OUT | E::REQUEST_TIMED_OUT | E::NOT_ENOUGH_REPLICAS_AFTER_APPEND => {
            (RETRY, POSSIBLY)
        }
        E::_MSG_TIMED_OUT | E::_PURGE_INFLIGHT | E::_BAD_MSG => (FAIL, POSSIBLY),
        // What these mean for a batch with a sequence depends on more than the code: see `sequenced`.
        E::DUPLICATE_SEQUENCE_NUMBER => (FAIL, POSSIBLY),
        E::OUT_OF_ORDER_SEQUENCE_NUMBER => (FAIL.nothing_stored(), POSSIBLY),
        E::UNKNOWN_PRODUCER_ID
        | E::INVALID_PRODUCER_EPOCH
        | E::PRODUCER_FENCED
        | E::INVALID_PRODUCER_ID_MAPPING
        | E::INVALID_RECORD
        | E::MSG_SIZE_TOO_LARGE
        | E::RECORD_LIST_TOO_LARGE
        | E::INVALID_REQUIRED_ACKS
        | E::INVALID_TIMESTAMP
        | E::UNSUPPORTED_FOR_MESSAGE_FORMAT
        | E::POLICY_VIOLATION
        | E::TOPIC_AUTHORIZATION_FAILED
        | E::CLUSTER_AUTHORIZATION_FAILED
        | E::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        | E::INVALID_TXN_STATE
        | E::CONCURRENT_TRANSACTIONS => (FAIL.nothing_stored(), NOT),
        _ => (FAIL, NOT),
    }
}

/// The table for a transactional producer. Since KIP-890 the broker adds the partition to the transaction,
/// which has to wait for the end of the one before. (To clients that do not know of it, librdkafka among
/// them, it says `NOT_ENOUGH_REPLICAS` instead.)
#[must_use]
pub fn for_transactional_produce(code: ErrorCode) -> Row {
    match code {
        E::CONCURRENT_TRANSACTIONS => (ErrorAction::RETRY_SOON.nothing_stored(), NOT),
        _ => for_produce(code),
    }
}

/// An attempt that has failed: a row of the table, seen by whether the request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedAttempt {
    pub action: ErrorAction,
    /// Whether this attempt counts against `retries`: not if the broker surely did not store the messages.
    pub counts: bool,
    pub persistence: Persistence,
    /// The error as the application sees it, should the messages fail for good.
    pub error: ErrorCode,
}

impl FailedAttempt {
    /// `sent`: whether any of the request was written to the connection.
    #[must_use]
    pub fn new(code: ErrorCode, sent: bool, (action, persistence): Row) -> Self {
        // An error that says "not here" costs no attempt, with two exceptions: a broken connection says
        // nothing, and a broker with broken storage is not to be asked for as long as the message lives.
        let not_here = action.refresh && code != E::_TRANSPORT && code != E::KAFKA_STORAGE_ERROR;
        let counts = sent && !not_here;
        Self {
            action,
            counts,
            persistence: if action.retries() && !counts { NOT } else { persistence },
            error: match code {
                E::_TIMED_OUT | E::_TIMED_OUT_QUEUE => E::_MSG_TIMED_OUT,
                other => other,
            },
        }
    }

    /// Whether the broker may have stored the messages, as their status shows it.
    pub(super) fn possibly_persisted(&self) -> bool {
        self.persistence != NOT
    }
}

#[cfg(test)]
mod tests;
