//! Partitions whose messages are to leave, in the order in which they get into requests.
//!
//! They are ordered in generations: a partition that becomes due while one generation is being sent
//! joins the next. So every due partition has its turn before any has a second one, whatever the policy says
//! about the order within a generation.

use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::producer::partition::Partition;
use crate::producer::partition::TopicShared;
use std::collections::VecDeque;
use std::time::Duration;

/// A due partition.
pub(super) struct Entry {
    pub(super) partition: Arc<Partition>,
    /// The number that the partition's notes have, too, while the entry counts.
    pub(super) ticket: u64,
    /// Time of the oldest message, as far as known when it became due.
    pub(super) since: Time,
    order: u64,
}

impl Entry {
    pub(super) fn new(partition: Arc<Partition>, ticket: u64, since: Time) -> Self {
        Self { partition, ticket, since, order: 0 }
    }
}

/// What all partitions of a request have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    acks: i16,
    request_timeout: Duration,
}

impl Class {
    pub(super) fn of(topic: &TopicShared) -> Self {
        Self { acks: topic.settings.required_acks, request_timeout: topic.settings.request_timeout }
    }
}

#[derive(Default)]
pub(super) struct Due {
    /// The next generation.
    incoming: Vec<Entry>,
    /// The present one, and what is left of those before it.
    classes: Vec<(Class, VecDeque<Entry>)>,
    next_order: u64,
}

impl Due {
    pub(super) fn push(&mut self, entry: Entry) {
        self.incoming.push(entry);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.incoming.is_empty() && self.classes.iter().all(|(_, q)| q.is_empty())
    }

    /// The next partition, of a certain class or of whichever is first. `rank` puts a generation in order.
    pub(super) fn next(
        &mut self,
        class: Option<Class>,
        rank: &mut dyn FnMut(&mut Vec<Entry>),
    ) -> Option<Entry> {
        if let Some(e) = self.pop(class) {
            return Some(e);
        }
        let mut generation = std::mem::take(&mut self.incoming);
        if generation.is_empty() {
            return None;
        }
        rank(&mut generation);
        for mut e in generation.drain(..) {
            e.order = self.next_order;
            self.next_order += 1;
            self.queue(Class::of(e.partition.topic())).push_back(e);
        }
        self.incoming = generation;
        self.pop(class)
    }

    /// Puts entries that did not get into a request back to the front, in their order.
    pub(super) fn put_back(&mut self, entries: &mut Vec<Entry>) {
        for e in entries.drain(..).rev() {
            self.queue(Class::of(e.partition.topic())).push_front(e);
        }
    }

    /// Takes out what is not `here` any more.
    pub(super) fn retain(&mut self, here: &mut dyn FnMut(&Entry) -> bool) {
        self.incoming.retain(&mut *here);
        for (_, queue) in &mut self.classes {
            queue.retain(&mut *here);
        }
        self.classes.retain(|(_, q)| !q.is_empty());
    }

    fn pop(&mut self, class: Option<Class>) -> Option<Entry> {
        let queue = match class {
            Some(class) => self.classes.iter_mut().find(|(c, _)| *c == class),
            None => {
                let waiting = self.classes.iter_mut().filter(|(_, q)| !q.is_empty());
                waiting.min_by_key(|(_, q)| q.front().map(|e| e.order))
            }
        };
        queue?.1.pop_front()
    }

    #[allow(clippy::indexing_slicing)] // The place was just found or made.
    fn queue(&mut self, class: Class) -> &mut VecDeque<Entry> {
        let at = self.classes.iter().position(|(c, _)| *c == class).unwrap_or_else(|| {
            self.classes.push((class, VecDeque::new()));
            self.classes.len() - 1
        });
        &mut self.classes[at].1
    }
}
