//! Candidate A, encode at append: the record is written into the partition's chunk by the application thread;
//! a slot beside it keeps what the delivery report needs. Two ways to deal with what the record says about
//! its place in the batch:
//!
//! * `Fixed` (A): the batch is decided at append. The deltas are final, draining is a header and a CRC, and
//!   the chunks leave as they are. The fastest form, and the one that binds earliest.
//! * `Patched` (P): the deltas have a fixed width and are filled in at drain, behind the one copy into the
//!   request. The batch may still be chosen at drain; the records grow by 5 bytes.
//!
//! Values by pointer are copied into the record too: that is what encoding at append means for small ones.

use crate::case::{
    BATCH_BYTES, BATCH_MESSAGES, Callback, Candidate, Case, Delivered, Message, QUEUE_BYTES, QUEUE_MESSAGES,
    REQUEST_BASE, Sink,
};
use crate::request;
use rdkafka::base::clock::Time;
use rdkafka::base::sync::{Mutex, Rank};
use rdkafka::producer::budget::Budget;
use rdkafka::protocol::record_batch as rb;
use std::collections::VecDeque;
use std::ptr::null;

const MIN_CHUNK: usize = 4 << 10;
const MAX_CHUNK: usize = 256 << 10;
const CLASSES: usize = 7;
/// Length, attributes, deltas, lengths of key and value at their widest, and the encoder's overshoot.
const RECORD_OVERHEAD: usize = 48;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    Fixed,
    Patched,
}

struct Slot {
    opaque: usize,
    /// The application's own pointer, null for a copied value.
    foreign: *const u8,
    /// Where the deltas stand, for patching.
    deltas_at: u32,
    value_at: u32,
    value_len: u32,
    key_len: u32,
    #[expect(dead_code, reason = "what timeouts and latencies would be computed from")]
    enqueued_rel: u32,
    /// Kept because a retry may find itself in a batch with another base.
    timestamp_rel: i32,
}
const SLOT: usize = size_of::<Slot>();

struct Chunk {
    data: Vec<u8>,
    slots: Vec<Slot>,
    class: usize,
}

// The application promises that its pointers may be handed back by any thread.
#[allow(unsafe_code)]
// SAFETY: the raw pointers in the slots are only handed back, never followed.
unsafe impl Send for Chunk {}

struct Pool {
    free: Mutex<[Vec<Chunk>; CLASSES]>,
}

impl Pool {
    fn take(&self, want: usize, record: usize) -> Chunk {
        let size = want.clamp(MIN_CHUNK, MAX_CHUNK).max(record + SLOT).next_power_of_two();
        let class = ((size / MIN_CHUNK).trailing_zeros() as usize).min(CLASSES - 1);
        if let Some(c) = self.free.lock()[class].pop() {
            return c;
        }
        let slots = (size / (record + SLOT)).max(1);
        Chunk { data: Vec::with_capacity(size - slots * SLOT), slots: Vec::with_capacity(slots), class }
    }

    fn give_back(&self, mut c: Chunk) {
        c.data.clear();
        c.slots.clear();
        let class = c.class;
        self.free.lock()[class].push(c);
    }
}

/// A record batch in the making, or on its way.
struct Batch {
    partition: i32,
    chunks: Vec<Chunk>,
    count: usize,
    wire_bytes: usize,
    value_bytes: u64,
    base_timestamp: i64,
    max_timestamp: i64,
    born: Time,
}

struct Append {
    open: Option<Batch>,
    closed: Vec<Batch>,
    count: usize,
    bytes: usize,
    last_drain: usize,
}

pub struct Early {
    binding: Binding,
    partitions: Vec<Mutex<Append>>,
    pool: Pool,
    budget: Budget,
    ready: Mutex<Vec<usize>>,
    spare: Mutex<Vec<u8>>,
    reports: Mutex<VecDeque<Batch>>,
}

impl Early {
    pub fn new(case: &Case, binding: Binding) -> Self {
        let append = || Append { open: None, closed: Vec::new(), count: 0, bytes: 0, last_drain: 0 };
        Self {
            binding,
            partitions: (0..case.partitions).map(|_| Mutex::new(Rank::PartitionAppend, append())).collect(),
            pool: Pool { free: Mutex::new(Rank::Leaf, std::array::from_fn(|_| Vec::new())) },
            budget: Budget::new(Some(QUEUE_MESSAGES), QUEUE_BYTES),
            ready: Mutex::new(Rank::Ready, Vec::new()),
            spare: Mutex::new(Rank::Instance, Vec::new()),
            reports: Mutex::new(Rank::Queue, VecDeque::new()),
        }
    }

    fn store(&self, a: &mut Append, partition: usize, m: &Message<'_>) {
        let key_len = m.key.map_or(0, <[u8]>::len);
        let size = key_len + m.value.len() + 7;
        if a.open.as_ref().is_some_and(|b| b.count >= BATCH_MESSAGES || b.wire_bytes + size > BATCH_BYTES) {
            a.closed.extend(a.open.take());
        }
        let wanted = a.last_drain.max(a.bytes);
        let b = a.open.get_or_insert_with(|| Batch {
            partition: partition as i32,
            chunks: Vec::new(),
            count: 0,
            wire_bytes: REQUEST_BASE,
            value_bytes: 0,
            base_timestamp: m.timestamp_ms,
            max_timestamp: m.timestamp_ms,
            born: m.enqueued,
        });
        let needed = key_len + m.value.len() + RECORD_OVERHEAD;
        let fits =
            |c: &Chunk| c.data.len() + needed <= c.data.capacity() && c.slots.len() < c.slots.capacity();
        if !b.chunks.last().is_some_and(fits) {
            b.chunks.push(self.pool.take(wanted, needed));
        }
        let Some(c) = b.chunks.last_mut() else { return };
        let ts = m.timestamp_ms - b.base_timestamp;
        let deltas_at = match self.binding {
            Binding::Fixed => {
                rb::encode_record_prefix(&mut c.data, b.count as i32, ts, m.key, Some(m.value.len()), 1);
                0
            }
            Binding::Patched => encode_open_prefix(&mut c.data, m.key, m.value.len()),
        };
        let value_at = c.data.len();
        c.data.extend_from_slice(m.value);
        rb::encode_headers(&mut c.data, None);
        c.slots.push(Slot {
            opaque: m.opaque,
            foreign: if m.copied { null() } else { m.value.as_ptr() },
            deltas_at: deltas_at as u32,
            value_at: value_at as u32,
            value_len: m.value.len() as u32,
            key_len: key_len as u32,
            enqueued_rel: (m.enqueued.0 - b.born.0) as u32,
            timestamp_rel: ts as i32,
        });
        b.count += 1;
        b.wire_bytes += size;
        b.value_bytes += m.value.len() as u64;
        b.max_timestamp = b.max_timestamp.max(m.timestamp_ms);
        a.count += 1;
        a.bytes += size + SLOT;
    }

    fn send(&self, batch: &Batch, head: &mut Vec<u8>, sink: Sink<'_>) {
        head.clear();
        let batch_at = request::start(batch.partition, head);
        let header = request::batch_header(batch.count as i32, batch.base_timestamp, batch.max_timestamp);
        match self.binding {
            Binding::Fixed => {
                let len = batch.chunks.iter().map(|c| c.data.len()).sum();
                let records = batch.chunks.iter().map(|c| c.data.as_slice());
                request::finish(head, batch_at, header, records.clone(), len);
                let mut pieces = Vec::with_capacity(batch.chunks.len() + 1);
                pieces.push(head.as_slice());
                pieces.extend(records);
                sink(&pieces);
            }
            Binding::Patched => {
                let records_at = head.len();
                let mut delta = 0;
                for c in &batch.chunks {
                    let from = head.len();
                    head.extend_from_slice(&c.data);
                    for s in &c.slots {
                        let at = from + s.deltas_at as usize;
                        if let Some(place) = head[at..].first_chunk_mut::<8>() {
                            *place = with_deltas(*place, s.timestamp_rel, delta);
                        }
                        delta += 1;
                    }
                }
                let (head, records) = head.split_at_mut(records_at);
                request::finish(head, batch_at, header, [&*records], records.len());
                sink(&[head, records]);
            }
        }
    }
}

/// Numbers in base 128, one after the other in a register.
#[derive(Default)]
struct Packed {
    bits: u128,
    len: usize,
}

impl Packed {
    #[inline(always)]
    fn push(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.bits |= u128::from(n as u8 | 0x80) << (8 * self.len);
            n >>= 7;
            self.len += 1;
        }
        self.bits |= u128::from(n) << (8 * self.len);
        self.len += 1;
    }

    #[inline(always)]
    fn store(self, out: &mut Vec<u8>) {
        let end = out.len() + self.len;
        out.extend_from_slice(&self.bits.to_le_bytes());
        out.truncate(end);
    }
}

fn width(n: u64) -> usize {
    (64 - (n | 1).leading_zeros() as usize).div_ceil(7)
}

/// A record up to the length of its value, with four bytes left open for the timestamp delta and three for
/// the offset delta. Returns where they stand.
fn encode_open_prefix(out: &mut Vec<u8>, key: Option<&[u8]>, value_len: usize) -> usize {
    let key_len = key.map_or(0, <[u8]>::len);
    let key_zigzag = key.map_or(1, |k| (k.len() as u64) << 1);
    let value_zigzag = (value_len as u64) << 1;
    let body = 1 + 7 + width(key_zigzag) + key_len + width(value_zigzag) + value_len + 1;
    let mut packed = Packed::default();
    packed.push((body as u64) << 1);
    packed.push(0);
    let deltas_at = out.len() + packed.len;
    packed.len += 7;
    packed.push(key_zigzag);
    if let Some(k) = key {
        packed.store(out);
        out.extend_from_slice(k);
        packed = Packed::default();
    }
    packed.push(value_zigzag);
    packed.store(out);
    deltas_at
}

/// Fills in the seven bytes that `encode_open_prefix` left open.
fn with_deltas(place: [u8; 8], timestamp: i32, offset: u32) -> [u8; 8] {
    let spread = |n: u64, width: u32| {
        let mut out = 0;
        for i in 0..width {
            let more = if i + 1 < width { 0x80 } else { 0 };
            out |= ((n >> (7 * i) & 0x7f) | more) << (8 * i);
        }
        out
    };
    let ts = ((timestamp << 1) ^ (timestamp >> 31)) as u32;
    let bits = spread(u64::from(ts), 4) | spread(u64::from(offset) << 1, 3) << 32;
    (u64::from_le_bytes(place) & 0xff << 56 | bits).to_le_bytes()
}

impl Candidate for Early {
    fn produce(&self, partition: usize, m: &Message<'_>) {
        assert!(self.budget.try_claim(m.value.len() as u64), "the queue is full");
        let first = {
            let mut a = self.partitions[partition].lock();
            self.store(&mut a, partition, m);
            a.count == 1
        };
        if first {
            self.ready.lock().push(partition);
        }
    }

    fn serve(&self, sink: Sink<'_>) {
        let mut head = self.spare.lock();
        let work = std::mem::take(&mut *self.ready.lock());
        for i in work {
            let mut batches = {
                let mut a = self.partitions[i].lock();
                a.count = 0;
                a.last_drain = std::mem::take(&mut a.bytes);
                let mut closed = std::mem::take(&mut a.closed);
                closed.extend(a.open.take());
                closed
            };
            for b in batches.drain(..) {
                self.send(&b, &mut head, sink);
                self.reports.lock().push_back(b);
            }
        }
    }

    fn poll(&self, callback: Callback<'_>) -> usize {
        let mut served = 0;
        loop {
            let Some(batch) = self.reports.lock().pop_front() else { return served };
            let mut offset = 0;
            for c in batch.chunks {
                for s in &c.slots {
                    let at = s.value_at as usize;
                    let payload = if s.foreign.is_null() { c.data[at..].as_ptr() } else { s.foreign };
                    let key_len = s.key_len as usize;
                    // The key stands before the value's length, whose width follows from the value's.
                    let key = if key_len == 0 {
                        null()
                    } else {
                        c.data[at - width(u64::from(s.value_len) << 1) - key_len..].as_ptr()
                    };
                    callback(&Delivered {
                        error: 0,
                        partition: batch.partition,
                        payload,
                        len: s.value_len as usize,
                        key,
                        key_len,
                        offset,
                        opaque: s.opaque,
                    });
                    offset += 1;
                }
                self.pool.give_back(c);
            }
            served += batch.count;
            self.budget.release(batch.count as u64, batch.value_bytes);
        }
    }
}
