//! A commit of offsets, and who is told what it came to.

use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::client::queue::events::EventQueue;
use crate::client::reply::Reply;
use crate::consumer::offset_to_commit::OffsetToCommit;

/// Who is told, besides the application by the callback of its configuration.
pub enum CommitTo {
    Nobody,
    Caller(Arc<Reply<ErrorCode>>),
    Queue { queue: Arc<EventQueue>, callback: usize, opaque: usize },
}

/// Who is told that the consumer is closed.
pub enum CloseTo {
    Caller(Arc<Reply<()>>),
    /// It got what the consumer's own queue would have, and [`Event::Closed`] at the end.
    ///
    /// [`Event::Closed`]: crate::client::queue::events::Event::Closed
    Queue(Arc<EventQueue>),
}

/// Offsets to be committed.
pub struct CommitJob {
    /// `None`: those that the application has stored, of its whole assignment.
    pub offsets: Option<Vec<OffsetToCommit>>,
    pub to: CommitTo,
    /// For the log.
    pub reason: &'static str,
}

impl CommitJob {
    /// One that nobody waits for.
    pub fn in_background(offsets: Option<Vec<OffsetToCommit>>, reason: &'static str) -> Self {
        Self { offsets, to: CommitTo::Nobody, reason }
    }
}
