//! An announced partition is looked at in time: the owner is awake, or wakes before the partition is due.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::signal::Signal;
use crate::base::sync::Arc;
use crate::producer::partition::ready::{News, ReadyList};
use loom::thread;

/// What is announced: the list does not look into it.
type Partition = usize;

pub const MODELS: &[(&str, fn())] = &[
    ("ready list: news for at once wakes the owner", news_for_at_once_wakes_the_owner),
    ("ready list: who is due later leaves the owner asleep", who_is_due_later_leaves_the_owner_asleep),
    ("ready list: a later deadline hides no news", a_later_deadline_hides_no_news),
    ("ready list: enough bytes wake the owner", enough_bytes_wake_the_owner),
];

/// A pass of the owner's: takes what is announced, says until when it will sleep.
fn pass(ready: &ReadyList<Partition>, seen: &mut usize, deadline: Deadline) {
    let mut taken = Vec::new();
    ready.take(&mut taken);
    *seen += taken.len();
    ready.sleep_until(deadline);
}

fn news_for_at_once_wakes_the_owner() {
    let ready = Arc::new(ReadyList::new(Arc::new(Signal::new().unwrap())));
    let pushers: Vec<_> = (0..2)
        .map(|i| {
            let ready = ready.clone();
            thread::spawn(move || ready.announce(Arc::new(i), News::Full, false))
        })
        .collect();
    let mut seen = 0;
    while seen < 2 {
        // Whatever is announced after `take` must end this wait, although the owner would sleep for an hour.
        pass(&ready, &mut seen, Deadline::at(Time(3_600_000_000)));
        if seen < 2 {
            ready.signal().wait(None, None);
        }
    }
    pushers.into_iter().for_each(|t| t.join().unwrap());
}

/// The owner sleeps until 10: a partition that is due at 20 need not wake it, one that is due at 5 has to.
fn who_is_due_later_leaves_the_owner_asleep() {
    let ready = Arc::new(ReadyList::new(Arc::new(Signal::new().unwrap())));
    let pusher = {
        let ready = ready.clone();
        thread::spawn(move || {
            ready.announce(Arc::new(0), News::First(Time(20)), false);
            ready.announce(Arc::new(1), News::First(Time(5)), false);
        })
    };
    let mut seen = 0;
    while seen < 2 {
        pass(&ready, &mut seen, Deadline::at(Time(10)));
        if seen < 2 {
            ready.signal().wait(None, None);
        }
    }
    pusher.join().unwrap();
}

/// The owner wakes at 10 by itself and goes on to sleep until 100. Who is due at 20 may have compared with
/// 10, and must be seen all the same.
fn a_later_deadline_hides_no_news() {
    let ready = Arc::new(ReadyList::new(Arc::new(Signal::new().unwrap())));
    let mut seen = 0;
    pass(&ready, &mut seen, Deadline::at(Time(10)));
    let pusher = {
        let ready = ready.clone();
        thread::spawn(move || ready.announce(Arc::new(0), News::First(Time(20)), false))
    };
    pass(&ready, &mut seen, Deadline::at(Time(100)));
    while seen < 1 {
        ready.signal().wait(None, None);
        pass(&ready, &mut seen, Deadline::at(Time(100)));
    }
    pusher.join().unwrap();
}

fn enough_bytes_wake_the_owner() {
    let ready = Arc::new(ReadyList::<Partition>::new(Arc::new(Signal::new().unwrap())));
    ready.wake_at_bytes(Some(100));
    let pushers: Vec<_> = (0..2)
        .map(|_| {
            let ready = ready.clone();
            thread::spawn(move || ready.add_bytes(60))
        })
        .collect();
    while ready.bytes() < 100 {
        ready.signal().wait(None, None);
    }
    pushers.into_iter().for_each(|t| t.join().unwrap());
}
