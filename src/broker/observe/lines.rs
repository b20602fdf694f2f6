//! The log lines of a broker.

use super::Observer;
use crate::base::clock::Time;
use crate::base::log::{Level, debug};
use crate::broker::connection::Overdue;
use crate::broker::connection::request::Request;
use crate::broker::session::features::Features;
use crate::broker::session::request::Remark;
use crate::broker::session::state::ConnectionState;
use crate::net::Transport;
use std::fmt;
use std::time::Duration;

/// Of requests that time out together, so many get a line of their own.
const LINES_AT_MOST: usize = 5;

impl Observer {
    pub fn log(&self, level: Level, facility: &str, text: fmt::Arguments<'_>) {
        self.context.logger.log(level, facility, format_args!("{}: {text}", self.handle.name()));
    }

    pub fn log_remark(&self, remark: &Remark) {
        let Remark { context, facility, text } = remark;
        match context {
            None => self.log(Level::Error, facility, format_args!("{text}")),
            Some(context) => {
                self.context.logger.debug(*context, facility, || format!("{}: {text}", self.handle.name()))
            }
        }
    }

    pub(super) fn log_state(&self, before: ConnectionState, state: ConnectionState) {
        self.context.logger.debug(debug::BROKER, "STATE", || {
            let name = self.handle.own_name();
            format!("{name}: Broker changed state {} -> {}", before.name(), state.name())
        });
    }

    pub fn log_connecting(&self, transport: &dyn Transport) {
        self.context.logger.debug(debug::BROKER, "CONNECT", || {
            let (name, fd) = (self.handle.own_name(), transport.fd().unwrap_or(-1));
            let protocol = self.context.settings.security.protocol.name();
            format!("{name}: Connecting to {} ({protocol}) with socket {fd}", transport.peer())
        });
    }

    pub fn log_connected(&self, transport: &dyn Transport) {
        self.context.logger.debug(debug::BROKER, "CONNECT", || {
            format!("{}: Connected to {}", self.handle.name(), transport.peer())
        });
    }

    pub fn log_features(&self, features: Features) {
        self.context.logger.debug(debug::BROKER, "FEATURE", || {
            format!("{}: Updated enabled protocol features to {features}", self.handle.name())
        });
    }

    pub fn log_idle(&self, idle: Duration) {
        self.context.logger.debug(debug::BROKER, "IDLE", || {
            let (name, ms) = (self.handle.name(), idle.as_millis());
            format!("{name}: Connection max idle time exceeded ({ms}ms since last activity)")
        });
    }

    pub fn log_dismissed(&self, state: ConnectionState, since: Time, now: Time) {
        self.context.logger.debug(debug::BROKER, "FAIL", || {
            let (name, ms, state) = (self.handle.name(), now.since(since).as_millis(), state.name());
            format!("{name}: Decommissioning this broker (after {ms}ms in state {state}) (_DESTROY_BROKER)")
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
