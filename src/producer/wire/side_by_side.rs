//! The batches of a pass are compressed side by side: the thread that makes the requests and helpers take
//! pieces of the work in turn, until none is left.
//!
//! A helper that comes late finds nothing to do, and whatever a helper does not do the thread itself does. So
//! nothing depends on helpers but the time that it takes. Requests are made of the results in the same order
//! and of the same bytes as without helpers.

pub use super::compressed::{BatchCompressor, BatchForm};

use super::encode_queue::{CompressedPart, EncodeQueue};
use crate::base::sync::{Arc, Condvar, Mutex, Rank};
use crate::compress::Codec;
use crate::producer::batch::Batch;
use std::collections::VecDeque;

/// Waking a thread costs about as much as compressing a few KiB. A piece of the work has at least this many
/// bytes, if a request has as many.
const MIN_PIECE: usize = 64 << 10;

/// Threads that help with the compression of batches.
pub trait Helpers: Send + Sync {
    /// How many may help now: brokers' threads that compress need a processor each.
    fn most(&self) -> usize;

    /// Counts the brokers' threads that compress: one more if it `begins` to, or one less. See [`Busy`].
    fn count(&self, begins: bool);

    /// Has at most `n` threads [take part](Round::work) in a round soon.
    fn join(&self, round: &Arc<Round>, n: usize);

    /// Has all helpers end.
    fn end(&self);
}

/// Stands for a broker's thread while it compresses.
pub struct Busy(Arc<dyn Helpers>);

impl Busy {
    #[must_use]
    pub fn new(helpers: Arc<dyn Helpers>) -> Self {
        helpers.count(true);
        Self(helpers)
    }

    /// How many may help it.
    #[must_use]
    pub fn helpers(&self) -> usize {
        self.0.most()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.count(false);
    }
}

/// Batches that are compressed side by side.
pub struct Round {
    form: BatchForm,
    state: Mutex<State>,
    /// The last piece that was out has come back.
    is_done: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Piece>,
    /// Pieces that threads are working at.
    out: usize,
    done: Vec<Piece>,
}

/// Successive batches of a request.
struct Piece {
    /// Its place among all pieces of the round.
    number: usize,
    request: usize,
    batches: Vec<Batch>,
    compressed: CompressedPart,
}

impl Round {
    fn new(form: BatchForm, waiting: VecDeque<Piece>) -> Self {
        let state = State { waiting, ..State::default() };
        Self { form, state: Mutex::new(Rank::Leaf, state), is_done: Condvar::new() }
    }

    /// Compresses batches until none waits any more.
    pub fn work(&self, compressor: &mut BatchCompressor) {
        while let Some(mut taken) = Taken::next(self) {
            taken.compress(compressor);
        }
    }

    /// Helps, and waits for what other threads have taken.
    fn finish(&self, compressor: &mut BatchCompressor) -> Vec<Piece> {
        self.work(compressor);
        let mut state = self.state.lock();
        while state.out > 0 {
            self.is_done.wait(&mut state);
        }
        let mut done = std::mem::take(&mut state.done);
        drop(state);
        done.sort_unstable_by_key(|piece| piece.number);
        done
    }
}

/// A piece while a thread works at it. It comes back in any case: if the thread panics, the batches that it
/// has not compressed are compressed by the one that makes the requests.
struct Taken<'a> {
    round: &'a Round,
    piece: Option<Piece>,
}

impl<'a> Taken<'a> {
    fn next(round: &'a Round) -> Option<Self> {
        let mut state = round.state.lock();
        let piece = state.waiting.pop_front()?;
        state.out += 1;
        drop(state);
        Some(Self { round, piece: Some(piece) })
    }

    fn compress(&mut self, compressor: &mut BatchCompressor) {
        let (form, Some(piece)) = (&self.round.form, &mut self.piece) else { return };
        let CompressedPart { buf, batches } = &mut piece.compressed;
        for batch in &piece.batches {
            let start = buf.len();
            let shrunk = (form.codec(batch) != Codec::None).then(|| compressor.write(form, batch, buf));
            batches.push_back(shrunk.map(|shrunk| (start..buf.len(), shrunk)));
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.round.state.lock();
        state.done.extend(self.piece.take());
        state.out -= 1;
        if state.out == 0 {
            self.round.is_done.notify_all();
        }
    }
}

/// What of a batch is to be compressed, in bytes.
fn compressible(form: &BatchForm, batch: &Batch) -> usize {
    if form.codec(batch) == Codec::None { 0 } else { batch.wire_bytes() }
}

/// Whether a request like this one is worth a thread.
#[must_use]
pub fn is_worth_a_thread(form: &BatchForm, batches: &[Batch]) -> bool {
    batches.iter().map(|batch| compressible(form, batch)).sum::<usize>() >= MIN_PIECE
}

/// Whether there is enough for another thread beside one that has the largest batch.
fn is_worth_several(form: &BatchForm, requests: &[Vec<Batch>]) -> bool {
    let sizes = requests.iter().flatten().map(|batch| compressible(form, batch));
    let (all, largest) = sizes.fold((0, 0), |(all, largest), n: usize| (all + n, n.max(largest)));
    all - largest >= MIN_PIECE && all >= 2 * MIN_PIECE
}

/// Compresses the batches of all requests, if that is worth more than one thread, and makes a queue for each
/// request.
pub(super) fn compress_ahead(
    form: BatchForm,
    requests: Vec<Vec<Batch>>,
    helpers: &dyn Helpers,
    compressor: &mut BatchCompressor,
    spare: &mut Vec<Vec<u8>>,
) -> Vec<EncodeQueue> {
    if helpers.most() == 0 || !is_worth_several(&form, &requests) {
        return requests.into_iter().map(EncodeQueue::new).collect();
    }
    let n = requests.len();
    let pieces = divide(&form, requests, spare);
    let wanted = pieces.len() - 1;
    let round = Arc::new(Round::new(form, pieces));
    helpers.join(&round, wanted);
    let mut queues: Vec<EncodeQueue> = Vec::with_capacity(n);
    queues.resize_with(n, || EncodeQueue::new(Vec::new()));
    for Piece { request, batches, compressed, .. } in round.finish(compressor) {
        if let Some(queue) = queues.get_mut(request) {
            queue.append(batches, compressed);
        }
    }
    queues
}

/// Divides requests into pieces, none of which belongs to two requests.
fn divide(form: &BatchForm, requests: Vec<Vec<Batch>>, spare: &mut Vec<Vec<u8>>) -> VecDeque<Piece> {
    let mut pieces: VecDeque<Piece> = VecDeque::new();
    for (request, batches) in requests.into_iter().enumerate() {
        let mut bytes = MIN_PIECE;
        for batch in batches {
            if bytes >= MIN_PIECE {
                bytes = 0;
                let buf = spare.pop().unwrap_or_default();
                let compressed = CompressedPart { buf, ..CompressedPart::default() };
                let number = pieces.len();
                pieces.push_back(Piece { number, request, batches: Vec::new(), compressed });
            }
            bytes += compressible(form, &batch);
            if let Some(piece) = pieces.back_mut() {
                piece.batches.push(batch);
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests;
