//! A partition as the application has it: what is fetched, and the queue that it waits in.

use super::offset_store::OffsetStore;
use crate::base::sync::{Arc, Mutex, MutexGuard, Rank};
use crate::client::queue::events::{Event, EventQueue, Popped};
use crate::consumer::offset_to_commit::OffsetToCommit;
use crate::consumer::partition::{INVALID, Partition};
use crate::consumer::position::Position;
use std::collections::VecDeque;
use std::time::Duration;

/// An offset that the application has stored, to be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOffset {
    pub position: Position,
    pub metadata: Vec<u8>,
}

/// What is to be committed, and what was.
struct Offsets {
    stored: Option<StoredOffset>,
    /// The partition's position when that was stored: a later one is newer.
    stored_at: i64,
    committed: Position,
}

pub(in crate::client) struct Member {
    partition: Arc<Partition>,
    queue: Arc<EventQueue>,
    /// What was fetched and must not be delivered while the partition is paused.
    parked: Mutex<VecDeque<Event>>,
    offsets: Mutex<Offsets>,
    /// Offsets are stored as messages are given to the application.
    auto_store: bool,
    /// Where the simple consumer's offsets are kept.
    store: Mutex<Option<OffsetStore>>,
}

impl Member {
    pub fn new(partition: Arc<Partition>, auto_store: bool) -> Arc<Self> {
        let offsets = Offsets { stored: None, stored_at: INVALID, committed: Position::INVALID };
        Arc::new(Self {
            partition,
            queue: EventQueue::of_consumer(),
            parked: Mutex::new(Rank::Topic, VecDeque::new()),
            offsets: Mutex::new(Rank::Leaf, offsets),
            auto_store,
            store: Mutex::new(Rank::Topic, None),
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

    /// Where the simple consumer's offsets are kept, if it reads the partition.
    pub fn store(&self) -> MutexGuard<'_, Option<OffsetStore>> {
        self.store.lock()
    }
}

/// Offsets to be committed.
impl Member {
    pub fn store_offset(&self, offset: Option<StoredOffset>) {
        let mut offsets = self.offsets.lock();
        offsets.stored = offset;
        offsets.stored_at = self.partition.position().0;
    }

    /// What was stored last: by the application, or since it was given messages.
    pub fn stored(&self) -> Option<StoredOffset> {
        let (offset, epoch) = self.partition.position();
        let offsets = self.offsets.lock();
        if self.auto_store && offset >= 0 && offset != offsets.stored_at {
            return Some(StoredOffset { position: Position::new(offset, epoch), metadata: Vec::new() });
        }
        offsets.stored.clone()
    }

    /// The position is about to be lost, and what was stored is to be kept.
    pub fn keep_stored(&self) {
        let stored = self.stored();
        let mut offsets = self.offsets.lock();
        (offsets.stored, offsets.stored_at) = (stored, INVALID);
    }

    /// Nothing is stored any more.
    pub fn forget_stored(&self) {
        let mut offsets = self.offsets.lock();
        (offsets.stored, offsets.stored_at) = (None, INVALID);
    }

    /// What was stored and is further than what was committed.
    pub fn uncommitted(&self) -> Option<StoredOffset> {
        let committed = self.offsets.lock().committed;
        let place = |p: Position| (p.offset, p.epoch);
        self.stored().filter(|stored| place(stored.position) > place(committed))
    }

    /// The same for the coordinator; with an invalid offset if there is nothing.
    pub fn to_commit(&self) -> OffsetToCommit {
        let stored = self.uncommitted();
        let at = stored.as_ref().map_or(Position::INVALID, |stored| stored.position);
        let metadata = stored.filter(|stored| !stored.metadata.is_empty());
        OffsetToCommit {
            topic: self.partition.topic().to_string(),
            partition: self.partition.number(),
            offset: at.offset,
            leader_epoch: at.epoch,
            metadata: metadata.map(|stored| stored.metadata),
        }
    }

    pub fn committed(&self) -> Position {
        self.offsets.lock().committed
    }

    pub fn set_committed(&self, position: Position) {
        self.offsets.lock().committed = position;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(auto_store: bool) -> Arc<Member> {
        Member::new(Arc::new(Partition::new("t".into(), 0)), auto_store)
    }

    fn stored(m: &Member) -> Option<i64> {
        m.stored().map(|s| s.position.offset)
    }

    fn store(m: &Member, offset: i64) {
        m.store_offset(Some(StoredOffset { position: Position::at(offset), metadata: vec![1] }));
    }

    #[test]
    fn what_the_application_was_given_is_stored_unless_it_does_that_itself() {
        let (auto, own) = (member(true), member(false));
        for m in [&auto, &own] {
            assert_eq!(stored(m), None);
            m.partition().delivered(5, 0);
        }
        assert_eq!((stored(&auto), stored(&own)), (Some(5), None));
        store(&auto, 3);
        store(&own, 3);
        assert_eq!((stored(&auto), stored(&own)), (Some(3), Some(3)));
        auto.partition().delivered(6, 0);
        own.partition().delivered(6, 0);
        assert_eq!((stored(&auto), stored(&own)), (Some(6), Some(3)));
    }

    #[test]
    fn a_seek_takes_nothing_back() {
        let m = member(true);
        m.partition().delivered(5, 0);
        m.keep_stored();
        m.partition().delivered(INVALID, -1);
        assert_eq!(stored(&m), Some(5));
        m.partition().delivered(2, 0);
        assert_eq!(stored(&m), Some(2));
        m.partition().delivered(5, 0);
        assert_eq!(stored(&m), Some(5));
    }

    #[test]
    fn commits_go_forward_only() {
        let m = member(true);
        m.partition().delivered(5, 0);
        assert_eq!(m.uncommitted().map(|s| s.position.offset), Some(5));
        m.set_committed(Position::new(5, 0));
        assert_eq!(m.uncommitted(), None);
        m.partition().delivered(4, 0);
        assert_eq!(m.uncommitted(), None);
        m.partition().delivered(6, 0);
        assert!(m.uncommitted().is_some());
    }
}
