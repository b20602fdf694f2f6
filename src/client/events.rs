//! The queue between the library's threads and whoever polls: delivery reports and everything else an application is told.

use crate::base::clock::Time;
use crate::base::error::Error;
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::base::sync::{Arc, Condvar, Mutex, Rank};
use crate::producer::budget::Budget;
use crate::producer::report::Report;
use std::collections::VecDeque;
use std::time::Duration;

/// Something the application is to be told.
pub enum Event {
    Delivery(Delivery),
    Error(Error),
    /// A broker made the client wait (KIP-219).
    Throttle {
        broker_name: String,
        broker_id: i32,
        throttle_ms: i32,
    },
    /// A log line, with `log.queue=true`.
    Log {
        level: u8,
        facility: String,
        text: String,
    },
    /// Statistics as JSON.
    Stats(String),
}

/// A delivery report on its way to the application. Dropping it gives the messages' room in the queue back.
pub struct Delivery {
    report: Report,
    budget: Arc<Budget>,
    events: Arc<EventQueue>,
}

impl Delivery {
    pub(super) fn new(report: Report, budget: Arc<Budget>, events: Arc<EventQueue>) -> Self {
        Self { report, budget, events }
    }

    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Gives up the first `n` messages, which have been served; the rest may be put back for a later poll.
    pub fn drop_served(&mut self, n: usize) {
        let (messages, bytes) = self.report.drop_served(n);
        self.budget.release(messages, bytes);
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // The messages' memory goes first: who sees room in the queue may count on it.
        let (messages, bytes) = self.report.budget();
        self.report.runs.clear();
        self.budget.release(messages, bytes);
        if self.budget.messages() == 0 {
            // Whoever waits in flush() may have left the serving to another thread.
            self.events.wake_all();
        }
    }
}

/// Whether serving goes on after an event.
pub enum Flow {
    Continue,
    /// Return to the caller of poll now; the event, if any, is put back in front.
    Stop(Option<Event>),
}

pub struct EventQueue {
    events: Mutex<VecDeque<Event>>,
    arrived: Condvar,
    waiting: AtomicUsize,
}

impl EventQueue {
    pub(super) fn new() -> Self {
        Self {
            events: Mutex::new(Rank::Queue, VecDeque::new()),
            arrived: Condvar::new(),
            waiting: AtomicUsize::new(0),
        }
    }

    pub(super) fn push(&self, event: Event) {
        let mut events = self.events.lock();
        events.push_back(event);
        let wake = self.waiting.load(Ordering::SeqCst) > 0;
        drop(events);
        if wake {
            self.arrived.notify_one();
        }
    }

    pub(super) fn put_back(&self, event: Event) {
        self.events.lock().push_front(event);
    }

    /// Makes everybody who waits look at their conditions again.
    pub(super) fn wake_all(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            // A waiter that has counted itself but not yet looked holds the lock: it cannot miss this.
            let _events = self.events.lock();
            self.arrived.notify_all();
        }
    }

    /// The next event. Waits for one until `timeout` (`None`: for ever) has passed or `enough` says so.
    pub(super) fn pop(&self, timeout: Option<Duration>, enough: &dyn Fn() -> bool) -> Option<Event> {
        let mut events = self.events.lock();
        let event = events.pop_front();
        if event.is_some() || timeout == Some(Duration::ZERO) {
            return event;
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut got = None;
        // One wait only: the caller knows the time, and comes again if there is any left.
        if !enough() {
            self.arrived.wait_for(&mut events, timeout);
            got = events.pop_front();
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        got
    }

    pub(super) fn take_all(&self) -> VecDeque<Event> {
        std::mem::take(&mut *self.events.lock())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.events.lock().len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Time left of a timeout that began at `start`; `None`: for ever.
pub(super) fn left(timeout: Option<Duration>, start: Time, now: Time) -> Option<Duration> {
    timeout.map(|t| t.saturating_sub(now.since(start)))
}
