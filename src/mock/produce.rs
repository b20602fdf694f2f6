//! Produce, versions 3 to 12 (record batches; topics by name).
//!
//! Batches are checked in full, records included. A partition may be named once in a request; a request that names one
//! twice is refused as a whole, where Kafka leaves open what happens. Deviations from Kafka: every replica is always in
//! sync, so `acks=all` waits for nobody; only CreateTime; see also `producers.rs` for the first sequence number.

use super::batch;
use super::call::{Answer, Call, wire_code};
use super::core::{Appended, Cluster};
use super::producers::Sequence;
use crate::base::error::ErrorCode;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::produce::{
    CLIENT_MIN_VERSION, LeaderIdAndEpoch, NodeEndpoint, Request, RequestPartition, Response,
    ResponsePartition, ResponseTopic,
};

/// zstd came with this version (KIP-110).
const FIRST_WITH_ZSTD: i16 = 7;
const ZSTD: i16 = 4;
/// The first version with leader hints (KIP-951).
const FIRST_WITH_HINTS: i16 = 10;

/// Why a partition's batch was not appended.
struct Failure {
    code: ErrorCode,
    why: Option<&'static str>,
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self { code, why: None }
    }
}

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    if call.version < CLIENT_MIN_VERSION {
        return Err(Malformed("Produce: message sets are not accepted"));
    }
    let request = Request::decode(call.version, body)?;
    let all = cluster.check_request(call, &request);
    let mut failed = false;
    let mut response = Response::default();
    for topic in &request.topics {
        let index = cluster.by_name.get(&topic.name).copied();
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for p in &topic.partitions {
            let result = match all {
                Ok(()) => cluster.append(call, index, p),
                Err(code) => Err(code.into()),
            };
            failed |= result.is_err();
            partitions.push(cluster.partition_response(call, index, p.partition, result));
        }
        response.topics.push(ResponseTopic { name: topic.name.clone(), partitions });
    }
    cluster.enforce_memory_limit();
    if request.acks == 0 {
        // Nobody reads an answer: the end of the connection is how a broker says that something went wrong.
        return Ok(Answer::Nothing { close: failed });
    }
    if failed && call.version >= FIRST_WITH_HINTS {
        response.node_endpoints = cluster.endpoints_of_hints(&response);
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

impl Cluster {
    /// What concerns the request as a whole.
    fn check_request(&mut self, call: &Call<'_>, request: &Request<'_>) -> Result<(), ErrorCode> {
        call.pushed_error()?;
        if !(-1..=1).contains(&request.acks) {
            return Err(ErrorCode::INVALID_REQUIRED_ACKS);
        }
        self.produce_requests += 1;
        let serial = self.produce_requests;
        for topic in &request.topics {
            let Some(known) = self.topic_mut(&topic.name) else { continue };
            for p in &topic.partitions {
                let Some(partition) = known.partition_mut(p.partition) else { continue };
                if std::mem::replace(&mut partition.named_in, serial) == serial {
                    let (name, id) = (&topic.name, p.partition);
                    self.violation(|| format!("Produce: {name} [{id}] named twice in one request"));
                    return Err(ErrorCode::INVALID_REQUEST);
                }
            }
        }
        Ok(())
    }

    /// Checks and appends one partition's batch; returns its base offset.
    fn append(
        &mut self,
        call: &Call<'_>,
        topic_index: Option<usize>,
        request: &RequestPartition<'_>,
    ) -> Result<i64, Failure> {
        let limit = self.settings.max_message_bytes;
        let topic_index = topic_index.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        let topic = self.topics.get_mut(topic_index).and_then(Option::as_mut);
        let partition =
            topic.and_then(|t| t.partition_mut(request.partition)).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        partition.check_leader(call.broker_id, -1)?;
        if let Some(pushed) = partition.errors.next(call.api_key)
            && pushed.code != ErrorCode::NO_ERROR
        {
            return Err(pushed.code.into());
        }
        let bytes = request.records.unwrap_or_default();
        if bytes.len() > limit {
            return Err(ErrorCode::MSG_SIZE_TOO_LARGE.into());
        }
        let checked = batch::check(bytes).and_then(|info| {
            if info.codec() == ZSTD && call.version < FIRST_WITH_ZSTD {
                let code = ErrorCode::UNSUPPORTED_COMPRESSION_TYPE;
                return Err(batch::Refusal { code, why: "zstd needs Produce version 7" });
            }
            Ok(info)
        });
        let info = match checked {
            Ok(info) => info,
            Err(refusal) => {
                let id = request.partition;
                self.violation(|| format!("Produce: topic {topic_index} [{id}]: {}", refusal.why));
                return Err(Failure { code: refusal.code, why: Some(refusal.why) });
            }
        };
        if info.is_idempotent() {
            self.check_producer(info.producer_id, info.producer_epoch)?;
        }
        // Asked for again because looking at the producer ids took the whole cluster.
        let topic = self.topics.get_mut(topic_index).and_then(Option::as_mut);
        let Some(partition) = topic.and_then(|t| t.partition_mut(request.partition)) else {
            return Err(ErrorCode::UNKNOWN_TOPIC_OR_PART.into());
        };
        if info.is_idempotent()
            && let Sequence::Duplicate(base_offset) = partition.producers.check(&info)?
        {
            return Ok(base_offset);
        }
        let (base_offset, cost) = partition.log.append(bytes, &info, partition.leader_epoch);
        if info.is_idempotent() {
            partition.producers.appended(&info, base_offset);
        }
        self.memory += cost;
        self.changes += 1;
        self.appended.push_back(Appended { topic: topic_index, partition: request.partition, base_offset });
        Ok(base_offset)
    }

    fn partition_response(
        &self,
        call: &Call<'_>,
        topic_index: Option<usize>,
        partition: i32,
        result: Result<i64, Failure>,
    ) -> ResponsePartition {
        let known =
            topic_index.and_then(|i| self.topics.get(i)?.as_ref()).and_then(|t| t.partition(partition));
        let mut response = ResponsePartition { partition, base_offset: -1, ..ResponsePartition::default() };
        match result {
            Ok(base_offset) => {
                response.base_offset = base_offset;
                response.log_start_offset = known.map_or(-1, |p| p.log.start_offset());
            }
            Err(failure) => {
                response.error_code = wire_code(failure.code);
                response.error_message = failure.why.map(str::to_owned);
                if failure.code == ErrorCode::NOT_LEADER_FOR_PARTITION
                    && call.version >= FIRST_WITH_HINTS
                    && let Some(p) = known
                {
                    response.current_leader =
                        LeaderIdAndEpoch { leader_id: p.leader, leader_epoch: p.leader_epoch };
                }
            }
        }
        response
    }

    /// Addresses of the brokers that the response names as leaders.
    fn endpoints_of_hints(&self, response: &Response) -> Vec<NodeEndpoint> {
        let hinted =
            |id| response.topics.iter().flat_map(|t| &t.partitions).any(|p| p.current_leader.leader_id == id);
        self.brokers
            .iter()
            .filter(|b| hinted(b.id))
            .map(|b| NodeEndpoint {
                node_id: b.id,
                host: b.host.clone(),
                port: b.port.into(),
                rack: b.rack.clone(),
            })
            .collect()
    }
}
