use super::*;

fn encode(
    offset_delta: i32,
    ts_delta: i64,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: Option<&[u8]>,
) -> Vec<u8> {
    let mut out = Vec::new();
    encode_record_prefix(&mut out, offset_delta, ts_delta, key, value.map(<[u8]>::len), headers_len(headers));
    out.extend_from_slice(value.unwrap_or_default());
    encode_headers(&mut out, headers);
    out
}

#[test]
fn a_record_byte_by_byte() {
    let mut blob = headers::Encoder::new();
    blob.push(b"h", None);
    let blob = blob.finish();
    let bytes = encode(1, -2, Some(b"k"), Some(b"val"), Some(&blob));
    assert_eq!(bytes, [26, 0, 3, 2, 2, b'k', 6, b'v', b'a', b'l', 2, 2, b'h', 1]);
    assert_eq!(encode(0, 0, None, None, None), [12, 0, 0, 0, 1, 1, 0]);
    assert_eq!(encode(0, 0, None, None, Some(&[])), [12, 0, 0, 0, 1, 1, 0]);
    assert_eq!(encode(0, 0, Some(b""), Some(b""), None), [12, 0, 0, 0, 0, 0, 0]);
}

/// Every width of every number, on both sides of the border between the fast and the general way.
#[test]
fn records_of_all_widths_round_trip() {
    let big = vec![b'x'; 3_000_000];
    let lens = [None, Some(0), Some(1), Some(63), Some(64), Some(8191), Some(8192), Some(1_100_000)];
    let mut cases = 0;
    for bit in 0..63u32 {
        for ts_delta in [1i64 << bit, -(1i64 << bit), (1i64 << bit) - 1, i64::MIN] {
            for offset_delta in [0, 63, 64, 1 << 13, (1 << 20) - 1, 1 << 20, i32::MAX] {
                let key = lens[cases % lens.len()].map(|len: usize| &big[..len]);
                let value = lens[cases / 3 % lens.len()].map(|len: usize| &big[..len]);
                let bytes = encode(offset_delta, ts_delta, key, value, None);
                let body_len =
                    record_body_len(offset_delta, ts_delta, key.map(<[u8]>::len), value.map(<[u8]>::len), 1);
                assert_eq!(bytes.len(), record_len(body_len));
                let mut records = RecordIter::new(&bytes);
                let record = records.next().unwrap().unwrap();
                assert_eq!((record.offset_delta, record.timestamp_delta), (offset_delta, ts_delta));
                assert!(record.key == key && record.value == value && record.headers == headers::EMPTY);
                assert!(records.next().is_none());
                cases += 1;
            }
        }
    }
}

/// The prefix alone, so that values and headers may be as long as they like.
#[test]
fn the_fast_way_writes_what_the_general_one_does() {
    let key = vec![b'k'; 20_000];
    for seed in 0..20_000 {
        let rng = &mut fastrand::Rng::with_seed(seed);
        let offset_delta = rng.i32(0..) >> rng.u8(..31);
        let ts_delta = rng.i64(..) >> rng.u8(..63);
        let key = rng.bool().then(|| &key[..rng.usize(..key.len()) >> rng.u8(..15)]);
        let value_len = rng.bool().then(|| (rng.u32(..1 << 30) >> rng.u8(..30)) as usize);
        let headers_len = 1 + (rng.u32(..1 << 28) >> rng.u8(..28)) as usize;
        let (mut fast, mut general) = (Vec::new(), Vec::new());
        encode_record_prefix(&mut fast, offset_delta, ts_delta, key, value_len, headers_len);
        encode_wide_prefix(&mut general, offset_delta, ts_delta, key, value_len, headers_len);
        assert!(fast == general, "seed {seed}");
    }
}

#[test]
fn broken_records_end_the_iteration() {
    for bytes in
        [&[1u8][..], &[12, 0, 0], &[12, 0, 0, 0, 3, 1, 0], &[14, 0, 0, 0, 1, 1, 0, 0], &[10, 0, 0, 0, 1, 1]]
    {
        let mut records = RecordIter::new(bytes);
        assert!(records.next().unwrap().is_err(), "{bytes:?}");
        assert!(records.next().is_none());
    }
}
