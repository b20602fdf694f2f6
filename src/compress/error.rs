//! Why bytes cannot be compressed or decompressed.

use std::fmt;

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
