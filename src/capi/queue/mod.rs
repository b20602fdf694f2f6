//! Queues and events, and the calls that serve them.

pub mod event;
pub mod event_contents;
mod event_names;
pub mod event_results;
pub mod object;
pub mod poll;
pub mod sasl;
pub mod take;
pub mod watch;
