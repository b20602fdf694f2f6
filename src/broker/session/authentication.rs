//! Authentication by SASL: SaslHandshake names the mechanism, then tokens go back and forth until both sides
//! are satisfied. It is done again before the broker's session ends (KIP-368).

use super::features::Feature;
use super::request::SessionRequest;
use super::versions::Versions;
use crate::auth::{Beginning, Begun, Exchange, Principal, Step};
use crate::base::blocking::{Awaited, BlockingTask, NotRun};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::signal::Signal;
use crate::base::sync::Arc;
use crate::conf::Settings;
use crate::protocol::ApiKey;
use crate::protocol::header::read_response_header_rest;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::{sasl_authenticate, sasl_handshake};
use std::time::Duration;

/// The part of a session's life after which it is renewed. The rest is for the renewal itself.
const RENEW_AT: f64 = 0.9;

/// How one connection authenticates.
pub struct Authentication {
    /// Who the client is; `None` where nobody asks.
    principal: Option<Arc<Principal>>,
    exchange: Option<Exchange>,
    /// The first token, while another thread gets it.
    awaited: Option<Awaited<Begun>>,
    /// The same for a connection that has ended meanwhile. No other one is made before that thread is done:
    /// so there is one at a time, however long it takes.
    abandoned: Option<Awaited<Begun>>,
    /// Wakes the broker when a token is there.
    signal: Arc<Signal>,
    /// The version of SaslAuthenticate; `None` for brokers that take bare tokens (before Kafka 1.0).
    envelope: Option<i16>,
    renew_at: Deadline,
}

/// What follows when the broker has taken the mechanism.
pub enum Chosen {
    /// The first token goes to the broker.
    Ask(SessionRequest),
    /// The first token has to be got; [`Authentication::begun`] knows when it is there.
    Get(BlockingTask),
}

impl Authentication {
    pub fn new(principal: Option<Arc<Principal>>, signal: Arc<Signal>) -> Self {
        Self {
            principal,
            exchange: None,
            awaited: None,
            abandoned: None,
            signal,
            envelope: None,
            renew_at: Deadline::NEVER,
        }
    }

    pub fn is_required(&self) -> bool {
        self.principal.is_some()
    }

    /// Whether there is something to authenticate with, if that is required.
    pub fn is_possible(&self) -> bool {
        let is_busy = self.abandoned.as_ref().is_some_and(Awaited::is_running);
        !is_busy && self.principal.as_ref().is_none_or(|p| p.is_ready())
    }

    /// When to authenticate again.
    pub fn renew_at(&self) -> Deadline {
        self.renew_at
    }

    /// The connection is over.
    pub fn reset(&mut self) {
        self.exchange = None;
        self.renew_at = Deadline::NEVER;
        if let Some(awaited) = self.awaited.take() {
            self.abandoned = Some(awaited);
        }
    }

    fn mechanism(&self) -> &'static str {
        self.principal.as_ref().map_or("", |p| p.mechanism().name())
    }

    /// The first request.
    ///
    /// # Errors
    /// The broker knows no SaslHandshake.
    pub fn begin(&mut self, versions: &Versions, settings: &Settings) -> Result<SessionRequest, Error> {
        self.reset();
        let mechanism = self.mechanism();
        let Some(version) = versions.pick(ApiKey::SaslHandshake, &sasl_handshake::VERSIONS) else {
            return Err(not_initialized(&format!(
                "SASL Handshake not supported by broker (required by mechanism {mechanism})"
            )));
        };
        self.envelope = match versions.features().has(Feature::SaslAuthReq) {
            true => versions.pick(ApiKey::SaslAuthenticate, &sasl_authenticate::VERSIONS),
            false => None,
        };
        let mut body = Vec::new();
        sasl_handshake::Request { mechanism: mechanism.to_owned() }.encode(version, &mut body);
        Ok(request(ApiKey::SaslHandshake, version, body, settings))
    }

    /// The broker on this host has answered SaslHandshake. Returns the mechanisms that it offers, and what
    /// follows.
    ///
    /// # Errors
    /// It does not take the mechanism, or there is nothing to authenticate with any more.
    pub fn chosen(
        &mut self,
        version: i16,
        body: &[u8],
        host: &str,
        settings: &Settings,
    ) -> Result<(String, Chosen), Error> {
        let response = sasl_handshake::Response::decode(version, &mut Reader::new(body));
        let response = response.map_err(|_| self.handshake_failed(ErrorCode::_UNDERFLOW, None))?;
        let offered = response.mechanisms.join(",");
        let code = ErrorCode(i32::from(response.error_code));
        if code != ErrorCode::NO_ERROR {
            return Err(self.handshake_failed(code, Some(&offered)));
        }
        let next = match self.principal.as_ref().and_then(|p| p.begin(host)) {
            None => return Err(not_initialized(&format!("there is no {} token any more", self.mechanism()))),
            Some(Beginning::Token(exchange, token)) => {
                self.exchange = Some(exchange);
                Chosen::Ask(self.token(&token, settings))
            }
            Some(Beginning::Blocking(get)) => {
                let (awaited, task) = Awaited::new(self.signal.clone(), get);
                self.awaited = Some(awaited);
                Chosen::Get(task)
            }
        };
        Ok((offered, next))
    }

    /// The request with the first token, when another thread has got it; `None` while it is being got, or if
    /// there was none to get.
    ///
    /// # Errors
    /// There is no such token.
    pub fn begun(&mut self, settings: &Settings) -> Result<Option<SessionRequest>, Error> {
        let Some(result) = self.awaited.as_ref().and_then(Awaited::take) else { return Ok(None) };
        self.awaited = None;
        match result {
            Ok(Ok((exchange, token))) => {
                self.exchange = Some(exchange);
                Ok(Some(self.token(&token, settings)))
            }
            Ok(Err(why)) => Err(not_initialized(&why)),
            Err(NotRun) => Err(not_initialized("no thread could be started for it")),
        }
    }

    fn handshake_failed(&self, code: ErrorCode, offered: Option<&str>) -> Error {
        let (mechanism, why, offered) = (self.mechanism(), code.describe(), offered.unwrap_or("(n/a)"));
        let text = format!(
            "SASL {mechanism} mechanism handshake failed: {why}: broker's supported mechanisms: {offered}"
        );
        Error::new(ErrorCode::_AUTHENTICATION, text)
    }

    fn token(&self, token: &[u8], settings: &Settings) -> SessionRequest {
        let Some(version) = self.envelope else {
            let bare = request(ApiKey::SaslAuthenticate, 0, token.to_vec(), settings);
            return SessionRequest { is_bare: true, ..bare };
        };
        let mut body = Vec::new();
        sasl_authenticate::Request { auth_bytes: token }.encode(version, &mut body);
        request(ApiKey::SaslAuthenticate, version, body, settings)
    }

    /// The broker has answered a token. Returns the next request; `None` when the connection is
    /// authenticated.
    ///
    /// # Errors
    /// One side does not believe the other.
    pub fn answered(
        &mut self,
        body: &[u8],
        settings: &Settings,
        now: Time,
    ) -> Result<Option<SessionRequest>, Error> {
        let Some(version) = self.envelope else { return self.continued(body, settings) };
        let response = read(version, body).map_err(|_| {
            let why = ErrorCode::_UNDERFLOW.describe();
            failed(ErrorCode::_UNDERFLOW, &format!("SaslAuthenticateResponse parsing failed: {why}"))
        })?;
        let code = ErrorCode(i32::from(response.error_code));
        if code != ErrorCode::NO_ERROR {
            let why = response.error_message.filter(|why| !why.is_empty());
            return Err(failed(code, &why.unwrap_or_else(|| code.describe().into_owned())));
        }
        let next = self.continued(response.auth_bytes, settings)?;
        if next.is_none() {
            self.renew_at = match u64::try_from(response.session_lifetime_ms) {
                Ok(0) | Err(_) => Deadline::NEVER,
                Ok(ms) => Deadline::at(now + Duration::from_millis(ms).mul_f64(RENEW_AT)),
            };
        }
        Ok(next)
    }

    fn continued(&mut self, token: &[u8], settings: &Settings) -> Result<Option<SessionRequest>, Error> {
        let Some(exchange) = &mut self.exchange else {
            return Err(failed(ErrorCode::_AUTHENTICATION, "a token has come that nobody asked for"));
        };
        match exchange.answered(token) {
            Ok(Step::Send(token)) => Ok(Some(self.token(&token, settings))),
            Ok(Step::Done) => {
                self.exchange = None;
                Ok(None)
            }
            Err(why) => Err(failed(ErrorCode::_AUTHENTICATION, &why)),
        }
    }

    /// What it means that a request for authentication has no answer, because of `code`.
    pub fn unanswered(&self, code: ErrorCode) -> Error {
        match self.exchange {
            None if self.awaited.is_none() => self.handshake_failed(code, None),
            _ => {
                let why = format!("SaslAuthenticateRequest failed: {}", code.describe());
                Error::new(code, format!("SASL authentication error: {why}"))
            }
        }
    }
}

fn not_initialized(why: &str) -> Error {
    Error::new(ErrorCode::_AUTHENTICATION, format!("Failed to initialize SASL authentication: {why}"))
}

fn request(api: ApiKey, version: i16, body: Vec<u8>, settings: &Settings) -> SessionRequest {
    let timeout = settings.network.socket_timeout;
    SessionRequest { api, version, timeout, body, is_bare: false, remark: None }
}

fn read(version: i16, body: &[u8]) -> Result<sasl_authenticate::Response<'_>, Malformed> {
    let mut reader = Reader::new(body);
    read_response_header_rest(ApiKey::SaslAuthenticate, version, &mut reader)?;
    sasl_authenticate::Response::decode(version, &mut reader)
}

/// The application knows wrong credentials as one error, whoever has found it out.
fn failed(code: ErrorCode, why: &str) -> Error {
    let code = match code {
        ErrorCode::SASL_AUTHENTICATION_FAILED => ErrorCode::_AUTHENTICATION,
        code => code,
    };
    Error::new(code, format!("SASL authentication error: {why}"))
}
