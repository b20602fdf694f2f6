//! Compressed bytes of each codec. Contexts are kept from one to the next: what follows on damaged bytes has
//! to come out right.

use super::memory::used_by;
use super::mutate::mutate;
use super::run;
use fastrand::Rng;
use rdkafka::compress::{Codec, Compressor, decompress};

const PER_CASE: u64 = 200;
/// The most that may come out.
const LIMIT: usize = 64 << 10;

/// What is compressed: nothing, little, what repeats itself, what does not, and more than one block of
/// Java's.
fn plain() -> Vec<Vec<u8>> {
    let mut rng = Rng::with_seed(1);
    let noise: Vec<u8> = (0..3000).map(|_| rng.u8(..)).collect();
    let text = b"{\"id\": 17, \"name\": \"somebody\"}".repeat(60);
    vec![Vec::new(), b"a".to_vec(), vec![7; 20_000], text.clone(), [noise, text].concat()]
}

/// In the framing of the Java client, in blocks of so many bytes.
fn framed(bytes: &[u8], block: usize) -> Vec<u8> {
    let mut out = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
    for chunk in bytes.chunks(block) {
        let mut raw = Vec::new();
        Compressor::new().compress(Codec::Snappy, -1, &[chunk], &mut raw).unwrap();
        out.extend_from_slice(&u32::try_from(raw.len()).unwrap().to_be_bytes());
        out.extend_from_slice(&raw);
    }
    out
}

/// Compressed inputs, each with what comes out of it.
fn corpus(codec: Codec) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut corpus = Vec::new();
    for bytes in plain() {
        for level in [-1, 1, 9] {
            let mut out = Vec::new();
            Compressor::new().compress(codec, level, &[&bytes], &mut out).unwrap();
            corpus.push((out, bytes.clone()));
        }
        if codec == Codec::Snappy {
            corpus.push((framed(&bytes, 1000), bytes));
        }
    }
    corpus
}

fn damaged(target: &str, codec: Codec) {
    let corpus = corpus(codec);
    let inputs: Vec<Vec<u8>> = corpus.iter().map(|(compressed, _)| compressed.clone()).collect();
    run(target, PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for number in 0..PER_CASE {
            let mut bytes = inputs[rng.usize(..inputs.len())].clone();
            mutate(&mut bytes, 0, &inputs, rng);
            let before = rng.usize(..20);
            let mut out = vec![0x5a; before];
            let (result, peak, _) = used_by(|| decompress(codec, &bytes, LIMIT, &mut out));
            assert!(out[..before].iter().all(|b| *b == 0x5a), "what was there is gone");
            assert!(result.is_err() || out.len() <= before + LIMIT, "{} bytes", out.len());
            let allowed = 4 * bytes.len() + 4 * LIMIT + (512 << 10);
            assert!(peak as usize <= allowed, "{peak} bytes for {}", bytes.len());
            if number % 16 == 0 {
                let (sound, plain) = &corpus[rng.usize(..corpus.len())];
                let mut out = Vec::new();
                decompress(codec, sound, LIMIT, &mut out).unwrap();
                assert!(out == *plain, "sound bytes come out wrong after damaged ones");
            }
        }
    });
}

#[test]
fn gzip() {
    damaged("gzip", Codec::Gzip);
}

#[test]
fn snappy() {
    damaged("snappy", Codec::Snappy);
}

#[test]
fn lz4() {
    damaged("lz4", Codec::Lz4);
}

#[test]
fn zstd() {
    damaged("zstd", Codec::Zstd);
}
