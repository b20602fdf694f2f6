//! The client core against simulated brokers: one thread, virtual time, faults from a seed.
//!
//! Every schedule is a function of its seed. A failing one prints the seed; `SIM_SEED=n cargo test --test
//! sim` runs just that one, `SIM_SCHEDULES=n` changes how many run and `SIM_FIRST=n` which one is the first,
//! `SIM_TRACE=1` with a seed prints what happens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test crate: failing is its purpose.

mod app;
#[path = "../../capi-tests/hostile_broker/attack.rs"]
mod attack;
mod authentication;
mod brokers;
mod clock;
mod consumer_world;
mod consuming;
mod drawing;
mod encrypted;
mod ending;
mod equivalence;
#[path = "../../capi-tests/hostile_broker/fields.rs"]
mod fields;
mod history;
mod hostile;
mod idempotence;
mod idle;
mod liars;
mod logs;
mod machines;
#[path = "../../fuzz/mutate.rs"]
mod mutate;
mod net;
mod net_tests;
mod oracle;
mod overtaken;
mod pipe;
mod plan;
mod questions;
mod reading;
mod recreations;
mod replacements;
mod schedules;
mod sealed;
mod shortages;
mod statistics;
mod summary;
mod telemetry;
mod transactions;
mod transport;
mod waiting;
mod watchdog;
mod weather;
mod world;
