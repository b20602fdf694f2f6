use super::*;
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, LeaderHint};
use crate::client::brokers::ids;
use crate::client::metadata::learning::apply;
use crate::client::part::ClusterView;
use crate::client::testing::{at, view_with};
use crate::client::topics::assignment::follow_hint;
use crate::client::topics::learning::settle_topic;
use crate::conf::Settings;
use crate::producer::partition::topic::{Topic, TopicState};
use crate::protocol::metadata::{Broker, Partition, Response, Topic as WireTopic};

/// Brokers of these ids, and the leader of each partition of the topic `t`.
fn response(brokers: &[i32], leaders: &[i32]) -> Response {
    let broker = |id: &i32| Broker { node_id: *id, host: format!("h{id}"), port: 9092, ..Broker::default() };
    let partition = |(at, leader): (usize, &i32)| Partition {
        partition: i32::try_from(at).unwrap(),
        leader_id: *leader,
        leader_epoch: -1,
        ..Partition::default()
    };
    let partitions = leaders.iter().enumerate().map(partition).collect();
    let topic = WireTopic { name: Some("t".into()), partitions, ..WireTopic::default() };
    Response {
        brokers: brokers.iter().map(broker).collect(),
        topics: if leaders.is_empty() { Vec::new() } else { vec![topic] },
        ..Response::default()
    }
}

fn view_and_topic() -> (ClusterView, Arc<Topic>) {
    let mut view = view_with(Settings::default());
    let topic = view.use_topic();
    (view, topic)
}

fn learn(view: &mut ClusterView, brokers: &[i32], leaders: &[i32]) {
    apply(&mut view.at(0), &response(brokers, leaders), "b:1", None);
}

fn handle(view: &ClusterView, id: i32) -> Arc<BrokerHandle> {
    view.brokers.handle(id).unwrap().clone()
}

#[test]
fn brokers_that_are_not_named_any_more_go() {
    let (mut view, _topic) = view_and_topic();
    learn(&mut view, &[1, 2, 3], &[1, 2]);
    let (led, unused) = (handle(&view, 2), handle(&view, 3));
    assert!(led.is_started() && !unused.is_started());
    learn(&mut view, &[1], &[1, 1]);
    assert_eq!(ids(&view.brokers), [BOOTSTRAP, 1]);
    assert!(led.is_dismissed());
    // The one that has a thread is known to the application's calls until it has ended.
    assert_eq!(view.client.brokers().len(), 3);
    assert_eq!(view.client.learned_broker_ids(), [1]);
    // One that comes back is another one.
    learn(&mut view, &[1, 2], &[1, 2]);
    assert!(!Arc::ptr_eq(&led, &handle(&view, 2)));
}

#[test]
fn however_many_ids_are_named_only_the_last_ones_stay() {
    let (mut view, topic) = view_and_topic();
    for round in 0..1_000 {
        let first = round * 10;
        let brokers: Vec<i32> = (first..first + 10).collect();
        learn(&mut view, &brokers, &[first, first + 1]);
        assert_eq!(view.brokers.known.len(), 11);
    }
    // Hints name brokers that no metadata has named.
    for leader in 50_000..51_000 {
        let hint = LeaderHint {
            topic: "t".into(),
            topic_id: [0; 16],
            partition: 0,
            leader,
            leader_epoch: leader,
            endpoint: Some(Endpoint::new("h", 1)),
        };
        follow_hint(&mut view.at(0), hint);
        assert_eq!((topic.table().partitions[0].leader(), view.brokers.known.len()), (leader, 12));
    }
}

#[test]
fn a_broker_that_leads_stays_until_another_leader_is_known() {
    let (mut view, topic) = view_and_topic();
    learn(&mut view, &[1, 2], &[1, 2]);
    view.planner.forget("t");
    learn(&mut view, &[1], &[]);
    assert_eq!(ids(&view.brokers), [BOOTSTRAP, 1, 2]);
    let asked = view.planner.ask(at(1), view.client.settings(), &mut Vec::new).unwrap();
    assert_eq!(asked.topics, ["t"], "its partitions' leaders are looked for");
    learn(&mut view, &[1], &[1, 2]);
    assert_eq!(ids(&view.brokers), [BOOTSTRAP, 1]);
    let p = topic.table().partitions[1].clone();
    assert_eq!((p.leader(), p.is_owned_by(view.client.leaderless())), (-1, true), "named, but no broker");
}

#[test]
fn partitions_that_are_gone_keep_no_broker() {
    let (mut view, topic) = view_and_topic();
    learn(&mut view, &[1, 2], &[1, 2]);
    let gone = topic.table().partitions[1].clone();
    settle_topic(&mut view.at(0), &topic, TopicState::Exists, 1);
    learn(&mut view, &[1], &[1]);
    assert_eq!(ids(&view.brokers), [BOOTSTRAP, 1]);
    assert!(gone.is_owned_by(view.client.leaderless()), "what comes back to it is reported there");
}

#[test]
fn an_answer_without_brokers_says_nothing() {
    let (mut view, _topic) = view_and_topic();
    learn(&mut view, &[1, 2], &[1, 2]);
    learn(&mut view, &[], &[1, 2]);
    assert_eq!(ids(&view.brokers), [BOOTSTRAP, 1, 2]);
}

#[test]
fn the_bootstrap_address_outlives_the_broker_that_was_found_there() {
    let (mut view, _topic) = view_and_topic();
    view.brokers.known.identify(0, 1, &Endpoint::new("b", 1));
    learn(&mut view, &[1, 2], &[2]);
    assert_eq!(ids(&view.brokers), [1, 2]);
    learn(&mut view, &[2], &[2]);
    assert_eq!(ids(&view.brokers), [2, BOOTSTRAP]);
    assert_eq!(view.brokers.known.get(1).unwrap().endpoint, Endpoint::new("b", 1));
}
