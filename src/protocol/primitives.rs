//! The primitive types of the Kafka protocol: a bounds-checked `Reader` and the `Sink` that takes encoded
//! bytes.
//!
//! Kafka has two spellings for everything of variable length: the *legacy* one (fixed-width lengths, -1 for
//! null) and the *compact* one of flexible versions (unsigned varint of length + 1, 0 for null, tagged fields
//! after each struct). Whoever reads or writes says which by `flexible`.

use crate::base::error::{Error, ErrorCode};
use std::borrow::Cow;
use std::fmt;

/// Bytes that do not follow the protocol; the text names what was being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed {}", self.0)
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::new(ErrorCode::_BAD_MSG, malformed.to_string())
    }
}

/// Reads primitives from the front of a slice. After an error the position is unspecified.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Memory that the elements of arrays may still take.
    allowance: usize,
    /// Memory that an element costs besides its own.
    surcharge: usize,
}

/// An element can be far larger in memory than on the wire. What is sound stays well below this many times
/// its length.
const AMPLIFICATION: usize = 16;
/// A short message may take that much in any case.
const ALLOWED_ANYWAY: usize = 64 << 10;
/// The longest string where its length takes two bytes.
const MAX_LEGACY_STRING: usize = i16::MAX as usize;

impl<'a> Reader<'a> {
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        let allowance = bytes.len().saturating_mul(AMPLIFICATION).saturating_add(ALLOWED_ANYWAY);
        Self { rest: bytes, allowance, surcharge: 0 }
    }

    /// A reader of bytes from somebody who may mean harm: all decoded arrays together take at most
    /// `allowance` bytes, where each element counts for `surcharge` more than it takes itself (for the answer
    /// to it, for instance).
    pub fn with_allowance(bytes: &'a [u8], allowance: usize, surcharge: usize) -> Self {
        Self { rest: bytes, allowance, surcharge }
    }

    /// Asks for memory for `count` elements of `size` bytes, before it is allocated.
    pub fn charge(&mut self, count: usize, size: usize) -> Result<(), Malformed> {
        let cost = count.saturating_mul(size.saturating_add(self.surcharge));
        self.allowance =
            self.allowance.checked_sub(cost).ok_or(Malformed("array: too many elements altogether"))?;
        Ok(())
    }

    #[inline]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that has not been read yet, without reading it.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or(Malformed("field: too few bytes remain"))?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(Malformed("number: too few bytes remain"))?;
        self.rest = rest;
        Ok(*head)
    }

    #[inline]
    pub fn i8(&mut self) -> Result<i8, Malformed> {
        self.array().map(i8::from_be_bytes)
    }

    pub fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_be_bytes)
    }

    pub fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    pub fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn bool(&mut self) -> Result<bool, Malformed> {
        Ok(self.i8()? != 0)
    }

    pub fn uuid(&mut self) -> Result<[u8; 16], Malformed> {
        self.array()
    }

    #[inline]
    pub fn uvarint(&mut self) -> Result<u32, Malformed> {
        self.short().map_or_else(|| self.long_uvarint(), Ok)
    }

    #[cold]
    fn long_uvarint(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.base128(5)?).map_err(|_| Malformed("varint: wider than 32 bits"))
    }

    /// A number of one or two bytes, as most of those in records are.
    #[inline]
    fn short(&mut self) -> Option<u32> {
        match *self.rest {
            [a, ref rest @ ..] if a < 0x80 => {
                self.rest = rest;
                Some(a.into())
            }
            [a, b, ref rest @ ..] if b < 0x80 => {
                self.rest = rest;
                Some(u32::from(a & 0x7f) | u32::from(b) << 7)
            }
            _ => None,
        }
    }

    /// A zigzag-encoded signed number of at most 32 bits.
    #[inline]
    pub fn varint(&mut self) -> Result<i32, Malformed> {
        let raw = self.uvarint()?;
        Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    /// A zigzag-encoded signed number of at most 64 bits.
    #[inline]
    pub fn varlong(&mut self) -> Result<i64, Malformed> {
        let raw = match self.short() {
            Some(raw) => raw.into(),
            None => self.base128(10)?,
        };
        Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    fn base128(&mut self, max_bytes: usize) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for (at, &byte) in self.rest.iter().take(max_bytes).enumerate() {
            let bits = u64::from(byte & 0x7f);
            let shift = 7 * at as u32;
            if bits > u64::MAX >> shift {
                return Err(Malformed("varint: wider than 64 bits"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                self.rest = self.rest.get(at + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(Malformed("varint: does not end"))
    }

    /// The length of a compact field: `None` is null.
    fn compact_len(&mut self) -> Result<Option<usize>, Malformed> {
        Ok((self.uvarint()? as usize).checked_sub(1))
    }

    /// The length of a field with a fixed-width length: negative is null.
    fn legacy_len(len: i64) -> Option<usize> {
        usize::try_from(len).ok()
    }

    pub fn nullable_string(&mut self, flexible: bool) -> Result<Option<Cow<'a, str>>, Malformed> {
        // Texts come from brokers of any make: a stray byte in one must not cost the whole response.
        Ok(self.raw_string(flexible)?.map(String::from_utf8_lossy))
    }

    /// A string as it is, which may be no UTF-8.
    pub fn raw_string(&mut self, flexible: bool) -> Result<Option<&'a [u8]>, Malformed> {
        let len = if flexible { self.compact_len()? } else { Self::legacy_len(self.i16()?.into()) };
        len.map(|len| self.take(len)).transpose()
    }

    /// A string where null has no meaning: it reads as empty, as some brokers send null for "no text".
    pub fn string(&mut self, flexible: bool) -> Result<Cow<'a, str>, Malformed> {
        Ok(self.nullable_string(flexible)?.unwrap_or_default())
    }

    pub fn nullable_bytes(&mut self, flexible: bool) -> Result<Option<&'a [u8]>, Malformed> {
        let len = if flexible { self.compact_len()? } else { Self::legacy_len(self.i32()?.into()) };
        len.map(|len| self.take(len)).transpose()
    }

    pub fn bytes(&mut self, flexible: bool) -> Result<&'a [u8], Malformed> {
        Ok(self.nullable_bytes(flexible)?.unwrap_or_default())
    }

    /// The number of elements of an array, `None` for null. An element takes at least one byte, so a count
    /// beyond what remains is a lie that must not reach an allocation.
    pub fn array_len(&mut self, flexible: bool) -> Result<Option<usize>, Malformed> {
        let len = if flexible {
            self.compact_len()?
        } else {
            match self.i32()? {
                ..-1 => return Err(Malformed("array: negative number of elements")),
                len => Self::legacy_len(len.into()),
            }
        };
        if len.is_some_and(|len| len > self.remaining()) {
            return Err(Malformed("array: more elements than bytes"));
        }
        Ok(len)
    }

    /// Fails if the array that comes next has more elements.
    pub fn expect_at_most(&self, limit: usize, flexible: bool) -> Result<(), Malformed> {
        match self.clone().array_len(flexible)? {
            Some(len) if len > limit => Err(Malformed("array: more elements than are accepted")),
            _ => Ok(()),
        }
    }

    /// Reads the tagged fields at the end of a flexible struct, handing each to `field` with its own bounded
    /// reader.
    pub fn tagged_fields(
        &mut self,
        mut field: impl FnMut(u32, &mut Reader<'a>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let count = self.uvarint()? as usize;
        // Tag and size: two bytes at least.
        if count > self.remaining() / 2 {
            return Err(Malformed("tagged fields: more than bytes"));
        }
        for _ in 0..count {
            let tag = self.uvarint()?;
            let size = self.uvarint()? as usize;
            let mut inner = Reader { rest: self.take(size)?, ..*self };
            field(tag, &mut inner)?;
            self.allowance = inner.allowance;
        }
        Ok(())
    }

    pub fn skip_tagged_fields(&mut self) -> Result<(), Malformed> {
        self.tagged_fields(|_, _| Ok(()))
    }
}

/// Takes encoded bytes. Implemented by `Vec<u8>` and by `Counter`, so that a size and the bytes come from one
/// encoder.
pub trait Sink {
    fn put(&mut self, bytes: &[u8]);

    fn put_i8(&mut self, value: i8) {
        self.put(&value.to_be_bytes());
    }

    fn put_i16(&mut self, value: i16) {
        self.put(&value.to_be_bytes());
    }

    fn put_i32(&mut self, value: i32) {
        self.put(&value.to_be_bytes());
    }

    fn put_i64(&mut self, value: i64) {
        self.put(&value.to_be_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    fn put_bool(&mut self, value: bool) {
        self.put(&[u8::from(value)]);
    }

    fn put_uuid(&mut self, value: &[u8; 16]) {
        self.put(value);
    }

    #[inline]
    fn put_uvarint(&mut self, value: u32) {
        self.put_base128(value.into());
    }

    #[inline]
    fn put_varint(&mut self, value: i32) {
        self.put_base128(zigzag32(value).into());
    }

    #[inline]
    fn put_varlong(&mut self, value: i64) {
        self.put_base128(zigzag64(value));
    }

    // Several times for each record that is written.
    #[inline(always)]
    fn put_base128(&mut self, value: u64) {
        if value < 0x80 {
            return self.put(&[value as u8]);
        }
        let mut bytes = [0; 10];
        let mut rest = value;
        let mut len = 0;
        for byte in &mut bytes {
            *byte = (rest as u8 & 0x7f) | 0x80;
            rest >>= 7;
            len += 1;
            if rest == 0 {
                *byte &= 0x7f;
                break;
            }
        }
        self.put(bytes.get(..len).unwrap_or_default());
    }

    /// Length + 1 of a compact field.
    fn put_compact_len(&mut self, len: usize) {
        self.put_base128(len as u64 + 1);
    }

    fn put_nullable_string(&mut self, value: Option<&str>, flexible: bool) {
        // Where it has to be cut, see below, no character is.
        let most =
            |value: &str| if flexible { usize::MAX } else { value.floor_char_boundary(MAX_LEGACY_STRING) };
        self.put_raw_string(
            value.map(|value| value.get(..most(value)).unwrap_or(value).as_bytes()),
            flexible,
        );
    }

    /// A string of any bytes.
    fn put_raw_string(&mut self, value: Option<&[u8]>, flexible: bool) {
        match (value, flexible) {
            (None, true) => self.put_uvarint(0),
            (None, false) => self.put_i16(-1),
            (Some(value), true) => {
                self.put_compact_len(value.len());
                self.put(value);
            }
            (Some(value), false) => {
                // A longer string cannot be said in this version. Cut, the frame stays in step with its
                // reader.
                let value = value.get(..MAX_LEGACY_STRING).unwrap_or(value);
                self.put_i16(value.len() as i16);
                self.put(value);
            }
        }
    }

    fn put_string(&mut self, value: &str, flexible: bool) {
        self.put_nullable_string(Some(value), flexible);
    }

    /// The length of a bytes field or the count of an array; `None` is null.
    fn put_len(&mut self, len: Option<usize>, flexible: bool) {
        match (len, flexible) {
            (None, true) => self.put_uvarint(0),
            (None, false) => self.put_i32(-1),
            (Some(len), true) => self.put_compact_len(len),
            (Some(len), false) => self.put_i32(len as i32),
        }
    }

    fn put_nullable_bytes(&mut self, value: Option<&[u8]>, flexible: bool) {
        self.put_len(value.map(<[u8]>::len), flexible);
        self.put(value.unwrap_or_default());
    }

    fn put_bytes(&mut self, value: &[u8], flexible: bool) {
        self.put_nullable_bytes(Some(value), flexible);
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// A sink that only counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter(pub usize);

impl Sink for Counter {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

#[inline]
pub const fn zigzag32(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)).cast_unsigned()
}

#[inline]
pub const fn zigzag64(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// How many bytes a base-128 number takes.
#[inline]
pub const fn base128_len(value: u64) -> usize {
    // ceil(bits / 7) by multiplication: 9/64 is just above 1/7 and exact for 1..=64 bits.
    let bits = 64 - (value | 1).leading_zeros();
    ((bits * 9 + 64) / 64) as usize
}

#[cfg(test)]
mod tests;
