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

/// Codec state for reuse from batch to batch: one per broker. Nothing is allocated before a codec's first use.
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

    /// Appends the compressed form of all segments together to `out`. `level` is `compression.level`: -1 is the codec's
    /// own default, and what lies beyond the codec's range counts as its end. On an error `out` is as it was.
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

/// Appends the decompressed form of `input` to `out`, at most `limit` bytes of it. Memory grows only as output arrives.
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
mod tests {
    use super::*;

    fn text(len: usize) -> Vec<u8> {
        (0u32..).flat_map(|n| format!("{{\"n\":{n},\"level\":\"info\"}}").into_bytes()).take(len).collect()
    }

    fn noise(len: usize, seed: u64) -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..len).map(|_| rng.u8(..)).collect()
    }

    #[test]
    fn names_and_numbers() {
        for codec in Codec::ALL {
            assert_eq!(Codec::from_id(codec.id()), Some(codec));
            assert_eq!(Codec::from_name(codec.name()), Some(codec));
        }
        assert_eq!((Codec::from_id(5), Codec::from_name("lzma")), (None, None));
    }

    const REAL: [Codec; 4] = [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

    #[test]
    fn every_codec_round_trips_any_segmentation() {
        for codec in REAL {
            round_trips(codec);
        }
    }

    fn round_trips(codec: Codec) {
        let mut compressor = Compressor::new();
        for len in [0, 1, 100, 65_535, 65_536, 65_537, 300_000] {
            for data in [text(len), noise(len, 7)] {
                for segment in [1usize, 13, 110, 70_000, usize::MAX] {
                    if len / segment > 10_000 {
                        continue;
                    }
                    let segments: Vec<&[u8]> = data.chunks(segment).collect();
                    let mut out = b"before".to_vec();
                    compressor.compress(codec, -1, &segments, &mut out).unwrap();
                    let mut back = b"kept".to_vec();
                    decompress(codec, &out[6..], len, &mut back).unwrap();
                    assert!(&out[..6] == b"before" && &back[..4] == b"kept");
                    assert!(back[4..] == data, "{codec:?}: {len} bytes in segments of {segment}");
                }
            }
        }
    }

    #[test]
    fn lz4_frames_are_as_kafka_wants_them() {
        let mut out = Vec::new();
        Compressor::new().compress(Codec::Lz4, 0, &[&text(200_000)], &mut out).unwrap();
        // Magic; version 1, independent blocks, no checksums, no size; blocks of 64 KiB; a valid header checksum follows.
        assert_eq!(out[..6], [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40]);
        assert!(out.len() < 100_000);
    }

    #[test]
    fn levels_beyond_the_range_count_as_its_end() {
        let mut compressor = Compressor::new();
        let data = text(50_000);
        let sizes = [-7, -1, 0, 9, 12, 99].map(|level| {
            let mut out = Vec::new();
            compressor.compress(Codec::Lz4, level, &[&data], &mut out).unwrap();
            let mut back = Vec::new();
            decompress(Codec::Lz4, &out, data.len(), &mut back).unwrap();
            assert!(back == data);
            out.len()
        });
        assert_eq!(sizes[0], sizes[2]);
        assert_eq!(sizes[1], sizes[2]);
        assert!(sizes[3] < sizes[2]);
        assert_eq!(sizes[4], sizes[5]);
    }

    #[test]
    fn decompression_is_bounded_and_refuses_rubbish() {
        let zeros = vec![0; 10_000_000];
        let mut out = Vec::new();
        Compressor::new().compress(Codec::Lz4, 0, &[&zeros], &mut out).unwrap();
        assert!(out.len() < 60_000);
        let mut back = Vec::new();
        assert_eq!(decompress(Codec::Lz4, &out, 1_000_000, &mut back), Err(Error::TooLarge));
        assert!(back.capacity() < 3_000_000);
        back.clear();
        assert_eq!(decompress(Codec::Lz4, &out, 10_000_000, &mut back), Ok(()));
        assert_eq!(
            decompress(Codec::Lz4, &out[..out.len() - 1], 10_000_000, &mut Vec::new()),
            Err(Error::Corrupt)
        );
        assert_eq!(decompress(Codec::Lz4, &[], 100, &mut Vec::new()), Err(Error::Corrupt));
        out.push(0);
        assert_eq!(decompress(Codec::Lz4, &out, 10_000_000, &mut Vec::new()), Err(Error::Corrupt));
        let seed = 0x5eed;
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut good = Vec::new();
        Compressor::new().compress(Codec::Lz4, 0, &[&text(3_000)], &mut good).unwrap();
        for _ in 0..5_000 {
            let mut bad = good.clone();
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(..bad.len());
                bad[at] = rng.u8(..);
            }
            // Any answer is fine (there is no checksum over the content), as long as it is one.
            let _ = decompress(Codec::Lz4, &bad, 100_000, &mut Vec::new());
        }
    }

    #[test]
    fn levels_change_what_gzip_and_zstd_make() {
        let mut compressor = Compressor::new();
        let data = text(200_000);
        for (codec, levels) in [(Codec::Gzip, [1, 9, 99]), (Codec::Zstd, [1, 19, 99])] {
            let sizes = levels.map(|level| {
                let mut out = Vec::new();
                compressor.compress(codec, level, &[&data], &mut out).unwrap();
                let mut back = Vec::new();
                decompress(codec, &out, data.len(), &mut back).unwrap();
                assert!(back == data);
                out.len()
            });
            assert!(sizes[1] < sizes[0], "{codec:?} {sizes:?}");
            assert!(sizes[2] <= sizes[1], "{codec:?} {sizes:?}");
        }
    }

    #[test]
    fn every_codec_is_bounded_and_refuses_rubbish() {
        let zeros = vec![0; 10_000_000];
        let seed = 0x5eed;
        let mut rng = fastrand::Rng::with_seed(seed);
        for codec in REAL {
            let mut out = Vec::new();
            Compressor::new().compress(codec, -1, &[&zeros], &mut out).unwrap();
            let mut back = Vec::new();
            assert_eq!(decompress(codec, &out, 1_000_000, &mut back), Err(Error::TooLarge), "{codec:?}");
            assert!(back.capacity() < 5_000_000, "{codec:?}");
            assert_eq!(
                decompress(codec, &out[..out.len() - 1], 10_000_000, &mut Vec::new()),
                Err(Error::Corrupt)
            );
            let mut good = Vec::new();
            Compressor::new().compress(codec, -1, &[&text(3_000)], &mut good).unwrap();
            for _ in 0..2_000 {
                let mut bad = good.clone();
                for _ in 0..rng.usize(1..4) {
                    let at = rng.usize(..bad.len());
                    bad[at] = rng.u8(..);
                }
                let _ = decompress(codec, &bad, 100_000, &mut Vec::new());
            }
        }
    }
}
