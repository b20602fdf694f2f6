//! What did not come in time: requests without their response, and messages that time out in requests.

use super::connection::{Purpose, Request};
use super::machine::Broker;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, Logger};
use crate::net::Transport;
use crate::producer::format::ProduceFormat;
use crate::protocol::produce;

/// Of what times out together, only the first are told of one by one.
const TOLD: usize = 5;

impl Broker {
    pub(super) fn time_out(&mut self, now: Time, transport: &mut dyn Transport) {
        if !self.connection.next_timeout().is_due(now) {
            return;
        }
        let stuck = self.connection.is_stuck(now);
        let (in_flight, unsent) = self.connection.take_overdue(now);
        self.expire_messages(now);
        self.connection.note_next_timeout(now);
        if in_flight.is_empty() && unsent.is_empty() && !stuck {
            return;
        }
        tell(&in_flight, self.connection.oldest(), &self.handle.name(), &self.context.logger, now);
        let (n, m) = (in_flight.len(), unsent.len());
        self.handle.set_silent(self.handle.is_silent() || n > 0);
        self.handle.stats().req_timeouts.add((n + m) as u64);
        self.context.logger.log(
            Level::Warning,
            "REQTMOUT",
            format_args!(
                "{}: Timed out {n} in-flight, 0 retry-queued, {m} out-queue, {} partially-sent requests",
                self.handle.name(),
                u8::from(stuck),
            ),
        );
        let in_version_query = in_flight.iter().any(|r| matches!(r.purpose, Purpose::ApiVersions));
        for r in in_flight {
            self.fail_request(r, &Error::new(ErrorCode::_TIMED_OUT, "request timed out"), now);
        }
        for r in unsent {
            self.fail_request(r, &Error::new(ErrorCode::_TIMED_OUT_QUEUE, "request timed out in queue"), now);
        }
        self.timeouts =
            self.timeouts.saturating_add(u32::try_from(n + m + usize::from(stuck)).unwrap_or(u32::MAX));
        let max = self.context.settings.network.socket_max_fails;
        if in_version_query {
            self.versions_refused(ErrorCode::_TIMED_OUT, now, transport);
        } else if stuck || (max > 0 && self.timeouts >= max) {
            let text = format!("{} request(s) timed out: disconnect", self.timeouts);
            self.end_connection(Error::new(ErrorCode::_TIMED_OUT, text), now, transport);
        }
    }

    /// Gives up messages that have timed out in requests. What the broker says about them is not listened to any more.
    fn expire_messages(&mut self, now: Time) {
        // If there is a request, there is a format.
        let format = self.produce_format().unwrap_or(ProduceFormat::newest(produce::CLIENT_MAX_VERSION));
        let producing = &mut self.producing;
        let expired = self.connection.take_expired(now, &mut |r| producing.rewrite(r, format));
        self.producing.give_up(expired.given_up);
        self.producing.fail(expired.sequenced, ErrorCode::_TIMED_OUT, true, now);
        self.producing.fail(expired.unsent, ErrorCode::_TIMED_OUT_QUEUE, false, now);
    }
}

/// Logs requests in flight that have timed out. `oldest` is the oldest of those that have not.
fn tell(requests: &[Request], oldest: Option<&Request>, broker: &str, logger: &Logger, now: Time) {
    // Brokers answer in order: a request that was sent earlier and may take its time holds up those behind it.
    let mut held_back = requests
        .first()
        .zip(oldest)
        .filter(|(first, oldest)| oldest.sent_at < first.sent_at)
        .and_then(|(_, oldest)| {
            let left = oldest.deadline.wait_from(now)?.as_millis();
            let api = oldest.api.short_name();
            Some(format!(": possibly held back by preceeding {api}Request with timeout in {left}ms"))
        })
        .unwrap_or_default();
    for (i, r) in requests.iter().take(TOLD).enumerate() {
        let (api, age) = (r.api.short_name(), now.since(r.sent_at).as_millis());
        let text = format_args!(
            "{broker}: Timed out {api}Request in flight (after {age}ms, timeout #{i}){held_back}"
        );
        logger.log(Level::Notice, "REQTMOUT", text);
        held_back.clear();
    }
}
