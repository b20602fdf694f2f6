//! The life of a broker's connection: connecting, negotiating, being up, and waiting before the next attempt.
//!
//! A [`Session`] sees neither sockets nor requests. It is told how far the transport has come and what the
//! broker has answered to the session's own requests, and says what follows from that: a [`SessionStep`].
//! Everything that has to happen before ordinary requests may be sent belongs here, as a state of its own.

mod asking;
mod authentication;
mod backoff;
pub mod features;
pub mod request;
pub mod state;
pub mod versions;

use crate::auth::Principal;
use crate::base::blocking::BlockingTask;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::base::signal::Signal;
use crate::base::sync::Arc;
use crate::conf::Settings;
use crate::net::Endpoint;
use crate::protocol::ApiKey;
use crate::protocol::api_versions;
use crate::protocol::primitives::Reader;
use asking::Asking;
use authentication::{Authentication, Chosen};
use backoff::Backoff;
use request::{Remark, SessionRequest};
use state::ConnectionState;
use versions::Versions;

pub struct Session {
    endpoint: Endpoint,
    state: ConnectionState,
    /// Since when it is in that state.
    since: Time,
    /// When the last attempt to connect began.
    attempt_since: Time,
    /// Attempts so far.
    attempts: u64,
    backoff: Backoff,
    asking: Asking,
    versions: Versions,
    authentication: Authentication,
    /// What is to be told when the connection is up.
    negotiated: Negotiated,
    /// Somebody wants a connection, though there may be nothing to send.
    wanted: bool,
    random: fastrand::Rng,
}

/// What follows from news of the connection.
pub enum SessionStep {
    /// A request of the session's own is to be sent; its answer is for [`Session::answered`].
    Ask(SessionRequest),
    /// Something that may block is to be done on another thread; [`Session::resume`] goes on from there.
    Get(BlockingTask, Remark),
    /// The connection is up: ordinary requests may be sent.
    Ready(Negotiated),
    /// The connection stays up: it has been authenticated again.
    Renewed,
    /// The connection is of no use.
    Fail(Level, Error),
}

/// What was found out while the connection was set up.
#[derive(Default)]
pub struct Negotiated {
    /// The broker has other features than at the last time.
    pub has_new_features: bool,
    /// What it said, if it was asked.
    pub response: Option<api_versions::Response>,
}

impl Session {
    pub fn new(
        endpoint: Endpoint,
        settings: &Settings,
        (principal, signal): (Option<Arc<Principal>>, Arc<Signal>),
        random: fastrand::Rng,
        now: Time,
    ) -> Self {
        Self {
            endpoint,
            state: ConnectionState::Init,
            since: now,
            attempt_since: now,
            attempts: 0,
            backoff: Backoff::new(settings),
            asking: Asking::default(),
            versions: Versions::default(),
            authentication: Authentication::new(principal, signal),
            negotiated: Negotiated::default(),
            wanted: false,
            random,
        }
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub fn state(&self) -> ConnectionState {
        self.state
    }

    /// Since when the session is in its state.
    pub fn since(&self) -> Time {
        self.since
    }

    /// How often it has tried to connect: another number for each connection.
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// What the broker speaks.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// Whether somebody wants a connection, though there may be nothing to send.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    pub fn set_wanted(&mut self, wanted: bool) {
        self.wanted = wanted;
    }

    /// Whether there is neither a connection nor an attempt at one.
    pub fn is_down(&self) -> bool {
        matches!(self.state, ConnectionState::Init | ConnectionState::Down)
    }

    /// The broker is found at this address. Returns whether that is news; a connection to the old one is for
    /// the caller to end.
    pub fn move_to(&mut self, endpoint: Endpoint) -> bool {
        let moved = self.endpoint != endpoint;
        self.endpoint = endpoint;
        moved
    }

    /// This is another broker now: nothing that was found out about the last one is true of it.
    pub fn forget(&mut self, settings: &Settings) {
        self.backoff = Backoff::new(settings);
        self.asking = Asking::default();
    }

    /// Whether an attempt to connect may be made.
    pub fn may_connect(&self, now: Time) -> bool {
        self.is_down() && self.backoff.is_over(now) && self.authentication.is_possible()
    }

    /// When something is to be done: connect, if that is `wanted`, give up setting up the connection, or
    /// authenticate again. Who waits for something to authenticate with is woken when it is there.
    pub fn deadline(&self, wanted: bool, settings: &Settings) -> Deadline {
        match self.state {
            ConnectionState::Init | ConnectionState::Down if wanted && self.authentication.is_possible() => {
                self.backoff.until()
            }
            ConnectionState::Init | ConnectionState::Down | ConnectionState::Reauth => Deadline::NEVER,
            ConnectionState::Up => self.authentication.renew_at(),
            // The time is for everything until the connection can be used.
            ConnectionState::Connect
            | ConnectionState::SslHandshake
            | ConnectionState::ApiVersionQuery
            | ConnectionState::AuthLegacy
            | ConnectionState::AuthHandshake
            | ConnectionState::AuthReq => {
                Deadline::at(self.attempt_since + settings.network.connection_setup_timeout)
            }
        }
    }

    /// An attempt to connect is being made.
    pub fn connect(&mut self, settings: &Settings, now: Time) {
        self.backoff.attempt(now, settings, &mut self.random);
        self.attempt_since = now;
        self.attempts += 1;
        self.set_state(ConnectionState::Connect, now);
    }

    /// The transport is connected, and agrees on something with its peer before it can be used.
    pub fn handshaking(&mut self, now: Time) {
        self.set_state(ConnectionState::SslHandshake, now);
    }

    /// The transport can be used.
    pub fn connected(&mut self, settings: &Settings, now: Time) -> SessionStep {
        if self.asking.ask(&settings.versions, now) {
            self.set_state(ConnectionState::ApiVersionQuery, now);
            return ask_versions(api_versions::CLIENT_MAX_VERSION, settings);
        }
        self.ready(Versions::fallback(&settings.versions), None, settings, now)
    }

    /// Setting up the connection may have taken too long.
    pub fn check_setup_time(&self, settings: &Settings, now: Time) -> Option<Error> {
        let is_setting_up = !self.is_down() && !self.state.is_established();
        (is_setting_up && self.deadline(false, settings).is_due(now)).then(|| {
            let text = format!("Connection setup timed out in state {}", self.state.name());
            Error::new(ErrorCode::_TRANSPORT, text)
        })
    }

    /// The broker has answered a request of the session's own.
    pub fn answered(
        &mut self,
        (api, version): (ApiKey, i16),
        body: &[u8],
        settings: &Settings,
        now: Time,
    ) -> SessionStep {
        match api {
            ApiKey::SaslHandshake => self.mechanism_chosen(version, body, settings, now),
            ApiKey::SaslAuthenticate => self.token_answered(body, settings, now),
            _ => {
                let response = api_versions::Response::decode(version, &mut Reader::new(body)).ok();
                self.versions_answered(version, response, settings, now)
            }
        }
    }

    /// The broker did not answer a request of the session's own in time.
    pub fn unanswered(&self) -> (Level, Error) {
        match self.state {
            ConnectionState::ApiVersionQuery => versions_refused(ErrorCode::_TIMED_OUT),
            _ => (Level::Error, self.authentication.unanswered(ErrorCode::_TIMED_OUT)),
        }
    }

    /// What else it means that the connection has been lost in its present state.
    pub fn meaning_of_loss(&self) -> Option<Error> {
        let is_authenticating = matches!(
            self.state,
            ConnectionState::AuthHandshake | ConnectionState::AuthReq | ConnectionState::Reauth
        );
        is_authenticating.then(|| self.authentication.unanswered(ErrorCode::_TRANSPORT))
    }

    /// Newest first: a broker that does not know the version asked for says which ones it knows, or is asked
    /// with the oldest.
    fn versions_answered(
        &mut self,
        asked: i16,
        response: Option<api_versions::Response>,
        settings: &Settings,
        now: Time,
    ) -> SessionStep {
        let code = response.as_ref().map_or(ErrorCode::_UNDERFLOW, |r| ErrorCode(i32::from(r.error_code)));
        match response {
            Some(r) if r.error_code == 0 => self.ready(Versions::from_response(&r), Some(r), settings, now),
            Some(r) if code == ErrorCode::UNSUPPORTED_VERSION && asked > 0 => {
                let known = r.range(ApiKey::ApiVersions).map_or(0, |range| *range.end());
                ask_versions(known.clamp(0, asked - 1), settings)
            }
            Some(_) if code == ErrorCode::INVALID_REQUEST && asked > 0 => {
                let mut request = version_request(0, settings);
                let (context, facility, text) = (None, "APIVERSION", invalid_request(asked, settings));
                request.remark = Some(Remark { context, facility, text });
                SessionStep::Ask(request)
            }
            _ => {
                let (level, error) = versions_refused(code);
                SessionStep::Fail(level, error)
            }
        }
    }

    fn ready(
        &mut self,
        versions: Versions,
        response: Option<api_versions::Response>,
        settings: &Settings,
        now: Time,
    ) -> SessionStep {
        let has_new_features = versions.features() != self.versions.features();
        self.versions = versions;
        self.negotiated = Negotiated { has_new_features, response };
        if self.authentication.is_required() {
            self.authenticate(settings, now)
        } else {
            self.up(settings, now)
        }
    }

    fn authenticate(&mut self, settings: &Settings, now: Time) -> SessionStep {
        match self.authentication.begin(&self.versions, settings) {
            Ok(request) => {
                self.set_auth_state(ConnectionState::AuthHandshake, now);
                SessionStep::Ask(request)
            }
            Err(error) => {
                self.set_auth_state(ConnectionState::AuthLegacy, now);
                SessionStep::Fail(Level::Error, error)
            }
        }
    }

    /// Authenticates again, if it is time. To be asked when the connection is up.
    pub fn renew(&mut self, settings: &Settings, now: Time) -> Option<SessionStep> {
        if self.state != ConnectionState::Up || !self.authentication.renew_at().is_due(now) {
            return None;
        }
        self.set_state(ConnectionState::Reauth, now);
        Some(self.authenticate(settings, now))
    }

    fn mechanism_chosen(&mut self, version: i16, body: &[u8], settings: &Settings, now: Time) -> SessionStep {
        let (offered, next) = match self.authentication.chosen(version, body, self.endpoint.node(), settings)
        {
            Ok(chosen) => chosen,
            Err(error) => return SessionStep::Fail(Level::Error, error),
        };
        self.set_auth_state(ConnectionState::AuthReq, now);
        let text = format!("Broker supported SASL mechanisms: {offered}");
        let remark = Remark { context: Some(debug::SECURITY), facility: "SASLMECHS", text };
        match next {
            Chosen::Ask(request) => SessionStep::Ask(SessionRequest { remark: Some(remark), ..request }),
            Chosen::Get(task) => SessionStep::Get(task, remark),
        }
    }

    /// Goes on when another thread has done what was to be done. To be asked when the broker was woken.
    pub fn resume(&mut self, settings: &Settings) -> Option<SessionStep> {
        match self.authentication.begun(settings) {
            Ok(request) => request.map(SessionStep::Ask),
            Err(error) => Some(SessionStep::Fail(Level::Error, error)),
        }
    }

    fn token_answered(&mut self, body: &[u8], settings: &Settings, now: Time) -> SessionStep {
        match self.authentication.answered(body, settings, now) {
            Ok(Some(request)) => SessionStep::Ask(request),
            Ok(None) if self.state == ConnectionState::Reauth => {
                self.set_state(ConnectionState::Up, now);
                SessionStep::Renewed
            }
            Ok(None) => self.up(settings, now),
            Err(error) => SessionStep::Fail(Level::Error, error),
        }
    }

    /// While a connection that is up authenticates again, that is its state.
    fn set_auth_state(&mut self, state: ConnectionState, now: Time) {
        if self.state != ConnectionState::Reauth {
            self.set_state(state, now);
        }
    }

    fn up(&mut self, settings: &Settings, now: Time) -> SessionStep {
        self.set_state(ConnectionState::Up, now);
        self.backoff.reset(settings);
        self.wanted = false;
        SessionStep::Ready(std::mem::take(&mut self.negotiated))
    }

    /// The connection, or the attempt at one, has failed or was ended.
    pub fn down(&mut self, now: Time) {
        if self.state == ConnectionState::ApiVersionQuery {
            // Brokers before 0.10 end the connection when they are asked.
            self.asking.failed();
        }
        self.authentication.reset();
        if !self.state.is_established() {
            // This attempt was made because somebody wanted it. Whoever still wants a connection says so
            // again.
            self.wanted = false;
        }
        self.set_state(ConnectionState::Down, now);
    }

    /// The connection was ended because nobody used it.
    pub fn rest(&mut self, now: Time) {
        self.authentication.reset();
        self.wanted = false;
        self.set_state(ConnectionState::Init, now);
    }

    fn set_state(&mut self, state: ConnectionState, now: Time) {
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }
}

fn ask_versions(version: i16, settings: &Settings) -> SessionStep {
    SessionStep::Ask(version_request(version, settings))
}

fn version_request(version: i16, settings: &Settings) -> SessionRequest {
    let request = api_versions::Request {
        client_software_name: settings.client.software_name.clone(),
        client_software_version: settings.client.software_version.clone(),
    };
    let mut body = Vec::new();
    request.encode(version, &mut body);
    // As for every other request, librdkafka lets `socket.timeout.ms` end the wait if it is the shorter one.
    let timeout = settings.versions.request_timeout.min(settings.network.socket_timeout);
    SessionRequest { api: ApiKey::ApiVersions, version, timeout, body, is_bare: false, remark: None }
}

fn invalid_request(asked: i16, settings: &Settings) -> String {
    format!(
        "ApiVersionRequest v{asked} failed due to invalid request: check client.software.name \
         (\"{}\") and client.software.version (\"{}\") for invalid characters: falling back to \
         older request version",
        settings.client.software_name, settings.client.software_version,
    )
}

/// There is no learning the broker's versions on this connection.
fn versions_refused(code: ErrorCode) -> (Level, Error) {
    let why = code.describe();
    let text = format!(
        "ApiVersionRequest failed: {why}: probably due to broker version < 0.10 \
         (see api.version.request configuration)"
    );
    (Level::Warning, Error::new(ErrorCode::_TRANSPORT, text))
}

#[cfg(test)]
mod tests;
