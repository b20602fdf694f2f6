//! What leaders are asked for consumed partitions: offsets (ListOffsets) and the ends of leader epochs
//! (OffsetForLeaderEpoch).

use super::lines;
use super::op::{ConsumerOp, Question};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, ControlRequest, Op};
use crate::client::instance::Client;
use crate::client::offsets::wire as list;
use crate::client::ops::MainOp;
use crate::consumer::position::Position;
use crate::protocol::offset_for_leader_epoch as epochs;
use crate::protocol::primitives::Reader;
use crate::protocol::{ApiKey, ByTopic, list_offsets};
use std::ops::RangeInclusive;

/// Version 2 is the first that says which leader the client believes in.
const EPOCH_VERSIONS: RangeInclusive<i16> = 2..=4;

fn postpone(asked: &[Question], until: Time) -> Deadline {
    asked.iter().for_each(|q| q.partition.track().ask_again(q.basis.version, until));
    Deadline::at(until)
}

/// Questions to one leader about logical offsets.
#[derive(Default)]
pub(super) struct OffsetQuestions {
    asked: Vec<Question>,
    partitions: Vec<(Arc<str>, list_offsets::RequestPartition)>,
}

impl OffsetQuestions {
    pub fn add(&mut self, question: Question, target: i64) {
        let p = &question.partition;
        let partition = list_offsets::RequestPartition {
            partition: p.number(),
            current_leader_epoch: question.basis.leader_epoch,
            timestamp: target,
            max_num_offsets: 1,
        };
        self.partitions.push((p.topic().clone(), partition));
        self.asked.push(question);
    }

    /// Asks later. Returns when.
    pub fn postpone(self, until: Time) -> Deadline {
        postpone(&self.asked, until)
    }

    pub fn send(self, client: &Arc<Client>, leader: &BrokerHandle, isolation_level: i8) {
        for q in &self.asked {
            lines::asking(client.logger(), leader, &q.partition, q.basis.version);
        }
        let topics = ByTopic::group(self.partitions);
        let request = list_offsets::Request { replica_id: -1, isolation_level, topics };
        let asked = self.asked;
        let reply = client.reply_to_main(move |answer| {
            MainOp::Consumer(ConsumerOp::Offsets { asked, found: list::decode(answer) })
        });
        leader.push(Op::Request(ControlRequest {
            api: ApiKey::ListOffsets,
            versions: list::VERSIONS,
            encode: Box::new(move |version, out| request.encode(version, out)),
            reply,
        }));
    }
}

/// Questions to one leader about places that were read up to.
#[derive(Default)]
pub(super) struct EpochQuestions {
    asked: Vec<Question>,
    partitions: Vec<(Arc<str>, epochs::RequestPartition)>,
}

impl EpochQuestions {
    pub fn add(&mut self, question: Question, position: Position) {
        let p = &question.partition;
        let partition = epochs::RequestPartition {
            partition: p.number(),
            current_leader_epoch: question.basis.leader_epoch,
            leader_epoch: position.epoch,
        };
        self.partitions.push((p.topic().clone(), partition));
        self.asked.push(question);
    }

    /// Asks later. Returns when.
    pub fn postpone(self, until: Time) -> Deadline {
        postpone(&self.asked, until)
    }

    pub fn send(self, client: &Arc<Client>, leader: &BrokerHandle) {
        let request = epochs::Request { replica_id: -1, topics: ByTopic::group(self.partitions) };
        let (asked, broker_id) = (self.asked, leader.node_id());
        let reply = client.reply_to_main(move |answer| {
            let found = answer.and_then(|(version, body)| {
                epochs::Response::decode(version, &mut Reader::new(body))
                    .map_err(|e| Error::new(ErrorCode::_BAD_MSG, e.to_string()))
            });
            MainOp::Consumer(ConsumerOp::Epochs { asked, broker_id, found })
        });
        leader.push(Op::Request(ControlRequest {
            api: ApiKey::OffsetForLeaderEpoch,
            versions: EPOCH_VERSIONS,
            encode: Box::new(move |version, out| request.encode(version, out)),
            reply,
        }));
    }
}
