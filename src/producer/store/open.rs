//! The writing end of a chunk. The numbers of arguments are those of the list at the top of the store.
#![allow(unsafe_code)] // part of the message store

use super::block::prefetch;
use super::chunk::{CHUNK_LIFE_US, Chunk, SLOT_SIZE, Slot, flag, slot_below};
use super::message::{StoredMessage, Value};
use super::pool::ChunkPool;
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
    chunk: Arc<Chunk>,
    /// First slot not yet cut off.
    start: u32,
    /// One past the last slot written.
    end: u32,
    /// Everything below this offset is taken.
    top: u32,
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
    /// Opens a chunk of the size class that `want` bytes ask for.
    #[must_use]
    pub fn new(pool: &Arc<ChunkPool>, want: usize, now: Time, first_msgid: u64) -> Self {
        let block = pool.take(want);
        let space = u32::try_from(block.len()).unwrap_or(u32::MAX);
        let chunk = Arc::new(Chunk { block, born: now, pool: pool.clone() });
        Self {
            base: chunk.block.as_ptr(),
            block_end: chunk.block_end(),
            born: now,
            chunk,
            start: 0,
            end: 0,
            top: 0,
            space,
            any_free: false,
            bytes: 0,
            value_bytes: 0,
            first_msgid,
        }
    }

    /// Bytes that a chunk must have for this message alone.
    #[must_use]
    pub fn need(m: &StoredMessage<'_>) -> usize {
        SLOT_SIZE + Self::data_len(m) + align_of::<Slot>()
    }

    fn data_len(m: &StoredMessage<'_>) -> usize {
        let copied = if let Value::Copy(v) = m.value { v.len() } else { 0 };
        m.key.map_or(0, <[u8]>::len) + copied + m.headers.map_or(0, <[u8]>::len)
    }

    /// Appends a message, or returns false when the chunk has no space for it (or is too old for its enqueue
    /// time).
    #[inline]
    pub fn append(&mut self, m: &StoredMessage<'_>) -> bool {
        let data = Self::data_len(m);
        let age = m.enqueued.0 - self.born.0;
        if data + SLOT_SIZE > self.space as usize || !(0..CHUNK_LIFE_US).contains(&age) {
            return false;
        }
        let off = self.top as usize;
        let mut flags = 0;
        let mut at = off;
        if let Some(k) = m.key {
            flags |= flag::KEY;
            self.copy_in(at, k);
            at += k.len();
        }
        let (value, value_flags) = self.place_value(&m.value, &mut at);
        flags |= value_flags;
        if let Some(h) = m.headers {
            flags |= flag::HEADERS;
            self.copy_in(at, h);
        }
        let key_len = m.key.map_or(0, <[u8]>::len);
        let headers_len = m.headers.map_or(0, <[u8]>::len);
        let slot = Slot {
            opaque: m.opaque,
            value,
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

    /// Copies a value in at `at`, if it is to be copied. Returns where it is, and its flags.
    #[inline(always)]
    fn place_value(&mut self, value: &Value<'_>, at: &mut usize) -> (*const u8, u16) {
        match value {
            Value::Null => (std::ptr::null(), 0),
            Value::Copy(v) => {
                self.copy_in(*at, v);
                let p = self.base.wrapping_add(*at).cast_const();
                *at += v.len();
                (p, flag::VALUE | flag::COPIED)
            }
            Value::Foreign(f) => {
                self.any_free |= f.free;
                (f.ptr, flag::VALUE | if f.free { flag::FREE } else { 0 })
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
        self.any_free = false;
        self.bytes = 0;
        self.value_bytes = 0;
        Some(run)
    }

    #[must_use]
    pub fn is_uncut_empty(&self) -> bool {
        self.start == self.end
    }

    /// Space left, in bytes.
    #[must_use]
    pub fn space(&self) -> usize {
        self.space as usize
    }

    #[must_use]
    pub fn capacity(&self) -> usize {
        self.chunk.block.len()
    }
}

impl Drop for OpenChunk {
    fn drop(&mut self) {
        // What was appended and never handed out goes the way of every run (foreign values are released
        // there).
        drop(self.cut());
    }
}
