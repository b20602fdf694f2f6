//! Settles the batches of requests: by the response, or by the want of one.

use super::failed::Failed;
use super::response_map::ResponseMap;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::line::Line;
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::broker::connection::expiry::GivenUp;
use crate::broker::context::{BrokerContext, BrokerEvent, LeaderHint};
use crate::broker::handle::BrokerHandle;
use crate::broker::observe::Observer;
use crate::net::Endpoint;
use crate::producer::batch::Batch;
use crate::producer::engine::log_timed_out;
use crate::producer::partition::cause;
use crate::producer::partition::report::{OFFSET_INVALID, Report, ReportText};
use crate::producer::settle::{BatchFailure, SettleContext, Verdict, finish, settle};
use crate::producer::store::Run;
use crate::protocol::ApiKey;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::produce as wire;
use crate::protocol::topic_id;

/// Reports that there is always space for.
const MAX_SPARE_REPORTS: usize = 16;

pub struct Settler {
    context: Arc<BrokerContext>,
    handle: Arc<BrokerHandle>,
    observer: Observer,
    random: fastrand::Rng,
    /// Of the request that is being settled.
    jitter: fastrand::Rng,
    /// To be delivered when all of a request is settled.
    reports: Vec<Report>,
    /// An empty list whose memory is used again: most batches need one for a single report.
    spare: Vec<Report>,
}

impl Settler {
    pub fn new(
        context: Arc<BrokerContext>,
        handle: Arc<BrokerHandle>,
        observer: Observer,
        seed: u64,
    ) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let jitter = random.fork();
        Self { context, handle, observer, random, jitter, reports: Vec::new(), spare: Vec::new() }
    }

    /// Reports messages in flight that have timed out.
    pub fn give_up(&mut self, given_up: Vec<GivenUp>, now: Time) {
        let mut told: Option<(Time, Arc<str>)> = None;
        for GivenUp { partition: p, mut messages, since, was_all } in given_up {
            messages.iter_mut().for_each(Run::mark_possibly_persisted);
            let mut report = Report::failed(p.topic(), p.id(), messages, ErrorCode::_MSG_TIMED_OUT);
            // What was in the same request has the same text.
            let (_, text) = told.take().filter(|(of, _)| *of == since).unwrap_or_else(|| {
                (since, cause::text(report.error, &self.handle.describe_wait(true, since, now)))
            });
            report.text = Some(ReportText::Cause(text.clone()));
            told = Some((since, text));
            self.observer.messages_given_up(&p, report.messages());
            self.reports.push(report);
            if was_all {
                finish(&p);
            }
        }
        log_timed_out(&self.reports, &self.context.logger, Some(self.handle.name()));
        self.deliver();
    }

    /// Settles all batches of a request with the same failure.
    pub fn fail(&mut self, batches: Vec<Batch>, failed: &Failed, now: Time) {
        self.draw_jitter();
        for batch in batches {
            let Failed { code, sent, why } = failed;
            let f = BatchFailure { code: *code, sent: *sent, why: why.clone(), ..BatchFailure::default() };
            self.settle(batch, Verdict::Failed(f), now);
        }
        self.deliver();
    }

    /// What failed together is retried together: its back-off times have one jitter in common.
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
    pub fn unacknowledged(&mut self, batches: Vec<Batch>, now: Time) {
        for batch in batches {
            let verdict = Verdict::Stored { base_offset: OFFSET_INVALID, append_time_ms: None };
            self.settle(batch, verdict, now);
        }
        self.deliver();
    }

    /// Settles the batches of a request by its response. Returns how many of them have to be sent again.
    pub fn respond(&mut self, batches: Vec<Batch>, version: i16, body: &[u8], now: Time) -> usize {
        let response = match parse(version, body) {
            Ok(r) => r,
            Err(e) => {
                self.context.logger.log(
                    Level::Error,
                    "PRODUCE",
                    format_args!("{}: malformed Produce response: {e}", self.handle.name()),
                );
                self.fail(batches, &Failed { code: ErrorCode::_BAD_MSG, sent: true, why: None }, now);
                return 0;
            }
        };
        self.observer.throttled(Some(response.throttle_time_ms));
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
        let why = (!unanswered.is_empty())
            .then(|| format!("broker {} did not answer for the partition", self.handle.name()).into());
        self.fail(unanswered, &Failed { code: ErrorCode::_TRANSPORT, sent: true, why }, now);
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
            topic_id: topic_id::UNKNOWN,
            partition: part.partition,
            leader,
            leader_epoch: part.current_leader.leader_epoch,
            endpoint,
        };
        self.context.listener.event(&self.handle, BrokerEvent::LeaderHint(hint));
    }

    /// Returns whether any of it has to be sent again.
    #[inline(never)] // Called once a batch, and bench/instructions.py counts what it takes.
    fn settle(&mut self, batch: Batch, verdict: Verdict, now: Time) -> bool {
        if let Verdict::Failed(f) = &verdict {
            self.context.logger.debug(debug::MSG, "MSGSET", || {
                let (name, n, why) = (self.handle.name(), batch.messages, f.code.describe());
                let (topic, id) = (&batch.partition.topic().name, batch.partition.id());
                let text = format!(
                    "{name}: {topic} [{id}]: MessageSet with {n} message(s) encountered error: {why}"
                );
                Line::new(text).of_broker(name).of_partition(topic, id).of_error(f.code)
            });
        }
        let sequenced = self.observer.batch_settling(&batch);
        let was_sent = !matches!(&verdict, Verdict::Failed(f) if !f.sent);
        let mut s = SettleContext {
            settings: &self.context.settings,
            now,
            broker_id: self.handle.node_id(),
            random: &mut self.jitter.clone(),
            producer_ids: self.context.producer_ids.as_ref(),
            spare: std::mem::take(&mut self.spare),
        };
        let mut effects = settle(batch, verdict, &mut s);
        self.observer.batch_settled(sequenced.as_deref(), &effects, was_sent);
        if let Some(error) = effects.fatal {
            self.context.listener.fatal(error);
        }
        if let Some(error) = effects.transaction {
            // Before the reports: whoever has seen a message fail may rely on that the transaction has
            // failed.
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
    Verdict::Failed(BatchFailure {
        code: ErrorCode(i32::from(part.error_code)),
        sent: true,
        text: part.error_message,
        why: None,
        records,
        offset: Some(part.base_offset),
    })
}
