//! The log lines of a broker.

use super::Observer;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::line::{AboutRequest, Line};
use crate::base::log::{Level, debug};
use crate::base::request_span::{RequestSpan, SpanFields};
use crate::broker::connection::Overdue;
use crate::broker::connection::request::Request;
use crate::broker::session::features::Features;
use crate::broker::session::request::Remark;
use crate::broker::session::state::ConnectionState;
use crate::net::Transport;
use std::fmt;
use std::os::fd::AsRawFd;
use std::time::Duration;

/// Of requests that time out together, so many get a line of their own.
const LINES_AT_MOST: usize = 5;

impl Observer {
    pub fn log(&self, level: Level, facility: &str, text: fmt::Arguments<'_>) {
        self.context.logger.log_line(level, facility, || self.line(&text));
    }

    /// A line that begins with the broker's name.
    fn line(&self, text: &dyn fmt::Display) -> Line {
        let name = self.handle.name();
        Line::new(format!("{name}: {text}")).of_broker(name)
    }

    /// A span of a request that has been written after it had waited for `waited`.
    pub(super) fn span(&self, r: &Request, waited: Duration) -> RequestSpan {
        self.context.logger.span(debug::PROTOCOL, || SpanFields {
            broker: self.handle.name(),
            api: r.api().short_name(),
            version: r.version(),
            correlation_id: r.correlation_id(),
            bytes: r.written(),
            waited,
            partitions: r.partitions(),
            messages: r.messages(),
        })
    }

    /// A request has been written.
    pub(super) fn log_sent(&self, r: &Request) {
        self.context.logger.debug(debug::PROTOCOL, "SEND", || {
            let (api, version, id) = (r.api().short_name(), r.version(), r.correlation_id());
            let bytes = r.written();
            let text = format!("Sent {api}Request (v{version}, {bytes} bytes @ 0, CorrId {id})");
            self.line(&text).of_request(AboutRequest { api, correlation_id: id, took: None })
        });
    }

    /// A response of `size` bytes has come, `took` after the request was sent.
    pub(super) fn log_received(&self, r: &Request, size: usize, took: Duration) {
        self.context.logger.debug(debug::PROTOCOL, "RECV", || {
            let (api, version, id) = (r.api().short_name(), r.version(), r.correlation_id());
            let ms = took.as_secs_f64() * 1000.0;
            let text =
                format!("Received {api}Response (v{version}, {size} bytes, CorrId {id}, rtt {ms:.2}ms)");
            self.line(&text).of_request(AboutRequest { api, correlation_id: id, took: Some(took) })
        });
    }

    pub fn log_remark(&self, remark: &Remark) {
        let Remark { context, facility, text } = remark;
        match context {
            None => self.log(Level::Error, facility, format_args!("{text}")),
            Some(context) => self.context.logger.debug(*context, facility, || self.line(text)),
        }
    }

    pub(super) fn log_state(&self, before: ConnectionState, state: ConnectionState) {
        self.context.logger.debug(debug::BROKER, "STATE", || {
            let name = self.handle.own_name();
            let text = format!("{name}: Broker changed state {} -> {}", before.name(), state.name());
            Line::new(text).of_broker(name)
        });
    }

    pub fn log_connecting(&self, transport: &dyn Transport) {
        self.context.logger.debug(debug::BROKER, "CONNECT", || {
            let (name, fd) = (self.handle.own_name(), transport.fd().map_or(-1, |fd| fd.as_raw_fd()));
            let protocol = self.context.settings.security.protocol.name();
            let text = format!("{name}: Connecting to {} ({protocol}) with socket {fd}", transport.peer());
            Line::new(text).of_broker(name)
        });
    }

    pub fn log_connected(&self, transport: &dyn Transport) {
        self.context.logger.debug(debug::BROKER, "CONNECT", || {
            self.line(&format_args!("Connected to {}", transport.peer()))
        });
    }

    pub fn log_features(&self, features: Features) {
        self.context.logger.debug(debug::BROKER, "FEATURE", || {
            self.line(&format_args!("Updated enabled protocol features to {features}"))
        });
    }

    pub fn log_idle(&self, idle: Duration) {
        self.context.logger.debug(debug::BROKER, "IDLE", || {
            let ms = idle.as_millis();
            self.line(&format_args!("Connection max idle time exceeded ({ms}ms since last activity)"))
        });
    }

    pub fn log_dismissed(&self, state: ConnectionState, since: Time, now: Time) {
        self.context.logger.debug(debug::BROKER, "FAIL", || {
            let (ms, state) = (now.since(since).as_millis(), state.name());
            let text =
                format!("Decommissioning this broker (after {ms}ms in state {state}) (_DESTROY_BROKER)");
            self.line(&text).of_error(ErrorCode::_DESTROY_BROKER)
        });
    }

    /// Requests have timed out; `oldest` is the oldest in flight of those that have not.
    pub fn timed_out(&self, overdue: &Overdue, oldest: Option<&Request>, now: Time) {
        self.log_timeouts(&overdue.in_flight, oldest, now);
        let (n, m) = (overdue.in_flight.len(), overdue.unsent.len());
        self.handle.stats().req_timeouts.add((n + m) as u64);
        let partly = u8::from(overdue.is_stuck);
        self.log(
            Level::Warning,
            "REQTMOUT",
            format_args!(
                "Timed out {n} in-flight, 0 retry-queued, {m} out-queue, {partly} partially-sent requests"
            ),
        );
    }

    fn log_timeouts(&self, in_flight: &[Request], oldest: Option<&Request>, now: Time) {
        // Brokers answer in order: a request that was sent earlier and may take its time holds up those
        // behind it.
        let mut held_back = in_flight
            .first()
            .zip(oldest)
            .filter(|(first, oldest)| oldest.sent_at() < first.sent_at())
            .and_then(|(_, oldest)| {
                let left = oldest.deadline().wait_from(now)?.as_millis();
                let api = oldest.api().short_name();
                Some(format!(": possibly held back by preceeding {api}Request with timeout in {left}ms"))
            })
            .unwrap_or_default();
        for (i, r) in in_flight.iter().take(LINES_AT_MOST).enumerate() {
            let (api, age) = (r.api().short_name(), now.since(r.sent_at()).as_millis());
            let text =
                format_args!("Timed out {api}Request in flight (after {age}ms, timeout #{i}){held_back}");
            self.log(Level::Notice, "REQTMOUT", text);
            held_back.clear();
        }
    }
}
