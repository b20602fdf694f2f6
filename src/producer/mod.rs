//! The producer: messages, partitions, engines and results. Pure: it knows partitions and bytes, but no sockets, no
//! threads and no brokers.

pub mod batch;
mod broker_state;
pub mod budget;
mod divide;
pub mod engine;
pub mod format;
pub mod message_set_writer;
pub mod outcome;
pub mod partition;
pub mod partitioner;
pub mod producer_id;
pub mod queue;
pub mod ready;
pub mod report;
pub mod runs;
pub mod sequence;
pub mod settle;
mod settle_sequenced;
pub mod size;
pub mod stamp;
pub mod store;
pub mod topic;
pub mod transaction;
pub mod writer;
