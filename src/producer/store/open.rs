//! The writing end of a chunk. The numbers of arguments are those of the list at the top of the store.
#![allow(unsafe_code)] // part of the message store

use super::block::prefetch;
use super::chunk::{CHUNK_LIFE_US, Chunk, HEADER_SIZE, SLOT_SIZE, Slot, flag, slot_below};
use super::message::{StoredMessage, Value};
use super::pool::{self, ChunkPool, MAX_POOLED_BLOCK};
use super::run::Run;
use crate::base::clock::Time;
use crate::base::sync::Arc;

const CACHE_LINE: usize = 64;

/// The chunk a partition appends to. With thousands of partitions nothing of it is in the cache when a
/// message comes, so what appending needs of the `Chunk` is kept here.
pub struct OpenChunk {
    /// Of the chunk's block.
    base: *mut u8,
    block_end: *mut u8,
    born: Time,
    chunk: Chunk,
    /// First slot not yet cut off.
    start: u32,
    /// One past the last slot written.
    end: u32,
    /// Everything below this offset is taken.
    top: u32,
    /// Where the data of the slot `start` begins.
    uncut_from: u32,
    /// Bytes between the data and the slots.
    space: u32,
    any_free: bool,
    /// Key, value and header bytes of the slots from `start` on.
    bytes: u64,
    /// Value bytes alone.
    value_bytes: u64,
    /// Message id of the slot `start`.
    first_msgid: u64,
}

// SAFETY: argument 1; the pointers are those of the chunk's block, which lives as long as `chunk`.
unsafe impl Send for OpenChunk {}

impl OpenChunk {
    /// How much space for messages the next chunk had better have, with so many bytes to come in messages of
    /// `each`: what they fill. Where an eighth of that is too little for a message, too much of it could stay
    /// unused at the end, and all of them get one chunk if they can.
    #[must_use]
    pub fn space_for(bytes: usize, each: usize) -> usize {
        let filled = pool::filled_by(HEADER_SIZE + bytes);
        let block = if each <= filled / 8 { filled } else { (HEADER_SIZE + bytes).min(MAX_POOLED_BLOCK) };
        block - HEADER_SIZE
    }

    /// Opens a chunk with `want` bytes for messages, or more.
    #[must_use]
    pub fn new(pool: &Arc<ChunkPool>, want: usize, now: Time, first_msgid: u64) -> Self {
        let chunk = Chunk::new(pool.take(HEADER_SIZE + want), now, pool.clone());
        let space = u32::try_from(chunk.block_len() - HEADER_SIZE).unwrap_or(u32::MAX);
        Self {
            base: chunk.base(),
            block_end: chunk.block_end(),
            born: now,
            chunk,
            start: 0,
            end: 0,
            top: HEADER_SIZE as u32,
            uncut_from: HEADER_SIZE as u32,
            space,
            any_free: false,
            bytes: 0,
            value_bytes: 0,
            first_msgid,
        }
    }

    /// Opens a chunk with `want` bytes for messages, or more, in place of this one. What has not been handed
    /// out moves there.
    #[must_use]
    pub fn moved(mut self, want: usize) -> Self {
        let mut to =
            Self::new(&self.chunk.pool().clone(), want.max(self.uncut()), self.born, self.first_msgid);
        let count = self.end - self.start;
        let from = self.uncut_from as usize;
        let data = self.top as usize - from;
        // SAFETY: argument 1; both chunks are written by nobody else, and the new one has the space.
        unsafe {
            std::ptr::copy_nonoverlapping(
                self.base.wrapping_add(from),
                to.base.wrapping_add(HEADER_SIZE),
                data,
            )
        };
        for i in 0..count {
            // SAFETY: argument 1; slots from `start` to `end` have been written and not handed out.
            let slot = unsafe { slot_below(self.block_end, self.start + i).read() };
            let slot = Slot { key_off: slot.key_off - from as u32 + HEADER_SIZE as u32, ..slot };
            // SAFETY: argument 1, as for the data.
            unsafe { slot_below(to.block_end, i).write(slot) };
        }
        to.end = count;
        to.top += data as u32;
        to.space -= self.uncut() as u32;
        (to.any_free, to.bytes, to.value_bytes) = (self.any_free, self.bytes, self.value_bytes);
        // The values that are freed are the new chunk's.
        (self.start, self.any_free) = (self.end, false);
        to
    }

    /// Bytes that a chunk must have for this message alone.
    #[must_use]
    pub fn need(m: &StoredMessage<'_>) -> usize {
        SLOT_SIZE + Self::data_len(m)
    }

    fn data_len(m: &StoredMessage<'_>) -> usize {
        let value = match m.value {
            Value::Null => 0,
            Value::Copy(v) => v.len(),
            Value::Foreign(_) => size_of::<*const u8>(),
        };
        m.key.map_or(0, <[u8]>::len) + value + m.headers.map_or(0, <[u8]>::len)
    }

    /// Appends a message, or returns false when the chunk has no space for it (or is too old for its enqueue
    /// time).
    #[inline]
    pub fn append(&mut self, m: &StoredMessage<'_>) -> bool {
        let data = Self::data_len(m);
        if data + SLOT_SIZE > self.space as usize || !self.takes(m.enqueued) {
            return false;
        }
        let age = m.enqueued.0 - self.born.0;
        let off = self.top as usize;
        let mut flags = 0;
        let mut at = off;
        if let Some(k) = m.key {
            flags |= flag::KEY;
            self.copy_in(at, k);
            at += k.len();
        }
        flags |= self.place_value(&m.value, &mut at);
        if let Some(h) = m.headers {
            flags |= flag::HEADERS;
            self.copy_in(at, h);
        }
        let key_len = m.key.map_or(0, <[u8]>::len);
        let headers_len = m.headers.map_or(0, <[u8]>::len);
        let slot = Slot {
            opaque: m.opaque,
            timestamp_ms: m.timestamp_ms,
            enqueued_rel: age as u32,
            key_off: off as u32,
            key_len: key_len as u32,
            value_len: m.value.len() as u32,
            headers_len: headers_len as u32,
            flags,
            retries: m.retries,
        };
        // SAFETY: argument 1; slot `end` lies above the data, as checked above, and has not been handed out.
        unsafe { slot_below(self.block_end, self.end).write(slot) };
        self.end += 1;
        self.top += data as u32;
        self.space -= (data + SLOT_SIZE) as u32;
        self.bytes += (key_len + m.value.len() + headers_len) as u64;
        self.value_bytes += m.value.len() as u64;
        self.prefetch_next();
        true
    }

    /// Copies a value or its address in at `at`. Returns its flags.
    #[inline(always)]
    fn place_value(&mut self, value: &Value<'_>, at: &mut usize) -> u16 {
        match value {
            Value::Null => 0,
            Value::Copy(v) => {
                self.copy_in(*at, v);
                *at += v.len();
                flag::VALUE
            }
            Value::Foreign(f) => {
                self.any_free |= f.free;
                // SAFETY: argument 1; `data_len` counted the address.
                unsafe { self.base.wrapping_add(*at).cast::<*const u8>().write_unaligned(f.ptr) };
                *at += size_of::<*const u8>();
                flag::VALUE | flag::FOREIGN | if f.free { flag::FREE } else { 0 }
            }
        }
    }

    /// Brings the next message's place into the cache before that message comes: slots grow downwards, which
    /// the CPU does not foresee by itself.
    #[inline]
    fn prefetch_next(&self) {
        let data = self.base.wrapping_add(self.top as usize + CACHE_LINE - 1);
        prefetch(slot_below(self.block_end, self.end).cast());
        prefetch(data);
        prefetch(data.wrapping_add(CACHE_LINE));
    }

    #[inline]
    fn copy_in(&mut self, at: usize, bytes: &[u8]) {
        // SAFETY: argument 1; the caller reserved `at..at + len` between `top` and the slots.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.base.wrapping_add(at), bytes.len());
        }
    }

    /// Hands out everything appended since the last cut.
    pub fn cut(&mut self) -> Option<Run> {
        if self.start == self.end {
            return None;
        }
        let run = Run {
            chunk: self.chunk.clone(),
            start: self.start,
            end: self.end,
            any_free: self.any_free,
            bytes: self.bytes,
            value_bytes: self.value_bytes,
            first_msgid: self.first_msgid,
        };
        self.first_msgid += u64::from(self.end - self.start);
        self.start = self.end;
        self.uncut_from = self.top;
        self.any_free = false;
        self.bytes = 0;
        self.value_bytes = 0;
        Some(run)
    }

    #[must_use]
    pub fn is_uncut_empty(&self) -> bool {
        self.start == self.end
    }

    /// Bytes that the messages take that have not been handed out.
    #[must_use]
    pub fn uncut(&self) -> usize {
        self.top as usize - self.uncut_from as usize + (self.end - self.start) as usize * SLOT_SIZE
    }

    /// Whether the enqueue time of a message of `now` fits the chunk.
    #[must_use]
    pub fn takes(&self, now: Time) -> bool {
        (0..CHUNK_LIFE_US).contains(&(now.0 - self.born.0))
    }

    /// Space left, in bytes.
    #[must_use]
    pub fn space(&self) -> usize {
        self.space as usize
    }

    /// Bytes that a new chunk like this has for messages.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.chunk.block_len() - HEADER_SIZE
    }
}

impl Drop for OpenChunk {
    fn drop(&mut self) {
        // What was appended and never handed out goes the way of every run (foreign values are released
        // there).
        drop(self.cut());
    }
}
