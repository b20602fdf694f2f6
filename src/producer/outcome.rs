//! What an error means for a batch: the one table that both engines use.
//!
//! The actions per error code are librdkafka's, since applications see them (which errors are retried, for how long, and
//! what status a failed message has).

use super::report::Persistence;
use crate::base::error::ErrorCode;

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
mod tests {
    use super::*;
    use crate::base::error_table::ERROR_TABLE;

    #[test]
    fn a_moved_leader_costs_no_attempt() {
        let o = outcome(ErrorCode::NOT_LEADER_FOR_PARTITION, true);
        assert!(o.retry && o.refresh && !o.count_attempt);
        assert_eq!(o.persistence, Persistence::NotPersisted);
    }

    #[test]
    fn a_cut_connection_costs_one_if_anything_was_sent() {
        let sent = outcome(ErrorCode::_TRANSPORT, true);
        assert!(sent.retry && sent.count_attempt && sent.persistence == Persistence::PossiblyPersisted);
        let unsent = outcome(ErrorCode::_TRANSPORT, false);
        assert!(unsent.retry && !unsent.count_attempt && unsent.persistence == Persistence::NotPersisted);
    }

    #[test]
    fn the_end_of_the_last_transaction_is_waited_for() {
        let o = transactional_outcome(ErrorCode::CONCURRENT_TRANSACTIONS, true);
        assert!(o.retry && !o.refresh && o.persistence == Persistence::NotPersisted);
        assert_eq!(o.error, ErrorCode::CONCURRENT_TRANSACTIONS);
        assert!(!outcome(ErrorCode::CONCURRENT_TRANSACTIONS, true).retry);
    }

    #[test]
    fn permanent_errors_pass_through() {
        for code in [ErrorCode::MSG_SIZE_TOO_LARGE, ErrorCode::TOPIC_AUTHORIZATION_FAILED, ErrorCode(31_000)]
        {
            let o = outcome(code, true);
            assert!(!o.retry && o.error == code);
        }
    }

    #[test]
    fn local_timeouts_reach_the_application_as_message_timeouts() {
        assert_eq!(outcome(ErrorCode::_TIMED_OUT, true).error, ErrorCode::_MSG_TIMED_OUT);
        assert_eq!(outcome(ErrorCode::REQUEST_TIMED_OUT, true).error, ErrorCode::REQUEST_TIMED_OUT);
    }

    #[test]
    fn no_error_code_is_ever_treated_as_persisted() {
        for (code, _, _) in ERROR_TABLE.iter().filter(|e| e.0 != 0) {
            assert_ne!(outcome(ErrorCode(*code), true).persistence, Persistence::Persisted);
        }
    }
}
