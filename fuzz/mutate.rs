//! Changes to sound bytes that reach deep: single bytes, counts and lengths, ranges, and pieces of other
//! inputs.

use fastrand::Rng;

const BYTES: &[u8] = &[0, 1, 2, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff];
const NUMBERS: &[i32] = &[-2, -1, 0, 1, 2, 255, 256, 65_535, 1 << 20, 1 << 30, i32::MAX, i32::MIN];

/// Changes `bytes` behind the first `keep` in one to eight places.
pub fn mutate(bytes: &mut Vec<u8>, keep: usize, corpus: &[Vec<u8>], rng: &mut Rng) {
    for _ in 0..1 << rng.u32(0..4) {
        if bytes.len() <= keep {
            bytes.push(rng.u8(..));
            continue;
        }
        let at = rng.usize(keep..bytes.len());
        match rng.u32(0..10) {
            0 => bytes[at] ^= 1 << rng.u32(0..8),
            1 | 2 => bytes[at] = BYTES[rng.usize(..BYTES.len())],
            3 => bytes.insert(at, rng.u8(..)),
            4 => {
                let end = (at + rng.usize(1..16)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let end = (at + rng.usize(1..64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let times = 1 << rng.u32(0..8);
                bytes.splice(at..at, piece.repeat(times));
            }
            6 => overwrite(bytes, at, &NUMBERS[rng.usize(..NUMBERS.len())].to_be_bytes()),
            7 => overwrite(bytes, at, &rng.u16(..).to_be_bytes()),
            8 => {
                // A long varint.
                let wide = [&[0xff; 4][..], &[rng.u8(0..0x80)]].concat();
                overwrite(bytes, at, &wide);
            }
            _ if corpus.is_empty() || rng.bool() => bytes.truncate(at),
            _ => {
                let other = &corpus[rng.usize(..corpus.len())];
                let from = rng.usize(..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    for (place, byte) in bytes[at..].iter_mut().zip(with) {
        *place = *byte;
    }
}
