//! Writes ProduceRequests straight from the message store: one pass over the slots, small values copied in,
//! large ones left where they are and sent as segments of the same sendmsg.

use super::compressed::{BatchCompressor, BatchForm, learn};
use super::encode_queue::Overflow;
use super::frame::{Part, Piece, piece_len, same_topic};
use super::message_set;
use super::records::{PlaceValue, records};
use super::side_by_side::{Helpers, compress_ahead};
use super::size;
use crate::compress::Codec;
use crate::producer::batch::Batch;
use crate::producer::format::Magic;
use crate::protocol::produce as wire;
use crate::protocol::record_batch::{self as rb, BatchHeader};
use std::ops::Range;

pub use super::encode_queue::EncodeQueue;
pub use super::frame::{Frame, RequestHead};

/// Values from this size on are not copied into the request.
pub const SEGMENT_MIN: usize = 4096;

/// Buffers that are kept for reuse, and the largest one worth keeping.
const MAX_SPARE: usize = 4;
const MAX_SPARE_BYTES: usize = 4 << 20;

/// What a request holds around its batches and a batch around its records, about: names, lengths, numbers.
const AROUND_REQUEST: usize = 256;
const AROUND_BATCH: usize = 32;
/// Sizes are expected to be this much of what is estimated from keys, values and headers.
const MIN_SLACK_PERCENT: usize = 105;
const MAX_SLACK_PERCENT: usize = 200;

/// Encodes requests, reusing buffers and codec state. One per broker.
#[derive(Default)]
pub struct Writer {
    compressor: BatchCompressor,
    /// The encoded batches of the frame that is being written, and their pieces.
    parts: Vec<Part>,
    pieces: Vec<Piece>,
    /// What stands in front of a batch.
    lead: Vec<u8>,
    /// Empty frames with memory to use again.
    spare: Vec<Frame>,
    /// Empty buffers for what is compressed ahead.
    spare_ahead: Vec<Vec<u8>>,
    /// Frames whose buffer had to grow, and what is added to their expected size for it.
    grown: u64,
    slack_percent: usize,
}

impl Writer {
    /// Has `helpers` compress batches of a pass, if that is worth it, and makes a queue for each request.
    pub fn prepare(
        &mut self,
        form: BatchForm,
        requests: Vec<Vec<Batch>>,
        helpers: &dyn Helpers,
    ) -> Vec<EncodeQueue> {
        compress_ahead(form, requests, helpers, &mut self.compressor, &mut self.spare_ahead)
    }

    /// Encodes a ProduceRequest of as many batches as fit into `limit` bytes, at least one, and says which
    /// these are. The rest stays for the next one.
    ///
    /// The frame's buffer holds the partitions as they travel, and behind them what stands around topics,
    /// where numbers are known only at the end; the pieces put these in order.
    pub fn produce(
        &mut self,
        head: &RequestHead<'_>,
        queue: &mut EncodeQueue,
        limit: usize,
    ) -> (Frame, Vec<Batch>) {
        let mut frame = self.spare.pop().unwrap_or_default();
        self.parts.clear();
        self.pieces.clear();
        let form = BatchForm { format: head.format, transactional: head.transactional_id.is_some() };
        let EncodeQueue { batches, encoded } = &mut *queue;
        let expected = self.expected_size(batches, limit);
        frame.buf.reserve(expected);
        let v = head.format.version;
        let mut used = size::request_size(v, head.client_id, head.transactional_id, batches.len());
        for (i, batch) in batches.iter().enumerate() {
            let (start, first) = (frame.buf.len(), self.pieces.len());
            let guess = encoded.next_len().unwrap_or_else(|| expected_len(batch));
            let lead = size::partition_lead(v, guess);
            frame.buf.resize(start + lead, 0);
            if !encoded.paste_next(batch, &mut frame.buf, &mut self.pieces, &mut self.spare_ahead) {
                self.batch(&form, batch, i, &mut frame.buf);
            }
            let pieces = self.pieces.get(first..).unwrap_or_default();
            let len: usize = pieces.iter().map(|p| piece_len(p, batch)).sum();
            let topic_begins =
                i.checked_sub(1).and_then(|n| batches.get(n)).is_none_or(|b| !same_topic(b, batch));
            let mut more = len + size::partition_size(v, len);
            if topic_begins {
                let name = &batch.partition.topic().name;
                more += size::topic_size(v, name, batches.len());
            }
            if i > 0 && used + more > limit {
                encoded.put_back(Overflow::cut(&mut frame.buf, start + lead, &mut self.pieces, first, len));
                frame.buf.truncate(start);
                break;
            }
            used += more;
            let around =
                self.enclose(v, batch.partition.id(), start..start + lead, first, len, &mut frame.buf);
            self.parts.push(Part { pieces: first..self.pieces.len(), len, around });
        }
        let batches = queue.take(self.parts.len());
        frame.assemble(head, &batches, &self.parts, &self.pieces);
        self.adapt_slack(frame.buf.len() > expected);
        (frame, batches)
    }

    /// Writes what stands around a batch of `len` bytes, whose pieces begin at `first`, and returns how much
    /// that is. The space that was left for what stands in front may have been guessed wrong.
    fn enclose(
        &mut self,
        version: i16,
        partition: i32,
        space: Range<usize>,
        first: usize,
        len: usize,
        buf: &mut Vec<u8>,
    ) -> usize {
        self.lead.clear();
        wire::write_partition_start(version, partition, &mut self.lead);
        wire::write_records_len(version, len, &mut self.lead);
        let pieces = self.pieces.get_mut(first..).unwrap_or_default();
        let (start, lead) = (space.start, self.lead.len());
        if lead != space.len() {
            buf.splice(space.clone(), self.lead.iter().copied());
            pieces.iter_mut().for_each(|p| p.shift(space.end, start + lead));
        } else if let Some(place) = buf.get_mut(space) {
            place.copy_from_slice(&self.lead);
        }
        let end = buf.len();
        wire::write_partition_end(version, buf);
        // The first and the last piece of a batch are never values.
        if let Some(Piece::Buf(r)) = pieces.first_mut() {
            r.start = start;
        }
        if let Some(Piece::Buf(r)) = pieces.last_mut() {
            r.end = buf.len();
        }
        lead + buf.len() - end
    }

    /// How large the buffer of the next frame will be, so that it has its size from the beginning.
    fn expected_size(&self, batches: &[Batch], limit: usize) -> usize {
        let size = |b: &Batch| match b.partition.topic().settings.compression {
            Codec::None => b.copied_bytes(SEGMENT_MIN),
            _ => expected_len(b),
        };
        let bytes = batches.iter().fold(AROUND_REQUEST, |sum, b| sum + size(b) + AROUND_BATCH);
        let slack = self.slack_percent.max(MIN_SLACK_PERCENT);
        (bytes.saturating_mul(slack) / 100).min(limit.saturating_add(AROUND_REQUEST))
    }

    /// A buffer that has to grow is copied: the next ones begin larger. The slack goes back when it is not
    /// needed.
    fn adapt_slack(&mut self, grew: bool) {
        self.grown += u64::from(grew);
        self.slack_percent = if grew {
            (self.slack_percent.max(MIN_SLACK_PERCENT) + 10).min(MAX_SLACK_PERCENT)
        } else {
            self.slack_percent.max(MIN_SLACK_PERCENT + 1) - 1
        };
    }

    /// How many frames were larger than expected.
    #[must_use]
    pub fn grown(&self) -> u64 {
        self.grown
    }

    /// The sizes of the batches of the frame written last, with their headers.
    pub fn batch_sizes(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(|p| p.len)
    }

    /// Gives a frame's memory back for the next one.
    pub fn recycle(&mut self, frame: Frame) {
        let bytes = frame.buf.capacity() + frame.pieces.capacity() * size_of::<Piece>();
        if self.spare.len() < MAX_SPARE && bytes <= MAX_SPARE_BYTES && frame.buf.capacity() > 0 {
            self.spare.push(frame.emptied());
        }
    }

    /// Lets go of all memory kept for reuse.
    pub fn trim(&mut self) {
        self.spare = Vec::new();
        self.spare_ahead = Vec::new();
        self.compressor.trim();
        self.parts = Vec::new();
        self.pieces = Vec::new();
        self.lead = Vec::new();
    }

    /// Writes a batch to the buffer, and its pieces to the list of pieces.
    fn batch(&mut self, form: &BatchForm, batch: &Batch, index: usize, buf: &mut Vec<u8>) {
        if form.codec(batch) != Codec::None {
            let from = buf.len();
            let shrunk = self.compressor.write(form, batch, buf);
            learn(batch, shrunk);
            return self.pieces.push(Piece::Buf(from..buf.len()));
        }
        match form.format.magic {
            Magic::V2 => self.record_batch(form.transactional, batch, index, buf),
            magic => self.in_pieces(index, buf, &mut |buf, place| {
                message_set::messages(batch, magic, buf, place);
            }),
        }
    }

    fn record_batch(&mut self, transactional: bool, batch: &Batch, index: usize, buf: &mut Vec<u8>) {
        let (start, first) = (buf.len(), self.pieces.len());
        let mut header = self.plain_records(buf, batch, index);
        if transactional {
            header.attributes |= rb::ATTRIBUTE_TRANSACTIONAL;
        }
        let pieces = self.pieces.get(first..).unwrap_or_default();
        if let ([Piece::Buf(_)], Some(whole)) = (pieces, buf.get_mut(start..)) {
            return header.seal_in_place(whole);
        }
        let sealed = seal(header, frame_pieces(buf, pieces, batch, start + rb::HEADER_LEN));
        if let Some(place) = buf.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
            *place = sealed;
        }
    }

    fn plain_records(&mut self, buf: &mut Vec<u8>, batch: &Batch, index: usize) -> BatchHeader {
        let mut header = BatchHeader::default();
        self.in_pieces(index, buf, &mut |buf, place| {
            buf.extend_from_slice(&[0; rb::HEADER_LEN]);
            header = records(batch, buf, place);
        });
        header
    }

    /// Lets `write` append to the buffer; values that it places are copied or become pieces of their own, by
    /// their length.
    fn in_pieces(
        &mut self,
        batch: usize,
        buf: &mut Vec<u8>,
        write: &mut dyn FnMut(&mut Vec<u8>, &mut PlaceValue<'_>),
    ) {
        let pieces = &mut self.pieces;
        let mut from = buf.len();
        write(buf, &mut |buf, run, index, value| {
            if value.len() < SEGMENT_MIN {
                buf.extend_from_slice(value);
            } else {
                pieces.push(Piece::Buf(from..buf.len()));
                from = buf.len();
                pieces.push(Piece::Value { batch, run, index });
            }
        });
        pieces.push(Piece::Buf(from..buf.len()));
    }
}

/// How long an encoded batch will be, about.
fn expected_len(batch: &Batch) -> usize {
    match batch.partition.topic().settings.compression {
        Codec::None => batch.wire_bytes(),
        _ => batch.wire_bytes() * batch.partition.compressed_permille() / 1000,
    }
}

/// The bytes of a batch behind its header.
fn frame_pieces<'a>(
    buf: &'a [u8],
    pieces: &'a [Piece],
    batch: &'a Batch,
    records_from: usize,
) -> impl Iterator<Item = &'a [u8]> {
    pieces.iter().map(move |p| match p {
        Piece::Buf(r) => buf.get(r.start.max(records_from)..r.end).unwrap_or_default(),
        Piece::Value { run, index, .. } => {
            batch.runs.get(*run).and_then(|r| r.get(*index).value()).unwrap_or_default()
        }
    })
}

fn seal<'a>(mut header: BatchHeader, records: impl Iterator<Item = &'a [u8]>) -> [u8; rb::HEADER_LEN] {
    header.seal(records);
    header.to_bytes()
}

#[cfg(test)]
mod tests;
