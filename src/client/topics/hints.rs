//! For how long a leader that a Produce response has named (KIP-951) outranks Metadata with an older leader
//! epoch.
//!
//! The broker that names the next leader knows of it before others do, so older news from Metadata is
//! ignored for a while. Not for good: the response may be about a topic of the same name that is gone by
//! now, whose epochs were higher, or simply wrong.

use crate::base::clock::Time;
use std::collections::HashMap;
use std::time::Duration;

/// Brokers hear of a new leader within a second or so. One that still says something else after this time is
/// right.
const TRUSTED_FOR: Duration = Duration::from_secs(5);

/// The hints that Metadata has not confirmed yet, by topic and partition.
#[derive(Default)]
pub(in crate::client) struct UnconfirmedHints(HashMap<String, HashMap<i32, Time>>);

impl UnconfirmedHints {
    pub(in crate::client) fn taken(&mut self, topic: &str, partition: i32, now: Time) {
        self.0.entry(topic.to_owned()).or_default().entry(partition).or_insert(now);
    }

    /// Metadata names this leader or a later one.
    pub(in crate::client) fn confirmed(&mut self, topic: &str, partition: i32) {
        if let Some(partitions) = self.0.get_mut(topic) {
            partitions.remove(&partition);
            if partitions.is_empty() {
                self.0.remove(topic);
            }
        }
    }

    /// Whether the partition's leader is known by a hint that is not to be trusted any more.
    pub(in crate::client) fn is_over(&self, topic: &str, partition: i32, now: Time) -> bool {
        let taken = self.0.get(topic).and_then(|partitions| partitions.get(&partition));
        taken.is_some_and(|at| now >= *at + TRUSTED_FOR)
    }

    pub(in crate::client) fn forget(&mut self, topic: &str) {
        self.0.remove(topic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::Arc;
    use crate::broker::LeaderHint;
    use crate::client::main_loop::Main;
    use crate::client::testing::{at, main_with};
    use crate::conf::Settings;
    use crate::producer::topic::Topic;
    use crate::protocol::metadata::{Broker, Partition, Response, Topic as WireTopic};

    /// Brokers 1 and 2, and the leader of the only partition of the topic `t`, heard so many seconds from
    /// now.
    fn learn(main: &mut Main, leader_id: i32, leader_epoch: i32, seconds: u64) {
        let now = main.client.now() + Duration::from_secs(seconds);
        let broker =
            |node_id| Broker { node_id, host: "h".into(), port: 9092 + node_id, ..Broker::default() };
        let partition = Partition { leader_id, leader_epoch, ..Partition::default() };
        let topic = WireTopic { name: Some("t".into()), partitions: vec![partition], ..WireTopic::default() };
        let brokers = [1, 2].map(broker).into();
        main.apply(&Response { brokers, topics: vec![topic], ..Response::default() }, "b:1", None, now);
    }

    fn leader(topic: &Topic) -> (i32, i32) {
        let table = topic.table();
        (table.partitions[0].leader(), table.partitions[0].leader_epoch())
    }

    /// Broker 1 leads with epoch 3, and a hint names broker 2.
    fn hinted(leader_epoch: i32) -> (Box<Main>, Arc<Topic>) {
        let mut main = main_with(Settings::default());
        let topic = main.client.topic("t", None, None);
        main.serve(at(0));
        learn(&mut main, 1, 3, 0);
        let hint = LeaderHint { topic: "t".into(), partition: 0, leader: 2, leader_epoch, endpoint: None };
        main.take_hint(hint);
        assert_eq!(leader(&topic), (2, leader_epoch));
        (main, topic)
    }

    #[test]
    fn a_hint_outranks_older_metadata_for_a_while() {
        let (mut main, topic) = hinted(1_000);
        learn(&mut main, 1, 3, 1);
        assert_eq!(leader(&topic), (2, 1_000));
        learn(&mut main, 1, 3, 10);
        assert_eq!(leader(&topic), (1, 3), "nobody has confirmed it");
    }

    #[test]
    fn a_hint_that_is_confirmed_stays() {
        let (mut main, topic) = hinted(4);
        learn(&mut main, 2, 4, 1);
        learn(&mut main, 1, 3, 10);
        assert_eq!(leader(&topic), (2, 4));
    }

    #[test]
    fn a_hint_that_is_repeated_does_not_last_longer() {
        let mut hints = UnconfirmedHints::default();
        hints.taken("t", 1, Time(0));
        hints.taken("t", 1, Time(4_000_000));
        assert!(!hints.is_over("t", 1, Time(4_999_999)));
        assert!(hints.is_over("t", 1, Time(5_000_000)));
        assert!(!hints.is_over("t", 2, Time(5_000_000)) && !hints.is_over("u", 1, Time(5_000_000)));
        hints.confirmed("t", 1);
        assert!(!hints.is_over("t", 1, Time(5_000_000)) && hints.0.is_empty());
        hints.taken("t", 1, Time(6_000_000));
        hints.forget("t");
        assert!(hints.0.is_empty());
    }
}
