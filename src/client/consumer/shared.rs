//! What the threads of a consumer share.

use super::assigned::AssignedPartition;
use super::member::Member;
use super::op::ConsumerOp;
use super::polls::PollWatch;
use crate::base::log::{Logger, debug};
use crate::base::queue::OpQueue;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::sync::{Arc, Mutex, Rank, RwLock, Weak};
use crate::client::ops::MainOp;
use crate::client::queue::events::{Event, EventQueue};
use crate::conf::ConsumerSettings;
use crate::consumer::budget::Budget;
use crate::consumer::fetch::outcome::News;
use crate::consumer::offset_to_commit::OffsetToCommit;
use crate::consumer::partition::Partition;
use crate::consumer::position::Position;
use std::collections::BTreeMap;

/// The partitions of one topic.
type Members = BTreeMap<i32, Arc<Member>>;

/// A consumer: what it reads, and how the application gets it.
pub struct Consumer {
    pub(super) settings: ConsumerSettings,
    /// Polled by rd_kafka_consumer_poll().
    queue: Arc<EventQueue>,
    /// Of all partitions that the application reads from that queue.
    pub(super) budget: Arc<Budget>,
    /// Of those that it reads from a queue of its own making.
    budgets: Mutex<Vec<(Weak<EventQueue>, Arc<Budget>)>>,
    /// In order, so that what is done for all of them is done in the same order each time.
    members: RwLock<BTreeMap<Arc<str>, Members>>,
    /// What the application has assigned.
    pub(super) assignment: Mutex<Vec<AssignedPartition>>,
    /// Its assignment is taken back, and what is stored is being committed.
    pub(super) closing: AtomicBool,
    closed: AtomicBool,
    main: Arc<OpQueue<MainOp>>,
    /// Partitions keep what happens to them until debug lines have told of it.
    keeps_changes: bool,
    polls: PollWatch,
}

impl Consumer {
    pub(in crate::client) fn new(
        settings: ConsumerSettings,
        main: Arc<OpQueue<MainOp>>,
        logger: &Logger,
    ) -> Self {
        Self {
            queue: EventQueue::of_consumer(),
            budget: Budget::new(settings.queued_messages, settings.queued_bytes),
            budgets: Mutex::new(Rank::Leaf, Vec::new()),
            members: RwLock::new(Rank::Topics, BTreeMap::new()),
            assignment: Mutex::new(Rank::Assignment, Vec::new()),
            closing: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            settings,
            main,
            keeps_changes: logger.wants_debug(debug::TOPIC),
            polls: PollWatch::default(),
        }
    }

    /// The queue that rd_kafka_consumer_poll() serves.
    #[must_use]
    pub fn queue(&self) -> &Arc<EventQueue> {
        &self.queue
    }

    /// Whether there is a `group.id`.
    #[must_use]
    pub fn has_group(&self) -> bool {
        self.settings.group.is_some()
    }

    /// How the application polls.
    #[must_use]
    #[inline]
    pub fn polls(&self) -> &PollWatch {
        &self.polls
    }

    #[must_use]
    pub fn settings(&self) -> &ConsumerSettings {
        &self.settings
    }

    /// Whether it has been told to close.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// What counts how much waits in a queue. The limits go for a queue as a whole, as in librdkafka, where
    /// they are compared with the length of the queue that a partition is forwarded to.
    pub(super) fn budget_of(&self, queue: &Arc<EventQueue>) -> Arc<Budget> {
        if Arc::ptr_eq(queue, &self.queue) {
            return self.budget.clone();
        }
        let mut budgets = self.budgets.lock();
        budgets.retain(|(queue, _)| queue.strong_count() > 0);
        let mut known = budgets.iter().filter(|(known, _)| std::ptr::eq(known.as_ptr(), &raw const **queue));
        if let Some((_, budget)) = known.next() {
            return budget.clone();
        }
        let budget = self.budget.alike();
        budgets.push((Arc::downgrade(queue), budget.clone()));
        budget
    }

    pub(super) fn find(&self, topic: &str, number: i32) -> Option<Arc<Member>> {
        self.members.read().get(topic)?.get(&number).cloned()
    }

    /// Whether a partition of the topic was ever used.
    pub(super) fn reads_topic(&self, topic: &str) -> bool {
        self.members.read().contains_key(topic)
    }

    /// The partition, made on first use.
    pub(super) fn member(&self, topic: &str, number: i32) -> Arc<Member> {
        if let Some(member) = self.find(topic, number) {
            return member;
        }
        let mut members = self.members.write();
        let name = members.get_key_value(topic).map_or_else(|| Arc::from(topic), |(name, _)| name.clone());
        let of_topic = members.entry(name.clone()).or_default();
        let partition = Partition::with_budget(name, number, self.budget.alike());
        if self.keeps_changes {
            partition.track().keep_changes();
        }
        let make = || Member::new(Arc::new(partition), self.settings.auto_offset_store);
        of_topic.entry(number).or_insert_with(make).clone()
    }

    pub(super) fn all(&self) -> Vec<Arc<Member>> {
        self.members.read().values().flat_map(BTreeMap::values).cloned().collect()
    }

    /// All partitions that were ever used.
    #[must_use]
    pub fn partitions(&self) -> Vec<Arc<Partition>> {
        self.all().iter().map(|m| m.partition().clone()).collect()
    }

    pub(super) fn inspect(&self, partition: &Arc<Partition>) {
        self.post(MainOp::Consumer(ConsumerOp::Inspect(partition.clone())));
    }

    pub(super) fn post(&self, op: MainOp) {
        self.main.push(op);
    }

    /// Everything is committed, and nothing will be any more.
    pub(in crate::client) fn set_closed(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// What is to be committed of the whole assignment. Partitions with nothing new have an invalid offset.
    pub(in crate::client) fn uncommitted(&self) -> Vec<OffsetToCommit> {
        let assignment = self.assignment.lock();
        self.uncommitted_of(&assignment)
    }

    pub(super) fn uncommitted_of(&self, partitions: &[AssignedPartition]) -> Vec<OffsetToCommit> {
        let members = partitions.iter().filter_map(|p| self.find(&p.topic, p.partition));
        members.map(|m| m.to_commit()).collect()
    }

    /// The offset that was committed last, as far as this consumer knows.
    #[must_use]
    pub fn committed_offset(&self, topic: &str, number: i32) -> Position {
        self.find(topic, number).map_or(Position::INVALID, |member| member.committed())
    }

    /// The group has committed this.
    pub(in crate::client) fn note_committed(&self, offset: &OffsetToCommit) {
        if let Some(member) = self.find(&offset.topic, offset.partition) {
            member.set_committed(Position::new(offset.offset, offset.leader_epoch));
        }
    }

    /// Puts what a broker has brought into the queues.
    pub(in crate::client) fn deliver(&self, news: Vec<News>) {
        for item in news {
            let (partition, event) = match item {
                News::Fetched(fetched) => (Some(fetched.partition().clone()), Event::Fetched(fetched)),
                News::Error(error) => (error.partition.clone(), Event::ConsumerError(error)),
            };
            let member = partition.and_then(|p| self.find(p.topic(), p.number()));
            match member {
                Some(member) => member.queue().push(event),
                None => self.queue.push(event),
            }
        }
    }

    /// Makes those look again who wait for messages: the instance ends.
    pub(in crate::client) fn wake_all(&self) {
        self.queue.wake_all();
        self.all().iter().for_each(|m| m.queue().wake_all());
    }

    /// Drops all that waits and all that is still to come.
    pub(in crate::client) fn drop_everything(&self) {
        self.all().iter().for_each(|m| m.close());
        self.queue.close();
    }
}
