//! One record of a batch: its encoder for the hot path, and the iterator that reads records back.

use super::headers;
use crate::protocol::primitives::{Malformed, Reader, Sink, base128_len, zigzag32, zigzag64};

/// The length of the headers in a record: the blob's own, or that of "none".
#[inline]
pub const fn headers_len(headers: Option<&[u8]>) -> usize {
    match headers {
        Some(blob) if !blob.is_empty() => blob.len(),
        _ => headers::EMPTY.len(),
    }
}

/// What stands at the front of a record for its body's length: everything behind the length itself.
#[inline]
pub const fn record_body_len(
    offset_delta: i32,
    ts_delta: i64,
    key_len: Option<usize>,
    value_len: Option<usize>,
    headers_len: usize,
) -> usize {
    1 + base128_len(zigzag64(ts_delta))
        + base128_len(zigzag32(offset_delta) as u64)
        + field_len(key_len)
        + field_len(value_len)
        + headers_len
}

/// The length of a whole record with a body of `body_len` bytes.
#[inline]
pub const fn record_len(body_len: usize) -> usize {
    base128_len((body_len as u64) << 1) + body_len
}

/// A nullable field with its length in front.
#[inline]
const fn field_len(len: Option<usize>) -> usize {
    match len {
        Some(len) => base128_len((len as u64) << 1) + len,
        None => 1,
    }
}

/// The zigzag form of a nullable length: -1 is null.
#[inline]
fn zigzag_len(len: Option<usize>) -> u64 {
    len.map_or(1, |len| (len as u64) << 1)
}

/// Appends a record up to and including the length of its value. The value and `encode_headers` complete it;
/// the value may also travel as a piece of its own.
///
/// The numbers of an ordinary record fit into 16 bytes. They are put together in one register and stored at
/// once with some bytes too many, which are cut off again: a store of fixed size and a change of length cost
/// less than appending number by number.
#[inline]
pub fn encode_record_prefix(
    out: &mut Vec<u8>,
    offset_delta: i32,
    ts_delta: i64,
    key: Option<&[u8]>,
    value_len: Option<usize>,
    headers_len: usize,
) {
    let ts = zigzag64(ts_delta);
    let offset = u64::from(zigzag32(offset_delta));
    let key_bytes = key.map_or(0, <[u8]>::len);
    let value_bytes = value_len.unwrap_or(0);
    // 4 + 1 + 4 + 3 bytes for the numbers, and 4 for the length of the key, which is no longer than the body.
    let small = ts < 1 << 28 && offset < 1 << 21;
    if !small || key_bytes.max(value_bytes).max(headers_len) >= 1 << 24 {
        return encode_wide_prefix(out, offset_delta, ts_delta, key, value_len, headers_len);
    }
    let ts = Short::new(ts);
    let offset = Short::new(offset);
    let key_len = Short::new(zigzag_len(key.map(<[u8]>::len)));
    let value_len = Short::new(zigzag_len(value_len));
    let numbers = (1 + ts.len + offset.len + key_len.len + value_len.len) as usize;
    let body_len = numbers + key_bytes + value_bytes + headers_len;
    let mut packed = Packed::default();
    packed.push(Short::new((body_len as u64) << 1));
    packed.push(Short::ZERO);
    packed.push(ts);
    packed.push(offset);
    packed.push(key_len);
    match key {
        None if packed.len <= 12 => {
            packed.push(value_len);
            packed.store(out);
            return;
        }
        None => packed.store(out),
        Some(key) => {
            packed.store(out);
            out.extend_from_slice(key);
        }
    }
    let mut packed = Packed::default();
    packed.push(value_len);
    packed.store(out);
}

/// `encode_record_prefix` for numbers of any width.
#[cold]
fn encode_wide_prefix(
    out: &mut Vec<u8>,
    offset_delta: i32,
    ts_delta: i64,
    key: Option<&[u8]>,
    value_len: Option<usize>,
    headers_len: usize,
) {
    let key_len = key.map(<[u8]>::len);
    let body_len = record_body_len(offset_delta, ts_delta, key_len, value_len, headers_len);
    out.put_base128((body_len as u64) << 1);
    out.put_i8(0);
    out.put_varlong(ts_delta);
    out.put_varint(offset_delta);
    out.put_base128(zigzag_len(key_len));
    out.put(key.unwrap_or_default());
    out.put_base128(zigzag_len(value_len));
}

/// Appends the headers that complete a record; `None` and an empty blob stand for no headers.
#[inline]
pub fn encode_headers(out: &mut Vec<u8>, headers: Option<&[u8]>) {
    match headers {
        Some(blob) if !blob.is_empty() => out.extend_from_slice(blob),
        _ => out.push(0),
    }
}

/// A number below 2^28 in its base-128 form, the first byte lowest.
#[derive(Clone, Copy)]
struct Short {
    bits: u32,
    len: u32,
}

impl Short {
    const ZERO: Self = Self { bits: 0, len: 1 };

    #[inline(always)]
    fn new(value: u64) -> Self {
        debug_assert!(value < 1 << 28);
        let value = value as u32;
        // The records of a batch are alike, so these branches are well foreseen.
        if value < 1 << 7 {
            return Self { bits: value, len: 1 };
        }
        // Groups of seven bits move apart to make space for the continuation bits.
        let spread =
            value & 0x7f | (value & 0x3f80) << 1 | (value & 0x1f_c000) << 2 | (value & 0x0fe0_0000) << 3;
        if value < 1 << 14 {
            Self { bits: spread | 0x80, len: 2 }
        } else if value < 1 << 21 {
            Self { bits: spread | 0x8080, len: 3 }
        } else {
            Self { bits: spread | 0x80_8080, len: 4 }
        }
    }
}

/// Numbers one after the other in a register.
#[derive(Default)]
struct Packed {
    bits: u128,
    len: u32,
}

impl Packed {
    #[inline(always)]
    fn push(&mut self, number: Short) {
        debug_assert!(self.len + number.len <= 16);
        self.bits |= u128::from(number.bits) << (8 * self.len);
        self.len += number.len;
    }

    #[inline(always)]
    fn store(self, out: &mut Vec<u8>) {
        let end = out.len() + self.len as usize;
        out.extend_from_slice(&self.bits.to_le_bytes());
        out.truncate(end);
    }
}

/// A record as it stands in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub attributes: i8,
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    /// In their wire form, found sound: `headers::iter` reads them.
    pub headers: &'a [u8],
}

impl<'a> Record<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let len = usize::try_from(r.varint()?).map_err(|_| Malformed("record: negative length"))?;
        let mut body = Reader::new(r.take(len)?);
        let attributes = body.i8()?;
        let timestamp_delta = body.varlong()?;
        let offset_delta = body.varint()?;
        let key = Self::field(&mut body)?;
        let value = Self::field(&mut body)?;
        let headers = body.rest();
        headers::check(headers)?;
        Ok(Self { attributes, timestamp_delta, offset_delta, key, value, headers })
    }

    fn field(body: &mut Reader<'a>) -> Result<Option<&'a [u8]>, Malformed> {
        match body.varint()? {
            -1 => Ok(None),
            len => {
                body.take(usize::try_from(len).map_err(|_| Malformed("record: negative length"))?).map(Some)
            }
        }
    }

    pub fn headers(&self) -> headers::Iter<'a> {
        headers::iter(self.headers)
    }
}

/// Reads uncompressed records until the bytes end; after an error nothing more comes.
#[derive(Clone, Debug)]
pub struct RecordIter<'a> {
    rest: Reader<'a>,
}

impl<'a> RecordIter<'a> {
    /// `records` are the bytes behind the batch header, decompressed.
    pub fn new(records: &'a [u8]) -> Self {
        Self { rest: Reader::new(records) }
    }
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = Result<Record<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let record = Record::read(&mut self.rest);
        if record.is_err() {
            self.rest = Reader::new(&[]);
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests;
