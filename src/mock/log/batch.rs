//! A record batch (magic 2) as a broker looks at it: nothing that a producer claims is believed.
//!
//! The reading here shares no code with the producer's encoder on purpose: an encoder that is wrong in the
//! same way as its decoder would otherwise look right.

use crate::base::error::ErrorCode;
use crate::mock::log::header::{
    BatchInfo, CHECKED_FROM, CONTROL_BIT, HEADER_LEN, LOG_APPEND_TIME_BIT, MAGIC_AT, TRANSACTIONAL_BIT,
    UNCOUNTED_LEN, i32_at, peek, seal,
};
use crate::mock::log::records::{self, RecordInfo};

/// Why a batch is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: ErrorCode,
    pub why: &'static str,
}

fn refuse<T>(code: ErrorCode, why: &'static str) -> Result<T, Refusal> {
    Err(Refusal { code, why })
}

/// Checks the one batch that a Produce request may carry for a partition.
///
/// # Errors
/// The code that Kafka answers, and a reason for the log.
pub fn check(bytes: &[u8]) -> Result<BatchInfo, Refusal> {
    let corrupt = ErrorCode::INVALID_MSG;
    let invalid = ErrorCode::INVALID_RECORD;
    match bytes.get(MAGIC_AT) {
        None => return refuse(corrupt, "shorter than a batch header"),
        Some(2) => {}
        Some(_) => return refuse(invalid, "magic is not 2"),
    }
    let (Some(info), Some(length)) = (peek(bytes), i32_at(bytes, 8)) else {
        return refuse(corrupt, "shorter than a batch header");
    };
    let Some(claimed) = usize::try_from(length).ok().and_then(|l| l.checked_add(UNCOUNTED_LEN)) else {
        return refuse(corrupt, "negative batch length");
    };
    if claimed > bytes.len() || claimed < HEADER_LEN {
        return refuse(corrupt, "batch length does not fit the data");
    }
    if claimed < bytes.len() {
        return refuse(invalid, "more than one batch for a partition");
    }
    let claimed = i32_at(bytes, 17).map_or(0, i32::cast_unsigned);
    let (sum, records) = records::check(bytes, &info, claimed);
    if sum != claimed {
        return refuse(corrupt, "checksum mismatch");
    }
    if info.codec() > 4 {
        return refuse(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "unknown codec");
    }
    if info.attributes & CONTROL_BIT != 0 {
        return refuse(invalid, "control batch from a client");
    }
    if info.count < 1 || info.last_offset_delta != info.count.wrapping_sub(1) {
        return refuse(invalid, "record count and last offset delta disagree");
    }
    if info.is_idempotent() && (info.base_sequence < 0 || info.producer_epoch < 0) {
        return refuse(invalid, "producer id without epoch or sequence");
    }
    let max_timestamp = records.or_else(|(code, why)| refuse(code, why))?;
    // As Kafka does: the maximum is what the records say, whatever the producer claimed.
    Ok(BatchInfo { max_timestamp, ..info })
}

/// The batch that tells readers how a transaction ended.
#[must_use]
pub fn marker(producer_id: i64, epoch: i16, commit: bool, now_ms: i64) -> (Vec<u8>, BatchInfo) {
    let info = BatchInfo {
        attributes: TRANSACTIONAL_BIT | CONTROL_BIT,
        last_offset_delta: 0,
        base_timestamp: now_ms,
        max_timestamp: now_ms,
        producer_id,
        producer_epoch: epoch,
        base_sequence: -1,
        count: 1,
    };
    // Lengths as zig-zag varints. Key: version and type; value: version and the coordinator's epoch.
    let body: [&[u8]; 4] = [&[0, 0, 0, 8, 0, 0, 0, commit.into()], &[12], &[0; 6], &[0]];
    let body = body.concat();
    let record_len = u8::try_from(body.len() * 2).unwrap_or_default();
    let mut bytes = Vec::with_capacity(HEADER_LEN + 1 + body.len());
    bytes.extend_from_slice(&[0; CHECKED_FROM]);
    bytes.extend_from_slice(&info.attributes.to_be_bytes());
    bytes.extend_from_slice(&info.last_offset_delta.to_be_bytes());
    bytes.extend_from_slice(&info.base_timestamp.to_be_bytes());
    bytes.extend_from_slice(&info.max_timestamp.to_be_bytes());
    bytes.extend_from_slice(&info.producer_id.to_be_bytes());
    bytes.extend_from_slice(&info.producer_epoch.to_be_bytes());
    bytes.extend_from_slice(&info.base_sequence.to_be_bytes());
    bytes.extend_from_slice(&info.count.to_be_bytes());
    bytes.push(record_len);
    bytes.extend_from_slice(&body);
    seal(&mut bytes);
    (bytes, info)
}

/// The offset delta and timestamp of the first record at or after `timestamp`.
#[must_use]
pub fn first_at_or_after(bytes: &[u8], timestamp: i64) -> Option<(i32, i64)> {
    let info = peek(bytes)?;
    if info.attributes & LOG_APPEND_TIME_BIT != 0 {
        return (info.max_timestamp >= timestamp).then_some((0, info.max_timestamp));
    }
    let mut found = None;
    records::walk(bytes, &info, |r| {
        if r.timestamp >= timestamp {
            found = Some((r.offset_delta, r.timestamp));
        }
        found.is_none()
    });
    found
}

/// The positions of the records of a sound batch that `is_one` picks.
pub fn records_where(bytes: &[u8], info: &BatchInfo, is_one: impl Fn(&RecordInfo) -> bool) -> Vec<i32> {
    let mut found = Vec::new();
    records::walk(bytes, info, |r| {
        if is_one(&r) {
            found.push(r.offset_delta);
        }
        true
    });
    found
}

#[cfg(test)]
pub mod testing {
    //! Batches for tests, written by hand.
    use super::*;
    pub(crate) use crate::mock::log::header::seal;

    fn put_varint(out: &mut Vec<u8>, v: i64) {
        let mut z = ((v << 1) ^ (v >> 63)).cast_unsigned();
        while z >= 0x80 {
            out.push((z as u8) | 0x80);
            z >>= 7;
        }
        out.push(z as u8);
    }

    pub fn record(offset_delta: i64, timestamp_delta: i64, value: &[u8]) -> Vec<u8> {
        let mut r = vec![0];
        put_varint(&mut r, timestamp_delta);
        put_varint(&mut r, offset_delta);
        put_varint(&mut r, -1);
        put_varint(&mut r, value.len() as i64);
        r.extend_from_slice(value);
        put_varint(&mut r, 0);
        let mut out = Vec::new();
        put_varint(&mut out, r.len() as i64);
        out.extend_from_slice(&r);
        out
    }

    pub fn from_records(
        records: &[u8],
        count: i32,
        base_ts: i64,
        max_ts: i64,
        pid: (i64, i16, i32),
    ) -> Vec<u8> {
        let mut b = vec![0; CHECKED_FROM];
        b[16] = 2;
        b.extend_from_slice(&0i16.to_be_bytes());
        b.extend_from_slice(&(count - 1).to_be_bytes());
        b.extend_from_slice(&base_ts.to_be_bytes());
        b.extend_from_slice(&max_ts.to_be_bytes());
        b.extend_from_slice(&pid.0.to_be_bytes());
        b.extend_from_slice(&pid.1.to_be_bytes());
        b.extend_from_slice(&pid.2.to_be_bytes());
        b.extend_from_slice(&count.to_be_bytes());
        b.extend_from_slice(records);
        seal(&mut b);
        b
    }

    /// A batch of these values, one millisecond apart, from a producer without an id.
    pub fn batch(values: &[&str], base_ts: i64) -> Vec<u8> {
        idempotent(values, base_ts, (-1, -1, -1))
    }

    pub fn idempotent(values: &[&str], base_ts: i64, pid: (i64, i16, i32)) -> Vec<u8> {
        let mut records = Vec::new();
        for (i, v) in values.iter().enumerate() {
            records.extend(record(i as i64, i as i64, v.as_bytes()));
        }
        from_records(&records, values.len() as i32, base_ts, base_ts + values.len() as i64 - 1, pid)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;
    use crate::compress::{self, Codec};
    use crate::mock::log::header::stamp;

    #[test]
    fn a_good_batch_passes() {
        let b = batch(&["a", "bb", "ccc"], 1000);
        let info = check(&b).unwrap();
        assert_eq!((info.count, info.base_timestamp, info.max_timestamp), (3, 1000, 1002));
        assert!(!info.is_idempotent());
        assert_eq!(first_at_or_after(&b, 1001), Some((1, 1001)));
        assert_eq!(first_at_or_after(&b, 0), Some((0, 1000)));
        assert_eq!(first_at_or_after(&b, 1003), None);
    }

    #[test]
    fn every_single_flipped_byte_under_the_checksum_is_found() {
        let good = batch(&["hello", "world"], 5);
        for i in 16..good.len() {
            let mut bad = good.clone();
            bad[i] ^= 0x10;
            assert!(check(&bad).is_err(), "byte {i}");
        }
    }

    #[test]
    fn every_truncation_is_found() {
        let good = batch(&["hello"], 5);
        for n in 0..good.len() {
            assert!(check(&good[..n]).is_err(), "{n} bytes");
        }
    }

    #[test]
    fn two_batches_are_refused() {
        let mut b = batch(&["a"], 1);
        b.extend(batch(&["b"], 1));
        assert_eq!(check(&b).unwrap_err().code, ErrorCode::INVALID_RECORD);
    }

    #[test]
    fn counts_deltas_and_timestamps_have_to_agree() {
        let none = (-1, -1, -1);
        let two: Vec<u8> = [record(0, 0, b"x"), record(1, 0, b"y")].concat();
        assert!(check(&from_records(&two, 2, 7, 7, none)).is_ok());
        assert_eq!(check(&from_records(&two, 3, 7, 7, none)).unwrap_err().why, "fewer records than counted");
        assert!(check(&from_records(&two, 1, 7, 7, none)).is_err());
        assert!(check(&from_records(&two, 0, 7, 7, none)).is_err());
        let mut wrong_time = from_records(&two, 2, 7, 8, none);
        assert_eq!(check(&wrong_time).unwrap().max_timestamp, 7);
        let info = check(&wrong_time).unwrap();
        stamp(&mut wrong_time, 0, 0, &info);
        assert!(check(&wrong_time).is_ok());
        let skipping: Vec<u8> = [record(0, 0, b"x"), record(2, 0, b"y")].concat();
        assert!(check(&from_records(&skipping, 2, 7, 7, none)).is_err());
        let mut trailing = two.clone();
        trailing.push(0x20);
        assert!(check(&from_records(&trailing, 2, 7, 7, none)).is_err());
    }

    #[test]
    fn compressed_records_are_looked_into() {
        let mut packed = Vec::new();
        let records: Vec<u8> = (0..50).flat_map(|i| record(i, i, b"value value value")).collect();
        compress::Compressor::new().compress(Codec::Lz4, -1, &[&records], &mut packed).unwrap();
        let lz4 = |count, max| {
            let mut b = from_records(&packed, count, 10, max, (-1, -1, -1));
            b[22] = 3;
            seal(&mut b);
            b
        };
        assert!(check(&lz4(50, 59)).is_ok());
        assert_eq!(first_at_or_after(&lz4(50, 59), 40), Some((30, 40)));
        assert_eq!(check(&lz4(51, 59)).unwrap_err().why, "fewer records than counted");
        let mut cut = lz4(50, 59);
        cut.truncate(cut.len() - 6);
        seal(&mut cut);
        assert_eq!(check(&cut).unwrap_err().code, ErrorCode::INVALID_MSG);
    }

    #[test]
    fn append_time_replaces_the_records_times() {
        let mut b = batch(&["a", "b"], 5);
        let info = check(&b).unwrap().appended_at(9000);
        stamp(&mut b, 3, 1, &info);
        assert_eq!(i32_at(&b, 17).unwrap().cast_unsigned(), crc32c::crc32c(&b[CHECKED_FROM..]));
        assert_eq!(first_at_or_after(&b, 8000), Some((0, 9000)));
        assert_eq!(first_at_or_after(&b, 9001), None);
    }

    #[test]
    fn sequence_numbers_wrap() {
        let info = BatchInfo { base_sequence: i32::MAX, count: 3, ..BatchInfo::default() };
        assert_eq!(info.last_sequence(), 1);
    }
}
