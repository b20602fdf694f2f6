//! Produce, versions 0 to 12 (topics by name): record batches, and message sets of old up to version 2, which are
//! stored as record batches as Kafka does since 3.0.
//!
//! Batches are checked in full, records included. A partition may be named once in a request; a request that names one
//! twice is refused as a whole, where Kafka leaves open what happens. Deviations from Kafka: every replica is always in
//! sync, so `acks=all` waits for nobody; see also `producers.rs` for the first sequence number.

use super::batch::{self, BatchInfo};
use super::call::{Answer, Call, wire_code};
use super::core::{Appended, Cluster};
use super::errors::RecordErrors;
use super::message_set;
use super::producers::Sequence;
use super::topic::Partition;
use crate::base::error::ErrorCode;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::produce::{
    CLIENT_MIN_VERSION, LeaderIdAndEpoch, NodeEndpoint, RecordError, Request, RequestPartition, Response,
    ResponsePartition, ResponseTopic,
};
use std::borrow::Cow;

/// zstd came with this version (KIP-110).
const FIRST_WITH_ZSTD: i16 = 7;
const ZSTD: i16 = 4;
/// The first version with leader hints (KIP-951).
const FIRST_WITH_HINTS: i16 = 10;
/// From this version on a transaction's partitions are added by writing to them (KIP-890).
const FIRST_ADDING_PARTITIONS: i16 = 12;

/// Why a partition's batch was not appended.
struct Failure {
    code: ErrorCode,
    why: Option<String>,
    records: Vec<RecordError>,
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self { code, why: None, records: Vec::new() }
    }
}

impl From<RecordErrors> for Failure {
    fn from(pushed: RecordErrors) -> Self {
        let records = pushed.records.into_iter();
        let records = records.map(|(batch_index, message)| RecordError { batch_index, message }).collect();
        Self { code: pushed.code, why: pushed.message, records }
    }
}

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let request = Request::decode(call.version, body)?;
    let all = cluster.check_request(call, &request);
    let mut failed = false;
    let name = request.transactional_id.as_deref();
    let mut response = Response { throttle_time_ms: cluster.throttle_ms(), ..Response::default() };
    for topic in &request.topics {
        let index = cluster.by_name.get(&topic.name).copied();
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for p in &topic.partitions {
            let result = match all {
                Ok(()) => cluster.append(call, name, index, p),
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
        transactional_id: Option<&str>,
        topic_index: Option<usize>,
        request: &RequestPartition<'_>,
    ) -> Result<i64, Failure> {
        let limit = self.settings.max_message_bytes;
        let append_time = self.settings.log_append_time.then_some(call.wall_ms);
        let topic_index = topic_index.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        let partition =
            self.partition_at(topic_index, request.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        partition.check_leader(call.broker_id, -1)?;
        if let Some(pushed) = partition.errors.next(call.api_key)
            && pushed.code != ErrorCode::NO_ERROR
        {
            return Err(pushed.code.into());
        }
        if let Some(pushed) = partition.record_errors.pop_front() {
            return Err(pushed.into());
        }
        let bytes = request.records.unwrap_or_default();
        if bytes.len() > limit {
            return Err(ErrorCode::MSG_SIZE_TOO_LARGE.into());
        }
        let (bytes, info) = match check_records(call, bytes) {
            Ok(checked) => checked,
            Err(refusal) => {
                let id = request.partition;
                self.violation(|| format!("Produce: topic {topic_index} [{id}]: {}", refusal.why));
                return Err(Failure { why: Some(refusal.why.to_owned()), ..refusal.code.into() });
            }
        };
        if info.is_idempotent() {
            self.check_producer(info.producer_id, info.producer_epoch)?;
            self.check_transaction(call, transactional_id, (topic_index, request.partition), &info)?;
        }
        // Asked for again because looking at the producer ids took the whole cluster.
        let partition =
            self.partition_at(topic_index, request.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        if info.is_idempotent()
            && let Sequence::Duplicate(base_offset) = partition.producers.check(&info)?
        {
            return Ok(base_offset);
        }
        let info = append_time.map_or(info, |now| info.appended_at(now));
        let (base_offset, cost) = partition.log.append(&bytes, &info, partition.leader_epoch);
        if info.is_idempotent() {
            partition.producers.appended(&info, base_offset);
        }
        if info.is_transactional() {
            partition.txns.appended(info.producer_id, base_offset);
        }
        self.account(topic_index, request.partition, base_offset, cost);
        Ok(base_offset)
    }

    fn partition_at(&mut self, topic_index: usize, partition: i32) -> Option<&mut Partition> {
        self.topics.get_mut(topic_index)?.as_mut()?.partition_mut(partition)
    }

    /// Notes that a batch was appended.
    fn account(&mut self, topic: usize, partition: i32, base_offset: i64, cost: usize) {
        self.memory += cost;
        self.changes += 1;
        self.appended.push_back(Appended { topic, partition, base_offset });
    }

    fn check_transaction(
        &mut self,
        call: &Call<'_>,
        transactional_id: Option<&str>,
        place: (usize, i32),
        info: &BatchInfo,
    ) -> Result<(), ErrorCode> {
        let transactional = self.producer_ids.get(&info.producer_id).is_some_and(|p| p.transactional);
        if transactional != info.is_transactional() {
            self.violation(|| "Produce: transactions and others need different producer ids".to_owned());
            return Err(ErrorCode::INVALID_TXN_STATE);
        }
        if !transactional {
            return Ok(());
        }
        let implicitly = call.version >= FIRST_ADDING_PARTITIONS;
        self.check_in_transaction(transactional_id, info.producer_id, place, implicitly, call.now)
    }

    /// Writes a transaction's outcome into a partition, if that is still there.
    pub(super) fn append_marker(
        &mut self,
        (topic_index, partition): (usize, i32),
        (producer_id, epoch): (i64, i16),
        commit: bool,
        wall_ms: i64,
    ) {
        let Some(p) = self.partition_at(topic_index, partition) else { return };
        let (bytes, info) = batch::marker(producer_id, epoch, commit, wall_ms);
        let (offset, cost) = p.log.append(&bytes, &info, p.leader_epoch);
        p.txns.ended(producer_id, commit, offset, p.log.start_offset());
        self.account(topic_index, partition, offset, cost);
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
                if self.settings.log_append_time {
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

/// What is to be stored, and what it says about itself.
fn check_records<'a>(call: &Call<'_>, bytes: &'a [u8]) -> Result<(Cow<'a, [u8]>, BatchInfo), batch::Refusal> {
    if call.version < CLIENT_MIN_VERSION {
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
mod tests {
    use super::super::batch::testing::{batch, idempotent};
    use super::super::core::{Reply, Settings};
    use super::super::errors::Pushed;
    use super::super::testing::{cluster, open, send};
    use super::*;
    use crate::protocol::api::ApiKey;
    use crate::protocol::init_producer_id;
    use crate::protocol::produce::RequestTopic;
    use std::time::Duration;

    fn produce_to(
        c: &mut Cluster,
        broker: i32,
        version: i16,
        acks: i16,
        parts: &[(&str, i32, &[u8])],
    ) -> Reply {
        let topics = parts
            .iter()
            .map(|(name, partition, records)| RequestTopic {
                name: (*name).into(),
                partitions: vec![RequestPartition { partition: *partition, records: Some(records) }],
            })
            .collect();
        let request = Request { acks, timeout_ms: 1000, topics, ..Request::default() };
        send(c, broker, ApiKey::Produce, version, |out| request.encode(version, out))
    }

    fn answer(version: i16, reply: &Reply) -> Response {
        open(ApiKey::Produce, version, reply.bytes.as_ref().unwrap(), |r| {
            Response::decode(version, r).unwrap()
        })
    }

    /// Error code and base offset of the first partition.
    fn produce(c: &mut Cluster, records: &[u8]) -> (i16, i64) {
        let response = answer(9, &produce_to(c, 1, 9, -1, &[("t", 0, records)]));
        let p = &response.topics[0].partitions[0];
        (p.error_code, p.base_offset)
    }

    fn with_topic(brokers: i32) -> Cluster {
        let mut c = cluster(brokers);
        c.create_topic("t", 3, 1).unwrap();
        c
    }

    #[test]
    fn every_version_appends_and_gives_offsets() {
        let mut c = with_topic(1);
        let b = batch(&["a", "b"], 1);
        for version in 3..=12 {
            let r = answer(version, &produce_to(&mut c, 1, version, 1, &[("t", 0, &b), ("t", 1, &b)]));
            for topic in &r.topics {
                let p = &topic.partitions[0];
                assert_eq!((p.error_code, p.base_offset), (0, 2 * i64::from(version - 3)));
                assert_eq!(p.log_append_time_ms, -1);
                assert_eq!(p.log_start_offset, if version >= 5 { 0 } else { -1 });
            }
        }
        assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 20);
        assert!(c.violations().is_empty());
        for version in 0..=2 {
            let sent = message_set::testing::message(1, 0, 5, None, b"old");
            let r = answer(version, &produce_to(&mut c, 1, version, 1, &[("t", 2, &sent), ("t", 1, &b)]));
            let codes: Vec<i16> = r.topics.iter().map(|t| t.partitions[0].error_code).collect();
            assert_eq!(codes, [0, 87], "record batches need a newer version");
        }
        assert_eq!(c.partition("t", 2).unwrap().log.end_offset(), 3);
    }

    #[test]
    fn acks_0_has_no_answer_and_an_error_ends_the_connection() {
        let mut c = with_topic(1);
        let b = batch(&["a"], 1);
        assert_eq!(produce_to(&mut c, 1, 9, 0, &[("t", 0, &b)]), Reply::default());
        assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 1);
        let refused = produce_to(&mut c, 1, 9, 0, &[("nope", 0, &b)]);
        assert_eq!((refused.bytes, refused.close), (None, true));
        let bad_acks = answer(9, &produce_to(&mut c, 1, 9, 2, &[("t", 0, &b)]));
        assert_eq!(bad_acks.topics[0].partitions[0].error_code, 21);
        assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 1);
    }

    #[test]
    fn wrong_places() {
        let mut c = with_topic(2);
        let b = batch(&["a"], 1);
        let r = answer(12, &produce_to(&mut c, 2, 12, 1, &[("t", 0, &b), ("t", 9, &b), ("nope", 0, &b)]));
        let codes: Vec<i16> = r.topics.iter().map(|t| t.partitions[0].error_code).collect();
        assert_eq!(codes, [6, 3, 3]);
        assert_eq!(r.topics[0].partitions[0].current_leader.leader_id, 1);
        let endpoints: Vec<i32> = r.node_endpoints.iter().map(|e| e.node_id).collect();
        assert_eq!(endpoints, [1]);
        c.set_leader("t", 0, 2).unwrap();
        let r = answer(9, &produce_to(&mut c, 2, 9, 1, &[("t", 0, &b)]));
        assert_eq!(r.topics[0].partitions[0].error_code, 0);
        let stored: Vec<u8> = c.partition("t", 0).unwrap().log.batches().next().unwrap().to_vec();
        assert_eq!(stored[12..16], 1i32.to_be_bytes(), "written under the new leader's epoch");
    }

    #[test]
    fn a_partition_named_twice_spoils_the_request() {
        let mut c = with_topic(1);
        let b = batch(&["a"], 1);
        let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 1, &b), ("t", 0, &b), ("t", 1, &b)]));
        assert!(r.topics.iter().all(|t| t.partitions[0].error_code == 42));
        assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 0);
        assert_eq!(c.violations().len(), 1);
    }

    #[test]
    fn bad_batches_are_refused_and_remarked() {
        let mut c = with_topic(1);
        let mut b = batch(&["a"], 1);
        let last = b.len() - 1;
        b[last] ^= 1;
        assert_eq!(produce(&mut c, &b), (2, -1));
        assert_eq!(produce(&mut c, b""), (2, -1));
        assert_eq!(c.violations().len(), 2);
        c.settings.max_message_bytes = 70;
        assert_eq!(produce(&mut c, &batch(&["0123456789"], 1)), (10, -1));
        assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 0);
    }

    #[test]
    fn idempotent_producers() {
        let mut c = with_topic(1);
        assert_eq!(produce(&mut c, &idempotent(&["x"], 1, (1000, 0, 0))), (59, -1), "id not given out");
        let request = init_producer_id::Request::default();
        send(&mut c, 1, ApiKey::InitProducerId, 4, |out| request.encode(4, out));
        assert_eq!(produce(&mut c, &idempotent(&["x", "y"], 1, (1000, 0, 0))), (0, 0));
        assert_eq!(produce(&mut c, &idempotent(&["z"], 1, (1000, 0, 2))), (0, 2));
        assert_eq!(produce(&mut c, &idempotent(&["x", "y"], 1, (1000, 0, 0))), (0, 0), "duplicate");
        assert_eq!(produce(&mut c, &idempotent(&["gap"], 1, (1000, 0, 4))), (45, -1));
        assert_eq!(produce(&mut c, &idempotent(&["new"], 1, (1000, 1, 0))), (0, 3));
        assert_eq!(produce(&mut c, &idempotent(&["old"], 1, (1000, 0, 3))), (47, -1));
        assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 4);
    }

    #[test]
    fn single_records_may_spoil_a_batch() {
        let mut c = with_topic(1);
        c.set_throttle_time(Duration::from_millis(70));
        let errors = RecordErrors {
            code: ErrorCode::INVALID_RECORD,
            message: Some("bad".into()),
            records: vec![(1, Some("this one".into())), (2, None)],
        };
        c.push_record_errors("t", 0, errors).unwrap();
        let b = batch(&["a", "b", "c"], 1);
        let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &b)]));
        let p = &r.topics[0].partitions[0];
        assert_eq!((p.error_code, p.error_message.as_deref(), r.throttle_time_ms), (87, Some("bad"), 70));
        let told: Vec<_> = p.record_errors.iter().map(|e| (e.batch_index, e.message.as_deref())).collect();
        assert_eq!(told, [(1, Some("this one")), (2, None)]);
        assert_eq!(produce(&mut c, &b), (0, 0));
    }

    #[test]
    fn pushed_errors_are_used_up_one_per_request() {
        let mut c = with_topic(1);
        let b = batch(&["a"], 1);
        c.push_request_errors(0, &[ErrorCode::REQUEST_TIMED_OUT, ErrorCode::NO_ERROR]);
        let slow = Pushed { code: ErrorCode::NOT_ENOUGH_REPLICAS, rtt: Duration::from_millis(30) };
        c.push_broker_errors(1, 0, &[slow]).unwrap();
        c.push_partition_errors("t", 0, 0, &[ErrorCode::KAFKA_STORAGE_ERROR]).unwrap();
        let r = produce_to(&mut c, 1, 9, -1, &[("t", 0, &b)]);
        assert_eq!((answer(9, &r).topics[0].partitions[0].error_code, r.delay), (19, slow.rtt));
        let codes: Vec<i16> = (0..4).map(|_| produce(&mut c, &b).0).collect();
        assert_eq!(codes, [7, 56, 0, 0]);
        c.push_request_errors(0, &[ErrorCode::_TRANSPORT]);
        assert!(produce_to(&mut c, 1, 9, -1, &[("t", 0, &b)]).close);
        assert_eq!(c.partition("t", 0).unwrap().log.end_offset(), 2);
    }

    #[test]
    fn the_oldest_data_goes_first() {
        let mut c = Cluster::new(Settings { brokers: 1, memory_limit: 2000, ..Settings::default() });
        c.create_topic("t", 2, 1).unwrap();
        let b = batch(&["0123456789"], 1);
        for i in 0..100 {
            produce_to(&mut c, 1, 9, 1, &[("t", i % 2, &b)]);
            assert!(c.memory() <= 2000);
        }
        for partition in 0..2 {
            let log = &c.partition("t", partition).unwrap().log;
            assert_eq!(log.end_offset(), 50);
            assert!((40..50).contains(&log.start_offset()), "{}", log.start_offset());
        }
        let kept: usize = (0..2).map(|p| c.partition("t", p).unwrap().log.cost()).sum();
        assert_eq!(kept, c.memory());
        c.delete_topic("t").unwrap();
        assert_eq!(c.memory(), 0);
    }

    #[test]
    fn log_append_time() {
        let mut c = Cluster::new(Settings { brokers: 1, log_append_time: true, ..Settings::default() });
        c.create_topic("t", 1, 1).unwrap();
        let r = answer(9, &produce_to(&mut c, 1, 9, 1, &[("t", 0, &batch(&["a"], 77))]));
        assert_eq!(r.topics[0].partitions[0].log_append_time_ms, 0, "the clock of the test");
        assert_eq!(c.partition("t", 0).unwrap().log.at_time(0), Some((0, 0, 0)));
    }
}
