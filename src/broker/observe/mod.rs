//! Who watches a broker: interceptors, statistics and the log. The broker tells an [`Observer`] what has
//! happened; its parts know nothing of being watched. While nobody watches, that is an addition or two for
//! each request.

mod batches;
mod consuming;
pub mod failures;
pub mod hooks;
mod lines;
mod throttle;

use super::connection::Connection;
use super::connection::request::Request;
use super::context::BrokerContext;
use super::handle::BrokerHandle;
use super::session::state::ConnectionState;
use crate::base::clock::{Time, micros};
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::net::Endpoint;
use crate::protocol::ApiKey;
use crate::stats::tally::BrokerTallies;
use hooks::{ReceivedResponse, SentRequest};
use std::os::fd::RawFd;
use std::time::Duration;

/// With more requests than this under way, they are counted at most once in [`RECOUNT`].
const COUNT_ALWAYS: usize = 64;
const RECOUNT: Duration = Duration::from_millis(1);

/// One broker's observer.
#[derive(Clone)]
pub struct Observer {
    context: Arc<BrokerContext>,
    handle: Arc<BrokerHandle>,
}

impl Observer {
    pub fn new(context: Arc<BrokerContext>, handle: Arc<BrokerHandle>) -> Self {
        Self { context, handle }
    }

    /// The broker is being served.
    pub fn served(&self) {
        self.handle.stats().wakeups.add(1);
    }

    /// An attempt to connect begins.
    pub fn attempt(&self) {
        self.handle.stats().connects.add(1);
    }

    pub fn state_changed(
        &self,
        before: ConnectionState,
        state: ConnectionState,
        endpoint: &Endpoint,
        now: Time,
    ) {
        self.log_state(before, state);
        self.handle.set_state(state, now);
        self.identified(state, endpoint);
    }

    /// Something new is known of the broker: its state or its id.
    pub fn identified(&self, state: ConnectionState, endpoint: &Endpoint) {
        if let Some(hooks) = self.context.hooks() {
            hooks.broker_state(self.handle.node_id(), &self.shown_endpoint(endpoint), state.name());
        }
    }

    /// A logical broker is shown by its name in place of a host.
    fn shown_endpoint(&self, endpoint: &Endpoint) -> Endpoint {
        if self.handle.is_logical() { Endpoint::new(&*self.handle.own_name(), 0) } else { endpoint.clone() }
    }

    /// The time as requests are written. While times are measured, what was done since the broker woke up
    /// counts as waiting.
    pub fn time_of_writing(&self, now: Time) -> Time {
        if self.handle.stats().measures_time() { self.context.clock.now() } else { now }
    }

    /// A request was written as a whole after it had waited for `waited`.
    pub fn request_sent(&self, r: &mut Request, waited: Duration, fd: Option<RawFd>, now: Time) {
        r.set_span(self.span(r, waited));
        r.span().tell(|| self.log_sent(r));
        let stats = self.handle.stats();
        stats.sent(r.api().0, r.written());
        stats.last_sent.set(now);
        if stats.is_on() {
            stats.record_outbuf_latency(micros(waited));
        }
        stats.tallies.with(|t| t.outbuf_latency.record(micros(waited)));
        if let Some(hooks) = self.context.hooks() {
            let request = SentRequest {
                fd,
                api_key: r.api().0,
                api_version: r.version(),
                correlation_id: r.correlation_id(),
                size: r.written(),
            };
            hooks.request_sent(&self.handle, &request);
        }
    }

    /// A response of `size` bytes (without the length field) has come.
    pub fn response_received(&self, r: &Request, size: usize, now: Time) {
        let stats = self.handle.stats();
        let rtt = now.since(r.sent_at());
        r.span().tell(|| self.log_received(r, size, rtt));
        r.span().answered(size, rtt);
        stats.received(size + 4, now);
        if stats.is_on() {
            stats.record_rtt(micros(rtt));
        }
        stats.tallies.with(|t| tally_rtt(t, r.api(), micros(rtt)));
        self.tell_response(r, size, Some(rtt), ErrorCode::NO_ERROR);
    }

    /// A request has ended without a response; with `acks=0` that is no error.
    pub fn request_ended(&self, r: &Request, error: ErrorCode) {
        if error != ErrorCode::NO_ERROR {
            r.span().failed(error);
        }
        self.tell_response(r, 0, None, error);
    }

    fn tell_response(&self, r: &Request, size: usize, rtt: Option<Duration>, error: ErrorCode) {
        if let Some(hooks) = self.context.hooks() {
            let response = ReceivedResponse {
                api_key: r.api().0,
                api_version: r.version(),
                correlation_id: r.correlation_id(),
                size,
                rtt,
                error,
            };
            hooks.response_received(&self.handle, &response);
        }
    }

    /// A response has come that no request waits for.
    pub fn stray_received(&self, correlation_id: i32, size: usize, now: Time) {
        let stats = self.handle.stats();
        stats.received(size + 4, now);
        stats.rx_corrid_errs.add(1);
        if let Some(hooks) = self.context.hooks() {
            let response = ReceivedResponse {
                api_key: -1,
                api_version: -1,
                correlation_id,
                size,
                rtt: None,
                error: ErrorCode::_NOENT,
            };
            hooks.response_received(&self.handle, &response);
        }
    }

    pub fn receive_failed(&self) {
        self.handle.stats().rx_errs.add(1);
    }

    pub fn send_failed(&self) {
        self.handle.stats().tx_errs.add(1);
    }

    /// The connection, or the attempt at one, is over.
    pub fn disconnected(&self, was: ConnectionState) {
        let stats = self.handle.stats();
        stats.disconnected();
        if was.is_connected() {
            stats.disconnects.add(1);
        }
    }

    /// Notes what is under way on the connection.
    pub fn count_pending(&self, connection: &Connection, now: Time) {
        let stats = self.handle.stats();
        if !stats.is_on() {
            return;
        }
        let many = connection.unsent() + connection.in_flight() > COUNT_ALWAYS;
        if many && stats.pending_since.age(now).is_some_and(|us| us < micros(RECOUNT)) {
            return;
        }
        stats.pending_since.set(now);
        stats.set_pending(connection.pending());
    }
}

/// The time from a request to its response, in microseconds.
fn tally_rtt(tallies: &mut BrokerTallies, api: ApiKey, us: i64) {
    tallies.rtt.record(us);
    match api {
        ApiKey::Produce => tallies.produce_latency.record(us),
        ApiKey::Fetch => tallies.fetch_latency.record(us),
        ApiKey::OffsetCommit => tallies.commit_latency.record(us),
        _ => {}
    }
}
