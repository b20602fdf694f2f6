//! Requests other than Produce that somebody has asked for: they wait for the connection, and go back with an
//! answer.

use super::connection::Connection;
use super::connection::request::{Purpose, Request, plain_frame};
use super::observe::Observer;
use super::op::ControlRequest;
use super::session::versions::Versions;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::conf::Settings;
use crate::protocol::ApiKey;
use crate::protocol::header::read_response_header_rest;
use crate::protocol::primitives::Reader;
use std::collections::VecDeque;

/// Requests that wait for the connection to be up.
#[derive(Default)]
pub struct ControlQueue(VecDeque<ControlRequest>);

impl ControlQueue {
    pub fn push(&mut self, request: ControlRequest) {
        self.0.push_back(request);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts all of them on the connection, each in the newest version that both sides speak.
    pub fn send(&mut self, versions: &Versions, connection: &mut Connection, settings: &Settings, now: Time) {
        while let Some(r) = self.0.pop_front() {
            let Some(version) = versions.pick(r.api, &r.versions) else {
                let text = format!("{} is not supported by broker", r.api.name().unwrap_or("Request"));
                (r.reply)(Err(Error::new(ErrorCode::_UNSUPPORTED_FEATURE, text)));
                continue;
            };
            let deadline = Deadline::at(now + settings.network.socket_timeout);
            let id = connection.next_correlation_id();
            let frame =
                plain_frame((r.api, version), id, &settings.client.id, |out| (r.encode)(version, out));
            connection.push(Request::new((r.api, version), id, Purpose::Control(r), frame, deadline, now));
        }
    }

    /// Nothing comes of them.
    pub fn fail(&mut self, error: &Error) {
        for r in std::mem::take(&mut self.0) {
            (r.reply)(Err(error.clone()));
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Hands a response to whoever has asked for it.
pub fn answer_control(
    request: ControlRequest,
    (api, version): (ApiKey, i16),
    body: &[u8],
    observer: &Observer,
) {
    let mut reader = Reader::new(body);
    let result = match read_response_header_rest(api, version, &mut reader) {
        Ok(()) => {
            observer.throttled_by(api, version, reader.rest());
            Ok((version, reader.rest()))
        }
        Err(e) => Err(Error::new(ErrorCode::_BAD_MSG, e.to_string())),
    };
    (request.reply)(result);
}
