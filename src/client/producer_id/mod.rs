//! The producer id of an idempotent client.

mod part;

pub use part::ProducerIdReply;
