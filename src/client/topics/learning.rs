//! What the main thread makes of news about the cluster: brokers, topics, leaders.

use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, LeaderHint, Op};
use crate::client::main_loop::Main;
use crate::cluster::planner::Question;
use crate::cluster::topic_errors::topic_error;
use crate::net::Endpoint;
use crate::producer::partition::Partition;
use crate::producer::topic::{Topic, TopicState};
use crate::protocol::error_action::NextStep;
use crate::protocol::metadata::{self as wire, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::collections::BTreeSet;

impl Main {
    /// Applies a response. Returns the topics that are not settled.
    pub(in crate::client) fn apply(
        &mut self,
        r: &Response,
        from: &str,
        question: Option<&Question>,
        now: Time,
    ) -> Vec<String> {
        self.learn_cluster(r, from);
        for b in &r.brokers {
            self.learn_broker(b);
        }
        self.note_named(r);
        let mut open = Vec::new();
        let mut unmentioned: BTreeSet<&str> =
            question.map_or(&[][..], |q| &q.topics).iter().map(String::as_str).collect();
        for t in &r.topics {
            let Some(name) = t.name.as_deref() else { continue };
            unmentioned.remove(name);
            if !self.learn_topic(name, t, now) {
                open.push(name.to_owned());
            }
        }
        // What was asked for and not mentioned stays open.
        let still_used = unmentioned.into_iter().filter(|name| self.topics.contains_key(*name));
        open.extend(still_used.map(str::to_owned));
        self.dismiss_departed();
        open
    }

    fn learn_cluster(&mut self, r: &Response, from: &str) {
        if let Some(id) = &r.cluster_id
            && let Some(old) = self.client.set_cluster_id(id)
        {
            self.client.logger().log(
                Level::Warning,
                "CLUSTERID",
                format_args!(
                    "Broker {from} reports different ClusterId \"{id}\" than previously known \"{old}\": \
                     a client must not be simultaneously connected to multiple clusters"
                ),
            );
        }
        self.client.set_controller_id(r.controller_id);
        self.client.note_cluster_known();
    }

    fn learn_broker(&mut self, b: &wire::Broker) {
        if b.node_id < 0 {
            return;
        }
        self.learn_address(b.node_id, Endpoint::advertised(&b.host, b.port));
    }

    fn learn_address(&mut self, node_id: i32, endpoint: Endpoint) {
        if let Some(at) = self.brokers.find(node_id) {
            if let Some(known) = self.brokers.get(at).filter(|known| known.endpoint != endpoint) {
                let (name, old) = (known.handle.name(), known.endpoint.clone());
                self.brokers.identify(at, node_id, &endpoint);
                self.client.logger().debug(debug::BROKER, "UPDATE", || {
                    format!("{name}: Nodename changed from {old} to {endpoint}")
                });
            }
            return;
        }
        let is_up = |at: &usize| self.brokers.get(*at).is_some_and(|k| k.handle.is_up());
        let bootstrap = self.brokers.bootstrap_at(&endpoint).find(is_up);
        match bootstrap {
            // The connection to a bootstrap address that turns out to be this broker is this broker's connection: the
            // first message then needs no second one.
            Some(at) if self.client.adopt_bootstrap => self.brokers.identify(at, node_id, &endpoint),
            found => {
                let replaces = found.and_then(|at| self.brokers.get(at)).map(|k| k.handle.clone());
                self.add_broker(node_id, endpoint);
                if let Some(old) = replaces {
                    self.move_connection(&old);
                }
            }
        }
    }

    /// Has the broker that was added last connect in place of the bootstrap connection to the same address.
    fn move_connection(&mut self, old: &Arc<BrokerHandle>) {
        self.brokers.remove(|k| Arc::ptr_eq(&k.handle, old));
        self.forget_handle(old);
        old.push(Op::Decommission);
        let last = self.brokers.len().saturating_sub(1);
        if let Some(handle) = self.started_handle(last) {
            handle.push(Op::Connect);
        }
    }

    /// Returns whether the topic is settled.
    fn learn_topic(&mut self, name: &str, t: &wire::Topic, now: Time) -> bool {
        self.offsets.leaders.learn(t, now);
        let Some(known) = self.topics.get_mut(name) else { return true };
        let topic = known.topic.clone();
        let (code, action) = topic_error(t);
        match action.next {
            NextStep::Done => {
                known.missing_since = None;
                known.refreshed = now;
                let made_anew = known.is_another(t.topic_id);
                // Beside an error, as in librdkafka, leaders are believed and the number of partitions is not: a topic that was
                // not known before is asked for again until the error is gone.
                let sound = t.error_code == 0;
                let count = if sound { t.partitions.len() } else { topic.table().partitions.len() };
                self.settle_topic(&topic, TopicState::Exists, count);
                if sound {
                    self.warn_of_unknown_partitions(name, t, count);
                }
                if made_anew {
                    topic.table().partitions.iter().for_each(|p| p.begin_anew());
                    self.hints.forget(name);
                }
                self.assign_leaders(&topic, t, now) && sound
            }
            NextStep::RetryForAWhile => {
                let since = *known.missing_since.get_or_insert(now);
                let patience = self.client.settings().metadata.propagation_max;
                if now < since + patience && now < known.added.max(since) + patience {
                    return false;
                }
                self.settle_topic(&topic, TopicState::NotExists(code), 0);
                true
            }
            NextStep::Retry | NextStep::RetrySoon => false,
            NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump | NextStep::Fatal => {
                let state = match code {
                    ErrorCode::TOPIC_EXCEPTION => TopicState::NotExists(code),
                    _ => TopicState::Error(code),
                };
                self.settle_topic(&topic, state, 0);
                true
            }
        }
    }

    pub(in crate::client) fn settle_topic(&mut self, topic: &Arc<Topic>, state: TopicState, count: usize) {
        let before = topic.table().partitions.len();
        let update = topic.apply(state, count, &self.client.append_rules());
        self.tell_partition_count(topic, before);
        for (p, code) in update.failed {
            self.client.deliver(p.retire(code));
            let used = p.lock_send().sequencer.pid();
            if let Some((ids, used)) = self.client.producer_ids().zip(used) {
                ids.abandon(used, self.client.now());
            }
            // What comes back to it fails here: its leader may leave the cluster meanwhile.
            self.assign_leader(&p, -1, p.leader_epoch());
        }
    }

    /// Logs that a topic has another number of partitions than before. That it becomes known is no news.
    fn tell_partition_count(&self, topic: &Topic, before: usize) {
        let count = topic.table().partitions.len();
        if before == 0 || before == count {
            return;
        }
        let name = topic.name();
        let id = self.topics.get(name).map_or_else(String::new, |t| STANDARD_NO_PAD.encode(t.id));
        let text = format_args!("Topic {name} (id {id}) partition count changed from {before} to {count}");
        self.client.logger().log(Level::Notice, "PARTCNT", text);
    }

    /// Hands each partition to its leader. Returns whether all have one, also those that the response does not name.
    fn assign_leaders(&mut self, topic: &Arc<Topic>, t: &wire::Topic, now: Time) -> bool {
        let table = topic.table();
        let mut all = true;
        for part in &t.partitions {
            let Some(p) = usize::try_from(part.partition).ok().and_then(|i| table.partitions.get(i)) else {
                continue;
            };
            // News from before the last change of leader is no news, as long as that change can be believed.
            let is_older = part.leader_epoch >= 0 && part.leader_epoch < p.leader_epoch();
            if is_older && !self.hints.is_over(topic.name(), part.partition, now) {
                all = false;
                continue;
            }
            self.hints.confirmed(topic.name(), part.partition);
            // A leader that is none of the brokers named in the same answer cannot be one for long.
            let leader = if self.is_named(part.leader_id) { part.leader_id } else { -1 };
            all &= self.assign_leader(p, leader, part.leader_epoch);
        }
        all && table.partitions.iter().all(|p| p.is_available())
    }

    /// A broker's mistake, told once for a topic however many numbers are beyond its count of partitions.
    fn warn_of_unknown_partitions(&self, topic: &str, t: &wire::Topic, count: usize) {
        let is_unknown = |p: &&wire::Partition| usize::try_from(p.partition).map_or(true, |id| id >= count);
        let mut unknown = t.partitions.iter().filter(is_unknown);
        let Some(wire::Partition { partition, leader_id, .. }) = unknown.next() else { return };
        let others = match unknown.count() {
            0 => String::new(),
            n => format!(", and {n} like it"),
        };
        self.client.logger().log(
            Level::Warning,
            "BROKER",
            format_args!(
                "{topic} [{partition}] is unknown (partition_cnt {count}): ignoring leader ({leader_id}) update{others}"
            ),
        );
    }

    /// Returns whether the partition has a leader now.
    pub(in crate::client) fn assign_leader(&mut self, p: &Arc<Partition>, leader: i32, epoch: i32) -> bool {
        p.set_leader_epoch(epoch);
        let at = self.brokers.find(leader);
        let owner = match at {
            // One that cannot be started at present is no leader: its messages wait here, where they can time out.
            Some(at) => self.started_handle(at).map(|handle| handle.ready().clone()),
            None => None,
        };
        let has_leader = owner.is_some();
        let owner = owner.unwrap_or_else(|| self.client.orphanage.clone());
        p.set_available(has_leader);
        if !p.is_owned_by(&owner) {
            let old = self.brokers.find(p.leader()).and_then(|at| self.brokers.get(at));
            let old = old.map(|b| b.handle.clone()).filter(|h| p.is_owned_by(h.ready()));
            self.debug("BRKDELGT", || format!("{} [{}]: leader is broker {leader}", p.topic().name, p.id()));
            p.set_leader(if has_leader { leader } else { -1 });
            if p.set_owner(Some(owner.clone())) {
                self.stir(owner);
            }
            if let Some(old) = old {
                old.push(Op::Leave(p.clone()));
            }
        }
        has_leader
    }

    pub(in crate::client) fn take_hint(&mut self, hint: LeaderHint) {
        let Some(t) = self.topics.get(&hint.topic) else { return };
        let table = t.topic.table();
        let Some(p) = usize::try_from(hint.partition).ok().and_then(|i| table.partitions.get(i)) else {
            return;
        };
        if hint.leader_epoch <= p.leader_epoch() {
            return;
        }
        if let Some(e) = hint.endpoint {
            self.learn_address(hint.leader, e);
        }
        if self.brokers.find(hint.leader).is_some() {
            self.hints.taken(&hint.topic, hint.partition, self.client.now());
            if !self.assign_leader(p, hint.leader, hint.leader_epoch) {
                self.planner.suspect(&hint.topic);
            }
        }
        self.dismiss_departed();
    }
}
