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
    // Magic; version 1, independent blocks, no checksums, no size; blocks of 64 KiB; a valid header checksum
    // follows.
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

/// Frames of several sizes and makers one after the other, on contexts that are used again.
#[test]
fn contexts_are_as_good_as_new_for_every_frame() {
    let mut compressor = Compressor::new();
    let streamed = |data: &[u8]| {
        // As encoders write that do not know how much will come: no size in front.
        let mut encoder = ::zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
        std::io::Write::write_all(&mut encoder, data).unwrap();
        encoder.finish().unwrap()
    };
    for round in 1..50 {
        let data = if round % 3 == 0 { noise(round * 997, round as u64) } else { text(round * 9973) };
        for codec in REAL {
            let mut frame = Vec::new();
            compressor.compress(codec, -1, &[&data], &mut frame).unwrap();
            let mut frames = vec![frame];
            if codec == Codec::Zstd {
                frames.push(streamed(&data));
                // Several frames in one, of which the first tells its size only.
                let (one, other) = data.split_at(data.len() / 3);
                let mut both = Vec::new();
                compressor.compress(codec, -1, &[one], &mut both).unwrap();
                both.extend_from_slice(&streamed(other));
                frames.push(both);
            }
            for frame in &frames {
                let mut back = b"kept".to_vec();
                assert_eq!(
                    decompress(codec, &frame[..frame.len() / 2], data.len(), &mut Vec::new()).ok(),
                    None
                );
                decompress(codec, frame, data.len(), &mut back).unwrap();
                assert!(back[..4] == *b"kept" && back[4..] == data, "{codec:?}, round {round}");
                if !data.is_empty() {
                    let refused = decompress(codec, frame, data.len() - 1, &mut back);
                    assert_eq!(refused, Err(Error::TooLarge), "{codec:?}, round {round}");
                }
            }
        }
    }
}
