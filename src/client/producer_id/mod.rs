//! The producer id of an idempotent client: asked of a broker, as `producer::producer_id` says when.

pub(super) mod acquire;
mod part;
pub(super) mod reply;

pub(super) use part::ProducerIdClient;
