//! Compression of record batches: segment lists in, one vector out.

mod contexts;
mod gzip;
pub mod lz4_framing;
mod lz4_sys;
mod snappy;
mod zstd;

use contexts::Contexts;
use std::fmt;
use std::io::{ErrorKind, Read};

/// The codec of a record batch, with Kafka's numbers (the low three bits of a batch's attributes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Codec {
    #[default]
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

impl Codec {
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    pub const fn id(self) -> u8 {
        self as u8
    }

    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.id() == id)
    }

    /// The name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    OutOfMemory,
    /// Decompression: the bytes are not what the codec writes.
    Corrupt,
    /// Decompression: more would come out than the caller allows.
    TooLarge,
    /// Compression failed inside the codec, with its text.
    Failed(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory => f.write_str("out of memory"),
            Self::Corrupt => f.write_str("corrupt compressed data"),
            Self::TooLarge => f.write_str("decompressed data exceeds the limit"),
            Self::Failed(why) => write!(f, "compression failed: {why}"),
        }
    }
}

impl std::error::Error for Error {}

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

/// The segments as one, copied into `scratch` only if there are several.
fn in_one_piece<'a>(segments: &[&'a [u8]], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    if let [one] = segments {
        return one;
    }
    scratch.clear();
    segments.iter().for_each(|s| scratch.extend_from_slice(s));
    scratch
}

/// Reads all that comes, but not more than `limit` bytes.
fn read_bounded(reader: impl Read, limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    let one_more = (limit as u64).saturating_add(1);
    match reader.take(one_more).read_to_end(out) {
        Ok(n) if n > limit => {
            out.truncate(start);
            Err(Error::TooLarge)
        }
        Ok(_) => Ok(()),
        Err(e) => {
            out.truncate(start);
            Err(if e.kind() == ErrorKind::OutOfMemory { Error::OutOfMemory } else { Error::Corrupt })
        }
    }
}

#[cfg(test)]
mod tests;
