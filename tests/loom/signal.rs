//! A notification ends the wait that it comes before or into, whatever comes together.

use crate::base::signal::{Bells, Signal};
use crate::base::sync::Arc;
use crate::base::wait_for_bells;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

pub const MODELS: &[(&str, fn())] = &[
    ("signal: work that was notified of is seen", work_is_seen),
    ("signal: a notification between two waits is kept", a_notification_between_two_waits_is_kept),
    ("signal: a thread that waits for several serves each that is notified", each_of_several_is_served),
];

/// Two threads leave work and notify; the waiter ends when it has seen all of it. A lost notification would
/// leave it waiting for ever.
fn work_is_seen() {
    let signal = Arc::new(Signal::new().unwrap());
    let work = Arc::new(AtomicUsize::new(0));
    let notifiers: Vec<_> = (0..2)
        .map(|_| {
            let (signal, work) = (signal.clone(), work.clone());
            thread::spawn(move || {
                // As under the lock of a queue: what the ordering of the work itself gives is not the
                // signal's.
                work.fetch_add(1, Ordering::SeqCst);
                signal.notify();
            })
        })
        .collect();
    while work.load(Ordering::SeqCst) < 2 {
        signal.wait(None, None);
    }
    notifiers.into_iter().for_each(|t| t.join().unwrap());
}

/// The waiter takes the first notification without waiting, as a stepped owner does, and then waits for the
/// second.
fn a_notification_between_two_waits_is_kept() {
    let signal = Arc::new(Signal::new().unwrap());
    let work = Arc::new(AtomicUsize::new(0));
    let notifier = {
        let (signal, work) = (signal.clone(), work.clone());
        thread::spawn(move || {
            for _ in 0..2 {
                work.fetch_add(1, Ordering::SeqCst);
                signal.notify();
            }
        })
    };
    signal.take();
    while work.load(Ordering::SeqCst) < 2 {
        signal.wait(None, None);
    }
    notifier.join().unwrap();
}

/// One thread waits for two signals, as brokers' threads do that instances have in common: it serves whoever
/// is ready, and whoever was notified meanwhile once more.
fn each_of_several_is_served() {
    let bells = Bells::new().unwrap();
    let waiters: Vec<_> = (0..2)
        .map(|key| {
            let (signal, work) = (Arc::new(Signal::unopened()), Arc::new(AtomicUsize::new(0)));
            signal.share(&bells, key);
            (signal, work)
        })
        .collect();
    let notifiers: Vec<_> = waiters
        .iter()
        .cloned()
        .map(|(signal, work)| {
            thread::spawn(move || {
                work.fetch_add(1, Ordering::SeqCst);
                signal.notify();
            })
        })
        .collect();
    let (mut ready, mut served) = (vec![0, 1], [0, 0]);
    while served != [1, 1] {
        let mut again = Vec::new();
        for key in ready.drain(..) {
            let (signal, work) = &waiters[key as usize];
            signal.take();
            served[key as usize] = work.load(Ordering::SeqCst);
            if !signal.park() {
                again.push(key);
            }
        }
        ready = again;
        if ready.is_empty() && served != [1, 1] {
            wait_for_bells(&bells, &mut ready);
        }
    }
    notifiers.into_iter().for_each(|t| t.join().unwrap());
}
