//! Chunks: memory with messages at its front and their slots at its back. The numbers of arguments are those
//! of the list at the top of the store.
#![allow(unsafe_code)] // part of the message store

use super::block::Block;
use super::pool::ChunkPool;
use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicU32, Ordering};
use std::ptr::NonNull;

pub(super) mod flag {
    pub const KEY: u16 = 1;
    pub const VALUE: u16 = 2;
    /// The value is in the application's memory; its address stands where a copy of it would.
    pub const FOREIGN: u16 = 4;
    pub const FREE: u16 = 8;
    pub const HEADERS: u16 = 16;
    pub const POSSIBLY_PERSISTED: u16 = 32;
}

/// What is kept of a message beside its bytes. Those lie behind each other: key, value (or its address),
/// headers.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Slot {
    pub(super) opaque: usize,
    pub(super) timestamp_ms: i64,
    /// Microseconds since the chunk's `born`.
    pub(super) enqueued_rel: u32,
    pub(super) key_off: u32,
    pub(super) key_len: u32,
    pub(super) value_len: u32,
    pub(super) headers_len: u32,
    pub(super) flags: u16,
    pub(super) retries: u16,
}

/// Bytes of bookkeeping per message.
pub const SLOT_SIZE: usize = size_of::<Slot>();
const _: () = assert!(SLOT_SIZE == 40);

/// A chunk takes messages for at most this long, so that the enqueue time fits a slot's 32 bits.
pub(super) const CHUNK_LIFE_US: i64 = 3_600_000_000;

/// What stands at the very front of a chunk's block.
struct Header {
    references: AtomicU32,
    born: Time,
    pool: Arc<ChunkPool>,
    block: Block,
}

/// Bytes of a block that are not for messages.
pub(super) const HEADER_SIZE: usize = size_of::<Header>();
const _: () = assert!(HEADER_SIZE == 48);

/// A counted reference to a chunk. The count lies in the chunk's own block: with thousands of partitions, an
/// allocation per chunk beside it costs more than the messages.
pub(super) struct Chunk(NonNull<Header>);

// SAFETY: arguments 1 and 2: whoever reaches a part of the memory through a `Run` or the `OpenChunk` has it
// exclusively for writing; of the header only the count changes, which is atomic.
unsafe impl Send for Chunk {}
// SAFETY: as above.
unsafe impl Sync for Chunk {}

impl Chunk {
    /// The first reference to a chunk in a block that the pool gave out.
    pub(super) fn new(block: Block, born: Time, pool: Arc<ChunkPool>) -> Self {
        debug_assert!(block.len() > HEADER_SIZE);
        let place = block.as_ptr().cast::<Header>();
        let header = Header { references: AtomicU32::new(1), born, pool, block };
        // SAFETY: argument 5.
        unsafe { place.write(header) };
        // SAFETY: blocks of the pool are memory, never null.
        Self(unsafe { NonNull::new_unchecked(place) })
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: argument 5.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(super) fn born(&self) -> Time {
        self.header().born
    }

    #[inline]
    pub(super) fn pool(&self) -> &Arc<ChunkPool> {
        &self.header().pool
    }

    /// The first byte of the block, from which offsets count.
    #[inline]
    pub(super) fn base(&self) -> *mut u8 {
        self.0.as_ptr().cast()
    }

    #[inline]
    pub(super) fn block_len(&self) -> usize {
        self.header().block.len()
    }

    #[inline]
    pub(super) fn block_end(&self) -> *mut u8 {
        self.base().wrapping_add(self.block_len())
    }

    #[inline]
    pub(super) fn slot_ptr(&self, i: u32) -> *mut Slot {
        slot_below(self.block_end(), i)
    }
}

/// The end of a block is aligned for a Slot and `i` is below the slot count that fits into it; pointer
/// arithmetic itself is safe.
#[inline]
pub(super) fn slot_below(end: *mut u8, i: u32) -> *mut Slot {
    end.cast::<Slot>().wrapping_sub(i as usize + 1)
}

impl Clone for Chunk {
    #[inline]
    fn clone(&self) -> Self {
        // Each reference but the writer's has a slot of its own in the chunk: too few to overflow.
        self.header().references.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}

impl Drop for Chunk {
    #[inline]
    fn drop(&mut self) {
        if self.header().references.fetch_sub(1, Ordering::Release) == 1 {
            // What the other owners wrote happened before this. Not a fence: ThreadSanitizer knows none.
            self.header().references.load(Ordering::Acquire);
            // SAFETY: argument 5; this was the last reference, and nobody looks at the header again.
            let Header { pool, block, .. } = unsafe { self.0.read() };
            pool.give_back(block);
        }
    }
}
