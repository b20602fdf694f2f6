//! The request around a record batch, for the candidates that are not the library's own code.

use crate::case::{CLIENT_ID, TOPIC, VERSION};
use rdkafka::protocol::ApiKey;
use rdkafka::protocol::header::write_request_header;
use rdkafka::protocol::produce as wire;
use rdkafka::protocol::record_batch as rb;

/// Appends all that stands before the batch, and space for the batch's header. Returns where that begins.
pub fn start(partition: i32, out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(&[0; 4]);
    write_request_header(ApiKey::Produce, VERSION, 1, Some(CLIENT_ID), out);
    wire::write_request_start(VERSION, None, -1, 30_000, 1, out);
    wire::write_topic_start(VERSION, TOPIC, 1, out);
    wire::write_partition_start(VERSION, partition, out);
    wire::write_records_len(VERSION, 0, out);
    let at = out.len();
    out.resize(at + rb::HEADER_LEN, 0);
    at
}

/// Fills in the batch header and the lengths, now that the records are known. They follow the header in the
/// same buffer or in pieces of their own; version 8 has nothing behind them.
pub fn finish<'a>(
    buf: &mut [u8],
    batch_at: usize,
    mut header: rb::BatchHeader,
    records: impl IntoIterator<Item = &'a [u8]>,
    records_len: usize,
) {
    header.seal(records);
    buf[batch_at..batch_at + rb::HEADER_LEN].copy_from_slice(&header.to_bytes());
    let batch_len = (rb::HEADER_LEN + records_len) as i32;
    buf[batch_at - 4..batch_at].copy_from_slice(&batch_len.to_be_bytes());
    let frame_len = (batch_at - 4 + batch_len as usize) as i32;
    buf[..4].copy_from_slice(&frame_len.to_be_bytes());
}

/// The header of a batch with these records.
pub fn batch_header(count: i32, base_timestamp: i64, max_timestamp: i64) -> rb::BatchHeader {
    rb::BatchHeader {
        last_offset_delta: count - 1,
        base_timestamp,
        max_timestamp,
        record_count: count,
        ..rb::BatchHeader::default()
    }
}
