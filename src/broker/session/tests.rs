use super::*;
use crate::protocol::api_versions::{ApiRange, Response};

const NOW: Time = Time(1_000_000);

fn session(settings: &Settings) -> Session {
    let mut s = Session::new(Endpoint::new("broker", 9092), settings, fastrand::Rng::with_seed(1), NOW);
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
fn asked(step: Step) -> i16 {
    let Step::Ask(request) = step else { panic!("nothing is asked") };
    assert_eq!(request.api, ApiKey::ApiVersions);
    request.version
}

#[test]
fn a_connection_is_up_when_the_broker_has_told_its_versions() {
    let settings = Settings::default();
    let mut s = session(&settings);
    s.set_wanted(true);
    let version = asked(s.connected(&settings, NOW));
    assert_eq!(s.state(), State::ApiVersionQuery);
    let Step::Ready(negotiated) = s.answered(version, &answer(version, 0, 4), &settings, NOW) else {
        panic!("not ready")
    };
    assert!(negotiated.has_new_features && negotiated.response.is_some());
    assert_eq!((s.state(), s.is_wanted()), (State::Up, false));
    assert_eq!(s.versions().pick(ApiKey::ApiVersions, &(0..=9)), Some(4));
}

#[test]
fn an_unknown_version_is_asked_for_once_more_in_one_that_the_broker_knows() {
    let settings = Settings::default();
    let mut s = session(&settings);
    let version = asked(s.connected(&settings, NOW));
    let code = i16::try_from(ErrorCode::UNSUPPORTED_VERSION.0).unwrap();
    assert_eq!(asked(s.answered(version, &answer(version, code, 2), &settings, NOW)), 2);
    // Kafka answers in version 0, whatever was asked.
    assert_eq!(asked(s.answered(2, &answer(0, code, 2), &settings, NOW)), 0);
    let Step::Fail(_, e) = s.answered(0, &answer(0, code, 2), &settings, NOW) else { panic!("asked again") };
    assert_eq!(e.code, ErrorCode::_TRANSPORT);
}

#[test]
fn the_time_for_the_set_up_covers_all_of_it() {
    let settings = Settings::default();
    let limit = settings.network.connection_setup_timeout;
    let mut s = session(&settings);
    let late = NOW + limit;
    for state in [State::Connect, State::SslHandshake, State::ApiVersionQuery] {
        match state {
            State::SslHandshake => s.handshaking(NOW),
            State::ApiVersionQuery => drop(s.connected(&settings, NOW)),
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
