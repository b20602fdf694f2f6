//! The Kafka protocol: primitives, one file per API, record batches.
//!
//! Every decoder here is a plain function over a slice and may be handed any bytes: it answers `Malformed`, never panics,
//! and allocates in proportion to what really arrived. Encoders write into any `Sink`, so a size is asked of the encoder
//! itself by letting it write into a `Counter`.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod add_offsets_to_txn;
pub mod add_partitions_to_txn;
pub mod alter_configs;
pub mod api;
pub mod api_versions;
pub mod consumer_group_heartbeat;
pub mod create_partitions;
pub mod create_topics;
pub mod delete_topics;
pub mod describe_cluster;
pub mod describe_configs;
pub mod describe_groups;
pub mod end_txn;
pub mod fetch;
pub mod find_coordinator;
pub mod get_telemetry_subscriptions;
pub mod heartbeat;
pub mod incremental_alter_configs;
pub mod init_producer_id;
pub mod join_group;
pub mod leave_group;
pub mod list_groups;
pub mod list_offsets;
pub mod message_set;
pub mod metadata;
pub mod offset_commit;
pub mod offset_fetch;
pub mod primitives;
pub mod produce;
pub mod push_telemetry;
pub mod record_batch;
pub mod sasl_authenticate;
pub mod sasl_handshake;
pub mod sync_group;
pub mod txn_offset_commit;
pub mod wire;

pub use api::ApiKey;
pub use primitives::{Malformed, Reader, Sink};
