use super::*;

const PID: ProducerId = ProducerId { id: 1, epoch: 0 };
const NEXT: ProducerId = ProducerId { id: 1, epoch: 1 };

/// A partition's sequencer, and its queue with `n` messages, enqueued at 0, 1, 2... microseconds.
struct Bench {
    s: Sequencer,
    q: Runs,
    connection: u64,
}

impl Bench {
    fn new(n: i64) -> Self {
        let pool = Arc::new(ChunkPool::new(0));
        let mut open = OpenChunk::new(&pool, 1 << 16, Time(0), 1);
        for i in 0..n {
            let m = StoredMessage {
                key: Some(b"key"),
                value: Value::Copy(&[b'v'; 20]),
                headers: None,
                timestamp_ms: i,
                opaque: 0,
                enqueued: Time(i),
                retries: 0,
            };
            assert!(open.append(&m));
        }
        let mut b = Self { s: Sequencer::default(), q: open.cut().unwrap().into(), connection: 1 };
        assert_eq!(b.s.turn(Some(PID), Time(0), 1), Turn::Fresh);
        b.start_epoch(PID);
        b
    }

    fn start_epoch(&mut self, pid: ProducerId) {
        self.q.extend(self.s.start_epoch(pid));
        let mut runs: Vec<Run> = std::mem::take(&mut self.q).into_iter().collect();
        runs.sort_by_key(Run::first_msgid);
        self.q = runs.into();
    }

    /// The same with a broker that has acknowledged a batch.
    fn known(n: i64) -> Self {
        let mut b = Self::new(n);
        b.s.broker.confirm(Time(0));
        b
    }

    fn turn(&mut self) -> Turn {
        self.s.turn(Some(PID), Time(0), self.connection)
    }

    fn send(&mut self, n: usize) -> Sealed {
        assert_eq!(self.turn(), Turn::Fresh);
        let runs = split_runs(&mut self.q, n);
        let messages = runs.iter().map(Run::len).sum();
        Sealed { runs, messages, stamp: self.s.stamp(messages).unwrap(), segments: Vec::new() }
    }

    fn queued(&self) -> usize {
        self.q.iter().map(Run::len).sum()
    }

    /// The broker does not answer.
    fn lose_answer(&mut self, mut batch: Sealed) {
        batch.stamp.maybe_stored = true;
        self.refuse(batch);
    }

    fn refuse(&mut self, batch: Sealed) {
        self.s.settled(&batch.stamp);
        self.s.seal(batch);
    }

    fn store(&mut self, batch: &Sealed) {
        let stamp = batch.stamp;
        self.s.settled(&stamp);
        self.s.stored(&stamp, Time(0));
    }
}

fn ids(batch: &Sealed) -> Vec<u64> {
    batch.runs.iter().flat_map(Run::iter).map(|m| m.msgid()).collect()
}

#[test]
fn five_batches_are_in_flight_at_the_most() {
    let mut b = Bench::known(10);
    let out: Vec<_> = (0..5).map(|_| b.send(1)).collect();
    assert_eq!(b.turn(), Turn::Settling);
    b.s.settled(&out[2].stamp);
    assert_eq!(b.turn(), Turn::Fresh);
}

/// Answers may come out of turn, or not at all: then five batches may be stored behind one that is still
/// open.
#[test]
fn an_open_batch_stays_among_the_last_five() {
    let mut b = Bench::known(10);
    let (x, y) = (b.send(1), b.send(1));
    for _ in 0..3 {
        let z = b.send(1);
        b.store(&z);
    }
    assert_eq!(b.turn(), Turn::Settling, "the broker would not recognise x behind one more");
    b.lose_answer(x);
    b.lose_answer(y);
    assert_eq!(b.turn(), Turn::Sealed);
    let x = b.s.unseal().unwrap();
    b.store(&x);
    assert_eq!(b.turn(), Turn::Sealed);
    let y = b.s.unseal().unwrap();
    let _ = b.send(1);
    assert_eq!(b.turn(), Turn::Settling, "y is in the same place now");
    b.store(&y);
    assert_eq!(b.turn(), Turn::Fresh);
}

#[test]
fn a_batch_that_was_given_up_may_have_overtaken_an_open_one() {
    let mut b = Bench::known(10);
    let x = b.send(1);
    let lost = b.send(1);
    let stamp = Stamp { maybe_stored: true, ..lost.stamp };
    b.s.settled(&stamp);
    b.s.lost(&stamp, 1, false);
    // Later acknowledgements show that nothing is missing behind it.
    let z = Stamp { position: 2, ..stamp };
    for position in 2..5 {
        b.s.stored(&Stamp { position, ..z }, Time(0));
    }
    assert_eq!(b.turn(), Turn::Settling, "x, and four that are or may be stored behind it");
    b.store(&x);
    assert_eq!(b.turn(), Turn::Fresh);
}

#[test]
fn the_first_batch_is_in_flight_alone() {
    let mut b = Bench::new(10);
    let x = b.send(1);
    assert_eq!(b.turn(), Turn::Settling);
    b.store(&x);
    let _ = (b.send(1), b.send(1));
    assert_eq!(b.turn(), Turn::Fresh);
}

#[test]
fn after_a_failure_one_batch_is_in_flight_until_one_is_acknowledged() {
    let mut b = Bench::known(10);
    let (x, y, z) = (b.send(1), b.send(1), b.send(1));
    b.refuse(x);
    b.store(&y);
    b.lose_answer(z);
    assert_eq!(b.turn(), Turn::Sealed);
    let x = b.s.unseal().unwrap();
    assert_eq!(b.turn(), Turn::Settling, "that y is stored says nothing of what becomes of x");
    b.store(&x);
    assert_eq!(b.turn(), Turn::Sealed);
    let _z = b.s.unseal().unwrap();
    assert_eq!(b.turn(), Turn::Fresh);
}

#[test]
fn another_leader_connection_or_a_batch_that_is_given_up_begins_with_one_batch() {
    let mut b = Bench::known(10);
    b.s.leader_changed();
    let x = b.send(1);
    assert_eq!(b.turn(), Turn::Settling);
    b.store(&x);
    let x = b.send(1);
    b.connection = 2;
    assert_eq!(b.turn(), Turn::Settling, "another connection");
    b.store(&x);
    let (x, y) = (b.send(1), b.send(1));
    b.s.leader_changed();
    b.store(&x);
    assert_eq!(b.turn(), Turn::Settling, "y has to be completed");
    b.store(&y);
    let x = b.send(1);
    assert_eq!(b.turn(), Turn::Settling, "those were the former leader's answers");
    b.store(&x);
    let (x, y) = (b.send(1), b.send(1));
    b.s.settled(&x.stamp);
    b.s.lost(&x.stamp, 1, false);
    b.s.settled(&y.stamp);
    assert_eq!(b.turn(), Turn::NewId { used: PID, reset: false });
    b.start_epoch(NEXT);
    let _ = b.s.stamp(1);
    assert_eq!(b.s.turn(Some(NEXT), Time(0), 2), Turn::Settling);
}

#[test]
fn a_higher_epoch_of_an_id_that_the_broker_knows_keeps_its_rate() {
    for (pid, rate) in [
        (NEXT, Turn::Fresh),
        (ProducerId { id: 2, epoch: 1 }, Turn::Settling),
        (ProducerId { id: 1, epoch: -1 }, Turn::Settling),
    ] {
        let mut b = Bench::known(10);
        b.start_epoch(pid);
        let _ = b.s.stamp(1);
        assert_eq!(b.s.turn(Some(pid), Time(0), 1), rate, "{pid}");
    }
}

#[test]
fn failed_batches_are_sent_again_as_they_were_and_in_order() {
    let mut b = Bench::known(10);
    let (x, y, z) = (b.send(2), b.send(3), b.send(1));
    b.refuse(y);
    assert_eq!(b.turn(), Turn::Settling, "x and z are in flight");
    b.lose_answer(x);
    b.refuse(z);
    assert_eq!(b.s.unacknowledged(), 0);
    for want in [(0, vec![1, 2]), (2, vec![3, 4, 5]), (5, vec![6])] {
        assert_eq!(b.turn(), Turn::Sealed);
        let batch = b.s.unseal().unwrap();
        assert_eq!((batch.stamp.position, ids(&batch)), want);
        b.store(&batch);
    }
    assert_eq!((b.turn(), b.s.unacknowledged()), (Turn::Fresh, 6));
}

#[test]
fn what_is_not_stored_is_numbered_anew_when_nothing_is_in_flight() {
    let mut b = Bench::known(6);
    let (x, y) = (b.send(2), b.send(2));
    b.s.renumber(false);
    b.refuse(x);
    assert_eq!(b.turn(), Turn::Settling);
    b.refuse(y);
    assert_eq!(b.turn(), Turn::NewId { used: PID, reset: false });
    b.start_epoch(NEXT);
    assert_eq!(b.queued(), 6);
    assert_eq!(b.s.turn(Some(NEXT), Time(0), 1), Turn::Fresh);
}

#[test]
fn what_may_be_stored_is_asked_about_before_others_are_numbered_anew() {
    let mut b = Bench::known(6);
    let (x, y, z) = (b.send(2), b.send(2), b.send(2));
    b.s.renumber(false);
    b.refuse(x);
    b.lose_answer(y);
    b.refuse(z);
    assert_eq!(b.turn(), Turn::Sealed, "a broker that has lost its state may have taken y without x");
    let y = b.s.unseal().unwrap();
    assert_eq!(y.stamp.position, 2);
    assert!(b.s.is_head(&y.stamp), "x is not sent under this epoch any more");
    b.store(&y);
    assert_eq!(b.turn(), Turn::NewId { used: PID, reset: false }, "x and z still need one");
}

#[test]
fn a_batch_behind_a_gap_is_sent_again_before_the_epoch_ends() {
    let mut b = Bench::known(6);
    let (x, y) = (b.send(2), b.send(2));
    let lost = Stamp { maybe_stored: true, ..x.stamp };
    assert!(!b.s.is_head(&y.stamp));
    b.s.settled(&lost);
    b.s.lost(&lost, 2, false);
    assert!(b.s.is_head(&y.stamp));
    b.lose_answer(y);
    assert_eq!(b.turn(), Turn::Sealed, "it may be stored: only its own sequence tells");
    let y = b.s.unseal().unwrap();
    assert_eq!(b.turn(), Turn::Settling);
    b.store(&y);
    assert_eq!(b.turn(), Turn::Fresh, "the broker's sequence is behind the gap");
    let z = b.send(1);
    let lost = Stamp { maybe_stored: true, ..z.stamp };
    b.s.settled(&lost);
    b.s.lost(&lost, 1, true);
    assert_eq!(b.turn(), Turn::NewId { used: PID, reset: true });
}

#[test]
fn a_later_acknowledgement_does_not_keep_an_earlier_batch_from_timing_out() {
    let mut b = Bench::known(4);
    let (x, y) = (b.send(2), b.send(2));
    b.lose_answer(x);
    b.store(&y);
    let gone = b.s.take_expired(Time(1_000), Some(Duration::from_micros(1)));
    assert_eq!(gone.iter().map(Run::len).sum::<usize>(), 2);
}

#[test]
fn a_batch_that_may_be_stored_stays_what_it_is_when_a_part_of_it_times_out() {
    let mut b = Bench::new(6);
    let x = b.send(5);
    b.lose_answer(x);
    for (now, lost) in [(101, vec![1, 2]), (103, vec![3, 4])] {
        let gone = b.s.take_expired(Time(now), Some(Duration::from_micros(100)));
        assert_eq!(gone.iter().flat_map(Run::iter).map(|m| m.msgid()).collect::<Vec<_>>(), lost);
    }
    assert_eq!((b.s.sealed_messages(), b.s.oldest()), (1, Some(Time(4))));
    assert_eq!(b.turn(), Turn::Sealed);
    let x = b.s.unseal().unwrap();
    assert_eq!((x.messages, x.stamp.reported, x.oldest()), (5, 4, Some(Time(4))));
    let same = |m: crate::producer::store::MessageView<'_>| {
        (m.key() == Some(b"key"), m.value() == Some(&[b'v'; 20]), m.timestamp_ms())
    };
    let seen: Vec<_> = x.runs.iter().flat_map(Run::iter).map(same).collect();
    assert_eq!(seen, (0..5).map(|i| (true, true, i)).collect::<Vec<_>>());
}

#[test]
fn one_that_is_not_stored_is_cut_and_numbered_anew() {
    let mut b = Bench::new(6);
    let x = b.send(5);
    b.refuse(x);
    let gone = b.s.take_expired(Time(101), Some(Duration::from_micros(100)));
    assert_eq!(gone[0].len(), 2);
    assert_eq!(b.turn(), Turn::NewId { used: PID, reset: false });
    b.start_epoch(NEXT);
    assert_eq!(b.queued(), 4);
}

#[test]
fn messages_that_fail_before_they_have_a_place_leave_no_gap() {
    let mut b = Bench::new(6);
    let x = b.send(2);
    assert_eq!(split_runs(&mut b.q, 1).len(), 1);
    b.store(&x);
    assert_eq!(b.send(1).stamp.position, 2);
}

#[test]
fn another_producer_id_is_taken_up_when_nothing_is_in_flight() {
    let mut b = Bench::new(6);
    let x = b.send(2);
    assert_eq!(b.s.turn(Some(NEXT), Time(0), 2), Turn::Settling);
    b.store(&x);
    assert_eq!(b.s.turn(Some(NEXT), Time(0), 1), Turn::Fresh);
    assert_eq!(b.s.turn(None, Time(0), 1), Turn::Settling);
}
