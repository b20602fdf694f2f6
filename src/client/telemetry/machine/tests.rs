use super::*;

const SECOND: i64 = 1_000_000;

fn s(n: i64) -> Time {
    Time(n * SECOND)
}

/// Has asked a broker, which wants something every ten seconds: the time of the first push.
fn subscribed() -> (Machine, Time) {
    let mut m = Machine::new(7);
    m.broker_found(s(0));
    assert_eq!(m.due(s(0)), Some(Due::Subscriptions));
    m.sent();
    let pause = m.subscribed(Ok((true, 10_000)), s(1)).unwrap();
    let first = s(1) + pause;
    assert_eq!((m.state(), m.deadline()), (State::PushScheduled, Deadline::at(first)));
    (m, first)
}

/// Has pushed for the first time.
fn pushed() -> (Machine, Time) {
    let (mut m, first) = subscribed();
    assert_eq!(m.due(first - Duration::from_micros(1)), None);
    assert_eq!(m.due(first), Some(Due::Push { terminating: false }));
    m.sent();
    assert!(m.due(s(1_000)).is_none() && m.deadline().is_never(), "an answer is missing");
    (m, first)
}

#[test]
fn the_first_push_varies_by_a_fifth_and_the_others_do_not() {
    let mut pauses: Vec<i64> = (0..200)
        .map(|seed| {
            let mut m = Machine::new(seed);
            m.broker_found(s(0));
            m.sent();
            crate::base::clock::micros(m.subscribed(Ok((true, 10_000)), s(0)).unwrap())
        })
        .collect();
    pauses.sort_unstable();
    pauses.dedup();
    assert!(pauses.len() > 20 && pauses[0] >= 8 * SECOND && *pauses.last().unwrap() <= 12 * SECOND);
    let (mut m, first) = pushed();
    assert_eq!(m.pushed(Ok(()), first), After::GoesOn);
    assert_eq!(
        (m.state(), m.deadline()),
        (State::PushScheduled, Deadline::at(first + Duration::from_secs(10)))
    );
}

#[test]
fn who_wants_nothing_is_asked_once_an_interval() {
    let mut m = Machine::new(1);
    m.broker_found(s(0));
    m.sent();
    for n in 0..3 {
        assert_eq!(m.subscribed(Ok((false, 60_000)), s(60 * n)), Some(Duration::from_secs(60)));
        assert_eq!(m.due(s(60 * n + 59)), None);
        assert_eq!(m.due(s(60 * n + 60)), Some(Due::Subscriptions));
        m.sent();
    }
}

#[test]
fn a_question_that_fails_is_repeated_after_the_interval() {
    let mut m = Machine::new(1);
    m.broker_found(s(0));
    m.sent();
    // Nobody has told an interval; one of 0 is none, and would have a client ask without a pause.
    assert_eq!(m.subscribed(Err(ErrorCode::_TRANSPORT), s(0)), Some(FALLBACK_INTERVAL));
    for ms in [0, -1, i32::MIN] {
        m.sent();
        assert_eq!(m.subscribed(Ok((false, ms)), s(0)), Some(FALLBACK_INTERVAL));
    }
    m.sent();
    m.subscribed(Ok((false, 5_000)), s(0));
    m.sent();
    assert_eq!(m.subscribed(Err(ErrorCode::_TIMED_OUT), s(0)), Some(Duration::from_secs(5)));
    assert_eq!(m.state(), State::GetSubscriptionsScheduled);
    assert_eq!(m.subscribed(Ok((true, 1)), s(0)), None, "nobody has asked");
}

#[test]
fn what_follows_from_an_error_of_a_push() {
    use ErrorCode as E;
    let after = |code| {
        let (mut m, at) = pushed();
        let after = m.pushed(Err(code), at);
        let pause = (!m.deadline().is_never()).then(|| m.deadline().wait_from(at).unwrap().as_secs());
        (after, m.state(), pause)
    };
    let asks = State::GetSubscriptionsScheduled;
    assert_eq!(after(E::UNKNOWN_SUBSCRIPTION_ID), (After::GoesOn, asks, Some(0)));
    assert_eq!(after(E::TELEMETRY_TOO_LARGE), (After::TooLarge, State::PushScheduled, Some(10)));
    for code in [E::UNSUPPORTED_COMPRESSION_TYPE, E::THROTTLING_QUOTA_EXCEEDED, E::_TRANSPORT, E::_TIMED_OUT]
    {
        assert_eq!(after(code), (After::GoesOn, asks, Some(10)), "{code:?}");
    }
    for code in [E::INVALID_REQUEST, E::INVALID_RECORD] {
        assert_eq!(after(code), (After::Ended(Some(code)), State::Terminated, None));
    }
}

#[test]
fn without_a_broker_the_next_one_is_asked_first() {
    let (mut m, first) = subscribed();
    assert_eq!(m.no_broker(), After::GoesOn);
    assert!(m.state() == State::AwaitBroker && m.due(s(99)).is_none());
    m.broker_found(first + Duration::from_secs(50));
    assert_eq!(m.due(first + Duration::from_secs(50)), Some(Due::Subscriptions));
    m.broker_found(s(99));
    assert_eq!(m.deadline(), Deadline::at(first + Duration::from_secs(50)), "one broker is enough");
}

#[test]
fn the_last_push_comes_at_once_if_something_is_wanted() {
    let (mut m, _) = subscribed();
    assert_eq!(m.terminate(s(2)), After::GoesOn);
    assert_eq!(m.due(s(2)), Some(Due::Push { terminating: true }));
    m.sent();
    // Whatever the answer says.
    assert_eq!(m.pushed(Err(ErrorCode::UNKNOWN_SUBSCRIPTION_ID), s(2)), After::Ended(None));
    assert!(m.state() == State::Terminated && m.deadline().is_never());
    let (mut m, _) = subscribed();
    m.terminate(s(2));
    assert_eq!(m.no_broker(), After::Ended(None), "there is nobody to push to");
}

#[test]
fn nothing_is_pushed_at_the_end_while_an_answer_is_missing() {
    let asked = || {
        let mut m = Machine::new(1);
        m.broker_found(s(0));
        m
    };
    for mut m in [Machine::new(1), asked(), pushed().0] {
        assert_eq!(m.terminate(s(5)), After::Ended(None));
        m.broker_found(s(6));
        assert_eq!(m.pushed(Ok(()), s(6)), After::GoesOn);
        assert_eq!(m.subscribed(Ok((true, 1)), s(6)), None);
        assert!(m.state() == State::Terminated && m.due(s(99)).is_none());
    }
}
