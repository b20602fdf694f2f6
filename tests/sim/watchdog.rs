//! Nothing waits without a reason: while somebody waits for the client, a request is in flight, a connection
//! is being made, or the client comes back to it within a second (longer only where a back-off or linger
//! time is configured to be longer).
//!
//! Who waits is seen from outside: calls of the application that have not come back, questions without an
//! answer, and messages without a report. What the client knows of its own questions is not asked: it may
//! have forgotten one.

use super::net::Counters;
use rdkafka::base::clock::Time;
use rdkafka::conf::Settings;
use std::time::Duration;

/// How soon something has to be done about what waits.
const SOON: Duration = Duration::from_secs(1);

pub struct Watchdog {
    /// Since when nothing has been under way.
    idle_since: Option<Time>,
    /// Connects and requests until the last check: what was over at once was under way, too.
    done: u64,
    patience: Duration,
}

impl Watchdog {
    pub fn new(s: &Settings) -> Self {
        let pauses = [
            s.batching.linger,
            s.retry.backoff,
            s.retry.backoff_max,
            s.network.reconnect_backoff_max,
            s.metadata.refresh_fast_interval,
        ];
        let longest = pauses.into_iter().max().unwrap_or_default();
        Self { idle_since: None, done: 0, patience: SOON + longest }
    }

    /// To be called whenever time is about to pass. Returns for how long nothing has been done, if that is
    /// too long for anything to wait.
    pub fn check(&mut self, now: Time, under_way: bool, net: &Counters) -> Option<Duration> {
        let done = net.connects + net.refused + net.frames;
        if under_way || std::mem::replace(&mut self.done, done) != done {
            self.idle_since = None;
            return None;
        }
        let idle = now.since(*self.idle_since.get_or_insert(now));
        (idle > self.patience).then_some(idle)
    }

    /// Begins anew: nothing has waited so far.
    pub fn reset(&mut self) {
        self.idle_since = None;
    }
}
