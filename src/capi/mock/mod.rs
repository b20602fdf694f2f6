//! The mock cluster (`rdkafka_mock.h`).

pub mod brokers;
pub mod cluster;
pub mod groups;
pub mod requests;
