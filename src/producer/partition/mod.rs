//! One partition ("toppar"): an append side that application threads share, and a sending side that belongs
//! to whichever broker leads the partition.

mod append;
pub mod cause;
mod engine_notes;
mod in_order_of_time;
mod membership;
pub mod partitioner;
pub mod queue;
pub mod ready;
pub mod report;
mod send;
pub mod share;
pub mod topic;
mod topic_shared;
pub mod transaction;

use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::moment::Moment;
use crate::base::sync::atomic::{AtomicBool, AtomicI32, AtomicU16, Ordering};
use crate::base::sync::{Arc, Mutex, MutexGuard, OnceLock, Rank};
use crate::conf::QueuingStrategy;
use crate::producer::idempotence::stamp::sequence_at;
use crate::producer::idempotence::wake::Wake;
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{OpenChunk, Run, StoredMessage};
use crate::stats::snapshot;
use crate::stats::topic::PartitionStats;
use append::AppendSide;
use queue::{BatchLimits, MsgQueue, RECORD_MIN_OVERHEAD};
use ready::News;
use report::Report;
use share::{Outstanding, Share};

pub use append::{AppendRules, Appended};
pub(in crate::producer) use engine_notes::{Place, QueueState};
pub use topic_shared::TopicShared;

/// The list by which a broker's thread, or the main thread, is told of its partitions.
pub type ReadyList = ready::ReadyList<Partition>;
pub type Announcement = ready::Announcement<Partition>;
pub type SendSide = send::SendSide<Partition>;

pub struct Partition {
    topic: Arc<TopicShared>,
    id: i32,
    append: Mutex<AppendSide<Self>>,
    send: Mutex<SendSide>,
    /// Whose list the partition is in, for everybody who asks; see [`Self::leader`].
    available: AtomicBool,
    leader: AtomicI32,
    leader_epoch: AtomicI32,
    pub stats: PartitionStats,
    /// What the last batches came to by compression, of 1000 bytes.
    compressed_permille: AtomicU16,
    /// Since when the partition has no leader that is known; not set while it has one.
    leaderless_since: Moment,
    /// Its part of its owner's share of the queue, if that is counted.
    outstanding: OnceLock<Arc<Outstanding>>,
}

impl Partition {
    pub fn new(shared: Arc<TopicShared>, id: i32, pool: Arc<ChunkPool>) -> Self {
        let queue = match shared.settings.queuing_strategy {
            QueuingStrategy::Fifo => MsgQueue::default(),
            QueuingStrategy::Lifo => MsgQueue::newest_first(),
        };
        Self {
            topic: shared,
            id,
            append: Mutex::new(Rank::PartitionAppend, AppendSide::new(pool)),
            send: Mutex::new(Rank::PartitionSend, SendSide::new(queue)),
            available: AtomicBool::new(false),
            leader: AtomicI32::new(-1),
            leader_epoch: AtomicI32::new(-1),
            stats: PartitionStats::default(),
            compressed_permille: AtomicU16::new(1000),
            leaderless_since: Moment::default(),
            outstanding: OnceLock::new(),
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

    /// The broker that the partition was handed to as its leader, -1 if to none. What the cluster says of
    /// leaders, and which news of them is believed, is `cluster::topics`' business: until the main thread has
    /// handed the partition on, the two differ. Read by the main thread to find the former owner, for
    /// statistics and dumps, and to tell a new partition from one that has lost its leader.
    #[must_use]
    pub fn leader(&self) -> i32 {
        self.leader.load(Ordering::Relaxed)
    }

    pub fn set_leader(&self, id: i32) {
        self.leader.store(id, Ordering::Relaxed);
    }

    /// Since when the partition has no leader that is known.
    #[must_use]
    pub fn leaderless_since(&self) -> Option<Time> {
        self.leaderless_since.get()
    }

    /// Takes note of whether it has one. The first moment without one counts.
    pub fn note_leader(&self, has_leader: bool, now: Time) {
        if has_leader { self.leaderless_since.clear() } else { self.leaderless_since.begin(now) }
    }

    /// The leader's epoch that came with it, -1 if the cluster did not say. For statistics only.
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
    pub fn learn_compression(&self, from: usize, to: usize) {
        let now = (to.saturating_mul(1000) / from.max(1)).min(1000);
        let known = self.compressed_permille();
        let learned = if now > known { now } else { (3 * known + now) / 4 };
        self.compressed_permille.store(u16::try_from(learned).unwrap_or(1000), Ordering::Relaxed);
    }

    /// Checks that its owner's share of the queue has space for a message with so many bytes of value. For a
    /// partition that is so new that its leader is not known yet there is no limit.
    ///
    /// # Errors
    /// The share that is full.
    #[inline]
    pub fn check_share(&self, bytes: usize) -> Result<(), Arc<Share>> {
        let Some(outstanding) = self.outstanding.get() else { return Ok(()) };
        let is_new = self.leader() < 0 && self.leaderless_since().is_none();
        if is_new { Ok(()) } else { outstanding.check(bytes as u64) }
    }

    /// Messages of another partition's are this one's from now on.
    pub fn take_over(&self, runs: Vec<Run>) {
        if let Some(outstanding) = self.outstanding.get() {
            let (messages, bytes) = counted(&runs);
            outstanding.add(messages, bytes);
        }
        let mut send = self.send.lock();
        runs.into_iter().for_each(|run| send.queue.push_back(run));
    }

    /// Stores a message and tells the owner if that changes when it has to look.
    #[inline]
    pub fn append(self: &Arc<Self>, m: &StoredMessage<'_>, rules: &AppendRules) {
        if let Some(outstanding) = self.outstanding.get() {
            outstanding.add(1, m.value.len() as u64);
        }
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
            } else if !a.full_announced && (a.count >= rules.batch_messages || a.bytes >= rules.batch_bytes) {
                a.full_announced = true;
                News::Full
            } else {
                return;
            };
            // Told under the lock, woken without it.
            let wake = |owner: &Arc<ReadyList>| owner.announce_asleep(self.clone(), news, rules.flushing);
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
    pub fn move_appended(&self, send: &mut SendSide) {
        self.append.lock().move_appended(&mut send.queue);
    }

    /// Takes everything appended as one batch, if nothing else waits and it is one run that fits. That is
    /// what mostly happens with many partitions, and spares the way through the queue.
    pub fn take_whole(&self, send: &SendSide, limits: &BatchLimits) -> Option<Run> {
        if !send.queue.is_empty() || send.queue.is_newest_first() {
            return None;
        }
        let mut a = self.append.lock();
        if !a.full.is_empty() || !limits.surely_take(a.count, a.bytes) {
            return None;
        }
        let run = a.cut()?;
        a.reset_counts();
        Some(run)
    }

    /// What waits on the append side, without taking it; `None` if `list` is not the owner's. One look under
    /// one lock, which the application threads want, too.
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

    /// The bookkeeping of a batch that is no longer out, the same however it ended. `apply` says what becomes
    /// of its messages, and whether that gives the owner something to look at. `sequenced`: the batch had a
    /// sequence number.
    #[inline]
    pub fn batch_returned<R>(
        self: &Arc<Self>,
        sequenced: bool,
        apply: impl FnOnce(&mut SendSide) -> (R, bool),
    ) -> R {
        let (result, wake, idle) = {
            let mut send = self.send.lock();
            let (result, news) = apply(&mut send);
            let end = send.batch_returned(sequenced);
            (result, news || end.was_awaited, end.is_idle)
        };
        if idle {
            self.release_idle();
        }
        if wake {
            self.wake_owner();
        }
        result
    }

    /// Hands the partition to another owner, which finds it announced if there is anything to look at.
    /// Returns whether that is so: waking it is the caller's part, who may have more partitions for it.
    pub fn set_owner(self: &Arc<Self>, owner: Option<Arc<ReadyList>>) -> bool {
        // Locked in rank order: what the old owner holds of the sending side must be at rest.
        let mut send = self.send.lock();
        let mut a = self.append.lock();
        let busy = a.count > 0 || !send.queue.is_empty() || send.sequencer.has_sealed();
        // A new leader must not get anything while something is on its way to the old one.
        send.sequencer.leader_changed();
        a.change_owner(owner.as_ref());
        let share = owner.as_ref().and_then(|o| o.share());
        if share.is_some() || self.outstanding.get().is_some() {
            self.outstanding.get_or_init(|| self.topic.outstanding.of(self.id)).move_to(share);
        }
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

    /// The topic was deleted, and there is another one of its name: what leaders there were says nothing any
    /// more.
    pub fn topic_recreated(&self) {
        self.set_leader_epoch(-1);
        self.send.lock().sequencer.leader_changed();
    }

    /// Holds messages back, those in flight excepted, or lets them go again. They time out all the same.
    pub fn set_paused(self: &Arc<Self>, paused: bool) {
        let was = self.send.lock().set_paused(paused);
        if was && !paused {
            self.wake_owner();
        }
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
        self.move_appended(&mut send);
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
        self.move_appended(&mut send);
        let mut runs = send.queue.take_all();
        runs.sort_unstable_by_key(Run::first_msgid);
        let (messages, bytes) = counted(&runs);
        self.append.lock().appended_twice += messages;
        if let Some(outstanding) = self.outstanding.get() {
            outstanding.remove(messages, bytes);
        }
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
            consumed: snapshot::Consumed::default(),
        }
    }

    /// Messages waiting on both sides (in flight not included).
    #[must_use]
    pub fn queued(&self) -> usize {
        let send = self.send.lock();
        send.queue.len() + send.sequencer.sealed_messages() + self.append.lock().count
    }
}

/// Messages, and bytes of their values.
fn counted(runs: &[Run]) -> (u64, u64) {
    (runs.iter().map(|r| r.len() as u64).sum(), runs.iter().map(Run::value_bytes).sum())
}

impl Wake for Partition {
    fn wake(self: Arc<Self>) {
        self.wake_owner();
    }
}
