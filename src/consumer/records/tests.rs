use super::testing::*;
use super::*;
use crate::base::error::ErrorCode;
use crate::compress::Codec;
use crate::protocol::record_batch::{encode_headers, encode_record_prefix, headers};

const NONE: Codec = Codec::None;

fn from(fetch_offset: i64) -> ShareContext {
    ShareContext { fetch_offset, ..context() }
}

fn the_fault(bytes: &[u8], context: ShareContext) -> Fault {
    let mut faults = read(bytes, context).into_iter().filter_map(Result::err);
    let fault = faults.next().expect("a fault");
    assert_eq!(faults.next(), None);
    fault
}

#[test]
fn batches_of_every_codec_are_read_from_the_offset_that_was_asked_for() {
    for codec in Codec::ALL {
        for check_crcs in [false, true] {
            let bytes = [batch(10, 3, codec, |_| {}), batch(13, 2, codec, |_| {})].concat();
            let all = read(&bytes, ShareContext { check_crcs, ..from(11) });
            let offsets: Vec<i64> = all.iter().map(|seen| seen.as_ref().unwrap().offset).collect();
            assert_eq!(offsets, [11, 12, 13, 14], "{codec:?}");
            assert_eq!(
                *all[0].as_ref().unwrap(),
                Seen {
                    offset: 11,
                    timestamp: (1001, TimestampType::CreateTime),
                    key: Some(b"key".to_vec()),
                    value: Some(value_at(11)),
                    headers: None,
                    leader_epoch: 7,
                }
            );
        }
    }
}

#[test]
fn headers_tell_what_is_there_before_anything_is_decoded() {
    let bytes = [
        batch(10, 3, Codec::Lz4, |_| {}),
        message(1, 13, 0, None),
        wrapper(1, 20, 5, Codec::Gzip, 0),
        marker(21, 1, 1),
        batch(22, 100, NONE, |_| {}),
    ]
    .concat();
    let whole = bytes.len() as u64;
    let summary = Share::new(bytes.clone(), from(10)).summary();
    // The compressed message may begin behind the one before it.
    let messages = 3 + 1 + 7 + 100;
    assert_eq!(summary, Summary { next_offset: 122, messages, bytes: whole, batches: 5, leader_epoch: 7 });
    let cut = Share::new(bytes[..bytes.len() - 1].to_vec(), from(10)).summary();
    assert_eq!((cut.next_offset, cut.batches), (22, 4));
    let nothing = Share::new(bytes[..70].to_vec(), from(10)).summary();
    assert_eq!(nothing, Summary { next_offset: 10, bytes: 70, leader_epoch: -1, ..Summary::default() });
}

#[test]
fn what_is_cut_off_is_left_out_without_a_fault() {
    let first = [batch(0, 2, Codec::Zstd, |_| {}), message(0, 2, 0, Some(b"x"))].concat();
    for last in [batch(3, 2, NONE, |_| {}), message(1, 3, 0, Some(b"y"))] {
        for len in 0..last.len() {
            assert_eq!(offsets(&[&first, &last[..len]].concat(), context()), [0, 1, 2], "{len}");
        }
    }
}

#[test]
fn nulls_empties_and_headers_are_what_they_are() {
    let mut encoder = headers::Encoder::new();
    encoder.push(b"name", Some(b"value"));
    let blob = encoder.finish();
    let mut records = Vec::new();
    encode_record_prefix(&mut records, 0, -5, None, None, blob.len());
    encode_headers(&mut records, Some(&blob));
    encode_record_prefix(&mut records, 1, 1 << 40, Some(b""), Some(0), 1);
    encode_headers(&mut records, None);
    let all = read(&batch_of(0, 2, NONE, &records, |_| {}), context());
    let (first, second) = (all[0].as_ref().unwrap(), all[1].as_ref().unwrap());
    assert_eq!((&first.key, &first.value, &first.headers), (&None, &None, &Some(blob)));
    assert_eq!(first.timestamp, (995, TimestampType::CreateTime));
    assert_eq!((&second.key, &second.value, &second.headers), (&Some(vec![]), &Some(vec![]), &None));
    assert_eq!(second.timestamp.0, 1000 + (1 << 40));
}

#[test]
fn the_broker_s_time_goes_for_the_whole_batch() {
    let all = read(&batch(0, 3, NONE, |h| (h.attributes, h.max_timestamp) = (8, 5555)), context());
    assert!(all.iter().all(|s| s.as_ref().unwrap().timestamp == (5555, TimestampType::LogAppendTime)));
    assert_eq!(all.len(), 3);
}

#[test]
fn messages_of_the_old_formats_are_read_alone_and_inside_of_others() {
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4] {
        for magic in [0, 1] {
            let bytes = [
                message(magic, 10, 0, Some(&value_at(10))),
                wrapper(magic, 13, 3, codec, 0),
                message(magic, 14, 0, None),
            ]
            .concat();
            let all: Vec<Seen> = read(&bytes, from(12)).into_iter().map(Result::unwrap).collect();
            assert_eq!(all.iter().map(|s| s.offset).collect::<Vec<_>>(), [12, 13, 14], "{codec:?} {magic}");
            assert_eq!(all[0].value, Some(value_at(12)));
            assert_eq!((&all[2].value, all[2].leader_epoch), (&None, -1));
            let kind = if magic == 0 { TimestampType::NotAvailable } else { TimestampType::CreateTime };
            // Inside they have timestamps of their own, made from their own offsets.
            let time = if magic == 0 { 0 } else { 501 };
            assert_eq!(all[0].timestamp, (time, kind));
        }
    }
    // Of the one at offset -500 it would be 0, which says that there is none.
    let none = read(&message(1, -500, 0, None), from(-600))[0].as_ref().unwrap().timestamp;
    assert_eq!(none, (0, TimestampType::NotAvailable));
    let all = read(&wrapper(1, 9, 2, Codec::Gzip, 8), context());
    assert!(all.iter().all(|s| s.as_ref().unwrap().timestamp == (509, TimestampType::LogAppendTime)));
}

#[test]
fn of_aborted_transactions_nothing_is_read() {
    let of = |producer_id| {
        move |h: &mut crate::protocol::record_batch::BatchHeader| {
            h.attributes |= 0x10;
            h.producer_id = producer_id;
        }
    };
    let bytes = [
        batch(0, 2, NONE, of(1)),
        batch(2, 1, Codec::Lz4, of(2)),
        marker(3, 1, 0),
        marker(4, 2, 1),
        batch(5, 1, NONE, of(1)),
        batch(6, 1, NONE, |h| h.producer_id = 1),
        marker(7, 1, 0),
        batch(8, 1, NONE, of(1)),
    ]
    .concat();
    let committed = |list: &[(i64, i64)]| offsets(&bytes, ShareContext { aborted: aborted(list), ..from(0) });
    assert_eq!(committed(&[(1, 0)]), [2, 5, 6, 8]);
    assert_eq!(committed(&[(1, 5), (1, 0)]), [2, 6, 8]);
    assert_eq!(committed(&[(2, 0)]), [0, 1, 5, 6, 8]);
    assert_eq!(committed(&[]), [0, 1, 2, 5, 6, 8]);
    assert_eq!(offsets(&bytes, from(0)), [0, 1, 2, 5, 6, 8]);
}

#[test]
fn a_wrong_sum_costs_its_batch_and_no_other() {
    let mut bytes =
        [batch(0, 2, NONE, |_| {}), batch(2, 2, NONE, |_| {}), batch(4, 1, NONE, |_| {})].concat();
    let len = bytes.len();
    let second = batch(0, 2, NONE, |_| {}).len();
    bytes[second + 65] ^= 1;
    assert_eq!(offsets(&bytes, context()), [0, 1, -2, 4]);
    let fault = the_fault(&bytes, context());
    assert_eq!(fault.code, ErrorCode::_BAD_MSG);
    assert!(fault.text.starts_with("MessageSet at offset 2 ("), "{}", fault.text);
    assert!(fault.text.contains(" bytes) failed CRC32C check (original 0x"), "{}", fault.text);
    assert_eq!(bytes.len(), len);
    for magic in [0, 1] {
        let mut bytes = [message(magic, 1, 0, Some(b"x")), message(magic, 2, 0, Some(b"y"))].concat();
        *bytes.last_mut().unwrap() = b'z';
        assert_eq!(offsets(&bytes, context()), [1, -2]);
        assert!(the_fault(&bytes, context()).text.contains("Message at offset 2 ("));
        assert_eq!(offsets(&bytes, ShareContext { check_crcs: false, ..context() }), [1, 2]);
    }
}

#[test]
fn each_fault_has_its_code_and_what_follows_is_read() {
    let behind = batch(9, 1, NONE, |_| {});
    let fault_of = |bytes: Vec<u8>| {
        let bytes = [bytes, behind.clone()].concat();
        assert_eq!(read(&bytes, context()).last().unwrap().as_ref().unwrap().offset, 9);
        the_fault(&bytes, context())
    };
    let unknown = fault_of(batch(3, 1, NONE, |h| h.magic = 3));
    assert_eq!(unknown.code, ErrorCode::_NOT_IMPLEMENTED);
    assert_eq!(unknown.text, "Unsupported Message(Set) MagicByte 3 at offset 3");
    let codec = fault_of(batch(3, 1, NONE, |h| h.attributes = 6));
    assert_eq!(codec.code, ErrorCode::_NOT_IMPLEMENTED);
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let corrupt = fault_of(batch(3, 1, NONE, |h| h.attributes = codec.id().into()));
        assert_eq!((corrupt.code, corrupt.offset), (ErrorCode::_BAD_COMPRESSION, 3));
    }
    let large = fault_of(batch_of(3, 1, Codec::Gzip, &vec![0; 2 << 20], |_| {}));
    assert_eq!(large.code, ErrorCode::_BAD_COMPRESSION);
    let mut records = Vec::new();
    encode_record_prefix(&mut records, 0, 0, None, Some(1), 1);
    records.extend_from_slice(b"x\0");
    records.extend_from_slice(&[0x7f, 1, 2]);
    let broken = fault_of(batch_of(3, 2, NONE, &records, |_| {}));
    assert_eq!((broken.code, broken.offset), (ErrorCode::_BAD_MSG, 4));
    let short = fault_of([&[0; 7][..], &[4, 0, 0, 0, 5, 1, 2, 3, 4, 2]].concat());
    assert_eq!((short.code, short.offset), (ErrorCode::_BAD_MSG, 4));
}

#[test]
fn a_negative_length_ends_the_share() {
    let mut bytes = [batch(0, 1, NONE, |_| {}), batch(1, 1, NONE, |_| {})].concat();
    let at = bytes.len() / 2 + 8;
    bytes[at] = 0xff;
    assert_eq!(offsets(&bytes, context()), [0, -1]);
    assert_eq!(Share::new(bytes, context()).summary().next_offset, 2);
}

#[test]
fn what_is_read_moves_the_position_and_what_is_dropped_is_consumed() {
    let partition = partition();
    let share = Share::new(batch(5, 3, NONE, |_| {}), ShareContext { check_crcs: false, ..from(5) });
    let mut fetched = Fetched::new(partition.clone(), partition.version(), share);
    assert!(matches!(fetched.next(), Next::Record(_)));
    assert_eq!(partition.position(), (6, 7));
    assert!(!fetched.is_outdated());
    partition.bump_version();
    assert!(fetched.is_outdated());
}

#[test]
fn with_its_last_message_a_share_is_taken() {
    let transactional = |h: &mut crate::protocol::record_batch::BatchHeader| {
        h.attributes |= 0x10;
        h.producer_id = 1;
    };
    let (first, behind) = (batch(0, 3, NONE, |_| {}), batch(3, 2, Codec::Lz4, |_| {}));
    let aborted = || ShareContext { aborted: aborted(&[(1, 3)]), ..from(1) };
    for (bytes, context, count) in [
        (first.clone(), from(0), 3),
        (first.clone(), from(1), 2),
        ([&first[..], &behind].concat(), from(0), 5),
        ([&first[..], &marker(3, 1, 1)].concat(), from(0), 3),
        ([&first[..], &batch(3, 2, NONE, transactional), &marker(5, 1, 0)].concat(), aborted(), 2),
        (message(1, 0, 0, Some(b"x")), from(0), 1),
        (wrapper(1, 9, 2, Codec::Gzip, 8), context(), 2),
    ] {
        let (partition, share) = (partition(), Share::new(bytes, context));
        let (messages, bytes) = (share.summary().messages, share.summary().bytes);
        partition.queued(messages, bytes);
        let mut fetched = Fetched::new(partition.clone(), partition.version(), share);
        let mut read = 0;
        loop {
            assert_eq!(partition.waiting() == (0, 0), read == count, "{read} of {count} messages are read");
            match fetched.next() {
                Next::Record(_) => read += 1,
                Next::Blocked(parcel) => fetched.share().clone().decode(parcel),
                Next::Fault(fault) => panic!("{fault:?}"),
                Next::End => break,
            }
        }
        drop(fetched);
        assert_eq!(partition.waiting(), (0, 0));
    }
}

#[test]
fn threads_that_meet_at_a_batch_decode_it_once() {
    let share = Share::new(batch(0, 1000, Codec::Zstd, |_| {}), context());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| share.decode(0));
        }
    });
    let mut fetched = Fetched::new(partition(), 1, share);
    for offset in 0..1000 {
        assert!(matches!(fetched.next(), Next::Record(r) if r.offset == offset));
    }
    assert!(matches!(fetched.next(), Next::End));
}
