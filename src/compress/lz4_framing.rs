//! The header checksum of LZ4 frames, and the wrong one that Kafka before 0.10 wants.
//!
//! Kafka took the checksum over the magic number of the frame too, which the format excludes. Messages of
//! format 0 are written and read that way for good (KIP-57); from format 1 on frames are as they should be.

use twox_hash::XxHash32;

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const FLAGS_AT: usize = MAGIC.len();
const HAS_CONTENT_SIZE: u8 = 0x08;

/// Gives a sound frame the checksum that Kafka before 0.10 expects.
pub fn break_checksum(frame: &mut [u8]) {
    replace_checksum(frame, 0);
}

/// Gives a frame of a message of format 0 the checksum that the frame format asks for.
pub fn mend_checksum(frame: &mut [u8]) {
    replace_checksum(frame, FLAGS_AT);
}

/// Puts the checksum over everything from `from` on into its place; what is no frame stays as it is.
fn replace_checksum(frame: &mut [u8], from: usize) {
    let Some(at) = checksum_at(frame) else { return };
    let checksum = (XxHash32::oneshot(0, frame.get(from..at).unwrap_or_default()) >> 8) as u8;
    if let Some(place) = frame.get_mut(at) {
        *place = checksum;
    }
}

fn checksum_at(frame: &[u8]) -> Option<usize> {
    let flags = *frame.strip_prefix(&MAGIC)?.first()?;
    // Flags, block descriptor and the size of the content, if there is one.
    let at = FLAGS_AT + 2 + if flags & HAS_CONTENT_SIZE != 0 { 8 } else { 0 };
    (at < frame.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::super::{Codec, Compressor, decompress};
    use super::*;

    #[test]
    fn mending_finds_the_checksum_that_the_library_wrote() {
        let data = vec![b'x'; 10_000];
        let mut sound = Vec::new();
        Compressor::new().compress(Codec::Lz4, -1, &[&data], &mut sound).unwrap();
        let mut frame = sound.clone();
        break_checksum(&mut frame);
        let changed: Vec<usize> = (0..frame.len()).filter(|i| frame[*i] != sound[*i]).collect();
        assert_eq!(changed, [6]);
        assert!(decompress(Codec::Lz4, &frame, data.len(), &mut Vec::new()).is_err());
        mend_checksum(&mut frame);
        assert!(frame == sound);
    }

    #[test]
    fn the_size_of_the_content_moves_the_checksum() {
        let mut frame = [&MAGIC[..], &[0x68, 0x40], &[7; 8], &[0, 0]].concat();
        mend_checksum(&mut frame);
        assert_eq!(frame[14], (XxHash32::oneshot(0, &frame[4..14]) >> 8) as u8);
        assert_eq!(frame[15], 0);
    }

    #[test]
    fn what_is_no_frame_stays_as_it_is() {
        for bytes in [&b""[..], b"\x04\x22\x4d\x18\x60\x40", b"something else"] {
            let mut frame = bytes.to_vec();
            break_checksum(&mut frame);
            mend_checksum(&mut frame);
            assert_eq!(frame, bytes);
        }
    }
}
