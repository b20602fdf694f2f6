use super::*;

fn in_transaction() -> Core {
    let mut c = Core::default();
    for s in [TxnState::WaitPid, TxnState::ReadyNotAcked, TxnState::Ready] {
        assert!(c.go(s));
    }
    c.begin().unwrap();
    c
}

#[test]
fn one_call_at_a_time() {
    let mut c = Core::default();
    c.enter("init_transactions").unwrap();
    let twice = c.enter("init_transactions").unwrap_err();
    assert_eq!((twice.code, twice.class), (ErrorCode::_PREV_IN_PROGRESS, ErrorClass::Retriable));
    let other = c.enter("commit_transaction").unwrap_err();
    assert_eq!(other.text, "Conflicting init_transactions API call is already in progress");
    // Unfinished work keeps other functions out and may be taken up again.
    c.leave(true, &Err(TxnError::unfinished()));
    assert_eq!(c.enter("begin_transaction").unwrap_err().code, ErrorCode::_CONFLICT);
    c.enter("init_transactions").unwrap();
    c.leave(true, &Ok(()));
    c.enter("begin_transaction").unwrap();
}

#[test]
fn the_result_waits_for_who_resumes_the_call() {
    let mut c = Core::default();
    c.set_result(Ok(()));
    assert!(c.take_result().is_none(), "nobody had called");
    c.enter("init_transactions").unwrap();
    c.go(TxnState::WaitPid);
    c.leave(true, &Err(TxnError::unfinished()));
    assert!(c.identity_assigned());
    c.enter("init_transactions").unwrap();
    assert_eq!(c.take_result(), Some(Ok(())));
    assert_eq!(c.state(), TxnState::ReadyNotAcked);
}

#[test]
fn the_first_error_of_a_transaction_counts() {
    let mut c = in_transaction();
    assert!(c.fail_transaction(ErrorCode::TOPIC_AUTHORIZATION_FAILED, "first", false));
    assert!(!c.fail_transaction(ErrorCode::_TIMED_OUT, "second", true));
    let f = c.require(&[TxnState::BeginCommit]).unwrap_err();
    assert_eq!((f.class, f.text.as_str()), (ErrorClass::Abortable, "first"));
    assert!(c.needs_bump(), "what the second one asks for is not forgotten");
    c.fail_for_good(ErrorCode::_FENCED, "gone");
    assert_eq!(c.require(&[TxnState::Ready]).unwrap_err().class, ErrorClass::Fatal);
    assert!(!c.fail_transaction(ErrorCode::_TIMED_OUT, "third", false));
}

#[test]
fn an_error_that_is_on_its_way_wins_over_success() {
    let mut c = in_transaction();
    c.enter("commit_transaction").unwrap();
    c.fail_for_good(ErrorCode::_FENCED, "fenced");
    c.set_result(Ok(()));
    assert_eq!(c.take_result().unwrap().unwrap_err().code, ErrorCode::_FENCED);
}

#[test]
fn a_call_in_the_wrong_state_says_which_state_it_is() {
    let f = Core::default().begin().unwrap_err();
    assert_eq!((f.code, f.class), (ErrorCode::_STATE, ErrorClass::Plain));
    assert_eq!(f.text, "Operation not valid in state Init");
}
