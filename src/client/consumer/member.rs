//! A partition as the application has it: what is fetched, and the queue that it waits in.

use crate::base::sync::{Arc, Mutex, Rank};
use crate::client::queue::events::{Event, EventQueue, Popped};
use crate::consumer::partition::Partition;
use crate::consumer::position::Position;
use std::collections::VecDeque;
use std::time::Duration;

/// An offset that the application has stored, to be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOffset {
    pub position: Position,
    pub metadata: Vec<u8>,
}

pub(in crate::client) struct Member {
    partition: Arc<Partition>,
    queue: Arc<EventQueue>,
    /// What was fetched and must not be delivered while the partition is paused.
    parked: Mutex<VecDeque<Event>>,
    stored: Mutex<Option<StoredOffset>>,
}

impl Member {
    pub fn new(partition: Arc<Partition>) -> Arc<Self> {
        Arc::new(Self {
            partition,
            queue: Arc::new(EventQueue::new()),
            parked: Mutex::new(Rank::Topic, VecDeque::new()),
            stored: Mutex::new(Rank::Leaf, None),
        })
    }

    pub fn partition(&self) -> &Arc<Partition> {
        &self.partition
    }

    pub fn queue(&self) -> &Arc<EventQueue> {
        &self.queue
    }

    /// Puts something aside until the partition is resumed. If it has been meanwhile, it goes back.
    pub fn park(&self, event: Event) {
        let mut parked = self.parked.lock();
        if self.partition.is_paused() {
            parked.push_back(event);
        } else {
            self.queue.put_back(event);
        }
    }

    pub fn set_paused(&self, paused: bool) {
        let mut parked = self.parked.lock();
        self.partition.set_paused(paused);
        if !paused {
            std::mem::take(&mut *parked).into_iter().rev().for_each(|event| self.queue.put_back(event));
        }
    }

    /// Drops what was fetched. Where the queue is forwarded to, what is left is dropped when it is polled.
    pub fn purge(&self) {
        let parked = std::mem::take(&mut *self.parked.lock());
        self.queue.forward(None);
        while let Popped::Event(..) = self.queue.pop(Some(Duration::ZERO), &|| true) {}
        drop(parked);
    }

    /// The end of the instance.
    pub fn close(&self) {
        let parked = std::mem::take(&mut *self.parked.lock());
        self.queue.close();
        drop(parked);
    }

    pub fn store(&self, offset: Option<StoredOffset>) {
        *self.stored.lock() = offset;
    }

    pub fn stored(&self) -> Option<StoredOffset> {
        self.stored.lock().clone()
    }
}
