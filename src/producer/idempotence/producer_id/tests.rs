use super::*;
use crate::base::sync::atomic::AtomicUsize;

const FIRST: ProducerId = ProducerId { id: 7, epoch: 0 };

/// Counts how often it was woken.
#[derive(Default)]
struct Sleeper(AtomicUsize);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn waiter() -> Arc<dyn Wake> {
    Arc::new(Sleeper::default())
}

fn assigned() -> ProducerIds {
    let ids = ProducerIds::new(false, false, Time(0));
    assert!(ids.wanted().is_due(Time(0)) && !ids.is_open());
    ids.asked(Time(0));
    assert!(ids.wanted().is_never(), "one question at a time");
    assert!(ids.assigned(FIRST, Time(1)) && ids.is_open());
    ids
}

#[test]
fn a_refused_request_is_put_again_after_a_while() {
    let ids = ProducerIds::new(false, false, Time(0));
    ids.no_broker(Time(0));
    assert_eq!(ids.snapshot().state.name(), "WaitTransport");
    assert!(ids.wanted().is_due(Time(0)), "whoever comes up is asked");
    ids.asked(Time(5));
    ids.failed(Time(10));
    assert_eq!(ids.wanted().time(), Some(Time(10) + RETRY));
    assert!(!ids.assigned(FIRST, Time(20)), "an answer that nobody waits for");
}

#[test]
fn many_partitions_in_trouble_raise_the_epoch_once() {
    let (ids, p) = (assigned(), waiter());
    let second = ProducerId { epoch: 1, ..FIRST };
    assert_eq!(ids.newer_than(FIRST, false, &p, Time(2)), Some(second));
    assert_eq!(ids.newer_than(FIRST, false, &p, Time(3)), Some(second));
    assert_eq!(ids.current(), Some(second));
    assert_eq!(ids.snapshot().epochs, 2);
    ids.abandon(FIRST, Time(4));
    assert_eq!(ids.current(), Some(second), "nobody has it any more");
    ids.abandon(second, Time(4));
    assert_eq!(ids.current(), Some(ProducerId { epoch: 2, ..FIRST }));
}

#[test]
fn a_new_id_is_asked_for_when_epochs_are_used_up_or_do_not_help() {
    let last = ProducerId { id: 7, epoch: i16::MAX };
    let next = ProducerId { id: 8, epoch: 0 };
    for (used, reset) in [(last, false), (FIRST, true)] {
        let (ids, sleeper) = (ProducerIds::new(false, false, Time(0)), Arc::new(Sleeper::default()));
        let p: Arc<dyn Wake> = sleeper.clone();
        ids.asked(Time(0));
        let _ = ids.assigned(used, Time(0));
        assert_eq!(ids.newer_than(used, reset, &p, Time(2)), None);
        assert_eq!(ids.newer_than(used, reset, &p, Time(2)), None);
        assert!(ids.take_news() && !ids.take_news() && ids.wanted().is_due(Time(2)));
        assert!(ids.is_open(), "unaffected partitions go on");
        ids.asked(Time(3));
        assert!(ids.assigned(next, Time(4)));
        assert_eq!(sleeper.0.load(Ordering::Relaxed), 1, "who waits is woken");
        assert_eq!(ids.newer_than(used, reset, &p, Time(5)), Some(next));
    }
}

#[test]
fn nothing_follows_a_fatal_error() {
    let ids = assigned();
    ids.close(IdempotenceState::FatalError, Time(2));
    assert!(!ids.is_open() && ids.is_closed());
    ids.start(Time(3));
    assert!(ids.wanted().is_never() && ids.snapshot().state == IdempotenceState::FatalError);
}

#[test]
fn a_transactional_client_asks_when_it_is_told_and_raises_no_epoch_itself() {
    let (ids, p) = (ProducerIds::new(true, false, Time(0)), waiter());
    assert!(ids.wanted().is_never());
    ids.start(Time(1));
    assert!(ids.wanted().is_due(Time(1)));
    ids.asked(Time(1));
    let _ = ids.assigned(FIRST, Time(2));
    assert!(!ids.is_open(), "not before a transaction lets messages out");
    ids.allow(true);
    assert!(ids.is_open());
    assert_eq!(ids.newer_than(FIRST, false, &p, Time(3)), None);
    assert!(ids.take_bump_request() && !ids.take_bump_request());
}
