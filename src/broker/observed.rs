//! A broker's responses, as the observer is told of them.

use super::connection::{Request, Response};
use super::machine::Broker;
use super::observe::hooks::ReceivedResponse;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use std::time::Duration;

impl Broker {
    pub(super) fn next_response(&mut self, now: Time) -> Result<Option<Response>, Error> {
        let (hooks, handle) = (self.context.hooks(), &self.handle);
        let mut stray = |correlation_id, size| {
            handle.stats().received(size + 4, now);
            handle.stats().rx_corrid_errs.add(1);
            if let Some(hooks) = hooks {
                let response = ReceivedResponse {
                    api_key: -1,
                    api_version: -1,
                    correlation_id,
                    size,
                    rtt: None,
                    error: ErrorCode::_NOENT,
                };
                hooks.response_received(handle, &response);
            }
        };
        let answer = self
            .connection
            .next_response(self.context.settings.network.receive_message_max_bytes, &mut stray);
        if answer.is_err() {
            handle.stats().rx_errs.add(1);
        }
        answer
    }

    /// Tells the observer, if there is one, how a request ended.
    pub(super) fn note_response(&self, r: &Request, size: usize, rtt: Option<Duration>, error: ErrorCode) {
        if let Some(hooks) = self.context.hooks() {
            let response = ReceivedResponse {
                api_key: r.api.0,
                api_version: r.version,
                correlation_id: r.correlation_id,
                size,
                rtt,
                error,
            };
            hooks.response_received(&self.handle, &response);
        }
    }
}
