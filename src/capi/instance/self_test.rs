//! What rd_kafka_unittest() runs: the parts of the library in which a wrong build or a wrong processor
//! feature would corrupt data without anybody noticing, checked on the machine that it is installed on.

use crate::compress::{self, Codec, Compressor};
use crate::producer::partition::partitioner::{consistent, fnv1a_hash, murmur2_hash};
use crate::protocol::record_batch::{
    self as rb, BatchHeader, HEADER_LEN, encode_headers, encode_record_prefix, headers, headers_len,
};
use std::fmt::Write as _;
use std::io::Write as _;

/// What a test has to say when it does not succeed.
struct TestFailure(String);

type TestResult = Result<(), TestFailure>;

fn expect(good: bool, what: impl FnOnce() -> String) -> TestResult {
    if good { Ok(()) } else { Err(TestFailure(what())) }
}

/// A name and what to do.
type Test = (&'static str, fn() -> TestResult);

const TESTS: &[Test] = &[
    ("crc32c", crc32c),
    ("crc32", crc32),
    ("murmur2", murmur2),
    ("fnv1a", fnv1a),
    ("gzip", || codec(Codec::Gzip)),
    ("snappy", || codec(Codec::Snappy)),
    ("lz4", || codec(Codec::Lz4)),
    ("zstd", || codec(Codec::Zstd)),
    ("record_headers", record_headers),
    ("record_batch", record_batch),
];

/// Runs all tests whose name contains `filter`, says on standard error how they went, and returns how many
/// failed.
pub(crate) fn run(filter: &str) -> usize {
    let mut failed = 0;
    let mut report = String::new();
    for (name, test) in TESTS.iter().filter(|(name, _)| name.contains(filter)) {
        // A String takes everything that is written to it.
        let _ = match test() {
            Ok(()) => writeln!(report, "RDUT: PASS: {name}"),
            Err(TestFailure(why)) => {
                failed += 1;
                writeln!(report, "RDUT: FAIL: {name}: {why}")
            }
        };
    }
    // There is nowhere to report a closed standard error to.
    let _ = std::io::stderr().write_all(report.as_bytes());
    failed
}

/// Bytes with some repetition.
fn sample(len: usize, seed: u64) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut out = Vec::with_capacity(len);
    while out.len() < len {
        let byte = rng.u8(..);
        let run = if rng.bool() { 1 } else { rng.usize(1..20) };
        out.extend(std::iter::repeat_n(byte, run.min(len - out.len())));
    }
    out
}

/// CRC-32C bit by bit, as slow as it is simple.
fn crc32c_by_definition(pieces: &[&[u8]]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0x82f6_3b78 },
        )
    };
    !pieces.iter().copied().flatten().fold(!0, step)
}

/// The CRC of a batch, over pieces of all lengths and alignments.
fn crc32c() -> TestResult {
    let known = crc32c_by_definition(&[b"123456789"]);
    expect(known == 0xe306_9283, || format!("the definition gives {known:#x}"))?;
    let bytes = sample(5000, 1);
    for len in (0..600).chain([1000, 1023, 4096, 5000]) {
        let data = bytes.get(len % 7..len).unwrap_or_default();
        let (one, two) = data.split_at(data.len() / 3);
        let mut header = BatchHeader::default();
        header.seal([one, two]);
        let bytes = header.to_bytes();
        let from_attributes = bytes.get(rb::ATTRIBUTES_AT..).unwrap_or_default();
        let want = crc32c_by_definition(&[from_attributes, data]);
        expect(header.crc == want, || {
            format!("{} bytes: {:#x} in place of {want:#x}", data.len(), header.crc)
        })?;
    }
    Ok(())
}

/// The CRC of the `consistent` partitioners.
fn crc32() -> TestResult {
    let found = consistent(b"123456789", i32::MAX);
    // 0xcbf43926 modulo 2^31 - 1.
    expect(found == 1_274_296_615, || format!("123456789: {found}"))
}

fn murmur2() -> TestResult {
    // Hashes of the Java client.
    for (key, hash) in [
        ("21", -973_932_308_i32),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("abc", 479_470_107),
    ] {
        let found = murmur2_hash(key.as_bytes()).cast_signed();
        expect(found == hash, || format!("{key}: {found} in place of {hash}"))?;
    }
    Ok(())
}

fn fnv1a() -> TestResult {
    // Hashes of the algorithm's authors; Kafka clients take the amount of a negative one.
    for (key, hash) in [("", 0x811c_9dc5_u32), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] {
        let found = fnv1a_hash(key.as_bytes());
        expect(found == hash.cast_signed().unsigned_abs(), || {
            format!("{key}: {found:#x} in place of {hash:#x}")
        })?;
    }
    Ok(())
}

/// What is compressed comes back, whole or in pieces, and nothing else does.
fn codec(codec: Codec) -> TestResult {
    let mut compressor = Compressor::new();
    for (seed, len) in [0, 1, 2, 63, 64, 1000, 65_535, 65_536, 300_000].into_iter().enumerate() {
        let plain = sample(len, seed as u64);
        let pieces: Vec<&[u8]> = plain.chunks(len / 3 + 1).collect();
        let mut packed = Vec::new();
        compressor
            .compress(codec, -1, &pieces, &mut packed)
            .map_err(|e| TestFailure(format!("{len} bytes: {e}")))?;
        let mut back = Vec::new();
        if let Err(e) = compress::decompress(codec, &packed, len, &mut back) {
            return Err(TestFailure(format!("{len} bytes back: {e}")));
        }
        expect(back == plain, || format!("{len} bytes do not come back"))?;
    }
    Ok(())
}

fn record_headers() -> TestResult {
    let values: [(&[u8], Option<&[u8]>); 4] =
        [(b"a", Some(b"1")), (b"", None), (b"a", Some(b"")), (b"long", Some(&[0xff; 300]))];
    for count in [0, 1, 4, 63, 64, 65, 1000] {
        let wanted: Vec<_> = values.iter().copied().cycle().take(count).collect();
        let mut encoder = headers::Encoder::new();
        wanted.iter().for_each(|(name, value)| encoder.push(name, *value));
        let blob = encoder.finish();
        let found: Result<Vec<_>, _> = headers::iter(&blob).collect();
        expect(found.is_ok_and(|found| found == wanted), || format!("{count} headers do not come back"))?;
    }
    Ok(())
}

/// A batch as it goes over the wire: written, sealed, and read back.
fn record_batch() -> TestResult {
    let mut encoder = headers::Encoder::new();
    encoder.push(b"name", Some(b"value"));
    let blob = encoder.finish();
    let values =
        [None, Some(sample(0, 1)), Some(sample(1, 2)), Some(sample(200, 3)), Some(sample(100_000, 4))];
    let mut records = Vec::new();
    for (i, value) in values.iter().enumerate() {
        let with_headers = Some(blob.as_slice()).filter(|_| i % 2 == 0);
        let key = Some(b"key".as_slice()).filter(|_| i % 3 != 0);
        let delta = i32::try_from(i).unwrap_or_default();
        let len = value.as_ref().map(Vec::len);
        encode_record_prefix(&mut records, delta, -i64::from(delta), key, len, headers_len(with_headers));
        records.extend(value.iter().flatten());
        encode_headers(&mut records, with_headers);
    }
    let count = i32::try_from(values.len()).unwrap_or_default();
    let mut header = BatchHeader {
        record_count: count,
        last_offset_delta: count - 1,
        base_timestamp: 1000,
        max_timestamp: 1000,
        ..BatchHeader::default()
    };
    header.seal([records.as_slice()]);
    let mut batch = header.to_bytes().to_vec();
    batch.extend(&records);
    let info = rb::validate(&batch).map_err(|e| TestFailure(format!("refused as {e:?}")))?;
    for (i, record) in info.records().enumerate() {
        let record = record.map_err(|e| TestFailure(format!("record {i}: {e}")))?;
        let value = values.get(i).and_then(|v| v.as_deref());
        let right = record.value == value && usize::try_from(record.offset_delta) == Ok(i);
        expect(right && record.headers().len() == usize::from(i % 2 == 0), || format!("record {i} differs"))?;
    }
    // A batch with one bit changed must not be taken for good.
    let at = HEADER_LEN + records.len() / 2;
    if let Some(byte) = batch.get_mut(at) {
        *byte ^= 4;
    }
    expect(rb::validate(&batch).is_err(), || "a changed bit goes unnoticed".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tests_pass_here() {
        assert_eq!(run(""), 0);
    }

    #[test]
    fn a_failure_is_counted_and_a_filter_selects() {
        assert!(expect(false, || "no".into()).is_err());
        assert_eq!(TESTS.iter().filter(|(name, _)| name.contains("crc32")).count(), 2);
        assert_eq!(run("no such test"), 0);
    }
}
