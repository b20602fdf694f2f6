use super::*;
use crate::base::clock::Time;
use crate::base::signal::{Interest, Signal, Woken};
use crate::base::sync::Arc;
use crate::consumer::records::Pool;
use crate::net::{Endpoint, Setup};
use crate::protocol::fetch::{Response, ResponsePartition, Topic};
use std::io::IoSlice;
use std::time::Duration;

fn inbox(bytes: &[u8]) -> Inbox {
    Inbox { bytes: bytes.to_vec(), ..Inbox::default() }
}

fn frame(id: i32, body: &[u8]) -> Vec<u8> {
    let size = i32::try_from(body.len() + 4).unwrap();
    [&size.to_be_bytes(), &id.to_be_bytes(), body].concat()
}

#[test]
fn responses_are_found_one_by_one_and_a_part_of_one_waits() {
    let bytes = [frame(1, b"first"), frame(2, b""), frame(3, b"late")].concat();
    let mut inbox = inbox(&bytes[..bytes.len() - 1]);
    let mut found = Vec::new();
    while let Some(f) = inbox.next_frame(100, &mut |_| None).unwrap() {
        found.push((f.correlation_id, f.size, inbox.body(f.body).to_vec()));
    }
    assert_eq!(found, [(1, 9, b"first".to_vec()), (2, 4, Vec::new())]);
}

#[test]
fn a_size_that_no_response_can_have_ends_the_connection() {
    for (size, max) in [(3, 100), (101, 100), (-1, 100), (i32::MAX, 1000)] {
        let Err(e) = inbox(&size.to_be_bytes()).next_frame(max, &mut |_| None) else {
            panic!("size {size} is accepted")
        };
        assert_eq!(e.code, ErrorCode::_BAD_MSG);
        assert_eq!(
            e.text,
            format!("Invalid response size {size} (0..{max}): increase receive.message.max.bytes")
        );
    }
}

/// Gives what is there, no further than to a cut, and no more at a time than is asked for.
struct Stub {
    bytes: Vec<u8>,
    at: usize,
    until: usize,
}

impl Transport for Stub {
    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        let end = self.until.min(self.at + max);
        buf.extend_from_slice(&self.bytes[self.at..end]);
        let n = end - self.at;
        self.at = end;
        Ok(n)
    }

    fn connect(&mut self, _: &Endpoint, _: Time) -> Result<(), Error> {
        Ok(())
    }

    fn poll_setup(&mut self) -> Setup {
        Setup::Done
    }

    fn send(&mut self, _: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        Ok(0)
    }

    fn close(&mut self) {}

    fn is_open(&self) -> bool {
        true
    }

    fn peer(&self) -> &'static str {
        "stub"
    }

    fn poll(&self, _: &Signal, _: Interest, _: Option<Duration>) -> Woken {
        Woken::default()
    }
}

/// What a Fetch response of version 11 has behind the correlation id: a partition with these records.
fn fetched(records: &[u8]) -> Vec<u8> {
    let partition = ResponsePartition { records: Some(records), ..ResponsePartition::default() };
    let topics = vec![Topic::named("t".to_owned(), vec![partition])];
    let mut body = Vec::new();
    Response { topics, ..Response::default() }.encode(11, &mut body);
    body
}

/// The responses that arrive: correlation id, size, and either the body or the records.
type Arrived = Vec<(i32, usize, Vec<u8>)>;

/// Odd correlation ids are those of Fetch requests.
fn arrive(inbox: &mut Inbox, stub: &mut Stub, pool: &Arc<Pool>, arrived: &mut Arrived) {
    let mut receiver = |id: i32| (id % 2 == 1).then(|| Box::new(Receiver::new(11, pool.clone())));
    loop {
        let more = inbox.fill(stub).unwrap();
        while let Some(f) = inbox.next_frame(1 << 20, &mut receiver).unwrap() {
            let content = match f.receiver {
                Some(receiver) => receiver.finish().records.concat(),
                None => inbox.body(f.body).to_vec(),
            };
            arrived.push((f.correlation_id, f.size, content));
        }
        if !more && stub.at == stub.until {
            return;
        }
    }
}

#[test]
fn responses_that_are_looked_into_are_found_wherever_they_are_cut() {
    // Records that go the direct way, and such as do not, between other responses, and an empty one.
    let (long, short) = (vec![1; HEAD_CHUNK * 3], vec![2; 100]);
    let all = [
        (2, b"first".to_vec(), b"first".to_vec()),
        (1, fetched(&long), long.clone()),
        (4, Vec::new(), Vec::new()),
        (3, fetched(&short), short),
        (5, fetched(&[]), Vec::new()),
        (6, b"last".to_vec(), b"last".to_vec()),
    ];
    let bytes: Vec<u8> = all.iter().flat_map(|(id, body, _)| frame(*id, body)).collect();
    let expected: Arrived =
        all.into_iter().map(|(id, body, content)| (id, body.len() + 4, content)).collect();
    let pool = Pool::new(1 << 20);
    // In the middle of the long records no place is like another only near the ends.
    let cuts = (0..bytes.len()).filter(|cut| *cut < 200 || *cut % 97 == 0 || bytes.len() - cut < 600);
    for cut in cuts {
        let (mut inbox, mut arrived) = (Inbox::default(), Arrived::new());
        let mut stub = Stub { bytes: bytes.clone(), at: 0, until: cut };
        arrive(&mut inbox, &mut stub, &pool, &mut arrived);
        assert!(arrived.len() < expected.len(), "cut at {cut}");
        stub.until = bytes.len();
        arrive(&mut inbox, &mut stub, &pool, &mut arrived);
        assert!(arrived == expected, "cut at {cut}");
    }
}

#[test]
fn a_connection_that_ends_within_a_response_leaves_nothing_of_it() {
    let bytes = frame(1, &fetched(&vec![1; 1 << 16]));
    let pool = Pool::new(1 << 20);
    let mut stub = Stub { until: bytes.len() / 2, at: 0, bytes };
    let (mut inbox, mut arrived) = (Inbox::default(), Arrived::new());
    arrive(&mut inbox, &mut stub, &pool, &mut arrived);
    inbox.clear();
    let next = frame(2, b"of another connection");
    let mut stub = Stub { until: next.len(), at: 0, bytes: next };
    arrive(&mut inbox, &mut stub, &pool, &mut arrived);
    assert_eq!(arrived, [(2, 25, b"of another connection".to_vec())]);
}

#[test]
fn a_large_buffer_is_given_back_when_nothing_is_left_in_it() {
    let (large, last) = (vec![7; 3 * MAX_KEPT], b"last".to_vec());
    let bytes = [frame(2, &large), frame(4, &last)].concat();
    let pool = Pool::new(1 << 20);
    let (mut inbox, mut arrived) = (Inbox::default(), Arrived::new());
    let until = bytes.len() - 1;
    let mut stub = Stub { bytes, at: 0, until };
    arrive(&mut inbox, &mut stub, &pool, &mut arrived);
    assert!(arrived.len() == 1 && arrived[0].2 == large);
    assert!(inbox.bytes.capacity() > MAX_KEPT);
    stub.until += 1;
    arrive(&mut inbox, &mut stub, &pool, &mut arrived);
    assert!(arrived.len() == 2 && arrived[1].2 == last, "the begin of it was in the large buffer");
    assert!(!inbox.fill(&mut stub).unwrap());
    assert!(inbox.bytes.capacity() <= MAX_KEPT);
}
