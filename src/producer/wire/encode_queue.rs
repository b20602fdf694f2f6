//! Batches on their way into requests.

use super::compressed::{Shrunk, learn};
use super::frame::Piece;
use crate::producer::batch::Batch;
use std::collections::VecDeque;
use std::ops::Range;

/// Batches that wait to be encoded; those of one topic stand together, and no partition is there twice.
pub struct EncodeQueue {
    pub(super) batches: Vec<Batch>,
    pub(super) encoded: Encoded,
}

/// What has been encoded already of a queue.
#[derive(Default)]
pub(super) struct Encoded {
    /// The first batch, as it was encoded for the frame before, into which it did not fit any more.
    overflow: Option<Overflow>,
    /// What has been compressed ahead of the batches behind that one, in their order.
    ahead: VecDeque<CompressedPart>,
}

/// An encoded batch that waits for the next frame.
pub(super) struct Overflow {
    buf: Vec<u8>,
    pieces: Vec<Piece>,
    /// With its values.
    len: usize,
}

impl EncodeQueue {
    #[must_use]
    pub fn new(batches: Vec<Batch>) -> Self {
        Self { batches, encoded: Encoded::default() }
    }

    /// Adds batches that have been compressed, but for those that `compressed` does not have.
    pub(super) fn append(&mut self, batches: Vec<Batch>, mut compressed: CompressedPart) {
        compressed.batches.resize_with(batches.len(), || None);
        self.encoded.ahead.push_back(compressed);
        if self.batches.is_empty() {
            self.batches = batches;
        } else {
            self.batches.extend(batches);
        }
    }

    #[must_use]
    pub fn next(&self) -> Option<&Batch> {
        self.batches.first()
    }

    pub(super) fn take(&mut self, n: usize) -> Vec<Batch> {
        let rest = if n < self.batches.len() { self.batches.split_off(n) } else { Vec::new() };
        std::mem::replace(&mut self.batches, rest)
    }
}

impl Overflow {
    /// Takes the last encoded batch out of a frame. It will be the first of the next.
    pub(super) fn cut(
        buf: &mut Vec<u8>,
        start: usize,
        pieces: &mut Vec<Piece>,
        first: usize,
        len: usize,
    ) -> Self {
        let moved = |mut piece: Piece| {
            piece.shift(start, 0);
            if let Piece::Value { batch, .. } = &mut piece {
                *batch = 0;
            }
            piece
        };
        Self { pieces: pieces.drain(first..).map(moved).collect(), buf: buf.split_off(start), len }
    }

    /// Adds it to the next frame.
    fn paste(self, buf: &mut Vec<u8>, pieces: &mut Vec<Piece>) {
        let start = buf.len();
        buf.extend_from_slice(&self.buf);
        pieces.extend(self.pieces.into_iter().map(|mut piece| {
            piece.shift(0, start);
            piece
        }));
    }
}

/// A part of a queue, compressed into one buffer.
#[derive(Default)]
pub(super) struct CompressedPart {
    pub(super) buf: Vec<u8>,
    /// Where each batch of the part lies; `None`: it has not been compressed.
    pub(super) batches: VecDeque<Option<(Range<usize>, Shrunk)>>,
}

/// Buffers that are kept for reuse, and the largest one worth keeping.
const MAX_SPARE: usize = 8;
const MAX_SPARE_BYTES: usize = 4 << 20;

impl Encoded {
    /// The length of the next batch, if it has been encoded.
    pub(super) fn next_len(&self) -> Option<usize> {
        let compressed = || Some(self.ahead.front()?.batches.front()?.as_ref()?.0.len());
        self.overflow.as_ref().map(|o| o.len).or_else(compressed)
    }

    /// Puts the next batch back, which did not fit into its frame.
    pub(super) fn put_back(&mut self, overflow: Overflow) {
        self.overflow = Some(overflow);
    }

    /// Adds the next batch to a frame, if it has been encoded. A buffer that has nothing more in it goes to
    /// `spare`.
    pub(super) fn paste_next(
        &mut self,
        batch: &Batch,
        buf: &mut Vec<u8>,
        pieces: &mut Vec<Piece>,
        spare: &mut Vec<Vec<u8>>,
    ) -> bool {
        if let Some(overflow) = self.overflow.take() {
            overflow.paste(buf, pieces);
            return true;
        }
        let Some(part) = self.ahead.front_mut() else { return false };
        let found = part.batches.pop_front().flatten();
        if let Some((range, shrunk)) = &found {
            let start = buf.len();
            buf.extend_from_slice(part.buf.get(range.clone()).unwrap_or_default());
            learn(batch, *shrunk);
            pieces.push(Piece::Buf(start..buf.len()));
        }
        if part.batches.is_empty()
            && let Some(CompressedPart { buf: mut used, .. }) = self.ahead.pop_front()
            && spare.len() < MAX_SPARE
            && (1..=MAX_SPARE_BYTES).contains(&used.capacity())
        {
            used.clear();
            spare.push(used);
        }
        found.is_some()
    }
}
