//! Requests as they travel: exact sizes, and the writer.

mod compressed;
mod encode_queue;
mod frame;
mod message_set;
mod records;
pub mod side_by_side;
pub mod size;
pub mod writer;

#[cfg(test)]
pub mod testing;
