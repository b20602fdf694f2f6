//! What an error means for a batch: the one table that both engines use.
//!
//! The actions per error code are librdkafka's, since applications see them (which errors are retried, for how long, and
//! what status a failed message has).

use crate::base::error::ErrorCode;
use crate::producer::partition::report::Persistence;

/// What to do with a batch that met an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Put the messages back, as far as their attempts last.
    pub retry: bool,
    /// Whether this attempt counts against `retries`: not if the broker surely did not store the messages.
    pub count_attempt: bool,
    /// The leader may have moved: ask for metadata.
    pub refresh: bool,
    pub persistence: Persistence,
    /// The error as the application sees it, should the messages fail for good.
    pub error: ErrorCode,
}

/// The table. `sent`: whether any of the request was written to the connection.
#[must_use]
pub fn outcome(code: ErrorCode, sent: bool) -> Outcome {
    use ErrorCode as E;
    use Persistence::{NotPersisted as Not, PossiblyPersisted as Possibly};
    // (retry, refresh, persistence)
    let (retry, refresh, mut persistence) = match code {
        E::_TRANSPORT => (true, true, Possibly),
        E::UNKNOWN_TOPIC_OR_PART
        | E::LEADER_NOT_AVAILABLE
        | E::NOT_LEADER_FOR_PARTITION
        | E::BROKER_NOT_AVAILABLE
        | E::REPLICA_NOT_AVAILABLE
        | E::COORDINATOR_NOT_AVAILABLE
        | E::NOT_COORDINATOR
        | E::_WAIT_COORD
        | E::_DESTROY_BROKER
        | E::KAFKA_STORAGE_ERROR => (true, true, Not),
        E::NOT_ENOUGH_REPLICAS | E::INVALID_MSG | E::_TIMED_OUT_QUEUE => (true, false, Not),
        E::_SSL | E::_TIMED_OUT | E::REQUEST_TIMED_OUT | E::NOT_ENOUGH_REPLICAS_AFTER_APPEND => {
            (true, false, Possibly)
        }
        E::COORDINATOR_LOAD_IN_PROGRESS | E::_RETRY => (true, false, Not),
        E::_MSG_TIMED_OUT
        | E::_PURGE_INFLIGHT
        | E::_BAD_MSG
        | E::OUT_OF_ORDER_SEQUENCE_NUMBER
        | E::DUPLICATE_SEQUENCE_NUMBER => (false, false, Possibly),
        _ => (false, false, Not),
    };
    // Errors that say "not here" prove that nothing was stored, with two exceptions: a broken connection proves nothing,
    // and a broker with broken storage is not to be asked for as long as the message lives.
    let count_attempt = sent && !(refresh && code != E::_TRANSPORT && code != E::KAFKA_STORAGE_ERROR);
    if retry && !count_attempt {
        persistence = Not;
    }
    let error = match code {
        E::_TIMED_OUT | E::_TIMED_OUT_QUEUE => E::_MSG_TIMED_OUT,
        other => other,
    };
    Outcome { retry, count_attempt, refresh, persistence, error }
}

/// The table for a transactional producer. Since KIP-890 the broker adds the partition to the transaction, which has to wait for
/// the end of the one before. (To clients that do not know of it, librdkafka among them, it says NOT_ENOUGH_REPLICAS instead.)
#[must_use]
pub fn transactional_outcome(code: ErrorCode, sent: bool) -> Outcome {
    match code {
        ErrorCode::CONCURRENT_TRANSACTIONS => {
            Outcome { error: code, ..outcome(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, sent) }
        }
        _ => outcome(code, sent),
    }
}

#[cfg(test)]
mod tests;
