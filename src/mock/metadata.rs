//! Metadata, versions 0 to 13.
//!
//! Deviations from Kafka: an automatically created topic has its leaders at once; every replica is in sync; a leader
//! that is down stays the leader until a test moves it. A pushed error costs its delay or its connection but is not in
//! the answer, as in librdkafka's mock: topic errors are set with `set_topic_error`.

use super::call::{Answer, Call, wire_code};
use super::core::Cluster;
use super::topic::{self, Topic, TopicId};
use crate::base::error::ErrorCode;
use crate::protocol::metadata::{
    Broker, NO_AUTHORIZED_OPERATIONS, Partition, Request, RequestTopic, Response, Topic as TopicAnswer,
};
use crate::protocol::primitives::{Malformed, Reader};

const NO_ID: TopicId = [0; 16];
/// The first version in which a topic may be asked for by id alone.
const FIRST_BY_ID: i16 = 12;

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let request = Request::decode(call.version, body)?;
    let topics = match request.topics {
        None => cluster.topics.iter_mut().flatten().map(describe).collect(),
        Some(wanted) => wanted
            .into_iter()
            .map(|t| cluster.describe_topic(call, t, request.allow_auto_topic_creation))
            .collect(),
    };
    let brokers = cluster.brokers.iter().filter(|b| b.up && b.in_metadata);
    let response = Response {
        throttle_time_ms: 0,
        brokers: brokers
            .map(|b| Broker {
                node_id: b.id,
                host: b.host.clone(),
                port: b.port.into(),
                rack: b.rack.clone(),
            })
            .collect(),
        cluster_id: Some(cluster.id.clone()),
        controller_id: cluster.controller,
        topics,
        cluster_authorized_operations: NO_AUTHORIZED_OPERATIONS,
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

impl Cluster {
    fn describe_topic(&mut self, call: &Call<'_>, wanted: RequestTopic, auto_create: bool) -> TopicAnswer {
        let by_id = wanted.topic_id != NO_ID;
        if (by_id || wanted.name.is_none()) && call.version < FIRST_BY_ID {
            return refused(wanted, ErrorCode::INVALID_REQUEST);
        }
        let name = match &wanted.name {
            _ if by_id => {
                let mut known = self.topics.iter_mut().flatten();
                return match known.find(|t| t.id == wanted.topic_id) {
                    Some(topic) => describe(topic),
                    None => refused(RequestTopic { name: None, ..wanted }, ErrorCode::UNKNOWN_TOPIC_ID),
                };
            }
            Some(name) => name,
            None => return refused(wanted, ErrorCode::INVALID_REQUEST),
        };
        if self.topic(name).is_none() {
            if !topic::is_valid_name(name) {
                return refused(wanted, ErrorCode::TOPIC_EXCEPTION);
            }
            let (partitions, replication) =
                (self.settings.default_partitions, self.settings.default_replication);
            if !(auto_create && self.settings.auto_create_topics) {
                return refused(wanted, ErrorCode::UNKNOWN_TOPIC_OR_PART);
            }
            if let Err(code) = self.create_topic(name, partitions, replication) {
                return refused(wanted, code);
            }
        }
        match self.topic_mut(name) {
            Some(topic) => describe(topic),
            None => refused(wanted, ErrorCode::UNKNOWN_TOPIC_OR_PART),
        }
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
