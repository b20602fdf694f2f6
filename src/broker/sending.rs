//! A broker's sending: what the engine chooses becomes requests, and requests become bytes on the connection.

use super::connection::{Purpose, Sent};
use super::counting::count_sent;
use super::machine::Broker;
use super::{BrokerEvent, State};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::log::Level;
use crate::net::Transport;
use crate::producer::batch::Batch;
use crate::producer::engine::Pass;
use crate::producer::format::ProduceFormat;
use crate::producer::producer_id::ProducerIds;
use crate::producer::writer::Todo;
use crate::protocol::produce as wire;
use std::time::Duration;

/// From this version of Produce on brokers add partitions to transactions (KIP-890).
const IMPLICIT_TRANSACTIONS: i16 = 12;
/// Requests that one look of the engine may add; they leave in one system call.
const REQUESTS_PER_PASS: usize = 8;
/// From this size on a request is worth a system call of its own.
const LARGE_REQUEST: usize = 64 << 10;
/// Looks at the engine before the broker reads again, however fast the connection takes requests.
const PASSES_PER_SERVE: usize = 32;
/// How often it is said that a broker takes no ProduceRequest of ours.
const COMPLAIN_EVERY: Duration = Duration::from_secs(5);

impl Broker {
    /// Lets the engine choose and sends what it chose. Returns when it wants to be asked again.
    pub(super) fn produce(&mut self, now: Time, transport: &mut dyn Transport) -> Deadline {
        if matches!(self.state, State::ApiVersionQuery | State::Up) {
            self.flush(now, transport);
        }
        self.handle.ready().take(&mut self.newly_ready);
        let context = self.context.clone();
        let ready = self.handle.ready().clone();
        for _ in 0..PASSES_PER_SERVE {
            let pass = Pass {
                now,
                settings: &context.settings,
                room: self.room(),
                slots: self.slots(),
                connection: self.connections,
                in_flight: self.connection.in_flight(),
                in_flight_since: self.connection.in_flight_since(),
                format: self.produce_format().unwrap_or(ProduceFormat::newest(wire::CLIENT_MAX_VERSION)),
                flushing: context.is_flushing(),
                ready: &ready,
                stats: self.handle.stats().engine(),
                producer_ids: context.producer_ids.as_ref(),
                transaction: context.transaction.as_deref(),
            };
            let out = self.engine.serve(&mut self.newly_ready, &pass);
            if !out.reports.is_empty() {
                context.listener.deliver(out.reports);
            }
            if context.producer_ids.as_ref().is_some_and(ProducerIds::take_news) {
                context.listener.event(&self.handle, BrokerEvent::ProducerId);
            }
            if out.requests.is_empty() {
                return out.next.min(self.complain(now));
            }
            for batches in out.requests {
                self.push_produce(batches, now);
            }
            self.flush(now, transport);
            if !self.engine.wants_room() {
                return out.next;
            }
        }
        Deadline::at(now)
    }

    /// How to produce to this broker now. A request of a version with implicit transactions adds its partitions to one, so
    /// it must not be sent where the coordinator is told of them.
    pub(super) fn produce_format(&self) -> Option<ProduceFormat> {
        let mut format = self.format?;
        if self.context.transaction.as_ref().is_some_and(|t| !t.is_implicit()) {
            format.version = format.version.min(IMPLICIT_TRANSACTIONS - 1);
        }
        Some(format)
    }

    fn push_produce(&mut self, batches: Vec<Batch>, now: Time) {
        let Some(format) = self.produce_format() else {
            // There was no room for a request, so this cannot be.
            self.producing.count_refused(&batches);
            return self.producing.fail(batches, ErrorCode::_RETRY, false, now);
        };
        let mut todo = Todo::new(batches);
        let limit = self.engine.largest_request(&self.context.settings);
        while todo.next().is_some() {
            let id = self.connection.next_correlation_id();
            let request = self.producing.request(&mut todo, format, id, limit, now);
            self.last_request_bytes = request.frame.len();
            self.connection.push(request);
        }
    }

    /// Messages for a broker that takes no ProduceRequest of ours wait until they time out.
    fn complain(&mut self, now: Time) -> Deadline {
        if self.state != State::Up || self.format.is_some() || !self.engine.wants_room() {
            return Deadline::NEVER;
        }
        if now >= self.complain_at {
            self.complain_at = now + COMPLAIN_EVERY;
            self.context.logger.log(
                Level::Error,
                "PRODUCE",
                format_args!(
                    "{}: No viable ProduceRequest ApiVersions (v{}..{}) supported by broker: unable to produce",
                    self.handle.name(),
                    wire::VERSIONS.start(),
                    wire::CLIENT_MAX_VERSION,
                ),
            );
        }
        Deadline::at(self.complain_at)
    }

    /// How many requests may be built now.
    fn room(&self) -> usize {
        let s = &self.context.settings;
        let may_send = self.state == State::Up && self.format.is_some();
        if !may_send || self.connection.unsent() >= s.queue.backpressure_threshold.max(1) {
            return 0;
        }
        if self.context.producer_ids.as_ref().is_some_and(|ids| !ids.is_open()) {
            return 0;
        }
        // Large requests leave one by one: their buffers stay few and warm in the cache.
        let at_a_time = if self.last_request_bytes >= LARGE_REQUEST { 1 } else { REQUESTS_PER_PASS };
        self.slots().min(at_a_time)
    }

    /// How many more requests `max.in.flight` allows.
    fn slots(&self) -> usize {
        let open = self.connection.in_flight() + self.connection.unsent();
        self.context.settings.network.max_in_flight.saturating_sub(open)
    }

    pub(super) fn flush(&mut self, now: Time, transport: &mut dyn Transport) {
        let max_in_flight = self.context.settings.network.max_in_flight;
        if !self.connection.may_write(max_in_flight) {
            return;
        }
        let written_at = self.time_of_writing(now);
        let mut done = Vec::new();
        let producing = &mut self.producing;
        let (hooks, handle, fd) = (self.context.hooks(), &self.handle, transport.fd());
        let result = self.connection.flush(transport, written_at, max_in_flight, &mut |sent| match sent {
            Sent::Written(r, waited) => {
                count_sent(handle, r, waited, written_at);
                if let Some(hooks) = hooks {
                    hooks.request_sent(handle, &r.sent_request(fd));
                }
            }
            Sent::Frame(f) => producing.recycle(f),
            Sent::Done(r) => done.push(r),
        });
        self.last_activity = now;
        for r in done {
            self.note_response(&r, 0, None, ErrorCode::NO_ERROR);
            if let Purpose::Produce(batches) = r.purpose {
                self.producing.unacknowledged(batches, now);
            }
        }
        if let Err(e) = result {
            self.send_failed(&e, now, transport);
        }
    }
}
