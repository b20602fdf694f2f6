use super::*;
use crate::base::sync::{Arc, Mutex, Rank};

/// What the other end does, and what has come to it.
#[derive(Default)]
struct Peer {
    listens: bool,
    /// Bytes that it has space for.
    space: usize,
    broken: bool,
    connects: usize,
    got: String,
}

struct Fake(Arc<Mutex<Peer>>);

impl Outlet for Fake {
    fn connect(&mut self) -> io::Result<()> {
        let mut peer = self.0.lock();
        peer.connects += 1;
        peer.broken = false;
        if peer.listens { Ok(()) } else { Err(ErrorKind::ConnectionRefused.into()) }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut peer = self.0.lock();
        if peer.broken {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let n = bytes.len().min(peer.space).min(7);
        if n == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        peer.space -= n;
        peer.got.push_str(std::str::from_utf8(&bytes[..n]).unwrap());
        Ok(n)
    }

    fn close(&mut self) {
        self.0.lock().broken = true;
    }
}

fn sink(listens: bool, space: usize) -> (Sink, Arc<Mutex<Peer>>) {
    let peer = Arc::new(Mutex::new(Rank::Leaf, Peer { listens, space, ..Peer::default() }));
    (Sink::new("/s", Box::new(Fake(peer.clone()))), peer)
}

fn document(n: i64) -> Vec<u8> {
    format!("{{the document number {n}}}").into_bytes()
}

#[test]
fn each_document_is_a_line() {
    let (mut sink, peer) = sink(true, 1000);
    for n in 1..=2 {
        assert_eq!(sink.offer(Time(n), || document(n)), None);
        assert!(sink.deadline().is_never());
    }
    assert_eq!(peer.lock().got, "{the document number 1}\n{the document number 2}\n");
    assert_eq!(peer.lock().connects, 1);
}

#[test]
fn a_document_that_is_not_taken_is_finished_later_and_others_are_dropped_meanwhile() {
    let (mut sink, peer) = sink(true, 10);
    assert_eq!(sink.offer(Time(0), || document(1)), None);
    let first = sink.deadline().time().unwrap();
    assert_eq!(sink.offer(first, || panic!("made although it cannot be sent")), None);
    let mut now = sink.deadline().time().unwrap();
    // Who takes nothing is asked less and less often.
    for _ in 0..10 {
        assert_eq!(sink.serve(now), None);
        now = sink.deadline().time().unwrap();
    }
    assert_eq!(sink.serve(Time(now.0 - 1)), None);
    let before = now;
    assert_eq!(sink.serve(now), None);
    now = sink.deadline().time().unwrap();
    assert_eq!(now, before + LATER);
    peer.lock().space = 1000;
    assert_eq!(sink.serve(now), None);
    assert!(sink.deadline().is_never());
    assert_eq!(sink.offer(now, || document(3)), None);
    assert_eq!(peer.lock().got, "{the document number 1}\n{the document number 3}\n");
}

#[test]
fn the_log_is_told_once_of_each_loss() {
    let (mut sink, peer) = sink(false, 1000);
    let text = sink.offer(Time(0), || panic!("made for nobody")).unwrap();
    assert_eq!(text, "unix:/s: Statistics are not taken: connection refused; tried again with each interval");
    assert_eq!(sink.offer(Time(1), || document(1)), None);
    peer.lock().listens = true;
    assert_eq!(sink.offer(Time(2), || document(2)), None);
    peer.lock().broken = true;
    let text = sink.offer(Time(3), || document(3)).unwrap();
    assert!(text.starts_with("unix:/s: Statistics are not taken any more: broken pipe"), "{text}");
    assert!(sink.deadline().is_never());
    assert_eq!(sink.offer(Time(4), || document(4)), None);
    assert_eq!(peer.lock().got, "{the document number 2}\n{the document number 4}\n");
    peer.lock().broken = true;
    assert!(sink.offer(Time(5), || document(5)).is_some(), "another loss");
    assert_eq!(peer.lock().connects, 4);
}

#[test]
fn what_was_on_its_way_is_lost_with_the_connection() {
    let (mut sink, peer) = sink(true, 10);
    assert_eq!(sink.offer(Time(0), || document(1)), None);
    peer.lock().broken = true;
    let due = sink.deadline().time().unwrap();
    assert!(sink.serve(due).is_some());
    peer.lock().space = 1000;
    assert_eq!(sink.offer(due, || document(2)), None);
    assert_eq!(peer.lock().got, "{the docum{the document number 2}\n", "on two connections");
}
