use super::{what_is_missing, why_unreachable};
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::broker::BrokerHandle;
use crate::client::metadata::learning::apply;
use crate::client::part::ClusterView;
use crate::client::testing::{at, view_with};
use crate::conf::Settings;
use crate::net::Endpoint;
use crate::producer::partition::Partition;
use crate::producer::partition::topic::{Topic, UNASSIGNED};
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{StoredMessage, Value};
use crate::protocol::metadata::{self, Response, Topic as WireTopic};

/// The cluster says of the topic `t`: an error, or one partition and who leads it.
fn learn(view: &mut ClusterView, s: i64, error: ErrorCode, leader_id: i32) {
    let partition = metadata::Partition { leader_id, ..metadata::Partition::default() };
    let partitions = if error.is_ok() { vec![partition] } else { Vec::new() };
    let error_code = i16::try_from(error.0).unwrap();
    let topic = WireTopic { name: Some("t".into()), error_code, partitions, ..WireTopic::default() };
    let broker = metadata::Broker { node_id: 1, host: "h".into(), port: 9092, ..metadata::Broker::default() };
    let response = Response { brokers: [broker].into(), topics: vec![topic], ..Response::default() };
    apply(&mut view.at(s), &response, "b:1", None);
}

/// Where a message waits that is produced now.
fn waiting(view: &ClusterView, topic: &Topic) -> Arc<Partition> {
    let message = StoredMessage {
        key: None,
        value: Value::Null,
        headers: None,
        timestamp_ms: 0,
        opaque: 0,
        enqueued: at(0),
        retries: 0,
    };
    topic.append(0, &message, &view.client.append_rules()).unwrap();
    topic.all_partitions().remove(0)
}

#[test]
fn a_topic_that_is_not_known_and_a_leader_that_is_missing() {
    let mut view = view_with(Settings::default());
    let topic = view.use_topic();
    let p = waiting(&view, &topic);
    assert_eq!(what_is_missing(&p, at(7)), "topic unknown for 7.0 s");
    learn(&mut view, 8, ErrorCode::UNKNOWN_TOPIC_OR_PART, -1);
    let told = "topic unknown for 9.0 s (Broker: Unknown topic or partition)";
    assert_eq!(what_is_missing(&p, at(9)), told);
    learn(&mut view, 10, ErrorCode::NO_ERROR, -1);
    let p = topic.table().partitions[0].clone();
    learn(&mut view, 11, ErrorCode::NO_ERROR, -1);
    assert_eq!(what_is_missing(&p, at(15)), "no leader for 5.0 s");
    learn(&mut view, 16, ErrorCode::NO_ERROR, 1);
    learn(&mut view, 20, ErrorCode::NO_ERROR, -1);
    assert_eq!(what_is_missing(&p, at(21)), "no leader for 1.0 s", "it had one meanwhile");
    let unassigned = Partition::new(topic.shared().clone(), UNASSIGNED, Arc::new(ChunkPool::new(0)));
    assert_eq!(what_is_missing(&unassigned, at(21)), "the partitioner has chosen no partition");
}

#[test]
fn brokers_that_cannot_be_asked() {
    let new = |port| BrokerHandle::new(-1, &Endpoint::new("b", port), &Settings::default());
    let brokers = [new(1), new(2), new(3)];
    assert_eq!(why_unreachable(&[], at(1)), None);
    let told = "no broker of 3 is up: broker b:1/bootstrap in state INIT for 0.0 s";
    assert_eq!(why_unreachable(&brokers, at(1)).as_deref(), Some(told));
    brokers[1].note_outage(&Error::new(ErrorCode::_TRANSPORT, "refused"), at(1));
    let told = "no broker of 3 is up: broker b:2/bootstrap down for 3.0 s: refused";
    assert_eq!(why_unreachable(&brokers, at(4)).as_deref(), Some(told));
    brokers[2].note_outage(&Error::new(ErrorCode::_AUTHENTICATION, "wrong password"), at(2));
    let told =
        "no broker of 3 is up: broker b:3/bootstrap has refused authentication for 2.0 s: wrong password";
    assert_eq!(why_unreachable(&brokers, at(4)).as_deref(), Some(told));
}
