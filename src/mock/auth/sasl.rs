//! SaslHandshake (versions 0 and 1) and SaslAuthenticate (0 to 2): PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and
//! OAUTHBEARER.
//!
//! With users or OAUTHBEARER in the settings every connection has to authenticate before anything but
//! ApiVersions. Deviation from Kafka: a refused connection stays until it asks for something else.

use crate::auth::Mechanism;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::mock::auth::bearer;
use crate::mock::auth::scram;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::protocol::header;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::{ApiKey, sasl_authenticate, sasl_handshake};
use std::collections::BTreeMap;
use std::time::Duration;

/// A name and a password.
pub type User = (String, String);

/// Who has to authenticate, and how.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// For PLAIN and SCRAM.
    pub users: Vec<User>,
    /// Whether unsigned tokens are taken, as Kafka's handler for development takes them.
    pub bearer: bool,
    /// After so long a connection has to authenticate again (KIP-368); zero: never.
    pub session_lifetime: Duration,
}

impl Settings {
    fn is_required(&self) -> bool {
        self.bearer || !self.users.is_empty()
    }

    fn mechanisms(&self) -> Vec<Mechanism> {
        let all = Mechanism::ALL.into_iter();
        all.filter(|mechanism| match mechanism {
            Mechanism::OAuthBearer => self.bearer,
            // Nobody here knows a ticket from another.
            Mechanism::Gssapi => false,
            Mechanism::Plain | Mechanism::Scram(_) => !self.users.is_empty(),
        })
        .collect()
    }
}

/// Who a connection has authenticated as.
#[derive(Debug)]
struct Identity {
    name: String,
    mechanism: Mechanism,
    expires_at: Option<Time>,
}

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Granted,
    /// Its session is over. That happens to every client whose renewal is held up on its way.
    Expired,
    /// It has not said who it is.
    Denied,
}

/// What an exchange of several tokens has come to.
#[derive(Debug)]
enum ServerExchange {
    Scram(scram::Exchange),
    /// A bearer token was refused; the client has to confirm that it has heard.
    Refused,
}

/// How far a connection has come.
#[derive(Debug, Default)]
struct Session {
    /// Of the authentication under way.
    mechanism: Option<Mechanism>,
    /// After SaslHandshake version 0 tokens come without any header.
    raw: bool,
    exchange: Option<ServerExchange>,
    identity: Option<Identity>,
}

/// The connections that have begun to authenticate.
#[derive(Debug, Default)]
pub struct Sessions {
    settings: Settings,
    by_connection: BTreeMap<u64, Session>,
    nonces: u64,
}

type Refused = (ErrorCode, &'static str);

const FAILED: Refused = (ErrorCode::SASL_AUTHENTICATION_FAILED, "Authentication failed: invalid credentials");
const OTHER_IDENTITY: Refused =
    (ErrorCode::SASL_AUTHENTICATION_FAILED, "Re-authentication has to keep principal and mechanism");
const NO_HANDSHAKE: Refused = (ErrorCode::ILLEGAL_SASL_STATE, "SaslHandshake has to come first");

pub fn handshake(
    sessions: &mut Sessions,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = sasl_handshake::Request::decode(call.version, body)?;
    let code = call.pushed_error().err().unwrap_or_else(|| sessions.choose(call, &request.mechanism));
    let mechanisms = sessions.settings.mechanisms().iter().map(|m| m.name().to_owned()).collect();
    let response = sasl_handshake::Response { error_code: wire_code(code), mechanisms };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

pub fn authenticate(
    sessions: &mut Sessions,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = sasl_authenticate::Request::decode(call.version, body)?;
    let outcome = match call.pushed_error() {
        Ok(()) => sessions.take_token(call.conn_id, request.auth_bytes, call.now, call.wall_ms),
        Err(code) => Err((code, "pushed by a test")),
    };
    let answer = outcome.clone().unwrap_or_default();
    let mut response = sasl_authenticate::Response { auth_bytes: &answer, ..Default::default() };
    match outcome {
        Ok(_) => response.session_lifetime_ms = sessions.lifetime_ms(call),
        Err((code, why)) => {
            response.error_code = wire_code(code);
            response.error_message = Some(why.to_owned());
        }
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

impl Sessions {
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    pub fn disconnected(&mut self, conn_id: u64) {
        self.by_connection.remove(&conn_id);
    }

    /// Whether a connection is authenticated, has no need to be, or is about to be.
    pub fn access(&self, call: &Call<'_>) -> Access {
        let before = [ApiKey::ApiVersions, ApiKey::SaslHandshake, ApiKey::SaslAuthenticate];
        if !self.settings.is_required() || before.contains(&ApiKey(call.api_key)) {
            return Access::Granted;
        }
        match self.by_connection.get(&call.conn_id).and_then(|s| s.identity.as_ref()) {
            None => Access::Denied,
            Some(i) if i.expires_at.is_some_and(|end| call.now >= end) => Access::Expired,
            Some(_) => Access::Granted,
        }
    }

    fn choose(&mut self, call: &Call<'_>, wanted: &str) -> ErrorCode {
        if !self.settings.is_required() {
            return ErrorCode::ILLEGAL_SASL_STATE;
        }
        let Some(mechanism) = self.settings.mechanisms().into_iter().find(|m| m.name() == wanted) else {
            return ErrorCode::UNSUPPORTED_SASL_MECHANISM;
        };
        let session = self.by_connection.entry(call.conn_id).or_default();
        session.mechanism = Some(mechanism);
        session.raw = call.version == 0;
        session.exchange = None;
        ErrorCode::NO_ERROR
    }

    /// How long the session of a connection lasts from now on, in milliseconds; 0: for ever, or there is none
    /// yet.
    fn lifetime_ms(&self, call: &Call<'_>) -> i64 {
        let identity = self.by_connection.get(&call.conn_id).and_then(|s| s.identity.as_ref());
        let left = identity.and_then(|i| i.expires_at).map(|end| end.since(call.now));
        left.map_or(0, |left| i64::try_from(left.as_millis()).unwrap_or(i64::MAX))
    }

    /// For a connection that sends tokens without headers: the framed answer, inner `None` for the end of the
    /// connection.
    #[allow(clippy::option_option)] // No token, refused and answered are three things.
    pub fn raw_token(
        &mut self,
        conn_id: u64,
        frame: &[u8],
        (now, wall_ms): (Time, i64),
    ) -> Option<Option<Vec<u8>>> {
        self.by_connection.get(&conn_id).filter(|s| s.raw && s.identity.is_none())?;
        let answer = self.take_token(conn_id, frame, now, wall_ms).ok();
        Some(answer.map(|token| {
            let mut out = Vec::new();
            header::frame(&mut out, |out| out.extend_from_slice(&token));
            out
        }))
    }

    fn take_token(
        &mut self,
        conn_id: u64,
        token: &[u8],
        now: Time,
        wall_ms: i64,
    ) -> Result<Vec<u8>, Refused> {
        let Self { settings, by_connection, nonces } = self;
        let session = by_connection.get_mut(&conn_id).ok_or(NO_HANDSHAKE)?;
        let mechanism = session.mechanism.ok_or(NO_HANDSHAKE)?;
        let outcome = session.step(settings, mechanism, nonces, token, wall_ms);
        match outcome {
            Ok((answer, None)) => Ok(answer),
            Ok((answer, Some(name))) => {
                session.grant(name, mechanism, settings.session_lifetime, now).map(|()| answer)
            }
            Err(refused) => {
                session.identity = None;
                session.mechanism = None;
                Err(refused)
            }
        }
    }
}

impl Session {
    /// Takes one token. Returns the answer to it, and whose it is if that was the last one.
    fn step(
        &mut self,
        settings: &Settings,
        mechanism: Mechanism,
        nonces: &mut u64,
        token: &[u8],
        wall_ms: i64,
    ) -> Result<(Vec<u8>, Option<String>), Refused> {
        match (mechanism, self.exchange.take()) {
            (Mechanism::Plain, _) => {
                plain(&settings.users, token).map(|name| (Vec::new(), Some(name))).ok_or(FAILED)
            }
            (Mechanism::Scram(hash), None) => {
                // No need for it to be secret, only for it to be another one each time.
                *nonces += 1;
                let (exchange, answer) =
                    scram::Exchange::begin(hash, &settings.users, token, *nonces).ok_or(FAILED)?;
                self.exchange = Some(ServerExchange::Scram(exchange));
                Ok((answer, None))
            }
            (Mechanism::Scram(_), Some(ServerExchange::Scram(exchange))) => {
                let (answer, name) = exchange.finish(token).ok_or(FAILED)?;
                Ok((answer, Some(name)))
            }
            (Mechanism::OAuthBearer, None) => match bearer::principal(token, wall_ms) {
                Some(name) => Ok((Vec::new(), Some(name))),
                None => {
                    self.exchange = Some(ServerExchange::Refused);
                    Ok((bearer::REFUSAL.to_vec(), None))
                }
            },
            _ => Err(FAILED),
        }
    }

    /// The connection is whose it says for as long as sessions last.
    fn grant(
        &mut self,
        name: String,
        mechanism: Mechanism,
        lifetime: Duration,
        now: Time,
    ) -> Result<(), Refused> {
        self.mechanism = None;
        if self.identity.as_ref().is_some_and(|i| i.name != name || i.mechanism != mechanism) {
            self.identity = None;
            return Err(OTHER_IDENTITY);
        }
        let expires_at = (!lifetime.is_zero()).then(|| now + lifetime);
        self.identity = Some(Identity { name, mechanism, expires_at });
        Ok(())
    }
}

/// Reads authorization id, NUL, user, NUL, password. Returns the user if the password is right.
fn plain(users: &[User], token: &[u8]) -> Option<String> {
    let mut parts = token.split(|b| *b == 0);
    let (Some(_), Some(user), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let known = users.iter().find(|(u, p)| u.as_bytes() == user && p.as_bytes() == password);
    known.map(|(name, _)| name.clone())
}

#[cfg(test)]
mod tests;
