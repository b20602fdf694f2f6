//! Events for the application, and the queues they wait in.

mod event_queue;
pub mod events;
