use super::super::testing;
use super::super::writer::{EncodeQueue, SEGMENT_MIN, Writer};
use super::*;
use crate::compress::decompress;
use crate::producer::format::ProduceFormat;
use crate::protocol::primitives::Reader;

#[derive(Debug, PartialEq)]
struct Read {
    offset: i64,
    magic: i8,
    attributes: i8,
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

fn read(set: &[u8]) -> Vec<Read> {
    let mut r = Reader::new(set);
    let mut out = Vec::new();
    while !r.is_empty() {
        let offset = r.i64().unwrap();
        let size = r.i32().unwrap() as usize;
        let mut m = Reader::new(r.take(size).unwrap());
        let crc = m.u32().unwrap();
        assert_eq!(crc, crc32fast::hash(m.rest()));
        let (magic, attributes) = (m.i8().unwrap(), m.i8().unwrap());
        let timestamp = if magic == 0 { -1 } else { m.i64().unwrap() };
        let mut text = || {
            let len = m.i32().unwrap();
            (len >= 0).then(|| m.take(len as usize).unwrap().to_vec())
        };
        let (key, value) = (text(), text());
        assert!(m.is_empty());
        out.push(Read { offset, magic, attributes, timestamp, key, value });
    }
    out
}

/// What is written for a batch with these values (timestamps from 1,000 on, headers on each message).
fn written(format: ProduceFormat, codec: Codec, values: &[Option<&[u8]>]) -> Vec<Read> {
    let mut queue = EncodeQueue::new(vec![testing::batch_with_headers(codec, values)]);
    let head = testing::head(format);
    let (frame, batches) = Writer::default().produce(&head, &mut queue, usize::MAX);
    let bytes = testing::bytes_of(&frame, &batches);
    assert_eq!(bytes.len(), frame.len());
    let mut r = Reader::new(&bytes[4..]);
    let header = crate::protocol::header::RequestHeader::decode(&mut r).unwrap();
    let request = crate::protocol::produce::Request::decode(header.version, &mut r).unwrap();
    read(request.topics[0].partitions[0].records.unwrap())
}

fn format(version: i16, magic: Magic) -> ProduceFormat {
    ProduceFormat { version, magic, lz4: true, zstd: false }
}

fn expected(magic: i8, values: &[Option<&[u8]>]) -> Vec<Read> {
    let message = |(i, value): (usize, &Option<&[u8]>)| Read {
        offset: i as i64,
        magic,
        attributes: 0,
        timestamp: if magic == 0 { -1 } else { 1_000 + i as i64 },
        key: Some(b"key".to_vec()),
        value: value.map(<[u8]>::to_vec),
    };
    values.iter().enumerate().map(message).collect()
}

#[test]
fn messages_are_written_one_by_one_large_values_left_where_they_are() {
    let large = vec![b'L'; 3 * SEGMENT_MIN];
    let values = [Some(&b"one"[..]), None, Some(&large), Some(b""), Some(&large)];
    for (version, magic) in [(0, Magic::V0), (1, Magic::V0), (2, Magic::V1), (7, Magic::V1)] {
        assert_eq!(written(format(version, magic), Codec::None, &values), expected(magic.number(), &values));
    }
}

#[test]
fn a_compressed_set_is_the_value_of_one_message() {
    let text = vec![b'x'; 2_000];
    let values = [Some(&text[..]), Some(b"two"), Some(&text)];
    for magic in [Magic::V0, Magic::V1] {
        for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4] {
            let mut outer = written(format(2, magic), codec, &values);
            assert_eq!(outer.len(), 1);
            let outer = outer.remove(0);
            assert_eq!((outer.offset, outer.attributes, &outer.key), (0, codec.id() as i8, &None));
            assert_eq!(outer.timestamp, if magic == Magic::V0 { -1 } else { 1_000 });
            let mut packed = outer.value.unwrap();
            if codec == Codec::Lz4 && magic == Magic::V0 {
                assert!(decompress(codec, &packed, 100_000, &mut Vec::new()).is_err(), "sound framing");
                lz4_framing::mend_checksum(&mut packed);
            }
            let mut inner = Vec::new();
            decompress(codec, &packed, 100_000, &mut inner).unwrap();
            assert_eq!(read(&inner), expected(magic.number(), &values));
        }
    }
}

#[test]
fn what_compression_makes_longer_or_the_broker_does_not_know_goes_uncompressed() {
    let mut random = fastrand::Rng::with_seed(7);
    let noise: Vec<u8> = (0..500).map(|_| random.u8(..)).collect();
    let values = [Some(&noise[..])];
    assert_eq!(written(format(2, Magic::V1), Codec::Lz4, &values), expected(1, &values));
    let text = vec![b'x'; 2_000];
    let values = [Some(&text[..])];
    let without = ProduceFormat { lz4: false, ..format(0, Magic::V0) };
    assert_eq!(written(without, Codec::Lz4, &values), expected(0, &values));
    assert_eq!(written(format(2, Magic::V1), Codec::Zstd, &values), expected(1, &values));
}
