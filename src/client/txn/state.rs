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
mod tests;
