//! The offsets of a consumer's group: commits and look-ups, by the group's coordinator.
//!
//! The application's calls and the client itself make jobs of them; the main thread sends those in the order
//! in which they came. Commits are pipelined, but none passes one that has to be repeated, and a look-up
//! waits until the commits before it are over: what is looked up is what was committed.

mod calls;
mod coordinator;
mod error_actions;
mod fetch;
mod job;
pub(super) mod op;
mod outcome;
mod part;
mod requests;
mod telling;

pub use calls::{begin_closing, commit, commit_by_event, commit_in_background, committed, finish_closing};
pub(super) use job::CommitJob;
pub use outcome::Commits;
pub(super) use part::GroupOffsets;
