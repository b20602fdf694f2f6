//! The Kafka protocol: primitives, one file per API, record batches.
//!
//! Every decoder here is a plain function over a slice and may be handed any bytes: it answers `Malformed`, never panics,
//! and allocates in proportion to what really arrived. Encoders write into any `Sink`, so a size is asked of the encoder
//! itself by letting it write into a `Counter`.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod api;
pub mod api_versions;
pub mod fetch;
pub mod find_coordinator;
pub mod init_producer_id;
pub mod list_offsets;
pub mod metadata;
pub mod primitives;
pub mod produce;
pub mod record_batch;
pub mod wire;

pub use api::ApiKey;
pub use primitives::{Malformed, Reader, Sink};
