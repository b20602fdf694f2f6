//! Messages of formats 0 and 1: their fields, and the offsets of those inside of a compressed one.

use super::buffer::Buffer;
use super::outline::{Kind, MessageHeader, Outline};
use super::record::{Field, Record, TimestampType};
use crate::protocol::primitives::{Malformed, Reader};

/// How the messages inside of a compressed one are numbered and timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outer {
    /// What is added to their offsets.
    pub(super) base: i64,
    /// The broker's timestamp, which goes for all of them.
    pub(super) append_time: Option<i64>,
}

impl Outer {
    /// Of messages that stand in no other.
    pub(super) const NONE: Self = Self { base: 0, append_time: None };

    /// From format 1 on offsets count from the first message inside, and the outer message has the offset of
    /// the last one. `inner` are the decompressed messages.
    pub(super) fn of(header: &MessageHeader, inner: &[u8]) -> Self {
        let append_time = header.is_log_append_time().then_some(header.timestamp);
        let base = if header.magic == 0 { 0 } else { header.offset.saturating_sub(last_offset(inner)) };
        Self { base, append_time }
    }
}

/// The offset in the last whole message.
fn last_offset(mut bytes: &[u8]) -> i64 {
    let mut last = 0;
    while let Some(outline) = Outline::read(bytes) {
        last = outline.offset;
        bytes = bytes.get(outline.len..).unwrap_or_default();
    }
    last
}

/// The CRC over the message that `header` is the header of; `whole` are all of its bytes.
pub(super) fn computed_crc(whole: &[u8]) -> u32 {
    crc32fast::hash(whole.get(16..).unwrap_or_default())
}

/// The value of the message that `whole` is.
pub(super) fn value<'a>(whole: &'a [u8], header: &MessageHeader) -> Result<Option<&'a [u8]>, Malformed> {
    let mut r = Reader::new(whole.get(header.len()..).unwrap_or_default());
    r.nullable_bytes(false)?;
    r.nullable_bytes(false)
}

fn field(r: &mut Reader<'_>, end: usize) -> Result<Option<Field>, Malformed> {
    Ok(r.nullable_bytes(false)?.map(|bytes| Field::before(r.rest(), bytes.len(), end)))
}

/// The message that begins at `at`.
pub(super) fn record(
    buffer: &Buffer,
    at: usize,
    outline: &Outline,
    header: &MessageHeader,
    outer: Outer,
) -> Result<Record, Malformed> {
    let end = at + outline.len;
    let mut r = Reader::new(buffer.unread(at + header.len()..end));
    let key = field(&mut r, end)?;
    let value = field(&mut r, end)?;
    let (timestamp, timestamp_type) = match outer.append_time {
        Some(time) => (time, TimestampType::LogAppendTime),
        // 0 is what an older broker wrote for messages without one.
        None if header.magic == 0 || header.timestamp == 0 => (0, TimestampType::NotAvailable),
        None if header.is_log_append_time() => (header.timestamp, TimestampType::LogAppendTime),
        None => (header.timestamp, TimestampType::CreateTime),
    };
    Ok(Record {
        offset: header.offset.saturating_add(outer.base),
        timestamp,
        timestamp_type,
        leader_epoch: -1,
        key,
        value,
        headers: None,
    })
}

/// The header of a message inside of a compressed one.
pub(super) fn inner_header(outline: &Outline) -> Result<&MessageHeader, Malformed> {
    match &outline.kind {
        Kind::Message(header) if header.is_compressed() => Err(Malformed("message set: nested twice")),
        Kind::Message(header) => Ok(header),
        _ => Err(Malformed("message set: no message in it")),
    }
}
