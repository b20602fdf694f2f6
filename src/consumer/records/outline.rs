//! What stands at a place in fetched bytes, by its header alone: a record batch, or a message of an older
//! format, which may hold others.

use crate::compress::Codec;
use crate::protocol::message_set;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::record_batch::{self, BatchHeader, HEADER_LEN, LOG_OVERHEAD, MAGIC_AT};

/// Attributes of a message of format 1 or of a batch: the broker has set the timestamp.
const LOG_APPEND_TIME: i8 = 0x08;
const CODEC_MASK: i8 = 0x07;

/// A message of format 0 or 1, without its key and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MessageHeader {
    pub(super) offset: i64,
    /// Of everything behind the size itself.
    pub(super) size: i32,
    pub(super) crc: u32,
    pub(super) magic: i8,
    pub(super) attributes: i8,
    /// -1 in format 0.
    pub(super) timestamp: i64,
}

impl MessageHeader {
    /// Where the key begins, from the message's offset on.
    pub(super) fn len(&self) -> usize {
        message_set::overhead(self.magic) - 8
    }

    pub(super) fn codec_id(&self) -> u8 {
        (self.attributes & CODEC_MASK).cast_unsigned()
    }

    pub(super) fn is_compressed(&self) -> bool {
        self.codec_id() != Codec::None.id()
    }

    pub(super) fn is_log_append_time(&self) -> bool {
        self.magic > 0 && self.attributes & LOG_APPEND_TIME != 0
    }

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        let mut header = Self {
            offset: r.i64()?,
            size: r.i32()?,
            crc: r.u32()?,
            magic: r.i8()?,
            attributes: r.i8()?,
            timestamp: -1,
        };
        if header.magic > 0 {
            header.timestamp = r.i64()?;
        }
        Ok(header)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Batch(BatchHeader),
    Message(MessageHeader),
    /// Of a format that came after this library.
    Unknown {
        magic: i8,
    },
    /// Shorter than its own header, by its own word.
    TooShort,
}

/// One batch or message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outline {
    pub(super) kind: Kind,
    /// The first offset in a batch; in a message that holds others their last one.
    pub(super) offset: i64,
    /// How many bytes it takes.
    pub(super) len: usize,
}

impl Outline {
    /// What stands at the front of `bytes`; `None` if it is cut off, or nothing that could be measured.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let offset = r.i64().ok()?;
        let Ok(size) = usize::try_from(r.i32().ok()?) else {
            // Where it ends cannot be known.
            return Some(Self { kind: Kind::TooShort, offset, len: bytes.len() });
        };
        let len = size.checked_add(LOG_OVERHEAD)?;
        let whole = bytes.get(..len)?;
        let kind = match whole.get(MAGIC_AT).map(|magic| magic.cast_signed()) {
            Some(record_batch::MAGIC) if len >= HEADER_LEN => {
                BatchHeader::parse(whole).map_or(Kind::TooShort, Kind::Batch)
            }
            Some(magic @ 0..=1) if len >= message_set::overhead(magic) => {
                MessageHeader::read(whole).map_or(Kind::TooShort, Kind::Message)
            }
            Some(0..=2) | None => Kind::TooShort,
            Some(magic) => Kind::Unknown { magic },
        };
        Some(Self { kind, offset, len })
    }

    /// The offset behind it.
    pub(super) fn next_offset(&self) -> i64 {
        let last = match &self.kind {
            Kind::Batch(header) => self.offset.saturating_add(header.last_offset_delta.max(0).into()),
            _ => self.offset,
        };
        last.saturating_add(1)
    }

    /// The leader epoch; -1 if there is none.
    pub(super) fn leader_epoch(&self) -> i32 {
        match &self.kind {
            Kind::Batch(header) => header.partition_leader_epoch,
            _ => -1,
        }
    }

    /// Whether it is the end of a transaction, and nothing else.
    pub(super) fn is_control(&self) -> bool {
        matches!(&self.kind, Kind::Batch(header) if header.is_control())
    }

    /// Whether it has to be looked at as a whole before its records can be read.
    pub(super) fn needs_decoding(&self, check_crcs: bool) -> bool {
        match &self.kind {
            Kind::Batch(header) => check_crcs || header.codec_id() != Codec::None.id(),
            Kind::Message(header) => header.is_compressed(),
            Kind::Unknown { .. } | Kind::TooShort => false,
        }
    }
}
