//! The partitions that one broker fetches, and whose turn it is.

use super::track::{Readiness, Wanted};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::signal::Signal;
use crate::base::sync::Arc;
use crate::consumer::partition::Partition;
use std::collections::HashSet;
use std::time::Duration;

/// A partition in a request, as it was when the request was made.
pub struct RequestedPartition {
    pub partition: Arc<Partition>,
    pub wanted: Wanted,
}

#[derive(Default)]
pub struct Fetcher {
    partitions: Vec<Arc<Partition>>,
    /// Their addresses.
    known: HashSet<usize>,
    /// Whose turn it is to be the first of a request: what a broker may answer at a time goes to the first
    /// ones.
    first: usize,
}

impl Fetcher {
    /// The partition may have something to be fetched from here.
    pub fn add(&mut self, partition: Arc<Partition>) {
        if self.known.insert(Arc::as_ptr(&partition).addr()) {
            self.partitions.push(partition);
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    pub fn clear(&mut self) {
        self.partitions.clear();
        self.known.clear();
    }

    /// The broker `me` cannot be reached: partitions that it does not lead go back to their leaders.
    pub fn give_up_following(&mut self, me: i32) -> Vec<Arc<Partition>> {
        let known = &mut self.known;
        let given_up = self.partitions.extract_if(.., |p| {
            let mut track = p.track();
            let follows = track.is_follower(me);
            if follows {
                track.give_up_follower();
                known.remove(&Arc::as_ptr(p).addr());
            }
            follows
        });
        given_up.collect()
    }

    /// What to ask for now, and when to come again. Partitions that are not this broker's any more are let
    /// go. `signal` is notified when a full queue has space again; `backoff` is how long that is waited for.
    pub fn choose(
        &mut self,
        me: i32,
        (signal, backoff): (&Arc<Signal>, Duration),
        now: Time,
    ) -> (Vec<RequestedPartition>, Deadline) {
        let (mut asked, mut next) = (Vec::new(), Deadline::NEVER);
        let len = self.partitions.len();
        self.partitions.rotate_left(self.first.min(len));
        self.first = 0;
        self.partitions.retain(|p| {
            let readiness = p.track().readiness(me, now);
            match readiness {
                Readiness::Elsewhere => {
                    self.known.remove(&Arc::as_ptr(p).addr());
                    return false;
                }
                Readiness::Later(at) => next = next.min(at),
                // Resuming announces it anew.
                Readiness::Now(_) if p.is_paused() => {}
                Readiness::Now(_) if is_full(p, signal) => next = next.min(Deadline::at(now + backoff)),
                Readiness::Now(wanted) => asked.push(RequestedPartition { partition: p.clone(), wanted }),
            }
            true
        });
        if !asked.is_empty() {
            self.first = 1;
        }
        (asked, next)
    }
}

fn is_full(p: &Partition, signal: &Arc<Signal>) -> bool {
    let budget = p.budget();
    budget.is_full() && budget.wait(signal)
}

#[cfg(test)]
mod tests;
