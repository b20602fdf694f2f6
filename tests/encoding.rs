//! What encoding a batch costs beside the work itself: no memory is taken in steady state, neither by Rust
//! nor by the codecs' C libraries, and checksums use the instructions that the machine has for them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test crate: a failed unwrap is a failed test.

mod malloc;

use rdkafka::base::clock::Time;
use rdkafka::base::sync::Arc;
use rdkafka::compress::Codec;
use rdkafka::conf::TopicSettings;
use rdkafka::producer::batch::Batch;
use rdkafka::producer::format::{Magic, ProduceFormat};
use rdkafka::producer::partition::Partition;
use rdkafka::producer::partition::TopicShared;
use rdkafka::producer::store::pool::ChunkPool;
use rdkafka::producer::store::{OpenChunk, StoredMessage, Value};
use rdkafka::producer::wire::writer::{EncodeQueue, RequestHead, Writer};

/// A batch of 200 messages of 100 bytes.
fn batch(topic: &Arc<TopicShared>) -> Batch {
    let pool = Arc::new(ChunkPool::new(0));
    let value: Vec<u8> = (0..100).map(|i| b'a' + i % 23).collect();
    let m = StoredMessage {
        key: Some(b"key"),
        value: Value::Copy(&value),
        headers: None,
        timestamp_ms: 1_000,
        opaque: 0,
        enqueued: Time(0),
        retries: 0,
    };
    let mut open = OpenChunk::new(&pool, 64 << 10, Time(0), 1);
    for _ in 0..200 {
        assert!(open.append(&m));
    }
    Batch::new(Arc::new(Partition::new(topic.clone(), 0, pool)), vec![open.cut().unwrap()])
}

#[test]
fn encoding_takes_no_memory_in_steady_state() {
    for (magic, version) in [(Magic::V0, 1), (Magic::V1, 2), (Magic::V2, 12)] {
        for codec in Codec::ALL {
            let format = ProduceFormat { version, magic, lz4: true, zstd: true };
            for levels in [&[-1][..], &[5], &[1, 9], &[9, 3, 1, 6]] {
                steady(format, codec, levels);
            }
        }
    }
}

/// Topics with `levels` of their own take turns.
fn steady(format: ProduceFormat, codec: Codec, levels: &[i32]) {
    let topics: Vec<Arc<TopicShared>> = levels
        .iter()
        .map(|&level| TopicSettings {
            compression: codec,
            compression_level: level,
            ..TopicSettings::default()
        })
        .map(|settings| TopicShared::new("topic", settings, 1))
        .collect();
    let head = RequestHead {
        format,
        correlation_id: 1,
        client_id: "me",
        transactional_id: None,
        acks: -1,
        timeout_ms: 1,
    };
    let mut writer = Writer::default();
    for (round, topic) in topics.iter().cycle().take(8 * topics.len()).enumerate() {
        let mut queue = EncodeQueue::new(vec![batch(topic)]);
        let ((), calls) = malloc::calls_of(|| {
            let (frame, batches) = writer.produce(&head, &mut queue, usize::MAX);
            assert!(frame.len() > 500, "{} bytes", frame.len());
            writer.recycle(frame);
            // The batches are let go of outside of what is measured.
            queue = EncodeQueue::new(batches);
        });
        drop(queue);
        // The first rounds make contexts and buffers.
        assert!(
            round < 3 * topics.len() || calls == 0,
            "{format:?} {codec:?} at levels {levels:?}: {calls} calls in round {round}"
        );
        assert!(round > 0 || calls > 0, "nothing is counted");
    }
}

#[test]
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn checksums_use_the_instructions_for_them() {
    #[cfg(target_arch = "x86_64")]
    let there =
        std::arch::is_x86_feature_detected!("sse4.2") && std::arch::is_x86_feature_detected!("pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    let there = std::arch::is_aarch64_feature_detected!("aes");
    let implementation = crc_fast::get_calculator_target(crc_fast::CrcAlgorithm::Crc32Iscsi);
    assert!(!there || !implementation.contains("software"), "CRC32C: {implementation}");
}
