//! Requests that wait for data or for other members of their group (long poll).

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::mock::call::Call;
use std::time::Duration;

/// A request that waits.
pub struct Parked {
    pub ticket: u64,
    pub broker_id: i32,
    pub conn_id: u64,
    pub frame: Vec<u8>,
    pub until: Time,
    pub delay: Duration,
}

#[derive(Default)]
pub struct Parking {
    requests: Vec<Parked>,
    /// How many changes of the cluster there had been when the requests were last tried again.
    seen_changes: u64,
}

impl Parking {
    /// Keeps a request; returns the number under which its answer comes.
    pub fn park(&mut self, call: &Call<'_>, frame: &[u8], until: Time, delay: Duration) -> u64 {
        self.requests.push(Parked {
            ticket: call.serial,
            broker_id: call.broker_id,
            conn_id: call.conn_id,
            frame: frame.to_vec(),
            until,
            delay,
        });
        call.serial
    }

    pub fn park_again(&mut self, request: Parked) {
        self.requests.push(request);
    }

    pub fn forget(&mut self, ticket: u64) {
        self.requests.retain(|p| p.ticket != ticket);
    }

    pub fn disconnected(&mut self, conn_id: u64) {
        self.requests.retain(|p| p.conn_id != conn_id);
    }

    /// All requests, when something has changed since the last call or the time of one of them is up.
    pub fn take_due(&mut self, changes: u64, now: Time) -> Vec<Parked> {
        let changed = changes != self.seen_changes;
        self.seen_changes = changes;
        if changed || self.deadline().is_due(now) { std::mem::take(&mut self.requests) } else { Vec::new() }
    }

    /// Whether a request waits that has not been tried since the last change.
    pub fn has_news(&self, changes: u64) -> bool {
        !self.requests.is_empty() && changes != self.seen_changes
    }

    pub fn deadline(&self) -> Deadline {
        self.requests.iter().fold(Deadline::NEVER, |d, p| d.min(Deadline::at(p.until)))
    }
}
