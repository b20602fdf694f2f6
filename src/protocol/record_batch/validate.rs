//! What a leader checks before it appends a batch that a producer sent. The mock cluster judges by this, and
//! is as strict as Kafka in all it can see, stricter where Kafka would silently repair (the maximum
//! timestamp).

use super::{ATTRIBUTES_AT, BatchHeader, HEADER_LEN, MAGIC, MAGIC_AT, RecordIter};
use crate::base::error::ErrorCode;
use crate::compress::{self, Codec};
use crate::protocol::primitives::Malformed;
use std::borrow::Cow;
use std::fmt;

/// More than this never comes out of one batch: a few compressed kilobytes must not fill the memory.
const MAX_DECOMPRESSED: usize = 256 * 1024 * 1024;

/// A batch that was found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchInfo<'a> {
    pub header: BatchHeader,
    pub codec: Codec,
    /// The records, decompressed.
    pub records: Cow<'a, [u8]>,
}

impl BatchInfo<'_> {
    pub fn records(&self) -> RecordIter<'_> {
        RecordIter::new(&self.records)
    }
}

/// Why a batch is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchError {
    /// Shorter than a batch header, or than the batch says it is.
    TooShort,
    /// Bytes behind the batch: a request carries exactly one per partition.
    TrailingBytes,
    Magic(i8),
    Crc {
        stored: u32,
        computed: u32,
    },
    UnknownCodec(u8),
    /// A producer has no business with these attributes.
    Attributes(i16),
    /// Record count and last offset delta do not fit together, or one is out of range.
    Counts {
        record_count: i32,
        last_offset_delta: i32,
    },
    Decompression(compress::Error),
    Record(Malformed),
    /// More or fewer records than the header says.
    RecordCount {
        expected: i32,
        found: usize,
    },
    /// Offset deltas must count 0, 1, 2, …
    OffsetDelta {
        index: usize,
        found: i32,
    },
    /// The largest timestamp of the records is not the one in the header, or a delta leads out of range.
    Timestamp,
    /// An idempotent batch without a sequence, or a transactional one without a producer id.
    Producer,
}

impl BatchError {
    /// The code that a broker answers with.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::TooShort | Self::Crc { .. } | Self::Decompression(_) => ErrorCode::INVALID_MSG,
            Self::Magic(_) => ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT,
            Self::UnknownCodec(_) => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            Self::Timestamp => ErrorCode::INVALID_TIMESTAMP,
            Self::TrailingBytes
            | Self::Attributes(_)
            | Self::Counts { .. }
            | Self::Record(_)
            | Self::RecordCount { .. }
            | Self::OffsetDelta { .. }
            | Self::Producer => ErrorCode::INVALID_RECORD,
        }
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("the batch is cut off"),
            Self::TrailingBytes => f.write_str("there are bytes behind the batch"),
            Self::Magic(magic) => write!(f, "magic {magic} instead of {MAGIC}"),
            Self::Crc { stored, computed } => write!(f, "CRC {stored:#010x} instead of {computed:#010x}"),
            Self::UnknownCodec(id) => write!(f, "unknown compression codec {id}"),
            Self::Attributes(attributes) => write!(f, "attributes {attributes:#06x} are not a producer's"),
            Self::Counts { record_count, last_offset_delta } => {
                write!(f, "{record_count} records with last offset delta {last_offset_delta}")
            }
            Self::Decompression(error) => error.fmt(f),
            Self::Record(malformed) => malformed.fmt(f),
            Self::RecordCount { expected, found } => write!(f, "{found} records instead of {expected}"),
            Self::OffsetDelta { index, found } => write!(f, "record {index} has offset delta {found}"),
            Self::Timestamp => f.write_str("timestamps do not fit the header"),
            Self::Producer => f.write_str("producer id, epoch and sequence do not fit together"),
        }
    }
}

impl std::error::Error for BatchError {}

impl From<Malformed> for BatchError {
    fn from(malformed: Malformed) -> Self {
        Self::Record(malformed)
    }
}

/// Checks the records of one partition of a Produce request: exactly one batch, sound in every part.
pub fn validate(bytes: &[u8]) -> Result<BatchInfo<'_>, BatchError> {
    // An old message set has its magic at the same place, and may be shorter than this header.
    match bytes.get(MAGIC_AT) {
        Some(&magic) if magic.cast_signed() != MAGIC => return Err(BatchError::Magic(magic.cast_signed())),
        _ => {}
    }
    let header = BatchHeader::parse(bytes).map_err(|_| BatchError::TooShort)?;
    match header.total_len() {
        Some(len) if len < bytes.len() => return Err(BatchError::TrailingBytes),
        Some(len) if len == bytes.len() => {}
        _ => return Err(BatchError::TooShort),
    }
    let computed = crc_fast::crc32_iscsi(bytes.get(ATTRIBUTES_AT..).unwrap_or_default());
    if computed != header.crc {
        return Err(BatchError::Crc { stored: header.crc, computed });
    }
    let codec = check_header(&header)?;
    let stored = bytes.get(HEADER_LEN..).unwrap_or_default();
    let records = if codec == Codec::None {
        Cow::Borrowed(stored)
    } else {
        let mut records = Vec::new();
        compress::decompress(codec, stored, MAX_DECOMPRESSED, &mut records)
            .map_err(BatchError::Decompression)?;
        Cow::Owned(records)
    };
    check_records(&header, &records)?;
    Ok(BatchInfo { header, codec, records })
}

fn check_header(header: &BatchHeader) -> Result<Codec, BatchError> {
    let codec = header.codec().ok_or(BatchError::UnknownCodec(header.codec_id()))?;
    if header.is_control() || header.is_log_append_time() {
        return Err(BatchError::Attributes(header.attributes));
    }
    let (record_count, last_offset_delta) = (header.record_count, header.last_offset_delta);
    if record_count < 1 || last_offset_delta != record_count - 1 {
        return Err(BatchError::Counts { record_count, last_offset_delta });
    }
    let idempotent = header.producer_id >= 0;
    if (idempotent && (header.producer_epoch < 0 || header.base_sequence < 0))
        || (!idempotent && header.is_transactional())
    {
        return Err(BatchError::Producer);
    }
    Ok(codec)
}

fn check_records(header: &BatchHeader, records: &[u8]) -> Result<(), BatchError> {
    let mut found = 0;
    let mut max_timestamp = i64::MIN;
    for record in RecordIter::new(records) {
        let record = record?;
        if usize::try_from(record.offset_delta) != Ok(found) {
            return Err(BatchError::OffsetDelta { index: found, found: record.offset_delta });
        }
        let timestamp =
            header.base_timestamp.checked_add(record.timestamp_delta).ok_or(BatchError::Timestamp)?;
        max_timestamp = max_timestamp.max(timestamp);
        found += 1;
    }
    if usize::try_from(header.record_count) != Ok(found) {
        return Err(BatchError::RecordCount { expected: header.record_count, found });
    }
    if max_timestamp != header.max_timestamp {
        return Err(BatchError::Timestamp);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;
    use crate::compress::Compressor;

    /// A batch of `count` records with timestamps 1000, 1001, …
    fn batch(count: i32, codec: Codec, change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
        let mut records = Vec::new();
        for delta in 0..count {
            encode_record_prefix(&mut records, delta, delta.into(), Some(b"key"), Some(5), 1);
            records.extend(b"value");
            encode_headers(&mut records, None);
        }
        let mut stored = Vec::new();
        Compressor::new().compress(codec, -1, &[&records], &mut stored).unwrap();
        let mut header = BatchHeader {
            attributes: codec.id().into(),
            last_offset_delta: count - 1,
            base_timestamp: 1000,
            max_timestamp: 999 + i64::from(count),
            record_count: count,
            ..Default::default()
        };
        change(&mut header);
        header.seal([&stored[..]]);
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend(stored);
        bytes
    }

    fn refused(bytes: &[u8]) -> BatchError {
        validate(bytes).unwrap_err()
    }

    #[test]
    fn sound_batches_pass() {
        for codec in [Codec::None, Codec::Lz4] {
            let bytes = batch(300, codec, |_| {});
            let info = validate(&bytes).unwrap();
            assert_eq!((info.codec, info.header.record_count), (codec, 300));
            assert_eq!(info.records().filter(|r| r.unwrap().value == Some(b"value")).count(), 300);
        }
    }

    #[test]
    fn every_single_bit_matters() {
        let bytes = batch(2, Codec::Lz4, |_| {});
        for bit in 0..bytes.len() * 8 {
            let at = bit / 8;
            // Base offset and leader epoch are the broker's to set.
            if at < BATCH_LENGTH_AT || (PARTITION_LEADER_EPOCH_AT..MAGIC_AT).contains(&at) {
                continue;
            }
            let mut bad = bytes.clone();
            bad[at] ^= 1 << (bit % 8);
            assert!(validate(&bad).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert_eq!(refused(&bytes[..len]), BatchError::TooShort);
        }
    }

    #[test]
    fn each_fault_has_its_error_and_code() {
        let none = Codec::None;
        let error = |change: fn(&mut BatchHeader)| refused(&batch(3, none, change));
        assert_eq!(error(|h| h.magic = 1), BatchError::Magic(1));
        assert_eq!(error(|h| h.attributes = 5), BatchError::UnknownCodec(5));
        assert_eq!(error(|h| h.attributes = 0x20), BatchError::Attributes(0x20));
        assert_eq!(
            error(|h| h.record_count = 4),
            BatchError::Counts { record_count: 4, last_offset_delta: 2 }
        );
        assert_eq!(
            error(|h| (h.record_count, h.last_offset_delta) = (4, 3)),
            BatchError::RecordCount { expected: 4, found: 3 }
        );
        assert_eq!(error(|h| h.max_timestamp += 1), BatchError::Timestamp);
        assert_eq!(error(|h| h.base_timestamp = i64::MAX), BatchError::Timestamp);
        assert_eq!(error(|h| h.producer_id = 1), BatchError::Producer);
        assert_eq!(error(|h| h.attributes = ATTRIBUTE_TRANSACTIONAL), BatchError::Producer);
        assert_eq!(error(|h| h.attributes = 3), BatchError::Decompression(compress::Error::Corrupt));

        let mut bytes = batch(1, none, |_| {});
        bytes.push(0);
        assert_eq!(refused(&bytes), BatchError::TrailingBytes);
        bytes.pop();
        bytes[HEADER_LEN + 3] ^= 1;
        assert_eq!(refused(&bytes).code(), ErrorCode::INVALID_MSG);
        assert_eq!(refused(&batch(0, none, |_| {})).code(), ErrorCode::INVALID_RECORD);
    }
}
