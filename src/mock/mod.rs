//! The mock cluster: brokers with real partition logs that programs test against, on real sockets or in simulated time.
//!
//! `core` decides everything and touches neither sockets nor clocks; one file per API answers requests; `server` puts it
//! on sockets. It shares codec, network and base with the producer and nothing else, so that an error in the producer
//! has no twin here.

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod adoption;
mod alter_configs;
mod api_versions;
mod batch;
mod call;
mod conn;
mod consumer_group;
mod consumer_group_heartbeat;
mod control;
pub mod core;
mod create_partitions;
mod create_topics;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod end_txn;
pub mod errors;
mod fetch;
mod find_coordinator;
mod group;
mod groups;
mod heartbeat;
pub mod hook;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
pub mod log;
mod message_set;
mod metadata;
mod offset_commit;
mod offset_fetch;
mod produce;
mod producers;
mod properties;
mod records;
mod resources;
mod retention;
mod sasl;
mod scram;
pub mod server;
mod sync_group;
mod telemetry;
#[cfg(test)]
mod testing;
pub mod topic;
mod transactions;
mod txn_index;
mod txn_offset_commit;
