//! The beginning of a connection: which versions the broker speaks, asked for or assumed.

use super::State;
use super::connection::Purpose;
use super::machine::Broker;
use super::observe::throttle;
use super::session::versions::Versions;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::net::Transport;
use crate::net::bootstrap::SecurityProtocol;
use crate::producer::format::Magic;
use crate::protocol::ApiKey;
use crate::protocol::api_versions;

impl Broker {
    pub(super) fn tell_connecting(&self, transport: &dyn Transport) {
        self.context.logger.debug(debug::BROKER, "CONNECT", || {
            let (name, fd) = (self.handle.own_name(), transport.fd().unwrap_or(-1));
            let protocol = SecurityProtocol::Plaintext.name();
            format!("{name}: Connecting to {} ({protocol}) with socket {fd}", transport.peer())
        });
    }

    pub(super) fn connected(&mut self, now: Time, transport: &mut dyn Transport) {
        self.last_activity = now;
        self.context.logger.debug(debug::BROKER, "CONNECT", || {
            format!("{}: Connected to {}", self.handle.name(), transport.peer())
        });
        if self.asking.ask(&self.context.settings.versions, now) {
            self.set_state(State::ApiVersionQuery, now);
            self.query_versions(api_versions::CLIENT_MAX_VERSION, now);
            self.flush(now, transport);
        } else {
            self.learn_versions(Versions::fallback(&self.context.settings.versions));
            self.up(now);
        }
    }

    fn query_versions(&mut self, version: i16, now: Time) {
        let s = &self.context.settings;
        let request = api_versions::Request {
            client_software_name: s.client.software_name.clone(),
            client_software_version: s.client.software_version.clone(),
        };
        // As for every other request, librdkafka lets `socket.timeout.ms` end the wait if it is the shorter one.
        let deadline = Deadline::at(now + s.versions.request_timeout.min(s.network.socket_timeout));
        let encode = |out: &mut Vec<u8>| request.encode(version, out);
        self.push_request(ApiKey::ApiVersions, version, &encode, Purpose::ApiVersions, deadline, now);
    }

    fn learn_versions(&mut self, versions: Versions) {
        if versions.features() != self.versions.features() {
            self.context.logger.debug(debug::BROKER, "FEATURE", || {
                let (name, features) = (self.handle.name(), versions.features());
                format!("{name}: Updated enabled protocol features to {features}")
            });
        }
        // Sequences of idempotent producers came with record batches.
        let idempotent = self.context.producer_ids.is_some();
        self.format = versions.produce_format().filter(|f| !idempotent || f.magic >= Magic::V2);
        self.versions = versions;
    }

    /// Newest first: a broker that does not know the version asked for says which ones it knows, or is asked with the oldest.
    pub(super) fn versions_answered(
        &mut self,
        asked: i16,
        response: Option<api_versions::Response>,
        now: Time,
        transport: &mut dyn Transport,
    ) {
        let code = response.as_ref().map_or(ErrorCode::_UNDERFLOW, |r| ErrorCode(i32::from(r.error_code)));
        match response {
            Some(r) if r.error_code == 0 => {
                self.learn_versions(Versions::from_response(&r));
                self.handle.note_features(&r);
                throttle::note(&self.handle, &self.context, Some(r.throttle_time_ms));
                self.up(now);
                self.unpark(now);
            }
            Some(r) if code == ErrorCode::UNSUPPORTED_VERSION && asked > 0 => {
                let known = r.range(ApiKey::ApiVersions).map_or(0, |range| *range.end());
                self.query_versions(known.clamp(0, asked - 1), now);
                self.flush(now, transport);
            }
            Some(_) if code == ErrorCode::INVALID_REQUEST && asked > 0 => {
                let s = &self.context.settings;
                self.context.logger.log(
                    Level::Error,
                    "APIVERSION",
                    format_args!(
                        "{}: ApiVersionRequest v{asked} failed due to invalid request: check client.software.name \
                         (\"{}\") and client.software.version (\"{}\") for invalid characters: falling back to \
                         older request version",
                        self.handle.name(),
                        s.client.software_name,
                        s.client.software_version,
                    ),
                );
                self.query_versions(0, now);
                self.flush(now, transport);
            }
            _ => self.versions_refused(code, now, transport),
        }
    }

    /// There is no learning the broker's versions on this connection.
    pub(super) fn versions_refused(&mut self, code: ErrorCode, now: Time, transport: &mut dyn Transport) {
        let why = code.describe();
        let text = format!(
            "ApiVersionRequest failed: {why}: probably due to broker version < 0.10 \
             (see api.version.request configuration)"
        );
        self.fail(Level::Warning, Error::new(ErrorCode::_TRANSPORT, text), now, transport);
    }
}
