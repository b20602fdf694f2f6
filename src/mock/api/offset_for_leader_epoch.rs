//! OffsetForLeaderEpoch, versions 0 to 4.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::protocol::offset_for_leader_epoch::{Request, RequestPartition, Response, ResponsePartition};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    catalogue: &Catalogue,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    for topic in &request.topics {
        response.topics.push(topic.map(|wanted| {
            find_end(catalogue, call, &topic.name, wanted).unwrap_or_else(|code| ResponsePartition {
                partition: wanted.partition,
                error_code: wire_code(code),
                ..ResponsePartition::default()
            })
        }));
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn find_end(
    catalogue: &Catalogue,
    call: &Call<'_>,
    topic: &str,
    wanted: &RequestPartition,
) -> Result<ResponsePartition, ErrorCode> {
    call.pushed_error()?;
    let p = catalogue.partition(topic, wanted.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
    p.check_leader(call.broker_id, wanted.current_leader_epoch)?;
    let found = match wanted.leader_epoch {
        e if e == p.leader_epoch => Some((e, p.log.end_offset())),
        e if e > p.leader_epoch => None,
        e => p.log.end_of_epoch(e),
    };
    let (leader_epoch, end_offset) = found.unwrap_or((-1, -1));
    Ok(ResponsePartition { partition: wanted.partition, leader_epoch, end_offset, error_code: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::log::batch::check;
    use crate::mock::log::batch::testing::batch;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::offset_for_leader_epoch::VERSIONS;
    use crate::protocol::{ApiKey, ByTopic};

    /// Error, epoch and end.
    fn ask(c: &mut Cluster, version: i16, current_leader_epoch: i32, leader_epoch: i32) -> (i16, i32, i64) {
        let wanted = RequestPartition { partition: 0, current_leader_epoch, leader_epoch };
        let request = Request { topics: vec![ByTopic::new("t", vec![wanted])], ..Request::default() };
        exchange(
            c,
            ApiKey::OffsetForLeaderEpoch,
            version,
            |out| request.encode(version, out),
            |r| {
                let response = Response::decode(version, r).unwrap();
                let p = &response.topics[0].partitions[0];
                (p.error_code, p.leader_epoch, p.end_offset)
            },
        )
    }

    #[test]
    fn epochs_end_where_a_later_one_begins() {
        let mut c = cluster(1);
        c.create_topic("t", 1, 1).unwrap();
        assert_eq!(ask(&mut c, 4, -1, 0), (0, 0, 0), "nothing is written yet");
        let b = batch(&["a", "b"], 1);
        let p = &mut c.topic_mut("t").unwrap().partitions[0];
        for epoch in [0, 0, 2] {
            p.log.append(&b, &check(&b).unwrap(), epoch, Vec::new());
        }
        p.leader_epoch = 3;
        for version in VERSIONS {
            let named = |epoch| if version == 0 { -1 } else { epoch };
            assert_eq!(ask(&mut c, version, -1, 0), (0, named(0), 4));
            assert_eq!(ask(&mut c, version, -1, 1), (0, named(0), 4));
            assert_eq!(ask(&mut c, version, -1, 2), (0, named(2), 6));
            assert_eq!(ask(&mut c, version, -1, 3), (0, named(3), 6));
            assert_eq!(ask(&mut c, version, -1, 4), (0, -1, -1));
        }
        assert_eq!(ask(&mut c, 2, 2, 0).0, 74);
        assert_eq!(ask(&mut c, 2, 4, 0).0, 75);
    }
}
