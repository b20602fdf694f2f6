//! The states of a transactional producer: one table says which may follow which, and every call names the
//! states it is allowed in.

/// Where a transactional producer stands. Names as librdkafka shows them in error texts and log lines.
///
/// The `NotAcked` states are there because calls can be resumed: what an application thread asked for has
/// come to its end, but that thread has not been told yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TxnState {
    #[default]
    Init,
    WaitPid,
    ReadyNotAcked,
    Ready,
    InTransaction,
    BeginCommit,
    Committing,
    CommitNotAcked,
    BeginAbort,
    Aborting,
    AbortNotAcked,
    AbortableError,
    FatalError,
}

/// What is to be done with a change of states that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Allowed,
    /// The producer is past that: the change is dropped.
    Ignored,
    Illegal,
}

impl TxnState {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "Init",
            Self::WaitPid => "WaitPID",
            Self::ReadyNotAcked => "ReadyNotAcked",
            Self::Ready => "Ready",
            Self::InTransaction => "InTransaction",
            Self::BeginCommit => "BeginCommit",
            Self::Committing => "CommittingTransaction",
            Self::CommitNotAcked => "CommitNotAcked",
            Self::BeginAbort => "BeginAbort",
            Self::Aborting => "AbortingTransaction",
            Self::AbortNotAcked => "AbortedNotAcked",
            Self::AbortableError => "AbortableError",
            Self::FatalError => "FatalError",
        }
    }

    /// The transition table.
    #[must_use]
    pub fn change_to(self, next: Self) -> Change {
        use TxnState as S;
        let from: &[S] = match next {
            S::Init => &[],
            S::WaitPid => &[S::Init],
            S::ReadyNotAcked => &[S::WaitPid],
            S::Ready => &[S::ReadyNotAcked, S::CommitNotAcked, S::AbortNotAcked],
            S::InTransaction => &[S::Ready],
            S::BeginCommit => &[S::InTransaction],
            S::Committing => &[S::BeginCommit],
            S::CommitNotAcked => &[S::BeginCommit, S::Committing],
            S::BeginAbort => &[S::InTransaction, S::Aborting, S::AbortableError],
            S::Aborting => &[S::BeginAbort],
            S::AbortNotAcked => &[S::BeginAbort, S::Aborting],
            S::AbortableError if matches!(self, S::BeginAbort | S::Aborting | S::FatalError) => {
                // The transaction is being given up already.
                return Change::Ignored;
            }
            S::AbortableError => &[S::InTransaction, S::BeginCommit, S::Committing],
            S::FatalError => return Change::Allowed,
        };
        if from.contains(&self) { Change::Allowed } else { Change::Illegal }
    }

    /// Whether messages of a transaction may be on their way to brokers.
    #[must_use]
    pub fn sends(self) -> bool {
        matches!(self, Self::InTransaction | Self::BeginCommit | Self::BeginAbort | Self::AbortableError)
    }
}

#[cfg(test)]
mod tests {
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
}
