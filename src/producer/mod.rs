//! The producer: messages, partitions, engines and results. Pure: it knows partitions and bytes, but no
//! sockets, no threads and no brokers.

pub mod batch;
pub mod budget;
pub mod engine;
pub mod format;
pub mod idempotence;
pub mod partition;
pub mod settle;
pub mod store;
pub mod wire;
