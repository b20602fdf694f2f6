//! In steady state, encoding a batch takes no memory: buffers and codec contexts are used again.

#![allow(clippy::unwrap_used, unsafe_code)] // A test crate: failing is its purpose; a global allocator cannot be had without.

use rdkafka::base::clock::Time;
use rdkafka::conf::{Codec, TopicSettings};
use rdkafka::producer::batch::Batch;
use rdkafka::producer::format::ProduceFormat;
use rdkafka::producer::partition::Partition;
use rdkafka::producer::store::pool::ChunkPool;
use rdkafka::producer::store::{OpenChunk, StoredMessage, Value};
use rdkafka::producer::topic::TopicShared;
use rdkafka::producer::writer::{RequestHead, Todo, Writer};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|n| n.set(n.get() + 1));
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|n| n.set(n.get() + 1));
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// 100 messages of one partition.
fn batch(topic: &Arc<TopicShared>, partition: i32) -> Batch {
    let pool = Arc::new(ChunkPool::new(0));
    let mut open = OpenChunk::new(&pool, 64 << 10, Time(0), 1);
    for i in 0..100 {
        let value = format!("message {i} of partition {partition}, and some text that is always the same");
        let m = StoredMessage {
            key: Some(b"key"),
            value: Value::Copy(value.as_bytes()),
            headers: None,
            timestamp_ms: 1_000 + i,
            opaque: 0,
            enqueued: Time(0),
            retries: 0,
        };
        assert!(open.append(&m));
    }
    Batch::new(Arc::new(Partition::new(topic.clone(), partition, pool)), vec![open.cut().unwrap()])
}

/// Encodes `batches` again and again; how often memory was asked for while they were encoded.
fn allocations(codec: Codec, partitions: i32, rounds: usize) -> usize {
    let topic =
        TopicShared::new("t", TopicSettings { compression: codec, ..TopicSettings::default() }, None, 1);
    let mut batches: Vec<Batch> = (0..partitions).map(|p| batch(&topic, p)).collect();
    let head = RequestHead {
        format: ProduceFormat::newest(9),
        correlation_id: 1,
        client_id: "me",
        acks: -1,
        timeout_ms: 30_000,
    };
    let mut writer = Writer::default();
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..rounds {
        let (frame, encoded) = writer.produce(&head, &mut Todo::new(batches), usize::MAX);
        writer.recycle(frame);
        batches = encoded;
    }
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn encoding_takes_no_memory_once_it_is_under_way() {
    for codec in Codec::ALL {
        for partitions in [1, 20] {
            let begin = allocations(codec, partitions, 3);
            assert!(begin > 0, "something has to be taken at first, or nothing is counted");
            assert_eq!(allocations(codec, partitions, 23), begin, "{codec:?}, {partitions} partitions");
        }
    }
}
