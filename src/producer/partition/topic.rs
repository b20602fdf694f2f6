//! A topic: its settings, its partitions, and the messages that wait until the cluster is known.

use super::in_order_of_time::InOrderOfTime;
use super::partitioner::{self, Choice};
use super::report::Report;
use super::share::Share;
use super::{AppendRules, Partition, ReadyList, TopicShared};
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use crate::base::sync::{Arc, ArcSwap, Mutex, Rank};
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{Run, StoredMessage, Value};
use crate::stats::snapshot;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The pseudo partition of messages that still have to be assigned.
pub const UNASSIGNED: i32 = -1;

/// A partitioner supplied by the application: topic, key, partition count, message opaque.
pub type CustomPartitioner = Box<dyn Fn(&Topic, Option<&[u8]>, i32, usize) -> i32 + Send + Sync>;

/// What the cluster says about a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicState {
    /// Nothing heard yet.
    Unknown,
    Exists,
    /// The cluster does not have it; queued messages fail with the broker's error, new ones with
    /// `_UNKNOWN_TOPIC`.
    NotExists(ErrorCode),
    /// A permanent error such as a failed authorization.
    Error(ErrorCode),
}

/// Why a message was not taken.
#[derive(Clone, Debug)]
pub enum Refused {
    Code(ErrorCode),
    /// Not the whole queue is full, but its broker's share of it.
    Share(Arc<Share>),
}

impl Refused {
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Code(code) => *code,
            Self::Share(_) => ErrorCode::_QUEUE_FULL,
        }
    }
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code)
    }
}

impl From<Arc<Share>> for Refused {
    fn from(share: Arc<Share>) -> Self {
        Self::Share(share)
    }
}

/// The partition table, replaced as a whole.
pub struct Table {
    pub state: TopicState,
    pub partitions: Vec<Arc<Partition>>,
}

impl Table {
    /// Why a message cannot be taken at all, if so.
    #[must_use]
    pub fn refusal(&self) -> Option<ErrorCode> {
        match self.state {
            TopicState::NotExists(_) => Some(ErrorCode::_UNKNOWN_TOPIC),
            TopicState::Error(code) => Some(code),
            TopicState::Unknown | TopicState::Exists => None,
        }
    }

    fn is_usable(&self) -> bool {
        self.state == TopicState::Exists && !self.partitions.is_empty()
    }
}

/// Messages accepted before the partitions are known: one queue for those without a partition, one for each
/// partition that was asked for by number. The latter become the real partitions if they turn out to exist.
#[derive(Default)]
struct WaitingMessages {
    partitions: BTreeMap<i32, Arc<Partition>>,
    /// Partitions that the topic had before it was made anew with fewer. Their messages wait for partitions
    /// to be added, or for their time-out.
    absent: BTreeMap<i32, Arc<Partition>>,
    /// Numbers of partitions that the application has paused before there were such partitions.
    paused: BTreeSet<i32>,
    /// How many messages have ever waited here, for statistics.
    appended: u64,
}

pub struct Topic {
    shared: Arc<TopicShared>,
    custom: Option<CustomPartitioner>,
    table: ArcSwap<Table>,
    waiting: Mutex<WaitingMessages>,
    pool: Arc<ChunkPool>,
    /// The owner of partitions without a leader: the main thread's list.
    leaderless: Arc<ReadyList>,
    sticky: AtomicI32,
    sticky_until: AtomicI64,
    sticky_linger: Duration,
}

/// What a new partition table means for the partitions.
#[derive(Default)]
pub struct Update {
    /// Partitions that the table has no longer, though the topic exists: they have no leader for now.
    pub absent: Vec<Arc<Partition>>,
    /// Partitions whose topic exists no more, or that never existed: their messages fail with this error.
    pub failed: Vec<(Arc<Partition>, ErrorCode)>,
}

impl Topic {
    pub fn new(
        shared: Arc<TopicShared>,
        custom: Option<CustomPartitioner>,
        pool: Arc<ChunkPool>,
        leaderless: Arc<ReadyList>,
        sticky_linger: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            shared,
            custom,
            table: ArcSwap::from_pointee(Table { state: TopicState::Unknown, partitions: Vec::new() }),
            waiting: Mutex::new(Rank::Topic, WaitingMessages::default()),
            pool,
            leaderless,
            sticky: AtomicI32::new(UNASSIGNED),
            sticky_until: AtomicI64::new(i64::MIN),
            sticky_linger,
        })
    }

    pub fn shared(&self) -> &Arc<TopicShared> {
        &self.shared
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    #[must_use]
    pub fn state(&self) -> TopicState {
        self.table.load().state
    }

    /// The present table.
    #[must_use]
    pub fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    #[must_use]
    pub fn is_available(&self, partition: i32) -> bool {
        let table = self.table.load();
        usize::try_from(partition)
            .ok()
            .and_then(|i| table.partitions.get(i))
            .is_some_and(|p| p.is_available())
    }

    /// Stores a message in its partition, chosen here if `partition` is [`UNASSIGNED`].
    ///
    /// # Errors
    /// `_UNKNOWN_TOPIC`, `_UNKNOWN_PARTITION`, the topic's permanent error, or `_QUEUE_FULL` with the owner's
    /// share that is full; the message was not stored.
    #[inline(always)]
    pub fn append(&self, partition: i32, m: &StoredMessage<'_>, rules: &AppendRules) -> Result<(), Refused> {
        let table = self.table.load();
        if table.is_usable() {
            self.append_to(&table, partition, m, rules)
        } else {
            drop(table);
            self.append_waiting(partition, m, rules)
        }
    }

    /// For who has been refused and waited.
    ///
    /// # Errors
    /// As for [`Self::append`].
    #[cold]
    pub fn append_again(
        &self,
        partition: i32,
        m: &StoredMessage<'_>,
        rules: &AppendRules,
    ) -> Result<(), Refused> {
        self.append(partition, m, rules)
    }

    #[inline]
    fn append_to(
        &self,
        table: &Table,
        partition: i32,
        m: &StoredMessage<'_>,
        rules: &AppendRules,
    ) -> Result<(), Refused> {
        let chosen = if partition == UNASSIGNED { self.assign(table, m) } else { partition };
        if chosen == UNASSIGNED {
            let mut waiting = self.waiting.lock();
            waiting.appended += 1;
            self.append_unassigned(&mut waiting, m, rules);
            return Ok(());
        }
        let p = usize::try_from(chosen).ok().and_then(|i| table.partitions.get(i));
        let p = p.ok_or(ErrorCode::_UNKNOWN_PARTITION)?;
        p.check_share(m.value.len())?;
        p.append(m, rules);
        Ok(())
    }

    #[cold]
    fn append_waiting(
        &self,
        partition: i32,
        m: &StoredMessage<'_>,
        rules: &AppendRules,
    ) -> Result<(), Refused> {
        let mut waiting = self.waiting.lock();
        // The table is only replaced under this lock, so what it says now holds until the message is stored.
        let table = self.table.load();
        if let Some(code) = table.refusal() {
            return Err(code.into());
        }
        if table.is_usable() {
            drop(waiting);
            return self.append_to(&table, partition, m, rules);
        }
        if partition < UNASSIGNED {
            return Err(ErrorCode::_UNKNOWN_PARTITION.into());
        }
        waiting.appended += 1;
        waiting.partitions.entry(partition).or_insert_with(|| self.new_partition(partition)).append(m, rules);
        Ok(())
    }

    /// For messages that the application's partitioner has no place for: they wait until the number of
    /// partitions changes, or their time is over.
    #[cold]
    fn append_unassigned(&self, waiting: &mut WaitingMessages, m: &StoredMessage<'_>, rules: &AppendRules) {
        let new = || self.new_partition(UNASSIGNED);
        waiting.partitions.entry(UNASSIGNED).or_insert_with(new).append(m, rules);
    }

    /// Holds the messages of a partition back, or lets them go again; in-flight ones excepted. What is said
    /// of a partition that does not exist yet takes effect when it comes. Negative numbers have no effect.
    pub fn set_paused(&self, partition: i32, paused: bool) {
        let Ok(number) = usize::try_from(partition) else { return };
        let mut waiting = self.waiting.lock();
        // The table is only replaced under this lock.
        let table = self.table.load();
        if let Some(p) = table.partitions.get(number).or_else(|| waiting.absent.get(&partition)) {
            p.set_paused(paused);
        } else if paused {
            waiting.paused.insert(partition);
        } else {
            waiting.paused.remove(&partition);
        }
    }

    fn new_partition(&self, id: i32) -> Arc<Partition> {
        let p = Arc::new(Partition::new(self.shared.clone(), id, self.pool.clone()));
        p.set_owner(Some(self.leaderless.clone()));
        p
    }

    fn assign(&self, table: &Table, m: &StoredMessage<'_>) -> i32 {
        let n = i32::try_from(table.partitions.len()).unwrap_or(i32::MAX);
        let kind = self.shared.settings.partitioner;
        let built_in = self.custom.is_none().then_some(kind);
        // Before the application's own partitioner, which is not asked about messages without a key, as in
        // librdkafka.
        if !self.sticky_linger.is_zero() && partitioner::is_sticky(built_in, m.key) {
            return self.sticky(table, m.enqueued);
        }
        if let Some(custom) = &self.custom {
            return custom(self, m.key, n, m.opaque);
        }
        match partitioner::choose(kind, m.key, n) {
            Choice::Partition(p) => p,
            Choice::Random => self.random(table),
        }
    }

    /// A random partition. If it is not available, a second random one, available or not, as in librdkafka.
    fn random(&self, table: &Table) -> i32 {
        let n = i32::try_from(table.partitions.len()).unwrap_or(i32::MAX);
        let p = self.shared.random_below(n);
        let available =
            usize::try_from(p).ok().and_then(|i| table.partitions.get(i)).is_some_and(|p| p.is_available());
        if available { p } else { self.shared.random_below(n) }
    }

    /// The sticky partition (KIP-480): the same for `sticky.partitioning.linger.ms`, so that batches fill.
    fn sticky(&self, table: &Table, now: Time) -> i32 {
        let current = self.sticky.load(Ordering::Relaxed);
        let usable = usize::try_from(current)
            .ok()
            .and_then(|i| table.partitions.get(i))
            .is_some_and(|p| p.is_available());
        if usable && now.0 < self.sticky_until.load(Ordering::Relaxed) {
            return current;
        }
        let next = self.random(table);
        self.sticky.store(next, Ordering::Relaxed);
        self.sticky_until.store((now + self.sticky_linger).0, Ordering::Relaxed);
        next
    }

    /// Applies what the cluster says: `count` partitions if it exists.
    ///
    /// Messages that waited are assigned before the new table is visible, so that none of them is overtaken.
    pub fn apply(&self, state: TopicState, count: usize, rules: &AppendRules) -> Update {
        let mut waiting = self.waiting.lock();
        let old = self.table.load_full();
        let mut update = Update::default();
        let usable = state == TopicState::Exists && count > 0;
        if old.state == state && (old.partitions.len() == count || !usable) {
            return update;
        }
        let mut partitions: Vec<Arc<Partition>> = Vec::new();
        let mut by_number = Vec::new();
        if usable {
            let any_unassigned = waiting.partitions.contains_key(&UNASSIGNED);
            partitions.reserve_exact(count);
            partitions.extend(old.partitions.iter().take(count).cloned());
            for id in partitions.len()..count {
                let id = i32::try_from(id).unwrap_or(i32::MAX);
                let waited = waiting.partitions.remove(&id);
                by_number.extend(waited.clone().filter(|_| any_unassigned));
                let known = waiting.absent.remove(&id).or(waited);
                let p = known.unwrap_or_else(|| self.new_partition(id));
                if waiting.paused.remove(&id) {
                    p.set_paused(true);
                }
                partitions.push(p);
            }
            update.absent.extend(old.partitions.iter().skip(count).cloned());
            waiting.absent.extend(update.absent.iter().map(|p| (p.id(), p.clone())));
        } else if state != TopicState::Exists {
            if let TopicState::NotExists(code) | TopicState::Error(code) = state {
                update.failed.extend(old.partitions.iter().cloned().map(|p| (p, code)));
                let (waited, absent) =
                    (std::mem::take(&mut waiting.partitions), std::mem::take(&mut waiting.absent));
                update.failed.extend(waited.into_values().chain(absent.into_values()).map(|p| (p, code)));
            } else {
                partitions.clone_from(&old.partitions);
            }
        }
        let table = Table { state, partitions };
        if usable {
            let unassigned = waiting.partitions.remove(&UNASSIGNED);
            // Asked for by number, but there is no such partition.
            let rest = std::mem::take(&mut waiting.partitions);
            if let Some(p) = unassigned {
                self.assign_waiting(&mut waiting, &p, &by_number, &table, rules, &mut update);
            }
            update.failed.extend(rest.into_values().map(|p| (p, ErrorCode::_UNKNOWN_PARTITION)));
        }
        self.table.store(Arc::new(table));
        update
    }

    /// Gives each message without a partition its partition, together with what waited for partitions by
    /// number, in the order in which all of them were produced: a partition's messages are in the order of
    /// time.
    fn assign_waiting(
        &self,
        waiting: &mut WaitingMessages,
        from: &Arc<Partition>,
        by_number: &[Arc<Partition>],
        table: &Table,
        rules: &AppendRules,
        update: &mut Update,
    ) {
        let queues = std::iter::once(from).chain(by_number).map(|p| (p.id(), p.take_for_reordering().into()));
        let mut failed = Vec::new();
        for (wanted, mut one) in InOrderOfTime::new(queues.collect()) {
            let to = if wanted == UNASSIGNED { self.assign(table, &without_value(&one)) } else { wanted };
            match usize::try_from(to).ok().and_then(|i| table.partitions.get(i)) {
                None if to == UNASSIGNED => self.append_unassigned(waiting, &one.take_stored(0), rules),
                Some(p) => p.append(&one.take_stored(0), rules),
                None => failed.push(one),
            }
        }
        if !failed.is_empty() {
            from.take_over(failed);
            update.failed.push((from.clone(), ErrorCode::_UNKNOWN_PARTITION));
        }
    }

    /// The messages that have no partition yet, as statistics show them.
    #[must_use]
    pub fn unassigned(&self) -> snapshot::Partition {
        let waiting = self.waiting.lock();
        let mut all = snapshot::Partition {
            id: UNASSIGNED,
            leader: -1,
            leader_epoch: -1,
            msgs: waiting.appended,
            ..snapshot::Partition::default()
        };
        for p in waiting.partitions.values().map(|p| p.snapshot()) {
            all.msgq_cnt += p.msgq_cnt + p.xmit_msgq_cnt;
            all.msgq_bytes += p.msgq_bytes + p.xmit_msgq_bytes;
        }
        all
    }

    /// All partitions, those that still wait for the cluster included.
    #[must_use]
    pub fn all_partitions(&self) -> Vec<Arc<Partition>> {
        self.partitions_beside(&self.waiting.lock())
    }

    fn partitions_beside(&self, waiting: &WaitingMessages) -> Vec<Arc<Partition>> {
        let mut all = self.table.load().partitions.clone();
        all.extend(waiting.partitions.values().chain(waiting.absent.values()).cloned());
        all
    }

    /// Takes everything that waits, as failed with `error`.
    pub fn purge(&self, error: ErrorCode) -> Vec<Report> {
        // While this lock is held no message gets its partition: none is missed in between.
        let waiting = self.waiting.lock();
        self.partitions_beside(&waiting).iter().flat_map(|p| p.purge(error)).collect()
    }
}

/// What a partitioner may see of a stored message.
fn without_value(one: &Run) -> StoredMessage<'_> {
    let m = one.get(0);
    StoredMessage {
        key: m.key(),
        value: Value::Null,
        headers: None,
        timestamp_ms: 0,
        opaque: m.opaque(),
        enqueued: m.enqueued(),
        retries: 0,
    }
}

#[cfg(test)]
mod tests;
