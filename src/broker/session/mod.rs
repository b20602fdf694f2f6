//! The life of a broker's connection: its state, when to connect again, and what the broker speaks.

pub(super) mod backoff;
mod features;
pub(super) mod state;
pub(super) mod versions;
