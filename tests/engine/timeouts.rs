//! Messages and requests that time out: what holds on every setting, and what several partitions in one
//! request change.

use super::matrix::numbers;
use super::rig::{Rig, Setting, linger, ms};
use super::v2::{connected, plain, v2};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{QueuingStrategy, TopicSettings};

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
            r.transport.0.lock().unwrap().space = if in_flight { None } else { Some(0) };
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
            s.network.socket_timeout = ms(2_000);
            s.network.socket_max_fails = 1;
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
                s.network.socket_timeout = ms(900);
                s.network.socket_max_fails = 1;
                s.retry.backoff = ms(100);
                s.retry.backoff_max = ms(100);
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
        let mut r = Rig::new(setting, |s| s.network.socket_timeout = ms(2_000));
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

/// A batch of which the first messages have timed out in flight: the response is about the others, in their
/// places.
#[test]
fn the_rest_of_a_batch_waits_for_the_response() {
    for setting in Setting::ALL {
        for queuing_strategy in [QueuingStrategy::Fifo, QueuingStrategy::Lifo] {
            let lifo = queuing_strategy == QueuingStrategy::Lifo;
            let mut r = Rig::new(setting, |s| {
                linger(s, ms(300));
                s.network.socket_max_fails = 1;
            });
            let hasty = TopicSettings {
                message_timeout: Some(ms(1_000)),
                queuing_strategy,
                ..TopicSettings::default()
            };
            let p = r.topic("t", 1, hasty);
            for _ in 0..3 {
                r.produce(&p[0]);
                r.pass(ms(90));
            }
            r.pass(ms(100));
            let request = r.requests().remove(0);
            assert_eq!(request.numbers(), if lifo { [2, 1, 0] } else { [0, 1, 2] });
            r.pass(ms(730)); // 1,100 ms after the first message
            let (first, second) = (r.fate(0), r.fate(1));
            assert_eq!([first, second], [Some(ErrorCode::_MSG_TIMED_OUT); 2], "{setting:?}");
            assert_eq!((r.fate(2), r.requests().len(), r.told().downs), (None, 0, 0), "{setting:?}");
            r.accept(&request);
            let told = r.told();
            assert_eq!(told.fates[&0].persistence, None);
            let last = &told.fates[&2];
            assert_eq!(
                (last.error, last.offset),
                (ErrorCode::NO_ERROR, if lifo { 0 } else { 2 }),
                "{setting:?}"
            );
        }
    }
}

/// A connection that says nothing is given up when messages have had all their time on it, though others have
/// more.
#[test]
fn a_silent_connection_is_given_up_after_a_lifetime_of_messages() {
    for setting in Setting::ALL {
        for (timeout, given_up) in [(200, 1_000), (3_000, 3_000), (100_000, 60_000)] {
            let mut r = Rig::new(setting, |s| s.network.socket_max_fails = 1);
            let settings = TopicSettings { message_timeout: Some(ms(timeout)), ..TopicSettings::default() };
            let p = r.topic("t", 1, settings);
            r.produce(&p[0]);
            r.pass(ms(given_up - 10));
            r.requests();
            r.produce(&p[0]);
            assert_eq!(r.told().downs, 0, "{setting:?}, {timeout} ms");
            r.pass(ms(20));
            assert_eq!(r.told().downs, 1, "{setting:?}, {timeout} ms");
            r.pass(ms(180));
            assert!(numbers(&r.accept_all()).contains(&1), "{setting:?}: on the next connection");
            assert_eq!(r.fate(1), Some(ErrorCode::NO_ERROR), "{setting:?}, {timeout} ms");
        }
    }
}

// ---- on v2, where requests have company ----

/// A short `message.timeout.ms` of one topic is no other topic's business, be the request that they share in
/// flight or in the output buffer: nothing is sent again, nobody waits, the connection stays.
#[test]
fn messages_that_time_out_leave_their_company_in_peace() {
    // Space in the connection: as much as is wanted, none.
    for space in [None, Some(0)] {
        let mut r = v2(|s| {
            linger(s, ms(10));
            s.network.socket_max_fails = 1;
        });
        connected(&mut r);
        r.transport.0.lock().unwrap().space = space;
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
            assert!(timed_out(&r, n), "{space:?}: message {n}");
        }
        assert_eq!((r.requests().len(), r.told().downs), (0, 0), "{space:?}");
        r.transport.0.lock().unwrap().space = None;
        r.pass(ms(1));
        requests.extend(r.requests());
        assert_eq!(requests.len(), 1, "{space:?}: one request, sent once");
        let mut inside = requests[0].numbers();
        inside.sort_unstable();
        let all: &[usize] = if space == Some(0) { &[2, 4, 6] } else { &[1, 2, 3, 4, 5, 6] };
        assert_eq!(inside, all, "{space:?}");
        // The answer speaks of partitions that nobody waits for any more.
        r.accept(&requests[0]);
        r.pass(ms(1_000));
        assert_eq!((r.requests().len(), r.told().downs), (0, 0), "{space:?}: nothing is sent again");
        for n in [2, 4, 6] {
            assert_eq!(r.fate(n), Some(ErrorCode::NO_ERROR), "{space:?}: message {n}");
        }
        // What was given up holds nothing up.
        let next = r.produce(&short[0]);
        r.pass(ms(10));
        r.accept_all();
        assert_eq!(r.fate(next), Some(ErrorCode::NO_ERROR), "{space:?}");
    }
}

/// Messages of a partly written request are reported in time, and the rest of it is written all the same:
/// large values are in the memory of messages that are gone by then.
#[test]
fn messages_time_out_in_a_partly_written_request() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| {
            linger(s, ms(10));
            s.network.socket_max_fails = 1;
        });
        let patient = r.topic("long", 1, TopicSettings::default());
        r.produce(&patient[0]);
        r.pass(ms(10));
        r.accept_all();
        r.transport.0.lock().unwrap().space = Some(20);
        let hasty = TopicSettings { message_timeout: Some(ms(1_500)), ..TopicSettings::default() };
        let short = r.topic("short", 1, hasty);
        let first = r.produce_sized(&short[0], 10_000);
        let second = r.produce_sized(&patient[0], 10_000);
        r.pass(ms(1_490));
        assert_eq!(r.fate(first), None);
        r.pass(ms(12));
        assert_eq!((r.fate(first), r.told().downs), (Some(ErrorCode::_MSG_TIMED_OUT), 0), "{setting:?}");
        r.transport.0.lock().unwrap().space = None;
        // The rig checks the record batches.
        assert_eq!(numbers(&r.accept_all()), [first, second], "{setting:?}");
        r.pass(ms(1_000));
        assert_eq!((r.requests().len(), r.told().downs), (0, 0), "{setting:?}: nothing is sent again");
        assert_eq!(r.fate(second), Some(ErrorCode::NO_ERROR), "{setting:?}");
    }
}

/// A connection that takes no more of a request ends with it.
#[test]
fn a_partly_written_request_that_is_lost_ends_the_connection() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |_| {});
        let hasty = TopicSettings { message_timeout: Some(ms(1_500)), ..TopicSettings::default() };
        let p = r.topic("short", 1, hasty);
        r.produce(&p[0]);
        r.accept_all();
        r.transport.0.lock().unwrap().space = Some(20);
        r.produce(&p[0]);
        r.pass(ms(1_000));
        let next = r.produce(&p[0]);
        r.pass(ms(490));
        assert_eq!(r.told().downs, 0, "{setting:?}");
        r.pass(ms(20));
        assert_eq!((r.fate(1), r.told().downs), (Some(ErrorCode::_MSG_TIMED_OUT), 1), "{setting:?}");
        r.transport.0.lock().unwrap().space = None;
        r.pass(ms(500));
        assert_eq!(numbers(&r.accept_all()), [next], "{setting:?}");
    }
}

/// When all its messages have timed out, the request has, and with it the connection.
#[test]
fn a_request_is_lost_with_the_last_of_its_messages() {
    for setting in [Setting::Multibatch, Setting::V2] {
        let mut r = Rig::new(setting, |s| {
            linger(s, ms(10));
            s.network.socket_max_fails = 1;
        });
        for (i, timeout) in [500, 1_700, 1_900].into_iter().enumerate() {
            let settings = TopicSettings { message_timeout: Some(ms(timeout)), ..plain() };
            let p = r.topic(&format!("t{i}"), 1, settings);
            r.produce(&p[0]);
        }
        r.pass(ms(10));
        assert_eq!(r.requests().len(), 1);
        for (pass, failed, downs) in [(480, 0, 0), (30, 1, 0), (1_200, 2, 0), (200, 3, 1)] {
            r.pass(ms(pass));
            let fates: Vec<_> = (0..3).filter_map(|n| r.fate(n)).collect();
            assert_eq!(fates, vec![ErrorCode::_MSG_TIMED_OUT; failed]);
            assert_eq!(r.told().downs, downs);
        }
    }
}

/// Nothing is written that could time out in flight, and each request that waits to be written loses its
/// messages before it times out itself.
#[test]
fn a_connection_that_takes_nothing_any_more_is_given_up() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| {
            s.network.socket_max_fails = 3;
            s.network.socket_timeout = ms(5_000);
        });
        let hasty = TopicSettings { message_timeout: Some(ms(1_000)), ..TopicSettings::default() };
        let p = r.topic("t", 1, hasty);
        r.produce(&p[0]);
        r.accept_all();
        r.wire().space = Some(0);
        for _ in 0..9 {
            r.produce(&p[0]);
            r.pass(ms(500));
        }
        assert_eq!(r.told().downs, 0, "{setting:?}");
        assert_eq!(r.fate(1), Some(ErrorCode::_MSG_TIMED_OUT), "{setting:?}");
        r.wire().space = None;
        r.pass(ms(10_000));
        let n = r.produce(&p[0]);
        r.pass(ms(10));
        r.accept_all();
        assert_eq!(r.told().downs, 0, "{setting:?}: it goes on");
        assert_eq!(r.fate(n), Some(ErrorCode::NO_ERROR), "{setting:?}: it goes on");
        r.wire().space = Some(0);
        for _ in 0..12 {
            r.produce(&p[0]);
            r.pass(ms(500));
        }
        assert_eq!(r.told().downs, 1, "{setting:?}");
    }
}

/// A broker that answers is not gone, however long it takes nothing more.
#[test]
fn an_answer_is_a_sign_of_life() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| {
            s.network.socket_max_fails = 3;
            s.network.socket_timeout = ms(5_000);
        });
        let p =
            r.topic("t", 2, TopicSettings { message_timeout: Some(ms(60_000)), ..TopicSettings::default() });
        r.produce(&p[0]);
        r.accept_all();
        r.produce(&p[0]);
        r.pass(ms(10));
        let sent = r.sent(1);
        r.wire().space = Some(0);
        r.produce(&p[1]);
        r.pass(ms(4_000));
        r.accept(&sent[0]);
        r.pass(ms(4_000));
        assert_eq!(r.told().downs, 0, "{setting:?}");
        r.pass(ms(1_100));
        assert_eq!(r.told().downs, 1, "{setting:?}");
    }
}
