//! Metadata, versions 0 to 13.
//!
//! Deviations from Kafka: an automatically created topic has its leaders at once; every replica is in sync; a
//! leader that is down stays the leader until a test moves it. A pushed error costs its delay or its
//! connection but is not in the answer, as in librdkafka's mock: topic errors are set with `set_topic_error`.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::mock::settings::Settings;
use crate::mock::topic::{self, Topic};
use crate::protocol::metadata::{
    Broker, NO_AUTHORIZED_OPERATIONS, Partition, Request, RequestTopic, Response, Topic as TopicAnswer,
};
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::topic_id;

/// Everything that may be done with a topic, and with the cluster, in the numbers of KIP-430: nobody is kept
/// from anything.
const TOPIC_OPERATIONS: i32 = operations(&[3, 4, 5, 6, 7, 8, 10, 11]);
const CLUSTER_OPERATIONS: i32 = operations(&[5, 7, 8, 9, 10, 11, 12]);
/// The first version in which a topic may be asked for by id alone.
const FIRST_BY_ID: i16 = 12;

#[allow(clippy::indexing_slicing)] // It is for constants: a wrong index would not compile.
const fn operations(numbers: &[u8]) -> i32 {
    let (mut bits, mut at) = (0, 0);
    while at < numbers.len() {
        bits |= 1 << numbers[at];
        at += 1;
    }
    bits
}

pub fn handle(
    (id, settings, brokers): (&str, &Settings, &Brokers),
    catalogue: &mut Catalogue,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let mut topics: Vec<TopicAnswer> = match request.topics {
        None => catalogue.iter_mut().map(describe).collect(),
        Some(wanted) => wanted
            .into_iter()
            .map(|t| {
                describe_topic((settings, brokers), catalogue, call, t, request.allow_auto_topic_creation)
            })
            .collect(),
    };
    if request.include_topic_authorized_operations {
        for t in topics.iter_mut().filter(|t| t.error_code == 0) {
            t.topic_authorized_operations = TOPIC_OPERATIONS;
        }
    }
    let of_cluster = request.include_cluster_authorized_operations;
    let response = Response {
        throttle_time_ms: call.throttle_ms,
        brokers: brokers
            .listed()
            .map(|b| Broker {
                node_id: b.id,
                host: b.host.clone(),
                port: b.port.into(),
                rack: b.rack.clone(),
            })
            .collect(),
        cluster_id: Some(id.to_owned()),
        controller_id: brokers.controller(),
        topics,
        cluster_authorized_operations: if of_cluster { CLUSTER_OPERATIONS } else { NO_AUTHORIZED_OPERATIONS },
        error_code: 0,
    };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn describe(topic: &mut Topic) -> TopicAnswer {
    TopicAnswer {
        error_code: wire_code(topic.error),
        name: Some(topic.name.clone()),
        topic_id: topic.id,
        is_internal: false,
        partitions: if topic.error == ErrorCode::UNKNOWN_TOPIC_OR_PART {
            Vec::new()
        } else {
            topic.partitions.iter_mut().map(describe_partition).collect()
        },
        topic_authorized_operations: NO_AUTHORIZED_OPERATIONS,
    }
}

fn describe_partition(p: &mut topic::Partition) -> Partition {
    let (leader_id, leader_epoch) = p.leader_responses.pop_front().unwrap_or((p.leader, p.leader_epoch));
    Partition {
        error_code: 0,
        partition: p.id,
        leader_id,
        leader_epoch,
        replicas: p.replicas.clone(),
        isr: p.replicas.clone(),
        offline_replicas: Vec::new(),
    }
}

fn describe_topic(
    (settings, brokers): (&Settings, &Brokers),
    catalogue: &mut Catalogue,
    call: &Call<'_>,
    wanted: RequestTopic,
    auto_create: bool,
) -> TopicAnswer {
    let by_id = wanted.topic_id != topic_id::UNKNOWN;
    if (by_id || wanted.name.is_none()) && call.version < FIRST_BY_ID {
        return refused(wanted, ErrorCode::INVALID_REQUEST);
    }
    let name = match &wanted.name {
        _ if by_id => {
            let mut known = catalogue.iter_mut();
            return match known.find(|t| t.id == wanted.topic_id) {
                Some(topic) => describe(topic),
                None => refused(RequestTopic { name: None, ..wanted }, ErrorCode::UNKNOWN_TOPIC_ID),
            };
        }
        Some(name) => name,
        None => return refused(wanted, ErrorCode::INVALID_REQUEST),
    };
    if catalogue.topic(name).is_none() {
        if !topic::is_valid_name(name) {
            return refused(wanted, ErrorCode::TOPIC_EXCEPTION);
        }
        let (partitions, replication) = (settings.default_partitions, settings.default_replication);
        if !(auto_create && settings.auto_create_topics) {
            return refused(wanted, ErrorCode::UNKNOWN_TOPIC_OR_PART);
        }
        let eligible = brokers.eligible();
        let limit = settings.max_partitions;
        if let Err(code) = catalogue.create(name, (partitions, replication), &eligible, limit) {
            return refused(wanted, code);
        }
    }
    match catalogue.topic_mut(name) {
        Some(topic) => describe(topic),
        None => refused(wanted, ErrorCode::UNKNOWN_TOPIC_OR_PART),
    }
}

fn refused(wanted: RequestTopic, code: ErrorCode) -> TopicAnswer {
    TopicAnswer {
        error_code: wire_code(code),
        name: wanted.name,
        topic_id: wanted.topic_id,
        ..TopicAnswer::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
    use crate::protocol::metadata::VERSIONS;

    fn ask(c: &mut Cluster, version: i16, topics: Option<&[&str]>, auto_create: bool) -> Response {
        let topics = topics.map(|names| {
            let by_name = |n: &&str| RequestTopic { name: Some((*n).into()), ..RequestTopic::default() };
            names.iter().map(by_name).collect()
        });
        ask_for(c, version, topics, auto_create)
    }

    fn ask_for(
        c: &mut Cluster,
        version: i16,
        topics: Option<Vec<RequestTopic>>,
        allow_auto_topic_creation: bool,
    ) -> Response {
        let request = Request { topics, allow_auto_topic_creation, ..Request::default() };
        exchange(
            c,
            ApiKey::Metadata,
            version,
            |out| request.encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        )
    }

    #[test]
    fn every_version_tells_of_brokers_and_topics() {
        let mut c = cluster(3);
        c.create_topic("t", 5, 2).unwrap();
        c.set_broker_address(2, "mock.example", 9092).unwrap();
        for version in VERSIONS {
            let r = ask(&mut c, version, None, true);
            assert_eq!(r.brokers.len(), 3);
            assert_eq!((r.brokers[1].host.as_str(), r.brokers[1].port), ("mock.example", 9092));
            let t = &r.topics[0];
            assert_eq!((t.error_code, t.name.as_deref(), t.partitions.len()), (0, Some("t"), 5));
            assert_eq!((t.partitions[1].leader_id, t.partitions[1].replicas.as_slice()), (2, &[2, 3][..]));
        }
        assert!(ask(&mut c, 4, Some(&[]), true).topics.is_empty());
    }

    #[test]
    fn topics_are_created_when_both_sides_want_it() {
        let mut c = cluster(1);
        assert_eq!(ask(&mut c, 9, Some(&["new"]), false).topics[0].error_code, 3);
        let created = ask(&mut c, 9, Some(&["new"]), true).topics.remove(0);
        assert_eq!((created.error_code, created.partitions.len()), (0, 4));
        assert_eq!(ask(&mut c, 9, Some(&["not valid"]), true).topics[0].error_code, 17);
        c.settings_mut().auto_create_topics = false;
        assert_eq!(ask(&mut c, 9, Some(&["newer"]), true).topics[0].error_code, 3);
        assert_eq!(ask(&mut c, 9, None, true).topics.len(), 1);
    }

    #[test]
    fn topics_by_id() {
        let mut c = cluster(1);
        c.create_topic("t", 1, 1).unwrap();
        let id = c.topic("t").unwrap().id;
        let wanted = |topic_id| Some(vec![RequestTopic { topic_id, name: None }]);
        assert_eq!(ask_for(&mut c, 12, wanted(id), true).topics[0].name.as_deref(), Some("t"));
        let unknown = ask_for(&mut c, 12, wanted([1; 16]), true).topics.remove(0);
        assert_eq!((unknown.error_code, unknown.name), (100, None));
        assert_eq!(ask_for(&mut c, 12, wanted(topic_id::UNKNOWN), true).topics[0].error_code, 42);
    }

    #[test]
    fn what_tests_do_to_it_shows() {
        let mut c = cluster(3);
        c.set_topic_error("t", ErrorCode::TOPIC_AUTHORIZATION_FAILED).unwrap();
        assert_eq!(ask(&mut c, 9, Some(&["t"]), true).topics[0].error_code, 29);
        c.set_topic_error("t", ErrorCode::UNKNOWN_TOPIC_OR_PART).unwrap();
        assert!(ask(&mut c, 9, Some(&["t"]), true).topics[0].partitions.is_empty());
        c.set_topic_error("t", ErrorCode::NO_ERROR).unwrap();
        c.push_leader_response("t", 0, 2, 9).unwrap();
        let leader = |c: &mut Cluster| {
            let p = ask(c, 9, Some(&["t"]), true).topics.remove(0).partitions.remove(0);
            (p.leader_id, p.leader_epoch)
        };
        assert_eq!(leader(&mut c), (2, 9));
        assert_eq!(leader(&mut c), (1, 0));
        c.set_broker_up(3, false).unwrap();
        assert_eq!(ask(&mut c, 9, None, true).brokers.len(), 2);
        c.remove_from_metadata(1).unwrap();
        assert_eq!(ask(&mut c, 9, None, true).brokers.len(), 1);
        assert_ne!(leader(&mut c).0, 1);
    }
}
