//! Record batches against `kafka-protocol`, in both directions, and against bytes that librdkafka sent.

use bytes::{Bytes, BytesMut};
use fastrand::Rng;
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{
    Compression, NO_PARTITION_LEADER_EPOCH, Record, RecordBatchDecoder, RecordBatchEncoder,
    RecordEncodeOptions, TimestampType,
};
use rdkafka::compress::{Codec, Compressor};
use rdkafka::protocol::header::{RequestHeader, frame, write_request_header};
use rdkafka::protocol::record_batch::{
    BatchHeader, encode_headers, encode_record_prefix, headers, headers_len, validate,
};
use rdkafka::protocol::{ApiKey, Reader, produce};

/// A record as the tests compare it.
#[derive(Clone, Debug, PartialEq)]
struct Plain {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

fn blob(rng: &mut Rng) -> Option<Vec<u8>> {
    let len = *rng.choice(&[0, 1, 20, 63, 64, 127, 128, 9_000]).unwrap();
    (rng.u8(..5) != 0).then(|| vec![rng.alphanumeric() as u8; len])
}

fn records(rng: &mut Rng) -> Vec<Plain> {
    let base = rng.i64(..1 << 50);
    let spread = 1 << rng.u8(..40);
    (0..rng.usize(1..200))
        .map(|_| Plain {
            timestamp: base + rng.i64(-spread..=spread),
            key: blob(rng),
            value: blob(rng),
            // Unlike Kafka, the other side holds headers in a map: names are distinct here.
            headers: (0..rng.u8(..4)).map(|n| (vec![b'a' + n; n as usize], blob(rng))).collect(),
        })
        .collect()
}

fn encode(records: &[Plain], codec: Codec, mut header: BatchHeader) -> Vec<u8> {
    let mut plain = Vec::new();
    let base_timestamp = records[0].timestamp;
    for (index, record) in records.iter().enumerate() {
        let mut encoder = headers::Encoder::new();
        for (name, value) in &record.headers {
            encoder.push(name, value.as_deref());
        }
        let blob = (!record.headers.is_empty()).then(|| encoder.finish());
        encode_record_prefix(
            &mut plain,
            index as i32,
            record.timestamp - base_timestamp,
            record.key.as_deref(),
            record.value.as_ref().map(Vec::len),
            headers_len(blob.as_deref()),
        );
        plain.extend(record.value.iter().flatten());
        encode_headers(&mut plain, blob.as_deref());
    }
    let mut stored = Vec::new();
    let pieces: Vec<&[u8]> = plain.chunks(1000).collect();
    Compressor::new().compress(codec, -1, &pieces, &mut stored).unwrap();
    header.attributes |= i16::from(codec.id());
    header.record_count = records.len() as i32;
    header.last_offset_delta = header.record_count - 1;
    header.base_timestamp = base_timestamp;
    header.max_timestamp = records.iter().map(|r| r.timestamp).max().unwrap();
    header.seal(stored.chunks(700));
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend(stored);
    bytes
}

fn decode(batch: &[u8]) -> (BatchHeader, Vec<Plain>) {
    let info = validate(batch).unwrap();
    let records = info
        .records()
        .map(Result::unwrap)
        .map(|r| Plain {
            timestamp: info.header.base_timestamp + r.timestamp_delta,
            key: r.key.map(Into::into),
            value: r.value.map(Into::into),
            headers: r.headers().map(Result::unwrap).map(|(n, v)| (n.into(), v.map(Into::into))).collect(),
        })
        .collect();
    (info.header, records)
}

/// A small sound batch for others.
pub fn batch(seed: u64) -> Vec<u8> {
    let mut records = records(&mut Rng::with_seed(seed));
    records.truncate(3);
    encode(&records, Codec::None, BatchHeader::default())
}

#[test]
fn what_we_write_the_other_side_reads() {
    for seed in 0..200 {
        let rng = &mut Rng::with_seed(seed);
        let records = records(rng);
        let codec = if rng.bool() { Codec::Lz4 } else { Codec::None };
        let header = BatchHeader {
            base_offset: rng.i64(..1 << 60),
            partition_leader_epoch: rng.i32(0..),
            attributes: if rng.bool() { 0x10 } else { 0 },
            producer_id: rng.i64(0..),
            producer_epoch: rng.i16(0..),
            base_sequence: rng.i32(0..i32::MAX - 1000),
            ..Default::default()
        };
        let bytes = encode(&records, codec, header);
        assert_eq!(decode(&bytes).1, records, "seed {seed}");
        let sets = RecordBatchDecoder::decode_all(&mut Bytes::from(bytes)).unwrap();
        assert_eq!(sets.len(), 1, "seed {seed}");
        assert_eq!(sets[0].compression as u8, codec.id());
        assert_eq!(sets[0].records.len(), records.len());
        for (index, (theirs, ours)) in sets[0].records.iter().zip(&records).enumerate() {
            let place = format!("seed {seed} record {index}");
            assert_eq!(theirs.offset, header.base_offset + index as i64, "{place}");
            assert_eq!(theirs.sequence, header.base_sequence + index as i32, "{place}");
            assert_eq!(theirs.producer_id, header.producer_id, "{place}");
            assert_eq!(theirs.producer_epoch, header.producer_epoch, "{place}");
            assert_eq!(theirs.partition_leader_epoch, header.partition_leader_epoch, "{place}");
            assert_eq!(theirs.transactional, header.is_transactional(), "{place}");
            assert_eq!(theirs.timestamp_type, TimestampType::Creation, "{place}");
            let read = Plain {
                timestamp: theirs.timestamp,
                key: theirs.key.as_deref().map(Into::into),
                value: theirs.value.as_deref().map(Into::into),
                headers: theirs
                    .headers
                    .iter()
                    .map(|(n, v)| (n.as_bytes().to_vec(), v.as_deref().map(Into::into)))
                    .collect(),
            };
            assert_eq!(read, *ours, "{place}");
        }
    }
}

#[test]
fn what_the_other_side_writes_we_read() {
    for seed in 0..200 {
        let rng = &mut Rng::with_seed(seed);
        let records = records(rng);
        let lz4 = rng.bool();
        let theirs: Vec<Record> = records
            .iter()
            .enumerate()
            .map(|(index, r)| Record {
                transactional: false,
                control: false,
                delete_horizon: false,
                partition_leader_epoch: NO_PARTITION_LEADER_EPOCH,
                producer_id: 77,
                producer_epoch: 3,
                timestamp_type: TimestampType::Creation,
                offset: index as i64,
                sequence: 1000 + index as i32,
                timestamp: r.timestamp,
                key: r.key.clone().map(Into::into),
                value: r.value.clone().map(Into::into),
                headers: r
                    .headers
                    .iter()
                    .map(|(n, v)| {
                        (
                            StrBytes::from_string(String::from_utf8(n.clone()).unwrap()),
                            v.clone().map(Into::into),
                        )
                    })
                    .collect::<IndexMap<_, Option<Bytes>>>(),
            })
            .collect();
        let options = RecordEncodeOptions {
            version: 2,
            compression: if lz4 { Compression::Lz4 } else { Compression::None },
        };
        let mut bytes = BytesMut::new();
        RecordBatchEncoder::encode(&mut bytes, &theirs, &options).unwrap();
        let (header, read) = decode(&bytes);
        assert_eq!(read, records, "seed {seed}");
        assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (77, 3, 1000));
        assert_eq!(header.codec(), Some(if lz4 { Codec::Lz4 } else { Codec::None }));
        assert_eq!(header.partition_leader_epoch, -1);
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A Produce request of librdkafka 2.15.1 to its own mock cluster, as seen on the socket: three messages of
/// `kcat` with the headers a=1, a=2, b=null.
const SENT_PLAIN: &str = "
    000000d8 0000 000a 00000004 0003636170 00
    00 ffff 00007530 02 03747002 00000000 b601
    0000000000000000 000000a9 00000000 02 7f5f5dc1 0000 00000002 000001a2063ed0c1 000001a2063ed0c1
    ffffffffffffffff ffff ffffffff 00000003
    9c01 00 00 00 046b31 76 76616c7565206f6e652076616c7565206f6e652076616c7565206f6e652076616c7565206f6e652076616c7565
    206f6e652076616c7565206f6e65 06 0261 0231 0261 0232 0262 01
    26 00 00 02 046b32 01 06 0261 0231 0261 0232 0262 01
    26 00 00 04 01 047633 06 0261 0231 0261 0232 0262 01
    00 00 00";

/// The same with lz4.
const SENT_LZ4: &str = "
    000000ad 0000 000a 00000004 0003636170 00
    00 ffff 00007530 02 03747002 00000000 8b01
    0000000000000000 0000007e 00000000 02 170a16d4 0003 00000002 000001a2063ed22f 000001a2063ed22f
    ffffffffffffffff ffff ffffffff 00000003
    04224d186040823e000000ff049c01000000046b317676616c7565206f6e65200a001efb0506026102310261023202620126000002
    046b32011400530401047633140050023202620100000000
    00 00 00";

fn sent_records(timestamp: i64) -> Vec<Plain> {
    let headers = [("a", Some("1")), ("a", Some("2")), ("b", None)];
    let headers: Vec<_> =
        headers.into_iter().map(|(n, v)| (n.as_bytes().to_vec(), v.map(|v| v.as_bytes().to_vec()))).collect();
    let value = "value one ".repeat(6);
    [(Some("k1"), Some(value.trim_end())), (Some("k2"), None), (None, Some("v3"))]
        .map(|(key, value)| Plain {
            timestamp,
            key: key.map(Into::into),
            value: value.map(Into::into),
            headers: headers.clone(),
        })
        .into()
}

#[test]
fn requests_of_librdkafka_are_understood() {
    for (hex, codec) in [(SENT_PLAIN, Codec::None), (SENT_LZ4, Codec::Lz4)] {
        let bytes = unhex(hex);
        let mut r = Reader::new(&bytes);
        assert_eq!(r.i32().unwrap() as usize, r.remaining());
        let header = RequestHeader::decode(&mut r).unwrap();
        assert_eq!((header.api, header.version, header.correlation_id), (ApiKey::Produce, 10, 4));
        assert_eq!(header.client_id.as_deref(), Some("cap"));
        let request = produce::Request::decode(header.version, &mut r).unwrap();
        assert!(r.is_empty());
        assert_eq!((request.acks, request.timeout_ms, request.topics[0].name.as_str()), (-1, 30_000, "tp"));
        let batch = request.topics[0].partitions[0].records.unwrap();
        let (header, records) = decode(batch);
        assert_eq!(header.codec(), Some(codec));
        assert_eq!(records, sent_records(header.base_timestamp));

        // And written by us the same request has the same bytes (another version of lz4 may compress
        // otherwise).
        let ours = encode(&records, codec, BatchHeader::default());
        if codec == Codec::None {
            assert_eq!(ours, batch);
        }
        let mut again = Vec::new();
        frame(&mut again, |out| {
            write_request_header(ApiKey::Produce, 10, 4, Some("cap"), out);
            request.encode(10, out);
        });
        assert_eq!(again, bytes);
    }
}
