//! The records of one partition in a Fetch response, from bytes to messages.
//!
//! A [`Share`] has the bytes, and knows from the headers of the batches what is in it. [`Fetched`] walks over
//! it: what it returns are places in a [`Buffer`], which is what an application's messages point into.
//! Compressed batches are decompressed by whoever comes first.

mod aborted;
mod buffer;
mod context;
mod cursor;
mod decode;
mod fault;
mod fetched;
mod message_set;
mod outline;
mod pool;
mod record;
mod share;

pub use aborted::Aborted;
pub use buffer::Buffer;
pub use context::ShareContext;
pub use cursor::Next;
pub use fault::Fault;
pub use fetched::{Fetched, Reading};
pub use pool::Pool;
pub use record::{Field, Record, TimestampType};
pub use share::{Share, Summary};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
