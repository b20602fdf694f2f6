//! Memory blocks for the message store, in size classes, kept for reuse up to a limit.
//!
//! Blocks below 64 KiB are cut from slabs, larger ones are anonymous mappings of their own. Both go back to
//! the operating system when they leave the pool, whatever else the process has allocated meanwhile, so a
//! drained producer's RSS really falls.

use super::block::{Block, Source};
use super::slab::{FreshSlab, SLAB_SIZE, SlabClass};
use crate::base::sync::{Mutex, Rank};

/// The smallest size class: a header, a slot and a short message.
pub const MIN_BLOCK: usize = 128;
/// The largest size class that is pooled; a larger message gets a block of its own size.
pub const MAX_POOLED_BLOCK: usize = 256 << 10;
const MAPPED_FROM: usize = 64 << 10;
/// Two for each power of two, so that a block is at most half as large again as what was asked for.
const SMALL_CLASSES: usize = 2 * (MAPPED_FROM / MIN_BLOCK).ilog2() as usize;
/// One for each power of two: pages that nothing has been written to cost nothing, and fewer classes find a
/// use for a block sooner.
const LARGE_CLASSES: usize = (MAX_POOLED_BLOCK / MAPPED_FROM).ilog2() as usize + 1;
const PAGE: usize = 4096;

/// Bytes in a block of a class.
const fn size_of_class(class: usize) -> usize {
    match class.checked_sub(SMALL_CLASSES) {
        Some(large) => MAPPED_FROM << large,
        None => ((2 + class % 2) * (MIN_BLOCK / 2)) << (class / 2),
    }
}

/// The size class of blocks that are pooled: the smallest whose blocks have so many bytes.
fn class_of(len: usize) -> Option<usize> {
    if len > MAX_POOLED_BLOCK {
        return None;
    }
    if len > MAPPED_FROM {
        return Some(SMALL_CLASSES + (len.next_power_of_two() / MAPPED_FROM).ilog2() as usize);
    }
    // The class of the greatest power of two that is below `len`.
    let below = 2 * (len.max(MIN_BLOCK + 1) - 1).ilog2() as usize - 2 * MIN_BLOCK.ilog2() as usize;
    (below..).find(|class| len <= size_of_class(*class))
}

/// The size of the largest block that so many bytes fill. Large blocks come in few sizes: one that is filled,
/// and another for the rest, take less memory than one that is half empty. Smaller ones come in so many sizes
/// that it is the bytes themselves.
pub fn filled_by(len: usize) -> usize {
    let len = len.min(MAX_POOLED_BLOCK);
    if len < MAPPED_FROM { len } else { MAPPED_FROM << (len / MAPPED_FROM).ilog2() }
}

/// A pool of blocks shared by all partitions of a client.
pub struct ChunkPool {
    state: Mutex<PoolState>,
    max_cached: usize,
}

struct PoolState {
    small: [SlabClass; SMALL_CLASSES],
    large: [LargeClass; LARGE_CLASSES],
    in_use: usize,
    /// Bytes in empty slabs and in free large blocks.
    cached: usize,
}

/// Free blocks of a class whose blocks are mappings of their own.
#[derive(Default)]
struct LargeClass {
    free: Vec<Block>,
    /// The fewest that were free since the last [`ChunkPool::trim`]: that many were not needed.
    least_free: usize,
}

impl PoolState {
    fn take_small(&mut self, class: usize) -> Option<Block> {
        let (block, was_empty) = self.small.get_mut(class)?.take()?;
        self.in_use += block.len();
        self.cached -= if was_empty { SLAB_SIZE } else { 0 };
        Some(block)
    }

    /// Partitions whose messages grow in number move from class to class, and leave slabs behind.
    #[cold]
    fn take_from_another_class(&mut self, class: usize) -> Option<Block> {
        let memory = self.small.iter_mut().find_map(SlabClass::take_empty)?;
        FreshSlab::of(memory, size_of_class(class)).add_to(self.small.get_mut(class)?);
        self.take_small(class)
    }

    /// Takes back a block of a slab. Returns the slab's memory if it is empty and may not be kept.
    fn give_back_small(&mut self, slab: u32, block: &Block, max_cached: usize) -> Option<Block> {
        let class = self.small.get_mut(class_of(block.len())?)?;
        if !class.give_back(slab, block) {
            return None;
        }
        if self.cached + SLAB_SIZE > max_cached {
            return class.remove(slab);
        }
        self.cached += SLAB_SIZE;
        None
    }

    fn take_large(&mut self, class: usize) -> Option<Block> {
        let large = self.large.get_mut(class)?;
        let block = large.free.pop()?;
        large.least_free = large.least_free.min(large.free.len());
        self.cached -= block.len();
        Some(block)
    }

    /// Keeps a large block for reuse, or returns it.
    fn keep_large(&mut self, block: Block, max_cached: usize) -> Option<Block> {
        let large = class_of(block.len()).and_then(|class| self.large.get_mut(class - SMALL_CLASSES));
        match large {
            Some(large) if self.cached + block.len() <= max_cached => {
                self.cached += block.len();
                large.free.push(block);
                None
            }
            _ => Some(block),
        }
    }
}

impl ChunkPool {
    /// A pool that keeps at most `max_cached` bytes of unused memory. With 0 it is none: each block comes
    /// from malloc.
    #[must_use]
    pub fn new(max_cached: usize) -> Self {
        let state = PoolState {
            small: std::array::from_fn(|class| SlabClass::new(size_of_class(class))),
            large: Default::default(),
            in_use: 0,
            cached: 0,
        };
        Self { state: Mutex::new(Rank::Leaf, state), max_cached }
    }

    /// A block of at least `want` bytes.
    pub fn take(&self, want: usize) -> Block {
        let Some(class) = class_of(want) else {
            let len = want.next_multiple_of(PAGE);
            self.state.lock().in_use += len;
            return Block::mapped(len);
        };
        let len = size_of_class(class);
        if self.max_cached == 0 {
            self.state.lock().in_use += len;
            return Block::malloced(len);
        }
        if class < SMALL_CLASSES {
            self.take_small(class)
        } else {
            self.take_large(class - SMALL_CLASSES, len)
        }
    }

    #[inline]
    fn take_small(&self, class: usize) -> Block {
        let mut state = self.state.lock();
        if let Some(block) = state.take_small(class).or_else(|| state.take_from_another_class(class)) {
            return block;
        }
        drop(state);
        self.take_from_fresh_slab(class)
    }

    #[cold]
    fn take_from_fresh_slab(&self, class: usize) -> Block {
        loop {
            // The system is asked for memory without the lock.
            let slab = FreshSlab::new(size_of_class(class));
            let mut state = self.state.lock();
            if let Some(slabs) = state.small.get_mut(class) {
                slab.add_to(slabs);
                state.cached += SLAB_SIZE;
            }
            if let Some(block) = state.take_small(class) {
                return block;
            }
        }
    }

    fn take_large(&self, class: usize, len: usize) -> Block {
        let kept = {
            let mut state = self.state.lock();
            state.in_use += len;
            state.take_large(class)
        };
        kept.unwrap_or_else(|| Block::mapped(len))
    }

    pub(super) fn give_back(&self, block: Block) {
        let mut state = self.state.lock();
        state.in_use -= block.len();
        let unwanted = match block.source() {
            Source::Slab(slab) => state.give_back_small(slab, &block, self.max_cached),
            Source::Mapping => state.keep_large(block, self.max_cached),
            Source::Malloc | Source::Nowhere => Some(block),
        };
        // Memory goes back to the system without the lock.
        drop(state);
        drop(unwanted);
    }

    /// Bytes in blocks that somebody holds.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.state.lock().in_use
    }

    /// Bytes kept for reuse, those of slabs that are partly in use not counted.
    #[must_use]
    pub fn cached(&self) -> usize {
        self.state.lock().cached
    }

    /// Gives back to the operating system what was not needed since the last call. Called at a steady pace,
    /// it lets the cache follow the traffic: blocks in rotation stay, and an idle pool is empty after two
    /// calls.
    pub fn trim(&self) {
        let mut gone = Vec::new();
        let mut state = self.state.lock();
        for class in &mut state.small {
            gone.append(&mut class.take_surplus());
        }
        for class in &mut state.large {
            let kept = class.free.len() - class.least_free;
            gone.extend(class.free.drain(kept..));
            class.least_free = class.free.len();
        }
        state.cached -= gone.iter().map(Block::len).sum::<usize>();
        drop(state);
        drop(gone);
    }
}

#[cfg(test)]
mod tests;
