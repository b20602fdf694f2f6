//! Writes the messages of a batch as a message set (formats 0 and 1), for brokers before Kafka 0.11. Headers
//! have no place there and are left out, as are timestamps in format 0: librdkafka does the same.

use super::records::PlaceValue;
use crate::compress::{Codec, Compressor, lz4_framing};
use crate::producer::batch::Batch;
use crate::producer::format::Magic;
use crate::protocol::message_set::{Message, complete, encode_prefix};

/// Appends all messages of a batch, their offsets counted from 0; `place` places each value.
pub(super) fn messages(batch: &Batch, magic: Magic, out: &mut Vec<u8>, place: &mut PlaceValue<'_>) {
    let mut offset = 0;
    for (r, run) in batch.runs.iter().enumerate() {
        for (i, m) in run.iter().enumerate() {
            let value = m.value();
            let message = Message {
                magic: magic.number(),
                offset,
                attributes: 0,
                timestamp_ms: m.timestamp_ms(),
                key: m.key(),
                value_len: value.map(<[u8]>::len),
            };
            let unsealed = encode_prefix(&message, out);
            // Sealed first: a value that stays where it is ends what may be written to at this place.
            unsealed.seal(value.unwrap_or_default(), out);
            if let Some(value) = value {
                place(out, r, i, value);
            }
            offset += 1;
        }
    }
}

/// How a message set is compressed.
#[derive(Clone, Copy)]
pub(super) struct Compression {
    pub magic: Magic,
    pub codec: Codec,
    pub level: i32,
    /// Of the first message.
    pub timestamp_ms: i64,
}

/// Appends a message whose value is the compressed set. Returns whether compression gained anything; if not,
/// nothing is appended.
pub(super) fn wrapped(c: &Compression, set: &[u8], compressor: &mut Compressor, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let outer = Message {
        magic: c.magic.number(),
        offset: 0,
        attributes: c.codec.id(),
        timestamp_ms: c.timestamp_ms,
        key: None,
        value_len: Some(0),
    };
    encode_prefix(&outer, out);
    let value_at = out.len();
    let done = compressor.compress(c.codec, c.level, &[set], out);
    if done.is_err() || out.len() - value_at > set.len() {
        out.truncate(start);
        return false;
    }
    if c.codec == Codec::Lz4 && c.magic == Magic::V0 {
        lz4_framing::break_checksum(out.get_mut(value_at..).unwrap_or_default());
    }
    complete(c.magic.number(), out.get_mut(start..).unwrap_or_default());
    true
}

#[cfg(test)]
mod tests;
