//! Message sets (formats 0 and 1): what brokers before Kafka 0.11 are sent. The encoder of one message;
//! reading them is the mock cluster's business.

use super::primitives::Sink;

/// Where the fields of a message stand, counted from its offset.
const SIZE_AT: usize = 8;
const CRC_AT: usize = 12;
const MAGIC_AT: usize = 16;

/// What stands in front of each message: offset and size.
const LOG_OVERHEAD: usize = 8 + 4;

/// What a message of this format holds beside key and value: offset, size, CRC, magic, attributes, in format
/// 1 the timestamp, and the two lengths.
#[must_use]
pub const fn overhead(magic: i8) -> usize {
    LOG_OVERHEAD + 4 + 1 + 1 + timestamp_len(magic) + 4 + 4
}

const fn timestamp_len(magic: i8) -> usize {
    if magic == 0 { 0 } else { 8 }
}

/// What precedes a message's value.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    pub magic: i8,
    pub offset: i64,
    /// The codec, in the outer message of a compressed set.
    pub attributes: u8,
    /// Not in format 0.
    pub timestamp_ms: i64,
    pub key: Option<&'a [u8]>,
    pub value_len: Option<usize>,
}

/// Appends a message up to and including the length of its value; the value follows, and then
/// [`Unsealed::seal`].
pub fn encode_prefix(m: &Message<'_>, out: &mut Vec<u8>) -> Unsealed {
    let start = out.len();
    let key_len = m.key.map_or(0, <[u8]>::len);
    let size = overhead(m.magic) - LOG_OVERHEAD + key_len + m.value_len.unwrap_or(0);
    out.put_i64(m.offset);
    out.put_i32(i32::try_from(size).unwrap_or(i32::MAX));
    out.put_i32(0);
    out.put_i8(m.magic);
    out.put_i8(m.attributes.cast_signed());
    if m.magic != 0 {
        out.put_i64(m.timestamp_ms);
    }
    out.put_i32(length(m.key.map(<[u8]>::len)));
    out.put(m.key.unwrap_or_default());
    out.put_i32(length(m.value_len));
    let mut crc = crc32fast::Hasher::new();
    crc.update(out.get(start + MAGIC_AT..).unwrap_or_default());
    Unsealed { start, crc }
}

/// A nullable length: -1 is null.
fn length(len: Option<usize>) -> i32 {
    len.map_or(-1, |len| i32::try_from(len).unwrap_or(i32::MAX))
}

/// A message without its value and its CRC.
pub struct Unsealed {
    start: usize,
    crc: crc32fast::Hasher,
}

impl Unsealed {
    /// Puts the CRC into its place, now that the value is known; whether the value is in `out` or elsewhere
    /// does not matter.
    pub fn seal(mut self, value: &[u8], out: &mut [u8]) {
        self.crc.update(value);
        put_at(out, self.start + CRC_AT, self.crc.finalize().to_be_bytes());
    }
}

/// Completes a message without a key that was begun by [`encode_prefix`] before the length of its value was
/// known. `message` is the whole of it.
pub fn complete(magic: i8, message: &mut [u8]) {
    let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX).to_be_bytes();
    let value_len = message.len().saturating_sub(overhead(magic));
    put_at(message, SIZE_AT, number(message.len().saturating_sub(LOG_OVERHEAD)));
    put_at(message, overhead(magic) - 4, number(value_len));
    let crc = crc32fast::hash(message.get(MAGIC_AT..).unwrap_or_default());
    put_at(message, CRC_AT, crc.to_be_bytes());
}

fn put_at(bytes: &mut [u8], at: usize, number: [u8; 4]) {
    if let Some(place) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_as_the_protocol_says() {
        let encode = |magic, key: Option<&[u8]>, value: Option<&[u8]>| {
            let mut out = b"before".to_vec();
            let m = Message {
                magic,
                offset: 7,
                attributes: 2,
                timestamp_ms: 0x0102,
                key,
                value_len: value.map(<[u8]>::len),
            };
            let unsealed = encode_prefix(&m, &mut out);
            out.extend_from_slice(value.unwrap_or_default());
            unsealed.seal(value.unwrap_or_default(), &mut out);
            out.split_off(6)
        };
        let v1 = encode(1, Some(b"k"), Some(b"vv"));
        assert_eq!(v1.len(), overhead(1) + 3);
        assert_eq!(v1[..12], [0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 25]);
        assert_eq!(v1[12..16], crc32fast::hash(&v1[16..]).to_be_bytes());
        assert_eq!(v1[16..], *b"\x01\x02\0\0\0\0\0\0\x01\x02\0\0\0\x01k\0\0\0\x02vv");
        let v0 = encode(0, None, None);
        assert_eq!(v0.len(), overhead(0));
        assert_eq!(v0[16..], *b"\0\x02\xff\xff\xff\xff\xff\xff\xff\xff");
        assert_eq!(v0[12..16], crc32fast::hash(&v0[16..]).to_be_bytes());
    }

    #[test]
    fn a_message_may_be_completed_when_its_value_is_known() {
        for magic in [0, 1] {
            let message = |value_len| Message {
                magic,
                offset: 0,
                attributes: 3,
                timestamp_ms: 9,
                key: None,
                value_len: Some(value_len),
            };
            let mut at_once = Vec::new();
            let unsealed = encode_prefix(&message(5), &mut at_once);
            at_once.extend_from_slice(b"value");
            unsealed.seal(b"value", &mut at_once);
            let mut later = Vec::new();
            encode_prefix(&message(0), &mut later);
            later.extend_from_slice(b"value");
            complete(magic, &mut later);
            assert_eq!(later, at_once);
        }
    }
}
