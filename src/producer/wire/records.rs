//! Writes the records of a batch.

use crate::producer::batch::Batch;
use crate::protocol::record_batch::{self as rb, BatchHeader};

/// Places a value: the buffer, the message's run and its index there, the value.
pub(super) type PlaceValue<'a> = dyn FnMut(&mut Vec<u8>, usize, usize, &[u8]) + 'a;

pub(super) fn copy_value(buf: &mut Vec<u8>, _run: usize, _index: usize, value: &[u8]) {
    buf.extend_from_slice(value);
}

/// Appends all records of a batch; `value` places each value. Returns the header without length and CRC.
pub(super) fn records(batch: &Batch, buf: &mut Vec<u8>, value: &mut PlaceValue<'_>) -> BatchHeader {
    let base = batch.runs.first().map_or(0, |r| r.get(0).timestamp_ms());
    let mut max = base;
    let mut delta = 0;
    for (r, run) in batch.runs.iter().enumerate() {
        for i in 0..run.len() {
            let m = run.get(i);
            let (key, headers) = (m.key(), m.headers());
            let v = m.value();
            let ts = m.timestamp_ms();
            max = max.max(ts);
            rb::encode_record_prefix(
                buf,
                delta,
                ts.wrapping_sub(base),
                key,
                v.map(<[u8]>::len),
                rb::headers_len(headers),
            );
            if let Some(v) = v {
                value(buf, r, i, v);
            }
            rb::encode_headers(buf, headers);
            delta += 1;
        }
    }
    let mut header = BatchHeader {
        last_offset_delta: delta - 1,
        base_timestamp: base,
        max_timestamp: max,
        record_count: delta,
        ..BatchHeader::default()
    };
    if let Some(stamp) = batch.stamp {
        header.producer_id = stamp.pid.id;
        header.producer_epoch = stamp.pid.epoch;
        header.base_sequence = stamp.base_sequence();
    }
    header
}
