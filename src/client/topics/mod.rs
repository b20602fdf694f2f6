//! The topics in use, as the main thread knows them.

pub(super) mod assignment;
pub(super) mod leaderless;
pub(super) mod learning;

use crate::base::by_name::ByName;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::cluster::leaders::Leaders;
use crate::cluster::planner::Planner;
use crate::cluster::topics::ClusterTopic;
use crate::conf::Settings;
use crate::producer::partition::ReadyList;
use crate::producer::partition::topic::{Topic, TopicState};
use crate::protocol::TopicId;
use crate::stats::snapshot;
use std::collections::HashMap;

/// A topic in use: what the cluster has told of it, and beside it what is for producing.
struct KnownTopic {
    cluster: ClusterTopic,
    producing: Arc<Topic>,
}

impl KnownTopic {
    fn snapshot(&self, now: Time) -> snapshot::Topic {
        let (batchsize, batchcnt) = self.producing.shared().stats.take();
        let known = self.producing.state() != TopicState::Unknown;
        snapshot::Topic {
            name: self.producing.name().into(),
            age: now.0.saturating_sub(self.cluster.added().0),
            metadata_age: if known { now.0.saturating_sub(self.cluster.refreshed().0) } else { 0 },
            batchsize,
            batchcnt,
            partitions: self.producing.table().partitions.iter().map(|p| p.snapshot()).collect(),
            unassigned: self.producing.unassigned(),
        }
    }
}

#[derive(Default)]
pub(super) struct Topics {
    known: ByName<Box<KnownTopic>>,
    /// Leaders of partitions that are asked about without being in use.
    leaders: Leaders,
    /// Grows whenever something is heard of topics in use.
    heard: u64,
    /// Owners that were given partitions with messages and are still to be woken, by their address.
    to_wake: HashMap<usize, Arc<ReadyList>>,
}

impl Topics {
    /// A topic is in use from now on.
    pub fn add(&mut self, topic: Arc<Topic>, now: Time) {
        topic.shared().lookup.begin(now);
        let name = topic.shared().name.clone();
        let known = KnownTopic { cluster: ClusterTopic::new(now), producing: topic };
        self.known.insert(name, Box::new(known));
    }

    pub fn contains(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    pub fn get(&self, name: &str) -> Option<Arc<Topic>> {
        self.known.get(name).map(|t| t.producing.clone())
    }

    fn cluster_topic(&mut self, name: &str) -> Option<&mut ClusterTopic> {
        self.known.get_mut(name).map(|t| &mut t.cluster)
    }

    /// The leader of a partition with its epoch, and the topic's id; `None` if the topic is not in use, or
    /// has no such partition as far as is known.
    pub fn leadership(&self, topic: &str, partition: i32) -> Option<(i32, i32, TopicId)> {
        let known = &self.known.get(topic)?.cluster;
        let (leader, epoch) = known.leader(partition)?;
        Some((leader, epoch, *known.id()))
    }

    /// A number that grows whenever something is heard of topics in use.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(|name| &**name)
    }

    /// What is known of partitions that are asked about without being in use.
    pub fn leaders(&mut self) -> &mut Leaders {
        &mut self.leaders
    }

    /// The partitions of this broker may have moved: has their leaders looked for.
    pub fn suspect_leader(&self, id: i32, planner: &mut Planner) {
        if id >= 0 {
            self.suspect_leaders(|leader| leader == id, planner);
        }
    }

    pub fn suspect_leaders(&self, is_suspect: impl Fn(i32) -> bool, planner: &mut Planner) {
        for (name, t) in &self.known {
            if t.cluster.is_led_by(&is_suspect) {
                planner.suspect(name);
            }
        }
    }

    /// Has topics looked up again whose state may have changed without a sign of it.
    pub fn suspect_stale(&self, planner: &mut Planner, settings: &Settings, now: Time) {
        for (name, t) in &self.known {
            // A topic that does not exist may be created, and one that is not allowed may be granted, while
            // an application still tries to produce to it. Only an invalid name stays invalid.
            let refused = match t.producing.state() {
                TopicState::NotExists(code) | TopicState::Error(code) => code != ErrorCode::TOPIC_EXCEPTION,
                TopicState::Unknown | TopicState::Exists => false,
            };
            if refused || now.since(t.cluster.refreshed()) > settings.metadata.max_age {
                planner.suspect(name);
            }
        }
    }

    /// Has an owner of partitions woken, once for all that it is given in this round.
    fn queue_wakeup(&mut self, owner: Arc<ReadyList>) {
        self.to_wake.insert(Arc::as_ptr(&owner).addr(), owner);
    }

    /// Wakes the owners that were given partitions with messages in this round.
    pub fn wake_owners(&mut self) {
        self.to_wake.drain().for_each(|(_, owner)| owner.signal().notify());
    }

    /// How many topics the cluster has told something of.
    pub fn count_settled(&self) -> usize {
        self.known.values().filter(|t| t.producing.state() != TopicState::Unknown).count()
    }

    /// The topics in the order of their names. Windows of their statistics start anew.
    pub fn snapshots(&self, now: Time) -> Vec<snapshot::Topic> {
        let mut topics: Vec<_> = self.known.values().map(|t| t.snapshot(now)).collect();
        topics.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        topics
    }
}
