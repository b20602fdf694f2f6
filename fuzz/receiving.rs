//! Fetch responses that arrive in pieces, into memory that is used again, while messages of earlier ones are
//! still held.
#![allow(unsafe_code)] // Messages are read where they stand, as from C.

use super::memory::used_by;
use super::mutate::mutate;
use super::records;
use super::run;
use fastrand::Rng;
use rdkafka::base::sync::Arc;
use rdkafka::consumer::fetch::receive::{Parts, Receiver};
use rdkafka::consumer::records::{Buffer, Pool};
use rdkafka::protocol::ApiKey;
use rdkafka::protocol::fetch::{AbortedTransaction, Response, ResponsePartition, Topic, VERSIONS};
use rdkafka::protocol::header::{read_response_header_rest, write_response_header};
use rdkafka::protocol::primitives::{Malformed, Reader};
use std::collections::VecDeque;

const PER_CASE: u64 = 100;
/// What the pool may keep.
const KEPT: usize = 1 << 20;
/// So many buffers are still held when the next response comes.
const HELD: usize = 5;

/// A response with two topics, and records of all kinds in their partitions.
fn response<'a>(records: &'a [Vec<u8>], rng: &mut Rng) -> Response<'a> {
    let mut partition = |number| {
        let aborted = vec![AbortedTransaction { producer_id: 5, first_offset: 70 }; rng.usize(..3)];
        let one = &records[rng.usize(..records.len())];
        ResponsePartition {
            partition: number,
            high_watermark: 80,
            aborted_transactions: rng.bool().then_some(aborted),
            records: (rng.u8(..8) != 0).then_some(one),
            ..Default::default()
        }
    };
    let mut topic = |name: &str| Topic::named(name, (0..2).map(&mut partition).collect());
    Response { topics: vec![topic("t"), topic("another")], ..Default::default() }
}

fn encoded(version: i16, response: &Response<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_response_header(ApiKey::Fetch, version, 1, &mut out);
    response.encode(version, &mut out);
    out.split_off(4) // behind the correlation id
}

fn decode(version: i16, bytes: &[u8]) -> Result<Response<'_>, Malformed> {
    let mut r = Reader::new(bytes);
    read_response_header_rest(ApiKey::Fetch, version, &mut r)?;
    Response::decode(version, &mut r)
}

/// As a connection does it: some bytes at a time, those of records where the receiver wants them.
fn receive(version: i16, bytes: &[u8], pool: &Arc<Pool>, rng: &mut Rng) -> Parts {
    let mut receiver = Receiver::new(version, pool.clone());
    let longest = 1 << rng.u32(0..16);
    let (mut at, mut seen) = (0, 0);
    while at < bytes.len() {
        let piece = rng.usize(1..=longest);
        if at == seen
            && let Some((into, most)) = receiver.direct()
        {
            assert!(most > 0 && into.capacity() - into.len() >= most);
            seen = (at + piece.min(most)).min(bytes.len());
            into.extend_from_slice(&bytes[at..seen]);
            at = seen;
            receiver.received();
            continue;
        }
        seen = (seen + piece).min(bytes.len());
        at += receiver.feed(&bytes[at..seen], bytes.len() - at);
        assert!(at <= seen);
    }
    receiver.finish()
}

/// What messages stand in, and a sum of its bytes.
type Held = VecDeque<(Arc<Buffer>, u32)>;

fn sum(buffer: &Buffer) -> u32 {
    // SAFETY: nobody writes to it any more.
    let bytes = unsafe { std::slice::from_raw_parts(buffer.pointer(0), buffer.len()) };
    bytes.iter().fold(1, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)))
}

fn check_parts(version: i16, bytes: &[u8], parts: Parts, pool: &Arc<Pool>, held: &mut Held, rng: &mut Rng) {
    match (decode(version, bytes), decode(version, &parts.frame)) {
        (Ok(whole), Ok(_)) => {
            let partitions = whole.topics.iter().flat_map(|t| &t.partitions);
            let expected: Vec<&[u8]> = partitions.filter_map(|p| p.records).collect();
            assert!(parts.records.iter().map(Vec::as_slice).eq(expected), "other records, version {version}");
        }
        (Err(_), Err(_)) => {}
        (whole, in_parts) => panic!("version {version}: {:?}, {:?}", whole.err(), in_parts.err()),
    }
    for one in parts.records {
        let (_, buffers) = records::read(records::share(one, pool.clone(), rng));
        held.extend(buffers.into_iter().map(|buffer| {
            let sum = sum(&buffer);
            (buffer, sum)
        }));
    }
    // In any order, as applications do.
    while held.len() > HELD {
        let at = rng.usize(..held.len());
        let (buffer, before) = held.remove(at).unwrap();
        assert!(sum(&buffer) == before, "what was held has changed");
    }
}

#[test]
fn received_in_pieces() {
    let records = records::corpus();
    let mut rng = Rng::with_seed(0);
    let corpus: Vec<Vec<u8>> = VERSIONS.map(|v| encoded(v, &response(&records, &mut rng))).collect();
    run("received in pieces", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        let pool = Pool::new(KEPT);
        let mut held = Held::new();
        for _ in 0..PER_CASE {
            let version = rng.i16(VERSIONS);
            let mut bytes = encoded(version, &response(&records, rng));
            if rng.u8(..8) != 0 {
                mutate(&mut bytes, 0, &corpus, rng);
            }
            if rng.u8(..16) == 0 {
                pool.trim();
            }
            let (parts, peak, _) = used_by(|| receive(version, &bytes, &pool, rng));
            let allowed = 4 * bytes.len() + (64 << 10);
            assert!(peak as usize <= allowed, "{peak} bytes for {}", bytes.len());
            check_parts(version, &bytes, parts, &pool, &mut held, rng);
            assert!(pool.free() <= KEPT, "{} bytes are kept", pool.free());
        }
    });
}
