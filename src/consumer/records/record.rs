//! One record of a batch: where its parts stand.

use super::buffer::Buffer;
use crate::protocol::primitives::{Malformed, Reader};

/// Where a key, a value or headers stand in a [`Buffer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub at: u32,
    pub len: u32,
}

impl Field {
    /// Where the last `len` bytes before `rest` stand, in bytes of which `rest` are the end, and which end at
    /// `end` in their buffer.
    pub(super) fn before(rest: &[u8], len: usize, end: usize) -> Self {
        let at = end - rest.len() - len;
        // A buffer has less than 4 GiB: sizes in the protocol have 31 bits.
        Self { at: at as u32, len: len as u32 }
    }
}

/// Where a message's timestamp comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TimestampType {
    NotAvailable = 0,
    CreateTime = 1,
    LogAppendTime = 2,
}

/// A message, its parts standing in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub offset: i64,
    pub timestamp: i64,
    pub timestamp_type: TimestampType,
    pub leader_epoch: i32,
    /// `None`: null.
    pub key: Option<Field>,
    /// `None`: null.
    pub value: Option<Field>,
    /// The headers in their wire form; `None` if there are none.
    pub headers: Option<Field>,
}

/// The numbers and fields of a record in a batch.
pub(super) struct RawRecord {
    pub(super) timestamp_delta: i64,
    pub(super) offset_delta: i32,
    pub(super) key: Option<Field>,
    pub(super) value: Option<Field>,
    pub(super) headers: Option<Field>,
    /// Where the next one begins.
    pub(super) next: usize,
}

impl RawRecord {
    /// Reads the record that begins at `at`, of records that end at `end`.
    #[inline]
    pub(super) fn read(buffer: &Buffer, at: usize, end: usize) -> Result<Self, Malformed> {
        let mut r = Reader::new(buffer.unread(at..end));
        let len = usize::try_from(r.varint()?).map_err(|_| Malformed("record: negative length"))?;
        let body = r.take(len)?;
        let next = end - r.remaining();
        let mut body = Reader::new(body);
        let _attributes = body.i8()?;
        let timestamp_delta = body.varlong()?;
        let offset_delta = body.varint()?;
        let key = field(&mut body, next)?;
        let value = field(&mut body, next)?;
        let headers = match body.rest() {
            [] | [0] => None,
            rest => Some(Field::before(&[], rest.len(), next)),
        };
        Ok(Self { timestamp_delta, offset_delta, key, value, headers, next })
    }
}

#[inline]
fn field(body: &mut Reader<'_>, end: usize) -> Result<Option<Field>, Malformed> {
    match body.varint()? {
        -1 => Ok(None),
        len => {
            let len = usize::try_from(len).map_err(|_| Malformed("record: negative length"))?;
            body.take(len)?;
            Ok(Some(Field::before(body.rest(), len, end)))
        }
    }
}
