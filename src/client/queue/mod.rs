//! Events for the application, the queues they wait in, and polling.

pub(super) mod event_queue;
pub mod events;
pub(super) mod serving;
