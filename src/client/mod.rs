//! A client instance and its threads.
//!
//! Application threads call [`Client`]; the main thread runs [`main_loop::Main`], which drives parts that own
//! their state; each broker has a thread of its own. Without [`threads`], the same parts can be stepped by
//! hand in virtual time, as the simulation does.
//!
//! This file only names the modules and what others use of them. Inside of this folder everything is imported
//! from where it is defined.

pub mod admin;
mod brokers;
pub mod consumer;
mod coordinator;
pub mod group;
mod helpers;
mod housekeeping;
mod instance;
pub mod main_loop;
pub mod metadata;
pub mod offsets;
mod ops;
mod part;
pub mod pausing;
mod producer_id;
mod queue;
mod relogin;
mod reply;
mod statistics;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod threads;
pub mod tokens;
mod topics;
pub mod txn;

pub use brokers::starting;
pub use instance::{Client, NewMessage, Options, ReportMode, purge};
pub use queue::events;
