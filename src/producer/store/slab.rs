//! Small blocks of one size class, cut from larger mappings.
//!
//! `malloc` would scatter them over its arenas, where anything else that comes to lie between them keeps the
//! pages resident after a backlog has drained. A slab is a mapping of its own: when its last block is back,
//! all of its memory can go back to the system, whatever else the process has allocated meanwhile.

use super::block::Block;

/// Bytes in a slab. Pages of it that no block has touched yet cost nothing.
pub const SLAB_SIZE: usize = 256 << 10;
const WORD_BITS: usize = u64::BITS as usize;

/// One mapping and a bit for each of its blocks.
struct Slab {
    memory: Block,
    /// A set bit is a free block.
    free: Box<[u64]>,
    free_blocks: usize,
    /// No word before this one has a free block.
    first_free_word: usize,
}

impl Slab {
    fn new(memory: Block, blocks: usize) -> Self {
        let bits_of = |word: usize| match blocks - word * WORD_BITS {
            rest if rest < WORD_BITS => (1 << rest) - 1,
            _ => u64::MAX,
        };
        let free = (0..blocks.div_ceil(WORD_BITS)).map(bits_of).collect();
        Self { memory, free, free_blocks: blocks, first_free_word: 0 }
    }

    /// Takes the lowest free block, so that blocks in use lie on as few pages as possible.
    fn take(&mut self) -> Option<usize> {
        let mut words = self.free.iter_mut().enumerate().skip(self.first_free_word);
        let (word, bits) = words.find(|(_, bits)| **bits != 0)?;
        let bit = bits.trailing_zeros() as usize;
        *bits &= *bits - 1;
        self.first_free_word = word;
        self.free_blocks -= 1;
        Some(word * WORD_BITS + bit)
    }

    fn give_back(&mut self, index: usize) {
        let word = index / WORD_BITS;
        if let Some(bits) = self.free.get_mut(word) {
            debug_assert!(*bits & (1 << (index % WORD_BITS)) == 0, "a block came back twice");
            *bits |= 1 << (index % WORD_BITS);
            self.first_free_word = self.first_free_word.min(word);
            self.free_blocks += 1;
        }
    }
}

/// The slabs of one size class.
pub struct SlabClass {
    block_size: usize,
    /// By number; a gap is a slab that was given up.
    slabs: Vec<Option<Slab>>,
    gaps: Vec<u32>,
    /// Numbers of slabs with a free block; blocks are taken from the last one.
    partial: Vec<u32>,
    /// Slabs of which no block is in use.
    empty: usize,
    free_bytes: usize,
    /// The least of `free_bytes` since the last [`SlabClass::take_surplus`].
    least_free: usize,
}

impl SlabClass {
    #[must_use]
    pub fn new(block_size: usize) -> Self {
        let (slabs, gaps, partial) = (Vec::new(), Vec::new(), Vec::new());
        Self { block_size, slabs, gaps, partial, empty: 0, free_bytes: 0, least_free: 0 }
    }

    fn blocks_per_slab(&self) -> usize {
        SLAB_SIZE / self.block_size
    }

    /// Bytes in the blocks of a slab; what remains of it is not used.
    fn bytes_per_slab(&self) -> usize {
        self.blocks_per_slab() * self.block_size
    }

    /// A free block, if a slab has one, and whether its slab was empty before.
    pub fn take(&mut self) -> Option<(Block, bool)> {
        let number = *self.partial.last()?;
        let blocks = self.blocks_per_slab();
        let slab = self.slabs.get_mut(number as usize)?.as_mut()?;
        let was_empty = slab.free_blocks == blocks;
        self.empty -= usize::from(was_empty);
        let index = slab.take()?;
        let ptr = slab.memory.as_ptr().wrapping_add(index * self.block_size);
        if slab.free_blocks == 0 {
            self.partial.pop();
        }
        self.free_bytes -= self.block_size;
        self.least_free = self.least_free.min(self.free_bytes);
        Some((Block::in_slab(number, ptr, self.block_size), was_empty))
    }

    /// Adds an empty slab.
    fn add(&mut self, slab: Slab) {
        self.empty += 1;
        let number = self.gaps.pop().unwrap_or(self.slabs.len() as u32);
        match self.slabs.get_mut(number as usize) {
            Some(gap) => *gap = Some(slab),
            None => self.slabs.push(Some(slab)),
        }
        self.partial.push(number);
        self.free_bytes += self.bytes_per_slab();
    }

    /// Takes a block of slab `number` back. Returns whether that slab is empty now.
    pub fn give_back(&mut self, number: u32, block: &Block) -> bool {
        let blocks = self.blocks_per_slab();
        let Some(slab) = self.slabs.get_mut(number as usize).and_then(Option::as_mut) else { return false };
        slab.give_back((block.as_ptr().addr() - slab.memory.as_ptr().addr()) / self.block_size);
        self.free_bytes += self.block_size;
        if slab.free_blocks == 1 || blocks == 1 {
            self.partial.push(number);
        }
        let is_empty = slab.free_blocks == blocks;
        self.empty += usize::from(is_empty);
        is_empty
    }

    /// Takes the memory of an empty slab, if there is one, for another class.
    pub fn take_empty(&mut self) -> Option<Block> {
        if self.empty == 0 {
            return None;
        }
        let full = self.blocks_per_slab();
        let is_empty =
            |n: &u32| matches!(self.slabs.get(*n as usize), Some(Some(s)) if s.free_blocks == full);
        let number = self.partial.iter().copied().find(is_empty)?;
        self.remove(number)
    }

    /// Takes an empty slab out and returns its memory.
    pub fn remove(&mut self, number: u32) -> Option<Block> {
        let slab = self.slabs.get_mut(number as usize)?.take()?;
        self.empty -= 1;
        self.partial.retain(|n| *n != number);
        self.gaps.push(number);
        self.free_bytes -= self.bytes_per_slab();
        self.least_free = self.least_free.min(self.free_bytes);
        Some(slab.memory)
    }

    /// Takes out the empty slabs that were not needed since the last call, and returns their memory.
    pub fn take_surplus(&mut self) -> Vec<Block> {
        let (full, bytes) = (self.blocks_per_slab(), self.bytes_per_slab());
        let slabs = &mut self.slabs;
        let gaps = &mut self.gaps;
        let mut unneeded = self.least_free / bytes;
        let mut gone = Vec::new();
        self.partial.retain(|number| {
            let Some(place) = slabs.get_mut(*number as usize) else { return false };
            let empty = place.as_ref().is_some_and(|slab| slab.free_blocks == full);
            if unneeded == 0 || !empty {
                return true;
            }
            unneeded -= 1;
            gone.extend(place.take().map(|slab| slab.memory));
            gaps.push(*number);
            false
        });
        self.empty -= gone.len();
        self.free_bytes -= gone.len() * bytes;
        self.least_free = self.free_bytes;
        if !gone.is_empty() && self.gaps.len() == self.slabs.len() {
            // After a wide backlog the tables themselves are worth giving back.
            (self.slabs, self.gaps, self.partial) = (Vec::new(), Vec::new(), Vec::new());
        }
        gone
    }
}

/// A slab for a class, made while the class is not locked.
pub struct FreshSlab(Slab);

impl FreshSlab {
    #[must_use]
    pub fn new(block_size: usize) -> Self {
        Self::of(Block::mapped(SLAB_SIZE), block_size)
    }

    /// In the memory of another.
    #[must_use]
    pub fn of(memory: Block, block_size: usize) -> Self {
        Self(Slab::new(memory, SLAB_SIZE / block_size))
    }

    pub fn add_to(self, class: &mut SlabClass) {
        class.add(self.0);
    }
}

#[cfg(test)]
mod tests;
