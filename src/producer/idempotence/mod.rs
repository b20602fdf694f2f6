//! The idempotent producer: its id, and the sequence numbers of each partition.

mod broker_state;
pub mod producer_id;
pub mod sequence;
pub mod stamp;
pub mod wake;
