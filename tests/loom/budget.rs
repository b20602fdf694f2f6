//! Space is neither lost nor given twice, and who waits for it is woken.

use crate::producer::budget::Budget;
use crate::base::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::time::Duration;

pub const MODELS: &[(&str, fn())] = &[
    ("budget: a limit holds, whoever claims together", a_limit_holds),
    ("budget: a release wakes who waits for space", a_release_wakes_who_waits),
    ("budget: a report wakes who waits for space", a_report_wakes_who_waits),
    ("budget: the last report wakes who waits for none", the_last_report_wakes_flush),
    ("budget: space in a broker's share wakes who waits for it", a_share_wakes_who_waits),
    ("budget: numbers are right while reports are served", numbers_are_right_while_served),
    ("budget: what another thread collects is there for a claim", another_collects),
];

const LONG: Duration = Duration::from_secs(3600);

fn claim(budget: &Budget) {
    while !budget.try_claim(1) {
        budget.wait_for_space(1, LONG, &|| false);
    }
}

/// Of three messages that come together two fit. A claim that is withdrawn may be in the way of one that
/// would fit (who is told that the queue is full tries again or waits), but never lets in one too many.
fn a_limit_holds() {
    let budget = Arc::new(Budget::new(Some(2), 100));
    let claimed = Arc::new(AtomicUsize::new(0));
    let claimers: Vec<_> = (0..2)
        .map(|_| {
            let (budget, claimed) = (budget.clone(), claimed.clone());
            thread::spawn(move || claimed.fetch_add(usize::from(budget.try_claim(1)), Ordering::SeqCst))
        })
        .collect();
    claimed.fetch_add(usize::from(budget.try_claim(1)), Ordering::SeqCst);
    claimers.into_iter().for_each(|t| assert!(t.join().is_ok()));
    let claimed = claimed.load(Ordering::SeqCst);
    assert!((1..=2).contains(&claimed), "{claimed} were let in");
    assert_eq!(budget.messages(), claimed as u64);
}

fn a_release_wakes_who_waits() {
    let budget = Arc::new(Budget::new(Some(1), 100));
    assert!(budget.try_claim(1));
    let waiter = {
        let budget = budget.clone();
        thread::spawn(move || claim(&budget))
    };
    budget.release(1, 1);
    waiter.join().unwrap();
    assert_eq!((budget.messages(), budget.bytes()), (1, 1));
}

/// In the middle of a report a waiter is woken by what was served, or looks a millisecond later: loom knows
/// no time, and lets the plain reads of the thread that serves miss the waiter for ever. At the end of the
/// report nothing may be missed.
fn a_report_wakes_who_waits() {
    let budget = Arc::new(Budget::new(Some(2), 100));
    assert!(budget.try_claim(1) && budget.try_claim(1));
    let waiter = {
        let budget = budget.clone();
        thread::spawn(move || claim(&budget))
    };
    let serving = budget.begin_serving();
    serving.served(1);
    serving.served(1);
    drop(serving);
    waiter.join().unwrap();
    assert_eq!((budget.messages(), budget.bytes()), (1, 1));
}

fn the_last_report_wakes_flush() {
    let budget = Arc::new(Budget::new(None, 100));
    assert!(budget.try_claim(1) && budget.try_claim(1));
    let waiter = {
        let budget = budget.clone();
        thread::spawn(move || {
            while !budget.is_empty() {
                budget.wait_until_empty(LONG, &|| false);
            }
        })
    };
    let serving = budget.begin_serving();
    serving.served(1);
    serving.served(1);
    drop(serving);
    waiter.join().unwrap();
}

fn a_share_wakes_who_waits() {
    let budget = Arc::new(Budget::new(Some(2), 100));
    let is_full = Arc::new(AtomicUsize::new(1));
    let waiter = {
        let (budget, is_full) = (budget.clone(), is_full.clone());
        thread::spawn(move || loop {
            let seen = budget.shares_freed();
            if is_full.load(Ordering::SeqCst) == 0 {
                return;
            }
            budget.wait_for_share(seen, LONG, &|| false);
        })
    };
    is_full.store(0, Ordering::SeqCst);
    budget.free_share();
    waiter.join().unwrap();
}

/// Whoever reads the numbers collects what has been served; nothing is collected twice or forgotten.
fn numbers_are_right_while_served() {
    let budget = Arc::new(Budget::new(Some(3), 100));
    assert!(budget.try_claim(10) && budget.try_claim(10));
    let server = {
        let budget = budget.clone();
        thread::spawn(move || {
            let serving = budget.begin_serving();
            serving.served(10);
            serving.served(10);
        })
    };
    let seen = budget.messages();
    assert!(seen <= 2, "{seen} of two messages are queued");
    assert!(budget.messages() <= seen, "messages come back");
    server.join().unwrap();
    assert_eq!((budget.messages(), budget.bytes()), (0, 0));
}

/// A claim finds the queue full, and before it collects what has been served another thread does.
fn another_collects() {
    let budget = Arc::new(Budget::new(Some(1), 100));
    assert!(budget.try_claim(1));
    let serving = budget.begin_serving();
    serving.served(1);
    let other = {
        let budget = budget.clone();
        thread::spawn(move || budget.messages())
    };
    assert!(budget.try_claim(1), "the only message has been served");
    assert!(other.join().unwrap() <= 1);
    drop(serving);
    assert_eq!(budget.messages(), 1);
}
