//! ListOffsets requests: who is asked what, and what an answer says.

use super::results::{FoundOffset, Heard, OffsetLookup};
use crate::base::error::{Error, ErrorCode};
use crate::broker::ControlResult;
use crate::protocol::ByTopic;
use crate::protocol::error_action::ErrorAction;
use crate::protocol::list_offsets::{Request, RequestPartition, Response};
use crate::protocol::primitives::Reader;
use std::ops::RangeInclusive;

/// The versions that librdkafka speaks.
pub(in crate::client) const VERSIONS: RangeInclusive<i16> = 0..=7;

/// One leader's part of a question.
pub(super) struct LeaderShare {
    pub node_id: i32,
    /// Places in the question, and the leader epochs.
    pub places: Vec<(usize, i32)>,
}

/// Divides a question among the leaders, each given as place, id and epoch. A partition that is asked about
/// twice goes into two requests: brokers take only one question for a partition at a time.
pub(super) fn divide(asked: &[OffsetLookup], leaders: &[(usize, i32, i32)]) -> Vec<LeaderShare> {
    let mut shares: Vec<LeaderShare> = Vec::new();
    let same = |a: usize, b: usize| match (asked.get(a), asked.get(b)) {
        (Some(a), Some(b)) => (&a.topic, a.partition) == (&b.topic, b.partition),
        _ => false,
    };
    for &(place, node_id, epoch) in leaders {
        let fits = |s: &&mut LeaderShare| s.node_id == node_id && !s.places.iter().any(|p| same(p.0, place));
        match shares.iter_mut().find(fits) {
            Some(share) => share.places.push((place, epoch)),
            None => shares.push(LeaderShare { node_id, places: vec![(place, epoch)] }),
        }
    }
    shares
}

pub(super) fn request(asked: &[OffsetLookup], share: &LeaderShare, isolation_level: i8) -> Request {
    let partitions = share.places.iter().filter_map(|(place, epoch)| {
        let a = asked.get(*place)?;
        let partition = RequestPartition {
            partition: a.partition,
            current_leader_epoch: *epoch,
            timestamp: a.target,
            max_num_offsets: 1,
        };
        Some((&a.topic, partition))
    });
    Request { replica_id: -1, isolation_level, topics: ByTopic::group(partitions) }
}

/// Topic, partition and what was found, for each partition of a response.
pub(in crate::client) fn decode(answer: ControlResult<'_>) -> Result<Heard, Error> {
    let (version, body) = answer?;
    let response = Response::decode(version, &mut Reader::new(body))
        .map_err(|e| Error::new(ErrorCode::_BAD_MSG, format!("malformed ListOffsets response: {e}")))?;
    let mut all = Vec::new();
    for topic in response.topics {
        for p in topic.partitions {
            let offset =
                if version == 0 { p.old_style_offsets.last().copied().unwrap_or(-1) } else { p.offset };
            let found = FoundOffset {
                error: ErrorCode(i32::from(p.error_code)),
                offset,
                timestamp: p.timestamp,
                leader_epoch: p.leader_epoch,
            };
            all.push((topic.name.clone(), p.partition, found));
        }
    }
    Ok(all)
}

/// What an error in a ListOffsets response, or in place of one, calls for.
pub(in crate::client) fn error_action(code: ErrorCode) -> ErrorAction {
    use ErrorCode as E;
    match code {
        E::NO_ERROR => ErrorAction::DONE,
        E::UNKNOWN_TOPIC_OR_PART
        | E::NOT_LEADER_FOR_PARTITION
        | E::BROKER_NOT_AVAILABLE
        | E::REPLICA_NOT_AVAILABLE
        | E::KAFKA_STORAGE_ERROR
        | E::OFFSET_NOT_AVAILABLE => ErrorAction::FAIL.and_refresh(),
        E::LEADER_NOT_AVAILABLE | E::FENCED_LEADER_EPOCH | E::UNKNOWN_LEADER_EPOCH | E::_DESTROY_BROKER => {
            ErrorAction::RETRY.and_refresh()
        }
        E::_TRANSPORT
        | E::_RESOLVE
        | E::_TIMED_OUT
        | E::_TIMED_OUT_QUEUE
        | E::REQUEST_TIMED_OUT
        | E::INVALID_MSG
        | E::COORDINATOR_LOAD_IN_PROGRESS
        | E::NOT_ENOUGH_REPLICAS
        | E::NOT_ENOUGH_REPLICAS_AFTER_APPEND => ErrorAction::RETRY,
        _ => ErrorAction::FAIL,
    }
}
