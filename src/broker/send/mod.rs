//! ProduceRequests of one broker: built from what the engine chose, settled by what comes back.

mod response_map;

use super::connection::expiry::{Expiry, GivenUp};
use super::connection::{Purpose, Request};
use super::observe::throttle;
use super::{BrokerContext, BrokerEvent, BrokerHandle, LeaderHint};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::net::Endpoint;
use crate::producer::batch::Batch;
use crate::producer::format::ProduceFormat;
use crate::producer::report::{OFFSET_INVALID, Report};
use crate::producer::settle::{Failure, Settling, Verdict, finish, settle};
use crate::producer::store::Run;
use crate::producer::writer::{Frame, RequestHead, Todo, Writer};
use crate::protocol::ApiKey;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::produce as wire;
use response_map::ResponseMap;
use std::time::Duration;

/// Messages have this much time in a request at the least, however close they are to their timeout.
const MIN_REQUEST_TIME: Duration = Duration::from_millis(100);
/// A connection is not given up for a response that is missing for less than this.
const MIN_RESPONSE_TIME: Duration = Duration::from_secs(1);

/// Reports that there is always room for.
const MAX_SPARE_REPORTS: usize = 16;

const CODEC_NOTE_EVERY: Duration = Duration::from_secs(24 * 3600);

/// The broker's producing half.
pub(super) struct Producing {
    context: Arc<BrokerContext>,
    pub(super) handle: Arc<BrokerHandle>,
    pub(super) writer: Writer,
    random: fastrand::Rng,
    codec_noted: Option<Time>,
    /// Of the request that is being settled.
    jitter: fastrand::Rng,
    /// To be delivered when all of it is settled.
    reports: Vec<Report>,
    /// Empty, for its memory.
    spare: Vec<Report>,
}

impl Producing {
    pub(super) fn new(context: Arc<BrokerContext>, handle: Arc<BrokerHandle>, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let jitter = random.fork();
        Self {
            context,
            handle,
            writer: Writer::default(),
            random,
            jitter,
            reports: Vec::new(),
            spare: Vec::new(),
            codec_noted: None,
        }
    }

    pub(super) fn recycle(&mut self, frame: Frame) {
        self.writer.recycle(frame);
        self.handle.set_warm();
    }

    pub(super) fn trim(&mut self) {
        self.writer.trim();
    }

    /// Encodes a request for as many of these batches as fit into one of at most `limit` bytes.
    pub(super) fn request(
        &mut self,
        todo: &mut Todo,
        format: ProduceFormat,
        correlation_id: i32,
        limit: usize,
        now: Time,
    ) -> Request {
        let ProduceFormat { version, magic, .. } = format;
        let (frame, batches) = self.encode(todo, format, correlation_id, limit);
        self.context.logger.debug(debug::BATCHCOL, "BATCHCOL", || self.contents(&batches, frame.len()));
        for b in &batches {
            self.note_codec(b, &format, now);
            self.context.logger.debug(debug::MSG, "PRODUCE", || {
                format!(
                    "{}: {} [{}]: Produce MessageSet with {} message(s) ({} bytes, ApiVersion {version}, MsgVersion {}, MsgId {})",
                    self.handle.name(),
                    b.partition.topic().name,
                    b.partition.id(),
                    b.messages,
                    frame.len(),
                    magic.number(),
                    b.first_msgid(),
                )
            });
        }
        let (deadline, expiry) = self.deadline(&batches, now);
        let request = Request {
            correlation_id,
            api: ApiKey::Produce,
            version,
            deadline,
            expiry,
            expects_response: batches.first().is_none_or(|b| b.partition.topic().settings.required_acks != 0),
            purpose: Purpose::Produce(batches),
            frame,
            written: 0,
            sent_at: now,
        };
        self.count_request(&request, now);
        request
    }

    /// The partitions of a request.
    fn contents(&self, batches: &[Batch], bytes: usize) -> String {
        let topics = batches.chunk_by(|a, b| Arc::ptr_eq(a.partition.topic(), b.partition.topic()));
        let topics = topics.map(|of_topic| {
            let name = of_topic.first().map_or("", |b| &b.partition.topic().name);
            let ids: Vec<String> = of_topic.iter().map(|b| b.partition.id().to_string()).collect();
            format!("{name} [{}]", ids.join(","))
        });
        let (n, list) = (batches.len(), topics.collect::<Vec<_>>().join(" "));
        format!("{}: ProduceRequest with {n} partition(s), {bytes} bytes: {list}", self.handle.name())
    }

    /// The batches of a request have the same acks and request timeout: the engine sees to it.
    fn encode(
        &mut self,
        todo: &mut Todo,
        format: ProduceFormat,
        correlation_id: i32,
        limit: usize,
    ) -> (Frame, Vec<Batch>) {
        let settings = todo.next().map(|b| b.partition.topic().settings.clone()).unwrap_or_default();
        let head = RequestHead {
            format,
            correlation_id,
            client_id: &self.context.settings.client.id,
            transactional_id: self.context.settings.transactions.id.as_deref(),
            acks: settings.required_acks,
            timeout_ms: i32::try_from(settings.request_timeout.as_millis()).unwrap_or(i32::MAX),
        };
        self.writer.produce(&head, todo, limit)
    }

    /// Encodes a request anew, of whose batches some have been taken out.
    pub(super) fn rewrite(&mut self, r: &mut Request, format: ProduceFormat) {
        let Purpose::Produce(batches) = &mut r.purpose else { return };
        let mut todo = Todo::new(std::mem::take(batches));
        let (frame, left) = self.encode(&mut todo, format, r.correlation_id, usize::MAX);
        r.purpose = Purpose::Produce(left);
        let old = std::mem::replace(&mut r.frame, frame);
        self.writer.recycle(old);
    }

    /// Says, once a day, that a broker does not know the codec that a topic is to be compressed with.
    fn note_codec(&mut self, batch: &Batch, format: &ProduceFormat, now: Time) {
        let topic = batch.partition.topic();
        let wanted = topic.settings.compression;
        if format.codec(wanted) == wanted {
            return;
        }
        let text = || {
            format!(
                "{}: {} [{}]: Broker does not support compression type {}: not compressing batch",
                self.handle.name(),
                topic.name,
                batch.partition.id(),
                wanted.name(),
            )
        };
        if self.codec_noted.is_none_or(|at| now.since(at) > CODEC_NOTE_EVERY) {
            self.codec_noted = Some(now);
            self.context.logger.log(Level::Notice, "COMPRESSION", format_args!("{}", text()));
        } else {
            self.context.logger.debug(debug::MSG, "PRODUCE", text);
        }
    }

    /// When a request that is sent now counts as lost, and when its first messages time out.
    ///
    /// A request gets as long as messages live, but no longer than `socket.timeout.ms`. That counts from now on, however old its
    /// messages are: a connection is given up when it was silent for that long, and not because a message is near its end. With the
    /// connection everything else in flight would be sent again, and be there twice if the broker is only slow.
    ///
    /// Messages that would have no time for another attempt after `socket.timeout.ms` wait for this one until theirs is over.
    /// (Where transactions are short, `message.timeout.ms` is 100 ms more than `socket.timeout.ms`.)
    fn deadline(&self, batches: &[Batch], now: Time) -> (Deadline, Expiry) {
        let s = &self.context.settings;
        let longest =
            |most: Duration, b: &Batch| Some(most.max(b.partition.topic().settings.message_timeout?));
        let time = match batches.iter().try_fold(MIN_RESPONSE_TIME, longest) {
            Some(lifetime) if lifetime <= s.network.socket_timeout + s.retry.backoff => lifetime,
            _ => s.network.socket_timeout,
        };
        (Deadline::at(now + time), Expiry::of(batches, now + MIN_REQUEST_TIME))
    }

    /// Reports messages in flight that have timed out.
    pub(super) fn give_up(&mut self, given_up: Vec<GivenUp>) {
        for GivenUp { partition: p, mut messages, was_all } in given_up {
            messages.iter_mut().for_each(Run::note_unanswered);
            let report = Report::failed(p.topic(), p.id(), messages, ErrorCode::_MSG_TIMED_OUT);
            self.count_given_up(&p, report.messages());
            self.reports.push(report);
            if was_all {
                finish(&p);
            }
        }
        self.deliver();
    }

    /// Settles all batches of a request with the same failure.
    pub(super) fn fail(&mut self, batches: Vec<Batch>, code: ErrorCode, sent: bool, now: Time) {
        self.draw_jitter();
        for batch in batches {
            self.settle(batch, Verdict::Failed(Failure { code, sent, ..Failure::default() }), now);
        }
        self.deliver();
    }

    /// What failed together is retried together: its back-off times have one jitter in context.
    fn draw_jitter(&mut self) {
        self.jitter = self.random.fork();
    }

    fn deliver(&mut self) {
        self.spare.shrink_to(MAX_SPARE_REPORTS);
        if !self.reports.is_empty() {
            self.context.listener.deliver(std::mem::take(&mut self.reports));
        }
    }

    /// Settles the batches of a request that gets no response (acks=0).
    pub(super) fn unacknowledged(&mut self, batches: Vec<Batch>, now: Time) {
        for batch in batches {
            let verdict = Verdict::Stored { base_offset: OFFSET_INVALID, append_time_ms: None };
            self.settle(batch, verdict, now);
        }
        self.deliver();
    }

    /// Settles the batches of a request by its response. Returns how many of them have to be sent again.
    pub(super) fn respond(&mut self, batches: Vec<Batch>, version: i16, body: &[u8], now: Time) -> usize {
        let response = match parse(version, body) {
            Ok(r) => r,
            Err(e) => {
                self.context.logger.log(
                    Level::Error,
                    "PRODUCE",
                    format_args!("{}: malformed Produce response: {e}", self.handle.name()),
                );
                self.fail(batches, ErrorCode::_BAD_MSG, true, now);
                return 0;
            }
        };
        throttle::note(&self.handle, &self.context, Some(response.throttle_time_ms));
        self.draw_jitter();
        let mut retried = 0;
        let mut open = ResponseMap::new(batches);
        for topic in response.topics {
            for part in topic.partitions {
                // What was not asked for, and what was answered already, means nothing.
                let Some(batch) = open.take(&topic.name, part.partition) else { continue };
                self.hint(&topic.name, &part, &response.node_endpoints);
                retried += usize::from(self.settle(batch, verdict(part), now));
            }
        }
        // What the broker did not answer for may or may not be stored: like a broken connection.
        let unanswered = open.rest();
        retried += unanswered.len();
        self.fail(unanswered, ErrorCode::_TRANSPORT, true, now);
        retried
    }

    fn hint(&self, topic: &str, part: &wire::ResponsePartition, endpoints: &[wire::NodeEndpoint]) {
        let leader = part.current_leader.leader_id;
        if part.error_code == 0 || leader < 0 {
            return;
        }
        let endpoint =
            endpoints.iter().find(|e| e.node_id == leader).map(|e| Endpoint::advertised(&e.host, e.port));
        let hint = LeaderHint {
            topic: topic.to_owned(),
            partition: part.partition,
            leader,
            leader_epoch: part.current_leader.leader_epoch,
            endpoint,
        };
        self.context.listener.event(&self.handle, BrokerEvent::LeaderHint(hint));
    }

    /// Returns whether any of it has to be sent again.
    fn settle(&mut self, batch: Batch, verdict: Verdict, now: Time) -> bool {
        if let Verdict::Failed(f) = &verdict {
            self.context.logger.debug(debug::MSG, "MSGSET", || {
                format!(
                    "{}: {} [{}]: MessageSet with {} message(s) encountered error: {}",
                    self.handle.name(),
                    batch.partition.topic().name,
                    batch.partition.id(),
                    batch.messages,
                    f.code.describe(),
                )
            });
        }
        let sequenced = self.count_settled(&batch);
        let was_sent = !matches!(&verdict, Verdict::Failed(f) if !f.sent);
        let mut s = Settling {
            settings: &self.context.settings,
            now,
            broker_id: self.handle.node_id(),
            random: &mut self.jitter.clone(),
            producer_ids: self.context.producer_ids.as_ref(),
            spare: std::mem::take(&mut self.spare),
        };
        let mut effects = settle(batch, verdict, &mut s);
        self.count_fate(sequenced.as_deref(), &effects, was_sent);
        if let Some(error) = effects.fatal {
            self.context.listener.fatal(error);
        }
        if let Some(error) = effects.transaction {
            // Before the reports: whoever has seen a message fail may rely on that the transaction has failed.
            self.context.listener.transaction_failed(&error);
        }
        if let Some((topic, error)) = effects.refresh {
            self.context.listener.event(&self.handle, BrokerEvent::Refresh { topic, error });
        }
        if let Some((topic, error)) = effects.topic_error {
            self.context.listener.event(&self.handle, BrokerEvent::TopicError { topic, error });
        }
        self.reports.append(&mut effects.reports);
        self.spare = effects.reports;
        effects.retried > 0
    }
}

fn parse(version: i16, body: &[u8]) -> Result<wire::Response, Malformed> {
    let mut r = Reader::new(body);
    crate::protocol::header::read_response_header_rest(ApiKey::Produce, version, &mut r)?;
    let response = wire::Response::decode(version, &mut r)?;
    if response.topics.is_empty() || response.topics.iter().any(|t| t.partitions.is_empty()) {
        return Err(Malformed("topics: nothing is said of what was produced"));
    }
    Ok(response)
}

fn verdict(part: wire::ResponsePartition) -> Verdict {
    if part.error_code == 0 {
        return Verdict::Stored {
            base_offset: part.base_offset,
            append_time_ms: (part.log_append_time_ms >= 0).then_some(part.log_append_time_ms),
        };
    }
    // A negative index is that of no record.
    let index = |i: i32| usize::try_from(i).unwrap_or(usize::MAX);
    let records = part.record_errors.into_iter().map(|e| (index(e.batch_index), e.message)).collect();
    Verdict::Failed(Failure {
        code: ErrorCode(i32::from(part.error_code)),
        sent: true,
        text: part.error_message,
        records,
        offset: Some(part.base_offset),
    })
}
