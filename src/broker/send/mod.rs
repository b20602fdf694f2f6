//! What of a broker is for producing: the engine that chooses what is sent, the requests made of it, and
//! settling what comes back. It puts requests on a [`Connection`] and takes batches off it; whether there is
//! one is not its business.

mod encoder;
mod failed;
mod response_map;
mod settler;

use super::connection::Connection;
use super::connection::request::Request;
use super::context::{BrokerContext, BrokerEvent};
use super::handle::BrokerHandle;
use super::observe::Observer;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::log::Level;
use crate::base::sync::Arc;
use crate::conf::ProduceEngine;
use crate::producer::batch::Batch;
use crate::producer::engine::{Engine, Feedback, ServeContext, TimedOut, log_timed_out};
use crate::producer::format::{Magic, ProduceFormat};
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::partition::Announcement;
use crate::producer::partition::Partition;
use crate::producer::partition::cause::Seconds;
use crate::producer::partition::report::Report;
use crate::producer::wire::side_by_side::Busy;
use crate::producer::wire::writer::{EncodeQueue, Frame};
use crate::protocol::produce as wire;
use encoder::Encoder;
pub use failed::Failed;
use settler::Settler;
use std::time::Duration;

/// From this version of Produce on brokers add partitions to transactions (KIP-890).
const IMPLICIT_TRANSACTIONS: i16 = 12;
/// Requests that one look of the engine may add; they leave in one system call.
const REQUESTS_PER_PASS: usize = 8;
/// From this size on a request is worth a system call of its own.
const LARGE_REQUEST: usize = 64 << 10;
/// So many are compressed in a pass for each thread that does so: with one each, all threads would wait for
/// one that other programs have interrupted.
const LARGE_REQUESTS_PER_THREAD: usize = 2;
/// How often it is said that a broker takes no ProduceRequest of ours.
const COMPLAIN_EVERY: Duration = Duration::from_secs(5);
/// From so many requests in flight on, their answers may wait for each other.
const MANY_ANSWERS: usize = 3;

/// What the sender needs to know of the connection's state.
#[derive(Clone, Copy)]
pub struct Link {
    /// Whether requests may be put on it.
    pub is_up: bool,
    /// Another one each time that the broker connects.
    pub number: u64,
}

/// What came of letting the engine choose.
pub struct Built {
    /// Whether there are new requests on the connection.
    pub any: bool,
    /// When the engine wants to be asked again.
    pub next: Deadline,
}

pub struct Sender {
    context: Arc<BrokerContext>,
    handle: Arc<BrokerHandle>,
    observer: Observer,
    engine: Engine,
    encoder: Encoder,
    settler: Settler,
    /// How to produce to this broker; `None` while that is not known, or if there is no way.
    format: Option<ProduceFormat>,
    /// When it is to be logged again that there is no way.
    complain_at: Time,
    newly_ready: Vec<Announcement>,
    /// Whether somebody waited in flush() before these were taken. They include all that was produced before
    /// it then, so that a flush sends no part of it ahead of the rest.
    flushing: bool,
    /// When an answer was read last.
    answered: Time,
    /// Size of the request built last.
    last_request_bytes: usize,
    /// How many large requests may be made in a pass.
    large_at_a_time: usize,
}

impl Sender {
    pub fn new(
        context: &Arc<BrokerContext>,
        handle: &Arc<BrokerHandle>,
        observer: &Observer,
        seed: u64,
        now: Time,
    ) -> Self {
        let settings = &context.settings;
        let engine = Engine::new(settings.engine.kind, settings);
        handle.ready().set_linger(settings.batching_linger());
        if settings.engine.kind == ProduceEngine::V2 && !handle.is_logical() {
            handle.stats().engine().enable();
        }
        Self {
            engine,
            encoder: Encoder::new(context.clone(), handle.clone(), observer.clone()),
            settler: Settler::new(context.clone(), handle.clone(), observer.clone(), seed),
            context: context.clone(),
            handle: handle.clone(),
            observer: observer.clone(),
            format: None,
            complain_at: now,
            newly_ready: Vec::new(),
            flushing: false,
            answered: Time(i64::MIN),
            last_request_bytes: 0,
            large_at_a_time: 1,
        }
    }

    /// The broker takes messages in this form; `None`: in none that we know.
    pub fn set_format(&mut self, format: Option<ProduceFormat>) {
        // Sequences of idempotent producers came with record batches.
        let idempotent = self.context.producer_ids.is_some();
        self.format = format.filter(|f| !idempotent || f.magic >= Magic::V2);
    }

    /// Whether there are messages that could leave now: a reason to have a connection.
    pub fn wants_space(&self) -> bool {
        self.engine.has_due_messages()
    }

    /// Until when answers may stay unread, if they may: as long as linger times wait for each other, once one
    /// answer has been read. If many requests are in flight, their answers come one close after the other.
    /// Those that are read together cost one wake-up, here and at the broker.
    pub fn answers_rest_until(&self, in_flight: usize, now: Time) -> Option<Time> {
        let rest = self.engine.rest()?;
        let may_wait = in_flight >= MANY_ANSWERS && self.answered >= rest.start && rest.contains(&now);
        (may_wait && !self.wants_space() && !self.context.is_flushing()).then_some(rest.end)
    }

    /// Takes what partitions have announced since the last time.
    pub fn take_announcements(&mut self) {
        self.flushing = self.context.is_flushing();
        self.handle.ready().take(&mut self.newly_ready);
    }

    /// Lets the engine choose, and puts requests of that on the connection.
    pub fn build(&mut self, link: Link, connection: &mut Connection, now: Time) -> Built {
        let context = &self.context;
        let ctx = ServeContext {
            now,
            settings: &context.settings,
            max_requests: self.space(link, connection),
            free_in_flight: connection.free_in_flight(),
            connection: link.number,
            in_flight: connection.in_flight(),
            in_flight_since: connection.oldest().map(Request::sent_at),
            format: self.format_or_newest(),
            flushing: self.flushing,
            ready: self.handle.ready(),
            stats: self.handle.stats().engine(),
            producer_ids: context.producer_ids.as_ref(),
            transaction: context.transaction.as_deref(),
        };
        let mut out = self.engine.serve(&mut self.newly_ready, &ctx);
        if !out.timed_out.is_empty() {
            let timed_out = std::mem::take(&mut out.timed_out);
            out.reports.extend(self.explain(timed_out, link, connection, now));
        }
        if !out.reports.is_empty() {
            context.listener.deliver(out.reports);
        }
        if context.producer_ids.as_ref().is_some_and(ProducerIds::take_news) {
            context.listener.event(&self.handle, BrokerEvent::ProducerId);
        }
        if out.requests.is_empty() {
            return Built { any: false, next: out.next.min(self.complain(link, now)) };
        }
        self.push_all(out.requests, connection, now);
        Built { any: true, next: out.next }
    }

    /// The reports of messages whose time was over before they could leave.
    #[cold]
    fn explain(
        &self,
        timed_out: Vec<TimedOut>,
        link: Link,
        connection: &Connection,
        now: Time,
    ) -> Vec<Report> {
        let obstacle = self.obstacle(link, connection, now);
        let reports: Vec<_> = timed_out.into_iter().map(|t| t.explain(|_| obstacle.clone())).collect();
        log_timed_out(&reports, &self.context.logger, Some(self.handle.name()));
        reports
    }

    /// What keeps messages of all partitions from leaving, if anything does.
    fn obstacle(&self, link: Link, connection: &Connection, now: Time) -> Option<String> {
        let name = || self.handle.name();
        if !link.is_up {
            return Some(self.handle.describe_outage(now));
        }
        if self.format.is_none() {
            return Some(format!("broker {} takes no ProduceRequest of a known version", name()));
        }
        if let Some(since) = connection.refused_since() {
            let lasted = Seconds(now.since(since));
            return Some(format!("the connection to broker {} has taken nothing for {lasted}", name()));
        }
        let oldest = connection.oldest().filter(|_| connection.free_in_flight() == 0)?;
        let (max, waited) = (self.context.settings.network.max_in_flight, now.since(oldest.sent_at()));
        Some(format!(
            "waiting behind max.in.flight={max}: broker {} has not answered the oldest request for {}",
            name(),
            Seconds(waited)
        ))
    }

    /// How to produce to this broker now. A request of a version with implicit transactions adds its
    /// partitions to one, so it must not be sent where the coordinator is told of them.
    fn current_format(&self) -> Option<ProduceFormat> {
        let mut format = self.format?;
        if self.context.transaction.as_ref().is_some_and(|t| !t.is_implicit()) {
            format.version = format.version.min(IMPLICIT_TRANSACTIONS - 1);
        }
        Some(format)
    }

    /// For what does not send anything yet, or has been built once already: then there is a format.
    fn format_or_newest(&self) -> ProduceFormat {
        self.current_format().unwrap_or(ProduceFormat::newest(wire::CLIENT_MAX_VERSION))
    }

    fn push_all(&mut self, requests: Vec<Vec<Batch>>, connection: &mut Connection, now: Time) {
        let Some(format) = self.current_format() else {
            // The engine was told that there is no space, so it does not come to this.
            for batches in requests {
                self.observer.batches_refused(&batches);
                self.settler.fail(batches, &Failed::of_ours(ErrorCode::_RETRY), now);
            }
            return;
        };
        let busy = self.encoder.begin(&requests, format);
        self.large_at_a_time = match busy.as_ref().map_or(0, Busy::helpers) {
            // They leave one by one: their buffers stay few and warm in the cache.
            0 => 1,
            helpers => (LARGE_REQUESTS_PER_THREAD * (1 + helpers)).min(REQUESTS_PER_PASS),
        };
        for queue in self.encoder.prepare(requests, format) {
            self.push(queue, format, connection, now);
        }
    }

    /// Puts requests of all batches of the queue on the connection.
    fn push(
        &mut self,
        mut queue: EncodeQueue,
        format: ProduceFormat,
        connection: &mut Connection,
        now: Time,
    ) {
        let limit = self.engine.largest_request(&self.context.settings);
        while queue.next().is_some() {
            let id = connection.next_correlation_id();
            let request = self.encoder.request(&mut queue, format, id, limit, now);
            self.last_request_bytes = request.len();
            connection.push(request);
        }
    }

    /// Messages for a broker that takes no ProduceRequest of ours wait until they time out.
    fn complain(&mut self, link: Link, now: Time) -> Deadline {
        if !link.is_up || self.format.is_some() || !self.engine.has_due_messages() {
            return Deadline::NEVER;
        }
        if now >= self.complain_at {
            self.complain_at = now + COMPLAIN_EVERY;
            let (oldest, newest) = (wire::VERSIONS.start(), wire::CLIENT_MAX_VERSION);
            self.observer.log(
                Level::Error,
                "PRODUCE",
                format_args!(
                    "No viable ProduceRequest ApiVersions (v{oldest}..{newest}) supported by broker: \
                     unable to produce"
                ),
            );
        }
        Deadline::at(self.complain_at)
    }

    /// How many requests may be built now.
    fn space(&self, link: Link, connection: &Connection) -> usize {
        let s = &self.context.settings;
        if !link.is_up
            || self.format.is_none()
            || connection.unsent() >= s.queue.backpressure_threshold.max(1)
        {
            return 0;
        }
        if self.context.producer_ids.as_ref().is_some_and(|ids| !ids.is_open()) {
            return 0;
        }
        let at_a_time = match self.last_request_bytes {
            ..LARGE_REQUEST => REQUESTS_PER_PASS,
            _ => self.large_at_a_time,
        };
        connection.free_in_flight().min(at_a_time)
    }

    /// What is queued here for a partition that has another leader now goes back to it. Returns the requests
    /// that are empty without it.
    pub fn leave(&mut self, p: &Arc<Partition>, connection: &mut Connection, now: Time) -> Vec<Request> {
        self.engine.partitions_left();
        let format = self.format_or_newest();
        let encoder = &mut self.encoder;
        let (batches, requests) = connection.take_unsent_of(p, &mut |r| encoder.rewrite(r, format));
        self.settler.fail(batches, &Failed::of_ours(ErrorCode::_RETRY), now);
        requests
    }

    /// Messages of this broker's partitions have been taken away without the engine having a part in it.
    pub fn on_partitions_left(&mut self) {
        self.engine.partitions_left();
    }

    /// Gives up messages that have timed out in requests. What the broker says about them is not listened to
    /// any more.
    pub fn expire(&mut self, connection: &mut Connection, now: Time) {
        let format = self.format_or_newest();
        let encoder = &mut self.encoder;
        let expired = connection.take_expired(now, &mut |r| encoder.rewrite(r, format));
        self.settler.give_up(expired.given_up, now);
        let mut fail = |batches, code, since: Option<Time>| {
            let sent = code == ErrorCode::_TIMED_OUT;
            let why = since.map(|since| self.handle.describe_wait(sent, since, now));
            self.settler.fail(batches, &Failed { code, sent, why }, now);
        };
        fail(expired.sequenced, ErrorCode::_TIMED_OUT, expired.sent_at);
        fail(expired.unsent, ErrorCode::_TIMED_OUT_QUEUE, expired.made_at);
    }

    /// Settles the batches of a request that failed.
    pub fn fail(&mut self, batches: Vec<Batch>, failed: &Failed, now: Time) {
        self.settler.fail(batches, failed, now);
    }

    /// Settles the batches of a request that gets no response (acks=0).
    pub fn unacknowledged(&mut self, batches: Vec<Batch>, now: Time) {
        self.settler.unacknowledged(batches, now);
    }

    /// Settles the batches of a request by its response, which took `rtt`. `in_flight`: requests that were
    /// out, this one among them.
    pub fn respond(
        &mut self,
        batches: Vec<Batch>,
        (version, body): (i16, &[u8]),
        (rtt, in_flight): (Duration, usize),
        now: Time,
    ) {
        let n = batches.len();
        self.answered = now;
        let retried = self.settler.respond(batches, version, body, now);
        self.engine.response_received(&Feedback { rtt, in_flight, batches: n, retried });
    }

    /// Takes back the memory of a request that was written.
    pub fn recycle(&mut self, frame: Frame) {
        self.encoder.recycle(frame);
    }

    /// Lets go of memory that is kept for reuse.
    pub fn trim(&mut self) {
        self.encoder.trim();
    }

    /// The broker has come to its end.
    pub fn clear(&mut self) {
        self.newly_ready.clear();
    }
}
