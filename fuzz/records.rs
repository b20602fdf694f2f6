//! Fetched records, as a consumer reads them.

use super::memory::used_by;
use super::mutate::mutate;
use super::run;
use fastrand::Rng;
use rdkafka::base::sync::Arc;
use rdkafka::compress::{Codec, Compressor};
use rdkafka::consumer::partition::Partition;
use rdkafka::consumer::records::{Aborted, Buffer, Fetched, Field, Next, Pool, Share, ShareContext};
use rdkafka::protocol::message_set::{self, Message};
use rdkafka::protocol::record_batch::{BatchHeader, encode_headers, encode_record_prefix};

const PER_CASE: u64 = 100;
/// The most that may come out of a batch.
const MAX_DECOMPRESSED: usize = 64 << 10;

fn compressed(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Compressor::new().compress(codec, -1, &[bytes], &mut out).unwrap();
    out
}

fn batch(codec: Codec, attributes: i16) -> Vec<u8> {
    let mut records = Vec::new();
    for delta in 0..5 {
        encode_record_prefix(&mut records, delta, 3, Some(&[0, 0, 0, 0]), Some(5), 1);
        records.extend_from_slice(b"value");
        encode_headers(&mut records, None);
    }
    let stored = compressed(codec, &records);
    let mut header = BatchHeader {
        attributes: i16::from(codec.id()) | attributes,
        last_offset_delta: 4,
        record_count: 5,
        producer_id: 1,
        ..BatchHeader::default()
    };
    header.seal([&stored[..]]);
    [&header.to_bytes()[..], &stored].concat()
}

fn message(magic: i8, attributes: u8, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let len = Some(value.len());
    let m = Message { magic, offset: 3, attributes, timestamp_ms: 7, key: Some(b"key"), value_len: len };
    let unsealed = message_set::encode_prefix(&m, &mut out);
    out.extend_from_slice(value);
    unsealed.seal(value, &mut out);
    out
}

pub(super) fn corpus() -> Vec<Vec<u8>> {
    let mut corpus = vec![batch(Codec::None, 0x10), batch(Codec::None, 0x30), batch(Codec::Gzip, 0x08)];
    for codec in Codec::ALL {
        corpus.push(batch(codec, 0));
        for magic in [0, 1] {
            let plain = [message(magic, 0, b"one"), message(magic, 0, b"two")].concat();
            corpus.push(message(magic, codec.id(), &compressed(codec, &plain)));
            corpus.push([plain, batch(codec, 0)].concat());
        }
    }
    corpus
}

/// Records as a response has them, asked for at some offset.
pub(super) fn share(bytes: Vec<u8>, pool: Arc<Pool>, rng: &mut Rng) -> Arc<Share> {
    let context = ShareContext {
        fetch_offset: rng.i64(-1..4),
        aborted: rng.bool().then(|| vec![Aborted { producer_id: 1, first_offset: 0 }]),
        check_crcs: rng.u8(..4) == 0,
        broker_id: 1,
        max_decompressed: MAX_DECOMPRESSED,
        pool,
    };
    let from = context.fetch_offset;
    let share = Share::new(bytes, context);
    assert!(share.summary().next_offset >= from);
    share
}

/// Reads everything, and returns how much there was, and where it stands.
pub(super) fn read(share: Arc<Share>) -> (usize, Vec<Arc<Buffer>>) {
    let from = share.context().fetch_offset;
    let partition = Arc::new(Partition::new("t".into(), 0));
    let mut fetched = Fetched::new(partition, 1, share);
    let (mut count, mut buffers) = (0, Vec::<Arc<Buffer>>::new());
    loop {
        count += 1;
        match fetched.next() {
            Next::Record(record) => {
                let len = fetched.buffer().len();
                let is_inside =
                    |field: Option<Field>| field.is_none_or(|f| f.at as usize + f.len as usize <= len);
                assert!(record.offset >= from);
                assert!([record.key, record.value, record.headers].into_iter().all(is_inside));
                let buffer = fetched.buffer();
                if buffers.last().is_none_or(|last| !Arc::ptr_eq(last, buffer)) {
                    buffers.push(buffer.clone());
                }
            }
            Next::Fault(fault) => assert!(!fault.text.is_empty()),
            Next::Blocked(parcel) => fetched.share().decode(parcel),
            Next::End => return (count, buffers),
        }
    }
}

#[test]
fn fetched_records() {
    let corpus = corpus();
    run("fetched_records", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let mut bytes = corpus[rng.usize(..corpus.len())].clone();
            mutate(&mut bytes, 0, &corpus, rng);
            let (count, peak, _) = used_by(|| read(share(bytes.clone(), Pool::new(0), rng)).0);
            // What can come out of one batch, while it grows; one batch at a time.
            let allowed = 40 * bytes.len() + 4 * MAX_DECOMPRESSED + (512 << 10);
            assert!(peak as usize <= allowed, "{peak} bytes for {}", bytes.len());
            assert!(count <= bytes.len() + MAX_DECOMPRESSED * (1 + bytes.len() / 26), "{count} records");
        }
    });
}
