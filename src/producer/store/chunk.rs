//! Chunks: memory with messages at its front and their slots at its back.
#![allow(unsafe_code)] // part of the message store

use super::block::Block;
use super::pool::ChunkPool;
use crate::base::clock::Time;
use crate::base::sync::Arc;

pub(super) mod flag {
    pub const KEY: u16 = 1;
    pub const VALUE: u16 = 2;
    pub const COPIED: u16 = 4;
    pub const FREE: u16 = 8;
    pub const HEADERS: u16 = 16;
    pub const POSSIBLY_PERSISTED: u16 = 32;
}

#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Slot {
    pub(super) opaque: usize,
    pub(super) value: *const u8,
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
const _: () = assert!(SLOT_SIZE == 48);

/// A chunk takes messages for at most this long, so that the enqueue time fits a slot's 32 bits.
pub(super) const CHUNK_LIFE_US: i64 = 3_600_000_000;

pub(super) struct Chunk {
    pub(super) block: Block,
    pub(super) born: Time,
    pub(super) pool: Arc<ChunkPool>,
}

// SAFETY: argument 1 and 2: whoever reaches a part of the memory through a `Run` or the `OpenChunk` has it
// exclusively for writing; `Chunk` itself offers no access.
unsafe impl Send for Chunk {}
// SAFETY: as above.
unsafe impl Sync for Chunk {}

impl Chunk {
    #[inline]
    pub(super) fn slot_ptr(&self, i: u32) -> *mut Slot {
        slot_below(self.block_end(), i)
    }

    #[inline]
    pub(super) fn block_end(&self) -> *mut u8 {
        self.block.as_ptr().wrapping_add(self.block.len())
    }
}

/// The end of a block is aligned for a Slot and `i` is below the slot count that fits into it; pointer
/// arithmetic itself is safe.
#[inline]
pub(super) fn slot_below(end: *mut u8, i: u32) -> *mut Slot {
    end.cast::<Slot>().wrapping_sub(i as usize + 1)
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.pool.give_back(std::mem::replace(&mut self.block, Block::EMPTY));
    }
}
