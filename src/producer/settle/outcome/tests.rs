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
    for code in [ErrorCode::MSG_SIZE_TOO_LARGE, ErrorCode::TOPIC_AUTHORIZATION_FAILED, ErrorCode(31_000)] {
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
