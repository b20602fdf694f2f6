//! What is told about a broker's work: to interceptors, statistics, the application and the log.

pub(super) mod failures;
pub mod hooks;
pub(super) mod throttle;
