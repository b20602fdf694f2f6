//! Runs: claims to messages of a chunk, and how a message is read. The numbers of arguments are those of the
//! list at the top of the store.
#![allow(unsafe_code)] // part of the message store

use super::block::prefetch;
use super::chunk::{Chunk, Slot, flag};
use super::message::{ForeignBytes, StoredMessage, Value};
use crate::base::clock::Time;

/// So far ahead of a value that is freed, the memory of another is fetched into the cache.
const FREES_AHEAD: usize = 8;

/// A claim to consecutive messages of one partition, in message-id order.
pub struct Run {
    pub(super) chunk: Chunk,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) any_free: bool,
    pub(super) bytes: u64,
    pub(super) value_bytes: u64,
    pub(super) first_msgid: u64,
}

// SAFETY: arguments 2 and 4; the raw pointers in the slots are only followed through the `Run`.
unsafe impl Send for Run {}
// SAFETY: `&Run` only reads.
unsafe impl Sync for Run {}

impl Run {
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Sum of key, value and header lengths.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Sum of the value lengths: what the run counts against `queue.buffering.max.kbytes`, as in librdkafka.
    #[inline]
    #[must_use]
    pub fn value_bytes(&self) -> u64 {
        self.value_bytes
    }

    #[inline]
    #[must_use]
    pub fn first_msgid(&self) -> u64 {
        self.first_msgid
    }

    #[must_use]
    pub fn last_msgid(&self) -> u64 {
        self.first_msgid + u64::from(self.end - self.start) - u64::from(self.end > self.start)
    }

    #[inline]
    fn slot(&self, i: usize) -> &Slot {
        assert!(i < self.len(), "message index out of its run");
        // SAFETY: argument 2; the index was checked.
        unsafe { &*self.chunk.slot_ptr(self.start + i as u32) }
    }

    #[inline]
    fn slot_mut(&mut self, i: usize) -> &mut Slot {
        assert!(i < self.len(), "message index out of its run");
        // SAFETY: argument 2; the index was checked.
        unsafe { &mut *self.chunk.slot_ptr(self.start + i as u32) }
    }

    /// The `i`th message.
    #[inline]
    #[must_use]
    pub fn get(&self, i: usize) -> MessageView<'_> {
        MessageView { run: self, slot: self.slot(i), msgid: self.first_msgid + i as u64 }
    }

    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = MessageView<'_>> {
        (0..self.len()).map(|i| self.get(i))
    }

    /// Notes that the broker may have stored these messages.
    pub fn mark_possibly_persisted(&mut self) {
        (0..self.len()).for_each(|i| self.count_attempt(i, false, true));
    }

    /// Counts another attempt for the `i`th message and notes whether the broker may have stored it.
    pub fn count_attempt(&mut self, i: usize, count: bool, possibly_persisted: bool) {
        let s = self.slot_mut(i);
        s.retries = s.retries.saturating_add(u16::from(count));
        if possibly_persisted {
            s.flags |= flag::POSSIBLY_PERSISTED;
        }
    }

    /// Cuts off the first `n` messages.
    #[must_use]
    pub fn split_front(&mut self, n: usize) -> Self {
        let n = n.min(self.len());
        let (mut bytes, mut value_bytes) = (0, 0);
        for i in 0..n {
            let m = self.get(i);
            bytes += m.bytes() as u64;
            value_bytes += m.value_len() as u64;
        }
        let front = Self {
            chunk: self.chunk.clone(),
            start: self.start,
            end: self.start + n as u32,
            any_free: self.any_free,
            bytes,
            value_bytes,
            first_msgid: self.first_msgid,
        };
        self.start += n as u32;
        self.first_msgid += n as u64;
        self.bytes -= bytes;
        self.value_bytes -= value_bytes;
        front
    }

    /// Frees the value of the `i`th message, which nobody reads any more, if it is ours to free. Its length
    /// stays.
    #[inline]
    pub fn free_value(&mut self, i: usize) {
        if self.any_free {
            // free() looks at what stands before the value.
            let next = (i + FREES_AHEAD).min(self.len() - 1);
            prefetch(self.get(next).value_ptr().wrapping_sub(1));
            self.free_owned(i);
        }
    }

    fn free_owned(&mut self, i: usize) {
        let value = self.get(i).value_ptr();
        let s = self.slot_mut(i);
        if s.flags & flag::FREE != 0 {
            s.flags &= !(flag::FREE | flag::VALUE);
            // SAFETY: argument 4 and `ForeignBytes::new`: the memory is ours and came from malloc. No view of
            // it can exist beside `&mut self`, and the flags keep any later one from it.
            unsafe { libc::free(value.cast_mut().cast()) };
        }
    }

    /// Takes the value out of the `i`th message for storing it elsewhere: a foreign value changes its owner.
    pub fn take_stored(&mut self, i: usize) -> StoredMessage<'_> {
        let enqueued = self.get(i).enqueued();
        let s = self.slot_mut(i);
        let owned = s.flags & flag::FREE != 0;
        s.flags &= !flag::FREE;
        let m = self.get(i);
        let value = match m.value() {
            None => Value::Null,
            Some(v) if m.slot.flags & flag::FOREIGN == 0 => Value::Copy(v),
            // The application's own pointer is what `free` takes; the slice of an empty value has none.
            Some(v) => Value::Foreign(ForeignBytes { ptr: m.value_ptr(), len: v.len(), free: owned }),
        };
        StoredMessage {
            key: m.key(),
            value,
            headers: m.headers(),
            timestamp_ms: m.slot.timestamp_ms,
            opaque: m.slot.opaque,
            enqueued,
            retries: m.slot.retries,
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.any_free {
            (0..self.len()).for_each(|i| self.free_owned(i));
        }
    }
}

/// One stored message, borrowed from its run.
#[derive(Clone, Copy)]
pub struct MessageView<'a> {
    run: &'a Run,
    slot: &'a Slot,
    msgid: u64,
}

impl<'a> MessageView<'a> {
    #[inline]
    fn arena(&self, off: usize, len: usize) -> &'a [u8] {
        let chunk = &self.run.chunk;
        debug_assert!(off + len <= chunk.block_len());
        // SAFETY: argument 2 and 3; offsets and lengths were written by `OpenChunk::append` for this slot.
        unsafe { std::slice::from_raw_parts(chunk.base().wrapping_add(off).cast_const(), len) }
    }

    #[inline]
    #[must_use]
    pub fn key(&self) -> Option<&'a [u8]> {
        (self.slot.flags & flag::KEY != 0)
            .then(|| self.arena(self.slot.key_off as usize, self.slot.key_len as usize))
    }

    #[inline]
    #[must_use]
    pub fn key_len(&self) -> usize {
        self.slot.key_len as usize
    }

    #[inline]
    #[must_use]
    pub fn value(&self) -> Option<&'a [u8]> {
        if self.slot.flags & flag::VALUE == 0 {
            return None;
        }
        if self.slot.value_len == 0 {
            // An empty foreign value may have any address; a slice may not.
            return Some(&[]);
        }
        // SAFETY: argument 3 for a copied value, argument 4 for a foreign one.
        Some(unsafe { std::slice::from_raw_parts(self.value_ptr(), self.slot.value_len as usize) })
    }

    /// Where the value lies, or its address.
    #[inline]
    fn value_off(&self) -> usize {
        self.slot.key_off as usize + self.slot.key_len as usize
    }

    /// The value's address as the application sees it in the delivery report, null for none.
    #[inline]
    #[must_use]
    pub fn value_ptr(&self) -> *const u8 {
        let place = self.run.chunk.base().wrapping_add(self.value_off()).cast_const();
        match self.slot.flags & (flag::VALUE | flag::FOREIGN) {
            0 => std::ptr::null(),
            flag::VALUE => place,
            // SAFETY: argument 2; `OpenChunk::append` wrote the address there.
            _ => unsafe { place.cast::<*const u8>().read_unaligned() },
        }
    }

    #[inline]
    #[must_use]
    pub fn value_len(&self) -> usize {
        self.slot.value_len as usize
    }

    #[inline]
    #[must_use]
    pub fn headers(&self) -> Option<&'a [u8]> {
        if self.slot.flags & flag::HEADERS == 0 {
            return None;
        }
        let value_space = match self.slot.flags & flag::FOREIGN {
            0 => self.slot.value_len as usize,
            _ => size_of::<*const u8>(),
        };
        Some(self.arena(self.value_off() + value_space, self.slot.headers_len as usize))
    }

    #[inline]
    #[must_use]
    pub fn opaque(&self) -> usize {
        self.slot.opaque
    }

    #[inline]
    #[must_use]
    pub fn timestamp_ms(&self) -> i64 {
        self.slot.timestamp_ms
    }

    #[inline]
    #[must_use]
    pub fn enqueued(&self) -> Time {
        Time(self.run.chunk.born().0 + i64::from(self.slot.enqueued_rel))
    }

    #[inline]
    #[must_use]
    pub fn msgid(&self) -> u64 {
        self.msgid
    }

    #[inline]
    #[must_use]
    pub fn retries(&self) -> u16 {
        self.slot.retries
    }

    #[inline]
    #[must_use]
    pub fn possibly_persisted(&self) -> bool {
        self.slot.flags & flag::POSSIBLY_PERSISTED != 0
    }

    /// Key, value and header bytes.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.slot.key_len as usize + self.slot.value_len as usize + self.slot.headers_len as usize
    }
}
