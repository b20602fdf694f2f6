//! The message store: slot and arena at append, encoded from there.
//!
//! A partition appends into a *chunk*: keys, copied values and headers grow up from the start, in the order
//! in which they will be read, and fixed-size slots grow down from the end. Nothing is allocated,
//! reference-counted or locked per message, and a chunk is one block of memory with its reference count at
//! the very front. A [`Run`] is the exclusive claim to a range of slots of one
//! chunk; it moves from queue to batch to delivery report, and when the last claim to a chunk is gone the
//! chunk returns to its pool.
//!
//! Why this is sound, in one place (each `unsafe` below refers to these by number):
//! 1. A chunk's memory is written only by the one [`OpenChunk`] that created it, and only in slots and bytes
//!    that lie outside every range handed out so far (`OpenChunk::cut` moves the boundary).
//! 2. What a `Run` covers is no longer written by the `OpenChunk`, and no two runs overlap, since runs come
//!    into being only by `cut` and are divided only by `split_front`. So `&Run` may read and `&mut Run` may
//!    write its slots.
//! 3. The chunk lives as long as any `Run` or `OpenChunk` that holds a reference to it; key, value and header
//!    slices are bound to the borrow of the `Run`.
//! 4. A foreign value is memory of the application, which guarantees (as the C API demands) that it stays
//!    readable until its delivery report has been served, that is until the `Run` is dropped.
//! 5. A chunk's header lies at the front of its block, which is aligned for it and larger (`MIN_BLOCK`), and
//!    no message begins before its end. It is written once, before there is a second reference, is only read
//!    from then on but for its atomic count, and goes with the last reference.

mod block;
mod chunk;
mod message;
mod open;
pub mod pool;
mod run;
pub mod runs;
mod slab;

pub use chunk::SLOT_SIZE;
pub use message::{ForeignBytes, StoredMessage, Value};
pub use open::OpenChunk;
pub use run::{MessageView, Run};

#[cfg(test)]
mod tests;
