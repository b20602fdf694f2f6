//! In which form messages go to a broker: version of the ProduceRequest, format of the messages, codecs. It
//! depends on how old the broker is, and with it depends how many messages a batch may have.

use crate::compress::Codec;
use crate::producer::store::MessageView;
use crate::protocol::api_key::{ApiKey, flexible};
use crate::protocol::message_set;
use crate::protocol::primitives::base128_len;
use crate::protocol::record_batch as rb;
use std::ops::RangeInclusive;

/// The formats of messages, with Kafka's numbers (the "magic byte").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i8)]
pub enum Magic {
    /// Message sets, up to Kafka 0.9.
    V0 = 0,
    /// Message sets with timestamps and relative offsets, Kafka 0.10 (KIP-31, KIP-32).
    V1 = 1,
    /// Record batches, since Kafka 0.11 (KIP-98).
    V2 = 2,
}

impl Magic {
    #[must_use]
    pub const fn number(self) -> i8 {
        self as i8
    }

    /// What a message costs at most beside key, value and headers. librdkafka asks for that much space
    /// before it adds a message to a batch, so batches end where its users expect them.
    #[must_use]
    pub const fn max_overhead(self) -> usize {
        match self {
            Self::V0 => message_set::overhead(0),
            Self::V1 => message_set::overhead(1),
            // Five varints of 32 bits, one of 64 bits, and the attributes.
            Self::V2 => rb::RECORD_MAX_OVERHEAD,
        }
    }

    /// The most that a message may come to.
    #[must_use]
    pub fn max_len(self, m: &MessageView<'_>) -> usize {
        let bytes = m.bytes() + self.max_overhead();
        match m.headers() {
            None => bytes,
            Some(headers) if self < Self::V2 => bytes - headers.len(),
            // The number of headers is in the overhead.
            Some(headers) => bytes - headers.iter().position(|b| b & 0x80 == 0).map_or(0, |at| at + 1),
        }
    }

    /// What a message comes to as the one with this index in a batch that begins at `base_timestamp`.
    #[must_use]
    pub fn exact_len(self, m: &MessageView<'_>, index: usize, base_timestamp: i64) -> usize {
        match self {
            Self::V0 | Self::V1 => self.max_len(m),
            Self::V2 => rb::record_len(rb::record_body_len(
                i32::try_from(index).unwrap_or(i32::MAX),
                m.timestamp_ms().wrapping_sub(base_timestamp),
                m.key().map(<[u8]>::len),
                m.value().map(<[u8]>::len),
                rb::headers_len(m.headers()),
            )),
        }
    }
}

/// How to produce to one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProduceFormat {
    /// Of the ProduceRequest.
    pub version: i16,
    pub magic: Magic,
    /// Codecs that not every broker knows.
    pub lz4: bool,
    pub zstd: bool,
}

impl ProduceFormat {
    /// Record batches to a broker of today.
    #[must_use]
    pub const fn newest(version: i16) -> Self {
        Self { version, magic: Magic::V2, lz4: true, zstd: version >= ZSTD_MIN_VERSION }
    }

    /// The codec, or none if the broker does not know it.
    #[must_use]
    pub fn codec(&self, wanted: Codec) -> Codec {
        match wanted {
            Codec::Lz4 if !self.lz4 => Codec::None,
            Codec::Zstd if !self.zstd || self.version < ZSTD_MIN_VERSION => Codec::None,
            codec => codec,
        }
    }

    /// What a ProduceRequest for one partition holds before its first message, as librdkafka counts it
    /// against `message.max.bytes`: the length of the records has four bytes there also in versions where it
    /// will have fewer.
    #[must_use]
    pub fn request_overhead(&self, client_id: &str, transactional_id: Option<&str>, topic: &str) -> usize {
        let flexible = flexible(ApiKey::Produce, self.version);
        let text = |len: usize| if flexible { base128_len(len as u64 + 1) + len } else { 2 + len };
        let count = if flexible { 1 } else { 4 };
        let header = 4 + 2 + 2 + 4 + 2 + client_id.len() + usize::from(flexible);
        let transaction = match transactional_id {
            _ if self.version < TRANSACTIONAL_ID_MIN_VERSION => 0,
            None => text(0),
            Some(id) => text(id.len()),
        };
        let acks_and_timeout = 2 + 4;
        let batch = if self.magic == Magic::V2 { rb::HEADER_LEN } else { 0 };
        header + transaction + acks_and_timeout + count + text(topic.len()) + count + 4 + 4 + batch
    }
}

/// The ProduceRequests that can carry messages of a format.
#[must_use]
pub fn produce_versions(magic: Magic, newest: i16) -> RangeInclusive<i16> {
    match magic {
        Magic::V0 => 0..=newest,
        Magic::V1 => 2..=newest,
        Magic::V2 => 3..=newest,
    }
}

/// zstd came with this version of Produce (KIP-110).
const ZSTD_MIN_VERSION: i16 = 7;
const TRANSACTIONAL_ID_MIN_VERSION: i16 = 3;
