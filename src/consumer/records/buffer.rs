//! Received or decompressed bytes that messages of the application point into.
#![allow(unsafe_code)] // Bytes that C may write to while others of the same buffer are still read.

use std::ops::Range;
use std::ptr::NonNull;

/// Bytes of fetched records. The application gets pointers into them and may write through these, so no
/// reference to the whole may exist: the library refers only to what it has not handed out yet.
#[derive(Debug)]
pub struct Buffer {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: plain bytes of its own; who may touch which of them is said at `unread` and `pointer`.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    #[must_use]
    pub fn new(bytes: Box<[u8]>) -> Self {
        let len = bytes.len();
        let start = NonNull::from(Box::leak(bytes)).cast();
        Self { start, len }
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
        let bytes = std::ptr::slice_from_raw_parts_mut(self.start.as_ptr(), self.len);
        // SAFETY: it came from a box of this length in `new`.
        drop(unsafe { Box::from_raw(bytes) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_never_leave_the_buffer() {
        let buffer = Buffer::new(b"hello".as_slice().into());
        assert_eq!(buffer.unread(1..3), b"el");
        assert_eq!(buffer.unread(3..99), b"lo");
        assert_eq!(buffer.unread(7..99), b"");
        assert_eq!(buffer.pointer(5), buffer.pointer(50));
        assert_eq!((buffer.len(), buffer.is_empty()), (5, false));
        assert!(Buffer::new(Box::default()).is_empty());
    }
}
