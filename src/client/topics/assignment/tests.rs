use crate::base::sync::Arc;
use crate::broker::LeaderHint;
use crate::client::metadata::learning::apply;
use crate::client::part::ClusterView;
use crate::client::testing::view_with;
use crate::client::topics::assignment::follow_hint;
use crate::conf::Settings;
use crate::producer::partition::topic::Topic;
use crate::protocol::metadata::{Broker, Partition, Response, Topic as WireTopic};
use std::time::Duration;

/// Brokers 1 and 2, and the leader of the only partition of the topic `t`, heard so many seconds from
/// now.
fn learn(view: &mut ClusterView, leader_id: i32, leader_epoch: i32, seconds: u64) {
    let now = view.client.now() + Duration::from_secs(seconds);
    let broker = |node_id| Broker { node_id, host: "h".into(), port: 9092 + node_id, ..Broker::default() };
    let partition = Partition { leader_id, leader_epoch, ..Partition::default() };
    let topic = WireTopic { name: Some("t".into()), partitions: vec![partition], ..WireTopic::default() };
    let brokers = [1, 2].map(broker).into();
    apply(&mut view.ctx(now), &Response { brokers, topics: vec![topic], ..Response::default() }, "b:1", None);
}

fn leader(topic: &Topic) -> (i32, i32) {
    let table = topic.table();
    (table.partitions[0].leader(), table.partitions[0].leader_epoch())
}

/// Broker 2 leads, by the word of a response about the topic of this id.
fn hint(leader_epoch: i32, topic_id: [u8; 16]) -> LeaderHint {
    LeaderHint { topic: "t".into(), topic_id, partition: 0, leader: 2, leader_epoch, endpoint: None }
}

/// Broker 1 leads with epoch 3, and a hint names broker 2.
fn hinted(leader_epoch: i32) -> (ClusterView, Arc<Topic>) {
    let mut view = view_with(Settings::default());
    let topic = view.use_topic();
    learn(&mut view, 1, 3, 0);
    let hint = hint(leader_epoch, [0; 16]);
    follow_hint(&mut view.at(0), hint);
    assert_eq!(leader(&topic), (2, leader_epoch));
    (view, topic)
}

#[test]
fn a_hint_outranks_older_metadata_for_a_while() {
    let (mut view, topic) = hinted(1_000);
    learn(&mut view, 1, 3, 1);
    assert_eq!(leader(&topic), (2, 1_000));
    learn(&mut view, 1, 3, 10);
    assert_eq!(leader(&topic), (1, 3), "nobody has confirmed it");
}

#[test]
fn a_hint_about_another_topic_of_the_same_name_is_none() {
    let mut view = view_with(Settings::default());
    let topic = view.use_topic();
    learn_count(&mut view, 7, 1);
    follow_hint(&mut view.at(0), hint(9, [8; 16]));
    assert_eq!(leader(&topic), (1, 3));
    learn(&mut view, 1, 3, 0);
    follow_hint(&mut view.at(0), hint(9, [7; 16]));
    assert_eq!(leader(&topic), (2, 9));
}

#[test]
fn a_hint_that_is_confirmed_stays() {
    let (mut view, topic) = hinted(4);
    learn(&mut view, 2, 4, 1);
    learn(&mut view, 1, 3, 10);
    assert_eq!(leader(&topic), (2, 4));
}

/// The topic `t`, with this id and so many partitions, led by broker 1.
fn learn_count(view: &mut ClusterView, id: u8, count: i32) {
    let now = view.client.now();
    let broker = Broker { node_id: 1, host: "h".into(), port: 9092, ..Broker::default() };
    let partition = |n| Partition { partition: n, leader_id: 1, leader_epoch: 3, ..Partition::default() };
    let partitions = (0..count).map(partition).collect();
    let topic = WireTopic { name: Some("t".into()), topic_id: [id; 16], partitions, ..WireTopic::default() };
    let brokers = [broker].into();
    apply(&mut view.ctx(now), &Response { brokers, topics: vec![topic], ..Response::default() }, "b:1", None);
}

#[test]
fn a_partition_that_metadata_names_no_more_stays_as_it_is() {
    for id in [0, 1] {
        let mut view = view_with(Settings::default());
        let topic = view.use_topic();
        learn_count(&mut view, id, 2);
        let p = topic.table().partitions[1].clone();
        learn_count(&mut view, id, 1);
        assert_eq!((topic.table().partitions.len(), p.leader()), (2, 1));
        learn_count(&mut view, id, 0);
        assert_eq!((topic.table().partitions.len(), p.leader()), (2, 1));
        learn_count(&mut view, id, 3);
        assert!(Arc::ptr_eq(&topic.table().partitions[1], &p));
    }
}

#[test]
fn a_partition_that_a_topic_made_anew_lacks_waits_for_being_added() {
    let mut view = view_with(Settings::default());
    let topic = view.use_topic();
    learn_count(&mut view, 1, 2);
    let p = topic.table().partitions[1].clone();
    learn_count(&mut view, 2, 1);
    assert_eq!((topic.table().partitions.len(), p.leader()), (1, -1));
    assert!(p.lock_send().retired.is_none(), "what waits in it has failed");
    assert!(topic.all_partitions().iter().any(|known| Arc::ptr_eq(known, &p)), "a purge does not reach it");
    learn_count(&mut view, 2, 2);
    assert!(Arc::ptr_eq(&topic.table().partitions[1], &p));
    assert_eq!(p.leader(), 1);
}
