//! Record batches as message sets (magic 0 and 1), for readers that know nothing else: Fetch before 4.
//! As Kafka does it: a compressed batch becomes one compressed message with all its records, of others only
//! those that were asked for are written. Headers are lost, in format 0 timestamps too.

use crate::base::error::ErrorCode;
use crate::compress::{Codec, Compressor, lz4_framing};
use crate::mock::log::header::{
    BatchInfo, CONTROL_BIT, LOG_APPEND_TIME_BIT, UNCOUNTED_LEN, base_offset, i32_at, peek,
};
use crate::mock::log::records;
use crate::protocol::message_set::{Message, complete, encode_prefix};

/// In a message's attributes as in a batch's.
const APPEND_TIME: u8 = LOG_APPEND_TIME_BIT as u8;

/// The message set with the records of whole batches, from the offset `from` on.
///
/// # Errors
/// UNSUPPORTED_COMPRESSION_TYPE for zstd, which message sets do not have.
pub fn to_message_set(mut batches: &[u8], from: i64, magic: i8) -> Result<Vec<u8>, ErrorCode> {
    let mut set = Vec::new();
    while let Some((batch, rest)) = split_first(batches) {
        if let Some(info) = peek(batch).filter(|info| info.attributes & CONTROL_BIT == 0) {
            add_batch(batch, &info, from, magic, &mut set)?;
        }
        batches = rest;
    }
    Ok(set)
}

fn split_first(batches: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = usize::try_from(i32_at(batches, 8)?).ok()?;
    batches.split_at_checked(len.checked_add(UNCOUNTED_LEN)?)
}

fn add_batch(
    batch: &[u8],
    info: &BatchInfo,
    from: i64,
    magic: i8,
    set: &mut Vec<u8>,
) -> Result<(), ErrorCode> {
    let unsupported = ErrorCode::UNSUPPORTED_COMPRESSION_TYPE;
    let codec = u8::try_from(info.codec()).ok().and_then(Codec::from_id);
    let codec = codec.filter(|codec| *codec != Codec::Zstd).ok_or(unsupported)?;
    let base = base_offset(batch);
    if codec == Codec::None {
        return add_messages(batch, info, (base, from), magic, set);
    }
    let mut inner = Vec::new();
    // From format 1 on offsets count from the first message inside.
    let first = if magic == 0 { base } else { 0 };
    add_messages(batch, info, (first, i64::MIN), magic, &mut inner)?;
    let outer = Message {
        magic,
        offset: base.saturating_add(info.last_offset_delta.into()),
        attributes: codec.id() | append_time(info),
        timestamp_ms: info.max_timestamp,
        key: None,
        value_len: Some(0),
    };
    let start = set.len();
    encode_prefix(&outer, set);
    let value_at = set.len();
    Compressor::new().compress(codec, -1, &[&inner], set).map_err(|_| unsupported)?;
    if codec == Codec::Lz4 && magic == 0 {
        lz4_framing::break_checksum(set.get_mut(value_at..).unwrap_or_default());
    }
    complete(magic, set.get_mut(start..).unwrap_or_default());
    Ok(())
}

fn append_time(info: &BatchInfo) -> u8 {
    if info.attributes & LOG_APPEND_TIME_BIT == 0 { 0 } else { APPEND_TIME }
}

/// Appends the records as messages. Offsets count from `base`, and those before `from` are left out.
fn add_messages(
    batch: &[u8],
    info: &BatchInfo,
    (base, from): (i64, i64),
    magic: i8,
    set: &mut Vec<u8>,
) -> Result<(), ErrorCode> {
    let attributes = append_time(info);
    let walked = records::walk_contents(batch, info, |r, key, value| {
        let offset = base.saturating_add(r.offset_delta.into());
        if offset < from {
            return;
        }
        let timestamp_ms = if attributes == APPEND_TIME { info.max_timestamp } else { r.timestamp };
        let value_len = value.map(<[u8]>::len);
        let message = Message { magic, offset, attributes, timestamp_ms, key, value_len };
        let unsealed = encode_prefix(&message, set);
        let value = value.unwrap_or_default();
        set.extend_from_slice(value);
        unsealed.seal(value, set);
    });
    walked.map_err(|_| ErrorCode::INVALID_MSG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::log::batch::check;
    use crate::mock::log::batch::testing::{batch, from_records, record};
    use crate::mock::log::header::{seal, stamp};
    use crate::mock::log::message_set::to_batch;

    /// Two batches of two and three records, at the offsets 5 and 7.
    fn two() -> Vec<u8> {
        let (mut one, mut other) = (batch(&["a", "bb"], 10), batch(&["ccc", "d", "e"], 20));
        let (of_one, of_other) = (check(&one).unwrap(), check(&other).unwrap());
        stamp(&mut one, 5, 0, &of_one);
        stamp(&mut other, 7, 0, &of_other);
        [one, other].concat()
    }

    /// Offset, magic, attributes and timestamp of each message.
    fn messages(mut set: &[u8]) -> Vec<(i64, u8, u8, i64)> {
        let mut found = Vec::new();
        while !set.is_empty() {
            let (message, rest) = split_first(set).unwrap();
            let timestamp =
                if message[16] == 0 { -1 } else { i64::from_be_bytes(message[18..26].try_into().unwrap()) };
            found.push((base_offset(message), message[16], message[17], timestamp));
            set = rest;
        }
        found
    }

    #[test]
    fn plain_records_are_written_from_the_offset_that_was_asked_for() {
        let set = to_message_set(&two(), 6, 1).unwrap();
        assert_eq!(messages(&set), [(6, 1, 0, 11), (7, 1, 0, 20), (8, 1, 0, 21), (9, 1, 0, 22)]);
        let set = to_message_set(&two(), 9, 0).unwrap();
        assert_eq!(messages(&set), [(9, 0, 0, -1)]);
        // The mock's own reader of message sets, which checks sums and lengths, agrees.
        let again = to_batch(&to_message_set(&two(), 5, 1).unwrap()).unwrap();
        assert_eq!(check(&again).unwrap().count, 5);
    }

    fn packed(codec: Codec) -> Vec<u8> {
        let records: Vec<u8> = (0..50).flat_map(|i| record(i, i, b"value value value")).collect();
        let mut compressed = Vec::new();
        Compressor::new().compress(codec, -1, &[&records], &mut compressed).unwrap();
        let mut made = from_records(&compressed, 50, 10, 59, (-1, -1, -1));
        made[22] = codec.id();
        seal(&mut made);
        let info = check(&made).unwrap();
        stamp(&mut made, 100, 0, &info);
        made
    }

    #[test]
    fn a_compressed_batch_becomes_one_compressed_message() {
        for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4] {
            for magic in [0, 1] {
                let set = to_message_set(&packed(codec), 120, magic).unwrap();
                let timestamp = if magic == 0 { -1 } else { 59 };
                assert_eq!(messages(&set), [(149, magic as u8, codec.id(), timestamp)]);
                assert_eq!(check(&to_batch(&set).unwrap()).unwrap().count, 50);
            }
        }
        assert_eq!(to_message_set(&packed(Codec::Zstd), 0, 1), Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE));
    }

    #[test]
    fn control_batches_are_left_out_and_the_brokers_time_is_kept() {
        let (marker, _) = crate::mock::log::batch::marker(1, 0, true, 7);
        assert!(to_message_set(&marker, 0, 1).unwrap().is_empty());
        let mut stamped = batch(&["a"], 10);
        let info = check(&stamped).unwrap().appended_at(99);
        stamp(&mut stamped, 3, 0, &info);
        assert_eq!(messages(&to_message_set(&stamped, 0, 1).unwrap()), [(3, 1, APPEND_TIME, 99)]);
    }
}
