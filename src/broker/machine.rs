//! The broker state machine: connects when there is something to send, negotiates versions, sends what the engine chooses,
//! and settles what comes back. It owns no thread, no socket and no clock.

use super::connection::expiry::Expiry;
use super::connection::{Connection, Purpose, Request, Response};
use super::ending::Ending;
use super::observe::failures::{Failure, Failures};
use super::observe::throttle;
use super::send::Producing;
use super::session::backoff::Backoff;
use super::session::versions::{Asking, Versions};
use super::{BrokerContext, BrokerEvent, BrokerHandle, ControlRequest, Op, State};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::base::signal::Interest;
use crate::base::sync::Arc;
use crate::conf::ProduceEngine;
use crate::net::{ConnectProgress, Endpoint, Transport};
use crate::producer::engine::{Engine, Feedback};
use crate::producer::format::ProduceFormat;
use crate::producer::partition::Partition;
use crate::producer::ready::Announcement;
use crate::producer::writer::Frame;
use crate::protocol::ApiKey;
use crate::protocol::api_versions;
use crate::protocol::header::{frame, read_response_header_rest, write_request_header};
use crate::protocol::primitives::Reader;
use crate::protocol::produce;
use std::collections::VecDeque;

/// Reads before the broker writes again, however fast responses arrive.
const READS_PER_SERVE: usize = 16;

/// When and for what a broker wants to be served again.
#[derive(Clone, Copy, Debug)]
pub struct Next {
    pub deadline: Deadline,
    pub interest: Interest,
    /// The broker is done for good.
    pub terminated: bool,
}

pub struct Broker {
    pub(super) handle: Arc<BrokerHandle>,
    pub(super) context: Arc<BrokerContext>,
    pub(super) endpoint: Endpoint,
    pub(super) state: State,
    pub(super) since: Time,
    /// When the last attempt to connect began.
    setup_since: Time,
    pub(super) connection: Connection,
    pub(super) producing: Producing,
    pub(super) engine: Engine,
    pub(super) versions: Versions,
    pub(super) asking: Asking,
    /// How to produce to this broker; `None` also if there is no way.
    pub(super) format: Option<ProduceFormat>,
    /// When it is to be logged again that there is no way to produce.
    pub(super) complain_at: Time,
    /// How often it has connected.
    pub(super) connections: u64,
    pub(super) backoff: Backoff,
    /// Requests that wait for the connection to be up.
    pub(super) parked: VecDeque<ControlRequest>,
    pub(super) connect_wanted: bool,
    pub(super) newly_ready: Vec<Announcement>,
    ops: VecDeque<Op>,
    pub(super) last_activity: Time,
    /// Size of the ProduceRequest built last.
    pub(super) last_request_bytes: usize,
    failures: Failures,
    /// Requests in a row that timed out.
    pub(super) timeouts: u32,
    random: fastrand::Rng,
    pub(super) ending: Ending,
}

impl Broker {
    pub fn new(
        context: Arc<BrokerContext>,
        handle: Arc<BrokerHandle>,
        endpoint: Endpoint,
        seed: u64,
        now: Time,
    ) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        handle.ready().set_linger(context.settings.batching_linger());
        if context.settings.engine.kind == ProduceEngine::V2 && !handle.is_logical() {
            handle.stats().engine().enable();
        }
        Self {
            producing: Producing::new(context.clone(), handle.clone(), random.u64(..)),
            engine: Engine::new(context.settings.engine.kind, &context.settings),
            versions: Versions::default(),
            asking: Asking::default(),
            format: None,
            complain_at: now,
            connections: 0,
            backoff: Backoff::new(&context.settings),
            handle,
            context,
            endpoint,
            state: State::Init,
            since: now,
            setup_since: now,
            connection: Connection::default(),
            parked: VecDeque::new(),
            connect_wanted: false,
            newly_ready: Vec::new(),
            ops: VecDeque::new(),
            last_activity: now,
            last_request_bytes: 0,
            failures: Failures::default(),
            timeouts: 0,
            random,
            ending: Ending::No,
        }
    }

    pub fn handle(&self) -> &Arc<BrokerHandle> {
        &self.handle
    }

    /// Does everything that is to be done now.
    pub fn serve(&mut self, now: Time, transport: &mut dyn Transport) -> Next {
        self.handle.stats().wakeups.add(1);
        self.run_ops(now, transport);
        if self.is_over() {
            return self.end(transport);
        }
        let deadline = self.work(now, transport);
        if self.is_over() {
            return self.end(transport);
        }
        self.handle.ready().sleep_until(deadline);
        self.count_pending(now);
        Next { deadline, interest: self.interest(), terminated: false }
    }

    /// Takes everything a step further. Returns when to come again.
    fn work(&mut self, now: Time, transport: &mut dyn Transport) -> Deadline {
        self.advance(now, transport);
        self.read(now, transport);
        self.time_out(now, transport);
        let mut deadline = self.produce(now, transport);
        // The pass may have found that something wants to be sent.
        let was_up = self.state == State::Up;
        self.advance(now, transport);
        if self.state == State::Up && !was_up {
            // Connected at once, and no answer about versions to wait for.
            deadline = Deadline::at(now);
        }
        deadline = deadline.min(self.reap_idle(now, transport));
        deadline.min(self.connection.next_timeout()).min(self.connection_deadline())
    }

    fn interest(&self) -> Interest {
        match self.state {
            State::Init | State::Down => Interest::default(),
            State::Connect => Interest { read: false, write: true },
            State::ApiVersionQuery | State::Up => {
                let write = self.connection.may_write(self.context.settings.network.max_in_flight);
                Interest { read: true, write }
            }
        }
    }

    pub(super) fn set_state(&mut self, state: State, now: Time) {
        if self.state == state {
            return;
        }
        self.context.logger.debug(debug::BROKER, "STATE", || {
            let (name, before) = (self.handle.own_name(), self.state.name());
            format!("{name}: Broker changed state {before} -> {}", state.name())
        });
        self.state = state;
        self.since = now;
        self.handle.set_state(state, now);
        if let Some(hooks) = self.context.hooks() {
            hooks.broker_state(self.handle.node_id(), &self.shown_endpoint(), state.name());
        }
    }

    fn run_ops(&mut self, now: Time, transport: &mut dyn Transport) {
        let mut ops = std::mem::take(&mut self.ops);
        self.handle.take_ops(&mut ops);
        for op in ops.drain(..) {
            match op {
                Op::Request(r) => self.parked.push_back(r),
                Op::Connect => self.connect_wanted = true,
                Op::Reconnect => self.leave_silence(now, transport),
                Op::Identify { endpoint } => self.identify(endpoint, now, transport),
                Op::Leave(p) => self.leave(&p, now),
                Op::Purge { queue, inflight, done } => {
                    self.purge(queue, inflight, now, transport);
                    drop(done);
                }
                Op::Trim => self.producing.trim(),
                Op::Dismiss => self.dismiss(now),
                Op::Decommission => self.decommission(now),
                Op::Terminate => self.ending = Ending::Now,
            }
        }
        self.ops = ops;
    }

    /// What is queued here for a partition that has another leader now goes back to it.
    fn leave(&mut self, p: &Arc<Partition>, now: Time) {
        self.engine.note_leavers();
        // If there is a request, there is a format.
        let format = self.produce_format().unwrap_or(ProduceFormat::newest(produce::CLIENT_MAX_VERSION));
        let producing = &mut self.producing;
        let (batches, requests) = self.connection.take_unsent_of(p, &mut |r| producing.rewrite(r, format));
        self.producing.fail(batches, ErrorCode::_RETRY, false, now);
        for r in requests {
            self.fail_request(r, &Error::new(ErrorCode::_RETRY, "partition has a new leader"), now);
        }
    }

    fn purge(&mut self, queue: bool, inflight: bool, now: Time, transport: &mut dyn Transport) {
        if inflight {
            let batches = self.connection.take_batches_in_flight();
            self.producing.fail(batches, ErrorCode::_PURGE_INFLIGHT, true, now);
        }
        if !queue {
            return;
        }
        self.engine.note_leavers();
        let purged = Error::new(ErrorCode::_PURGE_QUEUE, "purged");
        for r in self.connection.take_unsent() {
            self.fail_request(r, &purged, now);
        }
        if let Some(r) = self.connection.take_partly_written() {
            self.fail_request(r, &purged, now);
            let text = "Purged 1 partially sent request: forcing disconnect";
            self.end_connection(Error::new(ErrorCode::_TRANSPORT, text), now, transport);
        }
    }

    /// Takes the connection a step further, as far as there is a reason to.
    fn advance(&mut self, now: Time, transport: &mut dyn Transport) {
        if matches!(self.state, State::Init | State::Down)
            && self.wants_connection()
            && self.backoff.is_over(now)
        {
            self.connect(now, transport);
        }
        if self.state == State::Connect {
            match transport.poll_connect() {
                ConnectProgress::Pending => {}
                ConnectProgress::Connected => self.connected(now, transport),
                ConnectProgress::Failed(e) => self.fail(Level::Error, e, now, transport),
            }
        }
        if matches!(self.state, State::Connect | State::ApiVersionQuery) {
            self.check_setup_time(now, transport);
        }
        if self.state == State::Up {
            self.unpark(now);
        }
    }

    fn wants_connection(&self) -> bool {
        if self.ending == Ending::WhenDone {
            return !self.parked.is_empty();
        }
        if self.handle.is_logical() {
            // As soon as it has an address: it is there for what may come.
            return !self.endpoint.is_empty();
        }
        self.connect_wanted
            || !self.parked.is_empty()
            || self.engine.wants_room()
            || !self.context.settings.network.enable_sparse_connections
    }

    fn connection_deadline(&self) -> Deadline {
        match self.state {
            State::Init | State::Down if self.wants_connection() => self.backoff.until(),
            // The time is for everything until the connection can be used.
            State::Connect | State::ApiVersionQuery => {
                Deadline::at(self.setup_since + self.context.settings.network.connection_setup_timeout)
            }
            _ => Deadline::NEVER,
        }
    }

    fn check_setup_time(&mut self, now: Time, transport: &mut dyn Transport) {
        if self.connection_deadline().is_due(now) {
            let text = format!("Connection setup timed out in state {}", self.state.name());
            self.fail(Level::Error, Error::new(ErrorCode::_TRANSPORT, text), now, transport);
        }
    }

    fn connect(&mut self, now: Time, transport: &mut dyn Transport) {
        self.backoff.attempt(now, &self.context.settings, &mut self.random);
        self.setup_since = now;
        self.handle.stats().connects.add(1);
        self.connections += 1;
        self.set_state(State::Connect, now);
        match transport.connect(&self.endpoint, now) {
            Ok(()) => self.tell_connecting(transport),
            Err(e) => self.fail(Level::Error, e, now, transport),
        }
    }

    pub(super) fn push_request(
        &mut self,
        api: ApiKey,
        version: i16,
        encode: &dyn Fn(&mut Vec<u8>),
        purpose: Purpose,
        deadline: Deadline,
        now: Time,
    ) {
        let correlation_id = self.connection.next_correlation_id();
        let mut bytes = Vec::new();
        frame(&mut bytes, |out| {
            let client_id = Some(self.context.settings.client.id.as_str());
            write_request_header(api, version, correlation_id, client_id, out);
            encode(out);
        });
        self.connection.push(Request {
            correlation_id,
            api,
            version,
            purpose,
            deadline,
            expiry: Expiry::default(),
            expects_response: true,
            frame: Frame::plain(bytes),
            written: 0,
            sent_at: now,
        });
    }

    pub(super) fn up(&mut self, now: Time) {
        self.set_state(State::Up, now);
        self.backoff.reset(&self.context.settings);
        self.connect_wanted = false;
        self.timeouts = 0;
        self.context.listener.event(&self.handle, BrokerEvent::Up);
    }

    /// Sends what waited for the connection.
    pub(super) fn unpark(&mut self, now: Time) {
        while let Some(r) = self.parked.pop_front() {
            match self.versions.pick(r.api, &r.versions) {
                Some(version) => {
                    let api = r.api;
                    let deadline = Deadline::at(now + self.context.settings.network.socket_timeout);
                    let mut body = Vec::new();
                    (r.encode)(version, &mut body);
                    let encode = |out: &mut Vec<u8>| out.extend_from_slice(&body);
                    self.push_request(api, version, &encode, Purpose::Control(r), deadline, now);
                }
                None => {
                    let text = format!("{} is not supported by broker", r.api.name().unwrap_or("Request"));
                    (r.reply)(Err(Error::new(ErrorCode::_UNSUPPORTED_FEATURE, text)));
                }
            }
        }
    }

    fn read(&mut self, now: Time, transport: &mut dyn Transport) {
        for _ in 0..READS_PER_SERVE {
            if !matches!(self.state, State::ApiVersionQuery | State::Up) {
                return;
            }
            match self.connection.fill(transport) {
                Ok(more) => {
                    self.answers(now, transport);
                    if !more {
                        return;
                    }
                }
                Err(e) => return self.receive_failed(e.as_ref(), now, transport),
            }
        }
    }

    fn answers(&mut self, now: Time, transport: &mut dyn Transport) {
        loop {
            match self.next_response(now) {
                Ok(Some(answer)) => self.answer(answer, now, transport),
                Ok(None) => return,
                Err(e) => return self.fail(Level::Error, e, now, transport),
            }
            if !matches!(self.state, State::ApiVersionQuery | State::Up) {
                return;
            }
        }
    }

    fn answer(&mut self, answer: Response, now: Time, transport: &mut dyn Transport) {
        let Response { request, bytes } = answer;
        self.last_activity = now;
        self.timeouts = 0;
        self.handle.set_silent(false);
        self.count_answer(&request, bytes.len(), now);
        // The correlation id is counted as well.
        self.note_response(&request, bytes.len() + 4, Some(now.since(request.sent_at)), ErrorCode::NO_ERROR);
        let body = self.connection.bytes(bytes);
        match request.purpose {
            Purpose::Produce(batches) => {
                let n = batches.len();
                let retried = self.producing.respond(batches, request.version, body, now);
                self.engine.note_response(&Feedback {
                    rtt: now.since(request.sent_at),
                    in_flight: self.connection.in_flight() + 1,
                    batches: n,
                    retried,
                });
            }
            Purpose::Control(r) => {
                let mut reader = Reader::new(body);
                let result = match read_response_header_rest(request.api, request.version, &mut reader) {
                    Ok(()) => {
                        let told = throttle::of_response(request.api, request.version, reader.rest());
                        throttle::note(&self.handle, &self.context, told);
                        Ok((request.version, reader.rest()))
                    }
                    Err(e) => Err(Error::new(ErrorCode::_BAD_MSG, e.to_string())),
                };
                (r.reply)(result);
            }
            Purpose::ApiVersions => {
                let mut reader = Reader::new(body);
                let response = api_versions::Response::decode(request.version, &mut reader);
                self.versions_answered(request.version, response.ok(), now, transport);
            }
        }
    }

    pub(super) fn fail_request(&mut self, r: Request, error: &Error, now: Time) {
        let sent = r.was_sent();
        self.note_response(&r, 0, None, error.code);
        match r.purpose {
            Purpose::Produce(batches) => self.producing.fail(batches, error.code, sent, now),
            Purpose::Control(c) => (c.reply)(Err(error.clone())),
            Purpose::ApiVersions => {}
        }
    }

    fn reap_idle(&mut self, now: Time, transport: &mut dyn Transport) -> Deadline {
        let Some(max) = self.context.settings.network.connections_max_idle else { return Deadline::NEVER };
        if self.state != State::Up || !self.connection.is_quiet() {
            return Deadline::NEVER;
        }
        let at = Deadline::at(self.last_activity + max);
        if at.is_due(now) {
            let idle = now.since(self.last_activity).as_millis();
            self.context.logger.debug(debug::BROKER, "IDLE", || {
                let name = self.handle.name();
                format!("{name}: Connection max idle time exceeded ({idle}ms since last activity)")
            });
            // Nothing has failed: nobody looks for new leaders, and the broker does not count as down.
            transport.close();
            self.producing.trim();
            let _ = self.connection.reset();
            self.count_disconnect();
            self.connect_wanted = false;
            self.set_state(State::Init, now);
            return Deadline::NEVER;
        }
        at
    }

    /// Ends the connection, or the attempt to have one, and everything that was under way on it.
    pub(super) fn fail(&mut self, level: Level, error: Error, now: Time, transport: &mut dyn Transport) {
        let (error, report) = self.disconnect(level, error, now, transport);
        self.context.listener.event(&self.handle, BrokerEvent::Down { error, report, planned: false });
    }

    /// Ends the connection of our own accord: nobody is told of an error, and the broker does not count as down.
    pub(super) fn end_connection(&mut self, error: Error, now: Time, transport: &mut dyn Transport) {
        let (error, report) = self.disconnect(Level::Debug, error, now, transport);
        self.context.listener.event(&self.handle, BrokerEvent::Down { error, report, planned: true });
    }

    /// Returns the error as the client is told of it, and whether the application is.
    fn disconnect(
        &mut self,
        level: Level,
        mut error: Error,
        now: Time,
        transport: &mut dyn Transport,
    ) -> (Error, bool) {
        transport.close();
        self.producing.trim();
        self.name_address(&mut error);
        let failure = Failure { level, error: &error, state: self.state, since: self.since, now };
        let (report, shown) = self.failures.note(&failure, &self.handle.own_name(), &self.context.logger);
        let was = self.state;
        if was == State::ApiVersionQuery {
            // Brokers before 0.10 end the connection when they are asked.
            self.asking.failed();
        }
        self.count_disconnect();
        self.handle.set_silent(false);
        self.set_state(State::Down, now);
        let (in_flight, unsent) = self.connection.reset();
        for r in in_flight {
            self.fail_request(r, &error, now);
        }
        let mut in_queue = error.clone();
        if error.code == ErrorCode::_TIMED_OUT {
            in_queue.code = ErrorCode::_TIMED_OUT_QUEUE;
        }
        for r in unsent {
            self.fail_request(r, &in_queue, now);
        }
        for r in std::mem::take(&mut self.parked) {
            (r.reply)(Err(error.clone()));
        }
        if was != State::Up {
            // The attempt was the answer to the wish; who still wants a connection says so again.
            self.connect_wanted = false;
        }
        (Error::new(error.code, shown), report)
    }
}
