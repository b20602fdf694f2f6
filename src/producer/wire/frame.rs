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
