//! Questions about partitions on their way to the main thread, and the answers of leaders.

use super::results::{FoundOffset, Heard, OffsetLookup, OffsetResult, Offsets};
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::client::queue::events::{Event, EventQueue, Results};
use crate::client::reply::Reply;
use std::time::Duration;

/// Where the asking thread waits.
pub(super) struct OffsetsWait {
    leaders_known: AtomicBool,
    reply: Reply<Offsets>,
}

impl OffsetsWait {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { leaders_known: AtomicBool::new(false), reply: Reply::new() })
    }

    /// Waits until there is an answer, or for as long as `left` says.
    ///
    /// # Errors
    /// There is no answer in time: whether all leaders were known.
    pub fn wait(&self, left: impl Fn() -> Duration) -> Result<Offsets, bool> {
        self.reply.wait(|| Some(left())).ok_or_else(|| self.leaders_known.load(Ordering::SeqCst))
    }
}

/// Where an answer goes.
pub(super) enum ReplyTo {
    Caller(Arc<OffsetsWait>),
    Event { kind: i32, opaque: usize, queue: Arc<EventQueue> },
}

/// A question for the main thread.
pub struct OffsetsQuery {
    pub(super) asked: Vec<OffsetLookup>,
    pub(super) isolation_level: i8,
    pub(super) deadline: Time,
    pub(super) sink: ReplyTo,
}

/// What a leader answered to the request of this number.
pub struct OffsetsReply {
    pub(super) number: u64,
    pub(super) result: Result<Heard, Error>,
}

/// What the main thread is told of questions about partitions.
pub enum OffsetsOp {
    Ask(OffsetsQuery),
    Answered(OffsetsReply),
}

impl OffsetsQuery {
    pub(super) fn answer(self, answer: Offsets, error: Error) {
        match self.sink {
            ReplyTo::Caller(wait) => wait.reply.answer(answer),
            ReplyTo::Event { kind, opaque, queue } => {
                let found = self.asked.into_iter().zip(answer.found);
                let results = match error.code {
                    ErrorCode::NO_ERROR => {
                        Results::Offsets(found.map(|(asked, found)| OffsetResult { asked, found }).collect())
                    }
                    _ => Results::None,
                };
                queue.push(Event::Outcome { kind, error, opaque, results });
            }
        }
    }

    /// All leaders are known: what fails from here on is a broker's answer.
    pub(super) fn set_leaders_known(&self) {
        if let ReplyTo::Caller(wait) = &self.sink {
            wait.leaders_known.store(true, Ordering::SeqCst);
        }
    }

    /// The event of an administrator shows errors partition by partition; a caller is told the first.
    pub(super) fn is_for_event(&self) -> bool {
        matches!(self.sink, ReplyTo::Event { .. })
    }

    pub(super) fn give_up(self) {
        let n = self.asked.len();
        let code = ErrorCode::_DESTROY;
        let answer =
            Offsets { error: code, leaders: vec![code; n], found: vec![FoundOffset::failed(code); n] };
        let text = format!("Failed to query partition leaders: {}", code.describe());
        self.answer(answer, Error::new(code, text));
    }
}
