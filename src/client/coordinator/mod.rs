//! Who coordinates a transactional id or a consumer group.

pub mod lookup;
