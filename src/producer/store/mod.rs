//! The message store: slot and arena at append, encode at drain.
//!
//! A partition appends into a *chunk*: keys, copied values and headers grow up from the start, in the order in which they
//! will be read, and fixed-size slots grow down from the end. Nothing is allocated, reference-counted or locked per message. A [`Run`] is the exclusive
//! claim to a range of slots of one chunk; it moves from queue to batch to delivery report, and when the last claim to
//! a chunk is gone the chunk returns to its pool.
//!
//! Why this is sound, in one place (each `unsafe` below refers to these by number):
//! 1. A chunk's memory is written only by the one [`OpenChunk`] that created it, and only in slots and bytes that
//!    lie outside every range handed out so far (`OpenChunk::cut` moves the boundary).
//! 2. What a `Run` covers is no longer written by the `OpenChunk`, and no two runs overlap, since runs come into
//!    being only by `cut` and are divided only by `split_front`. So `&Run` may read and `&mut Run` may write its slots.
//! 3. The chunk lives as long as any `Run` or `OpenChunk` that holds an `Arc` of it; key, value and header slices
//!    are bound to the borrow of the `Run`.
//! 4. A foreign value is memory of the application, which guarantees (as the C API demands) that it stays
//!    readable until its delivery report has been served, that is until the `Run` is dropped.
#![allow(unsafe_code)] // the message store is one of the three places that may; see the list above

mod block;
mod open;
pub mod pool;
pub mod runs;
mod slab;

pub use open::OpenChunk;

use crate::base::clock::Time;
use crate::base::sync::Arc;
use block::Block;
use pool::ChunkPool;
use std::mem::size_of;

/// A value that stays in the application's memory.
#[derive(Clone, Copy, Debug)]
pub struct ForeignBytes {
    ptr: *const u8,
    len: usize,
    free: bool,
}

impl ForeignBytes {
    /// # Safety
    /// `ptr` must point to `len` readable bytes that stay unchanged until the message's delivery report has been
    /// served or its client destroyed. With `free`, it must have come from C `malloc`, and its ownership passes to
    /// the message store as soon as the message is accepted.
    #[must_use]
    pub unsafe fn new(ptr: *const u8, len: usize, free: bool) -> Self {
        Self { ptr, len, free }
    }

    /// The same bytes without the claim to their memory.
    #[must_use]
    pub fn not_freed(self) -> Self {
        Self { free: false, ..self }
    }

    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// A message's value on its way in.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Null,
    /// Copied into the store.
    Copy(&'a [u8]),
    /// Referenced where it is.
    Foreign(ForeignBytes),
}

impl Value<'_> {
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Value::Null => 0,
            Value::Copy(b) => b.len(),
            Value::Foreign(f) => f.len,
        }
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A message as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct StoredMessage<'a> {
    pub key: Option<&'a [u8]>,
    pub value: Value<'a>,
    /// Headers in wire form (`protocol::headers`); `None` for no headers at all.
    pub headers: Option<&'a [u8]>,
    pub timestamp_ms: i64,
    pub opaque: usize,
    pub enqueued: Time,
    pub retries: u16,
}

mod flag {
    pub(super) const KEY: u16 = 1;
    pub(super) const VALUE: u16 = 2;
    pub(super) const COPIED: u16 = 4;
    pub(super) const FREE: u16 = 8;
    pub(super) const HEADERS: u16 = 16;
    pub(super) const POSSIBLY_PERSISTED: u16 = 32;
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Slot {
    opaque: usize,
    value: *const u8,
    timestamp_ms: i64,
    /// Microseconds since the chunk's `born`.
    enqueued_rel: u32,
    key_off: u32,
    key_len: u32,
    value_len: u32,
    headers_len: u32,
    flags: u16,
    retries: u16,
}

/// Bytes of bookkeeping per message.
pub const SLOT_SIZE: usize = size_of::<Slot>();
const _: () = assert!(SLOT_SIZE == 48);

/// A chunk takes messages for at most this long, so that the enqueue time fits a slot's 32 bits.
const CHUNK_LIFE_US: i64 = 3_600_000_000;

struct Chunk {
    block: Block,
    born: Time,
    pool: Arc<ChunkPool>,
}

// SAFETY: argument 1 and 2: whoever reaches a part of the memory through a `Run` or the `OpenChunk` has it exclusively
// for writing; `Chunk` itself offers no access.
unsafe impl Send for Chunk {}
// SAFETY: as above.
unsafe impl Sync for Chunk {}

impl Chunk {
    #[inline]
    fn slot_ptr(&self, i: u32) -> *mut Slot {
        slot_below(self.block_end(), i)
    }

    #[inline]
    fn block_end(&self) -> *mut u8 {
        self.block.as_ptr().wrapping_add(self.block.len())
    }
}

/// The end of a block is aligned for a Slot and `i` is below the slot count that fits into it; pointer arithmetic itself is
/// safe.
#[inline]
fn slot_below(end: *mut u8, i: u32) -> *mut Slot {
    end.cast::<Slot>().wrapping_sub(i as usize + 1)
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.pool.give_back(std::mem::replace(&mut self.block, Block::EMPTY));
    }
}

/// A claim to consecutive messages of one partition, in message-id order.
pub struct Run {
    chunk: Arc<Chunk>,
    start: u32,
    end: u32,
    any_free: bool,
    bytes: u64,
    value_bytes: u64,
    first_msgid: u64,
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
    pub fn note_unanswered(&mut self) {
        (0..self.len()).for_each(|i| self.note_attempt(i, false, true));
    }

    /// Counts another attempt for the `i`th message and notes whether the broker may have stored it.
    pub fn note_attempt(&mut self, i: usize, count: bool, possibly_persisted: bool) {
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

    /// Takes the value out of the `i`th message for storing it elsewhere: a foreign value changes its owner.
    pub fn take_stored(&mut self, i: usize) -> StoredMessage<'_> {
        let enqueued = self.get(i).enqueued();
        let s = self.slot_mut(i);
        let owned = s.flags & flag::FREE != 0;
        s.flags &= !flag::FREE;
        let m = self.get(i);
        let value = match m.value() {
            None => Value::Null,
            Some(v) if m.slot.flags & flag::COPIED != 0 => Value::Copy(v),
            Some(v) => Value::Foreign(ForeignBytes { ptr: v.as_ptr(), len: v.len(), free: owned }),
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
        if !self.any_free {
            return;
        }
        for i in 0..self.len() {
            let s = self.slot(i);
            if s.flags & flag::FREE != 0 {
                // SAFETY: argument 4 and `ForeignBytes::new`: the memory is ours, came from malloc, and no view of it
                // can outlive this run.
                unsafe { libc::free(s.value.cast_mut().cast()) };
            }
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
        let block = &self.run.chunk.block;
        debug_assert!(off + len <= block.len());
        // SAFETY: argument 2 and 3; offsets and lengths were written by `OpenChunk::append` for this slot.
        unsafe { std::slice::from_raw_parts(block.as_ptr().wrapping_add(off).cast_const(), len) }
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
        Some(unsafe { std::slice::from_raw_parts(self.slot.value, self.slot.value_len as usize) })
    }

    /// The value's address as the application sees it in the delivery report.
    #[inline]
    #[must_use]
    pub fn value_ptr(&self) -> *const u8 {
        self.slot.value
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
        let copied = if self.slot.flags & flag::COPIED != 0 { self.slot.value_len } else { 0 };
        let off = self.slot.key_off as usize + self.slot.key_len as usize + copied as usize;
        Some(self.arena(off, self.slot.headers_len as usize))
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
        Time(self.run.chunk.born.0 + i64::from(self.slot.enqueued_rel))
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

#[cfg(test)]
mod tests;
