//! Requests as they travel: exact sizes, and the writer.

mod frame;
mod message_set;
pub mod size;
pub mod writer;

#[cfg(test)]
mod testing;
