//! The header of a record batch (magic 2): what a producer claims, and what a broker writes into it.

/// Bytes before the first record.
pub const HEADER_LEN: usize = 61;
/// What the batch length field does not count: the base offset and itself.
pub const UNCOUNTED_LEN: usize = 12;
/// The checksum covers everything from here on.
pub const CHECKED_FROM: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;
pub const MAGIC_AT: usize = 16;
/// Stands for "none".
pub const NO_TIMESTAMP: i64 = -1;

const CODEC_MASK: i16 = 0x07;
pub const LOG_APPEND_TIME_BIT: i16 = 0x08;
pub const TRANSACTIONAL_BIT: i16 = 0x10;
pub const CONTROL_BIT: i16 = 0x20;

/// The fields of a batch header that the mock needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchInfo {
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub count: i32,
}

impl BatchInfo {
    /// 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    #[must_use]
    pub fn codec(&self) -> i16 {
        self.attributes & CODEC_MASK
    }

    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.producer_id >= 0
    }

    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL_BIT != 0
    }

    /// The same with the broker's time in place of the producer's.
    #[must_use]
    pub fn appended_at(self, now_ms: i64) -> Self {
        Self { attributes: self.attributes | LOG_APPEND_TIME_BIT, max_timestamp: now_ms, ..self }
    }

    /// The sequence number of the last record; sequence numbers wrap to 0 after `i32::MAX`.
    #[must_use]
    pub fn last_sequence(&self) -> i32 {
        self.base_sequence.wrapping_add(self.count.saturating_sub(1)) & i32::MAX
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn i16_at(bytes: &[u8], at: usize) -> Option<i16> {
    field(bytes, at).map(i16::from_be_bytes)
}

pub fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    field(bytes, at).map(i32::from_be_bytes)
}

fn i64_at(bytes: &[u8], at: usize) -> Option<i64> {
    field(bytes, at).map(i64::from_be_bytes)
}

/// The offset of its first record.
#[must_use]
pub fn base_offset(bytes: &[u8]) -> i64 {
    i64_at(bytes, 0).unwrap_or_default()
}

/// What a batch says about itself, unchecked.
#[must_use]
pub fn peek(bytes: &[u8]) -> Option<BatchInfo> {
    Some(BatchInfo {
        attributes: i16_at(bytes, 21)?,
        last_offset_delta: i32_at(bytes, 23)?,
        base_timestamp: i64_at(bytes, 27)?,
        max_timestamp: i64_at(bytes, MAX_TIMESTAMP_AT)?,
        producer_id: i64_at(bytes, 43)?,
        producer_epoch: i16_at(bytes, 51)?,
        base_sequence: i32_at(bytes, 53)?,
        count: i32_at(bytes, 57)?,
    })
}

/// Writes what the broker decides about a batch into it.
pub fn stamp(bytes: &mut [u8], base_offset: i64, leader_epoch: i32, info: &BatchInfo) {
    put(bytes, 0, &base_offset.to_be_bytes());
    put(bytes, 12, &leader_epoch.to_be_bytes());
    // The rest is under the checksum, and seldom differs from what the producer wrote.
    let as_sent = i64_at(bytes, MAX_TIMESTAMP_AT) == Some(info.max_timestamp)
        && i16_at(bytes, CHECKED_FROM) == Some(info.attributes);
    if !as_sent {
        put(bytes, CHECKED_FROM, &info.attributes.to_be_bytes());
        put(bytes, MAX_TIMESTAMP_AT, &info.max_timestamp.to_be_bytes());
        let sum = crc_fast::crc32_iscsi(bytes.get(CHECKED_FROM..).unwrap_or_default());
        put(bytes, 17, &sum.to_be_bytes());
    }
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(field) = bytes.get_mut(at..at + value.len()) {
        field.copy_from_slice(value);
    }
}

/// Writes magic, length and checksum.
pub fn seal(batch: &mut [u8]) {
    let length = i32::try_from(batch.len().saturating_sub(UNCOUNTED_LEN)).unwrap_or(i32::MAX);
    put(batch, 8, &length.to_be_bytes());
    put(batch, MAGIC_AT, &[2]);
    let sum = crc_fast::crc32_iscsi(batch.get(CHECKED_FROM..).unwrap_or_default());
    put(batch, 17, &sum.to_be_bytes());
}
