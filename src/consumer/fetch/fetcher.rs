//! The partitions that one broker fetches, and whose turn it is.

use super::list::{FetchList, ListChange, Standing};
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
    /// Only where debug lines tell of it.
    list: Option<FetchList>,
}

impl Fetcher {
    /// One that keeps a list of changes, to be asked for each time.
    #[must_use]
    pub fn listing() -> Self {
        Self { list: Some(FetchList::default()), ..Self::default() }
    }

    /// What has changed on the list since this was asked last.
    pub fn take_changes(&mut self) -> Vec<ListChange> {
        self.list.as_mut().map(FetchList::take_changes).unwrap_or_default()
    }

    /// The partition may have something to be fetched from here.
    pub fn add(&mut self, partition: Arc<Partition>) {
        if self.known.insert(Arc::as_ptr(&partition).addr()) {
            self.partitions.push(partition);
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.partitions.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    pub fn clear(&mut self) {
        self.partitions.drain(..).for_each(|p| note(&mut self.list, &p, Standing::Gone));
        self.known.clear();
    }

    /// The broker `me` cannot be reached: partitions that it does not lead go back to their leaders.
    pub fn give_up_following(&mut self, me: i32) -> Vec<Arc<Partition>> {
        let (known, list) = (&mut self.known, &mut self.list);
        let given_up = self.partitions.extract_if(.., |p| {
            let mut track = p.track();
            let follows = track.is_follower(me);
            if follows {
                track.give_up_follower();
                known.remove(&Arc::as_ptr(p).addr());
                note(list, p, Standing::Gone);
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
            let standing = match readiness {
                Readiness::Elsewhere => {
                    self.known.remove(&Arc::as_ptr(p).addr());
                    Standing::Gone
                }
                Readiness::Later(at) => {
                    next = next.min(at);
                    Standing::BackedOff
                }
                // Resuming announces it anew.
                Readiness::Now(_) if p.is_paused() => Standing::Paused,
                Readiness::Now(wanted) => {
                    let standing = space(p, signal);
                    if standing.is_full() {
                        next = next.min(Deadline::at(now + backoff));
                    } else {
                        asked.push(RequestedPartition { partition: p.clone(), wanted });
                    }
                    standing
                }
            };
            note(&mut self.list, p, standing);
            standing != Standing::Gone
        });
        if !asked.is_empty() {
            self.first = 1;
        }
        (asked, next)
    }
}

fn note(list: &mut Option<FetchList>, p: &Arc<Partition>, standing: Standing) {
    if let Some(list) = list {
        list.note(p, standing);
    }
}

/// Whether there is space for more.
fn space(p: &Partition, signal: &Arc<Signal>) -> Standing {
    let budget = p.budget();
    if !budget.is_full() || !budget.wait(signal) {
        return Standing::Fetchable;
    }
    if budget.used().0 >= budget.limits().0 { Standing::TooManyMessages } else { Standing::TooManyBytes }
}

#[cfg(test)]
mod tests;
