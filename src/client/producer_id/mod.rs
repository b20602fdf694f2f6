//! The producer id of an idempotent client: asked of a broker when `idempotence::producer_id` says so.

pub(super) mod acquire;
mod part;
pub(super) mod reply;

pub(super) use part::ProducerIdClient;
