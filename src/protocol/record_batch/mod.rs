//! Record batches, version 2 (magic 2): what Produce requests carry, what logs hold, what Fetch responses
//! return.
//!
//! A batch is a header of 61 bytes and the records, which are compressed as one if the batch is. The header
//! and each record count relative to the batch: offsets from `base_offset`, timestamps from `base_timestamp`.

pub mod headers;
mod record;
mod validate;

pub use record::{
    Record, RecordIter, encode_headers, encode_record_prefix, headers_len, record_body_len, record_len,
};
pub use validate::{BatchError, BatchInfo, validate};

use super::primitives::{Malformed, Reader};
use crate::compress::Codec;
use crc_fast::{CrcAlgorithm, Digest};

pub const MAGIC: i8 = 2;
/// The length of a batch header, up to the first record.
pub const HEADER_LEN: usize = 61;
/// Base offset and batch length: what `batch_length` does not count.
pub const LOG_OVERHEAD: usize = 12;
/// What a record takes beside key, value and headers, at the most: what librdkafka adds when it compares a
/// message with `message.max.bytes`.
pub const RECORD_MAX_OVERHEAD: usize = 36;

/// Where the fields of the header stand.
pub const BASE_OFFSET_AT: usize = 0;
pub const BATCH_LENGTH_AT: usize = 8;
pub const PARTITION_LEADER_EPOCH_AT: usize = 12;
pub const MAGIC_AT: usize = 16;
pub const CRC_AT: usize = 17;
/// The CRC covers everything from here on.
pub const ATTRIBUTES_AT: usize = 21;
pub const LAST_OFFSET_DELTA_AT: usize = 23;
pub const BASE_TIMESTAMP_AT: usize = 27;
pub const MAX_TIMESTAMP_AT: usize = 35;
pub const PRODUCER_ID_AT: usize = 43;
pub const PRODUCER_EPOCH_AT: usize = 51;
pub const BASE_SEQUENCE_AT: usize = 53;
pub const RECORD_COUNT_AT: usize = 57;

pub const ATTRIBUTE_CODEC_MASK: i16 = 0x07;
pub const ATTRIBUTE_LOG_APPEND_TIME: i16 = 0x08;
pub const ATTRIBUTE_TRANSACTIONAL: i16 = 0x10;
pub const ATTRIBUTE_CONTROL: i16 = 0x20;
pub const ATTRIBUTE_DELETE_HORIZON: i16 = 0x40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    pub base_offset: i64,
    /// The length of the batch without `LOG_OVERHEAD`.
    pub batch_length: i32,
    pub partition_leader_epoch: i32,
    pub magic: i8,
    pub crc: u32,
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub record_count: i32,
}

/// What a producer without idempotence sends, for an empty batch.
impl Default for BatchHeader {
    fn default() -> Self {
        Self {
            base_offset: 0,
            batch_length: (HEADER_LEN - LOG_OVERHEAD) as i32,
            // The leader fills it in; a producer says 0 or -1, the reference says 0.
            partition_leader_epoch: 0,
            magic: MAGIC,
            crc: 0,
            attributes: 0,
            last_offset_delta: -1,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            record_count: 0,
        }
    }
}

impl BatchHeader {
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r =
            Reader::new(bytes.get(..HEADER_LEN).ok_or(Malformed("record batch: shorter than its header"))?);
        Ok(Self {
            base_offset: r.i64()?,
            batch_length: r.i32()?,
            partition_leader_epoch: r.i32()?,
            magic: r.i8()?,
            crc: r.u32()?,
            attributes: r.i16()?,
            last_offset_delta: r.i32()?,
            base_timestamp: r.i64()?,
            max_timestamp: r.i64()?,
            producer_id: r.i64()?,
            producer_epoch: r.i16()?,
            base_sequence: r.i32()?,
            record_count: r.i32()?,
        })
    }

    pub fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let mut out = [0; HEADER_LEN];
        let mut rest = out.as_mut_slice();
        let mut put = |bytes: &[u8]| {
            if let Some((head, tail)) = std::mem::take(&mut rest).split_at_mut_checked(bytes.len()) {
                head.copy_from_slice(bytes);
                rest = tail;
            }
        };
        put(&self.base_offset.to_be_bytes());
        put(&self.batch_length.to_be_bytes());
        put(&self.partition_leader_epoch.to_be_bytes());
        put(&self.magic.to_be_bytes());
        put(&self.crc.to_be_bytes());
        put(&self.attributes.to_be_bytes());
        put(&self.last_offset_delta.to_be_bytes());
        put(&self.base_timestamp.to_be_bytes());
        put(&self.max_timestamp.to_be_bytes());
        put(&self.producer_id.to_be_bytes());
        put(&self.producer_epoch.to_be_bytes());
        put(&self.base_sequence.to_be_bytes());
        put(&self.record_count.to_be_bytes());
        out
    }

    /// Sets length and CRC for the records that are to follow the header, given as they will stand in the
    /// batch (that is, compressed), in any number of pieces.
    pub fn seal<'s>(&mut self, records: impl IntoIterator<Item = &'s [u8]>) {
        let header = self.to_bytes();
        let mut crc = Digest::new(CrcAlgorithm::Crc32Iscsi);
        crc.update(header.get(ATTRIBUTES_AT..).unwrap_or_default());
        let mut len = HEADER_LEN - LOG_OVERHEAD;
        for piece in records {
            crc.update(piece);
            len += piece.len();
        }
        // A 32-bit sum in a 64-bit number.
        self.crc = crc.finalize() as u32;
        self.batch_length = i32::try_from(len).unwrap_or(i32::MAX);
    }

    /// As [`Self::seal`], for a batch that lies in one piece, with space for the header in front: the header
    /// becomes part of it, and its sum is taken in one go, which small batches feel.
    pub fn seal_in_place(&mut self, batch: &mut [u8]) {
        self.batch_length = i32::try_from(batch.len().saturating_sub(LOG_OVERHEAD)).unwrap_or(i32::MAX);
        if let Some(place) = batch.first_chunk_mut() {
            *place = self.to_bytes();
        }
        let summed = batch.get(ATTRIBUTES_AT..).unwrap_or_default();
        self.crc = crc_fast::crc32_iscsi(summed);
        if let Some(place) = batch.get_mut(CRC_AT..ATTRIBUTES_AT) {
            place.copy_from_slice(&self.crc.to_be_bytes());
        }
    }

    pub const fn codec_id(&self) -> u8 {
        (self.attributes & ATTRIBUTE_CODEC_MASK) as u8
    }

    /// `None` for a number that names no codec.
    pub fn codec(&self) -> Option<Codec> {
        Codec::from_id(self.codec_id())
    }

    pub const fn is_transactional(&self) -> bool {
        self.attributes & ATTRIBUTE_TRANSACTIONAL != 0
    }

    pub const fn is_control(&self) -> bool {
        self.attributes & ATTRIBUTE_CONTROL != 0
    }

    pub const fn is_log_append_time(&self) -> bool {
        self.attributes & ATTRIBUTE_LOG_APPEND_TIME != 0
    }

    /// The length of the whole batch, `None` if the header's own number cannot be right.
    pub fn total_len(&self) -> Option<usize> {
        let len = usize::try_from(self.batch_length).ok()?.checked_add(LOG_OVERHEAD)?;
        (len >= HEADER_LEN).then_some(len)
    }
}

/// Gives a stored batch its place in the log, as a leader does. Neither field is under the CRC.
pub fn set_position(batch: &mut [u8], base_offset: i64, leader_epoch: i32) {
    if let Some(place) = batch.get_mut(BASE_OFFSET_AT..).and_then(<[u8]>::first_chunk_mut) {
        *place = base_offset.to_be_bytes();
    }
    if let Some(place) = batch.get_mut(PARTITION_LEADER_EPOCH_AT..).and_then(<[u8]>::first_chunk_mut) {
        *place = leader_epoch.to_be_bytes();
    }
}

/// Walks over batches that stand one after the other, as in a Fetch response; a last one that is cut off is
/// left out.
pub fn batches(mut bytes: &[u8]) -> impl Iterator<Item = (BatchHeader, &[u8])> {
    std::iter::from_fn(move || {
        let header = BatchHeader::parse(bytes).ok()?;
        let (batch, rest) = bytes.split_at_checked(header.total_len()?)?;
        bytes = rest;
        Some((header, batch))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> BatchHeader {
        BatchHeader {
            base_offset: 0x0102_0304_0506_0708,
            batch_length: 0x1112_1314,
            partition_leader_epoch: 0x2122_2324,
            magic: 2,
            crc: 0xf132_3334,
            attributes: 0x0013,
            last_offset_delta: 0x4142_4344,
            base_timestamp: 0x5152_5354_5556_5758,
            max_timestamp: 0x6162_6364_6566_6768,
            producer_id: 0x7172_7374_7576_7778,
            producer_epoch: 0x0182,
            base_sequence: 0x1192_9394,
            record_count: 0x21a2_a3a4,
        }
    }

    #[test]
    fn the_header_stands_where_the_constants_say() {
        let bytes = header().to_bytes();
        assert_eq!(BatchHeader::parse(&bytes), Ok(header()));
        let at = |offset: usize| bytes[offset..offset + 2].to_vec();
        assert_eq!(at(BASE_OFFSET_AT), [0x01, 0x02]);
        assert_eq!(at(BATCH_LENGTH_AT), [0x11, 0x12]);
        assert_eq!(at(PARTITION_LEADER_EPOCH_AT), [0x21, 0x22]);
        assert_eq!(at(MAGIC_AT), [2, 0xf1]);
        assert_eq!(at(CRC_AT), [0xf1, 0x32]);
        assert_eq!(at(ATTRIBUTES_AT), [0x00, 0x13]);
        assert_eq!(at(LAST_OFFSET_DELTA_AT), [0x41, 0x42]);
        assert_eq!(at(BASE_TIMESTAMP_AT), [0x51, 0x52]);
        assert_eq!(at(MAX_TIMESTAMP_AT), [0x61, 0x62]);
        assert_eq!(at(PRODUCER_ID_AT), [0x71, 0x72]);
        assert_eq!(at(PRODUCER_EPOCH_AT), [0x01, 0x82]);
        assert_eq!(at(BASE_SEQUENCE_AT), [0x11, 0x92]);
        assert_eq!(at(RECORD_COUNT_AT), [0x21, 0xa2]);
        assert_eq!(header().codec(), Some(Codec::Lz4));
        assert!(header().is_transactional() && !header().is_control());
    }

    #[test]
    fn batches_are_walked_and_a_cut_one_is_left_out() {
        let mut log = Vec::new();
        for base_offset in 0..3 {
            let mut header = BatchHeader { base_offset, ..Default::default() };
            header.seal([&b"abc"[..]]);
            log.extend(header.to_bytes());
            log.extend(b"abc");
        }
        set_position(&mut log, 77, 5);
        let found: Vec<_> =
            batches(&log).map(|(h, b)| (h.base_offset, h.partition_leader_epoch, b.len())).collect();
        assert_eq!(found, [(77, 5, 64), (1, 0, 64), (2, 0, 64)]);
        assert_eq!(batches(&log[..130]).count(), 2);
        assert_eq!(batches(&[0xff; 200]).count(), 0);
    }
}
