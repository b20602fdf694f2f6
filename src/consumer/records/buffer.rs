//! Received or decompressed bytes that messages of the application point into.
#![allow(unsafe_code)] // Bytes that C may write to while others of the same buffer are still read.

use super::pool::Pool;
use crate::base::sync::{Arc, Weak};
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::ptr::NonNull;

/// Bytes of fetched records. The application gets pointers into them and may write through these, so no
/// reference to the whole may exist: the library refers only to what it has not handed out yet.
#[derive(Debug)]
pub struct Buffer {
    start: NonNull<u8>,
    len: usize,
    capacity: usize,
    /// Where the memory goes afterwards, if that is still there.
    home: Weak<Pool>,
}

// SAFETY: plain bytes of its own; who may touch which of them is said at `unread` and `pointer`.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    #[must_use]
    pub fn new(bytes: Vec<u8>, home: &Arc<Pool>) -> Self {
        let mut bytes = ManuallyDrop::new(bytes);
        let (len, capacity) = (bytes.len(), bytes.capacity());
        // Of the vector and not of a slice: the memory is returned with all of its capacity.
        let start = NonNull::new(bytes.as_mut_ptr()).unwrap_or(NonNull::dangling());
        Self { start, len, capacity, home: Arc::downgrade(home) }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that nobody outside has been given: those of records that have not been read yet. Bytes outside
    /// of the buffer are left out.
    #[must_use]
    #[inline]
    pub(super) fn unread(&self, range: Range<usize>) -> &[u8] {
        let end = range.end.min(self.len);
        let start = range.start.min(end);
        // SAFETY: within the buffer, and initialised. Whoever walks over records goes forward only, and what
        // is handed out (keys, values, headers) lies before the place that has been reached.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(start), end - start) }
    }

    /// The address of a byte, which is valid as long as the buffer; for what is handed out.
    #[must_use]
    #[inline]
    pub fn pointer(&self, at: usize) -> *mut u8 {
        // SAFETY: within the buffer, or just behind its last byte.
        unsafe { self.start.as_ptr().add(at.min(self.len)) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: it came from a vector of this length and capacity in `new`.
        let bytes = unsafe { Vec::from_raw_parts(self.start.as_ptr(), self.len, self.capacity) };
        if let Some(home) = self.home.upgrade() {
            home.put(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_never_leave_the_buffer() {
        let pool = Pool::new(0);
        let buffer = Buffer::new(b"hello".to_vec(), &pool);
        assert_eq!(buffer.unread(1..3), b"el");
        assert_eq!(buffer.unread(3..99), b"lo");
        assert_eq!(buffer.unread(7..99), b"");
        assert_eq!(buffer.pointer(5), buffer.pointer(50));
        assert_eq!((buffer.len(), buffer.is_empty()), (5, false));
        assert!(Buffer::new(Vec::new(), &pool).is_empty());
    }

    #[test]
    fn memory_goes_back_while_there_is_a_place_for_it() {
        let pool = Pool::new(1 << 20);
        let mut bytes = Vec::with_capacity(1 << 16);
        bytes.extend_from_slice(b"hello");
        let address = bytes.as_ptr();
        drop(Buffer::new(bytes, &pool));
        let bytes = pool.take(1 << 16);
        assert_eq!((bytes.as_ptr(), bytes.len()), (address, 0));
        let late = Buffer::new(bytes, &pool);
        drop(pool);
        drop(late);
    }

    #[test]
    fn what_is_held_is_not_written_to_by_what_comes_next() {
        let pool = Pool::new(1 << 20);
        let filled = |byte| {
            let mut bytes = pool.take(1 << 16);
            bytes.resize(1 << 16, byte);
            Buffer::new(bytes, &pool)
        };
        // Some are held for a while, in which others come and go.
        let mut held = std::collections::VecDeque::new();
        for round in 0..100_u8 {
            held.push_back((round, filled(round)));
            drop(filled(0xff));
            if held.len() > 7 {
                let (byte, buffer) = held.remove(usize::from(round) % 7).unwrap();
                assert!(buffer.unread(0..1 << 16).iter().all(|b| *b == byte), "round {round}");
            }
        }
        assert_eq!(pool.free(), 2 << 16, "nine were in use at the most, and seven still are");
    }
}
