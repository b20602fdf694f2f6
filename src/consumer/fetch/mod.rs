//! Fetching: what a broker is asked for, and what its answers mean.

pub mod changes;
pub mod error_actions;
pub mod fetcher;
pub mod list;
pub mod outcome;
pub mod receive;
pub mod request;
pub mod state;
pub mod track;
pub mod verdicts;
