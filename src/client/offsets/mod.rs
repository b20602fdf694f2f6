//! Offsets of partitions, for the application.

mod part;

pub(super) use part::Book;
pub use part::{Asked, Found, OffsetResult, Offsets, OffsetsQuery, OffsetsReply};
