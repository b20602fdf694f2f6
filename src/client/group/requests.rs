//! OffsetCommit and OffsetFetch, from what is asked for to the wire and back.

use super::op::GroupOp;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::broker::ControlRequest;
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::consumer::offset_to_commit::{OffsetOutcome, OffsetToCommit};
use crate::consumer::position::logical;
use crate::protocol::primitives::Reader;
use crate::protocol::raw_string::RawString;
use crate::protocol::{ApiKey, ByTopic, offset_commit, offset_fetch};
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Version 0 asks for what ZooKeeper has.
const FETCH_VERSIONS: RangeInclusive<i16> = 1..=9;
/// In place of a generation: a consumer that is no member.
const NO_MEMBER: i32 = -1;

/// A commit of a consumer that is no member of the group.
pub(super) fn commit(
    client: &Arc<Client>,
    group: &str,
    number: u64,
    offsets: &[OffsetOutcome],
) -> ControlRequest {
    use offset_commit as wire;
    let one = |o: &OffsetToCommit| wire::RequestPartition {
        partition: o.partition,
        committed_offset: o.offset,
        committed_leader_epoch: o.leader_epoch,
        commit_timestamp: -1,
        committed_metadata: Some(o.metadata.clone().unwrap_or_default().into()),
    };
    let valid = offsets.iter().map(|o| &o.offset).filter(|o| o.offset >= 0);
    let request = wire::Request {
        group_id: group.to_owned(),
        generation_id: NO_MEMBER,
        member_id: String::new(),
        group_instance_id: None,
        retention_time_ms: -1,
        topics: ByTopic::group(valid.map(|o| (o.topic.clone(), one(o)))),
    };
    let reply = client.reply_to_main(move |answer| {
        let answer = answer.and_then(|(version, body)| {
            wire::Response::decode(version, &mut Reader::new(body)).map_err(|e| malformed(&e))
        });
        MainOp::Group(GroupOp::Committed { number, answer })
    });
    ControlRequest {
        api: ApiKey::OffsetCommit,
        versions: wire::VERSIONS,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply,
    }
}

fn malformed(e: &crate::protocol::primitives::Malformed) -> Error {
    Error::new(ErrorCode::_BAD_MSG, e.to_string())
}

/// Notes the error of each partition. Returns the first.
pub(super) fn note_committed(response: &offset_commit::Response, offsets: &mut [OffsetOutcome]) -> ErrorCode {
    let errors: HashMap<(&str, i32), i16> = response
        .topics
        .iter()
        .flat_map(|t| t.partitions.iter().map(|p| ((t.name.as_str(), p.partition), p.error_code)))
        .collect();
    let mut first = ErrorCode::NO_ERROR;
    for outcome in offsets.iter_mut().filter(|o| o.offset.offset >= 0) {
        let code = errors.get(&(outcome.offset.topic.as_str(), outcome.offset.partition));
        outcome.error = code.map_or(ErrorCode::_BAD_MSG, |code| ErrorCode(i32::from(*code)));
        if first.is_ok() {
            first = outcome.error;
        }
    }
    first
}

pub(super) fn fetch(
    client: &Arc<Client>,
    group: &str,
    number: u64,
    partitions: &[(String, i32)],
) -> ControlRequest {
    use offset_fetch as wire;
    let topics = ByTopic::group(partitions.iter().map(|(topic, p)| (topic.clone(), *p)));
    let of_group = wire::RequestGroup {
        group_id: group.to_owned(),
        member_id: None,
        member_epoch: NO_MEMBER,
        topics: Some(topics.clone()),
    };
    let request = wire::Request {
        group_id: group.to_owned(),
        topics: Some(topics),
        groups: vec![of_group],
        require_stable: client.settings().consumer.as_ref().is_some_and(|s| s.read_committed),
    };
    let reply = client.reply_to_main(move |answer| {
        let answer = answer.and_then(|(version, body)| {
            wire::Response::decode(version, &mut Reader::new(body)).map_err(|e| malformed(&e))
        });
        MainOp::Group(GroupOp::Fetched { number, answer })
    });
    ControlRequest {
        api: ApiKey::OffsetFetch,
        versions: FETCH_VERSIONS,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply,
    }
}

/// What the group has committed for the partitions that were asked for.
///
/// # Errors
/// The error of the whole, or one for which the whole is to be asked again.
pub(super) fn committed(
    response: offset_fetch::Response,
    asked: &[(String, i32)],
) -> Result<Vec<OffsetOutcome>, ErrorCode> {
    let (code, topics) = match response.groups.into_iter().next() {
        Some(group) => (group.error_code, group.topics),
        None => (response.error_code, response.topics),
    };
    if code != 0 {
        return Err(ErrorCode(i32::from(code)));
    }
    let found: HashMap<(&str, i32), &offset_fetch::ResponsePartition> = topics
        .iter()
        .flat_map(|t| t.partitions.iter().map(|p| ((t.name.as_str(), p.partition), p)))
        .collect();
    let unstable = i16::try_from(ErrorCode::UNSTABLE_OFFSET_COMMIT.0).unwrap_or_default();
    if found.values().any(|p| p.error_code == unstable) {
        return Err(ErrorCode::UNSTABLE_OFFSET_COMMIT);
    }
    let one = |(topic, partition): &(String, i32)| {
        let p = found.get(&(topic.as_str(), *partition));
        let offset = p.filter(|p| p.error_code == 0 && p.committed_offset >= 0);
        OffsetOutcome {
            offset: OffsetToCommit {
                topic: topic.clone(),
                partition: *partition,
                offset: offset.map_or(logical::INVALID, |p| p.committed_offset),
                leader_epoch: offset.map_or(-1, |p| p.committed_leader_epoch),
                metadata: p
                    .and_then(|p| p.metadata.clone())
                    .map(RawString::into_bytes)
                    .filter(|m| !m.is_empty()),
            },
            error: p.map_or(ErrorCode::NO_ERROR, |p| ErrorCode(i32::from(p.error_code))),
        }
    };
    Ok(asked.iter().map(one).collect())
}
