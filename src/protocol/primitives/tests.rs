use super::*;

#[test]
fn varints_round_trip_and_know_their_length() {
    let mut values: Vec<i64> = (0..63).flat_map(|b| [1i64 << b, (1i64 << b) - 1, -(1i64 << b)]).collect();
    values.extend([i64::MAX, i64::MIN, 0, -1, 300, 0x1234_5678]);
    for v in values {
        let mut out = Vec::new();
        out.put_varlong(v);
        assert_eq!(out.len(), base128_len(zigzag64(v)), "{v}");
        let mut r = Reader::new(&out);
        assert_eq!(r.varlong(), Ok(v));
        assert!(r.is_empty());
        if let Ok(v) = i32::try_from(v) {
            let mut out = Vec::new();
            out.put_varint(v);
            assert_eq!(Reader::new(&out).varint(), Ok(v));
            assert_eq!(out.len(), base128_len(zigzag32(v).into()));
        }
    }
}

#[test]
fn known_varint_bytes() {
    let encode = |v| {
        let mut out = Vec::new();
        out.put_varint(v);
        out
    };
    assert_eq!(encode(0), [0]);
    assert_eq!(encode(-1), [1]);
    assert_eq!(encode(1), [2]);
    assert_eq!(encode(63), [0x7e]);
    assert_eq!(encode(64), [0x80, 0x01]);
    assert_eq!(encode(i32::MIN), [0xff, 0xff, 0xff, 0xff, 0x0f]);
}

#[test]
fn overlong_varints_are_refused() {
    assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x1f]).uvarint().is_err());
    assert!(Reader::new(&[0x80; 5]).uvarint().is_err());
    assert!(Reader::new(&[0x80; 3]).varlong().is_err());
    assert!(Reader::new(&[0xff; 11]).varlong().is_err());
    let mut max = [0xff; 10];
    max[9] = 1;
    assert_eq!(Reader::new(&max).varlong(), Ok(i64::MIN));
    max[9] = 2;
    assert!(Reader::new(&max).varlong().is_err());
}

#[test]
fn strings_in_both_spellings() {
    for flexible in [false, true] {
        let mut out = Vec::new();
        out.put_nullable_string(None, flexible);
        out.put_string("", flexible);
        out.put_string("zażółć", flexible);
        out.put_nullable_bytes(None, flexible);
        out.put_bytes(b"\0\xff", flexible);
        let mut counted = Counter::default();
        counted.put_nullable_string(None, flexible);
        let mut r = Reader::new(&out);
        assert_eq!(r.nullable_string(flexible), Ok(None));
        assert_eq!(counted.0, out.len() - r.remaining());
        assert_eq!(r.nullable_string(flexible), Ok(Some("".into())));
        assert_eq!(r.string(flexible).unwrap(), "zażółć");
        assert_eq!(r.nullable_bytes(flexible), Ok(None));
        assert_eq!(r.bytes(flexible), Ok(&b"\0\xff"[..]));
        assert!(r.is_empty());
    }
    assert_eq!(Reader::new(&[0, 2, b'a', 0xff]).string(false).unwrap(), "a\u{fffd}");
    let long = "ż".repeat(20_000);
    let mut out = Vec::new();
    out.put_string(&long, false);
    assert_eq!(out.len(), 2 + 32766, "cut at a character's edge");
    assert!(Reader::new(&out).string(false).is_ok());
}

#[test]
fn lengths_beyond_the_input_are_refused() {
    assert!(Reader::new(&[0x7f, 0xff, 0xff, 0xff]).array_len(false).is_err());
    assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).array_len(true).is_err());
    assert!(Reader::new(&[0xff, 0xff, 0xff, 0xfe]).array_len(false).is_err(), "only -1 is null");
    assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff]).array_len(false), Ok(None));
    assert!(Reader::new(&[0, 5, b'a']).string(false).is_err());
    assert!(Reader::new(&[0, 0, 0, 9, 1]).bytes(false).is_err());
    assert!(Reader::new(&[5, 0, 0]).skip_tagged_fields().is_err());
    assert!(Reader::new(&[1, 0, 9]).skip_tagged_fields().is_err());
}

#[test]
fn tagged_fields_are_bounded_by_their_size() {
    let mut seen = Vec::new();
    let bytes = [2, 0, 1, 7, 3, 2, 8, 9, 42];
    let mut r = Reader::new(&bytes);
    r.tagged_fields(|tag, field| {
        seen.push((tag, field.take(field.remaining())?.to_vec()));
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, [(0, vec![7]), (3, vec![8, 9])]);
    assert_eq!(r.rest(), [42]);
}

#[test]
fn arrays_cannot_take_more_than_their_allowance() {
    let mut r = Reader::with_allowance(&[], 1000, 2);
    assert_eq!(r.charge(10, 8), Ok(()));
    assert_eq!(r.clone().charge(90, 8), Ok(()));
    assert!(r.clone().charge(91, 8).is_err());
    assert!(r.charge(usize::MAX, 8).is_err());
    // What a tagged field takes is taken from the whole.
    let mut r = Reader::with_allowance(&[2, 0, 1, 9, 1, 1, 9], 10, 0);
    let outcome = r.tagged_fields(|_, inner| inner.charge(2, 3));
    assert!(outcome.is_err());
}
