//! Messages and requests that time out: what holds on every setting, and what several partitions in one request change.

use super::matrix::numbers;
use super::rig::{Produce, Rig, Setting, linger, ms};
use super::v2::{connected, plain, v2};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::TopicSettings;

// ---- on every setting ----

#[test]
fn messages_time_out_in_the_queue_to_the_moment() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |_| {});
        r.transport.0.lock().unwrap().refuses = true;
        let timeout = TopicSettings { message_timeout: Some(ms(1_000)), ..TopicSettings::default() };
        let p = r.topic("t", 50, timeout);
        let mut accepted = Vec::new();
        for i in 0..100 {
            accepted.push(r.now());
            r.produce(&p[i % 50]);
            r.pass(ms(7));
        }
        r.pass(ms(2_000));
        let told = r.told();
        for (n, at) in accepted.iter().enumerate() {
            let fate = &told.fates[&n];
            assert_eq!(fate.error, ErrorCode::_MSG_TIMED_OUT);
            let took = fate.at.since(*at);
            assert!((ms(1_000)..=ms(1_010)).contains(&took), "{setting:?}: message {n} took {took:?}");
        }
    }
}

#[test]
fn messages_time_out_in_flight_and_in_the_output_buffer() {
    for setting in Setting::ALL {
        for in_flight in [true, false] {
            let mut r = Rig::new(setting, |_| {});
            let timeout = TopicSettings { message_timeout: Some(ms(1_000)), ..TopicSettings::default() };
            let p = r.topic("t", 3, timeout);
            r.produce(&p[0]);
            r.accept_all();
            r.transport.0.lock().unwrap().room = if in_flight { None } else { Some(0) };
            for part in &p {
                r.produce(part);
            }
            r.pass(ms(999));
            assert_eq!(r.fate(1), None);
            r.pass(ms(20));
            let told = r.told();
            for n in 1..4 {
                let fate = told.fates.get(&n).unwrap_or_else(|| panic!("{setting:?}: message {n}"));
                assert_eq!(fate.error, ErrorCode::_MSG_TIMED_OUT, "{setting:?}");
            }
        }
    }
}

/// However long its messages may live, a request gets no more than `socket.timeout.ms`.
#[test]
fn a_request_that_is_never_answered_is_tried_again_after_the_socket_timeout() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| {
            s.socket_timeout = ms(2_000);
            s.socket_max_fails = 1;
        });
        let p = r.topic("t", 3, TopicSettings::default());
        for part in &p {
            r.produce(part);
        }
        r.serve();
        r.requests();
        r.pass(ms(1_990));
        assert_eq!(r.told().downs, 0);
        r.pass(ms(20));
        assert_eq!(r.told().downs, 1, "the connection is given up, {setting:?}");
        r.pass(ms(1_000));
        assert_eq!(numbers(&r.accept_all()), [0, 1, 2]);
        r.all_delivered();
    }
}

/// Transactional producers with short transactions: `message.timeout.ms` leaves no time for a second attempt.
#[test]
fn messages_without_time_for_another_attempt_wait_for_this_one() {
    for setting in Setting::ALL {
        for (timeout, again) in [(1_000, false), (1_200, true)] {
            let mut r = Rig::new(setting, |s| {
                s.socket_timeout = ms(900);
                s.socket_max_fails = 1;
                s.retry_backoff = ms(100);
                s.retry_backoff_max = ms(100);
            });
            let settings = TopicSettings { message_timeout: Some(ms(timeout)), ..TopicSettings::default() };
            let p = r.topic("t", 1, settings);
            r.produce(&p[0]);
            r.serve();
            r.requests();
            r.pass(ms(950));
            assert_eq!(r.told().downs, usize::from(again), "{setting:?}, {timeout} ms");
            r.pass(ms(140));
            if again {
                assert_eq!(numbers(&r.accept_all()), [0]);
                r.all_delivered();
            } else {
                assert_eq!(r.fate(0), Some(ErrorCode::_MSG_TIMED_OUT), "{setting:?}");
            }
        }
    }
}

#[test]
fn a_request_that_is_never_answered_is_tried_again_without_message_timeouts() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| s.socket_timeout = ms(2_000));
        let patient =
            TopicSettings { message_timeout: None, request_timeout: ms(1_000), ..TopicSettings::default() };
        let p = r.topic("t", 3, patient);
        for part in &p {
            r.produce(part);
        }
        r.serve();
        r.requests();
        r.pass(ms(1_999));
        assert!(r.requests().is_empty());
        r.pass(ms(500));
        assert_eq!(numbers(&r.accept_all()), [0, 1, 2]);
        r.all_delivered();
    }
}

// ---- on v2, where requests have company ----

/// A short `message.timeout.ms` of one topic is no other topic's business, be the request that they share in flight or in the output
/// buffer: nothing is sent again, nobody waits, the connection stays.
#[test]
fn messages_that_time_out_leave_their_company_in_peace() {
    // Room in the connection: as much as is wanted, none.
    for room in [None, Some(0)] {
        let mut r = v2(|s| {
            linger(s, ms(10));
            s.socket_max_fails = 1;
        });
        connected(&mut r);
        r.transport.0.lock().unwrap().room = room;
        let hasty = TopicSettings { message_timeout: Some(ms(500)), ..plain() };
        let (short, long) = (r.topic("short", 3, hasty), r.topic("long", 3, plain()));
        for i in 0..3 {
            r.produce(&short[i]);
            r.produce(&long[i]);
        }
        r.pass(ms(20));
        let mut requests = r.requests();
        r.pass(ms(600));
        let timed_out = |r: &Rig, n: usize| r.fate(n) == Some(ErrorCode::_MSG_TIMED_OUT);
        for n in [1, 3, 5] {
            assert!(timed_out(&r, n), "{room:?}: message {n}");
        }
        assert_eq!((r.requests().len(), r.told().downs), (0, 0), "{room:?}");
        r.transport.0.lock().unwrap().room = None;
        r.pass(ms(1));
        requests.extend(r.requests());
        assert_eq!(requests.len(), 1, "{room:?}: one request, sent once");
        let mut inside = requests[0].numbers();
        inside.sort_unstable();
        let all: &[usize] = if room == Some(0) { &[2, 4, 6] } else { &[1, 2, 3, 4, 5, 6] };
        assert_eq!(inside, all, "{room:?}");
        // The answer speaks of partitions that nobody waits for any more.
        r.accept(&requests[0]);
        r.pass(ms(1_000));
        assert_eq!((r.requests().len(), r.told().downs), (0, 0), "{room:?}: nothing is sent again");
        for n in [2, 4, 6] {
            assert_eq!(r.fate(n), Some(ErrorCode::NO_ERROR), "{room:?}: message {n}");
        }
        // What was given up holds nothing up.
        let next = r.produce(&short[0]);
        r.pass(ms(10));
        r.accept_all();
        assert_eq!(r.fate(next), Some(ErrorCode::NO_ERROR), "{room:?}");
    }
}

/// Nothing can be taken out of a request that is partly written, and its messages are reported in time all the same: it costs the
/// connection. The others are sent again.
#[test]
fn messages_that_time_out_in_a_partly_written_request_cost_the_connection() {
    let mut r = v2(|s| {
        linger(s, ms(10));
        s.socket_max_fails = 0;
    });
    connected(&mut r);
    r.transport.0.lock().unwrap().room = Some(20);
    let hasty = TopicSettings { message_timeout: Some(ms(500)), ..plain() };
    let (short, long) = (r.topic("short", 1, hasty), r.topic("long", 1, plain()));
    let (first, second) = (r.produce(&short[0]), r.produce(&long[0]));
    r.pass(ms(490));
    assert_eq!((r.fate(first), r.told().downs), (None, 0));
    r.transport.0.lock().unwrap().room = None;
    r.pass(ms(20));
    let requests = r.requests().len();
    assert_eq!(requests, 1, "written in time");
    r.hang_up();
    r.pass(ms(15_000));
    assert_eq!(r.accept_all().iter().flat_map(Produce::numbers).collect::<Vec<_>>(), [second]);

    r.transport.0.lock().unwrap().room = Some(20);
    let (third, fourth) = (r.produce(&short[0]), r.produce(&long[0]));
    let downs = r.told().downs;
    r.pass(ms(510));
    assert_eq!((r.fate(third), r.told().downs), (Some(ErrorCode::_MSG_TIMED_OUT), downs + 1));
    r.transport.0.lock().unwrap().room = None;
    r.pass(ms(15_000));
    assert_eq!(r.accept_all().iter().flat_map(Produce::numbers).collect::<Vec<_>>(), [fourth]);
    assert_eq!(r.fate(fourth), Some(ErrorCode::NO_ERROR));
}

/// When all its messages have timed out, the request has, and with it the connection.
#[test]
fn a_request_is_lost_with_the_last_of_its_batches() {
    let mut r = v2(|s| {
        linger(s, ms(10));
        s.socket_max_fails = 1;
    });
    connected(&mut r);
    for (i, timeout) in [500, 700, 900].into_iter().enumerate() {
        let settings = TopicSettings { message_timeout: Some(ms(timeout)), ..plain() };
        let p = r.topic(&format!("t{i}"), 1, settings);
        r.produce(&p[0]);
    }
    r.pass(ms(10));
    assert_eq!(r.requests().len(), 1);
    for (pass, failed, downs) in [(480, 0, 0), (30, 1, 0), (200, 2, 0), (200, 3, 1)] {
        r.pass(ms(pass));
        let fates: Vec<_> = (1..4).filter_map(|n| r.fate(n)).collect();
        assert_eq!(fates, vec![ErrorCode::_MSG_TIMED_OUT; failed]);
        assert_eq!(r.told().downs, downs);
    }
}
