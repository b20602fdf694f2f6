//! Consuming: the partitions that the application reads, what it asks of them, and the main thread's part in
//! fetching them.

mod assigned;
mod calls;
mod fetching;
mod member;
pub(super) mod op;
mod requests;
mod shared;

pub use assigned::AssignedPartition;
pub(super) use fetching::Fetching;
pub use member::StoredOffset;
pub use shared::Consumer;
