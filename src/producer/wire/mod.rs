//! Requests as they travel: exact sizes, and the writer.

mod encode_queue;
mod frame;
mod message_set;
mod records;
pub mod size;
pub mod writer;

#[cfg(test)]
mod testing;
