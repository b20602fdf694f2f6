//! The consumer: fetched bytes, the messages in them, and the positions in partitions. Pure: it knows
//! partitions and bytes, but no sockets, no threads and no brokers.

pub mod budget;
pub mod error;
pub mod fetch;
pub mod offset_to_commit;
pub mod partition;
pub mod position;
pub mod records;
