//! The mock cluster: brokers with real partition logs that programs test against, on real sockets or in
//! simulated time.
//!
//! `cluster` decides everything and touches neither sockets nor clocks; `api` answers requests, one file for
//! each, with the parts of the cluster that it needs; `server` puts it on sockets. It shares codec, network
//! and base with the producer and nothing else, so that an error in the producer has no twin here.

mod api;
mod auth;
mod brokers;
mod call;
mod catalogue;
pub mod cluster;
mod configs;
pub mod errors;
mod groups;
pub mod hook;
mod log;
mod parking;
mod producer_ids;
pub mod server;
mod settings;
#[cfg(test)]
mod testing;
pub mod topic;
mod tracking;
mod transactions;
