//! Batches on their way into requests.

use super::frame::Piece;
use crate::producer::batch::Batch;

/// Batches that wait to be encoded; those of one topic stand together, and no partition is there twice.
pub struct EncodeQueue {
    pub(super) batches: Vec<Batch>,
    /// The first of them as it was encoded for the frame before, into which it did not fit any more.
    pub(super) overflow: Option<Overflow>,
}

/// An encoded batch that waits for the next frame.
pub(super) struct Overflow {
    buf: Vec<u8>,
    pieces: Vec<Piece>,
    /// With its values.
    pub(super) len: usize,
}

impl EncodeQueue {
    #[must_use]
    pub fn new(batches: Vec<Batch>) -> Self {
        Self { batches, overflow: None }
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
    pub(super) fn paste(self, buf: &mut Vec<u8>, pieces: &mut Vec<Piece>) {
        let start = buf.len();
        buf.extend_from_slice(&self.buf);
        pieces.extend(self.pieces.into_iter().map(|mut piece| {
            piece.shift(0, start);
            piece
        }));
    }
}
