use super::*;
use crate::protocol::fetch::{AbortedTransaction, Response, ResponsePartition, Topic, VERSIONS};
use crate::protocol::header::write_response_header;

fn of_partition(at: usize, records: Option<&[u8]>) -> ResponsePartition<'_> {
    let aborted = vec![AbortedTransaction { producer_id: 1, first_offset: 2 }; 3];
    ResponsePartition {
        partition: at as i32,
        high_watermark: 9,
        aborted_transactions: (at == 1).then_some(aborted),
        records,
        ..ResponsePartition::default()
    }
}

/// A response with records of these lengths; `None` for null.
fn response(records: &[Vec<Option<Vec<u8>>>]) -> Response<'_> {
    let topics = records.iter().enumerate().map(|(t, of_topic)| Topic {
        id: [t as u8 + 1; 16],
        ..Topic::named(
            format!("topic {t}"),
            of_topic.iter().enumerate().map(|(at, r)| of_partition(at, r.as_deref())).collect(),
        )
    });
    Response { topics: topics.collect(), ..Response::default() }
}

/// The bytes behind the correlation id.
fn encoded(response: &Response<'_>, version: i16) -> Vec<u8> {
    let mut out = Vec::new();
    write_response_header(ApiKey::Fetch, version, 1, &mut out);
    response.encode(version, &mut out);
    out.split_off(4)
}

fn decode(version: i16, bytes: &[u8]) -> Result<Response<'_>, Malformed> {
    let mut r = Reader::new(bytes);
    read_response_header_rest(ApiKey::Fetch, version, &mut r)?;
    Response::decode(version, &mut r)
}

/// Shows the bytes in pieces, as a connection does that reads `piece()` bytes at a time, sometimes directly.
fn receive(version: i16, bytes: &[u8], mut piece: impl FnMut() -> usize) -> Parts {
    let mut receiver = Receiver::new(version, Pool::new(0));
    let (mut at, mut seen) = (0, 0);
    while at < bytes.len() {
        if at == seen
            && let Some((into, most)) = receiver.direct()
        {
            let n = most.min(piece()).min(bytes.len() - at);
            into.extend_from_slice(&bytes[at..at + n]);
            at += n;
            seen = at;
            receiver.received();
            continue;
        }
        seen = (seen + piece()).min(bytes.len());
        at += receiver.feed(&bytes[at..seen], bytes.len() - at);
    }
    receiver.finish()
}

fn all_records(response: &Response<'_>) -> Vec<Vec<u8>> {
    let partitions = response.topics.iter().flat_map(|t| &t.partitions);
    partitions.filter_map(|p| p.records.map(<[u8]>::to_vec)).collect()
}

fn shares() -> Vec<Vec<Option<Vec<u8>>>> {
    let bytes = |len: usize| Some((0..len).map(|i| (i % 251) as u8).collect());
    vec![
        vec![bytes(0), bytes(100), None, bytes(3 * WORTH_A_CALL)],
        vec![],
        vec![bytes(WORTH_A_CALL + 1), bytes(1)],
    ]
}

#[test]
fn however_a_response_comes_it_is_the_same() {
    let mut rng = fastrand::Rng::with_seed(1);
    let shares = shares();
    for version in VERSIONS {
        let response = response(&shares);
        let bytes = encoded(&response, version);
        let mut empty = decode(version, &bytes).unwrap();
        let expected = all_records(&empty);
        for p in empty.topics.iter_mut().flat_map(|t| &mut t.partitions) {
            p.records = p.records.map(|_| &[][..]);
        }
        for piece in [1, 7, 1000, 1 << 20] {
            let parts = receive(version, &bytes, || if piece == 7 { rng.usize(1..5000) } else { piece });
            assert_eq!(parts.records, expected, "version {version}, pieces of {piece}");
            assert_eq!(decode(version, &parts.frame).unwrap(), empty, "version {version}");
        }
    }
}

#[test]
fn what_cannot_be_decoded_whole_cannot_be_decoded_in_parts() {
    let mut rng = fastrand::Rng::with_seed(2);
    let shares = shares();
    let mut refused = 0;
    for round in 0..4000 {
        let version = round % 17;
        let mut bytes = encoded(&response(&shares), version);
        let at = rng.usize(..300);
        match rng.u8(..3) {
            0 => bytes.truncate(rng.usize(..bytes.len())),
            1 => bytes[at] ^= 1 << rng.u8(..8),
            _ => bytes[at] = [0, 0x7f, 0x80, 0xff][rng.usize(..4)],
        }
        let parts = receive(version, &bytes, || rng.usize(1..9000));
        match (decode(version, &bytes), decode(version, &parts.frame)) {
            (Ok(whole), Ok(_)) => assert_eq!(parts.records, all_records(&whole), "round {round}"),
            (Err(_), Err(_)) => refused += 1,
            (whole, in_parts) => panic!("round {round}: {:?}, {:?}", whole.err(), in_parts.err()),
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn memory_is_taken_for_what_has_come_and_not_for_what_is_announced() {
    let huge = [Some(vec![1; 5 << 20])];
    let bytes = encoded(&response(&[huge.to_vec()]), 11);
    let mut receiver = Receiver::new(11, Pool::new(0));
    let taken = receiver.feed(&bytes[..1000], bytes.len());
    assert_eq!(taken, 1000);
    let (into, most) = receiver.direct().unwrap();
    assert!(into.capacity() <= 1 << 20 && most <= 1 << 20);
    let lie = encoded(&response(&[vec![Some(vec![1; 100])]]), 11);
    let mut receiver = Receiver::new(11, Pool::new(0));
    assert_eq!(receiver.feed(&lie[..lie.len() - 1], lie.len() - 1), lie.len() - 1, "more than there will be");
    assert!(receiver.direct().is_none());
    let parts = receiver.finish();
    assert!(parts.records.is_empty() && decode(11, &parts.frame).is_err());
}

#[test]
fn a_long_part_is_not_looked_at_with_each_piece_of_it() {
    let aborted = vec![AbortedTransaction { producer_id: 1, first_offset: 2 }; 100_000];
    let records = vec![7; 100];
    let partition = ResponsePartition {
        aborted_transactions: Some(aborted),
        records: Some(&records),
        ..ResponsePartition::default()
    };
    let topics = vec![Topic::named("t".to_owned(), vec![partition])];
    let bytes = encoded(&Response { topics, ..Response::default() }, 11);
    let mut receiver = Receiver::new(11, Pool::new(0));
    let (mut at, mut looks, mut needed) = (0, 0, 0);
    for seen in (0..bytes.len()).step_by(1000).chain([bytes.len()]) {
        at += receiver.feed(&bytes[at..seen], bytes.len() - at);
        looks += usize::from(receiver.needs != needed);
        needed = receiver.needs;
    }
    assert_eq!((at, receiver.finish().records), (bytes.len(), vec![records.clone()]));
    assert!(looks < 50, "{looks} looks at 1,600 pieces");
}

#[test]
fn wherever_it_is_cut_what_has_come_is_enough_to_go_on() {
    let shares = [vec![Some(vec![3; WORTH_A_CALL + 5]), Some(vec![4; 30])], vec![None, Some(vec![5; 1])]];
    for version in [0, 4, 11, 12, 16] {
        let response = response(&shares);
        let bytes = encoded(&response, version);
        let expected = all_records(&response);
        for cut in 0..bytes.len() {
            let mut pieces = [cut, bytes.len()].into_iter();
            let parts = receive(version, &bytes, || pieces.next().unwrap_or(1 << 20).max(1));
            assert!(parts.records == expected, "version {version}, cut at {cut}");
        }
    }
}

#[test]
fn memory_is_used_again_while_the_application_holds_what_came_before() {
    let pool = Pool::new(8 << 20);
    let of = |byte: u8, len: usize| encoded(&response(&[vec![Some(vec![byte; len])]]), 11);
    let received = |bytes: &[u8]| {
        let mut receiver = Receiver::new(11, pool.clone());
        assert_eq!(receiver.feed(bytes, bytes.len()), bytes.len());
        receiver.finish().records.remove(0)
    };
    let kept = received(&of(1, 100_000));
    let given_up = received(&of(2, 100_000));
    let place = given_up.as_ptr();
    pool.put(given_up);
    let next = received(&of(3, 99_000));
    assert!(next.as_ptr() == place, "what was given up is used again");
    assert_eq!((next.len(), pool.free()), (99_000, 0));
    assert!(next.iter().all(|b| *b == 3), "nothing of the response before is left");
    assert!(kept.len() == 100_000 && kept.iter().all(|b| *b == 1), "what is held is as it was");
    pool.put(kept);
    assert!(pool.free() >= 100_000, "and comes back late");
}

#[test]
fn a_share_grows_with_what_comes_and_its_memory_is_not_much_more_than_that() {
    let len = 5 << 20;
    let bytes = encoded(&response(&[vec![Some(vec![1; len])]]), 12);
    let mut receiver = Receiver::new(12, Pool::new(0));
    let mut at = receiver.feed(&bytes[..1000], bytes.len());
    while let Some((into, most)) = receiver.direct() {
        let n = most.min(100_000);
        into.extend_from_slice(&bytes[at..at + n]);
        at += n;
        // Twice what has come, or what is taken at first; sizes come in steps of an eighth.
        assert!(
            into.capacity() <= (2 * into.len()).max(1 << 20) * 9 / 8,
            "{} for {}",
            into.capacity(),
            into.len()
        );
        receiver.received();
    }
    at += receiver.feed(&bytes[at..], bytes.len() - at);
    let parts = receiver.finish();
    assert_eq!((at, parts.records[0].len()), (bytes.len(), len));
    assert!(parts.records[0].capacity() <= len + len / 8);
}

#[test]
fn however_many_shares_are_announced_none_is_there_before_its_bytes() {
    // Of a thousand partitions the last says that a GiB of records follows.
    let empty = vec![Some(Vec::new()); 1000];
    let mut bytes = encoded(&response(&[empty]), 11);
    let first = bytes.windows(4).rposition(|w| w == [0; 4]).unwrap();
    bytes[first..first + 4].copy_from_slice(&(1_i32 << 30).to_be_bytes());
    let mut receiver = Receiver::new(11, Pool::new(0));
    let taken = receiver.feed(&bytes, 1 << 31);
    assert_eq!(taken, bytes.len());
    assert!(receiver.direct().is_some_and(|(into, _)| into.capacity() <= 1 << 20));
    assert!(receiver.finish().records.iter().all(|one| one.capacity() == 0), "an empty share takes nothing");
}
