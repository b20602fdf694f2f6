//! ListOffsets, versions 0 to 9.
//!
//! Deviation from Kafka: there is no tiered storage, so the earliest local offset is the earliest one and the
//! latest tiered offset is not known.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::mock::log::PartitionLog;
use crate::protocol::list_offsets::{
    EARLIEST, LATEST, MAX_TIMESTAMP, Request, RequestPartition, Response, ResponsePartition,
};
use crate::protocol::primitives::{Malformed, Reader};

const EARLIEST_LOCAL: i64 = -4;

pub fn handle(
    catalogue: &Catalogue,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let committed = request.isolation_level == 1;
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    for topic in &request.topics {
        response.topics.push(topic.map(|wanted| {
            find_offset(catalogue, call, &topic.name, wanted, committed).unwrap_or_else(|code| {
                ResponsePartition {
                    partition: wanted.partition,
                    error_code: wire_code(code),
                    ..ResponsePartition::default()
                }
            })
        }));
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn find_offset(
    catalogue: &Catalogue,
    call: &Call<'_>,
    topic: &str,
    wanted: &RequestPartition,
    committed: bool,
) -> Result<ResponsePartition, ErrorCode> {
    call.pushed_error()?;
    let p = catalogue.partition(topic, wanted.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
    p.check_leader(call.broker_id, wanted.current_leader_epoch)?;
    let found = if committed && wanted.timestamp == LATEST {
        Some((p.last_stable_offset(), -1, p.leader_epoch))
    } else {
        look_up(&p.log, wanted.timestamp, p.leader_epoch)
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::log::batch::check;
    use crate::mock::log::batch::testing::batch;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
    use crate::protocol::ByTopic;
    use crate::protocol::list_offsets::VERSIONS;

    fn ask(c: &mut Cluster, version: i16, partition: i32, timestamp: i64) -> ResponsePartition {
        let wanted = RequestPartition { partition, timestamp, ..RequestPartition::default() };
        let topics = vec![ByTopic::new("t", vec![wanted])];
        let request = Request { topics, ..Request::default() };
        let mut response = exchange(
            c,
            ApiKey::ListOffsets,
            version,
            |out| request.encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        );
        response.topics.remove(0).partitions.remove(0)
    }

    fn filled() -> Cluster {
        let mut c = cluster(2);
        c.create_topic("t", 2, 1).unwrap();
        for base in [1000, 2000] {
            let b = batch(&["a", "b", "c"], base);
            c.topic_mut("t").unwrap().partitions[0].log.append(&b, &check(&b).unwrap(), 0, Vec::new());
        }
        c
    }

    #[test]
    fn ends_and_times_in_every_version() {
        let mut c = filled();
        for version in VERSIONS {
            let offset = |p: ResponsePartition| {
                assert_eq!(p.error_code, 0);
                if version == 0 { p.old_style_offsets[0] } else { p.offset }
            };
            assert_eq!(offset(ask(&mut c, version, 0, EARLIEST)), 0);
            assert_eq!(offset(ask(&mut c, version, 0, LATEST)), 6);
            assert_eq!(offset(ask(&mut c, version, 0, 1001)), 1);
            assert_eq!(offset(ask(&mut c, version, 0, 1500)), 3);
        }
        let newest = ask(&mut c, 7, 0, MAX_TIMESTAMP);
        assert_eq!((newest.offset, newest.timestamp, newest.leader_epoch), (5, 2002, 0));
        let none = ask(&mut c, 7, 0, 9999);
        assert_eq!((none.error_code, none.offset, none.timestamp), (0, -1, -1));
        assert!(ask(&mut c, 0, 0, 9999).old_style_offsets.is_empty());
    }

    #[test]
    fn errors() {
        let mut c = filled();
        assert_eq!(ask(&mut c, 5, 1, LATEST).error_code, 6);
        assert_eq!(ask(&mut c, 5, 2, LATEST).error_code, 3);
        c.push_request_errors(2, &[ErrorCode::LEADER_NOT_AVAILABLE]);
        assert_eq!(ask(&mut c, 5, 0, LATEST).error_code, 5);
        assert_eq!(ask(&mut c, 5, 0, LATEST).error_code, 0);
    }
}
