//! One partition ("toppar"): an append side that application threads share, and a sending side that belongs to
//! whichever broker leads the partition.

pub mod partitioner;
pub mod queue;
pub mod ready;
pub mod report;
pub mod topic;
pub mod transaction;

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::sync::atomic::{AtomicBool, AtomicI32, AtomicU16, Ordering};
use crate::base::sync::{Arc, Mutex, MutexGuard, Rank};
use crate::conf::QueuingStrategy;
use crate::producer::engine::PartitionState;
use crate::producer::idempotence::sequence::Sequencer;
use crate::producer::idempotence::stamp::sequence_at;
use crate::producer::store::pool::{ChunkPool, MAX_POOLED_BLOCK};
use crate::producer::store::{OpenChunk, Run, SLOT_SIZE, StoredMessage};
use crate::stats::snapshot;
use crate::stats::topic::PartitionStats;
use queue::{BatchLimits, MsgQueue, RECORD_MIN_OVERHEAD};
use ready::{Claim, News, ReadyList};
use report::Report;
use topic::TopicShared;
use transaction::Membership;

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

pub struct Partition {
    topic: Arc<TopicShared>,
    id: i32,
    append: Mutex<AppendSide>,
    send: Mutex<SendSide>,
    available: AtomicBool,
    leader: AtomicI32,
    leader_epoch: AtomicI32,
    pub stats: PartitionStats,
    /// What the last batches came to by compression, of 1000 bytes.
    compressed_permille: AtomicU16,
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

/// The application threads' side. With thousands of partitions each message finds it out of the cache, so what every message needs
/// stands together.
#[repr(C)]
struct AppendSide {
    open: Option<OpenChunk>,
    next_msgid: u64,
    /// Since the broker last looked: messages, their bytes, and whether it was told that a batch is full.
    count: usize,
    bytes: usize,
    /// Enqueue time of the oldest of them.
    first: Time,
    /// The list of the broker (or of the main thread, without a leader) that serves this partition.
    owner: Option<Arc<ReadyList>>,
    /// Bytes that the last drain took: what the next chunk is sized by.
    last_drain: usize,
    pool: Arc<ChunkPool>,
    told_full: bool,
    /// What of `bytes` the owner was told of.
    counted: usize,
    /// Messages of chunks that filled up since the broker last looked.
    full: MsgQueue,
    /// Messages that were taken out to be put into order with others and will be appended once more.
    appended_twice: u64,
    /// Makes the partition count as one of its owner's.
    claim: Option<Claim>,
}

/// The sending side. Locked by its broker for the length of one look, so nearly never contended. What every batch needs stands
/// together, as on the append side.
#[derive(Default)]
#[repr(C)]
pub struct SendSide {
    /// As on the append side.
    owner: Option<Arc<ReadyList>>,
    /// What the engine keeps about this partition.
    pub engine: PartitionState,
    /// Batches out with a broker.
    pub inflight: usize,
    /// No batch leaves before this time, after a retriable error.
    pub backoff: Deadline,
    /// The partition is not one of its topic's any more. Should there be one of this number again, that has its own sequence and
    /// may share requests with others, so this one must not send anything: a request names a partition once.
    pub retired: Option<ErrorCode>,
    /// Something is held up until a batch that is out has been settled; whoever settles it wakes the owner.
    pub waits_for_settling: bool,
    pub queue: MsgQueue,
    /// Sequence numbers of an idempotent producer, and batches that wait to be sent again.
    pub sequencer: Sequencer,
    pub membership: Membership,
}

impl SendSide {
    /// Enqueue time of the oldest message that waits on this side.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        self.sequencer.oldest().or_else(|| self.queue.oldest())
    }

    /// Whether the engine that `list` belongs to may touch its notes about the partition.
    #[must_use]
    pub fn is_owned_by(&self, list: &Arc<ReadyList>) -> bool {
        self.owner.as_ref().is_some_and(|o| Arc::ptr_eq(o, list))
    }
}

impl Partition {
    pub fn new(topic: Arc<TopicShared>, id: i32, pool: Arc<ChunkPool>) -> Self {
        let queue = match topic.settings.queuing_strategy {
            QueuingStrategy::Fifo => MsgQueue::default(),
            QueuingStrategy::Lifo => MsgQueue::newest_first(),
        };
        Self {
            topic,
            id,
            append: Mutex::new(
                Rank::PartitionAppend,
                AppendSide {
                    full: MsgQueue::default(),
                    open: None,
                    pool,
                    next_msgid: 1,
                    appended_twice: 0,
                    count: 0,
                    bytes: 0,
                    told_full: false,
                    counted: 0,
                    first: Time(0),
                    last_drain: 0,
                    owner: None,
                    claim: None,
                },
            ),
            send: Mutex::new(Rank::PartitionSend, SendSide { queue, ..SendSide::default() }),
            available: AtomicBool::new(false),
            leader: AtomicI32::new(-1),
            leader_epoch: AtomicI32::new(-1),
            stats: PartitionStats::default(),
            compressed_permille: AtomicU16::new(1000),
        }
    }

    pub fn topic(&self) -> &Arc<TopicShared> {
        &self.topic
    }

    #[must_use]
    pub fn id(&self) -> i32 {
        self.id
    }

    /// Whether the partition has a leader that is known to be reachable.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.available.load(Ordering::Relaxed)
    }

    pub fn set_available(&self, yes: bool) {
        self.available.store(yes, Ordering::Relaxed);
    }

    /// Broker id of the leader, -1 without one.
    #[must_use]
    pub fn leader(&self) -> i32 {
        self.leader.load(Ordering::Relaxed)
    }

    pub fn set_leader(&self, id: i32) {
        self.leader.store(id, Ordering::Relaxed);
    }

    /// Epoch of the leader, -1 if the cluster does not say.
    #[must_use]
    pub fn leader_epoch(&self) -> i32 {
        self.leader_epoch.load(Ordering::Relaxed)
    }

    pub fn set_leader_epoch(&self, epoch: i32) {
        self.leader_epoch.store(epoch, Ordering::Relaxed);
    }

    /// What 1000 bytes of this partition's records come to by compression, after those before.
    #[must_use]
    pub fn compressed_permille(&self) -> usize {
        self.compressed_permille.load(Ordering::Relaxed).into()
    }

    /// Learns from a compressed batch, quickly when it got worse and slowly when it got better.
    pub fn note_compression(&self, from: usize, to: usize) {
        let now = (to.saturating_mul(1000) / from.max(1)).min(1000);
        let known = self.compressed_permille();
        let learned = if now > known { now } else { (3 * known + now) / 4 };
        self.compressed_permille.store(u16::try_from(learned).unwrap_or(1000), Ordering::Relaxed);
    }

    /// Stores a message and tells the owner if that changes when it has to look.
    #[inline]
    pub fn append(self: &Arc<Self>, m: &StoredMessage<'_>, rules: &AppendRules) {
        let owner = {
            let mut a = self.append.lock();
            a.store(m);
            let bytes = m.key.map_or(0, <[u8]>::len) + m.value.len() + m.headers.map_or(0, <[u8]>::len);
            a.count += 1;
            a.bytes += bytes;
            if rules.count_bytes {
                a.count_for_owner(bytes + RECORD_MIN_OVERHEAD);
            }
            let news = if a.count == 1 {
                a.first = m.enqueued;
                News::First(m.enqueued)
            } else if !a.told_full && (a.count >= rules.batch_messages || a.bytes >= rules.batch_bytes) {
                a.told_full = true;
                News::Full
            } else {
                return;
            };
            // Told under the lock, woken without it.
            let wake = |owner: &Arc<ReadyList>| owner.tell(self.clone(), news, rules.flushing);
            a.owner.as_ref().filter(|owner| wake(owner)).cloned()
        };
        if let Some(owner) = owner {
            owner.signal().notify();
        }
    }

    pub fn lock_send(&self) -> MutexGuard<'_, SendSide> {
        self.send.lock()
    }

    /// Moves everything appended into the sending queue.
    pub fn drain(&self, send: &mut SendSide) {
        self.append.lock().drain(&mut send.queue);
    }

    /// Takes everything appended as one batch, if nothing else waits and it is one run that fits. That is what mostly happens with
    /// many partitions, and spares the way through the queue.
    pub fn take_whole(&self, send: &SendSide, limits: &BatchLimits) -> Option<Run> {
        if !send.queue.is_empty() || send.queue.is_newest_first() {
            return None;
        }
        let mut a = self.append.lock();
        if !a.full.is_empty() || !limits.surely_take(a.count, a.bytes) {
            return None;
        }
        let run = a.cut()?;
        a.note_drained();
        Some(run)
    }

    /// What waits on the append side, without taking it; `None` if `list` is not the owner's. One look under one lock,
    /// which the application threads want, too.
    pub fn appended_for(&self, list: &Arc<ReadyList>) -> Option<Appended> {
        let a = self.append.lock();
        let owned = a.owner.as_ref().is_some_and(|o| Arc::ptr_eq(o, list));
        owned.then(|| Appended {
            messages: a.count,
            bytes: a.bytes,
            oldest: (a.count > 0).then_some(a.first),
        })
    }

    /// Lets go of memory that an idle partition does not need.
    pub fn release_idle(&self) {
        let mut a = self.append.lock();
        if a.open.as_ref().is_some_and(OpenChunk::is_uncut_empty) {
            a.open = None;
        }
    }

    /// Hands the partition to another owner, which finds it announced if there is anything to look at. Returns whether that is
    /// so: waking it is the caller's part, who may have more partitions for it.
    pub fn set_owner(self: &Arc<Self>, owner: Option<Arc<ReadyList>>) -> bool {
        // Locked in rank order: what the old owner holds of the sending side must be at rest.
        let mut send = self.send.lock();
        let mut a = self.append.lock();
        let busy = a.count > 0 || !send.queue.is_empty() || send.sequencer.has_sealed();
        // A new leader must not get anything while something is on its way to the old one.
        send.sequencer.leader_changed();
        a.change_owner(owner.as_ref());
        send.owner.clone_from(&owner);
        send.engine.reset();
        drop(a);
        drop(send);
        if let Some(owner) = owner.filter(|_| busy) {
            owner.add(self.clone(), News::Changed);
            return true;
        }
        false
    }

    /// The topic was deleted, and there is another one of its name: what leaders there were says nothing any more.
    pub fn begin_anew(&self) {
        self.set_leader_epoch(-1);
        self.send.lock().sequencer.leader_changed();
    }

    /// Makes the present owner look at the partition now.
    pub fn wake_owner(self: &Arc<Self>) {
        let owner = self.append.lock().owner.clone();
        if let Some(owner) = owner {
            owner.announce(self.clone(), News::Changed, false);
        }
    }

    #[must_use]
    pub fn is_owned_by(&self, list: &Arc<ReadyList>) -> bool {
        self.append.lock().owner.as_ref().is_some_and(|o| Arc::ptr_eq(o, list))
    }

    /// Takes everything that waits, as failed with `error`.
    pub fn purge(&self, error: ErrorCode) -> Vec<Report> {
        let mut send = self.send.lock();
        self.drain(&mut send);
        let mut gone = send.sequencer.take_all();
        gone.extend(send.queue.take_all());
        self.report_of(gone, error).into_iter().collect()
    }

    /// Takes everything that waits and will ever come, as failed with `error`.
    pub fn retire(&self, error: ErrorCode) -> Vec<Report> {
        self.send.lock().retired = Some(error);
        self.purge(error)
    }

    /// The report for messages that do not wait any longer, if there are any.
    pub fn report_of(&self, gone: Vec<Run>, error: ErrorCode) -> Option<Report> {
        (!gone.is_empty()).then(|| Report::failed(&self.topic, self.id, gone, error))
    }

    /// Takes all messages, oldest first, to append them again in another order.
    pub fn take_for_reordering(&self) -> Vec<Run> {
        let mut send = self.send.lock();
        self.drain(&mut send);
        let mut runs = send.queue.take_all();
        runs.sort_unstable_by_key(Run::first_msgid);
        self.append.lock().appended_twice += runs.iter().map(|r| r.len() as u64).sum::<u64>();
        runs
    }

    /// The partition as statistics show it.
    #[must_use]
    pub fn snapshot(&self) -> snapshot::Partition {
        let (xmit_msgq_cnt, xmit_msgq_bytes, next) = {
            let send = self.send.lock();
            let sealed = &send.sequencer;
            let bytes = send.queue.bytes() + sealed.sealed_bytes();
            (send.queue.len() + sealed.sealed_messages(), bytes, sealed.unacknowledged())
        };
        let next_seq = sequence_at(next);
        let a = self.append.lock();
        snapshot::Partition {
            id: self.id,
            leader: self.leader(),
            leader_epoch: self.leader_epoch(),
            msgq_cnt: a.count,
            msgq_bytes: a.bytes as u64,
            xmit_msgq_cnt,
            xmit_msgq_bytes,
            txmsgs: self.stats.tx_msgs.get(),
            txbytes: self.stats.tx_bytes.get(),
            msgs: (a.next_msgid - 1).saturating_sub(a.appended_twice),
            msgs_inflight: self.stats.inflight.get(),
            next_ack_seq: next_seq,
            next_err_seq: next_seq,
            acked_msgid: self.stats.acked_msgid.get(),
        }
    }

    /// Messages waiting on both sides (in flight not included).
    #[must_use]
    pub fn queued(&self) -> usize {
        let send = self.send.lock();
        send.queue.len() + send.sequencer.sealed_messages() + self.append.lock().count
    }
}

impl AppendSide {
    /// Tells the owner of appended bytes.
    fn count_for_owner(&mut self, bytes: usize) {
        if let Some(owner) = &self.owner {
            owner.add_bytes(bytes);
            self.counted += bytes;
        }
    }

    fn uncount(&mut self) {
        if self.counted > 0
            && let Some(owner) = &self.owner
        {
            owner.remove_bytes(std::mem::take(&mut self.counted));
        }
    }

    fn change_owner(&mut self, owner: Option<&Arc<ReadyList>>) {
        let counted = self.counted;
        self.uncount();
        self.owner = owner.cloned();
        self.claim = owner.map(ReadyList::claim);
        self.told_full = false;
        if counted > 0 {
            self.count_for_owner(counted);
        }
    }

    #[inline]
    fn store(&mut self, m: &StoredMessage<'_>) {
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
        let mut grown = 0;
        if let Some(mut old) = self.open.take() {
            // A chunk that filled up before the broker came asks for a larger one.
            if !old.is_uncut_empty() {
                grown = old.capacity() * 2;
            }
            if let Some(run) = old.cut() {
                self.full.push_back(run);
            }
        }
        let want = self.last_drain.max(grown).min(MAX_POOLED_BLOCK).max(OpenChunk::need(m));
        let mut open = OpenChunk::new(&self.pool, want, m.enqueued, self.next_msgid);
        let stored = open.append(m);
        debug_assert!(stored, "a new chunk has room for the message it was sized for");
        self.next_msgid += 1;
        self.open = Some(open);
    }

    fn drain(&mut self, into: &mut MsgQueue) {
        if self.count == 0 {
            return;
        }
        into.append(&mut self.full);
        if let Some(run) = self.cut() {
            into.push_back(run);
        }
        self.note_drained();
    }

    fn cut(&mut self) -> Option<Run> {
        let open = self.open.as_mut()?;
        let run = open.cut();
        // Keep appending to a chunk only while it has space worth keeping: for messages like those before.
        let used = self.bytes + self.count * SLOT_SIZE;
        if open.room() < open.capacity() / 4 || open.room() * self.count < used {
            self.open = None;
        }
        run
    }

    /// Nothing is left.
    fn note_drained(&mut self) {
        self.last_drain = self.bytes + self.count * SLOT_SIZE;
        self.uncount();
        self.count = 0;
        self.bytes = 0;
        self.told_full = false;
    }
}
