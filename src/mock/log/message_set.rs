//! Message sets (magic 0 and 1), what producers sent before record batches: turned into one record batch, as
//! Kafka has done since 3.0.
//!
//! Deviation from Kafka: the batch is not compressed again.

use crate::base::error::ErrorCode;
use crate::compress::{self, Codec, lz4_framing};
use crate::mock::log::batch::Refusal;
use crate::mock::log::header;
use std::borrow::Cow;

/// A few bytes must not become gigabytes.
const MAX_DECOMPRESSED: usize = 64 << 20;
const CODEC_MASK: u8 = 0x07;

struct Message<'a> {
    magic: u8,
    timestamp: i64,
    codec: u8,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
}

fn refuse(why: &'static str) -> Refusal {
    Refusal { code: ErrorCode::INVALID_MSG, why }
}

/// The record batch with the same records.
///
/// # Errors
/// When the message set is malformed, empty, or cannot be decompressed.
pub fn to_batch(set: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut records = Records::default();
    each(set, |message| {
        if message.codec == 0 {
            return records.add(&message);
        }
        let codec = Codec::from_id(message.codec).filter(|c| *c != Codec::Zstd);
        let codec = codec.ok_or(Refusal {
            code: ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            why: "unknown codec in a message set",
        })?;
        let inner = decompress(codec, &message)?;
        each(
            &inner,
            |nested| {
                if nested.codec == 0 { records.add(&nested) } else { Err(refuse("compressed twice")) }
            },
        )
    })?;
    records.into_batch()
}

fn decompress(codec: Codec, message: &Message<'_>) -> Result<Vec<u8>, Refusal> {
    let mut value = Cow::Borrowed(message.value.unwrap_or_default());
    if codec == Codec::Lz4 && message.magic == 0 {
        // Kafka reads these with any checksum (KIP-57), and clients write a wrong one.
        lz4_framing::mend_checksum(value.to_mut());
    }
    let mut inner = Vec::new();
    compress::decompress(codec, &value, MAX_DECOMPRESSED, &mut inner)
        .map_err(|_| refuse("message set cannot be decompressed"))?;
    Ok(inner)
}

fn each<'a>(
    mut set: &'a [u8],
    mut visit: impl FnMut(Message<'a>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    while !set.is_empty() {
        visit(next_message(&mut set)?)?;
    }
    Ok(())
}

fn next_message<'a>(set: &mut &'a [u8]) -> Result<Message<'a>, Refusal> {
    let short = || refuse("message set is cut off");
    let _offset: [u8; 8] = take(set).ok_or_else(short)?;
    let mut rest = take_sized(set).ok_or_else(short)?.ok_or_else(short)?;
    let crc: [u8; 4] = take(&mut rest).ok_or_else(short)?;
    if rest.first().is_some_and(|magic| *magic > 1) {
        return Err(Refusal { code: ErrorCode::INVALID_RECORD, why: "magic is neither 0 nor 1" });
    }
    if crc32fast::hash(rest) != u32::from_be_bytes(crc) {
        return Err(refuse("checksum mismatch"));
    }
    let [magic, attributes] = take(&mut rest).ok_or_else(short)?;
    let timestamp = match magic {
        0 => -1,
        _ => i64::from_be_bytes(take(&mut rest).ok_or_else(short)?),
    };
    let key = take_sized(&mut rest).ok_or_else(short)?;
    let value = take_sized(&mut rest).ok_or_else(short)?;
    if !rest.is_empty() {
        return Err(refuse("message is longer than its fields"));
    }
    Ok(Message { magic, timestamp, codec: attributes & CODEC_MASK, key, value })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk()?;
    *bytes = tail;
    Some(*head)
}

/// Bytes behind their length; inner `None`: null.
#[allow(clippy::option_option)] // Cut off, null and there are three things.
fn take_sized<'a>(bytes: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let length = i32::from_be_bytes(take(bytes)?);
    if length == -1 {
        return Some(None);
    }
    let (head, tail) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = tail;
    Some(Some(head))
}

/// Records of a batch in the making.
#[derive(Default)]
struct Records {
    bytes: Vec<u8>,
    one: Vec<u8>,
    count: i32,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl Records {
    fn add(&mut self, message: &Message<'_>) -> Result<(), Refusal> {
        if self.count == 0 {
            (self.base_timestamp, self.max_timestamp) = (message.timestamp, message.timestamp);
        }
        self.max_timestamp = self.max_timestamp.max(message.timestamp);
        let one = &mut self.one;
        one.clear();
        one.push(0);
        put_varint(one, message.timestamp.wrapping_sub(self.base_timestamp));
        put_varint(one, self.count.into());
        put_bytes(one, message.key);
        put_bytes(one, message.value);
        one.push(0);
        put_varint(&mut self.bytes, i64::try_from(one.len()).unwrap_or(i64::MAX));
        self.bytes.extend_from_slice(one);
        self.count = self.count.checked_add(1).ok_or_else(|| refuse("too many messages"))?;
        Ok(())
    }

    fn into_batch(self) -> Result<Vec<u8>, Refusal> {
        if self.count == 0 {
            return Err(refuse("empty message set"));
        }
        let mut out = vec![0; header::CHECKED_FROM];
        out.extend_from_slice(&0i16.to_be_bytes());
        out.extend_from_slice(&(self.count - 1).to_be_bytes());
        out.extend_from_slice(&self.base_timestamp.to_be_bytes());
        out.extend_from_slice(&self.max_timestamp.to_be_bytes());
        // No producer id, epoch or sequence.
        out.extend_from_slice(&[0xff; 8 + 2 + 4]);
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&self.bytes);
        header::seal(&mut out);
        Ok(out)
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    put_varint(out, bytes.map_or(-1, |b| i64::try_from(b.len()).unwrap_or(i64::MAX)));
    out.extend_from_slice(bytes.unwrap_or_default());
}

fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut z = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while z >= 0x80 {
        out.push((z & 0x7f) as u8 | 0x80);
        z >>= 7;
    }
    out.push(z as u8);
}

#[cfg(test)]
pub(in crate::mock) mod testing {
    //! Message sets for tests, written by hand.

    pub fn message(magic: u8, attributes: u8, timestamp: i64, key: Option<&[u8]>, value: &[u8]) -> Vec<u8> {
        let mut body = vec![magic, attributes];
        if magic == 1 {
            body.extend(timestamp.to_be_bytes());
        }
        body.extend(key.map_or(-1, |k| k.len() as i32).to_be_bytes());
        body.extend(key.unwrap_or_default());
        body.extend((value.len() as i32).to_be_bytes());
        body.extend(value);
        let mut out = 0i64.to_be_bytes().to_vec();
        out.extend((body.len() as i32 + 4).to_be_bytes());
        out.extend(crc32fast::hash(&body).to_be_bytes());
        out.extend(body);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::testing::message;
    use super::*;
    use crate::mock::log::batch;

    #[test]
    fn both_magics_become_sound_batches() {
        for (magic, timestamps) in [(0, (-1, -1)), (1, (5, 9))] {
            let set =
                [message(magic, 0, 5, Some(b"k"), b"v"), message(magic, 0, 9, None, b"longer")].concat();
            let made = to_batch(&set).unwrap();
            let info = batch::check(&made).unwrap();
            assert_eq!(
                (info.count, info.base_timestamp, info.max_timestamp),
                (2, timestamps.0, timestamps.1)
            );
            assert!(made.windows(6).any(|w| w == b"longer"));
        }
    }

    #[test]
    fn compressed_sets_are_unpacked() {
        let inner = [message(1, 0, 5, None, b"a"), message(1, 0, 6, None, b"b")].concat();
        let mut packed = Vec::new();
        compress::Compressor::new().compress(Codec::Lz4, -1, &[&inner], &mut packed).unwrap();
        let made = to_batch(&message(1, 3, 6, None, &packed)).unwrap();
        assert_eq!(batch::check(&made).unwrap().count, 2);
        // A frame with the checksum of Kafka before 0.10: only in format 0.
        lz4_framing::break_checksum(&mut packed);
        assert!(to_batch(&message(1, 3, 6, None, &packed)).is_err());
        let inner = [message(0, 0, 0, None, b"a"), message(0, 0, 0, None, b"b")].concat();
        let mut old = Vec::new();
        compress::Compressor::new().compress(Codec::Lz4, -1, &[&inner], &mut old).unwrap();
        lz4_framing::break_checksum(&mut old);
        assert_eq!(batch::check(&to_batch(&message(0, 3, 0, None, &old)).unwrap()).unwrap().count, 2);
        packed.truncate(packed.len() / 2);
        assert!(to_batch(&message(1, 3, 6, None, &packed)).is_err());
        assert_eq!(to_batch(&message(1, 4, 6, None, b"")).unwrap_err().code.0, 76);
    }

    #[test]
    fn damage_is_found() {
        let good = message(1, 0, 5, Some(b"k"), b"value");
        for i in 8..good.len() {
            let mut bad = good.clone();
            bad[i] ^= 0x10;
            assert!(to_batch(&bad).is_err(), "byte {i}");
            assert!(to_batch(&good[..i]).is_err(), "cut at {i}");
        }
        assert!(to_batch(b"").is_err());
    }
}
