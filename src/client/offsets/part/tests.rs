use super::*;
use crate::client::metadata::learning::apply;
use crate::client::offsets::query::{OffsetsWait, ReplyTo};
use crate::client::offsets::results::OffsetLookup;
use crate::client::part::ClusterView;
use crate::client::testing::{at, view_with};
use crate::protocol::metadata::{Broker, Partition, Response, Topic};

/// These brokers, and partition 0 of topic `t` led by broker 2.
fn learn(view: &mut ClusterView, brokers: &[i32]) {
    let broker = |id: &i32| Broker { node_id: *id, host: format!("h{id}"), port: 9092, ..Broker::default() };
    let partitions = vec![Partition { leader_id: 2, ..Partition::default() }];
    let topic = Topic { name: Some("t".into()), partitions, ..Topic::default() };
    let brokers = brokers.iter().map(broker).collect();
    apply(&mut view.at(0), &Response { brokers, topics: vec![topic], ..Response::default() }, "b:1", None);
}

/// Asks for the end of the partition. Returns for which topics the cluster is asked then.
fn ask(view: &mut ClusterView) -> Vec<String> {
    let asked = vec![OffsetLookup { topic: "t".into(), partition: 0, target: -1 }];
    let query = OffsetsQuery {
        asked,
        isolation_level: 0,
        deadline: at(10),
        sink: ReplyTo::Caller(OffsetsWait::new()),
    };
    let mut pending = PendingOffsets::default();
    pending.handle(OffsetsOp::Ask(query), &mut view.at(1));
    pending.serve(&mut view.at(1));
    assert_eq!(pending.waiting.len(), 1, "the question has no answer yet");
    view.topics.leaders().take_questions().into_iter().flat_map(|(topics, _)| topics).collect()
}

#[test]
fn a_leader_that_was_not_among_the_brokers_is_looked_up_again() {
    let mut view = view_with(Default::default());
    view.topics.leaders().want("t");
    learn(&mut view, &[1, 2]);
    assert!(ask(&mut view).is_empty(), "the leader is known");
    learn(&mut view, &[1]);
    assert_eq!(ask(&mut view), ["t"]);
    learn(&mut view, &[1, 2]);
    assert!(ask(&mut view).is_empty(), "it is back");
}
