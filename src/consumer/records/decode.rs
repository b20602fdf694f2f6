//! Batches that have to be decompressed or checked before their records can be read.

use super::buffer::Buffer;
use super::context::ShareContext;
use super::fault::Fault;
use super::message_set::{self, Outer};
use super::outline::{Kind, MessageHeader, Outline};
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};
use crate::compress::{self, Codec, lz4_framing};
use crate::protocol::record_batch::{ATTRIBUTES_AT, BatchHeader, HEADER_LEN};

/// So many times its size a compressed batch has, more or less.
const USUAL_RATIO: usize = 3;

/// What has come of a batch.
#[derive(Debug)]
pub(super) enum Decoded {
    /// The records stand in the batch as they are.
    Plain,
    /// The records, decompressed.
    Records(Arc<Buffer>),
    /// The messages inside of a compressed message, and how they are numbered.
    Messages(Arc<Buffer>, Outer),
    Fault(Fault),
}

/// A batch, and what has come of it.
pub(super) struct Parcel {
    at: usize,
    outline: Outline,
    /// Set once the work is done, so that nobody needs to wait for the lock to find out that it is not.
    done: AtomicBool,
    /// Held by whoever does the work.
    decoded: Mutex<Option<Decoded>>,
}

impl Parcel {
    pub(super) fn new(at: usize, outline: Outline) -> Self {
        Self { at, outline, done: AtomicBool::new(false), decoded: Mutex::new(Rank::FetchedBatch, None) }
    }

    pub(super) fn is_decoded(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    pub(super) fn decode(&self, buffer: &Buffer, context: &ShareContext) {
        let mut decoded = self.decoded.lock();
        if !self.is_decoded() {
            let whole = buffer.unread(self.at..self.at + self.outline.len);
            *decoded = Some(decode(whole, &self.outline, context).unwrap_or_else(Decoded::Fault));
            self.done.store(true, Ordering::Release);
        }
    }

    pub(super) fn take(&self) -> Decoded {
        self.decoded.lock().take().unwrap_or(Decoded::Plain)
    }
}

fn decode(whole: &[u8], outline: &Outline, context: &ShareContext) -> Result<Decoded, Fault> {
    match &outline.kind {
        Kind::Batch(header) => batch(whole, header, context),
        Kind::Message(header) => message(whole, header, context),
        Kind::Unknown { .. } | Kind::TooShort => Ok(Decoded::Plain),
    }
}

fn batch(whole: &[u8], header: &BatchHeader, context: &ShareContext) -> Result<Decoded, Fault> {
    let offset = header.base_offset;
    if context.check_crcs {
        let computed = crc_fast::crc32_iscsi(whole.get(ATTRIBUTES_AT..).unwrap_or_default());
        if computed != header.crc {
            return Err(Fault::batch_crc(offset, header.batch_length, header.crc, computed));
        }
    }
    let stored = whole.get(HEADER_LEN..).unwrap_or_default();
    match header.codec() {
        Some(Codec::None) => Ok(Decoded::Plain),
        Some(codec) => {
            let records = decompress(codec, stored, offset, context)?;
            Ok(Decoded::Records(Arc::new(Buffer::new(records, &context.pool))))
        }
        None => Err(Fault::codec(offset, header.codec_id(), stored.len())),
    }
}

fn message(whole: &[u8], header: &MessageHeader, context: &ShareContext) -> Result<Decoded, Fault> {
    let offset = header.offset;
    if context.check_crcs {
        check_message(whole, header)?;
    }
    let value = message_set::value(whole, header)
        .map_err(|malformed| Fault::malformed(offset, malformed.0))?
        .unwrap_or_default();
    let Some(codec) = Codec::from_id(header.codec_id()) else {
        return Err(Fault::codec(offset, header.codec_id(), value.len()));
    };
    let inner = if codec == Codec::Lz4 && header.magic == 0 {
        let mut frame = value.to_vec();
        lz4_framing::mend_checksum(&mut frame);
        decompress(codec, &frame, offset, context)?
    } else {
        decompress(codec, value, offset, context)?
    };
    let outer = Outer::of(header, &inner);
    Ok(Decoded::Messages(Arc::new(Buffer::new(inner, &context.pool)), outer))
}

/// Checks the CRC of one message.
pub(super) fn check_message(whole: &[u8], header: &MessageHeader) -> Result<(), Fault> {
    let computed = message_set::computed_crc(whole);
    if computed == header.crc {
        return Ok(());
    }
    Err(Fault::message_crc(header.offset, header.size, header.crc, computed))
}

fn decompress(codec: Codec, input: &[u8], offset: i64, context: &ShareContext) -> Result<Vec<u8>, Fault> {
    let mut out = context.pool.take(input.len().saturating_mul(USUAL_RATIO));
    compress::decompress(codec, input, context.max_decompressed, &mut out)
        .map_err(|error| Fault::corrupt(offset, codec.id(), input.len(), error))?;
    Ok(out)
}
