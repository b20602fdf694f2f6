//! Exact sizes, from the arithmetic of the encoder itself.

use crate::producer::batch::RECORD_BATCH_OVERHEAD;
use crate::producer::store::Run;
use crate::protocol::ApiKey;
use crate::protocol::header::write_request_header;
use crate::protocol::primitives::Counter;
use crate::protocol::produce as wire;
use crate::protocol::record_batch as rb;

/// What a request of up to `topics` topics holds beside them, at most.
#[must_use]
pub fn request_size(version: i16, client_id: &str, transactional_id: Option<&str>, topics: usize) -> usize {
    let mut size = Counter(4);
    write_request_header(ApiKey::Produce, version, 0, Some(client_id), &mut size);
    wire::write_request_start(version, transactional_id, 0, 0, topics, &mut size);
    wire::write_request_end(version, &mut size);
    size.0
}

/// What stands in front of a batch of `len` bytes.
#[must_use]
pub fn partition_lead(version: i16, len: usize) -> usize {
    let mut size = Counter(0);
    wire::write_partition_start(version, 0, &mut size);
    wire::write_records_len(version, len, &mut size);
    size.0
}

/// What stands around a batch of `len` bytes.
#[must_use]
pub fn partition_size(version: i16, len: usize) -> usize {
    let mut size = Counter(0);
    wire::write_partition_start(version, 0, &mut size);
    wire::write_records_len(version, len, &mut size);
    wire::write_partition_end(version, &mut size);
    size.0
}

/// What stands around up to `partitions` partitions of a topic.
#[must_use]
pub fn topic_size(version: i16, name: &str, partitions: usize) -> usize {
    let mut size = Counter(0);
    wire::write_topic_start(version, name, partitions, &mut size);
    wire::write_topic_end(version, &mut size);
    size.0
}

/// The length of a record batch of these messages without compression.
#[must_use]
pub fn batch_size(runs: &[Run]) -> usize {
    let base = runs.first().map_or(0, |r| r.get(0).timestamp_ms());
    let mut len = RECORD_BATCH_OVERHEAD;
    for (delta, m) in (0..).zip(runs.iter().flat_map(Run::iter)) {
        let body = rb::record_body_len(
            delta,
            m.timestamp_ms().wrapping_sub(base),
            m.key().map(<[u8]>::len),
            m.value().map(<[u8]>::len),
            rb::headers_len(m.headers()),
        );
        len += rb::record_len(body);
    }
    len
}
