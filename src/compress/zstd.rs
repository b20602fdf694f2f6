//! Zstandard (RFC 8878), the context kept from batch to batch.

use super::buffers::{in_one_piece, read_bounded};
use super::error::Error;
use std::io::Cursor;
use zstd::bulk;
use zstd::zstd_safe::compress_bound;

/// The library's own default.
const DEFAULT_LEVEL: i32 = 3;
const MAX_LEVEL: i32 = 22;
/// Encoders that stream do not know how little will come, and ask for their level's window whatever the frame
/// holds.
const COMMON_WINDOW_LOG: u32 = 23;

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

pub(super) fn decompress(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(input).map_err(|_| Error::OutOfMemory)?;
    // A frame may ask for a window of up to 2^31 bytes; one larger than all that may come out is not needed.
    let window = limit.max(1 << 10).checked_next_power_of_two().map_or(31, usize::trailing_zeros);
    decoder.window_log_max(window.clamp(COMMON_WINDOW_LOG, 31)).map_err(|_| Error::Corrupt)?;
    read_bounded(decoder, limit, out)
}
