use super::*;
use crate::auth;
use crate::base::clock::Time;
use crate::mock::cluster::{Cluster, Reply, Settings};
use crate::mock::testing::{self, open, send};
use crate::protocol::{api_versions, metadata};

fn alice() -> Vec<User> {
    vec![("alice".to_owned(), "secret".to_owned())]
}

fn with(sasl: super::Settings) -> Cluster {
    Cluster::new(Settings { brokers: 1, sasl, ..Settings::default() })
}

fn guarded() -> Cluster {
    with(super::Settings { users: alice(), ..super::Settings::default() })
}

fn shake(c: &mut Cluster, version: i16, mechanism: &str) -> i16 {
    let request = sasl_handshake::Request { mechanism: mechanism.into() };
    let reply = send(c, 1, ApiKey::SaslHandshake, version, |out| request.encode(version, out));
    open(ApiKey::SaslHandshake, version, &reply.bytes.unwrap(), |r| {
        let response = sasl_handshake::Response::decode(version, r).unwrap();
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
    let mut c = testing::cluster(1);
    assert_eq!(shake(&mut c, 1, "PLAIN"), 34);
    assert!(ask(&mut c).bytes.is_some());
}

/// Authenticates with one token at a time after the start. Returns the error code, the answer and the
/// session's lifetime.
fn token_at(c: &mut Cluster, now: Time, auth_bytes: &[u8]) -> (i16, Vec<u8>, i64) {
    let request = sasl_authenticate::Request { auth_bytes };
    let frame = testing::request(ApiKey::SaslAuthenticate, 2, |out| request.encode(2, out));
    let reply = c.handle(1, 1, &frame, now, 0);
    open(ApiKey::SaslAuthenticate, 2, &reply.bytes.unwrap(), |r| {
        let response = sasl_authenticate::Response::decode(2, r).unwrap();
        (response.error_code, response.auth_bytes.to_vec(), response.session_lifetime_ms)
    })
}

fn ask_at(c: &mut Cluster, now: Time) -> bool {
    let frame = testing::request(ApiKey::Metadata, 9, |out| metadata::Request::default().encode(9, out));
    !c.handle(1, 1, &frame, now, 0).close
}

#[test]
fn sessions_end_and_are_renewed() {
    let lifetime = Duration::from_secs(5);
    let mut c = with(super::Settings { users: alice(), session_lifetime: lifetime, bearer: false });
    let (start, late) = (Time(0), Time(0) + lifetime);
    shake(&mut c, 1, "PLAIN");
    assert_eq!(token_at(&mut c, start, b"\0alice\0secret"), (0, vec![], 5000));
    assert!(ask_at(&mut c, Time(0) + Duration::from_secs(4)) && !ask_at(&mut c, late));
    shake(&mut c, 1, "PLAIN");
    assert_eq!(token_at(&mut c, late, b"\0alice\0secret"), (0, vec![], 5000));
    assert!(ask_at(&mut c, late));
    shake(&mut c, 1, "PLAIN");
    assert_eq!(token_at(&mut c, late, b"\0alice\0wrong").0, 58);
    assert!(!ask_at(&mut c, late), "a failed renewal ends the session");
}

#[test]
fn a_renewed_session_is_the_same_principals() {
    let mut users = alice();
    users.push(("bob".to_owned(), "hidden".to_owned()));
    let mut c = with(super::Settings { users, ..super::Settings::default() });
    shake(&mut c, 1, "PLAIN");
    assert_eq!(token(&mut c, 1, b"\0alice\0secret").0, 0);
    shake(&mut c, 1, "PLAIN");
    assert_eq!(token(&mut c, 1, b"\0bob\0hidden").0, 58);
}

#[test]
fn unsigned_tokens_are_taken_until_they_end() {
    let mut c = with(super::Settings { bearer: true, ..super::Settings::default() });
    assert_eq!(shake(&mut c, 1, "PLAIN"), 33);
    assert_eq!(shake(&mut c, 1, "OAUTHBEARER"), 0);
    let message = |life| {
        let token =
            auth::oauthbearer::unsecured::token(&format!("principal=me lifeSeconds={life}"), -5000).unwrap();
        auth::Exchange::begin(auth::Proof::Bearer(token.into()), String::new()).1
    };
    let (code, challenge) = token(&mut c, 1, &message(5));
    assert_eq!((code, &challenge[..]), (0, bearer::REFUSAL), "it ended just now");
    assert_eq!(token(&mut c, 1, b"\x01").0, 58);
    assert!(ask(&mut c).close);
    assert_eq!(shake(&mut c, 1, "OAUTHBEARER"), 0);
    assert_eq!(token(&mut c, 1, &message(6)), (0, vec![]));
    assert!(ask(&mut c).bytes.is_some());
}
