//! The search for a broker while none is up.
//!
//! Whoever has a question that any broker can answer takes a broker from [`super::Brokers::broker_to_ask`],
//! in every round until the question is sent. While no broker is up this registers the need, and the end of
//! the round has one connect. So a question cannot wait for a broker that nobody connects to. A question to a
//! certain broker needs none of this: a broker with a request connects.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::cluster::TRY_ANOTHER_AFTER;

pub(super) struct Search {
    /// In this round a question has found no broker.
    wanted: bool,
    /// When the next broker is tried.
    next_attempt: Time,
}

impl Search {
    pub fn new(now: Time) -> Self {
        Self { wanted: false, next_attempt: now }
    }

    /// A question has found no broker.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// Whether a question of this round has found no broker.
    pub fn take_wanted(&mut self) -> bool {
        std::mem::take(&mut self.wanted)
    }

    /// An attempt has failed, or the last search is over: a broker may be tried at once. How often the same
    /// one is tried is that broker's own decision.
    pub fn allow(&mut self, now: Time) {
        self.next_attempt = self.next_attempt.min(now);
    }

    /// A broker is up.
    pub fn reset(&mut self, now: Time) {
        self.next_attempt = now;
    }

    /// Whether to try another broker now.
    pub fn is_due(&mut self, now: Time) -> bool {
        let due = now >= self.next_attempt;
        if due {
            self.next_attempt = now + TRY_ANOTHER_AFTER;
        }
        due
    }

    pub fn deadline(&self) -> Deadline {
        Deadline::at(self.next_attempt)
    }
}
