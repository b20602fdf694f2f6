//! How fast the work on a batch is: its checksum, and each codec at its default level.
//!
//!     cargo bench --bench encode

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A failure here is a failed measurement.

use rdkafka::compress::{Codec, Compressor};
use rdkafka::protocol::record_batch::BatchHeader;
use std::time::{Duration, Instant};

const BATCH: usize = 256 << 10;
const LASTING: Duration = Duration::from_millis(300);

fn main() {
    if std::env::args().len() < 2 {
        // `cargo test --all-targets` runs benchmarks too, without an argument; `cargo bench` gives `--bench`.
        return println!("nothing measured; run `cargo bench --bench encode`");
    }
    let text = |n: usize| format!("{{\"n\":{n},\"level\":\"info\",\"text\":\"some words\"}}").into_bytes();
    let batch: Vec<u8> = (0..).flat_map(text).take(BATCH).collect();
    let target = crc_fast::get_calculator_target(crc_fast::CrcAlgorithm::Crc32Iscsi);
    report(&format!("crc32c ({target})"), BATCH, &mut || {
        let mut header = BatchHeader::default();
        header.seal([&batch[..]]);
        header.crc as usize
    });
    let (mut compressor, mut out) = (Compressor::new(), Vec::new());
    for codec in Codec::ALL {
        let mut compress = || {
            out.clear();
            compressor.compress(codec, -1, &[&batch], &mut out).unwrap();
            out.len()
        };
        let len = compress();
        report(&format!("{} (to {} %)", codec.name(), len * 100 / BATCH), BATCH, &mut compress);
    }
}

fn report(what: &str, bytes: usize, work: &mut dyn FnMut() -> usize) {
    let (start, mut rounds) = (Instant::now(), 0);
    while start.elapsed() < LASTING {
        std::hint::black_box(work());
        rounds += 1;
    }
    let rate = (bytes * rounds) as f64 / start.elapsed().as_secs_f64();
    println!("{what:<40} {:>9.0} MB/s", rate / 1e6);
}
