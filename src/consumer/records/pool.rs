//! Memory for fetched records, used again and again. Large pieces that go back to the system would have to be
//! mapped, and every page of them cleared, for each share of a response: that cost more than all else.

use crate::base::sync::{Arc, Mutex, Rank};
use std::collections::BTreeMap;
use std::fmt;

/// Smaller pieces are the allocator's business.
const SMALLEST: usize = 16 << 10;
/// Steps in which sizes grow from one power of two to the next. What is not used of a piece is less than one.
const STEPS: usize = 8;
/// No more than this is taken on somebody's word that it will be needed.
const MOST_AT_ONCE: usize = 1 << 20;

/// Pieces of memory that are not in use. Bounded; and what has not been needed for a while goes back to the
/// system.
pub struct Pool {
    most: usize,
    free: Mutex<Free>,
}

#[derive(Default)]
struct Free {
    /// By their capacity; no list is empty.
    pieces: BTreeMap<usize, Vec<Vec<u8>>>,
    bytes: usize,
    /// The fewest bytes that were free since [`Pool::trim`] looked.
    least: usize,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Pool {
    /// One that keeps at most so many bytes.
    #[must_use]
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, free: Mutex::new(Rank::Leaf, Free::default()) })
    }

    /// An empty piece that `len` bytes will be written to, as somebody says. It may have less space, see
    /// [`Pool::grow`].
    #[must_use]
    pub fn take(&self, len: usize) -> Vec<u8> {
        let size = rounded(len.min(MOST_AT_ONCE));
        if size < SMALLEST {
            return Vec::with_capacity(size);
        }
        self.free.lock().take(size).unwrap_or_else(|| Vec::with_capacity(size))
    }

    /// Makes space in a full piece, of which `len` bytes are expected. What has come vouches for as much
    /// again.
    pub fn grow(piece: &mut Vec<u8>, len: usize) {
        let size = rounded(len.min(piece.len().max(MOST_AT_ONCE / 2) * 2));
        piece.reserve_exact(size.saturating_sub(piece.len()));
    }

    /// Gives a piece back.
    pub fn put(&self, mut piece: Vec<u8>) {
        let size = piece.capacity();
        if size < SMALLEST {
            return;
        }
        piece.clear();
        let mut free = self.free.lock();
        if free.bytes + size <= self.most {
            free.bytes += size;
            free.pieces.entry(size).or_default().push(piece);
        }
    }

    /// Returns half of what nobody has needed since the last time to the system. To be called now and then.
    pub fn trim(&self) {
        let mut unneeded = Vec::new();
        let mut free = self.free.lock();
        let keep = free.bytes - free.least.div_ceil(2);
        while free.bytes > keep {
            let Some(piece) = free.take(0) else { break };
            unneeded.push(piece);
        }
        free.least = free.bytes;
        drop(free);
        drop(unneeded);
    }

    /// Bytes that are not in use.
    #[must_use]
    pub fn free(&self) -> usize {
        self.free.lock().bytes
    }
}

impl Free {
    /// A piece with that much space, and not with much more; with 0 any.
    fn take(&mut self, size: usize) -> Option<Vec<u8>> {
        let most = if size == 0 { usize::MAX } else { size + size / STEPS };
        let mut fitting = self.pieces.range_mut(size..=most);
        let (&size, pieces) = fitting.next()?;
        let piece = pieces.pop();
        if pieces.is_empty() {
            self.pieces.remove(&size);
        }
        self.bytes -= size;
        self.least = self.least.min(self.bytes);
        piece
    }
}

/// The next size in the steps that pieces come in.
fn rounded(len: usize) -> usize {
    let power = len.max(1).ilog2();
    let step = ((1_usize << power) / STEPS).max(1);
    len.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_comes_back_to_who_needs_that_much() {
        let pool = Pool::new(10 << 20);
        let mut piece = pool.take(100_000);
        assert!(piece.capacity() >= 100_000 && piece.capacity() <= 112_500);
        piece.extend_from_slice(b"something");
        let place = piece.as_ptr();
        pool.put(piece);
        assert_eq!(pool.take(50_000).capacity(), 53_248, "too large a piece for that");
        let again = pool.take(99_000);
        assert_eq!((again.as_ptr(), again.len(), pool.free()), (place, 0, 0));
        pool.put(Vec::with_capacity(SMALLEST - 1));
        assert_eq!(pool.free(), 0, "small pieces are not kept");
    }

    #[test]
    fn no_more_is_kept_than_allowed_and_what_nobody_needs_goes() {
        let pool = Pool::new(1 << 20);
        let pieces: Vec<_> = (0..20).map(|_| pool.take(1 << 16)).collect();
        pieces.into_iter().for_each(|piece| pool.put(piece));
        assert_eq!(pool.free(), 1 << 20);
        pool.trim();
        assert_eq!(pool.free(), 1 << 20, "all of it was needed a moment ago");
        let one = pool.take(1 << 16);
        pool.put(one);
        pool.trim();
        assert_eq!(pool.free(), 8 << 16, "fifteen were not needed, and half of that is kept");
        (0..8).for_each(|_| pool.trim());
        assert_eq!(pool.free(), 0);
    }

    #[test]
    fn memory_follows_what_has_come() {
        let pool = Pool::new(1 << 20);
        let mut piece = pool.take(100 << 20);
        assert_eq!(piece.capacity(), 1 << 20);
        piece.resize(1 << 20, 1);
        Pool::grow(&mut piece, 100 << 20);
        assert_eq!(piece.capacity(), 2 << 20);
        piece.resize(2 << 20, 1);
        Pool::grow(&mut piece, (2 << 20) + 5);
        assert!(piece.capacity() <= (2 << 20) + (1 << 18));
    }

    #[test]
    fn sizes_come_in_steps_and_are_never_too_small() {
        for len in (0..100_000).chain([(1 << 20) - 1, 1 << 20, (1 << 20) + 1]) {
            let size = rounded(len);
            assert!(size >= len && size - len <= len / STEPS + 1, "{len}: {size}");
        }
    }
}
