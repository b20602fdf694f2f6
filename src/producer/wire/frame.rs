//! An encoded request: a buffer, and the pieces of it and of the messages' memory in the order in which they
//! travel.

use crate::producer::batch::Batch;
use crate::producer::format::ProduceFormat;
use crate::protocol::ApiKey;
use crate::protocol::header::write_request_header;
use crate::protocol::primitives::Sink;
use crate::protocol::produce as wire;
use std::io::IoSlice;
use std::ops::Range;

/// What a request needs to know beside its batches.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    pub format: ProduceFormat,
    pub correlation_id: i32,
    pub client_id: &'a str,
    /// Of a transactional producer, all of whose batches are part of a transaction.
    pub transactional_id: Option<&'a str>,
    pub acks: i16,
    pub timeout_ms: i32,
}

/// A piece of a frame, in the order in which the pieces travel.
#[derive(Clone, Debug)]
pub(super) enum Piece {
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
    pub(super) buf: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
    pub(super) len: usize,
    behind: Behind,
}

/// The pieces of a frame that have been written whole, so that no write looks at them again. A frame is no
/// longer than an i32 can say.
#[derive(Clone, Copy, Debug, Default)]
struct Behind {
    pieces: u32,
    bytes: u32,
}

impl Frame {
    /// A frame of plain bytes.
    #[must_use]
    pub fn plain(buf: Vec<u8>) -> Self {
        let len = buf.len();
        Self { buf, pieces: vec![Piece::Buf(0..len)], len, behind: Behind::default() }
    }

    /// An empty frame with the memory of this one.
    pub(super) fn emptied(self) -> Self {
        let Self { mut buf, mut pieces, .. } = self;
        buf.clear();
        pieces.clear();
        Self { buf, pieces, ..Self::default() }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends what is left of the frame after its first `written` bytes to `out`, at most `max` slices in
    /// all.
    pub fn slices<'a>(
        &'a self,
        batches: &'a [Batch],
        written: usize,
        max: usize,
        out: &mut Vec<IoSlice<'a>>,
    ) {
        let mut skip = written - self.behind.bytes as usize;
        for piece in self.pieces.iter().skip(self.behind.pieces as usize) {
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

    /// So many bytes of the frame have been written in all, and some are left.
    pub fn leave_behind(&mut self, batches: &[Batch], written: usize) {
        while let Some(piece) = self.pieces.get(self.behind.pieces as usize) {
            let bytes = self.behind.bytes as usize + self.resolve(piece, batches).len();
            let Some(bytes) = u32::try_from(bytes).ok().filter(|bytes| *bytes as usize <= written) else {
                return;
            };
            self.behind = Behind { pieces: self.behind.pieces + 1, bytes };
        }
    }

    /// Copies what the frame has of the batches' memory, so that messages can be taken out of them.
    pub fn detach(&mut self, batches: &[Batch]) {
        if self.pieces.iter().all(|piece| matches!(piece, Piece::Buf(_))) {
            return;
        }
        let mut bytes = Vec::with_capacity(self.len);
        for piece in &self.pieces {
            bytes.extend_from_slice(self.resolve(piece, batches));
        }
        *self = Self::plain(bytes);
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

/// An encoded batch within the frame that is being written.
pub(super) struct Part {
    /// Its pieces in the writer's list, with what stands around it.
    pub(super) pieces: Range<usize>,
    /// In bytes.
    pub(super) len: usize,
    /// What stands around it.
    pub(super) around: usize,
}

impl Frame {
    /// Puts encoded batches, whose bytes are in the buffer, together to a request.
    pub(super) fn assemble(
        &mut self,
        head: &RequestHead<'_>,
        batches: &[Batch],
        parts: &[Part],
        pieces: &[Piece],
    ) {
        let v = head.format.version;
        let start = self.buf.len();
        let mut mark = start;
        self.buf.put_i32(0);
        write_request_header(ApiKey::Produce, v, head.correlation_id, Some(head.client_id), &mut self.buf);
        let topics = batches.chunk_by(same_topic).count();
        wire::write_request_start(
            v,
            head.transactional_id,
            head.acks,
            head.timeout_ms,
            topics,
            &mut self.buf,
        );
        let mut parts = parts.iter();
        for of_topic in batches.chunk_by(same_topic) {
            let name = of_topic.first().map_or("", |b| &b.partition.topic().name);
            wire::write_topic_start(v, name, of_topic.len(), &mut self.buf);
            self.push_buf(mark);
            for part in parts.by_ref().take(of_topic.len()) {
                for piece in pieces.get(part.pieces.clone()).unwrap_or_default() {
                    self.push_piece(piece);
                }
                self.len += part.len + part.around;
            }
            mark = self.buf.len();
            wire::write_topic_end(v, &mut self.buf);
        }
        wire::write_request_end(v, &mut self.buf);
        self.push_buf(mark);
        let body = i32::try_from(self.len - 4).unwrap_or(i32::MAX);
        if let Some(place) = self.buf.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
            *place = body.to_be_bytes();
        }
    }

    /// What lies together travels as one.
    fn push_piece(&mut self, piece: &Piece) {
        if let (Some(Piece::Buf(last)), Piece::Buf(next)) = (self.pieces.last_mut(), piece)
            && last.end == next.start
        {
            last.end = next.end;
        } else {
            self.pieces.push(piece.clone());
        }
    }

    fn push_buf(&mut self, from: usize) {
        let to = self.buf.len();
        if to > from {
            self.pieces.push(Piece::Buf(from..to));
            self.len += to - from;
        }
    }
}

impl Piece {
    /// What lay from `from` on lies from `to` on.
    pub(super) fn shift(&mut self, from: usize, to: usize) {
        if let Self::Buf(r) = self {
            *r = r.start + to - from..r.end + to - from;
        }
    }
}

pub(super) fn same_topic(a: &Batch, b: &Batch) -> bool {
    crate::base::sync::Arc::ptr_eq(a.partition.topic(), b.partition.topic())
}

pub(super) fn piece_len(piece: &Piece, batch: &Batch) -> usize {
    match piece {
        Piece::Buf(r) => r.len(),
        Piece::Value { run, index, .. } => batch.runs.get(*run).map_or(0, |r| r.get(*index).value_len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::TopicSettings;
    use crate::producer::partition::TopicShared;
    use crate::producer::wire::encode_queue::EncodeQueue;
    use crate::producer::wire::testing::{batch, bytes_of, head};
    use crate::producer::wire::writer::{SEGMENT_MIN, Writer};

    #[test]
    fn a_partly_sent_frame_continues_where_it_stopped() {
        let topic = TopicShared::new("t", TopicSettings::default(), 1);
        let large = vec![b'L'; SEGMENT_MIN];
        let batches = vec![batch(&topic, 0, &[b"a", &large, b"b"])];
        let format = ProduceFormat::newest(9);
        let head = head(format);
        let (mut frame, batches) =
            Writer::default().produce(&head, &mut EncodeQueue::new(batches), usize::MAX);
        let whole = bytes_of(&frame, &batches);
        let rest = |frame: &Frame, written| {
            let mut slices = Vec::new();
            frame.slices(&batches, written, usize::MAX, &mut slices);
            slices.iter().flat_map(|s| s.iter().copied()).collect::<Vec<u8>>()
        };
        for written in 0..whole.len() {
            assert!(rest(&frame, written) == whole[written..], "at {written}");
        }
        let mut left_behind = 0;
        for written in 0..whole.len() {
            frame.leave_behind(&batches, written);
            assert!(rest(&frame, written) == whole[written..], "at {written}, what is written left behind");
            left_behind = frame.behind.pieces as usize;
        }
        assert_eq!(left_behind, frame.pieces.len() - 1, "the last byte's piece is the only one to look at");
    }
}
