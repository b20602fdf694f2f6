//! Writes ProduceRequests straight from the message store: one pass over the slots, small values copied in, large ones
//! left where they are and sent as segments of the same sendmsg.

use super::batch::Batch;
use crate::compress::{Codec, Compressor};
use crate::protocol::api::{ApiKey, write_request_header};
use crate::protocol::primitives::Sink;
use crate::protocol::produce as wire;
use crate::protocol::record_batch::{self as rb, BatchHeader};
use std::io::IoSlice;
use std::ops::Range;

/// Values from this size on are not copied into the request.
pub const SEGMENT_MIN: usize = 4096;

/// The first Produce version that allows zstd.
const ZSTD_MIN_VERSION: i16 = 7;

/// Buffers that are kept for reuse, and the largest one worth keeping.
const MAX_SPARE: usize = 4;
const MAX_SPARE_BYTES: usize = 4 << 20;

/// A piece of a frame, in the order in which the pieces travel.
#[derive(Clone, Debug)]
enum Piece {
    Buf(Range<usize>),
    /// The value of a message, in the application's or the store's memory.
    Value {
        batch: usize,
        run: usize,
        index: usize,
    },
}

/// An encoded request. The batches it was made from hold the memory of its value pieces.
#[derive(Debug, Default)]
pub struct Frame {
    buf: Vec<u8>,
    pieces: Vec<Piece>,
    len: usize,
}

impl Frame {
    /// A frame of plain bytes.
    #[must_use]
    pub fn plain(buf: Vec<u8>) -> Self {
        let len = buf.len();
        Self { buf, pieces: vec![Piece::Buf(0..len)], len }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends what is left of the frame after `skip` bytes to `out`, at most `max` slices.
    pub fn slices<'a>(
        &'a self,
        batches: &'a [Batch],
        mut skip: usize,
        max: usize,
        out: &mut Vec<IoSlice<'a>>,
    ) {
        for piece in &self.pieces {
            if out.len() >= max {
                return;
            }
            let bytes = self.resolve(piece, batches);
            if skip >= bytes.len() {
                skip -= bytes.len();
            } else {
                out.push(IoSlice::new(bytes.get(skip..).unwrap_or_default()));
                skip = 0;
            }
        }
    }

    fn resolve<'a>(&'a self, piece: &Piece, batches: &'a [Batch]) -> &'a [u8] {
        match piece {
            Piece::Buf(range) => self.buf.get(range.clone()).unwrap_or_default(),
            Piece::Value { batch, run, index } => batches
                .get(*batch)
                .and_then(|b| b.runs.get(*run))
                .and_then(|r| r.get(*index).value())
                .unwrap_or_default(),
        }
    }
}

/// What a request needs to know beside its batches.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    pub version: i16,
    pub correlation_id: i32,
    pub client_id: &'a str,
    pub acks: i16,
    pub timeout_ms: i32,
}

/// Encodes requests, reusing buffers and codec state. One per broker.
#[derive(Default)]
pub struct Writer {
    compressor: Compressor,
    records: Vec<u8>,
    /// Empty frames with memory to use again.
    spare: Vec<Frame>,
}

impl Writer {
    /// Encodes a ProduceRequest with one partition per batch. Batches of one topic stand together.
    pub fn produce(&mut self, head: &RequestHead<'_>, batches: &[Batch]) -> Frame {
        let mut frame = self.spare.pop().unwrap_or_default();
        let v = head.version;
        let start = frame.buf.len();
        frame.buf.put_i32(0);
        write_request_header(ApiKey::Produce, v, head.correlation_id, Some(head.client_id), &mut frame.buf);
        let topics = batches.chunk_by(same_topic).count();
        wire::write_request_start(v, None, head.acks, head.timeout_ms, topics, &mut frame.buf);
        let mut mark = start;
        let mut index = 0;
        for of_topic in batches.chunk_by(same_topic) {
            let name = of_topic.first().map_or("", |b| &b.partition.topic().name);
            wire::write_topic_start(v, name, of_topic.len(), &mut frame.buf);
            for batch in of_topic {
                wire::write_partition_start(v, batch.partition.id(), &mut frame.buf);
                mark = self.partition(v, &mut frame, batch, index, mark);
                wire::write_partition_end(v, &mut frame.buf);
                index += 1;
            }
            wire::write_topic_end(v, &mut frame.buf);
        }
        wire::write_request_end(v, &mut frame.buf);
        frame.push_buf(mark);
        let body = i32::try_from(frame.len - 4).unwrap_or(i32::MAX);
        if let Some(place) = frame.buf.first_chunk_mut::<4>() {
            *place = body.to_be_bytes();
        }
        frame
    }

    /// Gives a frame's memory back for the next one.
    pub fn recycle(&mut self, frame: Frame) {
        let Frame { mut buf, mut pieces, .. } = frame;
        let bytes = buf.capacity() + pieces.capacity() * size_of::<Piece>();
        if self.spare.len() < MAX_SPARE && bytes <= MAX_SPARE_BYTES && buf.capacity() > 0 {
            buf.clear();
            pieces.clear();
            self.spare.push(Frame { buf, pieces, len: 0 });
        }
    }

    /// Lets go of all memory kept for reuse.
    pub fn trim(&mut self) {
        self.spare = Vec::new();
        self.records = Vec::new();
    }

    /// Writes the records of one partition with their length in front. What was written to the buffer from `mark` on
    /// and is not yet a piece becomes one, up to the length; returns where the next piece begins.
    ///
    /// The length is known only after the batch, so the buffer holds the batch first and its length behind it, and the
    /// pieces put them in order.
    fn partition(&mut self, v: i16, frame: &mut Frame, batch: &Batch, index: usize, mark: usize) -> usize {
        let head_end = frame.buf.len();
        frame.push(Piece::Buf(mark..head_end), head_end - mark);
        let len_at = frame.pieces.len();
        frame.pieces.push(Piece::Buf(0..0));
        let settings = &batch.partition.topic().settings;
        // Brokers know zstd from Produce version 7 on (KIP-110).
        let codec = match settings.compression {
            Codec::Zstd if v < ZSTD_MIN_VERSION => Codec::None,
            codec => codec,
        };
        let header = if codec == Codec::None {
            self.plain_records(frame, batch, index)
        } else {
            self.compressed_records(frame, batch, codec, settings.compression_level)
        };
        let pieces = frame.pieces.get(len_at + 1..).unwrap_or_default();
        let sealed = seal(header, frame_pieces(&frame.buf, pieces, batch, head_end + rb::HEADER_LEN));
        let batch_len: usize = pieces.iter().map(|p| piece_len(p, batch)).sum();
        if let Some(place) = frame.buf.get_mut(head_end..).and_then(<[u8]>::first_chunk_mut) {
            *place = sealed;
        }
        let len_start = frame.buf.len();
        wire::write_records_len(v, batch_len, &mut frame.buf);
        let len_end = frame.buf.len();
        if let Some(place) = frame.pieces.get_mut(len_at) {
            *place = Piece::Buf(len_start..len_end);
        }
        frame.len += len_end - len_start + batch_len;
        len_end
    }

    fn plain_records(&mut self, frame: &mut Frame, batch: &Batch, index: usize) -> BatchHeader {
        let Frame { buf, pieces, .. } = frame;
        let mut from = buf.len();
        buf.extend_from_slice(&[0; rb::HEADER_LEN]);
        let header = records(batch, buf, &mut |buf, run, at, value| {
            if value.len() < SEGMENT_MIN {
                buf.extend_from_slice(value);
            } else {
                pieces.push(Piece::Buf(from..buf.len()));
                from = buf.len();
                pieces.push(Piece::Value { batch: index, run, index: at });
            }
        });
        pieces.push(Piece::Buf(from..buf.len()));
        header
    }

    fn compressed_records(
        &mut self,
        frame: &mut Frame,
        batch: &Batch,
        codec: Codec,
        level: i32,
    ) -> BatchHeader {
        self.records.clear();
        let mut header =
            records(batch, &mut self.records, &mut |buf, _, _, value| buf.extend_from_slice(value));
        let buf = &mut frame.buf;
        let from = buf.len();
        buf.extend_from_slice(&[0; rb::HEADER_LEN]);
        let at = buf.len();
        let done = self.compressor.compress(codec, level, &[&self.records], buf);
        if done.is_ok() && buf.len() - at < self.records.len() {
            header.attributes |= i16::from(codec.id());
        } else {
            // Compression that gains nothing costs the broker and the consumers for nothing.
            buf.truncate(at);
            buf.extend_from_slice(&self.records);
        }
        let to = buf.len();
        frame.pieces.push(Piece::Buf(from..to));
        header
    }
}

impl Frame {
    fn push(&mut self, piece: Piece, len: usize) {
        if len > 0 {
            self.pieces.push(piece);
            self.len += len;
        }
    }

    fn push_buf(&mut self, from: usize) {
        let to = self.buf.len();
        self.push(Piece::Buf(from..to), to - from);
    }
}

fn same_topic(a: &Batch, b: &Batch) -> bool {
    crate::base::sync::Arc::ptr_eq(a.partition.topic(), b.partition.topic())
}

fn piece_len(piece: &Piece, batch: &Batch) -> usize {
    match piece {
        Piece::Buf(r) => r.len(),
        Piece::Value { run, index, .. } => batch.runs.get(*run).map_or(0, |r| r.get(*index).value_len()),
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

/// Places a value: the buffer, the message's run and its index there, the value.
type PlaceValue<'a> = dyn FnMut(&mut Vec<u8>, usize, usize, &[u8]) + 'a;

/// Appends all records of a batch; `value` places each value. Returns the header without length and CRC.
fn records(batch: &Batch, buf: &mut Vec<u8>, value: &mut PlaceValue<'_>) -> BatchHeader {
    let base = batch.runs.first().map_or(0, |r| r.get(0).timestamp_ms());
    let mut max = base;
    let mut delta = 0;
    for (r, run) in batch.runs.iter().enumerate() {
        for i in 0..run.len() {
            let m = run.get(i);
            let (key, headers) = (m.key(), m.headers());
            let v = m.value();
            let ts = m.timestamp_ms();
            max = max.max(ts);
            rb::encode_record_prefix(
                buf,
                delta,
                ts.wrapping_sub(base),
                key,
                v.map(<[u8]>::len),
                rb::headers_len(headers),
            );
            if let Some(v) = v {
                value(buf, r, i, v);
            }
            rb::encode_headers(buf, headers);
            delta += 1;
        }
    }
    BatchHeader {
        last_offset_delta: delta - 1,
        base_timestamp: base,
        max_timestamp: max,
        record_count: delta,
        ..BatchHeader::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Time;
    use crate::base::sync::Arc;
    use crate::conf::TopicSettings;
    use crate::producer::partition::Partition;
    use crate::producer::store::pool::ChunkPool;
    use crate::producer::store::{OpenChunk, StoredMessage, Value};
    use crate::producer::topic::TopicShared;
    use crate::protocol::primitives::Reader;

    fn batch(topic: &Arc<TopicShared>, id: i32, values: &[&[u8]]) -> Batch {
        let pool = Arc::new(ChunkPool::new(0));
        let mut runs = Vec::new();
        for (i, v) in values.iter().enumerate() {
            let m = StoredMessage {
                key: Some(b"key"),
                value: Value::Copy(v),
                headers: None,
                timestamp_ms: 1_000 + i as i64,
                opaque: 0,
                enqueued: Time(0),
                retries: 0,
            };
            let mut open = OpenChunk::new(&pool, OpenChunk::need(&m), Time(0), i as u64 + 1);
            assert!(open.append(&m));
            runs.push(open.cut().unwrap());
        }
        Batch::new(Arc::new(Partition::new(topic.clone(), id, pool)), runs)
    }

    fn bytes_of(frame: &Frame, batches: &[Batch]) -> Vec<u8> {
        let mut slices = Vec::new();
        frame.slices(batches, 0, usize::MAX, &mut slices);
        slices.iter().flat_map(|s| s.iter().copied()).collect()
    }

    fn check(version: i16, codec: Codec) {
        let settings = TopicSettings { compression: codec, ..TopicSettings::default() };
        let a = TopicShared::new("a", settings.clone(), None, 1);
        let b = TopicShared::new("b", settings, None, 2);
        let large = vec![b'L'; 3 * SEGMENT_MIN];
        let batches = [
            batch(&a, 0, &[b"one", &large, b"three"]),
            batch(&a, 5, &[b"x"]),
            batch(&b, 1, &[&large, &large]),
        ];
        let mut w = Writer::default();
        let head = RequestHead { version, correlation_id: 77, client_id: "me", acks: -1, timeout_ms: 30 };
        let frame = w.produce(&head, &batches);
        let bytes = bytes_of(&frame, &batches);
        assert_eq!(bytes.len(), frame.len());
        let mut r = Reader::new(&bytes);
        assert_eq!(r.i32().unwrap() as usize, bytes.len() - 4);
        let h = crate::protocol::api::RequestHeader::decode(&mut r).unwrap();
        assert_eq!((h.api, h.version, h.correlation_id), (ApiKey::Produce, version, 77));
        let req = wire::Request::decode(version, &mut r).unwrap();
        assert!(r.is_empty());
        assert_eq!(req.topics.len(), 2);
        let got: Vec<_> = req
            .topics
            .iter()
            .flat_map(|t| t.partitions.iter().map(|p| (t.name.as_str(), p.partition, p.records.unwrap())))
            .collect();
        assert_eq!(got.iter().map(|g| (g.0, g.1)).collect::<Vec<_>>(), [("a", 0), ("a", 5), ("b", 1)]);
        for (batch, (_, _, records)) in batches.iter().zip(got) {
            let info = rb::validate(records).unwrap();
            let values: Vec<Vec<u8>> =
                info.records().map(|r| r.unwrap().value.unwrap_or_default().to_vec()).collect();
            let sent: Vec<Vec<u8>> = batch
                .runs
                .iter()
                .flat_map(|r| r.iter())
                .map(|m| m.value().unwrap_or_default().to_vec())
                .collect();
            assert_eq!(values, sent);
        }
    }

    #[test]
    fn what_is_written_reads_back_in_every_version() {
        for version in wire::CLIENT_MIN_VERSION..=wire::CLIENT_MAX_VERSION {
            for codec in Codec::ALL {
                check(version, codec);
            }
        }
    }

    #[test]
    fn a_partly_sent_frame_continues_where_it_stopped() {
        let topic = TopicShared::new("t", TopicSettings::default(), None, 1);
        let large = vec![b'L'; SEGMENT_MIN];
        let batches = [batch(&topic, 0, &[b"a", &large, b"b"])];
        let head = RequestHead { version: 9, correlation_id: 1, client_id: "me", acks: 1, timeout_ms: 30 };
        let frame = Writer::default().produce(&head, &batches);
        let whole = bytes_of(&frame, &batches);
        for skip in 0..whole.len() {
            let mut slices = Vec::new();
            frame.slices(&batches, skip, usize::MAX, &mut slices);
            let rest: Vec<u8> = slices.iter().flat_map(|s| s.iter().copied()).collect();
            assert!(rest == whole[skip..], "at {skip}");
        }
    }
}
