//! SASL: what a broker answers to a client that authenticates, and what clients send to the mock cluster.

use super::memory::used_by;
use super::mutate::mutate;
use super::run;
use fastrand::Rng;
use rdkafka::auth::credentials::Login;
use rdkafka::auth::oauthbearer::token::Token;
use rdkafka::auth::oauthbearer::unsecured;
use rdkafka::auth::scram::Hash;
use rdkafka::auth::{Exchange, Proof, Step};
use rdkafka::base::clock::Time;
use rdkafka::base::sync::Arc;
use rdkafka::mock::cluster::{Cluster, Settings};
use rdkafka::protocol::api_key::ApiKey;
use rdkafka::protocol::header::RequestHeader;
use rdkafka::protocol::{sasl_authenticate, sasl_handshake};

const PER_CASE: u64 = 200;

fn damaged(sound: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut message = sound.to_vec();
    mutate(&mut message, 0, &[sound.to_vec()], rng);
    message
}

/// The iteration count that a first SCRAM message of a broker asks for.
fn iterations(message: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(message);
    let counts = text.split(',').filter_map(|part| part.strip_prefix("i="));
    counts.filter_map(|count| count.parse().ok()).max().unwrap_or(0)
}

/// Runs one exchange against a broker that answers with damaged messages. Returns whether a second message
/// was wanted.
fn exchange(proof: Proof, answers: &[&[u8]], rng: &mut Rng) -> bool {
    let (mut exchange, _) = Exchange::begin(proof, "nonce".to_owned());
    let mut sent = 0;
    for sound in answers {
        let message = if rng.u8(..4) == 0 { sound.to_vec() } else { damaged(sound, rng) };
        if iterations(&message) > 20_000 {
            // A damaged count within the limit: right, and too slow to be run thousands of times.
            break;
        }
        let (step, peak, _) = used_by(|| exchange.answered(&message));
        let allowed = 20 * message.len() + (64 << 10);
        assert!(peak as usize <= allowed, "{peak} bytes for {}", message.len());
        match step {
            Ok(Step::Send(_)) => sent += 1,
            Ok(Step::Done) | Err(_) => break,
        }
    }
    sent > 0
}

/// Deriving keys costs thousands of hashes, so only one message of a case asks for as few of them as are
/// allowed, and the others for one less.
#[test]
fn scram_answers() {
    let login = || Login::new("user", b"pencil");
    run("SCRAM answers", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        let mut went_on = 0;
        for n in 0..PER_CASE {
            let hash = if rng.bool() { Hash::Sha256 } else { Hash::Sha512 };
            let first: &[u8] = match n {
                0 => b"r=nonce%hvYDpWUa2R,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                _ => b"r=nonce%hvYDpWUa2R,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095",
            };
            let last: &[u8] = match rng.bool() {
                true => b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
                false => b"e=other-error",
            };
            went_on += u64::from(exchange(Proof::Scram(hash, login()), &[first, last], rng));
        }
        assert!(went_on < PER_CASE, "every exchange went on");
    });
}

#[test]
fn oauthbearer_answers() {
    let token = Token::new("token", 1000, "me", vec![("a".into(), "b".into())], 0).unwrap();
    let token = Arc::new(token);
    let refusal: &[u8] = br#"{"status":"invalid_token","scope":"s","openid-configuration":"https://h/"}"#;
    run("OAUTHBEARER answers", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            exchange(Proof::Bearer(token.clone()), &[refusal, b""], rng);
        }
    });
}

/// What `sasl.oauthbearer.config` says: not from the network, but what becomes of it goes there.
#[test]
fn unsecured_tokens() {
    let sound = b"principal=a principalClaimName=b scopeClaimName=c scope=d,e lifeSeconds=9 extension_f=g";
    run("unsecured tokens", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let config = String::from_utf8_lossy(&damaged(sound, rng)).into_owned();
            if let Ok(token) = unsecured::token(&config, 1_000_000) {
                assert!(token.value().is_ascii(), "{config:?} becomes {:?}", token.value());
            }
        }
    });
}

fn frame(api: ApiKey, version: i16, write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    RequestHeader { api, version, correlation_id: 1, client_id: None }.encode(&mut out);
    write(&mut out);
    out
}

/// Clients that authenticate with damaged frames and tokens: the cluster stays, and lets nobody in who has
/// not shown the right password.
#[test]
fn sasl_frames() {
    const MECHANISMS: [&str; 4] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];
    let tokens: [&[u8]; 5] = [
        b"\0alice\0secret",
        b"n,,n=alice,r=0123456789abcdef",
        b"c=biws,r=0123456789abcdefmock0000000000000001,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        b"n,,\x01auth=Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSIsImV4cCI6OTk5OTk5OTl9.\x01\x01",
        b"\x01",
    ];
    let mut settings = Settings { brokers: 1, ..Settings::default() };
    settings.sasl.users = vec![("alice".into(), "secret".into())];
    settings.sasl.bearer = true;
    run("SASL frames", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        let mut cluster = Cluster::new(settings.clone());
        for n in 0..PER_CASE {
            let (connection, now) = (rng.u64(1..4), Time(n.cast_signed()));
            let mechanism = MECHANISMS[rng.usize(..MECHANISMS.len())];
            let mut request = match rng.u8(..3) {
                0 => frame(ApiKey::SaslHandshake, rng.i16(0..2), |out| {
                    sasl_handshake::Request { mechanism: mechanism.into() }.encode(1, out);
                }),
                _ => {
                    let token = tokens[rng.usize(..tokens.len())];
                    let token = if rng.bool() { token.to_vec() } else { damaged(token, rng) };
                    let version = rng.i16(sasl_authenticate::VERSIONS);
                    frame(ApiKey::SaslAuthenticate, version, |out| {
                        sasl_authenticate::Request { auth_bytes: &token }.encode(version, out);
                    })
                }
            };
            if rng.u8(..3) == 0 {
                mutate(&mut request, 0, &[], rng);
            }
            if cluster.handle(1, connection, &request, now, 1).close {
                cluster.disconnected(connection);
            }
        }
    });
}
