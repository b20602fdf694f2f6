//! The broker: a loop that has its parts do what is to be done, and carries news from one to the other. It
//! owns no thread, no socket and no clock.
//!
//! `Session` has the state of the connection, `Connection` its requests, `Sender` what is for
//! producing, `ControlQueue` the requests that others have asked for. `Observer` is told of everything.

mod closing;

use super::connection::request::{Purpose, Request, bare_frame, plain_frame};
use super::connection::{Arrival, Connection, Response, Sent};
use super::consume::Consume;
use super::context::{BrokerContext, BrokerEvent};
use super::control::{ControlQueue, answer_control};
use super::handle::BrokerHandle;
use super::observe::Observer;
use super::observe::failures::Failures;
use super::op::Op;
use super::send::{Failed, Link, Sender};
use super::session::request::SessionRequest;
use super::session::state::ConnectionState;
use super::session::{Negotiated, Session, SessionStep};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::base::signal::Interest;
use crate::base::sync::Arc;
use crate::net::{Endpoint, Setup, Transport};
use std::collections::VecDeque;
use std::os::fd::AsRawFd;

/// Reads before the broker writes again, however fast responses arrive.
const READS_PER_SERVE: usize = 16;
/// Looks at the engine before the broker reads again, however fast the connection takes requests.
const PASSES_PER_SERVE: usize = 32;

/// When and for what a broker wants to be served again.
#[derive(Clone, Copy, Debug)]
pub struct Next {
    pub deadline: Deadline,
    pub interest: Interest,
    /// Another number for each connection, and each attempt to have one.
    pub connection: u64,
    /// The broker is done for good.
    pub terminated: bool,
}

/// Whether, and how, a broker comes to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ending {
    #[default]
    No,
    /// When everything that it was asked is answered.
    WhenDone,
    Now,
}

pub struct Broker {
    context: Arc<BrokerContext>,
    handle: Arc<BrokerHandle>,
    observer: Observer,
    session: Session,
    connection: Connection,
    sender: Sender,
    consume: Consume,
    controls: ControlQueue,
    failures: Failures,
    ops: VecDeque<Op>,
    ending: Ending,
    /// This pass may have waited for the application's callbacks: what follows them is for the next pass.
    comes_again: bool,
    /// The handshake is done, and the session has not heard of it.
    has_shaken_hands: bool,
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
        let observer = Observer::new(context.clone(), handle.clone());
        let identity = (context.principal.clone(), handle.signal().clone());
        let sender = Sender::new(&context, &handle, &observer, random.u64(..), now);
        Self {
            session: Session::new(endpoint, &context.settings, identity, random, now),
            connection: Connection::new(&context.settings, now),
            sender,
            consume: Consume::new(&context, &handle, &observer),
            controls: ControlQueue::default(),
            failures: Failures::default(),
            ops: VecDeque::new(),
            ending: Ending::No,
            comes_again: false,
            has_shaken_hands: false,
            context,
            handle,
            observer,
        }
    }

    pub fn handle(&self) -> &Arc<BrokerHandle> {
        &self.handle
    }

    /// Whether a request is on its way or waits to be written.
    pub fn has_requests(&self) -> bool {
        !self.connection.is_quiet()
    }

    /// Does everything that is to be done now.
    pub fn serve(&mut self, now: Time, transport: &mut dyn Transport) -> Next {
        self.observer.served();
        self.comes_again = false;
        self.run_ops(now, transport);
        if self.is_over() {
            return self.end(transport);
        }
        let mut deadline = self.work(now, transport);
        if self.is_over() {
            return self.end(transport);
        }
        let mut interest = self.interest();
        if let Some(until) = self.sender.answers_rest_until(self.connection.in_flight(), now) {
            interest.read = false;
            deadline = deadline.min(Deadline::at(until));
        }
        self.handle.ready().sleep_until(deadline);
        self.observer.count_pending(&self.connection, now);
        Next { deadline, interest, connection: self.session.attempts(), terminated: false }
    }

    fn run_ops(&mut self, now: Time, transport: &mut dyn Transport) {
        let mut ops = std::mem::take(&mut self.ops);
        self.handle.take_ops(&mut ops);
        for op in ops.drain(..) {
            match op {
                Op::Request(r) => self.controls.push(r),
                Op::Connect => self.session.set_wanted(true),
                Op::Reconnect => self.leave_silence(now, transport),
                Op::Identify { endpoint } => self.identify(endpoint, now, transport),
                Op::Leave(p) => {
                    let left = self.sender.leave(&p, &mut self.connection, now);
                    self.fail_all(left, &Error::new(ErrorCode::_RETRY, "partition has a new leader"), now);
                }
                Op::Purge { queue, inflight, done } => {
                    self.purge(queue, inflight, now, transport);
                    drop(done);
                }
                Op::Fetch(partition) => self.consume.add(partition),
                Op::Trim => self.sender.trim(),
                Op::Dismiss => self.dismiss(now),
                Op::Decommission => self.decommission(now),
                Op::Terminate => self.ending = Ending::Now,
            }
        }
        self.ops = ops;
    }

    /// Takes everything a step further. Returns when to come again.
    fn work(&mut self, now: Time, transport: &mut dyn Transport) -> Deadline {
        self.advance(now, transport);
        self.read(now, transport);
        self.time_out(now, transport);
        let fetching = self.fetch(now);
        let mut deadline = self.produce(now, transport).min(fetching);
        // The engine may have found that something wants to be sent.
        let was_up = self.is_up();
        self.advance(now, transport);
        if self.comes_again || self.is_up() && !was_up {
            // Perhaps connected at once, and perhaps no answer about versions to wait for.
            deadline = Deadline::at(now);
        }
        deadline = deadline.min(self.reap_idle(now, transport)).min(self.connection.next_timeout());
        deadline.min(self.session.deadline(self.wants_connection(), &self.context.settings))
    }

    fn is_up(&self) -> bool {
        self.session.state() == ConnectionState::Up
    }

    fn interest(&self) -> Interest {
        match self.session.state() {
            ConnectionState::Init | ConnectionState::Down => Interest::default(),
            ConnectionState::Connect => Interest { read: false, write: true },
            // If the handshake needs to write, the transport knows that.
            ConnectionState::SslHandshake => Interest { read: true, write: false },
            _ => Interest { read: true, write: self.connection.may_write() },
        }
    }

    /// Whether there is a reason to have a connection.
    fn wants_connection(&self) -> bool {
        if self.ending == Ending::WhenDone {
            return !self.controls.is_empty();
        }
        if self.handle.is_logical() {
            // As soon as it has an address: it is there for what may come.
            return !self.session.endpoint().is_empty();
        }
        self.session.is_wanted()
            || !self.controls.is_empty()
            || self.sender.wants_space()
            || self.consume.wants_connection()
            || !self.context.settings.network.enable_sparse_connections
    }

    /// Takes the connection a step further, as far as there is a reason to.
    fn advance(&mut self, now: Time, transport: &mut dyn Transport) {
        if self.session.may_connect(now) && self.wants_connection() {
            self.connect(now, transport);
        }
        let is_setting_up =
            matches!(self.session.state(), ConnectionState::Connect | ConnectionState::SslHandshake);
        // Not in the same pass: resolving the name and the application's callbacks may have taken seconds,
        // and by `now` the first request would have waited for all of them.
        if is_setting_up && !self.comes_again {
            self.set_up(now, transport);
        }
        if let Some(e) = self.session.check_setup_time(&self.context.settings, now) {
            // A warning, as in librdkafka: the application is not told.
            self.fail(Level::Warning, e, now, transport);
        }
        let before = self.session.state();
        let settings = &self.context.settings;
        if let Some(step) = self.session.renew(settings, now).or_else(|| self.session.resume(settings)) {
            self.follow(step, before, now, transport);
        }
        if self.is_up() {
            self.send_controls(now);
        }
    }

    fn connect(&mut self, now: Time, transport: &mut dyn Transport) {
        let before = self.session.state();
        self.observer.attempt();
        self.session.connect(&self.context.settings, now);
        self.report_state(before, now);
        self.comes_again = true;
        self.has_shaken_hands = false;
        transport.introduce(&self.handle.name(), self.handle.node_id());
        match transport.connect(self.session.endpoint(), now) {
            Ok(()) if transport.is_resolving() => {}
            Ok(()) => self.observer.log_connecting(transport),
            Err(e) => self.fail(Level::Error, e, now, transport),
        }
    }

    fn set_up(&mut self, now: Time, transport: &mut dyn Transport) {
        if std::mem::take(&mut self.has_shaken_hands) {
            return self.connected(now, transport);
        }
        let was_resolving = transport.is_resolving();
        let setup = transport.poll_setup();
        if was_resolving && transport.is_open() && !transport.is_resolving() {
            self.observer.log_connecting(transport);
        }
        match setup {
            Setup::Connecting => {}
            Setup::Handshaking => {
                let before = self.session.state();
                self.session.handshaking(now);
                self.report_state(before, now);
            }
            // The application may have been asked about certificates.
            Setup::Done if self.session.state() == ConnectionState::SslHandshake => {
                self.has_shaken_hands = true;
                self.comes_again = true;
            }
            Setup::Done => self.connected(now, transport),
            Setup::Failed(e) => self.fail(Level::Error, e, now, transport),
        }
    }

    fn connected(&mut self, now: Time, transport: &mut dyn Transport) {
        self.connection.on_established(now);
        self.observer.log_connected(transport);
        let before = self.session.state();
        let step = self.session.connected(&self.context.settings, now);
        self.follow(step, before, now, transport);
    }

    /// Does what follows from news of the connection.
    fn follow(
        &mut self,
        step: SessionStep,
        before: ConnectionState,
        now: Time,
        transport: &mut dyn Transport,
    ) {
        match step {
            SessionStep::Ask(request) => {
                self.report_state(before, now);
                self.ask(request, now);
                self.flush(now, transport);
            }
            SessionStep::Get(task, remark) => {
                self.report_state(before, now);
                self.observer.log_remark(&remark);
                self.context.listener.event(&self.handle, BrokerEvent::Blocking(task));
            }
            SessionStep::Ready(negotiated) => self.ready(&negotiated, before, now),
            SessionStep::Renewed => {
                self.report_state(before, now);
                self.send_controls(now);
            }
            SessionStep::Fail(level, error) => self.fail(level, error, now, transport),
        }
    }

    /// Sends a request of the session's own.
    fn ask(&mut self, r: SessionRequest, now: Time) {
        if let Some(remark) = &r.remark {
            self.observer.log_remark(remark);
        }
        let (api, id) = ((r.api, r.version), self.connection.next_correlation_id());
        let deadline = Deadline::at(now + r.timeout);
        let frame = match r.is_bare {
            true => bare_frame(&r.body),
            false => {
                plain_frame(api, id, &self.context.settings.client.id, |out| out.extend_from_slice(&r.body))
            }
        };
        let request = Request::new(api, id, Purpose::Session, frame, deadline, now);
        self.connection.push(if r.is_bare { request.bare() } else { request });
    }

    /// The connection can be used.
    fn ready(&mut self, negotiated: &Negotiated, before: ConnectionState, now: Time) {
        let versions = self.session.versions();
        if negotiated.has_new_features {
            self.observer.log_features(versions.features());
        }
        self.sender.set_format(versions.produce_format());
        if let Some(response) = &negotiated.response {
            self.handle.set_features(response);
            self.observer.throttled(Some(response.throttle_time_ms));
        }
        self.handle.set_takes_metrics(self.context.settings.telemetry.push && versions.take_metrics());
        self.report_state(before, now);
        self.handle.end_outage();
        self.context.listener.event(&self.handle, BrokerEvent::Up);
        self.send_controls(now);
    }

    fn send_controls(&mut self, now: Time) {
        let settings = &self.context.settings;
        self.controls.send(self.session.versions(), &mut self.connection, settings, now);
    }

    /// Has the observer know of the session's state, if that is another one than before.
    fn report_state(&self, before: ConnectionState, now: Time) {
        let state = self.session.state();
        if state != before {
            self.observer.state_changed(before, state, self.session.endpoint(), now);
        }
    }

    /// Lets the engine choose and sends what it chose. Returns when it wants to be asked again.
    fn produce(&mut self, now: Time, transport: &mut dyn Transport) -> Deadline {
        if self.session.state().is_connected() {
            self.flush(now, transport);
        }
        self.sender.take_announcements();
        for _ in 0..PASSES_PER_SERVE {
            let link = Link { is_up: self.is_up(), number: self.session.attempts() };
            let built = self.sender.build(link, &mut self.connection, now);
            if !built.any {
                return built.next;
            }
            self.flush(now, transport);
            if !self.sender.wants_space() {
                return built.next;
            }
        }
        Deadline::at(now)
    }

    /// Asks for messages, if that is to be done now. Returns when to come again.
    fn fetch(&mut self, now: Time) -> Deadline {
        if !self.consume.wants_connection() || !self.is_up() || self.ending != Ending::No {
            return Deadline::NEVER;
        }
        self.consume.ask(self.session.versions(), &mut self.connection, now)
    }

    fn flush(&mut self, now: Time, transport: &mut dyn Transport) {
        if !self.connection.may_write() {
            return;
        }
        let written_at = self.observer.time_of_writing(now);
        let fd = transport.fd().map(|fd| fd.as_raw_fd());
        let (sender, observer) = (&mut self.sender, &self.observer);
        let mut done = Vec::new();
        let result = self.connection.flush(transport, now, written_at, &mut |sent| match sent {
            Sent::Written(r, waited) => observer.request_sent(r, waited, fd, written_at),
            Sent::Frame(f) => sender.recycle(f),
            Sent::Done(r) => done.push(r),
        });
        for r in done {
            self.observer.request_ended(&r, ErrorCode::NO_ERROR);
            if let Purpose::Produce(batches) = r.into_purpose() {
                self.sender.unacknowledged(batches, now);
            }
        }
        if let Err(e) = result {
            self.send_failed(e, now, transport);
        }
    }

    fn read(&mut self, now: Time, transport: &mut dyn Transport) {
        for _ in 0..READS_PER_SERVE {
            if !self.session.state().is_connected() {
                return;
            }
            match self.connection.fill(transport) {
                Ok(more) => {
                    self.take_responses(now, transport);
                    if !more {
                        return;
                    }
                }
                Err(e) => return self.receive_failed(e, now, transport),
            }
        }
    }

    fn take_responses(&mut self, now: Time, transport: &mut dyn Transport) {
        loop {
            match self.connection.next_arrival(now) {
                Ok(Some(Arrival::Response(response))) => self.answered(response, now, transport),
                Ok(Some(Arrival::Stray { correlation_id, size })) => {
                    self.observer.stray_received(correlation_id, size, now);
                }
                Ok(None) => return,
                Err(e) => {
                    self.observer.receive_failed();
                    return self.fail(Level::Error, e, now, transport);
                }
            }
            if !self.session.state().is_connected() {
                return;
            }
        }
    }

    fn answered(&mut self, response: Response, now: Time, transport: &mut dyn Transport) {
        let Response { request, size, body } = response;
        self.handle.set_silent(false);
        self.observer.response_received(&request, size, now);
        let (api, version, rtt) = (request.api(), request.version(), now.since(request.sent_at()));
        let in_flight = self.connection.in_flight() + 1;
        let body = self.connection.body(body);
        match request.into_purpose() {
            Purpose::Produce(batches) => {
                self.sender.respond(batches, (version, body), (rtt, in_flight), now);
            }
            Purpose::Fetch(asked, receiver) => self.consume.answered(&asked, version, receiver, now),
            Purpose::Control(r) => answer_control(r, (api, version), body, &self.observer),
            Purpose::Session => {
                let before = self.session.state();
                let step = self.session.answered((api, version), body, &self.context.settings, now);
                self.follow(step, before, now, transport);
            }
        }
    }

    fn fail_request(&mut self, r: Request, error: &Error, now: Time) {
        let (sent, since) = (r.was_sent(), r.sent_at());
        self.observer.request_ended(&r, error.code);
        match r.into_purpose() {
            Purpose::Produce(batches) => {
                let why = self.why_failed(error, sent, since, now);
                self.sender.fail(batches, &Failed { code: error.code, sent, why: Some(why) }, now);
            }
            Purpose::Fetch(..) => self.consume.failed(now),
            Purpose::Control(c) => (c.reply)(Err(error.clone())),
            Purpose::Session => {}
        }
    }

    /// What to say of the messages of a request that has failed; it was sent, or made, at `since`.
    fn why_failed(&self, error: &Error, sent: bool, since: Time, now: Time) -> Arc<str> {
        match error.code {
            ErrorCode::_TIMED_OUT | ErrorCode::_TIMED_OUT_QUEUE => {
                self.handle.describe_wait(sent, since, now)
            }
            _ => format!("broker {}: {}", self.handle.name(), error.text).into(),
        }
    }

    fn fail_all(&mut self, requests: impl IntoIterator<Item = Request>, error: &Error, now: Time) {
        requests.into_iter().for_each(|r| self.fail_request(r, error, now));
    }
}
