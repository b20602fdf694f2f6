//! What can be configured for brokers, topics and groups, and what has been.

pub mod properties;
pub mod resources;
