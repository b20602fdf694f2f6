//! A partition's append side: where application threads put messages.

use super::queue::{MsgQueue, RECORD_MIN_OVERHEAD};
use super::ready::{Claim, ReadyList};
use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{OpenChunk, Run, SLOT_SIZE, StoredMessage};

/// A chunk that is full with no more bytes than this moves into a larger one. Another beside it would leave a
/// partition with few messages with more memory than they take, and with a list of two runs.
const MOVED_UP_TO: usize = 8 << 10;

/// What appending needs to know; the same for all partitions of a client.
#[derive(Clone, Copy, Debug)]
pub struct AppendRules {
    /// Somebody waits in flush(): linger times do not count.
    pub flushing: bool,
    /// The owner wants to know how many bytes wait.
    pub count_bytes: bool,
    /// A partition with this many messages is looked at without waiting for the linger time.
    pub batch_messages: usize,
    /// Likewise for bytes.
    pub batch_bytes: usize,
}

/// A summary of the append side.
#[derive(Clone, Copy, Debug, Default)]
pub struct Appended {
    pub messages: usize,
    pub bytes: usize,
    pub oldest: Option<Time>,
}

impl Appended {
    /// Estimated wire size of the records.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        self.bytes + self.messages * RECORD_MIN_OVERHEAD
    }
}

/// The application threads' side. With thousands of partitions each message finds it out of the cache, so
/// what every message needs stands together.
#[repr(C)]
pub(super) struct AppendSide<P> {
    pub(super) open: Option<OpenChunk>,
    pub(super) next_msgid: u64,
    /// Since the broker last looked: messages, their bytes, and whether it was told that a batch is full.
    pub(super) count: usize,
    pub(super) bytes: usize,
    /// Enqueue time of the oldest of them.
    pub(super) first: Time,
    /// The list of the broker (or of the main thread, without a leader) that serves this partition.
    pub(super) owner: Option<Arc<ReadyList<P>>>,
    /// Bytes moved last: what the next chunk is sized by.
    pub(super) last_moved: usize,
    pub(super) pool: Arc<ChunkPool>,
    pub(super) full_announced: bool,
    /// The part of `bytes` that is bytes_announced in the owner's list ([`ReadyList::add_bytes`]).
    pub(super) bytes_announced: usize,
    /// Messages of chunks that filled up since the broker last looked.
    pub(super) full: MsgQueue,
    /// Messages that were taken out to be put into order with others and will be appended once more.
    pub(super) appended_twice: u64,
    /// Makes the partition count as one of its owner's.
    pub(super) claim: Option<Claim<P>>,
}

impl<P> AppendSide<P> {
    pub(super) fn new(pool: Arc<ChunkPool>) -> Self {
        Self {
            full: MsgQueue::default(),
            open: None,
            pool,
            next_msgid: 1,
            appended_twice: 0,
            count: 0,
            bytes: 0,
            full_announced: false,
            bytes_announced: 0,
            first: Time(0),
            last_moved: 0,
            owner: None,
            claim: None,
        }
    }

    /// Tells the owner of appended bytes.
    pub(super) fn count_for_owner(&mut self, bytes: usize) {
        if let Some(owner) = &self.owner {
            owner.add_bytes(bytes);
            self.bytes_announced += bytes;
        }
    }

    fn uncount(&mut self) {
        if self.bytes_announced > 0
            && let Some(owner) = &self.owner
        {
            owner.remove_bytes(std::mem::take(&mut self.bytes_announced));
        }
    }

    pub(super) fn change_owner(&mut self, owner: Option<&Arc<ReadyList<P>>>) {
        let bytes_announced = self.bytes_announced;
        self.uncount();
        self.owner = owner.cloned();
        self.claim = owner.map(ReadyList::claim);
        self.full_announced = false;
        if bytes_announced > 0 {
            self.count_for_owner(bytes_announced);
        }
    }

    #[inline]
    pub(super) fn store(&mut self, m: &StoredMessage<'_>) {
        if let Some(open) = &mut self.open
            && open.append(m)
        {
            self.next_msgid += 1;
            return;
        }
        self.store_in_new_chunk(m);
    }

    #[cold]
    fn store_in_new_chunk(&mut self, m: &StoredMessage<'_>) {
        let need = OpenChunk::need(m);
        let mut open = match self.open.take() {
            Some(old) if old.takes(m.enqueued) && (1..=MOVED_UP_TO).contains(&old.uncut()) => {
                let uncut = old.uncut();
                let want = OpenChunk::space_for((uncut + uncut / 4).max(self.last_moved), need);
                old.moved(want.max(uncut + need))
            }
            old => {
                if let Some(run) = old.and_then(|mut old| old.cut()) {
                    self.full.push_back(run);
                }
                let waiting = self.bytes + self.count * SLOT_SIZE;
                let want = OpenChunk::space_for(self.last_moved.max(waiting / 2), need).max(need);
                OpenChunk::new(&self.pool, want, m.enqueued, self.next_msgid)
            }
        };
        let stored = open.append(m);
        debug_assert!(stored, "a new chunk has space for the message it was sized for");
        self.next_msgid += 1;
        self.open = Some(open);
    }

    pub(super) fn move_appended(&mut self, into: &mut MsgQueue) {
        if self.count == 0 {
            return;
        }
        into.append(&mut self.full);
        if let Some(run) = self.cut() {
            into.push_back(run);
        }
        self.reset_counts();
    }

    pub(super) fn cut(&mut self) -> Option<Run> {
        let open = self.open.as_mut()?;
        let run = open.cut();
        // Keep appending to a chunk only while it has space worth keeping: for messages like those before.
        let used = self.bytes + self.count * SLOT_SIZE;
        if open.space() < open.capacity() / 4 || open.space() * self.count < used {
            self.open = None;
        }
        run
    }

    /// Everything was taken.
    pub(super) fn reset_counts(&mut self) {
        self.last_moved = self.bytes + self.count * SLOT_SIZE;
        self.uncount();
        self.count = 0;
        self.bytes = 0;
        self.full_announced = false;
    }
}

#[cfg(test)]
mod tests;
