//! SaslHandshake (versions 0 and 1) and SaslAuthenticate (0 to 2): PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.
//!
//! With users in the settings every connection has to authenticate before anything but ApiVersions. Deviations from
//! Kafka: sessions do not expire, and a refused connection stays until it asks for something else.

use crate::base::error::ErrorCode;
use crate::mock::auth::scram::{Exchange, Hash};
use crate::mock::call::{Answer, Call, wire_code};
use crate::mock::cluster::Cluster;
use crate::protocol::ApiKey;
use crate::protocol::header;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::sasl_authenticate;
use crate::protocol::sasl_handshake;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mechanism {
    Plain,
    Scram(Hash),
}

const MECHANISMS: [(&str, Mechanism); 3] = [
    ("PLAIN", Mechanism::Plain),
    ("SCRAM-SHA-256", Mechanism::Scram(Hash::Sha256)),
    ("SCRAM-SHA-512", Mechanism::Scram(Hash::Sha512)),
];

/// How far a connection has come.
#[derive(Debug, Default)]
struct Session {
    mechanism: Option<Mechanism>,
    /// After SaslHandshake version 0 tokens come without any header.
    raw: bool,
    exchange: Option<Exchange>,
    authenticated: bool,
}

/// The connections that have begun to authenticate.
#[derive(Debug, Default)]
pub struct Sessions {
    by_connection: BTreeMap<u64, Session>,
    nonces: u64,
}

impl Sessions {
    pub fn disconnected(&mut self, conn_id: u64) {
        self.by_connection.remove(&conn_id);
    }
}

pub fn handshake(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let request = sasl_handshake::Request::decode(call.version, body)?;
    let wanted = MECHANISMS.iter().find(|(name, _)| *name == request.mechanism);
    let code = match (call.pushed_error(), wanted) {
        (Err(code), _) => code,
        _ if cluster.settings.sasl_users.is_empty() => ErrorCode::ILLEGAL_SASL_STATE,
        (_, None) => ErrorCode::UNSUPPORTED_SASL_MECHANISM,
        (_, Some((_, mechanism))) => {
            let session = cluster.sasl.by_connection.entry(call.conn_id).or_default();
            let (authenticated, raw) = (session.authenticated, call.version == 0);
            *session = Session { mechanism: Some(*mechanism), raw, authenticated, ..Session::default() };
            ErrorCode::NO_ERROR
        }
    };
    let mechanisms = MECHANISMS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let response = sasl_handshake::Response { error_code: wire_code(code), mechanisms };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

pub fn authenticate(
    cluster: &mut Cluster,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<Answer, Malformed> {
    let request = sasl_authenticate::Request::decode(call.version, body)?;
    let outcome = match call.pushed_error() {
        Ok(()) => cluster.sasl.take_token(&cluster.settings.sasl_users, call.conn_id, request.auth_bytes),
        Err(code) => Err((code, "pushed by a test")),
    };
    let answer = outcome.clone().unwrap_or_default();
    let mut response = sasl_authenticate::Response { auth_bytes: &answer, ..Default::default() };
    if let Err((code, why)) = outcome {
        response.error_code = wire_code(code);
        response.error_message = Some(why.to_owned());
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

type Refused = (ErrorCode, &'static str);
/// A name and a password.
type User = (String, String);

impl Sessions {
    /// Whether a connection has authenticated, has no need to, or is about to.
    pub fn may_ask(&self, users: &[User], call: &Call<'_>) -> bool {
        let before = [ApiKey::ApiVersions, ApiKey::SaslHandshake, ApiKey::SaslAuthenticate];
        users.is_empty()
            || before.contains(&ApiKey(call.api_key))
            || self.by_connection.get(&call.conn_id).is_some_and(|s| s.authenticated)
    }

    /// For a connection that sends tokens without headers: the framed answer, inner `None` for the end of the connection.
    #[allow(clippy::option_option)] // No token, refused and answered are three things.
    pub fn raw_token(&mut self, users: &[User], conn_id: u64, frame: &[u8]) -> Option<Option<Vec<u8>>> {
        self.by_connection.get(&conn_id).filter(|s| s.raw && !s.authenticated)?;
        let answer = self.take_token(users, conn_id, frame).ok();
        Some(answer.map(|token| {
            let mut out = Vec::new();
            header::frame(&mut out, |out| out.extend_from_slice(&token));
            out
        }))
    }

    fn take_token(&mut self, users: &[User], conn_id: u64, token: &[u8]) -> Result<Vec<u8>, Refused> {
        let failed = (ErrorCode::SASL_AUTHENTICATION_FAILED, "Authentication failed: invalid credentials");
        let Self { by_connection, nonces } = self;
        let session = by_connection.get_mut(&conn_id);
        let Some((session, mechanism)) = session.and_then(|s| s.mechanism.map(|m| (s, m))) else {
            return Err((ErrorCode::ILLEGAL_SASL_STATE, "SaslHandshake has to come first"));
        };
        let mut step = || match (mechanism, session.exchange.take()) {
            (Mechanism::Plain, _) => plain(users, token).then(|| (Vec::new(), true)),
            (Mechanism::Scram(hash), None) => {
                // No need for it to be secret, only for it to be another one each time.
                *nonces += 1;
                let (exchange, answer) = Exchange::begin(hash, users, token, *nonces)?;
                session.exchange = Some(exchange);
                Some((answer, false))
            }
            (Mechanism::Scram(_), Some(exchange)) => Some((exchange.finish(token)?, true)),
        };
        if let Some((answer, done)) = step() {
            session.authenticated |= done;
            if done {
                session.mechanism = None;
            }
            return Ok(answer);
        }
        session.authenticated = false;
        session.mechanism = None;
        Err(failed)
    }
}

/// authorization id NUL user NUL password
fn plain(users: &[(String, String)], token: &[u8]) -> bool {
    let mut parts = token.split(|b| *b == 0);
    let (Some(_), Some(user), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    users.iter().any(|(u, p)| u.as_bytes() == user && p.as_bytes() == password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Time;
    use crate::mock::cluster::{Reply, Settings};
    use crate::mock::testing::{open, send};
    use crate::protocol::{api_versions, metadata};

    fn guarded() -> Cluster {
        let sasl_users = vec![("alice".to_owned(), "secret".to_owned())];
        Cluster::new(Settings { brokers: 1, sasl_users, ..Settings::default() })
    }

    fn shake(c: &mut Cluster, version: i16, mechanism: &str) -> i16 {
        let request = sasl_handshake::Request { mechanism: mechanism.into() };
        let reply = send(c, 1, ApiKey::SaslHandshake, version, |out| request.encode(version, out));
        open(ApiKey::SaslHandshake, version, &reply.bytes.unwrap(), |r| {
            let response = sasl_handshake::Response::decode(version, r).unwrap();
            assert_eq!(response.mechanisms.len(), 3);
            response.error_code
        })
    }

    fn token(c: &mut Cluster, version: i16, auth_bytes: &[u8]) -> (i16, Vec<u8>) {
        let request = sasl_authenticate::Request { auth_bytes };
        let reply = send(c, 1, ApiKey::SaslAuthenticate, version, |out| request.encode(version, out));
        open(ApiKey::SaslAuthenticate, version, &reply.bytes.unwrap(), |r| {
            let response = sasl_authenticate::Response::decode(version, r).unwrap();
            (response.error_code, response.auth_bytes.to_vec())
        })
    }

    fn ask(c: &mut Cluster) -> Reply {
        send(c, 1, ApiKey::Metadata, 9, |out| metadata::Request::default().encode(9, out))
    }

    #[test]
    fn nothing_goes_without_authentication_but_versions() {
        let mut c = guarded();
        send(&mut c, 1, ApiKey::ApiVersions, 3, |out| api_versions::Request::default().encode(3, out))
            .bytes
            .unwrap();
        assert!(ask(&mut c).close);
        assert_eq!(token(&mut c, 2, b"\0alice\0secret").0, 34, "without a handshake");
        assert_eq!(shake(&mut c, 1, "GSSAPI"), 33);
        for version in 0..=2 {
            c.disconnected(1);
            assert!(ask(&mut c).close);
            assert_eq!(shake(&mut c, 1, "PLAIN"), 0);
            assert_eq!(token(&mut c, version, b"\0alice\0wrong").0, 58);
            assert!(ask(&mut c).close);
            assert_eq!(shake(&mut c, 1, "PLAIN"), 0);
            assert_eq!(token(&mut c, version, b"\0alice\0secret"), (0, vec![]));
            assert!(ask(&mut c).bytes.is_some());
        }
    }

    #[test]
    fn tokens_without_headers_after_the_first_version_of_the_handshake() {
        let mut c = guarded();
        assert_eq!(shake(&mut c, 0, "PLAIN"), 0);
        let answer = c.handle(1, 1, b"\0alice\0secret", Time(0), 0);
        assert_eq!(answer.bytes, Some(vec![0; 4]));
        assert!(ask(&mut c).bytes.is_some());
        c.disconnected(1);
        assert_eq!(shake(&mut c, 0, "PLAIN"), 0);
        assert!(c.handle(1, 1, b"\0alice\0guess", Time(0), 0).close);
    }

    #[test]
    fn a_cluster_without_users_wants_no_sasl() {
        let mut c = crate::mock::testing::cluster(1);
        assert_eq!(shake(&mut c, 1, "PLAIN"), 34);
        assert!(ask(&mut c).bytes.is_some());
    }
}
