//! Produce, versions 0 to 12 (topics by name): record batches, and message sets of old up to version 2,
//! which are stored as record batches as Kafka does since 3.0.
//!
//! Batches are checked in full, records included. A partition may be named once in a request; a request that
//! names one twice is refused as a whole, where Kafka leaves open what happens. Deviations from Kafka: every
//! replica is always in sync, so `acks=all` waits for nobody; only `min.insync.replicas` does not count
//! those whose broker is down; what is past `retention.ms` or `retention.bytes` goes when the next batch
//! comes.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::mock::configs::properties::Effects;
use crate::mock::configs::resources::{ConfigView, Configs};
use crate::mock::errors::RecordErrors;
use crate::mock::log::adoption::Adoption;
use crate::mock::log::batch;
use crate::mock::log::header::{self, BatchInfo};
use crate::mock::log::message_set;
use crate::mock::log::producers::Sequence;
use crate::mock::producer_ids::ProducerIds;
use crate::mock::settings::Settings;
use crate::mock::tracking::Tracking;
use crate::mock::transactions::Transactions;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::produce::{
    FIRST_WITH_BATCHES, LeaderIdAndEpoch, NodeEndpoint, RecordError, Request, RequestPartition, Response,
    ResponsePartition,
};
use std::borrow::Cow;

/// zstd came with this version (KIP-110).
const FIRST_WITH_ZSTD: i16 = 7;
const ZSTD: i16 = 4;
/// The first version with leader hints (KIP-951).
const FIRST_WITH_HINTS: i16 = 10;
/// From this version on clients know a code that says that the transaction has to be aborted.
const FIRST_TELLING_TO_ABORT: i16 = 11;
/// From this version on a transaction's partitions are added by writing to them (KIP-890), at level 2 of
/// `transaction.version`.
const FIRST_ADDING_PARTITIONS: i16 = 12;

/// `acks` of a producer that waits for every replica in sync.
const ALL: i16 = -1;

/// With these a broker refuses to confirm what it has appended.
const STORED_NEVERTHELESS: [ErrorCode; 3] = [
    ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    ErrorCode::DUPLICATE_SEQUENCE_NUMBER,
    ErrorCode::REQUEST_TIMED_OUT,
];

/// Why a partition's batch was not appended.
struct PartitionError {
    code: ErrorCode,
    why: Option<String>,
    records: Vec<RecordError>,
}

impl From<ErrorCode> for PartitionError {
    fn from(code: ErrorCode) -> Self {
        Self { code, why: None, records: Vec::new() }
    }
}

impl From<RecordErrors> for PartitionError {
    fn from(pushed: RecordErrors) -> Self {
        let records = pushed.records.into_iter();
        let records = records.map(|(batch_index, message)| RecordError { batch_index, message }).collect();
        Self { code: pushed.code, why: pushed.message, records }
    }
}

/// The parts of the cluster that writing concerns.
pub struct Parts<'a> {
    pub settings: &'a Settings,
    pub brokers: &'a Brokers,
    pub catalogue: &'a mut Catalogue,
    pub configs: &'a Configs,
    pub producer_ids: &'a ProducerIds,
    pub transactions: &'a mut Transactions,
    pub tracking: &'a mut Tracking,
    pub adoption: &'a mut Adoption,
}

impl Parts<'_> {
    /// What applies to the logs of a topic on this broker.
    fn effects_for(&self, topic: usize, broker_id: i32) -> Effects {
        let Self { configs, settings, brokers, .. } = *self;
        ConfigView { configs, settings, brokers, catalogue: self.catalogue }.effects_for(topic, broker_id)
    }
}

pub fn handle(
    parts: &mut Parts<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let all = check_request(parts, call, &request);
    let mut failed = false;
    let name = request.transactional_id.as_deref();
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    for topic in &request.topics {
        let index = parts.catalogue.index_of(&topic.name);
        response.topics.push(topic.map(|p| {
            let result = match all {
                Ok(()) => append(parts, call, name, index, request.acks, p),
                Err(code) => refuse(parts, call, name, index, p, code),
            };
            failed |= result.is_err();
            partition_response(parts, call, index, p.partition, result)
        }));
    }
    parts.catalogue.enforce_memory_limit(parts.settings.memory_limit);
    if request.acks == 0 {
        // Nobody reads an answer: the end of the connection is how a broker says that something went wrong.
        return Ok(HandlerResponse::Nothing { close: failed });
    }
    if failed && call.version >= FIRST_WITH_HINTS {
        response.node_endpoints = endpoints_of_hints(parts, &response);
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

/// What concerns the request as a whole.
fn check_request(parts: &mut Parts<'_>, call: &Call<'_>, request: &Request<'_>) -> Result<(), ErrorCode> {
    call.pushed_error()?;
    if !(-1..=1).contains(&request.acks) {
        return Err(ErrorCode::INVALID_REQUIRED_ACKS);
    }
    for topic in &request.topics {
        let Some(known) = parts.catalogue.topic_mut(&topic.name) else { continue };
        for p in &topic.partitions {
            let Some(partition) = known.partition_mut(p.partition) else { continue };
            if std::mem::replace(&mut partition.named_in, call.serial) == call.serial {
                let (name, id) = (&topic.name, p.partition);
                parts.tracking.violation(|| format!("Produce: {name} [{id}] named twice in one request"));
                return Err(ErrorCode::INVALID_REQUEST);
            }
        }
    }
    Ok(())
}

/// Answers a batch with a pushed error. Where the error says that the batch is in the log, that of an
/// idempotent producer has to be there when it comes again, or what follows it has a gap in front.
fn refuse(
    parts: &mut Parts<'_>,
    call: &Call<'_>,
    transactional_id: Option<&str>,
    topic_index: Option<usize>,
    request: &RequestPartition<'_>,
    code: ErrorCode,
) -> Result<i64, PartitionError> {
    let idempotent = request.records.and_then(header::peek).is_some_and(|info| info.is_idempotent());
    if idempotent && STORED_NEVERTHELESS.contains(&code) {
        // Whether there is something wrong with it does not show: the test has decided about the answer.
        let _ = append(parts, call, transactional_id, topic_index, 0, request);
    }
    Err(code.into())
}

/// Checks and appends one partition's batch; returns its base offset.
fn append(
    parts: &mut Parts<'_>,
    call: &Call<'_>,
    transactional_id: Option<&str>,
    topic_index: Option<usize>,
    acks: i16,
    request: &RequestPartition<'_>,
) -> Result<i64, PartitionError> {
    let topic_index = topic_index.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
    let effect = parts.effects_for(topic_index, call.broker_id);
    let limit = effect.max_message_bytes.unwrap_or(parts.settings.max_message_bytes);
    let in_sync = in_sync(parts, topic_index, request.partition);
    let partition = parts
        .catalogue
        .partition_at((topic_index, request.partition))
        .ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
    partition.check_leader(call.broker_id, -1)?;
    if let Some(pushed) = partition.errors.next(call.api_key)
        && pushed.code != ErrorCode::NO_ERROR
    {
        return refuse(parts, call, transactional_id, Some(topic_index), request, pushed.code);
    }
    if let Some(pushed) = partition.record_errors.pop_front() {
        return Err(pushed.into());
    }
    if acks == ALL && effect.min_insync_replicas.is_some_and(|least| in_sync < least) {
        return Err(ErrorCode::NOT_ENOUGH_REPLICAS.into());
    }
    let bytes = request.records.unwrap_or_default();
    if bytes.len() > limit {
        return Err(ErrorCode::MSG_SIZE_TOO_LARGE.into());
    }
    let at = (topic_index, request.partition);
    let (bytes, info) = match check_records(call, bytes) {
        Ok(checked) => checked,
        Err(refusal) => {
            let (topic_index, id) = at;
            parts.tracking.violation(|| format!("Produce: topic {topic_index} [{id}]: {}", refusal.why));
            return Err(PartitionError { why: Some(refusal.why.to_owned()), ..refusal.code.into() });
        }
    };
    check_against(&effect, &bytes, &info, call.wall_ms)?;
    if info.is_idempotent() {
        parts.producer_ids.check(info.producer_id, info.producer_epoch)?;
        check_transaction(parts, call, transactional_id, at, &info)?;
    }
    store(parts, call, at, &effect, &bytes, info)
}

/// Appends a batch that has been checked, unless it is there already; returns its base offset.
fn store(
    parts: &mut Parts<'_>,
    call: &Call<'_>,
    at: (usize, i32),
    effect: &Effects,
    bytes: &[u8],
    info: BatchInfo,
) -> Result<i64, PartitionError> {
    let append_time = log_append_time(parts, effect).then_some(call.wall_ms);
    let strict = parts.settings.strict_sequences;
    let place = parts.adoption.place_of(bytes);
    let memory = if place.is_some() { Vec::new() } else { parts.catalogue.take_memory(bytes.len()) };
    let partition = parts.catalogue.partition_at(at).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
    if info.is_idempotent()
        && let Sequence::Duplicate(base_offset) = partition.producers.check(&info, strict)?
    {
        return Ok(base_offset);
    }
    let info = append_time.map_or(info, |now| info.appended_at(now));
    let epoch = partition.leader_epoch;
    let adopted = place.is_some();
    let (base_offset, cost) = match place {
        Some((place, capacity)) => partition.log.append_place(place, &info, epoch, capacity),
        None => partition.log.append(bytes, &info, epoch, memory),
    };
    if info.is_idempotent() {
        partition.producers.appended(&info, base_offset);
    }
    if info.is_transactional() {
        partition.txns.appended(info.producer_id, base_offset);
    }
    if adopted {
        parts.adoption.take(at, base_offset, info);
    }
    parts.catalogue.account(at, base_offset, cost);
    parts.catalogue.retain(at, effect, call.wall_ms);
    Ok(base_offset)
}

fn log_append_time(parts: &Parts<'_>, effect: &Effects) -> bool {
    effect.log_append_time.unwrap_or(parts.settings.log_append_time)
}

/// How many replicas could have what is written: those of brokers that are up.
fn in_sync(parts: &Parts<'_>, topic_index: usize, partition: i32) -> usize {
    let topic = parts.catalogue.topic_at(topic_index);
    let replicas = topic.and_then(|t| t.partition(partition)).map_or(&[][..], |p| &p.replicas);
    replicas.iter().filter(|id| parts.brokers.get(**id).is_some_and(|b| b.up)).count()
}

fn check_transaction(
    parts: &mut Parts<'_>,
    call: &Call<'_>,
    transactional_id: Option<&str>,
    place: (usize, i32),
    info: &BatchInfo,
) -> Result<(), ErrorCode> {
    let transactional = parts.producer_ids.is_transactional(info.producer_id);
    if transactional != info.is_transactional() {
        parts
            .tracking
            .violation(|| "Produce: transactions and others need different producer ids".to_owned());
        return Err(ErrorCode::INVALID_TXN_STATE);
    }
    if !transactional {
        return Ok(());
    }
    let implicitly = call.version >= FIRST_ADDING_PARTITIONS && parts.settings.transactions_have_epochs();
    let otherwise = if call.version >= FIRST_TELLING_TO_ABORT {
        ErrorCode::TRANSACTION_ABORTABLE
    } else {
        ErrorCode::INVALID_TXN_STATE
    };
    let adding = (implicitly, otherwise);
    parts.transactions.check_in_transaction(transactional_id, info.producer_id, place, adding, call.now)
}

fn partition_response(
    parts: &Parts<'_>,
    call: &Call<'_>,
    topic_index: Option<usize>,
    partition: i32,
    result: Result<i64, PartitionError>,
) -> ResponsePartition {
    let known = topic_index.and_then(|i| parts.catalogue.topic_at(i)).and_then(|t| t.partition(partition));
    let mut response = ResponsePartition { partition, base_offset: -1, ..ResponsePartition::default() };
    match result {
        Ok(base_offset) => {
            response.base_offset = base_offset;
            let effect = topic_index.map(|i| parts.effects_for(i, call.broker_id)).unwrap_or_default();
            if log_append_time(parts, &effect) {
                response.log_append_time_ms = call.wall_ms;
            }
            response.log_start_offset = known.map_or(-1, |p| p.log.start_offset());
        }
        Err(failure) => {
            response.error_code = wire_code(failure.code);
            response.error_message = failure.why;
            response.record_errors = failure.records;
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
fn endpoints_of_hints(parts: &Parts<'_>, response: &Response) -> Vec<NodeEndpoint> {
    let hinted =
        |id| response.topics.iter().flat_map(|t| &t.partitions).any(|p| p.current_leader.leader_id == id);
    parts
        .brokers
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

/// Holds the records against what the topic asks of them.
fn check_against(effect: &Effects, bytes: &[u8], info: &BatchInfo, now: i64) -> Result<(), PartitionError> {
    let refuse = |code, why: &str, offenders: Vec<i32>| {
        let record = |batch_index| RecordError { batch_index, message: Some(why.to_owned()) };
        let records: Vec<RecordError> = offenders.into_iter().map(record).collect();
        if records.is_empty() {
            Ok(())
        } else {
            Err(PartitionError { code, why: Some(why.to_owned()), records })
        }
    };
    if effect.compacted == Some(true) {
        let offenders = batch::records_where(bytes, info, |r| !r.has_key());
        refuse(ErrorCode::INVALID_RECORD, "a compacted topic needs keys", offenders)?;
    }
    if effect.log_append_time == Some(true) {
        return Ok(());
    }
    if effect.timestamp_before_ms.is_some() || effect.timestamp_after_ms.is_some() {
        let first = effect.timestamp_before_ms.map_or(i64::MIN, |ms| now.saturating_sub(ms));
        let last = effect.timestamp_after_ms.map_or(i64::MAX, |ms| now.saturating_add(ms));
        let beyond = |t: i64| t != header::NO_TIMESTAMP && !(first..=last).contains(&t);
        let offenders = batch::records_where(bytes, info, |r| beyond(r.timestamp));
        refuse(ErrorCode::INVALID_TIMESTAMP, "the timestamp is too far from the broker's time", offenders)?;
    }
    Ok(())
}

/// What is to be stored, and what it says about itself.
fn check_records<'a>(call: &Call<'_>, bytes: &'a [u8]) -> Result<(Cow<'a, [u8]>, BatchInfo), batch::Refusal> {
    if call.version < FIRST_WITH_BATCHES {
        let bytes = message_set::to_batch(bytes)?;
        let info = batch::check(&bytes)?;
        return Ok((Cow::Owned(bytes), info));
    }
    let info = batch::check(bytes)?;
    if info.codec() == ZSTD && call.version < FIRST_WITH_ZSTD {
        let code = ErrorCode::UNSUPPORTED_COMPRESSION_TYPE;
        return Err(batch::Refusal { code, why: "zstd needs Produce version 7" });
    }
    Ok((Cow::Borrowed(bytes), info))
}

#[cfg(test)]
mod tests;
