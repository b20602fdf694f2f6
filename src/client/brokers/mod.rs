//! The brokers that the main thread knows: which there are, which run, and whom to ask.

mod departures;
pub(super) mod known;
mod rebootstrap;
pub(super) mod search;
pub mod starting;
