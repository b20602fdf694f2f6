//! Candidate L, librdkafka's shape: one malloc for a message object with key and value behind it, doubly
//! linked lists under a mutex, one lock for the instance's message counters, a reference to the topic in each
//! message; encoding at send; per message one free, one counter lock and one reference less at the report.
//!
//! It is kept better than the original where that has nothing to do with the store: the same encoder, CRC and
//! locks as the library's, one look at the clock instead of three, no topic lock, no scan for timeouts.
#![allow(unsafe_code)] // C's way of doing it

use crate::case::{
    BATCH_BYTES, BATCH_MESSAGES, Callback, Candidate, Case, Delivered, Message, QUEUE_BYTES, QUEUE_MESSAGES,
    REQUEST_BASE, Sink,
};
use crate::request;
use rdkafka::base::sync::atomic::{AtomicUsize, Ordering};
use rdkafka::base::sync::{Mutex, Rank};
use rdkafka::protocol::record_batch as rb;
use std::collections::VecDeque;
use std::ptr::{copy_nonoverlapping, null, null_mut};

/// The fields that such a message object holds; as large as librdkafka's.
#[repr(C)]
struct Object {
    error: i32,
    topic: *const AtomicUsize,
    partition: i32,
    payload: *const u8,
    len: usize,
    key: *const u8,
    key_len: usize,
    offset: i64,
    opaque: usize,
    next: *mut Object,
    prev: *mut Object,
    flags: i32,
    timestamp_type: i32,
    timestamp_ms: i64,
    headers: *mut u8,
    status: i32,
    broker_id: i32,
    timeout_at: i64,
    enqueued: i64,
    backoff_until: i64,
    msgid: u64,
    last_msgid: u64,
    retries: i32,
    error_text: *const u8,
}
const _: () = assert!(size_of::<Object>() == 176);

struct List {
    head: *mut Object,
    tail: *mut Object,
    count: usize,
    bytes: usize,
}

// SAFETY: a list owns its objects, which nothing else points to.
unsafe impl Send for List {}

impl List {
    const EMPTY: Self = Self { head: null_mut(), tail: null_mut(), count: 0, bytes: 0 };

    fn push(&mut self, o: *mut Object) {
        // SAFETY: `o` is alive and in no list; `tail` is in this one.
        unsafe {
            (*o).next = null_mut();
            (*o).prev = self.tail;
            if self.tail.is_null() {
                self.head = o;
            } else {
                (*self.tail).next = o;
            }
            self.bytes += (*o).len + (*o).key_len;
        }
        self.tail = o;
        self.count += 1;
    }

    fn pop(&mut self) -> *mut Object {
        let o = self.head;
        if !o.is_null() {
            // SAFETY: the list's objects are alive.
            unsafe {
                self.head = (*o).next;
                if self.head.is_null() {
                    self.tail = null_mut();
                } else {
                    (*self.head).prev = null_mut();
                }
                self.bytes -= (*o).len + (*o).key_len;
            }
            self.count -= 1;
        }
        o
    }

    fn append(&mut self, mut other: Self) {
        if self.head.is_null() {
            std::mem::swap(self, &mut other);
        } else if !other.head.is_null() {
            // SAFETY: both ends are alive.
            unsafe {
                (*self.tail).next = other.head;
                (*other.head).prev = self.tail;
            }
            self.tail = other.tail;
            self.count += other.count;
            self.bytes += other.bytes;
        }
    }

    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::EMPTY)
    }
}

struct Partition {
    append: Mutex<Append>,
    send: Mutex<List>,
}

struct Append {
    list: List,
    next_msgid: u64,
}

struct Counters {
    messages: usize,
    bytes: usize,
}

pub struct Linked {
    partitions: Vec<Partition>,
    counters: Mutex<Counters>,
    topic_references: AtomicUsize,
    ready: Mutex<Vec<usize>>,
    reports: Mutex<VecDeque<List>>,
}

impl Linked {
    pub fn new(case: &Case) -> Self {
        let partition = || Partition {
            append: Mutex::new(Rank::PartitionAppend, Append { list: List::EMPTY, next_msgid: 1 }),
            send: Mutex::new(Rank::PartitionSend, List::EMPTY),
        };
        Self {
            partitions: (0..case.partitions).map(|_| partition()).collect(),
            counters: Mutex::new(Rank::Leaf, Counters { messages: 0, bytes: 0 }),
            topic_references: AtomicUsize::new(1),
            ready: Mutex::new(Rank::Ready, Vec::new()),
            reports: Mutex::new(Rank::Queue, VecDeque::new()),
        }
    }

    fn object(&self, partition: usize, m: &Message<'_>) -> *mut Object {
        let key_len = m.key.map_or(0, <[u8]>::len);
        let data = if m.copied { m.value.len() } else { 0 } + key_len;
        self.topic_references.fetch_add(1, Ordering::SeqCst);
        // SAFETY: the object and its data fit into what is allocated for them.
        unsafe {
            let o = libc::malloc(size_of::<Object>() + data).cast::<Object>();
            assert!(!o.is_null());
            let mut at = o.add(1).cast::<u8>();
            let mut payload = m.value.as_ptr();
            if m.copied {
                copy_nonoverlapping(payload, at, m.value.len());
                payload = at;
                at = at.add(m.value.len());
            }
            let mut key = null();
            if let Some(k) = m.key {
                copy_nonoverlapping(k.as_ptr(), at, key_len);
                key = at.cast_const();
            }
            o.write(Object {
                error: 0,
                topic: &raw const self.topic_references,
                partition: partition as i32,
                payload,
                len: m.value.len(),
                key,
                key_len,
                offset: -1001,
                opaque: m.opaque,
                next: null_mut(),
                prev: null_mut(),
                flags: i32::from(m.copied),
                timestamp_type: 1,
                timestamp_ms: m.timestamp_ms,
                headers: null_mut(),
                status: 0,
                broker_id: -1,
                timeout_at: m.enqueued.0 + 300_000_000,
                enqueued: m.enqueued.0,
                backoff_until: 0,
                msgid: 0,
                last_msgid: 0,
                retries: 0,
                error_text: null(),
            });
            o
        }
    }

    /// Moves what fits from the queue into a batch and writes it.
    fn write(partition: usize, queue: &mut List) -> (Vec<u8>, List) {
        let estimate = REQUEST_BASE + (queue.bytes + queue.count * 22).min(BATCH_BYTES);
        let mut buf = Vec::with_capacity(estimate + 64);
        let batch_at = request::start(partition as i32, &mut buf);
        let records_at = buf.len();
        let mut batch = List::EMPTY;
        let (mut base, mut max) = (0, i64::MIN);
        while batch.count < BATCH_MESSAGES {
            // SAFETY: the queue's objects are alive, and their payloads until they are reported.
            let Some(next) = (unsafe { queue.head.as_ref() }) else { break };
            if batch.count > 0 && buf.len() + next.len + next.key_len + 7 > BATCH_BYTES {
                break;
            }
            let o = queue.pop();
            batch.push(o);
            // SAFETY: as above.
            let (o, value, key) = unsafe {
                let o = &*o;
                let key = (!o.key.is_null()).then(|| std::slice::from_raw_parts(o.key, o.key_len));
                (o, std::slice::from_raw_parts(o.payload, o.len), key)
            };
            if batch.count == 1 {
                base = o.timestamp_ms;
            }
            max = max.max(o.timestamp_ms);
            let delta = batch.count as i32 - 1;
            let ts = o.timestamp_ms - base;
            rb::encode_record_prefix(&mut buf, delta, ts, key, Some(value.len()), 1);
            buf.extend_from_slice(value);
            rb::encode_headers(&mut buf, None);
        }
        let (head, records) = buf.split_at_mut(records_at);
        let header = request::batch_header(batch.count as i32, base, max);
        request::finish(head, batch_at, header, [&*records], records.len());
        (buf, batch)
    }

    /// What the answer says goes into every message.
    fn acknowledge(batch: &List) {
        let mut offset = 0;
        let mut at = batch.head;
        while !at.is_null() {
            // SAFETY: the batch's objects are alive and this thread's.
            unsafe {
                (*at).offset = offset;
                (*at).broker_id = 1;
                (*at).status = 2;
                at = (*at).next;
            }
            offset += 1;
        }
    }
}

impl Candidate for Linked {
    fn produce(&self, partition: usize, m: &Message<'_>) {
        {
            let mut c = self.counters.lock();
            let full = c.messages >= QUEUE_MESSAGES || c.bytes + m.value.len() > QUEUE_BYTES;
            assert!(!full, "the queue is full");
            c.messages += 1;
            c.bytes += m.value.len();
        }
        let o = self.object(partition, m);
        let first = {
            let mut a = self.partitions[partition].append.lock();
            // SAFETY: nobody else has the object yet.
            unsafe { (*o).msgid = a.next_msgid };
            a.next_msgid += 1;
            a.list.push(o);
            a.list.count == 1
        };
        if first {
            self.ready.lock().push(partition);
        }
    }

    fn serve(&self, sink: Sink<'_>) {
        let work = std::mem::take(&mut *self.ready.lock());
        for i in work {
            let p = &self.partitions[i];
            let mut send = p.send.lock();
            let new = p.append.lock().list.take();
            send.append(new);
            while send.count > 0 {
                let (buf, batch) = Self::write(i, &mut send);
                sink(&[&buf]);
                drop(buf);
                Self::acknowledge(&batch);
                self.reports.lock().push_back(batch);
            }
        }
    }

    fn poll(&self, callback: Callback<'_>) -> usize {
        let mut served = 0;
        loop {
            let Some(mut list) = self.reports.lock().pop_front() else { return served };
            loop {
                let o = list.pop();
                // SAFETY: popped objects are alive and ours alone until the free below.
                let Some(m) = (unsafe { o.as_ref() }) else { break };
                callback(&Delivered {
                    error: m.error,
                    partition: m.partition,
                    payload: m.payload,
                    len: m.len,
                    key: m.key,
                    key_len: m.key_len,
                    offset: m.offset,
                    opaque: m.opaque,
                });
                {
                    let mut c = self.counters.lock();
                    c.messages -= 1;
                    c.bytes -= m.len;
                }
                // SAFETY: the topic outlives its messages; the object came from malloc.
                unsafe {
                    (*m.topic).fetch_sub(1, Ordering::SeqCst);
                    libc::free(o.cast());
                }
                served += 1;
            }
        }
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        self.serve(&mut |_| {});
        self.poll(&mut |_| {});
    }
}
