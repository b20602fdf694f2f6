//! Memory blocks for the message store, in size classes, kept for reuse up to a limit.
//!
//! Blocks from 64 KiB up are anonymous mappings of their own: they go back to the operating system when they leave
//! the pool, whatever else the process has allocated meanwhile, so a drained producer's RSS really falls.
#![allow(unsafe_code)] // part of the message store

use crate::base::sync::{Mutex, Rank};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

/// The smallest size class.
pub const MIN_BLOCK: usize = 4 << 10;
/// The largest size class that is pooled; a larger message gets a block of its own size.
pub const MAX_POOLED_BLOCK: usize = 256 << 10;
const MAPPED_FROM: usize = 64 << 10;
const CLASSES: usize = 7;
const ALIGN: usize = 64;

/// An uninitialised piece of memory of at least [`MIN_BLOCK`] bytes.
pub struct Block {
    ptr: *mut u8,
    len: usize,
}

// SAFETY: a block is plain memory with one owner.
unsafe impl Send for Block {}

impl Block {
    /// No memory at all.
    pub const EMPTY: Self = Self { ptr: std::ptr::null_mut(), len: 0 };

    #[must_use]
    pub fn as_ptr(&self) -> *mut u8 {
        self.ptr
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn allocate(len: usize) -> Self {
        let ptr = if len >= MAPPED_FROM {
            // SAFETY: an anonymous private mapping at an address of the kernel's choice touches nothing else.
            let p = unsafe {
                mmap_anonymous(
                    std::ptr::null_mut(),
                    len,
                    ProtFlags::READ | ProtFlags::WRITE,
                    MapFlags::PRIVATE,
                )
            };
            p.map_or(std::ptr::null_mut(), <*mut _>::cast)
        } else {
            // SAFETY: the layout has a size above zero.
            unsafe { alloc(Self::layout(len)) }
        };
        if ptr.is_null() {
            handle_alloc_error(Self::layout(len));
        }
        Self { ptr, len }
    }

    fn layout(len: usize) -> Layout {
        Layout::from_size_align(len, ALIGN).unwrap_or(Layout::new::<[u8; MIN_BLOCK]>())
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if self.ptr.is_null() {
            return;
        }
        if self.len >= MAPPED_FROM {
            // SAFETY: mapped by `allocate` with this length, and nobody else has the block.
            let _ = unsafe { munmap(self.ptr.cast(), self.len) };
        } else {
            // SAFETY: allocated by `allocate` with this layout.
            unsafe { dealloc(self.ptr, Self::layout(self.len)) };
        }
    }
}

/// A pool of blocks shared by all partitions of a client.
pub struct ChunkPool {
    state: Mutex<State>,
    max_cached: usize,
}

#[derive(Default)]
struct State {
    free: [Vec<Block>; CLASSES],
    in_use: usize,
    cached: usize,
    /// The least that was cached since the last [`ChunkPool::trim`]: so much was not needed.
    floor: usize,
}

fn class_of(len: usize) -> Option<usize> {
    (len <= MAX_POOLED_BLOCK)
        .then(|| (len.max(MIN_BLOCK).next_power_of_two() / MIN_BLOCK).trailing_zeros() as usize)
}

impl ChunkPool {
    /// A pool that keeps at most `max_cached` bytes of unused blocks.
    #[must_use]
    pub fn new(max_cached: usize) -> Self {
        Self { state: Mutex::new(Rank::Leaf, State::default()), max_cached }
    }

    /// A block of at least `want` bytes.
    pub fn take(&self, want: usize) -> Block {
        let class = class_of(want);
        let len = class.map_or_else(|| want.next_multiple_of(MIN_BLOCK), |class| MIN_BLOCK << class);
        {
            let mut state = self.state.lock();
            state.in_use += len;
            if let Some(block) = class.and_then(|class| state.free.get_mut(class)?.pop()) {
                state.cached -= len;
                state.floor = state.floor.min(state.cached);
                return block;
            }
        }
        Block::allocate(len)
    }

    pub(super) fn give_back(&self, block: Block) {
        let mut state = self.state.lock();
        state.in_use -= block.len;
        if let Some(class) = class_of(block.len)
            && state.cached + block.len <= self.max_cached
        {
            state.cached += block.len;
            state.free[class].push(block);
            return;
        }
        // Memory goes back to the system without the lock.
        drop(state);
        drop(block);
    }

    /// Bytes in blocks that somebody holds.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.state.lock().in_use
    }

    /// Bytes kept for reuse.
    #[must_use]
    pub fn cached(&self) -> usize {
        self.state.lock().cached
    }

    /// Gives back to the operating system what was not needed since the last call. Called at a steady pace, it lets the
    /// cache follow the traffic: blocks in rotation stay, and an idle pool is empty after two calls.
    pub fn trim(&self) {
        let mut freed = Vec::new();
        let mut state = self.state.lock();
        let mut surplus = state.floor;
        for list in state.free.iter_mut().rev() {
            while list.last().is_some_and(|b| b.len <= surplus)
                && let Some(b) = list.pop()
            {
                surplus -= b.len;
                freed.push(b);
            }
        }
        state.cached -= freed.iter().map(Block::len).sum::<usize>();
        state.floor = state.cached;
        drop(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_round_up_to_their_class() {
        let pool = ChunkPool::new(1 << 20);
        for (want, got) in [
            (1, 4096),
            (4096, 4096),
            (4097, 8192),
            (200_000, 262_144),
            (300_000, 303_104),
            (1 << 20, 1 << 20),
        ] {
            assert_eq!(pool.take(want).len(), got);
        }
    }

    #[test]
    fn blocks_are_reused_up_to_the_limit_and_trimmed() {
        let pool = ChunkPool::new(10_000);
        let (a, b, c) = (pool.take(4096), pool.take(4096), pool.take(4096));
        let first = a.as_ptr();
        pool.give_back(a);
        pool.give_back(b);
        pool.give_back(c);
        assert_eq!((pool.in_use(), pool.cached()), (0, 8192));
        let d = pool.take(100);
        let e = pool.take(100);
        assert!(d.as_ptr() == first || e.as_ptr() == first);
        pool.give_back(d);
        // One block was in use all the time since the last look, the other was needed for a while.
        pool.trim();
        assert_eq!((pool.in_use(), pool.cached()), (4096, 4096));
        pool.trim();
        assert_eq!((pool.in_use(), pool.cached()), (4096, 0));
        pool.give_back(e);
    }
}
