//! The engine seam: which partitions go into which request now, and when to ask again.
//!
//! An engine decides about scheduling and packing and nothing else. It does not encode records, does not
//! judge errors and does not own messages: those exist once, in the modules beside this one, for all engines.

mod combine;
mod context;
mod inspect;
mod legacy;
mod lingers;
mod timed_out;
mod timers;
mod v2;
mod waiting;

use crate::base::clock::Time;
use crate::conf::{ProduceEngine, Settings};
use crate::producer::partition::Announcement;
use std::ops::Range;

pub use context::{Output, ServeContext};
pub use legacy::Legacy;
pub use timed_out::{TimedOut, log_timed_out};
pub use v2::{Feedback, V2};

/// The engine of one broker.
pub enum Engine {
    Legacy(Legacy),
    V2(Box<V2>),
}

impl Engine {
    #[must_use]
    pub fn new(kind: ProduceEngine, settings: &Settings) -> Self {
        match kind {
            ProduceEngine::Legacy => Self::Legacy(Legacy::new(settings.batching.slack())),
            ProduceEngine::V2 => Self::V2(Box::new(V2::new(settings))),
        }
    }

    /// Looks at the partitions that were announced, whose time has come, or that wait for space.
    pub fn serve(&mut self, announced: &mut Vec<Announcement>, ctx: &ServeContext<'_>) -> Output {
        match self {
            Self::Legacy(l) => l.serve(announced, ctx),
            Self::V2(v) => v.serve(announced, ctx),
        }
    }

    /// From when linger times ended last until when the next ones wait for others: what comes in between can
    /// wait as well. `None`: the engine is v2, which sends all partitions together anyway.
    #[must_use]
    pub fn rest(&self) -> Option<Range<Time>> {
        match self {
            Self::Legacy(l) => Some(l.rest()),
            Self::V2(_) => None,
        }
    }

    /// Whether there are messages that could leave now if there were space: a reason to have a connection.
    #[must_use]
    pub fn has_due_messages(&self) -> bool {
        match self {
            Self::Legacy(l) => l.has_due_messages(),
            Self::V2(v) => v.has_due_messages(),
        }
    }

    /// Partitions of this owner went to another one, or lost messages, without the engine having a part in
    /// it.
    pub fn partitions_left(&mut self) {
        match self {
            Self::Legacy(_) => {}
            Self::V2(v) => v.partitions_left(),
        }
    }

    /// A request was answered.
    pub fn response_received(&mut self, f: &Feedback) {
        match self {
            Self::Legacy(_) => {}
            Self::V2(v) => v.response_received(f),
        }
    }

    /// The largest request that may be written, in bytes.
    #[must_use]
    pub fn largest_request(&self, s: &Settings) -> usize {
        match self {
            Self::Legacy(_) => s.batching.message_max_bytes,
            Self::V2(_) => v2::largest_request(s),
        }
    }
}

#[cfg(test)]
mod tests;
