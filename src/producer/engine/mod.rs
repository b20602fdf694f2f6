//! The engine seam: which partitions go into which request now, and when to ask again.
//!
//! An engine decides about scheduling and packing and nothing else. It does not encode records, does not judge errors and
//! does not own messages: those exist once, in the modules beside this one, for all engines.

mod combine;
mod context;
mod inspect;
mod legacy;
mod timers;
mod v2;

use crate::conf::{ProduceEngine, Settings};
use crate::producer::partition::Announcement;

pub use context::{Output, ServeContext};
pub use legacy::Legacy;
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
            ProduceEngine::Legacy => Self::Legacy(Legacy::default()),
            ProduceEngine::V2 => Self::V2(Box::new(V2::new(settings))),
        }
    }

    /// Looks at the partitions that were announced, whose time has come, or that wait for room.
    pub fn serve(&mut self, announced: &mut Vec<Announcement>, ctx: &ServeContext<'_>) -> Output {
        match self {
            Self::Legacy(l) => l.serve(announced, ctx),
            Self::V2(v) => v.serve(announced, ctx),
        }
    }

    /// Whether there are messages that could leave now if there were room: a reason to have a connection.
    #[must_use]
    pub fn wants_room(&self) -> bool {
        match self {
            Self::Legacy(l) => l.wants_room(),
            Self::V2(v) => v.wants_room(),
        }
    }

    /// Partitions of this owner went to another one, or lost messages, without the engine having a part in it.
    pub fn note_leavers(&mut self) {
        match self {
            Self::Legacy(_) => {}
            Self::V2(v) => v.note_leavers(),
        }
    }

    /// A request was answered.
    pub fn note_response(&mut self, f: &Feedback) {
        match self {
            Self::Legacy(_) => {}
            Self::V2(v) => v.note_response(f),
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
