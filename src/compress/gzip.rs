//! gzip (RFC 1952), the state kept from batch to batch.

use super::buffers::read_bounded;
use super::error::Error;
use flate2::bufread::MultiGzDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

/// 32 KiB, the window that every reader of gzip has.
const WINDOW_BITS: u8 = 15;
/// zlib's own default.
const DEFAULT_LEVEL: i32 = 6;
const MAX_LEVEL: i32 = 9;

/// The level that a configured one comes to.
pub(super) fn effective(level: i32) -> i32 {
    if level < 0 { DEFAULT_LEVEL } else { level.min(MAX_LEVEL) }
}

#[derive(Debug)]
pub(super) struct Compressor {
    state: Compress,
}

impl Compressor {
    pub(super) fn new(level: i32) -> Self {
        Self { state: Compress::new_gzip(Compression::new(level.unsigned_abs()), WINDOW_BITS) }
    }

    pub(super) fn compress(&mut self, segments: &[&[u8]], out: &mut Vec<u8>) -> Result<(), Error> {
        self.state.reset();
        let total: usize = segments.iter().map(|s| s.len()).sum();
        // What data that does not compress takes: block headers, and the frame's own head and tail.
        out.reserve(total + total / 1000 + 64);
        for segment in segments {
            self.feed(segment, FlushCompress::None, out)?;
        }
        self.feed(&[], FlushCompress::Finish, out)
    }

    fn feed(&mut self, mut input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> Result<(), Error> {
        loop {
            let before = self.state.total_in();
            let status = self
                .state
                .compress_vec(input, out, flush)
                .map_err(|_| Error::Failed("gzip: stream error"))?;
            let taken = usize::try_from(self.state.total_in() - before).unwrap_or(usize::MAX);
            input = input.get(taken..).unwrap_or_default();
            match status {
                Status::StreamEnd => return Ok(()),
                _ if input.is_empty() && matches!(flush, FlushCompress::None) => return Ok(()),
                _ => out.reserve(4096),
            }
        }
    }
}

pub(super) fn decompress(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    read_bounded(MultiGzDecoder::new(input), limit, out)
}
