//! How connections end, and the broker itself: what is under way fails or goes back to where it came from.

use super::{Broker, Ending, Next};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::base::signal::Interest;
use crate::broker::connection::request::Purpose;
use crate::broker::context::BrokerEvent;
use crate::broker::observe::failures::ConnectionFailure;
use crate::broker::send::Failed;
use crate::broker::session::state::ConnectionState;
use crate::net::{CloseReason, Endpoint, Transport};
use std::time::Duration;

/// Connections.
impl Broker {
    /// Nothing can be received any more.
    pub(super) fn receive_failed(&mut self, why: CloseReason, now: Time, transport: &mut dyn Transport) {
        self.observer.receive_failed();
        let (level, error) = match why.disconnect_text() {
            Some(text) => (self.close_level(now), Error::new(ErrorCode::_TRANSPORT, text)),
            // An error of the network is always told, whatever `log.connection.close` says.
            None => (Level::Error, broken("Receive failed", why)),
        };
        self.fail(level, error, now, transport);
    }

    pub(super) fn send_failed(&mut self, why: CloseReason, now: Time, transport: &mut dyn Transport) {
        self.observer.send_failed();
        self.fail(Level::Error, broken("Send failed", why), now, transport);
    }

    /// How loud it is logged that the peer has closed the connection: a broker that closes idle connections
    /// is no news (librdkafka's rules).
    fn close_level(&self, now: Time) -> Level {
        let s = &self.context.settings;
        let idle = Duration::from_secs(60).max(s.network.socket_timeout);
        if !s.log.connection_close
            || (self.connection.is_quiet()
                && now.since(self.session.since()) > idle
                && now.since(self.connection.last_activity()) > idle)
        {
            Level::Debug
        } else if self.connection.in_flight() > 1 {
            Level::Warning
        } else {
            Level::Info
        }
    }

    /// Deals with requests and messages whose time is up.
    pub(super) fn time_out(&mut self, now: Time, transport: &mut dyn Transport) {
        if !self.connection.next_timeout().is_due(now) {
            return;
        }
        let overdue = self.connection.take_overdue(now);
        self.sender.expire(&mut self.connection, now);
        self.connection.update_next_timeout(now);
        if overdue.in_flight.is_empty() && overdue.unsent.is_empty() && !overdue.is_stuck {
            return;
        }
        self.observer.timed_out(&overdue, self.connection.oldest(), now);
        self.handle.set_silent(self.handle.is_silent() || !overdue.in_flight.is_empty());
        let in_session = overdue.in_flight.iter().any(|r| matches!(r.purpose(), Purpose::Session));
        self.fail_all(overdue.in_flight, &Error::new(ErrorCode::_TIMED_OUT, "request timed out"), now);
        let in_queue = Error::new(ErrorCode::_TIMED_OUT_QUEUE, "request timed out in queue");
        self.fail_all(overdue.unsent, &in_queue, now);
        let (n, max) = (self.connection.timeouts(), self.context.settings.network.socket_max_fails);
        if in_session {
            let (level, error) = self.session.unanswered();
            self.fail(level, error, now, transport);
        } else if overdue.is_stuck || (max > 0 && n >= max) {
            let text = format!("{n} request(s) timed out: disconnect");
            self.end_connection(Error::new(ErrorCode::_TIMED_OUT, text), now, transport);
        }
    }

    pub(super) fn purge(&mut self, queue: bool, inflight: bool, now: Time, transport: &mut dyn Transport) {
        if inflight {
            let batches = self.connection.take_batches_in_flight();
            let failed = Failed { code: ErrorCode::_PURGE_INFLIGHT, sent: true, why: None };
            self.sender.fail(batches, &failed, now);
        }
        if !queue {
            return;
        }
        self.sender.on_partitions_left();
        let purged = Error::new(ErrorCode::_PURGE_QUEUE, "purged");
        let unsent = self.connection.take_unsent();
        self.fail_all(unsent, &purged, now);
        if let Some(r) = self.connection.take_partly_written() {
            self.fail_request(r, &purged, now);
            let text = "Purged 1 partially sent request: forcing disconnect";
            self.end_connection(Error::new(ErrorCode::_TRANSPORT, text), now, transport);
        }
    }

    /// Follows the broker to another address.
    pub(super) fn identify(&mut self, endpoint: Endpoint, now: Time, transport: &mut dyn Transport) {
        let moved = self.session.move_to(endpoint);
        let is_logical = self.handle.is_logical();
        if moved && !self.session.is_down() {
            let text = match is_logical {
                true => "Closing connection due to nodename change",
                false => "Broker hostname updated",
            };
            self.end_connection(Error::new(ErrorCode::_TRANSPORT, text), now, transport);
        } else if !is_logical {
            // A broker that was known by its address only has got its id, and this is its connection.
            self.observer.identified(self.session.state(), self.session.endpoint());
        }
        if moved && is_logical {
            self.session.forget(&self.context.settings);
        }
    }

    /// Requests went unanswered here, and the same broker has been named again: another connection may be
    /// better.
    pub(super) fn leave_silence(&mut self, now: Time, transport: &mut dyn Transport) {
        if self.handle.is_silent() {
            let error = Error::new(ErrorCode::_TRANSPORT, "Closing connection without answers");
            self.end_connection(error, now, transport);
            self.session.set_wanted(true);
        }
    }

    /// Ends a connection that nobody has used for `connections.max.idle.ms`. Returns when that is due.
    pub(super) fn reap_idle(&mut self, now: Time, transport: &mut dyn Transport) -> Deadline {
        let Some(max) = self.context.settings.network.connections_max_idle else { return Deadline::NEVER };
        if self.session.state() != ConnectionState::Up || !self.connection.is_quiet() {
            return Deadline::NEVER;
        }
        let at = Deadline::at(self.connection.last_activity() + max);
        if !at.is_due(now) {
            return at;
        }
        self.observer.log_idle(now.since(self.connection.last_activity()));
        // Nothing has failed: nobody looks for new leaders, and the broker does not count as down.
        transport.close();
        self.sender.trim();
        let _ = self.connection.reset();
        let before = self.session.state();
        self.observer.disconnected(before);
        self.session.rest(now);
        self.report_state(before, now);
        Deadline::NEVER
    }

    /// Ends the connection, or the attempt to have one, and everything that was under way on it.
    pub(super) fn fail(&mut self, level: Level, error: Error, now: Time, transport: &mut dyn Transport) {
        let loss = self.session.meaning_of_loss().filter(|_| error.code == ErrorCode::_TRANSPORT);
        let (error, report) = self.disconnect(level, error, now, transport);
        self.context.listener.event(&self.handle, BrokerEvent::Down { error, report, planned: false });
        if let Some(error) = loss {
            self.handle.note_outage(&error, now);
            let (error, report) = self.log_failure(Level::Error, &error, now);
            self.context.listener.event(&self.handle, BrokerEvent::Down { error, report, planned: false });
        }
    }

    /// Ends the connection of our own accord: nobody is told of an error, and the broker does not count as
    /// down.
    fn end_connection(&mut self, error: Error, now: Time, transport: &mut dyn Transport) {
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
        self.sender.trim();
        self.handle.note_outage(&error, now);
        if self.handle.is_logical() {
            // The name of a logical broker does not say which broker has failed.
            error.text = format!("{}: {}", self.session.endpoint(), error.text);
        }
        let was = self.session.state();
        let shown = self.log_failure(level, &error, now);
        self.observer.disconnected(was);
        self.handle.set_silent(false);
        self.session.down(now);
        self.report_state(was, now);
        let (in_flight, unsent) = self.connection.reset();
        self.fail_all(in_flight, &error, now);
        let mut in_queue = error.clone();
        if error.code == ErrorCode::_TIMED_OUT {
            in_queue.code = ErrorCode::_TIMED_OUT_QUEUE;
        }
        self.fail_all(unsent, &in_queue, now);
        self.controls.fail(&error);
        self.consume.disconnected();
        shown
    }

    /// Logs why the connection failed. Returns the error as the client is told of it, and whether the
    /// application is.
    fn log_failure(&mut self, level: Level, error: &Error, now: Time) -> (Error, bool) {
        let (state, since) = (self.session.state(), self.session.since());
        let failure = ConnectionFailure { level, error, state, since, now };
        let (report, shown) = self.failures.note(&failure, &self.handle.own_name(), &self.context.logger);
        (Error::new(error.code, shown), report)
    }
}

/// The broker's own end.
impl Broker {
    /// Gives up after an internal error: what is under way here fails, so that every message gets its report.
    pub fn give_up(&mut self, now: Time) {
        self.handle.retire();
        self.fail_requests(&Error::new(ErrorCode::_FATAL, "internal error"), now);
    }

    /// The broker has left the cluster and leads nothing: it ends when nothing is under way.
    pub(super) fn dismiss(&mut self, now: Time) {
        if self.ending == Ending::No {
            self.ending = Ending::WhenDone;
        }
        self.session.set_wanted(false);
        self.observer.log_dismissed(self.session.state(), self.session.since(), now);
    }

    /// The broker is of no use any more: what is under way goes back to where it came from.
    pub(super) fn decommission(&mut self, now: Time) {
        let error = Error::new(ErrorCode::_DESTROY_BROKER, "broker is not used any more");
        self.fail_requests(&error, now);
        self.controls.fail(&error);
        self.ending = Ending::Now;
    }

    fn fail_requests(&mut self, error: &Error, now: Time) {
        let (in_flight, unsent) = self.connection.reset();
        self.fail_all(in_flight.into_iter().chain(unsent), error, now);
    }

    /// Whether this is the end.
    pub(super) fn is_over(&self) -> bool {
        match self.ending {
            Ending::No => false,
            Ending::WhenDone => self.connection.is_quiet() && self.controls.is_empty(),
            Ending::Now => true,
        }
    }

    /// Ends the broker for good.
    pub(super) fn end(&mut self, transport: &mut dyn Transport) -> Next {
        transport.close();
        self.handle.retire();
        let since = self.session.since();
        if self.context.hooks().is_some() {
            // Nothing is reported any more, but the observer hears of every message.
            self.fail_requests(&Error::new(ErrorCode::_DESTROY, "client is terminating"), since);
        } else {
            let _ = self.connection.reset();
        }
        self.controls.clear();
        self.sender.clear();
        self.consume.clear();
        let before = self.session.state();
        self.session.down(since);
        self.report_state(before, since);
        self.context.listener.event(&self.handle, BrokerEvent::Ended);
        Next {
            deadline: Deadline::NEVER,
            interest: Interest::default(),
            connection: self.session.attempts(),
            terminated: true,
        }
    }
}

/// A connection that is over, as it is told.
fn broken(what: &str, why: CloseReason) -> Error {
    match why {
        CloseReason::Protocol(error) => error,
        why => Error::new(ErrorCode::_TRANSPORT, format!("{what}: {}", why.text())),
    }
}
