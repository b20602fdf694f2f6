use super::*;
use crate::auth::credentials::Login;
use crate::auth::oauthbearer::unsecured;
use crate::auth::{Mechanism, gssapi};
use crate::protocol::api_versions::{ApiRange, Response};
use crate::protocol::{sasl_authenticate, sasl_handshake};
use std::time::Duration;

const NOW: Time = Time(1_000_000);

fn signal() -> Arc<Signal> {
    Arc::new(Signal::unopened())
}

fn session(settings: &Settings) -> Session {
    let mut s = Session::new(
        Endpoint::new("broker", 9092),
        settings,
        (None, signal()),
        fastrand::Rng::with_seed(1),
        NOW,
    );
    assert!(s.may_connect(NOW));
    s.connect(settings, NOW);
    s
}

fn answer(version: i16, error_code: i16, newest: i16) -> Vec<u8> {
    let api_keys = vec![ApiRange { api_key: ApiKey::ApiVersions.0, min_version: 0, max_version: newest }];
    let mut body = Vec::new();
    Response { error_code, api_keys, ..Response::default() }.encode(version, &mut body);
    body
}

/// The version that is asked for.
fn asked(step: SessionStep) -> i16 {
    let SessionStep::Ask(request) = step else { panic!("nothing is asked") };
    assert_eq!(request.api, ApiKey::ApiVersions);
    request.version
}

#[test]
fn a_connection_is_up_when_the_broker_has_told_its_versions() {
    let settings = Settings::default();
    let mut s = session(&settings);
    s.set_wanted(true);
    let version = asked(s.connected(&settings, NOW));
    assert_eq!(s.state(), ConnectionState::ApiVersionQuery);
    let SessionStep::Ready(negotiated) =
        s.answered((ApiKey::ApiVersions, version), &answer(version, 0, 4), &settings, NOW)
    else {
        panic!("not ready")
    };
    assert!(negotiated.has_new_features && negotiated.response.is_some());
    assert_eq!((s.state(), s.is_wanted()), (ConnectionState::Up, false));
    assert_eq!(s.versions().pick(ApiKey::ApiVersions, &(0..=9)), Some(4));
}

#[test]
fn an_unknown_version_is_asked_for_once_more_in_one_that_the_broker_knows() {
    let settings = Settings::default();
    let mut s = session(&settings);
    let version = asked(s.connected(&settings, NOW));
    let code = i16::try_from(ErrorCode::UNSUPPORTED_VERSION.0).unwrap();
    assert_eq!(
        asked(s.answered((ApiKey::ApiVersions, version), &answer(version, code, 2), &settings, NOW)),
        2
    );
    // Kafka answers in version 0, whatever was asked.
    assert_eq!(asked(s.answered((ApiKey::ApiVersions, 2), &answer(0, code, 2), &settings, NOW)), 0);
    let SessionStep::Fail(_, e) = s.answered((ApiKey::ApiVersions, 0), &answer(0, code, 2), &settings, NOW)
    else {
        panic!("asked again")
    };
    assert_eq!(e.code, ErrorCode::_TRANSPORT);
}

#[test]
fn the_time_for_the_set_up_covers_all_of_it() {
    let settings = Settings::default();
    let limit = settings.network.connection_setup_timeout;
    let mut s = session(&settings);
    let late = NOW + limit;
    for state in [ConnectionState::Connect, ConnectionState::SslHandshake, ConnectionState::ApiVersionQuery] {
        match state {
            ConnectionState::SslHandshake => s.handshaking(NOW),
            ConnectionState::ApiVersionQuery => drop(s.connected(&settings, NOW)),
            _ => {}
        }
        assert_eq!(s.state(), state);
        assert_eq!(s.deadline(false, &settings).time(), Some(late));
        assert!(s.check_setup_time(&settings, Time(late.0 - 1)).is_none());
        let e = s.check_setup_time(&settings, late).unwrap();
        assert_eq!(e.text, format!("Connection setup timed out in state {}", state.name()));
    }
}

#[test]
fn the_next_attempt_waits_and_whoever_still_wants_it_says_so() {
    let settings = Settings::default();
    let mut s = session(&settings);
    s.set_wanted(true);
    s.down(NOW);
    assert!(s.is_down() && !s.is_wanted() && !s.may_connect(NOW));
    assert!(s.deadline(false, &settings).is_never());
    let at = s.deadline(true, &settings).time().unwrap();
    assert!(at > NOW && s.may_connect(at));
    s.forget(&settings);
    assert!(s.may_connect(NOW), "it is another broker");
}

/// A session of a client that authenticates with PLAIN, on a broker that speaks these versions of
/// SaslHandshake and SaslAuthenticate at the most; up to the handshake.
fn authenticating(settings: &Settings, handshake: i16, authenticate: Option<i16>) -> (Session, SessionStep) {
    let principal = Principal::new(Mechanism::Plain, Login::new("alice", b"secret"), String::new);
    let random = fastrand::Rng::with_seed(1);
    let identity = (Some(Arc::new(principal)), signal());
    let mut s = Session::new(Endpoint::new("broker", 9092), settings, identity, random, NOW);
    s.connect(settings, NOW);
    let step = versions_told(&mut s, handshake, authenticate, settings);
    (s, step)
}

/// The connection is there, and the broker tells its versions.
fn versions_told(
    s: &mut Session,
    handshake: i16,
    authenticate: Option<i16>,
    settings: &Settings,
) -> SessionStep {
    let SessionStep::Ask(_) = s.connected(settings, NOW) else { panic!("versions are not asked for") };
    let range = |api: ApiKey, max_version| ApiRange { api_key: api.0, min_version: 0, max_version };
    let mut api_keys = vec![range(ApiKey::Metadata, 4), range(ApiKey::SaslHandshake, handshake)];
    api_keys.extend(authenticate.map(|max| range(ApiKey::SaslAuthenticate, max)));
    let mut body = Vec::new();
    Response { api_keys, ..Response::default() }.encode(0, &mut body);
    s.answered((ApiKey::ApiVersions, 0), &body, settings, NOW)
}

fn next(step: SessionStep) -> SessionRequest {
    let SessionStep::Ask(request) = step else { panic!("nothing is asked") };
    request
}

fn chosen(s: &mut Session, version: i16, settings: &Settings, now: Time) -> SessionRequest {
    next(mechanism_taken(s, version, settings, now))
}

fn mechanism_taken(s: &mut Session, version: i16, settings: &Settings, now: Time) -> SessionStep {
    let mut body = Vec::new();
    let response = sasl_handshake::Response { error_code: 0, mechanisms: vec!["PLAIN".into()] };
    response.encode(version, &mut body);
    s.answered((ApiKey::SaslHandshake, version), &body, settings, now)
}

fn accepted(lifetime_ms: i64) -> Vec<u8> {
    let mut body = Vec::new();
    let response = sasl_authenticate::Response {
        session_lifetime_ms: lifetime_ms,
        ..sasl_authenticate::Response::default()
    };
    response.encode(1, &mut body);
    body
}

#[test]
fn a_client_that_has_to_authenticates_before_it_is_up_and_again_in_time() {
    let settings = Settings::default();
    let (mut s, step) = authenticating(&settings, 1, Some(1));
    assert_eq!((next(step).api, s.state()), (ApiKey::SaslHandshake, ConnectionState::AuthHandshake));
    let token = chosen(&mut s, 1, &settings, NOW);
    assert_eq!(
        (token.api, token.is_bare, s.state()),
        (ApiKey::SaslAuthenticate, false, ConnectionState::AuthReq)
    );
    assert!(token.body.ends_with(b"\0alice\0secret"));
    let sasl = (ApiKey::SaslAuthenticate, 1);
    assert!(matches!(s.answered(sasl, &accepted(1000), &settings, NOW), SessionStep::Ready(_)));

    let renew_at = NOW + Duration::from_millis(900);
    assert_eq!(s.deadline(true, &settings), Deadline::at(renew_at));
    assert!(s.renew(&settings, NOW).is_none(), "not yet");
    let handshake = next(s.renew(&settings, renew_at).unwrap());
    assert_eq!((handshake.api, s.state()), (ApiKey::SaslHandshake, ConnectionState::Reauth));
    assert!(s.renew(&settings, renew_at).is_none(), "once");
    chosen(&mut s, 1, &settings, renew_at);
    assert_eq!(s.state(), ConnectionState::Reauth);
    assert!(matches!(s.answered(sasl, &accepted(0), &settings, renew_at), SessionStep::Renewed));
    assert_eq!((s.state(), s.deadline(true, &settings)), (ConnectionState::Up, Deadline::NEVER));
}

#[test]
fn brokers_without_saslauthenticate_take_bare_tokens() {
    let settings = Settings::default();
    for (handshake, authenticate) in [(0, None), (1, None)] {
        let (mut s, step) = authenticating(&settings, handshake, authenticate);
        assert_eq!(next(step).version, handshake);
        let token = chosen(&mut s, handshake, &settings, NOW);
        assert_eq!((token.is_bare, &token.body[..]), (true, &b"\0alice\0secret"[..]));
        let step = s.answered((ApiKey::SaslAuthenticate, 0), b"", &settings, NOW);
        assert!(matches!(step, SessionStep::Ready(_)));
    }
}

#[test]
fn a_refused_authentication_ends_the_connection_with_the_brokers_words() {
    let settings = Settings::default();
    let (mut s, _) = authenticating(&settings, 1, Some(1));
    let mut body = Vec::new();
    sasl_handshake::Response { error_code: 33, mechanisms: vec!["A".into(), "B".into()] }
        .encode(1, &mut body);
    let SessionStep::Fail(_, e) = s.answered((ApiKey::SaslHandshake, 1), &body, &settings, NOW) else {
        panic!("taken")
    };
    assert_eq!(e.code, ErrorCode::_AUTHENTICATION);
    assert!(e.text.ends_with("broker's supported mechanisms: A,B"), "{}", e.text);

    let (mut s, _) = authenticating(&settings, 1, Some(1));
    chosen(&mut s, 1, &settings, NOW);
    let response = sasl_authenticate::Response {
        error_code: 58,
        error_message: Some("go away".into()),
        ..sasl_authenticate::Response::default()
    };
    let mut body = Vec::new();
    response.encode(1, &mut body);
    let step = s.answered((ApiKey::SaslAuthenticate, 1), &body, &settings, NOW);
    let SessionStep::Fail(_, e) = step else { panic!("taken") };
    assert_eq!((e.code, &e.text[..]), (ErrorCode::_AUTHENTICATION, "SASL authentication error: go away"));
    assert_eq!(s.meaning_of_loss().unwrap().code, ErrorCode::_TRANSPORT);
}

#[test]
fn who_has_no_token_does_not_connect() {
    let settings = Settings::default();
    let principal = Arc::new(Principal::new(Mechanism::OAuthBearer, Login::default(), String::new));
    let random = fastrand::Rng::with_seed(1);
    let s = Session::new(Endpoint::new("b", 1), &settings, (Some(principal.clone()), signal()), random, NOW);
    assert!(!s.may_connect(NOW) && s.deadline(true, &settings).is_never());
    let token = unsecured::token("principal=a", 0).unwrap();
    principal.tokens.set(token, NOW, 0);
    assert!(s.may_connect(NOW));
}

/// Has a token, or none, for whoever asks.
struct Tickets(Result<Vec<u8>, String>);

impl gssapi::Provider for Tickets {
    fn context(self: Arc<Self>, _: &str, host: &str) -> Result<Box<dyn gssapi::Context>, String> {
        assert_eq!(host, "broker");
        Ok(Box::new(Tickets(self.0.clone())))
    }
}

impl gssapi::Context for Tickets {
    fn step(&mut self, _: &[u8]) -> Result<(Vec<u8>, bool), String> {
        self.0.clone().map(|token| (token, true))
    }

    fn unwrap(&mut self, _: &[u8]) -> Result<Vec<u8>, String> {
        Ok(vec![1, 0, 0, 0])
    }

    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String> {
        Ok(message.to_vec())
    }
}

/// A session that has begun to get a token from those.
fn getting(tickets: Tickets, settings: &Settings) -> (Session, BlockingTask) {
    let principal = Principal::new(Mechanism::Gssapi, Login::default(), String::new)
        .with_kerberos(Some(gssapi::Kerberos::new(Arc::new(tickets), "kafka", false)));
    let (random, identity) = (fastrand::Rng::with_seed(1), (Some(Arc::new(principal)), signal()));
    let mut s = Session::new(Endpoint::new("broker", 9092), settings, identity, random, NOW);
    s.connect(settings, NOW);
    let task = get(&mut s, settings);
    (s, task)
}

fn get(s: &mut Session, settings: &Settings) -> BlockingTask {
    next(versions_told(s, 1, Some(1), settings));
    let SessionStep::Get(task, _) = mechanism_taken(s, 1, settings, NOW) else {
        panic!("there is nothing to get")
    };
    assert_eq!(s.state(), ConnectionState::AuthReq);
    task
}

#[test]
fn a_token_that_takes_time_is_got_by_another_thread() {
    let settings = Settings::default();
    let (mut s, task) = getting(Tickets(Ok(b"ticket".to_vec())), &settings);
    assert!(s.resume(&settings).is_none(), "it is not there yet");
    // The time for the set-up goes on.
    let late = NOW + settings.network.connection_setup_timeout;
    assert!(s.check_setup_time(&settings, late).is_some());
    assert_eq!(s.meaning_of_loss().unwrap().code, ErrorCode::_TRANSPORT);
    task.run();
    assert!(next(s.resume(&settings).unwrap()).body.ends_with(b"ticket"));
    assert!(s.resume(&settings).is_none(), "once");
    let sasl = (ApiKey::SaslAuthenticate, 1);
    assert!(next(s.answered(sasl, &accepted(0), &settings, NOW)).body.ends_with(&[1, 0, 0, 0]));
    assert!(matches!(s.answered(sasl, &accepted(0), &settings, NOW), SessionStep::Ready(_)));
}

#[test]
fn a_token_that_cannot_be_had_ends_the_connection() {
    let settings = Settings::default();
    let (mut s, task) = getting(Tickets(Err("no ticket".into())), &settings);
    task.run();
    let Some(SessionStep::Fail(_, e)) = s.resume(&settings) else { panic!("there is a token") };
    let begin = "Failed to initialize SASL authentication: ";
    let text = format!("{begin}SASL handshake failed (start (-1)): SASL(-1): generic failure: no ticket");
    assert_eq!((e.code, e.text), (ErrorCode::_AUTHENTICATION, text));

    let (mut s, task) = getting(Tickets(Ok(Vec::new())), &settings);
    drop(task);
    let Some(SessionStep::Fail(_, e)) = s.resume(&settings) else { panic!("there is a token") };
    assert_eq!(e.text, format!("{begin}no thread could be started for it"));
}

/// So there is one thread at a time for a broker, however long the ticket server takes.
#[test]
fn while_a_token_is_got_for_an_ended_connection_there_is_no_other_one() {
    let settings = Settings::default();
    let (mut s, task) = getting(Tickets(Ok(b"ticket".to_vec())), &settings);
    s.down(NOW);
    let later = NOW + Duration::from_secs(3600);
    assert!(!s.may_connect(later) && s.deadline(true, &settings).is_never());
    task.run();
    assert!(s.may_connect(later) && !s.deadline(true, &settings).is_never());
    s.connect(&settings, later);
    let task = get(&mut s, &settings);
    assert!(s.resume(&settings).is_none(), "the token of the other connection is not used");
    task.run();
    assert!(s.resume(&settings).is_some());
}
