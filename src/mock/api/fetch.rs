//! Fetch, versions 0 to 16, with long poll. Before version 4 readers get message sets.
//!
//! Deviations from Kafka: no fetch sessions (the session id in the answer is 0, which tells the client so);
//! besides the leader only the follower that a test has chosen answers, and clients are sent there whatever
//! their rack. A follower has records a tenth of a second after its leader, and nobody who waits there is
//! woken.

use crate::base::clock::milliseconds;
use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::mock::log::down_conversion::to_message_set;
use crate::mock::topic::Partition;
use crate::protocol::fetch::{
    AbortedTransaction, FIRST_WITH_IDS, LeaderIdAndEpoch, Request, RequestPartition, Response,
    ResponsePartition, Topic,
};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeMap;
use std::ops::Range;

/// Kafka's own limit on an answer (`fetch.max.bytes` of the broker).
const MAX_RESPONSE_BYTES: usize = 55 << 20;
/// `isolation_level` of a reader that wants to see no open or aborted transactions.
const READ_COMMITTED: i8 = 1;
/// The first version whose readers know record batches.
const FIRST_WITH_BATCHES: i16 = 4;
/// The first version whose readers know timestamps, in message sets of format 1.
const FIRST_WITH_TIMESTAMPS: i16 = 2;
/// The first version in which a message that is larger than what was asked for comes whole.
const FIRST_WITH_PROGRESS: i16 = 3;
/// The first version that can send a client to a follower.
const FIRST_WITH_FOLLOWERS: i16 = 11;

pub fn handle(
    catalogue: &mut Catalogue,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let mut request = Request::decode(call.version, body)?;
    if call.version >= FIRST_WITH_IDS {
        name_topics(catalogue, &mut request);
    }
    let whole = call.pushed_error().and_then(|()| {
        let no_session = request.session_id == 0 || request.session_epoch == -1;
        if no_session { Ok(()) } else { Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND) }
    });
    if let Err(code) = whole {
        return Ok(refuse(call, &request, code));
    }
    copy_to_followers(catalogue, call, &request);
    let pushed = pushed_partition_errors(catalogue, call, &request);
    let wait = milliseconds(request.max_wait_ms);
    if !call.last_chance && !wait.is_zero() && pushed.is_empty() && has_to_wait(catalogue, call, &request) {
        return Ok(HandlerResponse::Wait { until: call.now + wait });
    }
    Ok(read(catalogue, call, &request, &pushed))
}

/// Gives topics that the client knows by their ids the names that they have here; an unknown one gets none.
fn name_topics(catalogue: &Catalogue, request: &mut Request) {
    for topic in &mut request.topics {
        let known = catalogue.iter().find(|known| known.id == topic.id);
        topic.name = known.map(|known| known.name.clone()).unwrap_or_default();
    }
}

/// Before version 7 there is no error for the whole: every partition gets it.
fn refuse(call: &Call<'_>, request: &Request, code: ErrorCode) -> HandlerResponse {
    let error_code = wire_code(code);
    let mut response = Response { error_code, throttle_time_ms: call.throttle_ms, ..Response::default() };
    for topic in &request.topics {
        response.topics.push(topic.map(|p| refused(p.partition, error_code)));
    }
    call.answer(|out| response.encode(call.version, out))
}

fn refused<'a>(partition: i32, error_code: i16) -> ResponsePartition<'a> {
    ResponsePartition { partition, error_code, high_watermark: -1, ..ResponsePartition::default() }
}

/// What a client may read of a partition from the broker that it has asked.
struct Readable<'a> {
    partition: &'a Partition,
    start: i64,
    end: i64,
    /// Where records end for this reader.
    until: i64,
    /// The broker to ask instead, which gets the reader no records here.
    elsewhere: Option<i32>,
}

/// Errors pushed for partitions of this request.
type PartitionErrors = BTreeMap<(String, i32), ErrorCode>;

fn pushed_partition_errors(catalogue: &mut Catalogue, call: &Call<'_>, request: &Request) -> PartitionErrors {
    let mut found = PartitionErrors::new();
    for topic in &request.topics {
        let Some(known) = catalogue.topic_mut(&topic.name) else { continue };
        for wanted in &topic.partitions {
            let p = known.partition_mut(wanted.partition);
            let pushed = p.and_then(|p| p.errors.next(call.api_key)).map(|pushed| pushed.code);
            if let Some(code) = pushed.filter(|code| *code != ErrorCode::NO_ERROR) {
                found.insert((topic.name.clone(), wanted.partition), code);
            }
        }
    }
    found
}

fn is_at_follower(p: &Partition, call: &Call<'_>) -> bool {
    p.follower == call.broker_id && p.leader != call.broker_id
}

/// The followers that are asked copy what they can have copied by now.
fn copy_to_followers(catalogue: &mut Catalogue, call: &Call<'_>, request: &Request) {
    for topic in &request.topics {
        let Some(known) = catalogue.topic_mut(&topic.name) else { continue };
        for wanted in &topic.partitions {
            if let Some(p) = known.partition_mut(wanted.partition).filter(|p| is_at_follower(p, call)) {
                p.copy_to_follower(call.now);
            }
        }
    }
}

fn readable<'a>(
    catalogue: &'a Catalogue,
    call: &Call<'_>,
    topic: &str,
    wanted: &RequestPartition,
    isolation_level: i8,
) -> Result<Readable<'a>, ErrorCode> {
    if call.version >= FIRST_WITH_IDS && topic.is_empty() {
        return Err(ErrorCode::UNKNOWN_TOPIC_ID);
    }
    let p = catalogue.partition(topic, wanted.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
    let (mut start, mut end) = (p.log.start_offset(), p.log.end_offset());
    let mut elsewhere = None;
    let mut until = end;
    if is_at_follower(p, call) {
        p.check_epoch(wanted.current_leader_epoch)?;
        start = if p.follower_start < 0 { start } else { p.follower_start };
        until = p.copied_end().unwrap_or(end);
        if p.follower_end >= 0 {
            end = p.follower_end;
            // As in librdkafka's mock cluster, it has the record at its end.
            until = p.log.end_offset().min(end.saturating_add(1));
        }
    } else {
        p.check_leader(call.broker_id, wanted.current_leader_epoch)?;
        let other = p.follower >= 0 && p.follower != p.leader && call.version >= FIRST_WITH_FOLLOWERS;
        elsewhere = other.then_some(p.follower);
    }
    if !(start..=end).contains(&wanted.fetch_offset) {
        return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    if isolation_level == READ_COMMITTED {
        until = until.min(p.last_stable_offset());
    }
    Ok(Readable { partition: p, start, end, until, elsewhere })
}

/// Whether there is less than the client wants, and nothing to tell it.
fn has_to_wait(catalogue: &Catalogue, call: &Call<'_>, request: &Request) -> bool {
    let enough = usize::try_from(request.min_bytes).unwrap_or(0);
    let mut found = 0usize;
    for topic in &request.topics {
        for wanted in &topic.partitions {
            let readable = readable(catalogue, call, &topic.name, wanted, request.isolation_level);
            let Some(r) = readable.ok().filter(|r| r.elsewhere.is_none()) else { return false };
            let offsets = wanted.fetch_offset..r.until;
            found = found.saturating_add(r.partition.log.available(offsets, enough));
        }
    }
    found < enough
}

/// What was read of a partition; the records lie in a buffer beside it.
struct Part {
    fixed: ResponsePartition<'static>,
    records: Range<usize>,
}

/// Whole batches as a version before record batches wants them.
fn converted(batches: &[u8], from_offset: i64, (version, limit): (i16, usize)) -> Result<Vec<u8>, ErrorCode> {
    let magic = i8::from(version >= FIRST_WITH_TIMESTAMPS);
    let mut set = to_message_set(batches, from_offset, magic)?;
    if version < FIRST_WITH_PROGRESS {
        // The last message may be a part of one.
        set.truncate(limit);
    }
    Ok(set)
}

fn read_partition(
    r: &Readable<'_>,
    wanted: &RequestPartition,
    isolation_level: i8,
    (version, limit): (i16, usize),
    data: &mut Vec<u8>,
) -> Result<ResponsePartition<'static>, ErrorCode> {
    let p = r.partition;
    let mut next = wanted.fetch_offset;
    if r.elsewhere.is_none() {
        let from = data.len();
        let at_least_one = data.is_empty() || version < FIRST_WITH_PROGRESS;
        next = p.log.read(wanted.fetch_offset..r.until, limit, at_least_one, data);
        if version < FIRST_WITH_BATCHES {
            let batches = data.split_off(from);
            data.append(&mut converted(&batches, wanted.fetch_offset, (version, limit))?);
        }
    }
    let aborted = (isolation_level == READ_COMMITTED).then(|| {
        let found = p.txns.aborted_in(wanted.fetch_offset, next).into_iter();
        found
            .map(|a| AbortedTransaction { producer_id: a.producer_id, first_offset: a.first_offset })
            .collect()
    });
    Ok(ResponsePartition {
        partition: wanted.partition,
        high_watermark: r.end,
        last_stable_offset: p.last_stable_offset().min(r.end),
        log_start_offset: r.start,
        aborted_transactions: aborted,
        preferred_read_replica: r.elsewhere.unwrap_or(-1),
        ..ResponsePartition::default()
    })
}

/// A refusal, with a hint at the leader if that is what the client has wrong (KIP-951).
fn refused_with_leader(
    catalogue: &Catalogue,
    topic: &str,
    partition: i32,
    code: ErrorCode,
) -> ResponsePartition<'static> {
    let mut response = refused(partition, wire_code(code));
    let hint = matches!(code, ErrorCode::NOT_LEADER_FOR_PARTITION | ErrorCode::FENCED_LEADER_EPOCH);
    if let Some(p) = catalogue.partition(topic, partition).filter(|_| hint) {
        response.current_leader = LeaderIdAndEpoch { leader_id: p.leader, leader_epoch: p.leader_epoch };
    }
    response
}

fn read(
    catalogue: &Catalogue,
    call: &Call<'_>,
    request: &Request,
    pushed: &PartitionErrors,
) -> HandlerResponse {
    let mut left = usize::try_from(request.max_bytes).unwrap_or(0).min(MAX_RESPONSE_BYTES);
    let mut data = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut parts = Vec::with_capacity(topic.partitions.len());
        for wanted in &topic.partitions {
            let from = data.len();
            let refusal = pushed.get(&(topic.name.clone(), wanted.partition)).copied();
            let readable = readable(catalogue, call, &topic.name, wanted, request.isolation_level);
            let found = refusal.map_or(readable, Err).and_then(|r| {
                let limit = usize::try_from(wanted.partition_max_bytes).unwrap_or(0).min(left);
                read_partition(&r, wanted, request.isolation_level, (call.version, limit), &mut data)
            });
            let fixed = found
                .unwrap_or_else(|code| refused_with_leader(catalogue, &topic.name, wanted.partition, code));
            left = left.saturating_sub(data.len() - from);
            parts.push(Part { fixed, records: from..data.len() });
        }
        topics.push((topic, parts));
    }
    let topics = topics
        .into_iter()
        .map(|(topic, parts)| {
            let parts = parts.into_iter();
            let parts = parts.map(|part| ResponsePartition { records: data.get(part.records), ..part.fixed });
            Topic { name: topic.name.clone(), id: topic.id, partitions: parts.collect() }
        })
        .collect();
    let response = Response { throttle_time_ms: call.throttle_ms, topics, ..Response::default() };
    call.answer(|out| response.encode(call.version, out))
}

#[cfg(test)]
mod tests;
