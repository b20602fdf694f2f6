//! Zstandard (RFC 8878), the context kept from batch to batch.

use super::buffers::in_one_piece;
use super::error::Error;
use std::cell::Cell;
use std::io::Cursor;
use zstd::bulk;
use zstd::zstd_safe::{
    DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, compress_bound, get_frame_content_size,
};

/// The library's own default.
const DEFAULT_LEVEL: i32 = 3;
const MAX_LEVEL: i32 = 22;
/// Encoders that stream do not know how little will come, and ask for their level's window whatever the frame
/// holds.
const COMMON_WINDOW_LOG: u32 = 23;

/// What a frame says of its size is believed up to so many times its length.
const MAX_RATIO: usize = 32;
/// Output is taken in steps of this size at least.
const STEP: usize = 64 << 10;
/// A larger context is not kept.
const MOST_KEPT: usize = 4 << 20;

pub(super) struct Compressor {
    context: bulk::Compressor<'static>,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compressor").finish_non_exhaustive()
    }
}

/// The level that a configured one comes to.
pub(super) fn effective(level: i32) -> i32 {
    if level < 0 { DEFAULT_LEVEL } else { level.min(MAX_LEVEL) }
}

impl Compressor {
    pub(super) fn new(level: i32) -> Result<Self, Error> {
        let context = bulk::Compressor::new(level).map_err(|_| Error::OutOfMemory)?;
        Ok(Self { context })
    }

    pub(super) fn compress(
        &mut self,
        segments: &[&[u8]],
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        // In one piece the frame says its size, which lets readers take their memory at once.
        let input = in_one_piece(segments, scratch);
        let start = out.len();
        out.reserve(compress_bound(input.len()));
        let mut cursor = Cursor::new(std::mem::take(out));
        cursor.set_position(start as u64);
        let result = self.context.compress_to_buffer(input, &mut cursor);
        *out = cursor.into_inner();
        result.map(drop).map_err(|_| Error::Failed("zstd: compression failed"))
    }
}

thread_local! {
    /// For the thread's next frame.
    static KEPT: Cell<Option<DCtx<'static>>> = const { Cell::new(None) };
}

pub(super) fn decompress(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    // A thread that is being torn down keeps nothing.
    let kept = KEPT.try_with(Cell::take).ok().flatten();
    let mut context = kept.or_else(DCtx::try_create).ok_or(Error::OutOfMemory)?;
    if !at_once(&mut context, input, limit, out) {
        in_steps(&mut context, input, limit, out)?;
    }
    // What streams has a window, and a context keeps the largest that it has seen.
    if context.sizeof() <= MOST_KEPT {
        let _ = KEPT.try_with(|kept| kept.set(Some(context)));
    }
    Ok(())
}

/// Decompresses a frame that says how large it is, without a window. Returns false, with `out` as it was, if
/// that cannot be done.
fn at_once(context: &mut DCtx<'_>, input: &[u8], limit: usize, out: &mut Vec<u8>) -> bool {
    let Ok(Some(size)) = get_frame_content_size(input) else { return false };
    let Ok(size) = usize::try_from(size) else { return false };
    // Anybody can claim anything, and memory is taken before it can be seen that it is not so.
    let believed = input.len().saturating_mul(MAX_RATIO).max(out.capacity() - out.len());
    if size > limit.min(believed) || out.try_reserve_exact(size).is_err() {
        return false;
    }
    let start = out.len();
    let mut cursor = Cursor::new(std::mem::take(out));
    cursor.set_position(start as u64);
    let is_done = context.decompress(&mut cursor, input).is_ok();
    *out = cursor.into_inner();
    // There may have been space for more than it said.
    let is_done = is_done && out.len() - start <= limit;
    if !is_done {
        out.truncate(start);
    }
    is_done
}

fn in_steps(context: &mut DCtx<'_>, input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    context.reset(ResetDirective::SessionOnly).map_err(|_| Error::OutOfMemory)?;
    // A frame may ask for a window of up to 2^31 bytes; one larger than all that may come out is not needed.
    let window = limit.max(1 << 10).checked_next_power_of_two().map_or(31, usize::trailing_zeros);
    let window = DParameter::WindowLogMax(window.clamp(COMMON_WINDOW_LOG, 31));
    context.set_parameter(window).map_err(|_| Error::Corrupt)?;
    let start = out.len();
    let mut input = InBuffer::around(input);
    loop {
        // One byte beyond the limit is enough to see that there is more.
        let space = (limit - (out.len() - start)).saturating_add(1).min(STEP);
        out.try_reserve(space).map_err(|_| Error::OutOfMemory)?;
        let before = (input.pos(), out.len());
        let step = context.decompress_stream(&mut OutBuffer::around_pos(out, before.1), &mut input);
        let hint = step.map_err(|_| Error::Corrupt)?;
        if out.len() - start > limit {
            out.truncate(start);
            return Err(Error::TooLarge);
        }
        let is_all = input.pos() == input.src.len();
        if hint == 0 && is_all {
            return Ok(());
        }
        if before == (input.pos(), out.len()) {
            // The frame does not end where the input does.
            return Err(Error::Corrupt);
        }
    }
}
