//! Compression of record batches: segment lists in, one vector out.

mod buffers;
mod codec;
mod contexts;
mod error;
mod gzip;
pub mod lz4_framing;
mod lz4_sys;
mod snappy;
mod zstd;

use contexts::Contexts;

pub use codec::Codec;
pub use error::Error;

/// Codec state for reuse from batch to batch: one per broker. Nothing is allocated before a codec's first
/// use.
#[derive(Default)]
pub struct Compressor {
    gzip: Contexts<gzip::Compressor>,
    lz4: Option<lz4_sys::Compressor>,
    snappy: Option<snap::raw::Encoder>,
    zstd: Contexts<zstd::Compressor>,
    /// For codecs that take their input in one piece.
    scratch: Vec<u8>,
}

impl Compressor {
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the compressed form of all segments together to `out`. `level` is `compression.level`: -1 is
    /// the codec's own default, and what lies beyond the codec's range counts as its end. On an error `out`
    /// is as it was.
    pub fn compress(
        &mut self,
        codec: Codec,
        level: i32,
        segments: &[&[u8]],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let start = out.len();
        let result = match codec {
            Codec::None => {
                out.reserve(segments.iter().map(|segment| segment.len()).sum());
                segments.iter().for_each(|segment| out.extend_from_slice(segment));
                Ok(())
            }
            Codec::Lz4 => self.lz4().and_then(|lz4| lz4.compress(level, segments, out)),
            Codec::Gzip => {
                let gzip = self.gzip.of(gzip::effective(level), |level| Ok(gzip::Compressor::new(level)));
                gzip.and_then(|gzip| gzip.compress(segments, out))
            }
            Codec::Snappy => {
                let encoder = self.snappy.get_or_insert_with(snap::raw::Encoder::new);
                snappy::compress(encoder, segments, &mut self.scratch, out)
            }
            Codec::Zstd => {
                let zstd = self.zstd.of(zstd::effective(level), zstd::Compressor::new);
                zstd.and_then(|zstd| zstd.compress(segments, &mut self.scratch, out))
            }
        };
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    /// One for all levels: it grows to what the highest needs.
    fn lz4(&mut self) -> Result<&mut lz4_sys::Compressor, Error> {
        match &mut self.lz4 {
            Some(lz4) => Ok(lz4),
            none => Ok(none.insert(lz4_sys::Compressor::new()?)),
        }
    }
}

/// Appends the decompressed form of `input` to `out`, at most `limit` bytes of it. Memory grows only as
/// output arrives.
pub fn decompress(codec: Codec, input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    match codec {
        Codec::None if input.len() > limit => Err(Error::TooLarge),
        Codec::None => {
            out.extend_from_slice(input);
            Ok(())
        }
        Codec::Lz4 => lz4_sys::decompress(input, limit, out),
        Codec::Gzip => gzip::decompress(input, limit, out),
        Codec::Snappy => snappy::decompress(input, limit, out),
        Codec::Zstd => zstd::decompress(input, limit, out),
    }
}

#[cfg(test)]
mod tests;
