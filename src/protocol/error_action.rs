//! What an error code in the answer to a request calls for.
//!
//! One word for all requests, and one table for each kind of request: Produce in
//! `producer::settle::error_actions`, Metadata in
//! `cluster::topic_errors`, ListOffsets in `client::offsets::wire`, OffsetCommit and OffsetFetch
//! in `client::group::error_actions`, and those of transactions in `client::txn::error_actions`. The tables
//! give librdkafka's actions, since applications see which errors are retried and which are not.

/// What becomes of a request that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// There was no error.
    Done,
    /// The request is sent again after `retry.backoff.ms`.
    Retry,
    /// The request is sent again after a moment: the broker is busy with something short.
    RetrySoon,
    /// The request is sent again for a while, since the broker may not have heard of it yet: a new topic
    /// for example. After that while the error counts.
    RetryForAWhile,
    /// The request has failed.
    Fail,
    /// The transaction has failed and has to be aborted.
    Abort,
    /// As [`Self::Abort`], and the producer id has to be renewed as well (KIP-360).
    AbortAndBump,
    /// The producer cannot go on.
    Fatal,
}

/// A row of such a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorAction {
    pub next: NextStep,
    /// Another broker may be the leader or the coordinator by now: that has to be looked up.
    pub refresh: bool,
    /// The error proves that the broker has stored nothing of what it was asked to store.
    pub proves_nothing_stored: bool,
}

impl ErrorAction {
    pub const DONE: Self = Self::new(NextStep::Done);
    pub const RETRY: Self = Self::new(NextStep::Retry);
    pub const RETRY_SOON: Self = Self::new(NextStep::RetrySoon);
    pub const RETRY_FOR_A_WHILE: Self = Self::new(NextStep::RetryForAWhile);
    pub const FAIL: Self = Self::new(NextStep::Fail);
    pub const ABORT: Self = Self::new(NextStep::Abort);
    pub const ABORT_AND_BUMP: Self = Self::new(NextStep::AbortAndBump);
    pub const FATAL: Self = Self::new(NextStep::Fatal);

    const fn new(next: NextStep) -> Self {
        Self { next, refresh: false, proves_nothing_stored: false }
    }

    /// The same, and the leader or coordinator has to be looked up.
    #[must_use]
    pub const fn and_refresh(self) -> Self {
        Self { refresh: true, ..self }
    }

    /// The same for an error that proves that nothing was stored.
    #[must_use]
    pub const fn nothing_stored(self) -> Self {
        Self { proves_nothing_stored: true, ..self }
    }

    /// Whether the request is sent again.
    #[must_use]
    pub const fn retries(self) -> bool {
        matches!(self.next, NextStep::Retry | NextStep::RetrySoon | NextStep::RetryForAWhile)
    }
}
