//! Brokers that leave the cluster.
//!
//! A broker that the cluster does not name any more is let go as soon as it leads no partition. What it has
//! been asked is still answered. One that only a leader hint has named (KIP-951) stays while it leads. So a
//! client has the cluster's brokers, those that lead its partitions, and those that still owe an answer,
//! however often they are replaced.

use crate::broker::BOOTSTRAP;
use crate::client::main_loop::{KnownBroker, Main};
use crate::net::Endpoint;
use crate::protocol::metadata::Response;
use std::collections::HashSet;

impl Main {
    /// Notes which brokers the cluster consists of. Has leaders looked for that are none of them any more.
    pub(in crate::client) fn note_named(&mut self, r: &Response) {
        if r.brokers.is_empty() {
            // A broker that is just starting knows of none. That says nothing about the cluster.
            return;
        }
        let ids: HashSet<i32> = r.brokers.iter().map(|b| b.node_id).collect();
        let mut lost = HashSet::new();
        for b in self.brokers.iter_mut() {
            let id = b.handle.node_id();
            let named = ids.contains(&id);
            if b.named && !named && b.leads() {
                lost.insert(id);
            }
            b.named = named;
        }
        if lost.is_empty() {
            return;
        }
        for (name, t) in &self.topics {
            if t.topic.table().partitions.iter().any(|p| lost.contains(&p.leader())) {
                self.planner.suspect(name);
            }
        }
    }

    /// Whether the cluster's last word on its brokers names this one.
    pub(in crate::client) fn is_named(&self, id: i32) -> bool {
        self.brokers.find(id).and_then(|at| self.brokers.get(at)).is_some_and(|b| b.named)
    }

    /// Lets go of brokers that are not needed any more.
    pub(in crate::client) fn dismiss_departed(&mut self) {
        let departed = |b: &mut KnownBroker| b.handle.node_id() != BOOTSTRAP && !b.named && !b.leads();
        let gone = self.brokers.remove(departed);
        for b in &gone {
            if b.handle.is_started() {
                // It is told to the application's calls until it has ended: a purge is for what it has in
                // flight, too.
                b.handle.dismiss();
            } else {
                self.forget_handle(&b.handle);
            }
        }
        if gone.is_empty() {
            return;
        }
        // The connection to a bootstrap address becomes that of the broker there. Without that broker the
        // address is needed again: the brokers that are left may all be out of reach one day.
        let has = |e: &Endpoint| self.brokers.iter().any(|b| b.endpoint == *e);
        let missing: Vec<Endpoint> = self.bootstrap.iter().filter(|e| !has(e)).cloned().collect();
        self.add_brokers(missing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::Arc;
    use crate::broker::{BrokerHandle, LeaderHint};
    use crate::client::testing::{at, ids, main_with};
    use crate::conf::Settings;
    use crate::producer::topic::{Topic, TopicState};
    use crate::protocol::metadata as wire;

    /// Brokers of these ids, and the leader of each partition of the topic `t`.
    fn response(brokers: &[i32], leaders: &[i32]) -> Response {
        let broker = |id: &i32| wire::Broker {
            node_id: *id,
            host: format!("h{id}"),
            port: 9092,
            ..wire::Broker::default()
        };
        let partition = |(at, leader): (usize, &i32)| wire::Partition {
            partition: i32::try_from(at).unwrap(),
            leader_id: *leader,
            leader_epoch: -1,
            ..wire::Partition::default()
        };
        let partitions = leaders.iter().enumerate().map(partition).collect();
        let topic = wire::Topic { name: Some("t".into()), partitions, ..wire::Topic::default() };
        Response {
            brokers: brokers.iter().map(broker).collect(),
            topics: if leaders.is_empty() { Vec::new() } else { vec![topic] },
            ..Response::default()
        }
    }

    fn main_and_topic() -> (Box<Main>, Arc<Topic>) {
        let mut main = main_with(Settings::default());
        let topic = main.client.topic("t", None, None);
        main.serve(at(0));
        (main, topic)
    }

    fn learn(main: &mut Main, brokers: &[i32], leaders: &[i32]) {
        main.apply(&response(brokers, leaders), "b:1", None, at(0));
    }

    fn handle(main: &Main, id: i32) -> Arc<BrokerHandle> {
        main.brokers.iter().find(|b| b.handle.node_id() == id).unwrap().handle.clone()
    }

    #[test]
    fn brokers_that_are_not_named_any_more_go() {
        let (mut main, _topic) = main_and_topic();
        learn(&mut main, &[1, 2, 3], &[1, 2]);
        let (led, unused) = (handle(&main, 2), handle(&main, 3));
        assert!(led.is_started() && !unused.is_started());
        learn(&mut main, &[1], &[1, 1]);
        assert_eq!(ids(&main), [BOOTSTRAP, 1]);
        assert!(led.is_dismissed());
        // The one that has a thread is known to the application's calls until it has ended.
        assert_eq!(main.client.brokers.read().len(), 3);
        assert_eq!(main.client.learned_broker_ids(), [1]);
        // One that comes back is another one.
        learn(&mut main, &[1, 2], &[1, 2]);
        assert!(!Arc::ptr_eq(&led, &handle(&main, 2)));
    }

    #[test]
    fn however_many_ids_are_named_only_the_last_ones_stay() {
        let (mut main, topic) = main_and_topic();
        for round in 0..1_000 {
            let first = round * 10;
            let brokers: Vec<i32> = (first..first + 10).collect();
            learn(&mut main, &brokers, &[first, first + 1]);
            assert_eq!(main.brokers.len(), 11);
        }
        // Hints name brokers that no metadata has named.
        for leader in 50_000..51_000 {
            let hint = LeaderHint {
                topic: "t".into(),
                partition: 0,
                leader,
                leader_epoch: leader,
                endpoint: Some(Endpoint::new("h", 1)),
            };
            main.take_hint(hint);
            assert_eq!((topic.table().partitions[0].leader(), main.brokers.len()), (leader, 12));
        }
    }

    #[test]
    fn a_broker_that_leads_stays_until_another_leader_is_known() {
        let (mut main, topic) = main_and_topic();
        learn(&mut main, &[1, 2], &[1, 2]);
        main.planner.forget("t");
        learn(&mut main, &[1], &[]);
        assert_eq!(ids(&main), [BOOTSTRAP, 1, 2]);
        let asked = main.planner.ask(at(1), main.client.settings(), &mut Vec::new).unwrap();
        assert_eq!(asked.topics, ["t"], "its partitions' leaders are looked for");
        learn(&mut main, &[1], &[1, 2]);
        assert_eq!(ids(&main), [BOOTSTRAP, 1]);
        let p = topic.table().partitions[1].clone();
        assert_eq!((p.leader(), p.is_owned_by(&main.client.orphanage)), (-1, true), "named, but no broker");
    }

    #[test]
    fn partitions_that_are_gone_keep_no_broker() {
        let (mut main, topic) = main_and_topic();
        learn(&mut main, &[1, 2], &[1, 2]);
        let gone = topic.table().partitions[1].clone();
        main.settle_topic(&topic, TopicState::Exists, 1);
        learn(&mut main, &[1], &[1]);
        assert_eq!(ids(&main), [BOOTSTRAP, 1]);
        assert!(gone.is_owned_by(&main.client.orphanage), "what comes back to it is reported there");
    }

    #[test]
    fn an_answer_without_brokers_says_nothing() {
        let (mut main, _topic) = main_and_topic();
        learn(&mut main, &[1, 2], &[1, 2]);
        learn(&mut main, &[], &[1, 2]);
        assert_eq!(ids(&main), [BOOTSTRAP, 1, 2]);
    }

    #[test]
    fn the_bootstrap_address_outlives_the_broker_that_was_found_there() {
        let (mut main, _topic) = main_and_topic();
        main.brokers.identify(0, 1, &Endpoint::new("b", 1));
        learn(&mut main, &[1, 2], &[2]);
        assert_eq!(ids(&main), [1, 2]);
        learn(&mut main, &[2], &[2]);
        assert_eq!(ids(&main), [2, BOOTSTRAP]);
        assert_eq!(main.brokers.get(1).unwrap().endpoint, Endpoint::new("b", 1));
    }
}
