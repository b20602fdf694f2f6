//! Consuming: the partitions that the application reads, what it asks of them, and the main thread's part in
//! fetching them.

mod assigned;
mod calls;
mod fetching;
pub(super) mod lines;
mod member;
mod offset_file;
mod offset_store;
pub(super) mod op;
mod polls;
mod requests;
mod shared;
mod simple;
mod stores;

pub use assigned::AssignedPartition;
pub(super) use fetching::Fetching;
pub use member::StoredOffset;
pub use shared::Consumer;
pub use simple::Start;
pub(super) use stores::Stores;
