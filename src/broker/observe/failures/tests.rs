use super::*;
use crate::base::error::ErrorCode;

fn note(f: &mut Failures, error: &Error, now: i64) -> (bool, String) {
    let failure = ConnectionFailure {
        level: Level::Error,
        error,
        state: ConnectionState::Connect,
        since: Time(0),
        now: Time(now),
    };
    f.note(&failure, "h:1/bootstrap", &Logger::silent())
}

#[test]
fn a_repeated_failure_is_told_once_in_a_while() {
    let mut f = Failures::default();
    let e = Error::new(ErrorCode::_TRANSPORT, "Connect to x failed: Connection refused");
    let (told, text) = note(&mut f, &e, 5_000);
    assert!(told);
    assert_eq!(text, "h:1/bootstrap: Connect to x failed: Connection refused (after 5ms in state CONNECT)");
    assert!(!note(&mut f, &e, 10_000).0);
    assert!(!note(&mut f, &e, 20_000).0);
    let (told, text) = note(&mut f, &e, 30_005_000);
    assert!(
        told && text.ends_with("(after 30005ms in state CONNECT, 2 identical error(s) suppressed)"),
        "{text}"
    );
    let other = Error::new(ErrorCode::_TRANSPORT, "Connect to y failed: Connection refused");
    assert!(note(&mut f, &other, 30_006_000).0);
}
