//! The Kafka protocol: primitives and headers, one file for each request (`api`), records, metrics (`otlp`).
//!
//! Every decoder here is a plain function over a slice and may be handed any bytes: it answers `Malformed`,
//! never panics, and allocates in proportion to what really arrived. Encoders write into any `Sink`, so a
//! size is asked of the encoder itself by letting it write into a `Counter`.

mod api;
pub mod api_key;
pub mod by_topic;
pub mod error_action;
pub mod header;
pub mod message_set;
pub mod otlp;
pub mod primitives;
pub mod raw_string;
pub mod record_batch;
pub mod topic_id;
pub mod version;
pub mod wire;

pub use api::*;
pub use api_key::ApiKey;
pub use by_topic::{ByTopic, PartitionError};
pub use primitives::{Malformed, Reader, Sink};
pub use topic_id::TopicId;
