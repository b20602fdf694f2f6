//! What the main thread makes of news about topics, their partitions and leaders.

pub(super) mod hints;
pub(super) mod leaderless;
mod learning;
