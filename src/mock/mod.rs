//! The mock cluster: brokers with real partition logs that programs test against, on real sockets or in simulated time.
//!
//! `core` decides everything and touches neither sockets nor clocks; one file per API answers requests; `server` puts it
//! on sockets. It shares codec, network and base with the producer and nothing else, so that an error in the producer
//! has no twin here.

mod api_versions;
mod batch;
mod call;
mod conn;
mod control;
pub mod core;
pub mod errors;
mod fetch;
mod find_coordinator;
mod group;
pub mod hook;
mod init_producer_id;
mod list_offsets;
pub mod log;
mod metadata;
mod produce;
mod producers;
pub mod server;
#[cfg(test)]
mod testing;
pub mod topic;
