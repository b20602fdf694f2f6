//! ConsumerGroupHeartbeat, versions 0 to 1. Deviations from Kafka: see [`crate::mock::groups::consumer`].

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::configs::resources::ConfigView;
use crate::mock::groups::Groups;
use crate::mock::groups::consumer::{Beat, HeartbeatReply, Places, check_pattern};
use crate::protocol::consumer_group_heartbeat::{Assignment, Request, Response, TopicPartitions, epoch};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeMap;
use std::time::Duration;

/// The assignors that may be asked for; there is one behind both names.
const ASSIGNORS: [&str; 2] = ["range", "uniform"];

pub fn handle(
    view: ConfigView<'_>,
    groups: &mut Groups,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let outcome = heartbeat(view, groups, call, &request);
    let mut response = Response {
        throttle_time_ms: call.throttle_ms,
        heartbeat_interval_ms: consumer_heartbeat_interval(view, &request.group_id),
        member_epoch: request.member_epoch,
        ..Response::default()
    };
    match outcome {
        Ok(told) => {
            response.member_id = Some(told.member_id);
            response.member_epoch = told.epoch;
            response.assignment = told.assigned.map(|places| by_topic(&places));
        }
        Err(code) => {
            response.error_code = wire_code(code);
            if matches!(code, ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_MEMBER_EPOCH) {
                response.member_epoch = epoch::LEAVE;
            }
        }
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn by_topic(places: &Places) -> Assignment {
    let mut topics: BTreeMap<[u8; 16], Vec<i32>> = BTreeMap::new();
    for (topic_id, partition) in places {
        topics.entry(*topic_id).or_default().push(*partition);
    }
    let topics = topics.into_iter();
    Assignment {
        topic_partitions: topics
            .map(|(topic_id, partitions)| TopicPartitions { topic_id, partitions })
            .collect(),
    }
}

fn milliseconds(text: &str) -> Duration {
    Duration::from_millis(text.parse().unwrap_or(0))
}

fn heartbeat(
    view: ConfigView<'_>,
    groups: &mut Groups,
    call: &Call<'_>,
    request: &Request,
) -> Result<HeartbeatReply, ErrorCode> {
    view.brokers.check_group(call, &request.group_id).inspect_err(|code| {
        // A test that says so has thrown the member out.
        if matches!(*code, ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_MEMBER_EPOCH) {
            let group = groups.get_mut(&request.group_id).and_then(|g| g.consumers.as_mut());
            group.into_iter().for_each(|g| g.remove(&request.member_id));
        }
    })?;
    if request.server_assignor.as_deref().is_some_and(|name| !ASSIGNORS.contains(&name)) {
        return Err(ErrorCode::UNSUPPORTED_ASSIGNOR);
    }
    if request.member_epoch < epoch::LEAVE_FOR_A_WHILE {
        return Err(ErrorCode::INVALID_REQUEST);
    }
    if let Some(pattern) = &request.subscribed_topic_regex {
        check_pattern(pattern)?;
    }
    let beat = beat_of(view, call, request);
    let dealt = groups.dealt_out();
    let limit = view.settings.max_partitions;
    let joins = request.member_epoch == epoch::JOIN;
    if !joins && groups.get(&request.group_id).is_none() {
        return Err(ErrorCode::GROUP_ID_NOT_FOUND);
    }
    let group = groups.get_or_create(&request.group_id);
    let outcome = if group.members.is_empty() {
        let consumers = group.consumers.get_or_insert_default();
        let space = limit.saturating_sub(dealt.saturating_sub(consumers.size()));
        consumers.beat(beat, view.catalogue, space, call.now)
    } else {
        // Members of the other protocol are there.
        Err(ErrorCode::GROUP_ID_NOT_FOUND)
    };
    group.forget_empty_consumers();
    groups.remove_if_dead(&request.group_id);
    outcome
}

fn beat_of(view: ConfigView<'_>, call: &Call<'_>, request: &Request) -> Beat {
    let member_id = if request.member_id.is_empty() && call.version == 0 {
        format!("member-{}", call.serial)
    } else {
        request.member_id.clone()
    };
    let owned = request
        .topic_partitions
        .as_ref()
        .map(|topics| topics.iter().flat_map(|t| t.partitions.iter().map(|p| (t.topic_id, *p))).collect());
    let timeout = u64::try_from(request.rebalance_timeout_ms).ok();
    Beat {
        member_id,
        epoch: request.member_epoch,
        instance_id: request.instance_id.clone(),
        rebalance_timeout: timeout.map(Duration::from_millis),
        names: request.subscribed_topic_names.as_ref().map(|names| names.iter().cloned().collect()),
        pattern: request.subscribed_topic_regex.clone(),
        owned,
        session_timeout: milliseconds(&view.group_property(&request.group_id, "consumer.session.timeout.ms")),
    }
}

fn consumer_heartbeat_interval(view: ConfigView<'_>, group_id: &str) -> i32 {
    let value = view.group_property(group_id, "consumer.heartbeat.interval.ms");
    value.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests;
