//! Offsets of partitions (ListOffsets): their ends, or where a time begins. Leaders are looked up, each is
//! asked once, and whoever asked is answered when all are heard of, or when the time is over.

mod calls;
mod part;
pub(super) mod query;
pub(super) mod results;
mod waiting;
pub(super) mod wire;

pub use calls::{list, list_by_event};
pub(super) use part::PendingOffsets;
pub use results::{FoundOffset, OffsetLookup, OffsetResult, Offsets};
