use super::*;

#[test]
fn asking_is_given_up_for_a_while() {
    let settings = VersionSettings {
        broker_fallback: "0.9.0".into(),
        fallback_period: std::time::Duration::from_secs(10),
        ..VersionSettings::default()
    };
    let mut asking = Asking::default();
    let at = |s: i64| Time(s * 1_000_000);
    assert!(asking.ask(&settings, at(0)));
    assert!(asking.ask(&settings, at(1)));
    asking.failed();
    assert!(!asking.ask(&settings, at(9)));
    assert!(asking.ask(&settings, at(11)));
    asking.failed();
    assert!(!asking.ask(&settings, at(12)));
    // One that answers by what it is taken for is asked again and again.
    let newer = VersionSettings { broker_fallback: "0.10.2".into(), ..settings.clone() };
    assert!(asking.ask(&newer, at(13)));
    // Without a time for it there is no falling back.
    let at_once = VersionSettings { fallback_period: std::time::Duration::ZERO, ..settings };
    let mut asking = Asking::default();
    assert!(asking.ask(&at_once, at(0)));
    asking.failed();
    assert!(asking.ask(&at_once, at(1)));
}

#[test]
fn whoever_does_not_ask_falls_back_at_once() {
    let settings =
        VersionSettings { request: false, broker_fallback: "0.8.2".into(), ..VersionSettings::default() };
    assert!(!Asking::default().ask(&settings, Time(0)));
}
