//! Batches and messages of every format for tests, and what is read from them.

use super::{Aborted, Buffer, Fault, Fetched, Field, Next, Pool, Record, Share, ShareContext, TimestampType};
use crate::base::sync::Arc;
use crate::compress::{Codec, Compressor};
use crate::consumer::partition::Partition;
use crate::protocol::message_set::{self, Message};
use crate::protocol::record_batch::{BatchHeader, encode_headers, encode_record_prefix};

/// A message as the application would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) offset: i64,
    pub(super) timestamp: (i64, TimestampType),
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Option<Vec<u8>>,
    pub(super) leader_epoch: i32,
}

pub(super) fn context() -> ShareContext {
    ShareContext {
        fetch_offset: 0,
        aborted: None,
        check_crcs: true,
        broker_id: 1,
        max_decompressed: 1 << 20,
        pool: Pool::new(1 << 20),
    }
}

pub(super) fn partition() -> Arc<Partition> {
    Arc::new(Partition::new("t".into(), 0))
}

pub(super) fn seen(buffer: &Buffer, record: &Record) -> Seen {
    let bytes =
        |field: Option<Field>| field.map(|f| buffer.unread(f.at as usize..(f.at + f.len) as usize).to_vec());
    Seen {
        offset: record.offset,
        timestamp: (record.timestamp, record.timestamp_type),
        key: bytes(record.key),
        value: bytes(record.value),
        headers: bytes(record.headers),
        leader_epoch: record.leader_epoch,
    }
}

/// All that is in a share.
pub(super) fn read(bytes: &[u8], context: ShareContext) -> Vec<Result<Seen, Fault>> {
    let share = Share::new(bytes.to_vec(), context);
    let mut fetched = Fetched::new(partition(), 1, share);
    let mut all = Vec::new();
    loop {
        match fetched.next() {
            Next::Record(record) => all.push(Ok(seen(fetched.buffer(), &record))),
            Next::Fault(fault) => all.push(Err(fault)),
            Next::Blocked(parcel) => fetched.share().decode(parcel),
            Next::End => return all,
        }
    }
}

/// The offsets, and the offsets of faults as negative numbers.
pub(super) fn offsets(bytes: &[u8], context: ShareContext) -> Vec<i64> {
    let numbers = read(bytes, context).into_iter();
    numbers.map(|seen| seen.map_or_else(|fault| -fault.offset, |seen| seen.offset)).collect()
}

pub(super) fn compressed(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Compressor::new().compress(codec, -1, &[bytes], &mut out).unwrap();
    out
}

/// The value of the message at an offset.
pub(super) fn value_at(offset: i64) -> Vec<u8> {
    format!("value {offset}").into_bytes()
}

/// A batch of `count` records from `base` on, with timestamps from 1000 on.
pub(super) fn batch(base: i64, count: i32, codec: Codec, change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    let mut records = Vec::new();
    for delta in 0..count {
        let value = value_at(base + i64::from(delta));
        encode_record_prefix(&mut records, delta, delta.into(), Some(b"key"), Some(value.len()), 1);
        records.extend_from_slice(&value);
        encode_headers(&mut records, None);
    }
    batch_of(base, count, codec, &records, change)
}

/// A batch of these records.
pub(super) fn batch_of(
    base: i64,
    count: i32,
    codec: Codec,
    records: &[u8],
    change: impl FnOnce(&mut BatchHeader),
) -> Vec<u8> {
    let stored = compressed(codec, records);
    let mut header = BatchHeader {
        base_offset: base,
        partition_leader_epoch: 7,
        attributes: codec.id().into(),
        last_offset_delta: count - 1,
        base_timestamp: 1000,
        max_timestamp: 999 + i64::from(count),
        record_count: count,
        ..BatchHeader::default()
    };
    change(&mut header);
    header.seal([&stored[..]]);
    [&header.to_bytes()[..], &stored].concat()
}

/// The end of a transaction.
pub(super) fn marker(offset: i64, producer_id: i64, kind: u8) -> Vec<u8> {
    let mut records = Vec::new();
    encode_record_prefix(&mut records, 0, 0, Some(&[0, 0, 0, kind]), Some(6), 1);
    records.extend_from_slice(&[0; 6]);
    encode_headers(&mut records, None);
    batch_of(offset, 1, Codec::None, &records, |h| {
        h.attributes |= 0x30;
        h.producer_id = producer_id;
    })
}

pub(super) fn aborted(list: &[(i64, i64)]) -> Option<Vec<Aborted>> {
    Some(list.iter().map(|&(producer_id, first_offset)| Aborted { producer_id, first_offset }).collect())
}

/// A message of format 0 or 1.
pub(super) fn message(magic: i8, offset: i64, attributes: u8, value: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    let m = Message {
        magic,
        offset,
        attributes,
        timestamp_ms: 500 + offset,
        key: None,
        value_len: value.map(<[u8]>::len),
    };
    let unsealed = message_set::encode_prefix(&m, &mut out);
    out.extend_from_slice(value.unwrap_or_default());
    unsealed.seal(value.unwrap_or_default(), &mut out);
    out
}

/// A compressed message with `count` others in it, the last of which has the offset `last`.
pub(super) fn wrapper(magic: i8, last: i64, count: i64, codec: Codec, attributes: u8) -> Vec<u8> {
    let base = last - count + 1;
    let inner: Vec<u8> = (0..count)
        .flat_map(|i| message(magic, if magic == 0 { base + i } else { i }, 0, Some(&value_at(base + i))))
        .collect();
    let mut value = compressed(codec, &inner);
    if codec == Codec::Lz4 && magic == 0 {
        crate::compress::lz4_framing::break_checksum(&mut value);
    }
    message(magic, last, codec.id() | attributes, Some(&value))
}
