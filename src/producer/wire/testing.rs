//! Batches for tests, and what is written for them.

use super::frame::RequestHead;
use super::writer::Frame;
use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::compress::Codec;
use crate::conf::TopicSettings;
use crate::producer::batch::Batch;
use crate::producer::format::ProduceFormat;
use crate::producer::partition::Partition;
use crate::producer::partition::TopicShared;
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{OpenChunk, StoredMessage, Value};

/// What a request needs to know beside its batches.
pub fn head(format: ProduceFormat) -> RequestHead<'static> {
    RequestHead {
        format,
        correlation_id: 1,
        client_id: "me",
        transactional_id: None,
        acks: 1,
        timeout_ms: 30,
    }
}

/// Messages with the key `key` and timestamps from 1,000 on, each a run of its own.
pub fn batch(topic: &Arc<TopicShared>, id: i32, values: &[&[u8]]) -> Batch {
    let values: Vec<_> = values.iter().map(|v| Value::Copy(v)).collect();
    batch_of(topic, id, &values, None)
}

/// The same with a header on each message; `None` is a null value.
pub fn batch_with_headers(codec: Codec, values: &[Option<&[u8]>]) -> Batch {
    let settings = TopicSettings { compression: codec, ..TopicSettings::default() };
    let values: Vec<_> = values.iter().map(|v| v.map_or(Value::Null, Value::Copy)).collect();
    // One header, "h" with the value "v".
    batch_of(&TopicShared::new("t", settings, 1), 0, &values, Some(b"\x02\x02h\x02v"))
}

fn batch_of(topic: &Arc<TopicShared>, id: i32, values: &[Value<'_>], headers: Option<&[u8]>) -> Batch {
    let pool = Arc::new(ChunkPool::new(0));
    let mut runs = Vec::new();
    for (i, value) in values.iter().enumerate() {
        let m = StoredMessage {
            key: Some(b"key"),
            value: *value,
            headers,
            timestamp_ms: 1_000 + i as i64,
            opaque: 0,
            enqueued: Time(0),
            retries: 0,
        };
        let mut open = OpenChunk::new(&pool, OpenChunk::need(&m), Time(0), i as u64 + 1);
        assert!(open.append(&m));
        runs.push(open.cut().unwrap());
    }
    Batch::new(Arc::new(Partition::new(topic.clone(), id, pool)), runs)
}

pub fn bytes_of(frame: &Frame, batches: &[Batch]) -> Vec<u8> {
    let mut slices = Vec::new();
    frame.slices(batches, 0, usize::MAX, &mut slices);
    slices.iter().flat_map(|s| s.iter().copied()).collect()
}
