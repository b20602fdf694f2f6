use super::*;
use crate::conf::TopicSettings;
use crate::producer::format::ProduceFormat;
use crate::producer::partition::TopicShared;
use crate::producer::wire::testing::{batch, bytes_of, head};
use crate::protocol::ApiKey;
use crate::protocol::primitives::Reader;

fn check(version: i16, codec: Codec) {
    let settings = TopicSettings { compression: codec, ..TopicSettings::default() };
    let a = TopicShared::new("a", settings.clone(), 1);
    let b = TopicShared::new("b", settings, 2);
    let large = vec![b'L'; 3 * SEGMENT_MIN];
    let batches = vec![
        batch(&a, 0, &[b"one", &large, b"three"]),
        batch(&a, 5, &[b"x"]),
        batch(&b, 1, &[&large, &large]),
    ];
    let mut w = Writer::default();
    let format = ProduceFormat::newest(version);
    let head = RequestHead { correlation_id: 77, acks: -1, ..head(format) };
    let (frame, batches) = w.produce(&head, &mut EncodeQueue::new(batches), usize::MAX);
    let bytes = bytes_of(&frame, &batches);
    assert_eq!(bytes.len(), frame.len());
    let mut r = Reader::new(&bytes);
    assert_eq!(r.i32().unwrap() as usize, bytes.len() - 4);
    let h = crate::protocol::header::RequestHeader::decode(&mut r).unwrap();
    assert_eq!((h.api, h.version, h.correlation_id), (ApiKey::Produce, version, 77));
    let req = wire::Request::decode(version, &mut r).unwrap();
    assert!(r.is_empty());
    assert_eq!(req.topics.len(), 2);
    let got: Vec<_> = req
        .topics
        .iter()
        .flat_map(|t| t.partitions.iter().map(|p| (t.name.as_str(), p.partition, p.records.unwrap())))
        .collect();
    assert_eq!(got.iter().map(|g| (g.0, g.1)).collect::<Vec<_>>(), [("a", 0), ("a", 5), ("b", 1)]);
    for (batch, (_, _, records)) in batches.iter().zip(got) {
        let info = rb::validate(records).unwrap();
        let values: Vec<Vec<u8>> =
            info.records().map(|r| r.unwrap().value.unwrap_or_default().to_vec()).collect();
        let sent: Vec<Vec<u8>> = batch
            .runs
            .iter()
            .flat_map(|r| r.iter())
            .map(|m| m.value().unwrap_or_default().to_vec())
            .collect();
        assert_eq!(values, sent);
    }
}

#[test]
fn what_is_written_reads_back_in_every_version() {
    for version in wire::FIRST_WITH_BATCHES..=wire::CLIENT_MAX_VERSION {
        for codec in Codec::ALL {
            check(version, codec);
        }
    }
}

/// Batches of three topics, of sizes on both sides of what is copied.
fn many(codec: Codec) -> Vec<Batch> {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut batches = Vec::new();
    for t in 0..3 {
        let settings = TopicSettings { compression: codec, ..TopicSettings::default() };
        let topic = TopicShared::new(&format!("topic-{t}"), settings, t + 1);
        for p in 0..20 {
            let values: Vec<Vec<u8>> = (0..rng.usize(1..5))
                .map(|_| (0..rng.usize(0..2 * SEGMENT_MIN)).map(|_| rng.u8(..16)).collect())
                .collect();
            let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
            batches.push(batch(&topic, p, &values));
        }
    }
    batches
}

/// What a broker gets of each partition.
fn contents(version: i16, bytes: &[u8]) -> Vec<(String, i32, Vec<u8>)> {
    let mut r = Reader::new(bytes);
    assert_eq!(r.i32().unwrap() as usize, bytes.len() - 4);
    crate::protocol::header::RequestHeader::decode(&mut r).unwrap();
    let req = wire::Request::decode(version, &mut r).unwrap();
    assert!(r.is_empty());
    let mut out = Vec::new();
    for t in req.topics {
        for p in t.partitions {
            rb::validate(p.records.unwrap()).unwrap();
            out.push((t.name.clone(), p.partition, p.records.unwrap().to_vec()));
        }
    }
    out
}

#[test]
fn batches_are_divided_into_the_largest_requests_that_fit() {
    for (version, codec) in [(3, Codec::None), (9, Codec::None), (7, Codec::Zstd), (12, Codec::Lz4)] {
        let format = ProduceFormat::newest(version);
        let head = head(format);
        let mut w = Writer::default();
        let (frame, batches) = w.produce(&head, &mut EncodeQueue::new(many(codec)), usize::MAX);
        let want = contents(version, &bytes_of(&frame, &batches));
        assert_eq!((batches.len(), want.len()), (60, 60));
        for limit in [1, 5_000, 20_000, 100_000] {
            let mut queue = EncodeQueue::new(many(codec));
            let (mut got, mut sizes) = (Vec::new(), Vec::new());
            while queue.next().is_some() {
                let (frame, batches) = w.produce(&head, &mut queue, limit);
                assert!(frame.len() <= limit || batches.len() == 1, "{} of {limit}", frame.len());
                let bytes = bytes_of(&frame, &batches);
                assert_eq!(bytes.len(), frame.len());
                let parts = contents(version, &bytes);
                sizes.push((frame.len(), parts.first().map_or(0, |p| p.2.len())));
                got.extend(parts);
                w.recycle(frame);
            }
            assert!(got == want, "the parts are the whole: version {version}, limit {limit}");
            for pair in sizes.windows(2) {
                // With the next batch, its topic's name and the lengths it would have been too large.
                assert!(pair[0].0 + pair[1].1 + 40 > limit, "{pair:?} of {limit}");
            }
        }
    }
}

/// Tiny messages are mostly overhead, more than is estimated: that is noticed.
#[test]
fn frames_that_have_to_grow_make_the_next_ones_larger() {
    let topic = TopicShared::new("t", TopicSettings::default(), 1);
    let mut w = Writer::default();
    let frame = |w: &mut Writer, value: &[u8]| {
        let before = w.grown();
        let head = head(ProduceFormat::newest(9));
        let (frame, _batches) =
            w.produce(&head, &mut EncodeQueue::new(vec![batch(&topic, 0, &[value; 500])]), usize::MAX);
        w.recycle(frame);
        w.grown() - before
    };
    let tiny: Vec<u64> = (0..40).map(|_| frame(&mut w, b"x")).collect();
    assert_eq!(tiny[0], 1, "{tiny:?}");
    assert!(tiny.iter().sum::<u64>() <= 10, "{tiny:?}");
    let usual: u64 = (0..40).map(|_| frame(&mut w, &[b'u'; 200])).sum();
    assert_eq!(usual, 0);
}

/// What stands in front of a batch has its place before the batch's length is known.
#[test]
fn a_wrongly_guessed_length_costs_a_move_and_nothing_else() {
    let head = |version| RequestHead {
        format: ProduceFormat::newest(version),
        correlation_id: 1,
        client_id: "me",
        transactional_id: None,
        acks: 1,
        timeout_ms: 1,
    };
    let (mut w, mut moved) = (Writer::default(), 0);
    for codec in [Codec::None, Codec::Lz4] {
        let settings = TopicSettings { compression: codec, ..TopicSettings::default() };
        let topic = TopicShared::new("t", settings, 1);
        // Around the length from which on its number takes another byte: 16,382.
        for len in (0..40).map(|n| 16_382 - 61 - 4 * 14 - 20 + n) {
            for large in [1, SEGMENT_MIN] {
                let values =
                    [vec![b'a'; large], vec![b'b'; 4000], vec![b'c'; 4000], vec![b'd'; len - 8000 - large]];
                let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
                let batches = vec![batch(&topic, 0, &values), batch(&topic, 1, &values)];
                let guess = base128(expected_len(&batches[0]));
                let (frame, batches) = w.produce(&head(9), &mut EncodeQueue::new(batches), usize::MAX);
                let got = contents(9, &bytes_of(&frame, &batches));
                assert_eq!(got.iter().map(|g| g.1).collect::<Vec<_>>(), [0, 1]);
                assert_eq!(got[0].2, got[1].2);
                moved += usize::from(guess != base128(got[0].2.len()));
            }
        }
    }
    assert!(moved > 20, "{moved}: the lengths are not those that this is about");
}

fn base128(len: usize) -> usize {
    wire::records_len_size(9, len)
}
