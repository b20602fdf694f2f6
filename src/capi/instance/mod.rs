//! The client instance (`rd_kafka_t`): creation and destruction, what can be asked of it, logs and
//! statistics.

#[cfg(feature = "ssl")]
pub(crate) mod certificates;
pub mod commits;
pub mod info;
pub mod interceptors;
pub mod log;
pub mod log_target;
pub mod metadata;
pub mod object;
pub mod offsets;
pub mod partitioners;
pub mod self_test;
pub mod sockets;
pub mod stats;
pub mod token_endpoint;
pub mod topic;
pub(crate) mod topic_table;
pub mod typed_stats;
pub mod version;
