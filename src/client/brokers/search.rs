//! Brokers for questions that any broker can answer: metadata, coordinators, producer ids.
//!
//! Whoever has such a question takes a broker from [`Main::broker_to_ask`], in every round until the
//! question is sent. While no broker is up this registers the need, and the end of the round has one
//! connect. A question can therefore not wait for a broker that nobody connects to. A question to a certain
//! broker needs none of this: a broker with a request connects.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, Op};
use crate::client::main_loop::Main;
use std::time::Duration;

/// How long a broker may be busy connecting before another one is tried as well.
pub(in crate::client) const PATIENCE: Duration = Duration::from_secs(1);

/// The search for a broker while none is up.
pub(in crate::client) struct Search {
    /// In this round a question has found no broker.
    wanted: bool,
    /// When the next broker is tried.
    next_attempt: Time,
}

impl Search {
    pub(in crate::client) fn new(now: Time) -> Self {
        Self { wanted: false, next_attempt: now }
    }

    /// An attempt has failed, so the next broker may be tried. How often the same one is tried is that
    /// broker's own decision.
    pub(in crate::client) fn attempt_failed(&mut self, now: Time) {
        self.next_attempt = self.next_attempt.min(now);
    }
}

impl Main {
    /// A broker that may be asked something now. Otherwise, when to come again: at `not_before`, or whenever
    /// a broker comes up, which this round sees to.
    pub(in crate::client) fn broker_to_ask(
        &mut self,
        not_before: Time,
        now: Time,
    ) -> Result<Arc<BrokerHandle>, Deadline> {
        if !self.need_broker() {
            return Err(Deadline::NEVER);
        }
        if now < not_before {
            return Err(Deadline::at(not_before));
        }
        let chosen = self.choose_broker(true).and_then(|at| self.started_handle(at));
        // One that cannot be started at present is left to a later round.
        chosen.ok_or(Deadline::at(now + PATIENCE))
    }

    /// Registers that something waits until a broker is up. Returns whether one is.
    pub(in crate::client) fn need_broker(&mut self) -> bool {
        let up = self.any_up();
        self.search.wanted |= !up;
        up
    }

    /// Ends a round: has brokers connect if something needs one and none is up.
    pub(in crate::client) fn search_broker(&mut self, now: Time) -> Deadline {
        let wanted = std::mem::take(&mut self.search.wanted);
        if self.any_up() {
            self.outage_since = None;
            self.search.next_attempt = now;
            return Deadline::NEVER;
        }
        let next = self.mind_outage(wanted, now);
        if wanted { next.min(self.connect_next(now)) } else { next }
    }

    /// Has one broker after the other connect, each with some time before the next is tried as well.
    fn connect_next(&mut self, now: Time) -> Deadline {
        if now >= self.search.next_attempt {
            self.search.next_attempt = now + PATIENCE;
            if let Some(handle) = self.choose_broker(true).and_then(|at| self.started_handle(at)) {
                handle.push(Op::Connect);
            }
        }
        Deadline::at(self.search.next_attempt)
    }
}
