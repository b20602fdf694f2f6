//! Snappy: the raw format when writing, as librdkafka does; raw or in the framing of the Java client when
//! reading.

use super::buffers::in_one_piece;
use super::error::Error;

/// The head of the Java client's framing ("xerial"): this, then two version numbers of four bytes.
const JAVA_MAGIC: &[u8] = b"\x82SNAPPY\0";
const JAVA_HEAD_LEN: usize = 16;
/// No element of the format makes more than 64 bytes out of 3, so a larger claim is a lie.
const MAX_RATIO: usize = 32;

pub(super) fn compress(
    encoder: &mut snap::raw::Encoder,
    segments: &[&[u8]],
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    // The format has one length in front, so it takes its input in one piece.
    let input = in_one_piece(segments, scratch);
    let start = out.len();
    let most = snap::raw::max_compress_len(input.len());
    if most == 0 {
        return Err(Error::Failed("snappy: input too large"));
    }
    out.resize(start + most, 0);
    let place = out.get_mut(start..).unwrap_or_default();
    let len = encoder.compress(input, place).map_err(|_| Error::Failed("snappy: compression failed"))?;
    out.truncate(start + len);
    Ok(())
}

pub(super) fn decompress(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    if !input.starts_with(JAVA_MAGIC) {
        return block(input, limit, out);
    }
    let mut rest = input.get(JAVA_HEAD_LEN..).ok_or(Error::Corrupt)?;
    let start = out.len();
    while !rest.is_empty() {
        let (len, tail) = rest.split_first_chunk::<4>().ok_or(Error::Corrupt)?;
        let len = u32::from_be_bytes(*len) as usize;
        let (chunk, tail) = tail.split_at_checked(len).ok_or(Error::Corrupt)?;
        block(chunk, limit.saturating_sub(out.len() - start), out)?;
        rest = tail;
    }
    Ok(())
}

fn block(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    let len = snap::raw::decompress_len(input).map_err(|_| Error::Corrupt)?;
    if len > input.len().saturating_mul(MAX_RATIO) {
        return Err(Error::Corrupt);
    }
    if len > limit {
        return Err(Error::TooLarge);
    }
    let start = out.len();
    out.resize(start + len, 0);
    let place = out.get_mut(start..).unwrap_or_default();
    snap::raw::Decoder::new().decompress(input, place).map_err(|_| Error::Corrupt)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_java_framing_is_read() {
        let mut framed = JAVA_MAGIC.to_vec();
        framed.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1]);
        for part in [&b"hello "[..], b"world"] {
            let raw = snap::raw::Encoder::new().compress_vec(part).unwrap();
            framed.extend_from_slice(&(raw.len() as u32).to_be_bytes());
            framed.extend_from_slice(&raw);
        }
        let mut out = Vec::new();
        decompress(&framed, 100, &mut out).unwrap();
        assert_eq!(out, b"hello world");
        assert_eq!(decompress(&framed, 10, &mut Vec::new()), Err(Error::TooLarge));
        assert_eq!(decompress(&framed[..framed.len() - 1], 100, &mut Vec::new()), Err(Error::Corrupt));
    }

    #[test]
    fn a_claim_beyond_what_the_format_can_make_is_refused_before_memory_is_taken() {
        // A length of 2^31 in front of nothing.
        let lie = [0x80, 0x80, 0x80, 0x80, 0x08, 0];
        assert_eq!(decompress(&lie, usize::MAX, &mut Vec::new()), Err(Error::Corrupt));
    }
}
