//! ListOffsets, versions 0 to 9.
//!
//! Deviation from Kafka: there is no tiered storage, so the earliest local offset is the earliest one and the latest
//! tiered offset is not known.

use super::call::{Answer, Call, wire_code};
use super::core::Cluster;
use super::log::PartitionLog;
use crate::base::error::ErrorCode;
use crate::protocol::list_offsets::{
    EARLIEST, LATEST, MAX_TIMESTAMP, Request, RequestPartition, Response, ResponsePartition, ResponseTopic,
};
use crate::protocol::primitives::{Malformed, Reader};

const EARLIEST_LOCAL: i64 = -4;

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let request = Request::decode(call.version, body)?;
    let mut response = Response::default();
    for topic in &request.topics {
        let partitions = topic
            .partitions
            .iter()
            .map(|wanted| match cluster.find_offset(call, &topic.name, wanted) {
                Ok(found) => found,
                Err(code) => ResponsePartition {
                    partition: wanted.partition,
                    error_code: wire_code(code),
                    ..ResponsePartition::default()
                },
            })
            .collect();
        response.topics.push(ResponseTopic { name: topic.name.clone(), partitions });
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

impl Cluster {
    fn find_offset(
        &self,
        call: &Call<'_>,
        topic: &str,
        wanted: &RequestPartition,
    ) -> Result<ResponsePartition, ErrorCode> {
        call.pushed_error()?;
        let p = self.partition(topic, wanted.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        p.check_leader(call.broker_id, wanted.current_leader_epoch)?;
        let found = look_up(&p.log, wanted.timestamp, p.leader_epoch);
        let (offset, timestamp, leader_epoch) = found.unwrap_or((-1, -1, -1));
        Ok(ResponsePartition {
            partition: wanted.partition,
            old_style_offsets: if offset < 0 || wanted.max_num_offsets < 1 { vec![] } else { vec![offset] },
            timestamp,
            offset,
            leader_epoch,
            ..ResponsePartition::default()
        })
    }
}

/// Offset, timestamp and leader epoch. The ends of the log have no timestamp.
fn look_up(log: &PartitionLog, timestamp: i64, leader_epoch: i32) -> Option<(i64, i64, i32)> {
    match timestamp {
        LATEST => Some((log.end_offset(), -1, leader_epoch)),
        EARLIEST | EARLIEST_LOCAL => {
            let start = log.start_offset();
            Some((start, -1, log.epoch_of(start).unwrap_or(leader_epoch)))
        }
        MAX_TIMESTAMP => log.at_max_time(),
        t if t >= 0 => log.at_time(t),
        _ => None,
    }
}
