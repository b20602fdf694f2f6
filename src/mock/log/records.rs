//! The records of a batch, walked through by a broker that believes nothing.
//!
//! This is where the mock spends its time: a million batches of 10,000 records are nothing special.

use crate::base::error::ErrorCode;
use crate::compress::{self, Codec};
use crate::mock::log::header::{BatchInfo, CHECKED_FROM, HEADER_LEN, NO_TIMESTAMP};
use crc_fast::{CrcAlgorithm, Digest};
use std::borrow::Cow;
use std::ops::Range;

pub struct RecordInfo {
    pub offset_delta: i32,
    pub timestamp: i64,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
}

impl RecordInfo {
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    Done,
    Stopped,
    Malformed,
    Undecodable,
}

/// What is wrong with records: Kafka's code for it, and words for the log.
pub type Wrong = (ErrorCode, &'static str);

/// Visits the records until `visit` returns false.
pub fn walk(bytes: &[u8], info: &BatchInfo, visit: impl FnMut(RecordInfo) -> bool) {
    if let Ok(records) = decoded(bytes.get(HEADER_LEN..).unwrap_or_default(), info) {
        let _ = walk_to(records.len(), &records, &mut 0, info, visit);
    }
}

/// Visits the records with their keys and values.
///
/// # Errors
/// When the records cannot be decompressed.
pub fn walk_contents(
    bytes: &[u8],
    info: &BatchInfo,
    mut visit: impl FnMut(&RecordInfo, Option<&[u8]>, Option<&[u8]>),
) -> Result<(), compress::Error> {
    let records = decoded(bytes.get(HEADER_LEN..).unwrap_or_default(), info)?;
    let part = |place: &Option<Range<usize>>| records.get(place.clone()?);
    let _ = walk_to(records.len(), &records, &mut 0, info, |r| {
        visit(&r, part(&r.key), part(&r.value));
        true
    });
    Ok(())
}

/// Visits the records from `at` on that begin before `end`.
#[inline]
fn walk_to(
    end: usize,
    records: &[u8],
    at: &mut usize,
    info: &BatchInfo,
    mut visit: impl FnMut(RecordInfo) -> bool,
) -> Walk {
    while *at < end {
        let Some(record) = read_record(records, at, info.base_timestamp) else {
            return Walk::Malformed;
        };
        if !visit(record) {
            return Walk::Stopped;
        }
    }
    Walk::Done
}

/// The checksum of a batch, and the largest timestamp of its records or what is wrong with them. What has
/// another checksum than `claimed` is not unpacked.
pub fn check(bytes: &[u8], info: &BatchInfo, claimed: u32) -> (u32, Result<i64, Wrong>) {
    let (header, packed) = bytes.split_at_checked(HEADER_LEN).unwrap_or((bytes, &[]));
    let mut crc = Digest::new(CrcAlgorithm::Crc32Iscsi);
    crc.update(header.get(CHECKED_FROM..).unwrap_or_default());
    let mut seen = Seen { count: 0, max_timestamp: NO_TIMESTAMP };
    let walked = if codec(info) == Codec::None {
        check_plain(packed, info, &mut crc, &mut seen)
    } else {
        crc.update(packed);
        let records = (sum_of(&crc) == claimed).then(|| decoded(packed, info));
        match records {
            Some(Ok(records)) => walk_to(records.len(), &records, &mut 0, info, |r| seen.visit(&r, info)),
            _ => Walk::Undecodable,
        }
    };
    let outcome = match walked {
        Walk::Undecodable => Err((ErrorCode::INVALID_MSG, "records cannot be decompressed")),
        Walk::Malformed => Err((ErrorCode::INVALID_RECORD, "malformed record")),
        Walk::Stopped => Err((ErrorCode::INVALID_RECORD, "offset deltas are not 0, 1, 2, ...")),
        Walk::Done if seen.count != info.count => {
            Err((ErrorCode::INVALID_RECORD, "fewer records than counted"))
        }
        Walk::Done => Ok(seen.max_timestamp),
    };
    (sum_of(&crc), outcome)
}

/// A 32-bit sum in a 64-bit number.
fn sum_of(crc: &Digest) -> u32 {
    crc.finalize() as u32
}

/// What the records so far have shown.
struct Seen {
    count: i32,
    max_timestamp: i64,
}

impl Seen {
    #[inline(always)]
    fn visit(&mut self, r: &RecordInfo, info: &BatchInfo) -> bool {
        if r.offset_delta != self.count || self.count >= info.count {
            return false;
        }
        self.count = self.count.wrapping_add(1);
        self.max_timestamp = self.max_timestamp.max(r.timestamp);
        true
    }
}

/// Checksum and records piece by piece, so that a batch comes from memory once and not twice.
fn check_plain(records: &[u8], info: &BatchInfo, crc: &mut Digest, seen: &mut Seen) -> Walk {
    const PIECE: usize = 24 << 10;
    let (mut at, mut end, mut walked) = (0, 0, Walk::Done);
    for piece in records.chunks(PIECE) {
        crc.update(piece);
        end += piece.len();
        if walked == Walk::Done {
            walked = walk_to(end, records, &mut at, info, |r| seen.visit(&r, info));
        }
    }
    walked
}

fn codec(info: &BatchInfo) -> Codec {
    u8::try_from(info.codec()).ok().and_then(Codec::from_id).unwrap_or(Codec::None)
}

fn decoded<'a>(packed: &'a [u8], info: &BatchInfo) -> Result<Cow<'a, [u8]>, compress::Error> {
    /// A few bytes must not become gigabytes.
    const LIMIT: usize = 64 << 20;
    let codec = codec(info);
    if codec == Codec::None {
        return Ok(Cow::Borrowed(packed));
    }
    let mut out = Vec::new();
    compress::decompress(codec, packed, LIMIT, &mut out)?;
    Ok(Cow::Owned(out))
}

/// The record at `at`, which moves on to the next one.
#[inline]
fn read_record(records: &[u8], at: &mut usize, base_timestamp: i64) -> Option<RecordInfo> {
    let len = length(records, at)?;
    let end = at.checked_add(len).filter(|end| *end <= records.len())?;
    *at += 1; // attributes
    let timestamp = base_timestamp.wrapping_add(varint(records, at)?);
    let offset_delta = i32::try_from(varint(records, at)?).ok()?;
    let key = nullable(records, at)?;
    let value = nullable(records, at)?;
    for _ in 0..length(records, at)? {
        let key_len = length(records, at)?;
        *at = at.checked_add(key_len)?;
        nullable(records, at)?;
    }
    // `at` only ever moves forward: a field that reaches beyond the record shows here.
    (*at == end).then_some(RecordInfo { offset_delta, timestamp, key, value })
}

/// A zig-zag varint of up to 64 bits. Nearly all are of one or two bytes, and there are five in every record.
#[inline(always)]
fn varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let first = u64::from(*bytes.get(*at)?);
    if first < 0x80 {
        *at += 1;
        return Some(signed(first));
    }
    let second = u64::from(*bytes.get(*at + 1)?);
    if second < 0x80 {
        *at += 2;
        return Some(signed(first & 0x7f | second << 7));
    }
    long_varint(bytes, at)
}

fn long_varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(signed(value));
        }
    }
    None
}

fn signed(zig_zag: u64) -> i64 {
    (zig_zag >> 1).cast_signed() ^ -(zig_zag & 1).cast_signed()
}

#[inline(always)]
fn length(bytes: &[u8], at: &mut usize) -> Option<usize> {
    usize::try_from(varint(bytes, at)?).ok()
}

/// Where a field lies; inner `None`: null. It may reach beyond the record.
#[inline(always)]
#[allow(clippy::option_option)] // Malformed, null and there are three things.
fn nullable(bytes: &[u8], at: &mut usize) -> Option<Option<Range<usize>>> {
    match varint(bytes, at)? {
        -1 => Some(None),
        n => {
            let start = *at;
            *at = start.checked_add(usize::try_from(n).ok()?)?;
            Some(Some(start..*at))
        }
    }
}
