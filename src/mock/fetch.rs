//! Fetch, versions 4 to 12 (record batches; topics by name), with long poll.
//!
//! Deviations from Kafka: no fetch sessions (the session id in the answer is 0, which tells the client so); only the
//! leader answers; the last stable offset is the high watermark.

use super::call::{Answer, Call, wire_code};
use super::core::Cluster;
use crate::base::error::ErrorCode;
use crate::protocol::fetch::{Request, RequestPartition, Response, ResponsePartition, ResponseTopic};
use crate::protocol::primitives::{Malformed, Reader};
use std::ops::Range;
use std::time::Duration;

/// Kafka's own limit on an answer (`fetch.max.bytes` of the broker).
const MAX_RESPONSE_BYTES: usize = 55 << 20;

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let request = Request::decode(call.version, body)?;
    let whole = call.pushed_error().and_then(|()| {
        let no_session = request.session_id == 0 || request.session_epoch == -1;
        if no_session { Ok(()) } else { Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND) }
    });
    if let Err(code) = whole {
        return Ok(refuse(call, &request, code));
    }
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    if !call.last_chance && !wait.is_zero() && cluster.has_to_wait(call, &request) {
        return Ok(Answer::Wait { until: call.now + wait });
    }
    Ok(read(cluster, call, &request))
}

/// Before version 7 there is no error for the whole: every partition gets it.
fn refuse(call: &Call<'_>, request: &Request, code: ErrorCode) -> Answer {
    let error_code = wire_code(code);
    let mut response = Response { error_code, ..Response::default() };
    for topic in &request.topics {
        let partitions = topic.partitions.iter().map(|p| refused(p.partition, error_code)).collect();
        response.topics.push(ResponseTopic { name: topic.name.clone(), partitions });
    }
    call.answer(|out| response.encode(call.version, out))
}

fn refused<'a>(partition: i32, error_code: i16) -> ResponsePartition<'a> {
    ResponsePartition { partition, error_code, high_watermark: -1, ..ResponsePartition::default() }
}

impl Cluster {
    fn readable(
        &self,
        call: &Call<'_>,
        topic: &str,
        wanted: &RequestPartition,
    ) -> Result<&super::topic::Partition, ErrorCode> {
        let p = self.partition(topic, wanted.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        p.check_leader(call.broker_id, wanted.current_leader_epoch)?;
        if !(p.log.start_offset()..=p.log.end_offset()).contains(&wanted.fetch_offset) {
            return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
        }
        Ok(p)
    }

    /// Whether there is less than the client wants, and nothing to tell it.
    fn has_to_wait(&self, call: &Call<'_>, request: &Request) -> bool {
        let enough = usize::try_from(request.min_bytes).unwrap_or(0);
        let mut found = 0usize;
        for topic in &request.topics {
            for wanted in &topic.partitions {
                let Ok(p) = self.readable(call, &topic.name, wanted) else { return false };
                found = found.saturating_add(p.log.available(wanted.fetch_offset, enough));
            }
        }
        found < enough
    }
}

/// What was read of a partition; the records lie in a buffer beside it.
struct Part {
    fixed: ResponsePartition<'static>,
    records: Range<usize>,
}

fn read(cluster: &Cluster, call: &Call<'_>, request: &Request) -> Answer {
    let mut left = usize::try_from(request.max_bytes).unwrap_or(0).min(MAX_RESPONSE_BYTES);
    let mut data = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut parts = Vec::with_capacity(topic.partitions.len());
        for wanted in &topic.partitions {
            let from = data.len();
            let fixed = match cluster.readable(call, &topic.name, wanted) {
                Err(code) => refused(wanted.partition, wire_code(code)),
                Ok(p) => {
                    let limit = usize::try_from(wanted.partition_max_bytes).unwrap_or(0).min(left);
                    p.log.read(wanted.fetch_offset, limit, from == 0, &mut data);
                    ResponsePartition {
                        partition: wanted.partition,
                        high_watermark: p.log.end_offset(),
                        last_stable_offset: p.log.end_offset(),
                        log_start_offset: p.log.start_offset(),
                        ..ResponsePartition::default()
                    }
                }
            };
            left = left.saturating_sub(data.len() - from);
            parts.push(Part { fixed, records: from..data.len() });
        }
        topics.push((topic.name.clone(), parts));
    }
    let topics = topics
        .into_iter()
        .map(|(name, parts)| ResponseTopic {
            name,
            partitions: parts
                .into_iter()
                .map(|part| ResponsePartition { records: data.get(part.records), ..part.fixed })
                .collect(),
        })
        .collect();
    let response = Response { topics, ..Response::default() };
    call.answer(|out| response.encode(call.version, out))
}
