//! A notification ends the wait that it comes before or into, whatever comes together.

use crate::base::signal::Signal;
use crate::base::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

pub const MODELS: &[(&str, fn())] = &[
    ("signal: work that was notified of is seen", work_is_seen),
    ("signal: a notification between two waits is kept", a_notification_between_two_waits_is_kept),
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
