use super::*;
use TxnState as S;

const ALL: [S; 13] = [
    S::Init,
    S::WaitPid,
    S::ReadyNotAcked,
    S::Ready,
    S::InTransaction,
    S::BeginCommit,
    S::Committing,
    S::CommitNotAcked,
    S::BeginAbort,
    S::Aborting,
    S::AbortNotAcked,
    S::AbortableError,
    S::FatalError,
];

fn walk(path: &[S]) -> bool {
    path.windows(2).all(|w| w[0].change_to(w[1]) == Change::Allowed)
}

#[test]
fn the_ways_through_a_transaction() {
    assert!(walk(&[S::Init, S::WaitPid, S::ReadyNotAcked, S::Ready, S::InTransaction]));
    assert!(walk(&[S::InTransaction, S::BeginCommit, S::Committing, S::CommitNotAcked, S::Ready]));
    assert!(walk(&[S::InTransaction, S::BeginAbort, S::Aborting, S::AbortNotAcked, S::Ready]));
    assert!(walk(&[S::Committing, S::AbortableError, S::BeginAbort]));
    // Nothing was sent: nothing is to be ended at the coordinator.
    assert!(walk(&[S::BeginCommit, S::CommitNotAcked]) && walk(&[S::BeginAbort, S::AbortNotAcked]));
}

#[test]
fn a_fatal_error_may_come_at_any_time_and_is_the_end() {
    for state in ALL {
        assert_eq!(state.change_to(S::FatalError), Change::Allowed);
        if !matches!(state, S::AbortableError | S::FatalError) {
            assert_eq!(S::FatalError.change_to(state), Change::Illegal, "{state:?}");
        }
    }
    assert_eq!(S::FatalError.change_to(S::AbortableError), Change::Ignored);
}

#[test]
fn a_committed_transaction_is_never_reopened() {
    for state in ALL.into_iter().filter(|s| !matches!(s, S::Ready | S::FatalError)) {
        assert_eq!(S::CommitNotAcked.change_to(state), Change::Illegal, "{state:?}");
    }
}
