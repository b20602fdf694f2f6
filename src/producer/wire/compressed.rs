//! Compressed batches, each written into one buffer: by the thread that writes the request, or by a helper
//! ahead of it.

use super::message_set;
use super::records::{copy_value, records};
use crate::compress::{Codec, Compressor};
use crate::producer::batch::Batch;
use crate::producer::format::{Magic, ProduceFormat};
use crate::protocol::record_batch as rb;

/// What all batches of a request have in common.
#[derive(Clone, Copy, Debug)]
pub struct BatchForm {
    pub format: ProduceFormat,
    /// The batches are part of a transaction.
    pub transactional: bool,
}

impl BatchForm {
    /// The codec that a batch is compressed with.
    pub(super) fn codec(&self, batch: &Batch) -> Codec {
        self.format.codec(batch.partition.topic().settings.compression)
    }
}

/// What the records of a batch came to by compression; `None` if the format has no use for that.
pub(super) type Shrunk = Option<(usize, usize)>;

/// Has the partition know what to expect of its next batch.
pub(super) fn learn(batch: &Batch, shrunk: Shrunk) {
    if let Some((from, to)) = shrunk {
        batch.partition.learn_compression(from, to);
    }
}

/// Compresses batches, reusing buffers and codec state. One per thread that does so.
#[derive(Default)]
pub struct BatchCompressor {
    codecs: Compressor,
    records: Vec<u8>,
}

impl BatchCompressor {
    /// Appends a batch that has a codec, from its header to its last byte.
    pub(super) fn write(&mut self, form: &BatchForm, batch: &Batch, buf: &mut Vec<u8>) -> Shrunk {
        let codec = form.codec(batch);
        match form.format.magic {
            Magic::V2 => Some(self.record_batch(codec, form.transactional, batch, buf)),
            magic => {
                self.message_set(magic, codec, batch, buf);
                None
            }
        }
    }

    fn record_batch(
        &mut self,
        codec: Codec,
        transactional: bool,
        batch: &Batch,
        buf: &mut Vec<u8>,
    ) -> (usize, usize) {
        self.records.clear();
        let mut header = records(batch, &mut self.records, &mut copy_value);
        let start = buf.len();
        buf.extend_from_slice(&[0; rb::HEADER_LEN]);
        let at = buf.len();
        let level = batch.partition.topic().settings.compression_level;
        let done = self.codecs.compress(codec, level, &[&self.records], buf);
        if done.is_ok() && buf.len() - at <= self.records.len() {
            header.attributes |= i16::from(codec.id());
        } else {
            // Compression that makes it longer costs everybody for nothing.
            buf.truncate(at);
            buf.extend_from_slice(&self.records);
        }
        if transactional {
            header.attributes |= rb::ATTRIBUTE_TRANSACTIONAL;
        }
        let shrunk = (self.records.len(), buf.len() - at);
        header.seal_in_place(buf.get_mut(start..).unwrap_or_default());
        shrunk
    }

    /// For brokers before Kafka 0.11.
    fn message_set(&mut self, magic: Magic, codec: Codec, batch: &Batch, buf: &mut Vec<u8>) {
        self.records.clear();
        message_set::messages(batch, magic, &mut self.records, &mut copy_value);
        let compression = message_set::Compression {
            magic,
            codec,
            level: batch.partition.topic().settings.compression_level,
            timestamp_ms: batch.runs.first().map_or(0, |r| r.get(0).timestamp_ms()),
        };
        if !message_set::wrapped(&compression, &self.records, &mut self.codecs, buf) {
            buf.extend_from_slice(&self.records);
        }
    }

    /// Lets go of the buffer that is kept for reuse; codecs stay.
    pub(super) fn trim(&mut self) {
        self.records = Vec::new();
    }
}
